/* SPDX-License-Identifier: MIT */
/*
 * What happens if PID 1 itself crashes: the reason and a short trace go to the kernel log, and a
 * fresh image takes over. A second crash within CRASH_AGAIN_US reboots instead, since that is no
 * coincidence.
 */
#ifndef PID1_CRASH_H
#define PID1_CRASH_H

#include "image.h"

#define CRASH_AGAIN_US (60 * 1000 * 1000)

/* Installs the handlers. `image` must outlive them. */
void crash_arm(const struct image *image);

#endif
