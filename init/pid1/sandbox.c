/* SPDX-License-Identifier: MIT */
/* Mounts and the filter of one service. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * hidepid=ptraceable, not invisible, which makes an exception for group 0: for root that has no capabilities.
 * See the kernel's Documentation/filesystems/proc.rst.
 */
#define WITHOUT_OTHERS "hidepid=ptraceable"
#define PROCESSES      WITHOUT_OTHERS ",subset=pid"

int sandbox_mounts(const struct service_config *config)
{
	if (!config->read_only_root && !config->private_tmp && config->protect_proc == PROC_WHOLE)
		return 0;
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	/* Nothing it mounts is seen by others. */
	return mount("none", "/", "none", MS_SLAVE | MS_REC, NULL) < 0 ? -errno : 0;
}

int sandbox_root(const struct service_config *config)
{
	/* struct mount_attr and MOUNT_ATTR_RDONLY: linux/mount.h does not go together with sys/mount.h. */
	struct {
		uint64_t set, clear, propagation, user_namespace;
	} attributes = { .set = 1 };

	if (!config->read_only_root)
		return 0;
	/* libc has no wrapper; MS_REMOUNT would have to name all the other flags. */
	return syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof(attributes)) < 0
		       ? -errno
		       : 0;
}

int sandbox_tmp(const struct service_config *config)
{
	if (!config->private_tmp)
		return 0;
	return mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=50%") < 0
		       ? -errno
		       : 0;
}

int sandbox_proc(const struct service_config *config)
{
	if (config->protect_proc == PROC_WHOLE)
		return 0;
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		       config->protect_proc == PROC_PROCESSES ? PROCESSES : WITHOUT_OTHERS) < 0
		       ? -errno
		       : 0;
}

int sandbox_system_calls(const struct service_config *config)
{
	struct sock_fprog program = {
		.len = config->filter_length,
		.filter = (struct sock_filter *)config->filter,
	};

	if (!config->filter)
		return 0;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
