/*
 * Which two attributes say more together than each alone: for each pair of columns, residuals are summed by cell, and what
 * their squares exceed chance by is the likelihood that a table with this ridge would gain (the score test of a variance
 * component: Lin 1997). It takes the place of FAST's search of cuts (Lou et al. 2013): no cut to be found, and categories
 * are as easy as numbers. One pass over a sample of rows per pair.
 */
#include "boost.h"

#include <math.h>
#include <stdlib.h>
#include "parallel.h"

enum { SAMPLE = 65536, COLUMNS = 96, PAIRS = 12 };
static const double PAIR_RIDGE = 10, LEAST_Z = 3;

typedef struct candidate {
    uint32_t a, b;
    double gain, z; /* log-likelihood beyond chance; the same in deviations of what chance gives */
} candidate;

typedef struct search {
    const rv_boost *f;
    candidate *candidates;
    size_t n_candidates;
    uint64_t *rows, n;
    float (*residual)[2]; /* n: and its variance */
} search;

static rv_status weigh(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const search *s = ctx;
    candidate *k = &s->candidates[index];
    uint32_t width = s->f->columns[k->b].bins;
    size_t cells = (size_t)s->f->columns[k->a].bins * width;
    const uint8_t *a = s->f->bins[k->a], *b = s->f->bins[k->b];
    float(*sums)[2] = rv_array_new(cells, sizeof *sums, err);
    if (!sums) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < s->n; i++) {
        float *to = sums[a[s->rows[i]] * width + b[s->rows[i]]];
        to[0] += s->residual[i][0];
        to[1] += s->residual[i][1];
    }
    double spread = 0;
    for (size_t c = 0; c < cells; c++) {
        double g = (double)sums[c][0], h = (double)sums[c][1], w = 1 / (h + PAIR_RIDGE);
        k->gain += (g * g - h) * w;
        spread += 2 * h * h * w * w;
    }
    k->z = spread > 0 ? k->gain / sqrt(spread) : 0;
    rv_free(sums);
    return RV_OK;
}

static int by_gain(const void *x, const void *y) {
    const candidate *a = x, *b = y;
    if (a->gain != b->gain) return a->gain > b->gain ? -1 : 1;
    return a->a != b->a ? (a->a < b->a ? -1 : 1) : (a->b > b->b) - (a->b < b->b);
}

/* How much a column's weights move margins. */
static double weight_of(const rv_boost *f, uint32_t column) {
    double sum = 0;
    for (uint32_t b = 0; b < f->columns[column].bins; b++) {
        double w = (double)f->terms[column].weight[b] / RV_BOOST_ONE;
        sum += w * w * (double)f->columns[column].people[b];
    }
    return sum;
}

/* All pairs of the columns that weigh most, and may be in one. */
static rv_status list_candidates(search *s, rv_error *err) {
    const rv_boost *f = s->f;
    candidate *columns = rv_array_new(f->n_columns, sizeof *columns, err);
    if (!columns) return RV_NO_MEMORY;
    uint32_t n = 0;
    for (uint32_t c = 0; c < f->n_columns; c++)
        if (!f->alone || !f->alone[c]) columns[n++] = (candidate){.a = c, .gain = weight_of(f, c)};
    qsort(columns, n, sizeof *columns, by_gain);
    if (n > COLUMNS) n = COLUMNS;
    s->candidates = rv_array_new((size_t)n * n / 2 + 1, sizeof *s->candidates, err);
    for (uint32_t i = 0; s->candidates && i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            uint32_t x = columns[i].a, y = columns[k].a, a = x < y ? x : y, b = x < y ? y : x;
            if (f->columns[a].bins * f->columns[b].bins <= RV_PAIR_CELLS)
                s->candidates[s->n_candidates++] = (candidate){.a = a, .b = b};
        }
    rv_free(columns);
    return s->candidates ? RV_OK : RV_NO_MEMORY;
}

/* Rows that aren't held back, evenly spaced. */
static rv_status take_sample(search *s, rv_error *err) {
    const rv_boost *f = s->f;
    uint64_t held = f->part_begin[f->held + 1] - f->part_begin[f->held], all = f->n - held;
    uint64_t most = all < SAMPLE ? all : SAMPLE;
    s->rows = rv_array_new(most, sizeof *s->rows, err);
    s->residual = rv_array_new(most, sizeof *s->residual, err);
    if (!s->rows || !s->residual) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < most; i++) {
        uint64_t row = i * all / most;
        s->rows[i] = row < f->part_begin[f->held] ? row : row + held;
        rv_boost_residual(f, s->rows[i], &s->residual[i][0], &s->residual[i][1]);
    }
    s->n = most;
    return RV_OK;
}

static int by_columns(const void *x, const void *y) {
    const candidate *a = x, *b = y;
    return a->a != b->a ? (a->a < b->a ? -1 : 1) : (a->b > b->b) - (a->b < b->b);
}

rv_status rv_boost_find_pairs(rv_boost *f, rv_error *err) {
    search s = {.f = f};
    rv_status status = list_candidates(&s, err);
    if (status == RV_OK) status = take_sample(&s, err);
    if (status == RV_OK) status = rv_parallel(f->threads, s.n_candidates, weigh, &s, err);
    size_t n = 0;
    if (status == RV_OK) {
        qsort(s.candidates, s.n_candidates, sizeof *s.candidates, by_gain);
        for (size_t i = 0; i < s.n_candidates && n < PAIRS; i++)
            if (s.candidates[i].gain > 0 && s.candidates[i].z >= LEAST_Z) s.candidates[n++] = s.candidates[i];
        qsort(s.candidates, n, sizeof *s.candidates, by_columns);
    }
    for (size_t i = 0; i < n && status == RV_OK; i++)
        status = rv_boost_add(f, s.candidates[i].a, s.candidates[i].b, PAIR_RIDGE, err);
    rv_free(s.candidates);
    rv_free(s.rows);
    rv_free(s.residual);
    return status;
}
_Static_assert((int)PAIRS <= (int)RV_PAIRS_MAX, "there is room for them");
