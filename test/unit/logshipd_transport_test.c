/* SPDX-License-Identifier: MIT */
/*
 * The way to the log server, against a server that this test plays on the loopback: one that is there, that
 * is not, that goes away, that never reads. Time is the real one plus what the test skips of waiting.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "basics/log.h"
#include "logshipd/lines.h"
#include "logshipd/transport.h"

enum {
	PATIENCE_MS = 30000, /* says only when to give up */
	SMALL = 4096, /* bytes of a socket's buffer, for what is to be full soon */
	GIVE_UP_MS = 1000, /* in place of the seconds a dead server is given */
};

/* ---- What logshipd is made of, and what it says ---- */

static struct queue queue;
static struct source table[SOURCES_MAX];
static struct sources sources;
static struct losses losses;
static struct transport transport;
static char server_name[32];
static uint16_t server_port;
static bool by_tcp, small_buffers;
static uint64_t skipped_ms;
static unsigned turns;
static char said[4096];

void __wrap_log_line(const char *about, const char *format, ...);
void __wrap_log_line(const char *about, const char *format, ...)
{
	size_t length = strlen(said);
	va_list arguments;

	(void)about;
	va_start(arguments, format);
	vsnprintf(said + length, sizeof(said) - length, format, arguments);
	va_end(arguments);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static unsigned times_said(const char *words)
{
	unsigned count = 0;

	for (const char *at = said; (at = strstr(at, words)); at++)
		count++;
	return count;
}

int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	static const int give_up = GIVE_UP_MS, small = SMALL;

	if (level != IPPROTO_TCP || name != TCP_USER_TIMEOUT)
		return __real_setsockopt(fd, level, name, value, size);
	if (small_buffers)
		__real_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	return __real_setsockopt(fd, level, name, &give_up, sizeof(give_up));
}

static bool find(struct destination *destination)
{
	*destination = (struct destination){ .port = server_port, .tcp = by_tcp };
	snprintf(destination->host, sizeof(destination->host), "%s", server_name);
	return server_port > 0;
}

static uint64_t now_ms(void)
{
	return clock_now_ms() + skipped_ms;
}

/* One turn of the loop, as main.c has it, or ten milliseconds without one. */
static void turn(void)
{
	struct pollfd server = transport_poll(&transport);
	uint64_t due_ms = transport_deadline(&transport), now = now_ms();
	int wait_ms = due_ms <= now ? 0 : due_ms - now < 10 ? (int)(due_ms - now) : 10;
	bool event = poll(&server, 1, wait_ms) > 0;

	if (!event && due_ms > now_ms())
		return;
	turns++;
	transport_turn(&transport, event ? server.revents : 0, now_ms());
}

/* Something was logged, which is a turn as well. */
static void turn_for_lines(void)
{
	transport_turn(&transport, 0, now_ms());
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		uint64_t end_ms = clock_now_ms() + PATIENCE_MS;                                    \
		while (!(condition)) {                                                             \
			if (clock_now_ms() > end_ms)                                               \
				fail_msg("never: %s; it said: %s", #condition, said);              \
			turn();                                                                    \
		}                                                                                  \
	} while (0)

static void until_it_failed(void)
{
	uint64_t before_ms = transport.retry.at_ms;

	UNTIL(transport.state == TRANSPORT_DOWN && transport.retry.at_ms != before_ms);
}

/* Skips the time until it is tried again. */
static void skip_wait(void)
{
	uint64_t now = now_ms();

	assert_int_equal(transport.state, TRANSPORT_DOWN);
	if (transport.retry.at_ms > now)
		skipped_ms += transport.retry.at_ms - now;
}

/* Lines "line FIRST" and so on, each behind the one before, with so many bytes of padding. */
static void log_lines(int first, int last, int padding)
{
	char text[MESSAGE_TEXT_MAX];

	for (int i = first; i <= last; i++) {
		int length = snprintf(text, sizeof(text), "line %d %.*s", i, padding,
			"................................................................"
			"................................................................"
			"................................................................");
		struct origin origin = {
			.name = "job",
			.priority = PRIORITY(FACILITY_DAEMON, SEVERITY_INFO),
			.at_us = TIME_UNKNOWN,
			.source = 1,
			.position = (uint64_t)i,
		};

		assert_true(queue_has_room(&queue, 1));
		lines_add(&queue, &origin, text, (size_t)length);
	}
	turn_for_lines();
}

/* The number of the last line that counts as sent. */
static int sent(void)
{
	return (int)table[1].sent;
}

/* ---- The server ---- */

static int listener = -1, client = -1;
static char received[1 << 20];
static size_t received_length;

static void serve(uint16_t port)
{
	static const int on = 1, small = SMALL;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	listener = socket(
		AF_INET, (by_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (small_buffers)
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
	if (by_tcp)
		assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	server_port = ntohs(address.sin_port);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool accepts(void)
{
	if (client < 0)
		client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	return client >= 0;
}

/* Reads what there is. UDP: datagrams, each with its length before it as over TCP. True. */
static bool reads(void)
{
	char datagram[4096];
	ssize_t got;

	if (by_tcp && accepts()) {
		while ((got = recv(client, received + received_length,
				sizeof(received) - 1 - received_length, 0)) > 0)
			received_length += (size_t)got;
	} else if (!by_tcp) {
		while ((got = recv(listener, datagram, sizeof(datagram), 0)) > 0)
			received_length += (size_t)sprintf(
				received + received_length, "%zd %.*s", got, (int)got, datagram);
	}
	received[received_length] = '\0';
	return true;
}

/* Takes the messages apart by their counts: each is whole and the next line of the job. The number of the last. */
static int last_line(int first)
{
	char *at = received;

	while (*at) {
		size_t length = strtoul(at, &at, 10);
		char message[MESSAGE_MAX + 1], words[32];

		assert_int_equal(*at++, ' ');
		if (strlen(at) < length)
			break; /* the rest of it is on its way */
		snprintf(message, sizeof(message), "%.*s", (int)length, at);
		assert_true(strncmp(message, "<30>1 ", 6) == 0);
		snprintf(words, sizeof(words), " line %d ", first++);
		if (!strstr(message, words))
			fail_msg("%s is not in %s", words, message);
		at += length;
	}
	return first - 1;
}

/* The same again for the next connection. */
static void hang_up(bool rudely)
{
	static const struct linger reset = { .l_onoff = 1 };

	if (rudely)
		setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close_one(&client);
	received_length = 0;
	received[0] = '\0';
}

/* ---- Each test ---- */

static int set_up(void **state)
{
	(void)state;
	memset(&queue, 0, sizeof(queue));
	memset(table, 0, sizeof(table));
	memset(&sources, 0, sizeof(sources));
	losses = (struct losses){ 0 };
	sources.table = table;
	transport = (struct transport){
		.find = find, .queue = &queue, .sources = &sources, .losses = &losses
	};
	transport_init(&transport);
	snprintf(server_name, sizeof(server_name), "127.0.0.1");
	by_tcp = true;
	small_buffers = false;
	skipped_ms = 0;
	received_length = 0;
	received[0] = said[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_one(&transport.fd);
	close_one(&client);
	close_one(&listener);
	return 0;
}

static void lines_are_counted_in_octets_and_kept_until_acknowledged(void **state)
{
	(void)state;
	serve(0);
	log_lines(1, 300, 30);
	UNTIL(reads() && last_line(1) == 300);
	UNTIL(transport_idle(&transport));
	assert_int_equal(sent(), 300);
	assert_string_equal(said, "");
	/* What comes later goes the same way, and nobody wakes up in between. */
	assert_int_equal(transport_deadline(&transport), CLOCK_NEVER);
	log_lines(301, 302, 180);
	UNTIL(reads() && last_line(1) == 302);
}

static void a_server_that_is_away_is_tried_ever_more_seldom_and_that_said_once(void **state)
{
	static const uint32_t delays[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000 };

	uint64_t failed_ms = now_ms();

	(void)state;
	serve(0);
	close_one(&listener);
	log_lines(1, 5, 0);
	for (size_t i = 0; i < COUNT(delays); i++) {
		until_it_failed();
		assert_int_equal(transport.retry.delay_ms, delays[i]);
		/* Up to a quarter sooner, so that nodes do not come together. */
		assert_true(transport.retry.at_ms <= now_ms() + delays[i]);
		assert_true(transport.retry.at_ms > failed_ms + delays[i] / 2);
		failed_ms = transport.retry.at_ms;
		skip_wait();
	}
	assert_int_equal(times_said("Connection refused; what is logged waits"), 1);
	assert_int_equal(sent(), 0);
	serve(server_port);
	UNTIL(reads() && last_line(1) == 5);
	assert_int_equal(times_said("sending again after"), 1);
	UNTIL(sent() == 5);
}

static void a_server_that_hangs_up_is_noticed_with_nothing_to_send(void **state)
{
	(void)state;
	serve(0);
	log_lines(1, 1, 0);
	UNTIL(reads() && last_line(1) == 1);
	UNTIL(transport_idle(&transport));
	hang_up(false);
	until_it_failed();
	assert_int_equal(times_said("the server closed the connection"), 1);
	log_lines(2, 2, 0);
	skip_wait();
	UNTIL(reads() && last_line(2) == 2);
}

static void what_was_not_acknowledged_is_sent_again_when_a_connection_breaks(void **state)
{
	int before;

	(void)state;
	small_buffers = true;
	serve(0);
	log_lines(1, 200, 190);
	/* Some of it is with the server, some on its way, some here. */
	UNTIL(accepts() && sent() > 0);
	before = sent();
	assert_true(before < 200);
	hang_up(true);
	until_it_failed();
	assert_true(sent() >= before);
	before = sent();
	small_buffers = false;
	skip_wait();
	UNTIL(reads() && last_line(before + 1) == 200);
	UNTIL(sent() == 200);
}

/* A loud service: lines from `last` + 1 on until there is no room for many more. The number of the last. */
static int fill_queue(int last)
{
	while (queue_has_room(&queue, 32)) {
		last++;
		log_lines(last, last, 190);
	}
	return last;
}

static void a_server_that_never_reads_is_given_up_and_costs_little(void **state)
{
	unsigned before;
	int kept, i;

	(void)state;
	small_buffers = true;
	serve(0);
	i = fill_queue(0);
	UNTIL(accepts() && sent() > 0);
	before = turns;
	UNTIL((i = fill_queue(i), transport.state == TRANSPORT_DOWN));
	/* Fifty turns a second are for a server that reads. */
	assert_true(turns - before < 25);
	assert_int_equal(times_said("timed out; what is logged waits"), 1);
	/* What its machine took counts as sent; the rest waits here, and no more is taken than fits. */
	kept = sent();
	assert_true(kept < i);
	hang_up(true);
	skip_wait();
	UNTIL(reads() && last_line(kept + 1) == i);
	UNTIL(sent() == i && transport_idle(&transport));
}

static void over_udp_a_refused_message_waits_and_one_that_was_under_way_is_counted(void **state)
{
	(void)state;
	by_tcp = false;
	serve(0);
	close_one(&listener);
	log_lines(1, 3, 0);
	until_it_failed();
	assert_int_equal(times_said("Connection refused"), 1);
	assert_int_equal(sent(), 0);
	serve(server_port);
	skip_wait();
	UNTIL(reads() && last_line(1) == 3);
	UNTIL(transport_idle(&transport));
	assert_int_equal(losses.messages, 0);
	/* Nobody can tell any more which one it was. */
	close_one(&listener);
	received_length = 0;
	log_lines(4, 4, 0);
	UNTIL(sent() == 4);
	log_lines(5, 6, 0);
	until_it_failed();
	assert_int_equal(losses.messages, 1);
	serve(server_port);
	skip_wait();
	UNTIL(reads() && last_line(5) == 6);
}

static void a_reload_goes_to_the_new_server_with_what_the_old_one_has_not_got(void **state)
{
	int elsewhere;

	(void)state;
	serve(0);
	log_lines(1, 1, 0);
	UNTIL(reads() && last_line(1) == 1);
	UNTIL(sent() == 1);
	elsewhere = listener;
	hang_up(false);
	serve(0);
	log_lines(2, 3, 0);
	transport_reload(&transport, now_ms());
	assert_int_equal(times_said("is the log server now"), 1);
	UNTIL(reads() && last_line(2) == 3);
	/* The same once more is no news. */
	transport_reload(&transport, now_ms());
	assert_int_equal(transport.state, TRANSPORT_UP);
	close(elsewhere);
}

static void a_name_is_looked_up_and_all_its_addresses_tried(void **state)
{
	(void)state;
	snprintf(server_name, sizeof(server_name), "localhost");
	serve(0);
	log_lines(1, 1, 0);
	assert_int_equal(transport.state, TRANSPORT_RESOLVING);
	/* Where it means ::1 first nobody listens there. */
	UNTIL(transport.state == TRANSPORT_DOWN || (reads() && last_line(1) == 1));
	if (transport.state == TRANSPORT_DOWN)
		skip_wait();
	UNTIL(reads() && last_line(1) == 1);
}

static void without_a_server_it_says_so_and_looks_again(void **state)
{
	(void)state;
	server_port = 0;
	log_lines(1, 1, 0);
	until_it_failed();
	assert_int_equal(
		times_said("neither the kernel command line nor DHCP names one; what is"), 1);
	serve(0);
	skip_wait();
	UNTIL(reads() && last_line(1) == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_counted_in_octets_and_kept_until_acknowledged),
		TEST(a_server_that_is_away_is_tried_ever_more_seldom_and_that_said_once),
		TEST(a_server_that_hangs_up_is_noticed_with_nothing_to_send),
		TEST(what_was_not_acknowledged_is_sent_again_when_a_connection_breaks),
		TEST(a_server_that_never_reads_is_given_up_and_costs_little),
		TEST(over_udp_a_refused_message_waits_and_one_that_was_under_way_is_counted),
		TEST(a_reload_goes_to_the_new_server_with_what_the_old_one_has_not_got),
		TEST(a_name_is_looked_up_and_all_its_addresses_tried),
		TEST(without_a_server_it_says_so_and_looks_again),
	};

	return RUN("logshipd's transport", tests);
}
