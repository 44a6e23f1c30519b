/*
 * Short texts in a register: sixteen bytes at a time. What stands behind a text is masked away, and never read beyond its
 * page (text.h). SSE2 is the base of amd64, so this needs neither a twin nor a choice at run time. Texts are one to a few
 * such pieces long; where pieces may overlap, the last one is moved back to end with the text.
 */
#ifndef RV_BYTES16_H
#define RV_BYTES16_H

#include "text.h"
#include <emmintrin.h>

/* Sixteen ones and sixteen zeros: from place 16 - n on, a mask of the first n bytes. */
static const unsigned char rv_first_bytes[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                                 255, 255, 255, 255, 255, 0};
/* The first n <= 16 bytes, zeros behind. */
static inline __m128i rv_load_16(const char *p, size_t n) {
    if (n == 16) return _mm_loadu_si128((const __m128i *)(const void *)p);
    if (__builtin_expect(n && rv_page_holds(p, 16), 1)) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)rv_any_bytes(p));
        return _mm_and_si128(v, _mm_loadu_si128((const __m128i *)(const void *)(rv_first_bytes + 16 - n)));
    }
    uint64_t head = rv_load_bytes(p, n), tail = n > 8 ? rv_load_bytes(p + 8, n - 8) : 0;
    return _mm_set_epi64x((long long)tail, (long long)head);
}
/* As two numbers, as rv_load_bytes makes them. */
static inline void rv_split_16(__m128i v, uint64_t *head, uint64_t *tail) {
    *head = (uint64_t)_mm_cvtsi128_si64(v);
    *tail = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v));
}
static inline void rv_load_words(const char *p, size_t n, uint64_t *head, uint64_t *tail) {
    rv_split_16(rv_load_16(p, n), head, tail);
}
static inline void rv_store_16(char *to, __m128i v) { _mm_storeu_si128((__m128i *)(void *)to, v); }

/* Where piece number `i` of a text of n bytes begins: pieces of 16, the last one moved back to end with the text. */
static inline size_t rv_piece_at(size_t i, size_t n) { return n - 16 * i >= 16 ? 16 * i : n > 16 ? n - 16 : 0; }
static inline __m128i rv_load_piece(const char *p, size_t at, size_t n) {
    return n >= 16 ? _mm_loadu_si128((const __m128i *)(const void *)(p + at)) : rv_load_16(p, n);
}

/* Copies n bytes, and writes up to fifteen more. */
static inline void rv_copy_16(char *to, const char *from, size_t n) {
    for (size_t i = 0; i < n; i += 16)
        rv_store_16(to + i, n - i >= 16 ? _mm_loadu_si128((const __m128i *)(const void *)(from + i))
                                        : rv_load_16(from + i, n - i));
}

/* 0xff where first <= byte <= first + span. */
static inline __m128i rv_in_range(__m128i v, char first, char span) {
    __m128i from = _mm_sub_epi8(v, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(span)), from);
}
static inline uint64_t rv_mask_16(__m128i v) { return (uint64_t)(unsigned)_mm_movemask_epi8(v); }
static inline uint64_t rv_mask_equal(__m128i v, char c) { return rv_mask_16(_mm_cmpeq_epi8(v, _mm_set1_epi8(c))); }

#endif
