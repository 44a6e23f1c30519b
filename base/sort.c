/* Least significant byte first, one counting pass for all eight bytes: what is sorted here (days, small amounts, short
 * prefixes) has few bytes that differ, so two to four moving passes are usual. */
#include "sort.h"
#include <string.h>

enum { SMALL = 32 };

static void insert_all(uint64_t *values, size_t n, unsigned low) {
    for (size_t i = 1; i < n; i++) {
        uint64_t v = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] >> low > v >> low; at--) values[at] = values[at - 1];
        values[at] = v;
    }
}

void rv_sort_u64_from(uint64_t *values, uint64_t *scratch, size_t n, unsigned low) {
    if (n <= SMALL) {
        insert_all(values, n, 8 * low);
        return;
    }
    size_t count[8][256];
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < n; i++)
        for (unsigned b = low; b < 8; b++) count[b][values[i] >> (8 * b) & 255]++;
    uint64_t *from = values, *to = scratch;
    for (unsigned b = low; b < 8; b++) {
        if (count[b][from[0] >> (8 * b) & 255] == n) continue;
        size_t start[256], sum = 0;
        for (unsigned v = 0; v < 256; v++) {
            start[v] = sum;
            sum += count[b][v];
        }
        for (size_t i = 0; i < n; i++) to[start[from[i] >> (8 * b) & 255]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != values) memcpy(values, from, n * sizeof *values);
}

void rv_sort_u64(uint64_t *values, uint64_t *scratch, size_t n) { rv_sort_u64_from(values, scratch, n, 0); }
