/* SPDX-License-Identifier: MIT */
/* Talking to PID 1 over its socket, never longer than promised: see connection.h. */
#include "control/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FULL_QUEUE_PAUSE_MS = 10 }; /* connect() again after that while the socket's queue is full */

int64_t connection_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *connection_path(void)
{
	const char *path = getenv(CONNECTION_SOCKET_VARIABLE);

	return path != NULL && path[0] != '\0' ? path : PROTOCOL_SOCKET;
}

/* Waits for the events. False at the deadline. */
static bool wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline - connection_clock();
		int result;

		if (deadline == CONNECTION_NO_DEADLINE)
			left = -1;
		else if (left < 0)
			left = 0;
		result = poll(&pollfd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (result > 0)
			return true;
		if (result == 0 && left <= INT32_MAX && deadline != CONNECTION_NO_DEADLINE)
			return false;
	}
}

static int connect_until(int fd, const struct sockaddr_un *address, int64_t deadline)
{
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (connection_clock() >= deadline)
			return -ETIMEDOUT;
		poll(NULL, 0, FULL_QUEUE_PAUSE_MS);
	}
	return 0;
}

static int send_until(int fd, const char *bytes, size_t length, int64_t deadline)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent >= 0) {
			bytes += sent;
			length -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, deadline))
				return -ETIMEDOUT;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 0; /* PID 1 has closed already; its answer says why */
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int connection_open(struct connection *connection, const char *request)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = connection_path();
	int64_t deadline = connection_clock() + CONNECTION_ANSWER_MS;
	int result;

	connection->start = connection->end = 0;
	connection->fd = -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (strlen(request) + 1 > PROTOCOL_REQUEST_MAX)
		return -E2BIG;
	memcpy(address.sun_path, path, strlen(path) + 1);

	connection->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connection->fd < 0)
		return -errno;
	result = connect_until(connection->fd, &address, deadline);
	if (result == 0)
		result = send_until(connection->fd, request, strlen(request), deadline);
	if (result == 0)
		result = send_until(connection->fd, "\n", 1, deadline);
	if (result < 0)
		connection_close(connection);
	return result;
}

void connection_close(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
}

/* Receives more into the buffer, which has room. RECEIPT_LINE: something came. */
static enum receipt receive(struct connection *connection, int64_t deadline)
{
	for (;;) {
		ssize_t got = recv(connection->fd, connection->buffer + connection->end,
			sizeof(connection->buffer) - connection->end, 0);

		if (got > 0) {
			connection->end += (size_t)got;
			return RECEIPT_LINE;
		}
		if (got == 0 || errno == ECONNRESET)
			return RECEIPT_END;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return RECEIPT_BROKEN;
		if (!wait_for(connection->fd, POLLIN, deadline))
			return RECEIPT_LATE;
	}
}

enum receipt connection_line(struct connection *connection, int64_t deadline, char **line)
{
	size_t searched = 0; /* bytes after start without a newline */

	for (;;) {
		char *start = connection->buffer + connection->start;
		size_t length = connection->end - connection->start;
		char *newline = memchr(start + searched, '\n', length - searched);
		enum receipt receipt;

		if (newline != NULL) {
			*newline = '\0';
			connection->start += (size_t)(newline - start) + 1;
			*line = start;
			return RECEIPT_LINE;
		}
		if (length >= PROTOCOL_LINE_MAX)
			return RECEIPT_BROKEN;
		memmove(connection->buffer, start, length);
		connection->start = 0;
		connection->end = length;
		searched = length;
		receipt = receive(connection, deadline);
		if (receipt != RECEIPT_LINE)
			return receipt;
	}
}

enum receipt connection_bytes(struct connection *connection, int64_t deadline, size_t most,
	const char **bytes, size_t *length)
{
	size_t here = connection->end - connection->start;

	if (here == 0) {
		enum receipt receipt;

		connection->start = connection->end = 0;
		receipt = receive(connection, deadline);
		if (receipt != RECEIPT_LINE)
			return receipt;
		here = connection->end;
	}
	*bytes = connection->buffer + connection->start;
	*length = here < most ? here : most;
	connection->start += *length;
	return RECEIPT_LINE;
}
