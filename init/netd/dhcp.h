/* SPDX-License-Identifier: MIT */
/*
 * One link's DHCP client: BusyBox's udhcpc as a child process, started, kept running, told to renew, and
 * ended with netd. What it hears from servers comes by way of hook.h; what it prints comes here.
 *
 * As long as it has no lease, a udhcpc sends one round of requests, DHCP_TRIES a second apart, and exits;
 * the pauses between the rounds grow from one second to DHCP_PAUSE_LONGEST_MS.
 */
#ifndef NETD_DHCP_H
#define NETD_DHCP_H

#include <sys/types.h>

#include "basics/clock.h"
#include "settings.h"

enum {
	/* For more than 3 s in all: servers may ping an address before they offer it. */
	DHCP_TRIES = 5,
	DHCP_PAUSE_FIRST_MS = 1000,
	/* With longer ones, a person who plugs a cable in would lose faith. */
	DHCP_PAUSE_LONGEST_MS = 16000,
	DHCP_LINE_MAX = 200,
};

struct dhcp_client {
	pid_t pid; /* 0: not running */
	int output; /* reads what it prints; -1: nothing to read */
	struct retry start; /* when it may start next */
	unsigned tries; /* requests without an answer since there last was a lease */
	bool round_failed; /* it has said that it goes for lack of an answer */
	bool failing; /* the last one died without having said a thing */
	bool careful; /* it is to ask the others on the link before it takes an address */
	uint32_t declined; /* addresses that others had */
	bool settled; /* its first event, a deconfig that means nothing, has been seen */
	char line[DHCP_LINE_MAX]; /* what it printed since the last newline */
	size_t line_length;
	char last_words[DHCP_LINE_MAX]; /* the last line of its own, for when it dies */
};

void dhcp_init(struct dhcp_client *client);

/*
 * Starts it for the link called `interface`; it asks for `wanted` first, if that is not 0.0.0.0. On failure
 * it says so and tries again later.
 */
void dhcp_start(struct dhcp_client *client, const char *interface, const struct settings *settings,
	struct in_addr wanted, uint64_t now_ms);

/* Ends it without a word to the server, so that the address is still ours after a reboot. */
void dhcp_stop(struct dhcp_client *client);

/* Makes it renew its lease now. */
void dhcp_renew(const struct dhcp_client *client);

/* Lets it start again at once if it is waiting. */
void dhcp_hurry(struct dhcp_client *client);

/* Reads what it printed, if anything: the hook's lines are passed on, the last of its own is kept. */
void dhcp_read_output(struct dhcp_client *client);

/* It has exited, with `status` as waitpid() gives it: plans the next start, and says so if it must. */
void dhcp_exited(struct dhcp_client *client, const char *interface, int status, uint64_t now_ms);

#endif
