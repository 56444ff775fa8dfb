/* SPDX-License-Identifier: MIT */
/* Between fuzz_node.c and the system it is on. Nobody else includes this. */
#ifndef FUZZ_FUZZ_SYSTEM_H
#define FUZZ_FUZZ_SYSTEM_H

#include "fuzz_node.h"

/* The node that is played. */
extern struct fuzz_node *fuzz_node;

/* Opens a descriptor that is none; closing one that is not open aborts. */
int fuzz_open(void);
void fuzz_close(int fd);

#endif
