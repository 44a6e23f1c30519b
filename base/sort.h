/* Sorting whole numbers by radix: linear, and the same bytes everywhere. */
#ifndef RV_SORT_H
#define RV_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Ascending, in place; scratch has room for n. Bytes that all values share cost one look each, no move. */
void rv_sort_u64(uint64_t *values, uint64_t *scratch, size_t n);
/* By their bytes from number `low` on (0 is the lowest) alone; values that agree in those keep their order. */
void rv_sort_u64_from(uint64_t *values, uint64_t *scratch, size_t n, unsigned low);

#endif
