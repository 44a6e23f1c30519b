/* Three ways: eight bytes at once where digits and one decimal mark are all there is, which is nearly every cell; byte by
 * byte for longer ones; and what people add besides (groups, currencies, signs, exponents) is taken off first. */
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

/* The longer names first where one begins with another. */
static const struct {
    const char *name;
    unsigned char of;
} currency_names[] = {
    {"\xE2\x82\xAC", 0}, {"euros", 0}, {"euro", 0},      {"eur", 0},  {"us$", 1},  {"$us", 1},      {"$ us", 1},
    {"usd", 1},          {"ca$", 2},   {"$ca", 2},       {"$ ca", 2}, {"cad", 2},  {"$", 1},        {"chf", 3},
    {"fr.", 3},          {"sfr", 3},   {"\xC2\xA3", 4},  {"gbp", 4},  {"kr", 5},   {"sek", 5},      {"nok", 6},
    {"dkk", 7},          {"pln", 8},   {"z\xC5\x82", 8}, {"mad", 9},  {"dh", 9},   {"xof", 10},     {"fcfa", 10},
    {"cfa", 10},         {"xpf", 11},  {"tnd", 12},      {"dt", 12},  {"jpy", 13}, {"\xC2\xA5", 13}};
static const char *const currencies[] = {"EUR", "USD", "CAD", "CHF", "GBP", "SEK", "NOK", "DKK",
                                         "PLN", "MAD", "XOF", "XPF", "TND", "JPY", NULL};

const char *rv_amount_currency(unsigned k) { return currencies[k]; }

/* Takes a currency off either end. */
static bool strip_currency(rv_text *t, uint32_t *named) {
    for (unsigned i = 0; i < sizeof currency_names / sizeof *currency_names; i++) {
        const char *name = currency_names[i].name;
        uint32_t n = (uint32_t)strlen(name);
        if (t->len <= n) continue;
        bool front = rv_text_is_nocase(rv_text_make(t->ptr, n), name);
        if (!front && !rv_text_is_nocase(rv_text_make(t->ptr + t->len - n, n), name)) continue;
        *t = rv_text_make(t->ptr + (front ? n : 0), t->len - n);
        *named = (uint32_t)1 << currency_names[i].of;
        return true;
    }
    return false;
}

/* Bytes of a minus at p: the hyphen, U+2212, or the dash that word processors make of either. */
static uint32_t minus_at(const char *p, uint32_t left) {
    if (left >= 1 && *p == '-') return 1;
    return left >= 3 && (memcmp(p, "\xE2\x88\x92", 3) == 0 || memcmp(p, "\xE2\x80\x93", 3) == 0) ? 3 : 0;
}

/* Takes a sign off: in front, behind (as ledgers print it), or the brackets of accountants. "12.-" is twelve and no cents. */
static bool strip_sign(rv_text *t, bool *negative) {
    uint32_t minus = minus_at(t->ptr, t->len);
    if (minus || *t->ptr == '+') {
        *negative = minus > 0;
        *t = rv_text_make(t->ptr + (minus ? minus : 1), t->len - (minus ? minus : 1));
        return true;
    }
    if (t->len > 2 && t->ptr[0] == '(' && t->ptr[t->len - 1] == ')') {
        *negative = true;
        *t = rv_text_make(t->ptr + 1, t->len - 2);
        return true;
    }
    for (uint32_t n = 1; n <= 3 && n < t->len; n += 2) {
        if (minus_at(t->ptr + t->len - n, n) != n) continue;
        *t = rv_text_make(t->ptr, t->len - n);
        char before = t->ptr[t->len - 1];
        *negative = before != '.' && before != ',';
        return true;
    }
    return false;
}

/* The bare number: one sign and one currency, in whatever order people put them, are taken off. */
static rv_text undress(rv_text t, bool *negative, uint32_t *named) {
    bool sign = false, currency = false;
    for (;;) {
        t = rv_text_trim(t);
        if (!currency && t.len && strip_currency(&t, named)) currency = true;
        else if (!sign && t.len && strip_sign(&t, negative)) sign = true;
        else return t;
    }
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

/* Digits with one mark among them at most, and four digits behind it at most; true: *reason says whether it can be used. */
static bool read_plain(rv_text t, char decimal, int64_t *out, rv_amount_marks *marks, const char **reason) {
    uint32_t i = 0, decimals = 0;
    int64_t value = 0;
    while (i < t.len && is_digit(t.ptr[i]) && i < 11) value = value * 10 + (t.ptr[i++] - '0');
    uint32_t whole = i;
    char mark = 0;
    if (i < t.len && (decimal ? t.ptr[i] == decimal : t.ptr[i] == '.' || t.ptr[i] == ',')) {
        mark = t.ptr[i++];
        for (; i < t.len && is_digit(t.ptr[i]) && decimals < 4; decimals++) value = value * 10 + (t.ptr[i++] - '0');
    }
    if (i < t.len || whole + decimals == 0) return false;
    if (mark && !decimal) note_mark(marks, mark, whole, t.ptr[0] == '0', decimals);
    for (uint32_t d = decimals; d < 4; d++) value *= 10;
    *reason = value > RV_AMOUNT_MAX ? "amount_out_of_range" : NULL;
    if (!*reason) *out = value;
    return true;
}

/* What isn't plain even without sign and currency: groups, exponents, many decimals. */
static const char *read_grouped(rv_text t, char decimal, int64_t *out, rv_amount_marks *marks) {
    if (rv_text_is_nocase(t, "nan") || rv_text_is_nocase(t, "inf") || rv_text_is_nocase(t, "infinity"))
        return "amount_not_finite";
    char plain[64];
    uint32_t n;
    double value;
    char mark = decimal ? decimal : mark_of(t);
    bool both = memchr(t.ptr, '.', t.len) && memchr(t.ptr, ',', t.len);
    if (!rewrite(t, mark, plain, sizeof plain, &n)) return "bad_amount";
    if (n > 1 && plain[n - 1] == '.') n--; /* 1'234.- */
    if (n == 0 || !is_digit(plain[n - 1])) return "bad_amount";
    if (!is_digit(plain[0]) && plain[0] != '.') return "bad_amount";
    if (!rv_text_to_decimal(rv_text_make(plain, n), '.', &value)) return "bad_amount";
    if (marks && !decimal && mark && (both || n < t.len)) marks->decimal[mark == ',']++; /* groups beside it prove it */
    return in_range(value, out);
}

static const char *read_dressed(rv_text t, char decimal, int64_t *out, rv_amount_marks *marks) {
    bool negative = false;
    uint32_t named = 0;
    int64_t value;
    const char *reason = NULL;
    t = undress(t, &negative, &named);
    if (t.len == 0) return "bad_amount";
    if (!read_plain(t, decimal, &value, marks, &reason)) reason = read_grouped(t, decimal, &value, marks);
    if (reason) return reason;
    if (marks) marks->currencies |= named;
    *out = negative ? -value : value;
    return NULL;
}

const char *rv_amount_parse(rv_text text, char decimal, int64_t *out, rv_amount_marks *marks) {
    rv_text t = rv_text_trim(text);
    if (t.len > 1 && t.ptr[0] == '\'') t = rv_text_make(t.ptr + 1, t.len - 1); /* a spreadsheet's mark of text */
    bool sign = t.len && (t.ptr[0] == '-' || t.ptr[0] == '+'), negative = sign && t.ptr[0] == '-';
    rv_text bare = rv_text_make(t.ptr + sign, t.len - sign);
    const char *reason = NULL;
    if (!read_short(bare.ptr, bare.len, decimal, out, marks) && !read_plain(bare, decimal, out, marks, &reason))
        return read_dressed(t, decimal, out, marks);
    if (!reason && negative) *out = -*out;
    return reason;
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
