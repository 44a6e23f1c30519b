/*
 * CP1252's five holes (81 8D 8F 90 9D) become the C1 controls of the same number, as browsers read them: the value
 * isn't lost, and no letter is made of it. UTF-16 goes code unit by code unit; files of that kind are small and rare.
 */
#include "encoding.h"

#include "cpu.h"
#include "utf8_check.h"
#include <string.h>

/* --- Checking ---------------------------------------------------------------------------------------------------- */

/* Bytes of the valid sequence at p (1-4), or 0. Table 3-7 of the Unicode standard. */
static unsigned sequence_at(const unsigned char *p, size_t n) {
    unsigned char a = p[0];
    if (a < 0x80) return 1;
    if (a < 0xc2 || a > 0xf4) return 0;
    unsigned len = a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    if (n < len) return 0;
    unsigned char low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80, high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return 0;
    for (unsigned i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return len;
}

static size_t valid_from(const char *text, size_t i, size_t n) {
    const unsigned char *p = (const unsigned char *)text;
    while (i < n) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, p + i, 8), (word & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        unsigned len = sequence_at(p + i, n - i);
        if (len == 0) return i;
        i += len;
    }
    return n;
}

size_t rv_utf8_prefix_scalar(const char *text, size_t n) { return valid_from(text, 0, n); }

size_t rv_utf8_prefix(const char *text, size_t n) {
    if (rv_cpu_level() < RV_CPU_AVX2) return rv_utf8_prefix_scalar(text, n);
    size_t near = rv_utf8_check_avx2(text, n);
    if (near == n) return n;
    size_t from = near < 3 ? 0 : near - 3;
    while (from < near && ((unsigned char)text[from] & 0xc0) == 0x80) from++; /* of a sequence that is whole */
    return valid_from(text, from, n);
}

bool rv_utf8_is_valid(const char *text, size_t n) { return rv_utf8_prefix(text, n) == n; }

/* --- Guessing ---------------------------------------------------------------------------------------------------- */

size_t rv_encoding_bom(const char *text, size_t n, rv_encoding *encoding) {
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) return *encoding = RV_UTF8, 3;
    if (n >= 2 && memcmp(text, "\xff\xfe", 2) == 0) return *encoding = RV_UTF16LE, 2;
    if (n >= 2 && memcmp(text, "\xfe\xff", 2) == 0) return *encoding = RV_UTF16BE, 2;
    return 0;
}

void rv_encoding_look(rv_encoding_evidence *evidence, const char *sample, size_t n, uint64_t at) {
    const unsigned char *p = (const unsigned char *)sample;
    size_t i = 0;
    if (at > 0) /* the tail of a sequence that began before the sample */
        while (i < n && i < 3 && (p[i] & 0xc0) == 0x80) i++;
    for (const unsigned char *z = p; (z = memchr(z, 0, n - (size_t)(z - p))) != NULL; z++)
        *((at + (uint64_t)(z - p)) % 2 ? &evidence->odd_zeros : &evidence->even_zeros) += 1;
    evidence->bytes += n;
    size_t sound = i + rv_utf8_prefix(sample + i, n - i); /* in files without fault: all but what the end cuts */
    uint64_t leads = 0;
    for (; i < sound; i++) leads += p[i] >= 0xc0;
    evidence->sequences += leads;
    while (i < n) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, p + i, 8), (word & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        unsigned len = sequence_at(p + i, n - i);
        if (len == 0 && n - i < 4 && p[i] >= 0xc2) break; /* cut by the sample's end */
        if (len == 0) {
            evidence->strays++;
            evidence->undefined += p[i] == 0x81 || p[i] == 0x8d || p[i] == 0x8f || p[i] == 0x90 || p[i] == 0x9d;
        }
        if (len > 1) evidence->sequences++;
        i += len ? len : 1;
    }
}

rv_encoding rv_encoding_guess(const rv_encoding_evidence *e) {
    /* Western text in UTF-16 has a zero in nearly every second byte, all on one side. */
    if (e->odd_zeros > e->bytes / 4 && e->even_zeros <= e->odd_zeros / 8) return RV_UTF16LE;
    if (e->even_zeros > e->bytes / 4 && e->odd_zeros <= e->even_zeros / 8) return RV_UTF16BE;
    return e->strays == 0 || e->sequences > e->strays ? RV_UTF8 : RV_CP1252;
}

const char *rv_encoding_name(rv_encoding encoding) {
    static const char *const names[] = {"auto", "utf-8", "cp1252", "utf-16le", "utf-16be"};
    return names[encoding];
}

/* --- Transcoding ------------------------------------------------------------------------------------------------- */

/* A code point below 0x110000; a surrogate comes out as the three bytes that no checker takes for UTF-8. */
static char *put_code_point(char *out, uint32_t c) {
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 63));
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    }
    return out;
}

static size_t from_cp1252(const char *in, size_t n, char *out) {
    static const uint16_t high[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
    };
    char *to = out;
    for (size_t i = 0; i < n;) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, in + i, 8), (word & 0x8080808080808080u) == 0)) {
            memcpy(to, &word, 8);
            to += 8;
            i += 8;
            continue;
        }
        unsigned char c = (unsigned char)in[i++];
        to = put_code_point(to, c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c);
    }
    return (size_t)(to - out);
}

static uint32_t unit_at(const unsigned char *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* Decodes what is whole in [p, p + n); returns the bytes taken (n less at most 3, nothing less when last). */
static size_t from_utf16(const unsigned char *p, size_t n, bool big, bool last, char **to) {
    size_t i = 0;
    while (n - i >= 2) {
        uint32_t c = unit_at(p + i, big);
        bool head = c >= 0xd800 && c < 0xdc00;
        if (head && n - i < 4 && !last) break;
        uint32_t next = head && n - i >= 4 ? unit_at(p + i + 2, big) : 0;
        if (next >= 0xdc00 && next < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (next - 0xdc00);
            i += 2;
        }
        i += 2;
        *to = put_code_point(*to, c);
    }
    if (last && i < n) {
        *(*to)++ = (char)0xff;
        i = n;
    }
    return i;
}

size_t rv_transcode(rv_transcoder *t, const char *in, size_t n, bool last, char *out) {
    if (t->from == RV_CP1252) return from_cp1252(in, n, out);
    const unsigned char *p = (const unsigned char *)in;
    bool big = t->from == RV_UTF16BE;
    char *to = out;
    while (t->n_pending > 0 && (n > 0 || last)) { /* complete the cut unit or pair first */
        if (n > 0 && t->n_pending < 4) {
            t->pending[t->n_pending++] = *p++;
            n--;
        }
        size_t taken = from_utf16(t->pending, t->n_pending, big, last && n == 0, &to);
        t->n_pending -= (unsigned)taken;
        memmove(t->pending, t->pending + taken, t->n_pending);
    }
    if (n == 0) return (size_t)(to - out);
    size_t taken = from_utf16(p, n, big, last, &to);
    t->n_pending = (unsigned)(n - taken);
    memcpy(t->pending, p + taken, n - taken);
    return (size_t)(to - out);
}
