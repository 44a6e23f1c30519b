/*
 * The body of symbol_pack.h; RV_LAID_PACK names the function.
 *
 * A step's place in the text is known only after the step before, some forty cycles of loads and compares that wait for each
 * other, and neither which symbol wins nor where a text ends can be foretold. So nothing branches on either: a lane
 * that stands on a zero goes on with its next text. Four lanes share the texts, and do their steps while the others wait:
 * 12.7 ns a symbol, 9.5 with AVX2 (AVX-512: the same), where four texts led side by side, each ended by a branch, took 14.3.
 */
#include "symbol_pack.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

enum { LANES = 4 };

typedef struct lane_of_texts {
    uint32_t text, end; /* the one at hand; behind the lane's last */
    uint32_t at, stop;  /* in the bytes; where the text at hand ends */
    uint32_t out;
} lane_of_texts;

/* Bits: which of the bucket's symbols the word begins with. */
static inline unsigned agreeing(const rv_symbol_bucket *bucket, uint64_t word) {
#ifdef __AVX2__
    __m256i masks = _mm256_loadu_si256((const __m256i *)(const void *)bucket->masks),
            symbols = _mm256_loadu_si256((const __m256i *)(const void *)bucket->symbols),
            words = _mm256_and_si256(_mm256_set1_epi64x((long long)word), masks);
    return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(words, symbols)));
#else
    unsigned mask = 0;
    for (unsigned i = 0; i < RV_SYMBOL_BUCKET; i++)
        mask |= (unsigned)((word & bucket->masks[i]) == bucket->symbols[i]) << i;
    return mask;
#endif
}

/* The first text that ends at or behind `at`. */
static uint32_t text_at(const rv_laid_texts *laid, uint32_t at) {
    uint32_t low = 0, high = laid->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (laid->stops[middle] < at) low = middle + 1;
        else high = middle;
    }
    return low;
}

RV_INLINE void do_step(const rv_symbol_packer *p, rv_laid_texts *laid, lane_of_texts *lane, unsigned char *out) {
    uint64_t word;
    memcpy(&word, laid->bytes + lane->at, 8);
    unsigned bucket = p->heads[rv_symbol_hash(word)], found = agreeing(&p->buckets[bucket], word);
    while (__builtin_expect((found == 0) & (p->next[bucket] != 0), 0)) {
        bucket = p->next[bucket];
        found = agreeing(&p->buckets[bucket], word);
    }
    unsigned is_long = 0u - (found != 0);
    unsigned step = (p->steps[bucket][__builtin_ctz(found | 8)] & is_long) | (p->shorts[word & 0xffff] & ~is_long);
    out[lane->out] = (unsigned char)step;
    out[lane->out + 1] = (unsigned char)word; /* stays if it is an escape */
    lane->out += 1u + ((step & 0xff) == RV_SYMBOL_ESCAPE);
    lane->at += step >> 8;
    laid->ends[lane->text] = lane->out; /* the text's last step stays */
    unsigned ended = lane->at == lane->stop;
    lane->at += ended;
    lane->text += ended;
    lane->stop = laid->stops[lane->text];
}

void RV_LAID_PACK(const rv_symbol_packer *p, rv_laid_texts *laid, unsigned char *out) {
    lane_of_texts lanes[LANES];
    uint32_t starts[LANES + 1];
    for (uint32_t i = 0; i <= LANES; i++) starts[i] = i < LANES ? text_at(laid, laid->len / LANES * i) : laid->n;
    for (uint32_t i = 0; i < LANES; i++) {
        uint32_t first = starts[i], at = first ? laid->stops[first - 1] + 1 : 0;
        lanes[i] = (lane_of_texts){first, starts[i + 1], at, laid->stops[first], 2 * (at - first)};
    }
    while ((lanes[0].text < lanes[0].end) & (lanes[1].text < lanes[1].end) & (lanes[2].text < lanes[2].end) &
           (lanes[3].text < lanes[3].end))
        for (unsigned i = 0; i < LANES; i++) do_step(p, laid, &lanes[i], out);
    for (unsigned i = 0; i < LANES; i++)
        while (lanes[i].text < lanes[i].end) do_step(p, laid, &lanes[i], out);
    for (unsigned i = 0; i < LANES; i++) {
        uint32_t from = starts[i] ? 2 * (laid->stops[starts[i] - 1] + 1 - starts[i]) : 0;
        for (uint32_t k = starts[i]; k < starts[i + 1]; from = laid->ends[k++])
            *laid->texts[k] = rv_text_make((const char *)out + from, laid->ends[k] - from);
    }
}
