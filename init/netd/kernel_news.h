/* SPDX-License-Identifier: MIT */
/* What the kernel tells of links, addresses and routers, taken down in the table of links. */
#ifndef NETD_KERNEL_NEWS_H
#define NETD_KERNEL_NEWS_H

#include "network.h"

/* Fills in what netlink is to call. */
void kernel_news_listen(struct network *network);

/* Makes the table what the kernel has: whatever events say, or said before they were lost. */
void kernel_news_list(struct network *network);

/* A lease is to be confirmed now, and one that is missing to be asked for. */
void kernel_news_renew(struct link *link);

/* There is something to read from the kernel. */
void kernel_news_read(struct network *network);

#endif
