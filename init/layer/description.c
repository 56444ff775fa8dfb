/* SPDX-License-Identifier: MIT */
#include "description.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/quantity.h"

bool layer_name_valid(const char *name)
{
	return strlen(name) <= LAYER_NAME_MAX && service_name_valid(name);
}

static const char *take_line(struct description *description, const char *line)
{
	static const char sha256[] = "sha256 ", size[] = "size ";
	int64_t bytes;

	if (strncmp(line, sha256, sizeof(sha256) - 1) == 0) {
		const char *digest = line + sizeof(sha256) - 1;

		if (strlen(digest) != SHA256_TEXT - 1 ||
			strspn(digest, "0123456789abcdef") != SHA256_TEXT - 1)
			return "its sha256 is not 64 hexadecimal digits in lower case";
		memcpy(description->digest, digest, SHA256_TEXT);
		return NULL;
	}
	if (strncmp(line, size, sizeof(size) - 1) != 0)
		return "it has a line that begins neither with sha256 nor with size";
	if (!quantity_parse_number(line + sizeof(size) - 1, 1, IMAGE_SIZE_MAX, &bytes))
		return "its size is no number of bytes from 1 to 4294967296";
	description->size = (uint64_t)bytes;
	return NULL;
}

const char *description_parse(struct description *description, const char *text)
{
	char copy[DESCRIPTION_MAX + 1], *rest = copy, *line;

	*description = (struct description){ .size = 0 };
	if (strlen(text) > DESCRIPTION_MAX)
		return "it is too long";
	strcpy(copy, text); /* it fits */
	while ((line = strsep(&rest, "\n"))) {
		const char *problem = *line ? take_line(description, line) : NULL;

		if (problem)
			return problem;
	}
	if (!description->digest[0] || !description->size)
		return "it has to have a line sha256 and a line size";
	return NULL;
}

const char *description_read(struct description *description, const char *name)
{
	char path[sizeof(DESCRIPTION_FOLDER) + LAYER_NAME_MAX + 1], text[DESCRIPTION_MAX + 2];
	ssize_t length;
	int file;

	snprintf(path, sizeof(path), DESCRIPTION_FOLDER "/%s", name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return strerror(errno);
	length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length < 0)
		return strerror(errno);
	text[length] = '\0';
	return description_parse(description, text);
}
