/* SPDX-License-Identifier: MIT */
/* What a boot's times mean: see timeline.h. */
#include "svctl/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 31 years. A time beyond is none, and sums of those below do not overflow. */
#define LATEST_US (INT64_C(1000000) * 1000000000)

static void make_sane(int64_t *us)
{
	if (*us < 0 || *us > LATEST_US)
		*us = RECORD_UNKNOWN;
}

void timeline_begin(struct timeline *timeline)
{
	char nothing[] = "";

	*timeline = (struct timeline){ 0 };
	record_read_node(nothing, &timeline->node);
	record_read_boot(nothing, &timeline->boot);
}

static char *keep_line(struct timeline *timeline, const char *line)
{
	if (timeline->lines_count == timeline->lines_room) {
		timeline->lines_room = timeline->lines_room * 2 + 16;
		timeline->lines = must_resize(
			timeline->lines, timeline->lines_room, sizeof(*timeline->lines));
	}
	return timeline->lines[timeline->lines_count++] = must_copy(line);
}

static void add_lane(struct timeline *timeline, char *keys)
{
	struct lane *lane;

	if (timeline->count == timeline->room) {
		timeline->room = timeline->room * 2 + 16;
		timeline->lanes =
			must_resize(timeline->lanes, timeline->room, sizeof(*timeline->lanes));
	}
	lane = &timeline->lanes[timeline->count++];
	*lane = (struct lane){ 0 };
	record_read_times(keys, &lane->times);
	make_sane(&lane->times.start_us);
	make_sane(&lane->times.exec_us);
	make_sane(&lane->times.ready_us);
}

void timeline_add_line(struct timeline *timeline, const char *line)
{
	char *keys = keep_line(timeline, line);
	struct boot_record *boot = &timeline->boot;

	switch (record_kind(&keys)) {
	case RECORD_NODE:
		record_read_node(keys, &timeline->node);
		break;
	case RECORD_BOOT:
		record_read_boot(keys, boot);
		make_sane(&boot->init_us);
		make_sane(&boot->mounted_us);
		make_sane(&boot->loaded_us);
		make_sane(&boot->ready_us);
		break;
	case RECORD_TIMES:
		add_lane(timeline, keys);
		break;
	default:
		break;
	}
}

void timeline_free(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->lines_count; i++)
		free(timeline->lines[i]);
	free(timeline->lines);
	free(timeline->lanes);
	free(timeline->order);
	free(timeline->path);
	*timeline = (struct timeline){ 0 };
}

bool timeline_ready(const struct timeline *timeline)
{
	return timeline->boot.ready_us != RECORD_UNKNOWN;
}

bool timeline_next_name(const char **list, const char **name, size_t *length)
{
	do {
		*name = *list;
		*length = strcspn(*list, ",");
		*list += *length + ((*list)[*length] == ',');
	} while (*length == 0 && **list != '\0');
	return *length > 0;
}

static int compare_names(const char *one, size_t length, const char *other)
{
	int order = strncmp(one, other, length);

	return order == 0 && other[length] != '\0' ? -1 : order;
}

const struct lane *timeline_find(const struct timeline *timeline, const char *name, size_t length)
{
	size_t low = 0, high = timeline->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = compare_names(name, length, timeline->lanes[middle].times.name);

		if (order == 0)
			return &timeline->lanes[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(
		((const struct lane *)one)->times.name, ((const struct lane *)other)->times.name);
}

static int by_start(const void *one, const void *other)
{
	const struct times_record *a = &(*(const struct lane *const *)one)->times;
	const struct times_record *b = &(*(const struct lane *const *)other)->times;

	if (a->start_us != b->start_us)
		return a->start_us < b->start_us ? -1 : 1;
	if (a->ready_us != b->ready_us)
		return a->ready_us < b->ready_us ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The last moment that is known; `us` if that is later. */
static int64_t later(int64_t us, int64_t other_us)
{
	return us > other_us ? us : other_us;
}

static int64_t last_known(const struct timeline *timeline)
{
	const struct boot_record *boot = &timeline->boot;
	int64_t end_us = later(later(0, boot->init_us), later(boot->mounted_us, boot->loaded_us));

	for (size_t i = 0; i < timeline->count; i++) {
		const struct times_record *times = &timeline->lanes[i].times;

		end_us = later(
			end_us, later(times->start_us, later(times->exec_us, times->ready_us)));
	}
	return end_us;
}

/* What was started when the node was ready already is not part of the boot. */
static void choose_lanes(struct timeline *timeline)
{
	timeline->order = must_resize(NULL, timeline->count + 1, sizeof(const struct lane *));
	for (size_t i = 0; i < timeline->count; i++) {
		struct lane *lane = &timeline->lanes[i];

		/* The condition of one that is skipped was looked at; it was not started. */
		lane->drawn = lane->times.start_us != RECORD_UNKNOWN &&
			      lane->times.state != STATE_SKIPPED &&
			      lane->times.start_us <= timeline->end_us;
		if (lane->drawn)
			timeline->order[timeline->drawn++] = lane;
	}
	if (timeline->drawn > 0)
		qsort(timeline->order, timeline->drawn, sizeof(const struct lane *), by_start);
}

/* The one of the list that was ready last before `lane` was started, if later than *best. */
static void consider_list(const struct timeline *timeline, const char *list,
	const struct lane *lane, const struct lane **best)
{
	const char *name;
	size_t length;

	while (timeline_next_name(&list, &name, &length)) {
		const struct lane *other = timeline_find(timeline, name, length);

		if (other == NULL || other == lane || other->times.ready_us == RECORD_UNKNOWN ||
			other->times.ready_us > lane->times.start_us)
			continue;
		if (*best == NULL || other->times.ready_us > (*best)->times.ready_us)
			*best = other;
	}
}

/* What `lane` was started for having waited for; NULL: nothing. *order_only: it comes after that. */
static const struct lane *predecessor(
	const struct timeline *timeline, const struct lane *lane, bool *order_only)
{
	const struct lane *best = NULL, *needed;

	consider_list(timeline, lane->times.needs, lane, &best);
	needed = best;
	consider_list(timeline, lane->times.after, lane, &best);
	*order_only = best != needed;
	return best;
}

/* The service that was ready last; if the node is not ready, the one started last that is not. */
static const struct lane *last_lane(const struct timeline *timeline)
{
	const struct lane *last = NULL;

	for (size_t i = 0; i < timeline->drawn; i++) {
		const struct lane *lane = timeline->order[i];
		bool open = lane->times.ready_us == RECORD_UNKNOWN;

		if (timeline_ready(timeline)) {
			if (open || lane->times.ready_us > timeline->end_us)
				continue;
			if (last == NULL || lane->times.ready_us > last->times.ready_us)
				last = lane;
		} else if (open) {
			last = lane;
		}
	}
	return last;
}

static void add_link(struct timeline *timeline, enum link_kind kind, const struct lane *lane,
	int64_t from_us, int64_t until_us)
{
	if (from_us == RECORD_UNKNOWN || until_us == RECORD_UNKNOWN)
		return;
	timeline->path[timeline->links++] = (struct link){
		.kind = kind,
		.lane = lane,
		.from_us = from_us,
		.until_us = until_us < from_us ? from_us : until_us,
	};
}

/* The links of services, the last one first; returns how many. Each is counted once. */
static size_t collect(const struct timeline *timeline, struct link *links)
{
	const struct lane *lane = last_lane(timeline);
	enum link_kind kind = LINK_LAST;
	size_t count = 0;

	while (lane != NULL && count < timeline->count) {
		bool order_only;

		links[count++] = (struct link){ .kind = kind, .lane = lane };
		lane = predecessor(timeline, lane, &order_only);
		kind = order_only ? LINK_BEFORE : LINK_NEEDED;
	}
	return count;
}

static void find_path(struct timeline *timeline)
{
	const struct boot_record *boot = &timeline->boot;
	struct link *links = must_resize(NULL, timeline->count + 1, sizeof(*links));
	size_t count = collect(timeline, links);
	int64_t at_us = boot->loaded_us;

	/* PID 1's three links and the node's besides. */
	timeline->path = must_resize(NULL, count + 4, sizeof(*timeline->path));
	add_link(timeline, LINK_KERNEL, NULL, 0, boot->init_us);
	add_link(timeline, LINK_MOUNTS, NULL, boot->init_us, boot->mounted_us);
	add_link(timeline, LINK_FILES, NULL, boot->mounted_us, boot->loaded_us);
	while (count-- > 0) {
		const struct lane *lane = links[count].lane;
		bool open = lane->times.ready_us == RECORD_UNKNOWN;
		int64_t until_us = open ? timeline->end_us : lane->times.ready_us;

		timeline->lanes[lane - timeline->lanes].critical = true;
		add_link(timeline, links[count].kind, lane, at_us, until_us);
		at_us = until_us;
	}
	if (timeline_ready(timeline))
		add_link(timeline, LINK_NODE, NULL, at_us, timeline->end_us);
	free(links);
}

void timeline_compute(struct timeline *timeline)
{
	if (timeline->count > 0)
		qsort(timeline->lanes, timeline->count, sizeof(*timeline->lanes), by_name);
	timeline->end_us =
		timeline_ready(timeline) ? timeline->boot.ready_us : last_known(timeline);
	choose_lanes(timeline);
	find_path(timeline);
}

const char *link_name(const struct link *link)
{
	switch (link->kind) {
	case LINK_KERNEL:
		return "kernel";
	case LINK_MOUNTS:
		return "mounts";
	case LINK_FILES:
		return "service files";
	case LINK_NODE:
		return "node ready";
	default:
		return link->lane->times.name;
	}
}

bool link_open(const struct link *link)
{
	return link->lane != NULL && link->lane->times.ready_us == RECORD_UNKNOWN &&
	       link->lane->times.state_name != NULL;
}

void timeline_add_ms(struct text *out, int64_t us)
{
	int64_t tenths = (us + 50) / 100;

	if (us == RECORD_UNKNOWN)
		text_add(out, "-");
	else
		text_format(out, "%" PRId64 ".%d", tenths / 10, (int)(tenths % 10));
}
