/*
 * What the engine costs: building and probing a key index, and, given a megabase, opening it, proving it, fetching codes
 * and contacts. Random rows and keys, seeded; the fastest of several rounds, and the median, since other programs share
 * the machine.
 *
 * usage: bench_engine KEYS THREADS [MEGABASE]
 */
#include "megabase.h"
#include "parallel.h"
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5, BATCH = 4096 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of all threads: what a figure means when other programs run beside. */
static double processor(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
typedef struct clocks {
    double wall[ROUNDS], cpu[ROUNDS];
} clocks;
static void start(clocks *c, int round) {
    c->wall[round] = now();
    c->cpu[round] = processor();
}
static void stop(clocks *c, int round) {
    c->wall[round] = now() - c->wall[round];
    c->cpu[round] = processor() - c->cpu[round];
}
static void tell(const char *what, clocks *c, double items) {
    qsort(c->wall, ROUNDS, sizeof *c->wall, by_value);
    qsort(c->cpu, ROUNDS, sizeof *c->cpu, by_value);
    printf("%-36s wall %8.4f s best %8.4f s median; processor %8.4f s best", what, c->wall[0], c->wall[ROUNDS / 2],
           c->cpu[0]);
    if (items > 0) printf(", %6.1f ns each", c->cpu[0] / items * 1e9);
    printf("\n");
}

static void fill_entries(rv_key_entry *entries, size_t n, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        entries[i].key.lo = rv_random_next(&random);
        entries[i].key.hi = rv_random_next(&random);
        entries[i].row = (uint32_t)i;
    }
}

typedef struct probing {
    const rv_key_index *index;
    const rv_key *keys;
    size_t n;
    uint64_t found[64];
} probing;

static rv_status probe_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    probing *p = ctx;
    rv_run runs[BATCH];
    size_t from = piece * BATCH, n = p->n - from < BATCH ? p->n - from : BATCH;
    RV_TRY(rv_key_index_probe(p->index, p->keys + from, n, 100, runs, err));
    for (size_t i = 0; i < n; i++) p->found[worker] += runs[i].count;
    return RV_OK;
}

static void bench_index(size_t n, int threads) {
    rv_key_entry *entries = rv_pages_new(n * sizeof *entries, NULL);
    rv_key_index index = {0};
    clocks c;
    for (int round = 0; round < ROUNDS; round++) {
        fill_entries(entries, n, 1);
        rv_key_index_reset(&index);
        start(&c, round);
        if (rv_key_index_build(entries, n, threads, &index, NULL) != RV_OK) exit(1);
        stop(&c, round);
    }
    tell("index build", &c, (double)n);
    size_t asked = n < 4000000 ? n : 4000000;
    rv_key *keys = rv_pages_new(asked * sizeof *keys, NULL);
    for (int share = 0; share <= 100; share += 50) {
        rv_random random;
        rv_random_init(&random, 2, (uint64_t)share);
        for (size_t i = 0; i < asked; i++) {
            rv_key key = {rv_random_next(&random), rv_random_next(&random)};
            keys[i] = rv_random_below(&random, 100) < (uint32_t)share ? entries[key.lo % n].key : key;
        }
        for (int round = 0; round < ROUNDS; round++) {
            probing p = {&index, keys, asked, {0}};
            start(&c, round);
            rv_parallel(threads, (asked + BATCH - 1) / BATCH, probe_piece, &p, NULL);
            stop(&c, round);
        }
        char what[64];
        snprintf(what, sizeof what, "probe, %d %% of keys present", share);
        tell(what, &c, (double)asked);
    }
    rv_key_index_reset(&index);
    rv_pages_free(entries, n * sizeof *entries);
    rv_pages_free(keys, asked * sizeof *keys);
}

typedef struct fetching {
    rv_megabase *megabase;
    const uint32_t *rows;
    size_t n;
    uint32_t *attributes;
    uint32_t n_attributes;
    bool contacts;
    struct {
        rv_contact_reader *reader;
        rv_arena arena;
        uint32_t *codes;
        rv_contact out[BATCH];
        uint64_t bytes;
    } * workers;
} fetching;

static rv_status fetch_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    fetching *f = ctx;
    size_t from = piece * BATCH, n = f->n - from < BATCH ? f->n - from : BATCH;
    if (!f->contacts)
        return rv_megabase_codes(f->megabase, f->rows + from, n, f->attributes, f->n_attributes,
                                 f->workers[worker].codes, err);
    rv_arena_reset(&f->workers[worker].arena);
    RV_TRY(rv_contact_read(f->workers[worker].reader, f->rows + from, n, &f->workers[worker].arena,
                           f->workers[worker].out, err));
    for (size_t i = 0; i < n; i++) f->workers[worker].bytes += f->workers[worker].out[i].id.len;
    return RV_OK;
}

static void bench_megabase(const char *path, int threads) {
    clocks c;
    rv_error err = {0};
    rv_megabase *m = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        rv_megabase_close(m);
        start(&c, round);
        if (rv_megabase_open(path, &m, &err) != RV_OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        stop(&c, round);
    }
    tell("open", &c, 0);
    uint32_t rows = rv_megabase_rows(m), n_attributes = rv_megabase_schema(m)->n_attributes;
    double since = now();
    if (rv_megabase_prepare(m, RV_PREPARE_ALL, threads, &err) != RV_OK) exit(1);
    printf("%-34s %9.4f s\n", "prepare everything", now() - since);
    size_t asked = 600000;
    uint32_t *picked = calloc(asked, sizeof *picked);
    rv_random random;
    rv_random_init(&random, 3, 0);
    for (size_t i = 0; i < asked; i++) picked[i] = rv_random_below(&random, rows);
    fetching f = {.megabase = m, .rows = picked, .n = asked, .n_attributes = n_attributes};
    f.attributes = calloc(n_attributes + 1, sizeof *f.attributes);
    for (uint32_t j = 0; j < n_attributes; j++) f.attributes[j] = j;
    f.workers = calloc((size_t)threads, sizeof *f.workers);
    for (int i = 0; i < threads; i++) {
        f.workers[i].codes = calloc((size_t)BATCH * (n_attributes + 1), sizeof(uint32_t));
        if (rv_contact_reader_new(m, &f.workers[i].reader, &err) != RV_OK) exit(1);
    }
    for (int contacts = 0; contacts < 2; contacts++) {
        f.contacts = contacts;
        for (int round = 0; round < ROUNDS; round++) {
            start(&c, round);
            if (rv_parallel(threads, (asked + BATCH - 1) / BATCH, fetch_piece, &f, &err) != RV_OK) exit(1);
            stop(&c, round);
        }
        tell(contacts ? "contacts, random rows" : "codes of all attributes, random rows", &c, (double)asked);
    }
    for (int i = 0; i < threads; i++) {
        rv_contact_reader_free(f.workers[i].reader);
        rv_arena_free(&f.workers[i].arena);
        free(f.workers[i].codes);
    }
    free(f.workers);
    free(f.attributes);
    free(picked);
    rv_megabase_close(m);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: bench_engine KEYS THREADS [MEGABASE]\n");
        return 2;
    }
    size_t keys = strtoull(argv[1], NULL, 10);
    int threads = atoi(argv[2]);
    if (keys) bench_index(keys, threads);
    if (argc > 3) bench_megabase(argv[3], threads);
    return 0;
}
