/* SPDX-License-Identifier: MIT */
/*
 * Metrics of file systems: see collect.h. Only of kinds that are here, in RAM or on a disk: asking a network's
 * may take for ever. One that hides another (the same place twice) is told once.
 */
#include <string.h>
#include <sys/statvfs.h>

#include "collect.h"
#include "lines.h"

enum {
	SEEN_MAX = 64
}; /* file systems; what comes behind them is left out, and the collector fails */

struct mount {
	const char *device, *point, *type;
};

/* \040 and the like, as the kernel writes blanks. */
static void undo_octal(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
			from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static bool told(const char *type)
{
	static const char *const types[] = { "rootfs", "tmpfs", "ramfs", "ext4", "ext2", "vfat",
		"f2fs", "btrfs", "xfs", "squashfs", "erofs" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

/* FNV-1a. That two places have the same is not to be expected among 64. */
static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value;
}

struct seen {
	uint64_t places[SEEN_MAX];
	size_t count;
};

/* The next file system of the list that is to be told. False: no more, or `seen` is full. */
static bool next_mount(struct lines *lines, struct seen *seen, struct mount *mount)
{
	char *line;

	while (seen->count < SEEN_MAX && (line = lines_next(lines))) {
		char *device = lines_word(&line), *point = lines_word(&line);
		const char *type = lines_word(&line);
		bool known = false;

		if (!told(type))
			continue;
		undo_octal(device);
		undo_octal(point);
		for (size_t i = 0; i < seen->count; i++)
			known |= seen->places[i] == hash(point);
		if (known || strlen(point) > STEP_LABEL_MAX)
			continue;
		seen->places[seen->count++] = hash(point);
		*mount = (struct mount){ device, point, type };
		return true;
	}
	return false;
}

static const struct family families[] = {
	{ "node_filesystem_size_bytes", "gauge", "Filesystem size in bytes." },
	{ "node_filesystem_free_bytes", "gauge", "Filesystem free space in bytes." },
	{ "node_filesystem_avail_bytes", "gauge",
		"Filesystem space available to non-root users in bytes." },
	{ "node_filesystem_files", "gauge", "Filesystem total file nodes." },
	{ "node_filesystem_files_free", "gauge", "Filesystem total free file nodes." },
	{ "node_filesystem_readonly", "gauge", "Filesystem read-only status." },
};

static void write_mount(
	struct step *step, size_t which, const struct mount *mount, const struct statvfs *use)
{
	const uint64_t values[] = {
		(uint64_t)use->f_blocks * use->f_frsize,
		(uint64_t)use->f_bfree * use->f_frsize,
		(uint64_t)use->f_bavail * use->f_frsize,
		use->f_files,
		use->f_ffree,
		(use->f_flag & ST_RDONLY) != 0,
	};

	if (!sample_begin(step, &families[which]))
		return;
	sample_label(step, "device", mount->device);
	sample_label(step, "mountpoint", mount->point);
	sample_label(step, "fstype", mount->type);
	sample_number(step, values[which]);
}

bool collect_filesystem(struct collect *collect)
{
	struct step *step = &collect->step;
	struct lines lines;
	bool good = true;

	if (!lines_open(&lines, collect->root, "/proc/self/mounts"))
		return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(*families) && !step->full; i++) {
		struct seen seen = { .count = 0 };
		struct mount mount;
		struct statvfs use;

		lines_rewind(&lines);
		while (!step->full && next_mount(&lines, &seen, &mount)) {
			/* One that cannot be asked, or has no size (a ramfs), is left out. */
			if (statvfs(mount.point, &use) < 0)
				good = false;
			else if (use.f_blocks > 0)
				write_mount(step, i, &mount, &use);
		}
		good &= seen.count < SEEN_MAX;
	}
	lines_close(&lines);
	return good && lines.error == 0;
}
