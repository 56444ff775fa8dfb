/* SPDX-License-Identifier: MIT */
/* svctl boot: the boot as a table, with bars on a terminal, and the critical path in a line. */
#include <inttypes.h>
#include <string.h>

#include "svctl/escape.h"
#include "svctl/terminal.h"
#include "svctl/timeline.h"

enum {
	NUMBERS = 4, /* columns of times */
	GAP = 2,
	BAR_LEAST = 16, /* columns; narrower bars tell nothing */
	BAR_MOST = 100,
};

#define BOLD "\033[1m"

/* What happens in a row, one after the other; each until the next that is known. */
struct row {
	const char *name;
	const char *state; /* what keeps it from having an end; NULL: nothing does */
	int64_t wait_us, start_us, exec_us, ready_us;
	bool critical;
	bool is_phase; /* of the kernel or PID 1: nothing is executed */
};

struct sheet {
	struct text *out;
	const struct timeline *timeline;
	size_t name_width, number_width;
	size_t bar; /* columns; 0: no bars */
	int64_t begin_us; /* the bars' left end: PID 1 began. The kernel took what was before */
	bool coloured;
};

static size_t ms_width(int64_t us)
{
	struct text number = { 0 };
	size_t width;

	timeline_add_ms(&number, us);
	width = number.length;
	text_free(&number);
	return width;
}

static void measure(struct sheet *sheet, size_t width)
{
	size_t used;

	sheet->name_width = strlen("service files");
	for (size_t i = 0; i < sheet->timeline->drawn; i++) {
		size_t length = strlen(sheet->timeline->order[i]->times.name);

		if (length > sheet->name_width)
			sheet->name_width = length;
	}
	sheet->number_width = ms_width(sheet->timeline->end_us);
	if (sheet->number_width < strlen("START"))
		sheet->number_width = strlen("START");
	used = 2 + sheet->name_width + NUMBERS * (GAP + sheet->number_width) + GAP;
	if (width >= used + BAR_LEAST)
		sheet->bar = width - used < BAR_MOST ? width - used : BAR_MOST;
}

static void add_right(const struct sheet *sheet, const char *word)
{
	size_t length = strlen(word);

	text_pad(sheet->out,
		GAP + (length < sheet->number_width ? sheet->number_width - length : 0));
	text_add(sheet->out, word);
}

static void add_ms(const struct sheet *sheet, int64_t us)
{
	struct text number = { 0 };

	timeline_add_ms(&number, us);
	add_right(sheet, text_string(&number));
	text_free(&number);
}

/* The column a moment falls into. */
static size_t column_of(const struct sheet *sheet, int64_t us)
{
	int64_t span_us = sheet->timeline->end_us - sheet->begin_us;

	if (us <= sheet->begin_us || span_us <= 0)
		return 0;
	if (us >= sheet->timeline->end_us)
		return sheet->bar;
	return (size_t)((us - sheet->begin_us) * (int64_t)sheet->bar / span_us);
}

/* Fills `bar` with `mark` from one moment to the other, at least one column where something was. */
static void fill(const struct sheet *sheet, char *bar, char mark, int64_t from_us, int64_t until_us)
{
	size_t from = column_of(sheet, from_us), until = column_of(sheet, until_us);

	if (from_us == RECORD_UNKNOWN || until_us == RECORD_UNKNOWN || until_us < from_us)
		return;
	if (from >= sheet->bar)
		from = sheet->bar - 1;
	if (until <= from)
		until = from + 1;
	memset(bar + from, mark, until - from);
}

static int64_t known(int64_t us, int64_t otherwise_us)
{
	return us == RECORD_UNKNOWN ? otherwise_us : us;
}

static void add_bar(const struct sheet *sheet, const struct row *row)
{
	char bar[BAR_MOST + 1];
	int64_t end_us = known(row->ready_us, sheet->timeline->end_us);
	size_t length = sheet->bar;

	memset(bar, ' ', sheet->bar);
	if (row->start_us != row->wait_us)
		fill(sheet, bar, '.', row->wait_us, row->start_us);
	if (row->start_us != RECORD_UNKNOWN)
		fill(sheet, bar, row->is_phase ? '#' : '-', row->start_us,
			known(row->exec_us, end_us));
	fill(sheet, bar, '#', row->exec_us, end_us);
	while (length > 0 && bar[length - 1] == ' ')
		length--;
	if (length > 0)
		text_pad(sheet->out, GAP);
	text_add_bytes(sheet->out, bar, length);
}

static void add_row(const struct sheet *sheet, const struct row *row)
{
	bool bold = row->critical && sheet->coloured;
	size_t begin;

	text_add(sheet->out, bold ? BOLD : "");
	text_add(sheet->out, row->critical ? "* " : "  ");
	begin = sheet->out->length;
	escape_line(sheet->out, row->name);
	if (sheet->out->length - begin < sheet->name_width)
		text_pad(sheet->out, sheet->name_width - (sheet->out->length - begin));
	add_ms(sheet, row->start_us);
	add_ms(sheet, row->exec_us);
	add_ms(sheet, row->ready_us);
	if (row->state != NULL)
		add_right(sheet, row->state);
	else if (row->ready_us == RECORD_UNKNOWN || row->start_us == RECORD_UNKNOWN)
		add_ms(sheet, RECORD_UNKNOWN);
	else
		add_ms(sheet, row->ready_us - row->start_us);
	if (sheet->bar > 0)
		add_bar(sheet, row);
	text_add(sheet->out, bold ? TERMINAL_PLAIN : "");
	text_add(sheet->out, "\n");
}

/* The kernel and PID 1: no program is started, so what counts is from when until when. */
static void add_phase(
	const struct sheet *sheet, enum link_kind kind, int64_t from_us, int64_t until_us)
{
	const struct link link = { .kind = kind };
	const struct row row = {
		.name = link_name(&link),
		.wait_us = from_us,
		.start_us = from_us,
		.exec_us = RECORD_UNKNOWN,
		.ready_us = until_us,
		.critical = true,
		.is_phase = true,
	};
	struct sheet without = *sheet;

	if (kind == LINK_KERNEL)
		without.bar = 0; /* it took place before the bars begin */
	add_row(&without, &row);
}

static void add_service(const struct sheet *sheet, const struct lane *lane)
{
	const struct times_record *times = &lane->times;
	const struct row row = {
		.name = times->name,
		.state = times->ready_us == RECORD_UNKNOWN ? times->state_name : NULL,
		.wait_us = sheet->timeline->boot.loaded_us,
		.start_us = times->start_us,
		.exec_us = times->exec_us,
		.ready_us = times->ready_us,
		.critical = lane->critical,
	};

	add_row(sheet, &row);
}

static void add_headings(const struct sheet *sheet)
{
	static const char *const headings[NUMBERS] = { "START", "EXEC", "READY", "TOOK" };

	text_add(sheet->out, "  NAME");
	text_pad(sheet->out, sheet->name_width - strlen("NAME"));
	for (size_t i = 0; i < NUMBERS; i++)
		add_right(sheet, headings[i]);
	if (sheet->bar > 0)
		text_add(sheet->out, "  . waits  - starts  # runs");
	text_add(sheet->out, "\n");
}

static void add_title(const struct sheet *sheet)
{
	const struct timeline *timeline = sheet->timeline;
	const struct boot_record *boot = &timeline->boot;

	escape_line(sheet->out, timeline->node.hostname == NULL ? "?" : timeline->node.hostname);
	if (timeline_ready(timeline)) {
		text_add(sheet->out, ": ready ");
		timeline_add_ms(sheet->out, boot->ready_us);
		text_add(sheet->out, " ms after the kernel's start");
		if (boot->init_us != RECORD_UNKNOWN) {
			text_add(sheet->out, ", ");
			timeline_add_ms(sheet->out, boot->ready_us - boot->init_us);
			text_add(sheet->out, " ms after PID 1's");
		}
	} else {
		text_add(sheet->out, ": not ready yet");
	}
	text_add(sheet->out, "\nall times in ms, from the kernel's start on\n\n");
}

static void add_path(const struct sheet *sheet)
{
	const struct timeline *timeline = sheet->timeline;
	struct text *out = sheet->out;

	if (timeline->links == 0)
		return;
	text_add(out, timeline_ready(timeline) ? "\n* critical path: " : "\n* so far: ");
	for (size_t i = 0; i < timeline->links; i++) {
		const struct link *link = &timeline->path[i];

		escape_line(out, link_name(link));
		text_add(out, " ");
		if (link_open(link))
			escape_line(out, link->lane->times.state_name);
		else
			timeline_add_ms(out, link->until_us - link->from_us);
		if (link->kind == LINK_BEFORE)
			text_add(out, " (order only)");
		text_add(out, i + 1 < timeline->links ? " > " : "\n");
	}
}

/* Services that have no bar, and why. */
static void add_others(const struct sheet *sheet)
{
	const struct timeline *timeline = sheet->timeline;
	size_t others = 0;

	for (size_t i = 0; i < timeline->count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		bool later = lane->times.start_us > timeline->end_us;

		if (lane->drawn)
			continue;
		text_add(sheet->out, others++ == 0 ? "not part of it: " : ", ");
		escape_line(sheet->out, lane->times.name);
		text_add(sheet->out, " (");
		if (later)
			text_add(sheet->out, "started later");
		else
			escape_line(sheet->out,
				lane->times.state_name == NULL ? "?" : lane->times.state_name);
		text_add(sheet->out, ")");
	}
	text_add(sheet->out, others > 0 ? "\n" : "");
}

void timeline_write_text(
	struct text *out, const struct timeline *timeline, size_t width, bool coloured)
{
	const struct boot_record *boot = &timeline->boot;
	struct sheet sheet = {
		.out = out,
		.timeline = timeline,
		.begin_us = known(boot->init_us, 0),
		.coloured = coloured,
	};
	const struct row ready = {
		.name = "node ready",
		.wait_us = RECORD_UNKNOWN,
		.start_us = RECORD_UNKNOWN,
		.exec_us = RECORD_UNKNOWN,
		.ready_us = boot->ready_us,
		.critical = true,
	};

	measure(&sheet, width);
	add_title(&sheet);
	add_headings(&sheet);
	add_phase(&sheet, LINK_KERNEL, 0, boot->init_us);
	add_phase(&sheet, LINK_MOUNTS, boot->init_us, boot->mounted_us);
	add_phase(&sheet, LINK_FILES, boot->mounted_us, boot->loaded_us);
	for (size_t i = 0; i < timeline->drawn; i++)
		add_service(&sheet, timeline->order[i]);
	if (timeline_ready(timeline))
		add_row(&sheet, &ready);
	add_path(&sheet);
	add_others(&sheet);
}
