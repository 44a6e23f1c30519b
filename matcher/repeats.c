/*
 * Half of a hash and the row, dealt into parts by the hash's first byte and sorted there: equal ids lie together, rows
 * ascending. The hash has a seed that nobody knows, so that no file is made whose ids all fall together; ids are compared,
 * so the seed shows in no answer.
 */
#include "repeats.h"

#include "hash.h"
#include "parallel.h"
#include "sort.h"
#include <stdlib.h>
#include <string.h>

typedef struct ids {
    const char *bytes;
    const uint64_t *starts;
} ids;

static rv_text id_of(const ids *all, uint32_t row) {
    return rv_text_make(all->bytes + all->starts[row], (size_t)(all->starts[row + 1] - all->starts[row]));
}

static rv_status add(rv_repeats *out, size_t *room, uint32_t first, uint32_t row, rv_error *err) {
    if (out->n == *room) {
        *room = *room ? *room * 2 : 64;
        if (!rv_array_resize(&out->at, *room, sizeof *out->at, err)) return RV_NO_MEMORY;
    }
    out->at[out->n++] = (rv_repeat){first, row};
    return RV_OK;
}

/* One run of equal hashes: nearly always one id. Those that are found move to its end, so each id is looked at once. */
static rv_status take_run(const ids *all, uint64_t *run, size_t n, rv_repeats *out, size_t *room, rv_error *err) {
    while (n > 1) {
        uint32_t first = (uint32_t)run[0];
        size_t left = 0;
        for (size_t i = 1; i < n; i++) {
            uint32_t row = (uint32_t)run[i];
            if (rv_text_equal(id_of(all, row), id_of(all, first))) RV_TRY(add(out, room, first, row, err));
            else run[left++] = run[i];
        }
        n = left;
    }
    return RV_OK;
}

static int by_first(const void *a, const void *b) {
    const rv_repeat *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

enum { PARTS = 256, RANGE = 1 << 16 }; /* rows that a thread reads at a time */

typedef struct id_range {
    uint32_t n;           /* rows with an id: their keys stand at the range's first place and behind it */
    uint32_t next[PARTS]; /* of each part: their number, then the place of the next one */
} id_range;

typedef struct finding {
    ids all;
    uint64_t seed;
    uint32_t rows;
    uint64_t *keys, *dealt;
    id_range *ranges;
    size_t part_at[PARTS + 1];
    rv_repeats found[PARTS];
} finding;

static rv_status read_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const finding *f = ctx;
    id_range *range = &f->ranges[index];
    uint32_t from = (uint32_t)index * RANGE, end = f->rows - from < RANGE ? f->rows : from + RANGE;
    for (uint32_t r = from; r < end; r++) {
        rv_text id = id_of(&f->all, r);
        if (id.len == 0) continue;
        uint64_t hash = rv_hash64(id.ptr, id.len, f->seed);
        f->keys[from + range->n++] = (hash & 0xFFFFFFFF00000000u) | r;
        range->next[hash >> 56]++;
    }
    return RV_OK;
}

/* Where each range's keys of each part go: the part's rows ascend. */
static size_t place_parts(finding *f, size_t n_ranges) {
    size_t at = 0;
    for (unsigned p = 0; p < PARTS; p++) {
        f->part_at[p] = at;
        for (size_t i = 0; i < n_ranges; i++) {
            size_t n = f->ranges[i].next[p];
            f->ranges[i].next[p] = (uint32_t)at;
            at += n;
        }
    }
    return f->part_at[PARTS] = at;
}

static rv_status deal_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const finding *f = ctx;
    id_range *range = &f->ranges[index];
    const uint64_t *keys = f->keys + index * RANGE;
    for (uint32_t i = 0; i < range->n; i++) f->dealt[range->next[keys[i] >> 56]++] = keys[i];
    return RV_OK;
}

static rv_status look_through_part(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    finding *f = ctx;
    uint64_t *keys = f->dealt + f->part_at[index];
    size_t n = f->part_at[index + 1] - f->part_at[index], room = 0;
    rv_sort_u64_from(keys, f->keys + f->part_at[index], n, 4);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && keys[end] >> 32 == keys[begin] >> 32;) end++;
        RV_TRY(take_run(&f->all, keys + begin, end - begin, &f->found[index], &room, err));
    }
    return RV_OK;
}

static rv_status join_parts(const finding *f, rv_repeats *out, rv_error *err) {
    size_t n = 0;
    for (unsigned p = 0; p < PARTS; p++) n += f->found[p].n;
    if (n == 0) return RV_OK;
    if (!(out->at = rv_array_new(n, sizeof *out->at, err))) return RV_NO_MEMORY;
    for (unsigned p = 0; p < PARTS; p++)
        for (size_t i = 0; i < f->found[p].n; i++) out->at[out->n++] = f->found[p].at[i];
    qsort(out->at, out->n, sizeof *out->at, by_first);
    return RV_OK;
}

static rv_status find(finding *f, int threads, rv_repeats *out, rv_error *err) {
    size_t n_ranges = ((size_t)f->rows + RANGE - 1) / RANGE;
    f->keys = rv_array_new((size_t)f->rows + 1, sizeof *f->keys, err);
    f->dealt = rv_array_new((size_t)f->rows + 1, sizeof *f->dealt, err);
    f->ranges = rv_array_new(n_ranges + 1, sizeof *f->ranges, err);
    if (!f->keys || !f->dealt || !f->ranges) return RV_NO_MEMORY;
    RV_TRY(rv_parallel(threads, n_ranges, read_range, f, err));
    out->empty = f->rows - place_parts(f, n_ranges);
    RV_TRY(rv_parallel(threads, n_ranges, deal_range, f, err));
    RV_TRY(rv_parallel(threads, PARTS, look_through_part, f, err));
    return join_parts(f, out, err);
}

rv_status rv_repeats_find(const char *bytes, const uint64_t *starts, uint32_t rows, int threads, rv_repeats *out,
                          rv_error *err) {
    *out = (rv_repeats){0};
    rv_secret secret;
    finding *f = rv_new(sizeof *f, err);
    if (!f) return RV_NO_MEMORY;
    f->all = (ids){bytes, starts};
    f->rows = rows;
    if (rv_secret_random(&secret)) memcpy(&f->seed, secret.bytes, sizeof f->seed);
    rv_status status = find(f, threads, out, err);
    for (unsigned p = 0; p < PARTS; p++) rv_repeats_reset(&f->found[p]);
    rv_free(f->keys);
    rv_free(f->dealt);
    rv_free(f->ranges);
    rv_free(f);
    if (status != RV_OK) rv_repeats_reset(out);
    return status;
}

void rv_repeats_reset(rv_repeats *repeats) {
    rv_free(repeats->at);
    *repeats = (rv_repeats){0};
}
