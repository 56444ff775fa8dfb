/* SPDX-License-Identifier: MIT */
/*
 * A kernel command line. Every word that the walk finds is found again by each of the questions, whatever
 * the room for its value; and what a node's hostname and lists are made of stays within it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basics/cmdline.h"
#include "fuzz.h"

struct walk {
	const char *line;
	unsigned words;
};

/* The last value of `key` that a walk sees. */
struct last {
	const char *key;
	char value[CMDLINE_MAX];
	bool bare;
};

static bool take_last(void *context, const char *key, const char *value)
{
	struct last *last = context;

	if (strcmp(key, last->key) == 0) {
		last->bare = !value;
		strcpy(last->value, value ? value : "");
	}
	return true;
}

static void look_at_value(const char *line, const char *key)
{
	static struct last last;
	char buffer[CMDLINE_MAX], small[4];
	int length;

	last = (struct last){ .key = key };
	cmdline_each(line, take_last, &last);
	length = cmdline_value(line, key, buffer, sizeof(buffer));
	expect(length == (int)strlen(last.value));
	expect(strcmp(buffer, last.value) == 0);
	memset(small, 'x', sizeof(small));
	length = cmdline_value(line, key, small, sizeof(small));
	expect(strlen(last.value) < sizeof(small) ? strcmp(small, last.value) == 0
						  : length == -1 && !*small);
	expect(cmdline_value(line, key, small, 0) == -1);
}

/* A condition cannot name a key with a '=' in it; such keys are quoted or begin with one. */
static void look_at_condition(const char *line, const char *key, const char *value)
{
	char condition[2 * CMDLINE_MAX];

	if (strchr(key, '='))
		return;
	expect(cmdline_matches(line, key));
	if (!value)
		return;
	snprintf(condition, sizeof(condition), "%s=%s", key, value);
	expect(cmdline_matches(line, condition));
}

static void look_at_list(const char *line, const char *key, const char *value)
{
	char name[CMDLINE_MAX];
	size_t length = value ? strcspn(value, ",") : 0;

	if (length == 0)
		return;
	memcpy(name, value, length);
	name[length] = '\0';
	expect(cmdline_lists(line, key, name));
	expect(!cmdline_lists(line, key, ""));
}

static bool word(void *context, const char *key, const char *value)
{
	struct walk *walk = context;

	expect(strlen(key) + (value ? strlen(value) : 0) < CMDLINE_MAX);
	if (walk->words++ >= 16) /* each costs several walks */
		return false;
	look_at_value(walk->line, key);
	look_at_condition(walk->line, key, value);
	look_at_list(walk->line, key, value);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct walk walk = { .line = line };

	cmdline_each(line, word, &walk);
	free(line);
	return 0;
}
