/* Candidates against a twin that compares the keys of everybody with those of everybody. */
#include "link_index.h"
#include "link_rules.h"
#include "random.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const rv_settings SETTINGS = {.threads = 2, .max_rejects = 1, .max_rejects_is_share = true};

static void load(const char *left, const char *right, rv_link_people *out) {
    rv_summary summary;
    rv_table_options a = {.path = left}, b = {.path = right};
    rv_error err = {0};
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_link_people_load(&a, right ? &b : NULL, &SETTINGS, &summary, out, &err), RV_OK, "%s", err.message);
    rv_summary_reset(&summary);
}

static const char *random_people(const char *name, unsigned rows, rv_random *random) {
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,first_name,last_name,birth_date,street_number,street,postcode,city,mobile,email\n");
    for (unsigned i = 0; i < rows; i++) {
        rv_buffer_format(&text, "%u,First%c,Last%c%c,", i, 'a' + (int)rv_random_below(random, 20),
                         'a' + (int)rv_random_below(random, 20), 'a' + (int)rv_random_below(random, 20));
        if (rv_random_below(random, 3))
            rv_buffer_format(&text, "%u-%02u-%02u", 1950 + rv_random_below(random, 40), 1 + rv_random_below(random, 12),
                             1 + rv_random_below(random, 28));
        rv_buffer_format(&text, ",%u,rue %c%cstreet,%05u,Town%c,", 1 + rv_random_below(random, 60),
                         'a' + (int)rv_random_below(random, 20), 'a' + (int)rv_random_below(random, 20),
                         10000 + rv_random_below(random, 30), 'a' + (int)rv_random_below(random, 20));
        if (rv_random_below(random, 2)) rv_buffer_format(&text, "06%08u", 12345678 + rv_random_below(random, 90));
        rv_buffer_format(&text, ",u%u@mail%u.org\n", rv_random_below(random, 90), rv_random_below(random, 9));
    }
    char *table = rv_buffer_take(&text, NULL);
    const char *path = scratch_text(name, table);
    rv_free(table);
    return path;
}

/* Rows of a table that bear a key. */
static uint32_t bearers(const rv_link_parts *parts, const rv_link_table *table, const rv_rule_key *key) {
    rv_rule_key keys[RV_RULE_KEYS_MAX];
    uint32_t n = 0;
    for (uint32_t r = 0; r < table->n; r++) {
        unsigned n_keys = rv_link_keys(parts, table, r, rv_rules_of_small_files, keys);
        for (unsigned i = 0; i < n_keys; i++) n += keys[i].rule == key->rule && keys[i].hash == key->hash;
    }
    return n;
}

static uint32_t twin(const rv_link_people *p, const rv_link_parts *parts, const rv_link_index *index, uint32_t left,
                     uint32_t right) {
    rv_rule_key a[RV_RULE_KEYS_MAX], b[RV_RULE_KEYS_MAX];
    unsigned n = rv_link_keys(parts, &p->left, left, rv_rules_of_small_files, a),
             m = rv_link_keys(parts, rv_link_right(p), right, rv_rules_of_small_files, b);
    uint32_t rules = 0;
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < m; k++) {
            if (a[i].rule != b[k].rule || a[i].hash != b[k].hash) continue;
            uint32_t x = bearers(parts, &p->left, &a[i]), y = bearers(parts, rv_link_right(p), &a[i]);
            if ((x > y ? x : y) <= rv_link_index_limit(index, a[i].rule)) rules |= 1u << a[i].rule;
        }
    return rules;
}

static void compare_with_twin(const rv_link_people *p, const rv_settings *settings) {
    rv_link_index *index;
    rv_link_parts parts;
    rv_link_batch batch = {0};
    rv_error err = {0};
    cr_assert_eq(rv_link_index_new(p, settings, &index, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_link_parts_new(p, rv_rules_of_small_files, 1, &parts, &err), RV_OK);
    cr_assert_eq(rv_link_candidates(index, 0, p->left.n, &batch, &err), RV_OK);
    uint32_t met = 0;
    for (uint32_t left = 0; left < p->left.n; left++) {
        uint32_t at = batch.starts[left];
        for (uint32_t right = p->self ? left + 1 : 0; right < rv_link_right(p)->n; right++) {
            uint32_t rules = twin(p, &parts, index, left, right);
            if (!rules) continue;
            cr_assert(at < batch.starts[left + 1] && batch.at[at].row == right, "row %u: %u is missing", left, right);
            cr_assert_eq(batch.at[at].rules, rules);
            at++;
            met++;
        }
        cr_assert_eq(at, batch.starts[left + 1], "row %u has a candidate too many", left);
    }
    cr_expect(met > 100, "a test that can't fail: %u", met);
    rv_link_batch_reset(&batch);
    rv_link_parts_free(&parts);
    rv_link_index_free(index);
}

Test(link_index, candidates_are_those_who_share_a_key) {
    rv_random random;
    uint64_t seed = 20261122;
    fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
    rv_random_init(&random, seed, 0);
    rv_link_people p;
    load(random_people("a.csv", TEST_SMALL_WORLDS ? 20 : 40, &random),
         random_people("b.csv", TEST_SMALL_WORLDS ? 30 : 60, &random), &p);
    compare_with_twin(&p, &SETTINGS);
    rv_settings narrow = SETTINGS;
    narrow.memory_limit = 1; /* nothing is noted of the left file: it is walked twice */
    compare_with_twin(&p, &narrow);
    rv_link_people_reset(&p);
    load(random_people("c.csv", TEST_SMALL_WORLDS ? 25 : 50, &random), NULL, &p);
    compare_with_twin(&p, &SETTINGS);
    rv_link_people_reset(&p);
}

static bool meets(const char *a, const char *b) {
    static const char header[] = "id,first_name,last_name,birth_date,street_number,street,postcode,city,mobile,email\n";
    char text[2][512];
    rv_link_people p;
    rv_link_index *index;
    rv_link_batch batch = {0};
    snprintf(text[0], sizeof text[0], "%s%s\n", header, a);
    snprintf(text[1], sizeof text[1], "%s%s\n", header, b);
    load(scratch_text("a.csv", text[0]), scratch_text("b.csv", text[1]), &p);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    cr_assert_eq(rv_link_candidates(index, 0, 1, &batch, NULL), RV_OK);
    bool met = batch.starts[1] == 1;
    rv_link_batch_reset(&batch);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
    return met;
}

Test(link_index, errors_in_all_fields_but_two_are_survived) {
    const char *whole = "1,Jean,Martin,1980-03-07,12,rue des Lilas,75011,Paris,0612345678,jean@martin.fr";
    cr_expect(meets(whole, "2,Martin,Jean,1981-11-21,,,,,,"), "names swapped");
    cr_expect(meets(whole, "2,Xavier,Martin,1980-07-03,,,,,,"), "day and month swapped");
    cr_expect(meets(whole, "2,Zoe,Zola,1980-03-07,9,rue Haute,13001,Marseille,,"), "birth date");
    cr_expect(meets(whole, "2,Jeannot,Zola,1990-03-17,12,avenue des Lilas,13001,Marseille,,"), "home");
    cr_expect(meets(whole, "2,Zoe,Zola,1990-03-17,9,rue Haute,13001,Marseille,06 12 34 56 78,"), "mobile");
    cr_expect(meets(whole, "2,Jean,Zola,1990-03-17,9,rue Haute,13001,Marseille,06 21 43 56 78,"), "digits swapped");
    cr_expect(meets(whole, "2,Zoe,Zola,1990-03-17,9,rue Haute,13001,Marseille,,jean@martin.com"), "name of the e-mail");
    cr_expect(meets(whole, "2,Jean Pierre,Dupont Martin,1990-03-17,9,rue Haute,13001,Marseille,,"), "compound names");
    cr_expect(!meets(whole, "2,Zoe,Zola,1990-11-17,9,rue Haute,13001,Marseille,0698989898,zoe@zola.fr"), "nothing");
}

/* One home on thousands of rows: its key is dropped and told, the others still serve. (A name on so many is nobody's before
 * it comes here.) */
Test(link_index, a_heavy_value_is_dropped_and_told) {
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,street_number,street,postcode,mobile\n");
    for (unsigned i = 0; i < 3000; i++)
        rv_buffer_format(&text, "%u,12,rue Haute,75001,06%08u\n", i, 12300000 + i / 2 * 7);
    char *table = rv_buffer_take(&text, NULL);
    rv_link_people p;
    rv_link_index *index;
    rv_link_skew skew;
    rv_link_batch batch = {0};
    load(scratch_text("a.csv", table), NULL, &p);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    rv_link_index_skew(index, RV_RULE_STREET_PLACE, &skew);
    cr_expect_eq(skew.heaviest_rows, 3000);
    cr_expect_eq(skew.over_cap_keys, 1);
    cr_expect_eq(skew.over_cap_rows, 3000);
    rv_link_index_skew(index, RV_RULE_PHONE, &skew);
    cr_expect_eq(skew.over_cap_keys, 0);
    cr_assert_eq(rv_link_candidates(index, 0, 3000, &batch, NULL), RV_OK);
    for (uint32_t r = 0; r < 3000; r += 2) /* each has his other self, and few others */
        cr_assert(batch.starts[r + 1] > batch.starts[r] && batch.at[batch.starts[r]].row == r + 1);
    cr_expect(batch.starts[3000] < 3000 * 200);
    rv_link_batch_reset(&batch);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
    rv_free(table);
}

/* Rules that pay in small files only are left out of large ones; the others find as before. */
Test(link_index, large_files_do_with_fewer_rules) {
    enum { ROWS = 200500, LOOKED = 500 };
    if (TEST_SMALL_WORLDS) cr_skip_test("a large file, for builds without sanitizers");
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,first_name,last_name,mobile,street,postcode\n");
    for (unsigned i = 0; i < ROWS; i++)
        rv_buffer_format(&text, "%u,Anne%c,Li%c%cse,06%08u,rue %c%c,%05u\n", i, 'a' + i % 26, 'a' + i / 26 % 26,
                         'a' + i / 676 % 26, 12300000 + i * 7, 'a' + i % 23, 'a' + i % 19, 10000 + i % 80000);
    char *table = rv_buffer_take(&text, NULL);
    const char *file = scratch_text("a.csv", table);
    rv_link_people p;
    rv_link_index *index;
    rv_link_skew skew;
    rv_link_batch batch = {0};
    load(file, file, &p);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    rv_link_index_skew(index, RV_RULE_CROSSWISE, &skew);
    cr_expect_eq(skew.keys, 0);
    rv_link_index_skew(index, RV_RULE_PHONE, &skew);
    cr_expect_eq(skew.keys, ROWS);
    cr_assert_eq(rv_link_candidates(index, ROWS - LOOKED, LOOKED, &batch, NULL), RV_OK);
    for (uint32_t r = 0; r < LOOKED; r++) {
        bool met = false;
        for (uint32_t i = batch.starts[r]; i < batch.starts[r + 1]; i++) met |= batch.at[i].row == ROWS - LOOKED + r;
        cr_assert(met, "row %u doesn't meet itself", r);
    }
    rv_link_batch_reset(&batch);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
    rv_free(table);
}

static rv_text person_of(rv_text id) { /* rec-1070-org */
    const char *dash = memchr(id.ptr + 4, '-', id.len - 4);
    return rv_text_make(id.ptr, (size_t)(dash - id.ptr));
}

Test(link_index, febrl_4_is_found) {
    char left[512], right[512];
    if (!shared_data("linkage/febrl/dataset4a.csv", left, sizeof left) ||
        !shared_data("linkage/febrl/dataset4b.csv", right, sizeof right))
        cr_skip_test("the public data isn't beside the project");
    static const rv_assignment roles[] = {{"given_name", "first_name"},       {"surname", "last_name"},
                                          {"street_number", "street_number"}, {"address_1", "street"},
                                          {"address_2", "address_extra"},     {"suburb", "city"},
                                          {"postcode", "postcode"},           {"state", "region"}};
    rv_table_options a = {.path = left, .id = "rec_id", .roles = roles, .n_roles = 8}, b = a;
    const char *ignore[] = {"soc_sec_id", "date_of_birth"};
    a.ignore = b.ignore = ignore;
    a.n_ignore = b.n_ignore = 2;
    b.path = right;
    rv_link_people p;
    rv_link_index *index;
    rv_link_batch batch = {0};
    rv_summary summary;
    rv_error err = {0};
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_link_people_load(&a, &b, &SETTINGS, &summary, &p, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, &err), RV_OK);
    cr_assert_eq(rv_link_candidates(index, 0, p.left.n, &batch, &err), RV_OK);
    unsigned hits = 0;
    for (uint32_t r = 0; r < p.left.n; r++)
        for (uint32_t i = batch.starts[r]; i < batch.starts[r + 1]; i++)
            hits += rv_text_equal(person_of(rv_link_id(&p.left, r)), person_of(rv_link_id(&p.right, batch.at[i].row)));
    cr_expect(hits >= 4990, "%u of 5000, without birth dates", hits);
    rv_link_batch_reset(&batch);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
    rv_summary_reset(&summary);
}

#ifdef RV_TESTING
Test(link_index, without_memory_it_fails_and_leaks_nothing) {
    rv_random random;
    rv_random_init(&random, 3, 0);
    rv_link_people p;
    rv_settings one = SETTINGS;
    one.threads = 1;
    load(random_people("a.csv", 12, &random), random_people("b.csv", 9, &random), &p);
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        rv_link_index *index = NULL;
        rv_link_batch batch = {0};
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_link_index_new(&p, &one, &index, &err);
        if (status == RV_OK) status = rv_link_candidates(index, 0, p.left.n, &batch, &err);
        done = rv_memory_fail_at(0, false) < n;
        cr_assert(status == RV_NO_MEMORY || (status == RV_OK && n > 1), "%d", (int)status);
        rv_link_batch_reset(&batch);
        rv_link_index_free(index);
        cr_assert(n < 5000);
    }
    rv_link_people_reset(&p);
}
#endif
