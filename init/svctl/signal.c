/* SPDX-License-Identifier: MIT */
/* svctl signal and svctl reload: one request; PID 1 sends the signal to the main processes. */
#include <stdio.h>

#include "basics/signal_name.h"
#include "svctl/answer.h"
#include "svctl/command.h"
#include "svctl/message.h"
#include "svctl/request.h"

static int ask(const char *verb, const char *first, char *const *names)
{
	struct text request = { 0 };
	int status;

	request_begin(&request, verb);
	if (first != NULL)
		request_argument(&request, first);
	for (; *names != NULL; names++)
		request_argument(&request, *names);
	status = answer_plain(&request);
	text_free(&request);
	return status;
}

int command_reload(const struct invocation *invocation)
{
	return ask("reload", NULL, invocation->names);
}

int command_signal(const struct invocation *invocation)
{
	int number = signal_number(invocation->names[0]);
	char word[16];

	if (number <= 0) {
		complain(
			"signal: '%s' is not a signal; it comes first, as in: svctl signal USR1 web",
			invocation->names[0]);
		return EXIT_USAGE;
	}
	snprintf(word, sizeof(word), "%d", number);
	return ask("signal", word, invocation->names + 1);
}
