/* SPDX-License-Identifier: MIT */
/* A bound socket is watched by its inode: removing or moving its name changes the inode. */
#include "sockets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kmsg.h"
#include "notify.h"

enum {
	BACKLOG = 64, /* connections the kernel holds for us between two turns of the loop */
	TRIES = 3, /* at making a name that does not stay */
};

static const struct {
	const char *path;
	int type;
	enum source source;
	const char *loss; /* what does not work without it */
} kinds[SOCKET_NAMES] = {
	[SOCKET_CONTROL] = { PROTOCOL_SOCKET, SOCK_STREAM, SOURCE_CONTROL, "svctl will not work" },
	[SOCKET_NOTIFY] = { NOTIFY_SOCKET, SOCK_DGRAM, SOURCE_NOTIFY,
		"ready = notify will not work" },
};

/*
 * Makes a non-blocking socket of `type` at `path`, in place of what is there. Anybody may write to it; who may ask
 * for what is checked later. Returns the descriptor or -errno.
 */
static int listen_at(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		chmod(path, 0666) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int *fd_of(const struct sockets *sockets, enum socket_name name)
{
	return name == SOCKET_CONTROL ? &sockets->control->fd : sockets->notify_fd;
}

/* The inode of the socket at `path`; 0 if there is none. */
static ino_t inode_at(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

/* False if the name is already gone again. Without inotify, SIGHUP is the only way left to get it back. */
static bool watch_name(struct sockets *sockets, enum socket_name name)
{
	const char *path = kinds[name].path;

	if (sockets->watches[name] >= 0)
		(void)inotify_rm_watch(sockets->watch_fd, sockets->watches[name]);
	sockets->watches[name] =
		inotify_add_watch(sockets->watch_fd, path, IN_ATTRIB | IN_MOVE_SELF);
	sockets->names[name] = inode_at(path);
	return sockets->names[name] != 0;
}

/* What was sent to the old socket before its name went is not lost. */
static void take_rest(const struct sockets *sockets, enum socket_name name)
{
	if (*fd_of(sockets, name) < 0)
		return;
	if (name == SOCKET_CONTROL)
		control_accept(sockets->control);
	else
		notify_read(sockets->supervisor, *sockets->notify_fd);
}

/* The old socket, if there is one, stays until the new one is bound. 0 or -errno. */
static int bind_anew(struct sockets *sockets, enum socket_name name)
{
	int *old = fd_of(sockets, name);
	int fd = listen_at(kinds[name].path, kinds[name].type), error;

	if (fd < 0)
		return fd;
	error = name == SOCKET_NOTIFY ? notify_prepare(fd) : 0;
	if (!error)
		error = loop_watch(
			sockets->supervisor->epoll_fd, fd, EPOLLIN, kinds[name].source, 0);
	if (error) {
		close(fd);
		return error;
	}
	take_rest(sockets, name);
	loop_close(sockets->supervisor->epoll_fd, old);
	*old = fd;
	return 0;
}

/* Somebody may remove a name between its creation and its watch, once or twice. */
static void open_name(struct sockets *sockets, enum socket_name name)
{
	int error = -ENOENT;

	for (int tries = 0; tries < TRIES && error == -ENOENT; tries++) {
		error = bind_anew(sockets, name);
		if (!error && !watch_name(sockets, name))
			error = -ENOENT;
	}
	if (error)
		kmsg(LEVEL_ERROR,
			"cannot open %s: %s; %s until that is mended and kill -HUP 1 tries again",
			kinds[name].path, strerror(-error), kinds[name].loss);
}

static void check(struct sockets *sockets, enum socket_name name)
{
	ino_t found = inode_at(kinds[name].path);

	if (found && found == sockets->names[name])
		return;
	kmsg(LEVEL_WARNING, "%s is %s; making it again", kinds[name].path,
		found ? "not ours" : "gone");
	open_name(sockets, name);
}

void sockets_check(struct sockets *sockets)
{
	for (int name = 0; name < SOCKET_NAMES; name++)
		check(sockets, (enum socket_name)name);
}

void sockets_read(struct sockets *sockets)
{
	_Alignas(struct inotify_event) char events[16 * sizeof(struct inotify_event)];

	/* Which event it was does not matter. More of them than fit wake us again. */
	if (read(sockets->watch_fd, events, sizeof(events)) > 0)
		sockets_check(sockets);
}

/* An image before this one left it open: the name may have gone meanwhile. */
static bool take_over(struct sockets *sockets, enum socket_name name)
{
	int fd = *fd_of(sockets, name);

	if (fd < 0 || !inode_at(kinds[name].path) ||
		loop_watch(sockets->supervisor->epoll_fd, fd, EPOLLIN, kinds[name].source, 0) < 0)
		return false;
	return watch_name(sockets, name);
}

void sockets_open(struct sockets *sockets)
{
	sockets->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (sockets->watch_fd >= 0)
		(void)loop_watch(
			sockets->supervisor->epoll_fd, sockets->watch_fd, EPOLLIN, SOURCE_NAMES, 0);
	for (int name = 0; name < SOCKET_NAMES; name++) {
		sockets->watches[name] = -1;
		if (!take_over(sockets, (enum socket_name)name))
			open_name(sockets, (enum socket_name)name);
	}
}
