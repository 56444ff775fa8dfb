/* SPDX-License-Identifier: MIT */
/*
 * The whole story of one service, a sentence a line, for somebody who was woken up by it: what
 * is, why, what happens next, what can be done. See explain.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "control/protocol.h"
#include "svctl/escape.h"
#include "svctl/explain.h"

enum { CHAIN_TOLD = 8 }; /* links of a chain of needs that are told one by one */

struct story {
	struct text *out;
	const struct snapshot *snapshot;
	const struct service_record *service;
};

static void say(const struct story *story, const char *words)
{
	text_add(story->out, words);
}

static void say_escaped(const struct story *story, const char *words)
{
	escape_line(story->out, words);
}

/* " for 3.2s", " 3.2s ago": how long it has been in its state. */
static void say_age(const struct story *story, const char *before, const char *behind)
{
	int64_t age = snapshot_age(story->snapshot, story->service);

	if (age == RECORD_UNKNOWN)
		return;
	say(story, before);
	text_add_time(story->out, age);
	say(story, behind);
}

static void say_pid(const struct story *story)
{
	if (story->service->pid > 0)
		text_format(story->out, " (process %" PRId64 ")", story->service->pid);
}

/* A time of the service's file, if there is one: neither 0 nor never. */
static bool is_limit(int64_t ms)
{
	return ms > 0 && ms < UINT32_MAX;
}

/* "in 3.2s" of a limit that counts from the state's beginning; "any moment" when it is over. */
static void say_rest(const struct story *story, int64_t limit_ms)
{
	int64_t age = snapshot_age(story->snapshot, story->service);

	if (age == RECORD_UNKNOWN || age >= limit_ms) {
		say(story, "any moment now");
		return;
	}
	say(story, "in ");
	text_add_time(story->out, limit_ms - age);
}

static bool is_task(const struct service_record *service)
{
	return service->type != NULL && strcmp(service->type, "task") == 0;
}

static void tell_running(const struct story *story)
{
	const struct service_record *service = story->service;

	if (is_task(service)) {
		say(story, " has been at work");
		say_age(story, " for ", "");
		say_pid(story);
		say(story, ".\nIt is a task: it is done when it exits with code 0.\n");
		return;
	}
	say(story, " has been running");
	say_age(story, " for ", "");
	say_pid(story);
	say(story, ", but has not said that it is ready.\n");
	if (service->ready_wait != NULL && strcmp(service->ready_wait, "notify") == 0)
		say(story, "It is to say so by sending READY=1 to $NOTIFY_SOCKET.\n");
	else if (service->ready_wait != NULL)
		say(story, "It is to say so by writing a newline to the descriptor its file names "
			   "(ready = fd:N).\n");
	if (is_limit(service->start_timeout_ms)) {
		say(story, "If it does not, it is stopped ");
		say_rest(story, service->start_timeout_ms);
		say(story, " (start-timeout).\n");
	}
}

static void tell_stopping(const struct story *story)
{
	say(story, " has been stopping");
	say_age(story, " for ", "");
	say_pid(story);
	say(story, ".\n");
	if (is_limit(story->service->stop_timeout_ms)) {
		say(story, "What is left of it is killed ");
		say_rest(story, story->service->stop_timeout_ms);
		say(story, " (stop-timeout).\n");
	}
}

static void tell_backoff(const struct story *story)
{
	int64_t until = snapshot_until(story->snapshot, story->service->next_start_ms);

	say(story, " died");
	say_age(story, " ", " ago");
	say(story, " and is started again");
	if (until != RECORD_UNKNOWN) {
		say(story, " in ");
		text_add_time(story->out, until);
	}
	say(story, ".\n");
}

static void tell_skipped(const struct story *story)
{
	const char *when = story->service->when;

	say(story, " is left out on this node.\n");
	if (when == NULL)
		return;
	if (strncmp(when, "path:", 5) != 0 && strncmp(when, "cmdline:", 8) != 0) {
		say(story, "The kernel command line asks for that: ");
		say_escaped(story, when);
		say(story, " (cat /proc/cmdline).\nTo run it all the same: svctl start ");
		say_escaped(story, story->service->name);
		say(story, "\n");
		return;
	}
	say(story, "Its file says 'when = ");
	say_escaped(story, when);
	say(story, when[0] == 'p'
			   ? "', and there is no such path.\n"
			   : "', and the kernel was not started with that (cat /proc/cmdline).\n");
}

static void tell_invalid(const struct story *story)
{
	say(story, " never runs: its file has an error.\n" SERVICE_DIRECTORY "/");
	say_escaped(story, story->service->name);
	if (story->service->error != NULL) {
		say(story, ": ");
		say_escaped(story, story->service->error);
	}
	say(story, "\nAll its errors: svctl check " SERVICE_DIRECTORY "/");
	say_escaped(story, story->service->name);
	say(story, "\n");
}

/* The first sentence, and what belongs to the state alone. */
static void tell_state(const struct story *story)
{
	say_escaped(story, story->service->name);
	switch (story->service->state) {
	case STATE_WAITING:
		say(story, " has been waiting");
		say_age(story, " for ", "");
		say(story, " to be started.\n");
		break;
	case STATE_STARTING:
		say(story, " has been starting");
		say_age(story, " for ", "");
		say_pid(story);
		say(story, "; its program does not run yet.\n");
		break;
	case STATE_RUNNING:
		tell_running(story);
		break;
	case STATE_READY:
		say(story, " has been ready");
		say_age(story, " for ", "");
		say_pid(story);
		say(story, ".\n");
		break;
	case STATE_STOPPING:
		tell_stopping(story);
		break;
	case STATE_BACKOFF:
		tell_backoff(story);
		break;
	case STATE_DONE:
		say(story, " finished its work");
		say_age(story, " ", " ago");
		say(story, " and is not to run again.\n");
		break;
	case STATE_FAILED:
		say(story, " failed");
		say_age(story, " ", " ago");
		say(story, " and is not started again by itself.\n");
		break;
	case STATE_SKIPPED:
		tell_skipped(story);
		break;
	case STATE_INVALID:
		tell_invalid(story);
		break;
	case STATE_STOPPED:
		if (story->service->start != NULL) {
			say(story, " does not run. Its file says 'start = need': it starts with a "
				   "service that needs it.\n");
			break;
		}
		say(story, " was stopped");
		say_age(story, " ", " ago");
		say(story, " because somebody asked for it.\n");
		break;
	default:
		say(story, " is ");
		say_escaped(story, story->service->state_name == NULL ? "in no known state"
								      : story->service->state_name);
		say(story, ".\n");
		break;
	}
}

/* What was to be run, and what its errno usually means. */
static void tell_exec(const struct story *story)
{
	const struct service_record *service = story->service;

	if (service->step == NULL || strcmp(service->step, "exec") != 0)
		return;
	if (service->exec != NULL) {
		say(story, "What was to be run: ");
		say_escaped(story, service->exec);
		say(story, "\n");
	}
	if (service->error_number == ENOENT)
		say(story, "If that program is there, what its first line (#!) names is not.\n");
	else if (service->error_number == EACCES)
		say(story, "Is it executable, and may its user reach it?\n");
	else if (service->error_number == ENOEXEC)
		say(story, "It is a script without a first line (#!), or was not built for this "
			   "processor.\n");
}

static void tell_death(const struct story *story)
{
	const struct service_record *service = story->service;
	struct text death = { 0 };

	if (explain_death(&death, service)) {
		bool is_cause = service->state == STATE_BACKOFF || service->state == STATE_FAILED;

		say(story, is_cause ? "It " : "The last time it ended, it ");
		say(story, text_string(&death));
		say(story, ".\n");
		tell_exec(story);
	}
	text_free(&death);
	if (service->restarts > 0)
		text_format(story->out, "It has been started again %" PRId64 " time%s.\n",
			service->restarts, service->restarts == 1 ? "" : "s");
}

/* What a service that others wait for is doing, after "NAME, which". */
static const char *doing(const struct service_record *service)
{
	switch (service->state) {
	case STATE_WAITING:
		return "waits as well";
	case STATE_STARTING:
		return "is being started";
	case STATE_RUNNING:
		return is_task(service) ? "is still at work" : "runs but is not ready yet";
	case STATE_READY:
		return "is ready";
	case STATE_STOPPING:
		return "is stopping";
	case STATE_BACKOFF:
		return "keeps dying";
	case STATE_DONE:
		return "has ended";
	case STATE_FAILED:
		return "has failed";
	case STATE_SKIPPED:
		return "is left out on this node";
	case STATE_INVALID:
		return "has an error in its file";
	case STATE_STOPPED:
		return "was stopped";
	default:
		return "is in an unknown state";
	}
}

static void tell_link(
	const struct story *story, const char *waiting, const struct service_record *service)
{
	const char *name = explain_blocker(service);
	const struct service_record *next = snapshot_find(story->snapshot, name);

	say_escaped(story, waiting);
	say(story, strcmp(name, service->blocked_by) == 0 ? " needs " : " comes after ");
	say_escaped(story, name);
	if (next != NULL) {
		say(story, ", which ");
		say(story, doing(next));
	}
	say(story, ".\n");
}

/* The end of the chain: why that one is not there, and what to do about it. */
static void tell_root(const struct story *story, const struct service_record *root)
{
	struct text detail = { 0 };

	if ((root->state == STATE_BACKOFF || root->state == STATE_FAILED) &&
		explain_death(&detail, root)) {
		say_escaped(story, root->name);
		text_format(story->out, " %s.\n", text_string(&detail));
	} else {
		explain_detail(&detail, story->snapshot, root);
		if (detail.length > 0) {
			say_escaped(story, root->name);
			text_format(story->out, ": %s\n", text_string(&detail));
		}
	}
	text_free(&detail);
	if (root->state == STATE_FAILED || root->state == STATE_STOPPED ||
		root->state == STATE_DONE)
		say(story, "Nothing goes on by itself here. When that is repaired: svctl start ");
	else
		say(story, "More about it: svctl why ");
	say_escaped(story, root->name);
	say(story, "\n");
}

static void tell_needs(const struct story *story)
{
	const struct service_record *at = story->service;
	const struct service_record *root = explain_root(story->snapshot, at);

	for (int i = 0; i < CHAIN_TOLD && at != NULL && explain_blocker(at) != NULL; i++) {
		tell_link(story, i == 0 ? "It" : at->name, at);
		at = snapshot_find(story->snapshot, explain_blocker(at));
	}
	if (root != story->service)
		tell_root(story, root);
}

static void tell_log(const struct story *story)
{
	const struct service_record *service = story->service;

	if (service->log_dropped <= 0)
		return;
	say(story, "Its log keeps the newest ");
	text_add_size(story->out, service->log_bytes < 0 ? 0 : (uint64_t)service->log_bytes);
	say(story, "; ");
	text_add_size(story->out, (uint64_t)service->log_dropped);
	say(story, " before that are dropped.\n");
}

static void tell_advice(const struct story *story)
{
	if (story->service->state != STATE_FAILED && story->service->state != STATE_STOPPED)
		return;
	say(story, "To try again: svctl start ");
	say_escaped(story, story->service->name);
	say(story, "\n");
}

void explain_whole(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service)
{
	const struct story story = { out, snapshot, service };

	tell_state(&story);
	if (service->reloading == 1 && record_runs(service))
		say(&story,
			"It is reading its settings again, and has not said that it is done.\n");
	if (service->status != NULL && service->status[0] != '\0' && record_runs(service)) {
		say(&story, "It says: ");
		say_escaped(&story, service->status);
		say(&story, "\n");
	}
	tell_needs(&story);
	tell_death(&story);
	tell_log(&story);
	tell_advice(&story);
}
