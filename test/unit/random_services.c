/* SPDX-License-Identifier: MIT */
/* Service files that no person would write. */
#include "random_services.h"

#include <stdio.h>

/* xorshift32 (Marsaglia 2003) */
uint32_t random_draw(uint32_t *random, uint32_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random % below;
}

struct text {
	char bytes[1024];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->length += (size_t)vsnprintf(
		text->bytes + text->length, sizeof(text->bytes) - text->length, format, arguments);
	va_end(arguments);
	assert_true(text->length < sizeof(text->bytes));
}

/* So that the order of names has nothing to do with that of needs. */
static unsigned number(uint32_t made)
{
	return made * 7 % 31;
}

/* Links to some of the services that were made before, none of them twice: no circles. */
static void add_links(
	uint32_t *random, struct text *text, const char *key, uint32_t *used, uint32_t made)
{
	bool first = true;

	for (uint32_t tries = random_draw(random, 4); tries > 0 && made > 0; tries--) {
		uint32_t other = random_draw(random, made);

		if (*used & UINT32_C(1) << other)
			continue;
		*used |= UINT32_C(1) << other;
		add(text, "%s s%02u", first ? key : "", number(other));
		first = false;
	}
	if (!first)
		add(text, "\n");
}

static const char *pick(uint32_t *random, const char *const *texts, uint32_t count)
{
	return texts[random_draw(random, count)];
}

static void make_service(uint32_t *random, struct text *text, uint32_t made)
{
	static const char *const delays[] = { "", "backoff = 0\n", "backoff = 10ms 80ms\n",
		"backoff = 7s 9s\n" };
	static const char *const restarts[] = { "", "restart = on-failure\n", "restart = never\n" };
	static const char *const limits[] = { "", "", "limit = 1/1s\n", "limit = 4/1m\n" };
	static const char *const readies[] = { "", "ready = fd:3\n", "ready = notify\n",
		"ready = notify\nwatchdog = 2s\n" };
	static const char *const timeouts[] = { "", "start-timeout = 0\n", "stop-timeout = 0\n",
		"start-timeout = 1s\nstop-timeout = 1s\n" };
	static const char *const errors[] = { "", "", "", "", "", "", "", "", "", "nonsense\n" };
	uint32_t used = 0;

	add_links(random, text, "needs =", &used, made);
	add_links(random, text, "after =", &used, made);
	add(text, "%s", pick(random, delays, COUNT(delays)));
	add(text, "%s", pick(random, restarts, COUNT(restarts)));
	add(text, "%s", pick(random, limits, COUNT(limits)));
	add(text, "%s", pick(random, timeouts, COUNT(timeouts)));
	add(text, "%s", pick(random, errors, COUNT(errors)));
	if (random_draw(random, 3) == 0)
		add(text, "type = task\n");
	else
		add(text, "%s", pick(random, readies, COUNT(readies)));
	if (random_draw(random, 4) == 0)
		add(text, "essential = yes\n");
}

void random_node_begin(struct node *node, uint32_t *random)
{
	static struct text texts[RANDOM_SERVICES_MAX];
	static char names[RANDOM_SERVICES_MAX][8];
	const char *files[RANDOM_SERVICES_MAX][2];
	uint32_t count = 1 + random_draw(random, RANDOM_SERVICES_MAX);

	for (uint32_t i = 0; i < count; i++) {
		texts[i].length = 0;
		texts[i].bytes[0] = '\0';
		make_service(random, &texts[i], i);
		snprintf(names[i], sizeof(names[i]), "s%02u", number(i));
		files[i][0] = names[i];
		files[i][1] = texts[i].bytes;
	}
	node_begin(node, (const char *const(*)[2])files, count);
}
