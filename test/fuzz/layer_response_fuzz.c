/* SPDX-License-Identifier: MIT */
/* What a server answers to join-layer, and what a layer's archive says of its image: any bytes. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "layer/description.h"
#include "layer/response.h"
#include "layer/url.h"

static void look_at_response(const char *bytes, size_t length)
{
	struct response response, again;
	int head = response_parse(&response, bytes, length);

	if (head < 0) {
		expect(head == RESPONSE_INVALID ||
			(head == RESPONSE_INCOMPLETE && length < RESPONSE_HEAD_MAX));
		return;
	}
	expect((size_t)head <= length && head <= RESPONSE_HEAD_MAX);
	expect(response.status >= 100 && response.status <= 599);
	expect(response.length >= -1 && response.from >= -1 && response.whole >= -1);
	/* What follows the head makes no difference. */
	expect(response_parse(&again, bytes, (size_t)head) == head &&
		again.status == response.status);
}

static void look_at_text(const char *text)
{
	struct description description;
	struct url url;

	if (!description_parse(&description, text)) {
		expect(strlen(description.digest) == SHA256_TEXT - 1);
		expect(description.size > 0 && description.size <= IMAGE_SIZE_MAX);
	}
	if (url_parse(&url, text)) {
		expect(url.path[0] == '/' && url.host[0] && url.port[0]);
		expect(!strpbrk(url.path, "\r\n ") && !strpbrk(url.host_header, "\r\n /"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_bytes(data, size), *text = fuzz_text(data, size);

	look_at_response(bytes, size);
	look_at_text(text);
	free(bytes);
	free(text);
	return 0;
}
