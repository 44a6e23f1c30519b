/*
 * A ring of pieces of 2 MB (one huge page each, reused: nothing is touched for the first time after the first round),
 * filled by the caller, written by one thread that mostly sleeps in the disk. The copy into the ring is the only one: the
 * page cache's allocation, its copy and its writeback are gone, and so is what an output of hundreds of MB throws out of
 * that cache: the megabase. Direct writes want aligned places, memory and lengths. Whole pieces are; the tail isn't, and
 * goes through the page cache as does everything after the first write that the file system refuses to do directly (EINVAL:
 * a larger alignment than ours, or the odd rest of a short write).
 */
#include "direct.h"

#include "file.h"
#include "memory.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { PIECES = 4, PIECE = 2 << 20 };

struct rv_direct {
    int fd;
    bool is_direct; /* the writer's until it is joined */
    uint64_t at;    /* where the next piece goes: the writer's too */
    char *ring;
    size_t used; /* bytes in the piece being filled: the caller's */
    pthread_t writer;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t filled, written; /* pieces handed over, pieces done with; under the lock, like what follows */
    bool ending;              /* no piece comes any more */
    int failure;              /* errno of the first failed write */
};

/* The ring is larger than a core's own cache, and nobody but the disk reads it: written around the caches it throws nothing
 * out of them, and its lines needn't be read first. */
#ifdef __SSE2__
static void copy_around_caches(char *to, const char *from, size_t n) {
    enum { LINE = 64 };
    size_t head = (size_t)(-(uintptr_t)to & (LINE - 1));
    if (head > n) head = n;
    memcpy(to, from, head);
    for (to += head, from += head, n -= head; n >= LINE; to += LINE, from += LINE, n -= LINE)
        for (unsigned i = 0; i < LINE; i += 16)
            _mm_stream_si128((__m128i *)(void *)(to + i), _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
    memcpy(to, from, n);
}
/* Before another thread is told. */
static void finish_copies(void) { _mm_sfence(); }
#else
static void copy_around_caches(char *to, const char *from, size_t n) { memcpy(to, from, n); }
static void finish_copies(void) {}
#endif

static char *piece_of(const rv_direct *d, uint64_t piece) { return d->ring + (size_t)(piece % PIECES) * PIECE; }

static void leave_direct(rv_direct *d) {
    if (d->is_direct) rv_io_now()->set_direct(d->fd, false);
    d->is_direct = false;
}

/* Returns 0 or errno. */
static int write_piece(rv_direct *d, const char *p, size_t n) {
    while (n) {
        ssize_t w = rv_io_now()->pwrite(d->fd, p, n, (off_t)d->at);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0 && errno == EINVAL && d->is_direct) {
            leave_direct(d);
            continue;
        }
        if (w < 0) return errno;
        p += w;
        n -= (size_t)w;
        d->at += (uint64_t)w;
    }
    return 0;
}

static void *run_writer(void *ctx) {
    rv_direct *d = ctx;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->written == d->filled && !d->ending) pthread_cond_wait(&d->changed, &d->lock);
        if (d->written == d->filled) break;
        const char *piece = piece_of(d, d->written);
        bool skip = d->failure != 0;
        pthread_mutex_unlock(&d->lock);
        int failure = skip ? 0 : write_piece(d, piece, PIECE);
        pthread_mutex_lock(&d->lock);
        if (failure) d->failure = failure;
        d->written++;
        pthread_cond_broadcast(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Signals stay with the threads that await them. */
static int start_writer(rv_direct *d) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failure = pthread_create(&d->writer, NULL, run_writer, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void free_direct(rv_direct *d) {
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    rv_pages_free(d->ring, (size_t)PIECES * PIECE);
    rv_free(d);
}

rv_direct *rv_direct_start(int fd, uint64_t at) {
    if (at % RV_DIRECT_ALIGN != 0 || rv_io_now()->set_direct(fd, true) != 0) return NULL;
    rv_direct *d = rv_new(sizeof *d, NULL);
    if (d) {
        *d = (rv_direct){.fd = fd, .is_direct = true, .at = at, .ring = rv_pages_new((size_t)PIECES * PIECE, NULL)};
        pthread_mutex_init(&d->lock, NULL);
        pthread_cond_init(&d->changed, NULL);
        if (d->ring && start_writer(d) == 0) return d;
        free_direct(d);
    }
    rv_io_now()->set_direct(fd, false);
    return NULL;
}

/* Hands the full piece over and waits for a free one. Returns 0 or the errno of a write that failed. */
static int next_piece(rv_direct *d) {
    finish_copies();
    pthread_mutex_lock(&d->lock);
    d->filled++;
    pthread_cond_broadcast(&d->changed);
    while (d->filled - d->written == PIECES) pthread_cond_wait(&d->changed, &d->lock);
    int failure = d->failure;
    pthread_mutex_unlock(&d->lock);
    d->used = 0;
    return failure;
}

static rv_status told(int failure, const char *path, rv_error *err) {
    errno = failure;
    return rv_fail_errno(err, RV_FAILED, path, "writing failed");
}

rv_status rv_direct_write(rv_direct *d, const void *data, size_t n, const char *path, rv_error *err) {
    const char *p = data;
    while (n) {
        size_t some = PIECE - d->used < n ? PIECE - d->used : n;
        copy_around_caches(piece_of(d, d->filled) + d->used, p, some);
        d->used += some;
        p += some;
        n -= some;
        int failure = d->used == PIECE ? next_piece(d) : 0;
        if (failure) return told(failure, path, err);
    }
    return RV_OK;
}

static void join_writer(rv_direct *d) {
    pthread_mutex_lock(&d->lock);
    d->ending = true;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->writer, NULL);
}

rv_status rv_direct_finish(rv_direct *d, const char *path, rv_error *err) {
    finish_copies();
    join_writer(d);
    leave_direct(d);
    if (!d->failure) d->failure = write_piece(d, piece_of(d, d->filled), d->used);
    rv_status status = d->failure ? told(d->failure, path, err) : RV_OK;
    free_direct(d);
    return status;
}

void rv_direct_abort(rv_direct *d) {
    if (!d) return;
    pthread_mutex_lock(&d->lock);
    if (!d->failure) d->failure = ECANCELED; /* the pieces that wait are skipped */
    pthread_mutex_unlock(&d->lock);
    join_writer(d);
    free_direct(d);
}
