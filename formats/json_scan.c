/* See json_scan.h. Strings, which are most of a file's bytes, are passed over sixteen bytes at a time. */
#include "json_scan.h"

#include <emmintrin.h>

/* The first quote, backslash or control character in [p, end), or end. */
static const char *plain_end(const char *p, const char *end) {
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
                                       _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);
        if (mask) return p + __builtin_ctz(mask);
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
    return p;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits at p as a code unit, or -1. */
static int32_t code_unit(const char *p, const char *end) {
    if (end - p < 4) return -1;
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static const char *scan_string(const char *p, const char *end, bool *escapes, const char **fault) {
    for (p++;; p++) {
        p = plain_end(p, end);
        if (p == end || (*p != '"' && *p != '\\')) break;
        if (*p == '"') return p + 1;
        *escapes = true;
        if (++p == end) break;
        if (*p == 'u') {
            if (code_unit(p + 1, end) < 0) break;
            p += 4;
        } else if (!strchr("\"\\/bfnrt", *p) || *p == 0) {
            break;
        }
    }
    *fault = p;
    return NULL;
}

static const char *digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9') p++;
    return p;
}

static const char *scan_number(const char *p, const char *end, const char **fault) {
    if (p < end && *p == '-') p++;
    const char *whole = p;
    p = digits(p, end);
    *fault = p;
    if (p == whole || (*whole == '0' && p - whole > 1)) return NULL;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        p = digits(p, end);
        *fault = p;
        if (p == fraction) return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-')) p++;
        const char *exponent = p;
        p = digits(p, end);
        *fault = p;
        if (p == exponent) return NULL;
    }
    return p;
}

static const char *scan_word(const char *p, const char *end, const char *word, const char **fault) {
    for (; *word; word++, p++) {
        *fault = p;
        if (p == end || *p != *word) return NULL;
    }
    return p;
}

static const char *scan_value(const char *p, const char *end, unsigned depth, rv_json_value *out, const char **fault);

/* Members or elements up to the closing bracket. */
static const char *scan_nested(const char *p, const char *end, unsigned depth, const char **fault) {
    const bool object = *p == '{';
    const char close = object ? '}' : ']';
    rv_json_value inner;
    *fault = p;
    if (depth == RV_JSON_DEPTH) return NULL;
    p = rv_json_blanks(p + 1, end);
    if (p < end && *p == close) return p + 1;
    for (;;) {
        *fault = p;
        if (p == end) return NULL;
        if (object) {
            bool escapes;
            if (*p != '"' || !(p = scan_string(p, end, &escapes, fault))) return NULL;
            p = rv_json_blanks(p, end);
            *fault = p;
            if (p == end || *p != ':') return NULL;
            p = rv_json_blanks(p + 1, end);
        }
        if (!(p = scan_value(p, end, depth + 1, &inner, fault))) return NULL;
        p = rv_json_blanks(p, end);
        *fault = p;
        if (p == end) return NULL;
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = rv_json_blanks(p + 1, end);
    }
}

static const char *scan_value(const char *p, const char *end, unsigned depth, rv_json_value *out, const char **fault) {
    const char *start = p;
    *fault = p;
    if (p == end) return NULL;
    *out = (rv_json_value){.kind = *p};
    switch (*p) {
    case '"': p = scan_string(p, end, &out->escapes, fault); break;
    case '{':
    case '[': p = scan_nested(p, end, depth, fault); break;
    case 't': p = scan_word(p, end, "true", fault); break;
    case 'f': p = scan_word(p, end, "false", fault); break;
    case 'n': p = scan_word(p, end, "null", fault); break;
    default: out->kind = '0'; p = scan_number(p, end, fault);
    }
    if (p) out->raw = rv_text_make(start, (size_t)(p - start));
    return p;
}

const char *rv_json_scan(const char *p, const char *end, rv_json_value *out, const char **fault) {
    return scan_value(p, end, 0, out, fault);
}

static char *put_utf8(char *to, uint32_t c) {
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* The escape whose letter stands at p; returns the byte after it, or NULL for half a pair. */
static const char *unescape_one(const char *p, const char *end, char **to) {
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    if (*p != 'u') {
        const char *letter = strchr(letters, *p);
        *(*to)++ = letter ? controls[letter - letters] : *p;
        return p + 1;
    }
    uint32_t c = (uint32_t)code_unit(p + 1, end);
    p += 5;
    if (c >= 0xd800 && c < 0xe000) {
        int32_t low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? code_unit(p + 2, end) : -1;
        if (c >= 0xdc00 || low < 0xdc00 || low > 0xdfff) return NULL;
        c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        p += 6;
    }
    *to = put_utf8(*to, c);
    return p;
}

size_t rv_json_unescape(rv_text raw, char *out) {
    const char *p = raw.ptr + 1, *end = raw.ptr + raw.len - 1;
    char *to = out;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t n = (size_t)((slash ? slash : end) - p);
        memcpy(to, p, n);
        to += n;
        if (!slash) break;
        p = unescape_one(slash + 1, end, &to);
        if (!p) return SIZE_MAX;
    }
    return (size_t)(to - out);
}
