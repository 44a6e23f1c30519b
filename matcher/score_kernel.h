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
/* values: entries of the table, at most 256; few enough of them are kept in registers. */
void rv_points_add_narrow(const int32_t *points, size_t values, const uint8_t *codes, size_t n,
                          int32_t *sums); /* dispatches */
void rv_points_add_narrow_scalar(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums);
void rv_points_add_narrow_avx2(const int32_t *points, const uint8_t *codes, size_t n, int32_t *sums);
enum { RV_POINTS_FEW = 64 }; /* values, for this one: */
void rv_points_add_few_avx512(const int32_t *points, size_t values, const uint8_t *codes, size_t n, int32_t *sums);

/* sums[i] += points[tables[i] * RV_POINTS_TABLE + codes[i]]: each row with a table of its own choice. */
enum { RV_POINTS_TABLE = 256 };
void rv_points_add_chosen(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n,
                          int32_t *sums); /* dispatches */
void rv_points_add_chosen_scalar(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n,
                                 int32_t *sums);
void rv_points_add_chosen_avx2(const int32_t *points, const uint8_t *tables, const uint8_t *codes, size_t n,
                               int32_t *sums);

/* sums[i] += points[a[i] * width + b[i]]: two codes of a byte, one table. */
void rv_points_add_pair(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                        int32_t *sums); /* dispatches */
void rv_points_add_pair_scalar(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                               int32_t *sums);
void rv_points_add_pair_avx2(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                             int32_t *sums);

/*
 * The strongest entries of many rows at once, without a branch: best[k * n + i] are the keys of row i's `most` strongest so
 * far, strongest first; points[i], of attribute `column`, takes its place among them. n is a multiple of 8; best starts as
 * zeros. A key orders by strength |points| < 2^17, then by column < 2^13, the earlier first; no points, no key.
 */
enum { RV_KEY_COLUMN_BITS = 13 };
static inline int32_t rv_strength_key(int32_t points, uint32_t column) {
    int32_t strength = points < 0 ? -points : points, last = (1 << RV_KEY_COLUMN_BITS) - 1;
    return strength ? (int32_t)((uint32_t)strength << RV_KEY_COLUMN_BITS) | (last - (int32_t)column) : 0;
}
static inline uint32_t rv_key_column(int32_t key) { return (uint32_t)(~key & ((1 << RV_KEY_COLUMN_BITS) - 1)); }
void rv_strongest_add(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best); /* dispatches */
void rv_strongest_add_scalar(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best);
void rv_strongest_add_avx2(const int32_t *points, size_t n, uint32_t column, uint32_t most, int32_t *best);

#endif
