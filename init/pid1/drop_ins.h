/* SPDX-License-Identifier: MIT */
/*
 * Users and groups that layers bring. Layers replace each other's files, so each brings its own as files of
 * /etc/passwd.d and /etc/group.d, whose lines are added to /etc/passwd and /etc/group at boot and by a rescan. Of two
 * lines with one name the one that was there first counts, and files are read in the order of their names.
 */
#ifndef PID1_DROP_INS_H
#define PID1_DROP_INS_H

/* Adds what is not there yet; what cannot be added is told in the kernel log. Either file is replaced whole. */
void drop_ins_add(void);

#endif
