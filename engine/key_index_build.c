/*
 * Building a key index: radix partition, then each part by itself, deterministic whatever the order of the entries and
 * the number of threads, in the memory of the entries and of the table.
 *
 * 1. The entries are cut by the top bits of the key's place, in place (key_partition.h).
 * 2. Each part is gathered into a worker's scratch, sorted, made unique and put back into its pieces. Parts are made
 *    small enough for the second-level cache.
 * 3. Now the number of keys is known, hence the number of buckets. Keys take slots in their sorted order, each the first
 *    free slot from its home on. Where a part's first key lands depends on what spills into it from the part before. That
 *    is a queue with nine servers a bucket, whose spill out, as a function f of the spill in, is max(f(0), in + sum
 *    (arrivals - 9)) (Lindley 1952): two numbers a part, counted in parallel, make it a short serial scan.
 * 4. Who passes buckets on the way to a slot leaves a bit in each (key_index.h). Parts share the buckets at their borders,
 *    and bits can be left in any order.
 */
#include "key_index.h"

#include "key_partition.h"
#include "key_seal.h"
#include "parallel.h"
#include <stdlib.h>

enum {
    PART_ENTRIES = 65536,
    PART_BITS_MAX = 12,
    BINS = 4096,
    SMALL_BIN = 48,
    BUCKETS_A_PIECE = 32768,
    FILL_PERCENT = 85,
    CLEARED_AT_ONCE = 4 << 20
};

typedef struct part {
    uint64_t entries; /* distinct, after step 2 */
    uint64_t keys;
    uint64_t runs; /* words */
    uint64_t first_key, first_run;
    uint64_t home_first, home_end; /* buckets whose keys it has */
    uint64_t spill_in;
    int64_t sum;    /* of arrivals - RV_SLOTS over its buckets */
    uint64_t floor; /* what spills out when nothing spills in */
} part;

typedef struct index_build {
    rv_key_entry *entries;
    size_t n;
    rv_key_parts cut;
    rv_key_index_room *room; /* NULL: the tables are the index's own */
    part *parts;
    rv_key_entry **scratch; /* per worker */
    size_t scratch_entries;
    rv_bucket *buckets;
    rv_proofs *proofs;
    uint32_t *runs;
    uint64_t n_home, n_buckets;
} index_build;

static int entry_compare(const void *a, const void *b) {
    const rv_key_entry *x = a, *y = b;
    uint64_t px = rv_key_place(x->key), py = rv_key_place(y->key);
    if (px != py) return px < py ? -1 : 1;
    int c = rv_key_compare(x->key, y->key);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* --- 2. Sort a part ---------------------------------------------------------------------------------------------- */

static void sort_bin(rv_key_entry *bin, size_t n) {
    if (n > SMALL_BIN) { /* many rows of one key, or the weak build */
        qsort(bin, n, sizeof *bin, entry_compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        rv_key_entry held = bin[i];
        size_t j = i;
        for (; j > 0 && entry_compare(&bin[j - 1], &held) > 0; j--) bin[j] = bin[j - 1];
        bin[j] = held;
    }
}

static size_t bin_of(const index_build *b, rv_key key) { return (size_t)(rv_key_place(key) << b->cut.bits >> 52); }

/* From its pieces into scratch, sorted. */
static size_t gather_part(const index_build *b, size_t p, rv_key_entry *scratch) {
    uint32_t starts[BINS + 1] = {0}, next[BINS];
    for (size_t chunk = 0; chunk < RV_KEY_CHUNKS; chunk++) {
        const size_t *piece = rv_key_piece(&b->cut, chunk, p);
        for (size_t i = piece[0]; i < piece[1]; i++) starts[bin_of(b, b->entries[i].key) + 1]++;
    }
    for (size_t i = 0; i < BINS; i++) starts[i + 1] += starts[i];
    memcpy(next, starts, sizeof next);
    for (size_t chunk = 0; chunk < RV_KEY_CHUNKS; chunk++) {
        const size_t *piece = rv_key_piece(&b->cut, chunk, p);
        for (size_t i = piece[0]; i < piece[1]; i++) scratch[next[bin_of(b, b->entries[i].key)]++] = b->entries[i];
    }
    for (size_t i = 0; i < BINS; i++) sort_bin(scratch + starts[i], starts[i + 1] - starts[i]);
    return starts[BINS];
}

/* The pieces of a part, walked as one array. */
typedef struct piece_walk {
    const index_build *build;
    size_t part, chunk, at, end;
} piece_walk;
static piece_walk walk_part(const index_build *b, size_t p) {
    const size_t *piece = rv_key_piece(&b->cut, 0, p);
    return (piece_walk){b, p, 0, piece[0], piece[1]};
}
static rv_key_entry *walk_next(piece_walk *w) {
    while (w->at == w->end) {
        w->chunk++;
        const size_t *piece = rv_key_piece(&w->build->cut, w->chunk, w->part);
        w->at = piece[0];
        w->end = piece[1];
    }
    return &w->build->entries[w->at++];
}

static rv_status sort_part(void *ctx, size_t p, int worker, rv_error *err) {
    index_build *b = ctx;
    part *out = &b->parts[p];
    if (!b->scratch[worker] && !(b->scratch[worker] = rv_pages_new(b->scratch_entries * sizeof(rv_key_entry), err)))
        return RV_NO_MEMORY;
    rv_key_entry *sorted = b->scratch[worker];
    size_t n = gather_part(b, p, sorted), kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (sorted[i].key.lo == 0 && sorted[i].key.hi == 0) continue;
        if (kept && entry_compare(&sorted[kept - 1], &sorted[i]) == 0) continue;
        sorted[kept++] = sorted[i];
    }
    piece_walk walk = walk_part(b, p);
    for (size_t i = 0, same; i < kept; i += same) {
        for (same = 1; i + same < kept && rv_key_equal(sorted[i].key, sorted[i + same].key);) same++;
        for (size_t j = i; j < i + same; j++) *walk_next(&walk) = sorted[j];
        out->keys++;
        out->runs += same > 1 ? same + 1 : 0;
    }
    out->entries = kept;
    return RV_OK;
}

/* --- 3. Place ---------------------------------------------------------------------------------------------------- */

/* How many arrive at each bucket, summed up in the two numbers of step 3. */
static rv_status count_part(void *ctx, size_t p, int worker, rv_error *err) {
    (void)worker, (void)err;
    index_build *b = ctx;
    part *out = &b->parts[p];
    piece_walk walk = walk_part(b, p);
    uint64_t carry = 0, bucket = out->home_first, arrivals = 0, left = out->entries;
    rv_key last = {0, 0};
    for (bool more = true; more; arrivals += more) {
        uint64_t home = out->home_end;
        more = left > 0;
        if (more) {
            rv_key key;
            do key = walk_next(&walk)->key;
            while (--left && rv_key_equal(key, last));
            more = !rv_key_equal(key, last);
            last = key;
            if (more) home = rv_home_bucket(key, b->n_home);
        }
        for (; bucket < home; bucket++) {
            uint64_t have = carry + arrivals;
            carry = have > RV_SLOTS ? have - RV_SLOTS : 0;
            out->sum += (int64_t)arrivals - RV_SLOTS;
            arrivals = 0;
        }
    }
    /* What is left has its home in the next part's first bucket: two parts may share one. */
    out->floor = carry + arrivals;
    out->sum += (int64_t)arrivals;
    return RV_OK;
}

/* A key that passes buckets [from, to). Homes and slots rise, so whatever an earlier key of that bit passed behind `from`
 * is marked already: *until. */
static void pass_by(rv_bucket *buckets, uint64_t from, uint64_t to, uint16_t bit, uint64_t *until) {
    for (from = from > *until ? from : *until; from < to; from++)
        __atomic_fetch_or(&buckets[from].passed, bit, __ATOMIC_RELAXED);
    *until = to;
}

static rv_status place_part(void *ctx, size_t p, int worker, rv_error *err) {
    (void)worker, (void)err;
    index_build *b = ctx;
    part *in = &b->parts[p];
    piece_walk walk = walk_part(b, p);
    uint64_t next = in->home_first * RV_SLOTS + in->spill_in, run = in->first_run;
    uint64_t until[16] = {0}; /* per bit of the filters */
    rv_key_entry *entry = in->entries ? walk_next(&walk) : NULL;
    for (uint64_t left = in->entries; left;) {
        rv_key key = entry->key;
        uint64_t home = rv_home_bucket(key, b->n_home), slot = home * RV_SLOTS > next ? home * RV_SLOTS : next;
        uint32_t count = 0, first = entry->row;
        uint64_t at = run + 1;
        do {
            if (count == 1) b->runs[at] = first;
            if (count >= 1) b->runs[at + count] = entry->row;
            count++;
            entry = --left ? walk_next(&walk) : NULL;
        } while (left && rv_key_equal(entry->key, key));
        if (count > 1) {
            b->runs[run] = count;
            run += count + 1;
        }
        uint64_t bucket = slot / RV_SLOTS, in_it = slot % RV_SLOTS;
        b->buckets[bucket].tags[in_it] = (uint16_t)key.lo;
        b->buckets[bucket].rows[in_it] = count > 1 ? RV_SLOT_RUN | (uint32_t)(at - 1) : first + 1;
        rv_proof_write(b->proofs[bucket].of[in_it], key);
        uint16_t bit = rv_pass_bit(key);
        if (bucket > home) pass_by(b->buckets, home, bucket, bit, &until[__builtin_ctz(bit)]);
        next = slot + 1;
    }
    return RV_OK;
}

/* Parts in order: keys and runs before each, its buckets, and the spill that reaches it. */
static void lay_out_parts(index_build *b) {
    uint64_t keys = 0, runs = 0;
    for (size_t p = 0; p < b->cut.n; p++) {
        part *q = &b->parts[p];
        q->first_key = keys;
        q->first_run = runs;
        keys += q->keys;
        runs += q->runs;
    }
    b->n_home = (keys * 100 + FILL_PERCENT * RV_SLOTS - 1) / (FILL_PERCENT * RV_SLOTS);
    for (size_t p = 0; p < b->cut.n; p++) {
        /* The first place of part p is p << (64 - bits); homes rise with places, so parts own ranges of buckets. */
        uint64_t place = b->cut.bits ? (uint64_t)p << (64 - b->cut.bits) : 0;
        b->parts[p].home_first = (uint64_t)(((rv_wide)place * b->n_home) >> 64);
        if (p) b->parts[p - 1].home_end = b->parts[p].home_first;
    }
    b->parts[b->cut.n - 1].home_end = b->n_home;
}

static void spread_spill(index_build *b) {
    uint64_t spill = 0;
    for (size_t p = 0; p < b->cut.n; p++) {
        part *q = &b->parts[p];
        q->spill_in = spill;
        int64_t through = (int64_t)spill + q->sum;
        spill = through > (int64_t)q->floor ? (uint64_t)through : q->floor;
    }
    b->n_buckets = b->n_home ? b->n_home + spill / RV_SLOTS + 1 : 0;
}

/* --- Seals ------------------------------------------------------------------------------------------------------- */

typedef struct sealing {
    rv_bucket *buckets;
    uint64_t n, nonce;
} sealing;

static rv_status seal_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    const sealing *s = ctx;
    uint64_t bucket = (uint64_t)piece * BUCKETS_A_PIECE, end = bucket + BUCKETS_A_PIECE;
    for (; bucket < end && bucket < s->n; bucket++)
        s->buckets[bucket].seal = rv_bucket_seal(s->nonce, bucket, &s->buckets[bucket]);
    return RV_OK;
}

rv_status rv_key_index_seal(const rv_key_index *index, uint64_t nonce, int threads, rv_error *err) {
    sealing s = {(void *)(uintptr_t)index->buckets, index->n_buckets, nonce};
    return rv_parallel(threads, (size_t)((s.n + BUCKETS_A_PIECE - 1) / BUCKETS_A_PIECE), seal_piece, &s, err);
}

/* --- All together ------------------------------------------------------------------------------------------------ */

static rv_status sort_parts(index_build *b, int threads, rv_error *err) {
    int bits = 0;
    while (bits < PART_BITS_MAX && (b->n >> bits) > PART_ENTRIES) bits++;
    RV_TRY(rv_key_parts_make(b->entries, b->n, bits, threads, &b->cut, err));
    b->parts = rv_array_new(b->cut.n, sizeof *b->parts, err);
    b->scratch = rv_array_new((size_t)threads, sizeof(void *), err);
    if (!b->parts || !b->scratch) return RV_NO_MEMORY;
    for (size_t p = 0; p < b->cut.n; p++) {
        size_t entries = rv_key_part_entries(&b->cut, p);
        if (entries > b->scratch_entries) b->scratch_entries = entries;
    }
    return rv_parallel(threads, b->cut.n, sort_part, b, err);
}

static rv_status clear_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    (void)worker, (void)err;
    const rv_key_index_room *room = ctx;
    size_t at = piece * CLEARED_AT_ONCE, left = room->size - at;
    memset((char *)room->bytes + at, 0, left < CLEARED_AT_ONCE ? left : CLEARED_AT_ONCE);
    return RV_OK;
}

/* Buckets and proofs, empty. */
static rv_status make_tables(index_build *b, int threads, rv_error *err) {
    size_t buckets = (size_t)b->n_buckets * sizeof(rv_bucket), proofs = (size_t)b->n_buckets * sizeof(rv_proofs);
    if (!b->room) {
        b->buckets = rv_pages_new(buckets, err);
        b->proofs = rv_pages_new(proofs, err);
        return b->buckets && b->proofs ? RV_OK : RV_NO_MEMORY;
    }
    if (buckets + proofs > b->room->size) {
        void *grown = rv_pages_grow(b->room->bytes, b->room->size, buckets + proofs, err);
        if (!grown) return RV_NO_MEMORY;
        *b->room = (rv_key_index_room){grown, buckets + proofs};
    }
    b->buckets = b->room->bytes;
    b->proofs = (void *)((char *)b->room->bytes + buckets);
    rv_key_index_room used = {b->room->bytes, buckets + proofs};
    return rv_parallel(threads, (used.size + CLEARED_AT_ONCE - 1) / CLEARED_AT_ONCE, clear_piece, &used, err);
}

void rv_key_index_room_free(rv_key_index_room *room) {
    rv_pages_free(room->bytes, room->size);
    *room = (rv_key_index_room){0};
}

static rv_status place_parts(index_build *b, int threads, rv_error *err) {
    lay_out_parts(b);
    part *last = &b->parts[b->cut.n - 1];
    uint64_t runs = last->first_run + last->runs;
    if (runs >= RV_SLOT_RUN)
        return rv_fail(err, RV_FAILED, "a key index has more shared rows than its format can hold");
    RV_TRY(rv_parallel(threads, b->cut.n, count_part, b, err));
    spread_spill(b);
    RV_TRY(make_tables(b, threads, err));
    b->runs = rv_array_grow(NULL, (size_t)(runs ? runs : 1), sizeof *b->runs, err); /* written from end to end */
    if (!b->runs) return RV_NO_MEMORY;
    return rv_parallel(threads, b->cut.n, place_part, b, err);
}

rv_status rv_key_index_build(rv_key_entry *entries, size_t n, int threads, rv_key_index_room *room, rv_key_index *out,
                             rv_error *err) {
    if (n > UINT32_MAX) return rv_fail(err, RV_FAILED, "a key index holds at most 2^32 - 1 entries");
    if (threads < 1) threads = 1;
    index_build b = {.entries = entries, .n = n, .room = room};
    rv_status status = sort_parts(&b, threads, err);
    for (int i = 0; b.scratch && i < threads; i++)
        rv_pages_free(b.scratch[i], b.scratch_entries * sizeof(rv_key_entry));
    if (status == RV_OK) status = place_parts(&b, threads, err);
    rv_key_index index = {.buckets = b.buckets,
                          .proofs = b.proofs,
                          .runs = b.runs,
                          .n_buckets = b.n_buckets,
                          .n_home = b.n_home,
                          .owned = &index,
                          .in_room = room != NULL};
    if (status == RV_OK) {
        part *last = &b.parts[b.cut.n - 1];
        index.n_runs = last->first_run + last->runs;
        index.n_keys = last->first_key + last->keys;
        index.owned = b.runs;
        *out = index;
    } else {
        rv_key_index_reset(&index);
    }
    rv_key_parts_free(&b.cut);
    rv_free(b.parts);
    rv_free(b.scratch);
    return status;
}
