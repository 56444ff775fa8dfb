/* SPDX-License-Identifier: MIT */
/*
 * Names of Linux capabilities as service files write them: net_bind_service, with or without a
 * leading cap_, in either case. Numbers from include/uapi/linux/capability.h. Pure.
 */
#ifndef SERVICE_CAPABILITY_H
#define SERVICE_CAPABILITY_H

/* The number of a capability (CAP_CHOWN is 0), or -1. */
int capability_number(const char *name);

/* Its name without cap_, or NULL. */
const char *capability_name(int number);

#endif
