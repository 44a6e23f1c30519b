/*
 * OpenMP gives the threads; mutex and condition order them. Pieces are numbered when they are handed out, and of all
 * failures the lowest-numbered is the one that is told, so that an error doesn't depend on timing either.
 */
#include "parallel.h"

#include "memory.h"
#include <pthread.h>
#ifdef _OPENMP
#include <omp.h>
#endif

int rv_threads(const rv_settings *settings) {
    if (settings && settings->threads > 0) return settings->threads;
#ifdef _OPENMP
    return omp_get_num_procs();
#else
    return 1;
#endif
}

/* Runs body(ctx, worker) on each of `threads` workers and waits for all. */
static void team(int threads, void (*body)(void *ctx, int worker), void *ctx) {
#ifdef _OPENMP
#pragma omp parallel num_threads(threads)
    body(ctx, omp_get_thread_num());
#else
    (void)threads;
    body(ctx, 0);
#endif
}

/* --- Pieces ------------------------------------------------------------------------------------------------------ */

typedef struct pieces {
    pthread_mutex_t lock;
    size_t n, next, failed_at;
    rv_piece_fn fn;
    void *ctx;
    rv_status status;
    rv_error error;
} pieces;

static void run_pieces(void *ctx, int worker) {
    pieces *p = ctx;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        size_t index = p->next;
        bool stop = index >= p->n || p->status != RV_OK;
        if (!stop) p->next++;
        pthread_mutex_unlock(&p->lock);
        if (stop) return;
        rv_error err = {0};
        rv_status status = p->fn(p->ctx, index, worker, &err);
        if (status == RV_OK) continue;
        pthread_mutex_lock(&p->lock);
        if (p->status == RV_OK || index < p->failed_at) {
            p->status = status;
            p->failed_at = index;
            p->error = err;
        }
        pthread_mutex_unlock(&p->lock);
    }
}

rv_status rv_parallel(int threads, size_t n, rv_piece_fn fn, void *ctx, rv_error *err) {
    pieces p = {.n = n, .fn = fn, .ctx = ctx, .status = RV_OK};
    pthread_mutex_init(&p.lock, NULL);
    if (threads > 1 && n > 1) team((size_t)threads < n ? threads : (int)n, run_pieces, &p);
    else run_pieces(&p, 0);
    pthread_mutex_destroy(&p.lock);
    if (p.status != RV_OK && err) *err = p.error;
    return p.status;
}

/* --- Pipeline ---------------------------------------------------------------------------------------------------- */

/*
 * A worker takes turns: it consumes what is due, else produces, and works on what it produced. Produce and consume each run
 * on one worker at a time, without the lock held. A slot is free once its piece was consumed. Of the free ones a worker
 * takes the one that it had last, whose memory is still in its own caches: in turn all slots would go through all of them.
 */
typedef struct line {
    const rv_pipeline *pipeline;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t produced, consumed; /* pieces handed out, pieces consumed */
    bool producing, consuming, ended;
    struct line_slot {
        bool taken, ready; /* ready: worked, waits for consume */
        int worker;        /* the last who had it; -1: nobody yet */
        uint64_t since;    /* the piece that it had then */
    } *slots;
    size_t *slot_of; /* of each piece under way, by its number modulo the slots */
    rv_status status;
    uint64_t failed_at;
    rv_error error;
} line;

static struct line_slot *slot_of(const line *l, uint64_t piece) {
    return &l->slots[l->slot_of[piece % l->pipeline->slots]];
}

static void *bytes_of(const line *l, uint64_t piece) {
    return (char *)l->pipeline->slot_array + l->slot_of[piece % l->pipeline->slots] * l->pipeline->slot_bytes;
}

/* How gladly a worker takes a free slot. */
static uint64_t fitness(const struct line_slot *s, int worker) {
    return s->worker == worker ? 2 + s->since : s->worker < 0;
}

/* There is a free one. */
static void take_slot(line *l, uint64_t piece, int worker) {
    size_t best = l->pipeline->slots;
    for (size_t i = 0; i < l->pipeline->slots; i++) {
        const struct line_slot *s = &l->slots[i];
        if (s->taken) continue;
        if (best == l->pipeline->slots || fitness(s, worker) > fitness(&l->slots[best], worker)) best = i;
    }
    l->slots[best] = (struct line_slot){true, false, worker, piece};
    l->slot_of[piece % l->pipeline->slots] = best;
}

/* The lock is held. */
static void note_failure(line *l, uint64_t piece, rv_status status, const rv_error *err) {
    if (l->status != RV_OK && piece >= l->failed_at) return;
    l->status = status;
    l->failed_at = piece;
    l->error = *err;
}

/* The lock is held before and after. Consumes every piece that is due. Pieces after a failed one are dropped. */
static void consume_due(line *l) {
    if (l->consuming) return;
    l->consuming = true;
    while (l->consumed < l->produced && slot_of(l, l->consumed)->ready) {
        uint64_t piece = l->consumed;
        bool skip = l->status != RV_OK && piece >= l->failed_at;
        if (!skip && l->pipeline->consume) {
            pthread_mutex_unlock(&l->lock);
            rv_error err = {0};
            rv_status status = l->pipeline->consume(l->pipeline->ctx, bytes_of(l, piece), &err);
            pthread_mutex_lock(&l->lock);
            if (status != RV_OK) note_failure(l, piece, status, &err);
        }
        slot_of(l, piece)->taken = false;
        l->consumed++;
        pthread_cond_broadcast(&l->changed);
    }
    l->consuming = false;
}

/* The lock is held before and after. False: nothing more will be produced. */
static bool produce_next(line *l, int worker, uint64_t *piece) {
    l->producing = true;
    *piece = l->produced;
    take_slot(l, *piece, worker);
    pthread_mutex_unlock(&l->lock);
    rv_error err = {0};
    bool end = false;
    rv_status status = l->pipeline->produce(l->pipeline->ctx, bytes_of(l, *piece), &end, &err);
    pthread_mutex_lock(&l->lock);
    l->producing = false;
    if (status != RV_OK) note_failure(l, *piece, status, &err);
    if (status != RV_OK || end) l->ended = true;
    else l->produced++;
    pthread_cond_broadcast(&l->changed);
    return status == RV_OK && !end;
}

static void run_line(void *ctx, int worker) {
    line *l = ctx;
    const rv_pipeline *p = l->pipeline;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        bool done = l->ended || l->status != RV_OK;
        if (!done && !l->producing && l->produced - l->consumed < p->slots) {
            uint64_t piece;
            if (!produce_next(l, worker, &piece)) continue;
            pthread_mutex_unlock(&l->lock);
            rv_error err = {0};
            rv_status status = p->work ? p->work(p->ctx, bytes_of(l, piece), worker, &err) : RV_OK;
            pthread_mutex_lock(&l->lock);
            if (status != RV_OK) note_failure(l, piece, status, &err);
            slot_of(l, piece)->ready = true;
            consume_due(l);
            pthread_cond_broadcast(&l->changed);
        } else if (done) {
            break; /* whoever holds the last pieces consumes them before it comes here */
        } else {
            pthread_cond_wait(&l->changed, &l->lock);
        }
    }
    consume_due(l);
    pthread_mutex_unlock(&l->lock);
}

rv_status rv_pipeline_run(const rv_pipeline *pipeline, int threads, rv_error *err) {
    line l = {.pipeline = pipeline, .status = RV_OK};
    l.slots = rv_array_new(pipeline->slots, sizeof *l.slots, err);
    l.slot_of = rv_array_new(pipeline->slots, sizeof *l.slot_of, err);
    if (!l.slots || !l.slot_of) {
        rv_free(l.slots);
        rv_free(l.slot_of);
        return RV_NO_MEMORY;
    }
    for (size_t i = 0; i < pipeline->slots; i++) l.slots[i].worker = -1;
    pthread_mutex_init(&l.lock, NULL);
    pthread_cond_init(&l.changed, NULL);
    if (threads > 1) team(threads, run_line, &l);
    else run_line(&l, 0);
    pthread_cond_destroy(&l.changed);
    pthread_mutex_destroy(&l.lock);
    rv_free(l.slots);
    rv_free(l.slot_of);
    if (l.status != RV_OK && err) *err = l.error;
    return l.status;
}
