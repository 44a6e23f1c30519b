/*
 * Dates as people and programs write them, where date.c's plain forms end. One reader takes three parts, numbers or a
 * month's name, whatever stands between them; what they are follows from their digits, from the column's order, and from
 * the one part that is a word. What isn't used up must look like a time, so that "12/03/75 Dupont" is no date.
 */
#include "date.h"

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* --- Words --------------------------------------------------------------------------------------------------------- */

/* The small ASCII letter at `at`, and in *size how many bytes it takes: accents of French, German and Spanish left out.
 * 0: no letter. */
static char letter_at(rv_text t, uint32_t at, uint32_t *size) {
    static const char latin[] = "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y";
    unsigned char c = (unsigned char)t.ptr[at], low = c | 32;
    *size = 1;
    if (low >= 'a' && low <= 'z') return (char)low;
    if (c == 0xc3 && at + 1 < t.len) {
        unsigned char second = (unsigned char)t.ptr[at + 1];
        *size = 2;
        if (second >= 0x80 && second < 0xc0 && latin[second - 0x80] != ' ') return latin[second - 0x80];
    }
    return 0;
}

enum { LONGEST_WORD = 12 };

/* The word at *at, as small letters; *at stands behind it. Its length; 0: none, or one too long to be of a date. */
static uint32_t take_word(rv_text t, uint32_t *at, char out[LONGEST_WORD]) {
    uint32_t n = 0, size;
    for (uint32_t i = *at; i < t.len; i += size) {
        char c = letter_at(t, i, &size);
        if (!c) break;
        if (n == LONGEST_WORD) return 0;
        out[n++] = c;
        *at = i + size;
    }
    return n;
}

/* Is the word one of the list's (parted by single blanks), or at least `shortest` letters of its beginning? */
static bool begins_one(const char *word, uint32_t n, const char *list, uint32_t shortest) {
    if (n < shortest) return false;
    for (const char *at = list; *at;) {
        uint32_t len = 0;
        while (at[len] > ' ') len++;
        if (n <= len && memcmp(at, word, n) == 0) return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

/* 1 to 12; 0: none, or more than one (jui: juin or juillet). */
static int month_of(const char *word, uint32_t n) {
    static const char *const months[12] = {"janvier january januar januari gennaio enero",
                                           "fevrier february februar februari febbraio febrero",
                                           "mars march marz maerz maart marzo mrt",
                                           "avril april aprile abril",
                                           "mai may mei maggio mayo",
                                           "juin june juni giugno junio",
                                           "juillet july juli luglio julio",
                                           "aout august augustus agosto",
                                           "septembre september settembre septiembre",
                                           "octobre october oktober ottobre octubre",
                                           "novembre november noviembre",
                                           "decembre december dezember dicembre diciembre"};
    int found = 0;
    for (int m = 0; m < 12; m++) {
        if (!begins_one(word, n, months[m], 3)) continue;
        if (found) return 0;
        found = m + 1;
    }
    return found;
}

static bool is_weekday(const char *word, uint32_t n) {
    return begins_one(word, n,
                      "lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday "
                      "saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag maandag dinsdag "
                      "woensdag donderdag vrijdag zaterdag zondag lunedi martedi mercoledi giovedi venerdi sabato "
                      "domenica",
                      2) ||
           (n == 2 && memcmp(word, "le", 2) == 0);
}

/* --- Parts --------------------------------------------------------------------------------------------------------- */

typedef struct part {
    int value;
    unsigned digits; /* 0: the name of a month, `value` */
    char before;     /* what parts it from the one before: / - . or a blank */
} part;

/* Blanks, of no width and of no break too, and commas. */
static uint32_t pass_blanks(rv_text t, uint32_t at) {
    for (;;) {
        if (at < t.len && (t.ptr[at] == ' ' || t.ptr[at] == ',' || t.ptr[at] == '\t')) at++;
        else if (at + 1 < t.len && memcmp(t.ptr + at, "\xc2\xa0", 2) == 0) at += 2;
        else if (at + 2 < t.len && memcmp(t.ptr + at, "\xe2\x80\xaf", 3) == 0) at += 3;
        else return at;
    }
}

static uint32_t pass_gap(rv_text t, uint32_t at, char *mark) {
    *mark = ' ';
    at = pass_blanks(t, at);
    if (at < t.len && (t.ptr[at] == '/' || t.ptr[at] == '-' || t.ptr[at] == '.')) {
        *mark = t.ptr[at];
        at = pass_blanks(t, at + 1);
    }
    return at;
}

/* 1er, 1st, 2nd, 3rd, 4th, 2e; and a word between day and month: 1 de marzo, 1st of March. */
static uint32_t pass_ordinal(rv_text t, uint32_t at) {
    char word[LONGEST_WORD];
    uint32_t end = at, n = take_word(t, &end, word);
    return n && n <= 2 && begins_one(word, n, "er st nd rd th e", n) ? end : at;
}
static uint32_t pass_of(rv_text t, uint32_t at) {
    char word[LONGEST_WORD];
    uint32_t end = at, n = take_word(t, &end, word);
    return n == 2 && begins_one(word, n, "de of", 2) ? pass_blanks(t, end) : at;
}

/* A number of 1 to 4 digits or a month's name. */
static bool take_part(rv_text t, uint32_t *at, part *out) {
    uint32_t i = *at;
    *out = (part){0};
    if (i < t.len && digit(t.ptr[i])) {
        for (; i < t.len && digit(t.ptr[i]); i++, out->digits++) {
            if (out->digits == 4) return false;
            out->value = out->value * 10 + (t.ptr[i] - '0');
        }
        *at = pass_ordinal(t, i);
        return out->digits != 3;
    }
    char word[LONGEST_WORD];
    uint32_t n = take_word(t, &i, word);
    *at = i + (i + 1 < t.len && t.ptr[i] == '.' && memchr("-/ ", t.ptr[i + 1], 3) != NULL); /* 01-janv.-26 */
    return n && (out->value = month_of(word, n)) > 0;
}

/* What may stand behind a date: nothing, or a time. */
static bool ends(rv_text t, uint32_t at) {
    if (at == t.len) return true;
    char mark, word[LONGEST_WORD];
    uint32_t i = pass_gap(t, at, &mark), words = i, n;
    if (i == at) i += t.ptr[i] == 'T';
    else if ((n = take_word(t, &words, word)) && begins_one(word, n, "a at um om alle", n)) i = pass_blanks(t, words);
    if (i == at || i == t.len || !digit(t.ptr[i]) || mark == '/' || mark == '.') return i == t.len && mark == '.';
    uint32_t digits = i, size;
    int hour = 0;
    while (i < t.len && digit(t.ptr[i]) && i - digits < 3) hour = hour * 10 + (t.ptr[i++] - '0');
    if (hour > 24 || i == t.len) return false; /* an hour alone is a number like any other */
    return memchr(":.hH", t.ptr[i], 4) != NULL || (t.ptr[i] == ' ' && i + 1 < t.len && letter_at(t, i + 1, &size));
}

int rv_date_year(int year, unsigned digits, int pivot) {
    return digits > 2 ? year : year + (year <= pivot ? 2000 : 1900);
}

int rv_date_month(rv_text text) {
    char word[LONGEST_WORD];
    uint32_t at = 0, n = take_word(text, &at, word);
    if (at + 1 == text.len && text.ptr[at] == '.') at++;
    return n && at == text.len ? month_of(word, n) : 0;
}

/* Sun Mar 01 10:00:00 CET 2026: the year is the last word. */
static bool year_behind_time(rv_text t, uint32_t at, int *year) {
    if (at >= t.len || t.ptr[at] != ':' || t.len < at + 5 || t.ptr[t.len - 5] != ' ') return false;
    *year = 0;
    for (uint32_t i = t.len - 4; i < t.len; i++) {
        if (!digit(t.ptr[i])) return false;
        *year = *year * 10 + (t.ptr[i] - '0');
    }
    return true;
}

static void note(rv_date_forms *forms, const part p[3], bool order_is_open, bool short_year) {
    if (!forms) return;
    forms->short_years += short_year;
    if (!order_is_open) return;
    if (p[0].value > 12) forms->day_first++;
    else if (p[1].value > 12) forms->month_first++;
    else forms->unclear += p[0].value != p[1].value;
}

static int32_t read_numbers(const part p[3], rv_date_order order, int pivot, rv_date_forms *forms) {
    if (p[1].before != p[2].before || p[1].digits > 2) return RV_DATE_NONE;
    if (p[0].digits == 4 || (order == RV_YMD && p[2].digits <= 2))
        return p[2].digits <= 2 ? rv_date_of(rv_date_year(p[0].value, p[0].digits, pivot), p[1].value, p[2].value)
                                : RV_DATE_NONE;
    if (order == RV_YMD) return RV_DATE_NONE;
    int32_t date = rv_date_ordered(p[0].value, p[1].value, rv_date_year(p[2].value, p[2].digits, pivot), order);
    bool short_year = p[2].digits <= 2;
    if (date != RV_DATE_NONE) note(forms, p, order == RV_DATE_ORDER_AUTO, short_year);
    else if (order == RV_DATE_ORDER_AUTO && short_year && p[0].value > 31) /* 98-12-31 */
        date = rv_date_of(rv_date_year(p[0].value, p[0].digits, pivot), p[1].value, p[2].value);
    return date;
}

static int32_t read_parts(rv_text t, uint32_t at, rv_date_order order, int pivot, rv_date_forms *forms) {
    part p[3];
    for (unsigned k = 0; k < 3; k++) {
        char before = ' ';
        uint32_t gap = k ? pass_gap(t, at, &before) : at;
        if (k && gap == at) return RV_DATE_NONE;
        at = k == 1 ? pass_of(t, gap) : k == 2 ? pass_of(t, gap) : gap;
        if (!take_part(t, &at, &p[k])) return RV_DATE_NONE;
        p[k].before = before;
    }
    int year, months = !p[0].digits + !p[1].digits + !p[2].digits;
    if (months > 1 || !p[2].digits) return RV_DATE_NONE;
    if (months && !p[0].digits && year_behind_time(t, at, &year)) return rv_date_of(year, p[0].value, p[1].value);
    if (!ends(t, at)) return RV_DATE_NONE;
    if (!months) return read_numbers(p, order, pivot, forms);
    if (p[0].digits == 4) return p[2].digits <= 2 ? rv_date_of(p[0].value, p[1].value, p[2].value) : RV_DATE_NONE;
    const part *day = p[0].digits ? &p[0] : &p[1], *month = p[0].digits ? &p[1] : &p[0];
    if (day->digits > 2) return RV_DATE_NONE;
    int32_t date = rv_date_of(rv_date_year(p[2].value, p[2].digits, pivot), month->value, day->value);
    if (date != RV_DATE_NONE) note(forms, p, false, p[2].digits <= 2);
    return date;
}

/* ddmmyy, ddmmyyyy (with or without its first zero), yymmdd by order; yyyymmddhhmm[ss]. */
static int32_t read_digits(rv_text t, rv_date_order order, int pivot, rv_date_forms *forms) {
    long long number = 0;
    if (t.len > 14) return RV_DATE_NONE;
    for (uint32_t i = 0; i < t.len; i++) {
        if (!digit(t.ptr[i])) return RV_DATE_NONE;
        number = number * 10 + (t.ptr[i] - '0');
    }
    if (t.len == 12 || t.len == 14) {
        if (t.len == 14) number /= 100;
        if (number % 10000 >= 2400 || number % 100 >= 60) return RV_DATE_NONE;
        number /= 10000;
        return rv_date_of((int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100));
    }
    int a, b, c = (int)number;
    if (t.len == 6) {
        part p[3] = {{c / 10000, 2, 0}, {c / 100 % 100, 2, ' '}, {c % 100, 2, ' '}};
        return read_numbers(p, order, pivot, forms);
    }
    if (t.len != 7 && t.len != 8) return RV_DATE_NONE;
    a = c / 1000000, b = c / 10000 % 100;
    return order == RV_YMD ? RV_DATE_NONE : rv_date_ordered(a, b, c % 10000, order);
}

static int32_t read_written(rv_text text, rv_date_order order, int pivot, rv_date_forms *forms) {
    rv_text t = rv_text_trim(text);
    if (t.len < 6 || t.len > 64) return RV_DATE_NONE;
    int32_t date = digit(t.ptr[0]) ? read_digits(t, order, pivot, forms) : RV_DATE_NONE;
    if (date == RV_DATE_NONE) date = read_parts(t, 0, order, pivot, forms);
    if (date != RV_DATE_NONE || digit(t.ptr[0])) return date;
    char word[LONGEST_WORD];
    for (uint32_t at = 0; date == RV_DATE_NONE;) { /* le lundi 2 mars 2026 */
        uint32_t n = take_word(t, &at, word);
        if (!n || !is_weekday(word, n)) return RV_DATE_NONE;
        if (at < t.len && t.ptr[at] == '.') at++;
        at = pass_blanks(t, at);
        date = read_parts(t, at, order, pivot, forms);
    }
    return date;
}

int32_t rv_date_written(rv_text text, rv_date_order order, int pivot) {
    return read_written(text, order, pivot, NULL);
}

/* --- Cells --------------------------------------------------------------------------------------------------------- */

/* Days of a spreadsheet, with or without a part of a day; seconds and milliseconds since 1970. */
static int32_t read_count(rv_text t) {
    long long number = 0;
    uint32_t n = 0;
    while (n < t.len && n < 14 && digit(t.ptr[n])) number = number * 10 + (t.ptr[n++] - '0');
    bool rest = n + 1 < t.len && (t.ptr[n] == ',' || t.ptr[n] == '.');
    for (uint32_t i = n + 1; rest && i < t.len; i++) rest = digit(t.ptr[i]);
    if (n < t.len && !rest) return RV_DATE_NONE;
    if (n == 5 && number >= 20000 && number < 60000) return rv_date_of(1899, 12, 30) + (int32_t)number;
    if (n == 13) number /= 1000;
    if (n != 10 && n != 13) return RV_DATE_NONE;
    return number >= 1000000000 && number < 3000000000 ? (int32_t)(number / 86400) : RV_DATE_NONE;
}

/* 02/03/2026 and its like, which rv_date_parse has read: count what they say of the order. */
static void note_plain(rv_text t, rv_date_forms *forms) {
    unsigned n[2] = {0, 0}, k = 0;
    for (uint32_t i = 0; i < 5; i++) {
        if (digit(t.ptr[i])) n[k] = n[k] * 10 + (unsigned)(t.ptr[i] - '0');
        else if (k++ == 1) break;
    }
    if (n[0] > 12) forms->day_first++;
    else if (n[1] > 12) forms->month_first++;
    else forms->unclear += n[0] != n[1];
}

int32_t rv_date_in_cell(rv_text text, rv_date_order order, rv_date_forms *forms) {
    int32_t date = rv_date_parse(text, order);
    if (date != RV_DATE_NONE && !forms) return date;
    text = rv_text_trim(text);
    if (date == RV_DATE_NONE && text.len && text.ptr[0] == '\'') {
        text = rv_text_make(text.ptr + 1, text.len - 1);
        date = rv_date_parse(text, order);
    }
    if (date != RV_DATE_NONE) {
        bool year_first = digit(text.ptr[1]) && digit(text.ptr[2]);
        if (forms && order == RV_DATE_ORDER_AUTO && !year_first) note_plain(text, forms);
        return date;
    }
    if (text.len >= 5 && digit(text.ptr[0])) date = read_count(text);
    return date != RV_DATE_NONE ? date : read_written(text, order, RV_SHORT_YEAR_PIVOT, forms);
}
