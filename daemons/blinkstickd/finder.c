/* SPDX-License-Identifier: MIT */
/* sysfs and uevents; see finder.h. */
#include "finder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ATTRIBUTE_MAX =
		128, /* a string descriptor has 126 characters at most, which may be 378 bytes */
	MESSAGE_MAX = 2048, /* the kernel's UEVENT_BUFFER_SIZE */
	WHY_MAX = 96,
	KERNEL_GROUP = 1,
};

/* A file of a device, without its newline. False if it cannot be read, or does not fit. */
static bool read_attribute(int device, const char *name, char value[ATTRIBUTE_MAX])
{
	int file = openat(device, name, O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (file >= 0) {
		length = read(file, value, ATTRIBUTE_MAX);
		close(file);
	}
	if (length < 0 || length == ATTRIBUTE_MAX)
		return false;
	if (length > 0 && value[length - 1] == '\n')
		length--;
	value[length] = '\0';
	return true;
}

static bool read_number(
	int device, const char *name, int base, unsigned long most, unsigned *number)
{
	char value[ATTRIBUTE_MAX];
	unsigned long parsed;
	char *end;

	if (!read_attribute(device, name, value))
		return false;
	parsed = strtoul(value, &end, base);
	if (end == value || *end || parsed > most)
		return false;
	*number = (unsigned)parsed;
	return true;
}

static const char *printable(char *text)
{
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

/* True if the device is a stick, and all of it is known. */
static bool look_at(int device, const char *port, struct found *found,
	void (*stranger)(const char *port, const char *why))
{
	unsigned vendor, product, version, bus, number;
	char serial[ATTRIBUTE_MAX];
	char why[WHY_MAX];

	/* Interfaces lie there as well, and have none of these. */
	if (!read_number(device, "idVendor", 16, 0xffff, &vendor) || vendor != STICK_VENDOR ||
		!read_number(device, "idProduct", 16, 0xffff, &product) ||
		product != STICK_PRODUCT ||
		!read_number(device, "bcdDevice", 16, 0xffff, &version) ||
		!read_number(device, "busnum", 10, UINT8_MAX, &bus) ||
		!read_number(device, "devnum", 10, UINT8_MAX, &number))
		return false;
	*found = (struct found){ .bus = (uint8_t)bus, .device = (uint8_t)number };
	memcpy(found->port, port, strnlen(port, FINDER_PORT_MAX - 1));
	if (!read_attribute(device, "serial", serial)) {
		stranger(port, "it has no serial number");
		return false;
	}
	if (!stick_model_find(serial, (uint16_t)version, &found->model)) {
		snprintf(why, sizeof(why), "its serial number is '%.40s', its version %x.%02x",
			printable(serial), version >> 8, version & 0xff);
		stranger(port, why);
		return false;
	}
	memcpy(found->serial, serial, sizeof(found->serial));
	return true;
}

static int by_port(const void *one, const void *other)
{
	return strcmp(((const struct found *)one)->port, ((const struct found *)other)->port);
}

size_t finder_look(const char *directory, struct found *found, size_t most,
	void (*stranger)(const char *port, const char *why))
{
	DIR *devices = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	/* A kernel without a USB controller has no such directory. */
	if (!devices)
		return 0;
	while (count < most && (entry = readdir(devices))) {
		int device;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= FINDER_PORT_MAX)
			continue;
		device = openat(dirfd(devices), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (device < 0)
			continue;
		if (look_at(device, entry->d_name, &found[count], stranger))
			count++;
		close(device);
	}
	closedir(devices);
	qsort(found, count, sizeof(*found), by_port);
	return count;
}

int finder_listen(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool finder_is_usb(const char *message, size_t length)
{
	bool usb = false, device = false;

	/* NUL-terminated lines; the last NUL may be missing if somebody lies. */
	while (length > 0) {
		size_t bytes = strnlen(message, length);

		usb |= bytes == 13 && memcmp(message, "SUBSYSTEM=usb", 13) == 0;
		device |= bytes == 18 && memcmp(message, "DEVTYPE=usb_device", 18) == 0;
		bytes += bytes < length ? 1 : 0;
		message += bytes;
		length -= bytes;
	}
	return usb && device;
}

bool finder_heard(int socket)
{
	bool heard = false;

	for (;;) {
		char message[MESSAGE_MAX];
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(
			socket, message, sizeof(message), 0, (struct sockaddr *)&from, &size);

		if (length >= 0)
			/* Anybody in this network namespace may send, too. */
			heard |= from.nl_pid == 0 && finder_is_usb(message, (size_t)length);
		else if (errno == ENOBUFS)
			heard = true; /* something was lost; who knows what */
		else if (errno != EINTR)
			return heard;
	}
}
