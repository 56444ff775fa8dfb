/* SPDX-License-Identifier: MIT */
/* Puts page.html into the program; mk/programs.mk knows that this depends on it. */
#include "page.h"

#include <stdint.h>

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
