/* SPDX-License-Identifier: MIT */
/*
 * Taking and giving back the memory of a set of services: at boot, and for rescan.h. These two are the only
 * times when PID 1 may allocate.
 */
#ifndef PID1_LOAD_H
#define PID1_LOAD_H

#include "supervisor.h"

/*
 * Reads the services and takes all memory. `directory` is where the files are. With `rescue` there is
 * one service only, a root shell on the console. Returns 0 or -errno (no memory).
 */
int services_load(struct supervisor *supervisor, const char *directory, bool rescue);

/*
 * Makes lives, services and graph for supervisor->set, all waiting, in place of whatever these fields
 * held. Returns 0 or -ENOMEM; after -ENOMEM, load_release() gives back what was taken, except logs.
 */
int load_fit_out(struct supervisor *supervisor);

/*
 * Which of the services that were not carried over (rescan.h) are to run: all, but for svc.only=a,b, svc.skip=a,b and
 * `start = need`.
 */
void load_choose(struct supervisor *supervisor);

/* Gives back one service's own memory: its log and its record of deaths. */
void load_release_service(struct life *life, struct service *service);

/* Gives back the set and its arrays; the services' own memory has been given back or moved. */
void load_release(struct supervisor *supervisor);

/* An error in a service file, to the kernel log; a struct service_report's function. */
void load_report(void *context, const char *name, unsigned line, const char *message);

#endif
