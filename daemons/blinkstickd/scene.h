/* SPDX-License-Identifier: MIT */
/*
 * What is to be seen: the node's look, and above or below it what others asked for. The highest priority
 * shows, of equal ones the newest. Pure: it knows no time but the one it is handed.
 */
#ifndef BLINKSTICK_SCENE_H
#define BLINKSTICK_SCENE_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "request.h"

enum {
	SCENE_REQUESTS_MAX = 16, /* at a time; further ones are refused */
	SCENE_REQUESTS_USER = 4, /* of them of one user who is not the system's */
	SCENE_SYSTEM_UIDS = 1000, /* users below are root and the node's own daemons */
	SCENE_PRIORITY_USER = 25, /* the most others get: above a node that boots or is well */

	SCENE_WINK_MS = 100, /* how long a heartbeat's darkness takes */
};

/* The node's own looks, to be compared with requests' priorities. */
enum {
	SCENE_PRIORITY_READY = 10,
	SCENE_PRIORITY_BOOTING = 20,
	SCENE_PRIORITY_DEGRADED = 30,
	SCENE_PRIORITY_CRITICAL = 70,
};

struct scene_request {
	struct request request;
	uid_t uid;
	uint64_t since_ms;
	uint64_t until_ms; /* 0: the slot is free */
	uint64_t number; /* grows with each */
};

struct scene {
	const struct config *config;
	enum look look;
	uint64_t look_since_ms;
	bool dark; /* the node stops, or the daemon: nothing else counts */
	struct scene_request requests[SCENE_REQUESTS_MAX];
	uint64_t number; /* of the newest */
};

/* Begins with a node that boots. */
void scene_begin(struct scene *scene, const struct config *config, uint64_t now_ms);

/* The node's look from now on. The same one as before goes on. */
void scene_look(struct scene *scene, enum look look, uint64_t now_ms);

/*
 * Takes a request of a user over (REQUEST_LIST is none). It replaces one of the same user and name. A user
 * who is not the system's gets SCENE_PRIORITY_USER at most. False: refused, why[REQUEST_WHY_MAX].
 */
bool scene_take(
	struct scene *scene, const struct request *request, uid_t uid, uint64_t now_ms, char *why);

/*
 * The colours of a stick's LEDs now, the brightness cap applied. Returns how many ms they stay so at
 * least, UINT32_MAX for ever (until a call above).
 */
uint32_t scene_paint(struct scene *scene, const char *serial, struct colour *leds, size_t count,
	uint64_t now_ms);

/* The priority of a look. */
uint8_t scene_priority(enum look look);

#endif
