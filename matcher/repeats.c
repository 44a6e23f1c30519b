/*
 * Half of a hash and the row, sorted: equal ids lie together, rows ascending. The hash has a seed that nobody knows, so
 * that no file is made whose ids all fall together; ids are compared, so the seed shows in no answer.
 */
#include "repeats.h"

#include "hash.h"
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

static rv_status find(const ids *all, uint64_t *keys, size_t n, rv_repeats *out, rv_error *err) {
    size_t room = 0;
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && keys[end] >> 32 == keys[begin] >> 32;) end++;
        RV_TRY(take_run(all, keys + begin, end - begin, out, &room, err));
    }
    if (out->n) qsort(out->at, out->n, sizeof *out->at, by_first);
    return RV_OK;
}

rv_status rv_repeats_find(const char *bytes, const uint64_t *starts, uint32_t rows, rv_repeats *out, rv_error *err) {
    *out = (rv_repeats){0};
    ids all = {bytes, starts};
    rv_secret secret;
    uint64_t seed = 0;
    if (rv_secret_random(&secret)) memcpy(&seed, secret.bytes, sizeof seed);
    uint64_t *keys = rv_array_new((size_t)rows + 1, sizeof *keys, err);
    uint64_t *scratch = rv_array_new((size_t)rows + 1, sizeof *scratch, err);
    rv_status status = keys && scratch ? RV_OK : RV_NO_MEMORY;
    size_t n = 0;
    for (uint32_t r = 0; r < rows && status == RV_OK; r++) {
        rv_text id = id_of(&all, r);
        if (id.len) keys[n++] = (rv_hash64(id.ptr, id.len, seed) & 0xFFFFFFFF00000000u) | r;
    }
    if (status == RV_OK) {
        out->empty = rows - n;
        rv_sort_u64(keys, scratch, n);
        status = find(&all, keys, n, out, err);
    }
    rv_free(keys);
    rv_free(scratch);
    if (status != RV_OK) rv_repeats_reset(out);
    return status;
}

void rv_repeats_reset(rv_repeats *repeats) {
    rv_free(repeats->at);
    *repeats = (rv_repeats){0};
}
