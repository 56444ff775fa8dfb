/* SPDX-License-Identifier: MIT */
/* From a service's stdout and stderr to its ring, and on to the kernel log if its file says so. */
#ifndef PID1_OUTPUT_H
#define PID1_OUTPUT_H

#include "supervisor.h"

/* The log pipe is readable: takes a bounded amount, so that a loud service only slows itself. */
void output_read(struct supervisor *supervisor, uint32_t index);

/* Its main process died: takes all that is in the pipe, so that its last words come before its death. */
void output_drain(struct supervisor *supervisor, uint32_t index);

#endif
