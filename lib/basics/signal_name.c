/* SPDX-License-Identifier: MIT */
/* The signals that have a name; signal(7). Where one number has two, the first is what is shown. */
#include "basics/signal_name.h"

#include "basics/quantity.h"

#include <signal.h>
#include <stddef.h>
#include <strings.h>

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "ILL", SIGILL },
	{ "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT },
	{ "IOT", SIGABRT },
	{ "BUS", SIGBUS },
	{ "FPE", SIGFPE },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },
	{ "ALRM", SIGALRM },
	{ "TERM", SIGTERM },
	{ "STKFLT", SIGSTKFLT },
	{ "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM },
	{ "PROF", SIGPROF },
	{ "WINCH", SIGWINCH },
	{ "IO", SIGIO },
	{ "POLL", SIGIO },
	{ "PWR", SIGPWR },
	{ "SYS", SIGSYS },
};

enum {
	SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]),
	SIGNAL_MAX = 64, /* _NSIG of the kernel, on every architecture we run on */
};

int signal_number(const char *name)
{
	int64_t number;

	if (quantity_parse_number(name, 1, SIGNAL_MAX, &number))
		return (int)number;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		if (strcasecmp(name, signals[i].name) == 0)
			return signals[i].number;
	}
	return -1;
}

const char *signal_name(int number)
{
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		if (signals[i].number == number)
			return signals[i].name;
	}
	return NULL;
}
