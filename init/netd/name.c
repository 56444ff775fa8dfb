/* SPDX-License-Identifier: MIT */
/* Names of hosts, domains and interfaces; see name.h. */
#include "name.h"

#include <net/if.h>
#include <string.h>

static bool is_alphanumeric(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9');
}

bool name_is_host(const char *name, size_t most)
{
	size_t label = 0;

	if (strnlen(name, most + 1) > most)
		return false;
	for (; *name; name++) {
		if (*name == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!is_alphanumeric(*name) && *name != '_' && (*name != '-' || label == 0))
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

bool name_is_interface(const char *name)
{
	size_t length = strnlen(name, IFNAMSIZ);

	if (length == 0 || length >= IFNAMSIZ || !is_alphanumeric(name[0]))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_alphanumeric(name[i]) && !strchr("._-@", name[i]))
			return false;
	}
	return true;
}

const char *name_printable(char *buffer, size_t size, const char *text)
{
	size_t length = 0;

	for (; text[length] && length + 1 < size; length++)
		buffer[length] = text[length] >= ' ' && text[length] <= '~' ? text[length] : '?';
	buffer[length] = '\0';
	return buffer;
}
