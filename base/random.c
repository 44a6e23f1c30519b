/* See random.h: counter-named streams, so that parts can be made by any thread. */
#include "random.h"

#include <math.h>

uint64_t rv_mix64(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void rv_random_init(rv_random *random, uint64_t seed, uint64_t stream) {
    uint64_t x = rv_mix64(seed + 0x9e3779b97f4a7c15u) ^ rv_mix64(stream * 0xda942042e4dd58b5u + 0x2545f4914f6cdd1du);
    for (int i = 0; i < 4; i++) {
        x += 0x9e3779b97f4a7c15u;
        random->s[i] = rv_mix64(x);
    }
}

static inline uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t rv_random_next(rv_random *random) {
    uint64_t *s = random->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double rv_random_unit(rv_random *random) { return (double)(rv_random_next(random) >> 11) * 0x1p-53; }

uint32_t rv_random_below(rv_random *random, uint32_t n) {
    uint64_t m = (uint64_t)(uint32_t)rv_random_next(random) * n;
    if ((uint32_t)m < n) {
        uint32_t threshold = (0u - n) % n;
        while ((uint32_t)m < threshold) m = (uint64_t)(uint32_t)rv_random_next(random) * n;
    }
    return (uint32_t)(m >> 32);
}

double rv_random_normal(rv_random *random) {
    double u = 1.0 - rv_random_unit(random), v = rv_random_unit(random); /* Box and Muller 1958; u > 0 */
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

double rv_random_gamma(rv_random *random, double shape) {
    if (shape < 1) { /* boost: G(a) = G(a + 1) U^(1/a) */
        double u = 1.0 - rv_random_unit(random);
        return rv_random_gamma(random, shape + 1) * pow(u, 1 / shape);
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = rv_random_normal(random), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        double u = 1.0 - rv_random_unit(random);
        if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
    }
}
