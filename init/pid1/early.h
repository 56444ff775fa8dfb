/* SPDX-License-Identifier: MIT */
/*
 * What a node must have before any service: the kernel's file systems, a hostname, loopback. Errors
 * are reported but not fatal; a node that half works can be inspected.
 */
#ifndef PID1_EARLY_H
#define PID1_EARLY_H

/* Makes the initramfs, if that is the root, a root that containers can leave by pivot_root(2). */
void early_root(void);

/* Mounts /proc, /sys, /dev, … as listed in init(8). What is already mounted stays. */
void early_mount(void);

/* Gives the node the name in /etc/hostname, unless the kernel command line gave one. */
void early_hostname(void);

/* Brings the loopback interface up; the kernel adds 127.0.0.1 and ::1 by itself. */
void early_loopback(void);

/*
 * Gives jobs memory that the kernel keeps by default: halves vm.min_free_kbytes, and limits what each
 * processor keeps to itself. init(8) tells why.
 */
void early_memory(void);

/*
 * Has this process use single pages, before it touches much memory: the blocks of 64 KiB are for jobs
 * (kernel/bootconfig). Children and later images inherit this; spawn() resets it for services.
 */
void early_small_pages(void);

#endif
