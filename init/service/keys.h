/* SPDX-License-Identifier: MIT */
/* The keys of a service file: how each is written, and reading its value. */
#ifndef SERVICE_KEYS_H
#define SERVICE_KEYS_H

#include "service/config.h"

struct service_draft;

/* The key as it is written in a file ("stop-timeout"); NULL from SERVICE_KEY_COUNT on. */
const char *service_key_name(int key);

/*
 * Reads the trimmed, non-empty value of that key into draft->config; may write to it. Strings are kept as
 * pointers into it. Errors are reported to the draft.
 */
void service_key_read(struct service_draft *draft, enum service_key key, char *value);

#endif
