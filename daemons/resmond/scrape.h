/* SPDX-License-Identifier: MIT */
/* One answer to a scrape, piece by piece: all collectors, and how each of them fared. */
#ifndef RESMOND_SCRAPE_H
#define RESMOND_SCRAPE_H

#include "collect.h"

enum { SCRAPE_COLLECTORS = 17 };

struct scrape {
	struct collect collect;
	struct services services;
	unsigned at; /* the collector that is being run; behind the last: the results */
	bool running; /* and has been begun */
	struct scrape_result {
		uint64_t ns;
		bool failed;
	} results[SCRAPE_COLLECTORS];
};

/* Takes the state of the services. To be ended with scrape_end() in any case. */
void scrape_begin(struct scrape *scrape, int root, const struct own *own);

/*
 * Writes the next piece: at least one sample if there are STEP_ROOM bytes of room. False: all is written (this
 * piece may still have brought something).
 */
bool scrape_next(struct scrape *scrape, struct output *output);

void scrape_end(struct scrape *scrape);

#endif
