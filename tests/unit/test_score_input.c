/* Tables that can't be scored, or only in part: each has its outcome, its words and its exit code (docs/SCORING.md, "Input
 * that isn't what it should be"). */
#include "memory.h"
#include "random.h"
#include "scratch.h"
#include <reveil.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const char *(*cell_fn)(unsigned row, char *text); /* text: 64 bytes */

static uint32_t chance(unsigned row, uint64_t salt, uint32_t below) {
    rv_random r;
    rv_random_init(&r, salt, row);
    return rv_random_below(&r, below);
}

/* Labels. */
static const char *third(unsigned row, char *text) { return (void)text, row % 3 ? "0" : "1"; }
static const char *nobody(unsigned row, char *text) { return (void)row, (void)text, "0"; }
static const char *everybody(unsigned row, char *text) { return (void)row, (void)text, "1"; }
static const char *sixty(unsigned row, char *text) { return (void)text, row < 60 ? "1" : "0"; }
static const char *ten(unsigned row, char *text) { return (void)text, row < 10 ? "1" : "0"; }
static const char *one(unsigned row, char *text) { return (void)text, row == 77 ? "1" : "0"; }
static const char *all_but_24(unsigned row, char *text) { return (void)text, row < 24 ? "0" : "1"; }
static const char *all_but_25(unsigned row, char *text) { return (void)text, row < 25 ? "0" : "1"; }
static const char *unlabelled_rest(unsigned row, char *text) { return (void)text, row % 3 ? "" : "1"; }

/* Attributes; all lean towards the seeds of `third` a little, or say nothing. */
static const char *good(unsigned row, char *text) {
    return (void)text, (row % 3 == 0) == (chance(row, 1, 3) > 0) ? "a" : "b";
}
static const char *constant(unsigned row, char *text) { return (void)row, (void)text, "same"; }
static const char *empty(unsigned row, char *text) { return (void)row, (void)text, " "; }
static const char *crowded(unsigned row, char *text) { return snprintf(text, 64, "v%u", chance(row, 2, 10000)), text; }
static const char *digits(unsigned row, char *text) { return snprintf(text, 64, "%u", chance(row, 3, 10000)), text; }
static const char *leaning_digits(unsigned row, char *text) {
    return snprintf(text, 64, "%u", chance(row, 3, 10000) + (row % 3 ? 0 : 4000)), text;
}
static const char *few_words(unsigned row, char *text) { return row % 50 == 7 ? "n.c." : leaning_digits(row, text); }
static const char *many_words(unsigned row, char *text) {
    return row % 3 == 0 && chance(row, 4, 2) ? "n.c." : snprintf(text, 64, "%u", chance(row, 5, 4)) ? text : "";
}
static const char *no_numbers(unsigned row, char *text) {
    static const char *const odd[] = {"nan", "inf", "-inf", "1e999", "-5", "3"};
    return (void)text, odd[chance(row, 6, row % 3 ? 6 : 4)];
}
static const char *future(unsigned row, char *text) {
    return snprintf(text, 64, "20%02u-03-04", chance(row, 7, 40) + (row % 3 ? 10 : 50)), text;
}
static const char *lone(unsigned row, char *text) { return (void)text, row == 500 ? "the only one" : good(row, text); }
static const char *label_again(unsigned row, char *text) { return (void)text, row % 3 ? "no" : "yes"; }

typedef struct outcome {
    const char *column; /* name of the attribute */
    cell_fn attribute, label;
    unsigned rows;
    uint32_t min_seeds;
    rv_status status;
    const char *says; /* in the message, or in the quality sheet when all goes well */
} outcome;

static const outcome outcomes[] = {
    /* labels */
    {"a", good, nobody, 600, 0, RV_BAD_INPUT, "no row is active: none of 600 has y=1"},
    {"a", good, everybody, 600, 0, RV_BAD_INPUT, "every row has y=1"},
    {"a", good, sixty, 600, 0, RV_REFUSED, "60 seeds (y=1); a profile needs 100"},
    {"a", good, sixty, 600, 60, RV_OK, "only 60 seeds"},
    {"a", good, sixty, 600, 61, RV_REFUSED, "a profile needs 61"},
    {"a", good, ten, 600, 25, RV_REFUSED, "10 seeds"},
    {"a", good, third, 600, 24, RV_REFUSED, "would tell of persons"},
    {"a", good, one, 20000, 0, RV_REFUSED, "1 seeds"}, /* one client in very many */
    {"a", good, all_but_24, 600, 0, RV_REFUSED, "24 people to tell the seeds from; a profile needs 25"},
    {"a", good, all_but_25, 600, 0, RV_OK, "\"told_from\": \"the known non-seeds\""},
    {"a", good, unlabelled_rest, 600, 0, RV_OK, "the unlabelled rows may hide any number of actives"},
    {"a", good, third, 0, 0, RV_BAD_INPUT, "the table has no rows"},
    /* attributes; beside each stands one that is fine, where the job is to go well */
    {"email", good, third, 600, 0, RV_BAD_INPUT, "only ids, names and contact data"},
    {"a", constant, third, 600, 0, RV_BAD_INPUT, "of 1, 1: one value only"},
    {"a", empty, third, 600, 0, RV_BAD_INPUT, "of 1, 1: empty"},
    {"religion", good, third, 600, 0, RV_BAD_INPUT, "of 1, 1: sensitive"},
    {"a", crowded, third, 20000, 0, RV_BAD_INPUT, "of 1, 1: no value is held by enough people"},
    {"a", digits, third, 3000, 0, RV_BAD_INPUT, "of 1, 1: no cut tells the two sides apart"},
    {"a", leaning_digits, third, 20000, 0, RV_OK, "\"scale\": \"number\",\n      \"values\": "},
    {"a", few_words, third, 3000, 0, RV_OK,
     "'a' is a column of numbers; 60 rows have something else (1 distinct), which counts as other"},
    {"a", many_words, third, 3000, 0, RV_OK, "\"scale\": \"category\""},
    {"a", no_numbers, third, 3000, 0, RV_OK, "\"scale\": \"category\""},
    {"a", future, third, 3000, 0, RV_OK, "\"scale\": \"date\""},
    {"a", lone, third, 3000, 0, RV_OK, "\"entries\": 4"}, /* missing, other, a, b */
    {"a", label_again, third, 3000, 0, RV_OK,
     "'a' predicts the target nearly alone (AUC 1.000): it may be made of it; used all the same"},
};

static const char *table_of(const outcome *o) {
    rv_buffer csv = {0};
    char cell[64], label[64];
    rv_buffer_format(&csv, "id,%s,y\n", o->column);
    for (unsigned i = 0; i < o->rows; i++)
        rv_buffer_format(&csv, "%u,%s,%s\n", i, o->attribute(i, cell), o->label(i, label));
    const char *path = scratch_file("in.csv", csv.data, csv.len);
    rv_buffer_free(&csv);
    return path;
}

Test(score_input, each_has_its_outcome_and_its_words) {
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const outcome *o = &outcomes[i];
        rv_score_options options = {.in = {.path = table_of(o), .id = "id"},
                                    .active = "y=1",
                                    .method = "index",
                                    .min_seeds = o->min_seeds,
                                    .out = scratch_path("out.csv"),
                                    .quality_out = scratch_path("q.json")};
        rv_settings settings = {.threads = 1, .force = true};
        rv_report report = {0};
        rv_error err = {0};
        remove(options.out);
        rv_status status = rv_score(&options, &settings, &report, &err);
        cr_expect_eq(status, o->status, "case %zu: %d, %s", i, status, err.message);
        if (status == RV_OK) {
            char *sheet = scratch_read(options.quality_out, NULL);
            cr_expect(strstr(sheet, o->says), "case %zu: no '%s' in\n%s", i, o->says, sheet);
            free(sheet);
        } else {
            cr_expect(strstr(err.message, o->says), "case %zu: no '%s' in '%s'", i, o->says, err.message);
            cr_expect(fopen(options.out, "r") == NULL, "case %zu left an output", i);
        }
        rv_report_reset(&report);
    }
}

/* An entry of a few people would tell of them by its points: it counts nothing. */
Test(score_input, entries_of_a_few_people_count_nothing) {
    outcome o = {.column = "a", .attribute = lone, .label = third, .rows = 3000};
    rv_score_options options = {.in = {.path = table_of(&o), .id = "id"},
                                .active = "y=1",
                                .out = scratch_path("out.csv"),
                                .profile_out = scratch_path("p.json")};
    rv_settings settings = {.threads = 1};
    rv_report report = {0};
    cr_assert_eq(rv_score(&options, &settings, &report, NULL), RV_OK);
    rv_report_reset(&report);
    char *profile = scratch_read(options.profile_out, NULL);
    cr_assert(strstr(profile, "\"other\": true,\n          \"points\": 0,"), "%s", profile);
    cr_assert_null(strstr(profile, "the only one"));
    free(profile);
}

/* A renamed column is asked after; another table altogether is told what it lacks. */
Test(score_input, a_profile_for_other_columns_asks_after_the_nearest) {
    outcome o = {.column = "profession", .attribute = good, .label = third, .rows = 3000};
    rv_score_options learn = {.in = {.path = table_of(&o), .id = "id"},
                              .active = "y=1",
                              .out = scratch_path("out.csv"),
                              .profile_out = scratch_path("p.json")};
    rv_settings settings = {.threads = 1, .force = true};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_score(&learn, &settings, &report, NULL), RV_OK);
    rv_score_options apply = {.profile = learn.profile_out, .out = learn.out};
    apply.in.path = scratch_text("near.csv", "id,proffesion,y\n1,a,0\n");
    cr_assert_eq(rv_score(&apply, &settings, &report, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "the table lacks: 'profession'"), "%s", err.message);
    cr_assert(strstr(err.hint, "did you mean 'proffesion'?"), "%s", err.hint);
    apply.in.path = scratch_text("far.csv", "id,colour,y\n1,a,0\n");
    cr_assert_eq(rv_score(&apply, &settings, &report, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.hint, "learn a new one"), "%s", err.hint);
    rv_report_reset(&report);
}
