/* SPDX-License-Identifier: MIT */
/* blinkstickctl: asks the daemon for the light, on behalf of a person or a script. */
#ifndef BLINKSTICK_CLIENT_H
#define BLINKSTICK_CLIENT_H

/* The whole program; returns its exit status. */
int client_main(int argc, char **argv);

#endif
