/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line, split by the rules of next_arg() in the kernel's lib/cmdline.c, so that a
 * parameter means the same to init as to the kernel.
 */
#include "basics/cmdline.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Copies the line. Of one that is too long, the word that does not fit and the rest are left out. */
static void copy_line(char *copy, size_t size, const char *line)
{
	size_t length = strnlen(line, size);

	if (length == size) {
		length--;
		while (length > 0 && !is_blank(line[length]))
			length--;
	}
	memcpy(copy, line, length);
	copy[length] = '\0';
}

/* Ends the parameter at `text` and splits it; returns what follows. */
static char *next_parameter(char *text, char **key, char **value)
{
	bool whole_quoted = *text == '"';
	bool in_quote = whole_quoted;
	char *equals = NULL;
	char *end;

	if (whole_quoted)
		text++;
	for (end = text; *end && (in_quote || !is_blank(*end)); end++) {
		if (*end == '=' && !equals && end > text)
			equals = end;
		if (*end == '"')
			in_quote = !in_quote;
	}

	*key = text;
	*value = NULL;
	text = *end ? end + 1 : end;
	*end = '\0';
	if (equals) {
		*equals = '\0';
		*value = equals + 1;
		if (**value == '"') {
			(*value)++;
			whole_quoted = true;
		}
	}
	if (whole_quoted && end > (*value ? *value : *key) && end[-1] == '"')
		end[-1] = '\0';
	return text;
}

void cmdline_each(const char *line, bool (*word)(void *context, const char *key, const char *value),
	void *context)
{
	char copy[CMDLINE_MAX];
	char *next = copy;
	char *key;
	char *value;

	copy_line(copy, sizeof(copy), line);
	for (;;) {
		while (is_blank(*next))
			next++;
		if (!*next)
			return;
		next = next_parameter(next, &key, &value);
		if (!word(context, key, value))
			return;
	}
}

/*
 * Whether there may be a parameter of this name: quotes within a name stay part of it, so it stands in the line as
 * it is. Most parameters that are asked for are not given, and this is all it takes to know.
 */
static bool may_have(const char *line, const char *key, size_t length)
{
	return memmem(line, strlen(line), key, length) != NULL;
}

struct value_search {
	const char *key;
	char *buffer;
	size_t size;
	int length;
};

static bool take_value(void *context, const char *key, const char *value)
{
	struct value_search *search = context;
	size_t length;

	if (strcmp(key, search->key) != 0)
		return true;
	search->length = -1;
	search->buffer[0] = '\0';
	if (!value)
		value = "";
	length = strlen(value);
	if (length < search->size) {
		memcpy(search->buffer, value, length + 1);
		search->length = (int)length;
	}
	return true;
}

int cmdline_value(const char *line, const char *key, char *buffer, size_t size)
{
	struct value_search search = { .key = key, .buffer = buffer, .size = size, .length = -1 };

	if (size == 0)
		return -1;
	buffer[0] = '\0';
	if (may_have(line, key, strlen(key)))
		cmdline_each(line, take_value, &search);
	return search.length;
}

struct match_search {
	const char *key;
	size_t key_length;
	const char *value; /* NULL: any, or none */
	bool found;
};

static bool take_match(void *context, const char *key, const char *value)
{
	struct match_search *search = context;

	if (strlen(key) != search->key_length || memcmp(key, search->key, search->key_length) != 0)
		return true;
	if (!search->value || (value && strcmp(value, search->value) == 0))
		search->found = true;
	return !search->found;
}

bool cmdline_matches(const char *line, const char *condition)
{
	const char *equals = strchr(condition, '=');
	struct match_search search = {
		.key = condition,
		.key_length = equals ? (size_t)(equals - condition) : strlen(condition),
		.value = equals ? equals + 1 : NULL,
	};

	if (may_have(line, condition, search.key_length))
		cmdline_each(line, take_match, &search);
	return search.found;
}

struct list_search {
	const char *key;
	const char *name;
	bool found;
};

static bool take_list(void *context, const char *key, const char *value)
{
	struct list_search *search = context;
	size_t name_length = strlen(search->name);

	if (strcmp(key, search->key) != 0 || !value)
		return true;
	for (;;) {
		size_t length = strcspn(value, ",");

		if (length == name_length && memcmp(value, search->name, length) == 0 && length > 0)
			search->found = true;
		if (search->found || !value[length])
			return !search->found;
		value += length + 1;
	}
}

bool cmdline_lists(const char *line, const char *key, const char *name)
{
	struct list_search search = { .key = key, .name = name };

	if (may_have(line, key, strlen(key)))
		cmdline_each(line, take_list, &search);
	return search.found;
}
