/* SPDX-License-Identifier: MIT */
/*
 * What a layer's archive says of its image, /etc/layers.d/NAME: two lines, `sha256 DIGEST` and `size BYTES`.
 * Whoever believes the archive may believe the image.
 */
#ifndef LAYER_DESCRIPTION_H
#define LAYER_DESCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "basics/sha256.h"
#include "control/service_name.h"

#define DESCRIPTION_FOLDER "/etc/layers.d"

enum {
	LAYER_NAME_MAX =
		SERVICE_NAME_MAX - 6, /* of a layer with an image: its service is layer-NAME */
	DESCRIPTION_MAX = 512, /* bytes of the file */
};

/* An image is at most this large, 4 GiB: far more than a node has room for. */
#define IMAGE_SIZE_MAX (UINT64_C(1) << 32)

struct description {
	char digest[SHA256_TEXT]; /* lower-case hexadecimal */
	uint64_t size; /* bytes of the image */
};

/* A layer's name is part of paths and of its service's name. */
bool layer_name_valid(const char *name);

/* Parses the file's text. Returns NULL, or what is wrong with it. */
const char *description_parse(struct description *description, const char *text);

/* Reads the file of the layer `name`, which is valid. Returns NULL, or why not. */
const char *description_read(struct description *description, const char *name);

#endif
