/* SPDX-License-Identifier: MIT */
/*
 * Who a service's process is: user, groups, capabilities. Used only by the child between fork and exec
 * (spawn.c), one step after another. Each function returns 0 or -errno, and on an error the program
 * must not be run.
 */
#ifndef PID1_IDENTITY_H
#define PID1_IDENTITY_H

#include <sys/types.h>

#include "accounts.h"
#include "service/config.h"

enum { IDENTITY_GROUPS_MAX = 32 }; /* supplementary groups of one user; more is an error (-E2BIG) */

struct identity {
	struct account account; /* root's if the file names no user */
	gid_t groups[IDENTITY_GROUPS_MAX];
	int group_count;
};

/* Reads /etc/passwd. -ENOENT: no such user. */
int identity_look_up(struct identity *identity, const struct service_config *config);

/* Reads /etc/group. -ENOENT: no such group. */
int identity_look_up_groups(struct identity *identity, const struct service_config *config);

/*
 * Removes from the bounding set what the file does not name: all, for a user without a capabilities line, and
 * nothing, for root without one. What is left applies to root and to programs with file capabilities, too.
 */
int identity_bound(const struct identity *identity, const struct service_config *config);

int identity_set_groups(const struct identity *identity);

/* Changes the user, keeping the permitted set for identity_keep(). */
int identity_set_user(const struct identity *identity);

/* Makes the named capabilities the permitted, inheritable and ambient ones, and no others. */
int identity_keep(const struct identity *identity, const struct service_config *config);

int identity_no_new_privileges(const struct service_config *config);

#endif
