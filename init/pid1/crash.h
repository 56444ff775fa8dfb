/* SPDX-License-Identifier: MIT */
/*
 * What happens should PID 1 itself crash: the reason and a short trace go to the kernel log, and a
 * fresh image takes over. A second crash within CRASH_AGAIN_US reboots instead, since then it is
 * not chance.
 */
#ifndef PID1_CRASH_H
#define PID1_CRASH_H

#include "image.h"

#define CRASH_AGAIN_US (60 * 1000 * 1000)

/* Installs the handlers. `image` must stay. */
void crash_arm(const struct image *image);

#endif
