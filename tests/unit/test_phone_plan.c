/* The table of numbers in use: that lookups find what stands in it, and that the short way for French numbers agrees. */
#include "phone.h"
#include "phone_plan.h"
#include <criterion/criterion.h>
#include <stdio.h>

Test(phone_plan, lists_of_beginnings) {
    const char *list = "26[013-9] 4 5.7";
    static const char *const in[] = {"26012", "263", "269", "4", "49", "507", "5971"};
    static const char *const out[] = {"", "2", "26", "262", "3", "5", "50", "516"};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++) cr_expect(rv_phone_begins(in[i], list), "%s", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++) cr_expect_not(rv_phone_begins(out[i], list), "%s", out[i]);
    cr_expect(rv_phone_begins("", ""));
    cr_expect(rv_phone_begins("12", ""));
}

static bool is_plan_of(const rv_phone_plan *plan, const char *digits) {
    return strncmp(digits, plan->code, strlen(plan->code)) == 0;
}

Test(phone_plan, a_number_has_at_most_one_plan) {
    for (unsigned number = 1000; number < 10000; number++) {
        char digits[8];
        const rv_phone_plan *expected = NULL;
        snprintf(digits, sizeof digits, "%u", number);
        for (size_t i = 0; i < rv_phone_plans_count; i++) {
            if (!is_plan_of(&rv_phone_plans[i], digits)) continue;
            cr_assert_null(expected, "%s", digits);
            expected = &rv_phone_plans[i];
        }
        cr_assert_eq(rv_phone_plan_of_number(digits), expected, "%s", digits);
    }
    cr_expect_null(rv_phone_plan_of_number(""));
    cr_expect_null(rv_phone_plan_of_number("3"));
}

Test(phone_plan, the_table_is_sound) {
    size_t ranges = 0;
    for (size_t i = 0; i < rv_phone_plans_count; i++) {
        const rv_phone_plan *plan = &rv_phone_plans[i];
        cr_assert_eq(plan->first, ranges, "+%s", plan->code);
        cr_assert_gt(plan->count, 0);
        for (size_t r = 0; r < plan->count; r++) {
            const rv_phone_range *range = &rv_phone_ranges[plan->first + r];
            cr_assert(range->shortest <= range->longest && range->longest <= 15 && range->kind <= RV_RANGE_SERVICE);
            cr_assert_geq(range->shortest, strlen(range->head));
            cr_assert_eq(strspn(range->head, "0123456789"), strlen(range->head));
            cr_assert_eq(strspn(range->behind, "0123456789[-]. "), strlen(range->behind));
        }
        ranges += plan->count;
    }
    for (size_t i = 0; i < rv_phone_countries_count; i++) {
        const rv_phone_country *country = &rv_phone_countries[i];
        cr_assert_lt(country->plan, rv_phone_plans_count);
        cr_assert(i == 0 || strcmp(country[-1].code, country->code) < 0);
        cr_assert_eq(rv_phone_country_find(rv_text_of(country->code)), country);
    }
    cr_expect_null(rv_phone_country_find(RV_TEXT("XX")));
    cr_expect_null(rv_phone_country_find(RV_TEXT("FRA")));
}

/* All beginnings of five digits: what phone.c decides by two digits is what the plan says. */
Test(phone_plan, french_numbers_are_read_as_the_plan_says) {
    const rv_phone_plan *france = rv_phone_plan_of_number("33");
    static const char *const own[] = {"calling_platform", "machine_number", "stop_value"};
    unsigned seen[4] = {0};
    for (unsigned head = 10000; head < 100000; head++) {
        char national[16], text[20];
        snprintf(national, sizeof national, "%05u4827", head);
        snprintf(text, sizeof text, "0%s", national);
        rv_phone phone = {0};
        const char *reason = rv_phone_read(rv_text_of(text), "FR", &phone);
        const rv_phone_range *range = rv_phone_range_find(france, national, 9);
        if (!reason && strcmp(phone.country, "FR") != 0) { /* overseas: its own plan has it */
            const char *code = rv_phone_plan_of_number(phone.e164 + 1)->code;
            seen[0]++;
            cr_assert(strlen(code) == 3 && (phone.len == 13 || strcmp(code, "508") == 0), "%s: %s", text, phone.e164);
        } else if (!reason) {
            seen[1]++;
            cr_assert_not_null(range, "%s", text);
            cr_assert_eq(phone.kind, range->kind == RV_RANGE_MOBILE ? RV_PHONE_MOBILE : RV_PHONE_FIXED, "%s", text);
        } else if (strcmp(reason, "service_number") == 0) {
            seen[2]++;
            cr_assert(national[0] == '8' && (!range || range->kind == RV_RANGE_SERVICE), "%s", text);
        } else if (strcmp(reason, "not_in_plan") == 0) {
            seen[3]++; /* France's plan or, where the beginning is of an overseas part, that part's */
            cr_assert(!range || strchr("256", national[0]), "%s", text);
        } else {
            bool ours = false;
            for (size_t i = 0; i < 3; i++) ours |= strcmp(reason, own[i]) == 0;
            cr_assert(ours, "%s: %s", text, reason);
        }
    }
    for (int i = 0; i < 4; i++) cr_expect_gt(seen[i], 300, "%d", i);
}
