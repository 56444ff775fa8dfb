/* SPDX-License-Identifier: MIT */
/* Following PID 1; see node.h. */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "basics/log.h"
#include "control/record.h"
#include "control/service_name.h"

enum {
	LINES_A_TURN = 64, /* others get their turn then */
	CGROUP_MAX = 256,
};

/*
 * `watch` with names tells of these services and of the node. Our own name keeps all others' changes, which
 * are of no interest, from waking us up; it is our cgroup's.
 */
static void make_request(char *request, size_t size)
{
	char text[CGROUP_MAX] = "";
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *name;

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	name = strrchr(text, '/');
	if (strncmp(text, "0::/svc/", 8) == 0 && name == text + 7 && service_name_valid(name + 1))
		snprintf(request, size, "%d watch %s", PROTOCOL_VERSION, name + 1);
	else
		snprintf(request, size, "%d watch", PROTOCOL_VERSION);
}

void node_begin(struct node *node, uint64_t now_ms)
{
	memset(node, 0, sizeof(*node));
	node->connection.fd = -1;
	node->state = NODE_BOOTING;
	node->heard_ms = now_ms;
}

static void take_line(struct node *node, char *line)
{
	struct node_record record;
	int state;

	if (record_kind(&line) != RECORD_NODE)
		return;
	record_read_node(line, &record);
	state = record.state ? node_state_parse(record.state) : -1;
	if (state >= 0)
		node->state = (enum node_state)state;
}

static void hang_up(struct node *node, uint64_t now_ms)
{
	connection_close(&node->connection);
	node->heard_ms = now_ms;
	retry_later(&node->retry, now_ms, NODE_RETRY_FIRST_MS, NODE_RETRY_LONGEST_MS);
}

static void read_lines(struct node *node, uint64_t now_ms)
{
	for (int i = 0; i < LINES_A_TURN; i++) {
		char *line;

		switch (connection_line(&node->connection, 0, &line)) {
		case RECEIPT_LINE:
			node->retry.delay_ms = 0;
			take_line(node, line);
			break;
		case RECEIPT_LATE:
			return;
		default:
			hang_up(node, now_ms);
			return;
		}
	}
}

static void connect_again(struct node *node, uint64_t now_ms)
{
	char request[PROTOCOL_REQUEST_MAX];
	int error;

	make_request(request, sizeof(request));
	error = connection_open(&node->connection, request);
	if (error < 0)
		retry_later(&node->retry, now_ms, NODE_RETRY_FIRST_MS, NODE_RETRY_LONGEST_MS);
	else if (node->lost)
		log_line(NULL, "PID 1 is back");
	if (error == 0)
		node->lost = false;
	if (!node->lost && error < 0 && now_ms - node->heard_ms >= NODE_LOST_MS) {
		node->lost = true;
		log_line(NULL,
			"PID 1 has not answered at %s for %d s: %s; showing critical, trying on",
			connection_path(), NODE_LOST_MS / 1000, strerror(-error));
	}
}

uint64_t node_turn(struct node *node, bool readable, uint64_t now_ms)
{
	if (node->connection.fd >= 0 && readable)
		read_lines(node, now_ms);
	if (node->connection.fd < 0 && now_ms >= node->retry.at_ms)
		connect_again(node, now_ms);
	return node->connection.fd >= 0 ? CLOCK_NEVER : node->retry.at_ms;
}
