/* Files of people as codes. */
#include "link_table.h"
#include "random.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const rv_settings SETTINGS = {.threads = 2, .max_rejects = 1, .max_rejects_is_share = true};

static rv_status load(const char *left, const char *right, const rv_settings *settings, rv_link_people *out,
                      rv_error *err) {
    rv_summary summary;
    rv_table_options a = {.path = left}, b = {.path = right};
    rv_summary_begin(&summary, "test");
    rv_status status = rv_link_people_load(&a, right ? &b : NULL, settings, &summary, out, err);
    rv_summary_reset(&summary);
    return status;
}

static bool is(const rv_link_people *p, rv_link_words_kind kind, uint32_t code, const char *text) {
    return rv_text_is(code ? rv_link_text(&p->words[kind], code) : RV_TEXT(""), text);
}

Test(link_table, a_row_holds_what_the_file_tells) {
    rv_link_people p;
    rv_error err = {0};
    const char *file =
        scratch_text("a.csv", "id,civility,first_name,last_name,birth_date,mobile,email,street_number,street,"
                              "postcode,city,age\n"
                              "x,Mme,Zoé,Le Gall,1980-02-30,06 12 34 56 78,Zoe+a@Gmail.com,12 bis,"
                              "rue de la Paix,75002,Paris,41\n"
                              "y,,NC,,,,,,,,,\n");
    cr_assert_eq(load(file, NULL, &SETTINGS, &p, &err), RV_OK, "%s", err.message);
    const rv_link_row *r = p.left.rows;
    cr_assert_eq(p.left.n, 2);
    cr_expect(is(&p, RV_WORDS_NAME, r->first, "ZOE") && is(&p, RV_WORDS_NAME, r->last, "LE GALL"));
    cr_expect(is(&p, RV_WORDS_EMAIL, r->email, "zoe@gmail.com") && is(&p, RV_WORDS_NUMBER, r->mobile, "+33612345678"));
    cr_expect(is(&p, RV_WORDS_NUMBER, r->number, "12BIS") && is(&p, RV_WORDS_NUMBER, r->postcode, "75002"));
    cr_expect(is(&p, RV_WORDS_PLACE, r->city, "PARIS"));
    cr_expect_eq(r->birth, 19800230, "a date that can't be is digits: %u", r->birth);
    cr_expect_eq(r->sex, RV_SEX_FEMALE);
    cr_expect_eq(r->age, 41);
    cr_expect_eq(r[1].first, 0, "a place-holder is missing");
    cr_expect_eq(p.bearers[RV_COLUMN_CITY][r->city].of[0], 1);
    cr_expect_eq(p.left.filled[RV_COLUMN_CITY], 1);
    cr_expect(rv_text_is(rv_link_id(&p.left, 1), "y"));
    rv_link_people_reset(&p);
}

Test(link_table, dates_of_every_shape_are_eight_digits) {
    static const struct {
        const char *text;
        uint32_t digits;
    } cases[] = {{"1975-03-12", 19750312},
                 {"12/03/1975", 19750312},
                 {"19301553", 19301553},
                 {"53/24/1930", 19302453},
                 {"1975", 19750000},
                 {"1900-01-01", 0},
                 {"0000-00-00", 0},
                 {"hello", 0},
                 {"11111111", 0},
                 {"1/2/3/4", 0},
                 {"", 0}};
    rv_buffer text = {0};
    rv_buffer_string(&text, "last_name,birth_date\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) rv_buffer_format(&text, "A,%s\n", cases[i].text);
    char *table = rv_buffer_take(&text, NULL);
    rv_link_people p;
    rv_error err = {0};
    cr_assert_eq(load(scratch_text("d.csv", table), NULL, &SETTINGS, &p, &err), RV_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(p.left.rows[i].birth, cases[i].digits, "%s: %u", cases[i].text, p.left.rows[i].birth);
    rv_link_people_reset(&p);
    rv_free(table);
}

/* Many blocks, so that threads have something to get wrong. */
static const char *large_file(uint64_t seed) {
    rv_random random;
    rv_buffer text = {0};
    rv_random_init(&random, seed, 0);
    rv_buffer_string(&text, "id,first_name,last_name,street,city,mobile,note\n");
    for (unsigned i = 0; i < 60000; i++)
        rv_buffer_format(&text, "%u,F%u,L%u,rue %u,Ville %u,06%08u,n%u\n", i, rv_random_below(&random, 500),
                         rv_random_below(&random, 9000), rv_random_below(&random, 3000), rv_random_below(&random, 800),
                         10000000 + rv_random_below(&random, 80000000), rv_random_below(&random, 50));
    char *table = rv_buffer_take(&text, NULL);
    const char *path = scratch_text("large.csv", table);
    rv_free(table);
    return path;
}

Test(link_table, codes_dont_depend_on_threads_and_equal_codes_are_equal_texts) {
    const char *file = large_file(7);
    rv_link_people p[2];
    rv_error err = {0};
    for (int i = 0; i < 2; i++) {
        rv_settings settings = SETTINGS;
        settings.threads = i ? 4 : 1;
        cr_assert_eq(load(file, NULL, &settings, &p[i], &err), RV_OK, "%s", err.message);
    }
    cr_assert_eq(p[0].left.n, 60000);
    cr_expect(memcmp(p[0].left.rows, p[1].left.rows, p[0].left.n * sizeof(rv_link_row)) == 0);
    for (int k = 0; k < RV_WORDS_KINDS; k++) {
        cr_assert_eq(p[0].words[k].n, p[1].words[k].n);
        for (uint32_t w = 1; w < p[0].words[k].n; w++)
            cr_assert(rv_text_equal(rv_link_text(&p[0].words[k], w), rv_link_text(&p[1].words[k], w)));
    }
    uint64_t sum = 0;
    for (uint32_t w = 0; w < p[0].words[RV_WORDS_NAME].n; w++) sum += p[0].bearers[RV_COLUMN_LAST][w].of[0];
    cr_expect_eq(sum, 60000);
    const rv_link_words *names = &p[0].words[RV_WORDS_NAME];
    for (uint32_t w = 2; w < names->n; w++) /* codes go by first appearance: no text has two */
        cr_assert(!rv_text_equal(rv_link_text(names, w), rv_link_text(names, w - 1)));
    for (int i = 0; i < 2; i++) rv_link_people_reset(&p[i]);
}

Test(link_table, roles_may_name_columns_of_one_file_only) {
    static const rv_assignment roles[] = {{"nm", "last_name"}, {"autre", "last_name"}, {"nowhere", "city"}};
    const char *a = scratch_text("a.csv", "key,nm\n1,Petit\n"), *b = scratch_text("b.csv", "ref,autre\n2,Petit\n");
    rv_table_options left = {.path = a, .id = "key", .roles = roles, .n_roles = 2}, right = left;
    rv_summary summary;
    rv_link_people p;
    rv_error err = {0};
    right.path = b;
    rv_summary_begin(&summary, "test");
    cr_assert_eq(rv_link_people_load(&left, &right, &SETTINGS, &summary, &p, &err), RV_OK, "%s", err.message);
    cr_expect_eq(p.left.rows[0].last, p.right.rows[0].last, "both files share their words");
    cr_expect(rv_text_is(rv_link_id(&p.left, 0), "1"));
    rv_link_people_reset(&p);
    left.n_roles = right.n_roles = 3;
    cr_expect_neq(rv_link_people_load(&left, &right, &SETTINGS, &summary, &p, &err), RV_OK);
    rv_summary_reset(&summary);
}

Test(link_table, a_file_without_people_and_one_beyond_the_limit_are_refused) {
    rv_link_people p;
    rv_error err = {0};
    cr_expect_eq(load(scratch_text("n.csv", "colour,size\nred,5\n"), NULL, &SETTINGS, &p, &err), RV_BAD_INPUT);
    rv_settings small = SETTINGS;
    small.memory_limit = 1 << 20;
    cr_expect_eq(load(large_file(8), NULL, &small, &p, &err), RV_NO_MEMORY);
}

#ifdef RV_TESTING
Test(link_table, without_memory_it_fails_and_leaks_nothing) {
    const char *a = scratch_text("a.csv", "id,first_name,last_name,note\n1,Jean,Petit,x\n2,Luc,Grand,y\n");
    const char *b = scratch_text("b.csv", "id,first_name,last_name,note\n3,Jean,Petit,z\n");
    rv_settings one = SETTINGS;
    one.threads = 1;
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        rv_link_people p;
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = load(a, b, &one, &p, &err);
        done = rv_memory_fail_at(0, false) < n;
        if (status == RV_OK) rv_link_people_reset(&p);
        else cr_assert_eq(status, RV_NO_MEMORY, "%llu: %s", (unsigned long long)n, err.message);
        cr_assert(n < 5000);
    }
}
#endif

/* 300 people, of whom the last `shared` bear one e-mail (the even ones) or one name (the odd ones). */
static const char *make_shared(unsigned shared) {
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,first_name,last_name,birth_date,mobile,email\n");
    for (unsigned i = 0; i < 300; i++) {
        bool one_email = i >= 300 - shared && i % 2 == 0, one_name = i >= 300 - shared && i % 2;
        rv_buffer_format(&text, "%u,", i);
        if (one_name) rv_buffer_string(&text, "Paule,Magasin,");
        else rv_buffer_format(&text, "Jeanne,Martin%c%c,", (int)('a' + i % 26), (int)('a' + i / 26));
        rv_buffer_format(&text, "%u-%02u-%02u,06%08u,", 1950 + i % 50, 1 + i % 12, 1 + i % 28, 11223344 + i * 977);
        if (one_email) rv_buffer_string(&text, "comptoir.nord@example.fr\n");
        else rv_buffer_format(&text, "jm%u@example.fr\n", i);
    }
    char *all = rv_buffer_take(&text, NULL);
    const char *path = scratch_text("shared.csv", all);
    rv_free(all);
    return path;
}

Test(link_table, what_many_share_is_nobodys_and_what_few_share_stays) {
    rv_link_people p;
    rv_error err = {0};
    cr_assert_eq(load(make_shared(140), NULL, &SETTINGS, &p, &err), RV_OK, "%s", err.message);
    const rv_link_row *one_email = &p.left.rows[298], *one_name = &p.left.rows[299], *own = &p.left.rows[0];
    cr_expect(!one_email->email && one_email->last && one_email->mobile);
    cr_expect(one_name->email && !one_name->last && one_name->mobile);
    cr_expect(own->email && own->last && own->mobile);
    rv_link_people_reset(&p);
    cr_assert_eq(load(make_shared(40), NULL, &SETTINGS, &p, &err), RV_OK, "%s", err.message);
    cr_expect_neq(p.left.rows[298].email, 0);
    cr_expect_neq(p.left.rows[299].last, 0);
    rv_link_people_reset(&p);
}
