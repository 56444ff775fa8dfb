/* SPDX-License-Identifier: MIT */
/* Metrics in steps: see step.h. */
#include "step.h"

#include <string.h>

void step_begin(struct step *step)
{
	step->written = 0;
	step_again(step);
}

void step_again(struct step *step)
{
	step->family = NULL;
	step->here = 0;
	step->full = false;
}

static void write_head(struct output *output, const struct family *family)
{
	output_text(output, "# HELP ");
	output_text(output, family->name);
	output_text(output, " ");
	output_text(output, family->help);
	output_text(output, "\n# TYPE ");
	output_text(output, family->name);
	output_text(output, " ");
	output_text(output, family->type);
	output_text(output, "\n");
}

bool sample_begin(struct step *step, const struct family *family)
{
	if (step->full)
		return false;
	if (step->here < step->written) {
		step->here++;
		step->family = family;
		return false;
	}
	if (output_room(step->output) < STEP_ROOM) {
		step->full = true;
		return false;
	}
	if (step->family != family)
		write_head(step->output, family);
	step->family = family;
	step->here++;
	step->written++;
	step->labelled = false;
	output_text(step->output, family->name);
	return true;
}

void sample_label(struct step *step, const char *key, const char *value)
{
	char cut[STEP_LABEL_MAX + 1];

	if (strlen(value) > STEP_LABEL_MAX) {
		memcpy(cut, value, STEP_LABEL_MAX);
		cut[STEP_LABEL_MAX] = '\0';
		value = cut;
	}
	output_text(step->output, step->labelled ? "," : "{");
	output_text(step->output, key);
	output_text(step->output, "=\"");
	output_label(step->output, value);
	output_text(step->output, "\"");
	step->labelled = true;
}

void sample_number(struct step *step, uint64_t value)
{
	output_text(step->output, step->labelled ? "} " : " ");
	output_number(step->output, value);
	output_text(step->output, "\n");
}

void sample_fixed(struct step *step, int64_t value, unsigned decimals)
{
	output_text(step->output, step->labelled ? "} " : " ");
	output_fixed(step->output, value, decimals);
	output_text(step->output, "\n");
}

void sample_one(struct step *step, const struct family *family, uint64_t value)
{
	if (sample_begin(step, family))
		sample_number(step, value);
}

void sample_one_fixed(
	struct step *step, const struct family *family, int64_t value, unsigned decimals)
{
	if (sample_begin(step, family))
		sample_fixed(step, value, decimals);
}

void sample_line(struct step *step, const char *line)
{
	if (step->full)
		return;
	if (step->here < step->written) {
		step->here++;
		return;
	}
	if (output_room(step->output) < STEP_ROOM) {
		step->full = true;
		return;
	}
	step->here++;
	step->written++;
	output_text(step->output, line);
	output_text(step->output, "\n");
}
