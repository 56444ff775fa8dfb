/* SPDX-License-Identifier: MIT */
/*
 * PID 1: sets the node up, then turns its loop for ever. See docs/design.md for the ideas and
 * init(8) for the meaning of signals and the kernel command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "control.h"
#include "control/protocol.h"
#include "crash.h"
#include "drop_ins.h"
#include "early.h"
#include "health.h"
#include "image.h"
#include "kmsg.h"
#include "last_boot.h"
#include "load.h"
#include "notify.h"
#include "power.h"
#include "rescan.h"
#include "service_watch.h"
#include "services.h"
#include "sockets.h"
#include "supervisor.h"

enum { EVENTS_A_TURN = 64 };

struct init {
	struct supervisor supervisor;
	struct power power;
	struct health health;
	struct image image;
	struct sockets sockets;
	int signal_fd;
	struct control control; /* last: most of it is never touched */
};

static void signal_came(struct init *init, uint32_t number)
{
	switch (number) {
	case SIGCHLD:
		init->supervisor.orphans = true;
		break;
	case SIGHUP:
		sockets_check(&init->sockets);
		break;
	case SIGINT: /* ctrl-alt-del */
	case SIGTERM: /* BusyBox's reboot */
		power_ask(&init->power, &init->supervisor, POWER_REBOOT, false);
		break;
	case SIGPWR:
	case SIGUSR2: /* BusyBox's poweroff */
		power_ask(&init->power, &init->supervisor, POWER_OFF, false);
		break;
	case SIGUSR1: /* BusyBox's halt */
		power_ask(&init->power, &init->supervisor, POWER_HALT, false);
		break;
	default:
		break;
	}
}

static void read_signals(struct init *init)
{
	struct signalfd_siginfo info[8];
	ssize_t length = read(init->signal_fd, info, sizeof(info));

	for (ssize_t i = 0; i < length / (ssize_t)sizeof(info[0]); i++)
		signal_came(init, info[i].ssi_signo);
}

static int watch_signals(struct init *init)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	init->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (init->signal_fd < 0)
		return -errno;
	(void)reboot(RB_DISABLE_CAD); /* ctrl-alt-del comes to us as SIGINT */
	return loop_watch(init->supervisor.epoll_fd, init->signal_fd, EPOLLIN, SOURCE_SIGNAL, 0);
}

static void dispatch(struct init *init, const struct epoll_event *event)
{
	enum source source = (enum source)(event->data.u64 >> 32);
	uint32_t index = (uint32_t)event->data.u64;

	switch (source) {
	case SOURCE_SIGNAL:
		read_signals(init);
		break;
	case SOURCE_NAMES:
		sockets_read(&init->sockets);
		break;
	case SOURCE_NOTIFY:
		notify_read(&init->supervisor, init->image.notify_fd);
		break;
	case SOURCE_CONTROL:
		control_accept(&init->control);
		break;
	case SOURCE_CLIENT:
		control_client(&init->control, index, event->events);
		break;
	default:
		service_handle(&init->supervisor, source, index);
		break;
	}
}

/* Milliseconds to sleep, rounded up so that a deadline has passed when we wake; -1: until an event. */
static int sleep_time(const struct init *init)
{
	uint64_t deadline_us = services_deadline(&init->supervisor);
	uint64_t others_us[] = {
		power_deadline(&init->power),
		control_deadline(&init->control),
		health_deadline(&init->health, &init->supervisor),
	};
	uint64_t now_us;

	for (size_t i = 0; i < sizeof(others_us) / sizeof(*others_us); i++)
		if (others_us[i] < deadline_us)
			deadline_us = others_us[i];
	if (deadline_us == TIME_NEVER)
		return -1;
	now_us = loop_now_us();
	if (deadline_us <= now_us)
		return 0;
	deadline_us = (deadline_us - now_us + 999) / 1000;
	return deadline_us > 3600 * 1000 ? 3600 * 1000 : (int)deadline_us;
}

static void turn_rescan(struct init *init)
{
	uint32_t count = init->supervisor.set.count;

	if (rescan_turn(&init->supervisor))
		control_move(&init->control, init->supervisor.moved, count);
}

static void turn_reexec(struct init *init)
{
	int error;

	init->supervisor.reexec_asked = false;
	error = image_replace(&init->image);
	kmsg(LEVEL_ERROR, "cannot become %s: %s; going on as before", init->image.path,
		strerror(-error));
}

static _Noreturn void run(struct init *init)
{
	struct supervisor *supervisor = &init->supervisor;
	struct epoll_event events[EVENTS_A_TURN];
	int count = 0;

	for (;;) {
		supervisor->now_us = loop_now_us();
		for (int i = 0; i < count; i++)
			dispatch(init, &events[i]);
		services_settle(supervisor);
		if (supervisor->orphans)
			services_reap(supervisor);
		turn_rescan(init);
		power_turn(&init->power, supervisor);
		health_turn(&init->health, supervisor, &init->power);
		control_turn(&init->control);
		if (supervisor->reexec_asked)
			turn_reexec(init);
		count = epoll_wait(supervisor->epoll_fd, events, EVENTS_A_TURN, sleep_time(init));
	}
}

/* Our own stdin and stdout are the console, which can block; nothing may wait for it. */
static void leave_console(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int target = 0; target <= 2 && fd >= 0; target++)
		(void)dup2(fd, target);
	if (fd > 2)
		close(fd);
}

static void read_cmdline(char *line, size_t size)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, line, size - 1);

	if (length < 0)
		kmsg(LEVEL_ERROR, "cannot read /proc/cmdline: %s", strerror(errno));
	line[length < 0 ? 0 : length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/*
 * The kernel lets user space write ten lines in five seconds unless told otherwise. It accepts the word
 * only with its newline.
 */
static void unlimit_kmsg(void)
{
	int fd = open("/proc/sys/kernel/printk_devkmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "on\n", 3) < 0)
		kmsg(LEVEL_WARNING, "cannot lift the limit on lines in the kernel log: %s",
			strerror(errno));
	close(fd);
}

/* Five or more descriptors for each of up to SERVICE_COUNT_MAX services. */
static void raise_limits(void)
{
	struct rlimit limit = { .rlim_cur = 65536, .rlim_max = 65536 };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		kmsg(LEVEL_WARNING, "cannot raise the number of files: %s", strerror(errno));
}

static uint32_t seed(void)
{
	const void *bytes = (const void *)getauxval(AT_RANDOM); /* 16 of them, at any address */
	uint32_t number = 0;

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number ? number : 1; /* xorshift stays at 0 */
}

/* What must not fail. A node that cannot be supervised reboots, and says why. */
static _Noreturn void give_up(const char *what, int error)
{
	kmsg(LEVEL_ERROR, "cannot %s: %s; rebooting in 10 s", what, strerror(-error));
	last_boot_leave(BOOT_CRASH);
	sleep(10);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* What only the first image does. */
static void set_up_node(struct supervisor *supervisor)
{
	early_root();
	early_mount();
	kmsg_open();
	leave_console();
	unlimit_kmsg();
	raise_limits();
	early_memory();
	drop_ins_add();
	early_hostname();
	early_loopback();
	supervisor->boot_reason = last_boot_read();
	last_boot_leave(BOOT_RESET);
}

static void load(struct init *init)
{
	struct supervisor *supervisor = &init->supervisor;
	int error;

	read_cmdline(supervisor->cmdline, sizeof(supervisor->cmdline));
	supervisor->random = seed();
	supervisor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (supervisor->epoll_fd < 0)
		give_up("make the event loop", -errno);
	error = watch_signals(init);
	if (error)
		give_up("watch signals", error);
	error = cgroups_open(&supervisor->cgroups);
	if (error)
		kmsg(LEVEL_WARNING, "no cgroups: %s; services run without limits or not at all",
			strerror(-error));
	error = services_load(
		supervisor, SERVICE_DIRECTORY, cmdline_matches(supervisor->cmdline, "rescue"));
	if (error)
		give_up("load the services", error);
}

int main(int argc, char **argv)
{
	static struct init init;
	int state_fd = image_state_fd(argc, argv);

	if (getpid() != 1) {
		fprintf(stderr, "init: this is the first process of a node; it does nothing else.\n"
				"init: to see what runs, type: svctl status\n");
		return EXIT_USAGE;
	}
	early_small_pages();
	init.supervisor.begun_us = init.supervisor.now_us = loop_now_us();
	init.image = (struct image){
		.path = argv[0],
		.supervisor = &init.supervisor,
		.control = &init.control,
		.power = &init.power,
		.health = &init.health,
		.notify_fd = -1,
	};
	init.sockets = (struct sockets){
		.supervisor = &init.supervisor,
		.control = &init.control,
		.notify_fd = &init.image.notify_fd,
	};
	init.control.fd = init.health.watchdog_fd = -1;
	if (state_fd < 0)
		set_up_node(&init.supervisor);
	else
		kmsg_open();
	init.supervisor.mounted_us = loop_now_us();
	load(&init);
	init.supervisor.loaded_us = loop_now_us();
	if (state_fd >= 0 && image_resume(&init.image, state_fd))
		kmsg(LEVEL_NOTICE, "a fresh image of PID 1 goes on");
	control_begin(&init.control, &init.supervisor, &init.power);
	sockets_open(&init.sockets);
	health_begin(&init.health, &init.supervisor);
	crash_arm(&init.image);
	run(&init);
}
