/* SPDX-License-Identifier: MIT */
/* Before and after a rescan: see difference.h. */
#include "svctl/difference.h"

#include <string.h>

#include "svctl/escape.h"
#include "svctl/explain.h"

struct difference {
	struct text *out;
	const struct snapshot *before, *after;
	size_t lines;
	size_t begun; /* unchanged ones that were started again */
	size_t invalid;
};

static bool same(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* It entered its state when the rescan was under way. */
static bool begun_anew(const struct difference *difference, const struct service_record *service)
{
	return service->since_ms != RECORD_UNKNOWN &&
	       service->since_ms >= difference->before->node.now_ms;
}

/* Without digests, what PID 1 tells of a file has to do; and what changed begins anew. */
static bool changed(const struct difference *difference, const struct service_record *old,
	const struct service_record *new)
{
	if (old->digest != NULL && new->digest != NULL)
		return strcmp(old->digest, new->digest) != 0 || !same(old->error, new->error);
	return !same(old->description, new->description) || !same(old->exec, new->exec) ||
	       !same(old->type, new->type) || !same(old->user, new->user) ||
	       !same(old->error, new->error) || !same(old->ready_wait, new->ready_wait) ||
	       old->essential != new->essential || old->memory_max != new->memory_max ||
	       old->pids_max != new->pids_max || old->start_timeout_ms != new->start_timeout_ms ||
	       old->stop_timeout_ms != new->stop_timeout_ms || begun_anew(difference, new);
}

static void add_line(
	struct difference *difference, const char *what, const struct service_record *service)
{
	struct text detail = { 0 };

	difference->lines++;
	text_format(difference->out, "%-7s  ", what);
	escape_line(difference->out, service->name);
	if (what[0] != 'r') {
		explain_reason(&detail, difference->after, service);
		text_format(difference->out, ": %s", text_string(&detail));
		if (service->state == STATE_INVALID)
			difference->invalid++;
	}
	text_add(difference->out, "\n");
	text_free(&detail);
}

static void take_new(struct difference *difference, const struct service_record *new)
{
	const struct service_record *old = snapshot_find(difference->before, new->name);

	if (old == NULL)
		add_line(difference, "new", new);
	else if (changed(difference, old, new))
		add_line(difference, "changed", new);
	else if (begun_anew(difference, new))
		difference->begun++;
}

size_t difference_write(
	struct text *out, const struct snapshot *before, const struct snapshot *after)
{
	struct difference difference = { .out = out, .before = before, .after = after };

	for (size_t i = 0; i < after->count; i++)
		take_new(&difference, &after->services[i]);
	for (size_t i = 0; i < before->count; i++)
		if (snapshot_find(after, before->services[i].name) == NULL)
			add_line(&difference, "removed", &before->services[i]);
	if (difference.lines == 0)
		text_add(out, "nothing changed\n");
	else if (difference.begun > 0)
		text_format(out,
			"%zu more changed state meanwhile, as what needs them or what "
			"they need did\n",
			difference.begun);
	return difference.invalid;
}
