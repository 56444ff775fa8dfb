/* SPDX-License-Identifier: MIT */
/*
 * Process 1 of a node that measures what its kernel asks of a job: nanoseconds for one of each thing, which under QEMU's
 * -icount shift=0 are instructions of kernel and program together. One line each, "bench: NAME NUMBER"; then the
 * machine goes off. Everything is done as often before, to warm up. See measure_kernel.py.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TOUCHED = 16 << 20, /* bytes of new memory */
	PAGE = 4096,
	BLOCK = 65536, /* bytes of a write to a TCP connection */
	SLEEPERS = 1000,
	STACK = 65536, /* of a thread */
	SETTLING = 5, /* seconds of guest time, in which a kernel ends what it does after a boot */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	sync();
	reboot(RB_POWER_OFF);
}

/* Runs `once` for a while to warm up, then `count` times, and tells what one costs. */
static void measure(const char *name, int count, void (*once)(void))
{
	uint64_t begun_ns;

	for (int i = 0; i < count; i++)
		once();
	begun_ns = now_ns();
	for (int i = 0; i < count; i++)
		once();
	printf("bench: %s %llu\n", name,
		(unsigned long long)((now_ns() - begun_ns) / (unsigned)count));
}

/* ---- Calls, processes, memory ---- */

static int zero_fd, shared_fd;

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

static void call_read(void)
{
	char byte;

	check((int)read(zero_fd, &byte, 1), "read");
}

static void call_stat(void)
{
	struct stat status;

	check(stat("/proc/self", &status), "stat");
}

static void fork_and_exit(void)
{
	pid_t child = fork();

	check(child, "fork");
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void fork_and_exec(void)
{
	pid_t child = fork();

	check(child, "fork");
	if (child == 0) {
		execl("/init", "/init", "exit", (char *)NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static void map(void)
{
	void *memory =
		mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(memory, BLOCK);
}

static void touch(int flags, int fd)
{
	char *memory = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, flags, fd, 0);

	check(memory == MAP_FAILED ? -1 : 0, "mmap");
	for (size_t at = 0; at < TOUCHED; at += PAGE)
		memory[at] = 1;
	munmap(memory, TOUCHED);
}

static void touch_private(void)
{
	touch(MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void touch_shared(void)
{
	check(ftruncate(shared_fd, 0), "ftruncate");
	check(ftruncate(shared_fd, TOUCHED), "ftruncate");
	touch(MAP_SHARED, shared_fd);
}

static void make_file(void)
{
	int fd = open("/tmp/file", O_CREAT | O_RDWR, 0600);

	check(fd, "/tmp/file");
	check((int)write(fd, "x", 1), "write");
	close(fd);
	unlink("/tmp/file");
}

/* ---- Somebody who answers ---- */

static int ask_fd, answer_fd;

static void round_trip(void)
{
	char byte = 0;

	check((int)write(ask_fd, &byte, 1), "write");
	check((int)read(answer_fd, &byte, 1), "read");
}

/* A child that sends back each byte it gets, until we close. */
static pid_t echo(int from, int to, int ours, int ours_too)
{
	pid_t child = fork();
	char byte;

	check(child, "fork");
	if (child > 0) {
		close(from);
		if (to != from)
			close(to);
		return child;
	}
	close(ours);
	if (ours_too != ours)
		close(ours_too);
	while (read(from, &byte, 1) == 1)
		if (write(to, &byte, 1) != 1)
			break;
	_exit(0);
}

static void end_echo(pid_t child)
{
	close(ask_fd);
	if (answer_fd != ask_fd)
		close(answer_fd);
	waitpid(child, NULL, 0);
}

static void measure_pipe(void)
{
	int there[2], back[2];
	pid_t child;

	check(pipe(there), "pipe");
	check(pipe(back), "pipe");
	ask_fd = there[1];
	answer_fd = back[0];
	child = echo(there[0], back[1], ask_fd, answer_fd);
	measure("pipe", 2000, round_trip);
	end_echo(child);
}

static void measure_unix(void)
{
	int ends[2];
	pid_t child;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	ask_fd = answer_fd = ends[0];
	child = echo(ends[1], ends[1], ask_fd, answer_fd);
	measure("unix", 2000, round_trip);
	end_echo(child);
}

/* ---- TCP over the loopback ---- */

static int tcp_fd;
static char block[BLOCK];

static void send_mebibyte(void)
{
	for (size_t left = 1 << 20; left > 0;) {
		ssize_t sent = write(tcp_fd, block, left < BLOCK ? left : BLOCK);

		check((int)sent, "write");
		left -= (size_t)sent;
	}
}

static void measure_tcp(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t child;

	check(bind(listener, (struct sockaddr *)&address, length), "bind");
	check(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
	check(listen(listener, 1), "listen");
	child = fork();
	check(child, "fork");
	if (child == 0) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		check(connect(fd, (struct sockaddr *)&address, length), "connect");
		while (read(fd, block, BLOCK) > 0)
			;
		_exit(0);
	}
	tcp_fd = accept(listener, NULL, NULL);
	check(tcp_fd, "accept");
	measure("tcp", 8, send_mebibyte);
	close(tcp_fd);
	close(listener);
	waitpid(child, NULL, 0);
}

/* Without it there is no 127.0.0.1. */
static void raise_loopback(void)
{
	struct {
		char name[16];
		union {
			short flags;
			char room[24];
		};
	} request = { .name = "lo", .flags = 1 /* IFF_UP */ };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check((int)syscall(SYS_ioctl, fd, 0x8914L /* SIOCSIFFLAGS */, &request), "lo");
	close(fd);
}

/* ---- Threads ---- */

static uint32_t turn, finished;

static void wait_for(uint32_t value)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != value)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, value ^ 1, NULL, NULL, 0);
}

static void hand_to(uint32_t value)
{
	__atomic_store_n(&turn, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *other_thread(void *unused)
{
	for (;;) {
		wait_for(1);
		if (finished)
			return unused;
		hand_to(0);
	}
}

/* There and back: two switches. */
static void switch_threads(void)
{
	hand_to(1);
	wait_for(0);
}

static void measure_threads(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	check(-pthread_create(&thread, &attributes, other_thread, NULL), "pthread_create");
	measure("threads", 2000, switch_threads);
	finished = 1;
	hand_to(1);
	pthread_join(thread, NULL);
}

static void *nothing(void *unused)
{
	return unused;
}

static void make_thread(void)
{
	pthread_t thread;

	check(-pthread_create(&thread, NULL, nothing, NULL), "pthread_create");
	pthread_join(thread, NULL);
}

static void wake_nobody(void)
{
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* ---- epoll ---- */

static int epoll_fd, ready_fd;

static void wait_ready(void)
{
	struct epoll_event event;

	check(epoll_wait(epoll_fd, &event, 1, -1), "epoll_wait");
}

static void measure_epoll(void)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int ends[2];

	check(pipe(ends), "pipe");
	ready_fd = ends[1];
	epoll_fd = epoll_create1(0);
	check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ready_fd, &event), "epoll_ctl");
	measure("epoll", 5000, wait_ready);
	close(epoll_fd);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Memory ---- */

/* A row of /proc/meminfo in bytes. */
static unsigned long long meminfo(const char *name)
{
	char line[128];
	unsigned long long kilobytes = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			kilobytes = strtoull(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return kilobytes * 1024;
}

/* What a thousand processes that sleep cost: each is the program anew, with memory of its own. */
static void measure_sleepers(void)
{
	static pid_t children[SLEEPERS];
	unsigned long long before;
	int ends[2];
	char byte;

	check(pipe(ends), "pipe");
	before = meminfo("MemAvailable:");
	for (int i = 0; i < SLEEPERS; i++) {
		children[i] = fork();
		check(children[i], "fork");
		if (children[i] == 0) {
			dup2(ends[1], STDIN_FILENO);
			execl("/init", "/init", "sleep", (char *)NULL);
			_exit(1);
		}
		check((int)read(ends[0], &byte, 1), "read");
	}
	printf("bench: sleeper %llu\n", (before - meminfo("MemAvailable:")) / SLEEPERS);
	for (int i = 0; i < SLEEPERS; i++)
		kill(children[i], SIGKILL);
	for (int i = 0; i < SLEEPERS; i++)
		waitpid(children[i], NULL, 0);
}

/* Its stdin is a pipe to who waits for it. It uses a little memory, as everybody does. */
static _Noreturn void sleep_for_ever(void)
{
	char *memory = malloc(20000);

	memset(memory, 1, 20000);
	(void)!write(STDIN_FILENO, memory, 1);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "sleep") == 0)
		sleep_for_ever();
	if (argc > 1)
		return 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(mount("proc", "/proc", "proc", 0, NULL), "/proc");
	check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "/tmp");
	check(mount("devtmpfs", "/dev", "devtmpfs", 0, NULL), "/dev");
	raise_loopback();
	zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	check(zero_fd, "/dev/zero");
	shared_fd = memfd_create("shared", MFD_CLOEXEC);
	check(shared_fd, "memfd_create");
	sleep(SETTLING);
	printf("bench: available %llu\n", meminfo("MemAvailable:"));
	measure("getppid", 20000, call_getppid);
	measure("read", 10000, call_read);
	measure("stat", 5000, call_stat);
	measure("fork", 200, fork_and_exit);
	measure("exec", 100, fork_and_exec);
	measure("mmap", 5000, map);
	measure("touch", 4, touch_private);
	measure("shmem", 4, touch_shared);
	measure("tmpfs", 1000, make_file);
	measure_pipe();
	measure_unix();
	measure_tcp();
	measure_threads();
	measure("thread", 500, make_thread);
	measure("futex", 10000, wake_nobody);
	measure_epoll();
	measure_sleepers();
	printf("bench: over\n");
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
