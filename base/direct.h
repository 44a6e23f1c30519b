/*
 * The long run of a large output: what is appended goes to disk without a copy in the page cache, while the caller goes
 * on working. One caller at a time; a thread of its own does the writing.
 */
#ifndef RV_DIRECT_H
#define RV_DIRECT_H

#include "error.h"

enum { RV_DIRECT_ALIGN = 4096 };

typedef struct rv_direct rv_direct;
/* Writes to fd from offset `at` on, a multiple of RV_DIRECT_ALIGN. The descriptor stays the caller's and must not be used
 * until finish or abort. NULL where the file system, the memory or the threads don't allow it: write ordinarily then. */
rv_direct *rv_direct_start(int fd, uint64_t at);
/* Appends; waits only while all buffers are full. A failed write is told by a later call, or by finish: errno is in err
 * (rv_fail_errno), `path` is for the message. */
rv_status rv_direct_write(rv_direct *direct, const void *data, size_t n, const char *path, rv_error *err);
/* Waits until everything is handed to the disk (not synced: fsync is the caller's). Frees, whatever comes of it. */
rv_status rv_direct_finish(rv_direct *direct, const char *path, rv_error *err);
void rv_direct_abort(rv_direct *direct); /* what isn't written yet is dropped; NULL is fine */

#endif
