/* SPDX-License-Identifier: MIT */
/*
 * The algorithm as FIPS 180-4 states it, section 6.2; the constants are those of its section 4.2.2. Most 64-bit Arm
 * processors have instructions for it, six times as fast, and QEMU emulates these well.
 */
#include "basics/sha256.h"

#include <stdio.h>
#include <string.h>

#ifdef __aarch64__
#include <arm_neon.h>
#include <sys/auxv.h>

#define HWCAP_SHA2_BIT 6 /* of AT_HWCAP: the kernel's arch/arm64/include/uapi/asm/hwcap.h */
#endif

enum {
	ROUNDS = 64,
	LENGTH_AT = SHA256_BLOCK - 8, /* where the last block has the length in bits */
};

static const uint32_t constants[ROUNDS] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static uint32_t turn(uint32_t word, unsigned count)
{
	return word >> count | word << (32 - count);
}

static uint32_t read_word(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void expand(uint32_t words[ROUNDS], const unsigned char *block)
{
	for (int i = 0; i < 16; i++)
		words[i] = read_word(block + 4 * i);
	for (int i = 16; i < ROUNDS; i++) {
		uint32_t early = words[i - 15], late = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
			   (turn(early, 7) ^ turn(early, 18) ^ early >> 3) +
			   (turn(late, 17) ^ turn(late, 19) ^ late >> 10);
	}
}

static void take_block_plainly(uint32_t state[8], const unsigned char *block)
{
	uint32_t words[ROUNDS], v[8];

	expand(words, block);
	memcpy(v, state, sizeof(v));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
		uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + choice +
			       constants[i] + words[i];
		uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + majority;

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

#ifdef __aarch64__
/* Four rounds a turn; the next words of the schedule take the place of those that are used up. */
__attribute__((target("+crypto"))) static void take_block_by_instructions(
	uint32_t state[8], const unsigned char *block)
{
	uint32x4_t first = vld1q_u32(state), last = vld1q_u32(state + 4), words[4];
	uint32x4_t first_before = first, last_before = last;

	for (int i = 0; i < 4; i++)
		words[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * i)));
	for (int i = 0; i < ROUNDS / 4; i++) {
		uint32x4_t now = vaddq_u32(words[i % 4], vld1q_u32(constants + 4 * i));
		uint32x4_t first_was = first;

		words[i % 4] = vsha256su1q_u32(vsha256su0q_u32(words[i % 4], words[(i + 1) % 4]),
			words[(i + 2) % 4], words[(i + 3) % 4]);
		first = vsha256hq_u32(first, last, now);
		last = vsha256h2q_u32(last, first_was, now);
	}
	vst1q_u32(state, vaddq_u32(first, first_before));
	vst1q_u32(state + 4, vaddq_u32(last, last_before));
}
#endif

static void take_block(uint32_t state[8], const unsigned char *block)
{
#ifdef __aarch64__
	if (getauxval(AT_HWCAP) >> HWCAP_SHA2_BIT & 1) {
		take_block_by_instructions(state, block);
		return;
	}
#endif
	take_block_plainly(state, block);
}

void sha256_begin(struct sha256 *hash)
{
	static const uint32_t state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	*hash = (struct sha256){ .length = 0 };
	memcpy(hash->state, state, sizeof(state));
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;

	while (length > 0) {
		size_t used = hash->length % SHA256_BLOCK;
		size_t more = length < SHA256_BLOCK - used ? length : SHA256_BLOCK - used;

		hash->length += more;
		length -= more;
		if (more == SHA256_BLOCK) {
			take_block(hash->state, from);
		} else {
			memcpy(hash->block + used, from, more);
			if (used + more == SHA256_BLOCK)
				take_block(hash->state, hash->block);
		}
		from += more;
	}
}

void sha256_end(struct sha256 *hash, char text[SHA256_TEXT])
{
	static const unsigned char padding[SHA256_BLOCK] = { 0x80 };
	uint64_t bits = hash->length * 8;
	size_t used = hash->length % SHA256_BLOCK;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(hash, padding, (used < LENGTH_AT ? LENGTH_AT : LENGTH_AT + SHA256_BLOCK) - used);
	sha256_add(hash, length, sizeof(length));
	for (int i = 0; i < 8; i++)
		snprintf(text + 8 * i, 9, "%08x", (unsigned)hash->state[i]);
}
