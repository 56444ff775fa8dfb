/* SPDX-License-Identifier: MIT */
#include "join.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers of older systems do not have it (linux/mount.h since Linux 6.5). */
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x00000200
#endif

#define USR_BEFORE LAYERS_FOLDER "/.usr"

static const char *reason(const char *what)
{
	static char text[JOIN_REASON_MAX];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	return text;
}

static bool is_of_type(const char *path, unsigned long magic)
{
	struct statfs status;

	return statfs(path, &status) == 0 && (unsigned long)status.f_type == magic;
}

static bool is_mount_point(const char *path)
{
	struct statx status;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &status) == 0 &&
	       status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, LAYERS_FOLDER "/%s", name);
}

const char *join_prepare(void)
{
	if (is_mount_point(LAYERS_FOLDER))
		return NULL;
	if (mkdir(LAYERS_FOLDER, 0755) < 0 && errno != EEXIST)
		return reason("cannot make " LAYERS_FOLDER);
	if (mount("tmpfs", LAYERS_FOLDER, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=75%") < 0)
		return reason("cannot mount a tmpfs on " LAYERS_FOLDER);
	return NULL;
}

bool join_is_mounted(const char *name)
{
	char path[NAME_MAX + sizeof(LAYERS_FOLDER) + 1];

	path_of(path, sizeof(path), name);
	return is_of_type(path, EROFS_SUPER_MAGIC_V1);
}

/*
 * A free loop device with the image in it, which it forgets when it is unmounted; its path in `path`. Opened for
 * reading only: the kernel mounts nothing that somebody might write to. Returns a descriptor or -1.
 */
static int attach(char *path, size_t size, const char *name, int image)
{
	struct loop_config config = {
		.fd = (unsigned)image,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
	};
	int control = open("/dev/loop-control", O_RDONLY | O_CLOEXEC);
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	int device;

	if (control >= 0)
		close(control);
	if (number < 0)
		return -1;
	snprintf(path, size, "/dev/loop%d", number);
	snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name), "%s", name);
	device = open(path, O_RDONLY | O_CLOEXEC);
	if (device < 0 || ioctl(device, LOOP_CONFIGURE, &config) == 0)
		return device;
	close(device);
	return -1;
}

const char *join_mount(const char *name, int image)
{
	char device_path[32], path[NAME_MAX + sizeof(LAYERS_FOLDER) + 1];
	int device = attach(device_path, sizeof(device_path), name, image), error;

	if (device < 0)
		return reason("cannot make a block device of the image");
	path_of(path, sizeof(path), name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		error = errno;
	else
		error = mount(device_path, path, "erofs", MS_RDONLY | MS_NODEV, NULL) < 0 ? errno
											  : 0;
	close(device); /* the mount keeps it; without one the device is free again */
	errno = error;
	return error ? reason("the kernel does not take the image as an EROFS file system") : NULL;
}

/* For scandir(): the names of layers alone. */
static int is_layer(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && join_is_mounted(entry->d_name);
}

static int add_layer(int overlay, const char *path)
{
	return (int)syscall(SYS_fsconfig, overlay, FSCONFIG_SET_STRING, "lowerdir+", path, 0);
}

/* Tells the overlay being made what it consists of, the first on top. Returns 0 or -1. */
static int add_layers(int overlay)
{
	struct dirent **layers;
	int count = scandir(LAYERS_FOLDER, &layers, is_layer, alphasort),
	    error = count < 0 ? -1 : 0;

	for (int i = 0; i < count; i++) {
		char path[NAME_MAX + sizeof(LAYERS_FOLDER) + sizeof("/usr")];

		snprintf(path, sizeof(path), LAYERS_FOLDER "/%s/usr", layers[i]->d_name);
		error |= add_layer(overlay, path);
		free(layers[i]);
	}
	if (count >= 0)
		free(layers);
	return error | add_layer(overlay, USR_BEFORE);
}

/* An overlay that is mounted nowhere yet, or -1. */
static int make_overlay(void)
{
	int overlay = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC), mounted = -1;

	if (overlay < 0)
		return -1;
	if (syscall(SYS_fsconfig, overlay, FSCONFIG_SET_STRING, "source", "layers", 0) == 0 &&
		add_layers(overlay) == 0 &&
		syscall(SYS_fsconfig, overlay, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mounted = (int)syscall(SYS_fsmount, overlay, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
	close(overlay);
	return mounted;
}

static int keep_usr(void)
{
	if (is_mount_point(USR_BEFORE))
		return 0;
	if ((mkdir(USR_BEFORE, 0755) < 0 && errno != EEXIST) ||
		(mkdir("/usr", 0755) < 0 && errno != EEXIST))
		return -1;
	return mount("/usr", USR_BEFORE, NULL, MS_BIND, NULL);
}

/* Puts it in place: under the one that is there, which is then taken away. */
static int put_in_place(int overlay)
{
	bool again = is_of_type("/usr", OVERLAYFS_SUPER_MAGIC);
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (again ? MOVE_MOUNT_BENEATH : 0);

	if (syscall(SYS_move_mount, overlay, "", AT_FDCWD, "/usr", flags) < 0)
		return -1;
	return again ? umount2("/usr", MNT_DETACH) : 0;
}

const char *join_usr(void)
{
	const char *problem = NULL;
	int overlay;

	if (keep_usr() < 0)
		return reason("cannot keep what is in /usr");
	overlay = make_overlay();
	if (overlay < 0)
		return reason("cannot make an overlay of the images");
	if (put_in_place(overlay) < 0)
		problem = reason("cannot mount the overlay on /usr");
	close(overlay);
	return problem;
}
