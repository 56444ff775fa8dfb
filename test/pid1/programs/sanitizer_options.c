/* SPDX-License-Identifier: MIT */
/*
 * PID 1 has no environment to put options into, and its stderr leads nowhere: they are built in. Reports
 * go to files in /report. Crashes are PID 1's own business.
 */
#include <dlfcn.h>
#include <stddef.h>

const char *__asan_default_options(void);
static void report_to_file(void) __attribute__((constructor));

const char *__asan_default_options(void)
{
	return "log_path=/report/asan:detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:"
	       "handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:allocator_may_return_null=1";
}

/* gcc's libubsan has its own idea of where reports go, and no option for it. */
static void report_to_file(void)
{
	void *library = dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD);
	void (*set_path)(const char *path) = NULL;

	if (library)
		*(void **)&set_path = dlsym(library, "__sanitizer_set_report_path");
	if (set_path)
		set_path("/report/ubsan");
}
