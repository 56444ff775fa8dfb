/* SPDX-License-Identifier: MIT */
/*
 * Control transfers by libusb, none of which is waited for: a stick that does not answer holds nobody up.
 * libusb neither looks for devices nor has a thread; it is handed open nodes.
 */
#ifndef BLINKSTICK_USB_H
#define BLINKSTICK_USB_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stick_model.h"

enum {
	USB_DEVICES_MAX = 16,
	USB_POLLS_MAX = USB_DEVICES_MAX + 4, /* libusb has an event and a timer besides */
	USB_TIMEOUT_MS = 1000, /* of a transfer; real ones take some 20 ms */
};

enum usb_result {
	USB_DONE,
	USB_STALLED, /* the device refuses */
	USB_TIMED_OUT,
	USB_GONE,
	USB_FAILED, /* anything else */
};

struct usb_device;

/* Begins as zeros, but for `done`. */
struct usb {
	struct libusb_context *libusb; /* NULL before the first device: it needs usbfs */
	struct pollfd polls[USB_POLLS_MAX]; /* to be polled, as they stand */
	nfds_t poll_count;
	struct usb_device *released; /* to be freed, by and by */
	bool turning;
	/* Told when a transfer ends: `length` bytes were received (GET). */
	void (*done)(void *context, enum usb_result result, const uint8_t *bytes, size_t length);
};

/* Carries on what the descriptors in usb->polls report. Calls `done`. */
void usb_turn(struct usb *usb);

/* Takes an open node over, closing it in any case in the end. NULL: it cannot be used; *why. */
struct usb_device *usb_adopt(struct usb *usb, int fd, void *context, const char **why);

/* Begins a GET or a SET of a report. One at a time. False: it could not be begun; `done` is not called. */
bool usb_get(struct usb_device *device, uint8_t report);
bool usb_set(struct usb_device *device, const struct stick_report *report);

/* Gives a device up. A transfer on its way is cancelled and not told of. */
void usb_release(struct usb_device *device);

/* "refused by the device (STALL)" … */
const char *usb_result_text(enum usb_result result);

#endif
