/* SPDX-License-Identifier: MIT */
/* What svctl says on standard error, and the exit status that goes with it. */
#ifndef SVCTL_MESSAGE_H
#define SVCTL_MESSAGE_H

/* Writes "svctl: MESSAGE\n" to standard error, after what is on its way to standard output. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Writes what is still buffered for standard output. Returns `status`; or says why and returns
 * EXIT_TRIED_AND_FAILED if it could not be written (disk full, closed), as then nobody has seen it.
 */
int finish_output(int status);

#endif
