/* SPDX-License-Identifier: MIT */
/* What logshipd makes of what it reads: text, messages of RFC 5424, lines, the queue, kernel records. */
#include "unit.h"

#include "logshipd/destination.h"
#include "logshipd/kernel_record.h"
#include "logshipd/lines.h"
#include "logshipd/message.h"
#include "logshipd/text.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- text ---- */

static const char *cleaned(const char *from, size_t length)
{
	static char text[256];
	size_t taken, written = text_clean(from, length, text, sizeof(text) - 1, &taken);

	assert_int_equal(taken, length);
	text[written] = '\0';
	return text;
}

#define assert_cleaned(from, to) assert_string_equal(cleaned(from, sizeof(from) - 1), to)

static void text_is_kept_and_what_is_none_becomes_visible(void **state)
{
	(void)state;
	assert_cleaned("a b\tc~", "a b\tc~");
	assert_cleaned("gr\303\274n \342\202\254 \360\237\220\225",
		"gr\303\274n \342\202\254 \360\237\220\225");
	assert_cleaned("\033[1m\0\n\r\177", "\\x1b[1m\\x00\\x0a\\x0d\\x7f");
	assert_cleaned("\377\300\200\355\240\200", "\\xff\\xc0\\x80\\xed\\xa0\\x80");
	assert_cleaned(
		"\302\205\302\240", "\\xc2\\x85\302\240"); /* U+0085 is a control character */
	assert_cleaned("cut \342\202", "cut \\xe2\\x82");
}

static void text_stops_before_what_does_not_fit_whole(void **state)
{
	char text[5];
	size_t taken;

	(void)state;
	assert_int_equal(text_clean("abc\342\202\254", 6, text, sizeof(text), &taken), 3);
	assert_int_equal(taken, 3);
	assert_int_equal(text_clean("ab\1", 3, text, sizeof(text), &taken), 2);
	assert_int_equal(taken, 2);
	assert_int_equal(text_clean("\1\1", 2, text, sizeof(text), &taken), 4);
	assert_int_equal(taken, 1);
}

static void the_kernels_escapes_are_undone(void **state)
{
	char text[] = "a\\x0ab\\x5cx\\x4 \\x\\xgg\\xc3\\xa9";

	(void)state;
	text[text_unescape(text, strlen(text))] = '\0';
	assert_string_equal(text, "a\nb\\x\\x4 \\x\\xgg\303\251");
}

/* ---- messages ---- */

static const struct clocks set = { .since_boot_us = 100000000,
	.wall_us = UINT64_C(1767323045123456) };

static const char *formatted(const struct message *message, const struct clocks *clocks)
{
	static char text[MESSAGE_MAX + 1];
	char *exact = malloc(MESSAGE_MAX);
	size_t length;

	assert_non_null(exact);
	length = message_format(exact, message, clocks);
	assert_true(length <= MESSAGE_MAX);
	memcpy(text, exact, length);
	text[length] = '\0';
	free(exact);
	return text;
}

static struct message message_of(const char *text)
{
	return (struct message){ .priority = PRIORITY(FACILITY_DAEMON, SEVERITY_INFO),
		.at_us = 100000000,
		.host = "node",
		.name = "web",
		.text = text,
		.length = strlen(text) };
}

static void a_message_has_the_form_of_rfc_5424(void **state)
{
	struct message message = message_of("hello, world");

	(void)state;
	assert_string_equal(formatted(&message, &set),
		"<30>1 2026-01-02T03:04:05.123456Z node web - - - hello, world");
}

static void a_moment_since_boot_becomes_a_time_of_day_when_it_is_sent(void **state)
{
	struct message message = message_of("x");

	(void)state;
	message.at_us = 40000000; /* a minute before */
	assert_string_equal(
		formatted(&message, &set), "<30>1 2026-01-02T03:03:05.123456Z node web - - - x");
	message.at_us = 200000000; /* of the future, which cannot be */
	assert_string_equal(
		formatted(&message, &set), "<30>1 2026-01-02T03:04:05.123456Z node web - - - x");
}

static void a_clock_that_is_not_set_tells_no_time(void **state)
{
	static const struct clocks not_set = { .since_boot_us = 5000000, .wall_us = 5000000 };
	struct message message = message_of("x");

	(void)state;
	message.at_us = 1239999;
	assert_string_equal(
		formatted(&message, &not_set), "<30>1 - node web - - [meta sysUpTime=\"123\"] x");
	message.at_us = TIME_UNKNOWN;
	assert_string_equal(formatted(&message, &not_set), "<30>1 - node web - - - x");
	assert_string_equal(formatted(&message, &set), "<30>1 - node web - - - x");
}

static void header_fields_are_printable_or_nil(void **state)
{
	char host[300], text[MESSAGE_TEXT_MAX + 10];
	struct message message = message_of("x");

	(void)state;
	message.host = "";
	message.name = "a b\n\303\274c";
	assert_string_equal(
		formatted(&message, &set), "<30>1 2026-01-02T03:04:05.123456Z - abc - - - x");
	memset(host, 'h', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	memset(text, 't', sizeof(text));
	message = message_of("");
	message.host = message.name = host;
	message.text = text;
	message.length = sizeof(text);
	message.priority = 191;
	assert_true(strlen(formatted(&message, &set)) <= MESSAGE_MAX);
	/* RFC 5424 wants 480 taken and 2048 to be; IPv6 carries 1280 less 48 in one piece. */
	assert_true(MESSAGE_MAX <= 1280);
}

/* ---- lines and the queue ---- */

static struct queue *fresh_queue(void)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	assert_non_null(queue);
	return queue;
}

static const struct origin web = {
	.name = "web", .priority = 30, .at_us = 7, .source = 3, .position = 99
};

/* The next line's text; it is sent and dropped. */
static const char *next_text(struct queue *queue, struct queue_line *line)
{
	static char text[MESSAGE_TEXT_MAX + 1];
	char name[MESSAGE_NAME_MAX + 1];

	assert_true(queue_waits(queue));
	queue_next(queue, line, name, text);
	text[line->length] = '\0';
	assert_string_equal(name, "web");
	queue_advance(queue, 1);
	queue_drop(queue);
	return text;
}

static void a_line_becomes_a_message(void **state)
{
	struct queue *queue = fresh_queue();
	struct queue_line line;

	(void)state;
	assert_int_equal(lines_add(queue, &web, "hello", 5), 1);
	assert_int_equal(lines_add(queue, &web, "", 0), 0);
	assert_string_equal(next_text(queue, &line), "hello");
	assert_int_equal(line.position, 99);
	assert_int_equal(line.source, 3);
	assert_int_equal(line.at_us, 7);
	assert_int_equal(line.priority, 30);
	assert_true(line.ends);
	assert_false(queue_waits(queue));
	free(queue);
}

static void a_long_line_becomes_several_and_nothing_is_lost(void **state)
{
	struct queue *queue = fresh_queue();
	char text[LINES_TEXT_MAX], all[LINES_TEXT_MAX + 1] = "";
	struct queue_line line;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	count = lines_add(queue, &web, text, sizeof(text));
	assert_true(count > 1 && count <= LINES_PIECES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *piece = next_text(queue, &line);

		assert_int_equal(line.ends, i == count - 1);
		assert_int_equal(strncmp(piece, "... ", 4) == 0, i > 0);
		strcat(all, piece + (i > 0 ? 4 : 0));
	}
	assert_memory_equal(all, text, sizeof(text));
	free(queue);
}

static void the_worst_line_fits_the_room_that_is_asked_for(void **state)
{
	struct queue *queue = fresh_queue();
	char text[LINES_TEXT_MAX];
	size_t count = 0;

	(void)state;
	memset(text, 1, sizeof(text));
	while (queue_has_room(queue, LINES_PIECES_MAX)) {
		assert_true(lines_add(queue, &web, text, sizeof(text)) <= LINES_PIECES_MAX);
		assert_true(queue->end - queue->first <= QUEUE_SIZE);
		count++;
	}
	assert_true(count > 1);
	free(queue);
}

static void a_priority_before_a_line_is_taken_off(void **state)
{
	static const struct {
		const char *line, *rest;
		uint8_t priority;
	} cases[] = {
		{ "<3>bad", "bad", 27 },
		{ "<0>x", "x", 24 },
		{ "<7>", "", 31 },
		{ "<12>x", "x", 12 },
		{ "<191>x", "x", 191 },
		{ "<192>x", "<192>x", 30 },
		{ "<>x", "<>x", 30 },
		{ "<3", "<3", 30 },
		{ "<3x>", "<3x>", 30 },
		{ "<0003>x", "<0003>x", 30 },
		{ "x<3>", "x<3>", 30 },
		{ "", "", 30 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = cases[i].line;
		size_t length = strlen(line);

		assert_int_equal(lines_priority(&line, &length, 30), cases[i].priority);
		assert_string_equal(line, cases[i].rest);
		assert_int_equal(length, strlen(cases[i].rest));
	}
}

static void what_was_sent_and_not_dropped_is_sent_again(void **state)
{
	struct queue *queue = fresh_queue();
	struct queue_line line;

	(void)state;
	/* More than the ring is long, so that headers lie across its end. */
	for (int i = 0; i < 5000; i++) {
		char one[16], two[16], name[MESSAGE_NAME_MAX + 1], text[MESSAGE_TEXT_MAX];
		size_t first = (size_t)snprintf(one, sizeof(one), "one %d", i);
		size_t second = (size_t)snprintf(two, sizeof(two), "two %d", i);

		lines_add(queue, &web, one, first);
		lines_add(queue, &web, two, second);
		queue_advance(queue, 11);
		queue_advance(queue, 22);
		assert_false(queue_waits(queue));
		queue_oldest(queue, &line);
		assert_int_equal(line.wire, 11);
		queue_drop(queue);
		queue_rewind(queue);
		queue_next(queue, &line, name, text);
		assert_int_equal(line.length, second);
		assert_memory_equal(text, two, second);
		assert_int_equal(line.wire, 22);
		queue_advance(queue, 22);
		queue_drop(queue);
		assert_false(queue_sent(queue));
	}
	free(queue);
}

/* ---- the kernel's records ---- */

static bool read_record(struct kernel_record *record, const char *text)
{
	static char bytes[512];

	snprintf(bytes, sizeof(bytes), "%s", text);
	return kernel_record_read(record, bytes, strlen(text));
}

static void a_record_of_the_kernel_is_taken_apart(void **state)
{
	struct kernel_record record;

	(void)state;
	assert_true(read_record(
		&record, "5,339,5140900,-,caller=T1;NET: family\\x0a2\n SUBSYSTEM=x\n DEVICE=y\n"));
	assert_int_equal(record.priority, 5);
	assert_int_equal(record.sequence, 339);
	assert_int_equal(record.at_us, 5140900);
	assert_string_equal(record.name, "kernel");
	assert_int_equal(record.length, strlen("NET: family\n2"));
	assert_memory_equal(record.text, "NET: family\n2", record.length);
}

static void a_record_of_a_program_has_its_name(void **state)
{
	struct kernel_record record;

	(void)state;
	assert_true(read_record(&record, "13,1,2,-;init: ready in 1 s\n"));
	assert_string_equal(record.name, "init");
	assert_int_equal(record.priority, 13);
	assert_memory_equal(record.text, "ready in 1 s", record.length);
	assert_true(read_record(&record, "12,1,2,-;Hello: x\n"));
	assert_string_equal(record.name, "kmsg");
	assert_memory_equal(record.text, "Hello: x", record.length);
	assert_true(read_record(&record, "12,1,2,-;\n"));
	assert_int_equal(record.length, 0);
}

static void what_is_no_record_is_refused(void **state)
{
	static const char *const wrong[] = { "", "5", "5,1,2", "5,1,2,-", ",1,2,-;x", "5,,2,-;x",
		"x,1,2,-;x", "192,1,2,-;x", "5,99999999999999999999,2,-;x", "-1,1,2,-;x" };
	struct kernel_record record;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(read_record(&record, wrong[i]));
}

/* ---- where to ---- */

static void a_destination_is_read_and_written(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.1", "udp://10.0.0.1:514" },
		{ "udp://10.0.0.1:5514", "udp://10.0.0.1:5514" },
		{ "tcp://log.example", "tcp://log.example:514" },
		{ "tcp://log_host:1", "tcp://log_host:1" },
		{ "2001:db8::1", "udp://[2001:db8::1]:514" },
		{ "[fe80::1%eth0]:601", "udp://[fe80::1%eth0]:601" },
		{ "tcp://[::1]", "tcp://[::1]:514" },
	};
	static const char *const wrong[] = { "", ":514", "tcp://", "a:0", "a:65536", "a:x", "a:-1",
		"a:", "[::1", "[]:1", "[::1]x", "a b", "http://a", "-x", "a;b", "..", "$(x)" };
	struct destination destination;
	char text[DESTINATION_TEXT_MAX], longest[DESTINATION_HOST_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(destination_read(&destination, cases[i][0]));
		destination_write(text, &destination);
		assert_string_equal(text, cases[i][1]);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(destination_read(&destination, wrong[i]));
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(destination_read(&destination, longest));
	longest[sizeof(longest) - 2] = '\0';
	assert_true(destination_read(&destination, longest));
	destination_write(text, &destination);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_kept_and_what_is_none_becomes_visible),
		cmocka_unit_test(text_stops_before_what_does_not_fit_whole),
		cmocka_unit_test(the_kernels_escapes_are_undone),
		cmocka_unit_test(a_message_has_the_form_of_rfc_5424),
		cmocka_unit_test(a_moment_since_boot_becomes_a_time_of_day_when_it_is_sent),
		cmocka_unit_test(a_clock_that_is_not_set_tells_no_time),
		cmocka_unit_test(header_fields_are_printable_or_nil),
		cmocka_unit_test(a_line_becomes_a_message),
		cmocka_unit_test(a_long_line_becomes_several_and_nothing_is_lost),
		cmocka_unit_test(the_worst_line_fits_the_room_that_is_asked_for),
		cmocka_unit_test(a_priority_before_a_line_is_taken_off),
		cmocka_unit_test(what_was_sent_and_not_dropped_is_sent_again),
		cmocka_unit_test(a_record_of_the_kernel_is_taken_apart),
		cmocka_unit_test(a_record_of_a_program_has_its_name),
		cmocka_unit_test(what_is_no_record_is_refused),
		cmocka_unit_test(a_destination_is_read_and_written),
	};

	return RUN("what logshipd reads and sends", tests);
}
