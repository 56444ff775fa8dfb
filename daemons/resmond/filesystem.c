/* SPDX-License-Identifier: MIT */
/*
 * Metrics of file systems: see collect.h. Only of kinds that are here, in RAM or on a disk: asking a network's
 * may take for ever. One that hides another (the same place twice) is told once.
 */
#include <string.h>
#include <sys/statvfs.h>

#include "collect.h"
#include "lines.h"

/* File systems; what comes behind them is left out, and the collector fails. */
enum { SEEN_MAX = 64 };

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

enum { VALUES = 6 };

/* Each is asked once, although its samples stand with six families. */
struct seen {
	size_t count;
	uint64_t told; /* in the present walk over the list, a bit each */
	struct place {
		uint64_t point; /* its hash */
		bool known; /* it could be asked, and has a size (a ramfs has none) */
		uint64_t values[VALUES];
	} places[SEEN_MAX];
};

/* False: it cannot be asked. */
static bool ask(struct place *place, const char *point)
{
	struct statvfs use;

	place->known = false;
	if (statvfs(point, &use) < 0)
		return false;
	place->known = use.f_blocks > 0;
	place->values[0] = (uint64_t)use.f_blocks * use.f_frsize;
	place->values[1] = (uint64_t)use.f_bfree * use.f_frsize;
	place->values[2] = (uint64_t)use.f_bavail * use.f_frsize;
	place->values[3] = use.f_files;
	place->values[4] = use.f_ffree;
	place->values[5] = (use.f_flag & ST_RDONLY) != 0;
	return true;
}

/* Where it is in the table, or will be; SEEN_MAX: that is full. */
static size_t find_place(const struct seen *seen, uint64_t point)
{
	size_t i = 0;

	while (i < seen->count && seen->places[i].point != point)
		i++;
	return i;
}

/*
 * The next file system of the list that is to be told, and its values. NULL: no more, or there is no room
 * for it.
 */
static const struct place *next_mount(
	struct lines *lines, struct seen *seen, struct mount *mount, bool *good)
{
	char *line;

	while ((line = lines_next(lines))) {
		char *device = lines_word(&line), *point = lines_word(&line);
		const char *type = lines_word(&line);
		size_t i;

		if (!told(type))
			continue;
		undo_octal(device);
		undo_octal(point);
		if (strlen(point) > STEP_LABEL_MAX)
			continue;
		i = find_place(seen, hash(point));
		if (i == SEEN_MAX) {
			*good = false;
			return NULL;
		}
		if (i == seen->count) {
			seen->places[i].point = hash(point);
			*good &= ask(&seen->places[i], point);
			seen->count++;
		}
		if (!seen->places[i].known || (seen->told >> i & 1))
			continue;
		seen->told |= (uint64_t)1 << i;
		*mount = (struct mount){ device, point, type };
		return &seen->places[i];
	}
	return NULL;
}

static const struct family families[VALUES] = {
	{ "node_filesystem_size_bytes", "gauge", "Filesystem size in bytes." },
	{ "node_filesystem_free_bytes", "gauge", "Filesystem free space in bytes." },
	{ "node_filesystem_avail_bytes", "gauge",
		"Filesystem space available to non-root users in bytes." },
	{ "node_filesystem_files", "gauge", "Filesystem total file nodes." },
	{ "node_filesystem_files_free", "gauge", "Filesystem total free file nodes." },
	{ "node_filesystem_readonly", "gauge", "Filesystem read-only status." },
};

static void write_mount(
	struct step *step, size_t which, const struct mount *mount, const struct place *place)
{
	if (!sample_begin(step, &families[which]))
		return;
	sample_label(step, "device", mount->device);
	sample_label(step, "mountpoint", mount->point);
	sample_label(step, "fstype", mount->type);
	sample_number(step, place->values[which]);
}

bool collect_filesystem(struct collect *collect)
{
	struct step *step = &collect->step;
	struct seen seen = { .count = 0 };
	struct lines lines;
	bool good = true;

	if (!lines_open(&lines, collect->root, "/proc/self/mounts"))
		return false;
	for (size_t i = 0; i < VALUES && !step->full; i++) {
		const struct place *place;
		struct mount mount;

		lines_rewind(&lines);
		seen.told = 0;
		while (!step->full && (place = next_mount(&lines, &seen, &mount, &good)))
			write_mount(step, i, &mount, place);
	}
	lines_close(&lines);
	return good && lines.error == 0;
}
