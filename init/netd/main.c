/* SPDX-License-Identifier: MIT */
/*
 * netd, the network of a node: brings Ethernet links up and gives them their addresses, from ip= on the
 * kernel command line or by DHCP. This file has the loop; network.h has what it is about. As
 * `netd EVENT` it is the script of its own DHCP clients; hook.h has that side.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basics/cmdline.h"
#include "basics/log.h"
#include "basics/signals.h"
#include "conflict.h"
#include "files.h"
#include "hook.h"
#include "kernel_news.h"
#include "leases.h"
#include "reconcile.h"

enum {
	EXIT_FAILED = 1, /* PID 1 starts us again */
	EXIT_MISUSED = 2,
	MESSAGES_A_TURN = 16, /* of DHCP clients, before others get their turn */
};

/* What the loop waits for, in this order; then, for each link, its DHCP client's output and its claim. */
enum {
	POLL_SIGNALS,
	POLL_NETLINK,
	POLL_LEASES,
	POLL_DAYTIME,
	POLL_FIXED,
};

enum {
	POLL_OUTPUT,
	POLL_CLAIM,
	POLL_LINK,
};

struct loop {
	struct network network;
	struct pollfd polls[POLL_FIXED + LINK_MAX * POLL_LINK];
	bool stopping;
};

/* An unreadable command line is an empty one: then there is DHCP. */
static void read_command_line(char line[CMDLINE_MAX])
{
	int descriptor = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (descriptor >= 0) {
		length = read(descriptor, line, CMDLINE_MAX - 1);
		close(descriptor);
	}
	if (length < 0)
		log_line(NULL, "cannot read /proc/cmdline: %s; using DHCP", strerror(errno));
	line[length < 0 ? 0 : length] = '\0';
}

/*
 * A descriptor that tells when somebody sets the time of day, which the metrics are written in; -1: they will
 * be out of date for a while. It is a timer for a day that does not come.
 */
static int open_daytime(void)
{
	const struct itimerspec never = { .it_value.tv_sec = INT32_MAX };
	int descriptor = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (descriptor >= 0)
		timerfd_settime(
			descriptor, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
	return descriptor;
}

/* Nothing else is to be done than to look at everything anew, as after any event. */
static void read_daytime(const struct loop *loop)
{
	uint64_t expirations;

	if (read(loop->polls[POLL_DAYTIME].fd, &expirations, sizeof(expirations)) > 0)
		log_line(NULL, "it is the year 2038; the metrics may tell a wrong time of day");
}

static void reap(struct network *network)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		network_child_exited(network, pid, status);
}

static void read_signals(struct loop *loop)
{
	struct signalfd_siginfo signal;

	while (read(loop->polls[POLL_SIGNALS].fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGCHLD)
			reap(&loop->network);
		else if (signal.ssi_signo == SIGHUP)
			network_renew(&loop->network);
		else
			loop->stopping = true;
	}
}

static void read_messages(struct loop *loop)
{
	struct lease_message message;

	for (int i = 0; i < MESSAGES_A_TURN; i++) {
		if (!hook_receive(loop->polls[POLL_LEASES].fd, &message))
			return;
		lease_message_take(&loop->network, &message);
	}
}

static void watch_link(struct pollfd *polls, const struct link *link)
{
	polls[POLL_OUTPUT] = (struct pollfd){ .fd = link->dhcp.output, .events = POLLIN };
	polls[POLL_CLAIM] = (struct pollfd){
		.fd = claim_descriptor(&link->claim),
		.events = POLLIN,
	};
}

static void read_link(struct network *network, const struct pollfd *polls, struct link *link)
{
	if (polls[POLL_OUTPUT].revents)
		dhcp_read_output(&link->dhcp);
	if (polls[POLL_CLAIM].revents)
		conflict_heard(network, link);
}

static void turn(struct loop *loop)
{
	struct network *network = &loop->network;
	uint64_t until_ms;
	nfds_t count = POLL_FIXED;

	network->now_ms = clock_now_ms();
	until_ms = network_turn(network);
	for (size_t i = 0; i < network->table.count; i++, count += POLL_LINK)
		watch_link(&loop->polls[count], &network->table.links[i]);
	if (poll(loop->polls, count, clock_wait_ms(until_ms)) < 0)
		return;
	network->now_ms = clock_now_ms();
	/* The links first: what a link is told below may move it in the table. */
	for (size_t i = 0; i < (count - POLL_FIXED) / POLL_LINK; i++)
		read_link(network, &loop->polls[POLL_FIXED + i * POLL_LINK],
			&network->table.links[i]);
	if (loop->polls[POLL_LEASES].revents)
		read_messages(loop);
	if (loop->polls[POLL_DAYTIME].revents)
		read_daytime(loop);
	if (loop->polls[POLL_SIGNALS].revents)
		read_signals(loop);
	if (loop->polls[POLL_NETLINK].revents)
		kernel_news_read(network);
}

static bool open_loop(struct loop *loop, const char *command_line)
{
	if (!files_prepare()) {
		log_line(NULL, "cannot create %s: %s; giving up", FILES_DIRECTORY, strerror(errno));
		return false;
	}
	loop->polls[POLL_LEASES] = (struct pollfd){ .fd = hook_listen(), .events = POLLIN };
	if (loop->polls[POLL_LEASES].fd < 0) {
		log_line(NULL, "cannot listen on %s: %s; giving up", LEASE_SOCKET, strerror(errno));
		return false;
	}
	loop->polls[POLL_SIGNALS] = (struct pollfd){
		.fd = signals_open((const int[]){ SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 }),
		.events = POLLIN,
	};
	if (loop->polls[POLL_SIGNALS].fd < 0) {
		log_line(NULL, "cannot watch for signals: %s; giving up", strerror(errno));
		return false;
	}
	if (!network_open(&loop->network, command_line, getenv("NOTIFY_SOCKET")))
		return false;
	loop->polls[POLL_DAYTIME] = (struct pollfd){ .fd = open_daytime(), .events = POLLIN };
	loop->polls[POLL_NETLINK] = (struct pollfd){
		.fd = netlink_descriptor(&loop->network.netlink),
		.events = POLLIN,
	};
	return true;
}

int main(int argc, char **argv)
{
	static struct loop loop;
	char command_line[CMDLINE_MAX];

	if (argc == 2)
		return hook_run(argv[1], environ);
	if (argc != 1) {
		log_line(NULL, "takes no arguments; see netd(8)");
		return EXIT_MISUSED;
	}
	read_command_line(command_line);
	srandom((unsigned)clock_now_ms() ^ (unsigned)getpid());
	if (!open_loop(&loop, command_line))
		return EXIT_FAILED;
	while (!loop.stopping)
		turn(&loop);
	network_close(&loop.network);
	return 0;
}
