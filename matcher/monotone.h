/*
 * Weights that only rise, or only fall, along the ranges of a number: what a marketing department asks for where anything
 * else would be noise ("who orders more can't be worth less"). Isotonic regression by pooling adjacent violators (Ayer et
 * al. 1955), weighted by people, in the direction that moves the weights less.
 */
#ifndef RV_MONOTONE_H
#define RV_MONOTONE_H

#include <stdint.h>

/* Replaces weight[0..n - 1], ascending ranges with so many people each; at most RV_BINS_MAX. Ranges without people take no
 * part and stay as they are. Returns 1 when weights rise now, -1 when they fall, 0 when they are all alike. */
int rv_monotone(double *weight, const uint64_t *people, uint32_t n);

#endif
