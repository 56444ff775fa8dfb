/* SPDX-License-Identifier: MIT */
/* The configuration file; see config.h. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "basics/quantity.h"

enum {
	LINE_MAX_BYTES = 128,
	WORDS_MAX = 4, /* one more than any value has */
	SHOWN_MAX = 32, /* bytes of foreign text in a message */
};

static const char *const look_names[] = {
	[LOOK_BOOTING] = "booting",
	[LOOK_READY] = "ready",
	[LOOK_DEGRADED] = "degraded",
	[LOOK_CRITICAL] = "critical",
};

static const char *const mode_names[] = {
	[STICK_MODE_RGB] = "rgb",
	[STICK_MODE_INVERSE] = "inverse",
	[STICK_MODE_WS2812] = "ws2812",
	[STICK_MODE_MIRROR] = "mirror",
};

enum key {
	/* The looks come first, by their own numbers. */
	KEY_BRIGHTNESS = LOOK_COUNT,
	KEY_HEARTBEAT,
	KEY_PRO_MODE,
	KEY_PRO_LEDS,
	KEY_COUNT,
};

static const char *const key_names[KEY_COUNT] = {
	[LOOK_BOOTING] = "booting",
	[LOOK_READY] = "ready",
	[LOOK_DEGRADED] = "degraded",
	[LOOK_CRITICAL] = "critical",
	[KEY_BRIGHTNESS] = "brightness",
	[KEY_HEARTBEAT] = "heartbeat",
	[KEY_PRO_MODE] = "pro-mode",
	[KEY_PRO_LEDS] = "pro-leds",
};

struct reader {
	struct config *config;
	void (*report)(unsigned line, const char *message);
	unsigned line;
	unsigned errors;
	unsigned given[KEY_COUNT]; /* the line; 0: not yet */
};

const char *look_name(enum look look)
{
	return look_names[look];
}

static int find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

int look_parse(const char *name)
{
	return find(look_names, LOOK_COUNT, name);
}

void config_default(struct config *config)
{
	static const struct config defaults = {
		.looks = {
			[LOOK_BOOTING] = { PATTERN_PULSE, { 0, 0, 255 }, { 0 }, 4000 },
			[LOOK_READY] = { PATTERN_STEADY, { 0, 16, 0 }, { 0 }, 0 },
			[LOOK_DEGRADED] = { PATTERN_PULSE, { 255, 96, 0 }, { 0 }, 3000 },
			[LOOK_CRITICAL] = { PATTERN_BLINK, { 255, 0, 0 }, { 0 }, 400 },
		},
		.brightness = 100,
		.heartbeat_ms = 10 * 1000,
		.pro_mode = -1,
		.pro_leds = { 8, 0, 0 },
	};

	*config = defaults;
}

__attribute__((format(printf, 2, 3))) static void complain(
	struct reader *reader, const char *format, ...)
{
	char message[CONFIG_ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	reader->errors++;
	reader->report(reader->line, message);
}

/* Foreign text for a message: cut, and with '?' for what cannot be shown. */
static const char *shown(char buffer[SHOWN_MAX], const char *text)
{
	size_t length = strnlen(text, SHOWN_MAX - 1);

	for (size_t i = 0; i < length; i++)
		buffer[i] = (char)(text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
	buffer[length] = '\0';
	return buffer;
}

static size_t split(char *text, char *words[WORDS_MAX], const char *separators)
{
	char *rest = text;
	size_t count = 0;
	char *word;

	while (count < WORDS_MAX && (word = strsep(&rest, separators)))
		if (*word)
			words[count++] = word;
	return count;
}

static void read_look(struct reader *reader, enum look look, char *value)
{
	struct pattern pattern = { 0 };
	char *words[WORDS_MAX];
	char buffer[SHOWN_MAX];
	size_t count = split(value, words, " \t");
	int kind = count > 0 ? pattern_parse(words[0]) : -1;
	bool steady = kind == PATTERN_STEADY;

	if (kind < 0 || kind == PATTERN_MORPH) {
		complain(reader, "%s: '%s' is none of steady, blink, pulse", look_name(look),
			shown(buffer, count > 0 ? words[0] : ""));
	} else if (count != (steady ? 2 : 3)) {
		complain(reader, "%s: it is '%s COLOUR%s', such as '%s green%s'", look_name(look),
			pattern_name((enum pattern_kind)kind), steady ? "" : " PERIOD",
			pattern_name((enum pattern_kind)kind), steady ? "" : " 2s");
	} else if (!colour_parse(words[1], &pattern.colour)) {
		complain(reader, "%s: '%s' is no colour: neither #rrggbb nor a name",
			look_name(look), shown(buffer, words[1]));
	} else if (!steady && (!quantity_parse_time(words[2], &pattern.period_ms) ||
				      pattern.period_ms < PATTERN_PERIOD_LEAST_MS ||
				      pattern.period_ms > PATTERN_PERIOD_MOST_MS)) {
		complain(reader, "%s: '%s' is no time from 100ms to 60s", look_name(look),
			shown(buffer, words[2]));
	} else {
		pattern.kind = (enum pattern_kind)kind;
		reader->config->looks[look] = pattern;
	}
}

static void read_brightness(struct reader *reader, char *value)
{
	size_t length = strlen(value);
	char buffer[SHOWN_MAX];
	int64_t percent;

	shown(buffer, value);
	if (length > 0 && value[length - 1] == '%') {
		value[length - 1] = '\0';
		if (quantity_parse_number(value, 1, 100, &percent)) {
			reader->config->brightness = (uint8_t)percent;
			return;
		}
	}
	complain(reader, "brightness: '%s' is no percentage from 1%% to 100%%", buffer);
}

static void read_heartbeat(struct reader *reader, const char *value)
{
	char buffer[SHOWN_MAX];
	uint32_t ms;

	if (strcmp(value, "off") == 0)
		reader->config->heartbeat_ms = 0;
	else if (quantity_parse_time(value, &ms) && ms >= CONFIG_HEARTBEAT_LEAST_MS &&
		 ms <= CONFIG_HEARTBEAT_MOST_MS)
		reader->config->heartbeat_ms = ms;
	else
		complain(reader, "heartbeat: '%s' is neither off nor a time from 1s to 10m",
			shown(buffer, value));
}

static void read_pro_mode(struct reader *reader, const char *value)
{
	int mode = find(mode_names, sizeof(mode_names) / sizeof(*mode_names), value);
	char buffer[SHOWN_MAX];

	if (mode < 0 && strcmp(value, "keep") != 0)
		complain(reader, "pro-mode: '%s' is none of keep, rgb, inverse, ws2812, mirror",
			shown(buffer, value));
	else
		reader->config->pro_mode = mode;
}

static void read_pro_leds(struct reader *reader, char *value)
{
	uint8_t leds[STICK_CHANNELS] = { 0 };
	char *words[WORDS_MAX];
	char buffer[SHOWN_MAX];
	size_t count;

	shown(buffer, value);
	count = split(value, words, " \t");
	for (size_t i = 0; i < count; i++) {
		int64_t number;

		if (i >= STICK_CHANNELS ||
			!quantity_parse_number(words[i], 0, STICK_CHANNEL_LEDS, &number)) {
			count = 0;
			break;
		}
		leds[i] = (uint8_t)number;
	}
	if (count == 0)
		complain(reader, "pro-leds: '%s' is not one to three numbers from 0 to 64", buffer);
	else
		memcpy(reader->config->pro_leds, leds, sizeof(leds));
}

static void read_value(struct reader *reader, int key, char *value)
{
	switch (key) {
	case KEY_BRIGHTNESS:
		read_brightness(reader, value);
		break;
	case KEY_HEARTBEAT:
		read_heartbeat(reader, value);
		break;
	case KEY_PRO_MODE:
		read_pro_mode(reader, value);
		break;
	case KEY_PRO_LEDS:
		read_pro_leds(reader, value);
		break;
	default:
		read_look(reader, (enum look)key, value);
	}
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		text[--length] = '\0';
	return text;
}

static void read_line(struct reader *reader, char *line)
{
	char *value = strchr(line, '=');
	char buffer[SHOWN_MAX];
	char *key_text;
	int key;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return;
	if (!value) {
		complain(reader, "'%s' is no line of the form 'key = value'", shown(buffer, line));
		return;
	}
	*value++ = '\0';
	key_text = trim(line);
	key = find(key_names, KEY_COUNT, key_text);
	if (key < 0) {
		complain(reader, "there is no key '%s'", shown(buffer, key_text));
	} else if (reader->given[key]) {
		complain(
			reader, "%s stands in line %u already", key_names[key], reader->given[key]);
	} else {
		reader->given[key] = reader->line;
		read_value(reader, key, trim(value));
	}
}

unsigned config_read(struct config *config, const char *text, size_t length,
	void (*report)(unsigned line, const char *message))
{
	struct reader reader = { .config = config, .report = report };
	char line[LINE_MAX_BYTES];

	if (length > CONFIG_FILE_MAX) {
		complain(&reader, "it has more than %d bytes; none of it is used", CONFIG_FILE_MAX);
		return reader.errors;
	}
	while (length > 0) {
		const char *newline = memchr(text, '\n', length);
		size_t bytes = newline ? (size_t)(newline - text) : length;

		reader.line++;
		if (bytes >= sizeof(line) || memchr(text, '\0', bytes)) {
			complain(&reader, "a line of more than %d bytes, or with a NUL in it",
				LINE_MAX_BYTES - 1);
		} else {
			memcpy(line, text, bytes);
			line[bytes] = '\0';
			read_line(&reader, line);
		}
		bytes += newline ? 1 : 0;
		text += bytes;
		length -= bytes;
	}
	return reader.errors;
}
