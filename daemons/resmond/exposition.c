/* SPDX-License-Identifier: MIT */
/* The check of foreign metrics: see exposition.h. */
#include "exposition.h"

#include <string.h>

static bool name_begins(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool name_goes_on(char c)
{
	return name_begins(c) || (c >= '0' && c <= '9');
}

/* Moves *at behind a name of letters, digits and underscores. False: there is none. */
static bool pass_name(const char **at)
{
	if (!name_begins(**at))
		return false;
	while (name_goes_on(**at))
		++*at;
	return true;
}

/* FNV-1a. */
static uint64_t hash(const char *text, size_t length)
{
	uint64_t value = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)text[i]) * 0x100000001b3;
	return value;
}

/* Adds the value to the set. False: it is in it, or the set is full. */
static bool add(uint64_t *set, size_t *count, size_t most, uint64_t value)
{
	if (*count == most)
		return false;
	for (size_t i = 0; i < *count; i++) {
		if (set[i] == value)
			return false;
	}
	set[(*count)++] = value;
	return true;
}

void exposition_begin(struct exposition *exposition, const char *prefix)
{
	exposition->prefix = prefix;
	exposition->name_count = exposition->sample_count = 0;
	exposition->name = 0;
}

/* Goes on with the family of that name, or begins it. */
static const char *enter_family(struct exposition *exposition, const char *name, size_t length)
{
	uint64_t value = hash(name, length);

	if (strncmp(name, exposition->prefix, strlen(exposition->prefix)) != 0)
		return "a name that is not the writer's own";
	if (exposition->name_count > 0 && value == exposition->name)
		return NULL;
	if (!add(exposition->names, &exposition->name_count, EXPOSITION_FAMILIES, value))
		return "a family in two pieces, or too many families";
	exposition->name = value;
	exposition->help = exposition->type = exposition->sampled = false;
	return NULL;
}

static const char *check_comment(struct exposition *exposition, const char *at, bool *there)
{
	const char *name = at;
	const char *wrong;

	if (!pass_name(&at) || *at != ' ')
		return "no name behind HELP or TYPE";
	wrong = enter_family(exposition, name, (size_t)(at - name));
	if (wrong)
		return wrong;
	if (*there || exposition->sampled)
		return "a second or late HELP or TYPE";
	*there = true;
	if (there == &exposition->type && strcmp(at, " counter") != 0 &&
		strcmp(at, " gauge") != 0 && strcmp(at, " untyped") != 0)
		return "a type that is not taken";
	for (; *at; at++) {
		if (*at == '\\' && at[1] != '\\' && at[1] != 'n')
			return "a wrong escape";
		at += *at == '\\';
	}
	return NULL;
}

/* Moves *at behind {name="value",…}, if that is there. False: it is wrong. */
static bool pass_labels(const char **at)
{
	if (**at != '{')
		return true;
	do {
		++*at;
		if (!pass_name(at) || *(*at)++ != '=' || *(*at)++ != '"')
			return false;
		while (**at && **at != '"') {
			if (**at == '\\' && (*at)[1] != '\\' && (*at)[1] != '"' && (*at)[1] != 'n')
				return false;
			*at += **at == '\\' ? 2 : 1;
		}
		if (*(*at)++ != '"')
			return false;
	} while (**at == ',');
	return *(*at)++ == '}';
}

/* A decimal number with an optional sign, fraction and exponent, up to the end. */
static bool is_number(const char *at)
{
	size_t digits, decimals = 0;

	at += *at == '-' || *at == '+';
	if (strcmp(at, "NaN") == 0 || strcmp(at, "Inf") == 0)
		return true;
	digits = strspn(at, "0123456789");
	at += digits;
	if (*at == '.') {
		decimals = strspn(++at, "0123456789");
		at += decimals;
	}
	if (digits + decimals == 0)
		return false;
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		digits = strspn(at, "0123456789");
		if (digits == 0 || digits > 3)
			return false;
		at += digits;
	}
	return *at == '\0';
}

static const char *check_sample(struct exposition *exposition, const char *line)
{
	const char *at = line;
	const char *wrong;

	if (!pass_name(&at))
		return "no metric's name";
	wrong = enter_family(exposition, line, (size_t)(at - line));
	if (wrong)
		return wrong;
	if (!pass_labels(&at))
		return "wrong labels";
	if (!add(exposition->samples, &exposition->sample_count, EXPOSITION_SAMPLES,
		    hash(line, (size_t)(at - line))))
		return "a sample twice, or too many samples";
	exposition->sampled = true;
	if (*at++ != ' ' || !is_number(at))
		return "no number behind the name";
	return NULL;
}

const char *exposition_line(struct exposition *exposition, const char *line)
{
	if (strlen(line) > EXPOSITION_LINE)
		return "a line that is too long";
	for (const char *at = line; *at; at++) {
		/* No need for more, and so no question of what is UTF-8. */
		if (*at < 0x20 || *at > 0x7e)
			return "a byte that is not printable ASCII";
	}
	if (strncmp(line, "# HELP ", 7) == 0)
		return check_comment(exposition, line + 7, &exposition->help);
	if (strncmp(line, "# TYPE ", 7) == 0)
		return check_comment(exposition, line + 7, &exposition->type);
	return check_sample(exposition, line);
}
