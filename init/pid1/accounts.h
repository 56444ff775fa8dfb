/* SPDX-License-Identifier: MIT */
/*
 * Users and groups from /etc/passwd and /etc/group. libc's getpwnam() allocates and, in a static
 * program, is more than is needed; PID 1's children look things up in the two files with these
 * functions. Pure: the caller reads the files.
 */
#ifndef PID1_ACCOUNTS_H
#define PID1_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ACCOUNTS_FILE_MAX = 64 * 1024 }; /* bytes of either file that are looked at */

struct account {
	uid_t uid;
	gid_t gid;
	char name[33]; /* "" when a number without an entry was given */
	char home[128]; /* "/" when a number without an entry was given */
};

/*
 * Looks up `user` (a name, or a decimal number) in the text of /etc/passwd. A number need not have an
 * entry; then gid is the same number. Lines that do not have seven fields, or whose ids are not numbers,
 * or whose name or home does not fit, are passed over. False: no such user.
 */
bool account_user(const char *passwd, size_t length, const char *user, struct account *account);

/* Looks up `group` (a name or number) in the text of /etc/group. False: no such group. */
bool account_group(const char *group_file, size_t length, const char *group, gid_t *gid);

/*
 * The supplementary groups: every line of /etc/group that lists `user` as a member. Returns how many, at
 * most `most`; -1 when there are more (fail closed: the caller must not run the program).
 */
int account_groups(
	const char *group_file, size_t length, const char *user, gid_t *groups, int most);

/*
 * Adds the lines of a drop-in (drop_ins.h) whose names are not in the text of /etc/passwd (or, with `groups`, of /etc/group)
 * yet; `size` is that of the buffer. A line that is odd, by the rules above, is left out and counted in *odd, and so is
 * one whose name is there with another id. Returns the new length; 0 if it would be more than
 * `size`; the first `length` bytes of the text are as before then.
 */
size_t accounts_add(char *text, size_t length, size_t size, const char *drop_in,
	size_t drop_in_length, bool groups, unsigned *odd);

#endif
