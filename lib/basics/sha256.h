/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of bytes as they come. Pure. */
#ifndef BASICS_SHA256_H
#define BASICS_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
	SHA256_SIZE = 32, /* bytes of a digest */
	SHA256_BLOCK = 64, /* bytes that are worked on at a time */
	SHA256_TEXT = 2 * SHA256_SIZE + 1, /* of a digest in hexadecimal, NUL included */
};

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[SHA256_BLOCK]; /* the last of them, length % SHA256_BLOCK */
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);

/* The digest of all that was added, in lower-case hexadecimal. Ends the use of `hash`. */
void sha256_end(struct sha256 *hash, char text[SHA256_TEXT]);

#endif
