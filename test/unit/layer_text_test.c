/* SPDX-License-Identifier: MIT */
/* What join-layer reads: a layer's description, an address, the head of an answer. */
#include "unit.h"

#include "layer/description.h"
#include "layer/response.h"
#include "layer/url.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void a_description_names_digest_and_size(void **state)
{
	struct description description;

	(void)state;
	assert_null(description_parse(&description, "sha256 " DIGEST "\nsize 29450240\n"));
	assert_string_equal(description.digest, DIGEST);
	assert_int_equal(description.size, 29450240);
	assert_null(description_parse(&description, "\nsize 1\nsha256 " DIGEST));
}

static void what_is_no_description_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"size 5\n",
		"sha256 " DIGEST "\n",
		"sha256 " DIGEST "0\nsize 5\n",
		"sha256 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\nsize 5\n",
		"sha256 " DIGEST "\nsize 0\n",
		"sha256 " DIGEST "\nsize -5\n",
		"sha256 " DIGEST "\nsize 4294967297\n",
		"sha256 " DIGEST "\nsize 5K\n",
		"sha256 " DIGEST "\nsize 5\nurl x\n",
	};
	char long_text[DESCRIPTION_MAX + 2];
	struct description description;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_non_null(description_parse(&description, texts[i]));
	memset(long_text, '\n', sizeof(long_text));
	long_text[DESCRIPTION_MAX + 1] = '\0';
	assert_string_equal(description_parse(&description, long_text), "it is too long");
}

static void names_are_no_paths(void **state)
{
	(void)state;
	assert_true(layer_name_valid("python"));
	assert_true(layer_name_valid("a.b_c-1"));
	assert_true(layer_name_valid("abcdefghijklmnopqrstuvwxyz"));
	assert_false(layer_name_valid("abcdefghijklmnopqrstuvwxyz0"));
	assert_false(layer_name_valid(""));
	assert_false(layer_name_valid(".."));
	assert_false(layer_name_valid("a/b"));
	assert_false(layer_name_valid("Python"));
}

static void expect_url(
	const char *text, const char *host, const char *port, const char *path, const char *header)
{
	struct url url;

	assert_true(url_parse(&url, text));
	assert_string_equal(url.host, host);
	assert_string_equal(url.port, port);
	assert_string_equal(url.path, path);
	assert_string_equal(url.host_header, header);
}

static void addresses_are_taken_apart(void **state)
{
	(void)state;
	expect_url("http://10.0.2.2:8000/a/b", "10.0.2.2", "8000", "/a/b", "10.0.2.2:8000");
	expect_url("http://boot/", "boot", "80", "/", "boot");
	expect_url("http://[fe80::1]:81/x", "fe80::1", "81", "/x", "[fe80::1]:81");
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = { "", "http://", "http:///x", "https://host/x",
		"http://host", "http://host:/x", "http://host:0/x", "http://host:65536/x",
		"http://host:80a/x", "http://ho st/x", "http://host/x y", "http://host/x\r\nA: b",
		"http://user@host/x", "http://[fe80::1/x", "http://[]/x", "http://[x]/x" };
	char long_text[URL_MAX + 1] = "http://host/";
	struct url url;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(url_parse(&url, texts[i]));
	memset(long_text + 12, 'x', URL_MAX - 12);
	long_text[URL_MAX] = '\0';
	assert_false(url_parse(&url, long_text));
	long_text[URL_MAX - 1] = '\0';
	assert_true(url_parse(&url, long_text));
}

static int parse(struct response *response, const char *text)
{
	return response_parse(response, text, strlen(text));
}

static void heads_are_read(void **state)
{
	static const char
		ok[] = "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length:  12 \r\n\r\nbody",
		part[] =
			"HTTP/1.0 206 \r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n";
	struct response response;

	(void)state;
	assert_int_equal(parse(&response, ok), sizeof(ok) - 1 - 4);
	assert_int_equal(response.status, 200);
	assert_int_equal(response.length, 12);
	assert_int_equal(response.from, -1);
	assert_int_equal(parse(&response, part), sizeof(part) - 1);
	assert_int_equal(response.status, 206);
	assert_int_equal(response.from, 5);
	assert_int_equal(response.whole, 10);
	parse(&response, "HTTP/1.1 206 x\r\nContent-Range: bytes 5-9/*\r\n\r\n");
	assert_int_equal(response.whole, -1);
	parse(&response, "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(response.encoded, 1);
	/* Which says how large the file is, and is no part of it. */
	assert_true(parse(&response, "HTTP/1.1 416 x\r\nContent-Range: bytes */10\r\n\r\n") > 0);
}

static void a_head_comes_in_pieces(void **state)
{
	static const char text[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	struct response response;

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++)
		assert_int_equal(response_parse(&response, text, length), RESPONSE_INCOMPLETE);
}

static void what_is_no_head_is_refused(void **state)
{
	static const char *const texts[] = { "\r\n\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.1 20 x\r\n\r\n",
		"HTTP/1.1 2000 x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "HTTP/2 200\r\n\r\n",
		"HTTP/1.1 200 x\r\nno colon\r\n\r\n", "HTTP/1.1 200 x\r\n: y\r\n\r\n",
		"HTTP/1.1 200 x\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 x\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 206 x\r\nContent-Range: bytes 9-5/10\r\n\r\n",
		"HTTP/1.1 206 x\r\nContent-Range: lines 1-2/3\r\n\r\n" };
	char endless[RESPONSE_HEAD_MAX];
	struct response response;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(parse(&response, texts[i]), RESPONSE_INVALID);
	assert_int_equal(
		response_parse(&response, "HTTP/1.1 200 \0x\r\n\r\n", 19), RESPONSE_INVALID);
	memset(endless, 'x', sizeof(endless));
	assert_int_equal(response_parse(&response, endless, sizeof(endless)), RESPONSE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_description_names_digest_and_size),
		cmocka_unit_test(what_is_no_description_is_refused),
		cmocka_unit_test(names_are_no_paths),
		cmocka_unit_test(addresses_are_taken_apart),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(heads_are_read),
		cmocka_unit_test(a_head_comes_in_pieces),
		cmocka_unit_test(what_is_no_head_is_refused),
	};

	return RUN("layer_text", tests);
}
