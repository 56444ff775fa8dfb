/* SPDX-License-Identifier: MIT */
/* The signals of a daemon, as something to poll(2). */
#ifndef BASICS_SIGNALS_H
#define BASICS_SIGNALS_H

/*
 * Blocks these signals, of which 0 is behind the last, and returns a descriptor from which they are read
 * (signalfd(2), without waiting); -1 with errno. SIGPIPE is ignored from then on: a log that nobody reads any
 * more is no reason to die.
 */
int signals_open(const int *numbers);

#endif
