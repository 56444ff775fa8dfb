/* SPDX-License-Identifier: MIT */
/*
 * sd_notify messages. The first byte says whose, the second how far that service has come; the rest is the
 * text. A message concerns its sender and nobody else, starts nothing and kills nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "fuzz_node.h"
#include "pid1/line.h"
#include "pid1/notify.h"
#include "pid1/services.h"

/* What there was before the message. */
struct before {
	struct life lives[FUZZ_SERVICES_MAX];
	struct service services[FUZZ_SERVICES_MAX];
	unsigned spawned;
	unsigned signals;
};

static void come_up(struct fuzz_node *node, uint32_t index, uint8_t how_far)
{
	uint32_t count;

	(void)fuzz_node_turn(node, 1, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (i == index && how_far % 4 == 0)
			continue;
		fuzz_node_exec(node, i, STEP_NONE);
		if (i == index && how_far % 4 == 1)
			continue;
		fuzz_node_ready(node, i);
		(void)fuzz_node_turn(node, 1, &count);
	}
	if (how_far % 4 == 3)
		service_stop(&node->supervisor, index);
	(void)fuzz_node_turn(node, how_far, &count);
}

static void remember(const struct fuzz_node *node, struct before *before)
{
	uint32_t count = node->supervisor.set.count;

	memcpy(before->lives, node->supervisor.lives, count * sizeof(*before->lives));
	memcpy(before->services, node->supervisor.services, count * sizeof(*before->services));
	before->spawned = node->spawned;
	before->signals = node->signals;
}

/* Nobody wrote to it: padding and all. */
static bool untouched(const void *before, const void *now, size_t size)
{
	return memcmp(before, now, size) == 0;
}

static void look_at_others(
	const struct fuzz_node *node, uint32_t index, const struct before *before)
{
	const struct supervisor *supervisor = &node->supervisor;

	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		if (i == index)
			continue;
		expect(untouched(&before->lives[i], &supervisor->lives[i], sizeof(struct life)));
		expect(untouched(
			&before->services[i], &supervisor->services[i], sizeof(struct service)));
	}
	expect(node->spawned == before->spawned);
	expect(node->signals == before->signals);
}

/* The status as the line carries it is the one that was said, as far as there is room for it. */
static void look_at_status(const struct supervisor *supervisor, uint32_t index)
{
	char text[PROTOCOL_LINE_MAX], *rest = text, *key, *value;
	size_t length = line_service(text, supervisor, index);
	bool found = false;

	expect(length <= sizeof(text) && text[length - 1] == '\n');
	text[length - 1] = '\0';
	expect(strlen(text) == length - 1);
	while (protocol_next(&rest, &key, &value)) {
		if (strcmp(key, "status") == 0)
			found = strcmp(value, supervisor->services[index].status) == 0;
	}
	expect(found == (supervisor->services[index].status[0] != '\0'));
}

static void look_at_life(const struct life *before, const struct life *now, uint64_t now_us)
{
	expect(phase_alive(before->phase) || before->phase == now->phase);
	expect(before->phase != PHASE_STARTING || now->phase == PHASE_STARTING);
	expect(now->restarts == before->restarts && now->started_us == before->started_us);
	expect(untouched(&before->death, &now->death, sizeof(now->death)));
	/* More time only, and no more than an hour. A watchdog's deadline starts anew. */
	if (now->phase == before->phase && now->phase != PHASE_READY &&
		now->deadline_us != before->deadline_us) {
		expect(now->deadline_us > before->deadline_us);
		expect(now->deadline_us <= now->since_us + EXTEND_MOST_US);
		expect(now->deadline_us <= now_us + EXTEND_MOST_US);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_node node;
	static struct before before;
	struct fuzz_input input = { data, size };
	uint32_t index = fuzz_byte(&input);
	uint8_t how_far = fuzz_byte(&input);
	char *text = fuzz_text(input.data, input.size);

	fuzz_node_begin(&node);
	index %= node.supervisor.set.count;
	come_up(&node, index, how_far);
	remember(&node, &before);
	notify_take(&node.supervisor, index, text);
	look_at_others(&node, index, &before);
	look_at_life(&before.lives[index], &node.supervisor.lives[index], node.supervisor.now_us);
	look_at_status(&node.supervisor, index);
	fuzz_node_check(&node);
	fuzz_node_end(&node);
	free(text);
	return 0;
}
