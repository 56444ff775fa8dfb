/* SPDX-License-Identifier: MIT */
/*
 * Reading one service file. Pure: text in, structure or errors out. Nothing here looks at the file system,
 * so PID 1, `svctl check` and the fuzzer share it. Whether the program exists or the needs are known is
 * asked when a whole directory is linked (link.h).
 */
#ifndef SERVICE_PARSER_H
#define SERVICE_PARSER_H

#include "service/config.h"

/*
 * Parses `length` bytes of `text` as the service file of `name`. Every error in the file is
 * reported, not only the first, to `report` (may be NULL). Returns true if there was none and
 * *config is filled; else false with errno EINVAL, or ENOMEM where memory ran out, and *config
 * holds the name and defaults only, with nothing to free. Allocates the one block.
 */
bool service_config_parse(struct service_config *config, const char *name, const char *text,
	size_t length, const struct service_report *report);

#endif
