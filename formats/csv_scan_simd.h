/*
 * The body of the vector kernels, the same for each width. An including file first defines, for its instruction set,
 *   needles, needles_of(rules)                 the sought bytes, spread over registers
 *   masks_of(const needles *, const char *p)   the bit masks of 64 bytes
 *   running_xor(bits)                          bit i: parity of bits 0..i
 *   flatten(at, bits, base)                    writes base + the index of each set bit; may overrun by 64 entries
 * with `masks` as below. Everything here is static.
 */
#ifndef RV_CSV_SCAN_SIMD_H
#define RV_CSV_SCAN_SIMD_H

#include "csv_scan.h"
#include <string.h>

typedef struct masks {
    uint64_t separator, quote, cr, lf;
} masks;
typedef struct needles needles;
static inline masks masks_of(const needles *sought, const char *p);
static inline uint64_t running_xor(uint64_t bits);
static inline uint32_t *flatten(uint32_t *at, uint64_t bits, uint32_t base);

/* The hardware's prefetcher stops at each page of 4 KB; one line of the next page, asked for in time, keeps it going.
 * Measured on 66 MB, 1 thread: 1.3 -> 1.6-2.0 GB/s for reading as a whole (2026-11-21). Only the cutter needs it: it is
 * the first to touch the bytes. */
enum { PREFETCH_AHEAD = 4096 };

/* The last bytes of the data, made 64 with zeros, which are none of the four. */
static inline const char *chunk_at(const char *data, size_t i, size_t n, char spare[64]) {
    if (n - i >= 64) return data + i;
    memset(spare, 0, 64);
    memcpy(spare, data + i, n - i);
    return spare;
}

/* What one chunk leaves for the next: 0 or 1, but inside, which is 0 or all ones. */
typedef struct carried {
    uint64_t inside, after_cr, after_edge, closed;
} carried;

/* Bits of irregular quotes. `closed`: the last byte of the chunk before is a closing quote still to be judged; its
 * failure shows as *behind. `end`: bit of the data's last byte, or 0. */
static inline uint64_t irregular_bits(const masks *m, uint64_t in, const carried *c, uint64_t end, bool *behind) {
    uint64_t edge = m->separator | m->cr | m->lf | m->quote, opening = m->quote & in, closing = m->quote & ~in;
    *behind = c->closed && !(edge & 1);
    return (opening & ~(edge << 1 | c->after_edge)) | (closing & ~(edge >> 1) & ~(end | (uint64_t)1 << 63));
}

static inline void cut_body(const needles *sought, const char *data, size_t n, rv_csv_cut *out) {
    rv_csv_cut cut = {.irregular = n};
    carried c = {.after_edge = 1};
    uint64_t breaks = 0, last_ends = 0, last_lines = 0, last_breaks = 0;
    size_t last_at = 0;
    for (size_t i = 0; i < n; i += 64) {
        char spare[64];
        __builtin_prefetch(data + i + PREFETCH_AHEAD); /* never faults */
        masks m = masks_of(sought, chunk_at(data, i, n, spare));
        uint64_t lines = m.cr | (m.lf & ~(m.cr << 1 | c.after_cr)), ends = m.cr | m.lf;
        if (m.quote | c.inside | c.closed) {
            uint64_t in = running_xor(m.quote) ^ c.inside; /* set from an opening quote up to before the closing one */
            bool behind;
            uint64_t odd = irregular_bits(&m, in, &c, n - i <= 64 ? (uint64_t)1 << (n - 1 - i) : 0, &behind);
            ends &= ~in;
            if (odd | behind) {
                unsigned first = behind ? 0 : (unsigned)__builtin_ctzll(odd);
                cut.irregular = behind ? i - 1 : i + first;
                cut.inside = behind || !(in >> first & 1);
                ends &= ((uint64_t)1 << first) - 1;
            }
            c.inside = (uint64_t)((int64_t)in >> 63);
            c.closed = (m.quote & ~in) >> 63;
        }
        if (ends) {
            last_ends = ends;
            last_lines = lines;
            last_breaks = breaks;
            last_at = i;
        }
        if (cut.irregular != n) break;
        breaks += (uint64_t)__builtin_popcountll(lines);
        c.after_cr = m.cr >> 63;
        c.after_edge = (m.separator | m.cr | m.lf | m.quote) >> 63;
    }
    if (last_ends) {
        unsigned last = 63u - (unsigned)__builtin_clzll(last_ends);
        cut.end = last_at + last + 1;
        cut.breaks = last_breaks + (uint64_t)__builtin_popcountll(last_lines & (~(uint64_t)0 >> (63 - last)));
    }
    if (cut.irregular == n) cut.inside = c.inside != 0;
    *out = cut;
}

static inline size_t index_body(const needles *sought, const char *data, size_t from, size_t to, rv_csv_marks *marks,
                                uint32_t *at) {
    uint64_t inside = marks->inside ? ~(uint64_t)0 : 0, after_cr = marks->after_cr, after_quote = marks->after_quote;
    uint64_t quotes = inside, doubled = 0, inner = 0;
    uint32_t *next = at;
    for (size_t i = from; i < to; i += 64) {
        char spare[64];
        masks m = masks_of(sought, chunk_at(data, i, to, spare));
        uint64_t found = m.separator | m.cr | (m.lf & ~(m.cr << 1 | after_cr));
        after_cr = m.cr >> 63;
        if (m.quote | inside) {
            uint64_t in = running_xor(m.quote) ^ inside;
            doubled |= m.quote & in & (m.quote << 1 | after_quote);
            inner |= (m.cr | m.lf) & in;
            found &= ~in;
            quotes = 1;
            inside = (uint64_t)((int64_t)in >> 63);
        }
        after_quote = m.quote >> 63;
        next = flatten(next, found, (uint32_t)i);
    }
    *marks = (rv_csv_marks){inside != 0, after_cr != 0, after_quote != 0, quotes != 0, marks->doubled || doubled != 0,
                            inner != 0};
    return (size_t)(next - at);
}

#endif
