/* SPDX-License-Identifier: MIT */
/* Where others ask for the light: a datagram socket anyone may write to. The kernel says who did. */
#ifndef BLINKSTICK_DOOR_H
#define BLINKSTICK_DOOR_H

#include "scene.h"
#include "sticks.h"

/* Makes the socket. -1: errno. */
int door_open(const char *path);

/*
 * Takes requests, some at a time, to the scene, and answers those whose sender has an address: "ok",
 * "error TEXT", or what there is. True if the scene changed.
 */
bool door_turn(int socket, struct scene *scene, const struct sticks *sticks, uint64_t now_ms);

#endif
