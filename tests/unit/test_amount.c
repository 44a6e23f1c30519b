/* Amounts in the forms in which exports bring them. */
#include "amount.h"
#include "random.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static void reads(const char *text, char decimal, int64_t expected) {
    int64_t found = -1;
    const char *reason = rv_amount_parse(rv_text_of(text), decimal, &found, NULL);
    cr_assert_null(reason, "\"%s\": %s", text, reason);
    cr_assert_eq(found, expected, "\"%s\": %lld", text, (long long)found);
}

static void refuses(const char *text, char decimal, const char *expected) {
    int64_t found = 77;
    const char *reason = rv_amount_parse(rv_text_of(text), decimal, &found, NULL);
    cr_assert_not_null(reason, "\"%s\" was read as %lld", text, (long long)found);
    cr_assert_str_eq(reason, expected, "\"%s\": %s", text, reason);
    cr_assert_eq(found, 77, "untouched on failure");
}

Test(amount, plain_forms) {
    reads("29.90", 0, 299000);
    reads("29,90", 0, 299000);
    reads("0", 0, 0);
    reads("-12", 0, -120000);
    reads("+3.5", 0, 35000);
    reads(" 7 ", 0, 70000);
    reads(".5", 0, 5000);
    reads("5.", 0, 50000);
    reads("0.0001", 0, 1);
    reads("1e2", 0, 1000000);
    reads("12,5", ',', 125000);
    reads("9999999999.9999", 0, 99999999999999);
}

Test(amount, grouped_and_dressed_forms) {
    reads("1 234,50", 0, 12345000);
    reads("1\xC2\xA0"
          "234,50 \xE2\x82\xAC",
          0, 12345000);
    reads("1\xE2\x80\xAF"
          "234 567",
          0, 12345670000);
    reads("1.234,50", 0, 12345000);
    reads("1,234.50", 0, 12345000);
    reads("-1.234.567", 0, -12345670000);
    reads("1'234.50", 0, 12345000);
    reads("1,234", '.', 12340000);
    reads("1.234", ',', 12340000);
    reads("29.90 EUR", 0, 299000);
    reads("-29,90\xE2\x82\xAC", 0, -299000);
}

Test(amount, signs_and_currencies_on_either_side) {
    static const char *const minus_twelve_and_a_half[] = {"-12,50",
                                                          "12.50-",
                                                          "12,50 -",
                                                          "- 12.5",
                                                          "(12.50)",
                                                          "( 12,50 \xE2\x82\xAC )",
                                                          "-\xE2\x82\xAC"
                                                          "12.50",
                                                          "\xE2\x82\xAC-12.50",
                                                          "\xE2\x82\xAC 12,50-",
                                                          "12,50- EUR",
                                                          "\xE2\x88\x92"
                                                          "12,5",
                                                          "12,5\xE2\x88\x92",
                                                          "\xE2\x80\x93 12,5 euros",
                                                          "CHF -12.50",
                                                          "-012.5000 eur"};
    for (unsigned i = 0; i < sizeof minus_twelve_and_a_half / sizeof *minus_twelve_and_a_half; i++)
        reads(minus_twelve_and_a_half[i], 0, -125000);
    reads("\xE2\x82\xAC 12", 0, 120000);
    reads("$1,234.50", 0, 12345000);
    reads("US$ 1,234.50", 0, 12345000);
    reads("12 $ CA", 0, 120000);
    reads("\xC2\xA3"
          "12",
          0, 120000);
    reads("CHF 1'234.-", 0, 12340000);
    reads("12.\xE2\x80\x93", 0, 120000);
    reads("12 Fr.", 0, 120000);
    reads("1\xC2\xA0"
          "234\xC2\xA0"
          "FCFA",
          0, 12340000);
    reads("+5 z\xC5\x82", 0, 50000);
    refuses("\xE2\x82\xAC", 0, "bad_amount");
    refuses("\xE2\x82\xAC\xE2\x82\xAC 5", 0, "bad_amount");
    refuses("-5-", 0, "bad_amount");
    refuses("-(5)", 0, "bad_amount");
    refuses("()", 0, "bad_amount");
    refuses("(5", 0, "bad_amount");
    refuses("5 -- EUR", 0, "bad_amount");
    refuses("-inf \xE2\x82\xAC", 0, "amount_not_finite");
    refuses("12 %", 0, "bad_amount");
}

Test(amount, currencies_are_noted_and_so_are_marks_beside_them) {
    rv_amount_marks marks = {0};
    int64_t v;
    rv_amount_parse(RV_TEXT("12"), 0, &v, &marks);
    cr_assert_eq(marks.currencies, 0);
    rv_amount_parse(RV_TEXT("12 EUR"), 0, &v, &marks);
    rv_amount_parse(RV_TEXT("\xE2\x82\xAC"
                            "12"),
                    0, &v, &marks);
    cr_assert_eq(marks.currencies, 1);
    rv_amount_parse(RV_TEXT("$12"), 0, &v, &marks);
    cr_assert_eq(marks.currencies, 3);
    cr_assert_str_eq(rv_amount_currency(1), "USD");
    rv_amount_parse(RV_TEXT("x EUR"), 0, &v, &marks);
    cr_assert_eq(marks.unclear[1], 0);
    rv_amount_parse(RV_TEXT("1,234 EUR"), 0, &v, &marks);
    cr_assert_eq(marks.unclear[1], 1);
    cr_assert_eq(v, 12340);
}

Test(amount, five_decimals_are_rounded_half_away_from_zero) {
    reads("0.00005", 0, 1);
    reads("-0.00005", 0, -1);
    reads("1.23444999", 0, 12344);
    reads("33.333333333", 0, 333333);
}

Test(amount, what_is_no_amount_says_why) {
    refuses("", 0, "bad_amount");
    refuses("-", 0, "bad_amount");
    refuses(".", 0, "bad_amount");
    refuses("abc", 0, "bad_amount");
    refuses("12a", 0, "bad_amount");
    refuses("1 23,50", 0, "bad_amount");
    refuses("1,23,456", 0, "bad_amount");
    refuses("12.34.5", 0, "bad_amount");
    refuses("1.5", ',', "bad_amount");
    refuses("--5", 0, "bad_amount");
    refuses("1e", 0, "bad_amount");
    refuses("NaN", 0, "amount_not_finite");
    refuses("-inf", 0, "amount_not_finite");
    refuses("1e999", 0, "bad_amount");
    refuses("10000000001", 0, "amount_out_of_range");
    refuses("99999999999999999999", 0, "amount_out_of_range");
    refuses("-1e11", 0, "amount_out_of_range");
    reads("10000000000", 0, RV_AMOUNT_MAX);
}

Test(amount, doubt_is_settled_by_the_rest_of_the_file) {
    rv_amount_marks marks = {0};
    int64_t v;
    char mark = 0;
    rv_amount_parse(RV_TEXT("12.50"), 0, &v, &marks);
    rv_amount_parse(RV_TEXT("0.125"), 0, &v, &marks); /* groups don't begin with zero */
    cr_assert_eq(rv_amount_doubt(&marks, &mark), RV_AMOUNTS_CLEAR);
    rv_amount_parse(RV_TEXT("1.234"), 0, &v, &marks);
    cr_assert_eq(rv_amount_doubt(&marks, &mark), RV_AMOUNTS_CLEAR, "other cells prove the point");
    rv_amount_parse(RV_TEXT("1,234"), 0, &v, &marks);
    cr_assert_eq(rv_amount_doubt(&marks, &mark), RV_AMOUNTS_CONTRADICT);
    cr_assert_eq(mark, ',');
    marks = (rv_amount_marks){0};
    rv_amount_parse(RV_TEXT("1,234"), 0, &v, &marks);
    cr_assert_eq(rv_amount_doubt(&marks, &mark), RV_AMOUNTS_UNCLEAR);
    rv_amount_parse(RV_TEXT("1,234.50"), 0, &v, &marks);
    cr_assert_eq(rv_amount_doubt(&marks, &mark), RV_AMOUNTS_CONTRADICT);
}

Test(amount, random_cents_come_back) {
    rv_random random;
    printf("seed 3\n");
    rv_random_init(&random, 3, 0);
    for (unsigned i = 0; i < 20000; i++) {
        int64_t cents = (int64_t)rv_random_below(&random, 2000000000) - 1000000000;
        char text[40];
        snprintf(text, sizeof text, "%s%lld%c%02lld", cents < 0 ? "-" : "", llabs(cents) / 100, i % 2 ? ',' : '.',
                 llabs(cents) % 100);
        reads(text, i % 3 ? 0 : i % 2 ? ',' : '.', cents * 100);
    }
}

/* Up to eight bytes are read at once: against sums digit by digit, and with one byte that belongs in no amount. */
Test(amount, short_amounts_are_read_digit_by_digit) {
    rv_random random;
    printf("seed 31\n");
    rv_random_init(&random, 31, 0);
    for (unsigned round = 0; round < 300000; round++) {
        char text[16], mark = "\0.,"[rv_random_below(&random, 3)];
        unsigned whole = rv_random_below(&random, 9), decimals = mark ? rv_random_below(&random, 5) : 0, n = 0;
        if (whole + decimals == 0) continue;
        bool negative = rv_random_below(&random, 2);
        if (negative) text[n++] = '-';
        int64_t expected = 0, found = 77;
        for (unsigned i = 0; i < whole + decimals; i++) {
            unsigned digit = rv_random_below(&random, 10);
            if (i == whole) text[n++] = mark;
            text[n++] = (char)('0' + digit);
            expected = expected * 10 + digit;
        }
        if (mark && decimals == 0) text[n++] = mark;
        for (unsigned i = decimals; i < 4; i++) expected *= 10;
        if (negative) expected = -expected;
        char decimal = rv_random_below(&random, 2) ? mark : 0;
        cr_assert_null(rv_amount_parse(rv_text_make(text, n), decimal, &found, NULL), "%.*s", (int)n, text);
        cr_assert_eq(found, expected, "%.*s is %lld", (int)n, text, (long long)found);
        text[rv_random_below(&random, n)] = "xyz_/:;<=>@\x80\xff"[rv_random_below(&random, 13)];
        found = 77;
        cr_assert_not_null(rv_amount_parse(rv_text_make(text, n), decimal, &found, NULL), "%.*s", (int)n, text);
        cr_assert_eq(found, 77, "untouched on failure");
    }
}

/* The marks that are counted don't depend on which way a cell is read. */
Test(amount, marks_are_counted_alike_for_short_and_long_cells) {
    static const struct {
        const char *text;
        uint64_t decimal[2], unclear[2];
    } cells[] = {{"1.234", {0, 0}, {1, 0}},    {"123,456", {0, 0}, {0, 1}}, {"0.123", {1, 0}, {0, 0}},
                 {"1234.567", {1, 0}, {0, 0}}, {"12.5", {1, 0}, {0, 0}},    {"-1,234", {0, 0}, {0, 1}},
                 {"12345678", {0, 0}, {0, 0}}, {".125", {1, 0}, {0, 0}},    {"7,", {0, 1}, {0, 0}}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        rv_amount_marks marks = {0};
        int64_t out;
        cr_assert_null(rv_amount_parse(rv_text_of(cells[i].text), 0, &out, &marks));
        cr_assert_arr_eq(marks.decimal, cells[i].decimal, sizeof marks.decimal, "%s", cells[i].text);
        cr_assert_arr_eq(marks.unclear, cells[i].unclear, sizeof marks.unclear, "%s", cells[i].text);
    }
}
