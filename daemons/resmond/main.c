/* SPDX-License-Identifier: MIT */
/*
 * resmond, the monitor of a node: its measures for Prometheus, a page for people, an answer for load balancers,
 * and a word in the log and by the light when something is wrong. This file has the loop. Called as
 * `report` it prints what a person at the console wants to know; report.h has that.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "basics/clock.h"
#include "basics/log.h"
#include "basics/signals.h"
#include "control/notify_client.h"
#include "control/state.h"
#include "guard.h"
#include "report.h"
#include "server.h"
#include "settings.h"
#include "watch.h"

enum {
	EXIT_FAILED = 1,
	EXIT_MISUSED = 2,
};

enum {
	POLL_SIGNALS,
	POLL_WATCH,
	POLL_PRESSURE,
	POLL_OOM,
	POLL_SERVER, /* and the rest */
};

struct resmond {
	struct settings settings;
	struct own own;
	struct watch watch;
	struct guard guard;
	struct server server;
	struct notify notify;
	struct pollfd polls[POLL_SERVER + SERVER_POLLS];
	bool stopping;
};

/* Asks PID 1 only when the node is not ready, for the reason. */
static void tell_health(void *context, char *text, size_t size)
{
	struct resmond *resmond = context;
	struct services services;

	text[0] = '\0';
	if (resmond->watch.node_state == NODE_READY)
		return;
	services_take(&services, resmond->server.site.root, false);
	services_explain(&services, text, size);
	services_free(&services);
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static void prepare(struct resmond *resmond, uint64_t now_ms, uint64_t *due_ms)
{
	struct guard *guard = &resmond->guard;
	char status[NOTIFY_STATUS_MAX];

	watch_turn(&resmond->watch, now_ms);
	if (resmond->watch.changed) {
		resmond->watch.changed = false;
		guard_services(guard, now_ms);
	}
	guard_turn(guard, now_ms);
	guard_status(guard, status, sizeof(status));
	notify_state(&resmond->notify, true, status, now_ms);

	*due_ms = server_polls(&resmond->server, resmond->polls + POLL_SERVER, now_ms);
	*due_ms = earlier(*due_ms, watch_due_ms(&resmond->watch));
	*due_ms = earlier(*due_ms, guard_due_ms(guard));
	*due_ms = earlier(*due_ms, resmond->notify.again_ms);
	resmond->polls[POLL_WATCH] = (struct pollfd){
		.fd = resmond->watch.connection.fd,
		.events = POLLIN,
	};
	resmond->polls[POLL_PRESSURE] = (struct pollfd){ .fd = guard->pressure, .events = POLLPRI };
	resmond->polls[POLL_OOM] = (struct pollfd){ .fd = guard->oom, .events = POLLPRI };
	if (now_ms < guard->oom_pause_ms) {
		resmond->polls[POLL_OOM].fd = -1;
		*due_ms = earlier(*due_ms, guard->oom_pause_ms);
	}
}

static void turn(struct resmond *resmond)
{
	uint64_t now_ms = clock_now_ms(), due_ms;
	struct pollfd *polls = resmond->polls;

	prepare(resmond, now_ms, &due_ms);
	if (poll(polls, POLL_SERVER + SERVER_POLLS, clock_wait_ms(due_ms)) < 0)
		return;
	now_ms = clock_now_ms();
	if (polls[POLL_SIGNALS].revents)
		resmond->stopping = true;
	if (polls[POLL_PRESSURE].revents & POLLPRI)
		guard_pressure(&resmond->guard, now_ms);
	/* The trigger is gone: what else is there comes again and again. */
	else if (polls[POLL_PRESSURE].revents)
		resmond->guard.pressure = -1;
	if (polls[POLL_OOM].revents)
		guard_oom(&resmond->guard, now_ms);
	server_turn(&resmond->server, polls + POLL_SERVER, now_ms);
}

static int print_once(const struct resmond *resmond)
{
	static struct scrape scrape;
	static char bytes[CLIENT_OUT];
	bool more;

	scrape_begin(&scrape, resmond->server.site.root, &resmond->own);
	do {
		struct output output = { .bytes = bytes, .size = sizeof(bytes) };

		more = scrape_next(&scrape, &output);
		if (fwrite(bytes, 1, output.length, stdout) != output.length)
			break;
	} while (more);
	scrape_end(&scrape);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_line(NULL, "cannot print the metrics: %s", strerror(errno));
	return EXIT_FAILED;
}

static int serve(struct resmond *resmond)
{
	int signals = signals_open((const int[]){ SIGTERM, SIGINT, 0 });

	if (signals < 0) {
		log_line(NULL, "cannot watch for signals: %s; giving up", strerror(errno));
		return EXIT_FAILED;
	}
	resmond->polls[POLL_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	if (!server_open(&resmond->server, resmond->settings.port))
		return EXIT_FAILED;
	notify_open(&resmond->notify, getenv("NOTIFY_SOCKET"));
	watch_begin(&resmond->watch);
	guard_begin(&resmond->guard, &resmond->settings, &resmond->own, resmond->server.site.root,
		clock_now_ms());
	while (!resmond->stopping)
		turn(resmond);
	return 0;
}

int main(int argc, char **argv)
{
	static struct resmond resmond;
	int root;

	if (strcmp(program_invocation_short_name, "report") == 0)
		return report_main(argc, argv);
	if (!settings_read(&resmond.settings, argc, argv))
		return EXIT_MISUSED;
	root = open(resmond.settings.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		log_line(NULL, "cannot open the folder %s: %s; giving up", resmond.settings.root,
			strerror(errno));
		return EXIT_FAILED;
	}
	resmond.server.site = (struct site){
		.root = root,
		.own = &resmond.own,
		.health = tell_health,
		.context = &resmond,
	};
	return resmond.settings.once ? print_once(&resmond) : serve(&resmond);
}
