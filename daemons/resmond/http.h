/* SPDX-License-Identifier: MIT */
/*
 * The little of HTTP/1.1 (RFC 9110, RFC 9112) that a scraper, a browser and a load balancer need: GET and HEAD
 * without a body, connections that are kept. Pure.
 */
#ifndef RESMOND_HTTP_H
#define RESMOND_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

enum {
	HTTP_REQUEST_MAX = 4096, /* bytes of a request: its line and all fields */
	HTTP_TARGET_MAX = 512, /* bytes of what is asked for */
	HTTP_HEAD_MAX = 768, /* bytes of the head of an answer */
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OTHER,
};

struct http_request {
	enum http_method method;
	char path[HTTP_TARGET_MAX + 1]; /* without the query; as it came, nothing decoded */
	bool keep; /* the client wants to ask more on this connection */
	bool minor_0; /* it is of HTTP/1.0, and knows no chunks */
	bool body; /* more than a head was sent, and is not read */
	size_t length; /* bytes it takes in the buffer */
};

/* What there is in the buffer. */
enum {
	HTTP_MORE = 0, /* no whole request yet */
	HTTP_REQUEST = 1, /* one, in *request */
	/* Anything else is the status to answer with before closing: 400, 414, 431, 501, 505. */
};

/* Looks at the first `length` bytes of what the client sent. */
int http_parse(const char *bytes, size_t length, struct http_request *request);

/* "404 Not Found" */
const char *http_status_line(unsigned status);

struct http_answer {
	unsigned status;
	const char *type; /* of the body */
	const char *policy; /* Content-Security-Policy; NULL: none */
	uint64_t length; /* of the body, unless chunked */
	bool chunked;
	bool until_end; /* the end of the body is that of the connection: for HTTP/1.0 */
	bool keep;
};

/* Writes the head of an answer, at most HTTP_HEAD_MAX bytes, with the empty line at its end. */
void http_write_head(struct output *output, const struct http_answer *answer);

#endif
