/* SPDX-License-Identifier: MIT */
/* The temperature of a node, for who watches it. */
#ifndef RESMOND_SENSOR_H
#define RESMOND_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

/* That of the hottest sensor that can be read now, in thousandths of a degree Celsius. False: there is none. */
bool sensor_hottest(int root, int64_t *millidegrees);

#endif
