/* SPDX-License-Identifier: MIT */
/* svctl poweroff, reboot, halt: one request; PID 1 does the rest, and says ok before it begins. */
#include "svctl/answer.h"
#include "svctl/command.h"
#include "svctl/request.h"

int command_power(const struct invocation *invocation)
{
	struct text request = { 0 };
	int status;

	request_begin(&request, invocation->command);
	if (invocation->now)
		request_argument(&request, "now");
	status = answer_plain(&request);
	text_free(&request);
	return status;
}
