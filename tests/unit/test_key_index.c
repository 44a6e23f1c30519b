/* The key index against a sorted array: every path of building, spilling and probing. */
#include "cpu.h"
#include "key_index.h"
#include "key_probe.h"
#include "key_slot.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

typedef rv_key (*make_key_fn)(rv_random *random, size_t i);

static rv_key random_key(rv_random *random, size_t i) {
    (void)i;
    return (rv_key){rv_random_next(random), rv_random_next(random)};
}
static rv_key crowded_key(rv_random *random, size_t i) { /* all at one home */
    (void)i;
    return (rv_key){rv_random_next(random), 7};
}
static rv_key last_home_key(rv_random *random, size_t i) { /* all spill into the tail */
    (void)i;
    return (rv_key){rv_random_next(random), UINT64_MAX - 3};
}
static rv_key clustered_key(rv_random *random, size_t i) { /* few homes, tags and filter bits alike */
    (void)i;
    return (rv_key){rv_random_next(random) & 0xffffffff0001003fu, (uint64_t)rv_random_below(random, 37) << 58};
}
static rv_key skewed_key(rv_random *random, size_t i) { /* many small crowds among the rest */
    uint64_t place = i % 2 ? rv_random_next(random) : rv_random_below(random, 1500) * (UINT64_MAX / 1500);
    return (rv_key){rv_random_next(random), place};
}
static rv_key half_equal_key(rv_random *random, size_t i) { /* equal but for some of the 128 bits */
    (void)random;
    return i % 2 ? (rv_key){(uint64_t)i << 32 | 5, 99} : (rv_key){5, 99 + i};
}

static int by_key(const void *a, const void *b) {
    const rv_key_entry *x = a, *y = b;
    int c = rv_key_compare(x->key, y->key);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* n entries of which one in five repeats an earlier key, and one in twenty an earlier (key, row). */
static rv_key_entry *make_entries(size_t n, make_key_fn make, uint64_t seed) {
    rv_key_entry *entries = calloc(n ? n : 1, sizeof *entries);
    rv_random random;
    rv_random_init(&random, seed, 1);
    for (size_t i = 0; i < n; i++) {
        uint32_t dice = rv_random_below(&random, 100);
        uint32_t earlier = i ? rv_random_below(&random, (uint32_t)i) : 0;
        entries[i].key = i && dice < 20 ? entries[earlier].key : make(&random, i);
        entries[i].row = i && dice < 5 ? entries[earlier].row : (uint32_t)i;
    }
    return entries;
}

static void shuffle(rv_key_entry *entries, size_t n, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 2);
    for (size_t i = n; i > 1; i--) {
        size_t j = rv_random_below(&random, (uint32_t)i);
        rv_key_entry held = entries[i - 1];
        entries[i - 1] = entries[j];
        entries[j] = held;
    }
}

/* Every key of `sorted` has exactly its rows; keys that aren't there have none. */
static void check_against_sorted(const rv_key_index *index, const rv_key_entry *sorted, size_t n, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 3);
    rv_key *keys = malloc((2 * n + 1) * sizeof *keys);
    rv_run *runs = malloc((2 * n + 1) * sizeof *runs);
    size_t *first = malloc((n + 1) * sizeof *first), distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !rv_key_equal(sorted[i].key, sorted[i - 1].key)) {
            first[distinct] = i;
            keys[distinct++] = sorted[i].key;
        }
    first[distinct] = n;
    cr_assert_eq(index->n_keys, distinct);
    for (size_t i = 0; i < distinct; i++) { /* absent twins: one bit away from a key that is there */
        rv_key twin = keys[i];
        uint32_t bit = rv_random_below(&random, 128);
        if (bit < 64) twin.lo ^= (uint64_t)1 << bit;
        else twin.hi ^= (uint64_t)1 << (bit - 64);
        keys[distinct + i] = twin;
    }
    keys[2 * distinct] = (rv_key){0, 0};
    cr_assert_eq(rv_key_index_probe(index, keys, 2 * distinct + 1, UINT32_MAX, runs, NULL), RV_OK);
    for (size_t i = 0; i < distinct; i++) {
        uint32_t rows = 0;
        for (size_t j = first[i]; j < first[i + 1]; j++) {
            if (j > first[i] && sorted[j].row == sorted[j - 1].row) continue;
            cr_assert(rows < runs[i].count, "key %zu has %u rows", i, runs[i].count);
            cr_assert_eq(rv_run_row(&runs[i], rows), sorted[j].row);
            rows++;
        }
        cr_assert_eq(runs[i].count, rows);
        rv_key twin = keys[distinct + i];
        rv_key_entry wanted = {.key = twin};
        size_t lo = 0, hi = n;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (rv_key_compare(sorted[mid].key, wanted.key) < 0) lo = mid + 1;
            else hi = mid;
        }
        bool there = lo < n && rv_key_equal(sorted[lo].key, twin);
        cr_assert_eq(runs[distinct + i].count != 0, there);
    }
    cr_assert_eq(runs[2 * distinct].count, 0u);
    free(keys);
    free(runs);
    free(first);
}

/* Every filter holds the bits of those that passed, and no others. */
static void check_filters(const rv_key_index *index) {
    const rv_bucket *buckets = index->buckets;
    const rv_proofs *proofs = index->proofs;
    uint16_t *passed = calloc(index->n_buckets + 1, sizeof *passed);
    for (uint64_t b = 0; b < index->n_buckets; b++)
        for (unsigned slot = 0; slot < RV_SLOTS && buckets[b].rows[slot]; slot++) {
            rv_key key = rv_slot_key(buckets[b].tags[slot], proofs[b].of[slot]);
            for (uint64_t from = rv_home_bucket(key, index->n_home); from < b; from++) passed[from] |= rv_pass_bit(key);
        }
    for (uint64_t b = 0; b < index->n_buckets; b++)
        if (buckets[b].passed != passed[b] || (passed[b] && !buckets[b].rows[RV_SLOTS - 1]))
            cr_assert_fail("bucket %lu: %x, not %x", (unsigned long)b, buckets[b].passed, passed[b]);
    free(passed);
}

static void build_and_check(size_t n, make_key_fn make, uint64_t seed, int threads) {
    rv_key_entry *entries = make_entries(n, make, seed), *sorted = malloc((n + 1) * sizeof *sorted);
    memcpy(sorted, entries, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_key);
    rv_key_index index;
    rv_error err = {0};
    cr_assert_eq(rv_key_index_build(entries, n, threads, NULL, &index, &err), RV_OK, "%s", err.message);
    check_against_sorted(&index, sorted, n, seed);
    check_filters(&index);
    cr_assert_eq(rv_key_index_check(&index, &err), RV_OK);
    rv_key_index_reset(&index);
    free(entries);
    free(sorted);
}

Test(key_index, random_keys_find_exactly_their_rows) {
    size_t sizes[] = {0, 1, 2, 7, 8, 9, 10, 63, 64, 65, 1000, 20000, 200000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        build_and_check(sizes[i], random_key, 11 + i, 1 + (int)(i % 3));
}
Test(key_index, keys_of_one_home_spill_over_hundreds_of_buckets) { build_and_check(8000, crowded_key, 5, 2); }
Test(key_index, keys_of_the_last_home_spill_into_the_tail) { build_and_check(5000, last_home_key, 6, 2); }
Test(key_index, clusters_with_equal_tags_are_told_apart_by_their_proofs) {
    build_and_check(8000, clustered_key, 7, 2);
}
Test(key_index, keys_that_agree_in_all_but_a_few_bits_are_different_keys) { build_and_check(3000, half_equal_key, 8, 1); }
Test(key_index, several_parts_with_shared_and_crowded_buckets) { build_and_check(150000, skewed_key, 9, 2); }

Test(key_index, order_of_entries_and_threads_leave_the_bytes_alone) {
    size_t n = 200000;
    rv_key_index first = {0};
    rv_key_index_room room = {0}; /* the third index finds what others left there */
    for (int round = 0; round < 3; round++) {
        if (room.bytes) memset(room.bytes, 0xa5, room.size);
        rv_key_entry *entries = make_entries(n, random_key, 21);
        shuffle(entries, n, (uint64_t)round);
        rv_key_index index;
        cr_assert_eq(rv_key_index_build(entries, n, round + 1, round ? &room : NULL, &index, NULL), RV_OK);
        free(entries);
        if (round == 0) {
            first = index;
            continue;
        }
        cr_assert_eq(index.n_buckets, first.n_buckets);
        cr_assert_eq(index.n_runs, first.n_runs);
        cr_assert_eq(memcmp(index.buckets, first.buckets, index.n_buckets * sizeof(rv_bucket)), 0);
        cr_assert_eq(memcmp(index.proofs, first.proofs, index.n_buckets * sizeof(rv_proofs)), 0);
        cr_assert_eq(memcmp(index.runs, first.runs, index.n_runs * 4), 0);
        rv_key_index_reset(&index);
    }
    rv_key_index_reset(&first);
    rv_key_index_room_free(&room);
}

/* These two e-mails share their XXH3-64 (seed 0). */
Test(key_index, people_whose_64_bit_hashes_collide_stay_two) {
    const char *emails[2] = {"lcclkoaokjfopbcd@example.fr", "gcmkpnnjjdfiecmi@example.fr"};
    cr_assert_eq(rv_hash64(emails[0], strlen(emails[0]), 0), rv_hash64(emails[1], strlen(emails[1]), 0));
    rv_secret secret;
    rv_secret_from_seed(&secret, 1);
    rv_key keys[2];
    for (int i = 0; i < 2; i++) keys[i] = rv_key_of(&secret, emails[i], strlen(emails[i]));
    for (int in_base = 0; in_base < 4; in_base++) {
        rv_key_entry entries[2];
        size_t n = 0;
        for (int i = 0; i < 2; i++)
            if (in_base >> i & 1) entries[n++] = (rv_key_entry){keys[i], (uint32_t)(7 + i)};
        rv_key_index index;
        rv_run runs[2];
        cr_assert_eq(rv_key_index_build(entries, n, 1, NULL, &index, NULL), RV_OK);
        cr_assert_eq(rv_key_index_probe(&index, keys, 2, UINT32_MAX, runs, NULL), RV_OK);
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(runs[i].count, (uint32_t)(in_base >> i & 1));
            if (runs[i].count) cr_assert_eq(runs[i].single, (uint32_t)(7 + i));
        }
        rv_key_index_reset(&index);
    }
}

/* Keys chosen to share a home under one secret are spread like any others under another. */
Test(key_index, floods_chosen_for_another_secret_spread_evenly) {
    rv_secret old, fresh;
    rv_secret_from_seed(&old, 1);
    rv_secret_from_seed(&fresh, 2);
    enum { WANTED = 3000 };
    rv_key_entry *entries = calloc(WANTED, sizeof *entries);
    uint32_t found = 0;
    for (uint32_t i = 0; found < WANTED; i++) {
        char email[32];
        int n = snprintf(email, sizeof email, "a%u@example.fr", i);
        if (rv_key_of(&old, email, (size_t)n).hi >> 58) continue; /* one in 64 */
        entries[found] = (rv_key_entry){rv_key_of(&fresh, email, (size_t)n), found};
        found++;
    }
    rv_key_index index;
    cr_assert_eq(rv_key_index_build(entries, WANTED, 1, NULL, &index, NULL), RV_OK);
#ifndef RV_WEAK_HASH
    cr_assert(index.n_buckets <= index.n_home + 2, "%lu spill into the tail",
              (unsigned long)(index.n_buckets - index.n_home));
    uint64_t passed = 0;
    for (uint64_t b = 0; b < index.n_buckets; b++) passed += ((const rv_bucket *)index.buckets)[b].passed != 0;
    cr_assert(passed * 2 < index.n_buckets, "%lu of %lu buckets are passed", (unsigned long)passed,
              (unsigned long)index.n_buckets);
#endif
    rv_key_index_reset(&index);
    free(entries);
}

/* The promise's own size: 10^6 x 10^6. In the weak build every key has some 240 candidates. */
Test(key_index, a_million_against_a_million) {
    if (!getenv("REVEIL_LONG")) cr_skip_test("a long test: REVEIL_LONG=1");
    build_and_check(1000000, random_key, 77, 2);
}

Test(key_index, zero_keys_are_skipped) {
    rv_key_entry entries[3] = {{{0, 0}, 1}, {{1, 2}, 5}, {{0, 0}, 2}};
    rv_key_index index;
    cr_assert_eq(rv_key_index_build(entries, 3, 1, NULL, &index, NULL), RV_OK);
    cr_assert_eq(index.n_keys, 1u);
    rv_key_index_reset(&index);
}

Test(key_index, tag_kernels_agree) {
    rv_random random;
    rv_random_init(&random, 4, 4);
    unsigned char room[64 + 16];
    for (int round = 0; round < 20000; round++) {
        rv_bucket bucket;
        uint16_t tag = (uint16_t)rv_random_next(&random);
        for (size_t i = 0; i < sizeof bucket; i += 8) {
            uint64_t word = rv_random_next(&random);
            memcpy((char *)&bucket + i, &word, 8);
        }
        bucket.passed = tag; /* is no tag */
        unsigned wanted = 0;
        for (int i = 0; i < RV_SLOTS; i++) {
            if (rv_random_below(&random, 2)) bucket.tags[i] = (uint16_t)(tag ^ 1u << rv_random_below(&random, 16));
            if (rv_random_below(&random, 3) == 0) bucket.tags[i] = tag;
            if (((bucket.tags[i] ^ tag) & RV_TAG_MASK) == 0) wanted |= 1u << 2 * i;
        }
        unsigned at = rv_random_below(&random, 16);
        at -= at % 4;
        memcpy(room + at, &bucket, sizeof bucket);
        cr_assert_eq(rv_tag_match_scalar(&bucket, tag), wanted);
        if (rv_cpu_level() >= RV_CPU_AVX2) cr_assert_eq(rv_tag_match_avx2(room + at, tag), wanted);
    }
}

Test(key_index, a_seal_is_of_its_bucket_its_place_and_its_index) {
    rv_key_entry *entries = make_entries(40000, random_key, 41);
    rv_key_index index;
    cr_assert_eq(rv_key_index_build(entries, 40000, 2, NULL, &index, NULL), RV_OK);
    free(entries);
    const rv_bucket *buckets = index.buckets;
    cr_assert_eq(buckets[1].seal, 0u); /* only in a file */
    cr_assert_eq(rv_key_index_seal(&index, 99, 2, NULL), RV_OK);
    for (uint64_t b = 0; b < index.n_buckets; b++)
        if (buckets[b].seal != rv_bucket_seal(99, b, &buckets[b])) cr_assert_fail("bucket %lu", (unsigned long)b);
    rv_random random;
    rv_random_init(&random, 42, 0);
    for (int round = 0; round < 2000; round++) {
        uint64_t b = rv_random_below(&random, (uint32_t)index.n_buckets);
        rv_bucket other = buckets[b];
        cr_assert_neq(other.seal, rv_bucket_seal(98, b, &other));
        cr_assert_neq(other.seal, rv_bucket_seal(99, b + 1, &other));
        cr_assert_neq(other.seal, rv_bucket_seal(99, rv_random_below(&random, (uint32_t)b + 1) + b + 1, &other));
        uint32_t bit = rv_random_below(&random, sizeof other * 8);
        ((unsigned char *)&other)[bit / 8] ^= (unsigned char)(1u << bit % 8);
        cr_assert_neq(other.seal, rv_bucket_seal(99, b, &other));
        memset(&other, 0, sizeof other);
        cr_assert_neq(other.seal, rv_bucket_seal(99, b, &other));
    }
    rv_key_index_reset(&index);
}

/* One level against the scalar one; the keys' searches go over many buckets, and one in three finds nothing. */
static void check_probe_kernel(rv_probe_keys_fn probe, make_key_fn make, uint64_t seed) {
    size_t n = 6000;
    rv_key_entry *entries = make_entries(n, make, seed);
    rv_key_index index;
    cr_assert_eq(rv_key_index_build(entries, n, 1, NULL, &index, NULL), RV_OK);
    rv_random random;
    rv_random_init(&random, seed + 1, 0);
    for (int round = 0; round < test_rounds(500); round++) {
        enum { MOST = 12 * RV_PROBE_GROUP };
        rv_key keys[MOST];
        rv_run one[MOST], two[MOST];
        size_t asked = rv_random_below(&random, MOST + 1);
        for (size_t i = 0; i < asked; i++) {
            keys[i] = entries[rv_random_below(&random, (uint32_t)n)].key;
            if (i % 3 == 0) keys[i].lo ^= 1;
            if (i % 50 == 0) keys[i] = (rv_key){0, 0};
        }
        uint32_t limit = round % 2 ? UINT32_MAX : 2;
        cr_assert_eq(rv_probe_keys_scalar(&index, keys, asked, limit, one, NULL), RV_OK);
        cr_assert_eq(probe(&index, keys, asked, limit, two, NULL), RV_OK);
        for (size_t i = 0; i < asked; i++)
            cr_assert(one[i].count == two[i].count && one[i].single == two[i].single && one[i].many == two[i].many &&
                      (one[i].many != NULL) == (one[i].count > 1 && one[i].count <= limit));
    }
    rv_key_index_reset(&index);
    free(entries);
}

Test(key_index, probe_kernels_agree) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("no AVX2 here");
    make_key_fn makes[] = {clustered_key, random_key, skewed_key};
    for (uint64_t i = 0; i < 3; i++) check_probe_kernel(rv_probe_keys_avx2, makes[i], 13 + i);
}

Test(key_index, an_index_without_an_end_is_refused) {
    rv_bucket last[1] = {0};
    rv_key_index index = {.buckets = last, .n_buckets = 1, .n_home = 1};
    cr_assert_eq(rv_key_index_check(&index, NULL), RV_OK);
    last[0].passed = 4; /* somebody stands beyond it */
    cr_assert_eq(rv_key_index_check(&index, NULL), RV_CORRUPT);
}

#ifdef RV_TESTING
Test(key_index, every_failed_allocation_is_an_error_without_a_leak) {
    size_t n = 70000;
    for (uint64_t k = 1;; k++) {
        rv_key_entry *entries = make_entries(n, random_key, 31);
        rv_key_index index;
        rv_memory_fail_at(k, false);
        rv_status status = rv_key_index_build(entries, n, 1, NULL, &index, NULL);
        rv_memory_fail_at(0, false);
        free(entries);
        if (status == RV_OK) {
            rv_key_index_reset(&index);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
