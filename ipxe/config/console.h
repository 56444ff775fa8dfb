/* SPDX-License-Identifier: MIT */
/* What iPXE shows goes to the log server as well, once DHCP has named one. */
#define CONSOLE_SYSLOG
