/* The usual forms are base/date.h's; here are the unusual ones: two-digit years, years alone, months in words, days
 * counted by a spreadsheet since 1899-12-30. */
#include "birth.h"

#include "letters.h"

enum { FIRST_YEAR = 1900, LAST_YEAR = 2029, PIVOT = 14 };

/* Two digits, or a number beyond 99. */
static int two(const char *p) {
    unsigned tens = (unsigned)(unsigned char)p[0] - '0', ones = (unsigned)(unsigned char)p[1] - '0';
    return tens <= 9 && ones <= 9 ? (int)(tens * 10 + ones) : 1000000;
}

/* What nearly all dates look like: 1973-12-29 and 29/12/1973. false: another shape, or not a good date. */
static bool read_plain(rv_text value, rv_date_order order, rv_birth *out) {
    const char *p = value.ptr;
    if (value.len != 10) return false;
    bool iso = p[4] == '-' && p[7] == '-';
    bool european = !iso && p[2] == p[5] && (p[2] == '/' || p[2] == '.' || p[2] == '-') &&
                    (order == RV_DATE_ORDER_AUTO || order == RV_DMY);
    if (!iso && !european) return false;
    int year = iso ? two(p) * 100 + two(p + 2) : two(p + 6) * 100 + two(p + 8);
    int month = iso ? two(p + 5) : two(p + 3), day = iso ? two(p + 8) : two(p);
    int32_t date = rv_date_of(year, month, day);
    if (date == RV_DATE_NONE || year <= FIRST_YEAR || year > LAST_YEAR) return false;
    *out = (rv_birth){.date = date, .weak = month == 1 && day == 1};
    return true;
}

static const char *accept(int32_t date, bool year_only, rv_birth *out) {
    if (date == RV_DATE_NONE) return "not_a_date";
    int year, month, day;
    rv_date_split(date, &year, &month, &day);
    if (year < FIRST_YEAR || year > LAST_YEAR || (!year_only && year == 1900 && month == 1 && day == 1))
        return "out_of_range";
    out->date = date;
    out->year_only = year_only;
    out->weak = year_only || (month == 1 && day == 1);
    return NULL;
}

static int full_year(int year, size_t digits) {
    if (digits > 2) return year;
    return year <= PIVOT ? 2000 + year : 1900 + year;
}

static int32_t ordered(int a, int b, int year, rv_date_order order) {
    if (order == RV_MDY) return rv_date_of(year, a, b);
    int32_t date = rv_date_of(year, b, a);
    return date == RV_DATE_NONE && order == RV_DATE_ORDER_AUTO ? rv_date_of(year, a, b) : date;
}

static int month_of(rv_text word) {
    static const char *const months[12] = {
        "JANVIER JANV JAN JANUARY",
        "FEVRIER FEVR FEV FEBRUARY FEB",
        "MARS MAR MARCH",
        "AVRIL AVR APRIL APR",
        "MAI MAY",
        "JUIN JUN JUNE",
        "JUILLET JUIL JUL JULY",
        "AOUT AOU AUGUST AUG",
        "SEPTEMBRE SEPT SEP SEPTEMBER",
        "OCTOBRE OCT OCTOBER",
        "NOVEMBRE NOV NOVEMBER",
        "DECEMBRE DEC DECEMBER",
    };
    for (int m = 0; m < 12; m++)
        if (rv_word_in(word, months[m])) return m + 1;
    return 0;
}

static int number_of(rv_text word) {
    int value = 0;
    for (uint32_t i = 0; i < word.len; i++) value = value * 10 + (word.ptr[i] - '0');
    return value;
}

/* "12 mars 1975", "12/03/75", "1er mai 1980", "12 03 1975". */
static const char *read_words(rv_text value, rv_date_order order, rv_birth *out) {
    char letters[48];
    rv_text words[5];
    size_t n = rv_letters(value, 0, letters, sizeof letters);
    if (n == 0 || rv_words(rv_text_make(letters, n), words, 5) != 3) return "not_a_date";
    if (words[0].len == 3 && memcmp(words[0].ptr, "1ER", 3) == 0) words[0].len = 1;
    if (!rv_all_digits(words[0]) || !rv_all_digits(words[2]) || words[0].len > 4 || words[2].len > 4 ||
        words[0].len == 3 || words[2].len == 3)
        return "not_a_date";
    int a = number_of(words[0]), c = number_of(words[2]);
    int month = month_of(words[1]);
    if (month) return accept(rv_date_of(full_year(c, words[2].len), month, a), false, out);
    if (!rv_all_digits(words[1]) || words[1].len > 2) return "not_a_date";
    int b = number_of(words[1]);
    if (words[0].len == 4 || order == RV_YMD) return accept(rv_date_of(full_year(a, words[0].len), b, c), false, out);
    return accept(ordered(a, b, full_year(c, words[2].len), order), false, out);
}

const char *rv_birth_read(rv_text value, rv_date_order order, rv_birth *out) {
    if (read_plain(value, order, out)) return NULL;
    value = rv_text_trim(value);
    if (value.len == 0) return "empty";
    if (value.len > 40) return "not_a_date";
    int32_t date = rv_date_parse(value, order);
    if (date != RV_DATE_NONE) return accept(date, false, out);
    if (value.len > 2 && memcmp(value.ptr + value.len - 2, ".0", 2) == 0) value.len -= 2;
    if (!rv_all_digits(value)) return read_words(value, order, out);
    int number = value.len <= 8 ? number_of(value) : 0;
    switch (value.len) {
    case 4: return accept(rv_date_of(number, 1, 1), true, out);
    case 5: return accept(rv_date_of(1899, 12, 30) + number, false, out); /* a spreadsheet's day, 1927 and later */
    case 6: return accept(ordered(number / 10000, number / 100 % 100, full_year(number % 100, 2), order), false, out);
    case 7: /* ddmmyyyy whose zero was eaten */
        return accept(ordered(number / 1000000, number / 10000 % 100, number % 10000, order), false, out);
    case 8: /* not yyyymmdd, or rv_date_parse had read it */
        return accept(ordered(number / 1000000, number / 10000 % 100, number % 10000, order), false, out);
    default: return "not_a_date";
    }
}

const char *rv_birth_read_parts(rv_text day, rv_text month, rv_text year, rv_birth *out) {
    day = rv_text_trim(day);
    month = rv_text_trim(month);
    year = rv_text_trim(year);
    if (year.len == 0) return "empty";
    if (!rv_all_digits(year) || (year.len != 2 && year.len != 4)) return "not_a_date";
    int y = full_year(number_of(year), year.len), m = 0;
    if (rv_all_digits(month) && month.len <= 2) {
        m = number_of(month);
    } else if (month.len) {
        char letters[32];
        size_t n = rv_letters(month, 0, letters, sizeof letters);
        m = month_of(rv_text_make(letters, n));
    }
    if (m == 0 || !rv_all_digits(day) || day.len > 2) return accept(rv_date_of(y, 1, 1), true, out);
    return accept(rv_date_of(y, m, number_of(day)), false, out);
}
