/* SPDX-License-Identifier: MIT */
/* Asks the owner of the node's light for it, see blinkstickd(8). Whether there is one does not matter. */
#ifndef RESMOND_LIGHT_H
#define RESMOND_LIGHT_H

#include <stdbool.h>

#include "alert.h"

/* Shows that this is raised, or that it is over. False if nobody took it. Never waits. */
bool light_show(enum alert_kind kind, bool raised);

#endif
