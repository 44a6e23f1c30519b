/* Ids that stand in several rows are found among those that don't, and those of several contacts are told. */
#include "build_ids.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { FEWEST_ROWS = 1, MOST_ROWS = 3000, CHUNK = 700 };

/* `ids` says which id a row has; 0: none. */
static void fill(rv_build_rows *rows, const uint32_t *ids, uint32_t n) {
    rv_spool_init(&rows->spool, UINT64_MAX, NULL);
    rows->id_hashes_cap = n;
    rows->id_hashes = rv_pages_new(n * sizeof *rows->id_hashes, NULL);
    cr_assert(rows->id_hashes);
    for (uint32_t from = 0; from < n; from += CHUNK) {
        uint32_t count = n - from < CHUNK ? n - from : CHUNK;
        uint32_t *offsets = rv_array_new(count, sizeof *offsets, NULL);
        rv_buffer bytes = {0};
        for (uint32_t i = 0; i < count; i++) {
            char text[16];
            snprintf(text, sizeof text, "C%u", ids[from + i]);
            rv_spool_head head = {.id = ids[from + i] ? rv_text_of(text) : (rv_text){0}};
            offsets[i] = (uint32_t)bytes.len;
            cr_assert(rv_spool_put(&bytes, &head, NULL, (rv_text){0}));
            rows->id_hashes[from + i] = rv_build_id_hash(head.id);
        }
        cr_assert_eq(rv_spool_add(&rows->spool, 0, count, &bytes, offsets, NULL), RV_OK);
        rv_buffer_free(&bytes);
    }
    cr_assert_eq(rv_spool_ready(&rows->spool, NULL), RV_OK);
}

static void check(uint64_t seed) {
    static uint32_t ids[MOST_ROWS], contact[MOST_ROWS], count[MOST_ROWS + 1], first[MOST_ROWS + 1];
    static bool apart[MOST_ROWS + 1];
    rv_random random;
    rv_secret secret;
    rv_build_rows rows = {0};
    rv_random_init(&random, seed, 0);
    rv_secret_from_seed(&secret, seed);
    uint32_t n = FEWEST_ROWS + rv_random_below(&random, MOST_ROWS - FEWEST_ROWS),
             values = 1 + rv_random_below(&random, n);
    memset(count, 0, sizeof count);
    memset(apart, 0, sizeof apart);
    for (uint32_t row = 0; row < n; row++) {
        uint32_t id = ids[row] = rv_random_below(&random, 9) ? 1 + rv_random_below(&random, values) : 0;
        contact[row] = rv_random_below(&random, 3) ? id : row;
        if (count[id]++ == 0) first[id] = row;
        apart[id] |= id && contact[row] != contact[first[id]];
    }
    fill(&rows, ids, n);
    rv_key_groups groups;
    cr_assert_eq(rv_build_id_groups(&rows, &secret, &groups, NULL), RV_OK);
    uint64_t shared = 0, expected = 0;
    for (uint32_t id = 1; id <= values; id++) shared += count[id] > 1, expected += apart[id];
    cr_assert_eq(groups.n, shared, "seed %llu", (unsigned long long)seed);
    for (size_t g = 0; g < groups.n; g++) {
        const rv_key_group *group = &groups.groups[g];
        uint32_t id = ids[group->first];
        cr_assert(id && group->count == count[id] && group->first == first[id], "seed %llu", (unsigned long long)seed);
        for (uint32_t i = 0; i < group->count; i++) cr_assert_eq(ids[groups.members[group->start + i]], id);
    }
    rv_build_source source = {.rows = n};
    rv_build_plan plan = {.sources = &source, .n_sources = 1};
    rv_id_clashes clashes = {0};
    cr_assert_eq(rv_build_find_clashes(&plan, &groups, contact, &clashes, NULL), RV_OK);
    cr_assert_eq(clashes.ids, expected, "seed %llu", (unsigned long long)seed);
    for (uint32_t row = 0; row < n; row++)
        cr_assert_eq(clashes.between && clashes.between[row / 8] >> row % 8 & 1, apart[ids[row]]);
    rv_id_clashes_free(&clashes);
    rv_key_groups_free(&groups);
    rv_build_rows_reset(&rows);
}

Test(build_ids, that_rows_share_are_found_as_by_looking_at_all) {
    for (uint64_t seed = 1; seed <= 40; seed++) check(seed);
}

Test(build_ids, hashes_say_whether_there_is_one) {
    cr_expect_eq(rv_build_id_hash((rv_text){0}), 0);
    for (uint32_t i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i);
        cr_assert_neq(rv_build_id_hash(rv_text_of(text)), 0);
    }
}

#ifdef RV_TESTING
Test(build_ids, want_of_memory_is_told) {
    static uint32_t ids[2000];
    rv_build_rows rows = {0};
    rv_secret secret;
    rv_key_groups groups = {0};
    rv_secret_from_seed(&secret, 1);
    for (uint32_t row = 0; row < 2000; row++) ids[row] = 1 + row / 2;
    fill(&rows, ids, 2000);
    rv_status status = RV_NO_MEMORY;
    for (uint64_t at = 1; status == RV_NO_MEMORY; at++) {
        rv_memory_fail_at(at, true);
        status = rv_build_id_groups(&rows, &secret, &groups, NULL);
        rv_memory_fail_at(0, false);
        cr_assert_lt(at, 100);
    }
    cr_expect_eq(status, RV_OK);
    cr_expect_eq(groups.n, 1000);
    rv_key_groups_free(&groups);
    rv_build_rows_reset(&rows);
}
#endif
