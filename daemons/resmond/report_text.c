/* SPDX-License-Identifier: MIT */
#include "report_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

void report_line(const char *label, const char *text)
{
	size_t room = REPORT_COLUMNS - REPORT_LABEL - 2;

	do {
		size_t length = strlen(text), next;

		if (length > room) {
			for (length = room; length > 0 && text[length] != ' '; length--)
				;
			length = length > 0 ? length : room;
		}
		printf("  %-*s%.*s\n", REPORT_LABEL, label, (int)length, text);
		next = length + strspn(text + length, " ");
		text += next;
		label = "";
	} while (*text);
}

void report_format(const char *label, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_line(label, text);
}
