/* SPDX-License-Identifier: MIT */
/* From udhcpc's environment to the daemon; see hook.h. */
#include "hook.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "basics/log.h"
#include "udhcpc_environment.h"

enum {
	SEND_TRIES = 20, /* with SEND_PAUSE_MS between them, should the daemon's queue be full */
	SEND_PAUSE_MS = 50,
};

static const struct sockaddr_un lease_address = {
	.sun_family = AF_UNIX,
	.sun_path = LEASE_SOCKET,
};

/* ---- udhcpc's side ---- */

static void report_refusal(void *context, const char *text)
{
	struct lease_message *message = context;

	log_line(message->interface, "DHCP: %s", text);
	if (message->refused_words < LEASE_LEFT_OUT_MAX)
		message->refused_words++;
}

static const char *interface_of(char *const *environment)
{
	for (char *const *entry = environment; *entry; entry++) {
		if (strncmp(*entry, "interface=", 10) == 0)
			return *entry + 10;
	}
	return "";
}

static bool send_message(const struct lease_message *message)
{
	char text[LEASE_TEXT_MAX];
	int length = lease_message_encode(message, text);
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ssize_t sent = -1;

	if (length < 0 || descriptor < 0)
		return false;
	/* poll() cannot tell when an unconnected datagram socket will take more, so ask now and then. */
	for (int i = 0; sent < 0 && i < SEND_TRIES; i++) {
		sent = sendto(descriptor, text, (size_t)length, MSG_NOSIGNAL,
			(const struct sockaddr *)&lease_address, sizeof(lease_address));
		if (sent < 0 && errno != EAGAIN && errno != ENOBUFS)
			break;
		if (sent < 0)
			poll(NULL, 0, SEND_PAUSE_MS);
	}
	close(descriptor);
	return sent == length;
}

int hook_run(const char *event, char *const *environment)
{
	const char *interface = interface_of(environment);
	struct lease_message message = {
		.event = lease_event_parse(event),
		.client = getppid(),
	};
	const struct refusal_report report = { report_refusal, &message };

	if (message.event == LEASE_EVENT_COUNT || message.event == LEASE_REFUSED ||
		!name_is_interface(interface)) {
		log_line(NULL, "takes no arguments; netd EVENT is for udhcpc to run, see netd(8)");
		return 2;
	}
	strcpy(message.interface, interface);
	if ((message.event == LEASE_BOUND || message.event == LEASE_RENEW) &&
		!lease_from_environment(environment, &message.lease, message.reason, &report))
		message.event = LEASE_REFUSED;
	if (send_message(&message))
		return 0;
	log_line(interface, "cannot hand udhcpc's '%s' to netd: %s; it is lost", event,
		strerror(errno));
	return 1;
}

/* ---- The daemon's side ---- */

int hook_listen(void)
{
	const int on = 1;
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int result;

	if (descriptor < 0)
		return -1;
	/* An earlier netd may have left its own. */
	unlink(LEASE_SOCKET);
	result = setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	mask = umask(0177);
	if (result == 0)
		result = bind(
			descriptor, (const struct sockaddr *)&lease_address, sizeof(lease_address));
	umask(mask);
	if (result != 0) {
		int number = errno;

		close(descriptor);
		errno = number;
		return -1;
	}
	return descriptor;
}

static bool sender_is_root(struct msghdr *header)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct ucred sender;

	if (!control || control->cmsg_level != SOL_SOCKET ||
		control->cmsg_type != SCM_CREDENTIALS ||
		control->cmsg_len != CMSG_LEN(sizeof(sender)))
		return false;
	memcpy(&sender, CMSG_DATA(control), sizeof(sender));
	return sender.uid == 0;
}

bool hook_receive(int socket, struct lease_message *message)
{
	char text[LEASE_TEXT_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec vector = { text, sizeof(text) };
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);

	if (length < 0)
		return false;
	if (!(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && sender_is_root(&header) &&
		lease_message_decode(text, (size_t)length, message))
		return true;
	log_line(NULL, "dropped a message on %s that is none of a DHCP client", LEASE_SOCKET);
	return false;
}
