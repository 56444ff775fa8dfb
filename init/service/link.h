/* SPDX-License-Identifier: MIT */
/*
 * What one file cannot know of itself: whether the services it waits for are there, whether its program is, and
 * whether it waits for itself by way of others.
 */
#ifndef SERVICE_LINK_H
#define SERVICE_LINK_H

#include "service/set.h"

/*
 * Finds for each service whom it waits for, and refuses those that cannot be run. A program that is not there is no
 * error of a service that needs a task, which may bring it; `roots` as in
 * service_set_load() (directory.h). Returns 0 or -ENOMEM. May be called again, and judges anew.
 */
int service_set_link(
	struct service_set *set, const char *const *roots, const struct service_report *report);

#endif
