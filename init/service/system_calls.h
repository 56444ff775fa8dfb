/* SPDX-License-Identifier: MIT */
/*
 * The groups of system calls that `system-calls` in a service file names, and the kernel's filter for them,
 * seccomp(2). Pure.
 *
 * Most calls are in no group and always allowed: what a program does with its own memory, files and threads. A
 * group holds what one service in ten needs, or is where the kernel's holes were found; service(5) lists them.
 */
#ifndef SERVICE_SYSTEM_CALLS_H
#define SERVICE_SYSTEM_CALLS_H

#include <linux/filter.h>
#include <stdint.h>

/* In the order of service(5). */
enum {
	SYSTEM_CALLS_BASIC, /* nothing but what is in no group */
	SYSTEM_CALLS_NETWORK, /* sockets of the families INET, INET6 and NETLINK beside UNIX */
	SYSTEM_CALLS_PACKET, /* sockets of all families */
	SYSTEM_CALLS_CLOCK, /* setting the clock */
	SYSTEM_CALLS_HOSTNAME, /* setting the host name */
	SYSTEM_CALLS_IDENTITY, /* becoming another user, giving up capabilities */
	SYSTEM_CALLS_MOUNT, /* file systems, chroot */
	SYSTEM_CALLS_NAMESPACES, /* making and entering namespaces */
	SYSTEM_CALLS_DEBUG, /* looking into other processes */
	SYSTEM_CALLS_KERNEL, /* reboot, modules, BPF, the kernel's log */
	SYSTEM_CALLS_RARE, /* io_uring, userfaultfd, keys: few programs need them, and none of ours */
	SYSTEM_CALLS_COUNT,
};

/* Instructions of the longest filter. */
enum { SYSTEM_CALLS_FILTER_MAX = 320 };

/* The number of a group (SYSTEM_CALLS_BASIC is 0), or -1. */
int system_calls_number(const char *name);

/* Its name, or NULL. */
const char *system_calls_name(int number);

/*
 * Writes the filter that allows these groups (bits 1 << SYSTEM_CALLS_…) and what is in none; returns its length.
 * Another call kills the process with SIGSYS. Two kinds do not, since programs ask for them to see what there
 * is and know another way: a socket of another family is EAFNOSUPPORT; a call that is younger than our kernel
 * is ENOSYS, and so is clone3 without `namespaces`, whose flags a filter cannot see (libc then calls clone).
 */
uint16_t system_calls_filter(struct sock_filter filter[SYSTEM_CALLS_FILTER_MAX], uint64_t groups);

#endif
