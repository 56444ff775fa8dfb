/* SPDX-License-Identifier: MIT */
/* Models and reports; see stick_model.h. */
#include "stick_model.h"

#include <string.h>

enum { FLEX_LEDS = 32 }; /* as it comes */

static const struct {
	const char *name;
	uint8_t leds;
} models[] = {
	[STICK_ORIGINAL] = { "original", 1 },
	[STICK_PRO] = { "pro", 0 },
	[STICK_SQUARE] = { "square", 8 },
	[STICK_STRIP] = { "strip", 8 },
	[STICK_NANO] = { "nano", 2 },
	[STICK_FLEX] = { "flex", FLEX_LEDS },
};

static bool matches(const char *text, const char *shape)
{
	for (; *shape; shape++, text++) {
		if (*shape == '9' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

bool stick_model_find(const char *serial, uint16_t version, enum stick_model *model)
{
	static const enum stick_model later[] = { STICK_SQUARE, STICK_STRIP, STICK_NANO,
		STICK_FLEX };

	if (!matches(serial, "BS999999-9.9"))
		return false;
	switch (serial[9]) {
	case '1':
		*model = STICK_ORIGINAL;
		return true;
	case '2':
		*model = STICK_PRO;
		return true;
	case '3':
		if (version < 0x200 || version > 0x203)
			return false;
		*model = later[version - 0x200];
		return true;
	default:
		return false;
	}
}

const char *stick_model_name(enum stick_model model)
{
	return models[model].name;
}

bool stick_model_has_mode(enum stick_model model)
{
	return model != STICK_ORIGINAL;
}

bool stick_model_has_count(enum stick_model model)
{
	return model == STICK_FLEX;
}

int stick_answer_mode(const uint8_t *bytes, size_t length)
{
	if (length < 2 || bytes[0] != STICK_REPORT_MODE || bytes[1] > STICK_MODE_MIRROR)
		return -1;
	return bytes[1];
}

int stick_answer_count(const uint8_t *bytes, size_t length)
{
	if (length < 2 || bytes[0] != STICK_REPORT_COUNT || bytes[1] == 0 ||
		bytes[1] > STICK_CHANNEL_LEDS)
		return -1;
	return bytes[1];
}

struct stick_layout stick_layout(enum stick_model model, enum stick_mode mode, uint8_t count,
	const uint8_t pro_leds[STICK_CHANNELS])
{
	struct stick_layout layout = { .single = true };

	if (model == STICK_ORIGINAL || mode == STICK_MODE_MIRROR)
		return layout;
	if (model == STICK_PRO) {
		if (mode == STICK_MODE_RGB || mode == STICK_MODE_INVERSE)
			return layout;
		memcpy(layout.leds, pro_leds, sizeof(layout.leds));
		/* Without any the Pro still has its first LED. */
		layout.single = mode == STICK_MODE_UNKNOWN ||
				(pro_leds[0] | pro_leds[1] | pro_leds[2]) == 0;
		return layout;
	}
	layout.single = false;
	layout.leds[0] = count ? count : models[model].leds;
	return layout;
}

size_t stick_layout_leds(const struct stick_layout *layout)
{
	size_t leds = 0;

	for (size_t i = 0; i < STICK_CHANNELS; i++)
		leds += layout->leds[i];
	return leds > 0 ? leds : 1;
}

unsigned stick_layout_reports(const struct stick_layout *layout)
{
	unsigned reports = layout->single ? 1 : 0;

	for (size_t i = 0; i < STICK_CHANNELS; i++)
		reports += layout->leds[i] > 0;
	return reports;
}

/* The channel of a report; -1: it is report 1. */
static int channel_of(const struct stick_layout *layout, unsigned index)
{
	if (layout->single && index-- == 0)
		return -1;
	for (int i = 0; i < STICK_CHANNELS; i++)
		if (layout->leds[i] > 0 && index-- == 0)
			return i;
	return -1;
}

void stick_layout_part(
	const struct stick_layout *layout, unsigned index, size_t *first, size_t *count)
{
	int channel = channel_of(layout, index);

	*first = 0;
	*count = 1;
	/* With both kinds of report all is dark, and report 1 shares its LED with the first frame. */
	if (channel < 0)
		return;
	for (int i = 0; i < channel; i++)
		*first += layout->leds[i];
	*count = layout->leds[channel];
}

void stick_layout_encode(const struct stick_layout *layout, unsigned index,
	const struct colour *colours, struct stick_report *report)
{
	int channel = channel_of(layout, index);
	size_t room = 8;
	uint8_t id = 6;
	size_t first, count;

	memset(report, 0, sizeof(*report));
	stick_layout_part(layout, index, &first, &count);
	if (channel < 0) {
		report->length = 4;
		report->bytes[0] = STICK_REPORT_COLOUR;
		report->bytes[1] = colours[0].red;
		report->bytes[2] = colours[0].green;
		report->bytes[3] = colours[0].blue;
		return;
	}
	/* Reports 6, 7, 8 and 9 are of 8, 16, 32 and 64 LEDs. */
	for (; room < count; room *= 2)
		id++;
	report->length = (uint16_t)(2 + 3 * room);
	report->bytes[0] = id;
	report->bytes[1] = (uint8_t)channel;
	for (size_t i = 0; i < count; i++) {
		uint8_t *led = report->bytes + 2 + 3 * i;

		led[0] = colours[first + i].green;
		led[1] = colours[first + i].red;
		led[2] = colours[first + i].blue;
	}
}
