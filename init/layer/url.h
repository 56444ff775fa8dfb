/* SPDX-License-Identifier: MIT */
/* http://HOST[:PORT]/PATH, which is all that a boot server has for nodes. Pure. */
#ifndef LAYER_URL_H
#define LAYER_URL_H

#include <stdbool.h>

enum { URL_MAX = 512 }; /* bytes, NUL included */

struct url {
	char host[256]; /* a name or an address, without the brackets of IPv6 */
	char port[6];
	char path[URL_MAX]; /* begins with / */
	char host_header[280]; /* as the Host line of a request has it */
};

/* Takes `text` apart. False if it is no such address, or too long. */
bool url_parse(struct url *url, const char *text);

#endif
