/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts, domains and interfaces: what may pass from a server or the command line into the
 * kernel and into files that other programs read. Pure.
 */
#ifndef NETD_NAME_H
#define NETD_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HOSTNAME_MAX = 64, /* the kernel's __NEW_UTS_LEN */
	DOMAIN_MAX = 253, /* RFC 1035: 255 octets on the wire */
	LABEL_MAX = 63,
};

/*
 * True if `name` is one or more labels of letters, digits, - and _ with single dots between them, no
 * label starting with -, none longer than LABEL_MAX, and not longer than `most` bytes altogether.
 */
bool name_is_host(const char *name, size_t most);

/* True if the kernel would take `name` for an interface, and so would a log line. */
bool name_is_interface(const char *name);

/*
 * Copies `text` for a log line: what is not printable ASCII becomes '?', what does not fit in
 * `size` is cut. Returns buffer.
 */
const char *name_printable(char *buffer, size_t size, const char *text);

#endif
