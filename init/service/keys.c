/* SPDX-License-Identifier: MIT */
/*
 * The values of the keys of service files: one small reader for each form a value can have, and the
 * one place that says which key has which. What the keys must be to each other is looked at in
 * parser.c.
 */
#include "service/keys.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "basics/quantity.h"
#include "basics/signal_name.h"
#include "service/capability.h"
#include "service/draft.h"
#include "service/system_calls.h"
#include "service/words.h"

/* What is known of a key. */
struct key_rule {
	const char *name;
	/* As service_key_read(). Errors go through draft_error() or draft_refuse(). */
	void (*read)(struct service_draft *draft, char *value);
	size_t field; /* offset in service_config, for keys whose value is one number or string */
	int64_t low; /* bounds of a number or a size */
	int64_t high;
};

/* ---- forms of values ---- */

/* Where the value of a key goes that is one plain number, time, size or string. */
static void *field(const struct service_draft *draft)
{
	return (char *)draft->config + draft->rule->field;
}

static bool parse_time(struct service_draft *draft, const char *value, uint32_t *ms)
{
	if (quantity_parse_time(value, ms))
		return true;
	if (errno == ERANGE)
		draft_refuse(draft, value, "too large; a time is at most " QUANTITY_TIME_MOST);
	else
		draft_refuse(draft, value, "not a time; write a number with ms, s, m or h");
	return false;
}

static void read_time(struct service_draft *draft, char *value)
{
	parse_time(draft, value, field(draft));
}

static void read_time_or_never(struct service_draft *draft, char *value)
{
	uint32_t *ms = field(draft);

	if (parse_time(draft, value, ms) && *ms == 0)
		*ms = SERVICE_TIME_NEVER;
}

static bool parse_size(struct service_draft *draft, const char *value, uint64_t *size)
{
	uint64_t low = (uint64_t)draft->rule->low;
	uint64_t high = (uint64_t)draft->rule->high;
	char bound[16];

	if (!quantity_parse_size(value, size)) {
		if (errno != ERANGE) {
			draft_refuse(draft, value, "not a size; write a number with K, M or G");
			return false;
		}
		*size = UINT64_MAX; /* above any bound */
	}
	if (*size < low) {
		quantity_format_size(bound, sizeof(bound), low);
		draft_refuse(draft, value, "too small; at least %s", bound);
	} else if (*size > high) {
		quantity_format_size(bound, sizeof(bound), high);
		draft_refuse(draft, value, "too large; at most %s", bound);
	}
	return *size >= low && *size <= high;
}

static void read_memory(struct service_draft *draft, char *value)
{
	parse_size(draft, value, field(draft));
}

static bool parse_number(struct service_draft *draft, const char *value, int64_t *number)
{
	if (quantity_parse_number(value, draft->rule->low, draft->rule->high, number))
		return true;
	draft_refuse(draft, value, "not a whole number from %lld to %lld",
		(long long)draft->rule->low, (long long)draft->rule->high);
	return false;
}

/* Into an int or, where low is not negative, a uint32_t. */
static void read_number(struct service_draft *draft, char *value)
{
	int32_t *to = field(draft);
	int64_t number;

	if (parse_number(draft, value, &number))
		*to = (int32_t)number;
}

/* The index of `value` in `words` (NULL-terminated), or -1. */
static int parse_choice(
	struct service_draft *draft, const char *value, const char *const *words, const char *meant)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(value, words[i]) == 0)
			return i;
	}
	draft_refuse(draft, value, "write %s", meant);
	return -1;
}

static void read_yes_no(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "no", "yes", NULL };
	bool *to = field(draft);

	*to = parse_choice(draft, value, words, "yes or no") == 1;
}

static void read_signal(struct service_draft *draft, char *value)
{
	int *to = field(draft);
	int number = signal_number(value);

	if (number >= 0)
		*to = number;
	else
		draft_refuse(
			draft, value, "no such signal; write a name such as TERM, or a number");
}

static void read_text(struct service_draft *draft, char *value)
{
	const char **to = field(draft);

	*to = value;
}

static void read_path(struct service_draft *draft, char *value)
{
	const char **to = field(draft);

	if (*value == '/')
		*to = value;
	else
		draft_refuse(draft, value, "not an absolute path; it has to start with /");
}

/* A name in /etc/passwd or /etc/group, or a number; whether it is there is seen at start. */
static void read_account(struct service_draft *draft, char *value)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char **to = field(draft);
	size_t length = strlen(value);
	bool is_number = strspn(value, "0123456789") == length;
	int64_t number;

	/* The last id means "leave it as it is" to the kernel. */
	if (is_number && quantity_parse_number(value, 0, UINT32_MAX - 1, &number))
		*to = value;
	else if (!is_number && *value != '-' && strspn(value, letters) == length && length <= 32)
		*to = value;
	else
		draft_refuse(draft, value, "neither a name nor a number from 0 to 4294967294");
}

/* Takes the next item of a list separated by blanks and commas from *list; NULL at its end. */
static char *next_item(char **list)
{
	static const char separators[] = " \t,";
	char *item = *list + strspn(*list, separators);
	char *end = item + strcspn(item, separators);

	if (!*item)
		return NULL;
	*list = *end ? end + 1 : end;
	*end = '\0';
	return item;
}

static bool list_append(struct service_draft *draft, struct draft_list *list, const char *item)
{
	if (list->count == list->most) {
		draft_error(draft, "%s: too many; at most %u", draft->key, list->most);
		return false;
	}
	list->items[list->count++] = item;
	return true;
}

static bool list_has(const struct draft_list *list, const char *item)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], item) == 0)
			return true;
	}
	return false;
}

/* ---- keys with a form of their own ---- */

static void read_exec(struct service_draft *draft, char *value)
{
	struct draft_list *argv = &draft->argv;
	int count = words_split(value, argv->items, argv->most);

	if (count == WORDS_TOO_MANY)
		draft_error(draft, "exec: too many words; at most %u", argv->most);
	else if (count == WORDS_OPEN_QUOTE)
		draft_error(draft, "exec: a ' or \" is opened and not closed");
	else if (count == WORDS_TRAILING_ESCAPE)
		draft_error(draft, "exec: ends in a \\, and a line cannot go on on the next");
	else if (count > 0 && argv->items[0][0] != '/')
		draft_refuse(draft, argv->items[0],
			"not an absolute path; the program has to start with /");
	else
		argv->count = (uint32_t)count;
}

static void read_type(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "daemon", "task", NULL };
	int choice = parse_choice(draft, value, words, "daemon or task");

	if (choice >= 0)
		draft->config->type = (enum service_type)choice;
}

static void read_restart(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "always", "on-failure", "never", NULL };
	int choice = parse_choice(draft, value, words, "always, on-failure or never");

	if (choice >= 0)
		draft->config->restart = (enum restart_policy)choice;
}

static void read_log(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "ring", "console", "kmsg", "null", NULL };
	int choice = parse_choice(draft, value, words, "ring, console, kmsg or null");

	if (choice >= 0)
		draft->config->log = (enum log_target)choice;
}

static void read_log_size(struct service_draft *draft, char *value)
{
	uint64_t size;

	if (parse_size(draft, value, &size))
		draft->config->log_size = (uint32_t)size;
}

static void read_services(struct service_draft *draft, char *value, struct draft_list *list)
{
	char *name = next_item(&value);

	if (!name)
		draft_error(draft, "%s names no service", draft->key);
	for (; name; name = next_item(&value)) {
		if (!service_name_valid(name)) {
			draft_refuse(draft, name, "not a service's name");
		} else if (strcmp(name, draft->config->name) == 0) {
			draft_refuse(draft, name, "a service cannot wait for itself");
		} else if (list_has(list, name)) {
			draft_refuse(draft, name, "named twice");
		} else if (!list_append(draft, list, name)) {
			return;
		}
	}
}

static void read_needs(struct service_draft *draft, char *value)
{
	read_services(draft, value, &draft->needs);
}

static void read_after(struct service_draft *draft, char *value)
{
	read_services(draft, value, &draft->after);
}

static void read_needed_by(struct service_draft *draft, char *value)
{
	read_services(draft, value, &draft->needed_by);
}

static void read_start(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "boot", "need", NULL };

	draft->config->on_need = parse_choice(draft, value, words, "boot or need") == 1;
}

static void read_when(struct service_draft *draft, char *value)
{
	static const char path[] = "path:";
	static const char cmdline[] = "cmdline:";
	struct service_config *config = draft->config;

	if (strncmp(value, path, sizeof(path) - 1) == 0) {
		const char *name = value + sizeof(path) - 1;

		if (*name != '/') {
			draft_refuse(draft, value, "the path has to start with /");
			return;
		}
		config->when = WHEN_PATH;
		config->when_value = name;
	} else if (strncmp(value, cmdline, sizeof(cmdline) - 1) == 0) {
		const char *word = value + sizeof(cmdline) - 1;
		size_t key_length = strcspn(word, "=");

		if (key_length == 0 || strcspn(word, " \t\"") < key_length) {
			draft_refuse(draft, value, "write cmdline:word or cmdline:key=value");
			return;
		}
		config->when = WHEN_CMDLINE;
		config->when_value = word;
	} else {
		draft_refuse(
			draft, value, "write path:/some/path, cmdline:word or cmdline:key=value");
	}
}

static void read_ready(struct service_draft *draft, char *value)
{
	struct service_config *config = draft->config;
	int64_t number;

	if (strcmp(value, "none") == 0) {
		config->ready = READY_EXEC;
	} else if (strcmp(value, "notify") == 0) {
		config->ready = READY_NOTIFY;
	} else if (strncmp(value, "fd:", 3) == 0 &&
		   quantity_parse_number(
			   value + 3, SERVICE_READY_FD_MIN, SERVICE_READY_FD_MAX, &number)) {
		config->ready = READY_FD;
		config->ready_fd = (int)number;
	} else {
		draft_refuse(draft, value, "write none, notify or fd:N with N from %d to %d",
			SERVICE_READY_FD_MIN, SERVICE_READY_FD_MAX);
	}
}

static void read_backoff(struct service_draft *draft, char *value)
{
	struct service_config *config = draft->config;
	char *rest = value;
	char *first = next_item(&rest);
	char *longest = next_item(&rest);

	if (!first || next_item(&rest)) {
		draft_error(
			draft, "backoff: write the first delay and the longest, as in 100ms 30s");
		return;
	}
	if (parse_time(draft, first, &config->backoff_first_ms))
		parse_time(draft, longest ? longest : first, &config->backoff_longest_ms);
}

static void read_limit(struct service_draft *draft, char *value)
{
	struct service_config *config = draft->config;
	char *slash = strchr(value, '/');
	int64_t deaths;

	if (!slash) {
		draft_refuse(draft, value, "write N/TIME, as in 5/1m");
		return;
	}
	*slash = '\0';
	if (!parse_number(draft, value, &deaths) ||
		!parse_time(draft, slash + 1, &config->limit_ms))
		return;
	if (config->limit_ms == 0)
		draft_refuse(draft, slash + 1, "the time of a limit cannot be 0");
	config->limit_deaths = (uint32_t)deaths;
}

/* Reads names, each of which stands for a bit. `what` is one of them, `listed` the page that has all. */
static uint64_t parse_set(struct service_draft *draft, char *value,
	int (*number_of)(const char *name), const char *(*name_of)(int number), const char *what,
	const char *listed)
{
	char *name = next_item(&value);
	uint64_t set = 0;

	if (!name)
		draft_error(draft, "%s names no %s", draft->key, what);
	for (; name; name = next_item(&value)) {
		int number = number_of(name);
		const char *meant = number < 0 ? draft_nearest(draft, name, name_of) : NULL;

		if (number >= 0)
			set |= UINT64_C(1) << number;
		else if (meant)
			draft_refuse(draft, name, "no such %s (did you mean '%s'?)", what, meant);
		else
			draft_refuse(draft, name, "no such %s; %s lists them", what, listed);
	}
	return set;
}

static void read_capabilities(struct service_draft *draft, char *value)
{
	draft->config->capabilities = parse_set(
		draft, value, capability_number, capability_name, "capability", "capabilities(7)");
}

static void read_system_calls(struct service_draft *draft, char *value)
{
	draft->config->system_calls = parse_set(draft, value, system_calls_number,
		system_calls_name, "group of system calls", "service(5)");
}

static void read_protect_proc(struct service_draft *draft, char *value)
{
	static const char *const words[] = { "no", "others", "all", NULL };
	int choice = parse_choice(draft, value, words, "no, others or all");

	if (choice >= 0)
		draft->config->protect_proc = (enum proc_view)choice;
}

static void read_environment(struct service_draft *draft, char *value)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	struct draft_list *list = &draft->environment;
	size_t length = strspn(value, letters);

	if (length == 0 || value[length] != '=' || (*value >= '0' && *value <= '9')) {
		draft_refuse(draft, value, "write NAME=value");
		return;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], value, length + 1) == 0) {
			draft_error(draft, "environment: %.*s is set twice", (int)length, value);
			return;
		}
	}
	list_append(draft, list, value);
}

static void read_console(struct service_draft *draft, char *value)
{
	static const char devices[] = "/dev/";

	if (strncmp(value, devices, sizeof(devices) - 1) == 0 && value[sizeof(devices) - 1])
		draft->config->console = value;
	else
		draft_refuse(draft, value, "not a terminal; write its path below /dev");
}

/* ---- which key has which ---- */

#define RULE(text, reader, ...)                                                                    \
	{                                                                                          \
		.name = (text), .read = (reader), __VA_ARGS__                                      \
	}
#define FIELD(member)      .field = offsetof(struct service_config, member)
#define RANGE(least, most) .low = (least), .high = (most)

/* By enum service_key. */
static const struct key_rule key_rules[SERVICE_KEY_COUNT] = {
	[KEY_DESCRIPTION] = RULE("description", read_text, FIELD(description)),
	[KEY_EXEC] = RULE("exec", read_exec),
	[KEY_TYPE] = RULE("type", read_type),
	[KEY_NEEDS] = RULE("needs", read_needs),
	[KEY_AFTER] = RULE("after", read_after),
	[KEY_NEEDED_BY] = RULE("needed-by", read_needed_by),
	[KEY_START] = RULE("start", read_start),
	[KEY_WHEN] = RULE("when", read_when),
	[KEY_READY] = RULE("ready", read_ready),
	[KEY_START_TIMEOUT] = RULE("start-timeout", read_time_or_never, FIELD(start_timeout_ms)),
	[KEY_RESTART] = RULE("restart", read_restart),
	[KEY_BACKOFF] = RULE("backoff", read_backoff),
	[KEY_LIMIT] = RULE("limit", read_limit, RANGE(1, SERVICE_LIMIT_MAX)),
	[KEY_ESSENTIAL] = RULE("essential", read_yes_no, FIELD(essential)),
	[KEY_STOP_SIGNAL] = RULE("stop-signal", read_signal, FIELD(stop_signal)),
	[KEY_RELOAD_SIGNAL] = RULE("reload-signal", read_signal, FIELD(reload_signal)),
	[KEY_STOP_TIMEOUT] = RULE("stop-timeout", read_time, FIELD(stop_timeout_ms)),
	[KEY_USER] = RULE("user", read_account, FIELD(user)),
	[KEY_GROUP] = RULE("group", read_account, FIELD(group)),
	[KEY_CAPABILITIES] = RULE("capabilities", read_capabilities),
	[KEY_NO_NEW_PRIVILEGES] = RULE("no-new-privileges", read_yes_no, FIELD(no_new_privileges)),
	[KEY_READ_ONLY_ROOT] = RULE("read-only-root", read_yes_no, FIELD(read_only_root)),
	[KEY_PRIVATE_TMP] = RULE("private-tmp", read_yes_no, FIELD(private_tmp)),
	[KEY_PROTECT_PROC] = RULE("protect-proc", read_protect_proc),
	[KEY_SYSTEM_CALLS] = RULE("system-calls", read_system_calls),
	[KEY_MEMORY_MAX] = RULE(
		"memory-max", read_memory, FIELD(memory_max), RANGE(SERVICE_MEMORY_MIN, INT64_MAX)),
	[KEY_MEMORY_HIGH] = RULE("memory-high", read_memory, FIELD(memory_high),
		RANGE(SERVICE_MEMORY_MIN, INT64_MAX)),
	[KEY_PIDS_MAX] = RULE("pids-max", read_number, FIELD(pids_max), RANGE(1, SERVICE_PIDS_MAX)),
	[KEY_CPU_WEIGHT] = RULE("cpu-weight", read_number, FIELD(cpu_weight), RANGE(1, 10000)),
	[KEY_DELEGATE] = RULE("delegate", read_yes_no, FIELD(delegate)),
	[KEY_OOM_SCORE_ADJ] =
		RULE("oom-score-adj", read_number, FIELD(oom_score_adj), RANGE(-1000, 1000)),
	[KEY_NICE] = RULE("nice", read_number, FIELD(nice), RANGE(-20, 19)),
	[KEY_NOFILE] = RULE("nofile", read_number, FIELD(nofile), RANGE(1, SERVICE_NOFILE_MAX)),
	[KEY_DIRECTORY] = RULE("directory", read_path, FIELD(directory)),
	[KEY_ENVIRONMENT] = RULE("environment", read_environment),
	[KEY_LOG] = RULE("log", read_log),
	[KEY_LOG_SIZE] = RULE("log-size", read_log_size, RANGE(SERVICE_LOG_MIN, SERVICE_LOG_MAX)),
	[KEY_CONSOLE] = RULE("console", read_console),
	[KEY_WATCHDOG] = RULE("watchdog", read_time, FIELD(watchdog_ms)),
};

_Static_assert(SERVICE_KEY_COUNT <= 64, "service_config.given has a bit for each key");

const char *service_key_name(int key)
{
	return key < SERVICE_KEY_COUNT ? key_rules[key].name : NULL;
}

void service_key_read(struct service_draft *draft, enum service_key key, char *value)
{
	draft->rule = &key_rules[key];
	draft->key = draft->rule->name;
	draft->rule->read(draft, value);
}
