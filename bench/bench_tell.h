/*
 * How the programs of this folder tell their figures to scripts/bench.sh: one line a measure, fields apart by tabs,
 *
 *   name  threads  amount  unit  seconds [seconds...]
 *
 * amount is what one round worked through (bytes, rows, probes...); the script makes rates, medians and spreads.
 */
#ifndef BENCH_TELL_H
#define BENCH_TELL_H

#include "parallel.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BENCH_ROUNDS_MAX = 64 };

typedef struct bench_rounds {
    int n;
    double seconds[BENCH_ROUNDS_MAX];
} bench_rounds;

static inline double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void bench_add(bench_rounds *rounds, double since) {
    if (rounds->n < BENCH_ROUNDS_MAX) rounds->seconds[rounds->n++] = bench_now() - since;
}

static inline void bench_tell(const char *name, int threads, double amount, const char *unit,
                              const bench_rounds *rounds) {
    printf("%s\t%d\t%.0f\t%s", name, threads, amount, unit);
    for (int i = 0; i < rounds->n; i++) printf("\t%.6f", rounds->seconds[i]);
    printf("\n");
    fflush(stdout);
}

static inline void bench_check(rv_status status, const rv_error *err) {
    if (status == RV_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

#endif
