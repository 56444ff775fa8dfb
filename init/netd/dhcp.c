/* SPDX-License-Identifier: MIT */
/* udhcpc as a child; see dhcp.h. */
#include "dhcp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basics/log.h"

/* Tests have a udhcpc of the build machine. */
#ifndef NETD_BUSYBOX
#define NETD_BUSYBOX "/bin/busybox"
#endif

/* DHCP_TRIES, as an argument. */
#define TRIES "5"
_Static_assert(DHCP_TRIES == 5, "the number of tries stands in two places");

/* Seconds between rounds once there has been a lease: udhcpc then does not exit but waits itself. */
#define TRYAGAIN_S "10"

/* How long a careful client waits for a neighbour to say that it has the address, in ms. */
#define CAREFUL "-a1000"

enum {
	ARGUMENTS_MAX = 32,
	PATH_SIZE = 128,
	READS_A_TURN = 8,
};

/* An option of DHCP as udhcpc's -x takes it; the longest is a client identifier in hex. */
enum { OPTION_SIZE = 2 * IP_PARAMETER_CLIENT_ID + 16 };

void dhcp_init(struct dhcp_client *client)
{
	*client = (struct dhcp_client){ .output = -1 };
}

/* ---- Starting ---- */

struct command {
	const char *arguments[ARGUMENTS_MAX];
	size_t count;
	char script[PATH_SIZE];
	char wanted[IPV4_TEXT_MAX];
	char hostname[sizeof("hostname:") + HOSTNAME_MAX];
	char client_id[OPTION_SIZE];
};

static void add(struct command *command, const char *argument)
{
	/* One place stays free for the NULL at the end; all there can be are 26. */
	if (command->count < ARGUMENTS_MAX - 1)
		command->arguments[command->count++] = argument;
}

/* The script is this very program, wherever it lies. */
static void find_script(char script[PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", script, PATH_SIZE - 1);

	if (length > 0 && length < PATH_SIZE - 1)
		script[length] = '\0';
	else
		snprintf(script, PATH_SIZE, "/sbin/netd");
}

static void add_client_id(struct command *command, const struct ip_parameter *ip)
{
	int length = snprintf(
		command->client_id, OPTION_SIZE, "0x3d:%02x", (unsigned)ip->client_id_type & 255);

	for (const char *byte = ip->client_id; *byte && length < OPTION_SIZE - 2; byte++)
		length += snprintf(command->client_id + length, 3, "%02x", (unsigned char)*byte);
	add(command, "-x");
	add(command, command->client_id);
}

/* A name that was given to this node is told to the server; one that a server gave is not. */
static void add_hostname(struct command *command, const struct settings *settings)
{
	char hostname[HOSTNAME_MAX + 1];

	if (!settings->hostname_is_fixed || gethostname(hostname, sizeof(hostname)) != 0 ||
		!name_is_host(hostname, HOSTNAME_MAX))
		return;
	snprintf(command->hostname, sizeof(command->hostname), "hostname:%s", hostname);
	add(command, "-x");
	add(command, command->hostname);
}

static void build_command(struct command *command, const char *interface,
	const struct settings *settings, struct in_addr wanted, bool careful)
{
	static const char *const fixed[] = {
		"udhcpc", "-f", /* stays our child */
		"-n", /* exits after a round without an answer */
		"-t", TRIES, "-T", "1", /* one a second */
		"-A", TRYAGAIN_S, "-O", "7", "-O", "119", "-O",
		"121", /* log servers, search domains, routes */
	};

	*command = (struct command){ .count = 0 };
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		add(command, fixed[i]);
	find_script(command->script);
	add(command, "-s");
	add(command, command->script);
	add(command, "-i");
	add(command, interface);
	if (careful)
		add(command, CAREFUL);
	if (!ipv4_is_none(wanted)) {
		add(command, "-r");
		add(command, ipv4_format(command->wanted, wanted));
	}
	if (settings->ip.client_id_type >= 0)
		add_client_id(command, &settings->ip);
	add_hostname(command, settings);
}

/* In the child. Only its last words can tell what went wrong. */
__attribute__((noreturn)) static void run(const struct command *command, pid_t parent, int output)
{
	static char *const environment[] = { "PATH=/sbin:/bin:/usr/sbin:/usr/bin", NULL };
	int nothing = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* netd may be gone before this line; then nobody would end this process. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(126);
	if (nothing >= 0)
		dup2(nothing, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execve(NETD_BUSYBOX, (char *const *)command->arguments, environment);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", NETD_BUSYBOX, strerror(errno));
	_exit(127);
}

static void start_later(struct dhcp_client *client, uint64_t now_ms)
{
	uint32_t delay =
		retry_later(&client->start, now_ms, DHCP_PAUSE_FIRST_MS, DHCP_PAUSE_LONGEST_MS);

	/* Nodes that were switched on together shall not ask together for ever. */
	client->start.at_ms += (uint64_t)(random() % (delay / 4));
}

static void cannot_start(
	struct dhcp_client *client, const char *interface, const char *step, uint64_t now_ms)
{
	int number = errno;

	start_later(client, now_ms);
	log_line(interface, "cannot start a DHCP client: %s: %s; retrying in %u s", step,
		strerror(number), client->start.delay_ms / 1000);
}

void dhcp_start(struct dhcp_client *client, const char *interface, const struct settings *settings,
	struct in_addr wanted, uint64_t now_ms)
{
	struct command command;
	pid_t self = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		cannot_start(client, interface, "pipe", now_ms);
		return;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	build_command(&command, interface, settings, wanted, client->careful);
	client->pid = fork();
	if (client->pid == 0)
		run(&command, self, ends[1]);
	close(ends[1]);
	if (client->pid < 0) {
		client->pid = 0;
		cannot_start(client, interface, "fork", now_ms);
		close(ends[0]);
		return;
	}
	client->output = ends[0];
	client->round_failed = false;
	client->settled = false;
	client->line_length = 0;
	client->last_words[0] = '\0';
}

/* ---- Its output ---- */

static void take_line(struct dhcp_client *client)
{
	char printable[DHCP_LINE_MAX];

	client->line[client->line_length] = '\0';
	client->line_length = 0;
	name_printable(printable, sizeof(printable), client->line);
	/* The hook's lines are log lines already. */
	if (strncmp(printable, "netd: ", 6) == 0)
		dprintf(STDERR_FILENO, "%s\n", printable);
	else
		strcpy(client->last_words, printable);
	/* "offered address is in use (got ARP reply), declining" */
	client->declined += strstr(printable, "declining") != NULL;
}

void dhcp_read_output(struct dhcp_client *client)
{
	char bytes[256];

	for (int i = 0; client->output >= 0 && i < READS_A_TURN; i++) {
		ssize_t count = read(client->output, bytes, sizeof(bytes));

		if (count < 0)
			return;
		if (count == 0) {
			close(client->output);
			client->output = -1;
		}
		for (ssize_t j = 0; j < count; j++) {
			if (bytes[j] == '\n')
				take_line(client);
			else if (client->line_length < sizeof(client->line) - 1)
				client->line[client->line_length++] = bytes[j];
		}
	}
}

/* ---- Ending ---- */

static void forget_output(struct dhcp_client *client)
{
	if (client->output >= 0)
		close(client->output);
	client->output = -1;
}

void dhcp_stop(struct dhcp_client *client)
{
	/* It has nothing to tidy up, and its number is nobody else's until we have reaped it. */
	if (client->pid > 0)
		kill(client->pid, SIGKILL);
	client->pid = 0;
	forget_output(client);
}

void dhcp_renew(const struct dhcp_client *client)
{
	if (client->pid > 0)
		kill(client->pid, SIGUSR1);
}

void dhcp_hurry(struct dhcp_client *client)
{
	client->start = (struct retry){ 0 };
}

void dhcp_exited(struct dhcp_client *client, const char *interface, int status, uint64_t now_ms)
{
	char how[48];

	dhcp_read_output(client);
	forget_output(client);
	client->pid = 0;
	start_later(client, now_ms);
	if (client->round_failed && WIFEXITED(status))
		return;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "died of signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exited with %d", WEXITSTATUS(status));
	if (!client->last_words[0])
		snprintf(client->last_words, sizeof(client->last_words), "without a word");
	client->failing = !client->settled;
	log_line(interface, "udhcpc %s (%s); starting it again in %u s", how, client->last_words,
		client->start.delay_ms / 1000);
}
