/* SPDX-License-Identifier: MIT */
/*
 * notify MESSAGE...: sends each as one datagram to $NOTIFY_SOCKET, as sd_notify(3) does, and waits until
 * they have been read: who sent a message is looked up in /proc, where a program that has ended is
 * not found. The last datagram carries the end of a pipe; when it is read, the pipe ends
 * (sd_notify_barrier(3)).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_message(int fd, const struct sockaddr_un *address, char *text, int passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS } };
	struct iovec data = { .iov_base = text, .iov_len = strlen(text) };
	struct msghdr message = {
		.msg_name = (void *)address,
		.msg_namelen = sizeof(*address),
		.msg_iov = &data,
		.msg_iovlen = 1,
	};

	if (passed >= 0) {
		memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
	}
	if (sendmsg(fd, &message, 0) >= 0)
		return 0;
	perror("notify: sendmsg");
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	char barrier[] = "BARRIER=1", byte;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ends[2];

	if (!path || strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "notify: no NOTIFY_SOCKET\n");
		return 2;
	}
	strcpy(address.sun_path, path);
	for (int i = 1; i < argc; i++)
		if (send_message(fd, &address, argv[i], -1))
			return 1;
	if (pipe(ends) < 0 || send_message(fd, &address, barrier, ends[1]))
		return 1;
	close(ends[1]);
	return read(ends[0], &byte, 1) == 0 ? 0 : 1;
}
