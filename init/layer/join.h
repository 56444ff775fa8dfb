/* SPDX-License-Identifier: MIT */
/*
 * Mounts images and joins them over /usr. What is where:
 *
 *   /run/layers          a tmpfs of its own, with room for three quarters of RAM
 *   /run/layers/NAME     an image, mounted
 *   /run/layers/.usr     what /usr was before: the base's, and that of layers without an image
 *   /usr                 an overlay of all these, read-only; of images that have the same file the one whose name comes
 *                        first counts, and any image before the base
 */
#ifndef LAYER_JOIN_H
#define LAYER_JOIN_H

#include <stdbool.h>

#define LAYERS_FOLDER "/run/layers"

enum { JOIN_REASON_MAX = 256 }; /* bytes of a reason's text, NUL included */

/* Makes LAYERS_FOLDER if need be. Returns NULL, or why not, in a text that stays until the next call. */
const char *join_prepare(void);

/* Whether the image of that layer is mounted. */
bool join_is_mounted(const char *name);

/* Mounts an image, open for reading, as that layer's. Returns as join_prepare(). */
const char *join_mount(const char *name, int image);

/* Makes /usr what it is to be by what is mounted, in one step: what runs goes on undisturbed. Returns as join_prepare(). */
const char *join_usr(void);

#endif
