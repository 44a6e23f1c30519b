/*
 * UTF-16 goes code unit by code unit, and the tables of single_byte.h byte by byte: files of that kind are small and rare.
 */
#include "encoding.h"

#include "cpu.h"
#include "single_byte.h"
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

enum { TWICE_MOST = 11 }; /* two bytes for the lead, three for each of three continuations */
static const rv_encoding single_bytes[RV_SINGLE_BYTES] = {RV_CP1252, RV_LATIN9, RV_MACROMAN, RV_CP850};

/* --- Guessing ---------------------------------------------------------------------------------------------------- */

size_t rv_encoding_bom(const char *text, size_t n, rv_encoding *encoding) {
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) return *encoding = RV_UTF8, 3;
    if (n >= 2 && memcmp(text, "\xff\xfe", 2) == 0) return *encoding = RV_UTF16LE, 2;
    if (n >= 2 && memcmp(text, "\xfe\xff", 2) == 0) return *encoding = RV_UTF16BE, 2;
    return 0;
}

/* Line feeds of 16 bits, of each kind. */
static void look_at_line_feeds(rv_encoding_evidence *e, const char *sample, size_t n, uint64_t at) {
    const char *end = sample + n;
    for (const char *p = sample; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) {
        bool even = (at + (uint64_t)(p - sample)) % 2 == 0;
        e->line_feeds++;
        e->wide_le += even && p + 1 < end && p[1] == 0;
        e->wide_be += !even && p > sample && p[-1] == 0;
    }
}

/* How well a byte that is no UTF-8 fits, as each encoding would have it. */
static void look_at_stray(rv_encoding_evidence *e, const unsigned char *p, size_t i, size_t n) {
    unsigned char before = i ? p[i - 1] : ' ', after = i + 1 < n ? p[i + 1] : ' ';
    e->strays++;
    e->undefined += p[i] == 0x81 || p[i] == 0x8d || p[i] == 0x8f || p[i] == 0x90 || p[i] == 0x9d;
    for (unsigned k = 0; k < RV_SINGLE_BYTES; k++) {
        unsigned fit = rv_single_byte_fit(rv_single_byte(single_bytes[k])[p[i] - 0x80], before, after);
        e->fits[k] += fit;
        e->unfit += k == 0 && fit == 0;
    }
}

/* The byte of CP1252 that a character of the sequence at p (its bytes in *len) was taken from; 0: none above 7F. */
static unsigned char cp1252_byte(const unsigned char *p, size_t n, unsigned *len) {
    *len = n ? sequence_at(p, n) : 0;
    if (*len < 2 || *len > 3) return 0;
    uint32_t c = *len == 2 ? (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f)
                           : (uint32_t)(p[0] & 0xf) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    if (c >= 0x80 && c < 0x100) return (unsigned char)c;
    const uint16_t *table = rv_single_byte(RV_CP1252);
    for (unsigned char b = 0; b < 32; b++)
        if (table[b] == c) return (unsigned char)(0x80 + b);
    return 0;
}

/* UTF-8 written twice at p, which is C3: the inner sequence's bytes in out, the outer ones' number returned; 0: none;
 * TWICE_MOST + 1: more bytes are needed to say. */
static size_t twice_at(const unsigned char *p, size_t n, unsigned char out[4], unsigned *inner) {
    unsigned len;
    size_t i = 0;
    unsigned need = 1;
    for (*inner = 0; *inner < need; ++*inner) {
        if (i == n || (n - i < 3 && p[i] >= 0xc2 && sequence_at(p + i, n - i) == 0)) return TWICE_MOST + 1;
        unsigned char b = cp1252_byte(p + i, n - i, &len);
        if (*inner == 0) {
            need = b < 0xc2 || b > 0xf4 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
            if (need == 0) return 0;
        } else if (b < 0x80 || b > 0xbf) {
            return 0;
        }
        out[*inner] = b;
        i += len;
    }
    return sequence_at(out, need) == need ? i : 0;
}

void rv_encoding_look(rv_encoding_evidence *evidence, const char *sample, size_t n, uint64_t at) {
    const unsigned char *p = (const unsigned char *)sample;
    size_t i = 0;
    if (at > 0) /* the tail of a sequence that began before the sample */
        while (i < n && i < 3 && (p[i] & 0xc0) == 0x80) i++;
    for (const unsigned char *z = p; (z = memchr(z, 0, n - (size_t)(z - p))) != NULL; z++)
        *((at + (uint64_t)(z - p)) % 2 ? &evidence->odd_zeros : &evidence->even_zeros) += 1;
    if (evidence->odd_zeros + evidence->even_zeros) look_at_line_feeds(evidence, sample, n, at);
    evidence->bytes += n;
    size_t sound = i + rv_utf8_prefix(sample + i, n - i); /* in files without fault: all but what the end cuts */
    uint64_t leads = 0;
    for (; i < sound; i++) leads += p[i] >= 0xc0;
    evidence->sequences += leads;
    for (const unsigned char *c = p; c < p + sound && (c = memchr(c, 0xc3, sound - (size_t)(c - p))) != NULL; c++) {
        unsigned char inner[4];
        unsigned len;
        size_t taken = twice_at(c, sound - (size_t)(c - p), inner, &len);
        if (taken && taken <= TWICE_MOST) evidence->twice += len;
    }
    while (i < n) {
        uint64_t word;
        if (n - i >= 8 && (memcpy(&word, p + i, 8), (word & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        unsigned len = sequence_at(p + i, n - i);
        if (len == 0 && n - i < 4 && p[i] >= 0xc2) break; /* cut by the sample's end */
        if (len == 0) look_at_stray(evidence, p, i, n);
        if (len > 1) evidence->sequences++;
        i += len ? len : 1;
    }
}

/* CP1252 unless one byte in five is out of place there, and more are in their places in another one. */
static rv_encoding guess_single_byte(const rv_encoding_evidence *e) {
    unsigned best = 0;
    for (unsigned k = 1; k < RV_SINGLE_BYTES; k++)
        if (e->fits[k] > e->fits[best]) best = k;
    if (single_bytes[best] == RV_LATIN9) return RV_LATIN9; /* it shares all letters but eight with CP1252 */
    return e->unfit * 5 >= e->strays ? single_bytes[best] : RV_CP1252;
}

rv_encoding rv_encoding_guess(const rv_encoding_evidence *e) {
    /* Western text in UTF-16 has a zero in nearly every second byte, all on one side; other text at least in its blanks,
     * digits and line ends. */
    bool zeros_odd = e->even_zeros <= e->odd_zeros / 8, zeros_even = e->odd_zeros <= e->even_zeros / 8;
    bool lines_le = e->wide_le > 1 && e->wide_le * 10 >= e->line_feeds * 9;
    bool lines_be = e->wide_be > 1 && e->wide_be * 10 >= e->line_feeds * 9;
    if (zeros_odd && (e->odd_zeros > e->bytes / 4 || lines_le)) return RV_UTF16LE;
    if (zeros_even && (e->even_zeros > e->bytes / 4 || lines_be)) return RV_UTF16BE;
    if (e->strays == 0 && e->twice >= 4 && e->twice * 2 >= e->sequences) return RV_UTF8_TWICE;
    return e->strays == 0 || e->sequences > e->strays ? RV_UTF8 : guess_single_byte(e);
}

const char *rv_encoding_name(rv_encoding encoding) {
    static const char *const names[] = {"auto",        "utf-8",    "cp1252", "utf-16le",   "utf-16be",
                                        "iso-8859-15", "macroman", "cp850",  "utf-8-twice"};
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

static size_t from_single_byte(const uint16_t *table, const char *in, size_t n, char *out) {
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
        to = put_code_point(to, c >= 0x80 ? table[c - 0x80] : c);
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

/* What was written twice is taken back once, all else stays: a file may hold both. Returns the bytes taken. */
static size_t from_twice(const unsigned char *p, size_t n, bool last, char **to) {
    size_t i = 0;
    while (i < n) {
        unsigned char inner[4];
        unsigned len;
        size_t taken = p[i] == 0xc3 ? twice_at(p + i, n - i, inner, &len) : 0;
        if (taken > TWICE_MOST && !last) break;
        if (taken == 0 || taken > TWICE_MOST) {
            *(*to)++ = (char)p[i++];
            continue;
        }
        memcpy(*to, inner, len);
        *to += len;
        i += taken;
    }
    return i;
}

static size_t decode(const rv_transcoder *t, const unsigned char *p, size_t n, bool last, char **to) {
    if (t->from == RV_UTF8_TWICE) return from_twice(p, n, last, to);
    return from_utf16(p, n, t->from == RV_UTF16BE, last, to);
}

size_t rv_transcode(rv_transcoder *t, const char *in, size_t n, bool last, char *out) {
    const uint16_t *table = rv_single_byte(t->from);
    if (table) return from_single_byte(table, in, n, out);
    const unsigned char *p = (const unsigned char *)in;
    char *to = out;
    while (t->n_pending > 0 && (n > 0 || last)) { /* complete the cut unit or pair first */
        if (n > 0 && t->n_pending < sizeof t->pending) {
            t->pending[t->n_pending++] = *p++;
            n--;
        }
        size_t taken = decode(t, t->pending, t->n_pending, last && n == 0, &to);
        t->n_pending -= (unsigned)taken;
        memmove(t->pending, t->pending + taken, t->n_pending);
    }
    if (n == 0) return (size_t)(to - out);
    size_t taken = decode(t, p, n, last, &to);
    t->n_pending = (unsigned)(n - taken);
    memcpy(t->pending, p + taken, n - taken);
    return (size_t)(to - out);
}
