/* Dates: every day of three centuries against a naive calendar, and what isn't a date. */
#include "date.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(date, days_count_up_one_by_one_through_a_naive_calendar) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t expected = rv_date_of(1800, 1, 1);
    for (int y = 1800; y <= 2100; y++)
        for (int m = 1; m <= 12; m++) {
            int n = days[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100) || y % 400 == 0));
            for (int d = 1; d <= n; d++, expected++) {
                int yy, mm, dd;
                cr_assert_eq(rv_date_of(y, m, d), expected);
                rv_date_split(expected, &yy, &mm, &dd);
                cr_assert(yy == y && mm == m && dd == d);
            }
            cr_assert_eq(rv_date_of(y, m, n + 1), RV_DATE_NONE);
        }
    cr_assert_eq(rv_date_of(1970, 1, 1), 0);
}

Test(date, both_ends_of_the_range) {
    cr_assert_neq(rv_date_of(1, 1, 1), RV_DATE_NONE);
    cr_assert_neq(rv_date_of(9999, 12, 31), RV_DATE_NONE);
    cr_assert_eq(rv_date_of(0, 1, 1), RV_DATE_NONE);
    cr_assert_eq(rv_date_of(10000, 1, 1), RV_DATE_NONE);
    cr_assert_eq(rv_date_of(2000, 13, 1), RV_DATE_NONE);
    cr_assert_eq(rv_date_of(2000, 1, 0), RV_DATE_NONE);
}

static void reads(const char *text, rv_date_order order, const char *expected) {
    int32_t date = rv_date_parse(rv_text_of(text), order);
    char out[11] = "none";
    if (date != RV_DATE_NONE) rv_date_format(date, out);
    cr_assert_str_eq(out, expected, "%s: %s, not %s", text, out, expected);
}

Test(date, forms_that_people_write) {
    reads("2024-02-29", RV_DATE_ORDER_AUTO, "2024-02-29");
    reads("2024-02-29T10:11:12Z", RV_DATE_ORDER_AUTO, "2024-02-29");
    reads("2024/2/9 10:00", RV_DATE_ORDER_AUTO, "2024-02-09");
    reads(" 20240229 ", RV_DATE_ORDER_AUTO, "2024-02-29");
    reads("03/02/2024", RV_DATE_ORDER_AUTO, "2024-02-03");
    reads("03/02/2024", RV_MDY, "2024-03-02");
    reads("13/02/2024", RV_MDY, "none");
    reads("02/13/2024", RV_DATE_ORDER_AUTO, "2024-02-13");
    reads("02/13/2024", RV_DMY, "none");
    reads("3.2.2024", RV_DMY, "2024-02-03");
    reads("03/02/2024", RV_YMD, "none");
}

Test(date, what_is_no_date) {
    static const char *const bad[] = {"",           "2023-02-29", "31/04/2024",  "2024-01",    "2024",
                                      "20241301",   "1/2/24",     "2024-01-01x", "2024-01/01", "aa/bb/cccc",
                                      "2024-1-123", "123/1/2024", "2024-01-01T"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) reads(bad[i], RV_DATE_ORDER_AUTO, "none");
}

/* Ten bytes are read at once: any one of them wrong must be seen, and a year's every day must come out alike. */
Test(date, ten_bytes_at_once_are_read_as_one_by_one) {
    char text[11] = "2024-02-29", longer[12];
    for (unsigned at = 0; at < 10; at++)
        for (unsigned byte = 1; byte < 256; byte++) {
            char broken[11];
            memcpy(broken, text, sizeof broken);
            broken[at] = (char)byte;
            snprintf(longer, sizeof longer, "%sZ", broken); /* never ten bytes: the other way */
            memcpy(longer + 10, " ", 2);
            cr_assert_eq(rv_date_parse(rv_text_make(broken, 10), RV_DATE_ORDER_AUTO),
                         rv_date_parse(rv_text_make(longer, 11), RV_DATE_ORDER_AUTO), "byte %u is %u", at, byte);
        }
    for (int y = 1; y <= 9999; y += 7)
        for (int m = 0; m <= 13; m++)
            for (int d = 0; d <= 32; d++) {
                snprintf(longer, sizeof longer, "%04d-%02d-%02d", y, m, d);
                cr_assert_eq(rv_date_parse(rv_text_of(longer), RV_YMD), rv_date_of(y, m, d), "%s", longer);
            }
}
