/* SPDX-License-Identifier: MIT */
/*
 * What BusyBox's udhcpc tells its script through the environment (networking/udhcp/dhcpc.c,
 * fill_envp), made into a lease. Every byte of it may come from a stranger: a value that cannot be right
 * is refused and reported, and if the address itself cannot be right, so is the lease. Pure.
 */
#ifndef NETD_UDHCPC_ENVIRONMENT_H
#define NETD_UDHCPC_ENVIRONMENT_H

#include "lease.h"

/* Called once for each value that was left out; the message is printable and valid during the call. */
struct refusal_report {
	void (*refused)(void *context, const char *message);
	void *context;
};

/*
 * Fills *lease from `environment` (as environ). False: this is no lease, and `why` (LEASE_REASON_MAX
 * bytes) says what is wrong with it; refusals of lesser values go to `report`.
 */
bool lease_from_environment(char *const *environment, struct lease *lease, char *why,
	const struct refusal_report *report);

#endif
