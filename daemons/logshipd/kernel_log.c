/* SPDX-License-Identifier: MIT */
/* Reading /dev/kmsg: one record a read(2). */
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel_record.h"
#include "lines.h"

enum { RECORD_MAX = 8192 }; /* bytes: CONSOLE_EXT_LOG_MAX of the kernel */

int kernel_log_open(void)
{
	return open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void tell_lost(struct queue *queue, uint64_t before, uint64_t count, uint64_t now_us)
{
	char text[96];
	int length = snprintf(text, sizeof(text),
		"[logshipd: %" PRIu64 " records of the kernel's log before this are lost]", count);

	lines_add(queue,
		&(struct origin){
			.name = "kernel",
			.priority = PRIORITY(FACILITY_DAEMON, SEVERITY_WARNING),
			.at_us = now_us,
			.source = SOURCE_KERNEL,
			.position = before,
		},
		text, (size_t)length);
}

static void take(struct kernel_record *record, struct queue *queue, struct sources *sources,
	struct losses *losses, uint64_t now_us)
{
	uint64_t expected = sources->read[SOURCE_KERNEL];

	if (record->sequence < expected)
		return;
	if (record->sequence > expected) {
		losses->records += record->sequence - expected;
		tell_lost(queue, record->sequence, record->sequence - expected, now_us);
	}
	sources->read[SOURCE_KERNEL] = record->sequence + 1;
	if (record->priority >> 3 == FACILITY_DAEMON)
		return;
	lines_add(queue,
		&(struct origin){
			.name = record->name,
			.priority = record->priority,
			.at_us = record->at_us,
			.source = SOURCE_KERNEL,
			.position = record->sequence + 1,
		},
		record->text, record->length < LINES_TEXT_MAX ? record->length : LINES_TEXT_MAX);
}

void kernel_log_read(int fd, struct queue *queue, struct sources *sources, struct losses *losses,
	uint64_t now_us, uint32_t count)
{
	char bytes[RECORD_MAX];
	struct kernel_record record;

	while (count-- && queue_has_room(queue, LINES_PIECES_MAX + 1)) {
		ssize_t length = read(fd, bytes, sizeof(bytes));

		/* EPIPE: records were overwritten; the next one's number tells how many. */
		if (length < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (length <= 0)
			return;
		if (kernel_record_read(&record, bytes, (size_t)length))
			take(&record, queue, sources, losses, now_us);
	}
}
