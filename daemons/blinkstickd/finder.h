/* SPDX-License-Identifier: MIT */
/*
 * Which sticks are plugged in: from sysfs, where the kernel has put down what it read when they came, so
 * that looking costs no transfer. And the kernel's word that something came or went.
 */
#ifndef BLINKSTICK_FINDER_H
#define BLINKSTICK_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stick_model.h"

#define FINDER_DEVICES "/sys/bus/usb/devices"

enum { FINDER_PORT_MAX = 24 }; /* bytes of a port's name, "1-1.4.2" say, NUL included */

struct found {
	char port[FINDER_PORT_MAX]; /* where it is plugged in, the kernel's name */
	uint8_t bus, device; /* its node is /dev/bus/usb/BUS/DEVICE */
	char serial[STICK_SERIAL_MAX];
	enum stick_model model;
};

/*
 * Fills `found` with the sticks below `directory`, in the order of their ports. Returns how many, at most
 * `most`. What has a stick's vendor and product but is none goes to `stranger`, with its port and what
 * is odd about it as printable text.
 */
size_t finder_look(const char *directory, struct found *found, size_t most,
	void (*stranger)(const char *port, const char *why));

/* A netlink socket that is readable when a device came or went; -1 and errno. */
int finder_listen(void);

/* Reads all there is. True if a USB device came or went. */
bool finder_heard(int socket);

/* Whether a message of the kernel is about a USB device that came or went. Pure. */
bool finder_is_usb(const char *message, size_t length);

#endif
