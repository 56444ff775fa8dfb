/* SPDX-License-Identifier: MIT */
/* Standard output's nature and colours: see terminal.h. */
#include "svctl/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "control/state.h"

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[1;31m"
#define BLUE   "\033[36m" /* cyan: blue on black cannot be read on many terminals */
#define GREY   "\033[2m"

void terminal_look(struct terminal *terminal)
{
	const char *type = getenv("TERM");
	const char *no_colour = getenv("NO_COLOR");
	struct winsize size = { 0 };

	*terminal = (struct terminal){ .present = isatty(STDOUT_FILENO) };
	if (!terminal->present)
		return;
	terminal->coloured = (no_colour == NULL || no_colour[0] == '\0') && type != NULL &&
			     strcmp(type, "dumb") != 0;
	/* A serial line does not know its width and says 0. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		terminal->width = size.ws_col;
}

const char *terminal_service_colour(const char *state)
{
	static const char *const colours[STATE_COUNT] = {
		[STATE_WAITING] = YELLOW,
		[STATE_STARTING] = BLUE,
		[STATE_RUNNING] = BLUE,
		[STATE_READY] = GREEN,
		[STATE_STOPPING] = YELLOW,
		[STATE_BACKOFF] = RED,
		[STATE_DONE] = GREEN,
		[STATE_FAILED] = RED,
		[STATE_SKIPPED] = GREY,
		[STATE_INVALID] = RED,
		[STATE_STOPPED] = GREY,
	};
	int value = state == NULL ? -1 : service_state_parse(state);

	return value < 0 ? NULL : colours[value];
}

const char *terminal_node_colour(const char *state)
{
	static const char *const colours[NODE_STATE_COUNT] = {
		[NODE_BOOTING] = BLUE,
		[NODE_READY] = GREEN,
		[NODE_DEGRADED] = RED,
		[NODE_STOPPING] = YELLOW,
	};
	int value = state == NULL ? -1 : node_state_parse(state);

	return value < 0 ? NULL : colours[value];
}
