/*
 * Scoring records as they lie: for each record, a base plus one entry per attribute, found by the attribute's code.
 *
 * The tables are made once per job, by byte of the record: two codes of 4 bits share a byte, so that a byte is one
 * look-up, and a code of 8 bits is another. Where the machine has them, vector kernels look codes up in registers
 * instead: entries less their attribute's least one are whole numbers of 16 bits at most, kept as two planes of bytes
 * (the second only where an entry needs it), and sums are exact in every kernel. So all kernels give the same integers.
 */
#ifndef RV_RECORD_SCORE_H
#define RV_RECORD_SCORE_H

#include "record_layout.h"

/* One attribute that counts. Its place must be in the record (4 or 8 bits), and named once. */
typedef struct rv_record_points {
    rv_record_place place;
    const int32_t *points; /* by code: place.values + 1 entries, within +-RV_RECORD_POINTS_MAX */
} rv_record_points;
enum { RV_RECORD_POINTS_MAX = 1 << 20 };

typedef struct rv_record_scorer rv_record_scorer;
/* n = 0 is fine: every sum is the base. Points are copied. */
rv_status rv_record_scorer_new(uint32_t width, const rv_record_points *points, size_t n, int32_t base,
                               rv_record_scorer **out, rv_error *err);
void rv_record_scorer_free(rv_record_scorer *scorer); /* NULL is fine */

/* sums[i] for n records of `width` bytes, one behind the other, any alignment; no byte beyond them is read. False: some
 * record holds a code above its attribute's largest; then the sums say nothing. Any number of threads. */
bool rv_record_score(const rv_record_scorer *scorer, const unsigned char *records, size_t n, int32_t *sums);

typedef bool rv_record_score_fn(const rv_record_scorer *scorer, const unsigned char *records, size_t n, int32_t *sums);
rv_record_score_fn rv_record_score_scalar, rv_record_score_avx2, rv_record_score_avx512;
/* The same for a side column: sums[i] += points[code i], codes of 2 or 4 bytes one behind the other, `points` by code,
 * values + 1 of them. False: a code above `values`; then the sums say nothing. */
typedef bool rv_side_score_fn(const int32_t *points, uint32_t values, const unsigned char *codes, uint32_t bytes,
                              size_t n, int32_t *sums);
rv_side_score_fn rv_side_score, rv_side_score_scalar, rv_side_score_avx2;

/* Can the vector kernels take it? They can't when an attribute's entries are further apart than 65,535. */
bool rv_record_scorer_is_narrow(const rv_record_scorer *scorer);

#endif
