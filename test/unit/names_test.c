/* SPDX-License-Identifier: MIT */
/* Names of signals, capabilities and states, to numbers and back. */
#include "unit.h"

#include "basics/signal_name.h"
#include "control/state.h"
#include "service/capability.h"

#include <linux/capability.h>
#include <signal.h>

static void signals_go_by_name_with_or_without_sig_or_number(void **state)
{
	(void)state;
	assert_int_equal(signal_number("TERM"), SIGTERM);
	assert_int_equal(signal_number("SIGTERM"), SIGTERM);
	assert_int_equal(signal_number("term"), SIGTERM);
	assert_int_equal(signal_number("sigusr1"), SIGUSR1);
	assert_int_equal(signal_number("15"), 15);
	assert_int_equal(signal_number("64"), 64);
	assert_int_equal(signal_number("IOT"), SIGABRT);
	assert_int_equal(signal_number("POLL"), SIGIO);
}

static void what_is_no_signal_is_minus_1(void **state)
{
	static const char *const cases[] = { "", "0", "65", "-15", "+15", "15 ", "TER", "TERMX",
		"SIG", "SIG15", "SIGSIGTERM", "RTMIN" };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(signal_number(cases[i]), -1);
}

static void every_signal_with_a_name_is_found_by_it(void **state)
{
	(void)state;
	for (int number = 1; number <= 31; number++) {
		assert_non_null(signal_name(number));
		assert_int_equal(signal_number(signal_name(number)), number);
	}
	assert_string_equal(signal_name(SIGABRT), "ABRT");
	assert_null(signal_name(0));
	assert_null(signal_name(32));
	assert_null(signal_name(-1));
}

static void capabilities_go_by_name_with_or_without_cap(void **state)
{
	(void)state;
	assert_int_equal(capability_number("chown"), CAP_CHOWN);
	assert_int_equal(capability_number("net_bind_service"), CAP_NET_BIND_SERVICE);
	assert_int_equal(capability_number("CAP_NET_RAW"), CAP_NET_RAW);
	assert_int_equal(capability_number("Cap_Sys_Admin"), CAP_SYS_ADMIN);
	assert_int_equal(capability_number("sys_time"), CAP_SYS_TIME);
	assert_int_equal(capability_number("syslog"), CAP_SYSLOG);
	assert_int_equal(capability_number("bpf"), CAP_BPF);
	assert_int_equal(capability_number(""), -1);
	assert_int_equal(capability_number("cap_"), -1);
	assert_int_equal(capability_number("cap_cap_chown"), -1);
	assert_int_equal(capability_number("net-raw"), -1);
}

static void every_capability_of_the_kernel_has_a_name(void **state)
{
	(void)state;
	for (int number = 0; number <= CAP_LAST_CAP; number++) {
		assert_non_null(capability_name(number));
		assert_int_equal(capability_number(capability_name(number)), number);
	}
	assert_string_equal(capability_name(CAP_CHECKPOINT_RESTORE), "checkpoint_restore");
	assert_null(capability_name(-1));
	assert_null(capability_name(64));
}

static void every_state_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < STATE_COUNT; i++)
		assert_int_equal(service_state_parse(service_state_name((enum service_state)i)), i);
	for (int i = 0; i < NODE_STATE_COUNT; i++)
		assert_int_equal(node_state_parse(node_state_name((enum node_state)i)), i);
	assert_string_equal(service_state_name(STATE_BACKOFF), "backoff");
	assert_string_equal(node_state_name(NODE_DEGRADED), "degraded");
	assert_int_equal(service_state_parse("Ready"), -1);
	assert_int_equal(service_state_parse(""), -1);
	assert_int_equal(node_state_parse("waiting"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_go_by_name_with_or_without_sig_or_number),
		cmocka_unit_test(what_is_no_signal_is_minus_1),
		cmocka_unit_test(every_signal_with_a_name_is_found_by_it),
		cmocka_unit_test(capabilities_go_by_name_with_or_without_cap),
		cmocka_unit_test(every_capability_of_the_kernel_has_a_name),
		cmocka_unit_test(every_state_is_found_by_its_name),
	};

	return RUN("names", tests);
}
