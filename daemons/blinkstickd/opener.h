/* SPDX-License-Identifier: MIT */
/*
 * The one right that is needed: to open a stick's node below /dev/bus/usb, which only root may write.
 * A child keeps the capability for it and does nothing else: it opens nodes that turn out to be
 * BlinkSticks and hands the descriptors over. So what talks to strangers has no rights at all.
 */
#ifndef BLINKSTICK_OPENER_H
#define BLINKSTICK_OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opener_request {
	uint8_t slot; /* comes back with the answer */
	uint8_t bus, device;
};

struct opener_answer {
	struct opener_request request;
	int error; /* 0, or an errno: ENODEV if it is no BlinkStick */
};

/*
 * Starts the child and drops the capabilities of the caller. Returns a socket that is readable when there
 * is an answer, or -1 with what was tried in *what and errno.
 */
int opener_start(const char **what);

/* Asks, without waiting. False if the child is gone, or has too much to do. */
bool opener_ask(int socket, const struct opener_request *request);

/*
 * The next answer: 1, and *fd is the stick, open for reading and writing, or -1 with answer->error. 0: there
 * is none yet; -1: the child is gone.
 */
int opener_receive(int socket, struct opener_answer *answer, int *fd);

/*
 * Whether the head of a node in /dev/bus/usb, `length` bytes, is a whole device descriptor with a
 * BlinkStick's vendor and product. Pure.
 */
bool opener_is_stick(const uint8_t *descriptor, size_t length);

#endif
