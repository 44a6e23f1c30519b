/* Three ways: eight bytes at once where digits and one decimal mark are all there is, which is nearly every cell; byte by
 * byte for longer ones; and what people add besides (groups, currencies, exponents) is rewritten plainly first. */
#include "amount.h"
#include <math.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Bytes of a grouping mark at the head of p: blank, no-break blanks, apostrophes. */
static uint32_t blank_group(const char *p, uint32_t left) {
    if (*p == ' ' || *p == '\'') return 1;
    if (left >= 2 && memcmp(p, "\xC2\xA0", 2) == 0) return 2;
    if (left >= 3 && (memcmp(p, "\xE2\x80\xAF", 3) == 0 || memcmp(p, "\xE2\x80\x99", 3) == 0)) return 3;
    return 0;
}

static rv_text without_currency(rv_text t) {
    static const char *const names[] = {"\xE2\x82\xAC", "EUR", "$", "USD"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t n = (uint32_t)strlen(names[i]);
        if (t.len > n && memcmp(t.ptr + t.len - n, names[i], n) == 0)
            return rv_text_trim(rv_text_make(t.ptr, t.len - n));
    }
    return t;
}

/* Which of '.' and ',' is the decimal mark of this cell, 0 for neither: the last one if both are there, none if the only
 * one comes twice, else the only one. */
static char mark_of(rv_text t) {
    unsigned n[2] = {0, 0};
    char last = 0;
    for (uint32_t i = 0; i < t.len; i++)
        if (t.ptr[i] == '.' || t.ptr[i] == ',') {
            last = t.ptr[i];
            n[last == ',']++;
        }
    if (n[0] && n[1]) return n[last == ','] == 1 ? last : 0;
    return n[0] + n[1] == 1 ? last : 0;
}

/* "1.234,50" -> "1234.50" into out (cap bytes); false when a group isn't of three digits or a byte is strange. */
static bool rewrite(rv_text t, char decimal, char *out, size_t cap, uint32_t *len) {
    uint32_t n = 0, since = 0;
    bool grouped = false, fraction = false;
    for (uint32_t i = 0; i < t.len;) {
        char c = t.ptr[i];
        uint32_t skip = fraction ? 0 : blank_group(t.ptr + i, t.len - i);
        if (!fraction && (c == '.' || c == ',') && c != decimal) skip = 1;
        if (n + 1 >= cap) return false;
        if (skip) {
            if (since == 0 || since > 3 || (grouped && since != 3)) return false;
            grouped = true;
            since = 0;
            i += skip;
            continue;
        }
        if (c == decimal && !fraction) {
            if (grouped && since != 3) return false;
            fraction = true;
            c = '.';
        } else if (is_digit(c)) since++;
        else if (!(c == 'e' || c == 'E' || c == '+' || c == '-')) return false;
        out[n++] = c;
        i++;
    }
    *len = n;
    return fraction || !grouped || since == 3;
}

static void note_mark(rv_amount_marks *marks, char mark, uint32_t whole, bool zero, uint32_t decimals) {
    if (!marks) return;
    bool unclear = decimals == 3 && whole >= 1 && whole <= 3 && !zero;
    (unclear ? marks->unclear : marks->decimal)[mark == ',']++;
}

static const char *in_range(double value, int64_t *out) {
    if (fabs(value) * RV_AMOUNT_UNIT > (double)RV_AMOUNT_MAX) return "amount_out_of_range";
    *out = llround(value * RV_AMOUNT_UNIT);
    return NULL;
}

static const char *parse_slowly(rv_text t, char decimal, int64_t *out, rv_amount_marks *marks) {
    t = without_currency(t);
    rv_text bare = t.len && (t.ptr[0] == '-' || t.ptr[0] == '+') ? rv_text_make(t.ptr + 1, t.len - 1) : t;
    if (rv_text_is_nocase(bare, "nan") || rv_text_is_nocase(bare, "inf") || rv_text_is_nocase(bare, "infinity"))
        return "amount_not_finite";
    char plain[64];
    uint32_t n;
    double value;
    char mark = decimal ? decimal : mark_of(bare);
    bool negative = bare.len != t.len && t.ptr[0] == '-';
    bool both = memchr(t.ptr, '.', t.len) && memchr(t.ptr, ',', t.len);
    if (!rewrite(bare, mark, plain, sizeof plain, &n) || n == 0 || !is_digit(plain[n - 1])) return "bad_amount";
    if (!is_digit(plain[0]) && plain[0] != '.') return "bad_amount";
    if (!rv_text_to_decimal(rv_text_make(plain, n), '.', &value)) return "bad_amount";
    if (marks && !decimal && mark && (both || n < bare.len))
        marks->decimal[mark == ',']++; /* groups beside it prove it */
    return in_range(negative ? -value : value, out);
}

/* Up to eight digits, one mark among them at most and four digits behind it at most: the whole value in one load, the mark
 * squeezed out, the digits summed by pairs (5 ns; byte by byte 10 to 15, for the lengths can't be foretold). */
static bool read_short(const char *p, uint32_t n, char decimal, int64_t *out, rv_amount_marks *marks) {
    static const int64_t scale[] = {10000, 1000, 100, 10, 1};
    if (n == 0 || n > 8) return false;
    uint64_t digits = rv_load_bytes(p, n) ^ 0x3030303030303030, all = n == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * n) - 1;
    uint64_t others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080 & all;
    uint32_t whole = n, decimals = 0;
    digits &= all;
    if (others) {
        whole = (uint32_t)__builtin_ctzll(others) / 8;
        char mark = p[whole];
        if (others & (others - 1) || (decimal ? mark != decimal : mark != '.' && mark != ',')) return false;
        decimals = n - whole - 1;
        if (decimals > 4 || n == 1) return false;
        uint64_t before = ((uint64_t)1 << 8 * whole) - 1;
        digits = (digits & before) | (digits >> 8 & ~before);
        if (!decimal) note_mark(marks, mark, whole, p[0] == '0', decimals);
        n--;
    }
    digits <<= 8 * (8 - n);
    digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
    digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff;
    digits = (digits * 10000 + (digits >> 32)) & 0xffffffff;
    *out = (int64_t)digits * scale[decimals];
    return true;
}

const char *rv_amount_parse(rv_text text, char decimal, int64_t *out, rv_amount_marks *marks) {
    rv_text t = rv_text_trim(text);
    uint32_t i = 0;
    bool negative = false;
    if (t.len && (t.ptr[0] == '-' || t.ptr[0] == '+')) negative = t.ptr[i++] == '-';
    if (read_short(t.ptr + i, t.len - i, decimal, out, marks)) {
        if (negative) *out = -*out;
        return NULL;
    }
    uint32_t begin = i;
    int64_t value = 0;
    while (i < t.len && is_digit(t.ptr[i]) && i - begin < 11) value = value * 10 + (t.ptr[i++] - '0');
    uint32_t whole = i - begin, decimals = 0;
    char mark = 0;
    if (i < t.len && (decimal ? t.ptr[i] == decimal : t.ptr[i] == '.' || t.ptr[i] == ',')) {
        mark = t.ptr[i++];
        for (; i < t.len && is_digit(t.ptr[i]) && decimals < 4; decimals++) value = value * 10 + (t.ptr[i++] - '0');
    }
    if (i < t.len || whole + decimals == 0) return t.len ? parse_slowly(t, decimal, out, marks) : "bad_amount";
    if (mark && !decimal) note_mark(marks, mark, whole, t.ptr[begin] == '0', decimals);
    for (uint32_t d = decimals; d < 4; d++) value *= 10;
    if (value > RV_AMOUNT_MAX) return "amount_out_of_range";
    *out = negative ? -value : value;
    return NULL;
}

rv_amount_verdict rv_amount_doubt(const rv_amount_marks *marks, char *mark) {
    static const char names[2] = {'.', ','};
    rv_amount_verdict verdict = RV_AMOUNTS_CLEAR;
    for (unsigned m = 0; m < 2; m++) {
        if (!marks->unclear[m] || marks->decimal[m]) continue;
        rv_amount_verdict found = marks->decimal[!m] ? RV_AMOUNTS_CONTRADICT : RV_AMOUNTS_UNCLEAR;
        if (found <= verdict) continue;
        verdict = found;
        *mark = names[m];
    }
    return verdict;
}
