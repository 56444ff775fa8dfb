/* SPDX-License-Identifier: MIT */
/* The page of a node, page.html, as it lies in the program. */
#ifndef RESMOND_PAGE_H
#define RESMOND_PAGE_H

#include <stddef.h>

/* Its Content-Security-Policy: this very script and style, the node's own metrics, and nothing else. */
extern const char page_policy[];
extern const char page_text[];
extern const char page_end[];

size_t page_length(void);

#endif
