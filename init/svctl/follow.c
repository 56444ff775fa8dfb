/* SPDX-License-Identifier: MIT */
/*
 * svctl start, stop, restart and wait: ask, then follow the changes until every service named is
 * where it was sent, or will not get there. What counts as "there" is in goal.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "svctl/command.h"
#include "svctl/explain.h"
#include "svctl/goal.h"
#include "svctl/message.h"
#include "svctl/snapshot.h"
#include "svctl/stream.h"

/*
 * How often what a waiting service waits for is looked at: its own stream tells only its
 * changes.
 */
enum {
	LOOK_MS = 250,
	LOOK_RARELY_MS = 5000, /* a service that a rescan removed has no more changes to tell */
};

struct target {
	const char *name;
	int state; /* enum service_state, -1 before the first word of it */
	int64_t at_ms;
	enum verdict verdict;
};

struct follow {
	const struct invocation *invocation;
	enum goal goal;
	struct stream stream;
	struct target *targets;
	size_t count;
	int64_t asked_ms; /* the node's clock when it was asked; RECORD_UNKNOWN before */
	int64_t deadline;
	int status;
};

static bool is_open(const struct target *target)
{
	return target->verdict == VERDICT_PENDING || target->verdict == VERDICT_UNSURE;
}

static bool any_open(const struct follow *follow)
{
	for (size_t i = 0; i < follow->count; i++) {
		if (is_open(&follow->targets[i]))
			return true;
	}
	return false;
}

static bool any_unsure(const struct follow *follow)
{
	for (size_t i = 0; i < follow->count; i++) {
		if (follow->targets[i].verdict == VERDICT_UNSURE)
			return true;
	}
	return false;
}

/* Says in one line why a service is not where it should be. `snapshot` holds all services. */
static void tell_missed(const struct follow *follow, const struct snapshot *snapshot,
	const struct target *target, const char *late)
{
	const struct service_record *service = snapshot_find(snapshot, target->name);
	struct text reason = { 0 };

	if (service != NULL) {
		/* It died, and may be on its way again since. */
		if (target->state == STATE_BACKOFF && service->state != STATE_BACKOFF) {
			explain_death(&reason, service);
			text_add(&reason, reason.length > 0 ? "; now " : "");
		}
		explain_reason(&reason, snapshot, service);
	}
	complain("%s %s: %s%s", follow->invocation->command, target->name, late,
		text_string(&reason));
	text_free(&reason);
}

static void miss(struct follow *follow, struct target *target)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, NULL);

	target->verdict = VERDICT_MISSED;
	follow->status = EXIT_TRIED_AND_FAILED;
	if (status == EXIT_DONE)
		tell_missed(follow, &snapshot, target, "");
	snapshot_free(&snapshot);
}

static void judge(struct follow *follow, struct target *target)
{
	enum verdict verdict = goal_judge(follow->goal, target->state);
	bool before_restart = strcmp(follow->invocation->command, "restart") == 0 &&
			      target->at_ms != RECORD_UNKNOWN && target->at_ms < follow->asked_ms;

	/* While what needs it goes down first, a service to be restarted is still ready. */
	if (verdict == VERDICT_REACHED && before_restart)
		verdict = VERDICT_PENDING;
	if (verdict == VERDICT_MISSED) {
		miss(follow, target);
		return;
	}
	target->verdict = verdict;
	if (verdict == VERDICT_REACHED && follow->goal != GOAL_AWAIT) {
		printf("%s: %s\n", target->name,
			service_state_name((enum service_state)target->state));
		fflush(stdout);
	}
}

static void judge_open(struct follow *follow)
{
	for (size_t i = 0; i < follow->count; i++) {
		if (is_open(&follow->targets[i]))
			judge(follow, &follow->targets[i]);
	}
}

static void note_state(struct follow *follow)
{
	const struct service_record *service = &follow->stream.service;

	for (size_t i = 0; i < follow->count; i++) {
		struct target *target = &follow->targets[i];

		if (strcmp(target->name, service->name) != 0)
			continue;
		target->state = service->state;
		target->at_ms =
			service->at_ms == RECORD_UNKNOWN ? service->since_ms : service->at_ms;
		if (follow->stream.live && is_open(target))
			judge(follow, target);
	}
}

static void tell_removed(struct follow *follow, struct target *target)
{
	target->verdict = follow->goal == GOAL_DOWN ? VERDICT_REACHED : VERDICT_MISSED;
	if (target->verdict == VERDICT_REACHED)
		return;
	follow->status = EXIT_NO_SUCH_SERVICE;
	complain(
		"%s %s: its file is not there any more", follow->invocation->command, target->name);
}

/* Looks at what the unsure ones wait for. False: PID 1 did not answer. */
static bool look_at_open(struct follow *follow)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, NULL);

	for (size_t i = 0; i < follow->count && status == EXIT_DONE; i++) {
		struct target *target = &follow->targets[i];
		const struct service_record *service = snapshot_find(&snapshot, target->name);

		if (service == NULL && is_open(target))
			tell_removed(follow, target);
		if (target->verdict != VERDICT_UNSURE || service == NULL)
			continue;
		if (service->state != STATE_STOPPED && !explain_hopeless(&snapshot, service))
			continue;
		target->verdict = VERDICT_MISSED;
		follow->status = EXIT_TRIED_AND_FAILED;
		tell_missed(follow, &snapshot, target, "");
	}
	snapshot_free(&snapshot);
	if (status != EXIT_DONE)
		follow->status = status;
	return status == EXIT_DONE;
}

static void tell_late(struct follow *follow)
{
	struct snapshot snapshot;
	struct text late = { 0 };
	int status = snapshot_take(&snapshot, NULL);

	follow->status = EXIT_TRIED_AND_FAILED;
	text_add(&late, follow->goal == GOAL_DOWN ? "not stopped within " : "not ready within ");
	text_add_time(&late, follow->invocation->timeout_ms);
	text_add(&late, "; it is ");
	for (size_t i = 0; i < follow->count && status == EXIT_DONE; i++) {
		if (is_open(&follow->targets[i]))
			tell_missed(follow, &snapshot, &follow->targets[i], text_string(&late));
	}
	text_free(&late);
	snapshot_free(&snapshot);
}

static int64_t next_look(const struct follow *follow)
{
	int64_t look;

	if (!follow->stream.live)
		return follow->deadline;
	look = connection_clock() + (any_unsure(follow) ? LOOK_MS : LOOK_RARELY_MS);

	return follow->deadline == CONNECTION_NO_DEADLINE || look < follow->deadline
		       ? look
		       : follow->deadline;
}

static bool is_late(const struct follow *follow)
{
	return follow->deadline != CONNECTION_NO_DEADLINE && connection_clock() >= follow->deadline;
}

/* Takes what the stream brings next. False: there is nothing more to wait for. */
static bool follow_once(struct follow *follow)
{
	switch (stream_next(&follow->stream, next_look(follow))) {
	case STREAM_NODE:
		if (follow->asked_ms == RECORD_UNKNOWN)
			follow->asked_ms = follow->stream.node.now_ms;
		return true;
	case STREAM_STATE:
		note_state(follow);
		return true;
	case STREAM_LIVE:
		judge_open(follow);
		return true;
	case STREAM_LATE:
		if (!is_late(follow))
			return look_at_open(follow);
		tell_late(follow);
		return false;
	case STREAM_END:
		follow->status = follow->stream.status;
		return false;
	default:
		return true;
	}
}

static int64_t deadline_of(const struct invocation *invocation)
{
	if (invocation->timeout_ms == COMMAND_NO_TIMEOUT)
		return CONNECTION_NO_DEADLINE;
	return connection_clock() + invocation->timeout_ms;
}

static int follow_names(const struct invocation *invocation, const char *verb, enum goal goal)
{
	struct follow follow = {
		.invocation = invocation,
		.goal = goal,
		.count = invocation->names_count,
		.asked_ms = RECORD_UNKNOWN,
		.deadline = deadline_of(invocation),
	};

	follow.status = stream_open(&follow.stream, verb, invocation->names);
	if (follow.status != EXIT_DONE)
		return follow.status;
	follow.targets = must_resize(NULL, follow.count, sizeof(*follow.targets));
	for (size_t i = 0; i < follow.count; i++)
		follow.targets[i] = (struct target){
			.name = invocation->names[i],
			.state = -1,
			.verdict = VERDICT_PENDING,
		};
	while (any_open(&follow) && follow_once(&follow))
		;
	stream_close(&follow.stream);
	free(follow.targets);
	return follow.status;
}

/* The verb is carried out once the first state has come; nobody waits for what becomes of it. */
static int only_ask(const struct invocation *invocation)
{
	struct stream stream;
	enum stream_event event;
	int status = stream_open(&stream, invocation->command, invocation->names);

	if (status != EXIT_DONE)
		return status;
	do {
		event = stream_next(&stream, CONNECTION_NO_DEADLINE);
	} while (event != STREAM_LIVE && event != STREAM_END);
	stream_close(&stream);
	return event == STREAM_END ? stream.status : EXIT_DONE;
}

int command_change(const struct invocation *invocation)
{
	bool down = strcmp(invocation->command, "stop") == 0;

	if (invocation->no_wait)
		return only_ask(invocation);
	return follow_names(invocation, invocation->command, down ? GOAL_DOWN : GOAL_UP);
}

/* The node's turn: ready is what is waited for, and a node that stops never gets there. */
static int await_node(const struct invocation *invocation)
{
	char *nobody[] = { NULL };
	struct stream stream;
	int64_t deadline = deadline_of(invocation);
	int state = -1;
	int status = stream_open(&stream, "watch", nobody);

	if (status != EXIT_DONE)
		return status;
	while (state != NODE_READY && state != NODE_STOPPING && status == EXIT_DONE) {
		switch (stream_next(&stream, deadline)) {
		case STREAM_NODE:
			if (stream.node.state != NULL)
				state = node_state_parse(stream.node.state);
			break;
		case STREAM_LATE:
			complain("wait: the node is not ready in time; it is %s",
				state < 0 ? "in no known state"
					  : node_state_name((enum node_state)state));
			status = EXIT_TRIED_AND_FAILED;
			break;
		case STREAM_END:
			status = stream.status;
			break;
		default:
			break;
		}
	}
	stream_close(&stream);
	if (state == NODE_STOPPING) {
		complain("wait: the node is stopping");
		return EXIT_TRIED_AND_FAILED;
	}
	return status;
}

int command_wait(const struct invocation *invocation)
{
	if (strcmp(invocation->names[0], "ready") == 0)
		return await_node(invocation);
	return follow_names(invocation, "watch", GOAL_AWAIT);
}
