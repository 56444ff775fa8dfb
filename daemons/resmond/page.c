/* SPDX-License-Identifier: MIT */
/* Puts page.html into the program; mk/programs.mk knows that this depends on it. */
#include "page.h"

#include <stdint.h>

/* Of what stands between the tags; test_resmond_http.py tells them when the page was changed. */
#define SCRIPT_HASH "sha256-u8leaI2h6NpXEUuF82UfGgwYVk8oZi5InwsKecwnOLU="
#define STYLE_HASH  "sha256-Nb2xTqv3KEbnxXElZ83YPevc1n1YHvCRDLwFU5gctwo="

const char page_policy[] =
	"default-src 'none'; script-src '" SCRIPT_HASH "'; style-src '" STYLE_HASH
	"'; img-src data:; connect-src 'self'; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'";

__asm__(".section .rodata.page,\"a\"\n"
	".global page_text, page_end\n"
	"page_text:\n"
	".incbin \"daemons/resmond/page.html\"\n"
	"page_end:\n"
	".byte 0\n"
	".previous\n");

size_t page_length(void)
{
	return (uintptr_t)page_end - (uintptr_t)page_text;
}
