/* SPDX-License-Identifier: MIT */
/* blinkstickctl(1): words of a command line become a request, the answer becomes an exit status. */
#include "client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "request.h"

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_ANSWER = 3,
	ANSWER_S = 3,
};

static const struct {
	char letter;
	const char *key;
} options[] = {
	{ 't', "for" },
	{ 'p', "priority" },
	{ 'd', "period" },
	{ 's', "stick" },
	{ 'l', "leds" },
	{ 'n', "name" },
};

static int usage(void)
{
	fputs("usage: blinkstickctl set|blink|pulse|morph COLOUR [options]\n"
	      "       blinkstickctl show booting|ready|degraded|critical [options]\n"
	      "       blinkstickctl off [options]\n"
	      "       blinkstickctl release [-n NAME]\n"
	      "       blinkstickctl list\n"
	      "options: -t TIME  -p PRIORITY  -d PERIOD  -s SERIAL  -l LED[-LED]  -n NAME\n",
		stderr);
	return EXIT_USAGE;
}

static const char *key_of(int letter)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].letter == letter)
			return options[i].key;
	return NULL;
}

static bool add(char *text, const char *key, const char *value)
{
	size_t used = strlen(text);

	/* A blank in it would begin another word. */
	if (strpbrk(value, " \n"))
		return false;
	return (size_t)snprintf(text + used, REQUEST_TEXT_MAX - used, " %s=%s", key, value) <
	       REQUEST_TEXT_MAX - used;
}

/* False: the command line makes no sense. */
static bool make_request(int argc, char **argv, char *text)
{
	const char *verb = argc > 1 ? argv[1] : "";
	const char *takes = strcmp(verb, "show") == 0 ? "look"
			    : strcmp(verb, "set") == 0 || strcmp(verb, "blink") == 0 ||
					    strcmp(verb, "pulse") == 0 || strcmp(verb, "morph") == 0
				    ? "colour"
				    : NULL;
	const char *key;
	int letter;

	if (!*verb || strlen(verb) > 16)
		return false;
	strcpy(text, verb);
	/* BusyBox's way: options may stand behind the words as well. */
	argc--;
	argv++;
	if (takes && (argc < 2 || !add(text, takes, argv[1])))
		return false;
	if (takes) {
		argc--;
		argv++;
	}
	while ((letter = getopt(argc, argv, "+t:p:d:s:l:n:")) != -1) {
		key = key_of(letter);
		if (!key || !add(text, key, optarg))
			return false;
	}
	return optind == argc;
}

static int no_answer(const char *tried)
{
	fprintf(stderr, "blinkstickctl: cannot %s %s: %s; is the service blinkstick running?\n",
		tried, REQUEST_SOCKET, strerror(errno));
	return EXIT_NO_ANSWER;
}

static int ask(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = REQUEST_SOCKET };
	sa_family_t any = AF_UNIX;
	struct timeval deadline = { .tv_sec = ANSWER_S };
	char answer[REQUEST_ANSWER_MAX + 1];
	ssize_t length;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* The kernel gives us an address for the answer. */
	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return no_answer("connect to");
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return no_answer("send to");
	length = recv(fd, answer, sizeof(answer) - 1, 0);
	if (length < 0)
		return no_answer("hear from");
	answer[length] = '\0';
	if (strncmp(answer, "error ", 6) == 0) {
		fprintf(stderr, "blinkstickctl: %s", answer + 6);
		return EXIT_REFUSED;
	}
	if (strcmp(answer, "ok\n") != 0)
		fputs(answer, stdout);
	return EXIT_DONE;
}

int client_main(int argc, char **argv)
{
	char text[REQUEST_TEXT_MAX];
	char copy[REQUEST_TEXT_MAX];
	char why[REQUEST_WHY_MAX];
	struct request request;

	if (!make_request(argc, argv, text))
		return usage();
	/* What cannot be right is said without a daemon. */
	strcpy(copy, text);
	if (!request_parse(&request, copy, why)) {
		fprintf(stderr, "blinkstickctl: %s\n", why);
		return EXIT_USAGE;
	}
	return ask(text);
}
