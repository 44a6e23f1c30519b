/*
 * Thirty-two records and sixteen of their bytes at a time: rows 0-15 in the low lanes, 16-31 in the high ones. Four
 * rounds of interleaving turn them so that each register holds one byte of all, whose halves are looked up in tables
 * of sixteen entries (vpshufb). Entries are summed in 16 bits, which 256 bytes of 255 can't overflow; a chunk has 32.
 */
#include "record_score_tables.h"

#include <immintrin.h>

enum { ROWS = 32 };

typedef struct sums { /* 16-bit lanes: records 0-7 and 16-23; 8-15 and 24-31 */
    __m256i low, high;
} sums;

static inline void add_pair(sums *s, __m256i a, __m256i b) {
    const __m256i ones = _mm256_set1_epi8(1);
    s->low = _mm256_add_epi16(s->low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), ones));
    s->high = _mm256_add_epi16(s->high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), ones));
}

/* A perfect shuffle of the bytes of sixteen registers: the first eight with the last eight. */
static inline void shuffle(const __m256i from[16], __m256i to[16]) {
    for (size_t i = 0; i < 8; i++) {
        to[2 * i] = _mm256_unpacklo_epi8(from[i], from[i + 8]);
        to[2 * i + 1] = _mm256_unpackhi_epi8(from[i], from[i + 8]);
    }
}

/* out[b]: byte b of the thirty-two records. */
static inline void turn(const unsigned char *at, size_t width, __m256i out[16]) {
    __m256i a[16], b[16];
    for (size_t i = 0; i < 16; i++) {
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)(at + i * width));
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(at + (i + 16) * width));
        a[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    }
    /* Four times over, that is the transposition. */
    shuffle(a, b);
    shuffle(b, a);
    shuffle(a, b);
    shuffle(b, out);
}

static inline __m256i table_of(const unsigned char *sixteen) {
    return _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)(const void *)sixteen));
}

static inline __m256i look_up(const rv_score_chunk *c, size_t byte, __m256i codes, sums planes[2], __m256i over) {
    const __m256i nibble = _mm256_set1_epi8(15);
    size_t g = byte / 4, at = byte % 4 * 16;
    __m256i low = _mm256_and_si256(codes, nibble), high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
    add_pair(&planes[0], _mm256_shuffle_epi8(table_of(c->entries[0][g][0] + at), low),
             _mm256_shuffle_epi8(table_of(c->entries[0][g][1] + at), high));
    if (c->upper[g][0] || c->upper[g][1])
        add_pair(&planes[1], _mm256_shuffle_epi8(table_of(c->entries[1][g][0] + at), low),
                 _mm256_shuffle_epi8(table_of(c->entries[1][g][1] + at), high));
    over = _mm256_or_si256(over, _mm256_subs_epu8(low, _mm256_set1_epi8((char)c->low_limit[byte])));
    return _mm256_or_si256(over, _mm256_subs_epu8(codes, _mm256_set1_epi8((char)c->high_limit[byte])));
}

/* Adds eight 16-bit sums of a plane to eight totals. */
static inline void add_eight(int32_t *out, __m128i lower, __m128i upper) {
    __m256i wide = _mm256_add_epi32(_mm256_cvtepu16_epi32(lower), _mm256_slli_epi32(_mm256_cvtepu16_epi32(upper), 8));
    __m256i *to = (__m256i *)(void *)out;
    _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), wide));
}

static inline __m256i score_chunk(const rv_score_chunk *c, const unsigned char *at, size_t width, int32_t *out,
                                  __m256i over) {
    sums planes[2] = {{_mm256_setzero_si256(), _mm256_setzero_si256()},
                      {_mm256_setzero_si256(), _mm256_setzero_si256()}};
    for (size_t half = 0; half < 2; half++) {
        __m256i bytes[16];
        turn(at + half * 16, width, bytes);
        for (size_t b = 0; b < 16; b++) over = look_up(c, half * 16 + b, bytes[b], planes, over);
    }
    add_eight(out, _mm256_castsi256_si128(planes[0].low), _mm256_castsi256_si128(planes[1].low));
    add_eight(out + 8, _mm256_castsi256_si128(planes[0].high), _mm256_castsi256_si128(planes[1].high));
    add_eight(out + 16, _mm256_extracti128_si256(planes[0].low, 1), _mm256_extracti128_si256(planes[1].low, 1));
    add_eight(out + 24, _mm256_extracti128_si256(planes[0].high, 1), _mm256_extracti128_si256(planes[1].high, 1));
    for (uint32_t e = 0; e < c->n_eights; e++)
        for (size_t i = 0; i < ROWS; i++) out[i] += c->eights[e].entries[at[i * width + c->eights[e].byte]];
    return over;
}

bool rv_record_score_avx2(const rv_record_scorer *s, const unsigned char *records, size_t n, int32_t *out) {
    __m256i over = _mm256_setzero_si256();
    size_t done = 0;
    if (s->width < RV_SCORE_CHUNK) return rv_record_score_scalar(s, records, n, out);
    for (; done + ROWS <= n; done += ROWS) {
        const unsigned char *at = records + done * s->width;
        for (size_t i = 0; i < ROWS; i++) out[done + i] = s->base;
        for (uint32_t i = 0; i < s->n_chunks; i++)
            over = score_chunk(&s->chunks[i], at + s->chunks[i].at, s->width, out + done, over);
    }
    bool good = rv_record_score_scalar(s, records + done * s->width, n - done, out + done);
    return good && _mm256_testz_si256(over, over);
}

/* --- Side columns ------------------------------------------------------------------------------------------------ */

/* Eight at a time, by a gather; codes beyond the last are led to the first entry and remembered. */
bool rv_side_score_avx2(const int32_t *points, uint32_t values, const unsigned char *codes, uint32_t bytes, size_t n,
                        int32_t *out) {
    const __m256i most = _mm256_set1_epi32((int)values);
    __m256i over = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const void *at = codes + i * bytes;
        __m256i code = bytes == 2 ? _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)at))
                                  : _mm256_loadu_si256((const __m256i *)at);
        __m256i good = _mm256_cmpeq_epi32(_mm256_min_epu32(code, most), code);
        over = _mm256_or_si256(over, _mm256_andnot_si256(good, _mm256_set1_epi32(-1)));
        __m256i *to = (__m256i *)(void *)(out + i);
        __m256i entries = _mm256_i32gather_epi32(points, _mm256_and_si256(code, good), 4);
        _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), entries));
    }
    bool rest = rv_side_score_scalar(points, values, codes + i * bytes, bytes, n - i, out + i);
    return rest && _mm256_testz_si256(over, over);
}
