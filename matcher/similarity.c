/*
 * See similarity.h. Tables of a word's letters are left unwritten except where one of the two texts will look: clearing
 * 256 entries would take longer than comparing two names.
 */
#include "similarity.h"

typedef struct letter_places {
    uint64_t of[256]; /* bit i: the pattern has this letter at i */
} letter_places;

static rv_text beginning(rv_text a) {
    if (a.len > RV_SIMILARITY_MAX) a.len = RV_SIMILARITY_MAX;
    return a;
}

static void find_places(rv_text pattern, rv_text text, letter_places *places) {
    for (uint32_t i = 0; i < text.len; i++) places->of[(unsigned char)text.ptr[i]] = 0;
    for (uint32_t i = 0; i < pattern.len; i++) places->of[(unsigned char)pattern.ptr[i]] = 0;
    for (uint32_t i = 0; i < pattern.len; i++) places->of[(unsigned char)pattern.ptr[i]] |= (uint64_t)1 << i;
}

/* The column of the matrix of distances is kept as its differences: bit i of `up` (`down`) says that row i + 1 is one
 * more (less) than row i. */
unsigned rv_edit_distance(rv_text a, rv_text b) {
    rv_text pattern = a.len <= b.len ? a : b, text = a.len <= b.len ? b : a;
    if (pattern.len > RV_SIMILARITY_MAX) pattern = beginning(pattern), text = beginning(text);
    if (pattern.len == 0) return text.len;
    letter_places places;
    find_places(pattern, text, &places);
    uint64_t up = ~(uint64_t)0, down = 0, diagonal = 0, before = 0, last = (uint64_t)1 << (pattern.len - 1);
    unsigned distance = pattern.len;
    for (uint32_t i = 0; i < text.len; i++) {
        uint64_t here = places.of[(unsigned char)text.ptr[i]];
        uint64_t swapped = ((~diagonal & here) << 1) & before;
        diagonal = (((here & up) + up) ^ up) | here | down | swapped;
        uint64_t right = down | ~(diagonal | up), left = diagonal & up;
        distance += (right & last) != 0;
        distance -= (left & last) != 0;
        right = right << 1 | 1;
        left <<= 1;
        up = left | ~(diagonal | right);
        down = right & diagonal;
        before = here;
    }
    return distance;
}

bool rv_within_one_edit(rv_text a, rv_text b) {
    if (a.len > b.len) {
        rv_text swap = a;
        a = b, b = swap;
    }
    if (a.len > RV_SIMILARITY_MAX) a = beginning(a), b = beginning(b);
    if (b.len - a.len > 1) return false;
    uint32_t at = 0;
    while (at < a.len && a.ptr[at] == b.ptr[at]) at++;
    if (at == a.len) return true;
    const char *x = a.ptr + at, *y = b.ptr + at;
    uint32_t left = a.len - at; /* one letter at least, and another one */
    if (b.len > a.len) return memcmp(x, y + 1, left) == 0;
    if (memcmp(x + 1, y + 1, left - 1) == 0) return true;
    return left >= 2 && x[0] == y[1] && x[1] == y[0] && memcmp(x + 2, y + 2, left - 2) == 0;
}

static unsigned common_beginning(rv_text a, rv_text b) {
    unsigned n = 0;
    while (n < 4 && n < a.len && n < b.len && a.ptr[n] == b.ptr[n]) n++;
    return n;
}

/* Letters of b that have a free equal in a within the window; which ones, as bits. */
static unsigned find_common(rv_text a, rv_text b, const letter_places *places, uint64_t *in_a, uint64_t *in_b) {
    uint32_t longer = a.len > b.len ? a.len : b.len, window = longer / 2 > 0 ? longer / 2 - 1 : 0;
    unsigned common = 0;
    *in_a = *in_b = 0;
    for (uint32_t j = 0; j < b.len; j++) {
        uint64_t near = ~(uint64_t)0;
        if (j + window < 63) near = ((uint64_t)1 << (j + window + 1)) - 1;
        if (j > window) near &= ~(((uint64_t)1 << (j - window)) - 1);
        uint64_t free = places->of[(unsigned char)b.ptr[j]] & near & ~*in_a;
        if (free == 0) continue;
        *in_a |= free & (~free + 1);
        *in_b |= (uint64_t)1 << j;
        common++;
    }
    return common;
}

double rv_jaro_winkler(rv_text a, rv_text b) {
    a = beginning(a), b = beginning(b);
    if (a.len == 0 || b.len == 0) return 0;
    letter_places places;
    find_places(a, b, &places);
    uint64_t in_a, in_b;
    unsigned common = find_common(a, b, &places, &in_a, &in_b), displaced = 0;
    if (common == 0) return 0;
    for (; in_b; in_a &= in_a - 1, in_b &= in_b - 1)
        displaced += a.ptr[__builtin_ctzll(in_a)] != b.ptr[__builtin_ctzll(in_b)];
    double n = common, jaro = (n / a.len + n / b.len + (n - displaced / 2) / n) / 3;
    return jaro > .7 ? jaro + .1 * common_beginning(a, b) * (1 - jaro) : jaro;
}

/* A pair of letters as one of 1024: capitals are told apart, the rest are mixed in among them. */
static unsigned pair_at(rv_text a, uint32_t i) {
    return ((unsigned)a.ptr[i] & 31) << 5 | ((unsigned)a.ptr[i + 1] & 31);
}

double rv_pair_overlap(rv_text a, rv_text b) {
    if (a.len < 2 || b.len < 2) return 0;
    uint64_t in_a[16] = {0}, in_both[16] = {0}, in_b[16] = {0};
    unsigned n = 0, common = 0;
    for (uint32_t i = 0; i + 1 < a.len; i++) {
        unsigned p = pair_at(a, i);
        uint64_t bit = (uint64_t)1 << (p & 63);
        n += !(in_a[p >> 6] & bit);
        in_a[p >> 6] |= bit;
    }
    for (uint32_t i = 0; i + 1 < b.len; i++) {
        unsigned p = pair_at(b, i);
        uint64_t bit = (uint64_t)1 << (p & 63);
        n += !(in_b[p >> 6] & bit);
        common += (in_a[p >> 6] & bit) && !(in_both[p >> 6] & bit);
        in_b[p >> 6] |= bit;
        in_both[p >> 6] |= in_a[p >> 6] & bit;
    }
    return 2.0 * common / n;
}

uint32_t rv_letter_set(rv_text a) {
    uint32_t set = 0;
    for (uint32_t i = 0; i < a.len; i++) set |= (uint32_t)1 << ((unsigned char)a.ptr[i] & 31);
    return set;
}
