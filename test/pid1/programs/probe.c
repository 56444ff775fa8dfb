/* SPDX-License-Identifier: MIT */
/*
 * A service that does as it is told, one argument after the other:
 *
 *   say:TEXT          a line to stdout            write:N            N bytes to stdout, then a newline
 *   report            what it is, to stdout       flood              numbered lines for ever
 *   ready:N           a newline to descriptor N   close:N            closes it
 *   notify:TEXT       to the notify socket; \n in TEXT is a newline
 *   notify-bytes:N    a message of that many bytes
 *   notify-fd:TEXT    with a descriptor along
 *   barrier           waits until all it has notified so far is taken, sd_notify_barrier(3)
 *   ignore:SIG        a signal by its number      tell:SIG           says "got SIG" each time
 *   kill:SIG          itself                      kill-init:SIG      process 1
 *   await:SIG         waits for that signal, which does nothing else from the start on
 *   { ... }           a child does these          wait               for all children
 *   session           setsid                      headless           ends its main thread; another pauses
 *   new-pids          the next child is process 1 of a PID namespace
 *   cgroup:NAME       moves into a cgroup below its own, which it makes
 *   threaded:NAME     makes a threaded one there, and moves its only thread into it
 *   trace             follows the last child as a debugger does
 *   orphans:N          N processes, left to process 1
 *   gate:PATH         waits until somebody opens that FIFO to write, and closes it
 *   lock:PATH         locks that file as long as it or a child lives; if it is locked, says so in /out/twice
 *   touch:PATH  exit:N  sleep:MS  pause  reboot:COMMAND
 *
 * After the last it exits with 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static _Noreturn void die(const char *what)
{
	dprintf(2, "probe: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* A line in one write, so that it is whole in the log. */
static void say(const char *key, const char *value)
{
	char line[4096];
	int length = snprintf(line, sizeof(line), "%s%s\n", key, value);

	if (write(1, line, (size_t)length) != length)
		die("stdout");
}

static void report_file(const char *path, const char *prefix)
{
	char line[1024], key[32];
	FILE *file = fopen(path, "re");

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(key, sizeof(key), "%s ", prefix);
		say(key, line);
	}
	fclose(file);
}

static void report_descriptors(void)
{
	char path[64], target[512], line[640];

	for (int fd = 0; fd < 4096; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		snprintf(line, sizeof(line), "%d %s", fd, target);
		say("fd ", line);
	}
}

static void report(void)
{
	char text[512];

	report_descriptors();
	report_file("/proc/self/status", "status");
	report_file("/proc/self/limits", "limits");
	report_file("/proc/self/cgroup", "cgroup");
	report_file("/proc/self/oom_score_adj", "oom");
	report_file("/proc/self/stat", "stat");
	for (char **variable = environ; *variable; variable++)
		say("env ", *variable);
	if (!getcwd(text, sizeof(text)))
		die("getcwd");
	say("cwd ", text);
	snprintf(text, sizeof(text), "%o", umask(0));
	say("umask ", text);
	snprintf(text, sizeof(text), "%d %d %d", getpid(), getsid(0), getpgrp());
	say("session ", text);
	say("end", "");
}

static void notify(const char *bytes, size_t length, int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct iovec data = { .iov_base = (void *)bytes, .iov_len = length };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = &data,
		.msg_iovlen = 1,
	};
	int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path ? path : "/run/notify");
	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	}
	if (sendmsg(socket_fd, &message, 0) < 0)
		die("notify");
	close(socket_fd);
}

static void notify_text(const char *text, int fd)
{
	char message[2048];
	size_t length = 0;

	for (; *text && length < sizeof(message); text++) {
		message[length++] = text[0] == '\\' && text[1] == 'n' ? '\n' : text[0];
		text += text[0] == '\\' && text[1] == 'n';
	}
	notify(message, length, fd);
}

static void notify_bytes(size_t count)
{
	char *bytes = malloc(count + 1);

	if (!bytes)
		die("malloc");
	memset(bytes, 'x', count);
	memcpy(bytes, "READY=1\n", count < 8 ? count : 8);
	notify(bytes, count, -1);
	free(bytes);
}

/* The receiver closes the write end when it has come to it; the pipe ends then. */
static void barrier(void)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	notify("BARRIER=1", 9, ends[1]);
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 0)
		die("barrier");
	close(ends[0]);
}

static void tell(int number)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "got %d\n", number);

	(void)!write(1, line, (size_t)length);
}

static void flood(void)
{
	char line[128];

	for (unsigned long count = 0;; count++) {
		int length = snprintf(line, sizeof(line), "line %lu %0100d\n", count, 0);

		if (write(1, line, (size_t)length) < 0)
			die("stdout");
	}
}

/* Blocked before the first word is carried out, so that none comes too early. */
static void block_awaited(char **words)
{
	sigset_t awaited;

	sigemptyset(&awaited);
	for (; *words; words++)
		if (strncmp(*words, "await:", 6) == 0)
			sigaddset(&awaited, atoi(*words + 6));
	sigprocmask(SIG_BLOCK, &awaited, NULL);
}

static void await(int number)
{
	sigset_t awaited;

	sigemptyset(&awaited);
	sigaddset(&awaited, number);
	while (sigwaitinfo(&awaited, NULL) != number)
		;
}

static void *sit(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* It shows as a zombie from now on, and lives. */
static _Noreturn void headless(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sit, NULL) != 0)
		die("thread");
	pthread_exit(NULL);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* The own cgroup's path below the mount is the line 0:: of /proc/self/cgroup. */
static void enter_cgroup(const char *name, bool threaded)
{
	char own[512] = "", path[1024], file[1100];
	FILE *groups = fopen("/proc/self/cgroup", "re");

	if (!groups || fscanf(groups, "0::%511s", own) != 1)
		die("own cgroup");
	fclose(groups);
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", own, name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die(path);
	if (threaded) {
		snprintf(file, sizeof(file), "%s/cgroup.type", path);
		write_file(file, "threaded");
	}
	snprintf(file, sizeof(file), "%s/%s", path, threaded ? "cgroup.threads" : "cgroup.procs");
	write_file(file, "0");
}

static void start_pid_namespace(void)
{
	if (unshare(CLONE_NEWPID) < 0)
		die("unshare");
}

static pid_t last_child;

static void trace_last_child(void)
{
	if (ptrace(PTRACE_SEIZE, last_child, NULL, NULL) < 0 ||
		ptrace(PTRACE_INTERRUPT, last_child, NULL, NULL) < 0)
		die("ptrace");
}

/* Each is the child of a child that is gone. */
static void orphans(long count)
{
	while (count-- > 0) {
		pid_t pid = fork();

		if (pid < 0) {
			count++;
			usleep(1000);
			continue;
		}
		if (pid == 0) {
			(void)fork();
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return;
	fd = open("/out/twice", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	dprintf(fd, "%s by process %d\n", path, getpid());
	close(fd);
}

static void gate(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
}

/* The argument behind the `}` that ends the group beginning at `words`. */
static char **behind_group(char **words)
{
	for (int depth = 1; *words; words++) {
		depth += strcmp(*words, "{") == 0;
		depth -= strcmp(*words, "}") == 0;
		if (depth == 0)
			return words + 1;
	}
	return words;
}

static void carry_out(const char *word, const char *value)
{
	long number = atol(value);

	if (strcmp(word, "say") == 0)
		say("", value);
	else if (strcmp(word, "write") == 0)
		printf("%0*d\n", (int)number, 0), fflush(stdout);
	else if (strcmp(word, "report") == 0)
		report();
	else if (strcmp(word, "flood") == 0)
		flood();
	else if (strcmp(word, "ready") == 0)
		(void)!write((int)number, "\n", 1);
	else if (strcmp(word, "close") == 0)
		close((int)number);
	else if (strcmp(word, "notify") == 0)
		notify_text(value, -1);
	else if (strcmp(word, "notify-fd") == 0)
		notify_text(value, 0);
	else if (strcmp(word, "notify-bytes") == 0)
		notify_bytes((size_t)number);
	else if (strcmp(word, "barrier") == 0)
		barrier();
	else if (strcmp(word, "await") == 0)
		await((int)number);
	else if (strcmp(word, "ignore") == 0)
		signal((int)number, SIG_IGN);
	else if (strcmp(word, "tell") == 0)
		signal((int)number, tell);
	else if (strcmp(word, "kill") == 0)
		kill(getpid(), (int)number);
	else if (strcmp(word, "kill-init") == 0)
		kill(1, (int)number);
	else if (strcmp(word, "session") == 0)
		setsid();
	else if (strcmp(word, "headless") == 0)
		headless();
	else if (strcmp(word, "new-pids") == 0)
		start_pid_namespace();
	else if (strcmp(word, "cgroup") == 0)
		enter_cgroup(value, false);
	else if (strcmp(word, "threaded") == 0)
		enter_cgroup(value, true);
	else if (strcmp(word, "trace") == 0)
		trace_last_child();
	else if (strcmp(word, "orphans") == 0)
		orphans(number);
	else if (strcmp(word, "gate") == 0)
		gate(value);
	else if (strcmp(word, "lock") == 0)
		lock(value);
	else if (strcmp(word, "touch") == 0)
		close(open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
	else if (strcmp(word, "reboot") == 0)
		reboot((int)number);
	else if (strcmp(word, "exit") == 0)
		exit((int)number);
	else if (strcmp(word, "sleep") == 0)
		usleep((useconds_t)number * 1000);
	else if (strcmp(word, "wait") == 0)
		while (wait(NULL) > 0 || errno == EINTR)
			;
	else if (strcmp(word, "pause") == 0)
		for (;;)
			pause();
	else
		die(word);
}

int main(int argc, char **argv)
{
	char **words = argv + 1;

	(void)argc;
	block_awaited(words);
	while (*words) {
		char *word = *words++, *colon;

		if (strcmp(word, "{") == 0) {
			last_child = fork();
			if (last_child != 0)
				words = behind_group(words);
			continue;
		}
		if (strcmp(word, "}") == 0)
			return 0;
		colon = strchr(word, ':');
		if (colon)
			*colon++ = '\0';
		carry_out(word, colon ? colon : "");
	}
	return 0;
}
