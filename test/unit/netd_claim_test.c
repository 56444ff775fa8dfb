/* SPDX-License-Identifier: MIT */
/* What netd makes of another host's claim to its address. */
#include "unit.h"

#include "netd/claim.h"

enum { SINCE = 100000 };

static struct claim held(void)
{
	struct claim claim;

	claim_init(&claim);
	claim.since_ms = SINCE;
	return claim;
}

static void a_young_claim_yields_to_who_was_there_before(void **state)
{
	struct claim claim = held();

	(void)state;
	assert_int_equal(claim_judge(&claim, SINCE), CLAIM_LOST);
	assert_int_equal(claim_judge(&claim, SINCE + CLAIM_YOUNG_MS - 1), CLAIM_LOST);
	assert_int_equal(claim_judge(&claim, SINCE + CLAIM_YOUNG_MS), CLAIM_DEFEND);
}

static void an_old_claim_is_defended_once_in_a_while(void **state)
{
	struct claim claim = held();
	const uint64_t now = SINCE + CLAIM_YOUNG_MS;

	(void)state;
	assert_true(claim_defend(&claim, now));
	assert_false(claim_defend(&claim, now + CLAIM_DEFEND_MS - 1));
	assert_int_equal(claim_judge(&claim, now + CLAIM_DEFEND_MS - 1), CLAIM_LOST);
	assert_int_equal(claim_judge(&claim, now + CLAIM_DEFEND_MS), CLAIM_DEFEND);
	assert_true(claim_defend(&claim, now + CLAIM_DEFEND_MS));
}

static void after_a_conflict_it_is_deaf_for_a_while(void **state)
{
	struct claim claim = held();
	const uint64_t now = SINCE + CLAIM_YOUNG_MS;

	(void)state;
	claim.socket = 1000; /* of no file */
	assert_int_equal(claim_descriptor(&claim), 1000);
	claim_judge(&claim, now);
	assert_int_equal(claim_descriptor(&claim), -1);
	assert_int_equal(claim_turn(&claim, now), now + CLAIM_DEAF_MS);
	assert_int_equal(claim_descriptor(&claim), -1);
	assert_int_equal(claim_turn(&claim, now + CLAIM_DEAF_MS), CLOCK_NEVER);
	assert_int_equal(claim_descriptor(&claim), 1000);
}

static void nothing_claimed_wants_nothing(void **state)
{
	struct claim claim;
	uint8_t hardware[ARP_HARDWARE];

	(void)state;
	claim_init(&claim);
	assert_int_equal(claim_turn(&claim, 5), CLOCK_NEVER);
	assert_int_equal(claim_descriptor(&claim), -1);
	assert_int_equal(claim_read(&claim, hardware, 5), CLAIM_NONE);
	claim_end(&claim);
}

static void hardware_is_written_as_people_do(void **state)
{
	const uint8_t hardware[ARP_HARDWARE] = { 0x52, 0x54, 0, 0x12, 0x34, 0xff };
	char text[ARP_HARDWARE_TEXT_MAX];

	(void)state;
	assert_string_equal(arp_format(text, hardware), "52:54:00:12:34:ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_young_claim_yields_to_who_was_there_before),
		cmocka_unit_test(an_old_claim_is_defended_once_in_a_while),
		cmocka_unit_test(after_a_conflict_it_is_deaf_for_a_while),
		cmocka_unit_test(nothing_claimed_wants_nothing),
		cmocka_unit_test(hardware_is_written_as_people_do),
	};

	return RUN("netd claims", tests);
}
