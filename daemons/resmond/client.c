/* SPDX-License-Identifier: MIT */
/* HTTP connections: see client.h. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basics/log.h"
#include "page.h"

enum {
	CHUNK_HEAD = 6, /* "1ff0\r\n": leading zeros are allowed */
	CHUNK_TAIL = 2,
	LAST_CHUNK = 5, /* "0\r\n\r\n" */
	UNHURRIED_MS = 1000, /* a request that has not come by then may be in another's way */
	STEPS_A_TURN = 256, /* reads and writes before others get their turn */
};

static const char plain_text[] = "text/plain; charset=utf-8";
static const char metrics_text[] = "text/plain; version=0.0.4; charset=utf-8";
static const char html_text[] = "text/html; charset=utf-8";

void client_begin(struct client *client, int fd, uint64_t now_ms)
{
	client->phase = CLIENT_READING;
	client->fd = fd;
	client->since_ms = now_ms;
	client->deadline_ms = now_ms + CLIENT_REQUEST_MS;
	client->in_length = 0;
	client->out_start = client->out_end = 0;
	client->scraping = false;
	client->body_length = 0;
	client->lingered = 0;
}

void client_close(struct client *client)
{
	if (client->scraping)
		scrape_end(&client->scrape);
	client->scraping = false;
	close(client->fd);
	client->phase = CLIENT_FREE;
}

static void count_answer(struct own *own, unsigned status)
{
	int i = 0;

	while (i < OWN_CODES - 1 && own->codes[i].code != 0 && own->codes[i].code != status)
		i++;
	own->codes[i].code = status;
	own->codes[i].count++;
}

/* ---- What is answered ---- */

static void begin_answer(struct client *client, const struct site *site, struct http_answer *answer)
{
	struct output output = { .bytes = client->out, .size = HTTP_HEAD_MAX };

	answer->keep = client->keep;
	http_write_head(&output, answer);
	count_answer(site->own, answer->status);
	client->out_start = 0;
	client->out_end = output.length;
	client->chunked = answer->chunked;
	client->phase = CLIENT_ANSWERING;
}

static void answer_with(struct client *client, const struct site *site, unsigned status,
	const char *type, const char *body, size_t length)
{
	struct http_answer answer = {
		.status = status,
		.type = type,
		.policy = type == html_text ? page_policy : NULL,
		.length = length,
	};

	client->body = body;
	client->body_length = client->head_only ? 0 : length;
	begin_answer(client, site, &answer);
}

/* A refusal ends the connection: where the next request would begin is not known, or not trusted. */
static void refuse(struct client *client, const struct site *site, unsigned status)
{
	client->keep = false;
	snprintf(client->text, sizeof(client->text), "%s\n", http_status_line(status));
	answer_with(client, site, status, plain_text, client->text, strlen(client->text));
}

static void answer_metrics(
	struct client *client, const struct site *site, const struct http_request *request)
{
	struct http_answer answer = {
		.status = 200,
		.type = metrics_text,
		.chunked = !request->minor_0,
		.until_end = request->minor_0,
	};

	if (request->minor_0)
		client->keep = false;
	client->body_length = 0;
	if (!client->head_only) {
		scrape_begin(&client->scrape, site->root, site->own);
		client->scraping = true;
	}
	begin_answer(client, site, &answer);
}

static void answer_health(struct client *client, const struct site *site)
{
	char why[sizeof(client->text) - 1];

	site->health(site->context, why, sizeof(why));
	snprintf(client->text, sizeof(client->text), "%s\n", why[0] ? why : "ready");
	answer_with(
		client, site, why[0] ? 503 : 200, plain_text, client->text, strlen(client->text));
}

static void answer(
	struct client *client, const struct site *site, const struct http_request *request)
{
	client->keep = request->keep && !request->body;
	client->head_only = request->method == HTTP_HEAD;
	if (request->method == HTTP_OTHER)
		refuse(client, site, 405);
	else if (request->body)
		refuse(client, site, 413);
	else if (strcmp(request->path, "/metrics") == 0)
		answer_metrics(client, site, request);
	else if (strcmp(request->path, "/healthz") == 0)
		answer_health(client, site);
	else if (strcmp(request->path, "/") == 0)
		answer_with(client, site, 200, html_text, page_text, page_length());
	else if (client->keep)
		answer_with(client, site, 404, plain_text, "404 Not Found\n", 14);
	else
		refuse(client, site, 404);
}

/* Looks for a request in what was read, and begins to answer it. */
static void look(struct client *client, const struct site *site, uint64_t now_ms)
{
	struct http_request request;
	int found = http_parse(client->in, client->in_length, &request);

	if (found == HTTP_MORE)
		return;
	client->deadline_ms = now_ms + CLIENT_ANSWER_MS;
	client->since_ms = now_ms;
	if (found != HTTP_REQUEST) {
		client->head_only = false;
		refuse(client, site, (unsigned)found);
		return;
	}
	client->in_length -= request.length;
	memmove(client->in, client->in + request.length, client->in_length);
	answer(client, site, &request);
}

/* ---- Reading ---- */

/* False: nothing more now. */
static bool take_bytes(struct client *client, const struct site *site, uint64_t now_ms)
{
	ssize_t got = recv(client->fd, client->in + client->in_length,
		sizeof(client->in) - client->in_length, 0);

	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		client_close(client);
		return false;
	}
	if (client->in_length == 0) {
		client->since_ms = now_ms;
		client->deadline_ms = now_ms + CLIENT_REQUEST_MS;
	}
	client->in_length += (size_t)got;
	look(client, site, now_ms);
	return true;
}

static void linger(struct client *client)
{
	ssize_t got;

	while ((got = recv(client->fd, client->in, sizeof(client->in), 0)) > 0) {
		client->lingered += (size_t)got;
		if (client->lingered > CLIENT_LINGER_BYTES)
			break;
	}
	if (got >= 0 || errno != EAGAIN)
		client_close(client);
}

/* ---- Writing ---- */

static void end_answer(struct client *client, const struct site *site, uint64_t now_ms)
{
	client->since_ms = now_ms;
	if (!client->keep) {
		shutdown(client->fd, SHUT_WR);
		client->phase = CLIENT_LINGERING;
		client->deadline_ms = now_ms + CLIENT_LINGER_MS;
		return;
	}
	client->phase = CLIENT_READING;
	client->deadline_ms = now_ms + (client->in_length ? CLIENT_REQUEST_MS : CLIENT_IDLE_MS);
	/* It may have sent its next request already. */
	if (client->in_length)
		look(client, site, now_ms);
}

/* The next piece of a scrape into `out`, as a chunk if the client knows chunks. */
static void make_piece(struct client *client)
{
	size_t head = client->chunked ? CHUNK_HEAD : 0;
	struct output output = {
		.bytes = client->out + head,
		.size = sizeof(client->out) - head - CHUNK_TAIL - LAST_CHUNK,
	};
	bool more = scrape_next(&client->scrape, &output);
	char *end = client->out + head + output.length;

	client->out_start = 0;
	client->out_end = 0;
	if (client->chunked && output.length > 0) {
		char size[CHUNK_HEAD + 1];

		snprintf(size, sizeof(size), "%04x\r\n", (unsigned)(output.length & 0xffff));
		memcpy(client->out, size, CHUNK_HEAD);
		memcpy(end, "\r\n", CHUNK_TAIL);
		end += CHUNK_TAIL;
	}
	if (output.length > 0)
		client->out_end = (size_t)(end - client->out);
	if (more)
		return;
	scrape_end(&client->scrape);
	client->scraping = false;
	if (client->chunked) {
		memcpy(client->out + client->out_end, "0\r\n\r\n", LAST_CHUNK);
		client->out_end += LAST_CHUNK;
	}
}

/* False: the socket takes no more now, or the connection has ended. */
static bool send_some(struct client *client, const char *bytes, size_t *length, const char **rest)
{
	int more =
		client->scraping || (bytes != client->body && client->body_length) ? MSG_MORE : 0;
	ssize_t sent = send(client->fd, bytes, *length, MSG_NOSIGNAL | more);

	*rest = bytes;
	if (sent < 0 && errno == EINTR)
		return true;
	if (sent < 0) {
		if (errno != EAGAIN)
			client_close(client);
		return false;
	}
	*rest = bytes + sent;
	*length -= (size_t)sent;
	return true;
}

/* False: the socket takes no more now, or the connection has ended. */
static bool give_bytes(struct client *client, const struct site *site, uint64_t now_ms)
{
	if (client->out_start < client->out_end) {
		size_t left = client->out_end - client->out_start;
		const char *rest;
		bool goes_on = send_some(client, client->out + client->out_start, &left, &rest);

		client->out_start = client->out_end - left;
		return goes_on;
	}
	if (client->scraping) {
		make_piece(client);
		return true;
	}
	if (client->body_length)
		return send_some(client, client->body, &client->body_length, &client->body);
	end_answer(client, site, now_ms);
	return true;
}

void client_turn(struct client *client, const struct site *site, uint64_t now_ms)
{
	bool goes_on = true;

	for (int i = 0; goes_on && i < STEPS_A_TURN; i++) {
		switch (client->phase) {
		case CLIENT_READING:
			goes_on = take_bytes(client, site, now_ms);
			break;
		case CLIENT_ANSWERING:
			goes_on = give_bytes(client, site, now_ms);
			break;
		case CLIENT_LINGERING:
			linger(client);
			goes_on = false;
			break;
		default:
			goes_on = false;
		}
	}
}

void client_check_time(struct client *client, const struct site *site, uint64_t now_ms)
{
	if (client->phase == CLIENT_FREE || now_ms < client->deadline_ms)
		return;
	/* An idle connection that ends after its time is no slow client. */
	if (client->phase != CLIENT_READING || client->in_length > 0)
		site->own->timeouts++;
	client_close(client);
}

short client_events(const struct client *client)
{
	return client->phase == CLIENT_ANSWERING ? POLLOUT : POLLIN;
}

bool client_in_the_way(const struct client *client, uint64_t now_ms)
{
	if (client->phase == CLIENT_LINGERING)
		return true;
	return client->phase == CLIENT_READING && now_ms - client->since_ms >= UNHURRIED_MS;
}
