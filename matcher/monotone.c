/* See monotone.h. Falling is rising with the signs turned. */
#include "monotone.h"

#include "binning.h"
#include <assert.h>

typedef struct block { /* neighbours that violate the order share their mean */
    double sum, people;
    uint32_t ranges;
} block;

/* Fits `sign` times the weights into out, rising; returns the squared distance, by people. */
static double fit(const double *weight, const uint64_t *people, uint32_t n, double sign, double *out) {
    block blocks[RV_BINS_MAX];
    uint32_t used = 0, at = 0;
    double distance = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (people[i] == 0) continue;
        blocks[used++] = (block){sign * weight[i] * (double)people[i], (double)people[i], 1};
        while (used > 1 && blocks[used - 2].sum * blocks[used - 1].people >= blocks[used - 1].sum * blocks[used - 2].people) {
            blocks[used - 2].sum += blocks[used - 1].sum;
            blocks[used - 2].people += blocks[used - 1].people;
            blocks[used - 2].ranges += blocks[used - 1].ranges;
            used--;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (people[i] == 0) continue;
        double mean = blocks[at].sum / blocks[at].people, away = mean - sign * weight[i];
        out[i] = sign * mean;
        distance += away * away * (double)people[i];
        if (--blocks[at].ranges == 0) at++;
    }
    return distance;
}

int rv_monotone(double *weight, const uint64_t *people, uint32_t n) {
    double rising[RV_BINS_MAX], falling[RV_BINS_MAX];
    assert(n <= RV_BINS_MAX);
    const double *best = fit(weight, people, n, 1, rising) <= fit(weight, people, n, -1, falling) ? rising : falling;
    int direction = 0;
    double before = 0;
    for (uint32_t i = 0, seen = 0; i < n; i++) {
        if (people[i] == 0) continue;
        weight[i] = best[i];
        if (seen++ && best[i] != before) direction = best[i] > before ? 1 : -1;
        before = best[i];
    }
    return direction;
}
