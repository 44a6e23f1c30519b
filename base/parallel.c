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
 * A worker takes turns: it consumes what is due, else produces, else works on a piece. Produce and consume each run on one
 * worker at a time, without the lock held. A slot is free once its piece was consumed. Of the free ones a worker takes the
 * one that it had last, whose memory is still in its own caches: in turn all slots would go through all of them.
 *
 * Where producing takes time, who finds another at it waits, is woken late, and comes again when the other does: as many
 * pieces as there are workers may be produced and not begun, so that there is one to take meanwhile. Of two workers it is
 * the other who will take it, so it gets a slot that isn't the producer's.
 */
typedef struct line {
    const rv_pipeline *pipeline;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t produced, begun, consumed; /* pieces: numbered, handed to a worker, through consume */
    uint64_t ahead;                     /* pieces that may be produced and not begun; 1: what is at once worked on */
    size_t taken, waiting;              /* slots, workers */
    bool producing, consuming, ended;
    struct line_slot {
        bool taken, ready; /* ready: worked, waits for consume */
        int worker;        /* the last who had it; -1: nobody yet */
        uint64_t since;    /* the piece that it had then */
    } *slots;
    size_t *slot_of; /* of each piece that isn't consumed, by its number modulo the slots */
    rv_status status;
    uint64_t failed_at;
    rv_error error;
} line;

static size_t slot_of(const line *l, uint64_t piece) { return l->slot_of[piece % l->pipeline->slots]; }

static void *bytes_of(const line *l, size_t slot) {
    return (char *)l->pipeline->slot_array + slot * l->pipeline->slot_bytes;
}

/* How gladly a worker takes a free slot for itself, or for another. */
static uint64_t fitness(const struct line_slot *s, int worker, bool mine) {
    return (s->worker == worker) == mine ? 2 + s->since : s->worker < 0;
}

/* There is a free one. */
static size_t take_slot(line *l, uint64_t piece, int worker) {
    size_t best = l->pipeline->slots;
    bool mine = l->begun == l->produced;
    for (size_t i = 0; i < l->pipeline->slots; i++) {
        const struct line_slot *s = &l->slots[i];
        if (s->taken) continue;
        if (best == l->pipeline->slots || fitness(s, worker, mine) > fitness(&l->slots[best], worker, mine)) best = i;
    }
    l->slots[best] = (struct line_slot){true, false, worker, piece};
    l->slot_of[piece % l->pipeline->slots] = best;
    l->taken++;
    return best;
}

static void free_slot(line *l, size_t slot) {
    l->slots[slot].taken = false;
    l->taken--;
}

/* A piece behind a failed one; those before it are still brought to their end, since they may fail as well. */
static bool is_dropped(const line *l, uint64_t piece) { return l->status != RV_OK && piece >= l->failed_at; }

/* The lock is held. */
static void note_failure(line *l, uint64_t piece, rv_status status, const rv_error *err) {
    if (is_dropped(l, piece)) return;
    l->status = status;
    l->failed_at = piece;
    l->error = *err;
}

static void wake(line *l) {
    if (l->waiting) pthread_cond_broadcast(&l->changed);
}

/* The lock is held before and after. */

static bool is_due(const line *l) {
    return !l->consuming && l->consumed < l->produced && l->slots[slot_of(l, l->consumed)].ready;
}

static void consume_next(line *l) {
    const rv_pipeline *p = l->pipeline;
    uint64_t piece = l->consumed;
    size_t slot = slot_of(l, piece);
    bool skip = is_dropped(l, piece);
    rv_status status = RV_OK;
    rv_error err = {0};
    if (!skip && p->consume) {
        l->consuming = true;
        pthread_mutex_unlock(&l->lock);
        status = p->consume(p->ctx, bytes_of(l, slot), &err);
        pthread_mutex_lock(&l->lock);
        l->consuming = false;
    }
    l->consumed++;
    if (status != RV_OK) note_failure(l, piece, status, &err);
    free_slot(l, slot);
    wake(l);
    if (!p->after) return;
    pthread_mutex_unlock(&l->lock);
    p->after(p->ctx);
    pthread_mutex_lock(&l->lock);
}

static bool may_produce(const line *l) {
    return !l->producing && !l->ended && l->status == RV_OK && l->taken < l->pipeline->slots &&
           l->produced - l->begun < l->ahead;
}

static void produce_next(line *l, int worker) {
    uint64_t piece = l->produced;
    size_t slot = take_slot(l, piece, worker);
    rv_error err = {0};
    bool end = false;
    l->producing = true;
    pthread_mutex_unlock(&l->lock);
    rv_status status = l->pipeline->produce(l->pipeline->ctx, bytes_of(l, slot), &end, &err);
    pthread_mutex_lock(&l->lock);
    l->producing = false;
    if (status != RV_OK) note_failure(l, piece, status, &err);
    if (status != RV_OK || end) {
        l->ended = true;
        free_slot(l, slot);
    } else {
        l->produced++;
    }
    wake(l);
}

static void work_next(line *l, int worker) {
    const rv_pipeline *p = l->pipeline;
    uint64_t piece = l->begun++;
    size_t slot = slot_of(l, piece);
    rv_status status = RV_OK;
    rv_error err = {0};
    l->slots[slot].worker = worker;
    if (!is_dropped(l, piece) && p->work) {
        pthread_mutex_unlock(&l->lock);
        status = p->work(p->ctx, bytes_of(l, slot), worker, &err);
        pthread_mutex_lock(&l->lock);
    }
    if (status != RV_OK) note_failure(l, piece, status, &err);
    l->slots[slot].ready = true;
}

static void run_line(void *ctx, int worker) {
    line *l = ctx;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        if (is_due(l)) {
            consume_next(l);
        } else if (may_produce(l)) {
            produce_next(l, worker);
        } else if (l->begun < l->produced) {
            work_next(l, worker);
        } else if (l->ended || l->status != RV_OK) {
            break; /* whoever holds the last pieces consumes them before it comes here */
        } else {
            l->waiting++;
            pthread_cond_wait(&l->changed, &l->lock);
            l->waiting--;
        }
    }
    wake(l);
    pthread_mutex_unlock(&l->lock);
}

rv_status rv_pipeline_run(const rv_pipeline *pipeline, int threads, rv_error *err) {
    line l = {.pipeline = pipeline, .ahead = pipeline->ahead ? (uint64_t)threads : 1, .status = RV_OK};
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
