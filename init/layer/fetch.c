/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "basics/clock.h"
#include "basics/log.h"
#include "basics/quantity.h"
#include "response.h"

enum {
	BUFFER_SIZE = 64 * 1024, /* bytes a read; at least RESPONSE_HEAD_MAX */
	TELL_EVERY_MS = 500,
};

/* How a try ended. */
enum outcome {
	WHOLE, /* all bytes are there */
	CUT_OFF, /* try again */
	REFUSED, /* the server has answered, and will do so again */
	BROKEN, /* this node cannot keep it */
};

static enum outcome ended(struct fetch *fetch, enum outcome outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum outcome ended(struct fetch *fetch, enum outcome outcome, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fetch->reason, sizeof(fetch->reason), format, arguments);
	va_end(arguments);
	return outcome;
}

/* "12.3M of 29.4M from HOST", and what is in the way if anything is. */
static void tell(struct fetch *fetch, const char *trouble)
{
	char status[NOTIFY_STATUS_MAX], have[16], size[16];

	fetch->told_ms = clock_now_ms();
	snprintf(status, sizeof(status), "%s of %s from %.100s%s%.100s",
		quantity_format_size(have, sizeof(have), fetch->have),
		quantity_format_size(size, sizeof(size), fetch->wanted->size), fetch->url->host,
		trouble[0] ? "; trying again: " : "", trouble);
	notify_state(fetch->notify, false, status, fetch->told_ms);
}

/* The first address of the host that answers. Returns a socket or -1, with the reason. */
static int connect_to(struct fetch *fetch)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const struct timeval silence = { .tv_sec = FETCH_SILENCE_S };
	struct addrinfo *found, *address;
	int error = getaddrinfo(fetch->url->host, fetch->url->port, &hints, &found), fd = -1;

	if (error) {
		ended(fetch, CUT_OFF, "%s: %s", fetch->url->host, gai_strerror(error));
		return -1;
	}
	for (address = found; address && fd < 0; address = address->ai_next) {
		fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		/* SO_SNDTIMEO is the time connect(2) has, too. */
		if (fd >= 0 &&
			setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence)) == 0 &&
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) == 0 &&
			connect(fd, address->ai_addr, address->ai_addrlen) == 0)
			break;
		ended(fetch, CUT_OFF, "%s: %s", fetch->url->host_header,
			errno == EINPROGRESS ? "no answer" : strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

static enum outcome ask(struct fetch *fetch, int fd)
{
	char request[URL_MAX + 512];
	size_t length = (size_t)snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: greyhound/" GREYHOUND_VERSION
		"\r\nAccept-Encoding: identity\r\nConnection: close\r\n",
		fetch->url->path, fetch->url->host_header);

	if (fetch->have)
		length += (size_t)snprintf(request + length, sizeof(request) - length,
			"Range: bytes=%llu-\r\n", (unsigned long long)fetch->have);
	length += (size_t)snprintf(request + length, sizeof(request) - length, "\r\n");
	if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
		return ended(fetch, CUT_OFF, "%s: %s", fetch->url->host_header, strerror(errno));
	return WHOLE;
}

/* Into `buffer` behind `used` bytes. Returns how many, or -1 with the reason. */
static ssize_t receive(struct fetch *fetch, int fd, char *buffer, size_t used)
{
	ssize_t got;

	do {
		got = recv(fd, buffer + used, BUFFER_SIZE - used, 0);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	ended(fetch, CUT_OFF, "%s: %s", fetch->url->host_header,
		got == 0          ? "cut off"
		: errno == EAGAIN ? "no bytes for 20 s"
				  : strerror(errno));
	return -1;
}

/* Whether what is answered is what was asked for. *skip: bytes of it that the file has already. */
static enum outcome judge(struct fetch *fetch, const struct response *response, uint64_t *skip)
{
	const char *host = fetch->url->host_header;
	uint64_t size = fetch->wanted->size;
	int64_t whole = response->status == 206 ? response->whole : response->length;
	bool later = response->status >= 500 || response->status == 408 || response->status == 429;

	*skip = 0;
	if (later)
		return ended(fetch, CUT_OFF, "%s answers %d", host, response->status);
	if (response->status != 200 && response->status != 206)
		return ended(fetch, REFUSED, "%s answers %d%s", host, response->status,
			response->status == 404 ? ", it has no such file" : "");
	if (response->encoded)
		return ended(
			fetch, REFUSED, "%s answers with an encoding that was not asked for", host);
	if (whole >= 0 && (uint64_t)whole != size)
		return ended(fetch, REFUSED,
			"%s has a file of %lld bytes, and the layer's image has %llu", host,
			(long long)whole, (unsigned long long)size);
	/* A server without ranges sends all of it once more. */
	if (response->status == 200)
		*skip = fetch->have;
	else if (response->from != (int64_t)fetch->have)
		return ended(
			fetch, REFUSED, "%s answers with another part than was asked for", host);
	return WHOLE;
}

static enum outcome keep(struct fetch *fetch, const char *bytes, size_t length)
{
	if (length > fetch->wanted->size - fetch->have)
		return ended(fetch, REFUSED, "%s sends more bytes than the file has",
			fetch->url->host_header);
	sha256_add(&fetch->hash, bytes, length);
	while (length > 0) {
		ssize_t put = write(fetch->file, bytes, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return ended(fetch, BROKEN, "cannot keep it: %s", strerror(errno));
		fetch->have += (uint64_t)put;
		bytes += put;
		length -= (size_t)put;
	}
	if (clock_now_ms() >= fetch->told_ms + TELL_EVERY_MS)
		tell(fetch, "");
	return WHOLE;
}

/* The body, of which `buffer` has the first `used` bytes. */
static enum outcome take_body(struct fetch *fetch, int fd, char *buffer, size_t used, uint64_t skip)
{
	for (;;) {
		size_t over = skip < used ? (size_t)skip : used;
		enum outcome outcome = keep(fetch, buffer + over, used - over);
		ssize_t got;

		skip -= over;
		if (outcome != WHOLE || (fetch->have == fetch->wanted->size && skip == 0))
			return outcome;
		got = receive(fetch, fd, buffer, 0);
		if (got < 0)
			return CUT_OFF;
		used = (size_t)got;
	}
}

static enum outcome talk(struct fetch *fetch, int fd)
{
	static char buffer[BUFFER_SIZE];
	struct response response;
	enum outcome outcome = ask(fetch, fd);
	size_t used = 0;
	uint64_t skip;
	int head;

	if (outcome != WHOLE)
		return outcome;
	while ((head = response_parse(&response, buffer, used)) == RESPONSE_INCOMPLETE) {
		ssize_t got = receive(fetch, fd, buffer, used);

		if (got < 0)
			return CUT_OFF;
		used += (size_t)got;
	}
	if (head == RESPONSE_INVALID)
		return ended(
			fetch, REFUSED, "%s does not answer in HTTP/1.1", fetch->url->host_header);
	outcome = judge(fetch, &response, &skip);
	if (outcome != WHOLE)
		return outcome;
	memmove(buffer, buffer + head, used - (size_t)head);
	return take_body(fetch, fd, buffer, used - (size_t)head, skip);
}

static enum outcome try(struct fetch *fetch)
{
	int fd = connect_to(fetch);
	enum outcome outcome;

	if (fd < 0)
		return CUT_OFF;
	outcome = talk(fetch, fd);
	close(fd);
	return outcome;
}

/* Begins again with an empty file. False if that cannot be had. */
static bool start_over(struct fetch *fetch)
{
	sha256_begin(&fetch->hash);
	fetch->have = 0;
	if (ftruncate(fetch->file, 0) == 0 && lseek(fetch->file, 0, SEEK_SET) == 0)
		return true;
	ended(fetch, BROKEN, "cannot keep it: %s", strerror(errno));
	return false;
}

/* All bytes are there: whether they are the right ones. */
static bool is_right(struct fetch *fetch)
{
	char digest[SHA256_TEXT];

	sha256_end(&fetch->hash, digest);
	if (strcmp(digest, fetch->wanted->digest) == 0)
		return true;
	ended(fetch, REFUSED, "its SHA-256 is %.16s..., and the layer's image has %.16s...", digest,
		fetch->wanted->digest);
	return false;
}

static void pause_for(uint32_t ms)
{
	nanosleep(&(struct timespec){ ms / 1000, (long)(ms % 1000) * 1000000 }, NULL);
}

/* What is in the way is said when it changes, not at every try. */
static void wait_for_next(struct fetch *fetch, char said[FETCH_REASON_MAX], uint32_t ms)
{
	if (strcmp(said, fetch->reason) != 0)
		log_line(NULL, "%s; trying again", fetch->reason);
	snprintf(said, FETCH_REASON_MAX, "%s", fetch->reason);
	tell(fetch, fetch->reason);
	pause_for(ms);
}

int fetch_file(struct fetch *fetch)
{
	struct retry retry = { 0 };
	char said[FETCH_REASON_MAX] = "";
	unsigned refusals = 0;

	if (!start_over(fetch))
		return -1;
	tell(fetch, "");
	for (;;) {
		uint64_t before = fetch->have;
		enum outcome outcome = try(fetch);

		if (outcome == WHOLE && is_right(fetch))
			return 0;
		if (outcome == BROKEN)
			return -1;
		if (outcome == CUT_OFF) {
			refusals = 0;
			if (fetch->have > before)
				retry = (struct retry){ 0 };
			wait_for_next(fetch, said,
				retry_later(
					&retry, clock_now_ms(), FETCH_FIRST_MS, FETCH_LONGEST_MS));
			continue;
		}
		/* Refused, or whole and wrong: then nothing that was fetched can be built on. */
		if (++refusals == FETCH_REFUSALS_MAX || !start_over(fetch))
			return -1;
		wait_for_next(fetch, said, FETCH_REFUSED_MS);
	}
}
