/* SPDX-License-Identifier: MIT */
/* The head of an HTTP/1.1 response (RFC 9112), as far as fetching part of a file needs it. Pure. */
#ifndef LAYER_RESPONSE_H
#define LAYER_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

enum {
	RESPONSE_HEAD_MAX = 8192, /* bytes of a head, more than any server sends */
	RESPONSE_INCOMPLETE = -1, /* more of it has to come */
	RESPONSE_INVALID = -2, /* this is no such head */
};

struct response {
	int status; /* 100 to 599 */
	int64_t length; /* of the body; -1: it does not say */
	int64_t from; /* the body's place in the file, of Content-Range; -1: it does not say */
	int64_t whole; /* the file's size, of Content-Range; -1: it does not say */
	int encoded; /* 1: the body is in pieces or compressed, which was not asked for */
};

/* Reads a head from the first `length` bytes of an answer. Returns its length, or one of the above. */
int response_parse(struct response *response, const char *bytes, size_t length);

#endif
