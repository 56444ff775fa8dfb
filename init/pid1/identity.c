/* SPDX-License-Identifier: MIT */
/*
 * Changing identity with bare system calls: libc's wrappers synchronise threads, which a child of clone3
 * must not do.
 */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "whole_file.h"

static char file_text[ACCOUNTS_FILE_MAX];

int identity_look_up(struct identity *identity, const struct service_config *config)
{
	const char *user = config->user ? config->user : "0";
	size_t length;
	int error = whole_file_read(AT_FDCWD, "/etc/passwd", file_text, sizeof(file_text), &length);

	if (error && config->user)
		return error;
	if (error) /* root needs no entry */
		length = 0;
	return account_user(file_text, length, user, &identity->account) ? 0 : -ENOENT;
}

int identity_look_up_groups(struct identity *identity, const struct service_config *config)
{
	size_t length;
	int error;

	if (!config->user && !config->group)
		return 0;
	error = whole_file_read(AT_FDCWD, "/etc/group", file_text, sizeof(file_text), &length);
	if (error)
		return error;
	if (config->group &&
		!account_group(file_text, length, config->group, &identity->account.gid))
		return -ENOENT;
	if (!config->user || !identity->account.name[0])
		return 0;
	identity->group_count = account_groups(
		file_text, length, identity->account.name, identity->groups, IDENTITY_GROUPS_MAX);
	return identity->group_count < 0 ? -E2BIG : 0;
}

/* Root without a capabilities line keeps what root has. */
static bool keeps_all(const struct identity *identity, const struct service_config *config)
{
	return identity->account.uid == 0 && !(config->given & KEY_BIT(KEY_CAPABILITIES));
}

int identity_bound(const struct identity *identity, const struct service_config *config)
{
	if (keeps_all(identity, config))
		return 0;
	/* The kernel says with EINVAL where its capabilities end. */
	for (int number = 0; number < 64; number++) {
		if (config->capabilities & UINT64_C(1) << number)
			continue;
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
			return errno == EINVAL && number > CAP_CHOWN ? 0 : -errno;
	}
	return 0;
}

int identity_set_groups(const struct identity *identity)
{
	gid_t gid = identity->account.gid;

	if (syscall(SYS_setgroups, (size_t)identity->group_count, identity->groups) < 0)
		return -errno;
	return syscall(SYS_setresgid, gid, gid, gid) < 0 ? -errno : 0;
}

int identity_set_user(const struct identity *identity)
{
	uid_t uid = identity->account.uid;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_setresuid, uid, uid, uid) < 0 ? -errno : 0;
}

static int set_capabilities(uint64_t set)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
	struct __user_cap_data_struct data[2] = {
		{ .effective = low, .permitted = low, .inheritable = low },
		{ .effective = high, .permitted = high, .inheritable = high },
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int identity_keep(const struct identity *identity, const struct service_config *config)
{
	int error;

	if (keeps_all(identity, config))
		return 0;
	error = set_capabilities(config->capabilities);
	for (int number = 0; number < 64 && !error; number++)
		if (config->capabilities & UINT64_C(1) << number &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			error = -errno;
	return error;
}

int identity_no_new_privileges(const struct service_config *config)
{
	if (config->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}
