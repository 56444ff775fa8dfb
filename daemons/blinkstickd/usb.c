/* SPDX-License-Identifier: MIT */
/* libusb; see usb.h. */
#include "usb.h"

#include <libusb-1.0/libusb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct usb_device {
	struct usb *usb;
	libusb_device_handle *handle;
	struct libusb_transfer *transfer;
	void *context;
	int fd;
	bool busy;
	bool released;
	struct usb_device *next; /* of those that are released */
	unsigned char buffer[LIBUSB_CONTROL_SETUP_SIZE + STICK_REPORT_MAX];
};

static void LIBUSB_CALL poll_added(int fd, short events, void *context)
{
	struct usb *usb = context;

	/* More than these cannot come: sticks are limited. */
	if (usb->poll_count < USB_POLLS_MAX)
		usb->polls[usb->poll_count++] = (struct pollfd){ .fd = fd, .events = events };
}

static void LIBUSB_CALL poll_removed(int fd, void *context)
{
	struct usb *usb = context;

	for (nfds_t i = 0; i < usb->poll_count; i++) {
		if (usb->polls[i].fd == fd) {
			usb->polls[i] = usb->polls[--usb->poll_count];
			return;
		}
	}
}

static bool open_libusb(struct usb *usb, const char **why)
{
	static const struct libusb_init_option options[] = {
		{ .option = LIBUSB_OPTION_NO_DEVICE_DISCOVERY },
	};
	const struct libusb_pollfd **polls;
	int error = libusb_init_context(&usb->libusb, options, 1);

	if (error < 0) {
		usb->libusb = NULL;
		*why = libusb_error_name(error);
		return false;
	}
	/* With a timer of its own we need not ask it when it wants to be called. */
	if (!libusb_pollfds_handle_timeouts(usb->libusb)) {
		libusb_exit(usb->libusb);
		usb->libusb = NULL;
		*why = "libusb has no timerfd";
		return false;
	}
	polls = libusb_get_pollfds(usb->libusb);
	for (size_t i = 0; polls && polls[i]; i++)
		poll_added(polls[i]->fd, polls[i]->events, usb);
	libusb_free_pollfds(polls);
	libusb_set_pollfd_notifiers(usb->libusb, poll_added, poll_removed, usb);
	return true;
}

static void free_device(struct usb_device *device)
{
	libusb_free_transfer(device->transfer);
	if (device->handle)
		libusb_close(device->handle);
	close(device->fd);
	free(device);
}

/* Frees what was released and has no transfer on its way. */
static void bury(struct usb *usb)
{
	struct usb_device **place = &usb->released;

	while (*place) {
		struct usb_device *device = *place;

		if (device->busy) {
			place = &device->next;
		} else {
			*place = device->next;
			free_device(device);
		}
	}
}

void usb_turn(struct usb *usb)
{
	struct timeval no_time = { 0 };

	usb->turning = true;
	/* What went wrong with a device is told by its transfer. */
	(void)libusb_handle_events_timeout_completed(usb->libusb, &no_time, NULL);
	usb->turning = false;
	bury(usb);
}

struct usb_device *usb_adopt(struct usb *usb, int fd, void *context, const char **why)
{
	struct usb_device *device = NULL;
	int error;

	if (!usb->libusb && !open_libusb(usb, why)) {
		close(fd);
		return NULL;
	}
	device = calloc(1, sizeof(*device));
	if (!device) {
		close(fd);
		*why = "out of memory";
		return NULL;
	}
	device->usb = usb;
	device->fd = fd;
	device->context = context;
	device->transfer = libusb_alloc_transfer(0);
	error = device->transfer ? libusb_wrap_sys_device(usb->libusb, fd, &device->handle)
				 : LIBUSB_ERROR_NO_MEM;
	if (error < 0) {
		*why = libusb_error_name(error);
		free_device(device);
		return NULL;
	}
	return device;
}

static enum usb_result result_of(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return USB_DONE;
	case LIBUSB_TRANSFER_STALL:
		return USB_STALLED;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return USB_TIMED_OUT;
	case LIBUSB_TRANSFER_NO_DEVICE:
		return USB_GONE;
	default:
		return USB_FAILED;
	}
}

static void LIBUSB_CALL transfer_ended(struct libusb_transfer *transfer)
{
	struct usb_device *device = transfer->user_data;

	device->busy = false;
	if (!device->released)
		device->usb->done(device->context, result_of(transfer->status),
			libusb_control_transfer_get_data(transfer),
			(size_t)transfer->actual_length);
}

static bool begin(struct usb_device *device)
{
	libusb_fill_control_transfer(device->transfer, device->handle, device->buffer,
		transfer_ended, device, USB_TIMEOUT_MS);
	device->busy = libusb_submit_transfer(device->transfer) == 0;
	return device->busy;
}

bool usb_get(struct usb_device *device, uint8_t report)
{
	libusb_fill_control_setup(
		device->buffer, STICK_GET_TYPE, STICK_GET_REQUEST, report, 0, STICK_GET_MAX);
	return begin(device);
}

bool usb_set(struct usb_device *device, const struct stick_report *report)
{
	libusb_fill_control_setup(device->buffer, STICK_SET_TYPE, STICK_SET_REQUEST,
		report->bytes[0], 0, report->length);
	memcpy(device->buffer + LIBUSB_CONTROL_SETUP_SIZE, report->bytes, report->length);
	return begin(device);
}

void usb_release(struct usb_device *device)
{
	struct usb *usb = device->usb;

	device->released = true;
	device->next = usb->released;
	usb->released = device;
	/* It fails if the transfer has ended already; then its end is told just as well. */
	if (device->busy)
		(void)libusb_cancel_transfer(device->transfer);
	/* libusb cannot close a device while it tells of the end of a transfer. */
	if (!usb->turning)
		bury(usb);
}

const char *usb_result_text(enum usb_result result)
{
	switch (result) {
	case USB_DONE:
		return "done";
	case USB_STALLED:
		return "the stick refuses (STALL)";
	case USB_TIMED_OUT:
		return "no answer within a second";
	case USB_GONE:
		return "it is not there any more";
	default:
		return "a USB error";
	}
}
