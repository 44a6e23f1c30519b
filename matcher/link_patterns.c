/* See link_patterns.h. A table with open addressing, at most half full. */
#include "link_patterns.h"

#include "random.h"
#include <stdlib.h>

uint64_t rv_pattern_pack(const rv_link_pattern *pattern) {
    uint64_t packed = (uint64_t)pattern->swapped << RV_PATTERN_SWAPPED;
    for (unsigned f = 0; f < RV_FIELD_COUNT; f++) packed |= (uint64_t)pattern->level[f] << (RV_PATTERN_BITS * f);
    return packed;
}

static rv_pattern_count *slot_of(const rv_patterns *p, uint64_t packed, uint32_t rules) {
    size_t i = rv_mix64(packed ^ rv_mix64(rules)) & (p->slots - 1);
    while (p->at[i].used && (p->at[i].packed != packed || p->at[i].rules != rules)) i = (i + 1) & (p->slots - 1);
    return &p->at[i];
}

static rv_status grow(rv_patterns *p, rv_error *err) {
    rv_patterns larger = {.slots = p->slots ? 2 * p->slots : 1024, .n = p->n};
    larger.at = rv_array_new(larger.slots, sizeof *larger.at, err);
    if (!larger.at) return RV_NO_MEMORY;
    for (size_t i = 0; i < p->slots; i++)
        if (p->at[i].used) *slot_of(&larger, p->at[i].packed, p->at[i].rules) = p->at[i];
    rv_free(p->at);
    *p = larger;
    return RV_OK;
}

rv_status rv_patterns_add(rv_patterns *p, uint64_t packed, uint32_t rules, uint64_t pairs, rv_error *err) {
    if (2 * (p->n + 1) > p->slots) RV_TRY(grow(p, err));
    rv_pattern_count *slot = slot_of(p, packed, rules);
    if (!slot->used) {
        *slot = (rv_pattern_count){packed, rules, 1, 0};
        p->n++;
    }
    slot->pairs += pairs;
    return RV_OK;
}

rv_status rv_patterns_merge(rv_patterns *into, rv_patterns *from, rv_error *err) {
    for (size_t i = 0; i < from->slots; i++) {
        const rv_pattern_count *slot = &from->at[i];
        if (slot->used) RV_TRY(rv_patterns_add(into, slot->packed, slot->rules, slot->pairs, err));
    }
    rv_patterns_reset(from);
    return RV_OK;
}

static int by_pattern(const void *a, const void *b) {
    const rv_pattern_count *x = a, *y = b;
    if (x->packed != y->packed) return x->packed < y->packed ? -1 : 1;
    return x->rules < y->rules ? -1 : x->rules > y->rules;
}

void rv_patterns_list(rv_patterns *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->slots; i++)
        if (p->at[i].used) p->at[n++] = p->at[i];
    if (n) qsort(p->at, n, sizeof *p->at, by_pattern);
    p->slots = 0;
}

void rv_patterns_reset(rv_patterns *p) {
    rv_free(p->at);
    *p = (rv_patterns){0};
}
