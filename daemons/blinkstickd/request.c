/* SPDX-License-Identifier: MIT */
/* Requests; see request.h. */
#include "request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "basics/quantity.h"

enum { SHOWN_MAX = 24 }; /* bytes of foreign text in a refusal */

enum key {
	KEY_COLOUR,
	KEY_PERIOD,
	KEY_LOOK,
	KEY_FOR,
	KEY_PRIORITY,
	KEY_STICK,
	KEY_LEDS,
	KEY_NAME,
	KEY_COUNT,
};

#define BIT(key) (1u << (key))
#define ANY      (BIT(KEY_FOR) | BIT(KEY_PRIORITY) | BIT(KEY_STICK) | BIT(KEY_LEDS) | BIT(KEY_NAME))
#define MOVING   (ANY | BIT(KEY_COLOUR) | BIT(KEY_PERIOD))

static const char *const key_names[KEY_COUNT] = {
	[KEY_COLOUR] = "colour",
	[KEY_PERIOD] = "period",
	[KEY_LOOK] = "look",
	[KEY_FOR] = "for",
	[KEY_PRIORITY] = "priority",
	[KEY_STICK] = "stick",
	[KEY_LEDS] = "leds",
	[KEY_NAME] = "name",
};

static const struct {
	const char *name;
	enum pattern_kind kind;
	unsigned allowed; /* BIT(KEY_…) */
	unsigned needed;
} verbs[REQUEST_VERBS] = {
	[REQUEST_SET] = { "set", PATTERN_STEADY, ANY | BIT(KEY_COLOUR), BIT(KEY_COLOUR) },
	[REQUEST_BLINK] = { "blink", PATTERN_BLINK, MOVING, BIT(KEY_COLOUR) },
	[REQUEST_PULSE] = { "pulse", PATTERN_PULSE, MOVING, BIT(KEY_COLOUR) },
	[REQUEST_MORPH] = { "morph", PATTERN_MORPH, MOVING, BIT(KEY_COLOUR) },
	[REQUEST_SHOW] = { "show", PATTERN_STEADY, ANY | BIT(KEY_LOOK), BIT(KEY_LOOK) },
	[REQUEST_OFF] = { "off", PATTERN_STEADY, ANY, 0 },
	[REQUEST_RELEASE] = { "release", PATTERN_STEADY, BIT(KEY_NAME), 0 },
	[REQUEST_LIST] = { "list", PATTERN_STEADY, 0, 0 },
};

const char *request_verb_name(enum request_verb verb)
{
	return verbs[verb].name;
}

__attribute__((format(printf, 2, 3))) static bool refuse(char *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, REQUEST_WHY_MAX, format, arguments);
	va_end(arguments);
	for (; *why; why++)
		if (*why < ' ' || *why > '~')
			*why = '?';
	return false;
}

/* A word that will be shown in lists: plain letters, digits and a few signs. */
static bool take_word(char *to, size_t size, const char *value)
{
	size_t length = strlen(value);

	if (length == 0 || length >= size)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = value[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			c != '-' && c != '.' && c != '_')
			return false;
	}
	memcpy(to, value, length + 1);
	return true;
}

static bool take_leds(struct request *request, char *value)
{
	char *dash = strchr(value, '-');
	int64_t first, last;

	if (dash)
		*dash = '\0';
	if (!quantity_parse_number(value, 0, STICK_LEDS_MAX - 1, &first) ||
		!quantity_parse_number(dash ? dash + 1 : value, first, STICK_LEDS_MAX - 1, &last)) {
		if (dash)
			*dash = '-';
		return false;
	}
	request->first_led = (uint8_t)first;
	request->last_led = (uint8_t)last;
	return true;
}

static bool take_time(const char *value, uint32_t least, uint32_t most, uint32_t *ms)
{
	uint32_t time;

	if (!quantity_parse_time(value, &time) || time < least || time > most)
		return false;
	*ms = time;
	return true;
}

static bool take_priority(const char *value, uint8_t *priority)
{
	int64_t number;

	if (!quantity_parse_number(value, 0, REQUEST_PRIORITY_MOST, &number))
		return false;
	*priority = (uint8_t)number;
	return true;
}

static bool take_look(const char *value, enum look *look)
{
	int number = look_parse(value);

	if (number < 0)
		return false;
	*look = (enum look)number;
	return true;
}

/* The value's key, and what it should have been. */
static const char *take(struct request *request, enum key key, char *value)
{
	switch (key) {
	case KEY_COLOUR:
		return colour_parse(value, &request->pattern.colour)
			       ? NULL
			       : "a colour: #rrggbb, or a name such as red";
	case KEY_PERIOD:
		return take_time(value, PATTERN_PERIOD_LEAST_MS, PATTERN_PERIOD_MOST_MS,
			       &request->pattern.period_ms)
			       ? NULL
			       : "a time from 100ms to 60s";
	case KEY_LOOK:
		return take_look(value, &request->look)
			       ? NULL
			       : "one of booting, ready, degraded, critical";
	case KEY_FOR:
		return take_time(value, 1, REQUEST_FOR_MOST_MS, &request->for_ms)
			       ? NULL
			       : "a time from 1ms to 24h";
	case KEY_PRIORITY:
		return take_priority(value, &request->priority) ? NULL : "a number from 0 to 99";
	case KEY_STICK:
		return take_word(request->stick, sizeof(request->stick), value) ? NULL
										: "a serial number";
	case KEY_LEDS:
		return take_leds(request, value) ? NULL : "one LED or several: 0, or 0-3";
	case KEY_NAME:
		return take_word(request->name, sizeof(request->name), value)
			       ? NULL
			       : "up to 15 letters, digits, '-', '.' or '_'";
	default:
		return "known";
	}
}

static int find_key(const char *name)
{
	for (int i = 0; i < KEY_COUNT; i++)
		if (strcmp(key_names[i], name) == 0)
			return i;
	return -1;
}

static bool find_verb(struct request *request, const char *name)
{
	for (int i = 0; i < REQUEST_VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0) {
			request->verb = (enum request_verb)i;
			return true;
		}
	}
	return false;
}

static bool take_pair(struct request *request, char *word, unsigned *given, char *why)
{
	const char *verb = verbs[request->verb].name;
	char *value = strchr(word, '=');
	const char *wanted;
	int key;

	if (!value)
		return refuse(why, "'%.*s' is no key=value", SHOWN_MAX, word);
	*value++ = '\0';
	key = find_key(word);
	if (key < 0)
		return refuse(why, "there is no key '%.*s'", SHOWN_MAX, word);
	if (!(verbs[request->verb].allowed & BIT(key)))
		return refuse(why, "%s takes no %s", verb, word);
	if (*given & BIT(key))
		return refuse(why, "%s is given twice", word);
	*given |= BIT(key);
	wanted = take(request, (enum key)key, value);
	if (wanted)
		return refuse(why, "%s '%.*s' is not %s", word, SHOWN_MAX, value, wanted);
	return true;
}

bool request_parse(struct request *request, char *text, char *why)
{
	unsigned given = 0, missing;
	char *word = strsep(&text, " \n");

	*request = (struct request){
		.for_ms = REQUEST_FOR_MS,
		.priority = REQUEST_PRIORITY,
		.last_led = UINT8_MAX,
		.pattern.period_ms = REQUEST_PERIOD_MS,
	};
	if (!find_verb(request, word))
		return refuse(why, "there is no request '%.*s'", SHOWN_MAX, word);
	request->pattern.kind = verbs[request->verb].kind;
	while ((word = strsep(&text, " \n")))
		if (*word && !take_pair(request, word, &given, why))
			return false;
	missing = verbs[request->verb].needed & ~given;
	for (int i = 0; i < KEY_COUNT; i++)
		if (missing & BIT(i))
			return refuse(why, "%s needs %s=", verbs[request->verb].name, key_names[i]);
	return true;
}
