/* The quality sheet's two forms: what is hidden stays hidden, also from who can add up. */
#include "quality_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sheet of tenths with these seeds, 100 people each, as JSON. */
static char *sheet_of(const uint64_t seeds[10]) {
    rv_quality q = {.auc = .7, .standard_error = .01};
    rv_profile profile = {.calibration = {.n = 1, .score = {500}, .probability = {.5}}};
    rv_buffer out = {0};
    for (unsigned d = 0; d < 10; d++) {
        q.decile[d] = (rv_decile){100, seeds[d], 0};
        q.seeds += seeds[d];
    }
    rv_quality_json(&q, &profile, NULL, &out);
    return rv_buffer_take(&out, NULL);
}

/* How many tenths have null as this figure. */
static unsigned nulls(const char *json, const char *figure) {
    char wanted[64];
    unsigned n = 0;
    snprintf(wanted, sizeof wanted, "\"%s\": null", figure);
    for (const char *at = strstr(json, "\"deciles\""); (at = strstr(at, wanted)); at++) n++;
    return n;
}

Test(quality_file, a_small_tenth_is_hidden_and_a_second_one_with_it) {
    static const struct {
        uint64_t seeds[10];
        unsigned hidden, without_gain;
    } cases[] = {
        {{90, 80, 70, 60, 50, 40, 30, 20, 15, 11}, 0, 0},
        {{90, 80, 70, 60, 50, 40, 30, 20, 15, 10}, 2, 2}, /* 10 alone would be told by the sum: 15 goes with it */
        {{90, 80, 70, 60, 50, 40, 30, 20, 3, 2}, 2, 2},
        {{90, 80, 5, 60, 50, 40, 30, 20, 15, 12}, 2, 8}, /* sums up to a tenth would tell it */
        {{90, 80, 70, 60, 50, 40, 30, 20, 15, 0}, 0, 0}, /* nobody is no person */
        {{4, 3, 2, 1, 1, 1, 1, 1, 1, 1}, 10, 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *json = sheet_of(cases[i].seeds);
        cr_expect_eq(nulls(json, "seeds"), cases[i].hidden, "case %zu: %u", i, nulls(json, "seeds"));
        cr_expect_eq(nulls(json, "observed"), cases[i].hidden, "case %zu", i);
        cr_expect_eq(nulls(json, "lift"), cases[i].hidden, "case %zu", i);
        cr_expect_eq(nulls(json, "gain"), cases[i].without_gain, "case %zu: %u", i, nulls(json, "gain"));
        rv_free(json);
    }
}

Test(quality_file, the_text_shows_observed_beside_predicted_and_hides_the_same) {
    rv_quality q = {.auc = .7, .brier = .1, .calibration_error = .002};
    rv_profile profile = {.method = "index", .calibration = {.n = 1}};
    rv_buffer out = {0};
    for (unsigned d = 0; d < 10; d++) q.decile[d] = (rv_decile){1000, d < 8 ? 200 - 20 * d : 5, 198 - 20 * d};
    rv_quality_text(&q, &profile, &out);
    rv_buffer_byte(&out, 0);
    cr_assert(strstr(out.data, "      1      1000       200    20.0 %     19.8 %   19 %\n"), "%s", out.data);
    cr_assert(strstr(out.data, "      9      1000       few                3.8 %\n"), "%s", out.data);
    cr_assert(strstr(out.data, "calibration: predicted and observed 0.0020 apart"));
    rv_buffer_free(&out);
}

typedef struct lines {
    char text[4096];
} lines;

static void keep(void *ctx, const char *text) {
    lines *l = ctx;
    strncat(l->text, text, sizeof l->text - strlen(l->text) - 2);
    strcat(l->text, "\n");
}

Test(quality_file, what_makes_the_target_is_warned_of_in_one_line) {
    rv_attribute_quality attributes[6];
    rv_quality q = {.seeds = 1000, .auc = .8, .standard_error = .01, .columns = 6, .attribute = attributes};
    rv_profile profile = {.calibration = {.n = 1}};
    static lines said;
    memset(attributes, 0, sizeof attributes);
    for (unsigned c = 0; c < 6; c++) {
        snprintf(attributes[c].name, sizeof attributes[c].name, "a%u", c);
        attributes[c].defines = "the date of the last order";
        attributes[c].left_out = c ? RV_LEFT_DEFINES : RV_USED;
    }
    rv_quality_warnings(&q, &profile, keep, &said);
    cr_assert_str_eq(
        said.text,
        "'a0' (the date of the last order) makes the target; used all the same\n"
        "'a1' (the date of the last order), 'a2' (the date of the last order), 'a3' (the date of the last order) and "
        "2 others left out: the target is made of them (--use-sensitive names one to use it)\n");
}
