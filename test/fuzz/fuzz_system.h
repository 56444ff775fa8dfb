/* SPDX-License-Identifier: MIT */
/* Between fuzz_node.c and the system it is on. Nobody else includes this. */
#ifndef FUZZ_FUZZ_SYSTEM_H
#define FUZZ_FUZZ_SYSTEM_H

#include "fuzz_node.h"

/* The node that is played. */
extern struct fuzz_node *fuzz_node;

/* Numbers that nothing of this process, or of this machine, has. */
enum {
	FUZZ_FD_FIRST = 60000, /* the highest that PID 1 may have is 65535 */
	FUZZ_PID_FIRST = 5000000, /* beyond PID_MAX_LIMIT */
	FUZZ_PID_LAST = FUZZ_PID_FIRST + 1000 * 1000,
};

/* Opens a descriptor that is none; closing one that is not open aborts. */
int fuzz_open(void);
void fuzz_close(int fd);

#endif
