/* SPDX-License-Identifier: MIT */
/*
 * The grammar of service files: lines, keys, and what the keys must be to each other. The values
 * are read in keys.c.
 *
 * The text is copied once and cut up in that copy; when all of it was right, the strings that are
 * needed are packed into one block of exactly their size (draft.c), as a node keeps them for as long as it
 * is up.
 */
#include "service/parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/draft.h"
#include "service/keys.h"

/* ---- lines ---- */

static int find_key(const char *name)
{
	for (int i = 0; i < SERVICE_KEY_COUNT; i++) {
		if (strcmp(service_key_name(i), name) == 0)
			return i;
	}
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *trim(char *text)
{
	char *end;

	while (is_blank(*text))
		text++;
	end = text + strlen(text);
	while (end > text && is_blank(end[-1]))
		end--;
	*end = '\0';
	return text;
}

/* Only text may stand in a file, comments included. */
static bool check_bytes(struct service_draft *draft, const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c == '\r' && i + 1 == length)
			draft_error(draft,
				"ends in a carriage return; save the file with Unix line ends");
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			draft_error(draft, "byte 0x%02x at column %zu is not text", c, i + 1);
		else
			continue;
		return false;
	}
	return true;
}

static void unknown_key(struct service_draft *draft, const char *name)
{
	const char *meant = draft_nearest(draft, name, service_key_name);

	if (meant)
		draft_error(draft, "unknown key '%.40s' (did you mean '%s'?)", name, meant);
	else
		draft_error(draft, "unknown key '%.40s'; service(5) lists the keys", name);
}

/* What some editors put in front of UTF-8: the code point U+FEFF. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

static void read_line(struct service_draft *draft, char *line)
{
	struct service_config *config = draft->config;
	char *text = trim(line);
	char *equals = strchr(text, '=');
	char *value;
	int key;

	if (!*text || *text == '#')
		return;
	if (!equals) {
		draft_error(draft, "'%.40s' is not 'key = value'", text);
		return;
	}
	*equals = '\0';
	value = trim(equals + 1);
	text = trim(text);
	if (!*text) {
		draft_error(draft, "a key is missing before '='");
		return;
	}
	key = find_key(text);
	if (key < 0) {
		unknown_key(draft, text);
		return;
	}
	if (config->line[key] && key != KEY_ENVIRONMENT) {
		draft_error(draft, "'%s' again; it was set on line %u", service_key_name(key),
			config->line[key]);
		return;
	}
	if (!config->line[key])
		config->line[key] = (uint16_t)draft->line;
	config->given |= KEY_BIT(key);
	if (*value) {
		unsigned before = draft->errors;

		service_key_read(draft, (enum service_key)key, value);
		if (draft->errors == before)
			return;
	} else {
		draft_error(draft, "%s has no value; leave the line out for the default",
			service_key_name(key));
	}
	draft->bad |= KEY_BIT(key);
}

static void read_lines(struct service_draft *draft, char *text, size_t length)
{
	char *end = text + length;

	if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		draft->line = 1;
		draft_error(draft, "the file begins with a byte order mark (EF BB BF); save it as "
				   "UTF-8 without one");
		draft->line = 0;
		text += 3;
	}
	while (text < end) {
		char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t line_length = (size_t)((stop ? stop : end) - text);

		draft->line++;
		text[line_length] = '\0';
		if (check_bytes(draft, text, line_length))
			read_line(draft, text);
		text += line_length + 1;
	}
	draft->line = 0;
}

/* ---- keys against each other ---- */

static bool given(const struct service_draft *draft, enum service_key key)
{
	return draft->config->given & KEY_BIT(key);
}

/* False if the value of either key is an error already: then nothing can be said about the pair. */
static bool sound(const struct service_draft *draft, enum service_key one, enum service_key other)
{
	return !(draft->bad & (KEY_BIT(one) | KEY_BIT(other)));
}

static void check_life(struct service_draft *draft)
{
	const struct service_config *config = draft->config;

	if (!given(draft, KEY_EXEC))
		draft_error(draft, "there is no exec line: what program is to run?");
	if (config->type == SERVICE_TASK && config->ready != READY_EXEC)
		draft_conflict(draft, KEY_READY,
			"a task is done when it exits 0 and has no ready; remove this line or "
			"'type = "
			"task'");
	if (config->type == SERVICE_TASK && given(draft, KEY_RESTART) &&
		sound(draft, KEY_RESTART, KEY_TYPE) && config->restart == RESTART_ALWAYS)
		draft_conflict(draft, KEY_RESTART,
			"a task that is done is not run again; write on-failure or never, or "
			"remove "
			"'type = task'");
	if (config->watchdog_ms && config->ready != READY_NOTIFY &&
		sound(draft, KEY_READY, KEY_TYPE))
		draft_conflict(draft, KEY_WATCHDOG,
			"watchdog listens on $NOTIFY_SOCKET and needs 'ready = notify'");
	if (config->backoff_first_ms > config->backoff_longest_ms)
		draft_conflict(draft, KEY_BACKOFF,
			"backoff: the first delay is longer than the longest; write the shorter "
			"one "
			"first");
}

static void check_rights(struct service_draft *draft)
{
	const struct service_config *config = draft->config;

	/* With `user = root` they bound root; without a user line they could only be a mistake. */
	if (config->capabilities && !config->user && sound(draft, KEY_USER, KEY_CAPABILITIES))
		draft_conflict(draft, KEY_CAPABILITIES,
			"without a 'user' line the service is root and has them all; add one "
			"('user = root' keeps root to these)");
	if (config->system_calls && !config->no_new_privileges &&
		sound(draft, KEY_NO_NEW_PRIVILEGES, KEY_SYSTEM_CALLS))
		draft_conflict(draft, KEY_NO_NEW_PRIVILEGES,
			"system-calls holds for programs with set-user-ID bits, too, and they would "
			"run into it halfway; remove one of the two lines");
	if (config->memory_high > config->memory_max && given(draft, KEY_MEMORY_HIGH) &&
		sound(draft, KEY_MEMORY_HIGH, KEY_MEMORY_MAX))
		draft_conflict(draft, KEY_MEMORY_HIGH,
			"memory-high is above memory-max and would never have an effect");
	if (config->console && given(draft, KEY_LOG))
		draft_conflict(draft, KEY_LOG,
			"with 'console' the output goes to that terminal; remove one of the two "
			"lines");
}

/* Defaults that follow from other keys. */
static void complete(struct service_draft *draft)
{
	struct service_config *config = draft->config;

	if (!given(draft, KEY_RESTART))
		config->restart = config->type == SERVICE_TASK ? RESTART_NEVER : RESTART_ALWAYS;
	if (!given(draft, KEY_NO_NEW_PRIVILEGES))
		config->no_new_privileges = config->user != NULL || config->system_calls;
}

/* Reads `copy`, which is the caller's and may be written to. Returns 0 or an errno. */
static int parse_copy(struct service_draft *draft, char *copy, size_t length)
{
	read_lines(draft, copy, length);
	complete(draft);
	check_life(draft);
	check_rights(draft);
	if (draft->errors)
		return EINVAL;
	return draft_pack(draft) ? 0 : ENOMEM;
}

static int parse(struct service_draft *draft, const char *name, const char *text, size_t length)
{
	char *copy;
	int error;

	if (!service_name_valid(name)) {
		draft_error(draft, "'%.40s' is not a service's name: up to %d of a-z 0-9 . _ -",
			name, SERVICE_NAME_MAX);
		return EINVAL;
	}
	if (length > SERVICE_FILE_MAX) {
		draft_error(draft, "the file is longer than %d bytes", SERVICE_FILE_MAX);
		return EINVAL;
	}
	copy = malloc(length + 1);
	if (!copy)
		return ENOMEM;
	if (length)
		memcpy(copy, text, length);
	copy[length] = '\0';
	error = parse_copy(draft, copy, length);
	free(copy);
	return error;
}

bool service_config_parse(struct service_config *config, const char *name, const char *text,
	size_t length, const struct service_report *report)
{
	struct service_draft draft = { .config = config, .report = report };
	int error;

	draft.argv = (struct draft_list){ draft.argv_items, 0, SERVICE_WORDS_MAX };
	draft.environment =
		(struct draft_list){ draft.environment_items, 0, SERVICE_ENVIRONMENT_MAX };
	draft.needs = (struct draft_list){ draft.needs_items, 0, SERVICE_NEEDS_MAX };
	draft.after = (struct draft_list){ draft.after_items, 0, SERVICE_NEEDS_MAX };
	draft.needed_by = (struct draft_list){ draft.needed_by_items, 0, SERVICE_NEEDS_MAX };
	service_config_default(config, name);
	error = parse(&draft, name, text, length);
	if (error == ENOMEM)
		draft_error(&draft, "there is no memory left to read it");
	if (error) {
		service_config_default(config, name);
		errno = error;
	}
	return error == 0;
}
