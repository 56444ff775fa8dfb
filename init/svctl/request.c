/* SPDX-License-Identifier: MIT */
/* Requests to PID 1, and what to tell a person when there is no answer: see request.h. */
#include "svctl/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "svctl/message.h"

void request_begin(struct text *request, const char *verb)
{
	text_clear(request);
	text_format(request, "%d %s", PROTOCOL_VERSION, verb);
}

void request_argument(struct text *request, const char *argument)
{
	size_t size = strlen(argument) * 3 + 1; /* each byte as %XX at worst */
	char *encoded = must_allocate(size);

	protocol_encode(encoded, size, argument);
	text_add(request, " ");
	text_add(request, encoded);
	free(encoded);
}

/* What a person can do about it, in a few words; "" if nothing comes to mind. */
static const char *advice(int error)
{
	switch (error) {
	case ENOENT:
		return "; is Greyhound's init PID 1 here, and is /run mounted?";
	case ECONNREFUSED:
		return "; nobody listens there: see the kernel log (dmesg) for what became of init";
	case ETIMEDOUT:
		return "; it hangs or the node is overloaded: see the kernel log (dmesg)";
	default:
		return "";
	}
}

int request_send(struct connection *connection, const struct text *request)
{
	int result = connection_open(connection, text_string(request));

	if (result == 0)
		return EXIT_DONE;
	if (result == -E2BIG) {
		complain("too many names for one request (at most %d bytes)", PROTOCOL_REQUEST_MAX);
		return EXIT_USAGE;
	}
	complain("PID 1 does not answer: %s: %s%s", connection_path(),
		result == -ETIMEDOUT ? "no connection within 5 s" : strerror(-result),
		advice(-result));
	return EXIT_NO_ANSWER;
}

int request_complain(enum receipt receipt)
{
	switch (receipt) {
	case RECEIPT_END:
		complain("PID 1 does not answer: it closed the connection before the answer was "
			 "whole; see the kernel log (dmesg)");
		break;
	case RECEIPT_BROKEN:
		complain("PID 1 does not answer: what came over %s is not init's protocol",
			connection_path());
		break;
	default:
		complain("PID 1 does not answer: nothing came within %d s%s",
			CONNECTION_ANSWER_MS / 1000, advice(ETIMEDOUT));
		break;
	}
	return EXIT_NO_ANSWER;
}
