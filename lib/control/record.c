/* SPDX-License-Identifier: MIT */
/* Lines of the control protocol into structures, by one table a kind of line: see record.h. */
#include "control/record.h"

#include <stddef.h>
#include <string.h>

#include "basics/quantity.h"
#include "basics/signal_name.h"
#include "control/protocol.h"

enum field_type {
	FIELD_STRING,
	FIELD_NUMBER,
	FIELD_SIGNAL, /* a number, or a name as TERM */
	FIELD_FLAG, /* 1 or yes; 0 or no */
};

struct field {
	const char *key;
	unsigned char type; /* enum field_type */
	unsigned short offset; /* in the record; small, as there are many of these */
};

#define STRING(record, key, member)                                                                \
	{                                                                                          \
		key, FIELD_STRING, offsetof(struct record, member)                                 \
	}
#define NUMBER(record, key, member)                                                                \
	{                                                                                          \
		key, FIELD_NUMBER, offsetof(struct record, member)                                 \
	}

static const struct field node_fields[] = {
	STRING(node_record, "hostname", hostname),
	STRING(node_record, "state", state),
	STRING(node_record, "boot_reason", boot_reason),
	NUMBER(node_record, "now_ms", now_ms),
	NUMBER(node_record, "ready_ms", ready_ms),
	NUMBER(node_record, "kernel_ready_ms", kernel_ready_ms),
	NUMBER(node_record, "services", services),
	NUMBER(node_record, "reexecs", reexecs),
	NUMBER(node_record, "crashed_ms", crashed_ms),
	NUMBER(node_record, "clients_refused", clients_refused),
	NUMBER(node_record, "messages_dropped", messages_dropped),
};

static const struct field service_fields[] = {
	STRING(service_record, "name", name),
	STRING(service_record, "state", state_name),
	NUMBER(service_record, "pid", pid),
	NUMBER(service_record, "since_ms", since_ms),
	NUMBER(service_record, "at_ms", at_ms),
	NUMBER(service_record, "restarts", restarts),
	NUMBER(service_record, "next_start_ms", next_start_ms),
	NUMBER(service_record, "exit_code", exit_code),
	{ "exit_signal", FIELD_SIGNAL, offsetof(struct service_record, exit_signal) },
	{ "oom", FIELD_FLAG, offsetof(struct service_record, oom) },
	STRING(service_record, "step", step),
	NUMBER(service_record, "errno", error_number),
	STRING(service_record, "exit_cause", exit_cause),
	{ "essential", FIELD_FLAG, offsetof(struct service_record, essential) },
	STRING(service_record, "type", type),
	STRING(service_record, "start", start),
	STRING(service_record, "blocked_by", blocked_by),
	STRING(service_record, "blocked_state", blocked_state),
	STRING(service_record, "when", when),
	STRING(service_record, "error", error),
	STRING(service_record, "status", status),
	STRING(service_record, "description", description),
	NUMBER(service_record, "log_bytes", log_bytes),
	NUMBER(service_record, "log_dropped", log_dropped),
	STRING(service_record, "user", user),
	STRING(service_record, "group", group),
	STRING(service_record, "digest", digest),
	{ "reloading", FIELD_FLAG, offsetof(struct service_record, reloading) },
	NUMBER(service_record, "start_timeout_ms", start_timeout_ms),
	NUMBER(service_record, "stop_timeout_ms", stop_timeout_ms),
	STRING(service_record, "exec", exec),
	STRING(service_record, "ready_wait", ready_wait),
	NUMBER(service_record, "pids_max", pids_max),
	NUMBER(service_record, "memory_max", memory_max),
	NUMBER(service_record, "system_calls", system_calls),
};

static const struct field boot_fields[] = {
	NUMBER(boot_record, "init_us", init_us),
	NUMBER(boot_record, "mounted_us", mounted_us),
	NUMBER(boot_record, "loaded_us", loaded_us),
	NUMBER(boot_record, "ready_us", ready_us),
};

static const struct field times_fields[] = {
	STRING(times_record, "name", name),
	STRING(times_record, "state", state_name),
	NUMBER(times_record, "start_us", start_us),
	NUMBER(times_record, "exec_us", exec_us),
	NUMBER(times_record, "ready_us", ready_us),
	STRING(times_record, "needs", needs),
	STRING(times_record, "after", after),
};

static const struct field error_fields[] = {
	NUMBER(error_record, "code", code),
	STRING(error_record, "text", text),
};

static const struct field log_fields[] = {
	STRING(log_record, "name", name),
	NUMBER(log_record, "position", position),
	NUMBER(log_record, "bytes", bytes),
	NUMBER(log_record, "dropped", dropped),
};

struct lost_record {
	int64_t count;
};

static const struct field lost_fields[] = {
	NUMBER(lost_record, "count", count),
};

static int64_t flag_value(const char *value)
{
	if (strcmp(value, "1") == 0 || strcmp(value, "yes") == 0)
		return 1;
	if (strcmp(value, "0") == 0 || strcmp(value, "no") == 0)
		return 0;
	return RECORD_UNKNOWN;
}

static int64_t number_value(enum field_type type, const char *value)
{
	int64_t number;

	if (type == FIELD_FLAG)
		return flag_value(value);
	if (quantity_parse_number(value, INT64_MIN + 1, INT64_MAX, &number))
		return number;
	if (type == FIELD_SIGNAL && signal_number(value) > 0)
		return signal_number(value);
	return RECORD_UNKNOWN;
}

/* Sets every field of `record`: to what the line says, else to unknown. */
static void read_fields(char *line, const struct field *fields, size_t count, void *record)
{
	char *key, *value;

	for (size_t i = 0; i < count; i++) {
		void *member = (char *)record + fields[i].offset;

		if (fields[i].type == FIELD_STRING)
			*(const char **)member = NULL;
		else
			*(int64_t *)member = RECORD_UNKNOWN;
	}
	while (protocol_next(&line, &key, &value)) {
		for (size_t i = 0; i < count; i++) {
			void *member = (char *)record + fields[i].offset;

			/* Most keys differ in the first letter, and there may be thousands of lines. */
			if (fields[i].key[0] != key[0] || strcmp(fields[i].key, key) != 0)
				continue;
			if (fields[i].type == FIELD_STRING)
				*(const char **)member = value;
			else
				*(int64_t *)member =
					number_value((enum field_type)fields[i].type, value);
			break;
		}
	}
}

#define READ_FIELDS(line, fields, record)                                                          \
	read_fields(line, fields, sizeof(fields) / sizeof((fields)[0]), record)

enum record_kind record_kind(char **line)
{
	static const char *const keywords[] = {
		[RECORD_OK] = "ok",
		[RECORD_LIVE] = "live",
		[RECORD_ERROR] = "error",
		[RECORD_NODE] = "node",
		[RECORD_STATE] = "state",
		[RECORD_SERVICE] = "service",
		[RECORD_BOOT] = "boot",
		[RECORD_TIMES] = "times",
		[RECORD_LOST] = "lost",
		[RECORD_LOG] = "log",
	};
	size_t length = strcspn(*line, " ");

	for (size_t i = 0; i < RECORD_OTHER; i++) {
		if (strlen(keywords[i]) == length && strncmp(keywords[i], *line, length) == 0) {
			*line += length;
			return (enum record_kind)i;
		}
	}
	return RECORD_OTHER;
}

void record_read_node(char *line, struct node_record *node)
{
	READ_FIELDS(line, node_fields, node);
}

void record_read_service(char *line, struct service_record *service)
{
	READ_FIELDS(line, service_fields, service);
	if (service->name == NULL)
		service->name = "";
	service->state =
		service->state_name == NULL ? -1 : service_state_parse(service->state_name);
}

void record_read_boot(char *line, struct boot_record *boot)
{
	READ_FIELDS(line, boot_fields, boot);
}

void record_read_times(char *line, struct times_record *times)
{
	READ_FIELDS(line, times_fields, times);
	times->name = times->name == NULL ? "" : times->name;
	times->needs = times->needs == NULL ? "" : times->needs;
	times->after = times->after == NULL ? "" : times->after;
	times->state = times->state_name == NULL ? -1 : service_state_parse(times->state_name);
}

void record_read_error(char *line, struct error_record *error)
{
	READ_FIELDS(line, error_fields, error);
	if (error->text == NULL)
		error->text = "it was refused";
}

void record_read_log(char *line, struct log_record *log)
{
	READ_FIELDS(line, log_fields, log);
}

int64_t record_read_lost(char *line)
{
	struct lost_record lost;

	READ_FIELDS(line, lost_fields, &lost);
	return lost.count == RECORD_UNKNOWN ? 0 : lost.count;
}

bool record_runs(const struct service_record *service)
{
	return service->state == STATE_STARTING || service->state == STATE_RUNNING ||
	       service->state == STATE_READY || service->state == STATE_STOPPING;
}
