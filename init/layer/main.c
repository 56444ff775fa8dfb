/* SPDX-License-Identifier: MIT */
/*
 * join-layer NAME: fetches the image of a layer and joins it over /usr. It is the task layer-NAME, which the layer's
 * archive brings together with /etc/layers.d/NAME (description.h). join-layer(8).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "basics/clock.h"
#include "basics/cmdline.h"
#include "basics/log.h"
#include "basics/quantity.h"
#include "fetch.h"
#include "join.h"

enum {
	EXIT_FAILED = 1,
	EXIT_MISUSED = 2,
	ROOM_LEFT = 16 * 1024 * 1024, /* bytes of RAM that an image must leave */
};

#define LOCK "/run/layers.lock"

/* One at a time makes mounts; several may be fetching. It is let go at the end of the process, however that comes. */
static void lock_mounts(int *lock)
{
	if (*lock < 0)
		*lock = open(LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	while (*lock >= 0 && flock(*lock, LOCK_EX) < 0 && errno == EINTR)
		;
}

/* MemAvailable of /proc/meminfo, in bytes; UINT64_MAX if that cannot be read. */
static uint64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t bytes = UINT64_MAX;
	unsigned long long kib;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			bytes = (uint64_t)kib * 1024;
	if (file)
		fclose(file);
	return bytes;
}

/* The address of the image: layers=URL on the kernel command line, and its digest. NULL or what is wrong. */
static const char *find_url(struct url *url, const struct description *wanted)
{
	char line[CMDLINE_MAX], base[URL_MAX], text[URL_MAX + SHA256_TEXT + 16];
	int file = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, line, sizeof(line) - 1);

	if (file >= 0)
		close(file);
	line[length < 0 ? 0 : length] = '\0';
	if (cmdline_value(line, "layers", base, sizeof(base)) <= 0)
		return "where it is to be had is not known: layers=http://... is not on the kernel command line";
	snprintf(text, sizeof(text), "%s%s%s.erofs", base, base[strlen(base) - 1] == '/' ? "" : "/",
		wanted->digest);
	return url_parse(url, text)
		       ? NULL
		       : "layers= on the kernel command line is no http://HOST[:PORT]/PATH";
}

/* An empty file in LAYERS_FOLDER without a name, which goes when nothing uses it any more. Or -1. */
static int make_file(void)
{
	return open(LAYERS_FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0400);
}

static int fail(const char *name, const char *problem)
{
	log_line(name, "%s", problem);
	return EXIT_FAILED;
}

/* Fetches the image. Returns a descriptor of it, open for reading alone; -1 if it cannot be had, which has been said. */
static int bring(const char *name, const struct description *wanted, struct notify *notify)
{
	struct url url;
	const char *problem = find_url(&url, wanted);
	struct fetch fetch = { .url = &url, .wanted = wanted, .notify = notify };
	char path[32], size[16];
	int image = -1;

	if (problem) {
		fail(name, problem);
		return -1;
	}
	quantity_format_size(size, sizeof(size), wanted->size);
	if (available() < wanted->size + ROOM_LEFT) {
		log_line(name, "its image of %s does not fit into the RAM that is available", size);
		return -1;
	}
	fetch.file = make_file();
	if (fetch.file < 0) {
		log_line(name, "cannot make a file in " LAYERS_FOLDER ": %s", strerror(errno));
		return -1;
	}
	if (fetch_file(&fetch) < 0) {
		log_line(name, "cannot fetch its image of %s: %s (http://%s%s)", size, fetch.reason,
			url.host_header, url.path);
	} else {
		/* A device of a file that is open for writing could be written to. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fetch.file);
		image = open(path, O_RDONLY | O_CLOEXEC);
	}
	close(fetch.file);
	return image;
}

int main(int argc, char **argv)
{
	const char *name = argc == 2 ? argv[1] : "";
	struct description wanted;
	struct notify notify;
	const char *problem;
	char status[64], size[16];
	int lock = -1, image;

	if (!layer_name_valid(name)) {
		fputs("usage: join-layer NAME, a layer of " DESCRIPTION_FOLDER "\n", stderr);
		return EXIT_MISUSED;
	}
	notify_open(&notify, getenv("NOTIFY_SOCKET"));
	problem = description_read(&wanted, name);
	if (problem) {
		log_line(name, DESCRIPTION_FOLDER "/%s cannot be used: %s", name, problem);
		return EXIT_FAILED;
	}
	lock_mounts(&lock);
	problem = join_prepare();
	if (problem)
		return fail(name, problem);
	if (!join_is_mounted(name)) {
		flock(lock, LOCK_UN);
		image = bring(name, &wanted, &notify);
		if (image < 0)
			return EXIT_FAILED;
		lock_mounts(&lock);
		problem = join_mount(name, image);
	}
	if (!problem)
		problem = join_usr();
	if (problem)
		return fail(name, problem);
	snprintf(status, sizeof(status), "%s, joined over /usr",
		quantity_format_size(size, sizeof(size), wanted.size));
	notify_state(&notify, false, status, clock_now_ms());
	notify_barrier(&notify);
	return EXIT_SUCCESS;
}
