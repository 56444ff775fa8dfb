/* SPDX-License-Identifier: MIT */
/*
 * logshipd, which sends the logs of a node away: every service's and the kernel's, as RFC 5424. This
 * file has the loop, and where to send to.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/cmdline.h"
#include "common/log.h"
#include "common/notify_client.h"
#include "kernel_log.h"
#include "lines.h"
#include "service_log.h"
#include "transport.h"

#define SERVERS_FILE "/run/net/syslog" /* netd(8) writes it */

enum {
	EXIT_FAILED = 1, /* PID 1 starts us again */
	EXIT_MISUSED = 2,
	STATUS_WHERE_MAX = 150, /* bytes of it in the status */
	LAST_WORDS_MS = 1000, /* to send what is there when told to stop */
};

enum { POLL_SIGNALS, POLL_KERNEL, POLL_SERVICES, POLL_SERVER, POLL_COUNT };

struct shipper {
	struct queue queue;
	struct sources sources;
	struct losses losses;
	struct service_log services;
	struct transport transport;
	struct notify notify;
	int kernel_fd;
	int signal_fd;
	bool followed; /* PID 1 has told all there was once */
	bool reload;
	uint64_t stop_ms; /* when to end at the latest; CLOCK_NEVER: nobody asked for it */
};

/* ---- where to ---- */

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

	read_text(SERVERS_FILE, text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		if (destination_read(destination, line))
			return true;
	return false;
}

static bool find_server(struct destination *destination)
{
	return find_on_command_line(destination) || find_in_file(destination);
}

/* ---- the loop ---- */

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* A log that nobody reads any more is no reason to die. */
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void read_signals(struct shipper *shipper, uint64_t now_ms)
{
	struct signalfd_siginfo signal;

	while (read(shipper->signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGHUP)
			shipper->reload = true;
		else if (shipper->stop_ms == CLOCK_NEVER)
			shipper->stop_ms = now_ms + LAST_WORDS_MS;
	}
}

static void tell_state(struct shipper *shipper, uint64_t now_ms)
{
	const struct transport *transport = &shipper->transport;
	char status[NOTIFY_STATUS_MAX];

	if (transport->down_ms)
		snprintf(status, sizeof(status), "%.*s: %s", STATUS_WHERE_MAX, transport->where,
			transport->reason);
	else
		snprintf(status, sizeof(status), "to %.*s", STATUS_WHERE_MAX, transport->where);
	shipper->followed |= shipper->services.live;
	notify_state(&shipper->notify, shipper->followed, status, now_ms);
}

static uint64_t earliest(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* What can be done now; returns when something else can be. */
static uint64_t work(struct shipper *shipper, short events)
{
	struct transport *transport = &shipper->transport;
	uint64_t now_ms = clock_now_ms(), until_ms = shipper->stop_ms;

	kernel_log_read(shipper->kernel_fd, &shipper->queue, &shipper->sources, &shipper->losses,
		now_ms * 1000);
	service_log_turn(
		&shipper->services, &shipper->queue, &shipper->sources, &shipper->losses, now_ms);
	if (shipper->reload)
		transport_reload(transport, now_ms);
	shipper->reload = false;
	transport_turn(transport, events, now_ms);
	if (transport->state == TRANSPORT_UP)
		until_ms = earliest(until_ms, losses_say(&shipper->losses, now_ms));
	tell_state(shipper, now_ms);
	until_ms = earliest(until_ms, transport_deadline(transport));
	if (shipper->services.connection.fd < 0)
		until_ms = earliest(until_ms, shipper->services.retry.at_ms);
	return earliest(until_ms, shipper->notify.again_ms);
}

static int wait_ms(uint64_t until_ms)
{
	uint64_t now_ms = clock_now_ms();

	if (until_ms == CLOCK_NEVER)
		return -1;
	if (until_ms <= now_ms)
		return 0;
	return until_ms - now_ms < INT32_MAX ? (int)(until_ms - now_ms) : INT32_MAX;
}

static bool has_ended(const struct shipper *shipper)
{
	return shipper->stop_ms != CLOCK_NEVER &&
	       (shipper->stop_ms <= clock_now_ms() || transport_idle(&shipper->transport));
}

static void loop(struct shipper *shipper)
{
	struct pollfd polls[POLL_COUNT];
	uint64_t until_ms = work(shipper, 0);

	while (!has_ended(shipper)) {
		/* What the queue has no room for is not waited for. */
		bool room = queue_has_room(&shipper->queue, LINES_PIECES_MAX + 1);
		short server = 0;

		polls[POLL_SIGNALS] = (struct pollfd){ .fd = shipper->signal_fd, .events = POLLIN };
		polls[POLL_KERNEL] =
			(struct pollfd){ .fd = room ? shipper->kernel_fd : -1, .events = POLLIN };
		polls[POLL_SERVICES] = (struct pollfd){
			.fd = room ? shipper->services.connection.fd : -1,
			.events = POLLIN,
		};
		polls[POLL_SERVER] = transport_poll(&shipper->transport);
		if (poll(polls, POLL_COUNT, wait_ms(until_ms)) > 0) {
			if (polls[POLL_SIGNALS].revents)
				read_signals(shipper, clock_now_ms());
			server = polls[POLL_SERVER].revents;
		}
		until_ms = work(shipper, server);
	}
}

int main(int argc, char **argv)
{
	static struct shipper shipper;

	(void)argv;
	if (argc != 1) {
		log_line(NULL, "takes no arguments; see logshipd(8)");
		return EXIT_MISUSED;
	}
	shipper.stop_ms = CLOCK_NEVER;
	srandom((unsigned)clock_now_ms() ^ (unsigned)getpid());
	shipper.kernel_fd = kernel_log_open();
	if (shipper.kernel_fd < 0) {
		log_line("/dev/kmsg", "cannot open it: %s; giving up", strerror(errno));
		return EXIT_FAILED;
	}
	shipper.signal_fd = open_signals();
	if (shipper.signal_fd < 0 || !sources_open(&shipper.sources, SOURCES_FILE)) {
		log_line(NULL, "cannot begin: %s; giving up", strerror(errno));
		return EXIT_FAILED;
	}
	notify_open(&shipper.notify, getenv("NOTIFY_SOCKET"));
	service_log_init(&shipper.services);
	shipper.transport.find = find_server;
	shipper.transport.queue = &shipper.queue;
	shipper.transport.sources = &shipper.sources;
	shipper.transport.losses = &shipper.losses;
	transport_init(&shipper.transport);
	loop(&shipper);
	return 0;
}
