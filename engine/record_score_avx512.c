/*
 * Sixteen records at a time. 32 bytes of each are loaded (eight registers of two records), turned so that each register
 * holds four neighbouring bytes of all sixteen, and looked up: a permutation of bytes (VBMI) has room for four tables of
 * sixteen entries, the code and the byte's place in its four choose one. Sums of four bytes fall into the record's own
 * 32-bit lane, so nothing is ever added across lanes.
 *
 * Per record of 32 bytes (64 codes): 4 permutations, 1.5 for turning, 2 sums of four: some 3.3 cycles where nothing
 * waits; all tables stay in registers or the first cache.
 */
#include "record_score_tables.h"

#include <immintrin.h>

/* Each round asks for as many bytes as it takes, one step of the walk ahead, so that memory is read while sums are made and
 * whoever proves the next step finds it in the second cache. A prefetch never faults. */
enum { ROWS = 16, LINE = 64, AHEAD = 64 << 10 };

typedef struct sums {
    __m512i lower, upper; /* of the two planes, a lane per record */
    __m512i over;         /* bytes beyond their limits */
} sums;

static inline __m512i load_two(const unsigned char *first, size_t width, __mmask32 mask) {
    __m256i a = _mm256_maskz_loadu_epi8(mask, first), b = _mm256_maskz_loadu_epi8(mask, first + width);
    return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}

/* out[g]: bytes 4g .. 4g + 3 of records 0 2 4 6, 1 3 5 7, 8 10 12 14, 9 11 13 15. */
static inline void turn(const unsigned char *at, size_t width, __mmask32 mask, __m512i out[8]) {
    __m512i in[8], pairs[8], fours[8];
    for (size_t i = 0; i < 8; i++) in[i] = load_two(at + 2 * i * width, width, mask);
    for (size_t i = 0; i < 8; i += 2) {
        pairs[i] = _mm512_unpacklo_epi32(in[i], in[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi32(in[i], in[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4)
        for (size_t h = 0; h < 2; h++) {
            fours[i + 2 * h] = _mm512_unpacklo_epi64(pairs[i + h], pairs[i + 2 + h]);
            fours[i + 2 * h + 1] = _mm512_unpackhi_epi64(pairs[i + h], pairs[i + 2 + h]);
        }
    for (size_t g = 0; g < 4; g++) { /* lanes 0 and 2 are of the first half of a record, 1 and 3 of the second */
        out[g] = _mm512_shuffle_i64x2(fours[g], fours[g + 4], _MM_SHUFFLE(2, 0, 2, 0));
        out[g + 4] = _mm512_shuffle_i64x2(fours[g], fours[g + 4], _MM_SHUFFLE(3, 1, 3, 1));
    }
}

static inline void look_up(const rv_score_chunk *c, size_t g, __m512i bytes, sums *s) {
    const __m512i place = _mm512_set1_epi32(0x30201000), low = _mm512_set1_epi8(15), ones = _mm512_set1_epi8(1);
    __m512i halves[2] = {bytes, _mm512_srli_epi16(bytes, 4)};
    for (size_t h = 0; h < 2; h++) { /* (half & 15) | place */
        __m512i index = _mm512_ternarylogic_epi32(halves[h], low, place, 0xEA);
        __m512i table = _mm512_load_si512(c->entries[0][g][h]);
        s->lower = _mm512_dpbusd_epi32(s->lower, _mm512_permutexvar_epi8(index, table), ones);
        if (!c->upper[g][h]) continue;
        table = _mm512_load_si512(c->entries[1][g][h]);
        s->upper = _mm512_dpbusd_epi32(s->upper, _mm512_permutexvar_epi8(index, table), ones);
    }
    int low_limit, high_limit;
    memcpy(&low_limit, c->low_limit + 4 * g, 4);
    memcpy(&high_limit, c->high_limit + 4 * g, 4);
    __m512i over_low = _mm512_subs_epu8(_mm512_and_si512(bytes, low), _mm512_set1_epi32(low_limit));
    __m512i over_high = _mm512_subs_epu8(bytes, _mm512_set1_epi32(high_limit));
    s->over = _mm512_ternarylogic_epi32(s->over, over_low, over_high, 0xFE);
}

/* Codes of 8 bits: a gather of sixteen. */
static inline __m512i eights(const rv_score_chunk *c, const __m512i groups[8], __m512i to) {
    for (uint32_t e = 0; e < c->n_eights; e++) {
        uint32_t byte = c->eights[e].byte;
        __m512i code = _mm512_srl_epi32(groups[byte / 4], _mm_cvtsi32_si128((int)(byte % 4 * 8)));
        code = _mm512_and_si512(code, _mm512_set1_epi32(255));
        const int32_t *entries = c->eights[e].entries;
        __m256i low = _mm256_i32gather_epi32(entries, _mm512_castsi512_si256(code), 4);
        __m256i high = _mm256_i32gather_epi32(entries, _mm512_extracti64x4_epi64(code, 1), 4);
        to = _mm512_add_epi32(to, _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
    }
    return to;
}

bool rv_record_score_avx512(const rv_record_scorer *s, const unsigned char *records, size_t n, int32_t *out) {
    const __m512i order = _mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    __m512i over = _mm512_setzero_si512();
    size_t done = 0;
    for (; done + ROWS <= n; done += ROWS) {
        const unsigned char *at = records + done * s->width;
        for (size_t line = 0; line < ROWS * (size_t)s->width; line += LINE)
            _mm_prefetch((const char *)at + AHEAD + line, _MM_HINT_T1);
        sums sum = {_mm512_setzero_si512(), _mm512_setzero_si512(), over};
        for (uint32_t i = 0; i < s->n_chunks; i++) {
            const rv_score_chunk *c = &s->chunks[i];
            __m512i groups[8];
            turn(at + c->at, s->width, (__mmask32)(UINT32_MAX >> (32 - c->bytes)), groups);
            for (size_t g = 0; g < 8; g++) look_up(c, g, groups[g], &sum);
            if (c->n_eights) sum.lower = eights(c, groups, sum.lower);
        }
        over = sum.over;
        __m512i total = _mm512_add_epi32(sum.lower, _mm512_slli_epi32(sum.upper, 8));
        total = _mm512_add_epi32(total, _mm512_set1_epi32(s->base));
        _mm512_storeu_si512(out + done, _mm512_permutexvar_epi32(order, total));
    }
    bool good = rv_record_score_scalar(s, records + done * s->width, n - done, out + done);
    return good && _mm512_test_epi8_mask(over, over) == 0;
}
