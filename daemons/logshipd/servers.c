/* SPDX-License-Identifier: MIT */
/* The command line, and netd's file, which is replaced as a whole whenever a lease says something else. */
#include "servers.h"

#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "basics/cmdline.h"

#define SERVERS_FOLDER "/run/net"
#define SERVERS_NAME   "syslog"

/* The whole file, or as much as fits, as a string; "" if it cannot be read. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	text[length < 0 ? 0 : length] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool find_on_command_line(struct destination *destination)
{
	char line[CMDLINE_MAX], value[DESTINATION_TEXT_MAX];

	read_text("/proc/cmdline", line, sizeof(line));
	return cmdline_value(line, "syslog", value, sizeof(value)) > 0 &&
	       destination_read(destination, value);
}

/* The first line of the file that is one. */
static bool find_in_file(struct destination *destination)
{
	char text[2048], *rest = text, *line;

	read_text(SERVERS_FOLDER "/" SERVERS_NAME, text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		if (destination_read(destination, line))
			return true;
	return false;
}

bool servers_find(struct destination *destination)
{
	return find_on_command_line(destination) || find_in_file(destination);
}

int servers_watch(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd >= 0 && inotify_add_watch(fd, SERVERS_FOLDER, IN_MOVED_TO | IN_ONLYDIR) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool servers_changed(int fd)
{
	char events[1024] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool changed = false;
	ssize_t length;

	while ((length = read(fd, events, sizeof(events))) > 0) {
		const char *at = events;

		while (at < events + length) {
			const struct inotify_event *event = (const struct inotify_event *)at;

			/* What was lost in a flood may have been it. */
			changed |= (event->mask & IN_Q_OVERFLOW) ||
				   (event->len > 0 && strcmp(event->name, SERVERS_NAME) == 0);
			at += sizeof(*event) + event->len;
		}
	}
	return changed;
}
