/* SPDX-License-Identifier: MIT */
/* Text as XML 1.0 takes it. Pure. */
#ifndef SVCTL_XML_H
#define SVCTL_XML_H

#include "svctl/text.h"

/*
 * Adds a string for the content of an element or a quoted attribute: & < > " ' as entities; what
 * XML cannot hold (control characters, what is not UTF-8, U+FFFE and U+FFFF) becomes U+FFFD.
 */
void xml_add(struct text *out, const char *string);

#endif
