/* SPDX-License-Identifier: MIT */
/*
 * blinkstickd owns the BlinkSticks of a node: it shows how the node is, and what others ask for. This file
 * has the loop. Called as blinkstickctl it is its own client.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "basics/log.h"
#include "basics/signals.h"
#include "client.h"
#include "config.h"
#include "control/notify_client.h"
#include "door.h"
#include "node.h"
#include "sticks.h"

#define CONFIG_FILE "/etc/blinkstick.conf"

enum {
	EXIT_FAILED = 1, /* PID 1 starts us again */
	EXIT_MISUSED = 2,
	LEAVE_MS = 3000, /* for the sticks to get dark; PID 1 kills after 5 s */
};

enum {
	POLL_SIGNALS,
	POLL_UEVENTS,
	POLL_DOOR,
	POLL_OPENER,
	POLL_NODE,
	POLL_FIXED,
};

struct loop {
	struct config config;
	struct scene scene;
	struct sticks sticks;
	struct node node;
	struct notify notify;
	struct pollfd polls[POLL_FIXED + USB_POLLS_MAX];
	uint64_t now_ms;
	uint64_t leave_ms; /* when to end at the latest; CLOCK_NEVER: nobody said so */
	bool failed;
};

static void config_error(unsigned line, const char *message)
{
	if (line == 0)
		log_line(CONFIG_FILE, "%s", message);
	else
		log_line(NULL, CONFIG_FILE ":%u: %s; passing over this line", line, message);
}

/* No file is as good as an empty one. */
static void read_config(struct config *config)
{
	char text[CONFIG_FILE_MAX + 1];
	int fd = open(CONFIG_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	config_default(config);
	if (fd >= 0) {
		length = read(fd, text, sizeof(text));
		if (length < 0)
			log_line(NULL, "cannot read " CONFIG_FILE ": %s; using the defaults",
				strerror(errno));
		close(fd);
	} else if (errno != ENOENT) {
		log_line(NULL, "cannot open " CONFIG_FILE ": %s; using the defaults",
			strerror(errno));
	}
	if (length > 0)
		config_read(config, text, (size_t)length, config_error);
}

static void scene_changed(struct loop *loop)
{
	sticks_look(&loop->sticks);
}

static void read_signals(struct loop *loop)
{
	struct signalfd_siginfo signal;

	while (read(loop->polls[POLL_SIGNALS].fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGHUP) {
			read_config(&loop->config);
			log_line(NULL, "read " CONFIG_FILE " again");
		} else if (loop->leave_ms == CLOCK_NEVER) {
			loop->leave_ms = loop->now_ms + LEAVE_MS;
		}
		scene_changed(loop);
	}
}

/* What PID 1 says, as a look. */
static void follow_node(struct loop *loop)
{
	static const enum look looks[NODE_STATE_COUNT] = {
		[NODE_BOOTING] = LOOK_BOOTING,
		[NODE_READY] = LOOK_READY,
		[NODE_DEGRADED] = LOOK_DEGRADED,
		[NODE_STOPPING] = LOOK_BOOTING, /* not shown: it is dark then */
	};
	enum look look = loop->node.lost ? LOOK_CRITICAL : looks[loop->node.state];
	bool dark = loop->leave_ms != CLOCK_NEVER || loop->node.state == NODE_STOPPING;

	if (look == loop->scene.look && dark == loop->scene.dark)
		return;
	scene_look(&loop->scene, look, loop->now_ms);
	loop->scene.dark = dark;
	scene_changed(loop);
}

static void sooner(uint64_t *until_ms, uint64_t ms)
{
	if (ms < *until_ms)
		*until_ms = ms;
}

/* Does what is due; returns when something will be. */
static uint64_t do_what_is_due(struct loop *loop, bool node_readable)
{
	char status[NOTIFY_STATUS_MAX];
	uint64_t until_ms;

	loop->now_ms = clock_now_ms();
	until_ms = node_turn(&loop->node, node_readable, loop->now_ms);
	follow_node(loop);
	loop->sticks.now_ms = loop->now_ms;
	sooner(&until_ms, sticks_turn(&loop->sticks));
	sticks_status(&loop->sticks, status, sizeof(status));
	notify_state(&loop->notify, true, status, loop->now_ms);
	sooner(&until_ms, loop->notify.again_ms);
	sooner(&until_ms, loop->leave_ms);
	return until_ms;
}

/* Returns whether PID 1 has said something. */
static bool wait_for_events(struct loop *loop, uint64_t until_ms)
{
	struct pollfd *polls = loop->polls;
	struct usb *usb = &loop->sticks.usb;
	bool usb_ready = false;

	polls[POLL_NODE] = (struct pollfd){ .fd = loop->node.connection.fd, .events = POLLIN };
	memcpy(polls + POLL_FIXED, usb->polls, usb->poll_count * sizeof(*polls));
	if (poll(polls, POLL_FIXED + usb->poll_count, clock_wait_ms(until_ms)) < 0)
		return false;
	loop->now_ms = loop->sticks.now_ms = clock_now_ms();
	for (nfds_t i = 0; i < usb->poll_count; i++)
		usb_ready |= polls[POLL_FIXED + i].revents != 0;
	if (usb_ready)
		usb_turn(usb);
	if (polls[POLL_OPENER].revents && !sticks_opener_event(&loop->sticks)) {
		log_line(NULL, "the process that opens sticks is gone; giving up");
		loop->failed = true;
	}
	if (polls[POLL_UEVENTS].revents && finder_heard(polls[POLL_UEVENTS].fd))
		sticks_look_around(&loop->sticks);
	if (polls[POLL_DOOR].revents &&
		door_turn(polls[POLL_DOOR].fd, &loop->scene, &loop->sticks, loop->now_ms))
		scene_changed(loop);
	if (polls[POLL_SIGNALS].revents)
		read_signals(loop);
	return polls[POLL_NODE].revents != 0;
}

static bool cannot(const char *what)
{
	log_line(NULL, "cannot %s: %s; giving up", what, strerror(errno));
	return false;
}

static bool open_loop(struct loop *loop)
{
	struct pollfd *polls = loop->polls;
	const char *what;

	for (int i = 0; i < POLL_FIXED; i++)
		polls[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	polls[POLL_DOOR].fd = door_open(REQUEST_SOCKET);
	if (polls[POLL_DOOR].fd < 0)
		return cannot("listen on " REQUEST_SOCKET);
	/* From here on without any right. */
	polls[POLL_OPENER].fd = opener_start(&what);
	if (polls[POLL_OPENER].fd < 0)
		return cannot(what);
	/* Nobody asks how a child ended. */
	signal(SIGCHLD, SIG_IGN);
	polls[POLL_SIGNALS].fd = signals_open((const int[]){ SIGTERM, SIGINT, SIGHUP, 0 });
	if (polls[POLL_SIGNALS].fd < 0)
		return cannot("watch for signals");
	/* Before the first look: what comes in between is heard of. */
	polls[POLL_UEVENTS].fd = finder_listen();
	if (polls[POLL_UEVENTS].fd < 0)
		return cannot("listen for devices that come and go");
	sticks_begin(&loop->sticks, &loop->scene, polls[POLL_OPENER].fd);
	read_config(&loop->config);
	loop->now_ms = clock_now_ms();
	scene_begin(&loop->scene, &loop->config, loop->now_ms);
	node_begin(&loop->node, loop->now_ms);
	notify_open(&loop->notify, getenv("NOTIFY_SOCKET"));
	loop->leave_ms = CLOCK_NEVER;
	return true;
}

static bool may_leave(const struct loop *loop)
{
	if (loop->leave_ms == CLOCK_NEVER)
		return false;
	return loop->now_ms >= loop->leave_ms ||
	       (loop->scene.dark && sticks_are_dark(&loop->sticks));
}

int main(int argc, char **argv)
{
	static struct loop loop;
	bool node_readable = false;

	if (strcmp(program_invocation_short_name, "blinkstickctl") == 0)
		return client_main(argc, argv);
	if (argc != 1) {
		log_line(NULL, "takes no arguments; see blinkstickd(8)");
		return EXIT_MISUSED;
	}
	if (!open_loop(&loop))
		return EXIT_FAILED;
	sticks_look_around(&loop.sticks);
	for (;;) {
		uint64_t until_ms = do_what_is_due(&loop, node_readable);

		if (loop.failed || may_leave(&loop))
			break;
		node_readable = wait_for_events(&loop, until_ms);
	}
	if (!sticks_are_dark(&loop.sticks))
		log_line(NULL, "not every stick could be made dark in time");
	return loop.failed ? EXIT_FAILED : 0;
}
