/* SPDX-License-Identifier: MIT */
/*
 * One HTTP connection: a state machine around a socket that never blocks. What it may cost is fixed: its buffers,
 * the time for a request and for an answer, and what is read from one that is refused.
 */
#ifndef RESMOND_CLIENT_H
#define RESMOND_CLIENT_H

#include "http.h"
#include "scrape.h"

enum {
	CLIENT_OUT = 8192, /* bytes of an answer at a time */
	CLIENT_REQUEST_MS = 10000, /* from the first byte of a request to its last */
	CLIENT_IDLE_MS = 120000, /* between requests: longer than scrapers' intervals */
	CLIENT_ANSWER_MS = 30000, /* for all of an answer to be taken */
	CLIENT_LINGER_MS = 2000, /* for a client to stop sending after it was refused */
	CLIENT_LINGER_BYTES = 65536, /* read and thrown away of it */
};

enum client_phase {
	CLIENT_FREE,
	CLIENT_READING,
	CLIENT_ANSWERING,
	CLIENT_LINGERING, /* all is said; the rest of what it sends must not reset what it has yet to read */
};

/* What all clients share. */
struct site {
	int root; /* see lines.h */
	struct own *own;
	/* "" if the node is ready, else why not, in at most `size` bytes. */
	void (*health)(void *context, char *text, size_t size);
	void *context;
};

struct client {
	enum client_phase phase;
	int fd;
	uint64_t since_ms; /* in this phase, or when idle: since the last answer */
	uint64_t deadline_ms; /* then it is closed */
	bool keep;
	bool head_only;
	bool scraping; /* the body is a scrape, which is not at its end */
	bool chunked;
	const char *body; /* else what is left of the body: of constant text, or in `text` */
	size_t body_length;
	size_t in_length, out_start, out_end, lingered;
	struct scrape scrape;
	char text[256];
	char in[HTTP_REQUEST_MAX];
	char out[CLIENT_OUT];
};

/* Takes an accepted socket, which does not block. */
void client_begin(struct client *client, int fd, uint64_t now_ms);

/* Goes on: reads, answers, writes, as far as it goes without waiting. */
void client_turn(struct client *client, const struct site *site, uint64_t now_ms);

/* Closes it at its deadline. */
void client_check_time(struct client *client, const struct site *site, uint64_t now_ms);

void client_close(struct client *client);

/* What poll(2) should wait for. */
short client_events(const struct client *client);

/* True if it can be closed in favour of a new one: it waits for a request, or does not get on with one. */
bool client_in_the_way(const struct client *client, uint64_t now_ms);

#endif
