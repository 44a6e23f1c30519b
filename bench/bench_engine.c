/*
 * What the engine costs: building and probing a key index, and, given a megabase, opening it, proving it whole, probing
 * its e-mail index, fetching codes and contacts. Random rows and keys, seeded. Lines as bench_tell.h says.
 *
 * usage: bench_engine KEYS THREADS [MEGABASE]
 */
#include "bench_probe.h"
#include "key_slot.h"
#include "megabase.h"
#include "random.h"
#include <string.h>

enum { ROUNDS = 7, BATCH = 4096, PROBED = 4000000, FETCHED = 600000 };

static void fill_entries(rv_key_entry *entries, size_t n, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        entries[i].key.lo = rv_random_next(&random);
        entries[i].key.hi = rv_random_next(&random);
        entries[i].row = (uint32_t)i;
    }
}

/* A key that the index holds, or one at random. */
static rv_key pick_key(const rv_key_index *index, bool present, rv_random *random) {
    rv_key key = {rv_random_next(random), rv_random_next(random)};
    const rv_bucket *buckets = index->buckets;
    const rv_proofs *proofs = index->proofs;
    while (present && index->n_keys) {
        uint64_t bucket = rv_random_next(random) % index->n_buckets;
        unsigned slot = rv_random_below(random, RV_SLOTS);
        if (buckets[bucket].rows[slot]) return rv_slot_key(buckets[bucket].tags[slot], proofs[bucket].of[slot]);
    }
    return key;
}

static void bench_probes(const char *what, const rv_key_index *index, int threads) {
    rv_key *keys = rv_pages_new(PROBED * sizeof *keys, NULL);
    for (int share = 0; share <= 100; share += 50) {
        rv_random random;
        rv_random_init(&random, 2, (uint64_t)share);
        for (size_t i = 0; i < PROBED; i++)
            keys[i] = pick_key(index, rv_random_below(&random, 100) < (uint32_t)share, &random);
        bench_rounds rounds = {0};
        for (int round = 0; round <= ROUNDS; round++) {
            double since = bench_now();
            bench_probe(index, keys, PROBED, threads);
            if (round) bench_add(&rounds, since); /* the first maps, and proves rows */
        }
        char name[96];
        snprintf(name, sizeof name, "%s, %d %% present", what, share);
        bench_tell(name, threads, PROBED, "probe", &rounds);
    }
    rv_pages_free(keys, PROBED * sizeof *keys);
}

static void bench_index(size_t n, int threads) {
    rv_key_entry *entries = rv_pages_new(n * sizeof *entries, NULL);
    rv_key_index index = {0};
    bench_rounds rounds = {0};
    for (int round = 0; round < ROUNDS; round++) {
        fill_entries(entries, n, 1);
        rv_key_index_reset(&index);
        double since = bench_now();
        if (rv_key_index_build(entries, n, threads, NULL, &index, NULL) != RV_OK) exit(1);
        bench_add(&rounds, since);
    }
    bench_tell("index build", threads, (double)n, "key", &rounds);
    rv_pages_free(entries, n * sizeof *entries);
    bench_probes("probe of an index in memory", &index, threads);
    rv_key_index_reset(&index);
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

static int by_row(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void bench_fetch(fetching *f, const char *what, int threads) {
    rv_error err = {0};
    bench_rounds rounds = {0};
    for (int round = 0; round <= ROUNDS; round++) {
        double since = bench_now();
        bench_check(rv_parallel(threads, (f->n + BATCH - 1) / BATCH, fetch_piece, f, &err), &err);
        if (round) bench_add(&rounds, since);
        else {
            bench_rounds first = {0};
            char name[96];
            bench_add(&first, since);
            snprintf(name, sizeof name, "%s, proved on the way", what);
            bench_tell(name, threads, (double)f->n, "row", &first);
        }
    }
    bench_tell(what, threads, (double)f->n, "row", &rounds);
}

static void bench_megabase(const char *path, int threads) {
    rv_error err = {0};
    rv_megabase *m = NULL;
    bench_rounds rounds = {0};
    for (int round = 0; round < ROUNDS; round++) {
        rv_megabase_close(m);
        double since = bench_now();
        bench_check(rv_megabase_open(path, &m, &err), &err);
        bench_add(&rounds, since);
    }
    bench_tell("open", 1, 1, "file", &rounds);
    const rv_key_index *index;
    bench_check(rv_megabase_index(m, "email", &index, &err), &err);
    if (index) {
        bench_probes("probe of the e-mail index, buckets by their seals", index, threads);
        bench_check(rv_megabase_prepare(m, RV_PREPARE_INDEXES, threads, &err), &err);
        bench_probes("probe of the e-mail index, proved before", index, threads);
    }
    uint32_t rows = rv_megabase_rows(m), n_attributes = rv_megabase_schema(m)->n_attributes;
    fetching f = {.megabase = m, .n = FETCHED, .n_attributes = n_attributes};
    uint32_t *picked = calloc(FETCHED, sizeof *picked);
    rv_random random;
    rv_random_init(&random, 3, 0);
    for (size_t i = 0; i < FETCHED; i++) picked[i] = rv_random_below(&random, rows);
    f.rows = picked;
    f.attributes = calloc(n_attributes + 1, sizeof *f.attributes);
    for (uint32_t j = 0; j < n_attributes; j++) f.attributes[j] = j;
    f.workers = calloc((size_t)threads, sizeof *f.workers);
    for (int i = 0; i < threads; i++) {
        f.workers[i].codes = calloc((size_t)BATCH * (n_attributes + 1), sizeof(uint32_t));
        bench_check(rv_contact_reader_new(m, &f.workers[i].reader, &err), &err);
    }
    bench_fetch(&f, "codes of all attributes, random rows", threads);
    f.contacts = true;
    bench_fetch(&f, "contacts, random rows", threads);
    qsort(picked, FETCHED, sizeof *picked, by_row);
    bench_fetch(&f, "contacts, rows in order", threads);
    f.contacts = false;
    bench_fetch(&f, "codes of all attributes, rows in order", threads);
    bench_rounds whole = {0};
    double since = bench_now();
    bench_check(rv_megabase_prepare(m, RV_PREPARE_ALL, threads, &err), &err);
    bench_add(&whole, since);
    bench_tell("prove what isn't yet", threads, 1, "file", &whole);
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
