/* SPDX-License-Identifier: MIT */
/*
 * What a device that was plugged in says of itself. The first byte says what the rest is: a message of the kernel,
 * the head of a device's node, an answer to a GET, or the files sysfs has for it, one a line. A device
 * is a stick only if all of it is as it should be, and what is said of one that is none is printable.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blinkstickd/finder.h"
#include "blinkstickd/opener.h"
#include "fuzz.h"

static const char *const attributes[] = { "serial", "bcdDevice", "devnum", "busnum", "idProduct",
	"idVendor" };
/* What the files have that the input does not reach. */
static const char *const usual[] = { "BS000001-3.0\n", "0200\n", "7\n", "1\n", "41e5\n", "20a0\n" };

static char folder[] = "/tmp/blinkstick-fuzz-XXXXXX";
static char port[sizeof(folder) + sizeof("/1-1.4")];
static unsigned strangers;

static const char *path_of(size_t attribute)
{
	static char path[sizeof(port) + 16];

	snprintf(path, sizeof(path), "%s/%s", port, attributes[attribute]);
	return path;
}

static void clean(void)
{
	for (size_t i = 0; i < COUNT(attributes); i++)
		unlink(path_of(i));
	rmdir(port);
	rmdir(folder);
}

static void stranger(const char *where, const char *why)
{
	expect(strcmp(where, "1-1.4") == 0);
	expect(*why && fuzz_printable(why));
	strangers++;
}

static void write_attribute(size_t attribute, const void *data, size_t size)
{
	int file = open(path_of(attribute), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	expect(file >= 0 && write(file, data, size) == (ssize_t)size);
	close(file);
}

static void look_in_sysfs(const uint8_t *data, size_t size)
{
	struct found found;

	if (!*port) {
		expect(mkdtemp(folder));
		snprintf(port, sizeof(port), "%s/1-1.4", folder);
		expect(mkdir(port, 0700) == 0);
		atexit(clean);
	}
	for (size_t i = 0; i < COUNT(attributes); i++) {
		const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
		size_t bytes = newline ? (size_t)(newline - data) + 1 : size;

		if (bytes > 0)
			write_attribute(i, data, bytes);
		else
			write_attribute(i, usual[i], strlen(usual[i]));
		data += bytes;
		size -= bytes;
	}
	strangers = 0;
	if (finder_look(folder, &found, 1, stranger) > 0) {
		enum stick_model model;

		expect(strangers == 0 && strcmp(found.port, "1-1.4") == 0);
		expect(strlen(found.serial) == STICK_SERIAL_MAX - 1 &&
			fuzz_printable(found.serial));
		expect(stick_model_name(found.model));
		/* The model's digit is all of the version that the older ones have. */
		expect(stick_model_find(found.serial, 0x200, &model));
	}
}

static void paint(enum stick_model model, enum stick_mode mode, uint8_t count, const uint8_t *leds)
{
	static const struct colour colours[STICK_LEDS_MAX];
	struct stick_layout layout = stick_layout(model, mode, count, leds);

	expect(stick_layout_leds(&layout) > 0 && stick_layout_leds(&layout) <= STICK_LEDS_MAX);
	expect(stick_layout_reports(&layout) > 0);
	for (unsigned i = 0; i < stick_layout_reports(&layout); i++) {
		struct stick_report report;
		size_t first, many;

		stick_layout_part(&layout, i, &first, &many);
		expect(many > 0 && first + many <= stick_layout_leds(&layout));
		stick_layout_encode(&layout, i, colours, &report);
		expect(report.length >= 4 && report.length <= STICK_REPORT_MAX);
	}
}

/* Both of what may have been asked; then the stick is painted as it says it is. */
static void look_at_answer(const uint8_t *data, size_t size)
{
	static const uint8_t leds[STICK_CHANNELS] = { 64, 64, 64 };
	int mode = stick_answer_mode(data, size), count = stick_answer_count(data, size);

	expect(mode >= -1 && mode < STICK_MODE_UNKNOWN);
	expect(count == -1 || (count > 0 && count <= STICK_CHANNEL_LEDS));
	for (int model = STICK_ORIGINAL; model <= STICK_FLEX; model++)
		paint((enum stick_model)model,
			mode < 0 ? STICK_MODE_UNKNOWN : (enum stick_mode)mode,
			count < 0 ? 0 : (uint8_t)count, leds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;

	if (size == 0)
		return 0;
	copy = fuzz_bytes(data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		(void)finder_is_usb(copy, size - 1);
		break;
	case 1:
		(void)opener_is_stick((const uint8_t *)copy, size - 1);
		break;
	case 2:
		look_at_answer((const uint8_t *)copy, size - 1);
		break;
	default:
		look_in_sysfs((const uint8_t *)copy, size - 1);
	}
	free(copy);
	return 0;
}
