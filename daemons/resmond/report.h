/* SPDX-License-Identifier: MIT */
/*
 * The report on the node for a person at its console, report(1): what it is, how it was started, where its memory
 * went, what runs. In 80 columns, each part left out when the node has no such thing or does not tell.
 */
#ifndef RESMOND_REPORT_H
#define RESMOND_REPORT_H

#include <stdint.h>

#include "services.h"

/* The whole program; returns its exit status. */
int report_main(int argc, char **argv);

/* report_machine.c: board, processor, kernel, temperature, addresses. */
void report_machine(int root);
void report_addresses(void);

/* report_memory.c */
void report_memory(int root);

/* The name of an Arm processor by implementer and part (MIDR_EL1); NULL if it is not known here. Pure. */
const char *report_processor_name(uint64_t implementer, uint64_t part);

#endif
