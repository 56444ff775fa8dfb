/* SPDX-License-Identifier: MIT */
/*
 * The handler of SIGSEGV and the like. It runs on a stack of its own; what it calls allocates nothing.
 * If it crashes in turn, the kernel ends PID 1, panics and reboots.
 */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/reboot.h>
#include <ucontext.h>
#include <unistd.h>

#include "basics/signal_name.h"
#include "kmsg.h"
#include "last_boot.h"

enum {
	STACK_SIZE = 64 * 1024, /* bytes; state_save() needs a fifth of it */
	FRAMES = 12, /* of the trace */
	FRAME_SPAN = 1024 * 1024, /* bytes: what is further away is not a frame */
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS };

/* A signal handler is passed nothing of ours, so this must be reachable from anywhere. */
static const struct image *armed;

struct registers {
	uintptr_t pc, frame, stack;
};

static struct registers registers_of(const ucontext_t *context)
{
#if defined(__aarch64__)
	return (struct registers){
		.pc = context->uc_mcontext.pc,
		.frame = context->uc_mcontext.regs[29],
		.stack = context->uc_mcontext.sp,
	};
#elif defined(__x86_64__)
	return (struct registers){
		.pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP],
		.frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP],
		.stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP],
	};
#else
	(void)context;
	return (struct registers){ 0 };
#endif
}

/* Both ABIs keep the caller's frame pointer and the return address side by side. */
static void trace(const struct registers *registers)
{
	uintptr_t frame = registers->frame, below = registers->stack;

	kmsg(LEVEL_ERROR, "  at %#lx", (unsigned long)registers->pc);
	for (int i = 0; i < FRAMES; i++) {
		const uintptr_t *pair = (const uintptr_t *)frame;

		if (frame < below || frame - below > FRAME_SPAN || frame % sizeof(*pair) != 0)
			return;
		kmsg(LEVEL_ERROR, "  called from %#lx", (unsigned long)pair[1]);
		below = frame + 1;
		frame = pair[0];
	}
}

static void handle(int number, siginfo_t *info, void *context)
{
	struct supervisor *supervisor = armed->supervisor;
	struct registers registers = registers_of(context);
	uint64_t now_us = loop_now_us();
	const char *name = signal_name(number);
	int error;

	/*
	 * A child between fork and exec has this handler, too; it is to die like any other process. Not by
	 * raise(): libc has not noticed the fork, and musl's raise() would signal PID 1.
	 */
	if (getpid() != 1) {
		signal(number, SIG_DFL);
		(void)kill(getpid(), number);
		return;
	}
	if (info->si_code <= 0) /* not a fault: kill(2), or abort(3) */
		kmsg(LEVEL_ERROR, "PID 1 crashed: SIG%s, sent by process %d", name ? name : "?",
			info->si_pid);
	else
		kmsg(LEVEL_ERROR, "PID 1 crashed: SIG%s, address %#lx", name ? name : "?",
			(unsigned long)info->si_addr);
	trace(&registers);
	if (supervisor->crashed_us && now_us - supervisor->crashed_us < CRASH_AGAIN_US) {
		kmsg(LEVEL_ERROR, "the second crash within a minute; rebooting");
		last_boot_leave(BOOT_CRASH);
		reboot(RB_AUTOBOOT);
	}
	supervisor->crashed_us = now_us;
	error = image_replace(armed);
	kmsg(LEVEL_ERROR, "cannot become a fresh image: %s; rebooting", strerror(-error));
	last_boot_leave(BOOT_CRASH);
	reboot(RB_AUTOBOOT);
	_exit(1);
}

void crash_arm(const struct image *image)
{
	static char stack[STACK_SIZE];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	sigset_t crashes;

	armed = image;
	sigaltstack(&alternate, NULL);
	sigemptyset(&crashes);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		sigaddset(&crashes, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	/* A fault while its signal is blocked would end the process. */
	sigprocmask(SIG_UNBLOCK, &crashes, NULL);
}
