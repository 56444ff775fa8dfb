/* SPDX-License-Identifier: MIT */
/* The kernel's text files: see lines.h. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int lines_open_file(int root, const char *path)
{
	return openat(root, path + 1, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

void lines_begin(struct lines *lines, int fd)
{
	lines->fd = fd;
	lines->error = 0;
	lines->start = lines->end = 0;
	lines->kept_length = 0;
	lines->kept = true;
	lines->whole = lines->again = false;
}

bool lines_open(struct lines *lines, int root, const char *path)
{
	lines_begin(lines, lines_open_file(root, path));
	if (lines->fd < 0)
		lines->error = errno;
	return lines->fd >= 0;
}

void lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
}

void lines_rewind(struct lines *lines)
{
	lines->start = lines->end = 0;
	if (lines->whole) {
		memcpy(lines->buffer, lines->copy, lines->kept_length);
		lines->end = lines->kept_length;
		lines->again = true;
		return;
	}
	lines->kept_length = 0;
	lines->kept = true;
	if (lines->fd >= 0 && lseek(lines->fd, 0, SEEK_SET) < 0)
		lines->error = errno;
}

static void keep(struct lines *lines, const char *bytes, size_t length)
{
	if (!lines->kept || length > sizeof(lines->copy) - lines->kept_length) {
		lines->kept = false;
		return;
	}
	memcpy(lines->copy + lines->kept_length, bytes, length);
	lines->kept_length += length;
}

/* Reads more behind what is there. False: there is no more. */
static bool fill(struct lines *lines)
{
	ssize_t got;

	if (lines->fd < 0 || lines->again)
		return false;
	do {
		got = read(lines->fd, lines->buffer + lines->end,
			sizeof(lines->buffer) - 1 - lines->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		lines->error = errno;
	if (got == 0)
		lines->whole = lines->kept;
	if (got <= 0)
		return false;
	keep(lines, lines->buffer + lines->end, (size_t)got);
	lines->end += (size_t)got;
	return true;
}

/* Passes over the rest of a line that is longer than the buffer. */
static void pass_over(struct lines *lines)
{
	char *newline = NULL;

	/* The byte at 0 ends the line that is handed out, so the buffer is used from 1 on. */
	char *from = lines->buffer + sizeof(lines->buffer) / 2;
	size_t keep = (size_t)(from - lines->buffer);

	while (!newline) {
		lines->end = keep;
		if (!fill(lines))
			break;
		newline = memchr(from, '\n', lines->end - keep);
	}
	lines->start = newline ? (size_t)(newline - lines->buffer) + 1 : lines->end;
}

char *lines_next(struct lines *lines)
{
	size_t searched = 0;

	for (;;) {
		char *line = lines->buffer + lines->start;
		size_t length = lines->end - lines->start;
		char *newline = memchr(line + searched, '\n', length - searched);

		if (newline) {
			*newline = '\0';
			lines->start += (size_t)(newline - line) + 1;
			return line;
		}
		memmove(lines->buffer, line, length);
		lines->start = 0;
		lines->end = searched = length;
		if (length == sizeof(lines->buffer) - 1) {
			lines->buffer[sizeof(lines->buffer) / 2 - 1] = '\0';
			pass_over(lines);
			return lines->buffer;
		}
		if (!fill(lines)) {
			if (length == 0)
				return NULL;
			lines->buffer[length] = '\0';
			lines->start = lines->end;
			return lines->buffer;
		}
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *pass_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* A scrape splits thousands of words: strcspn(3) makes a table of its set for each. */
char *lines_word(char **text)
{
	char *word = *text, *end;

	while (is_blank(*word))
		word++;
	for (end = word; *end && !is_blank(*end);)
		end++;
	*text = end;
	if (*end)
		*(*text)++ = '\0';
	return word;
}

/* Digits from *text on, which then stands behind them. */
static bool read_digits(const char **text, uint64_t *number)
{
	uint64_t value = 0;
	const char *at = *text;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return false;
	}
	*text = at;
	*number = value;
	return true;
}

bool lines_number(const char *text, uint64_t *number)
{
	text = pass_blanks(text);
	return read_digits(&text, number);
}

bool lines_signed(const char *text, int64_t *number)
{
	uint64_t size;
	bool negative;

	text = pass_blanks(text);
	negative = *text == '-';
	text += negative;
	if (!read_digits(&text, &size) || size > INT64_MAX || text[strspn(text, " \t\n")] != '\0')
		return false;
	*number = negative ? -(int64_t)size : (int64_t)size;
	return true;
}

bool lines_fixed(const char *text, unsigned decimals, uint64_t *number)
{
	uint64_t value;

	text = pass_blanks(text);
	if (!read_digits(&text, &value))
		return false;
	if (*text == '.')
		text++;
	for (unsigned i = 0; i < decimals; i++) {
		uint64_t digit = *text >= '0' && *text <= '9' ? (uint64_t)(*text++ - '0') : 0;

		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, digit, &value))
			return false;
	}
	*number = value;
	return true;
}

const char *lines_after(const char *line, const char *key)
{
	size_t length = strlen(key);

	return strncmp(line, key, length) == 0 ? line + length : NULL;
}

int lines_read(int root, const char *path, char *text, size_t size)
{
	int fd = lines_open_file(root, path);
	size_t length = 0;
	ssize_t got;
	int error;

	if (fd < 0)
		return -1;
	/* The kernel ends its small files with a newline, and hands them out whole: no need to ask again. */
	while ((got = read(fd, text + length, size - 1 - length)) > 0) {
		length += (size_t)got;
		if (length < size - 1 && text[length - 1] == '\n')
			break;
	}
	error = errno;
	close(fd);
	if (got < 0) {
		errno = error;
		return -1;
	}
	while (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return (int)length;
}

bool lines_read_number(int root, const char *path, uint64_t *number)
{
	char text[64];

	if (lines_read(root, path, text, sizeof(text)) < 0)
		return false;
	errno = EINVAL;
	return lines_number(text, number);
}

bool lines_read_signed(int root, const char *path, int64_t *number)
{
	char text[64];

	if (lines_read(root, path, text, sizeof(text)) < 0)
		return false;
	errno = EINVAL;
	return lines_signed(text, number);
}
