/* SPDX-License-Identifier: MIT */
/*
 * svctl: asks PID 1 what runs and tells it what to do. This file reads the command line: the
 * table of commands, their options, help. What a command does is in a file of its own
 * (command.h).
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basics/quantity.h"
#include "control/protocol.h"
#include "svctl/closest.h"
#include "svctl/command.h"
#include "svctl/message.h"
#include "svctl/text.h"

#ifndef GREYHOUND_VERSION
#define GREYHOUND_VERSION "development"
#endif

enum {
	MANY = 1 << 16, /* names of one command; the request's length is the real bound */
	LINES_MOST = 1 << 24, /* of -n; a ring has fewer bytes than that */
};

/* The options a command takes, one bit each. */
enum {
	TAKES_JSON = 1 << 0,
	TAKES_NO_WAIT = 1 << 1,
	TAKES_TIMEOUT = 1 << 2,
	TAKES_FOLLOW = 1 << 3,
	TAKES_LINES = 1 << 4,
	TAKES_ROOT = 1 << 5,
	TAKES_NOW = 1 << 6,
	TAKES_SVG = 1 << 7,
};

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	int (*run)(const struct invocation *invocation);
	unsigned takes;
	unsigned names_least, names_most;
};

static int command_help(const struct invocation *invocation);

static const struct command commands[] = {
	{ "status", "[NAME...] [--json]", "what runs, and whether the node is well", command_status,
		TAKES_JSON, 0, MANY },
	{ "why", "NAME", "why a service is as it is, in plain words", command_why, 0, 1, 1 },
	{ "logs", "[-f] [-n LINES] [NAME...]", "what services wrote", command_logs,
		TAKES_FOLLOW | TAKES_LINES, 0, MANY },
	{ "start", "NAME... [--no-wait] [--timeout TIME]", "start, with what they need",
		command_change, TAKES_NO_WAIT | TAKES_TIMEOUT, 1, MANY },
	{ "stop", "NAME... [--no-wait] [--timeout TIME]", "stop, after what needs them",
		command_change, TAKES_NO_WAIT | TAKES_TIMEOUT, 1, MANY },
	{ "restart", "NAME... [--no-wait] [--timeout TIME]", "stop, then start", command_change,
		TAKES_NO_WAIT | TAKES_TIMEOUT, 1, MANY },
	{ "reload", "NAME...", "have them read their settings again (reload-signal)",
		command_reload, 0, 1, MANY },
	{ "signal", "SIGNAL NAME...", "send a signal to their main processes", command_signal, 0, 2,
		MANY },
	{ "wait", "NAME|ready [--timeout TIME]", "until a service, or the node, is ready",
		command_wait, TAKES_TIMEOUT, 1, 1 },
	{ "watch", "[NAME...]", "one line for every change of state", command_watch, 0, 0, MANY },
	{ "boot", "[--json|--svg]", "how the boot went, and what it waited for", command_boot,
		TAKES_JSON | TAKES_SVG, 0, 0 },
	{ "graph", "", "who needs whom, for Graphviz", command_graph, 0, 0, 0 },
	{ "rescan", "[--timeout TIME]", "take over new, changed and removed service files",
		command_rescan, TAKES_TIMEOUT, 0, 0 },
	{ "check", "FILE|DIRECTORY... [--root DIRECTORY]...", "look for errors in service files",
		command_check, TAKES_ROOT, 1, MANY },
	{ "reexec", "", "replace PID 1 by a fresh image of itself", command_reexec, 0, 0, 0 },
	{ "poweroff", "[--now]", "stop all services, switch the node off", command_power, TAKES_NOW,
		0, 0 },
	{ "reboot", "[--now]", "stop all services, start the node again", command_power, TAKES_NOW,
		0, 0 },
	{ "halt", "[--now]", "stop all services, stop the processor", command_power, TAKES_NOW, 0,
		0 },
	{ "help", "[COMMAND]", "this list", command_help, 0, 0, 1 },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static const struct option long_options[] = {
	{ "follow", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "lines", required_argument, NULL, 'n' },
	{ "no-wait", no_argument, NULL, 'w' },
	{ "now", no_argument, NULL, 'N' },
	{ "root", required_argument, NULL, 'r' },
	{ "svg", no_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, 't' },
	{ NULL, 0, NULL, 0 },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int no_such_command(const char *name)
{
	struct closest closest = { .word = name };

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		closest_consider(&closest, commands[i].name);
	if (closest.best != NULL)
		complain("there is no command '%s'; did you mean '%s'?", name, closest.best);
	else
		complain("there is no command '%s'; 'svctl help' lists them", name);
	return EXIT_USAGE;
}

static void print_usage(FILE *stream, const struct command *command)
{
	fprintf(stream, "usage: svctl %s%s%s\n", command->name,
		command->arguments[0] != '\0' ? " " : "", command->arguments);
}

static void print_commands(FILE *stream)
{
	fputs("usage: svctl COMMAND [ARGUMENT...]\n\n", stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char left[64];

		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(stream, "  %-46s  %s\n", left, commands[i].summary);
	}
	fputs("\nTIME is a number with ms, s, m or h. svctl(8) says the rest.\n"
	      "Exit status: 0 done; 1 tried and failed; 2 bad usage; 3 the service is not "
	      "running;\n"
	      "4 no such service; 5 PID 1 does not answer.\n",
		stream);
}

static int help_for(const char *name)
{
	const struct command *command = find_command(name);

	if (command == NULL)
		return no_such_command(name);
	print_usage(stdout, command);
	printf("  %s\n", command->summary);
	return EXIT_DONE;
}

static int command_help(const struct invocation *invocation)
{
	if (invocation->names_count == 1)
		return help_for(invocation->names[0]);
	print_commands(stdout);
	return EXIT_DONE;
}

static unsigned option_bit(int option)
{
	switch (option) {
	case 'f':
		return TAKES_FOLLOW;
	case 'j':
		return TAKES_JSON;
	case 'n':
		return TAKES_LINES;
	case 'w':
		return TAKES_NO_WAIT;
	case 'N':
		return TAKES_NOW;
	case 'r':
		return TAKES_ROOT;
	case 's':
		return TAKES_SVG;
	case 't':
		return TAKES_TIMEOUT;
	default:
		return 0;
	}
}

/* Puts an option the command takes into the invocation. False, after saying why: a bad value. */
static bool apply_option(struct invocation *invocation, int option, const char *value)
{
	uint32_t ms;

	switch (option) {
	case 'f':
		invocation->follow = true;
		return true;
	case 'j':
		invocation->json = true;
		return true;
	case 's':
		invocation->svg = true;
		return true;
	case 'w':
		invocation->no_wait = true;
		return true;
	case 'N':
		invocation->now = true;
		return true;
	case 'r':
		invocation->roots[invocation->roots_count++] = value;
		return true;
	case 'n':
		if (quantity_parse_number(value, 0, LINES_MOST, &invocation->lines))
			return true;
		complain("-n %s: not a number of lines, 0 to %d", value, LINES_MOST);
		return false;
	default: /* 't' */
		if (!quantity_parse_time(value, &ms)) {
			complain("--timeout %s: %s", value,
				errno == ERANGE ? "too large: " QUANTITY_TIME_MOST " is the most"
						: "not a time (such as 500ms, 30s, 5m)");
			return false;
		}
		invocation->timeout_ms = ms;
		return true;
	}
}

enum reading { READING_DONE, READING_HELP, READING_BAD };

/* Reads options and names behind the command; argv[0] is the command itself. */
static enum reading read_arguments(
	const struct command *command, int argc, char **argv, struct invocation *invocation)
{
	int option;

	opterr = 0; /* we say it in our own words */
	while ((option = getopt_long(argc, argv, ":fhn:", long_options, NULL)) != -1) {
		if (option == 'h')
			return READING_HELP;
		if (option == ':') {
			complain("%s: option %s wants a value", command->name, argv[optind - 1]);
			return READING_BAD;
		}
		if ((option_bit(option) & command->takes) == 0) {
			complain("%s does not take the option %s", command->name, argv[optind - 1]);
			return READING_BAD;
		}
		if (!apply_option(invocation, option, optarg))
			return READING_BAD;
	}
	invocation->names = argv + optind;
	invocation->names_count = (unsigned)(argc - optind);
	return READING_DONE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct invocation invocation = {
		.command = command->name,
		.lines = -1,
		.timeout_ms = COMMAND_NO_TIMEOUT,
	};
	int status = EXIT_USAGE;

	invocation.roots = calloc((size_t)argc + 1, sizeof(*invocation.roots));
	if (invocation.roots == NULL) {
		complain("out of memory");
		return EXIT_TRIED_AND_FAILED;
	}
	switch (read_arguments(command, argc, argv, &invocation)) {
	case READING_HELP:
		status = help_for(command->name);
		break;
	case READING_BAD:
		print_usage(stderr, command);
		break;
	case READING_DONE:
		if (invocation.names_count < command->names_least ||
			invocation.names_count > command->names_most) {
			complain("%s: %s", command->name,
				invocation.names_count < command->names_least ? "a name is missing"
									      : "too many names");
			print_usage(stderr, command);
			break;
		}
		status = command->run(&invocation);
		break;
	}
	free(invocation.roots);
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_commands(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_commands(stdout);
		return finish_output(EXIT_DONE);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("svctl (Greyhound) " GREYHOUND_VERSION);
		return finish_output(EXIT_DONE);
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return no_such_command(argv[1]);
	return finish_output(run_command(command, argc - 1, argv + 1));
}
