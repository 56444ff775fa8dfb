/* SPDX-License-Identifier: MIT */
/*
 * logshipd, which sends the logs of a node away: every service's and the kernel's, as RFC 5424. This
 * file has the loop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "basics/log.h"
#include "basics/signals.h"
#include "control/notify_client.h"
#include "kernel_log.h"
#include "lines.h"
#include "servers.h"
#include "service_log.h"
#include "transport.h"

enum {
	EXIT_FAILED = 1, /* PID 1 starts us again */
	EXIT_MISUSED = 2,
	STATUS_WHERE_MAX = 150, /* bytes of it in the status */
	LAST_WORDS_MS = 1000, /* to send what is there when told to stop */
	/*
	 * Records of the kernel's log a turn before we are ready, so that a boot's 130, which take a millisecond,
	 * do not hold up those who wait for us.
	 */
	RECORDS_BEFORE_READY = 8,
};

enum { POLL_SIGNALS, POLL_SERVERS, POLL_KERNEL, POLL_SERVICES, POLL_SERVER, POLL_COUNT };

struct shipper {
	struct queue queue;
	struct sources sources;
	struct losses losses;
	struct service_log services;
	struct transport transport;
	struct notify notify;
	int kernel_fd;
	int signal_fd;
	int servers_fd; /* -1: another server is not heard of but by SIGHUP */
	bool followed; /* PID 1 has told all there was once */
	bool reload;
	uint64_t stop_ms; /* when to end at the latest; CLOCK_NEVER: nobody asked for it */
};

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

	service_log_turn(
		&shipper->services, &shipper->queue, &shipper->sources, &shipper->losses, now_ms);
	kernel_log_read(shipper->kernel_fd, &shipper->queue, &shipper->sources, &shipper->losses,
		now_ms * 1000, shipper->followed ? UINT32_MAX : RECORDS_BEFORE_READY);
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
		polls[POLL_SERVERS] =
			(struct pollfd){ .fd = shipper->servers_fd, .events = POLLIN };
		polls[POLL_KERNEL] =
			(struct pollfd){ .fd = room ? shipper->kernel_fd : -1, .events = POLLIN };
		polls[POLL_SERVICES] = (struct pollfd){
			.fd = room ? shipper->services.connection.fd : -1,
			.events = POLLIN,
		};
		polls[POLL_SERVER] = transport_poll(&shipper->transport);
		if (poll(polls, POLL_COUNT, clock_wait_ms(until_ms)) > 0) {
			if (polls[POLL_SIGNALS].revents)
				read_signals(shipper, clock_now_ms());
			if (polls[POLL_SERVERS].revents)
				shipper->reload |= servers_changed(shipper->servers_fd);
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
	shipper.signal_fd = signals_open((const int[]){ SIGTERM, SIGINT, SIGHUP, 0 });
	if (shipper.signal_fd < 0 || !sources_open(&shipper.sources, SOURCES_FILE)) {
		log_line(NULL, "cannot begin: %s; giving up", strerror(errno));
		return EXIT_FAILED;
	}
	shipper.servers_fd = servers_watch();
	if (shipper.servers_fd < 0)
		log_line("/run/net",
			"cannot watch it: %s; another log server is looked for on SIGHUP only",
			strerror(errno));
	notify_open(&shipper.notify, getenv("NOTIFY_SOCKET"));
	service_log_init(&shipper.services);
	shipper.transport.find = servers_find;
	shipper.transport.queue = &shipper.queue;
	shipper.transport.sources = &shipper.sources;
	shipper.transport.losses = &shipper.losses;
	transport_init(&shipper.transport);
	loop(&shipper);
	return 0;
}
