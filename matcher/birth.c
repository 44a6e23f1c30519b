/* The forms of dates are base/date.h's; here is what only births have: years alone, and which of them somebody living can have
 * been born in. */
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

static int number_of(rv_text word) {
    int value = 0;
    for (uint32_t i = 0; i < word.len; i++) value = value * 10 + (word.ptr[i] - '0');
    return value;
}

/* "née le 12/03/1985 (Lyon)": what stands around the date. The value itself where it is something else. */
static rv_text without_words(rv_text value) {
    static const char *const before[] = {"NE LE", "NEE LE", "NE E LE", "NE", "NEE", "DN", "DDN"};
    char letters[32];
    uint32_t first = 0, end = value.len;
    while (first < value.len && !rv_is_digit(value.ptr[first])) first++;
    for (uint32_t i = first; i < value.len; i++)
        if (value.ptr[i] == '(') end = i;
    rv_text rest = rv_text_trim(rv_text_make(value.ptr + first, end - first));
    if (first == 0 || first > 20) return first ? value : rest;
    rv_text words = rv_text_make(letters, rv_letters(rv_text_make(value.ptr, first), 0, letters, sizeof letters));
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (rv_text_is(words, before[i])) return rest;
    return value;
}

/* A month, "0" for one that isn't known; -1: something else. */
static int month_of(rv_text word) {
    if (!rv_all_digits(word)) return rv_date_month(word) ? rv_date_month(word) : -1;
    return word.len <= 2 && number_of(word) <= 12 ? number_of(word) : -1;
}

/* "03/1985", "1985-03", "mars 1985", "00/03/1985": the day isn't known, and a key of persons needs one. Six digits of a month
 * and a year (031985) are these too, unless months are said to come first in dates of two digits each. 0: none of these. */
static int year_without_day(rv_text value, rv_date_order order) {
    rv_text parts[4], none = RV_TEXT("0");
    size_t n = 0;
    for (uint32_t i = 0, from = 0; i <= value.len; i++) {
        if (i < value.len && !strchr("/-. ", value.ptr[i])) continue;
        if (i > from && n < 4) parts[n++] = rv_text_make(value.ptr + from, i - from);
        from = i + 1;
    }
    if (n == 1 && value.len == 6 && rv_all_digits(value) && order != RV_MDY) {
        parts[0] = rv_text_make(value.ptr, 2);
        parts[1] = rv_text_make(value.ptr + 2, 4);
        n = number_of(parts[1]) >= FIRST_YEAR && number_of(parts[1]) <= LAST_YEAR && number_of(parts[0]) ? 2 : 0;
    }
    if (n != 2 && n != 3) return 0;
    bool year_first = parts[0].len == 4 && rv_all_digits(parts[0]);
    rv_text year = parts[year_first ? 0 : n - 1], month = parts[n == 3 || year_first], day = none;
    if (n == 2) month = parts[year_first];
    else day = parts[year_first ? 2 : 0];
    if (day.len > 2 || !rv_all_digits(day) || number_of(day) != 0 || year.len != 4 || !rv_all_digits(year)) return 0;
    return month_of(month) < (n == 2) ? 0 : number_of(year);
}

const char *rv_birth_read(rv_text value, rv_date_order order, rv_birth *out) {
    if (read_plain(value, order, out)) return NULL;
    value = rv_text_trim(value);
    if (value.len == 0) return "empty";
    if (value.len > 40) return "not_a_date";
    int32_t date = rv_date_parse(value, order);
    if (date != RV_DATE_NONE) return accept(date, false, out);
    if (!rv_all_digits(value)) {
        value = without_words(value);
        date = rv_date_parse(value, order);
        if (date != RV_DATE_NONE) return accept(date, false, out);
    }
    if (value.len > 2 && memcmp(value.ptr + value.len - 2, ".0", 2) == 0) value.len -= 2;
    bool digits = rv_all_digits(value);
    if (digits && value.len == 4) return accept(rv_date_of(number_of(value), 1, 1), true, out);
    if (digits && value.len == 5) /* a spreadsheet's day, 1927 and later */
        return accept(rv_date_of(1899, 12, 30) + number_of(value), false, out);
    int year = year_without_day(value, order);
    if (year) return accept(rv_date_of(year, 1, 1), true, out);
    return accept(rv_date_written(value, order, PIVOT), false, out);
}

const char *rv_birth_read_parts(rv_text day, rv_text month, rv_text year, rv_birth *out) {
    day = rv_text_trim(day);
    month = rv_text_trim(month);
    year = rv_text_trim(year);
    if (year.len == 0) return "empty";
    if (!rv_all_digits(year) || (year.len != 2 && year.len != 4)) return "not_a_date";
    int y = rv_date_year(number_of(year), year.len, PIVOT);
    int m = rv_all_digits(month) && month.len <= 2 ? number_of(month) : rv_date_month(month);
    if (m == 0 || !rv_all_digits(day) || day.len > 2) return accept(rv_date_of(y, 1, 1), true, out);
    return accept(rv_date_of(y, m, number_of(day)), false, out);
}
