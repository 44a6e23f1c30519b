/* The measures of rv_evaluate: worked by hand, and against naive twins that compare everything with everything. */
#include "evaluate.h"
#include "random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NEAR(a, b) cr_assert_float_eq(a, b, 1e-12, "%.15g, expected %.15g", (double)(a), (double)(b))

Test(evaluate, links_worked_by_hand) {
    /* c0: a or b; c1: c; c3: d. Found: c0-b .9, c1-x .8, c2-y .7, c3-d .6. */
    rv_eval_alternative truth[] = {{0, 0, 0}, {0, 1, 0}, {1, 2, 1}, {3, 3, 2}};
    rv_eval_link links[] = {{0, 1, 0, 0, .9}, {1, 7, 0, 0, .8}, {2, 8, 0, 0, .7}, {3, 3, 0, 0, .6}};
    size_t n = 4;
    rv_eval_pairs p;
    cr_assert_eq(rv_eval_links(truth, 4, 3, links, &n, true, &p, NULL), RV_OK);
    NEAR(p.precision, .5);
    NEAR(p.recall, 2. / 3);
    NEAR(p.f1, 4. / 7);
    NEAR(p.threshold, .6);
    NEAR(p.best_f1, 4. / 7);
    NEAR(p.best_threshold, .6);
    cr_assert_eq(p.pairs_true, 3);
    cr_assert_eq(p.pairs_found, 4);
}

Test(evaluate, best_threshold_is_above_the_wrong_links) {
    rv_eval_alternative truth[] = {{0, 0, 0}, {1, 1, 1}};
    rv_eval_link links[] = {{0, 0, 0, 0, .9}, {1, 1, 0, 0, .9}, {0, 1, 0, 0, .4}, {1, 0, 0, 0, .4}};
    size_t n = 4;
    rv_eval_pairs p;
    cr_assert_eq(rv_eval_links(truth, 2, 2, links, &n, true, &p, NULL), RV_OK);
    NEAR(p.f1, 2. / 3);
    NEAR(p.best_f1, 1);
    NEAR(p.best_threshold, .9);
}

Test(evaluate, two_names_of_one_contact_are_two_right_links_and_one_hit) {
    rv_eval_alternative truth[] = {{0, 0, 0}, {0, 1, 0}};
    rv_eval_link links[] = {{0, 0, 0, 0, 1}, {0, 1, 0, 0, 1}};
    size_t n = 2;
    rv_eval_pairs p;
    cr_assert_eq(rv_eval_links(truth, 2, 1, links, &n, false, &p, NULL), RV_OK);
    NEAR(p.precision, 1);
    NEAR(p.recall, 1);
    cr_assert(isnan(p.threshold));
}

Test(evaluate, repeated_lines_count_once_on_both_sides) {
    rv_eval_alternative truth[] = {{0, 0, 0}, {0, 0, 1}, {1, 1, 2}};
    rv_eval_link links[] = {{0, 0, 0, 0, .2}, {0, 0, 0, 0, .8}};
    size_t n = 2;
    rv_eval_pairs p;
    cr_assert_eq(rv_eval_links(truth, 3, 3, links, &n, true, &p, NULL), RV_OK);
    cr_assert_eq(p.pairs_true, 2);
    cr_assert_eq(p.pairs_found, 1);
    NEAR(p.threshold, .8);
    NEAR(p.recall, .5);
}

Test(evaluate, nothing_found_has_no_precision_but_no_f1_either) {
    rv_eval_alternative truth[] = {{0, 0, 0}};
    size_t n = 0;
    rv_eval_pairs p;
    cr_assert_eq(rv_eval_links(truth, 1, 1, NULL, &n, true, &p, NULL), RV_OK);
    cr_assert(isnan(p.precision));
    NEAR(p.recall, 0);
    NEAR(p.f1, 0);
    cr_assert_eq(rv_eval_links(NULL, 0, 0, NULL, &n, true, &p, NULL), RV_OK);
    cr_assert(isnan(p.f1));
}

/* All pairs against all pairs, at every threshold. */
static double naive_links_f1(const rv_eval_alternative *truth, size_t n_truth, uint32_t n_pairs,
                             const rv_eval_link *links, size_t n_links, double threshold, double *precision,
                             double *recall) {
    size_t found = 0, right = 0, hit = 0;
    for (size_t i = 0; i < n_links; i++) {
        if (links[i].probability < threshold) continue;
        found++;
        for (size_t j = 0; j < n_truth; j++)
            if (truth[j].left == links[i].left && truth[j].right == links[i].right) {
                right++;
                break;
            }
    }
    for (uint32_t pair = 0; pair < n_pairs; pair++) {
        bool is_hit = false;
        for (size_t j = 0; j < n_truth; j++)
            for (size_t i = 0; i < n_links && truth[j].pair == pair; i++)
                is_hit |= links[i].probability >= threshold && truth[j].left == links[i].left &&
                          truth[j].right == links[i].right;
        hit += is_hit;
    }
    *precision = (double)right / (double)found;
    *recall = (double)hit / n_pairs;
    return right && hit ? 2 * *precision * *recall / (*precision + *recall) : 0;
}

Test(evaluate, links_agree_with_a_naive_twin) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 0);
        rv_eval_alternative truth[60], truth_copy[60];
        rv_eval_link links[60], links_copy[60];
        size_t n_truth = 0, n_links = 0;
        uint32_t n_pairs = 1 + rv_random_below(&random, 20), next_right = 0;
        for (uint32_t pair = 0; pair < n_pairs; pair++) /* rights are never shared, so pairs stay apart */
            for (uint32_t k = rv_random_below(&random, 3) + 1; k > 0; k--)
                truth[n_truth++] = (rv_eval_alternative){rv_random_below(&random, 10), next_right++, pair};
        for (uint32_t left = 0; left < 10; left++)
            for (uint32_t k = rv_random_below(&random, 5); k > 0; k--) {
                rv_eval_link link = {left, rv_random_below(&random, 60), 0, false, rv_random_below(&random, 6) / 8.0};
                bool again = false;
                for (size_t i = 0; i < n_links; i++) again |= links[i].left == left && links[i].right == link.right;
                if (!again) links[n_links++] = link;
            }
        memcpy(truth_copy, truth, sizeof truth);
        memcpy(links_copy, links, sizeof links);
        size_t n = n_links;
        rv_eval_pairs p;
        cr_assert_eq(rv_eval_links(truth, n_truth, n_pairs, links, &n, true, &p, NULL), RV_OK);
        if (!n_links) continue;
        double precision, recall, best = 0, f1;
        f1 = naive_links_f1(truth_copy, n_truth, n_pairs, links_copy, n_links, -1, &precision, &recall);
        cr_assert_float_eq(p.precision, precision, 1e-12, "seed %llu", (unsigned long long)seed);
        cr_assert_float_eq(p.recall, recall, 1e-12, "seed %llu", (unsigned long long)seed);
        cr_assert_float_eq(p.f1, f1, 1e-12, "seed %llu", (unsigned long long)seed);
        for (size_t i = 0; i < n_links; i++) {
            double a, b;
            f1 = naive_links_f1(truth_copy, n_truth, n_pairs, links_copy, n_links, links_copy[i].probability, &a, &b);
            if (f1 > best) best = f1;
        }
        cr_assert_float_eq(p.best_f1, best, 1e-12, "seed %llu", (unsigned long long)seed);
        f1 = naive_links_f1(truth_copy, n_truth, n_pairs, links_copy, n_links, p.best_threshold, &precision, &recall);
        cr_assert_float_eq(f1, best, 1e-12, "seed %llu", (unsigned long long)seed);
    }
}

Test(evaluate, clusters_worked_by_hand) {
    /* truth {a b c} {d e}; found {a b} {c d} {e}. One common pair of two found and four true. */
    rv_eval_member members[] = {{0, 0}, {0, 0}, {1, 0}, {1, 1}, {2, 1}};
    rv_eval_pairs p;
    rv_eval_clusters(members, 5, &p);
    NEAR(p.precision, .5);
    NEAR(p.recall, .25);
    NEAR(p.f1, 1. / 3);
    NEAR(p.best_f1, 1. / 3);
    cr_assert_eq(p.pairs_true, 4);
    cr_assert_eq(p.pairs_found, 2);
}

Test(evaluate, one_cluster_of_a_million_is_counted_not_listed) {
    size_t n = 1000000;
    rv_eval_member *members = calloc(n, sizeof *members);
    rv_eval_pairs p;
    rv_eval_clusters(members, n, &p);
    cr_assert_eq(p.pairs_found, 499999500000u);
    NEAR(p.f1, 1);
    free(members);
}

Test(evaluate, clusters_agree_with_a_naive_twin) {
    for (uint64_t seed = 1; seed <= 300; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 1);
        rv_eval_member m[50];
        size_t n = rv_random_below(&random, 50);
        for (size_t i = 0; i < n; i++) {
            m[i].found = rv_random_below(&random, 9) ? rv_random_below(&random, 12) : RV_ID_NONE;
            m[i].truth = rv_random_below(&random, 9) ? rv_random_below(&random, 12) : RV_ID_NONE;
        }
        uint64_t both = 0, found = 0, truth = 0;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) {
                bool f = m[i].found == m[j].found && m[i].found != RV_ID_NONE;
                bool t = m[i].truth == m[j].truth && m[i].truth != RV_ID_NONE;
                found += f;
                truth += t;
                both += f && t;
            }
        rv_eval_pairs p;
        rv_eval_clusters(m, n, &p);
        cr_assert_eq(p.pairs_found, found, "seed %llu", (unsigned long long)seed);
        cr_assert_eq(p.pairs_true, truth, "seed %llu", (unsigned long long)seed);
        if (found) NEAR(p.precision, (double)both / (double)found);
        if (truth) NEAR(p.recall, (double)both / (double)truth);
    }
}

Test(evaluate, scores_worked_by_hand) {
    rv_eval_scored rows[] = {{.6, .6, false}, {.9, .9, true}, {.7, .7, true}, {.5, .5, false}, {.8, .8, false}};
    rv_eval_scores q;
    rv_eval_scores_of(rows, 5, &q);
    NEAR(q.auc, 5. / 6);
    NEAR(q.ks, 2. / 3);
    NEAR(q.brier, .27);
    NEAR(q.calibration_error, .46);
    NEAR(q.lift_10, 2.5);
    cr_assert_eq(q.deciles[0].rows, 1);
    cr_assert_eq(q.deciles[1].rows, 0);
    cr_assert(isnan(q.deciles[1].rate));
}

Test(evaluate, equal_scores_are_worth_nothing) {
    rv_eval_scored rows[20];
    for (size_t i = 0; i < 20; i++) rows[i] = (rv_eval_scored){500, NAN, i < 5};
    rv_eval_scores q;
    rv_eval_scores_of(rows, 20, &q);
    NEAR(q.auc, .5);
    NEAR(q.ks, 0);
    NEAR(q.lift_10, 1);
    for (size_t d = 0; d < 10; d++) NEAR(q.deciles[d].positives, .5);
    cr_assert(isnan(q.brier) && isnan(q.calibration_error) && isnan(q.deciles[0].probability));
}

Test(evaluate, one_class_has_no_auc) {
    rv_eval_scored rows[] = {{1, .5, true}, {2, .5, true}};
    rv_eval_scores q;
    rv_eval_scores_of(rows, 2, &q);
    cr_assert(isnan(q.auc) && isnan(q.ks));
    NEAR(q.brier, .25);
    rv_eval_scores_of(NULL, 0, &q);
    cr_assert(isnan(q.auc) && isnan(q.brier) && isnan(q.lift_10));
}

Test(evaluate, scores_agree_with_a_naive_twin) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        rv_random random;
        rv_random_init(&random, seed, 2);
        rv_eval_scored rows[120], copy[120];
        size_t n = 2 + rv_random_below(&random, 118), positives = 1;
        for (size_t i = 0; i < n; i++) {
            double score = rv_random_below(&random, 30);
            rows[i] = (rv_eval_scored){score, rv_random_below(&random, 9) / 8.0, rv_random_below(&random, 40) < score};
        }
        rows[0].positive = true;
        rows[1].positive = false;
        for (size_t i = 2; i < n; i++) positives += rows[i].positive;
        memcpy(copy, rows, sizeof rows);
        rv_eval_scores q;
        rv_eval_scores_of(rows, n, &q);

        double wins = 0, ks = 0, squares = 0, tenths[10] = {0};
        for (size_t i = 0; i < n; i++) {
            double p_above = 0, n_above = 0, equal = 0, equal_positive = 0, before = 0;
            for (size_t j = 0; j < n; j++) {
                if (copy[i].positive && !copy[j].positive)
                    wins += copy[i].score > copy[j].score ? 1 : copy[i].score == copy[j].score ? .5 : 0;
                if (copy[j].score >= copy[i].score) *(copy[j].positive ? &p_above : &n_above) += 1;
                if (copy[j].score == copy[i].score) {
                    equal++;
                    equal_positive += copy[j].positive;
                    before += j < i;
                } else {
                    before += copy[j].score > copy[i].score;
                }
            }
            double gap = fabs(p_above / (double)positives - n_above / (double)(n - positives));
            if (gap > ks) ks = gap;
            squares += pow(copy[i].probability - copy[i].positive, 2);
            tenths[(size_t)before * 10 / n] += equal_positive / equal;
        }
        NEAR(q.auc, wins / ((double)positives * (double)(n - positives)));
        NEAR(q.ks, ks);
        NEAR(q.brier, squares / (double)n);
        for (size_t d = 0; d < 10; d++)
            cr_assert_float_eq(q.deciles[d].positives, tenths[d], 1e-9, "seed %llu tenth %zu", (unsigned long long)seed,
                               d);
    }
}

Test(id_table, numbers_follow_first_appearance_and_survive_growth) {
    rv_id_table table = {0};
    char name[32];
    for (unsigned round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            uint32_t number;
            snprintf(name, sizeof name, "id-%u", i * 7919u % 5000u);
            cr_assert_eq(rv_id_table_add(&table, rv_text_of(name), &number, NULL), RV_OK);
            cr_assert_eq(number, i);
        }
    cr_assert_eq(table.n, 5000);
    cr_assert(rv_text_is(rv_id_table_text(&table, 1), "id-2919"));
    cr_assert_eq(rv_id_table_find(&table, rv_text_of("id-5000")), RV_ID_NONE);
    uint32_t empty;
    cr_assert_eq(rv_id_table_add(&table, rv_text_of(""), &empty, NULL), RV_OK);
    cr_assert_eq(rv_id_table_find(&table, (rv_text){0}), empty);
    rv_id_table_reset(&table);
    cr_assert_eq(rv_id_table_find(&table, rv_text_of("id-1")), RV_ID_NONE);
}

#ifdef RV_TESTING
Test(id_table, running_out_of_memory_is_an_error_and_leaks_nothing) {
    for (uint64_t n = 1; n < 12; n++) {
        rv_id_table table = {0};
        rv_status status = RV_OK;
        rv_memory_fail_at(n, true);
        for (uint32_t i = 0; i < 200 && status == RV_OK; i++) {
            char name[16];
            uint32_t number;
            snprintf(name, sizeof name, "%u", i);
            status = rv_id_table_add(&table, rv_text_of(name), &number, NULL);
        }
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_NO_MEMORY || n > 5);
        rv_id_table_reset(&table);
    }
}
#endif
