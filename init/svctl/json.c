/* SPDX-License-Identifier: MIT */
/* A snapshot as JSON: see json.h. */
#include "svctl/json.h"

#include <inttypes.h>
#include <string.h>

#include "basics/utf8.h"

static void add_character(struct text *out, const char *bytes, size_t length)
{
	unsigned char c = (unsigned char)bytes[0];

	if (c == '"' || c == '\\')
		text_format(out, "\\%c", c);
	else if (c == '\n')
		text_add(out, "\\n");
	else if (c == '\t')
		text_add(out, "\\t");
	else if (c < 0x20 || c == 0x7f)
		text_format(out, "\\u%04x", c);
	else
		text_add_bytes(out, bytes, length);
}

void json_string(struct text *out, const char *string)
{
	size_t length;

	if (string == NULL) {
		text_add(out, "null");
		return;
	}
	text_add(out, "\"");
	length = strlen(string);
	while (length > 0) {
		int character = utf8_character(string, length);
		size_t taken = character > 0 ? (size_t)character : 1;

		if (character > 0)
			add_character(out, string, taken);
		else
			text_add(out, "\\ufffd");
		string += taken;
		length -= taken;
	}
	text_add(out, "\"");
}

void json_number(struct text *out, int64_t number)
{
	if (number == RECORD_UNKNOWN)
		text_add(out, "null");
	else
		text_format(out, "%" PRId64, number);
}

void json_seconds(struct text *out, int64_t ms)
{
	if (ms == RECORD_UNKNOWN)
		text_add(out, "null");
	else if (ms < 0)
		text_add(out, "0.000");
	else
		text_format(out, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
}

static void add_flag(struct text *out, int64_t flag)
{
	if (flag == RECORD_UNKNOWN)
		text_add(out, "null");
	else
		text_add(out, flag != 0 ? "true" : "false");
}

static void add_node(struct text *out, const struct node_record *node)
{
	text_add(out, "\"node\":{\"hostname\":");
	json_string(out, node->hostname);
	text_add(out, ",\"state\":");
	json_string(out, node->state);
	text_add(out, ",\"uptime_seconds\":");
	json_seconds(out, node->now_ms);
	text_add(out, ",\"ready_seconds\":");
	json_seconds(out, node->ready_ms);
	text_add(out, ",\"boot_reason\":");
	json_string(out, node->boot_reason);
	text_add(out, ",\"clients_refused\":");
	json_number(out, node->clients_refused);
	text_add(out, ",\"messages_dropped\":");
	json_number(out, node->messages_dropped);
	text_add(out, "}");
}

static void add_exit(struct text *out, const struct service_record *service)
{
	text_add(out, ",\"exit\":{\"code\":");
	json_number(out, service->exit_code);
	text_add(out, ",\"signal\":");
	json_number(out, service->exit_signal);
	text_add(out, ",\"oom\":");
	add_flag(out, service->oom);
	text_add(out, ",\"step\":");
	json_string(out, service->step);
	text_add(out, ",\"errno\":");
	json_number(out, service->error_number);
	text_add(out, "}");
}

static void add_service(struct text *out, const struct snapshot *snapshot,
	const struct service_record *service, const struct service_use *use)
{
	text_add(out, "{\"name\":");
	json_string(out, service->name);
	text_add(out, ",\"state\":");
	json_string(out, service->state_name);
	text_add(out, ",\"pid\":");
	json_number(out, service->pid);
	text_add(out, ",\"since_seconds\":");
	json_seconds(out, snapshot_age(snapshot, service));
	text_add(out, ",\"restarts\":");
	json_number(out, service->restarts);
	text_add(out, ",\"next_start_seconds\":");
	json_seconds(out, snapshot_until(snapshot, service->next_start_ms));
	add_exit(out, service);
	text_add(out, ",\"memory_bytes\":");
	json_number(out, use->memory_bytes);
	text_add(out, ",\"memory_peak_bytes\":");
	json_number(out, use->memory_peak_bytes);
	text_add(out, ",\"cpu_seconds\":");
	json_seconds(out, use->cpu_us == RECORD_UNKNOWN ? RECORD_UNKNOWN : use->cpu_us / 1000);
	text_add(out, ",\"essential\":");
	add_flag(out, service->essential);
	text_add(out, "}");
}

void json_snapshot(struct text *out, const struct snapshot *snapshot,
	const struct node_memory *memory, const struct service_use *use)
{
	text_add(out, "{\"version\":1,\n ");
	add_node(out, &snapshot->node);
	text_add(out, ",\n \"memory\":{\"total_bytes\":");
	json_number(out, memory->total_bytes);
	text_add(out, ",\"available_bytes\":");
	json_number(out, memory->available_bytes);
	text_add(out, "},\n \"services\":[");
	for (size_t i = 0; i < snapshot->count; i++) {
		text_add(out, i == 0 ? "\n  " : ",\n  ");
		add_service(out, snapshot, &snapshot->services[i], &use[i]);
	}
	text_add(out, "]}\n");
}
