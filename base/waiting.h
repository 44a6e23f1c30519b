/*
 * Waiting for the other end of a pipe or a terminal, so that a signal ends it. A thread that sleeps in read() wakes only
 * when the signal is delivered to that very thread, which nobody can choose; so one sleeps in poll(), for a tenth of a
 * second at a time, and looks whether the process is asked to stop (rv_stop_waiting, in reveil.h).
 */
#ifndef RV_WAITING_H
#define RV_WAITING_H

#include "error.h"

/* RV_OK: a read (or a write of at most RV_PIPE_ROOM bytes) won't block, or fails at once. RV_INTERRUPTED: give up. */
rv_status rv_wait_readable(int fd, rv_error *err);
rv_status rv_wait_writable(int fd, rv_error *err);
/* For long work without settings: RV_INTERRUPTED once the process is asked to stop. */
rv_status rv_wait_ended(rv_error *err);
/*
 * Opening a named pipe waits for its other end. Input: opened without waiting (O_NONBLOCK), rv_blocking puts that back, and
 * rv_wait_readable waits. Output: an open that nobody reads fails with ENXIO; rv_wait_moment, then again.
 */
void rv_blocking(int fd);
rv_status rv_wait_moment(rv_error *err); /* a tenth of a second, or RV_INTERRUPTED */
enum { RV_PIPE_ROOM = 4096 }; /* what a pipe that is ready takes without blocking (PIPE_BUF) */

#endif
