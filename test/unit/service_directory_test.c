/* SPDX-License-Identifier: MIT */
/* Directories of service files, with all that can lie in one; and the roots programs lie in. */
#include "unit.h"

#include "service_text.h"

#include "service/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct service_set set;
static struct errors errors;
static const struct service_report report = { .error = errors_add, .context = &errors };

/* A folder of its own for each test; it is the working directory, too. */
static char folder[64];

static int prepare(void **state)
{
	(void)state;
	errors = (struct errors){ .count = 0 };
	strcpy(folder, "/tmp/greyhound-test-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 && mkdir("svc", 0755) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int clean(void **state)
{
	(void)state;
	service_set_free(&set);
	return chdir("/") == 0 ? nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(file), 0);
}

static void load(const char *const *roots)
{
	assert_int_equal(service_set_load(&set, "svc", roots, &report), 0);
}

static void expect_error(const char *name, const char *error)
{
	int index = service_set_find(&set, name);

	assert_true(index >= 0);
	assert_string_equal(set.entries[index].error, error);
	assert_int_equal(set.entries[index].invalid, *error != '\0');
}

static void files_are_services(void **state)
{
	(void)state;
	write_file("svc/web", "exec = /proc/self/exe\nneeds = net\n", 0644);
	write_file("svc/net", "exec = /proc/self/exe\n", 0400);
	write_file("svc/bad", "exce = /proc/self/exe\n", 0644);
	load(NULL);
	assert_int_equal(set.count, 3);
	expect_error("web", "");
	expect_error("net", "");
	expect_error("bad", "line 1: unknown key 'exce' (did you mean 'exec'?)");
	assert_int_equal(set.entries[2].needs[0], 1);
}

static void a_directory_that_cannot_be_read_is_an_empty_set(void **state)
{
	(void)state;
	assert_int_equal(service_set_load(&set, "nothing", NULL, &report), -ENOENT);
	assert_int_equal(set.count, 0);
	write_file("file", "", 0644);
	assert_int_equal(service_set_load(&set, "file", NULL, &report), -ENOTDIR);
	load(NULL);
	assert_int_equal(set.count, 0);
	assert_int_equal(errors.count, 0);
}

static void leftovers_of_editors_are_passed_over(void **state)
{
	(void)state;
	write_file("svc/.web.swp", "x", 0644);
	write_file("svc/web~", "x", 0644);
	write_file("svc/~", "x", 0644);
	load(NULL);
	assert_int_equal(set.count, 0);
	assert_int_equal(errors.count, 0);
}

static void other_names_are_reported(void **state)
{
	(void)state;
	write_file("svc/Web", "exec = /proc/self/exe\n", 0644);
	load(NULL);
	assert_int_equal(set.count, 0);
	assert_string_equal(errors.text,
		"Web:0: not a service's name (up to 32 of a-z 0-9 . _ -, the first a letter or "
		"digit); the file is passed over\n");
}

static void names_in_reports_are_printable(void **state)
{
	(void)state;
	write_file("svc/we\x1b[2J b", "", 0644);
	load(NULL);
	assert_int_equal(strncmp(errors.text, "we?[2J?b:0: ", 12), 0);
}

static void what_is_no_file_is_invalid_and_not_opened(void **state)
{
	(void)state;
	/* A fifo without a writer would be waited for, for ever. */
	assert_int_equal(mkfifo("svc/fifo", 0644), 0);
	assert_int_equal(mkdir("svc/dir", 0755), 0);
	assert_int_equal(symlink("/dev/zero", "svc/zero"), 0);
	assert_int_equal(symlink("nothing", "svc/dangling"), 0);
	assert_int_equal(symlink("loop", "svc/loop"), 0);
	load(NULL);
	assert_int_equal(set.count, 5);
	expect_error("fifo", "cannot read the file: it is not a regular file");
	expect_error("dir", "cannot read the file: it is a directory");
	expect_error("zero", "cannot read the file: it is not a regular file");
	expect_error("dangling", "cannot read the file: No such file or directory");
	expect_error("loop", "cannot read the file: Too many levels of symbolic links");
	assert_int_equal(errors.count, 5);
}

static void a_link_to_a_file_is_a_service(void **state)
{
	(void)state;
	write_file("web.svc", "exec = /proc/self/exe\n", 0644);
	assert_int_equal(symlink("../web.svc", "svc/web"), 0);
	load(NULL);
	expect_error("web", "");
}

static void a_file_too_long_is_read_no_further(void **state)
{
	(void)state;
	write_file("svc/huge", "exec = /proc/self/exe\n", 0644);
	assert_int_equal(truncate("svc/huge", (off_t)1 << 40), 0);
	write_file("svc/long", "exec = /proc/self/exe\n", 0644);
	assert_int_equal(truncate("svc/long", SERVICE_FILE_MAX + 1), 0);
	write_file("svc/nuls", "exec = /proc/self/exe\n", 0644);
	assert_int_equal(truncate("svc/nuls", SERVICE_FILE_MAX), 0);
	load(NULL);
	expect_error("huge", "the file is longer than 16384 bytes");
	expect_error("long", "the file is longer than 16384 bytes");
	expect_error("nuls", "line 2: byte 0x00 at column 1 is not text");
}

static void errors_are_told_in_the_order_of_names(void **state)
{
	(void)state;
	write_file("svc/c", "exec = /proc/self/exe\nx\n", 0644);
	write_file("svc/a", "exec = /proc/self/exe\nx\n", 0644);
	write_file("svc/b", "exec = /proc/self/exe\nx\n", 0644);
	load(NULL);
	assert_string_equal(errors.text, "a:2: 'x' is not 'key = value'\n"
					 "b:2: 'x' is not 'key = value'\n"
					 "c:2: 'x' is not 'key = value'\n");
}

static void more_services_than_a_node_has_are_left_out(void **state)
{
	char path[32];

	(void)state;
	for (int i = 0; i < SERVICE_COUNT_MAX + 3; i++) {
		snprintf(path, sizeof(path), "svc/s%d", i);
		write_file(path, "exec = /proc/self/exe\n", 0644);
	}
	load(NULL);
	assert_int_equal(set.count, SERVICE_COUNT_MAX);
	assert_string_equal(
		errors.text, ".:0: 3 files are left out: a node has at most 4096 services\n");
}

/* A node's root in two parts, as on the build machine. */
static void make_roots(void)
{
	assert_int_equal(mkdir("base", 0755), 0);
	assert_int_equal(mkdir("base/bin", 0755), 0);
	assert_int_equal(mkdir("built", 0755), 0);
	assert_int_equal(mkdir("built/sbin", 0755), 0);
	write_file("base/bin/busybox", "", 0755);
	write_file("base/bin/readme", "", 0644);
	write_file("built/sbin/netd", "", 0755);
	assert_int_equal(symlink("busybox", "base/bin/sh"), 0);
	assert_int_equal(symlink("/bin/busybox", "base/bin/vi"), 0);
	assert_int_equal(symlink("/../../bin/busybox", "base/bin/up"), 0);
	assert_int_equal(symlink("/proc/self/exe", "base/bin/out"), 0);
	assert_int_equal(symlink("/bin", "base/applets"), 0);
}

static void expect_program(const char *program, const char *error)
{
	static const char *const roots[] = { "base", "missing", "built", NULL };
	char text[128];

	snprintf(text, sizeof(text), "exec = %s\n", program);
	write_file("svc/a", text, 0644);
	service_set_free(&set);
	load(roots);
	expect_error("a", error);
}

static void programs_are_looked_up_below_the_roots(void **state)
{
	(void)state;
	make_roots();
	expect_program("/bin/busybox", "");
	expect_program("/sbin/netd", "");
	expect_program("/bin/nope", "line 1: exec: there is no program /bin/nope");
	expect_program("/bin", "line 1: exec: /bin is a directory");
	expect_program(
		"/bin/readme", "line 1: exec: /bin/readme is not executable (its mode is 0644)");
	/* It is there on this machine, and not on the node. */
	expect_program("/proc/self/exe", "line 1: exec: there is no program /proc/self/exe");
}

static void links_are_followed_inside_their_root(void **state)
{
	(void)state;
	make_roots();
	expect_program("/bin/sh", "");
	expect_program("/bin/vi", "");
	expect_program("/bin/up", "");
	expect_program("/applets/sh", "");
	expect_program("/../bin/sh", "");
	expect_program("/bin/out", "line 1: exec: there is no program /bin/out");
}

static void loading_needs_no_report(void **state)
{
	(void)state;
	write_file("svc/Web", "", 0644);
	write_file("svc/bad", "x\n", 0644);
	assert_int_equal(mkdir("svc/dir", 0755), 0);
	assert_int_equal(service_set_load(&set, "svc", NULL, NULL), 0);
	assert_int_equal(set.count, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
	const struct CMUnitTest tests[] = {
		TEST(files_are_services),
		TEST(a_directory_that_cannot_be_read_is_an_empty_set),
		TEST(leftovers_of_editors_are_passed_over),
		TEST(other_names_are_reported),
		TEST(names_in_reports_are_printable),
		TEST(what_is_no_file_is_invalid_and_not_opened),
		TEST(a_link_to_a_file_is_a_service),
		TEST(a_file_too_long_is_read_no_further),
		TEST(errors_are_told_in_the_order_of_names),
		TEST(more_services_than_a_node_has_are_left_out),
		TEST(programs_are_looked_up_below_the_roots),
		TEST(links_are_followed_inside_their_root),
		TEST(loading_needs_no_report),
	};

	return RUN("service_directory", tests);
}
