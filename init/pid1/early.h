/* SPDX-License-Identifier: MIT */
/*
 * What a node must have before any service: the kernel's file systems, a hostname, loopback. Errors
 * are said and lived with; a node that half works can be looked at.
 */
#ifndef PID1_EARLY_H
#define PID1_EARLY_H

/* Mounts /proc, /sys, /dev, … as listed in init(8). What is mounted already stays. */
void early_mount(void);

/* Gives the node the name in /etc/hostname, unless the kernel command line gave one. */
void early_hostname(void);

/* Brings the loopback interface up; the kernel adds 127.0.0.1 and ::1 by itself. */
void early_loopback(void);

/*
 * Gives jobs memory that the kernel keeps by default: halves vm.min_free_kbytes, and bounds what each
 * processor keeps to itself. init(8) tells why.
 */
void early_memory(void);

/*
 * Memory in single pages for this process, before it touches much of it: the blocks of 64 KiB are for jobs
 * (kernel/bootconfig). Children and later images inherit it; spawn() sets it back for services.
 */
void early_small_pages(void);

#endif
