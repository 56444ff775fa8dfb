/* SPDX-License-Identifier: MIT */
/*
 * Clients of PID 1's control socket that are up to no good.
 *
 *   clients hold COUNT [TEXT]   connects COUNT times, sends TEXT (which may be half a request) on
 *                               each, prints "holding", and never reads or closes until killed
 *   clients send TEXT           sends TEXT, prints the answer
 *   clients noise COUNT         COUNT times sends up to 8 KiB of pseudo-random bytes and hangs up
 *   clients flood COUNT         COUNT connections at once ask for the status, then each is read:
 *                               prints how many got it and how many were turned away in words
 *
 * In TEXT "\n" stands for a newline.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 1024, ANSWER_SIZE = 64 * 1024 };

static int connect_init(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/init.sock" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("clients: connect");
		exit(1);
	}
	return fd;
}

/* "\n" becomes a newline, in place. Returns the length. */
static size_t unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

static void say(int fd, const char *text, size_t length)
{
	if (send(fd, text, length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		perror("clients: send");
}

/* Reads to the end; returns the length of what fits, NUL-terminated. */
static size_t hear(int fd, char *answer)
{
	size_t length = 0;
	ssize_t got;

	while (length < ANSWER_SIZE - 1 &&
		(got = recv(fd, answer + length, ANSWER_SIZE - 1 - length, 0)) > 0)
		length += (size_t)got;
	answer[length] = '\0';
	return length;
}

static _Noreturn void hold(int count, char *text)
{
	size_t length = unescape(text);

	for (int i = 0; i < count; i++)
		say(connect_init(), text, length);
	puts("holding");
	fflush(stdout);
	for (;;)
		pause();
}

static int send_one(char *text)
{
	static char answer[ANSWER_SIZE];
	int fd = connect_init();

	say(fd, text, unescape(text));
	hear(fd, answer);
	fputs(answer, stdout);
	return 0;
}

static int noise(int count)
{
	static char bytes[8192];
	uint32_t random = 2463534242u;

	for (int i = 0; i < count; i++) {
		size_t length = 1 + random % sizeof(bytes);
		int fd = connect_init();

		for (size_t at = 0; at < length; at++) {
			random ^= random << 13;
			random ^= random >> 17;
			random ^= random << 5;
			bytes[at] = (char)random;
		}
		say(fd, bytes, length);
		close(fd);
	}
	printf("%d times\n", count);
	return 0;
}

static int flood(int count)
{
	static char answer[ANSWER_SIZE];
	static int fds[MOST];
	int answered = 0, refused = 0;

	for (int i = 0; i < count; i++)
		fds[i] = connect_init();
	for (int i = 0; i < count; i++)
		say(fds[i], "1 status\n", 9);
	for (int i = 0; i < count; i++) {
		size_t length = hear(fds[i], answer);

		if (length >= 4 && strcmp(answer + length - 4, "\nok\n") == 0)
			answered++;
		else if (strncmp(answer, "error code=5", 12) == 0)
			refused++;
	}
	printf("%d answered %d refused\n", answered, refused);
	return 0;
}

int main(int argc, char **argv)
{
	char empty[] = "";
	int count = argc >= 3 ? atoi(argv[2]) : 0;

	signal(SIGPIPE, SIG_IGN);
	if (argc >= 3 && strcmp(argv[1], "send") == 0)
		return send_one(argv[2]);
	if (count < 1 || count > MOST)
		return 2;
	if (strcmp(argv[1], "hold") == 0)
		hold(count, argc >= 4 ? argv[3] : empty);
	if (strcmp(argv[1], "noise") == 0)
		return noise(count);
	if (strcmp(argv[1], "flood") == 0)
		return flood(count);
	return 2;
}
