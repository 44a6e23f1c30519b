/*
 * The kernels of scoring: sums[i] += points[codes[i]], of codes in four bytes or one. Codes index the table by promise of whoever made it
 * (rv_profile_view_make): nothing is checked here. Twins by instruction set give the same integers.
 */
#ifndef RV_SCORE_KERNEL_H
#define RV_SCORE_KERNEL_H

#include <stddef.h>
#include <stdint.h>

void rv_points_add(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums); /* dispatches */
void rv_points_add_scalar(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums);
void rv_points_add_avx2(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums);
void rv_points_add_narrow(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums); /* dispatches */
void rv_points_add_narrow_scalar(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums);
void rv_points_add_narrow_avx2(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums);

#endif
