/* SPDX-License-Identifier: MIT */
/*
 * Reads lines of /etc/passwd and /etc/group. What is not understood grants nothing: a line that is
 * malformed in any way is ignored as if it were not there.
 */
#include "accounts.h"

#include <stdint.h>
#include <string.h>

enum {
	PASSWD_FIELDS = 7, /* name:password:uid:gid:comment:home:shell */
	GROUP_FIELDS = 4, /* name:password:gid:members */
	FIELDS_MAX = PASSWD_FIELDS,
};

/* A piece of the text; not NUL-terminated. */
struct field {
	const char *text;
	size_t length;
};

struct lines {
	const char *next;
	const char *end;
};

static struct lines lines_of(const char *text, size_t length)
{
	/* Cut a file that is too long after its last whole line: half a name is another name. */
	if (length > ACCOUNTS_FILE_MAX) {
		length = ACCOUNTS_FILE_MAX;
		while (length > 0 && text[length - 1] != '\n')
			length--;
	}
	return (struct lines){ .next = text, .end = text + length };
}

static struct field take_until(const char **at, const char *end, char separator)
{
	size_t left = (size_t)(end - *at);
	const char *stop = memchr(*at, separator, left);
	struct field field = { .text = *at, .length = stop ? (size_t)(stop - *at) : left };

	*at = stop ? stop + 1 : end;
	return field;
}

/* Splits the next line that has exactly `count` fields and no NUL into `fields`. False at the end. */
static bool next_line(struct lines *lines, struct field *fields, size_t count)
{
	while (lines->next < lines->end) {
		struct field line = take_until(&lines->next, lines->end, '\n');
		const char *at = line.text;
		const char *end = line.text + line.length;
		size_t colons = 0;

		for (const char *c = at; c < end; c++)
			colons += *c == ':';
		if (colons != count - 1 || memchr(line.text, '\0', line.length))
			continue;
		for (size_t i = 0; i < count; i++)
			fields[i] = take_until(&at, end, ':');
		if (fields[0].length > 0)
			return true;
	}
	return false;
}

static bool field_is(struct field field, const char *text)
{
	return strlen(text) == field.length && memcmp(field.text, text, field.length) == 0;
}

/* An id. The highest number is not one: to setresuid() it means "leave as it is". */
static bool field_id(struct field field, uint32_t *id)
{
	uint64_t value = 0;

	if (field.length == 0 || field.length > 10)
		return false;
	for (size_t i = 0; i < field.length; i++) {
		if (field.text[i] < '0' || field.text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(field.text[i] - '0');
	}
	if (value >= UINT32_MAX)
		return false;
	*id = (uint32_t)value;
	return true;
}

static bool text_id(const char *text, uint32_t *id)
{
	return field_id((struct field){ .text = text, .length = strlen(text) }, id);
}

static void copy_field(char *to, struct field field)
{
	memcpy(to, field.text, field.length);
	to[field.length] = '\0';
}

bool account_user(const char *passwd, size_t length, const char *user, struct account *account)
{
	struct field fields[FIELDS_MAX];
	struct lines lines = lines_of(passwd, length);
	uint32_t number = 0;
	bool is_number = text_id(user, &number);
	uint32_t uid;
	uint32_t gid;

	while (next_line(&lines, fields, PASSWD_FIELDS)) {
		if (!field_id(fields[2], &uid) || !field_id(fields[3], &gid))
			continue;
		if (fields[0].length >= sizeof(account->name) ||
			fields[5].length >= sizeof(account->home))
			continue;
		if (is_number ? uid != number : !field_is(fields[0], user))
			continue;
		account->uid = uid;
		account->gid = gid;
		copy_field(account->name, fields[0]);
		copy_field(account->home, fields[5]);
		return true;
	}
	if (!is_number)
		return false;
	*account = (struct account){ .uid = number, .gid = number, .name = "", .home = "/" };
	return true;
}

bool account_group(const char *group_file, size_t length, const char *group, gid_t *gid)
{
	struct field fields[FIELDS_MAX];
	struct lines lines = lines_of(group_file, length);
	uint32_t id;

	if (text_id(group, &id)) {
		*gid = id;
		return true;
	}
	while (next_line(&lines, fields, GROUP_FIELDS)) {
		if (field_is(fields[0], group) && field_id(fields[2], &id)) {
			*gid = id;
			return true;
		}
	}
	return false;
}

static bool is_member(struct field members, const char *user)
{
	const char *at = members.text;
	const char *end = members.text + members.length;

	while (at < end) {
		if (field_is(take_until(&at, end, ','), user))
			return true;
	}
	return false;
}

int account_groups(const char *group_file, size_t length, const char *user, gid_t *groups, int most)
{
	struct field fields[FIELDS_MAX];
	struct lines lines = lines_of(group_file, length);
	int count = 0;
	uint32_t id;

	if (!*user) /* a number without a name is listed nowhere */
		return 0;
	while (next_line(&lines, fields, GROUP_FIELDS)) {
		if (!is_member(fields[3], user) || !field_id(fields[2], &id))
			continue;
		if (count == most)
			return -1;
		groups[count++] = id;
	}
	return count;
}

/* The first line of that name; false: there is none. */
static bool find_line(
	const char *text, size_t length, struct field name, size_t count, struct field *fields)
{
	struct lines lines = lines_of(text, length);

	while (next_line(&lines, fields, count))
		if (fields[0].length == name.length &&
			memcmp(fields[0].text, name.text, name.length) == 0)
			return true;
	return false;
}

static size_t add_line(char *text, size_t length, const char *line, size_t line_length)
{
	if (length > 0 && text[length - 1] != '\n')
		text[length++] = '\n';
	memcpy(text + length, line, line_length);
	length += line_length;
	text[length++] = '\n';
	return length;
}

size_t accounts_add(char *text, size_t length, size_t size, const char *drop_in,
	size_t drop_in_length, bool groups, unsigned *odd)
{
	struct lines lines = lines_of(drop_in, drop_in_length);
	size_t count = groups ? GROUP_FIELDS : PASSWD_FIELDS;
	struct field fields[FIELDS_MAX], there[FIELDS_MAX];
	uint32_t id, other;

	*odd = 0;
	while (lines.next < lines.end) {
		struct field line = take_until(&lines.next, lines.end, '\n');
		struct lines one = { .next = line.text, .end = line.text + line.length };

		if (line.length == 0)
			continue;
		if (!next_line(&one, fields, count) || !field_id(fields[2], &id) ||
			(!groups && !field_id(fields[3], &other))) {
			++*odd;
			continue;
		}
		if (find_line(text, length, fields[0], count, there)) {
			*odd += !field_id(there[2], &other) || other != id;
			continue;
		}
		/* Two newlines: its own, and one that the text may lack. */
		if (size - length < line.length + 2)
			return 0;
		length = add_line(text, length, line.text, line.length);
	}
	return length;
}
