/* SPDX-License-Identifier: MIT */
/* Connections and requests. */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "request.h"

/* Microseconds a client has to send its request, and to take some of what is waiting for it. */
#define ASK_TIME  (5 * 1000 * 1000)
#define TAKE_TIME (10 * 1000 * 1000)

enum { ACCEPTED_A_TURN = 16 };

void control_begin(struct control *control, struct supervisor *supervisor, struct power *power)
{
	control->supervisor = supervisor;
	control->power = power;
	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
}

static bool peer_is_root(int fd)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 &&
	       credentials.uid == 0;
}

static uint32_t slot_of(const struct control *control, const struct client *client)
{
	return (uint32_t)(client - control->clients);
}

static void drop(struct control *control, struct client *client)
{
	loop_close(control->supervisor->epoll_fd, &client->fd);
	if (client->asked)
		answer_end(&client->buffers->answer, control->supervisor);
}

static bool overdue(const struct control *control, const struct client *client)
{
	return client->deadline_us <= control->supervisor->now_us;
}

/* A free slot or, if there is none, that of a watcher that has not read for a while. */
static struct client *find_slot(struct control *control, bool root)
{
	struct client *empty = NULL, *asleep = NULL;
	int others = 0;

	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &control->clients[i];

		if (client->fd < 0)
			empty = client;
		else if (overdue(control, client))
			asleep = client;
		others += client->fd >= 0 && !client->root;
	}
	if (!root && others >= CLIENTS_NOT_ROOT_MAX)
		return NULL;
	if (!empty && asleep)
		drop(control, empty = asleep);
	return empty;
}

static void take_connection(struct control *control, int fd)
{
	static const char busy[] = "error code=5 text=too%20many%20clients%20at%20once\n";
	bool root = peer_is_root(fd);
	struct client *client = find_slot(control, root);

	if (!client || loop_watch(control->supervisor->epoll_fd, fd, EPOLLIN, SOURCE_CLIENT,
			       slot_of(control, client)) < 0) {
		control->supervisor->clients_refused++;
		(void)send(fd, busy, sizeof(busy) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		close(fd);
		return;
	}
	client->fd = fd;
	client->buffers = &control->buffers[slot_of(control, client)];
	client->root = root;
	client->asked = client->finished = client->waits_for_room = false;
	client->input_length = client->output_start = client->output_end = 0;
	client->deadline_us = control->supervisor->now_us + ASK_TIME;
}

void control_accept(struct control *control)
{
	for (int count = 0; count < ACCEPTED_A_TURN; count++) {
		int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		take_connection(control, fd);
	}
}

/* An answer that goes on until the client leaves. */
static bool answer_endless(const struct client *client)
{
	const struct answer *answer = &client->buffers->answer;

	return client->asked && !client->finished &&
	       (answer->kind == ANSWER_WATCH || answer->follow);
}

static bool output_waits(const struct client *client)
{
	return client->output_end > client->output_start;
}

/* Puts an error line in front of nothing else: the request was not begun. */
static void refuse(struct client *client, int code, const char *text)
{
	client->finished = true;
	client->output_end =
		answer_error(client->buffers->output, sizeof(client->buffers->output), code, text);
}

/* `line` is the request without its newline. */
static void take_request(struct control *control, struct client *client, char *line)
{
	struct request request = {
		.supervisor = control->supervisor,
		.power = control->power,
		.answer = &client->buffers->answer,
		.root = client->root,
	};

	request_take(&request, line);
	if (request.code)
		refuse(client, request.code, request.refusal);
}

/* From now on only a hang-up matters, or room to write. */
static void watch_for(struct control *control, struct client *client, bool room)
{
	if (client->asked && client->waits_for_room == room)
		return;
	client->waits_for_room = room;
	(void)loop_rewatch(control->supervisor->epoll_fd, client->fd, room ? EPOLLOUT : 0,
		SOURCE_CLIENT, slot_of(control, client));
}

static void read_request(struct control *control, struct client *client)
{
	ssize_t got = recv(client->fd, client->buffers->input + client->input_length,
		sizeof(client->buffers->input) - client->input_length, MSG_DONTWAIT);
	char *newline;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(control, client);
		return;
	}
	client->input_length += (size_t)got;
	newline = memchr(client->buffers->input, '\n', client->input_length);
	if (!newline && client->input_length < sizeof(client->buffers->input))
		return;
	watch_for(control, client, false);
	client->asked = true;
	client->deadline_us = TIME_NEVER;
	if (!newline ||
		memchr(client->buffers->input, '\0', (size_t)(newline - client->buffers->input))) {
		refuse(client, EXIT_USAGE, "the request is too long, or not text");
		return;
	}
	*newline = '\0';
	take_request(control, client, client->buffers->input);
}

void control_client(struct control *control, uint32_t index, uint32_t events)
{
	struct client *client = &control->clients[index];

	if (client->fd < 0)
		return;
	if (!client->asked)
		read_request(control, client);
	else if (events & (EPOLLHUP | EPOLLERR))
		drop(control, client); /* room to write is control_turn()'s business */
}

static void fill(struct control *control, struct client *client)
{
	size_t length;

	if (client->finished)
		return;
	memmove(client->buffers->output, client->buffers->output + client->output_start,
		client->output_end - client->output_start);
	client->output_end -= client->output_start;
	client->output_start = 0;
	while (!client->finished && sizeof(client->buffers->output) - client->output_end >=
					    answer_room(&client->buffers->answer)) {
		length = answer_next(&client->buffers->answer, control->supervisor,
			client->buffers->output + client->output_end, &client->finished);
		if (length == 0)
			return;
		client->output_end += length;
	}
}

/* Returns false when the socket takes no more, or the client is gone (then its slot is free). */
static bool flush(struct control *control, struct client *client)
{
	ssize_t sent;

	while (output_waits(client)) {
		sent = send(client->fd, client->buffers->output + client->output_start,
			client->output_end - client->output_start, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN)
			drop(control, client);
		if (sent < 0)
			return false;
		client->output_start += (size_t)sent;
		client->deadline_us = TIME_NEVER;
	}
	return true;
}

static void serve(struct control *control, struct client *client)
{
	do {
		fill(control, client);
		if (!output_waits(client))
			break;
	} while (flush(control, client));

	if (client->fd < 0)
		return;
	if (output_waits(client)) {
		watch_for(control, client, true);
		if (client->deadline_us == TIME_NEVER)
			client->deadline_us = control->supervisor->now_us + TAKE_TIME;
		return;
	}
	watch_for(control, client, false);
	if (client->finished)
		drop(control, client);
}

void control_move(struct control *control, const uint16_t *moved, uint32_t count)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &control->clients[i];

		if (client->fd >= 0 && client->asked && !client->finished &&
			!answer_move(&client->buffers->answer, moved, count))
			drop(control, client);
	}
}

void control_turn(struct control *control)
{
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &control->clients[i];

		/* A watcher may pause; it loses what it did not read, and its slot if others need it. */
		if (client->fd >= 0 && overdue(control, client) && !answer_endless(client))
			drop(control, client);
		if (client->fd >= 0 && client->asked)
			serve(control, client);
	}
}

uint64_t control_deadline(const struct control *control)
{
	uint64_t earliest_us = TIME_NEVER;

	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *client = &control->clients[i];

		if (client->fd >= 0 && !answer_endless(client) && client->deadline_us < earliest_us)
			earliest_us = client->deadline_us;
	}
	return earliest_us;
}
