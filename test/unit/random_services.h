/* SPDX-License-Identifier: MIT */
/* For tests: nodes of random services, the same ones for the same seed. */
#ifndef UNIT_RANDOM_SERVICES_H
#define UNIT_RANDOM_SERVICES_H

#include "played_node.h"

enum { RANDOM_SERVICES_MAX = 18 };

/* A number from 0 on that is less than `below`. *random begins as the seed, which is not 0. */
uint32_t random_draw(uint32_t *random, uint32_t below);

/* Makes a node of 1 to RANDOM_SERVICES_MAX services without circles; some are invalid. */
void random_node_begin(struct node *node, uint32_t *random);

#endif
