/* Seals are the same whichever instruction set made them. */
#include "cpu.h"
#include "hash.h"
#include "hash_simd.h"
#include "random.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static void check_twin(uint64_t (*twin)(const void *, size_t, uint64_t), uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 1);
    for (int round = 0; round < 2000; round++) {
        size_t n = rv_random_below(&random, round % 10 ? 3000 : 70000), at = rv_random_below(&random, 64);
        unsigned char *room = malloc(at + n + 1), *exact = room + at;
        for (size_t i = 0; i < n; i++) exact[i] = (unsigned char)rv_random_next(&random);
        uint64_t key = round % 3 ? rv_random_next(&random) : 0;
        cr_assert_eq(twin(exact, n, key), rv_hash64_scalar(exact, n, key), "seed %llu round %d, %zu bytes",
                     (unsigned long long)seed, round, n);
        free(room);
    }
}

Test(hash, avx2_agrees) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    check_twin(rv_hash64_avx2, 1);
}
Test(hash, avx512_agrees) {
    if (rv_cpu_level() < RV_CPU_AVX512) cr_skip_test("this machine has no AVX-512");
    check_twin(rv_hash64_avx512, 2);
}
Test(hash, every_level_agrees) {
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        cr_assert(rv_cpu_limit(levels[i]));
        check_twin(rv_hash64, 3);
    }
}
