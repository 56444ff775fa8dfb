/* SPDX-License-Identifier: MIT */
/*
 * svctl status: the node in a line and its services in a table, or both as JSON. Brings together
 * what PID 1 tells (snapshot.h) and what the kernel tells (resources.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "svctl/command.h"
#include "svctl/escape.h"
#include "svctl/explain.h"
#include "svctl/json.h"
#include "svctl/resources.h"
#include "svctl/snapshot.h"
#include "svctl/table.h"
#include "svctl/terminal.h"

static const struct table_column columns[] = {
	{ "NAME", false },
	{ "STATE", false },
	{ "PID", true },
	{ "SINCE", true },
	{ "RESTARTS", true },
	{ "MEMORY", true },
	{ "DETAIL", false },
};

/* Adds a cell of what `text` holds, or "-" if that is nothing, and empties the text. */
static void add_cell(struct table *table, struct text *text)
{
	table_add(table, text->length == 0 ? "-" : text_string(text), NULL);
	text_clear(text);
}

static void add_row(struct table *table, const struct snapshot *snapshot,
	const struct service_record *service, const struct service_use *use, bool coloured,
	bool named)
{
	int64_t age = snapshot_age(snapshot, service);
	struct text cell = { 0 };

	escape_line(&cell, service->name);
	add_cell(table, &cell);

	escape_line(&cell, service->state_name == NULL ? "?" : service->state_name);
	table_add(table, text_string(&cell),
		coloured ? terminal_service_colour(service->state_name) : NULL);
	text_clear(&cell);

	if (service->pid > 0)
		text_format(&cell, "%" PRId64, service->pid);
	add_cell(table, &cell);

	if (age != RECORD_UNKNOWN)
		text_add_time(&cell, age);
	add_cell(table, &cell);

	if (service->restarts >= 0)
		text_format(&cell, "%" PRId64, service->restarts);
	add_cell(table, &cell);

	if (use->memory_bytes >= 0)
		text_add_size(&cell, (uint64_t)use->memory_bytes);
	add_cell(table, &cell);

	explain_detail(&cell, snapshot, service);
	/* Every ring that is full drops something; only who asks for this service wants to know. */
	if (named && service->log_dropped > 0) {
		text_add(&cell, cell.length > 0 ? "; log dropped " : "log dropped ");
		text_add_size(&cell, (uint64_t)service->log_dropped);
	}
	table_add(table, text_string(&cell), NULL);
	text_free(&cell);
}

/* What the boot followed upon, after "up 3m since ". */
static const char *boot_reason(const char *reason)
{
	static const char *const words[][2] = {
		{ "reboot", "a reboot" },
		{ "watchdog", "a reset by the hardware watchdog" },
		{ "panic", "a kernel panic (its last words: /run/panic)" },
		{ "crash", "a crash of PID 1" },
		{ "reset", "a reset nobody asked for" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], reason) == 0)
			return words[i][1];
	return reason;
}

static void add_uptime(struct text *out, const struct node_record *node)
{
	if (node->now_ms == RECORD_UNKNOWN)
		return;
	text_add(out, ", up ");
	text_add_time(out, node->now_ms);
	if (node->boot_reason != NULL) {
		text_add(out, " since ");
		escape_line(out, boot_reason(node->boot_reason));
	}
}

/* A line about PID 1 itself, if there is something to say. */
static void add_images(struct text *out, const struct snapshot *snapshot)
{
	const struct node_record *node = &snapshot->node;
	int64_t crashed = snapshot_until(snapshot, node->crashed_ms);

	if (node->reexecs <= 0)
		return;
	text_format(out, "PID 1 was replaced %" PRId64 " time%s", node->reexecs,
		node->reexecs == 1 ? "" : "s");
	if (crashed != RECORD_UNKNOWN) {
		text_add(out, ", crashed ");
		text_add_time(out, -crashed);
		text_add(out, " ago: see the kernel log (dmesg)");
	}
	text_add(out, "\n");
}

/* Of what was turned away, if anything was. */
static void add_turned_away(struct text *out, const struct node_record *node)
{
	if (node->clients_refused > 0)
		text_format(out, "clients turned away, too many at once: %" PRId64 "\n",
			node->clients_refused);
	if (node->messages_dropped > 0)
		text_format(out,
			"sd_notify messages dropped, too long or not from a service: %" PRId64 "\n",
			node->messages_dropped);
}

static void add_node_line(struct text *out, const struct snapshot *snapshot,
	const struct node_memory *memory, bool coloured)
{
	const struct node_record *node = &snapshot->node;
	const char *colour = coloured ? terminal_node_colour(node->state) : NULL;
	struct text culprits = { 0 };

	escape_line(out, node->hostname == NULL ? "?" : node->hostname);
	text_add(out, ": ");
	text_add(out, colour == NULL ? "" : colour);
	escape_line(out, node->state == NULL ? "?" : node->state);
	text_add(out, colour == NULL ? "" : TERMINAL_PLAIN);
	add_uptime(out, node);
	if (node->ready_ms != RECORD_UNKNOWN) {
		text_add(out, ", ready after ");
		text_add_time(out, node->ready_ms);
	}
	if (memory->total_bytes != RECORD_UNKNOWN && memory->available_bytes != RECORD_UNKNOWN) {
		text_add(out, "; memory: ");
		text_add_share(out, (uint64_t)memory->available_bytes,
			(uint64_t)memory->total_bytes, "available");
	}
	text_add(out, "\n");
	add_images(out, snapshot);
	add_turned_away(out, node);
	explain_node(&culprits, snapshot);
	if (culprits.length > 0)
		text_format(out, "%s because of %s\n", node->state, text_string(&culprits));
	text_free(&culprits);
}

static void print_table(const struct snapshot *snapshot, const struct node_memory *memory,
	const struct service_use *use, bool named)
{
	struct table table = {
		.columns = columns,
		.columns_count = sizeof(columns) / sizeof(columns[0]),
	};
	struct terminal terminal;
	struct text out = { 0 };

	terminal_look(&terminal);
	add_node_line(&out, snapshot, memory, terminal.coloured);
	for (size_t i = 0; i < snapshot->count; i++)
		add_row(&table, snapshot, &snapshot->services[i], &use[i], terminal.coloured,
			named);
	if (snapshot->count > 0) {
		text_add(&out, "\n");
		table_write(&table, &out, terminal.width);
	}
	fputs(text_string(&out), stdout);
	table_free(&table);
	text_free(&out);
}

static void print_json(const struct snapshot *snapshot, const struct node_memory *memory,
	const struct service_use *use)
{
	struct text out = { 0 };

	json_snapshot(&out, snapshot, memory, use);
	fputs(text_string(&out), stdout);
	text_free(&out);
}

/* Asked for by name, a service that does not run is worth an exit status of its own. */
static int running_status(const struct snapshot *snapshot, const struct invocation *invocation)
{
	if (invocation->names_count == 0)
		return EXIT_DONE;
	for (size_t i = 0; i < snapshot->count; i++) {
		if (!record_runs(&snapshot->services[i]))
			return EXIT_NOT_RUNNING;
	}
	return EXIT_DONE;
}

static struct service_use *read_use(const struct snapshot *snapshot, bool all)
{
	struct service_use *use = must_resize(NULL, snapshot->count + 1, sizeof(*use));
	struct resources resources;

	resources_open(&resources);
	for (size_t i = 0; i < snapshot->count; i++)
		resources_of_service(&resources, snapshot->services[i].name, all, &use[i]);
	resources_close(&resources);
	return use;
}

int command_status(const struct invocation *invocation)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, invocation->names);

	if (status == EXIT_DONE) {
		struct service_use *use = read_use(&snapshot, invocation->json);
		struct node_memory memory;

		resources_of_node(&memory);
		if (invocation->json)
			print_json(&snapshot, &memory, use);
		else
			print_table(&snapshot, &memory, use, invocation->names_count > 0);
		status = running_status(&snapshot, invocation);
		free(use);
	}
	snapshot_free(&snapshot);
	return status;
}
