/* SPDX-License-Identifier: MIT */
/* The child with the capability; see opener.h. */
#include "opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stick_model.h"

/* What stands at the head of a node: the device descriptor, as USB 2.0, 9.6.1 has it. */
enum {
	DESCRIPTOR_SIZE = 18,
	DESCRIPTOR_TYPE = 1,
	VENDOR_AT = 8,
	PRODUCT_AT = 10,
};

static unsigned little_endian(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

/* The kernel read it when the device was plugged in, in the order of bytes of the bus. */
bool opener_is_stick(const uint8_t *descriptor, size_t length)
{
	if (length < DESCRIPTOR_SIZE || descriptor[0] != DESCRIPTOR_SIZE ||
		descriptor[1] != DESCRIPTOR_TYPE)
		return false;
	/* usbfs gives these two as numbers of this machine; all of ours are little-endian. */
	return little_endian(descriptor + VENDOR_AT) == STICK_VENDOR &&
	       little_endian(descriptor + PRODUCT_AT) == STICK_PRODUCT;
}

static bool is_stick(int fd)
{
	uint8_t descriptor[DESCRIPTOR_SIZE];
	ssize_t length = pread(fd, descriptor, sizeof(descriptor), 0);

	return length > 0 && opener_is_stick(descriptor, (size_t)length);
}

static int open_stick(const struct opener_request *request, int *error)
{
	char path[] = "/dev/bus/usb/000/000";
	int fd;

	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", request->bus, request->device);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		*error = errno;
		return -1;
	}
	if (!is_stick(fd)) {
		close(fd);
		*error = ENODEV;
		return -1;
	}
	*error = 0;
	return fd;
}

static void answer(int socket, const struct opener_answer *answer, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = (void *)answer, .iov_len = sizeof(*answer) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	/* If nobody hears it, the next read tells. */
	(void)sendmsg(socket, &message, MSG_NOSIGNAL);
}

/* Ends with the daemon, whose end of the socket closes. */
_Noreturn static void serve(int socket)
{
	struct opener_request request;

	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		struct opener_answer reply = { .request = request };
		int fd = open_stick(&request, &reply.error);

		answer(socket, &reply, fd);
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

/* None of them: not permitted, not inheritable, not ambient. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
	       syscall(SYS_capset, &header, none) == 0;
}

int opener_start(const char **what)
{
	int ends[2];
	pid_t child;

	*what = "create a socket pair";
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	*what = "start the process that opens sticks";
	child = fork();
	if (child < 0)
		return -1;
	if (child == 0) {
		close(ends[0]);
		prctl(PR_SET_NAME, "blinkstick-open");
		/* The daemon may be gone already; then the socket is closed. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(ends[1]);
	}
	close(ends[1]);
	*what = "drop the capabilities";
	if (!drop_capabilities())
		return -1;
	*what = "set a socket to non-blocking";
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 ? ends[0] : -1;
}

bool opener_ask(int socket, const struct opener_request *request)
{
	return send(socket, request, sizeof(*request), MSG_NOSIGNAL) == sizeof(*request);
}

int opener_receive(int socket, struct opener_answer *answer, int *fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = answer, .iov_len = sizeof(*answer) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;

	*fd = -1;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got != sizeof(*answer))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(int));
	/* Its descriptor got lost: as if it could not be opened. */
	if (*fd < 0 && answer->error == 0)
		answer->error = EMFILE;
	return 1;
}
