/* SPDX-License-Identifier: MIT */
/*
 * What one image of PID 1 leaves for the next: a memfd of lines like those of the control protocol,
 * so that a newer or older build reads what it knows and ignores the rest.
 *
 *   init version=1 begun_us= ready_us= crashed_us= reexecs= booted= control_fd= notify_fd= power=
 *   service name= digest= phase= … log_end= log_bytes=N     then N bytes of its log
 *   end
 *
 * Writing is done in the crash handler: it allocates nothing and trusts no pointer it does not
 * need. Reading trusts nothing: any bytes give either a state or an error.
 */
#ifndef PID1_STATE_H
#define PID1_STATE_H

#include "supervisor.h"

enum { STATE_VERSION = 1 };

/* What belongs to PID 1 and not to a service. A descriptor is -1 if there is none. */
struct state {
	uint64_t begun_us; /* when the first image began */
	uint64_t ready_us;
	uint64_t crashed_us; /* when an image crashed last; 0: none did */
	uint32_t reexecs; /* images before the next one */
	bool booted;
	int control_fd;
	int notify_fd;
	int watchdog_fd;
	uint64_t mounted_us;
	uint64_t loaded_us;
	int power; /* enum power_request under way */
	int boot_reason; /* enum boot_reason */
	uint64_t clients_refused;
	uint64_t messages_dropped;
};

/* A service as it was left. The bytes of its log are in the state that was read. */
struct state_service {
	char name[SERVICE_NAME_MAX + 1];
	uint64_t digest;
	struct life life; /* deaths_us is NULL: the record of deaths is not handed on */
	struct service service; /* log.bytes is NULL */
	int ask; /* enum ask */
	const char *log;
	size_t log_bytes;
};

/* Writes everything into a new memfd. Returns it, or -errno. */
int state_save(const struct supervisor *supervisor, const struct state *state);

/*
 * Reads `length` bytes of `text`, which is changed in place. Calls `take` for each service. Returns true
 * if the state was whole; otherwise none of it may be trusted, though `take` may have been called.
 */
bool state_read(char *text, size_t length, struct state *state,
	void (*take)(void *context, const struct state_service *service), void *context);

#endif
