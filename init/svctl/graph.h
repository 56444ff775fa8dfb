/* SPDX-License-Identifier: MIT */
/* svctl graph: who needs whom, in Graphviz's language. Pure. */
#ifndef SVCTL_GRAPH_H
#define SVCTL_GRAPH_H

#include "svctl/timeline.h"

/* Adds a whole graph for dot(1): a box a service, an arrow to what it needs or comes after. */
void graph_write(struct text *out, const struct timeline *timeline);

/* Adds a string in DOT's double quotes. What is no UTF-8 or a control character becomes \x1b. */
void graph_quote(struct text *out, const char *string);

#endif
