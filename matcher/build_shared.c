#include "build_shared.h"

enum { COUNTERS_MIN = 1 << 10, COUNTERS_MAX = 1 << 26, COUNT_MAX = UINT8_MAX, AHEAD = 16 };

static void count_keys(const rv_key_list *list, uint8_t *counts, uint64_t mask) {
    for (size_t i = 0; i < list->n; i++) {
        if (i + AHEAD < list->n) __builtin_prefetch(&counts[list->entries[i + AHEAD].key.lo & mask], 1);
        uint8_t *count = &counts[list->entries[i].key.lo & mask];
        *count = (uint8_t)(*count + (*count < COUNT_MAX));
    }
}

static rv_status pick_heavy(const rv_key_list *list, const uint8_t *counts, uint64_t mask, unsigned least,
                            rv_key_list *heavy, rv_error *err) {
    for (size_t i = 0; i < list->n; i++) {
        if (i + AHEAD < list->n) __builtin_prefetch(&counts[list->entries[i + AHEAD].key.lo & mask]);
        if (counts[list->entries[i].key.lo & mask] <= least) continue;
        RV_TRY(rv_key_list_add(heavy, &list->entries[i], 1, err));
    }
    return RV_OK;
}

rv_status rv_shared_groups(const rv_key_list *list, unsigned least, rv_key_groups *out, rv_error *err) {
    *out = (rv_key_groups){0};
    if (list->n <= least) return RV_OK;
    uint64_t counters = COUNTERS_MIN;
    while (counters < list->n / 2 && counters < COUNTERS_MAX) counters *= 2;
    uint8_t *counts = rv_array_new(counters, sizeof *counts, err);
    if (!counts) return RV_NO_MEMORY;
    rv_pages_prefer_huge(counts, counters);
    count_keys(list, counts, counters - 1);
    rv_key_list heavy = {0};
    rv_status status = pick_heavy(list, counts, counters - 1, least, &heavy, err);
    rv_free(counts);
    if (status == RV_OK) status = rv_key_groups_make(&heavy, 1, out, err);
    rv_key_list_free(&heavy);
    return status;
}
