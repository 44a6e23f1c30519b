/* The table of clients against a naive twin, its order, and its failures. */
#include "client_table.h"
#include "parallel.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDS = 300, DAYS = 60, BATCH = 100 };

typedef struct twin {
    int64_t amount;
    bool seen, day[DAYS];
} twin;

static rv_client_table *new_table(size_t visit_memory) {
    rv_settings settings = {0};
    rv_client_table *table;
    cr_assert_eq(rv_client_table_new(&settings, visit_memory, &table, NULL), RV_OK);
    return table;
}

static rv_transaction random_transaction(rv_random *random, char *id, uint32_t ids) {
    uint32_t n = rv_random_below(random, ids);
    bool refund = rv_random_below(random, 8) == 0;
    sprintf(id, n % 3 ? "client-%u" : "c%u", n);
    int64_t amount = 1 + rv_random_below(random, 100000);
    return (rv_transaction){rv_text_of(id), refund ? -amount : amount, (uint16_t)rv_random_below(random, DAYS),
                            !refund};
}

static void check_against_twin(const rv_client_table *table, const twin *twins) {
    uint64_t seen = 0;
    for (uint32_t i = 0; i < IDS; i++) {
        char id[32];
        sprintf(id, i % 3 ? "client-%u" : "c%u", i);
        const rv_client_record *r = rv_client_table_find(table, rv_text_of(id)), *same[3];
        const rv_text three[] = {RV_TEXT("nobody"), rv_text_of(id), rv_text_of(id)};
        cr_assert_eq(r != NULL, twins[i].seen, "%s", id);
        rv_client_table_find_many(table, three, 3, same);
        cr_assert(!same[0] && same[1] == r && same[2] == r);
        if (!r) continue;
        seen++;
        unsigned orders = 0, first = 0, last = 0;
        for (unsigned d = DAYS; d-- > 0;)
            if (twins[i].day[d]) {
                if (!orders++) first = d;
                last = d;
            }
        cr_assert_eq(r->orders, orders, "%s: %u, %u", id, r->orders, orders);
        cr_assert_eq(r->amount, twins[i].amount);
        if (orders) cr_assert(r->first_age == first && r->last_age == last);
    }
    cr_assert_eq(rv_client_table_count(table), seen);
}

Test(client_table, agrees_with_a_naive_twin) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 0);
        static twin twins[IDS];
        memset(twins, 0, sizeof twins);
        rv_client_table *table = new_table(0);
        rv_arena scratch = {0};
        uint32_t ids = 1 + rv_random_below(&random, IDS);
        for (unsigned b = rv_random_below(&random, 60); b-- > 0;) {
            static char names[BATCH][32];
            rv_transaction batch[BATCH];
            for (unsigned i = 0; i < BATCH; i++) {
                batch[i] = random_transaction(&random, names[i], ids);
                twin *t = &twins[atoi(strpbrk(names[i], "0123456789"))];
                t->seen = true;
                t->amount += batch[i].amount;
                t->day[batch[i].age] |= batch[i].visit;
            }
            cr_assert_eq(rv_client_table_add(table, batch, BATCH, &scratch, NULL), RV_OK);
            rv_arena_reset(&scratch);
        }
        cr_assert_eq(rv_client_table_finish(table, 2, NULL), RV_OK);
        printf("seed %llu, %u ids\n", (unsigned long long)seed, ids);
        check_against_twin(table, twins);
        rv_client_table_free(table);
        rv_arena_free(&scratch);
    }
}

/* One client, each day of 70 years in scrambled order, several times: notes fill many chunks. */
static void add_many_days(rv_client_table *table, unsigned turns) {
    rv_arena scratch = {0};
    enum { N = 25600 };
    for (unsigned turn = 0; turn < turns; turn++)
        for (unsigned b = 0; b < N; b += BATCH) {
            rv_transaction batch[BATCH];
            for (unsigned i = 0; i < BATCH; i++)
                batch[i] = (rv_transaction){RV_TEXT("one"), 10000, (uint16_t)((b + i) * 7919u % N), true};
            cr_assert_eq(rv_client_table_add(table, batch, BATCH, &scratch, NULL), RV_OK);
            rv_arena_reset(&scratch);
        }
    rv_arena_free(&scratch);
}

Test(client_table, visits_beyond_the_memory_go_to_scratch_and_come_back) {
    rv_client_table *small = new_table(1), *large = new_table(0);
    add_many_days(small, 3);
    add_many_days(large, 3);
    cr_assert_eq(rv_client_table_finish(small, 1, NULL), RV_OK);
    cr_assert_eq(rv_client_table_finish(large, 1, NULL), RV_OK);
    const rv_client_record *a = rv_client_table_find(small, RV_TEXT("one")),
                           *b = rv_client_table_find(large, RV_TEXT("one"));
    cr_assert_eq(a->orders, 25600);
    cr_assert_eq(b->orders, 25600);
    cr_assert_eq(a->amount, (int64_t)3 * 25600 * 10000);
    rv_client_table_free(small);
    rv_client_table_free(large);
}

Test(client_table, a_scratch_folder_that_is_missing_is_an_error) {
    rv_settings settings = {.tmpdir = "/nonexistent/reveil"};
    rv_client_table *table;
    cr_assert_eq(rv_client_table_new(&settings, 1, &table, NULL), RV_OK);
    rv_arena scratch = {0};
    rv_error err = {0};
    rv_status status = RV_OK;
    for (unsigned b = 0; b < 200 && status == RV_OK; b++) {
        rv_transaction batch[BATCH];
        for (unsigned i = 0; i < BATCH; i++)
            batch[i] = (rv_transaction){RV_TEXT("one"), 1, (uint16_t)((b * BATCH + i) * 7919u % 25600), true};
        status = rv_client_table_add(table, batch, BATCH, &scratch, &err);
    }
    cr_assert_eq(status, RV_FAILED);
    cr_assert(strstr(err.hint, "--tmpdir"));
    rv_client_table_free(table);
    rv_arena_free(&scratch);
}

Test(client_table, ids_that_differ_in_the_last_byte_or_in_length_are_different_clients) {
    rv_client_table *table = new_table(0);
    rv_arena scratch = {0};
    char longest[RV_CLIENT_ID_MAX];
    memset(longest, 'x', sizeof longest);
    rv_text ids[] = {RV_TEXT("a"),
                     RV_TEXT("b"),
                     RV_TEXT("aa"),
                     RV_TEXT("ab"),
                     rv_text_make(longest, sizeof longest),
                     rv_text_make(longest, sizeof longest - 1)};
    enum { N = sizeof ids / sizeof *ids };
    rv_transaction batch[N];
    for (unsigned i = 0; i < N; i++) batch[i] = (rv_transaction){ids[i], i, 0, true};
    cr_assert_eq(rv_client_table_add(table, batch, N, &scratch, NULL), RV_OK);
    cr_assert_eq(rv_client_table_add(table, batch, N, &scratch, NULL), RV_OK);
    cr_assert_eq(rv_client_table_finish(table, 1, NULL), RV_OK);
    cr_assert_eq(rv_client_table_count(table), N);
    for (unsigned i = 0; i < N; i++) {
        const rv_client_record *r = rv_client_table_find(table, ids[i]);
        cr_assert_eq(r->amount, 2 * i);
        cr_assert_eq(r->orders, 1);
    }
    for (unsigned n = 0; n <= N && n <= RV_FIND_MANY; n++) {
        const rv_client_record *many[RV_FIND_MANY];
        rv_client_table_find_many(table, ids + N - n, n, many);
        for (unsigned i = 0; i < n; i++) cr_assert_eq(many[i], rv_client_table_find(table, ids[N - n + i]));
    }
    cr_assert_null(rv_client_table_find(table, RV_TEXT("abc")));
    rv_client_table_free(table);
    rv_arena_free(&scratch);
}

Test(client_table, put_keeps_the_first_of_an_id) {
    rv_client_table *table = new_table(0);
    rv_client_record values = {.amount = 5, .orders = 3, .first_age = 9, .last_age = 2};
    bool added;
    cr_assert_eq(rv_client_table_put(table, RV_TEXT("x"), &values, &added, NULL), RV_OK);
    cr_assert(added);
    values.amount = 6;
    cr_assert_eq(rv_client_table_put(table, RV_TEXT("x"), &values, &added, NULL), RV_OK);
    cr_assert_not(added);
    cr_assert_eq(rv_client_table_finish(table, 1, NULL), RV_OK);
    const rv_client_record *r = rv_client_table_find(table, RV_TEXT("x"));
    cr_assert(r->amount == 5 && r->orders == 3 && r->first_age == 9 && r->last_age == 2);
    rv_client_table_free(table);
}

Test(client_table, amounts_that_overflow_are_refused) {
    rv_client_table *table = new_table(0);
    rv_arena scratch = {0};
    rv_transaction two[2] = {{RV_TEXT("x"), INT64_MAX, 0, true}, {RV_TEXT("x"), 1, 0, true}};
    rv_error err = {0};
    cr_assert_eq(rv_client_table_add(table, two, 2, &scratch, NULL), RV_OK);
    cr_assert_eq(rv_client_table_finish(table, 1, &err), RV_BAD_INPUT);
    rv_client_table_free(table);
    rv_arena_free(&scratch);
}

static void check_order(char (*ids)[48], size_t n, const char *what) {
    rv_client_table *table = new_table(0);
    rv_arena scratch = {0};
    for (size_t i = 0; i < n; i++) {
        rv_transaction t = {rv_text_of(ids[i]), 1, 0, true};
        cr_assert_eq(rv_client_table_add(table, &t, 1, &scratch, NULL), RV_OK);
        rv_arena_reset(&scratch);
    }
    rv_client_ref *refs;
    cr_assert_eq(rv_client_table_order(table, 2, &refs, NULL), RV_OK);
    for (uint64_t i = 1; i < rv_client_table_count(table); i++)
        cr_assert(rv_text_compare(rv_client_id(rv_client_table_at(table, refs[i - 1])),
                                  rv_client_id(rv_client_table_at(table, refs[i]))) < 0,
                  "%s, %llu", what, (unsigned long long)i);
    rv_free(refs);
    rv_client_table_free(table);
    rv_arena_free(&scratch);
}

Test(client_table, order_is_bytewise_whatever_the_ids) {
    static char ids[4000][48];
    rv_random random;
    printf("seed 9\n");
    rv_random_init(&random, 9, 0);
    for (unsigned i = 0; i < 4000; i++) sprintf(ids[i], "C%08u", rv_random_below(&random, 100000));
    check_order(ids, 4000, "numbered");
    for (unsigned i = 0; i < 4000; i++) sprintf(ids[i], "%u", rv_random_below(&random, 100000));
    check_order(ids, 4000, "numbers of several lengths");
    for (unsigned i = 0; i < 4000; i++) /* ties in the first nine bytes of every bucket */
        sprintf(ids[i], "%c%c-the-same-for-all-%05u", 'a' + (int)rv_random_below(&random, 2), 'x', i);
    check_order(ids, 4000, "long common middles");
    for (unsigned i = 0; i < 4000; i++) {
        unsigned n = 1 + rv_random_below(&random, 12);
        for (unsigned k = 0; k < n; k++) ids[i][k] = (char)(1 + rv_random_below(&random, i % 2 ? 2 : 255));
        ids[i][n] = 0;
    }
    check_order(ids, 4000, "any bytes");
    check_order(ids, 1, "one");
    check_order(ids, 0, "none");
}

#ifdef RV_TESTING
Test(client_table, failing_allocations_are_errors_without_leaks) {
    for (uint64_t n = 1;; n++) {
        rv_settings settings = {.seeded = true};
        rv_client_table *table = NULL;
        rv_client_ref *refs = NULL;
        rv_arena scratch = {0};
        rv_transaction batch[BATCH];
        char names[BATCH][32];
        rv_random random;
        rv_random_init(&random, 1, 0);
        rv_memory_fail_at(n, false);
        rv_error err = {0};
        rv_status status = rv_client_table_new(&settings, 1, &table, &err);
        for (unsigned b = 0; b < 3 && status == RV_OK; b++) {
            for (unsigned i = 0; i < BATCH; i++) batch[i] = random_transaction(&random, names[i], IDS);
            status = rv_client_table_add(table, batch, BATCH, &scratch, &err);
        }
        if (status == RV_OK) status = rv_client_table_finish(table, 1, &err);
        if (status == RV_OK) status = rv_client_table_order(table, 1, &refs, &err);
        rv_memory_fail_at(0, false);
        rv_client_table_free(table);
        rv_arena_free(&scratch);
        rv_free(refs);
        if (status == RV_OK) {
            cr_assert(n > 100, "%llu", (unsigned long long)n);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
