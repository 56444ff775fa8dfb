/* SPDX-License-Identifier: MIT */
/*
 * A service's log in RAM: a ring of bytes that keeps the newest and counts what it lost. Pure.
 *
 * Positions are counts of bytes since the ring began, so a reader keeps one number, and sees whether and by
 * how much it was overtaken.
 */
#ifndef PID1_RING_H
#define PID1_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ring {
	char *bytes; /* not owned */
	uint32_t size; /* bytes */
	uint64_t end; /* bytes ever appended */
	uint64_t begin; /* where it began: what lies before was in another ring */
};

/* Uses `size` bytes (at least 1) at `bytes`, which must outlive the ring. */
void ring_init(struct ring *ring, char *bytes, uint32_t size);

/* Has an empty ring continue from `position`, where another one ended. */
void ring_begin_at(struct ring *ring, uint64_t position);

/* Appends `length` bytes; the oldest make room. */
void ring_append(struct ring *ring, const char *data, size_t length);

/*
 * For a caller that reads into the ring itself: the space for up to `most` bytes that come next, in two pieces as
 * writev(2) and readv(2) take them; the second may be empty. Call ring_advance() with what was read after that.
 */
void ring_room(const struct ring *ring, size_t most, struct iovec pieces[2]);
void ring_advance(struct ring *ring, size_t length);

/* Position of the oldest byte that is kept. What came before it, ring_start() bytes, is lost. */
uint64_t ring_start(const struct ring *ring);

/*
 * Copies up to `most` bytes, starting at position *from, into `buffer` and moves *from past them. If the
 * reader was overtaken, *from first moves to the oldest byte kept and *lost (if not NULL) grows by
 * the bytes passed over. Returns the number of bytes copied; 0 at the end.
 */
size_t ring_read(
	const struct ring *ring, uint64_t *from, char *buffer, size_t most, uint64_t *lost);

/*
 * Position where the last `lines` lines begin (a last line without newline counts). When the ring has
 * overwritten its beginning, the first, torn line is not counted as one.
 */
uint64_t ring_tail(const struct ring *ring, uint32_t lines);

#endif
