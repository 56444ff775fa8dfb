/* SPDX-License-Identifier: MIT */
/*
 * Becoming a fresh image of PID 1, because somebody asked for it or because this one crashed. The
 * services do not notice: they stay children of PID 1, and their descriptors stay open.
 */
#ifndef PID1_IMAGE_H
#define PID1_IMAGE_H

#include "control.h"
#include "health.h"
#include "power.h"
#include "supervisor.h"

struct image {
	const char *path; /* of the program to become */
	struct supervisor *supervisor;
	struct control *control;
	struct power *power;
	struct health *health;
	int notify_fd;
};

/*
 * Replaces this image. Does not return if that works; otherwise returns -errno, with nothing changed.
 * Allocates nothing, and may be called from a signal handler.
 */
int image_replace(const struct image *image);

/*
 * The descriptor of the state that the image before this one left, from the arguments of main();
 * -1 if this is the first.
 */
int image_state_fd(int argc, char **argv);

/*
 * Takes over the state in `state_fd`, in a supervisor that has just been loaded, and closes it. Services
 * whose file is now gone or invalid are killed; those whose file changed are restarted. Sets image->notify_fd
 * and the descriptors of the control socket and the watchdog, or -1. Returns false if the state cannot be
 * read; then everything that ran has been killed, and the node starts as if it had just booted.
 */
bool image_resume(struct image *image, int state_fd);

#endif
