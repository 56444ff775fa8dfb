/* SPDX-License-Identifier: MIT */
/* A record of /dev/kmsg, as Documentation/ABI/testing/dev-kmsg has it. Pure. */
#ifndef LOGSHIPD_KERNEL_RECORD_H
#define LOGSHIPD_KERNEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"

struct kernel_record {
	uint8_t priority;
	uint64_t sequence;
	uint64_t at_us; /* since boot */
	char name[MESSAGE_NAME_MAX +
		  1]; /* "kernel", or who a record from outside of it says it is */
	char *text; /* within the bytes that were read; may have several lines */
	size_t length;
};

/*
 * Takes a record of `length` bytes apart, in place. False if it is none. Of one that a program wrote,
 * a first word before ": " that could be a service's is the name.
 */
bool kernel_record_read(struct kernel_record *record, char *bytes, size_t length);

#endif
