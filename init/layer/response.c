/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "basics/quantity.h"

static bool parse_count(const char *text, int64_t *count)
{
	return *text >= '0' && *text <= '9' && quantity_parse_number(text, 0, INT64_MAX, count);
}

/* "bytes 100-199/200"; the size may be *. */
static bool take_range(struct response *response, char *value)
{
	static const char unit[] = "bytes ";
	char *first = value + sizeof(unit) - 1, *dash, *slash;
	int64_t last;

	if (strncasecmp(value, unit, sizeof(unit) - 1) != 0)
		return false;
	dash = strchr(first, '-');
	slash = dash ? strchr(dash, '/') : NULL;
	if (!slash)
		return false;
	*dash = *slash = '\0';
	return parse_count(first, &response->from) && parse_count(dash + 1, &last) &&
	       last >= response->from &&
	       (strcmp(slash + 1, "*") == 0 || parse_count(slash + 1, &response->whole));
}

static bool take_field(struct response *response, char *line)
{
	char *value = strchr(line, ':');
	size_t length;

	if (!value || value == line)
		return false;
	*value++ = '\0';
	value += strspn(value, " \t");
	length = strlen(value);
	while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
		value[--length] = '\0';
	if (strcasecmp(line, "Content-Length") == 0)
		return parse_count(value, &response->length);
	if (strcasecmp(line, "Transfer-Encoding") == 0 || strcasecmp(line, "Content-Encoding") == 0)
		response->encoded = strcasecmp(value, "identity") != 0;
	/* Of an answer without a part of the file (416) it says something else. */
	if (strcasecmp(line, "Content-Range") == 0 && response->status == 206)
		return take_range(response, value);
	return true;
}

static bool take_status(struct response *response, const char *line)
{
	static const char version[] = "HTTP/1.";
	size_t length = sizeof(version) - 1;

	if (strncmp(line, version, length) != 0 || (line[length] != '0' && line[length] != '1') ||
		line[length + 1] != ' ' || strspn(line + length + 2, "0123456789") != 3 ||
		(line[length + 5] != ' ' && line[length + 5] != '\0'))
		return false;
	response->status = (line[length + 2] - '0') * 100 + (line[length + 3] - '0') * 10 +
			   (line[length + 4] - '0');
	return response->status >= 100 && response->status <= 599;
}

/* The lines of a whole head; `head` is written to. */
static bool take_lines(struct response *response, char *head)
{
	char *line = strsep(&head, "\n");
	bool valid = true;

	line[strcspn(line, "\r")] = '\0';
	if (!take_status(response, line))
		return false;
	while (valid && (line = strsep(&head, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		if (*line)
			valid = take_field(response, line);
	}
	return valid;
}

int response_parse(struct response *response, const char *bytes, size_t length)
{
	char head[RESPONSE_HEAD_MAX + 1];
	size_t looked = length < RESPONSE_HEAD_MAX ? length : RESPONSE_HEAD_MAX;
	const char *end = memmem(bytes, looked, "\r\n\r\n", 4);
	size_t used;

	*response = (struct response){ .length = -1, .from = -1, .whole = -1 };
	if (!end)
		return length < RESPONSE_HEAD_MAX ? RESPONSE_INCOMPLETE : RESPONSE_INVALID;
	used = (size_t)(end - bytes);
	if (memchr(bytes, '\0', used))
		return RESPONSE_INVALID;
	memcpy(head, bytes, used);
	head[used] = '\0';
	return take_lines(response, head) ? (int)used + 4 : RESPONSE_INVALID;
}
