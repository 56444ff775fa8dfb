/* SPDX-License-Identifier: MIT */
/* Lines of the control protocol. */
#include "line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/protocol.h"

/* Bytes of free text that a line carries, so that all keys of a service fit in PROTOCOL_LINE_MAX. */
enum { TEXT_MAX = 256, WORD_MAX = 64 };

void line_begin(struct line *line, char *bytes, size_t size, const char *word)
{
	line->bytes = bytes;
	line->size = size;
	line->length = strlen(word);
	memcpy(bytes, word, line->length);
}

/*
 * Puts " key=" after the line, not yet as a part of it. Returns the room for a value and a NUL, so that the
 * newline fits in place of the NUL; 0 if there is none.
 */
static size_t put_key(const struct line *line, const char *key, char **value)
{
	size_t length = strlen(key);
	char *end = line->bytes + line->length;

	*value = end;
	if (line->length + length + 3 >= line->size)
		return 0;
	end[0] = ' ';
	memcpy(end + 1, key, length);
	end[1 + length] = '=';
	*value = end + length + 2;
	return line->size - (size_t)(*value - line->bytes) - 1;
}

/* An answer about a thousand services has twenty thousand numbers: printf would be most of the work. */
void line_number(struct line *line, const char *key, int64_t number)
{
	char digits[20], *value;
	size_t room = put_key(line, key, &value), count = 0;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		digits[count++] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (count + (number < 0) >= room)
		return;
	if (number < 0)
		*value++ = '-';
	while (count > 0)
		*value++ = digits[--count];
	line->length = (size_t)(value - line->bytes);
}

void line_text(struct line *line, const char *key, const char *value, size_t most)
{
	char cut[1025], *to;
	size_t length, room;
	int encoded;

	if (!value || !*value)
		return;
	length = strnlen(value, most < sizeof(cut) - 1 ? most : sizeof(cut) - 1);
	/* Not in the middle of a UTF-8 character: bytes 10xxxxxx continue one. */
	if (value[length])
		while (length > 0 && (value[length] & 0xc0) == 0x80)
			length--;
	memcpy(cut, value, length);
	cut[length] = '\0';
	room = put_key(line, key, &to);
	encoded = room > 0 ? protocol_encode(to, room, cut) : -1;
	if (encoded >= 0)
		line->length = (size_t)(to - line->bytes) + (size_t)encoded;
}

size_t line_end(struct line *line)
{
	line->bytes[line->length++] = '\n';
	return line->length;
}

static void add_ms(struct line *line, const char *key, uint64_t us)
{
	line_number(line, key, (int64_t)(us / 1000));
}

size_t line_node(char *output, const struct supervisor *supervisor)
{
	struct line line;
	char hostname[65] = "";

	(void)gethostname(hostname, sizeof(hostname) - 1);
	line_begin(&line, output, PROTOCOL_LINE_MAX, "node");
	line_text(&line, "hostname", hostname, WORD_MAX);
	line_text(&line, "state", node_state_name(supervisor->state), WORD_MAX);
	/* The clock that changes are stamped with: what this turn did is not older than its answer. */
	add_ms(&line, "now_ms", supervisor->now_us);
	if (supervisor->ready_us) {
		add_ms(&line, "ready_ms", supervisor->ready_us - supervisor->begun_us);
		add_ms(&line, "kernel_ready_ms", supervisor->ready_us);
	}
	line_text(&line, "boot_reason", boot_reason_name(supervisor->boot_reason), WORD_MAX);
	line_number(&line, "services", supervisor->set.count);
	line_number(&line, "reexecs", supervisor->reexecs);
	line_number(&line, "clients_refused", (int64_t)supervisor->clients_refused);
	line_number(&line, "messages_dropped", (int64_t)supervisor->messages_dropped);
	if (supervisor->crashed_us)
		add_ms(&line, "crashed_ms", supervisor->crashed_us);
	return line_end(&line);
}

static void add_blocker(struct line *line, const struct supervisor *supervisor, uint32_t index)
{
	char name[sizeof("after:") + SERVICE_NAME_MAX];
	bool after;
	int blocker = graph_blocker(&supervisor->graph, index, &after);

	if (blocker < 0)
		return;
	snprintf(name, sizeof(name), "%s%s", after ? "after:" : "",
		supervisor->set.entries[blocker].config.name);
	line_text(line, "blocked_by", name, WORD_MAX);
	line_text(line, "blocked_state",
		service_state_name(phase_state(supervisor->lives[blocker].phase)), WORD_MAX);
}

static void add_death(struct line *line, const struct death *death)
{
	static const char *const causes[] = {
		[CAUSE_ITSELF] = NULL,
		[CAUSE_STOPPED] = "asked",
		[CAUSE_START_TIMEOUT] = "start-timeout",
		[CAUSE_WATCHDOG] = "watchdog",
	};

	if (!death->happened || death->step == STEP_CONDITION)
		return;
	if (death->code >= 0)
		line_number(line, "exit_code", death->code);
	if (death->signal)
		line_number(line, "exit_signal", death->signal);
	line_number(line, "oom", death->oom);
	if (death->step != STEP_NONE) {
		line_text(line, "step", step_name(death->step), WORD_MAX);
		line_number(line, "errno", death->error);
	}
	line_text(line, "exit_cause", causes[death->cause], WORD_MAX);
}

/* A list under construction; what does not fit any more is left out. */
struct list_text {
	char text[1025];
	size_t length;
	char separator;
};

static void list_append(struct list_text *list, const char *word)
{
	const char before[] = { list->length ? list->separator : '\0', '\0' };
	size_t room = sizeof(list->text) - list->length;
	int more = snprintf(list->text + list->length, room, "%s%s", before, word);

	if (more >= 0 && (size_t)more < room)
		list->length += (size_t)more;
	else
		list->text[list->length] = '\0';
}

static void add_list(struct line *line, const char *key, const char *const *words, char separator)
{
	struct list_text list = { .separator = separator };

	for (; *words; words++)
		list_append(&list, *words);
	line_text(line, key, list.text, sizeof(list.text) - 1);
}

/* Those its file names, then those whose files name it. */
static void add_needs(
	struct line *line, const struct service_set *set, const struct service_entry *entry)
{
	const char *const *own = entry->config.needs;
	struct list_text list = { .separator = ',' };

	for (const char *const *name = own; *name; name++)
		list_append(&list, *name);
	for (uint16_t i = 0; i < entry->needs_count; i++) {
		const char *name = set->entries[entry->needs[i]].config.name;
		const char *const *same = own;

		while (*same && strcmp(*same, name) != 0)
			same++;
		if (!*same)
			list_append(&list, name);
	}
	line_text(line, "needs", list.text, sizeof(list.text) - 1);
}

/* What keeps it from running, as written in its file or on the kernel command line. */
static void add_condition(
	struct line *line, const struct service *service, const struct service_config *config)
{
	char condition[TEXT_MAX];

	if (!service->left_out_by && config->when != WHEN_ALWAYS)
		snprintf(condition, sizeof(condition), "%s:%s",
			config->when == WHEN_PATH ? "path" : "cmdline", config->when_value);
	else
		snprintf(condition, sizeof(condition), "%s",
			service->left_out_by ? service->left_out_by : "");
	line_text(line, "when", condition, sizeof(condition) - 1);
}

static void add_run(struct line *line, const struct supervisor *supervisor, uint32_t index)
{
	static const char *const waits[] = {
		[READY_EXEC] = NULL, [READY_FD] = "fd", [READY_NOTIFY] = "notify"
	};
	const struct service_config *config = &supervisor->set.entries[index].config;
	const struct life *life = &supervisor->lives[index];
	const struct service *service = &supervisor->services[index];

	if (service->pid > 0)
		line_number(line, "pid", service->pid);
	add_ms(line, "since_ms", life->since_us);
	line_number(line, "restarts", life->restarts);
	if (life->phase == PHASE_BACKOFF)
		add_ms(line, "next_start_ms", life->deadline_us);
	if (life->phase == PHASE_SKIPPED)
		add_condition(line, service, config);
	if (life->phase == PHASE_RUNNING)
		line_text(line, "ready_wait", waits[config->ready], WORD_MAX);
	line_text(line, "status", service->status, STATUS_MAX);
	if (service->reloading)
		line_number(line, "reloading", 1);
	line_number(line, "log_bytes", (int64_t)(service->log.end - ring_start(&service->log)));
	line_number(line, "log_dropped", (int64_t)ring_start(&service->log));
}

static void add_config(
	struct line *line, const struct service_set *set, const struct service_entry *entry)
{
	const struct service_config *config = &entry->config;

	line_number(line, "essential", config->essential);
	line_text(line, "type", config->type == SERVICE_TASK ? "task" : "daemon", WORD_MAX);
	if (config->on_need)
		line_text(line, "start", "need", WORD_MAX);
	if (config->start_timeout_ms != SERVICE_TIME_NEVER)
		line_number(line, "start_timeout_ms", config->start_timeout_ms);
	line_number(line, "stop_timeout_ms", config->stop_timeout_ms);
	if (config->given & KEY_BIT(KEY_PIDS_MAX))
		line_number(line, "pids_max", config->pids_max);
	if (config->given & KEY_BIT(KEY_MEMORY_MAX) && config->memory_max != UINT64_MAX)
		line_number(line, "memory_max", (int64_t)config->memory_max);
	if (config->system_calls)
		line_number(line, "system_calls", 1);
	line_text(line, "user", config->user, WORD_MAX);
	line_text(line, "group", config->group, WORD_MAX);
	if (config->needs)
		add_needs(line, set, entry);
	if (config->after)
		add_list(line, "after", config->after, ',');
	if (config->argv)
		add_list(line, "exec", config->argv, ' ');
}

static void add_digest(struct line *line, uint64_t digest)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, digest);
	line_text(line, "digest", text, WORD_MAX);
}

size_t line_service(char *output, const struct supervisor *supervisor, uint32_t index)
{
	const struct service_entry *entry = &supervisor->set.entries[index];
	const struct life *life = &supervisor->lives[index];
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "service");
	line_text(&line, "name", entry->config.name, WORD_MAX);
	line_text(&line, "state", service_state_name(phase_state(life->phase)), WORD_MAX);
	add_digest(&line, entry->digest);
	add_run(&line, supervisor, index);
	add_death(&line, &life->death);
	add_blocker(&line, supervisor, index);
	if (entry->invalid)
		line_text(&line, "error", entry->error, SERVICE_ERROR_MAX);
	line_text(&line, "description", entry->config.description, TEXT_MAX);
	add_config(&line, &supervisor->set, entry);
	return line_end(&line);
}

static void add_us(struct line *line, const char *key, uint64_t us)
{
	if (us)
		line_number(line, key, (int64_t)us);
}

size_t line_boot(char *output, const struct supervisor *supervisor)
{
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "boot");
	add_us(&line, "init_us", supervisor->begun_us);
	add_us(&line, "mounted_us", supervisor->mounted_us);
	add_us(&line, "loaded_us", supervisor->loaded_us);
	add_us(&line, "ready_us", supervisor->ready_us);
	return line_end(&line);
}

size_t line_times(char *output, const struct supervisor *supervisor, uint32_t index)
{
	const struct service_config *config = &supervisor->set.entries[index].config;
	const struct service *service = &supervisor->services[index];
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "times");
	line_text(&line, "name", config->name, WORD_MAX);
	line_text(&line, "state", service_state_name(phase_state(supervisor->lives[index].phase)),
		WORD_MAX);
	add_us(&line, "start_us", service->first_start_us);
	add_us(&line, "exec_us", service->first_exec_us);
	add_us(&line, "ready_us", service->first_ready_us);
	if (config->needs)
		add_needs(&line, &supervisor->set, &supervisor->set.entries[index]);
	if (config->after)
		add_list(&line, "after", config->after, ',');
	return line_end(&line);
}

size_t line_state(char *output, const struct supervisor *supervisor, uint32_t index)
{
	const struct life *life = &supervisor->lives[index];
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "state");
	line_text(&line, "name", supervisor->set.entries[index].config.name, WORD_MAX);
	line_text(&line, "state", service_state_name(phase_state(life->phase)), WORD_MAX);
	if (supervisor->services[index].pid > 0)
		line_number(&line, "pid", supervisor->services[index].pid);
	add_ms(&line, "at_ms", life->since_us);
	add_blocker(&line, supervisor, index);
	return line_end(&line);
}

size_t line_change(char *output, const struct supervisor *supervisor, const struct change *change)
{
	struct line line;
	const char *state;

	if (change->index == CHANGE_OF_NODE) {
		line_begin(&line, output, PROTOCOL_LINE_MAX, "node");
		line_text(&line, "state", node_state_name(change->state), WORD_MAX);
		add_ms(&line, "now_ms", change->at_us);
		return line_end(&line);
	}
	state = service_state_name(change->state);
	line_begin(&line, output, PROTOCOL_LINE_MAX, "state");
	line_text(&line, "name", supervisor->set.entries[change->index].config.name, WORD_MAX);
	line_text(&line, "state", state, WORD_MAX);
	if (change->pid > 0)
		line_number(&line, "pid", change->pid);
	add_ms(&line, "at_ms", change->at_us);
	if (change->state == STATE_WAITING)
		add_blocker(&line, supervisor, change->index);
	return line_end(&line);
}

size_t line_lost(char *output, uint64_t count)
{
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "lost");
	line_number(&line, "count", (int64_t)count);
	return line_end(&line);
}

size_t line_log(char *output, size_t bytes, uint64_t dropped)
{
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "log");
	line_number(&line, "bytes", (int64_t)bytes);
	line_number(&line, "dropped", (int64_t)dropped);
	return line_end(&line);
}

size_t line_log_of(
	char *output, const char *name, uint64_t position, size_t bytes, uint64_t dropped)
{
	struct line line;

	line_begin(&line, output, PROTOCOL_LINE_MAX, "log");
	line_text(&line, "name", name, WORD_MAX);
	line_number(&line, "position", (int64_t)position);
	line_number(&line, "bytes", (int64_t)bytes);
	line_number(&line, "dropped", (int64_t)dropped);
	return line_end(&line);
}
