/* SPDX-License-Identifier: MIT */
/* PID 1's two sockets in /run, which anybody may write to; who may ask for what is checked behind them. */
#ifndef PID1_LISTEN_H
#define PID1_LISTEN_H

/*
 * Binds a non-blocking Unix socket of `type` (SOCK_STREAM, then listening, or SOCK_DGRAM) at `path`,
 * replacing what is there, mode 0666. Returns the descriptor or -errno.
 */
int listen_at(const char *path, int type);

#endif
