/* SPDX-License-Identifier: MIT */
/* The filter of system calls, run as the kernel does. */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "service/system_calls.h"
#include "unit.h"

#if defined(__aarch64__)
#define HERE  AUDIT_ARCH_AARCH64
#define THERE AUDIT_ARCH_ARM
#else
#define HERE  AUDIT_ARCH_X86_64
#define THERE AUDIT_ARCH_I386
#endif

#define KILLED     SECCOMP_RET_KILL_PROCESS
#define ALLOWED    SECCOMP_RET_ALLOW
#define FAILS(why) (SECCOMP_RET_ERRNO | (why))

#define GROUP(name) (UINT64_C(1) << SYSTEM_CALLS_##name)

/* The six instructions there are; every jump is forward and inside, or the test fails. */
static uint32_t run(uint64_t groups, uint32_t architecture, int number, uint64_t argument)
{
	struct sock_filter filter[SYSTEM_CALLS_FILTER_MAX];
	uint16_t length = system_calls_filter(filter, groups);
	struct seccomp_data data = { .arch = architecture, .nr = number, .args = { argument } };
	uint32_t loaded = 0;
	bool jumps;

	for (unsigned at = 0; at < length; at++) {
		uint32_t value = filter[at].k;

		switch (filter[at].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(value + sizeof(loaded) <= sizeof(data));
			memcpy(&loaded, (const char *)&data + value, sizeof(loaded));
			continue;
		case BPF_RET | BPF_K:
			return value;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jumps = loaded == value;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jumps = loaded >= value;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jumps = loaded > value;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jumps = loaded & value;
			break;
		default:
			fail_msg("instruction %u: %#x", at, filter[at].code);
			return 0;
		}
		at += jumps ? filter[at].jt : filter[at].jf;
	}
	fail_msg("the filter of %#llx has no end", (unsigned long long)groups);
	return 0;
}

static uint32_t call(uint64_t groups, int number)
{
	return run(groups, HERE, number, 0);
}

static void every_set_of_groups_makes_a_filter_that_fits(void **state)
{
	(void)state;
	for (uint64_t groups = 1; groups < UINT64_C(1) << SYSTEM_CALLS_COUNT; groups++) {
		struct sock_filter filter[SYSTEM_CALLS_FILTER_MAX];

		assert_in_range(system_calls_filter(filter, groups), 1, SYSTEM_CALLS_FILTER_MAX);
		assert_int_equal(call(groups, __NR_read), ALLOWED);
	}
}

static void what_any_program_needs_is_always_allowed(void **state)
{
	static const int calls[] = { __NR_read, __NR_openat, __NR_execve, __NR_exit_group,
		__NR_mmap, __NR_futex, __NR_rt_sigaction, __NR_kill, __NR_prlimit64,
		__NR_socketpair, __NR_connect, __NR_clock_gettime, __NR_getrandom, __NR_prctl,
		__NR_seccomp };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(call(GROUP(BASIC), calls[i]), ALLOWED);
}

static void a_group_allows_its_own_calls_and_no_others(void **state)
{
	static const struct {
		uint64_t group;
		int number;
	} cases[] = {
		{ GROUP(CLOCK), __NR_clock_settime },
		{ GROUP(CLOCK), __NR_adjtimex },
		{ GROUP(HOSTNAME), __NR_sethostname },
		{ GROUP(IDENTITY), __NR_setresuid },
		{ GROUP(IDENTITY), __NR_capset },
		{ GROUP(MOUNT), __NR_mount },
		{ GROUP(MOUNT), __NR_mount_setattr },
		{ GROUP(NAMESPACES), __NR_unshare },
		{ GROUP(NAMESPACES), __NR_setns },
		{ GROUP(DEBUG), __NR_ptrace },
		{ GROUP(DEBUG), __NR_perf_event_open },
		{ GROUP(KERNEL), __NR_reboot },
		{ GROUP(KERNEL), __NR_bpf },
		{ GROUP(RARE), __NR_io_uring_setup },
		{ GROUP(RARE), __NR_io_getevents },
	};
	uint64_t all = (UINT64_C(1) << SYSTEM_CALLS_COUNT) - 1;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(call(cases[i].group, cases[i].number), ALLOWED);
		assert_int_equal(call(all & ~cases[i].group, cases[i].number), KILLED);
	}
}

static void sockets_are_of_the_families_of_the_groups(void **state)
{
	static const struct {
		uint64_t groups;
		uint64_t family;
		uint32_t answer;
	} cases[] = {
		{ GROUP(BASIC), AF_UNIX, ALLOWED },
		{ GROUP(BASIC), AF_INET, FAILS(EAFNOSUPPORT) },
		{ GROUP(BASIC), AF_NETLINK, FAILS(EAFNOSUPPORT) },
		{ GROUP(NETWORK), AF_UNIX, ALLOWED },
		{ GROUP(NETWORK), AF_INET, ALLOWED },
		{ GROUP(NETWORK), AF_INET6, ALLOWED },
		{ GROUP(NETWORK), AF_NETLINK, ALLOWED },
		{ GROUP(NETWORK), AF_PACKET, FAILS(EAFNOSUPPORT) },
		{ GROUP(NETWORK), AF_ALG, FAILS(EAFNOSUPPORT) },
		{ GROUP(PACKET), AF_PACKET, ALLOWED },
		/* The kernel takes the low half of it, so the filter has to. */
		{ GROUP(NETWORK), UINT64_C(1) << 32 | AF_PACKET, FAILS(EAFNOSUPPORT) },
		{ GROUP(NETWORK), UINT64_C(1) << 32 | AF_INET, ALLOWED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			run(cases[i].groups, HERE, __NR_socket, cases[i].family), cases[i].answer);
}

static void a_fork_or_a_thread_may_not_bring_a_namespace(void **state)
{
	static const int namespaces[] = { CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
		CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP };

	(void)state;
	assert_int_equal(run(GROUP(BASIC), HERE, __NR_clone, CLONE_VM | CLONE_VFORK | 17), ALLOWED);
	assert_int_equal(
		run(GROUP(BASIC), HERE, __NR_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND),
		ALLOWED);
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		uint64_t flags = (uint64_t)namespaces[i] | 17;

		assert_int_equal(run(GROUP(BASIC), HERE, __NR_clone, flags), KILLED);
		assert_int_equal(run(GROUP(NAMESPACES), HERE, __NR_clone, flags), ALLOWED);
	}
	/* Its flags are in memory: libc falls back to clone. */
	assert_int_equal(call(GROUP(BASIC), __NR_clone3), FAILS(ENOSYS));
	assert_int_equal(call(GROUP(NAMESPACES), __NR_clone3), ALLOWED);
}

static void another_machines_calls_and_those_of_tomorrow_are_not_let_through(void **state)
{
	(void)state;
	assert_int_equal(run(GROUP(BASIC), THERE, __NR_read, 0), KILLED);
	assert_int_equal(call(GROUP(BASIC), 462), ALLOWED);
	assert_int_equal(call(GROUP(BASIC), 463), FAILS(ENOSYS));
	/* x32's numbers on x86-64. */
	assert_int_equal(call(GROUP(BASIC), 0x40000000 | __NR_read), FAILS(ENOSYS));
	assert_int_equal(call(GROUP(BASIC), -1), FAILS(ENOSYS));
}

static void groups_go_by_name(void **state)
{
	(void)state;
	for (int i = 0; i < SYSTEM_CALLS_COUNT; i++)
		assert_int_equal(system_calls_number(system_calls_name(i)), i);
	assert_int_equal(system_calls_number("basic"), SYSTEM_CALLS_BASIC);
	assert_int_equal(system_calls_number("rare"), SYSTEM_CALLS_RARE);
	assert_int_equal(system_calls_number("Basic"), -1);
	assert_int_equal(system_calls_number(""), -1);
	assert_null(system_calls_name(SYSTEM_CALLS_COUNT));
	assert_null(system_calls_name(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_of_groups_makes_a_filter_that_fits),
		cmocka_unit_test(what_any_program_needs_is_always_allowed),
		cmocka_unit_test(a_group_allows_its_own_calls_and_no_others),
		cmocka_unit_test(sockets_are_of_the_families_of_the_groups),
		cmocka_unit_test(a_fork_or_a_thread_may_not_bring_a_namespace),
		cmocka_unit_test(another_machines_calls_and_those_of_tomorrow_are_not_let_through),
		cmocka_unit_test(groups_go_by_name),
	};

	return RUN("system_calls", tests);
}
