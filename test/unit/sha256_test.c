/* SPDX-License-Identifier: MIT */
/* SHA-256 against the vectors of FIPS 180-4's examples, and in pieces of every size. */
#include "unit.h"

#include "basics/sha256.h"

static const char *digest_of(const char *bytes, size_t length, size_t piece)
{
	static char text[SHA256_TEXT];
	struct sha256 hash;

	sha256_begin(&hash);
	for (size_t at = 0; at < length; at += piece)
		sha256_add(&hash, bytes + at, length - at < piece ? length - at : piece);
	sha256_end(&hash, text);
	return text;
}

static void known_digests(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	assert_string_equal(digest_of("", 0, 1),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_of("abc", 3, 3),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(digest_of(two_blocks, sizeof(two_blocks) - 1, 56),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_letters(void **state)
{
	char letters[1000];
	struct sha256 hash;
	char text[SHA256_TEXT];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	sha256_begin(&hash);
	for (int i = 0; i < 1000; i++)
		sha256_add(&hash, letters, sizeof(letters));
	sha256_end(&hash, text);
	assert_string_equal(
		text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Lengths around the end of a block, where the length no longer fits beside the padding. */
static void pieces_make_no_difference(void **state)
{
	char bytes[200], whole[SHA256_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t length = 50; length <= sizeof(bytes); length++) {
		strcpy(whole, digest_of(bytes, length, length));
		for (size_t piece = 1; piece <= 67; piece += 3)
			assert_string_equal(digest_of(bytes, length, piece), whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(a_million_letters),
		cmocka_unit_test(pieces_make_no_difference),
	};

	return RUN("sha256", tests);
}
