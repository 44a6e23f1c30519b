/* Gates bite, on both sides of their bound, and never pass for want of a measure. */
#include "gates.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static rv_status check(const char *gate, const char *measure, double value) {
    rv_settings s = {.gates = &gate, .n_gates = 1};
    return rv_gates_check(&s, measure, value, NULL);
}

Test(gates, each_comparison_on_both_sides) {
    cr_assert_eq(check("auc>=.7", "auc", 0.7), RV_OK);
    cr_assert_eq(check("auc>=.7", "auc", 0.6999), RV_GATE_MISSED);
    cr_assert_eq(check("auc > 0.7", "auc", 0.7), RV_GATE_MISSED);
    cr_assert_eq(check("x<=1", "x", 1), RV_OK);
    cr_assert_eq(check("x<1", "x", 1), RV_GATE_MISSED);
    cr_assert_eq(check("auc>=.7", "match_rate", 0), RV_OK);
    cr_assert_eq(check("auc>=.7", "auc", NAN), RV_GATE_MISSED);
}

Test(gates, what_cant_be_read_or_isnt_measured_is_an_error) {
    static const char *const measures[] = {"match_rate", "auc", NULL};
    static const char *const bad[] = {"auc", ">=1", "auc>=", "auc>=x", "acu>=.5", "lift>=2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rv_settings s = {.gates = &bad[i], .n_gates = 1};
        rv_error err = {0};
        cr_assert_eq(rv_gates_validate(&s, measures, &err), RV_BAD_ARGUMENT, "%s", bad[i]);
        if (i == 4) cr_assert(strstr(err.hint, "auc"));
        cr_assert(err.hint[0]);
    }
    const char *good = "auc>=.7";
    rv_settings s = {.gates = &good, .n_gates = 1};
    cr_assert_eq(rv_gates_validate(&s, measures, NULL), RV_OK);
}
