/* Probing an index with many keys by all threads, as the cascade does: for the benches that measure it. */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include "bench_tell.h"
#include "cascade.h"

enum { BENCH_PROBE_PIECE = 4096 };

typedef struct bench_probing {
    const rv_key_index *index;
    const rv_key *keys;
    size_t n;
} bench_probing;

static rv_status bench_probe_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker;
    const bench_probing *p = ctx;
    rv_run runs[BENCH_PROBE_PIECE];
    size_t from = piece * BENCH_PROBE_PIECE, left = p->n - from;
    size_t n = left < BENCH_PROBE_PIECE ? left : BENCH_PROBE_PIECE;
    return rv_key_index_probe(p->index, p->keys + from, n, RV_CASCADE_RUN_MAX, runs, err);
}

/* One round. */
static inline void bench_probe(const rv_key_index *index, const rv_key *keys, size_t n, int threads) {
    bench_probing p = {index, keys, n};
    rv_error err = {0};
    size_t pieces = (n + BENCH_PROBE_PIECE - 1) / BENCH_PROBE_PIECE;
    bench_check(rv_parallel(threads, pieces, bench_probe_piece, &p, &err), &err);
}

#endif
