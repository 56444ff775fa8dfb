/* SPDX-License-Identifier: MIT */
/* Where to send to: what the kernel command line says, or else what netd(8) was told by DHCP. */
#ifndef LOGSHIPD_SERVERS_H
#define LOGSHIPD_SERVERS_H

#include <stdbool.h>

#include "destination.h"

/* The server there is now. False: nobody names one that makes sense. */
bool servers_find(struct destination *destination);

/* A descriptor that becomes readable when netd may have written of another one; -1 with errno. */
int servers_watch(void);

/* Reads from it. True: it has. */
bool servers_changed(int fd);

#endif
