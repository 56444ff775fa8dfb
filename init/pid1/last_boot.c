/* SPDX-License-Identifier: MIT */
/* pstore's files and /dev/pmsg0 (Documentation/admin-guide/ramoops.rst). */
#include "last_boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kmsg.h"

#define STORE "/sys/fs/pstore"
#define PANIC STORE "/dmesg-ramoops-0"
#define WORDS STORE "/pmsg-ramoops-0"

enum { AREA_MAX = 4096 }; /* bytes of each of ramoops' areas */

/* Reads what the store has under `path`, as a string, and takes it out of the store. */
static bool take(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	(void)unlink(path);
	text[length < 0 ? 0 : length] = '\0';
	for (ssize_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return length > 0;
}

/* Returns 0 or -errno. */
static int keep(const char *words)
{
	int fd = open(LAST_BOOT_PANIC_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = write(fd, words, strlen(words));
	close(fd);
	if (written < 0)
		return -errno;
	return (size_t)written == strlen(words) ? 0 : -ENOSPC;
}

/* True if the kernel panicked. It also leaves words if it had an oops and went on. */
static bool read_panic(void)
{
	char words[AREA_MAX + 1];
	int error;

	if (!take(PANIC, words, sizeof(words)))
		return false;
	error = keep(words);
	if (error)
		kmsg(LEVEL_WARNING, "the kernel before this one had trouble; cannot write %s: %s",
			LAST_BOOT_PANIC_FILE, strerror(-error));
	else
		kmsg(LEVEL_WARNING, "the kernel before this one had trouble: %s has its words",
			LAST_BOOT_PANIC_FILE);
	return strncmp(words, "Panic", 5) == 0;
}

static enum boot_reason read_word(void)
{
	char words[AREA_MAX + 1];

	return take(WORDS, words, sizeof(words)) ? boot_reason_find(words) : BOOT_UNKNOWN;
}

enum boot_reason last_boot_read(void)
{
	enum boot_reason reason;

	if (mount("pstore", STORE, "pstore", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return BOOT_UNKNOWN;
	reason = read_word();
	if (read_panic())
		reason = BOOT_PANIC;
	(void)umount2(STORE, MNT_DETACH);
	return reason;
}

void last_boot_leave(enum boot_reason next)
{
	char line[48] = BOOT_REASON_LABEL;
	int fd = open("/dev/pmsg0", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	strcat(line, boot_reason_name(next));
	strcat(line, "\n");
	(void)!write(fd, line, strlen(line));
	close(fd);
}
