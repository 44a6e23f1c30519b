/* The job rv_evaluate on files: which columns it takes, what it answers, what it refuses. */
#include "scratch.h"

#include <criterion/criterion.h>
#include <reveil.h>
#include <string.h>

static rv_report report;
static rv_error error;

static rv_status evaluate(const char *kind, const char *found, const char *truth) {
    rv_settings settings = {.threads = 2};
    rv_evaluate_options options = {kind, scratch_text("found.csv", found), scratch_text("truth.csv", truth)};
    rv_report_reset(&report);
    error = (rv_error){0};
    return rv_evaluate(&options, &settings, &report, &error);
}
static void finish(void) { rv_report_reset(&report); }
#define ANSWERS(text) cr_assert_str_eq(report.json, text)

TestSuite(evaluate_job, .fini = finish);

Test(evaluate_job, links_by_name_with_tiers) {
    const char *truth = "x,y\nc1,a|b\nc2,\nc3,c\n";
    cr_assert_eq(evaluate("links", "right_id,left_id,tier,probability\nb,c1,email,0.75\nz,c2,phone,0.5\n", truth),
                 RV_OK);
    ANSWERS("{\"precision\":0.5,\"recall\":0.5,\"f1\":0.5,\"threshold\":0.5,\"best_f1\":0.6666666666666666,"
            "\"best_threshold\":0.75,\"pairs_true\":2,\"pairs_found\":2,\"tiers\":{\"email\":{\"pairs_found\":1,"
            "\"precision\":1},\"phone\":{\"pairs_found\":1,\"precision\":0}}}");
}

Test(evaluate_job, an_enriched_file_is_a_file_of_links) {
    cr_assert_eq(evaluate("links",
                          "client_id,email,rv_tier,rv_probability,rv_contact_id\n"
                          "c1,e@x.fr,email,0.999000,a\nc2,,none,,\nc3,,ambiguous,,\n",
                          "client_id,contact_id\nc1,a|b\nc2,\nc3,c\n"),
                 RV_OK);
    cr_assert(strstr(report.json, "\"precision\":1,\"recall\":0.5,"));
    cr_assert(strstr(report.json, "\"pairs_true\":2,\"pairs_found\":1,"));
}

Test(evaluate_job, two_columns_of_any_name_are_links) {
    cr_assert_eq(evaluate("links", "client,id\nc1,a\n", "left,right\nc1,a\n"), RV_OK);
    ANSWERS("{\"precision\":1,\"recall\":1,\"f1\":1,\"threshold\":null,\"best_f1\":1,\"best_threshold\":null,"
            "\"pairs_true\":1,\"pairs_found\":1}");
}

Test(evaluate_job, clusters) {
    cr_assert_eq(evaluate("clusters", "id,cluster_id\na,1\nb,1\nc,2\nd,2\ne,3\n", "u,v\na,x\nb,x\nc,x\nd,y\ne,y\n"),
                 RV_OK);
    ANSWERS("{\"precision\":0.5,\"recall\":0.25,\"f1\":0.3333333333333333,\"threshold\":null,"
            "\"best_f1\":0.3333333333333333,\"best_threshold\":null,\"pairs_true\":4,\"pairs_found\":2}");
}

Test(evaluate_job, clusters_count_ids_that_one_side_lacks_as_alone) {
    cr_assert_eq(evaluate("clusters", "id,cluster\na,1\nb,1\nz,1\n", "u,v\na,x\nb,x\nc,x\n"), RV_OK);
    cr_assert(strstr(report.json, "\"pairs_true\":3,\"pairs_found\":3}"));
    cr_assert(strstr(report.json, "\"precision\":0.3333333333333333,"));
}

Test(evaluate_job, an_id_in_two_clusters_is_refused_with_its_line) {
    cr_assert_eq(evaluate("clusters", "id,cluster\na,1\na,2\n", "u,v\na,x\n"), RV_BAD_INPUT);
    cr_assert_eq(error.line, 3);
    cr_assert(strstr(error.file, "found.csv"));
}

Test(evaluate_job, scores_take_their_order_from_the_score) {
    const char *truth = "id,truth\na,1\nb,0\nc,1\nd,0\nseed,1\nunknown,\n";
    cr_assert_eq(
        evaluate("score", "client_id,score,probability\na,900,.9\nb,800,.1\nc,700,.7\nd,600,.2\nq,1,.1\n", truth),
        RV_OK);
    cr_assert(strstr(report.json, "{\"auc\":0.75,\"ks\":0.5,\"brier\":0.0375"), "%s", report.json);
    cr_assert(strstr(report.json, "\"rows\":4,\"positives\":2,\"not_judged\":1}"));
    cr_assert_eq(evaluate("score", "a,b\na,3\nb,2\n", truth), RV_OK);
    cr_assert(strstr(report.json, "{\"auc\":1,\"ks\":1,\"brier\":null,\"calibration_error\":null,"));
}

Test(evaluate_job, what_is_no_number_is_refused_as_a_shape) {
    cr_assert_eq(evaluate("score", "id,score\na,Martin\n", "id,t\na,1\n"), RV_BAD_INPUT);
    cr_assert_eq(error.line, 2);
    cr_assert(strstr(error.message, "Aaaaaa") && !strstr(error.message, "Martin"));
    cr_assert_eq(evaluate("score", "id,score\na,1\n", "id,t\na,2\n"), RV_BAD_INPUT);
    cr_assert_eq(evaluate("score", "id,score\na,1\n", "id,t\na,1\na,0\n"), RV_BAD_INPUT);
    cr_assert_eq(error.line, 3);
}

Test(evaluate_job, unreadable_rows_and_files_are_refused) {
    cr_assert_eq(evaluate("links", "a,b\nc1,a\nragged\n", "a,b\nc1,a\n"), RV_BAD_INPUT);
    cr_assert_eq(error.line, 3);
    cr_assert_eq(evaluate("links", "a\nc1\n", "a,b\nc1,a\n"), RV_BAD_INPUT);
    cr_assert_eq(evaluate("link", "a,b\n", "a,b\n"), RV_BAD_ARGUMENT);
    cr_assert(strstr(error.hint, "links"));
    cr_assert_null(report.json);
    rv_settings settings = {0};
    rv_evaluate_options options = {"links", "/nowhere/found.csv", "/nowhere/truth.csv"};
    cr_assert_eq(rv_evaluate(&options, &settings, &report, &error), RV_BAD_INPUT);
    options.truth = NULL;
    cr_assert_eq(rv_evaluate(&options, &settings, &report, &error), RV_BAD_ARGUMENT);
}
