/* SPDX-License-Identifier: MIT */
/* The log ring. */
#include "ring.h"

#include <string.h>

void ring_init(struct ring *ring, char *bytes, uint32_t size)
{
	*ring = (struct ring){ .bytes = bytes, .size = size };
}

void ring_begin_at(struct ring *ring, uint64_t position)
{
	ring->begin = ring->end = position;
}

uint64_t ring_start(const struct ring *ring)
{
	return ring->end - ring->begin > ring->size ? ring->end - ring->size : ring->begin;
}

void ring_append(struct ring *ring, const char *data, size_t length)
{
	size_t at, first;

	if (length > ring->size) {
		ring->end += length - ring->size;
		data += length - ring->size;
		length = ring->size;
	}
	at = ring->end % ring->size;
	first = ring->size - at < length ? ring->size - at : length;
	memcpy(ring->bytes + at, data, first);
	memcpy(ring->bytes, data + first, length - first);
	ring->end += length;
}

void ring_room(const struct ring *ring, size_t most, struct iovec pieces[2])
{
	size_t at = ring->end % ring->size, first = ring->size - at;

	if (most > ring->size)
		most = ring->size;
	if (first > most)
		first = most;
	pieces[0] = (struct iovec){ .iov_base = ring->bytes + at, .iov_len = first };
	pieces[1] = (struct iovec){ .iov_base = ring->bytes, .iov_len = most - first };
}

void ring_advance(struct ring *ring, size_t length)
{
	ring->end += length;
}

size_t ring_read(const struct ring *ring, uint64_t *from, char *buffer, size_t most, uint64_t *lost)
{
	uint64_t start = ring_start(ring);
	size_t at, length, first;

	if (*from < start) {
		if (lost)
			*lost += start - *from;
		*from = start;
	}
	if (*from >= ring->end)
		return 0;
	length = ring->end - *from < most ? (size_t)(ring->end - *from) : most;
	at = *from % ring->size;
	first = ring->size - at < length ? ring->size - at : length;
	memcpy(buffer, ring->bytes + at, first);
	memcpy(buffer + first, ring->bytes, length - first);
	*from += length;
	return length;
}

static char byte_at(const struct ring *ring, uint64_t position)
{
	return ring->bytes[position % ring->size];
}

/* After the torn line that an overwritten beginning leaves; the start itself if no line is torn. */
static uint64_t first_whole_line(const struct ring *ring)
{
	uint64_t at = ring_start(ring);

	if (at == 0)
		return 0;
	while (at < ring->end)
		if (byte_at(ring, at++) == '\n' && at < ring->end)
			return at;
	return ring_start(ring); /* one line longer than the ring: show what there is of it */
}

uint64_t ring_tail(const struct ring *ring, uint32_t lines)
{
	uint64_t first = first_whole_line(ring);
	uint64_t at = ring->end;

	if (lines == 0)
		return ring->end;
	if (at > first && byte_at(ring, at - 1) == '\n')
		at--; /* the newline that ends the last line */
	while (at > first) {
		if (byte_at(ring, at - 1) == '\n' && --lines == 0)
			break;
		at--;
	}
	return at;
}
