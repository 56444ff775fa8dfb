/* SPDX-License-Identifier: MIT */
/*
 * What a service file becomes: its keys, its limits, and the structure that holds their values. parser.h
 * reads it from text; service(5) describes the format.
 */
#ifndef SERVICE_CONFIG_H
#define SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/service_name.h"

struct sock_filter; /* linux/filter.h */

/* Limits, all documented in service(5). A file that passes one is invalid, never cut short. */
enum {
	SERVICE_FILE_MAX = 16 * 1024, /* bytes of one file */
	SERVICE_WORDS_MAX = 64, /* program and arguments */
	SERVICE_ENVIRONMENT_MAX = 64, /* environment lines */
	SERVICE_NEEDS_MAX = 32, /* names in needs, and as many in after and in needed-by */
	SERVICE_LOG_MIN = 1024, /* bytes */
	SERVICE_LOG_MAX = 16 * 1024 * 1024, /* bytes */
	SERVICE_MEMORY_MIN = 64 * 1024, /* bytes, of memory-max and memory-high */
	SERVICE_LIMIT_MAX = 1000, /* deaths, of limit */
	SERVICE_PIDS_MAX = 4 * 1024 * 1024, /* the kernel's PID_MAX_LIMIT */
	SERVICE_NOFILE_MAX = 1024 * 1024, /* the kernel's default fs.nr_open */
	SERVICE_ERRORS_MAX = 20, /* errors of one file that are reported */
	SERVICE_ERROR_MAX = 256, /* bytes of an error's text, NUL included */
	SERVICE_READY_FD_MIN = 3, /* 0, 1 and 2 are taken */
	SERVICE_READY_FD_MAX = 63,
};

#define SERVICE_TIME_NEVER UINT32_MAX /* start-timeout = 0: no limit */

enum service_type {
	SERVICE_DAEMON, /* is to run for ever */
	SERVICE_TASK, /* runs once; done when it exits 0 */
};

enum restart_policy {
	RESTART_ALWAYS, /* default of a daemon */
	RESTART_ON_FAILURE, /* not after exit 0 */
	RESTART_NEVER, /* default of a task */
};

enum ready_kind {
	READY_EXEC, /* ready = none: once exec succeeded */
	READY_FD, /* ready = fd:N: a newline on that descriptor */
	READY_NOTIFY, /* ready = notify: READY=1 on $NOTIFY_SOCKET */
};

enum condition_kind {
	WHEN_ALWAYS,
	WHEN_PATH, /* the path exists */
	WHEN_CMDLINE, /* the kernel command line has the word (cmdline.h) */
};

enum log_target {
	LOG_RING,
	LOG_CONSOLE,
	LOG_KMSG,
	LOG_NULL,
};

enum proc_view {
	PROC_WHOLE,
	PROC_WITHOUT_OTHERS, /* no process that it may not trace */
	PROC_PROCESSES, /* the same, and nothing there but processes */
};

/* One bit for each key, in the order of service(5); config.given tells which keys the file had. */
enum service_key {
	KEY_DESCRIPTION,
	KEY_EXEC,
	KEY_TYPE,
	KEY_NEEDS,
	KEY_AFTER,
	KEY_NEEDED_BY,
	KEY_START,
	KEY_WHEN,
	KEY_READY,
	KEY_START_TIMEOUT,
	KEY_RESTART,
	KEY_BACKOFF,
	KEY_LIMIT,
	KEY_ESSENTIAL,
	KEY_STOP_SIGNAL,
	KEY_RELOAD_SIGNAL,
	KEY_STOP_TIMEOUT,
	KEY_USER,
	KEY_GROUP,
	KEY_CAPABILITIES,
	KEY_NO_NEW_PRIVILEGES,
	KEY_READ_ONLY_ROOT,
	KEY_PRIVATE_TMP,
	KEY_PROTECT_PROC,
	KEY_SYSTEM_CALLS,
	KEY_MEMORY_MAX,
	KEY_MEMORY_HIGH,
	KEY_PIDS_MAX,
	KEY_CPU_WEIGHT,
	KEY_DELEGATE,
	KEY_OOM_SCORE_ADJ,
	KEY_NICE,
	KEY_NOFILE,
	KEY_DIRECTORY,
	KEY_ENVIRONMENT,
	KEY_LOG,
	KEY_LOG_SIZE,
	KEY_CONSOLE,
	KEY_WATCHDOG,
	SERVICE_KEY_COUNT,
};

#define KEY_BIT(key) (UINT64_C(1) << (key))

/*
 * A parsed service file. All pointers point into one block owned by the structure (`block`), so it
 * moves freely in memory; service_config_free() gives the block back. Strings are NUL-terminated,
 * never NULL unless said.
 */
struct service_config {
	char name[SERVICE_NAME_MAX + 1];
	uint64_t given; /* KEY_BIT(KEY_…): the key stood in the file */
	uint16_t line[SERVICE_KEY_COUNT]; /* where it stood first, from 1; 0: nowhere */

	const char *description; /* "" if none */
	const char **argv; /* NULL-terminated; argv[0] is the program, an absolute path */
	uint32_t argc;
	const char **environment; /* NULL-terminated, each NAME=value */
	const char **needs; /* NULL-terminated names */
	const char **after; /* NULL-terminated names */
	const char **needed_by; /* NULL-terminated names */

	enum service_type type;
	enum condition_kind when;
	const char *when_value; /* path; word or key=value of the command line; NULL: ALWAYS */
	enum ready_kind ready;
	int ready_fd; /* READY_FD only */

	uint32_t start_timeout_ms; /* SERVICE_TIME_NEVER: none */
	uint32_t stop_timeout_ms;
	uint32_t watchdog_ms; /* 0: none */
	enum restart_policy restart;
	uint32_t backoff_first_ms; /* 0 is allowed: at once */
	uint32_t backoff_longest_ms;
	uint32_t limit_deaths; /* more deaths than that within limit_ms is failed; 0: no limit */
	uint32_t limit_ms;

	int stop_signal;
	int reload_signal;

	const char *user; /* a name or a number as written; NULL: root */
	const char *group; /* NULL: the user's own */
	uint64_t capabilities; /* bit 1 << CAP_…, kept as ambient set */
	uint64_t
		system_calls; /* bit 1 << SYSTEM_CALLS_…; for what is in the filter see system_calls.h */
	const struct sock_filter *filter; /* of those, made; NULL: none */
	uint16_t filter_length; /* instructions */
	enum proc_view protect_proc;
	uint64_t memory_max; /* bytes; UINT64_MAX: no limit */
	uint64_t memory_high; /* bytes; UINT64_MAX: no limit */
	uint32_t pids_max; /* 0: no limit */
	uint32_t cpu_weight; /* 1 to 10000; 0: the kernel's default */
	int oom_score_adj; /* -1000 to 1000 */
	int nice; /* -20 to 19 */
	uint32_t nofile; /* 0: as PID 1 has it */
	const char *directory; /* NULL: / */

	enum log_target log;
	uint32_t log_size; /* bytes */
	const char *console; /* a terminal's path; NULL: none */

	bool essential;
	bool on_need; /* start = need: not by itself, but when a service that needs it is to run */
	bool no_new_privileges;
	bool read_only_root;
	bool private_tmp;
	bool delegate; /* it may make cgroups below its own */

	void *block;
};

/*
 * Where errors go: called once an error, with the line (from 1; 0: the file as a whole) and a
 * message that says what was wrong, why, and what was meant. The message is printable ASCII,
 * whatever the file holds, shorter than SERVICE_ERROR_MAX, and only valid during the call. So is
 * the name, which for a file that cannot be a service may be no service's, cut and with '?' for
 * what cannot be shown.
 */
struct service_report {
	void (*error)(void *context, const char *name, unsigned line, const char *message);
	void *context;
};

/* Defaults for all keys, and the name, made printable and cut to its size. Nothing to free. */
void service_config_default(struct service_config *config, const char *name);

/* A terminal will show this text of a file: what is not printable ASCII becomes '?', in place. */
void service_make_printable(char *text);

void service_config_free(struct service_config *config);

#endif
