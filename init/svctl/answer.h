/* SPDX-License-Identifier: MIT */
/* PID 1's answers as every command reads them: the lines between, and how it ends. */
#ifndef SVCTL_ANSWER_H
#define SVCTL_ANSWER_H

#include "control/connection.h"
#include "svctl/text.h"

enum { ANSWER_GOES_ON = -1 };

/*
 * The next line of the answer to a request that PID 1 answers at once (CONNECTION_ANSWER_MS for
 * each line). Returns ANSWER_GOES_ON with *line to be looked at, or the exit status: EXIT_DONE
 * after "ok"; else after saying on standard error what is wrong.
 */
int answer_line(struct connection *connection, char **line);

/* Says what an error line says; `keys` is what record_kind() left. Returns the exit status. */
int answer_refused(char *keys);

/* Sends the request and reads until "ok". Returns the exit status, told on standard error. */
int answer_plain(const struct text *request);

#endif
