/* Decisions against a twin that adds up all matchings; clusters; pairs found. */
#include "link_decide.h"
#include "random.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
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

/* People who have nothing in common: nobody takes two of them for one. */
static const char *strangers(const char *name, unsigned rows, unsigned from) {
    static const char *const first[] = {"Anne",   "Bruno",  "Chloe", "Denis",   "Elise", "Franck",
                                        "Gilles", "Helene", "Igor",  "Josette", "Karim", "Lucie"};
    static const char *const last[] = {"Abadie",  "Bonnet", "Chevalier", "Dupuis",  "Etienne", "Fontaine",
                                       "Garnier", "Hubert", "Imbert",    "Jacquet", "Klein",   "Lambert"};
    rv_buffer text = {0};
    rv_buffer_string(&text, "id,first_name,last_name,birth_date,postcode\n");
    for (unsigned i = 0; i < rows; i++)
        rv_buffer_format(&text, "%u,%s,%s,%u-%02u-%02u,%05u\n", i, first[from + i], last[from + i],
                         1930 + 7 * (from + i), 1 + from + i, 3 + 2 * (from + i), 10000 + 7000 * (from + i));
    char *table = rv_buffer_take(&text, NULL);
    const char *path = scratch_text(name, table);
    rv_free(table);
    return path;
}

static int by_left(const void *a, const void *b) {
    const rv_link_pair *x = a, *y = b;
    if (x->left != y->left) return x->left < y->left ? -1 : 1;
    if (x->weight.person != y->weight.person) return x->weight.person > y->weight.person ? -1 : 1;
    return x->right < y->right ? -1 : 1;
}

/* The sum over all matchings of the product of odds; per pair of those that hold it. */
static double all_matchings(const rv_link_pair *pairs, size_t n, size_t at, unsigned left, unsigned right, double odds,
                            uint32_t chosen, double *of) {
    if (at == n) {
        for (size_t i = 0; i < n; i++) of[i] += chosen >> i & 1 ? odds : 0;
        return odds;
    }
    double sum = all_matchings(pairs, n, at + 1, left, right, odds, chosen, of);
    const rv_link_pair *p = &pairs[at];
    if ((left >> p->left & 1) || (right >> p->right & 1)) return sum;
    return sum + all_matchings(pairs, n, at + 1, left | 1u << p->left, right | 1u << p->right,
                               odds * exp((double)p->weight.person), chosen | 1u << at, of);
}

enum { SIDE = 6 };
static size_t random_forest(rv_random *random, rv_link_pair *pairs) { /* no cycles: each new row joins one met before */
    unsigned n = 0, lefts = 1, rights = 0;
    while (lefts < SIDE || rights < SIDE) {
        bool left = rights == 0 ? false : lefts == SIDE ? false : rights == SIDE ? true : rv_random_below(random, 2);
        uint32_t l = left ? lefts++ : rv_random_below(random, lefts),
                 r = left ? rv_random_below(random, rights) : rights++;
        float w =
            (float)rv_random_below(random, 1100) / 100 - 5; /* none is sure: no duplicates are taken for granted */
        pairs[n++] = (rv_link_pair){l, r, {w, w}};
    }
    qsort(pairs, n, sizeof *pairs, by_left);
    return n;
}

Test(link_decide, without_cycles_the_beliefs_are_the_sums_over_all_matchings) {
    rv_random random;
    uint64_t seed = 4711;
    fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
    rv_random_init(&random, seed, 0);
    rv_link_people p;
    rv_link_model model;
    rv_link_model_built_in(&model);
    load(strangers("a.csv", SIDE, 0), strangers("b.csv", SIDE, 6), &p);
    for (int round = 0; round < 300; round++) {
        rv_link_pair at[2 * SIDE];
        double of[2 * SIDE] = {0};
        rv_link_answer answers[SIDE];
        rv_link_pairs pairs = {.at = at, .n = random_forest(&random, at)};
        double all = all_matchings(at, pairs.n, 0, 0, 0, 1, 0, of);
        rv_link_rule_of_decision rule = {.threshold = 0.5};
        cr_assert_eq(rv_link_decide(&p, &model, &pairs, &rule, answers, NULL), RV_OK);
        for (uint32_t l = 0; l < SIDE; l++) {
            double best = 0;
            for (size_t i = 0; i < pairs.n; i++)
                if (at[i].left == l) best = fmax(best, of[i] / all);
            if (answers[l].right == UINT32_MAX) continue;
            cr_assert(fabs(best - (double)answers[l].probability) < 3e-2, "round %d, row %u: %f, not %f", round, l,
                      (double)answers[l].probability, best);
            if (fabs(best - 0.5) > 4e-2) cr_assert_eq(answers[l].verdict == RV_LINK_MATCH, best >= 0.5);
        }
    }
    rv_link_people_reset(&p);
}

/* Weighs everybody against everybody, and decides. */
static void decide(const char *left, const char *right, const rv_link_rule_of_decision *rule, rv_link_answer *answers) {
    rv_link_people p;
    rv_link_model model;
    rv_link_index *index;
    rv_link_scorer *scorer;
    rv_link_pairs pairs;
    rv_link_model_built_in(&model);
    load(scratch_text("l.csv", left), scratch_text("r.csv", right), &p);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    cr_assert_eq(rv_link_scorer_new(&p, &model, &scorer, NULL), RV_OK);
    cr_assert_eq(rv_link_find(&p, index, scorer, -8, RV_LINK_KEPT, &SETTINGS, &pairs, NULL), RV_OK);
    cr_assert_eq(rv_link_decide(&p, &model, &pairs, rule, answers, NULL), RV_OK);
    rv_link_pairs_reset(&pairs);
    rv_link_scorer_free(scorer);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
}

#define HEADER "id,first_name,last_name,birth_date,street_number,street,postcode,city\n"

Test(link_decide, duplicates_of_a_file_get_the_same_contact_unless_one_to_one) {
    static const char left[] = HEADER "1,Helene,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                      "2,Helene,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                      "3,Helene,Quintar,1971-05-04,3,rue Basse,26000,Valence\n";
    static const char right[] = HEADER "9,Helene,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                       "8,Paul,Fontaine,1955-11-30,8,place Royale,44000,Nantes\n";
    rv_link_answer a[3];
    rv_link_rule_of_decision rule = {.threshold = 0.5};
    decide(left, right, &rule, a);
    for (int i = 0; i < 3; i++)
        cr_expect(a[i].verdict == RV_LINK_MATCH && a[i].right == 0, "%d: %f", i, (double)a[i].probability);
    rule.one_to_one = true;
    decide(left, right, &rule, a);
    cr_expect_eq((a[0].verdict == RV_LINK_MATCH) + (a[1].verdict == RV_LINK_MATCH) + (a[2].verdict == RV_LINK_MATCH),
                 1);
}

Test(link_decide, two_brothers_who_fit_alike_are_ambiguous) {
    static const char left[] = HEADER "1,J,Quintard,,3,rue Basse,26000,Valence\n";
    static const char right[] = HEADER "9,Jerome,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                       "8,Julien,Quintard,1978-12-21,3,rue Basse,26000,Valence\n";
    rv_link_answer a[1];
    rv_link_rule_of_decision rule = {.threshold = 0.5};
    decide(left, right, &rule, a);
    cr_expect_eq(a[0].verdict, RV_LINK_AMBIGUOUS, "%u, %f", a[0].verdict, (double)a[0].probability);
    cr_expect(a[0].runner_up != UINT32_MAX && a[0].runner_up != a[0].right);
}

Test(link_decide, the_better_claim_takes_the_contact) {
    static const char left[] = HEADER "1,Jean,Quintard,1944-02-03,3,rue Basse,26000,Valence\n"
                                      "2,Jean,Quintard,1971-05-04,3,rue Basse,26000,Valence\n";
    static const char right[] = HEADER "9,Jean,Quintard,1971-05-04,3,rue Basse,26000,Valence\n";
    rv_link_answer a[2];
    rv_link_rule_of_decision rule = {.threshold = 0.5};
    decide(left, right, &rule, a);
    cr_expect_eq(a[1].verdict, RV_LINK_MATCH, "the son");
    cr_expect_neq(a[0].verdict, RV_LINK_MATCH, "the father: %f", (double)a[0].probability);
}

Test(link_decide, pairs_turned_twice_are_themselves) {
    rv_random random;
    rv_random_init(&random, 5, 0);
    enum { N = 400, ROWS = 50 };
    rv_link_pair before[N];
    rv_link_pairs pairs = {.at = malloc(sizeof before), .n = N};
    for (uint32_t i = 0; i < N; i++)
        before[i] = (rv_link_pair){i / 8, (i * 7 + i / 8) % ROWS, {(float)rv_random_below(&random, 30), 0}};
    qsort(before, N, sizeof *before, by_left);
    memcpy(pairs.at, before, sizeof before);
    cr_assert_eq(rv_link_pairs_turn(&pairs, ROWS, NULL), RV_OK);
    for (size_t i = 1; i < N; i++) cr_assert(by_left(&pairs.at[i - 1], &pairs.at[i]) < 0);
    cr_assert_eq(rv_link_pairs_turn(&pairs, N / 8, NULL), RV_OK);
    for (size_t i = 0; i < N; i++)
        cr_assert(pairs.at[i].left == before[i].left && pairs.at[i].right == before[i].right);
    rv_link_pairs_reset(&pairs);
}

static void cluster(const char *table, double threshold, uint32_t *out) {
    rv_link_people p;
    rv_link_model model;
    rv_link_index *index;
    rv_link_scorer *scorer;
    rv_link_pairs pairs;
    rv_link_model_built_in(&model);
    load(scratch_text("l.csv", table), NULL, &p);
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    cr_assert_eq(rv_link_scorer_new(&p, &model, &scorer, NULL), RV_OK);
    cr_assert_eq(rv_link_find(&p, index, scorer, -3, 0, &SETTINGS, &pairs, NULL), RV_OK);
    cr_assert_eq(rv_link_cluster(&p, scorer, &pairs, threshold, out, NULL), RV_OK);
    rv_link_pairs_reset(&pairs);
    rv_link_scorer_free(scorer);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
}

Test(link_decide, clusters_hold_together_and_families_stay_apart) {
    static const char table[] = HEADER "1,Jean,Quintard,1944-02-03,3,rue Basse,26000,Valence\n"
                                       "2,Helene,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                       "3,Jean,Quintart,1944-02-03,3,rue Basse,26000,Valence\n"
                                       "4,Paul,Fontaine,1955-11-30,8,place Royale,44000,Nantes\n"
                                       "5,Helene,Quintard,1971-05-04,,,26000,Valence\n"
                                       "6,Jean,Quintard,1944-02-03,3,rue Basse,26000,Valence\n";
    uint32_t of[6];
    cluster(table, 0.5, of);
    const uint32_t expected[6] = {0, 1, 0, 3, 1, 0};
    for (int i = 0; i < 6; i++) cr_expect_eq(of[i], expected[i], "row %d: %u", i, of[i]);
}

/* Where the file gives a name to all and sundry, home and birth date may be a twin's, home and mailbox a mother's. */
Test(link_decide, a_name_that_is_nobodys_asks_for_birth_date_and_number) {
    static const char *const table = "id,first_name,last_name,birth_date,mobile,postcode\n"
                                     "0,Anne,Abadie,1930-01-03,0612345671,10000\n"
                                     "1,Bruno,Bonnet,1941-02-05,0612345682,20000\n"
                                     "2,Chloe,Dupuis,1952-03-07,0612345693,30000\n"
                                     "3,Denis,Garnier,1963-04-09,0612345604,40000\n"
                                     "4,Elise,Imbert,1974-05-11,0612345615,50000\n"
                                     "5,Karim,Lambert,1985-06-13,0612345626,60000\n";
    rv_link_people p;
    rv_link_index *index;
    rv_link_model model;
    rv_link_scorer *scorer;
    rv_link_pairs pairs = {0};
    load(scratch_text("a.csv", table), scratch_text("b.csv", table), &p);
    for (uint32_t r = 0; r < 4; r++) p.left.rows[r].flags |= RV_LINK_NAME_NOBODYS;
    p.left.rows[1].mobile = 0;
    p.left.rows[2].birth = 0;
    p.left.rows[3].birth_weak = 1;
    p.right.rows[5].flags |= RV_LINK_NAME_NOBODYS;
    p.right.rows[5].birth++;
    cr_assert_eq(rv_link_index_new(&p, &SETTINGS, &index, NULL), RV_OK);
    rv_link_model_built_in(&model);
    cr_assert_eq(rv_link_scorer_new(&p, &model, &scorer, NULL), RV_OK);
    cr_assert_eq(rv_link_find(&p, index, scorer, -30, RV_LINK_KEPT, &SETTINGS, &pairs, NULL), RV_OK);
    bool found[6] = {false};
    for (size_t i = 0; i < pairs.n; i++)
        if (pairs.at[i].left == pairs.at[i].right) found[pairs.at[i].left] = true;
    for (uint32_t r = 0; r < 6; r++) cr_expect_eq(found[r], r == 0 || r == 4, "row %u", r);
    rv_link_pairs_reset(&pairs);
    rv_link_scorer_free(scorer);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
}

#ifdef RV_TESTING
Test(link_decide, without_memory_it_fails_and_leaks_nothing) {
    static const char text[] = HEADER "1,Helene,Quintard,1971-05-04,3,rue Basse,26000,Valence\n"
                                      "2,Helene,Quintar,1971-05-04,3,rue Basse,26000,Valence\n"
                                      "3,Paul,Fontaine,1955-11-30,8,place Royale,44000,Nantes\n";
    rv_link_people p;
    rv_link_model model;
    rv_link_index *index;
    rv_link_scorer *scorer;
    rv_settings one = SETTINGS;
    one.threads = 1;
    rv_link_model_built_in(&model);
    const char *file = scratch_text("l.csv", text);
    load(file, file, &p);
    cr_assert_eq(rv_link_index_new(&p, &one, &index, NULL), RV_OK);
    cr_assert_eq(rv_link_scorer_new(&p, &model, &scorer, NULL), RV_OK);
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        rv_link_pairs pairs = {0};
        rv_link_answer answers[3];
        rv_error err = {0};
        rv_link_rule_of_decision rule = {.threshold = 0.5, .one_to_one = true};
        rv_memory_fail_at(n, false);
        rv_status status = rv_link_find(&p, index, scorer, -8, RV_LINK_KEPT, &one, &pairs, &err);
        if (status == RV_OK) status = rv_link_decide(&p, &model, &pairs, &rule, answers, &err);
        if (status == RV_OK) status = rv_link_pairs_turn(&pairs, 3, &err);
        done = rv_memory_fail_at(0, false) < n;
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        rv_link_pairs_reset(&pairs);
        cr_assert(n < 2000);
    }
    rv_link_scorer_free(scorer);
    rv_link_index_free(index);
    rv_link_people_reset(&p);
}
#endif
