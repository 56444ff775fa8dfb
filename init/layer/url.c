/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "basics/quantity.h"

/* The characters of RFC 3986 that a path may have as they are, and % for the others. */
static const char path_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	"-._~!$&'()*+,;=:@%/";
static const char host_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

static bool copy(char *to, size_t size, const char *from, size_t length, const char *allowed)
{
	if (length == 0 || length >= size || strspn(from, allowed) < length)
		return false;
	memcpy(to, from, length);
	to[length] = '\0';
	return true;
}

/* HOST or [ADDRESS]; *end is behind it. */
static bool take_host(struct url *url, const char *text, const char **end)
{
	if (*text == '[') {
		*end = strchr(text, ']');
		if (!*end || !copy(url->host, sizeof(url->host), text + 1,
				     (size_t)(*end - text - 1), "0123456789abcdefABCDEF:."))
			return false;
		++*end;
		return true;
	}
	*end = text + strcspn(text, ":/");
	return copy(url->host, sizeof(url->host), text, (size_t)(*end - text), host_characters);
}

bool url_parse(struct url *url, const char *text)
{
	static const char scheme[] = "http://";
	const char *host = text + sizeof(scheme) - 1, *port, *path;
	int64_t number;

	if (strlen(text) >= URL_MAX || strncmp(text, scheme, sizeof(scheme) - 1) != 0 ||
		!take_host(url, host, &port))
		return false;
	path = port;
	strcpy(url->port, "80");
	if (*port == ':') {
		path = port + 1 + strcspn(port + 1, "/");
		if (!copy(url->port, sizeof(url->port), port + 1, (size_t)(path - port - 1),
			    "0123456789") ||
			!quantity_parse_number(url->port, 1, UINT16_MAX, &number))
			return false;
	}
	if (!copy(url->path, sizeof(url->path), path, strlen(path), path_characters) ||
		*url->path != '/')
		return false;
	snprintf(url->host_header, sizeof(url->host_header), "%.*s", (int)(path - host), host);
	return true;
}
