/* The one setting of the process: which kernels may run. Set once, before any job, for tests and benchmarks. */
#include "cpu.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic int limit = RV_CPU_AVX512;

static rv_cpu detect(void) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni"))
        return RV_CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul") &&
        __builtin_cpu_supports("popcnt"))
        return RV_CPU_AVX2;
    return RV_CPU_SCALAR;
}

rv_cpu rv_cpu_level(void) {
    rv_cpu have = detect();
    int most = atomic_load_explicit(&limit, memory_order_relaxed);
    return (int)have < most ? have : (rv_cpu)most;
}

const char *rv_cpu_name(rv_cpu level) {
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    return names[level];
}

bool rv_cpu_limit(const char *level) {
    for (int i = RV_CPU_SCALAR; i <= RV_CPU_AVX512; i++)
        if (strcmp(level, rv_cpu_name((rv_cpu)i)) == 0) {
            atomic_store(&limit, i);
            return true;
        }
    return false;
}
