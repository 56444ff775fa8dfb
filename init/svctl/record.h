/* SPDX-License-Identifier: MIT */
/*
 * The lines of PID 1's answers as structures. Pure: text in, structure out. Unknown keys are passed
 * over; a key that is not there leaves its field at RECORD_UNKNOWN or NULL.
 */
#ifndef SVCTL_RECORD_H
#define SVCTL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/state.h"

#define RECORD_UNKNOWN INT64_MIN

enum record_kind {
	RECORD_OK,
	RECORD_LIVE,
	RECORD_ERROR,
	RECORD_NODE,
	RECORD_STATE,
	RECORD_SERVICE,
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
	const char *blocked_by; /* a name, or "after:NAME" */
	const char *blocked_state;
	const char *when;
	const char *error;
	const char *status;
	const char *description;
	int64_t log_bytes;
	int64_t log_dropped;
	const char *user;
	int64_t start_timeout_ms;
	int64_t stop_timeout_ms;
	const char *exec;
	const char *ready_wait;
	int64_t pids_max;
	int64_t memory_max;
};

struct error_record {
	int64_t code;
	const char *text; /* never NULL */
};

struct log_record {
	int64_t bytes;
	int64_t dropped;
};

/* Takes the keyword off the front of a line; *line then stands at the keys. */
enum record_kind record_kind(char **line);

/* Each splits and decodes what is left of the line in place. */
void record_read_node(char *line, struct node_record *node);
void record_read_service(char *line, struct service_record *service);
void record_read_error(char *line, struct error_record *error);
void record_read_log(char *line, struct log_record *log);
int64_t record_read_lost(char *line); /* count, 0 if unknown */

/* True for states in which a process of the service exists. */
bool record_runs(const struct service_record *service);

#endif
