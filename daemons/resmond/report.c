/* SPDX-License-Identifier: MIT */
/* The report's frame, how the node was started, and its services: see report.h. */
#include "report.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "basics/log.h"
#include "basics/quantity.h"
#include "control/record.h"
#include "report_text.h"

static void print_head(const struct services *services)
{
	struct timespec boot;
	char date[32] = "", up[16];
	time_t now = time(NULL);
	struct tm tm;
	struct utsname name = { .nodename = "" };

	uname(&name);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	quantity_format_time(up, sizeof(up), (uint64_t)boot.tv_sec * 1000);
	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm);
	printf("%.40s: %s, up %s\n\n", name.nodename,
		services->node_state < 0 ? "PID 1 does not answer"
					 : node_state_name((enum node_state)services->node_state),
		up);
	report_format("Now", "%s, Greyhound %s", date, GREYHOUND_VERSION);
}

static void print_boot(const struct services *services)
{
	const char *reason = services->boot_reason[0] ? services->boot_reason : "not told";

	if (!services->answered)
		return;
	if (services->ready_ms == RECORD_UNKNOWN || services->kernel_ready_ms == RECORD_UNKNOWN)
		report_format("Boot", "reason: %s; not ready yet", reason);
	else
		report_format("Boot",
			"reason: %s; ready %.3f s after the kernel's start, %.3f s of them init's",
			reason, (double)services->kernel_ready_ms / 1000,
			(double)services->ready_ms / 1000);
}

static const char *size_or_dash(char text[16], int64_t bytes)
{
	return bytes == RECORD_UNKNOWN ? "-" : quantity_format_size(text, 16, (uint64_t)bytes);
}

static void print_services(const struct services *services)
{
	if (services->count == 0)
		return;
	printf("\n  %-24s%-10s%8s%9s%9s%9s%9s\n", "Service", "State", "Since", "CPU", "Memory",
		"Peak", "Restarts");
	for (size_t i = 0; i < services->count; i++) {
		const struct service *service = &services->list[i];
		char since[16] = "-", cpu[16] = "-", memory[16], peak[16];

		if (service->since_ms != RECORD_UNKNOWN && services->now_ms >= service->since_ms)
			quantity_format_time(since, sizeof(since),
				(uint64_t)(services->now_ms - service->since_ms));
		if (service->cpu_us != RECORD_UNKNOWN)
			quantity_format_time(cpu, sizeof(cpu), (uint64_t)service->cpu_us / 1000);
		printf("  %-23.32s %-10s%8s%9s%9s%9s%9" PRId64 "\n", service->name,
			service->state < 0 ? "?"
					   : service_state_name((enum service_state)service->state),
			since, cpu, size_or_dash(memory, service->memory),
			size_or_dash(peak, service->peak),
			service->restarts == RECORD_UNKNOWN ? 0 : service->restarts);
		if (service->oom_kills > 0)
			printf("    its processes were killed %" PRId64
			       " times for want of memory\n",
				service->oom_kills);
	}
}

int report_main(int argc, char **argv)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct services services;

	if (argc > 1) {
		log_line(NULL, "takes no arguments, %s is one; see report(1)", argv[1]);
		return 2;
	}
	services_take(&services, root, true);
	print_head(&services);
	print_boot(&services);
	report_machine(root);
	report_addresses();
	report_memory(root);
	print_services(&services);
	services_free(&services);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
