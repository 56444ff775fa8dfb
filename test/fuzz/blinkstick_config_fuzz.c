/* SPDX-License-Identifier: MIT */
/*
 * The light's configuration file, any text of it: what comes out is within the limits that the rest of blinkstickd
 * relies on, and each complaint is printable. A look that was read can be shown at any time.
 */
#include <stdlib.h>
#include <string.h>

#include "blinkstickd/config.h"
#include "fuzz.h"

static unsigned complaints;

static void report(unsigned line, const char *message)
{
	expect(line <= CONFIG_FILE_MAX + 1);
	expect(*message && strlen(message) < CONFIG_ERROR_MAX && fuzz_printable(message));
	complaints++;
}

static void look_at_pattern(const struct pattern *pattern)
{
	static const uint64_t times[] = { 0, 1, 49, 50, 99999, UINT32_MAX, UINT64_MAX };
	uint32_t wait_ms;

	expect(pattern_name(pattern->kind) && pattern->kind != PATTERN_MORPH);
	expect(pattern->kind == PATTERN_STEADY ||
		(pattern->period_ms >= PATTERN_PERIOD_LEAST_MS &&
			pattern->period_ms <= PATTERN_PERIOD_MOST_MS));
	for (size_t i = 0; i < COUNT(times); i++) {
		struct colour colour = pattern_colour(pattern, times[i], &wait_ms);

		expect(wait_ms > 0);
		expect(colour.red <= pattern->colour.red && colour.green <= pattern->colour.green &&
			colour.blue <= pattern->colour.blue);
	}
}

static void look_at(const struct config *config)
{
	for (size_t i = 0; i < LOOK_COUNT; i++)
		look_at_pattern(&config->looks[i]);
	expect(config->brightness >= 1 && config->brightness <= 100);
	expect(config->heartbeat_ms == 0 ||
		(config->heartbeat_ms >= CONFIG_HEARTBEAT_LEAST_MS &&
			config->heartbeat_ms <= CONFIG_HEARTBEAT_MOST_MS));
	expect(config->pro_mode >= -1 && config->pro_mode < STICK_MODE_UNKNOWN);
	for (size_t i = 0; i < STICK_CHANNELS; i++)
		expect(config->pro_leds[i] <= STICK_CHANNEL_LEDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	char *text = fuzz_bytes(data, size);

	complaints = 0;
	config_default(&config);
	expect(config_read(&config, text, size, report) == complaints);
	look_at(&config);
	/* What is too long is refused as a whole. */
	expect(size <= CONFIG_FILE_MAX || complaints == 1);
	free(text);
	return 0;
}
