/* SPDX-License-Identifier: MIT */
/* Users and groups: what is odd grants nothing. */
#include "unit.h"

#include "pid1/accounts.h"

#include <stdio.h>
#include <stdlib.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "\n"
			     "short:x:5\n"
			     "many:x:5:5:a:b:c:d\n"
			     ":x:6:6::/:/bin/sh\n"
			     "sign:x:-1:7::/:/bin/sh\n"
			     "blank:x: 8:8::/:/bin/sh\n"
			     "keep:x:4294967295:4294967295::/:/bin/sh\n"
			     "badgroup:x:9:x::/:/bin/sh\n"
			     "this-name-is-of-thirty-three-bytes:x:10:10::/:/bin/sh\n"
			     "daemon:x:1:2:a comment:/var/empty:/bin/false\n"
			     "daemon:x:0:0:a second one:/root:/bin/sh\n"
			     "this-name-is-of-thirty-two-bytes:x:4294967294:12::/h:/bin/sh\n"
			     "last:x:13:14::/last:";

static const char group[] = "root:x:0:\n"
			    "short:x:5\n"
			    "keep:x:4294967295:daemon\n"
			    "wheel:x:10:root,daemon\n"
			    "audio:x:11:daemonic,xdaemon,daem\n"
			    "video:x:12:daemon\n"
			    "tape:x:13:root,,daemon,\n"
			    "odd:x:x:daemon\n"
			    "last:x:14:daemon";

static bool find_user(const char *name, struct account *account)
{
	return account_user(passwd, strlen(passwd), name, account);
}

static int find_groups(const char *name, gid_t *groups, int most)
{
	return account_groups(group, strlen(group), name, groups, most);
}

static void a_user_is_found_by_name(void **state)
{
	struct account account;

	(void)state;
	assert_true(find_user("root", &account));
	assert_int_equal(account.uid, 0);
	assert_true(find_user("last", &account));
	assert_int_equal(account.uid, 13);
	assert_int_equal(account.gid, 14);
	assert_string_equal(account.home, "/last");
}

static void the_first_of_a_name_counts(void **state)
{
	struct account account;

	(void)state;
	assert_true(find_user("daemon", &account));
	assert_int_equal(account.uid, 1);
	assert_int_equal(account.gid, 2);
	assert_string_equal(account.name, "daemon");
	assert_string_equal(account.home, "/var/empty");
}

static void a_number_finds_its_entry_or_stands_alone(void **state)
{
	struct account account;

	(void)state;
	assert_true(find_user("1", &account));
	assert_string_equal(account.name, "daemon");
	assert_int_equal(account.gid, 2);
	assert_true(find_user("777", &account));
	assert_int_equal(account.uid, 777);
	assert_int_equal(account.gid, 777);
	assert_string_equal(account.name, "");
	assert_string_equal(account.home, "/");
	assert_true(find_user("4294967294", &account));
	assert_string_equal(account.name, "this-name-is-of-thirty-two-bytes");
}

static void odd_users_are_nobody(void **state)
{
	static const char *const cases[] = { "", "nobody", "short", "many", "sign", "blank", "keep",
		"badgroup", "this-name-is-of-thirty-three-bytes", "roo", "root:x", "4294967295",
		"4294967296", "99999999999", "-1", "+1", " 1", "1 ", "0x1" };
	struct account account;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_false(find_user(cases[i], &account));
}

static void a_home_must_fit(void **state)
{
	char text[256] = "a:x:1:1::/";
	struct account account;

	(void)state;
	memset(text + strlen(text), 'h', sizeof(account.home) - 2);
	strcat(text, ":/bin/sh\n");
	assert_true(account_user(text, strlen(text), "a", &account));
	assert_int_equal(strlen(account.home), sizeof(account.home) - 1);
	memset(text, 0, sizeof(text));
	strcpy(text, "a:x:1:1::/");
	memset(text + strlen(text), 'h', sizeof(account.home) - 1);
	strcat(text, ":/bin/sh\n");
	assert_false(account_user(text, strlen(text), "a", &account));
}

static void a_nul_spoils_its_line(void **state)
{
	static const char text[] = "ro\0ot:x:5:5::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n";
	struct account account;

	(void)state;
	assert_false(account_user(text, sizeof(text) - 1, "ro", &account));
	assert_true(account_user(text, sizeof(text) - 1, "5", &account));
	assert_string_equal(account.name, "");
	assert_true(account_user(text, sizeof(text) - 1, "root", &account));
}

static void a_group_is_found_by_name_or_is_a_number(void **state)
{
	gid_t gid = 77;

	(void)state;
	assert_true(account_group(group, strlen(group), "wheel", &gid));
	assert_int_equal(gid, 10);
	assert_true(account_group(group, strlen(group), "last", &gid));
	assert_int_equal(gid, 14);
	assert_true(account_group(group, strlen(group), "4711", &gid));
	assert_int_equal(gid, 4711);
	gid = 77;
	assert_false(account_group(group, strlen(group), "short", &gid));
	assert_false(account_group(group, strlen(group), "odd", &gid));
	assert_false(account_group(group, strlen(group), "keep", &gid));
	assert_false(account_group(group, strlen(group), "4294967295", &gid));
	assert_false(account_group(group, strlen(group), "", &gid));
	assert_int_equal(gid, 77);
}

static void supplementary_groups_are_those_that_list_the_user(void **state)
{
	gid_t groups[8];

	(void)state;
	assert_int_equal(find_groups("daemon", groups, 8), 4);
	assert_int_equal(groups[0], 10);
	assert_int_equal(groups[1], 12);
	assert_int_equal(groups[2], 13);
	assert_int_equal(groups[3], 14);
	assert_int_equal(find_groups("root", groups, 8), 2);
	assert_int_equal(find_groups("nobody", groups, 8), 0);
	assert_int_equal(find_groups("", groups, 8), 0);
}

static void too_many_groups_is_an_error_not_fewer_groups(void **state)
{
	gid_t groups[4];

	(void)state;
	assert_int_equal(find_groups("daemon", groups, 4), 4);
	assert_int_equal(find_groups("daemon", groups, 3), -1);
	assert_int_equal(find_groups("daemon", groups, 0), -1);
	assert_int_equal(find_groups("nobody", groups, 0), 0);
}

static void a_file_too_long_is_cut_behind_a_whole_line(void **state)
{
	size_t length = ACCOUNTS_FILE_MAX + 4;
	char *text = malloc(length);
	gid_t groups[4];

	(void)state;
	assert_non_null(text);
	memset(text, '\n', length);
	/* Cut to ACCOUNTS_FILE_MAX bytes this line would end in "us", who is somebody else. */
	memcpy(text + ACCOUNTS_FILE_MAX - 8, "g:x:1:user\n", 11);
	assert_int_equal(account_groups(text, length, "us", groups, 4), 0);
	assert_int_equal(account_groups(text, length, "user", groups, 4), 0);
	memcpy(text, "g:x:1:user\n", 11);
	assert_int_equal(account_groups(text, length, "user", groups, 4), 1);
	free(text);
}

static void any_text_can_be_read(void **state)
{
	static const char alphabet[] = "a:0,\n\0009";

	(void)state;
	srand(6);
	for (int i = 0; i < 100000; i++) {
		size_t length = (size_t)(rand() % 40);
		char *text = malloc(length + !length);
		struct account account;
		gid_t groups[2];
		gid_t gid;

		assert_non_null(text);
		for (size_t j = 0; j < length; j++)
			text[j] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		if (account_user(text, length, "a", &account))
			assert_string_equal(account.name, "a");
		account_user(text, length, "9", &account);
		account_group(text, length, "a", &gid);
		assert_in_range(account_groups(text, length, "a", groups, 2) + 1, 0, 3);
		free(text);
	}
}

/* The text of a file with room behind it, to which a drop-in is added. */
static struct {
	char text[256];
	size_t length;
	unsigned odd;
} file;

static void file_is(const char *text)
{
	file.length = strlen(text);
	memcpy(file.text, text, file.length);
}

static size_t add(const char *drop_in, bool groups)
{
	size_t length = accounts_add(file.text, file.length, sizeof(file.text), drop_in,
		strlen(drop_in), groups, &file.odd);

	if (length)
		file.length = length;
	return length;
}

static void expect_file(const char *text)
{
	assert_int_equal(file.length, strlen(text));
	assert_memory_equal(file.text, text, file.length);
}

static void a_drop_in_adds_what_is_not_there(void **state)
{
	(void)state;
	file_is("root:x:0:0:root:/root:/bin/sh"); /* without a newline */
	add("munge:x:200:200::/:/bin/false\n\nslurm:x:201:201::/:/bin/false", false);
	expect_file("root:x:0:0:root:/root:/bin/sh\nmunge:x:200:200::/:/bin/false\n"
		    "slurm:x:201:201::/:/bin/false\n");
	assert_int_equal(file.odd, 0);
	add("munge:x:200:200:another comment:/:/bin/sh\n", false);
	assert_int_equal(file.odd, 0);
	add("root:x:1:1::/:/bin/sh\n", false);
	assert_int_equal(file.odd, 1);
	expect_file("root:x:0:0:root:/root:/bin/sh\nmunge:x:200:200::/:/bin/false\n"
		    "slurm:x:201:201::/:/bin/false\n");
	file_is("");
	add("munge:x:200:\n", true);
	expect_file("munge:x:200:\n");
}

static void an_odd_line_of_a_drop_in_is_left_out(void **state)
{
	(void)state;
	file_is("root:x:0:\n");
	add("short:x:5\nsign:x:-1:\n:x:6:\nkeep:x:4294967295:\ngood:x:7:a,b\n", true);
	assert_int_equal(file.odd, 4);
	expect_file("root:x:0:\ngood:x:7:a,b\n");
	file_is("");
	add("good:x:7:a,b\nbad:x:7:x::/:/bin/sh\n", false);
	assert_int_equal(file.odd, 2);
	expect_file("");
}

static void a_drop_in_that_does_not_fit_adds_nothing(void **state)
{
	char line[256];

	(void)state;
	file_is("root:x:0:\n");
	/* The file has 256 bytes; ten are taken, and two are kept for newlines. */
	snprintf(line, sizeof(line), "long:x:7:%0*d", 256 - 10 - 2 - 9 + 1, 0);
	assert_int_equal(add(line, true), 0);
	expect_file("root:x:0:\n");
	line[strlen(line) - 1] = '\0';
	assert_true(add(line, true) > 0);
	assert_int_equal(file.length, 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_found_by_name),
		cmocka_unit_test(the_first_of_a_name_counts),
		cmocka_unit_test(a_number_finds_its_entry_or_stands_alone),
		cmocka_unit_test(odd_users_are_nobody),
		cmocka_unit_test(a_home_must_fit),
		cmocka_unit_test(a_nul_spoils_its_line),
		cmocka_unit_test(a_group_is_found_by_name_or_is_a_number),
		cmocka_unit_test(supplementary_groups_are_those_that_list_the_user),
		cmocka_unit_test(too_many_groups_is_an_error_not_fewer_groups),
		cmocka_unit_test(a_file_too_long_is_cut_behind_a_whole_line),
		cmocka_unit_test(a_drop_in_adds_what_is_not_there),
		cmocka_unit_test(an_odd_line_of_a_drop_in_is_left_out),
		cmocka_unit_test(a_drop_in_that_does_not_fit_adds_nothing),
		cmocka_unit_test(any_text_can_be_read),
	};

	return RUN("accounts", tests);
}
