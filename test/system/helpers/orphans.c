/* SPDX-License-Identifier: MIT */
/*
 * orphans COUNT: leaves COUNT processes to PID 1 and lets them all die in the same moment.
 * orphans COUNT dead: leaves COUNT to it that are dead already, which is cheaper to make.
 *
 * A child makes them and exits, so that they lose their parent while they wait for a pipe to end;
 * then the pipe ends. Prints how many there were.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_end(int fd)
{
	char byte;

	_exit(read(fd, &byte, 1) == 0 ? 0 : 1);
}

static int make(int count, const int *ends)
{
	int made = 0;

	while (made < count) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("orphans: fork");
			break;
		}
		if (pid == 0) {
			close(ends[1]);
			wait_for_end(ends[0]);
		}
		made++;
	}
	printf("%d orphans\n", made);
	fflush(stdout);
	return made == count ? 0 : 1;
}

/* They stay zombies of this process, which never waits for them; when it ends, they are PID 1's. */
static int make_one_dead(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : 0;
}

static int make_dead(int count)
{
	for (int made = 0; made < count; made++) {
		if (make_one_dead() < 0) {
			perror("orphans: vfork");
			return 1;
		}
	}
	printf("%d orphans\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc >= 2 ? atoi(argv[1]) : 0;
	int ends[2], status;
	pid_t maker;

	if (count > 0 && argc == 3)
		return make_dead(count);
	if (count <= 0 || pipe(ends) < 0)
		return 2;
	maker = fork();
	if (maker < 0)
		return 1;
	if (maker == 0)
		_exit(make(count, ends));
	if (waitpid(maker, &status, 0) < 0)
		return 1;
	/* Our write end was the last: this is the moment. */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
