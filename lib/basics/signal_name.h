/* SPDX-License-Identifier: MIT */
/* Names of signals as service files and svctl write them: TERM, SIGTERM or 15. Pure. */
#ifndef BASICS_SIGNAL_NAME_H
#define BASICS_SIGNAL_NAME_H

/* The signal's number, or -1. Real-time signals have numbers only. */
int signal_number(const char *name);

/* "TERM" for 15; NULL if it has no name. */
const char *signal_name(int number);

#endif
