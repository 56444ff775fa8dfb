/* SPDX-License-Identifier: MIT */
/* Requests and answers; see door.h. */
#include "door.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUESTS_A_TURN = 8 };

int door_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int yes = 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	/* Of the one before us, whose end it has outlived. */
	(void)unlink(path);
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(path, 0666) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct answer {
	char text[REQUEST_ANSWER_MAX];
	size_t length;
};

/* What does not fit is left out. */
__attribute__((format(printf, 2, 3))) static void add(
	struct answer *answer, const char *format, ...)
{
	size_t room = sizeof(answer->text) - answer->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(answer->text + answer->length, room, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < room)
		answer->length += (size_t)length;
	answer->text[answer->length] = '\0';
}

static void list_sticks(struct answer *answer, const struct sticks *sticks)
{
	for (size_t i = 0; i < STICKS_MAX; i++) {
		const struct owned *owned = &sticks->owned[i];
		const struct stick *stick = &owned->stick;
		char colour[COLOUR_TEXT_MAX];

		if (!owned->used)
			continue;
		add(answer,
			"stick serial=%s model=%s port=%s leds=%zu colour=%s state=%s errors=%u\n",
			stick->serial, stick_model_name(stick->model), owned->found.port,
			stick_layout_leds(&stick->layout), colour_format(colour, stick->shown[0]),
			stick_phase_name(stick), stick->errors);
	}
}

static void list_requests(struct answer *answer, const struct scene *scene, uint64_t now_ms)
{
	for (size_t i = 0; i < SCENE_REQUESTS_MAX; i++) {
		const struct scene_request *held = &scene->requests[i];
		const struct request *request = &held->request;
		char colour[COLOUR_TEXT_MAX];

		if (held->until_ms <= now_ms)
			continue;
		add(answer,
			"request name=%s uid=%u verb=%s %s=%s priority=%u left_ms=%" PRIu64
			"%s%s\n",
			request->name[0] ? request->name : "-", (unsigned)held->uid,
			request_verb_name(request->verb),
			request->verb == REQUEST_SHOW ? "look" : "colour",
			request->verb == REQUEST_SHOW
				? look_name(request->look)
				: colour_format(colour, request->pattern.colour),
			request->priority, held->until_ms - now_ms,
			request->stick[0] ? " stick=" : "", request->stick);
	}
}

static void list(struct answer *answer, const struct scene *scene, const struct sticks *sticks,
	uint64_t now_ms)
{
	add(answer, "node look=%s priority=%u%s\n", look_name(scene->look),
		scene_priority(scene->look), scene->dark ? " dark" : "");
	list_requests(answer, scene, now_ms);
	list_sticks(answer, sticks);
}

/* One datagram and its sender. */
struct letter {
	char text[REQUEST_TEXT_MAX + 1];
	uid_t uid;
	struct sockaddr_un from;
	socklen_t from_length;
};

/* 1, 0: none is there, -1: one that is of no use. */
static int receive(int socket, struct letter *letter)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = { 0 };
	struct iovec data = { .iov_base = letter->text, .iov_len = REQUEST_TEXT_MAX };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_name = &letter->from,
		.msg_namelen = sizeof(letter->from),
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	/* Descriptors that somebody sends along do not fit in the control buffer, and are closed. */
	ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
	struct ucred who;

	if (length < 0)
		return errno == EINTR ? -1 : 0;
	letter->from_length = message.msg_namelen;
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
		return -1;
	memcpy(&who, CMSG_DATA(header), sizeof(who));
	letter->uid = who.uid;
	letter->text[length] = '\0';
	/* A text that ends early is not what was sent. */
	if ((message.msg_flags & MSG_TRUNC) || strlen(letter->text) != (size_t)length)
		letter->text[0] = '\0';
	return 1;
}

/* True if the scene changed. */
static bool carry_out(struct letter *letter, struct answer *answer, struct scene *scene,
	const struct sticks *sticks, uint64_t now_ms)
{
	char why[REQUEST_WHY_MAX] = "";
	struct request request;

	if (letter->text[0] == '\0') {
		add(answer, "error a request is a line of at most %d bytes\n", REQUEST_TEXT_MAX);
		return false;
	}
	if (!request_parse(&request, letter->text, why)) {
		add(answer, "error %s\n", why);
		return false;
	}
	if (request.verb == REQUEST_LIST) {
		list(answer, scene, sticks, now_ms);
		return false;
	}
	if (!scene_take(scene, &request, letter->uid, now_ms, why)) {
		add(answer, "error %s\n", why);
		return false;
	}
	add(answer, "ok\n");
	return true;
}

bool door_turn(int socket, struct scene *scene, const struct sticks *sticks, uint64_t now_ms)
{
	bool changed = false;

	for (int i = 0; i < REQUESTS_A_TURN; i++) {
		struct letter letter = { .uid = (uid_t)-1 };
		struct answer answer = { .length = 0 };
		int got = receive(socket, &letter);

		if (got == 0)
			break;
		if (got < 0)
			continue;
		changed |= carry_out(&letter, &answer, scene, sticks, now_ms);
		/* Who does not read its answers loses them. */
		if (letter.from_length > sizeof(sa_family_t))
			(void)sendto(socket, answer.text, answer.length,
				MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&letter.from,
				letter.from_length);
	}
	return changed;
}
