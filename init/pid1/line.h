/* SPDX-License-Identifier: MIT */
/* Writes the lines of the control protocol for PID 1; control/protocol.h lists their keys. */
#ifndef PID1_LINE_H
#define PID1_LINE_H

#include "supervisor.h"

/* A line under construction. What does not fit is left out whole, key and value. */
struct line {
	char *bytes;
	size_t size;
	size_t length;
};

void line_begin(struct line *line, char *bytes, size_t size, const char *word);
void line_number(struct line *line, const char *key, int64_t number);

/* At most `most` bytes of the value; NULL or "" leaves the key out. */
void line_text(struct line *line, const char *key, const char *value, size_t most);

/* Ends it with a newline and returns its length. */
size_t line_end(struct line *line);

/* Whole lines, into PROTOCOL_LINE_MAX bytes. Each returns its length. */
size_t line_node(char *output, const struct supervisor *supervisor);
size_t line_service(char *output, const struct supervisor *supervisor, uint32_t index);
size_t line_boot(char *output, const struct supervisor *supervisor);
size_t line_times(char *output, const struct supervisor *supervisor, uint32_t index);
size_t line_state(char *output, const struct supervisor *supervisor, uint32_t index);
size_t line_change(char *output, const struct supervisor *supervisor, const struct change *change);
size_t line_lost(char *output, uint64_t count);
size_t line_log(char *output, size_t bytes, uint64_t dropped);
size_t line_log_of(
	char *output, const char *name, uint64_t position, size_t bytes, uint64_t dropped);

#endif
