/* SPDX-License-Identifier: MIT */
/* The way back: a parsed service file as text, and whether two of them mean the same. */
#ifndef FUZZ_SERVICE_WRITE_H
#define FUZZ_SERVICE_WRITE_H

#include <stdio.h>

#include "service/config.h"

/* Writes every key that was given, in the order of service(5), each in a form that stands for itself. */
void service_write(FILE *file, const struct service_config *config);

/* Aborts unless both mean the same; the lines the keys stood on may differ. */
void service_expect_same(const struct service_config *one, const struct service_config *other);

#endif
