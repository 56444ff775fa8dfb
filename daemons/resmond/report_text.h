/* SPDX-License-Identifier: MIT */
/* The lines of a report: a label at the left, text beside it, folded between words. */
#ifndef RESMOND_REPORT_TEXT_H
#define RESMOND_REPORT_TEXT_H

enum { REPORT_COLUMNS = 80, REPORT_LABEL = 13 }; /* the label takes so many of the columns */

/* A line "label  text", or lines, broken between words. The next with an empty label goes on with it. */
void report_line(const char *label, const char *text);
__attribute__((format(printf, 2, 3))) void report_format(
	const char *label, const char *format, ...);

#endif
