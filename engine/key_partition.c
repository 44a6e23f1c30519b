#include "key_partition.h"

#include "key_slot.h"
#include "memory.h"
#include "parallel.h"

typedef struct cut_scratch { /* one per worker */
    rv_key_entry *entries;
    size_t bytes, *next; /* where the next entry of each part goes */
} cut_scratch;

typedef struct cutting {
    rv_key_entry *entries;
    size_t n;
    const rv_key_parts *parts;
    cut_scratch *scratch;
} cutting;

static size_t part_of(const rv_key_parts *parts, rv_key key) {
    return parts->bits ? (size_t)(rv_key_place(key) >> (64 - parts->bits)) : 0;
}

static size_t chunk_start(size_t n, size_t chunk) {
    return n / RV_KEY_CHUNKS * chunk + (chunk < n % RV_KEY_CHUNKS ? chunk : n % RV_KEY_CHUNKS);
}

/* Counts into starts[part + 1]; true: the entries stand in order of their parts already. */
static bool count_chunk(const cutting *c, size_t from, size_t to, size_t *starts) {
    size_t before = 0;
    bool ordered = true;
    for (size_t i = from; i < to; i++) {
        size_t part = part_of(c->parts, c->entries[i].key);
        starts[part + 1]++;
        ordered &= part >= before;
        before = part;
    }
    return ordered;
}

static rv_status cut_chunk(void *ctx, size_t chunk, int worker, rv_error *err) {
    const cutting *c = ctx;
    size_t from = chunk_start(c->n, chunk), to = chunk_start(c->n, chunk + 1), n_parts = c->parts->n,
           *starts = c->parts->pieces + chunk * (n_parts + 1);
    bool ordered = count_chunk(c, from, to, starts);
    starts[0] = from;
    for (size_t p = 0; p < n_parts; p++) starts[p + 1] += starts[p];
    if (ordered) return RV_OK;
    cut_scratch *scratch = &c->scratch[worker];
    if (!scratch->entries) { /* the first chunk is as long as any */
        scratch->bytes = chunk_start(c->n, 1) * sizeof *scratch->entries;
        scratch->entries = rv_pages_new(scratch->bytes, err);
        scratch->next = rv_array_new(n_parts, sizeof *scratch->next, err);
    }
    if (!scratch->entries || !scratch->next) return RV_NO_MEMORY;
    memcpy(scratch->entries, c->entries + from, (to - from) * sizeof *scratch->entries);
    memcpy(scratch->next, starts, n_parts * sizeof *scratch->next);
    for (size_t i = 0; i < to - from; i++)
        c->entries[scratch->next[part_of(c->parts, scratch->entries[i].key)]++] = scratch->entries[i];
    return RV_OK;
}

rv_status rv_key_parts_make(rv_key_entry *entries, size_t n, int bits, int threads, rv_key_parts *out, rv_error *err) {
    rv_key_parts parts = {.bits = bits, .n = (size_t)1 << bits};
    cutting c = {entries, n, &parts, rv_array_new((size_t)threads, sizeof *c.scratch, err)};
    parts.pieces = rv_array_new(RV_KEY_CHUNKS * (parts.n + 1), sizeof *parts.pieces, err);
    rv_status status = RV_NO_MEMORY;
    if (c.scratch && parts.pieces) status = rv_parallel(threads, RV_KEY_CHUNKS, cut_chunk, &c, err);
    for (int i = 0; c.scratch && i < threads; i++) {
        rv_pages_free(c.scratch[i].entries, c.scratch[i].bytes);
        rv_free(c.scratch[i].next);
    }
    rv_free(c.scratch);
    if (status == RV_OK) *out = parts;
    else rv_key_parts_free(&parts);
    return status;
}

void rv_key_parts_free(rv_key_parts *parts) {
    rv_free(parts->pieces);
    *parts = (rv_key_parts){0};
}

size_t rv_key_part_entries(const rv_key_parts *parts, size_t part) {
    size_t entries = 0;
    for (size_t chunk = 0; chunk < RV_KEY_CHUNKS; chunk++) {
        const size_t *piece = rv_key_piece(parts, chunk, part);
        entries += piece[1] - piece[0];
    }
    return entries;
}
