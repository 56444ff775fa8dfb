/* SPDX-License-Identifier: MIT */
/* svctl reexec: PID 1 is asked to become a fresh image of itself, and then who it is. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "control/protocol.h"
#include "svctl/answer.h"
#include "svctl/command.h"
#include "svctl/message.h"
#include "svctl/request.h"
#include "svctl/snapshot.h"

enum { LOOKS = 20, LOOK_PAUSE_MS = 50 }; /* it takes milliseconds */

/* Asks how many images there were before the one that answers. Returns the exit status, told. */
static int count_images(int64_t *reexecs)
{
	struct snapshot snapshot;
	int status = snapshot_take(&snapshot, NULL);

	*reexecs = snapshot.node.reexecs;
	snapshot_free(&snapshot);
	return status;
}

int command_reexec(const struct invocation *invocation)
{
	struct text request = { 0 };
	int64_t before, now;
	int status = count_images(&before);

	(void)invocation;
	if (status != EXIT_DONE)
		return status;
	request_begin(&request, "reexec");
	status = answer_plain(&request);
	text_free(&request);
	for (int i = 0; i < LOOKS && status == EXIT_DONE; i++) {
		status = count_images(&now);
		if (status == EXIT_DONE && now != RECORD_UNKNOWN && now > before) {
			printf("PID 1 is a fresh image of itself; it was replaced %" PRId64
			       " time%s since the node booted\n",
				now, now == 1 ? "" : "s");
			return EXIT_DONE;
		}
		poll(NULL, 0, LOOK_PAUSE_MS);
	}
	if (status != EXIT_DONE)
		return status;
	complain("reexec: PID 1 is the same as before; what kept it from being replaced is in the "
		 "kernel log (dmesg)");
	return EXIT_TRIED_AND_FAILED;
}
