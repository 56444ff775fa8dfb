/* SPDX-License-Identifier: MIT */
/* What a service can be called: its file's name in /etc/svc, and its name in the protocol. Pure. */
#ifndef CONTROL_SERVICE_NAME_H
#define CONTROL_SERVICE_NAME_H

#include <stdbool.h>

enum { SERVICE_NAME_MAX = 32 }; /* bytes, without the NUL */

/* True if `name` is a service's name: [a-z0-9][a-z0-9._-]{0,31}. */
bool service_name_valid(const char *name);

#endif
