/* SPDX-License-Identifier: MIT */
/* svctl boot --json: the keys that svctl(8) promises to keep. */
#include <inttypes.h>

#include "svctl/json.h"
#include "svctl/timeline.h"

/* Seconds with six decimals, or null. */
static void add_seconds(struct text *out, const char *key, int64_t us)
{
	text_format(out, ",\"%s\":", key);
	if (us == RECORD_UNKNOWN)
		text_add(out, "null");
	else
		text_format(out, "%" PRId64 ".%06d", us / 1000000, (int)(us % 1000000));
}

static void add_names(struct text *out, const char *key, const char *list)
{
	const char *name;
	size_t length;
	bool first = true;

	text_format(out, ",\"%s\":[", key);
	while (timeline_next_name(&list, &name, &length)) {
		struct text copy = { 0 };

		text_add(out, first ? "" : ",");
		text_add_bytes(&copy, name, length);
		json_string(out, text_string(&copy));
		text_free(&copy);
		first = false;
	}
	text_add(out, "]");
}

static void add_link(struct text *out, const struct link *link)
{
	static const char *const kinds[] = {
		[LINK_KERNEL] = "kernel",
		[LINK_MOUNTS] = "init",
		[LINK_FILES] = "init",
		[LINK_NEEDED] = "needs",
		[LINK_BEFORE] = "after",
		[LINK_LAST] = "last",
		[LINK_NODE] = "init",
	};

	text_add(out, "{\"name\":");
	json_string(out, link_name(link));
	text_format(out, ",\"kind\":\"%s\"", kinds[link->kind]);
	add_seconds(out, "from_seconds", link->from_us);
	add_seconds(out, "until_seconds", link->until_us);
	text_add(out, "}");
}

static void add_service(struct text *out, const struct lane *lane)
{
	text_add(out, "{\"name\":");
	json_string(out, lane->times.name);
	text_add(out, ",\"state\":");
	json_string(out, lane->times.state_name);
	add_seconds(out, "start_seconds", lane->times.start_us);
	add_seconds(out, "exec_seconds", lane->times.exec_us);
	add_seconds(out, "ready_seconds", lane->times.ready_us);
	add_names(out, "needs", lane->times.needs);
	add_names(out, "after", lane->times.after);
	text_format(out, ",\"critical\":%s}", lane->critical ? "true" : "false");
}

void timeline_write_json(struct text *out, const struct timeline *timeline)
{
	const struct boot_record *boot = &timeline->boot;

	text_add(out, "{\"version\":1,\n \"node\":{\"hostname\":");
	json_string(out, timeline->node.hostname);
	text_add(out, ",\"state\":");
	json_string(out, timeline->node.state);
	text_add(out, ",\"boot_reason\":");
	json_string(out, timeline->node.boot_reason);
	text_add(out, "},\n \"boot\":{\"kernel_seconds\":0.000000");
	add_seconds(out, "init_seconds", boot->init_us);
	add_seconds(out, "mounted_seconds", boot->mounted_us);
	add_seconds(out, "loaded_seconds", boot->loaded_us);
	add_seconds(out, "ready_seconds", boot->ready_us);
	text_add(out, "},\n \"critical_path\":[");
	for (size_t i = 0; i < timeline->links; i++) {
		text_add(out, i == 0 ? "\n  " : ",\n  ");
		add_link(out, &timeline->path[i]);
	}
	text_add(out, "],\n \"services\":[");
	for (size_t i = 0; i < timeline->count; i++) {
		text_add(out, i == 0 ? "\n  " : ",\n  ");
		add_service(out, &timeline->lanes[i]);
	}
	text_add(out, "]}\n");
}
