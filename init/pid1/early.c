/* SPDX-License-Identifier: MIT */
/* The first things of a boot. */
#include "early.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kmsg.h"

/* Any folder will do. */
#define ROOT_ON_ITS_WAY "/mnt"

#define MIN_FREE        "/proc/sys/vm/min_free_kbytes"
#define PROCESSOR_LISTS "/proc/sys/vm/percpu_pagelist_high_fraction"

/*
 * A processor's list of free pages holds at most this part of memory, divided by the processors, and
 * never less than four batches: 252 pages, instead of whatever it grows to.
 */
enum { PROCESSOR_LISTS_FRACTION = 512 };

struct mount_point {
	const char *type;
	const char *target;
	unsigned long flags;
	const char *data;
};

/* In this order; a target may be in what was mounted before it. The limits are those in init(8). */
static const struct mount_point mount_points[] = {
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=0755" },
	{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
	/* 5 is the group tty, as everywhere. */
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666" },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777,size=50%" },
	{ "cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		"nsdelegate,memory_recursiveprot" },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755,size=16M" },
	{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777,size=50%" },
};

/*
 * The initramfs is the one mount that pivot_root(2) refuses to leave (fs/namespace.c: the root mount must have a
 * parent). Bound to a folder and moved over itself, it is a mount like any other, of the same files.
 */
void early_root(void)
{
	struct statfs root;

	if (statfs("/", &root) < 0 || (root.f_type != TMPFS_MAGIC && root.f_type != RAMFS_MAGIC))
		return;
	(void)mkdir(ROOT_ON_ITS_WAY, 0755);
	if (mount("/", ROOT_ON_ITS_WAY, NULL, MS_BIND, NULL) < 0 || chdir(ROOT_ON_ITS_WAY) < 0 ||
		mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		kmsg(LEVEL_WARNING,
			"cannot move the root over the initramfs: %s; containers that use pivot_root will not start",
			strerror(errno));
}

void early_mount(void)
{
	for (size_t i = 0; i < sizeof(mount_points) / sizeof(*mount_points); i++) {
		const struct mount_point *point = &mount_points[i];

		(void)mkdir(point->target, 0755);
		if (mount(point->type, point->target, point->type, point->flags, point->data) < 0 &&
			errno != EBUSY)
			kmsg(LEVEL_ERROR, "cannot mount %s on %s: %s; going on without it",
				point->type, point->target, strerror(errno));
	}
}

void early_hostname(void)
{
	struct utsname names;
	char name[65];
	ssize_t length;
	int fd;

	if (uname(&names) == 0 && strcmp(names.nodename, "(none)") != 0)
		return;
	fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (length <= 0)
		return;
	name[length] = '\0';
	length = (ssize_t)strcspn(name, "\n");
	if (length > 0 && sethostname(name, (size_t)length) < 0)
		kmsg(LEVEL_ERROR, "cannot set the hostname: %s", strerror(errno));
}

void early_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) == 0) {
			close(fd);
			return;
		}
	}
	kmsg(LEVEL_ERROR, "cannot bring loopback up: %s; going on without it", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int read_number(const char *path, unsigned long *number)
{
	char text[24];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int error = length < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (error)
		return error;
	text[length] = '\0';
	*number = strtoul(text, NULL, 10);
	return 0;
}

static int write_number(const char *path, unsigned long number)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%lu", number);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = fd < 0 || write(fd, text, (size_t)length) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

void early_small_pages(void)
{
	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

void early_memory(void)
{
	unsigned long kilobytes;
	int error = read_number(MIN_FREE, &kilobytes);

	if (!error)
		error = write_number(MIN_FREE, kilobytes / 2);
	if (error)
		kmsg(LEVEL_WARNING, "cannot halve %s: %s", MIN_FREE, strerror(-error));
	error = write_number(PROCESSOR_LISTS, PROCESSOR_LISTS_FRACTION);
	if (error)
		kmsg(LEVEL_WARNING, "cannot set %s: %s", PROCESSOR_LISTS, strerror(-error));
}
