/* Dates: every day of three centuries against a naive calendar, and what isn't a date. */
#include "date.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
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

static void reads_cell(const char *text, rv_date_order order, const char *expected) {
    int32_t date = rv_date_in_cell(rv_text_of(text), order, NULL);
    char out[11] = "none";
    if (date != RV_DATE_NONE) rv_date_format(date, out);
    cr_assert_str_eq(out, expected, "%s: %s, not %s", text, out, expected);
}

/* The first of March 2026 as spreadsheets and shops of six countries write it. */
Test(date, the_first_of_march_in_a_cell_of_orders) {
    static const char *const day_first[] = {
        "01/03/2026", "1/3/2026", "01/03/26", "1/3/26", "01-03-26", "01.03.26", "1.3.26", "1.3.26.", "01.03.2026",
        "01 03 2026", "01/03/2026 10:00", "01/03/2026, 10:00", "01/03/26 10:00:00", "01/03/2026 \xc3\xa0 10h30",
        "01/03/2026 - 10:00", "3/1/2026 12:00 AM", ("01/03/2026\xc2\xa0" "10:00"), "'01/03/26",
        "010326", "01032026", "1032026", "01-mars-26", "01-mars-2026", "1 mars 2026", "1er mars 2026", "01-mars.-26",
        "1 mars 2026 \xc3\xa0 10:00", "1 mars 2026 10:00:00 +0100", "dimanche 1 mars 2026", "dim. 1 mars 2026",
        "le 1er mars 2026", "le dimanche 1er mars 2026", "Dim 01/03/2026", "1. M\xc3\xa4rz 2026", "1. M\xc3\xa4r. 2026",
        "So, 1.3.2026", "01.03.2026 10:00 Uhr", "1 maart 2026", "zo 1 mrt 2026", "1 marzo 2026", "1 de marzo de 2026",
        "01-Mar-26", "01-MAR-2026", "1 Mar 2026", "1st March 2026", "Sun, 01 Mar 2026 10:00:00 +0100", "Mar 1, 2026",
        "March 1, 2026 at 10:00 AM", "Mar 01, 2026, 10:00", "Mar 1 2026 12:00AM", "Sunday, March 1, 2026",
        "Sun Mar 01 2026 10:00:00 GMT+0100", "Sun Mar 01 10:00:00 CET 2026", "Sun Mar  1 10:00:00 UTC 2026",
        "mar. 01/03/2026", "2026-03-01", "2026/03/01", "2026.03.01", "20260301", "2026-03-01T10:00:00+02:00",
        "2026-03-01 10:00:00.000", "2026-03-01 10:00:00 UTC", "2026-Mar-01", "20260301103000", "202603011030",
        "46082", "46082,4375", "46082.5", "1772323200", "1772323200000"};
    for (size_t i = 0; i < sizeof day_first / sizeof *day_first; i++) {
        bool swapped = strncmp(day_first[i], "3/1/2026", 8) == 0;
        reads_cell(day_first[i], swapped ? RV_MDY : RV_DATE_ORDER_AUTO, "2026-03-01");
    }
    reads_cell("3/1/26", RV_MDY, "2026-03-01");
    reads_cell("03/01/26 10:00 AM", RV_MDY, "2026-03-01");
    reads_cell("26-03-01", RV_YMD, "2026-03-01");
    reads_cell("260301", RV_YMD, "2026-03-01");
    reads_cell("26/03/01", RV_YMD, "2026-03-01");
}

Test(date, a_year_of_two_digits_is_of_the_century_of_its_column) {
    reads_cell("3-1-98", RV_DATE_ORDER_AUTO, "1998-01-03");
    reads_cell("31/12/69", RV_DATE_ORDER_AUTO, "2069-12-31");
    reads_cell("01/01/70", RV_DATE_ORDER_AUTO, "1970-01-01");
    reads_cell("98-12-31", RV_DATE_ORDER_AUTO, "1998-12-31");
    reads_cell("12/25/26", RV_DATE_ORDER_AUTO, "2026-12-25");
    reads_cell("12/25/26", RV_DMY, "none");
    reads_cell("25/12/26", RV_MDY, "none");
    cr_assert_eq(rv_date_written(rv_text_of("01/03/14"), RV_DATE_ORDER_AUTO, 14), rv_date_of(2014, 3, 1));
    cr_assert_eq(rv_date_written(rv_text_of("01/03/15"), RV_DATE_ORDER_AUTO, 14), rv_date_of(1915, 3, 1));
}

Test(date, what_is_no_date_in_a_cell_either) {
    static const char *const bad[] = {"", "'", "''01/03/26", "1/2", "01/03", "mars 2026", "1 mars", "30/02/26", "29/02/25",
                                      "1 jui 2026", "1 marsouin 2026", "01/03-26", "2026-03/01", "1/3/026", "01/03/26 75002",
                                      "12/03/75 Dupont", "01/03/26x", "1 mars 2026 mars", "Dupont 1 mars 2026", "99/99/99",
                                      "19999", "60000", "4608221", "46082,", "46082.5.1", "999999999", "3000000000",
                                      "20260301246000", "202603012400", "202613010000", "06 12 34 56 78", "12 34 56 78",
                                      "1 2 3 4", "100000 mars 2026", "1 de mars de de 2026", "T", "1.2.3.4", "lundi"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) reads_cell(bad[i], RV_DATE_ORDER_AUTO, "none");
}

Test(date, forms_of_cells_are_counted_where_the_order_is_open) {
    static const char *const cells[] = {"02/03/2026", "2/3/26", "25/02/2026", "02/25/26", "2026-03-02", "1 mars 26",
                                        "03/03/2026", "20260302", "46082", "2026-3-2"};
    rv_date_forms forms = {0}, given = {0};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        rv_date_in_cell(rv_text_of(cells[i]), RV_DATE_ORDER_AUTO, &forms);
        rv_date_in_cell(rv_text_of(cells[i]), RV_DMY, &given);
    }
    cr_assert_eq(forms.unclear, 2);
    cr_assert_eq(forms.day_first, 1);
    cr_assert_eq(forms.month_first, 1);
    cr_assert_eq(forms.short_years, 3);
    cr_assert_eq(given.unclear + given.day_first + given.month_first, 0);
    cr_assert_eq(given.short_years, 2, "02/25/26 is none by that order");
}

/* Whatever bytes: never read beyond the text (the sanitizers look), and what is a date is one that exists. */
Test(date, random_texts_are_dates_or_none) {
    static const char *const pieces[] = {"1", "12", "31", "2026", "26", "/", "-", ".", " ", ",", "mars", "Mar", "er", "de",
                                         "T", "10:00", "lundi", "dim.", "\xc3\xa0", "\xc2\xa0", "\xe2\x80\xaf", "\xc3", "'", "0"};
    uint64_t state = 20261122;
    for (unsigned round = 0; round < 200000; round++) {
        char text[64];
        size_t n = 0;
        for (unsigned k = 0; k < 8; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            const char *piece = pieces[(state >> 33) % (sizeof pieces / sizeof *pieces)];
            size_t len = strlen(piece);
            memcpy(text + n, piece, len);
            n += len;
        }
        char *exact = malloc(n);
        memcpy(exact, text, n);
        int32_t date = rv_date_in_cell(rv_text_make(exact, n), RV_DATE_ORDER_AUTO, NULL);
        free(exact);
        if (date == RV_DATE_NONE) continue;
        int y, m, d;
        rv_date_split(date, &y, &m, &d);
        cr_assert_eq(rv_date_of(y, m, d), date, "%.*s (seed 20261122)", (int)n, text);
    }
}
