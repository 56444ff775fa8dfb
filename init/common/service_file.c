/* SPDX-License-Identifier: MIT */
/*
 * The grammar of service files: lines, keys, and what the keys must be to each other. The values
 * are read in service_keys.c.
 *
 * The text is copied once and cut up in that copy; when all of it was right, the strings that are
 * needed are packed into one block of exactly their size, as a node keeps them for as long as it
 * is up.
 */
#include "common/service_file.h"

#include "common/service_draft.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_START_TIMEOUT_MS = 30 * 1000,
	DEFAULT_STOP_TIMEOUT_MS = 5 * 1000,
	DEFAULT_BACKOFF_FIRST_MS = 100,
	DEFAULT_BACKOFF_LONGEST_MS = 30 * 1000,
	DEFAULT_LOG_SIZE = 16 * 1024,
};

_Static_assert(SERVICE_KEY_COUNT <= 32, "service_config.given has a bit for each key");

const char *service_key_name(enum service_key key)
{
	return key_rules[key].name;
}

bool service_name_valid(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && strchr(first, *name) && strspn(name, more) == strlen(name) &&
	       strlen(name) <= SERVICE_NAME_MAX;
}

/* ---- errors ---- */

/* A terminal will show this: nothing of the file may be taken for an escape sequence. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void report_line(
	struct service_draft *draft, unsigned line, const char *format, va_list arguments)
{
	char message[SERVICE_ERROR_MAX];

	draft->errors++;
	if (!draft->report || !draft->report->error || draft->errors > SERVICE_ERRORS_MAX)
		return;
	if (draft->errors == SERVICE_ERRORS_MAX)
		snprintf(message, sizeof(message), "too many errors; no more of them are shown");
	else
		vsnprintf(message, sizeof(message), format, arguments);
	make_printable(message);
	draft->report->error(draft->report->context, draft->config->name, line, message);
}

void draft_error(struct service_draft *draft, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_line(draft, draft->line, format, arguments);
	va_end(arguments);
}

void draft_refuse(struct service_draft *draft, const char *value, const char *format, ...)
{
	char reason[SERVICE_ERROR_MAX];
	bool cut = strlen(value) > 40;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	draft_error(draft, "%s = %.*s%s: %s%s", draft->rule->name, cut ? 37 : 40, value,
		cut ? "..." : "", reason,
		strstr(value, " #") ? " (a comment needs a line of its own)" : "");
}

/* Reports an error of the whole file at the line where `key` stands. */
__attribute__((format(printf, 3, 4))) static void conflict(
	struct service_draft *draft, enum service_key key, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_line(draft, draft->config->line[key], format, arguments);
	va_end(arguments);
}

/* ---- lines ---- */

static const char *key_name_at(int index)
{
	return index < SERVICE_KEY_COUNT ? key_rules[index].name : NULL;
}

static int find_key(const char *name)
{
	for (int i = 0; i < SERVICE_KEY_COUNT; i++) {
		if (strcmp(key_rules[i].name, name) == 0)
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
	const char *meant = draft_nearest(draft, name, key_name_at);

	if (meant)
		draft_error(draft, "unknown key '%.40s' (did you mean '%s'?)", name, meant);
	else
		draft_error(draft, "unknown key '%.40s'; service(5) lists the keys", name);
}

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
	draft->rule = &key_rules[key];
	if (config->line[key] && key != KEY_ENVIRONMENT) {
		draft_error(draft, "'%s' again; it was set on line %u", draft->rule->name,
			config->line[key]);
		return;
	}
	if (!config->line[key])
		config->line[key] = (uint16_t)draft->line;
	config->given |= UINT32_C(1) << key;
	if (*value) {
		unsigned before = draft->errors;

		draft->rule->read(draft, value);
		if (draft->errors == before)
			return;
	} else {
		draft_error(draft, "%s has no value; leave the line out for the default",
			draft->rule->name);
	}
	draft->bad |= UINT32_C(1) << key;
}

static void read_lines(struct service_draft *draft, char *text, size_t length)
{
	char *end = text + length;

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
	return draft->config->given & (UINT32_C(1) << key);
}

/* False if the value of either key is an error already: then nothing can be said about the pair. */
static bool sound(const struct service_draft *draft, enum service_key one, enum service_key other)
{
	return !(draft->bad & (UINT32_C(1) << one | UINT32_C(1) << other));
}

static void check_life(struct service_draft *draft)
{
	const struct service_config *config = draft->config;

	if (!given(draft, KEY_EXEC))
		draft_error(draft, "there is no exec line: what program is to run?");
	if (config->type == SERVICE_TASK && config->ready != READY_EXEC)
		conflict(draft, KEY_READY,
			"a task is done when it exits 0 and has no ready; remove this line or "
			"'type = "
			"task'");
	if (config->type == SERVICE_TASK && given(draft, KEY_RESTART) &&
		sound(draft, KEY_RESTART, KEY_TYPE) && config->restart == RESTART_ALWAYS)
		conflict(draft, KEY_RESTART,
			"a task that is done is not run again; write on-failure or never, or "
			"remove "
			"'type = task'");
	if (config->watchdog_ms && config->ready != READY_NOTIFY &&
		sound(draft, KEY_READY, KEY_TYPE))
		conflict(draft, KEY_WATCHDOG,
			"watchdog listens on $NOTIFY_SOCKET and needs 'ready = notify'");
	if (config->backoff_first_ms > config->backoff_longest_ms)
		conflict(draft, KEY_BACKOFF,
			"backoff: the first delay is longer than the longest; write the shorter "
			"one "
			"first");
}

static void check_rights(struct service_draft *draft)
{
	const struct service_config *config = draft->config;

	/* With `user = root` they bound root; without a user line they could only be a mistake. */
	if (config->capabilities && !config->user && sound(draft, KEY_USER, KEY_CAPABILITIES))
		conflict(draft, KEY_CAPABILITIES,
			"without a 'user' line the service is root and has them all; add one "
			"('user = root' keeps root to these)");
	if (config->memory_high > config->memory_max && given(draft, KEY_MEMORY_HIGH) &&
		sound(draft, KEY_MEMORY_HIGH, KEY_MEMORY_MAX))
		conflict(draft, KEY_MEMORY_HIGH,
			"memory-high is above memory-max and would never have an effect");
	if (config->console && given(draft, KEY_LOG))
		conflict(draft, KEY_LOG,
			"with 'console' the output goes to that terminal; remove one of the two "
			"lines");
}

/* ---- the result ---- */

static void set_defaults(struct service_config *config, const char *name)
{
	static const char *no_words[1]; /* stays NULL; argv and its like are not const pointers */

	*config = (struct service_config){
		.description = "",
		.argv = no_words,
		.environment = no_words,
		.needs = no_words,
		.after = no_words,
		.start_timeout_ms = DEFAULT_START_TIMEOUT_MS,
		.stop_timeout_ms = DEFAULT_STOP_TIMEOUT_MS,
		.backoff_first_ms = DEFAULT_BACKOFF_FIRST_MS,
		.backoff_longest_ms = DEFAULT_BACKOFF_LONGEST_MS,
		.stop_signal = SIGTERM,
		.reload_signal = SIGHUP,
		.memory_max = UINT64_MAX,
		.memory_high = UINT64_MAX,
		.log_size = DEFAULT_LOG_SIZE,
	};
	snprintf(config->name, sizeof(config->name), "%s", name);
	make_printable(config->name);
}

/* Defaults that follow from other keys. */
static void complete(struct service_draft *draft)
{
	struct service_config *config = draft->config;

	if (!given(draft, KEY_RESTART))
		config->restart = config->type == SERVICE_TASK ? RESTART_NEVER : RESTART_ALWAYS;
	if (!given(draft, KEY_NO_NEW_PRIVILEGES))
		config->no_new_privileges = config->user != NULL;
}

/* The block being filled: pointers from its start, strings behind all pointers. */
struct packer {
	const char **pointers;
	char *strings;
};

static size_t size_of_string(const char *string)
{
	return string ? strlen(string) + 1 : 0;
}

static size_t size_of_list(const struct draft_list *list)
{
	size_t size = (list->count + 1) * sizeof(list->items[0]);

	for (uint32_t i = 0; i < list->count; i++)
		size += size_of_string(list->items[i]);
	return size;
}

static const char *pack_string(struct packer *packer, const char *string)
{
	char *packed = packer->strings;
	size_t size = size_of_string(string);

	if (!string)
		return NULL;
	memcpy(packed, string, size);
	packer->strings += size;
	return packed;
}

static const char **pack_list(struct packer *packer, const struct draft_list *list)
{
	const char **packed = packer->pointers;

	for (uint32_t i = 0; i < list->count; i++)
		*packer->pointers++ = pack_string(packer, list->items[i]);
	*packer->pointers++ = NULL;
	return packed;
}

/* Moves all the draft points to into one block of its own. False if there is no memory for it. */
static bool pack(struct service_draft *draft)
{
	struct service_config *config = draft->config;
	const char **strings[] = { &config->description, &config->when_value, &config->user,
		&config->group, &config->directory, &config->console };
	const struct draft_list *lists[] = { &draft->argv, &draft->environment, &draft->needs,
		&draft->after };
	const char ***packed_lists[] = { &config->argv, &config->environment, &config->needs,
		&config->after };
	size_t pointer_count = 0;
	size_t size = 0;
	struct packer packer;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		size += size_of_string(*strings[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size += size_of_list(lists[i]);
		pointer_count += lists[i]->count + 1;
	}
	config->block = malloc(size);
	if (!config->block)
		return false;
	packer.pointers = config->block;
	packer.strings = (char *)(packer.pointers + pointer_count);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		*strings[i] = pack_string(&packer, *strings[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		*packed_lists[i] = pack_list(&packer, lists[i]);
	config->argc = draft->argv.count;
	return true;
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
	return pack(draft) ? 0 : ENOMEM;
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
	set_defaults(config, name);
	error = parse(&draft, name, text, length);
	if (error == ENOMEM)
		draft_error(&draft, "there is no memory left to read it");
	if (error) {
		set_defaults(config, name);
		errno = error;
	}
	return error == 0;
}

void service_config_free(struct service_config *config)
{
	free(config->block);
	config->block = NULL;
}
