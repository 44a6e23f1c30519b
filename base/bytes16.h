/*
 * Short texts in a register: sixteen bytes at a time, never a byte read beyond the text. SSE2 is the base of amd64, so
 * this needs neither a twin nor a choice at run time. Texts are one to a few such pieces long; the last piece overlaps
 * the one before, so that nothing depends on what stands behind a text.
 */
#ifndef RV_BYTES16_H
#define RV_BYTES16_H

#include "text.h"
#include <emmintrin.h>

/* The first n <= 16 bytes, zeros behind. */
static inline __m128i rv_load_16(const char *p, size_t n) {
    if (n == 16) return _mm_loadu_si128((const __m128i *)(const void *)p);
    uint64_t head = rv_load_bytes(p, n), tail = n > 8 ? rv_load_bytes(p + 8, n - 8) : 0;
    return _mm_set_epi64x((long long)tail, (long long)head);
}
static inline void rv_store_16(char *to, __m128i v) { _mm_storeu_si128((__m128i *)(void *)to, v); }

/* Where piece number `i` of a text of n bytes begins: pieces of 16, the last one moved back to end with the text. */
static inline size_t rv_piece_at(size_t i, size_t n) { return n - 16 * i >= 16 ? 16 * i : n > 16 ? n - 16 : 0; }
static inline __m128i rv_load_piece(const char *p, size_t at, size_t n) {
    return n >= 16 ? _mm_loadu_si128((const __m128i *)(const void *)(p + at)) : rv_load_16(p, n);
}

/* 0xff where first <= byte <= first + span. */
static inline __m128i rv_in_range(__m128i v, char first, char span) {
    __m128i from = _mm_sub_epi8(v, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(span)), from);
}
static inline uint64_t rv_mask_16(__m128i v) { return (uint64_t)(unsigned)_mm_movemask_epi8(v); }
static inline uint64_t rv_mask_equal(__m128i v, char c) { return rv_mask_16(_mm_cmpeq_epi8(v, _mm_set1_epi8(c))); }

#endif
