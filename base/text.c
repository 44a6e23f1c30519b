/* Small text matters. Numbers are read without the locale; doubles through strtod on a checked copy (exact rounding). */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <reveil.h>
#include <stdlib.h>
#include <string.h>

uint64_t rv_load_bytes_apart(const char *p, size_t left) {
    if (left >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        return word;
    }
    if (left >= 4) { /* two halves that overlap */
        uint32_t head, tail;
        memcpy(&head, p, 4);
        memcpy(&tail, p + left - 4, 4);
        return head | (uint64_t)tail << (8 * (left - 4));
    }
    if (left == 0) return 0;
    size_t middle = left / 2, last = left - 1;
    return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[middle] << (8 * middle) |
           (uint64_t)(unsigned char)p[last] << (8 * last);
}

int rv_text_compare(rv_text a, rv_text b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool rv_text_is_nocase(rv_text a, const char *string) {
    for (uint32_t i = 0; i < a.len; i++)
        if (string[i] == 0 || lower(a.ptr[i]) != lower(string[i])) return false;
    return string[a.len] == 0;
}

/* Length of the blank that begins at p (n bytes are left), or 0. U+00A0 is C2 A0, U+202F is E2 80 AF. */
static uint32_t blank_at(const char *p, uint32_t n) {
    if (*p == ' ' || (*p >= '\t' && *p <= '\r')) return 1;
    if (n >= 2 && memcmp(p, "\xC2\xA0", 2) == 0) return 2;
    if (n >= 3 && memcmp(p, "\xE2\x80\xAF", 3) == 0) return 3;
    return 0;
}

rv_text rv_text_trim_ends(rv_text a) {
    while (a.len) {
        uint32_t n = blank_at(a.ptr, a.len);
        if (!n) break;
        a.ptr += n;
        a.len -= n;
    }
    while (a.len) {
        uint32_t n = 0;
        for (uint32_t back = 1; back <= 3 && back <= a.len && !n; back++)
            if (blank_at(a.ptr + a.len - back, back) == back) n = back;
        if (!n) break;
        a.len -= n;
    }
    return a;
}

bool rv_text_to_unsigned(rv_text a, uint64_t *out) {
    if (a.len == 0) return false;
    uint64_t value = 0;
    for (uint32_t i = 0; i < a.len; i++) {
        unsigned digit = (unsigned)(unsigned char)a.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool rv_text_to_integer(rv_text a, int64_t *out) {
    bool negative = a.len && a.ptr[0] == '-';
    if (a.len && (a.ptr[0] == '-' || a.ptr[0] == '+')) {
        a.ptr++;
        a.len--;
    }
    uint64_t value;
    if (!rv_text_to_unsigned(a, &value) || value > (uint64_t)INT64_MAX + negative) return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* Digits, at most one point, an exponent: the shape is checked here, the value is strtod's affair. */
static bool decimal_shape(const char *s) {
    size_t digits = 0;
    if (*s == '-' || *s == '+') s++;
    for (; *s >= '0' && *s <= '9'; s++) digits++;
    if (*s == '.') s++;
    for (; *s >= '0' && *s <= '9'; s++) digits++;
    if (digits == 0) return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '-' || *s == '+') s++;
        if (*s < '0' || *s > '9') return false;
        while (*s >= '0' && *s <= '9') s++;
    }
    return *s == 0;
}

/* Up to 15 digits and 10^22 a double product is exact: most numbers of most files. */
static bool short_decimal(const char *s, double *out) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = *s == '-';
    if (*s == '-' || *s == '+') s++;
    uint64_t value = 0;
    unsigned digits = 0, after = 0;
    for (; *s; s++) {
        if (*s == '.') {
            after = digits + 1;
            continue;
        }
        if (*s < '0' || *s > '9' || ++digits > 15) return false;
        value = value * 10 + (uint64_t)(*s - '0');
    }
    double v = (double)value / powers[after ? digits - (after - 1) : 0];
    *out = negative ? -v : v;
    return true;
}

bool rv_text_to_decimal(rv_text a, char decimal, double *out) {
    char copy[64];
    if (a.len == 0 || a.len >= sizeof copy) return false;
    for (uint32_t i = 0; i < a.len; i++) {
        char c = a.ptr[i];
        if (c == 0 || (c == '.' && decimal != '.')) return false;
        copy[i] = c == decimal ? '.' : c;
    }
    copy[a.len] = 0;
    if (!decimal_shape(copy)) return false;
    if (short_decimal(copy, out)) return true;
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale) return false;
    double value = strtod_l(copy, NULL, c_locale);
    freelocale(c_locale);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}

void rv_text_shape(rv_text a, char *out, size_t cap) {
    size_t n = 0;
    for (uint32_t i = 0; i < a.len && n + 1 < cap; i++) {
        unsigned char c = (unsigned char)a.ptr[i];
        if ((c & 0xC0) == 0x80) continue; /* a letter beyond ASCII is one 'a' */
        if (c >= '0' && c <= '9') c = '9';
        else if (c >= 'A' && c <= 'Z') c = 'A';
        else if ((c >= 'a' && c <= 'z') || c >= 0x80) c = 'a';
        else if (c < ' ' || c == 0x7f) c = '?';
        out[n++] = (char)c;
    }
    if (cap) out[n] = 0;
}

void rv_text_hide_quoted(const char *words, char *out, size_t cap) {
    size_t n = 0;
    const char *p = words, *end = words + strcspn(words, "\n");
    while (p < end && n + 1 < cap) {
        char c = out[n++] = *p++;
        if (c != '\'' && c != '"') continue;
        const char *close = memchr(p, c, (size_t)(end - p));
        if (!close) close = end;
        rv_text_shape(rv_text_make(p, (size_t)(close - p)), out + n, cap - n);
        n += strlen(out + n);
        p = close;
        if (p < end && n + 1 < cap) out[n++] = *p++;
    }
    if (cap) out[n] = 0;
}

unsigned rv_text_distance(rv_text a, rv_text b, unsigned limit) {
    enum { MAX = 64 };
    uint32_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (gap > limit || a.len > MAX || b.len > MAX) return limit + 1;
    unsigned rows[3][MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (uint32_t j = 0; j <= b.len; j++) last[j] = j;
    for (uint32_t i = 1; i <= a.len; i++) {
        now[0] = i;
        unsigned best = i;
        for (uint32_t j = 1; j <= b.len; j++) {
            unsigned d = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            if (last[j] + 1 < d) d = last[j] + 1;
            if (now[j - 1] + 1 < d) d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
            if (d < best) best = d;
        }
        if (best > limit) return limit + 1;
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.len] > limit ? limit + 1 : last[b.len];
}

const char *rv_nearest_word(const char *word, const char *const *words) {
    rv_text w = rv_text_of(word);
    unsigned limit = w.len <= 3 ? 1 : w.len <= 7 ? 2 : 3;
    const char *best = NULL, *const *first = words;
    for (unsigned d = limit + 1; *words; words++) {
        unsigned distance = rv_text_distance(w, rv_text_of(*words), limit);
        if (distance < d && distance < w.len) {
            d = distance;
            best = *words;
        }
    }
    /* "separator" for sep, "enc" for encoding */
    for (const char *const *known = first; !best && *known; known++) {
        size_t n = strlen(*known) < w.len ? strlen(*known) : w.len;
        if (n >= 3 && memcmp(*known, word, n) == 0) best = *known;
    }
    return best;
}
