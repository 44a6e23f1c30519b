/* The scan of the base for clients that no key found, against a twin that compares everybody with everybody. */
#include "guard_store.h"
#include "link_scan.h"
#include "random.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONTACTS = 4000, CLIENTS = 400, CROWD = 350 };

static const char *const FIRST[] = {"Jean", "Marie", "Luc", "Anne", "Pierre", "Zoe", "Amelie", "Karim"};
static const char *const LAST[] = {"Martin", "Dupont", "Dupond", "Lefevre", "Le Fevre", "Nguyen", "Petit", "Garnier"};

/* The last CROWD contacts are one household of strangers, more than any key may propose. */
static const char *make_world(rv_random *random) {
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,first_name,last_name,birth_date,street_number,street,postcode,city\n");
    for (unsigned i = 0; i < CONTACTS; i++) {
        bool crowd = i >= CONTACTS - CROWD;
        rv_buffer_format(&text, "M%u,%s,%s,", i, FIRST[rv_random_below(random, 8)],
                         crowd ? "Dubois" : LAST[rv_random_below(random, 8)]);
        if (rv_random_below(random, 4))
            rv_buffer_format(&text, "%u-%02u-%02u", 1950 + rv_random_below(random, 9), 1 + rv_random_below(random, 12),
                             1 + rv_random_below(random, 28));
        rv_buffer_format(&text, ",%u,rue Haute,%s,Ville\n", crowd ? 1 : 1 + rv_random_below(random, 40),
                         crowd                        ? "75001"
                         : rv_random_below(random, 2) ? "69003"
                                                      : "13008");
    }
    char *world = rv_buffer_take(&text, NULL);
    const char *path = base_make("scan.rvl", world, 0, RV_IMAGE);
    rv_free(world);
    return path;
}

static void disturb(rv_guard *g, rv_random *random) {
    switch (rv_random_below(random, 6)) {
    case 0: g->postcode = 0; break;
    case 1: g->birth = RV_DATE_NONE; break;
    case 2: g->last ^= (uint64_t)3 << 45; break;
    case 3: g->street++; break;
    case 4: {
        uint64_t first = g->first;
        g->first = g->last;
        g->last = first;
        break;
    }
    default: g->first ^= (uint64_t)1 << 50; break;
    }
}

typedef struct listed {
    uint32_t row;
    unsigned worth;
} listed;
static int by_worth(const void *a, const void *b) {
    const listed *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct keyed {
    uint64_t key;
    uint32_t bearers, clients;
} keyed;
static int by_key(const void *a, const void *b) {
    uint64_t x = ((const keyed *)a)->key, y = ((const keyed *)b)->key;
    return (x > y) - (x < y);
}

/* All keys of all guards, with how many of either side bear each. */
static size_t count_keys(const rv_guard *contacts, const rv_guard *clients, keyed *out) {
    size_t n = 0, kept = 0;
    uint64_t keys[RV_SCAN_KEYS_MAX];
    for (uint32_t i = 0; i < CONTACTS + CLIENTS; i++) {
        unsigned made = rv_link_scan_keys(i < CONTACTS ? &contacts[i] : &clients[i - CONTACTS], keys);
        for (unsigned k = 0; k < made; k++) out[n++] = (keyed){keys[k], i < CONTACTS, i >= CONTACTS};
    }
    qsort(out, n, sizeof *out, by_key);
    for (size_t i = 0; i < n; i++) {
        if (kept && out[kept - 1].key == out[i].key) {
            out[kept - 1].bearers += out[i].bearers;
            out[kept - 1].clients += out[i].clients;
        } else {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static bool may_meet(const rv_guard *a, const rv_guard *b, const keyed *table, size_t n) {
    uint64_t ours[RV_SCAN_KEYS_MAX], theirs[RV_SCAN_KEYS_MAX];
    unsigned n_ours = rv_link_scan_keys(a, ours), n_theirs = rv_link_scan_keys(b, theirs);
    for (unsigned i = 0; i < n_ours; i++)
        for (unsigned j = 0; j < n_theirs; j++) {
            if (ours[i] != theirs[j]) continue;
            const keyed *k = bsearch(&(keyed){.key = ours[i]}, table, n, sizeof *table, by_key);
            if (k->bearers <= RV_SCAN_CONTACTS && k->clients <= RV_SCAN_CLIENTS) return true;
        }
    return false;
}

static void expect_list(const rv_link_scan *scan, uint32_t client, const rv_guard *guard, const rv_guard *contacts,
                        const keyed *table, size_t n_keys) {
    static listed all[CONTACTS];
    size_t n = 0;
    for (uint32_t row = 0; row < CONTACTS; row++) {
        if (!may_meet(guard, &contacts[row], table, n_keys)) continue;
        rv_guard_verdict verdict = rv_guard_compare(guard, &contacts[row]);
        unsigned affinity = rv_guard_affinity(guard, &contacts[row]);
        if (verdict != RV_GUARD_CONTRADICTS && affinity >= 30)
            all[n++] = (listed){row, affinity * 4 + (unsigned)verdict};
    }
    qsort(all, n, sizeof *all, by_worth);
    if (n > RV_SCAN_KEPT) n = RV_SCAN_KEPT;
    cr_assert_eq(scan->starts[client + 1] - scan->starts[client], n, "client %u: %u listed, %zu expected", client,
                 scan->starts[client + 1] - scan->starts[client], n);
    for (size_t i = 0; i < n; i++) cr_assert_eq(scan->rows[scan->starts[client] + i], all[i].row, "client %u", client);
}

static rv_megabase *open_world(uint64_t seed, rv_guard *contacts, rv_guard *clients) {
    rv_random random;
    rv_error error = {0};
    rv_megabase *base;
    static uint32_t rows[CONTACTS];
    rv_random_init(&random, seed, 1);
    cr_assert_eq(rv_megabase_open(make_world(&random), &base, &error), RV_OK, "%s", error.message);
    for (uint32_t i = 0; i < CONTACTS; i++) rows[i] = i;
    cr_assert_eq(rv_guards_fetch(base, rows, CONTACTS, contacts, &error), RV_OK);
    for (uint32_t c = 0; c < CLIENTS; c++) {
        bool crowd = c % 10 == 0;
        clients[c] = contacts[crowd ? CONTACTS - 1 - c % CROWD : rv_random_below(&random, CONTACTS - CROWD)];
        for (unsigned i = rv_random_below(&random, 3); i > 0; i--) disturb(&clients[c], &random);
    }
    return base;
}

Test(link_scan, lists_are_those_of_the_naive_twin) {
    static rv_guard contacts[CONTACTS], clients[CLIENTS];
    keyed *table = malloc((CONTACTS + CLIENTS) * RV_SCAN_KEYS_MAX * sizeof *table);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        rv_error error = {0};
        rv_link_scan one, two;
        rv_megabase *base = open_world(seed, contacts, clients);
        size_t n_keys = count_keys(contacts, clients, table);
        cr_assert_eq(rv_link_scan_run(base, clients, CLIENTS, &(rv_settings){.threads = 1}, &one, &error), RV_OK);
        cr_assert_eq(rv_link_scan_run(base, clients, CLIENTS, &(rv_settings){.threads = 4}, &two, &error), RV_OK);
        for (uint32_t c = 0; c < CLIENTS; c++) expect_list(&one, c, &clients[c], contacts, table, n_keys);
        cr_expect_gt(one.starts[CLIENTS], CLIENTS, "seed %llu: too few to mean something", (unsigned long long)seed);
        cr_expect_gt(one.contact_stops, 0, "seed %llu: the crowd passed", (unsigned long long)seed);
        cr_assert_arr_eq(one.starts, two.starts, (CLIENTS + 1) * sizeof *one.starts);
        cr_assert_arr_eq(one.rows, two.rows, one.starts[CLIENTS] * sizeof *one.rows);
        cr_assert_arr_eq(one.household, two.household, CLIENTS * sizeof *one.household);
        rv_link_scan_reset(&one);
        rv_link_scan_reset(&two);
        rv_megabase_close(base);
    }
    free(table);
}

Test(link_scan, a_household_is_told_and_its_other_people_arent_proposed) {
    rv_error error = {0};
    rv_megabase *base;
    const char *path = base_make("home.rvl",
                                 "id,first_name,last_name,birth_date,street_number,street,postcode,city\n"
                                 "M1,Anne,Roussel,1970-02-03,4,rue Basse,44000,Nantes\n",
                                 0, RV_IMAGE);
    rv_guard contact, son, stranger;
    uint32_t row = 0;
    rv_link_scan scan;
    cr_assert_eq(rv_megabase_open(path, &base, &error), RV_OK);
    cr_assert_eq(rv_guards_fetch(base, &row, 1, &contact, &error), RV_OK);
    son = stranger = contact;
    son.first = (uint64_t)('K' - 64) << 55 | (uint64_t)('I' - 64) << 50 | (uint64_t)('M' - 64) << 45;
    stranger.first = son.first;
    stranger.street++;
    rv_guard clients[] = {contact, son, stranger};
    cr_assert_eq(rv_link_scan_run(base, clients, 3, &(rv_settings){.threads = 1}, &scan, &error), RV_OK);
    cr_expect_eq(scan.starts[1] - scan.starts[0], 1);
    cr_expect_eq(scan.starts[3] - scan.starts[1], 0);
    cr_expect(!scan.household[0]);
    cr_expect(scan.household[1]);
    cr_expect(!scan.household[2]);
    rv_link_scan_reset(&scan);
    cr_assert_eq(rv_link_scan_run(base, clients, 0, &(rv_settings){.threads = 1}, &scan, &error), RV_OK,
                 "nobody asked for is no failure");
    rv_link_scan_reset(&scan);
    rv_megabase_close(base);
}

#ifdef RV_TESTING
Test(link_scan, every_failed_allocation_is_told_and_leaves_nothing) {
    static rv_guard contacts[CONTACTS], clients[CLIENTS];
    rv_megabase *base = open_world(9, contacts, clients);
    bool done = false;
    for (uint64_t n = 1; !done && n < 500; n++) {
        rv_error error = {0};
        rv_link_scan scan;
        rv_memory_fail_at(n, false);
        rv_status status = rv_link_scan_run(base, clients, CLIENTS, &(rv_settings){.threads = 1}, &scan, &error);
        done = rv_memory_fail_at(0, false) < n;
        if (status == RV_OK) rv_link_scan_reset(&scan);
        else cr_assert_eq(status, RV_NO_MEMORY);
        cr_assert(done == (status == RV_OK), "allocation %llu", (unsigned long long)n);
    }
    cr_assert(done);
    rv_megabase_close(base);
}
#endif
