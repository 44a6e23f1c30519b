/* See waiting.h. The flag is the process's: a signal is, too. */
#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>

static atomic_bool stopping;
_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may set it only when it takes no lock");

void rv_stop_waiting(void) { atomic_store(&stopping, true); }

rv_status rv_wait_ended(rv_error *err) {
    return atomic_load(&stopping) ? rv_fail(err, RV_INTERRUPTED, "stopped as asked; no output was changed") : RV_OK;
}

static rv_status wait_for(int fd, short events, rv_error *err) {
    for (;;) {
        struct pollfd one = {.fd = fd, .events = events};
        int ready = poll(&one, 1, 100);
        if (ready > 0 || (ready < 0 && errno != EINTR)) return RV_OK; /* what is wrong with it the call itself tells */
        RV_TRY(rv_wait_ended(err));
    }
}

rv_status rv_wait_moment(rv_error *err) {
    poll(NULL, 0, 100);
    return rv_wait_ended(err);
}

void rv_blocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

rv_status rv_wait_readable(int fd, rv_error *err) { return wait_for(fd, POLLIN, err); }
rv_status rv_wait_writable(int fd, rv_error *err) { return wait_for(fd, POLLOUT, err); }
