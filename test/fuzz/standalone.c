/* SPDX-License-Identifier: MIT */
/*
 * NAME FILE|FOLDER…: runs a fuzz target once for each file, without libFuzzer, so that the saved inputs
 * are a test that any compiler builds. Says which file it is at when one ends the program.
 */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file that is run, for the last words. */
static const char *current;

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void say_where(void)
{
	if (!current)
		return;
	say("while running ");
	say(current);
	say("\n");
}

static void aborted(int number)
{
	(void)number;
	say_where();
}

/* The sanitizers call what they are given before they end the program. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, room = 0, got;

	if (!file) {
		perror(path);
		exit(2);
	}
	do {
		room += 64 * 1024;
		data = realloc(data, room);
		if (!data)
			exit(2);
		got = fread(data + size, 1, room - size, file);
		size += got;
	} while (got > 0);
	fclose(file);
	data = realloc(data, size ? size : 1); /* no byte to spare */
	current = path;
	(void)LLVMFuzzerTestOneInput(data, size);
	current = NULL;
	free(data);
}

static unsigned run_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	unsigned files = 0;

	if (count < 0) {
		perror(folder);
		exit(2);
	}
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.') {
			run_file(path);
			files++;
		}
		free(entries[i]);
	}
	free(entries);
	return files;
}

int main(int argc, char **argv)
{
	unsigned files = 0;

	(void)signal(SIGABRT, aborted); /* which ends the program when it returns */
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(say_where);
	for (int i = 1; i < argc; i++) {
		struct stat status;

		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode)) {
			files += run_folder(argv[i]);
		} else {
			run_file(argv[i]);
			files++;
		}
	}
	printf("%u inputs\n", files);
	return 0;
}
