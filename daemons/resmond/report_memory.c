/* SPDX-License-Identifier: MIT */
/* Where the memory of the node went, for the report: see report.h. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "basics/quantity.h"
#include "lines.h"
#include "report.h"
#include "report_text.h"

enum { DEPTH_MAX = 16, BAR = 60 };

/* Bytes, from /proc/meminfo. */
struct memory {
	uint64_t total, available, free, slab, stacks, tables, percpu, anonymous, cached, buffers;
};

static void read_memory(int root, struct memory *memory)
{
	const struct {
		const char *key;
		uint64_t *value;
	} fields[] = {
		{ "MemTotal:", &memory->total },
		{ "MemAvailable:", &memory->available },
		{ "MemFree:", &memory->free },
		{ "Slab:", &memory->slab },
		{ "KernelStack:", &memory->stacks },
		{ "PageTables:", &memory->tables },
		{ "Percpu:", &memory->percpu },
		{ "AnonPages:", &memory->anonymous },
		{ "Cached:", &memory->cached },
		{ "Buffers:", &memory->buffers },
	};
	struct lines lines;
	char *line;

	*memory = (struct memory){ 0 };
	if (!lines_open(&lines, root, "/proc/meminfo"))
		return;
	while ((line = lines_next(&lines))) {
		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
			const char *value = lines_after(line, fields[i].key);
			uint64_t kilobytes;

			if (value && lines_number(value, &kilobytes))
				*fields[i].value = kilobytes * 1024;
		}
	}
	lines_close(&lines);
}

/* What the boot loader told the kernel it has; 0 if that is not known. */
static uint64_t physical_memory(int root)
{
	uint64_t total = 0, first, last;
	struct lines lines;
	char *line;

	if (!lines_open(&lines, root, "/proc/iomem"))
		return 0;
	/* Only root is told the numbers; reserved parts within the RAM are indented. */
	while ((line = lines_next(&lines))) {
		if (line[0] != ' ' &&
			(strstr(line, ": System RAM") || strstr(line, ": reserved")) &&
			sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 && last > first)
			total += last - first + 1;
	}
	lines_close(&lines);
	return total;
}

/* Bytes of the files of a folder and those below it, on its own file system. */
static uint64_t folder_size(int folder, dev_t device, int depth)
{
	DIR *directory = fdopendir(folder);
	const struct dirent *entry;
	uint64_t size = 0;
	struct stat stat;

	if (!directory) {
		close(folder);
		return 0;
	}
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
			stat.st_dev != device)
			continue;
		if (S_ISREG(stat.st_mode) && stat.st_nlink > 0)
			size += (uint64_t)stat.st_blocks * 512 / stat.st_nlink;
		if (S_ISDIR(stat.st_mode) && depth < DEPTH_MAX) {
			int below = openat(dirfd(directory), entry->d_name,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

			if (below >= 0)
				size += folder_size(below, device, depth + 1);
		}
	}
	closedir(directory);
	return size;
}

static void print_row(const char *what, uint64_t bytes, uint64_t total)
{
	char size[16];

	quantity_format_size(size, sizeof(size), bytes);
	report_format("", "%8s %5.1f %%  %s", size, total ? (double)bytes * 100 / (double)total : 0,
		what);
}

static void print_image(int root)
{
	int folder = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;
	char size[16];

	if (folder < 0 || fstat(folder, &stat) < 0)
		return;
	report_format("Image", "%s of files in the root file system, layers included",
		quantity_format_size(size, sizeof(size), folder_size(folder, stat.st_dev, 0)));
}

void report_memory(int root)
{
	uint64_t physical = physical_memory(root);
	struct memory memory;
	struct stat image, proc;
	char text[16], bar[BAR + 1];
	uint64_t kernel;
	int used;

	/* On a machine with a disk that would be a walk through all of it. */
	if (fstatat(root, "init", &image, 0) == 0 && fstatat(root, "etc/svc", &proc, 0) == 0)
		print_image(root);
	read_memory(root, &memory);
	if (memory.total == 0)
		return;
	if (physical < memory.total)
		physical = memory.total;
	/* The kernel reckons it, and need not be believed to more than there is. */
	if (memory.available > physical)
		memory.available = physical;
	report_format("Memory", "%s, %.1f %% of it available for jobs",
		quantity_format_size(text, sizeof(text), physical),
		(double)memory.available * 100 / (double)physical);
	used = (int)((physical - memory.available) * BAR / physical);
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)used);
	bar[BAR] = '\0';
	report_format("", "[%s]", bar);
	kernel = memory.slab + memory.stacks + memory.tables + memory.percpu;
	if (physical > memory.total)
		print_row("kernel: its image, and kept at boot", physical - memory.total, physical);
	print_row("kernel: slabs, stacks, page tables", kernel, physical);
	print_row("programs", memory.anonymous, physical);
	print_row("files, in RAM disks and cached", memory.cached + memory.buffers, physical);
	print_row("free", memory.free, physical);
}
