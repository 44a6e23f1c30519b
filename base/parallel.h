/*
 * Threads, in one place. Work is split into fixed, numbered pieces and joined in their order, so that no result
 * depends on the number of threads. OpenMP gives the threads; without it everything here runs serially.
 */
#ifndef RV_PARALLEL_H
#define RV_PARALLEL_H

#include "error.h"

/* settings->threads, or the number of cores when 0. At least 1. */
int rv_threads(const rv_settings *settings);

/* fn(ctx, index, worker, err) for index 0..n-1, handed out in ascending order; worker is 0..threads-1 (for scratch).
 * The failure of the lowest index is returned; no new index starts after a failure. */
typedef rv_status (*rv_piece_fn)(void *ctx, size_t index, int worker, rv_error *err);
rv_status rv_parallel(int threads, size_t n, rv_piece_fn fn, void *ctx, rv_error *err);

/*
 * A pipeline over numbered slots: `produce` runs serially in order and fills a slot (or sets *end), `work` runs in
 * parallel, `consume` runs serially in the order of production. `slots` bounds what is in flight (2 x threads + 1 is a
 * good number); slot i of `slot_bytes` stands at slot_array + i * slot_bytes. After a failure nothing new is produced
 * and the failure of the lowest-numbered piece is returned, be it of any of the three functions.
 */
typedef struct rv_pipeline {
    rv_status (*produce)(void *ctx, void *slot, bool *end, rv_error *err);
    rv_status (*work)(void *ctx, void *slot, int worker, rv_error *err);
    rv_status (*consume)(void *ctx, void *slot, rv_error *err);
    void *ctx;
    void *slot_array;
    size_t slot_bytes;
    size_t slots;
    /* May be NULL: called by whoever has consumed a piece, while others go on. For what may take long, has no order, and must
     * not keep a turn or a piece waiting. */
    void (*after)(void *ctx);
    bool ahead; /* producing takes time: some pieces are produced before anybody can work on them */
} rv_pipeline;
rv_status rv_pipeline_run(const rv_pipeline *pipeline, int threads, rv_error *err);

#endif
