/*
 * Random numbers that depend on (seed, stream, position) and on nothing else: any thread may make any part, and the
 * whole is the same. A stream is a 64-bit name (a row, a household); xoshiro256** (Blackman and Vigna, 2018) seeded by
 * splitmix64.
 */
#ifndef RV_RANDOM_H
#define RV_RANDOM_H

#include <stdint.h>

typedef struct rv_random {
    uint64_t s[4];
} rv_random;
void rv_random_init(rv_random *random, uint64_t seed, uint64_t stream);
uint64_t rv_random_next(rv_random *random);
double rv_random_unit(rv_random *random);                /* [0, 1) */
uint32_t rv_random_below(rv_random *random, uint32_t n); /* [0, n), n > 0, unbiased (Lemire 2019) */
double rv_random_normal(rv_random *random);              /* mean 0, deviation 1 */
double rv_random_gamma(rv_random *random, double shape); /* scale 1; Marsaglia and Tsang 2000 */
uint64_t rv_mix64(uint64_t x);                           /* splitmix64's finaliser: a bijection */

#endif
