/* SPDX-License-Identifier: MIT */
/*
 * /etc/passwd and /etc/group. The input's first line is whom to look for, the rest is either file. Nobody
 * is ever given an id that was not in a whole line of theirs: above all not root's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pid1/accounts.h"

enum { GROUPS_MAX = 8 };

/* The line that must be in the file for a name to have that id, up to the field behind it. */
static bool has_line(const char *text, size_t length, const char *name, const char *ids)
{
	size_t name_length = strlen(name);
	const char *end = text + length;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t left = (size_t)((stop ? stop : end) - line);

		if (left > name_length && memcmp(line, name, name_length) == 0 &&
			line[name_length] == ':' && memmem(line, left, ids, strlen(ids)))
			return true;
		line += left + 1;
	}
	return false;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* An id as it may stand in the file, leading zeros and all, is not compared; 0 is. */
static void look_at_user(const char *text, size_t length, const char *user)
{
	struct account account = { .uid = 77 };

	if (!account_user(text, length, user, &account))
		return;
	expect(account.uid != UINT32_MAX && account.gid != UINT32_MAX);
	expect(memchr(account.name, '\0', sizeof(account.name)));
	expect(memchr(account.home, '\0', sizeof(account.home)));
	expect(!strpbrk(account.name, ":\n") && !strpbrk(account.home, ":\n"));
	if (is_number(user)) {
		expect(account.uid == strtoul(user, NULL, 10));
		expect(account.name[0] || account.gid == account.uid);
		return;
	}
	expect(strcmp(account.name, user) == 0);
	expect(account.uid != 0 || has_line(text, length, user, ":0"));
	expect(account.gid != 0 || has_line(text, length, user, ":0"));
}

static void look_at_group(const char *text, size_t length, const char *group)
{
	gid_t gid = 77;

	if (!account_group(text, length, group, &gid)) {
		expect(gid == 77);
		return;
	}
	expect(gid != UINT32_MAX);
	if (is_number(group))
		expect(gid == strtoul(group, NULL, 10));
	else
		expect(gid != 0 || has_line(text, length, group, ":0"));
}

/* With less room the answer is no, and nothing is written behind the room. */
static void look_at_groups(const char *text, size_t length, const char *user)
{
	gid_t groups[GROUPS_MAX], fewer[GROUPS_MAX];
	int count = account_groups(text, length, user, groups, GROUPS_MAX);

	expect(count >= -1 && count <= GROUPS_MAX);
	expect(*user || count == 0);
	for (int i = 0; i < count; i++)
		expect(groups[i] != UINT32_MAX);
	for (int most = 0; most < count; most++) {
		memset(fewer, 0x55, sizeof(fewer));
		expect(account_groups(text, length, user, fewer, most) == -1);
		expect(fewer[most] == 0x55555555);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	char *who = fuzz_line(&input);
	char *text;

	if (!who)
		return 0;
	text = fuzz_bytes(input.data, input.size);
	look_at_user(text, input.size, who);
	look_at_group(text, input.size, who);
	look_at_groups(text, input.size, who);
	free(text);
	free(who);
	return 0;
}
