/* SPDX-License-Identifier: MIT */
/*
 * Where a signed program begins (docs/trust.md): a kernel to which trust/program has added this code, the command
 * line and the archives, as sections of the same file. So the firmware's check of the file's signature covers
 * all of them. What is here gives the kernel these two, whatever the boot loader offers, and jumps to the
 * kernel's own beginning. It has no data of its own but what trust/program writes into `parts`, and it
 * refuses rather than goes on where something is not as it should be.
 *
 * Layouts and numbers are those of the UEFI specification, 2.10; the device path that the kernel looks for its
 * archive at is LINUX_EFI_INITRD_MEDIA_GUID of its include/linux/efi.h.
 */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t status;
typedef void *handle;

#define ERROR(number) ((status)1 << 63 | (number))

enum {
	MEDIA_DEVICE_PATH = 4,
	MEDIA_VENDOR = 3,
	END_OF_PATH = 0x7f,
	END_OF_WHOLE_PATH = 0xff,
	DIGITS_MAX = 20,
};

static const status NO_SUCH_PROTOCOL = ERROR(3);
static const status BUFFER_TOO_SMALL = ERROR(5);
static const status NOT_FOUND = ERROR(14);
static const status SECURITY_VIOLATION = ERROR(26);
static const status INVALID_PARAMETER = ERROR(2);

struct guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

struct path_node {
	uint8_t type, subtype;
	uint16_t length;
};

struct initrd_path {
	struct path_node vendor;
	struct guid guid;
	struct path_node end;
};

_Static_assert(sizeof(struct initrd_path) == 24, "there are no gaps in a device path");

struct table_header {
	uint64_t signature;
	uint32_t revision, size, crc, reserved;
};

/* Only what is called here has a type. */
struct boot_services {
	struct table_header header;
	void *priority_and_memory_and_events[13];
	void *install_protocol_interface, *reinstall_protocol_interface,
		*uninstall_protocol_interface;
	status (*handle_protocol)(handle, const struct guid *, void **);
	void *reserved, *register_protocol_notify, *locate_handle;
	status (*locate_device_path)(const struct guid *, const struct path_node **, handle *);
	void *tables_images_and_time[11];
	void *open_protocol, *close_protocol, *open_protocol_information, *protocols_per_handle,
		*locate_handle_buffer, *locate_protocol;
	status (*install_multiple)(handle *, ...);
	status (*uninstall_multiple)(handle, ...);
	void *calculate_crc32;
	void (*copy_mem)(void *, const void *, size_t);
};

struct runtime_services {
	struct table_header header;
	void *times_and_virtual_memory[6];
	status (*get_variable)(const uint16_t *, const struct guid *, uint32_t *, size_t *, void *);
};

struct text_output {
	void *reset;
	status (*output_string)(struct text_output *, const uint16_t *);
};

struct system_table {
	struct table_header header;
	const uint16_t *vendor;
	uint32_t revision;
	handle console_in_handle;
	void *console_in;
	handle console_out_handle;
	struct text_output *console_out;
	handle error_handle;
	struct text_output *error;
	const struct runtime_services *runtime;
	const struct boot_services *boot;
};

struct loaded_image {
	uint32_t revision;
	handle parent;
	const struct system_table *system;
	handle device;
	void *file_path, *reserved;
	uint32_t load_options_size;
	const void *load_options;
};

typedef status entry_point(handle image, const struct system_table *system);

/* Written by trust/program. Where something is, is counted from the beginning of the program in memory. */
struct parts {
	uint32_t own; /* this very struct */
	uint32_t kernel; /* the kernel's entry point */
	uint32_t words, words_size; /* the command line: UTF-16, with its NUL */
	uint32_t archive, archive_size;
	uint64_t serial; /* of the version */
};

extern const struct parts parts __attribute__((visibility("hidden")));

/* What the kernel reads its archive by. LoadFile2 gets a pointer to `load`, which is first. */
struct archive_source {
	status (*load)(
		struct archive_source *, const struct path_node *, uint8_t, size_t *, void *);
	const struct boot_services *boot;
	const void *data;
	size_t size;
};

static const struct guid loaded_image_protocol = { 0x5b1b31a1, 0x9562, 0x11d2,
	{ 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct guid device_path_protocol = { 0x09576e91, 0x6d3f, 0x11d2,
	{ 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } };
static const struct guid load_file2_protocol = { 0x4006c0c1, 0xfcb3, 0x403e,
	{ 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } };
static const struct initrd_path initrd_path = {
	{ MEDIA_DEVICE_PATH, MEDIA_VENDOR, sizeof(struct path_node) + sizeof(struct guid) },
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } },
	{ END_OF_PATH, END_OF_WHOLE_PATH, sizeof(struct path_node) },
};

/* The lowest serial that this machine's firmware accepts; trust/variables writes it. */
static const struct guid greyhound = { 0x6f5aa3d7, 0x2b1f, 0x4c55,
	{ 0x9c, 0x5e, 0x47, 0x72, 0x65, 0x79, 0x68, 0x64 } };
static const uint16_t lowest_serial[] = u"LowestSerial";

static void say(const struct system_table *system, const uint16_t *text)
{
	if (system->console_out)
		system->console_out->output_string(system->console_out, text);
}

static void say_number(const struct system_table *system, uint64_t number)
{
	uint16_t digits[DIGITS_MAX + 1];
	int at = DIGITS_MAX;

	digits[at] = 0;
	do
		digits[--at] = (uint16_t)('0' + number % 10);
	while ((number /= 10) > 0);
	say(system, &digits[at]);
}

static status refuse(const struct system_table *system, const uint16_t *why)
{
	say(system, u"signed program: refused: ");
	say(system, why);
	say(system, u"\r\n");
	return SECURITY_VIOLATION;
}

static status load_archive(struct archive_source *source, const struct path_node *path,
	uint8_t boot_policy, size_t *size, void *buffer)
{
	size_t room;

	(void)path;
	if (!size || boot_policy)
		return INVALID_PARAMETER;
	room = *size;
	*size = source->size;
	if (!buffer || room < source->size)
		return BUFFER_TOO_SMALL;
	source->boot->copy_mem(buffer, source->data, source->size);
	return 0;
}

/* Firmware that names no lowest serial accepts all. */
static status check_serial(const struct system_table *system)
{
	uint64_t lowest = 0;
	size_t size = sizeof(lowest);
	status found =
		system->runtime->get_variable(lowest_serial, &greyhound, NULL, &size, &lowest);

	if (found == NOT_FOUND)
		return 0;
	if (found != 0 || size != sizeof(lowest))
		return refuse(system, u"the firmware's lowest serial cannot be read");
	if (parts.serial >= lowest)
		return 0;
	say(system, u"signed program: its serial is ");
	say_number(system, parts.serial);
	say(system, u", the lowest that this node accepts is ");
	say_number(system, lowest);
	say(system, u"\r\n");
	return refuse(system, u"it is too old");
}

/* Is there somebody who offers the kernel an archive? */
static int is_offered(const struct boot_services *boot)
{
	const struct path_node *rest = &initrd_path.vendor;
	handle who;

	return boot->locate_device_path(&load_file2_protocol, &rest, &who) == 0;
}

__attribute__((section(".text.begin"))) status begin(
	handle image, const struct system_table *system);

status begin(handle image, const struct system_table *system)
{
	const struct boot_services *boot = system->boot;
	const uint8_t *base = (const uint8_t *)&parts - parts.own;
	entry_point *kernel = (entry_point *)(uintptr_t)(base + parts.kernel);
	struct archive_source source;
	struct loaded_image *loaded;
	handle offer = NULL;
	status ended = check_serial(system);

	if (ended != 0)
		return ended;
	if (boot->handle_protocol(image, &loaded_image_protocol, (void **)&loaded) != 0)
		return NO_SUCH_PROTOCOL;
	if (is_offered(boot))
		return refuse(system, u"an archive (initrd) comes with it that is not signed");
	source.load = load_archive;
	source.boot = boot;
	source.data = base + parts.archive;
	source.size = parts.archive_size;
	if (boot->install_multiple(&offer, &device_path_protocol, &initrd_path,
		    &load_file2_protocol, &source, NULL) != 0)
		return refuse(system, u"its archive cannot be offered to the kernel");
	say(system, u"signed program: serial ");
	say_number(system, parts.serial);
	say(system, u"; arguments are its own\r\n");
	loaded->load_options = base + parts.words;
	loaded->load_options_size = parts.words_size;
	/* Comes back only if it could not begin. */
	ended = kernel(image, system);
	loaded->load_options = NULL;
	loaded->load_options_size = 0;
	boot->uninstall_multiple(
		offer, &device_path_protocol, &initrd_path, &load_file2_protocol, &source, NULL);
	return ended;
}
