/* SPDX-License-Identifier: MIT */
/*
 * The lines of PID 1's answers as structures. Pure: text in, structure out. Unknown keys are passed
 * over; a key that is not there leaves its field at RECORD_UNKNOWN or NULL.
 */
#ifndef CONTROL_RECORD_H
#define CONTROL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "control/state.h"

#define RECORD_UNKNOWN INT64_MIN

enum record_kind {
	RECORD_OK,
	RECORD_LIVE,
	RECORD_ERROR,
	RECORD_NODE,
	RECORD_STATE,
	RECORD_SERVICE,
	RECORD_BOOT,
	RECORD_TIMES,
	RECORD_LOST,
	RECORD_LOG,
	RECORD_OTHER, /* a keyword of a later version: to be passed over */
};

/* Strings point into the line the record was read from. Times are ms of CLOCK_BOOTTIME. */
struct node_record {
	const char *hostname;
	const char *state; /* as PID 1 wrote it; node_state_parse() gives the enum */
	const char *boot_reason;
	int64_t now_ms;
	int64_t ready_ms; /* from PID 1's start to the first ready */
	int64_t kernel_ready_ms; /* from the kernel's start to the first ready */
	int64_t services;
	int64_t reexecs; /* images of PID 1 before this one */
	int64_t crashed_ms; /* when PID 1 crashed last */
	int64_t clients_refused; /* connections turned away */
	int64_t messages_dropped; /* of sd_notify */
};

/* Of a service line, or of a state line (which has few of the keys). */
struct service_record {
	const char *name; /* never NULL: "" if it was not given */
	const char *state_name;
	int state; /* enum service_state; -1 for a word of a later version */
	int64_t pid;
	int64_t since_ms;
	int64_t at_ms; /* state lines only */
	int64_t restarts;
	int64_t next_start_ms;
	int64_t exit_code;
	int64_t exit_signal;
	int64_t oom; /* 1: yes, 0: no */
	const char *step;
	int64_t error_number;
	const char *exit_cause; /* "asked", "start-timeout", "watchdog"; NULL: by itself */
	int64_t essential; /* 1: yes, 0: no */
	const char *type;
	const char *start; /* "need": only when a service that needs it is to run; else NULL */
	const char *blocked_by; /* a name, or "after:NAME" */
	const char *blocked_state;
	const char *when;
	const char *error;
	const char *status;
	const char *description;
	int64_t log_bytes;
	int64_t log_dropped;
	const char *user;
	const char *group;
	const char *digest; /* of its file: differs when that changed */
	int64_t reloading; /* 1: it said RELOADING=1, and not READY=1 since */
	int64_t start_timeout_ms;
	int64_t stop_timeout_ms;
	const char *exec;
	const char *ready_wait;
	int64_t pids_max;
	int64_t memory_max;
	int64_t system_calls; /* 1: its file restricts them */
};

/* Of a boot line: microseconds since the kernel's start. */
struct boot_record {
	int64_t init_us; /* PID 1 began */
	int64_t mounted_us; /* … had set the node up */
	int64_t loaded_us; /* … had read the services */
	int64_t ready_us; /* the node was ready first */
};

/* Of a times line: what happened to a service first in this boot, microseconds likewise. */
struct times_record {
	const char *name; /* never NULL */
	const char *state_name;
	int state; /* enum service_state; -1 for a word of a later version */
	int64_t start_us;
	int64_t exec_us;
	int64_t ready_us; /* ready, or done */
	const char *needs; /* names, separated by commas; never NULL */
	const char *after; /* likewise */
};

struct error_record {
	int64_t code;
	const char *text; /* never NULL */
};

struct log_record {
	const char *name; /* NULL if the log is that of one service */
	int64_t position;
	int64_t bytes;
	int64_t dropped;
};

/* Takes the keyword off the front of a line; *line then stands at the keys. */
enum record_kind record_kind(char **line);

/* Each splits and decodes what is left of the line in place. */
void record_read_node(char *line, struct node_record *node);
void record_read_service(char *line, struct service_record *service);
void record_read_boot(char *line, struct boot_record *boot);
void record_read_times(char *line, struct times_record *times);
void record_read_error(char *line, struct error_record *error);
void record_read_log(char *line, struct log_record *log);
int64_t record_read_lost(char *line); /* count, 0 if unknown */

/* True for states in which a process of the service exists. */
bool record_runs(const struct service_record *service);

#endif
