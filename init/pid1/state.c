/* SPDX-License-Identifier: MIT */
/* Writing the state and reading it. One table of fields serves both. */
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/protocol.h"
#include "line.h"

enum field_type {
	FIELD_U64,
	FIELD_U32,
	FIELD_INT,
	FIELD_CODE, /* an int that may be -1 */
	FIELD_BOOL,
	FIELD_FD, /* a descriptor from 3 on, or -1 */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	uint64_t most; /* the largest value that is believed */
};

#define STATE(name, type, most)                                                                    \
	{                                                                                          \
#name, type, offsetof(struct state, name), most                                    \
	}
#define LIFE(name, type, most)                                                                     \
	{                                                                                          \
#name, type, offsetof(struct state_service, life.name), most                       \
	}
#define SERVICE(name, type, most)                                                                  \
	{                                                                                          \
#name, type, offsetof(struct state_service, service.name), most                    \
	}
#define ANY UINT64_MAX
enum { FD_MOST = 65535 }; /* main.c's limit of open files */

static const struct field state_fields[] = {
	STATE(begun_us, FIELD_U64, ANY),
	STATE(ready_us, FIELD_U64, ANY),
	STATE(crashed_us, FIELD_U64, ANY),
	STATE(reexecs, FIELD_U32, UINT32_MAX),
	STATE(booted, FIELD_BOOL, 1),
	STATE(control_fd, FIELD_FD, FD_MOST),
	STATE(notify_fd, FIELD_FD, FD_MOST),
	STATE(watchdog_fd, FIELD_FD, FD_MOST),
	STATE(mounted_us, FIELD_U64, ANY),
	STATE(loaded_us, FIELD_U64, ANY),
	STATE(power, FIELD_INT, 3),
	STATE(boot_reason, FIELD_INT, BOOT_REASON_COUNT - 1),
	STATE(clients_refused, FIELD_U64, ANY),
	STATE(messages_dropped, FIELD_U64, ANY),
};

static const struct field service_fields[] = {
	{ "digest", FIELD_U64, offsetof(struct state_service, digest), ANY },
	{ "ask", FIELD_INT, offsetof(struct state_service, ask), ASK_STEP_DOWN },
	LIFE(phase, FIELD_INT, PHASE_COUNT - 1),
	LIFE(since_us, FIELD_U64, ANY),
	LIFE(deadline_us, FIELD_U64, ANY),
	LIFE(started_us, FIELD_U64, ANY),
	LIFE(up_us, FIELD_U64, ANY),
	LIFE(restarts, FIELD_U32, UINT32_MAX),
	LIFE(delay_ms, FIELD_U32, UINT32_MAX),
	LIFE(again, FIELD_BOOL, 1),
	LIFE(cause, FIELD_INT, CAUSE_WATCHDOG),
	LIFE(death.happened, FIELD_BOOL, 1),
	LIFE(death.oom, FIELD_BOOL, 1),
	LIFE(death.code, FIELD_CODE, 255),
	LIFE(death.signal, FIELD_INT, 64),
	LIFE(death.step, FIELD_INT, STEP_COUNT - 1),
	LIFE(death.error, FIELD_INT, 4095),
	LIFE(death.cause, FIELD_INT, CAUSE_WATCHDOG),
	SERVICE(pid, FIELD_INT, INT32_MAX),
	SERVICE(pidfd, FIELD_FD, FD_MOST),
	SERVICE(step_fd, FIELD_FD, FD_MOST),
	SERVICE(ready_fd, FIELD_FD, FD_MOST),
	SERVICE(log_fd, FIELD_FD, FD_MOST),
	SERVICE(log_write_fd, FIELD_FD, FD_MOST),
	SERVICE(cgroup_fd, FIELD_FD, FD_MOST),
	SERVICE(events_fd, FIELD_FD, FD_MOST),
	SERVICE(cgroup_killed, FIELD_BOOL, 1),
	SERVICE(report.step, FIELD_INT, STEP_COUNT - 1),
	SERVICE(report.error, FIELD_INT, 4095),
	SERVICE(oom_kills, FIELD_U64, ANY),
	SERVICE(log.end, FIELD_U64, ANY),
	SERVICE(reloading, FIELD_BOOL, 1),
	SERVICE(first_start_us, FIELD_U64, ANY),
	SERVICE(first_exec_us, FIELD_U64, ANY),
	SERVICE(first_ready_us, FIELD_U64, ANY),
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* ---- writing ---- */

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

static int64_t field_value(const struct field *field, const void *structure)
{
	const char *at = (const char *)structure + field->offset;
	uint64_t u64;
	uint32_t u32;
	int number;
	bool truth;

	switch (field->type) {
	case FIELD_U64:
		memcpy(&u64, at, sizeof(u64));
		return (int64_t)u64; /* and back again in set_field() */
	case FIELD_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case FIELD_BOOL:
		memcpy(&truth, at, sizeof(truth));
		return truth;
	default:
		memcpy(&number, at, sizeof(number));
		return number;
	}
}

static void add_fields(
	struct line *line, const struct field *fields, size_t count, const void *structure)
{
	for (size_t i = 0; i < count; i++)
		line_number(line, fields[i].key, field_value(&fields[i], structure));
}

static int save_state(int fd, const struct state *state)
{
	char text[PROTOCOL_LINE_MAX];
	struct line line;

	line_begin(&line, text, sizeof(text), "init");
	line_number(&line, "version", STATE_VERSION);
	add_fields(&line, state_fields, COUNT(state_fields), state);
	return write_all(fd, text, line_end(&line));
}

static int save_log(int fd, const struct ring *ring)
{
	uint64_t position = ring_start(ring);
	char bytes[4096];
	size_t length;
	int error = 0;

	while (!error && (length = ring_read(ring, &position, bytes, sizeof(bytes), NULL)) > 0)
		error = write_all(fd, bytes, length);
	return error;
}

static int save_service(int fd, const struct supervisor *supervisor, uint32_t index)
{
	const struct service_entry *entry = &supervisor->set.entries[index];
	const struct service *service = &supervisor->services[index];
	char text[PROTOCOL_LINE_MAX];
	struct state_service left = {
		.digest = entry->digest,
		.life = supervisor->lives[index],
		.service = *service,
		.ask = (int)supervisor->graph.asks[index],
	};
	struct line line;
	int error;

	line_begin(&line, text, sizeof(text), "service");
	line_text(&line, "name", entry->config.name, SERVICE_NAME_MAX);
	add_fields(&line, service_fields, COUNT(service_fields), &left);
	line_text(&line, "left_out_by", service->left_out_by, 16);
	line_text(&line, "status", service->status, STATUS_MAX);
	line_number(&line, "log_bytes", (int64_t)(service->log.end - ring_start(&service->log)));
	error = write_all(fd, text, line_end(&line));
	return error ? error : save_log(fd, &service->log);
}

int state_save(const struct supervisor *supervisor, const struct state *state)
{
	int fd = memfd_create("init-state", 0);
	int error;

	if (fd < 0)
		return -errno;
	error = save_state(fd, state);
	for (uint32_t i = 0; i < supervisor->set.count && !error; i++)
		error = save_service(fd, supervisor, i);
	if (!error)
		error = write_all(fd, "end\n", 4);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

/* ---- reading ---- */

/* A decimal number as line_number() writes it. */
static bool read_number(const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

/* False if the value is not one that could have been written. */
static bool set_field(const struct field *field, void *structure, int64_t value)
{
	char *at = (char *)structure + field->offset;
	uint64_t u64 = (uint64_t)value;
	uint32_t u32 = (uint32_t)value;
	int number = (int)value;
	bool truth = value == 1;
	bool minus = value == -1 && (field->type == FIELD_FD || field->type == FIELD_CODE);

	if (!minus && u64 > field->most)
		return false;
	switch (field->type) {
	case FIELD_U64:
		memcpy(at, &u64, sizeof(u64));
		return true;
	case FIELD_U32:
		memcpy(at, &u32, sizeof(u32));
		return true;
	case FIELD_BOOL:
		memcpy(at, &truth, sizeof(truth));
		return true;
	case FIELD_FD:
		if (!minus && value < 3)
			return false;
		break;
	case FIELD_INT:
	case FIELD_CODE:
		break;
	}
	memcpy(at, &number, sizeof(number));
	return true;
}

/* True if the key is a field and its value was good, or if the key is not ours. */
static bool take_field(const struct field *fields, size_t count, void *structure, const char *key,
	const char *value)
{
	int64_t number;

	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].key, key) == 0)
			return read_number(value, &number) &&
			       set_field(&fields[i], structure, number);
	return true;
}

static const char *known_reason(const char *value)
{
	if (strcmp(value, "svc.skip") == 0)
		return "svc.skip";
	return strcmp(value, "svc.only") == 0 ? "svc.only" : NULL;
}

static bool take_service_word(struct state_service *left, const char *key, const char *value)
{
	int64_t number;

	if (strcmp(key, "name") == 0) {
		if (!service_name_valid(value))
			return false;
		snprintf(left->name, sizeof(left->name), "%s", value);
	} else if (strcmp(key, "status") == 0) {
		snprintf(left->service.status, sizeof(left->service.status), "%s", value);
	} else if (strcmp(key, "left_out_by") == 0) {
		left->service.left_out_by = known_reason(value);
	} else if (strcmp(key, "log_bytes") == 0) {
		if (!read_number(value, &number) || number < 0 || number > SERVICE_LOG_MAX)
			return false;
		left->log_bytes = (size_t)number;
	} else {
		return take_field(service_fields, COUNT(service_fields), left, key, value);
	}
	return true;
}

/*
 * A process id and a phase must fit each other, or a service would run twice; and a log has its newest
 * bytes, if it ever had any.
 */
static bool consistent(const struct state_service *left)
{
	bool alive = phase_alive(left->life.phase) && left->life.phase != PHASE_CLEARING;
	uint64_t log_end = left->service.log.end;

	if (left->log_bytes > log_end || (left->log_bytes == 0 && log_end > 0))
		return false;
	return left->name[0] && (left->service.pid > 0) == alive &&
	       (left->service.pidfd >= 0) == alive;
}

static bool read_service(char *line, struct state_service *left)
{
	char *key, *value;

	*left = (struct state_service){ .service = SERVICE_CLOSED };
	while (protocol_next(&line, &key, &value))
		if (!take_service_word(left, key, value))
			return false;
	return consistent(left);
}

static bool read_init(char *line, struct state *state)
{
	char *key, *value;
	int64_t version = 0;

	*state = (struct state){ .control_fd = -1, .notify_fd = -1, .watchdog_fd = -1 };
	while (protocol_next(&line, &key, &value)) {
		if (strcmp(key, "version") == 0 && !read_number(value, &version))
			return false;
		if (!take_field(state_fields, COUNT(state_fields), state, key, value))
			return false;
	}
	return version == STATE_VERSION;
}

/* Takes the next line off *text and terminates it; NULL if there is none, or if it holds a NUL. */
static char *next_line(char **text, size_t *length)
{
	char *line = *text, *newline = memchr(line, '\n', *length);

	if (!newline || memchr(line, '\0', (size_t)(newline - line)))
		return NULL;
	*newline = '\0';
	*length -= (size_t)(newline + 1 - line);
	*text = newline + 1;
	return line;
}

static bool starts(char **line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*line, word, length) != 0 || ((*line)[length] != ' ' && (*line)[length]))
		return false;
	*line += length + ((*line)[length] == ' ');
	return true;
}

bool state_read(char *text, size_t length, struct state *state,
	void (*take)(void *context, const struct state_service *service), void *context)
{
	struct state_service left;
	char *line = next_line(&text, &length);

	if (!line || !starts(&line, "init") || !read_init(line, state))
		return false;
	while ((line = next_line(&text, &length))) {
		if (starts(&line, "end"))
			return length == 0;
		if (!starts(&line, "service"))
			continue;
		if (!read_service(line, &left) || left.log_bytes > length)
			return false;
		left.log = text;
		text += left.log_bytes;
		length -= left.log_bytes;
		take(context, &left);
	}
	return false;
}
