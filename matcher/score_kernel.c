/* See score_kernel.h. Sums are unsigned while they are added: wrapping would be a wrong score, never a trap. */
#include "score_kernel.h"

#include "cpu.h"

void rv_points_add_scalar(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums) {
    for (size_t i = 0; i < n; i++) sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)points[codes[i]]);
}

void rv_points_add(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums) {
    if (rv_cpu_level() >= RV_CPU_AVX2) rv_points_add_avx2(points, codes, n, sums);
    else rv_points_add_scalar(points, codes, n, sums);
}

void rv_points_add_narrow_scalar(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums) {
    for (size_t i = 0; i < n; i++) sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)points[codes[i]]);
}

void rv_points_add_narrow(const int32_t *points, size_t values, const uint8_t *codes, size_t n, int32_t *sums) {
    rv_cpu level = rv_cpu_level();
    if (level >= RV_CPU_AVX512 && values <= RV_POINTS_FEW) rv_points_add_few_avx512(points, values, codes, n, sums);
    else if (level >= RV_CPU_AVX2) rv_points_add_narrow_avx2(points, codes, n, sums);
    else rv_points_add_narrow_scalar(points, codes, n, sums);
}

static int32_t wrapped(int32_t sum, int32_t points) { return (int32_t)((uint32_t)sum + (uint32_t)points); }

void rv_points_add_chosen_scalar(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n,
                                 int32_t *sums) {
    for (size_t i = 0; i < n; i++) sums[i] = wrapped(sums[i], points[(size_t)tables[i] * RV_POINTS_TABLE + codes[i]]);
}

void rv_points_add_chosen(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n, int32_t *sums) {
    if (rv_cpu_level() >= RV_CPU_AVX2) rv_points_add_chosen_avx2(points, tables, codes, n, sums);
    else rv_points_add_chosen_scalar(points, tables, codes, n, sums);
}

void rv_points_add_pair_scalar(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                               int32_t *sums) {
    for (size_t i = 0; i < n; i++) sums[i] = wrapped(sums[i], points[(size_t)a[i] * width + b[i]]);
}

void rv_points_add_pair(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                        int32_t *sums) {
    if (rv_cpu_level() >= RV_CPU_AVX2) rv_points_add_pair_avx2(points, width, a, b, n, sums);
    else rv_points_add_pair_scalar(points, width, a, b, n, sums);
}

void rv_strongest_add_scalar(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best) {
    for (size_t i = 0; i < n; i++) {
        int32_t key = rv_strength_key(points[i], column);
        for (uint32_t k = 0; k < most; k++) {
            int32_t *at = &best[k * n + i], held = *at;
            *at = held > key ? held : key;
            key = held > key ? key : held;
        }
    }
}

void rv_strongest_add(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best) {
    if (rv_cpu_level() >= RV_CPU_AVX2) rv_strongest_add_avx2(points, n, column, most, best);
    else rv_strongest_add_scalar(points, n, column, most, best);
}
