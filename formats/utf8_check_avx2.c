/*
 * UTF-8 validation by table look-up (J. Keiser and D. Lemire, "Validating UTF-8 in less than one instruction per
 * byte", 2021): the high and low nibble of a byte and the high nibble of the next each look up a set of the errors
 * they could be part of; an error that all three agree on is one. Blocks of ASCII are skipped at the speed of memory.
 */
#include "utf8_check.h"

#include <immintrin.h>
#include <string.h>

enum {
    TOO_SHORT = 1, /* lead byte followed by a lead byte or ASCII */
    TOO_LONG = 2,  /* ASCII followed by a continuation */
    OVERLONG_3 = 4,
    TOO_LARGE = 8,
    SURROGATE = 16,
    OVERLONG_2 = 32,
    TOO_LARGE_1000 = 64,
    OVERLONG_4 = 64,
    TWO_CONTINUATIONS = 128,
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS
};

enum { STRETCH = 1024 }; /* errors are looked for so often: what is damaged here and there is not read over again */

#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define E(x) ((char)(x))

/* The bytes before `now`, n (1-3) places back. */
#define BEHIND(now, before, n) _mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 16 - (n))

static inline __m256i nibble_high(__m256i v) { return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)); }

static inline __m256i errors_of(__m256i now, __m256i before) {
    const __m256i by_first_high =
        TABLE(E(TOO_LONG), E(TOO_LONG), E(TOO_LONG), E(TOO_LONG), E(TOO_LONG), E(TOO_LONG), E(TOO_LONG), E(TOO_LONG),
              E(TWO_CONTINUATIONS), E(TWO_CONTINUATIONS), E(TWO_CONTINUATIONS), E(TWO_CONTINUATIONS),
              E(TOO_SHORT | OVERLONG_2), E(TOO_SHORT), E(TOO_SHORT | OVERLONG_3 | SURROGATE),
              E(TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4));
    const __m256i by_first_low =
        TABLE(E(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), E(CARRY | OVERLONG_2), E(CARRY), E(CARRY),
              E(CARRY | TOO_LARGE), E(CARRY | TOO_LARGE | TOO_LARGE_1000), E(CARRY | TOO_LARGE | TOO_LARGE_1000),
              E(CARRY | TOO_LARGE | TOO_LARGE_1000), E(CARRY | TOO_LARGE | TOO_LARGE_1000),
              E(CARRY | TOO_LARGE | TOO_LARGE_1000), E(CARRY | TOO_LARGE | TOO_LARGE_1000),
              E(CARRY | TOO_LARGE | TOO_LARGE_1000), E(CARRY | TOO_LARGE | TOO_LARGE_1000),
              E(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE), E(CARRY | TOO_LARGE | TOO_LARGE_1000),
              E(CARRY | TOO_LARGE | TOO_LARGE_1000));
    const __m256i by_second_high =
        TABLE(E(TOO_SHORT), E(TOO_SHORT), E(TOO_SHORT), E(TOO_SHORT), E(TOO_SHORT), E(TOO_SHORT), E(TOO_SHORT),
              E(TOO_SHORT), E(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
              E(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | OVERLONG_3 | TOO_LARGE),
              E(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE),
              E(TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS | SURROGATE | TOO_LARGE), E(TOO_SHORT), E(TOO_SHORT),
              E(TOO_SHORT), E(TOO_SHORT));
    __m256i one_back = BEHIND(now, before, 1);
    __m256i special = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(by_first_high, nibble_high(one_back)),
                         _mm256_shuffle_epi8(by_first_low, _mm256_and_si256(one_back, _mm256_set1_epi8(15)))),
        _mm256_shuffle_epi8(by_second_high, nibble_high(now)));
    /* Third and fourth bytes of sequences must be continuations, and only they may follow a continuation. */
    __m256i third = _mm256_subs_epu8(BEHIND(now, before, 2), _mm256_set1_epi8(E(0xe0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(BEHIND(now, before, 3), _mm256_set1_epi8(E(0xf0 - 0x80)));
    __m256i must_follow = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(E(0x80)));
    return _mm256_xor_si256(must_follow, special);
}

/* Non-zero where a sequence is begun in the last three bytes and not ended. */
static inline __m256i unended(__m256i v) {
    const __m256i most =
        _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                         -1, -1, -1, -1, -1, E(0xf0 - 1), E(0xe0 - 1), E(0xc0 - 1));
    return _mm256_subs_epu8(v, most);
}

size_t rv_utf8_check_avx2(const char *text, size_t n) {
    __m256i error = _mm256_setzero_si256(), before = error, open = error;
    size_t stretch = 0;
    for (size_t i = 0; i < n; i += 64) {
        __m256i a, b;
        if (i - stretch == STRETCH) {
            if (!_mm256_testz_si256(error, error)) return stretch;
            stretch = i;
        }
        if (n - i >= 64) {
            a = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
            b = _mm256_loadu_si256((const __m256i *)(const void *)(text + i + 32));
        } else {
            char tail[64] = {0};
            memcpy(tail, text + i, n - i);
            a = _mm256_loadu_si256((const __m256i *)(const void *)tail);
            b = _mm256_loadu_si256((const __m256i *)(const void *)(tail + 32));
        }
        if (_mm256_movemask_epi8(_mm256_or_si256(a, b)) == 0) {
            error = _mm256_or_si256(error, open); /* what was begun can't go on in ASCII */
            open = _mm256_setzero_si256();
            before = b;
            continue;
        }
        error = _mm256_or_si256(error, _mm256_or_si256(errors_of(a, before), errors_of(b, a)));
        open = unended(b);
        before = b;
    }
    error = _mm256_or_si256(error, open);
    return _mm256_testz_si256(error, error) ? n : stretch;
}
