/* SPDX-License-Identifier: MIT */
/* The command line: see settings.h. */
#include "settings.h"

#include <string.h>

#include "basics/log.h"
#include "basics/quantity.h"
#include "lines.h"

const struct settings settings_default = {
	.port = 9100, /* node_exporter's */
	.memory_pressure = 15,
	.temperature = 85,
	.root = "/",
};

static bool take_number(
	const char *argument, const char *value, int64_t low, int64_t high, int64_t *number)
{
	if (quantity_parse_number(value, low, high, number))
		return true;
	log_line(
		NULL, "%s: wants a number from %d to %d; giving up", argument, (int)low, (int)high);
	return false;
}

static bool take(struct settings *settings, const char *argument)
{
	const char *value;
	int64_t number = 0;
	bool good = true;

	if (strcmp(argument, "--once") == 0) {
		settings->once = true;
	} else if ((value = lines_after(argument, "--port="))) {
		good = take_number(argument, value, 1, UINT16_MAX, &number);
		settings->port = (uint16_t)number;
	} else if ((value = lines_after(argument, "--memory-pressure="))) {
		good = take_number(argument, value, 0, 100, &number);
		settings->memory_pressure = (uint8_t)number;
	} else if ((value = lines_after(argument, "--temperature="))) {
		good = take_number(argument, value, 0, 150, &number);
		settings->temperature = (uint8_t)number;
	} else if ((value = lines_after(argument, "--root="))) {
		settings->root = value;
	} else {
		log_line(NULL, "%s is no argument of mine; see resmond(8)", argument);
		good = false;
	}
	return good;
}

bool settings_read(struct settings *settings, int argc, char **argv)
{
	*settings = settings_default;
	for (int i = 1; i < argc; i++) {
		if (!take(settings, argv[i]))
			return false;
	}
	return true;
}
