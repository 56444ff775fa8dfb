/* SPDX-License-Identifier: MIT */
/*
 * What the monitor reads: requests of clients, the kernel's files, another daemon's metrics. Whatever they say, a
 * request is within its bounds, and each line that is written is sound.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "resmond/collect.h"
#include "resmond/exposition.h"
#include "resmond/http.h"

static void read_request(const char *bytes, size_t size)
{
	struct http_request request, again;
	int found = http_parse(bytes, size, &request);

	if (found != HTTP_REQUEST) {
		expect(found == HTTP_MORE || found == 400 || found == 414 || found == 431 ||
			found == 505);
		return;
	}
	expect(request.length > 0 && request.length <= size);
	expect(request.path[0] == '/' || strcmp(request.path, "*") == 0);
	expect(strlen(request.path) <= HTTP_TARGET_MAX && fuzz_printable(request.path));
	/* What follows does not matter; what is missing does. */
	expect(http_parse(bytes, request.length, &again) == HTTP_REQUEST);
	expect(again.length == request.length && strcmp(again.path, request.path) == 0);
	expect(http_parse(bytes, request.length - 1, &again) != HTTP_REQUEST);
}

static void read_metrics(const char *text)
{
	static struct exposition exposition;
	char *copy = strdup(text), *rest = copy;

	expect(copy);
	exposition_begin(&exposition, "netd_");
	while (rest) {
		const char *line = strsep(&rest, "\n");

		if (!exposition_line(&exposition, line))
			expect(*line == '#' || strncmp(line, "netd_", 5) == 0);
	}
	free(copy);
}

/* A folder in which all the kernel's files are this text: made once, in a place only we know. */
static int play_kernel(const char *text, size_t size)
{
	static const char *const names[] = { "proc/stat", "proc/meminfo", "proc/vmstat",
		"proc/loadavg", "proc/net/dev", "proc/pressure/cpu", "proc/pressure/memory",
		"proc/pressure/io" };
	static int root = -1, file;

	if (root < 0) {
		char folder[] = "/tmp/resmond-fuzz-XXXXXX", target[64];

		expect(mkdtemp(folder));
		root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		file = memfd_create("kernel", MFD_CLOEXEC);
		expect(root >= 0 && file >= 0);
		snprintf(target, sizeof(target), "/proc/self/fd/%d", file);
		mkdirat(root, "proc", 0700);
		mkdirat(root, "proc/net", 0700);
		mkdirat(root, "proc/pressure", 0700);
		for (size_t i = 0; i < COUNT(names); i++)
			expect(symlinkat(target, root, names[i]) == 0);
	}
	expect(ftruncate(file, 0) == 0 && pwrite(file, text, size, 0) == (ssize_t)size);
	return root;
}

/* Each line by itself: what families there are is the kernel's matter. */
static void check_output(char *text)
{
	static struct exposition exposition;

	while (*text) {
		char *end = strchr(text, '\n');
		bool ascii = true;

		expect(end);
		*end = '\0';
		for (const char *at = text; *at; at++)
			ascii &= *at >= ' ' && *at <= '~';
		exposition_begin(&exposition, "node_");
		expect(!ascii || !exposition_line(&exposition, text));
		text = end + 1;
	}
}

static void read_kernel(const char *text, size_t size)
{
	static bool (*const collectors[])(struct collect * collect) = { collect_cpu, collect_memory,
		collect_vmstat, collect_load, collect_pressure, collect_network };
	static char bytes[STEP_ROOM * 2 + 1];
	struct collect collect = { .root = play_kernel(text, size) };

	for (size_t i = 0; i < COUNT(collectors); i++) {
		unsigned runs = 0;

		step_begin(&collect.step);
		do {
			struct output output = { .bytes = bytes, .size = sizeof(bytes) - 1 };

			collect.step.output = &output;
			if (runs++)
				step_again(&collect.step);
			collectors[i](&collect);
			expect(!output.cut);
			bytes[output.length] = '\0';
			expect(strlen(bytes) == output.length);
			check_output(bytes);
		} while (collect.step.full && runs < 8);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_bytes(data, size);
	char *text = fuzz_text(data, size);

	read_request(bytes, size);
	read_metrics(text);
	read_kernel(bytes, size);
	free(bytes);
	free(text);
	return 0;
}
