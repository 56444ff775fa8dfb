/* SPDX-License-Identifier: MIT */
/*
 * Asks IPv6 routers to say again what they say. The kernel does so when a link comes up; a netd that was
 * started later has missed the answer.
 */
#ifndef NETD_ROUTER_SOLICIT_H
#define NETD_ROUTER_SOLICIT_H

#include <stdbool.h>

/* On the link with this index. False and errno if it cannot be sent. */
bool router_solicit(int index);

#endif
