/* SPDX-License-Identifier: MIT */
/* The verbs of the control protocol. */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "basics/signal_name.h"
#include "control/protocol.h"
#include "rescan.h"
#include "services.h"

/* `rest` is what follows the verb: NULL, or arguments separated by single spaces. */
typedef void verb_handler(struct request *request, char *rest);

static void refuse(struct request *request, int code, const char *text)
{
	request->code = code;
	request->refusal = text;
}

static void begin(struct request *request, enum answer_kind kind)
{
	answer_begin(request->answer, kind, request->supervisor);
}

static bool going_down(struct request *request)
{
	if (request->supervisor->graph.stopping)
		refuse(request, EXIT_TRIED_AND_FAILED, "the node is going down");
	return request->supervisor->graph.stopping;
}

/* Takes the names in `rest` into the answer's filter. False, with the refusal, if one is unknown. */
static bool take_names(struct request *request, char *rest, bool required)
{
	char *word;
	int index, count = 0;

	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		index = protocol_decode(word) ? service_set_find(&request->supervisor->set, word)
					      : -1;
		if (index < 0) {
			refuse(request, EXIT_NO_SUCH_SERVICE, word);
			return false;
		}
		answer_add_name(request->answer, (uint32_t)index);
		count++;
	}
	if (required && count == 0) {
		refuse(request, EXIT_USAGE, "a service's name is missing");
		return false;
	}
	return true;
}

/* Calls `act` for each service named. */
static void each_named(struct request *request, void (*act)(struct supervisor *, uint32_t))
{
	for (uint32_t i = 0; i < request->supervisor->set.count; i++)
		if (answer_names(request->answer, i))
			act(request->supervisor, i);
}

static void status(struct request *request, char *rest)
{
	begin(request, ANSWER_STATUS);
	(void)take_names(request, rest, false);
}

static void boot(struct request *request, char *rest)
{
	(void)rest;
	begin(request, ANSWER_BOOT);
}

static void watch(struct request *request, char *rest)
{
	begin(request, ANSWER_WATCH);
	(void)take_names(request, rest, false);
}

/* The result is seen by watching. */
static void change(struct request *request, char *rest, void (*act)(struct supervisor *, uint32_t))
{
	begin(request, ANSWER_WATCH);
	if (!going_down(request) && take_names(request, rest, true))
		each_named(request, act);
}

static void start(struct request *request, char *rest)
{
	change(request, rest, service_start);
}

static void stop(struct request *request, char *rest)
{
	change(request, rest, service_stop);
}

static void restart(struct request *request, char *rest)
{
	change(request, rest, service_restart);
}

/* number 0: each service's own reload-signal. */
static void signal_named(struct request *request, char *rest, int number)
{
	struct supervisor *supervisor = request->supervisor;

	begin(request, ANSWER_OK);
	if (!take_names(request, rest, true))
		return;
	for (uint32_t i = 0; i < supervisor->set.count; i++) {
		int error = 0;

		if (answer_names(request->answer, i))
			error = service_signal(supervisor, i, number);
		if (error == -ESRCH)
			refuse(request, EXIT_NOT_RUNNING, supervisor->set.entries[i].config.name);
		else if (error)
			refuse(request, EXIT_TRIED_AND_FAILED, strerror(-error));
	}
}

static void reload(struct request *request, char *rest)
{
	signal_named(request, rest, 0);
}

static void send_signal(struct request *request, char *rest)
{
	const char *word = strsep(&rest, " ");
	int number = word ? signal_number(word) : -1;

	if (number > 0)
		signal_named(request, rest, number);
	else
		refuse(request, EXIT_USAGE, "the first argument is a signal's name or number");
}

static void logs(struct request *request, char *rest)
{
	char *name = strsep(&rest, " "), *word, *end;
	unsigned long lines = 0;
	bool follow = false, tail = false, all = name && strcmp(name, "*") == 0;

	begin(request, all ? ANSWER_ALL_LOGS : ANSWER_LOGS);
	if (!all && !take_names(request, name, true))
		return;
	while ((word = strsep(&rest, " "))) {
		if (strcmp(word, "follow") == 0) {
			follow = true;
		} else if (strncmp(word, "lines=", 6) == 0) {
			lines = strtoul(word + 6, &end, 10);
			tail = true;
			if (end == word + 6 || *end || lines > UINT32_MAX)
				refuse(request, EXIT_USAGE, "lines= takes a number");
		} else {
			refuse(request, EXIT_USAGE, "logs takes follow and lines=");
		}
	}
	if (request->code)
		return;
	if (!all)
		answer_logs(request->answer, request->supervisor, follow, tail, (uint32_t)lines);
	else if (!answer_all_logs(
			 request->answer, request->supervisor, follow, tail, (uint32_t)lines))
		refuse(request, EXIT_NO_ANSWER, "too many follow all logs at once");
}

static void rescan(struct request *request, char *rest)
{
	int error;

	(void)rest;
	if (going_down(request))
		return;
	error = rescan_begin(request->supervisor, SERVICE_DIRECTORY);
	if (error)
		refuse(request, EXIT_TRIED_AND_FAILED, strerror(-error));
	else
		begin(request, ANSWER_RESCAN);
}

static void reexec(struct request *request, char *rest)
{
	(void)rest;
	request->supervisor->reexec_asked = true;
	begin(request, ANSWER_OK);
}

static void go_down(struct request *request, const char *rest, enum power_request where)
{
	bool now = rest && strcmp(rest, "now") == 0;

	if (rest && *rest && !now) {
		refuse(request, EXIT_USAGE, "the only argument is now");
		return;
	}
	power_ask(request->power, request->supervisor, where, now);
	begin(request, ANSWER_OK);
}

static void power_off(struct request *request, char *rest)
{
	go_down(request, rest, POWER_OFF);
}

static void reboot_node(struct request *request, char *rest)
{
	go_down(request, rest, POWER_REBOOT);
}

static void halt(struct request *request, char *rest)
{
	go_down(request, rest, POWER_HALT);
}

static const struct verb {
	const char *name;
	bool root_only;
	verb_handler *handle;
} verbs[] = {
	{ "status", false, status },
	{ "watch", false, watch },
	{ "boot", false, boot },
	{ "logs", false, logs },
	{ "start", true, start },
	{ "stop", true, stop },
	{ "restart", true, restart },
	{ "reload", true, reload },
	{ "signal", true, send_signal },
	{ "rescan", true, rescan },
	{ "reexec", true, reexec },
	{ "poweroff", true, power_off },
	{ "reboot", true, reboot_node },
	{ "halt", true, halt },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

void request_take(struct request *request, char *line)
{
	char *version = strsep(&line, " "), *name = strsep(&line, " ");
	const struct verb *verb;

	request->code = EXIT_DONE;
	request->refusal = "";
	if (strcmp(version, "1") != 0 || !name) {
		refuse(request, EXIT_USAGE, "a request is \"1 VERB [ARGUMENT ...]\"");
		return;
	}
	verb = find_verb(name);
	if (!verb)
		refuse(request, EXIT_USAGE, "unknown request");
	else if (verb->root_only && !request->root)
		refuse(request, EXIT_TRIED_AND_FAILED, "only root may change the node");
	else
		verb->handle(request, line);
}
