/* SPDX-License-Identifier: MIT */
/*
 * Short explanations: how a run ended, who waits for whom, one line for a table or an error. The
 * whole story of one service is in explain_whole.c. See explain.h.
 */
#include "svctl/explain.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "basics/signal_name.h"
#include "svctl/escape.h"

enum {
	CHAIN_MOST = 32, /* services followed from one that waits to the cause */
	CULPRITS_MOST = 4, /* services named when the node is not well */
};

static const char after_prefix[] = "after:";

static bool order_only(const struct service_record *service)
{
	return service->blocked_by != NULL &&
	       strncmp(service->blocked_by, after_prefix, sizeof(after_prefix) - 1) == 0;
}

const char *explain_blocker(const struct service_record *service)
{
	if (service->state != STATE_WAITING || service->blocked_by == NULL)
		return NULL;
	return order_only(service) ? service->blocked_by + sizeof(after_prefix) - 1
				   : service->blocked_by;
}

const struct service_record *explain_root(
	const struct snapshot *snapshot, const struct service_record *service)
{
	for (int i = 0; i < CHAIN_MOST; i++) {
		const char *name = explain_blocker(service);
		const struct service_record *next =
			name == NULL ? NULL : snapshot_find(snapshot, name);

		if (next == NULL)
			return service;
		service = next;
	}
	return service;
}

static bool has_ended(int state)
{
	return state == STATE_DONE || state == STATE_FAILED || state == STATE_SKIPPED ||
	       state == STATE_INVALID || state == STATE_STOPPED;
}

bool explain_hopeless(const struct snapshot *snapshot, const struct service_record *service)
{
	const struct service_record *root = explain_root(snapshot, service);

	if (service->state != STATE_WAITING)
		return false;
	if (root == service) /* not in the snapshot: what PID 1 said of it has to do */
		return service->blocked_state != NULL &&
		       has_ended(service_state_parse(service->blocked_state));
	return has_ended(root->state);
}

static void add_cause(struct text *out, const struct service_record *service)
{
	if (service->exit_cause == NULL)
		return;
	if (strcmp(service->exit_cause, "start-timeout") == 0) {
		text_add(out, "was not ready within its start-timeout");
		if (service->start_timeout_ms > 0 && service->start_timeout_ms < UINT32_MAX) {
			text_add(out, " of ");
			text_add_time(out, service->start_timeout_ms);
		}
		text_add(out, " and ");
	} else if (strcmp(service->exit_cause, "watchdog") == 0) {
		text_add(out, "did not send WATCHDOG=1 in time and ");
	} else if (strcmp(service->exit_cause, "asked") == 0) {
		text_add(out, "was told to stop and ");
	}
}

static void add_failed_step(struct text *out, const struct service_record *service)
{
	text_add(out, "could not be started: ");
	if (strcmp(service->step, "user") == 0 && service->error_number == ENOENT &&
		service->user != NULL) {
		text_add(out, "there is no user '");
		escape_line(out, service->user);
		text_add(out, "'");
		return;
	}
	if (strcmp(service->step, "group") == 0 && service->error_number == ENOENT &&
		service->group != NULL) {
		text_add(out, "there is no group '");
		escape_line(out, service->group);
		text_add(out, "'");
		return;
	}
	escape_line(out, service->step);
	if (service->error_number > 0 && service->error_number < 4096)
		text_format(out, ": %s", strerror((int)service->error_number));
}

static void add_oom(struct text *out, const struct service_record *service)
{
	bool exited = service->exit_code >= 0;

	/* One of its processes was killed, and the main one may have made the best of it. */
	if (exited)
		text_format(out, "exited with code %d after the kernel had killed a process of it",
			(int)service->exit_code);
	if (service->memory_max > 0) {
		text_add(out, exited ? ": it " : "");
		text_add(out, "used more memory than its memory-max of ");
		text_add_size(out, (uint64_t)service->memory_max);
		text_add(out, exited ? "" : " and was killed by the kernel");
	} else {
		text_add(out, exited ? "" : "was killed by the kernel");
		text_add(out, ": the node was out of memory");
	}
}

static void add_signal(struct text *out, const struct service_record *service)
{
	int number = (int)service->exit_signal;
	const char *name = signal_name(number);

	if (name == NULL)
		text_format(out, "was killed by signal %d", number);
	else
		text_format(out, "was killed by SIG%s (%s)", name, strsignal(number));
	if (number == SIGSYS && service->system_calls == 1)
		text_add(out, ": it made a system call that its system-calls does not allow");
}

bool explain_death(struct text *out, const struct service_record *service)
{
	if (service->step != NULL && service->step[0] != '\0') {
		add_failed_step(out, service);
	} else if (service->oom == 1) {
		add_oom(out, service);
	} else if (service->exit_signal > 0 && service->exit_signal < 128) {
		add_cause(out, service);
		add_signal(out, service);
	} else if (service->exit_code >= 0) {
		add_cause(out, service);
		text_format(out, "exited with code %d", (int)service->exit_code);
	} else {
		return false;
	}
	return true;
}

static void add_blocker(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service)
{
	const char *name = explain_blocker(service);
	const struct service_record *blocker;
	const char *state;

	if (name == NULL)
		return;
	blocker = snapshot_find(snapshot, name);
	state = blocker == NULL ? service->blocked_state : blocker->state_name;
	text_add(out, order_only(service) ? "comes after " : "needs ");
	escape_line(out, name);
	if (state != NULL) {
		text_add(out, " (");
		escape_line(out, state);
		text_add(out, ")");
	}
}

static void add_condition(struct text *out, const struct service_record *service)
{
	if (service->when == NULL || service->when[0] == '\0') {
		text_add(out, "left out");
	} else if (strncmp(service->when, "path:", 5) == 0) {
		text_add(out, "there is no ");
		escape_line(out, service->when + 5);
	} else if (strncmp(service->when, "cmdline:", 8) == 0) {
		text_add(out, "not on the kernel command line: ");
		escape_line(out, service->when + 8);
	} else {
		text_add(out, "left out by ");
		escape_line(out, service->when);
		text_add(out, " on the kernel command line");
	}
}

static void add_next_start(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service)
{
	int64_t until = snapshot_until(snapshot, service->next_start_ms);

	if (until == RECORD_UNKNOWN)
		return;
	text_add(out, out->length == 0 ? "starts again in " : ", starts again in ");
	text_add_time(out, until);
}

/*
 * What it says itself; else how its last run ended, if it had to be started again; else its
 * file's words.
 */
static void add_own_words(struct text *out, const struct service_record *service)
{
	if (service->reloading == 1 && record_runs(service))
		text_add(out, "reloading");
	if (service->status != NULL && service->status[0] != '\0') {
		text_add(out, out->length > 0 ? "; " : "");
		escape_line(out, service->status);
	} else if (out->length > 0) {
		return;
	} else if (service->restarts > 0) {
		struct text death = { 0 };

		if (explain_death(&death, service))
			text_format(out, "before: %s", text_string(&death));
		text_free(&death);
	} else if (service->description != NULL) {
		escape_line(out, service->description);
	}
}

void explain_detail(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service)
{
	struct text detail = { 0 };

	switch (service->state) {
	case STATE_WAITING:
		add_blocker(&detail, snapshot, service);
		break;
	case STATE_BACKOFF:
		explain_death(&detail, service);
		add_next_start(&detail, snapshot, service);
		break;
	case STATE_FAILED:
		explain_death(&detail, service);
		break;
	case STATE_SKIPPED:
		add_condition(&detail, service);
		break;
	case STATE_INVALID:
		if (service->error != NULL)
			escape_line(&detail, service->error);
		break;
	case STATE_RUNNING:
		if (service->ready_wait != NULL && service->status == NULL)
			text_add(&detail, "has not said that it is ready");
		break;
	default:
		break;
	}
	if (detail.length == 0)
		add_own_words(&detail, service);
	text_add(out, text_string(&detail));
	text_free(&detail);
}

void explain_reason(
	struct text *out, const struct snapshot *snapshot, const struct service_record *service)
{
	const struct service_record *root = explain_root(snapshot, service);
	struct text detail = { 0 };

	escape_line(out, service->state_name == NULL ? "?" : service->state_name);
	explain_detail(&detail, snapshot, service);
	if (detail.length > 0)
		text_format(out, ": %s", text_string(&detail));
	if (root != service) {
		text_clear(&detail);
		explain_detail(&detail, snapshot, root);
		text_add(out, "; ");
		escape_line(out, root->name);
		text_add(out, " is ");
		escape_line(out, root->state_name == NULL ? "?" : root->state_name);
		if (detail.length > 0)
			text_format(out, ": %s", text_string(&detail));
	}
	text_free(&detail);
}

/*
 * Why is the node in its state? Because of services like this. While it boots, nobody waits for one
 * whose need is left out or has ended: PID 1's graph.c counts them in the same way.
 */
static bool is_culprit(
	const struct snapshot *snapshot, const struct service_record *service, bool booting)
{
	switch (service->state) {
	case STATE_FAILED:
	case STATE_INVALID:
		return true;
	case STATE_READY:
	case STATE_DONE:
	case STATE_SKIPPED:
		return false;
	case STATE_STOPPED:
		return service->essential == 1;
	default:
		return service->essential == 1 || (booting && !explain_hopeless(snapshot, service));
	}
}

void explain_node(struct text *out, const struct snapshot *snapshot)
{
	const char *state = snapshot->node.state;
	bool booting = state != NULL && node_state_parse(state) == NODE_BOOTING;
	bool degraded = state != NULL && node_state_parse(state) == NODE_DEGRADED;
	size_t culprits = 0;

	for (size_t i = 0; i < snapshot->count && (booting || degraded); i++) {
		const struct service_record *service = &snapshot->services[i];

		if (!is_culprit(snapshot, service, booting) || ++culprits > CULPRITS_MOST)
			continue;
		text_add(out, culprits == 1 ? "" : ", ");
		escape_line(out, service->name);
		text_add(out, " (");
		escape_line(out, service->state_name == NULL ? "?" : service->state_name);
		text_add(out, ")");
	}
	if (culprits > CULPRITS_MOST)
		text_format(out, " and %zu more", culprits - CULPRITS_MOST);
}
