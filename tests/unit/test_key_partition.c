/* Keys cut by place: parts stand in order within each chunk, nothing is lost, whatever the threads; and once more is no work. */
#include "key_partition.h"
#include "key_slot.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static rv_key_entry *random_entries(size_t n, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 0);
    rv_key_entry *entries = calloc(n + 1, sizeof *entries);
    for (size_t i = 0; i < n; i++) {
        entries[i].key = (rv_key){.lo = rv_random_next(&random), .hi = rv_random_next(&random)};
        entries[i].row = (uint32_t)i;
    }
    return entries;
}

/* Each entry once, in its own part's piece, in order of row there. */
static void check(const rv_key_entry *entries, size_t n, const rv_key_parts *parts, const rv_key_entry *before) {
    unsigned char *seen = calloc(n + 1, 1);
    size_t at = 0, total = 0;
    for (size_t chunk = 0; chunk < RV_KEY_CHUNKS; chunk++)
        for (size_t part = 0; part < parts->n; part++) {
            const size_t *piece = rv_key_piece(parts, chunk, part);
            cr_assert_eq(piece[0], at, "pieces stand side by side");
            for (at = piece[0]; at < piece[1]; at++) {
                uint32_t row = entries[at].row;
                cr_assert(row < n && !seen[row]);
                seen[row] = 1;
                cr_assert(rv_key_equal(entries[at].key, before[row].key));
                if (parts->bits) cr_assert_eq(rv_key_place(entries[at].key) >> (64 - parts->bits), part);
                if (at > piece[0]) cr_assert(entries[at - 1].row < row);
            }
        }
    cr_assert_eq(at, n);
    for (size_t part = 0; part < parts->n; part++) total += rv_key_part_entries(parts, part);
    cr_assert_eq(total, n);
    free(seen);
}

Test(key_partition, parts_are_whole_for_any_size_bits_and_threads) {
    static const size_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, 40000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int bits = 0; bits <= 9; bits += 3) {
            size_t n = sizes[i];
            rv_key_entry *before = random_entries(n, n + 1), *one = random_entries(n, n + 1),
                         *three = random_entries(n, n + 1);
            rv_key_parts parts, again;
            cr_assert_eq(rv_key_parts_make(one, n, bits, 1, &parts, NULL), RV_OK);
            check(one, n, &parts, before);
            cr_assert_eq(rv_key_parts_make(three, n, bits, 3, &again, NULL), RV_OK);
            cr_assert_eq(memcmp(one, three, n * sizeof *one), 0, "threads change nothing");
            rv_key_parts_free(&again);
            cr_assert_eq(rv_key_parts_make(three, n, bits / 2, 2, &again, NULL), RV_OK);
            cr_assert_eq(memcmp(one, three, n * sizeof *one), 0, "finer cuts hold for coarser parts");
            rv_key_parts_free(&again);
            rv_key_parts_free(&parts);
            free(before);
            free(one);
            free(three);
        }
}

#ifdef RV_TESTING
Test(key_partition, a_failed_allocation_is_told) {
    enum { N = 500 };
    unsigned refused = 0;
    for (uint64_t at = 1; at < 40; at++) {
        rv_key_entry *entries = random_entries(N, 3);
        rv_key_parts parts;
        rv_memory_fail_at(at, false);
        rv_status status = rv_key_parts_make(entries, N, 3, 2, &parts, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        if (status == RV_OK) rv_key_parts_free(&parts);
        refused += status == RV_NO_MEMORY;
        free(entries);
    }
    cr_assert(refused >= 4, "%u refused", refused);
}
#endif
