/* SPDX-License-Identifier: MIT */
/* Opening the way and sending on it. */
#include "transport.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "basics/log.h"
#include "basics/quantity.h"

enum {
	RETRY_FIRST_MS = 1000,
	RETRY_LONGEST_MS = 30 * 1000,
	RESOLVE_MS = 30 * 1000, /* musl asks three servers for 5 s, twice */
	CONNECT_MS = 10 * 1000,
	/* A server that vanished without a word is given up; tcp(7). */
	ACKNOWLEDGE_MS = 30 * 1000,
	PROBE_MS = 100, /* an ICMP error on a network of one's own comes sooner */
	BURST = 64, /* datagrams at once; a receive buffer takes some hundred */
	BURST_PAUSE_MS = 5,
	CONFIRM_MS = 1000, /* between two looks at what was acknowledged ... */
	/* ... and while the queue has no room because of that; then twice as long as long as nothing is. */
	CONFIRM_FULL_MS = 20,
	STEADY_MS = 10 * 1000, /* a connection that held for so long makes a failure a new one */
};

void transport_init(struct transport *transport)
{
	transport->fd = transport->resolver.fd = -1;
	transport->deadline_ms = CLOCK_NEVER;
	transport->doubt = true;
}

static void close_way(struct transport *transport)
{
	if (transport->resolver.fd >= 0)
		resolver_end(&transport->resolver, &transport->addresses);
	if (transport->fd >= 0)
		close(transport->fd);
	transport->fd = -1;
	transport->out_start = transport->out_end = 0;
	transport->written = transport->confirmed = 0;
	transport->deadline_ms = CLOCK_NEVER;
	transport->doubt = true;
	queue_rewind(transport->queue);
}

/* Later each time, and not at the same moment as every other node. */
static void wait(struct transport *transport, uint64_t now_ms)
{
	uint32_t delay_ms =
		retry_later(&transport->retry, now_ms, RETRY_FIRST_MS, RETRY_LONGEST_MS);

	transport->retry.at_ms -= (uint64_t)random() % (delay_ms / 4);
	transport->state = TRANSPORT_DOWN;
}

/* The failure is said once, not at every try: what is said is to be shipped, too. */
static void fail(struct transport *transport, uint64_t now_ms, const char *reason)
{
	bool steady =
		transport->state >= TRANSPORT_PROBING && now_ms - transport->up_ms >= STEADY_MS;

	if (steady)
		transport->retry.delay_ms = 0;
	close_way(transport);
	wait(transport, now_ms);
	if (!transport->down_ms)
		transport->down_ms = now_ms;
	if (steady || strcmp(reason, transport->reason) != 0) {
		log_line(transport->where,
			"%s; what is logged waits, and it is tried again after "
			"at most %d s",
			reason, RETRY_LONGEST_MS / 1000);
		transport->told = true;
	}
	snprintf(transport->reason, sizeof(transport->reason), "%s", reason);
}

static void come_up(struct transport *transport, uint64_t now_ms)
{
	char time[16];

	if (transport->told)
		log_line(transport->where, "sending again after %s",
			quantity_format_time(time, sizeof(time), now_ms - transport->down_ms));
	transport->state = TRANSPORT_UP;
	transport->deadline_ms = CLOCK_NEVER;
	transport->down_ms = 0;
	transport->told = false;
}

/* ---- opening it ---- */

static void set_options(int fd)
{
	static const int on = 1, wait_ms = ACKNOWLEDGE_MS;

	/* Without them it works as well. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &wait_ms, sizeof(wait_ms));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void open_way(struct transport *transport, uint64_t now_ms)
{
	const struct addresses *addresses = &transport->addresses;
	unsigned which = addresses->count ? transport->attempt++ % addresses->count : 0;
	const struct sockaddr *address = (const struct sockaddr *)&addresses->address[which];

	if (addresses->error || !addresses->count) {
		fail(transport, now_ms,
			addresses->error ? gai_strerror(addresses->error) : "has no address");
		return;
	}
	transport->fd = socket(address->sa_family,
		(transport->destination.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
			SOCK_CLOEXEC,
		0);
	if (transport->fd >= 0 && transport->destination.tcp)
		set_options(transport->fd);
	if (transport->fd < 0 || (connect(transport->fd, address, addresses->length[which]) < 0 &&
					 errno != EINPROGRESS)) {
		fail(transport, now_ms, strerror(errno));
		return;
	}
	transport->up_ms = now_ms;
	if (transport->destination.tcp) {
		transport->state = TRANSPORT_CONNECTING;
		transport->deadline_ms = now_ms + CONNECT_MS;
	} else {
		transport->state = TRANSPORT_UP;
		transport->deadline_ms = CLOCK_NEVER;
	}
}

static void begin(struct transport *transport, uint64_t now_ms)
{
	if (!transport->find(&transport->destination)) {
		snprintf(transport->where, sizeof(transport->where), "no log server");
		fail(transport, now_ms, "neither the kernel command line nor DHCP names one");
		return;
	}
	destination_write(transport->where, &transport->destination);
	if (resolver_literal(&transport->destination, &transport->addresses)) {
		open_way(transport, now_ms);
	} else if (resolver_begin(&transport->resolver, &transport->destination)) {
		transport->state = TRANSPORT_RESOLVING;
		transport->deadline_ms = now_ms + RESOLVE_MS;
	} else {
		fail(transport, now_ms, strerror(errno));
	}
}

/* The error that is pending on the socket; 0: none. */
static int pending(int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

/* ---- sending ---- */

static void drop_oldest(struct transport *transport)
{
	struct queue_line line;

	queue_oldest(transport->queue, &line);
	if (line.ends)
		transport->sources->table[line.source].sent = line.position;
	queue_drop(transport->queue);
}

/* Drops the lines whose bytes the server's machine has acknowledged. */
static void confirm(struct transport *transport)
{
	struct queue_line line;
	int unacknowledged = 0;

	transport->confirm_ms *= 2;
	if (ioctl(transport->fd, SIOCOUTQ, &unacknowledged) < 0)
		return;
	while (queue_sent(transport->queue)) {
		queue_oldest(transport->queue, &line);
		if (transport->confirmed + line.wire + (uint64_t)unacknowledged >
			transport->written)
			return;
		transport->confirmed += line.wire;
		transport->confirm_ms = CONFIRM_FULL_MS;
		drop_oldest(transport);
	}
}

/* How long until the next look. */
static uint32_t confirm_pause(struct transport *transport)
{
	if (queue_has_room(transport->queue, 32)) {
		transport->confirm_ms = 0;
		return CONFIRM_MS;
	}
	if (transport->confirm_ms < CONFIRM_FULL_MS)
		transport->confirm_ms = CONFIRM_FULL_MS;
	if (transport->confirm_ms > CONFIRM_MS)
		transport->confirm_ms = CONFIRM_MS;
	return transport->confirm_ms;
}

static void look_at_clocks(struct clocks *clocks)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	clocks->wall_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	clock_gettime(CLOCK_BOOTTIME, &now);
	clocks->since_boot_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Makes the next line of the queue the message to send. */
static void format_next(struct transport *transport)
{
	char host[MESSAGE_HOST_MAX + 1] = "", name[MESSAGE_NAME_MAX + 1];
	char text[MESSAGE_TEXT_MAX], bytes[MESSAGE_MAX];
	struct queue_line line;
	struct message message = { .host = host, .name = name, .text = text };
	struct clocks clocks;
	size_t length;

	queue_next(transport->queue, &line, name, text);
	look_at_clocks(&clocks);
	gethostname(host, sizeof(host) - 1);
	message.priority = line.priority;
	message.at_us = line.at_us;
	message.length = line.length;
	length = message_format(bytes, &message, &clocks);
	transport->out_start = transport->out_end = 0;
	if (transport->destination.tcp)
		transport->out_end = (size_t)snprintf(transport->out, 8, "%zu ", length);
	memcpy(transport->out + transport->out_end, bytes, length);
	transport->out_end += length;
}

/* Sends what is left of the message. False with errno. */
static bool send_message(struct transport *transport)
{
	while (transport->out_start < transport->out_end) {
		ssize_t sent = send(transport->fd, transport->out + transport->out_start,
			transport->out_end - transport->out_start, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		transport->out_start += (size_t)sent;
		transport->written += (uint64_t)sent;
	}
	return true;
}

static bool out_waits(const struct transport *transport)
{
	return transport->out_start < transport->out_end;
}

static void send_stream(struct transport *transport, uint64_t now_ms)
{
	while (out_waits(transport) || queue_waits(transport->queue)) {
		if (!out_waits(transport))
			format_next(transport);
		if (!send_message(transport)) {
			if (errno != EAGAIN)
				fail(transport, now_ms, strerror(errno));
			break;
		}
		queue_advance(transport->queue, (uint32_t)transport->out_end);
	}
	if (transport->state != TRANSPORT_UP)
		return;
	confirm(transport);
	transport->deadline_ms = CLOCK_NEVER;
	if (queue_sent(transport->queue))
		transport->deadline_ms = now_ms + confirm_pause(transport);
}

/* One that is refused is one that was sent before; the one at hand was not sent then. */
static void send_failed(struct transport *transport, uint64_t now_ms, int error)
{
	if (error == ECONNREFUSED && transport->state == TRANSPORT_UP && !transport->doubt)
		transport->losses->messages++;
	fail(transport, now_ms, strerror(error));
}

static void send_datagrams(struct transport *transport, uint64_t now_ms)
{
	transport->deadline_ms = CLOCK_NEVER;
	for (int count = 0; queue_waits(transport->queue); count++) {
		if (count == BURST) {
			transport->deadline_ms = now_ms + BURST_PAUSE_MS;
			return;
		}
		format_next(transport);
		if (!send_message(transport)) {
			if (errno == EAGAIN)
				transport->deadline_ms = now_ms + BURST_PAUSE_MS;
			else
				send_failed(transport, now_ms, errno);
			return;
		}
		if (transport->doubt) {
			transport->state = TRANSPORT_PROBING;
			transport->deadline_ms = now_ms + PROBE_MS;
			return;
		}
		queue_advance(transport->queue, (uint32_t)transport->out_end);
		drop_oldest(transport);
	}
}

/* Nothing came back. */
static void probe_arrived(struct transport *transport, uint64_t now_ms)
{
	transport->doubt = false;
	queue_advance(transport->queue, (uint32_t)transport->out_end);
	drop_oldest(transport);
	come_up(transport, now_ms);
}

/* A syslog server has nothing to say; reading shows whether it is still there. */
static void read_stream(struct transport *transport, uint64_t now_ms)
{
	char ignored[512];
	ssize_t length = recv(transport->fd, ignored, sizeof(ignored), 0);

	if (length == 0)
		fail(transport, now_ms, "the server closed the connection");
	else if (length < 0 && errno != EAGAIN && errno != EINTR)
		fail(transport, now_ms, strerror(errno));
}

/* ---- what happens ---- */

static void take_events(struct transport *transport, short events, uint64_t now_ms)
{
	int error = 0;

	if (transport->state == TRANSPORT_RESOLVING) {
		resolver_end(&transport->resolver, &transport->addresses);
		open_way(transport, now_ms);
		return;
	}
	if (transport->state >= TRANSPORT_UP && transport->destination.tcp) {
		if (events & (POLLIN | POLLHUP | POLLERR | POLLRDHUP)) {
			confirm(transport);
			read_stream(transport, now_ms);
		}
		return;
	}
	error = pending(transport->fd);
	if (error)
		send_failed(transport, now_ms, error);
	else if (transport->state == TRANSPORT_CONNECTING && (events & POLLOUT))
		come_up(transport, now_ms);
}

static void overdue(struct transport *transport, uint64_t now_ms)
{
	switch (transport->state) {
	case TRANSPORT_RESOLVING:
		fail(transport, now_ms, "its name is not answered for");
		break;
	case TRANSPORT_CONNECTING:
		fail(transport, now_ms, "does not answer");
		break;
	case TRANSPORT_PROBING:
		probe_arrived(transport, now_ms);
		break;
	case TRANSPORT_DOWN:
	case TRANSPORT_UP:
		break;
	}
}

void transport_turn(struct transport *transport, short events, uint64_t now_ms)
{
	if (events)
		take_events(transport, events, now_ms);
	if (transport->deadline_ms <= now_ms)
		overdue(transport, now_ms);
	if (transport->state == TRANSPORT_DOWN && transport->retry.at_ms <= now_ms)
		begin(transport, now_ms);
	if (transport->state == TRANSPORT_UP && transport->destination.tcp)
		send_stream(transport, now_ms);
	else if (transport->state == TRANSPORT_UP &&
		 (transport->deadline_ms == CLOCK_NEVER || transport->deadline_ms <= now_ms))
		send_datagrams(transport, now_ms);
}

struct pollfd transport_poll(const struct transport *transport)
{
	struct pollfd poll = { .fd = transport->fd };

	switch (transport->state) {
	case TRANSPORT_RESOLVING:
		return (struct pollfd){ .fd = transport->resolver.fd, .events = POLLIN };
	case TRANSPORT_CONNECTING:
		poll.events = POLLOUT;
		break;
	case TRANSPORT_UP:
		if (transport->destination.tcp)
			poll.events =
				(short)(POLLIN | POLLRDHUP | (out_waits(transport) ? POLLOUT : 0));
		break;
	case TRANSPORT_PROBING:
	case TRANSPORT_DOWN:
		break;
	}
	return poll;
}

uint64_t transport_deadline(const struct transport *transport)
{
	return transport->state == TRANSPORT_DOWN ? transport->retry.at_ms : transport->deadline_ms;
}

bool transport_idle(const struct transport *transport)
{
	return transport->state == TRANSPORT_UP && !out_waits(transport) &&
	       !queue_waits(transport->queue) && !queue_sent(transport->queue);
}

void transport_reload(struct transport *transport, uint64_t now_ms)
{
	struct destination destination;
	char where[DESTINATION_TEXT_MAX];

	if (!transport->find(&destination))
		return;
	destination_write(where, &destination);
	if (transport->state != TRANSPORT_DOWN && strcmp(where, transport->where) == 0)
		return;
	log_line(where, "is the log server now");
	close_way(transport);
	transport->state = TRANSPORT_DOWN;
	transport->retry = (struct retry){ .at_ms = now_ms };
	transport->reason[0] = '\0';
}
