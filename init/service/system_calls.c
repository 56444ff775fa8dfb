/* SPDX-License-Identifier: MIT */
/*
 * The table of groups, and the filter made of it. A call that the filter allows whatever its arguments costs
 * nothing: the kernel finds these out once, when the filter is set, and keeps them as a bitmap (kernel/seccomp.c).
 */
#include "service/system_calls.h"

#include <asm/unistd.h> /* the kernel's own: libc may lack young calls */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#if defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#error "which AUDIT_ARCH_... does this machine have?"
#endif

enum {
	NEWEST_CALL = 462, /* of Linux 6.12: mseal; the numbers are the same on all machines */
	CLONE_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
			   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
};

static const char *const names[SYSTEM_CALLS_COUNT] = {
	[SYSTEM_CALLS_BASIC] = "basic",
	[SYSTEM_CALLS_NETWORK] = "network",
	[SYSTEM_CALLS_PACKET] = "packet",
	[SYSTEM_CALLS_CLOCK] = "clock",
	[SYSTEM_CALLS_HOSTNAME] = "hostname",
	[SYSTEM_CALLS_IDENTITY] = "identity",
	[SYSTEM_CALLS_MOUNT] = "mount",
	[SYSTEM_CALLS_NAMESPACES] = "namespaces",
	[SYSTEM_CALLS_DEBUG] = "debug",
	[SYSTEM_CALLS_KERNEL] = "kernel",
	[SYSTEM_CALLS_RARE] = "rare",
};

/* What is allowed only with its group. */
static const struct {
	uint16_t number;
	uint8_t group;
} calls[] = {
	{ __NR_settimeofday, SYSTEM_CALLS_CLOCK },
	{ __NR_clock_settime, SYSTEM_CALLS_CLOCK },
	{ __NR_adjtimex, SYSTEM_CALLS_CLOCK },
	{ __NR_clock_adjtime, SYSTEM_CALLS_CLOCK },
	{ __NR_sethostname, SYSTEM_CALLS_HOSTNAME },
	{ __NR_setdomainname, SYSTEM_CALLS_HOSTNAME },
	{ __NR_setuid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setgid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setreuid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setregid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setresuid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setresgid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setgroups, SYSTEM_CALLS_IDENTITY },
	{ __NR_setfsuid, SYSTEM_CALLS_IDENTITY },
	{ __NR_setfsgid, SYSTEM_CALLS_IDENTITY },
	{ __NR_capset, SYSTEM_CALLS_IDENTITY },
	{ __NR_mount, SYSTEM_CALLS_MOUNT },
	{ __NR_umount2, SYSTEM_CALLS_MOUNT },
	{ __NR_pivot_root, SYSTEM_CALLS_MOUNT },
	{ __NR_chroot, SYSTEM_CALLS_MOUNT },
	{ __NR_open_tree, SYSTEM_CALLS_MOUNT },
	{ __NR_move_mount, SYSTEM_CALLS_MOUNT },
	{ __NR_fsopen, SYSTEM_CALLS_MOUNT },
	{ __NR_fsconfig, SYSTEM_CALLS_MOUNT },
	{ __NR_fsmount, SYSTEM_CALLS_MOUNT },
	{ __NR_fspick, SYSTEM_CALLS_MOUNT },
	{ __NR_mount_setattr, SYSTEM_CALLS_MOUNT },
	{ __NR_open_by_handle_at, SYSTEM_CALLS_MOUNT },
	{ __NR_quotactl, SYSTEM_CALLS_MOUNT },
	{ __NR_quotactl_fd, SYSTEM_CALLS_MOUNT },
	{ __NR_swapon, SYSTEM_CALLS_MOUNT },
	{ __NR_swapoff, SYSTEM_CALLS_MOUNT },
	{ __NR_unshare, SYSTEM_CALLS_NAMESPACES },
	{ __NR_setns, SYSTEM_CALLS_NAMESPACES },
	{ __NR_ptrace, SYSTEM_CALLS_DEBUG },
	{ __NR_process_vm_readv, SYSTEM_CALLS_DEBUG },
	{ __NR_process_vm_writev, SYSTEM_CALLS_DEBUG },
	{ __NR_process_madvise, SYSTEM_CALLS_DEBUG },
	{ __NR_kcmp, SYSTEM_CALLS_DEBUG },
	{ __NR_pidfd_getfd, SYSTEM_CALLS_DEBUG },
	{ __NR_perf_event_open, SYSTEM_CALLS_DEBUG },
	{ __NR_init_module, SYSTEM_CALLS_KERNEL },
	{ __NR_finit_module, SYSTEM_CALLS_KERNEL },
	{ __NR_delete_module, SYSTEM_CALLS_KERNEL },
	{ __NR_kexec_load, SYSTEM_CALLS_KERNEL },
	{ __NR_kexec_file_load, SYSTEM_CALLS_KERNEL },
	{ __NR_reboot, SYSTEM_CALLS_KERNEL },
	{ __NR_bpf, SYSTEM_CALLS_KERNEL },
	{ __NR_syslog, SYSTEM_CALLS_KERNEL },
	{ __NR_acct, SYSTEM_CALLS_KERNEL },
	{ __NR_vhangup, SYSTEM_CALLS_KERNEL },
	{ __NR_io_uring_setup, SYSTEM_CALLS_RARE },
	{ __NR_io_uring_enter, SYSTEM_CALLS_RARE },
	{ __NR_io_uring_register, SYSTEM_CALLS_RARE },
	{ __NR_userfaultfd, SYSTEM_CALLS_RARE },
	{ __NR_add_key, SYSTEM_CALLS_RARE },
	{ __NR_request_key, SYSTEM_CALLS_RARE },
	{ __NR_keyctl, SYSTEM_CALLS_RARE },
	{ __NR_fanotify_init, SYSTEM_CALLS_RARE },
	{ __NR_fanotify_mark, SYSTEM_CALLS_RARE },
	{ __NR_personality, SYSTEM_CALLS_RARE },
	{ __NR_io_setup, SYSTEM_CALLS_RARE },
	{ __NR_io_submit, SYSTEM_CALLS_RARE },
	{ __NR_io_destroy, SYSTEM_CALLS_RARE },
	{ __NR_io_cancel, SYSTEM_CALLS_RARE },
	{ __NR_io_getevents, SYSTEM_CALLS_RARE },
	{ __NR_io_pgetevents, SYSTEM_CALLS_RARE },
};

enum { CALL_COUNT = sizeof(calls) / sizeof(calls[0]) };

_Static_assert(4 * CALL_COUNT + 32 <= SYSTEM_CALLS_FILTER_MAX,
	"two bounds for each call, two instructions for each bound, and what comes before");
_Static_assert(
	2 * CALL_COUNT < 255, "a jump goes over at most 255 instructions: half of the bounds");

int system_calls_number(const char *name)
{
	for (int i = 0; i < SYSTEM_CALLS_COUNT; i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

const char *system_calls_name(int number)
{
	return number >= 0 && number < SYSTEM_CALLS_COUNT ? names[number] : NULL;
}

struct program {
	struct sock_filter *filter;
	uint16_t length;
};

static void add(struct program *program, struct sock_filter instruction)
{
	program->filter[program->length++] = instruction;
}

static void load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *program, uint32_t action)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Goes over `count` instructions unless what was loaded compares so to `value`. */
static void unless(struct program *program, uint16_t comparison, uint32_t value, uint8_t count)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, value, 0, count));
}

/* The low half of the first argument, which is all there is of an int; both machines are little-endian. */
static void load_argument(struct program *program)
{
	load(program, offsetof(struct seccomp_data, args[0]));
}

static void add_clone(struct program *program)
{
	unless(program, BPF_JEQ, __NR_clone3, 1);
	answer(program, SECCOMP_RET_ERRNO | ENOSYS);
	unless(program, BPF_JEQ, __NR_clone, 4);
	load_argument(program);
	unless(program, BPF_JSET, CLONE_NAMESPACES, 1);
	answer(program, SECCOMP_RET_KILL_PROCESS);
	answer(program, SECCOMP_RET_ALLOW);
}

static void add_socket(struct program *program, bool network)
{
	static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	uint8_t count = network ? 4 : 1;

	unless(program, BPF_JEQ, __NR_socket, (uint8_t)(2 * count + 2));
	load_argument(program);
	for (uint8_t i = 0; i < count; i++) {
		unless(program, BPF_JEQ, families[i], 1);
		answer(program, SECCOMP_RET_ALLOW);
	}
	answer(program, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

/* The numbers at which what is refused begins and ends, in turn. */
struct bounds {
	uint16_t at[2 * CALL_COUNT];
	uint8_t count;
};

static void find_bounds(struct bounds *bounds, uint64_t groups)
{
	bool refused[NEWEST_CALL + 2] = { false };

	for (size_t i = 0; i < CALL_COUNT; i++)
		refused[calls[i].number] = !(groups >> calls[i].group & 1);
	bounds->count = 0;
	for (uint16_t number = 0; number <= NEWEST_CALL + 1; number++)
		if (refused[number] != (bounds->count % 2 == 1))
			bounds->at[bounds->count++] = number;
}

/*
 * A search by halves among the bounds from `low` to before `high`: 2 * (high - low) + 1 instructions. The kernel runs
 * the filter once for each of its calls when it is set, so it must be short for each, not for all together.
 */
static void add_search(
	struct program *program, const struct bounds *bounds, uint8_t low, uint8_t high)
{
	uint8_t middle = (uint8_t)((low + high) / 2);

	if (low == high) {
		answer(program, low % 2 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW);
		return;
	}
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | BPF_JGE, bounds->at[middle],
			     (uint8_t)(2 * (middle - low) + 1), 0));
	add_search(program, bounds, low, middle);
	add_search(program, bounds, (uint8_t)(middle + 1), high);
}

static void add_calls(struct program *program, uint64_t groups)
{
	struct bounds bounds;

	find_bounds(&bounds, groups);
	add_search(program, &bounds, 0, bounds.count);
}

uint16_t system_calls_filter(struct sock_filter filter[SYSTEM_CALLS_FILTER_MAX], uint64_t groups)
{
	struct program program = { .filter = filter };

	load(&program, offsetof(struct seccomp_data, arch));
	add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, ARCHITECTURE, 1, 0));
	answer(&program, SECCOMP_RET_KILL_PROCESS);
	load(&program, offsetof(struct seccomp_data, nr));
	unless(&program, BPF_JGT, NEWEST_CALL, 1);
	answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
	if (!(groups >> SYSTEM_CALLS_NAMESPACES & 1))
		add_clone(&program);
	if (!(groups >> SYSTEM_CALLS_PACKET & 1))
		add_socket(&program, groups >> SYSTEM_CALLS_NETWORK & 1);
	add_calls(&program, groups);
	return program.length;
}
