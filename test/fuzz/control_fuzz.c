/* SPDX-License-Identifier: MIT */
/*
 * The control protocol, on a node where things happen. Each line of the input is one of them:
 *
 *   >REQUEST  <REQUEST     of root, of somebody else
 *   xN fNS rN              service N (a digit): exec succeeds, fails at step S, says ready
 *   eNC lNC mN             its main process ends with code C, the same with others left, they go too
 *   oNTEXT nNTEXT          writes text, sends an sd_notify message; in both | is a newline
 *   wN                     2^N ms pass, and the loop turns
 *   vN                     the next rescan finds variant N of /etc/svc
 *
 * Only root changes anything; every line of every answer is whole, in bounds and of the protocol.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/protocol.h"
#include "fuzz_node.h"
#include "pid1/line.h"
#include "pid1/notify.h"
#include "pid1/request.h"

enum {
	CLIENTS = 4,
	LINES_MAX = 80, /* of one input */
	PIECES_MAX = 5000, /* of one answer, before it must have said all there is to say */
};

struct client {
	bool open;
	bool finished;
	struct answer answer;
};

struct play {
	struct fuzz_node node;
	struct client clients[CLIENTS];
	unsigned next_client;
};

/* ---- what a client is told ---- */

static bool is_keyword(const char *word)
{
	static const char *const words[] = { "ok", "live", "error", "node", "state", "service",
		"boot", "times", "lost", "log" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static long number_of(const char *value)
{
	char *end;
	long number = strtol(value, &end, 10);

	expect(end > value && !*end);
	return number;
}

/* Taken apart and put together again it is the same line. Returns the bytes= of a log line. */
static size_t look_at_line(const char *line, size_t length)
{
	char copy[PROTOCOL_LINE_MAX], again[PROTOCOL_LINE_MAX], *rest = copy, *key, *value;
	struct line written;
	size_t bytes = 0;
	bool first = true;

	expect(length > 0 && length <= sizeof(copy));
	expect(!memchr(line, '\0', length));
	memcpy(copy, line, length - 1);
	copy[length - 1] = '\0';
	while (protocol_next(&rest, &key, &value)) {
		if (first) {
			expect(is_keyword(key) && !*value);
			line_begin(&written, again, sizeof(again), key);
		} else {
			expect(*value);
			line_text(&written, key, value, sizeof(copy));
		}
		if (strcmp(key, "bytes") == 0)
			bytes = (size_t)number_of(value);
		first = false;
	}
	expect(!first);
	expect(line_end(&written) == length);
	expect(memcmp(again, line, length) == 0);
	return bytes;
}

static void look_at_piece(const char *piece, size_t length)
{
	const char *newline = memchr(piece, '\n', length);
	size_t line_length, bytes;

	expect(length <= ANSWER_PIECE_MAX && newline);
	line_length = (size_t)(newline - piece) + 1;
	bytes = look_at_line(piece, line_length);
	expect(bytes <= PROTOCOL_LOG_MAX);
	expect(line_length + bytes == length);
}

static void drain(struct play *play, struct client *client)
{
	static char *piece; /* for ever: allocating is slow here */
	size_t length;
	int pieces = 0;

	if (!piece)
		piece = malloc(ANSWER_PIECE_MAX);
	while (client->open && !client->finished) {
		expect(pieces++ < PIECES_MAX);
		length = answer_next(
			&client->answer, &play->node.supervisor, piece, &client->finished);
		if (length == 0)
			break;
		look_at_piece(piece, length);
	}
	if (client->finished)
		client->open = false;
}

/* ---- what a client asks ---- */

/* Everything that a request might change, as far as the outside can tell. */
struct world {
	unsigned spawned, signals, kernel_asked;
	bool reexec_asked, rescanning, stopping;
	uint64_t changes;
	enum power_request power;
};

static struct world world_of(const struct play *play)
{
	const struct fuzz_node *node = &play->node;

	return (struct world){
		.spawned = node->spawned,
		.signals = node->signals,
		.kernel_asked = node->kernel_asked,
		.reexec_asked = node->supervisor.reexec_asked,
		.rescanning = node->supervisor.rescanning,
		.stopping = node->supervisor.graph.stopping,
		.changes = node->supervisor.changes->end,
		.power = node->power.request,
	};
}

static void expect_untouched(const struct play *play, const struct world *before)
{
	struct world now = world_of(play);

	expect(now.spawned == before->spawned && now.signals == before->signals);
	expect(now.kernel_asked == before->kernel_asked);
	expect(now.reexec_asked == before->reexec_asked);
	expect(now.rescanning == before->rescanning && now.stopping == before->stopping);
	expect(now.changes == before->changes && now.power == before->power);
}

static void look_at_refusal(const struct request *request)
{
	char *output = malloc(ANSWER_PIECE_MAX);
	size_t length;

	expect(request->code >= EXIT_TRIED_AND_FAILED && request->code <= EXIT_NO_SUCH_SERVICE);
	length = answer_error(output, ANSWER_PIECE_MAX, request->code, request->refusal);
	expect(look_at_line(output, length) == 0);
	free(output);
}

static void ask(struct play *play, const char *line, bool root)
{
	struct client *client = &play->clients[play->next_client++ % CLIENTS];
	struct world before = world_of(play);
	struct request request = {
		.supervisor = &play->node.supervisor,
		.power = &play->node.power,
		.answer = &client->answer,
		.root = root,
	};
	char *copy = fuzz_text(line, strlen(line));

	/* As control.c bounds it. */
	if (strlen(line) >= PROTOCOL_REQUEST_MAX)
		copy[PROTOCOL_REQUEST_MAX - 1] = '\0';
	client->open = client->finished = false;
	answer_end(&client->answer, &play->node.supervisor);
	request_take(&request, copy);
	if (!root)
		expect_untouched(play, &before);
	client->open = request.code == EXIT_DONE;
	if (request.code)
		look_at_refusal(&request);
	free(copy);
	drain(play, client);
}

/* ---- what happens ---- */

static void turn(struct play *play, uint64_t ms)
{
	struct supervisor *supervisor = &play->node.supervisor;
	uint32_t count;

	if (fuzz_node_turn(&play->node, ms, &count))
		for (int i = 0; i < CLIENTS; i++)
			if (play->clients[i].open &&
				!answer_move(&play->clients[i].answer, supervisor->moved, count))
				play->clients[i].open = false;
	supervisor->reexec_asked = false;
	for (int i = 0; i < CLIENTS; i++)
		drain(play, &play->clients[i]);
}

static uint32_t digit(char c)
{
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)(unsigned char)c;
}

static void make_newlines(char *text)
{
	while ((text = strchr(text, '|')))
		*text = '\n';
}

static void happen(struct play *play, char *line)
{
	struct fuzz_node *node = &play->node;
	size_t length = strlen(line);
	uint32_t number = length > 1 ? digit(line[1]) : 0;
	uint32_t index = number % node->supervisor.set.count;
	uint32_t more = length > 2 ? digit(line[2]) : 0;

	switch (line[0]) {
	case '>':
	case '<':
		ask(play, line + 1, line[0] == '>');
		break;
	case 'x':
		fuzz_node_exec(node, index, STEP_NONE);
		break;
	case 'f':
		fuzz_node_exec(node, index, (enum step)(more % STEP_COUNT));
		break;
	case 'r':
		fuzz_node_ready(node, index);
		break;
	case 'e':
	case 'l': /* codes stand in the high byte of a status, signals below 128 in the low one */
		fuzz_node_exit(
			node, index, more & 64 ? (int)(more & 63) : (int)more << 8, line[0] == 'l');
		break;
	case 'm':
		fuzz_node_empty(node, index);
		break;
	case 'o':
		make_newlines(line);
		if (length > 2)
			fuzz_node_write(node, index, line + 2, length - 2);
		break;
	case 'n':
		make_newlines(line);
		if (length > 2)
			notify_take(&node->supervisor, index, line + 2);
		break;
	case 'w':
		turn(play, UINT64_C(1) << number % 24);
		break;
	case 'v':
		node->variant = number % FUZZ_VARIANTS;
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play play;
	struct fuzz_input input = { data, size };
	char *line;

	memset(&play, 0, sizeof(play));
	fuzz_node_begin(&play.node);
	for (int lines = 0; lines < LINES_MAX && (line = fuzz_line(&input)); lines++) {
		happen(&play, line);
		fuzz_node_check(&play.node);
		free(line);
	}
	turn(&play, 1);
	fuzz_node_check(&play.node);
	fuzz_node_end(&play.node);
	return 0;
}
