/* SPDX-License-Identifier: MIT */
/*
 * The control protocol between PID 1 and whoever asks it: lines of text over a Unix stream socket.
 * init-control(7) is its description for other programs; this header is its summary for ours.
 *
 * One connection carries one request: a line "VERSION VERB [ARGUMENT …]\n". PID 1 answers with
 * lines and closes. Every line is a keyword followed by key=value pairs, separated by single spaces;
 * in keys' values (and in arguments) bytes up to 0x20, '%' and 0x7f and above 0x7f stand as %XX. A key whose value is unknown or
 * does not apply is left out; readers pass over keys and lines they do not know.
 *
 *   status [NAME…]          node, then a service line for each; then ok
 *   watch [NAME…]           node and state lines as they are now, the line "live", then one at every change, for ever
 *   start|stop|restart NAME…  carries it out (root only), then goes on as watch NAME… does
 *   signal N NAME…         (root) sends the main process that signal; ok
 *   reload NAME…           (root) the same with each one's reload-signal
 *   rescan                 (root) reads /etc/svc again; ok once that has taken effect
 *   reexec                 (root) ok; then PID 1 becomes a fresh image of itself (node's reexecs= grows)
 *   boot                   node, boot, a times line for each service, ok
 *   logs NAME [follow] [lines=N]  log lines (below), then ok, or for ever with follow
 *   logs * [follow] [lines=N]     the same of all services, in turn: log lines with name=; with follow,
 *                           "live" once all there was has been told
 *   poweroff|reboot|halt [now]   (root only) ok; then the node stops
 *   any error               "error code=N text=…" as the last line, N as svctl's exit status; the text
 *                           is for people, but for code 4 it is the name that is no service's
 *
 * Line by line:
 *   ok
 *   live
 *   error code= text=
 *   node hostname= state= now_ms= ready_ms= kernel_ready_ms= boot_reason= services= reexecs=
 *       crashed_ms=
 *       (now_ms: CLOCK_BOOTTIME; ready_ms: from PID 1's start to the first ready; left out before)
 *   state name= state= pid= at_ms= blocked_by=
 *   service name= state= pid= since_ms= restarts= next_start_ms= exit_code= exit_signal= oom= step=
 *       errno= essential= type= blocked_by= blocked_state= when= error= status= description=
 *       log_bytes= log_dropped= needs= user= start_timeout_ms= stop_timeout_ms= exec=
 *       exit_cause= ready_wait= pids_max= memory_max= after=
 *       reloading= digest= group= system_calls=
 *       (since_ms, next_start_ms, at_ms: CLOCK_BOOTTIME; compare with now_ms. exit_*: the last death;
 *        exit_cause: asked, start-timeout or watchdog; left out when it died by itself.
 *        blocked_by: the need it waits for, or "after:NAME"; blocked_state: that one's state.
 *        when: the condition that did not hold. error: why it is invalid. status: sd_notify STATUS=.
 *        digest: of the file's text, changes with it.
 *        ready_wait: fd or notify while running and not ready. needs: comma-separated.)
 *   boot init_us= mounted_us= loaded_us= ready_us=
 *       (microseconds since the kernel's start: PID 1 began, had mounted, had read the services, and
 *        the node was ready first)
 *   times name= state= start_us= exec_us= ready_us= needs= after=
 *       (when it was first started, its program first ran, it was first ready or done)
 *   lost count=N            the client was slow and N changes were passed over; current states follow
 *   log bytes=N dropped=M   then N bytes of the log as they were written, M bytes were lost before
 *   log name= position= bytes= dropped=   (logs *) the same; whole lines, where a line fits; position
 *                           counts what the service wrote in this boot before the first of them
 */
#ifndef CONTROL_PROTOCOL_H
#define CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

#define PROTOCOL_VERSION  1
#define PROTOCOL_SOCKET   "/run/init.sock"
#define SERVICE_DIRECTORY "/etc/svc"
/* Each service's cgroup is SERVICE_CGROUPS/NAME; memory.current, memory.peak and cpu.stat tell its use. */
#define SERVICE_CGROUPS "/sys/fs/cgroup/svc"

enum {
	PROTOCOL_REQUEST_MAX = 4096, /* bytes of a request line, newline included */
	PROTOCOL_LINE_MAX = 4096, /* bytes of an answer's line, newline included */
	PROTOCOL_LOG_MAX = 4096, /* bytes behind one log line */
};

/* The code of an error line, and svctl's exit status. */
enum {
	EXIT_DONE = 0,
	EXIT_TRIED_AND_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_RUNNING = 3,
	EXIT_NO_SUCH_SERVICE = 4,
	EXIT_NO_ANSWER = 5,
};

/*
 * Writes `value` in the %XX form, NUL-terminated. Returns the length, or -1 if `size` is too small
 * (then nothing of use is in buffer).
 */
int protocol_encode(char *buffer, size_t size, const char *value);

/* Undoes it in place. False if a % is not followed by two hex digits. */
bool protocol_decode(char *value);

/*
 * Takes the next key=value from *line (moves *line on), splitting in place; the value is decoded.
 * False at the end of the line.
 */
bool protocol_next(char **line, char **key, char **value);

#endif
