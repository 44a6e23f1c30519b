/*
 * Boosted tables: a generalised additive model with pairwise interactions (Lou, Caruana, Gehrke 2012; Lou, Caruana,
 * Gehrke, Hooker 2013), fitted by cyclic boosting over bins. Attributes take turns; each turn is one pass over the rows
 * and one damped Newton step per bin. They begin at the scorecard's weights, so that a few rounds are enough. Then pairs
 * are looked for (what residuals say of each two attributes together, beyond chance), and the best of them take turns,
 * the attributes staying as they are, until rows held back are foretold no better.
 *
 * Several fits, each with another fifth of the rows held back, are averaged where rows are few.
 *
 * Everything that rows are summed into is a whole number: margins in 65,536ths, chances in 2^-20ths from a table by
 * margin. So sums are the same whatever the threads, and a pass has no exponential in it.
 */
#include "boost.h"

#include "parallel.h"
#include "score_kernel.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 8192, MAIN_ROUNDS = 4, PAIR_ROUNDS = 200, PATIENCE = 5, BAGS = 3, BAGS_ROWS = 100000 };
static const double MAIN_RATE = 0.15, PAIR_RATE = 0.2, MAIN_RIDGE = 2, STEP_MAX = 1;

/* A chance and its variance in one word, so that one addition sums both. A chunk's sums fit: 2^20 and 2^15 times 2^13. */
enum { P_SHIFT = 30, P_ONE = 1 << 20, H_ONE = 1 << 17 };
_Static_assert((int)CHUNK <= 1 << 13, "a chunk's sums fit");

static void fill_lookup(rv_boost_lookup *t) {
    for (int i = 0; i < RV_BOOST_LOOKUP; i++) {
        double m = (i - RV_BOOST_LOOKUP / 2 + 0.5) / (double)(RV_BOOST_ONE >> RV_BOOST_SHIFT), p = 1 / (1 + exp(-m));
        uint64_t chance = (uint64_t)llround(p * P_ONE);
        if (chance >= P_ONE) chance = P_ONE - 1;
        t->chance[i] = chance << P_SHIFT | (uint64_t)llround(p * (1 - p) * H_ONE);
        t->loss[i] = (float)log1p(exp(-m));
    }
}

static inline uint32_t place_of(int32_t margin) {
    int32_t at = (margin >> RV_BOOST_SHIFT) + RV_BOOST_LOOKUP / 2;
    return (uint32_t)(at < 0 ? 0 : at >= RV_BOOST_LOOKUP ? RV_BOOST_LOOKUP - 1 : at);
}

static double chance_of(uint64_t word) { return (double)(word >> P_SHIFT) / P_ONE; }
static double variance_of(uint64_t word) { return (double)(word & (((uint64_t)1 << P_SHIFT) - 1)) / H_ONE; }

void rv_boost_residual(const rv_boost *f, uint64_t row, float *residual, float *variance) {
    uint64_t word = f->lookup->chance[place_of(f->margin[row])];
    *residual = (float)((double)f->seed[row] - chance_of(word));
    *variance = (float)variance_of(word);
}

/* --- A pass ------------------------------------------------------------------------------------------------------ */

typedef struct chunk {
    uint64_t begin, end;
    unsigned part;
} chunk;

static size_t chunks_of(const rv_boost *f, unsigned part) {
    return (size_t)((f->part_begin[part + 1] - f->part_begin[part] + CHUNK - 1) / CHUNK);
}

static chunk chunk_at(const rv_boost *f, size_t index) {
    unsigned p = 0;
    for (; index >= chunks_of(f, p); p++) index -= chunks_of(f, p);
    uint64_t begin = f->part_begin[p] + index * CHUNK, end = begin + CHUNK;
    return (chunk){begin, end < f->part_begin[p + 1] ? end : f->part_begin[p + 1], p};
}

static void apply(const rv_boost *f, const rv_boost_term *t, chunk c) {
    int32_t *margin = f->margin + c.begin;
    size_t n = (size_t)(c.end - c.begin);
    if (t->b == t->a) rv_points_add_narrow(t->step, t->cells, f->bins[t->a] + c.begin, n, margin);
    else rv_points_add_pair(t->step, t->width, f->bins[t->a] + c.begin, f->bins[t->b] + c.begin, n, margin);
}

/* Sums by cell: chances, then variances. */
static void spill(const uint64_t *words, uint32_t n, uint64_t *sums) {
    for (uint32_t i = 0; i < n; i++) {
        sums[i] += words[i] >> P_SHIFT;
        sums[RV_PAIR_CELLS + i] += words[i] & (((uint64_t)1 << P_SHIFT) - 1);
    }
}

/* Two tables for neighbouring rows: equal cells one behind the other would wait for each other. */
static void gather(const rv_boost *f, const rv_boost_term *t, chunk c, uint64_t *sums) {
    uint64_t even[RV_PAIR_CELLS], odd[RV_BINS_MAX];
    const int32_t *margin = f->margin + c.begin;
    const uint64_t *chance = f->lookup->chance;
    const uint8_t *a = f->bins[t->a] + c.begin, *b = f->bins[t->b] + c.begin;
    size_t n = (size_t)(c.end - c.begin), i = 0;
    memset(even, 0, t->cells * sizeof *even);
    if (t->a != t->b) {
        for (; i < n; i++) even[a[i] * t->width + b[i]] += chance[place_of(margin[i])];
    } else {
        memset(odd, 0, t->cells * sizeof *odd);
        for (; i + 2 <= n; i += 2) {
            even[a[i]] += chance[place_of(margin[i])];
            odd[a[i + 1]] += chance[place_of(margin[i + 1])];
        }
        if (i < n) even[a[i]] += chance[place_of(margin[i])];
        spill(odd, t->cells, sums);
    }
    spill(even, t->cells, sums);
}

typedef struct pass {
    const rv_boost *f;
    const rv_boost_term *last, *next; /* whose step is applied, whose sums are gathered; NULL: none */
} pass;

static rv_status pass_chunk(void *ctx, size_t index, int worker, rv_error *err) {
    (void)err;
    const pass *p = ctx;
    chunk c = chunk_at(p->f, index);
    if (p->last) apply(p->f, p->last, c);
    if (p->next && c.part != p->f->held) gather(p->f, p->next, c, p->f->sums + (size_t)worker * 2 * RV_PAIR_CELLS);
    return RV_OK;
}

/* Sums end in the first worker's. */
static void run_pass(const rv_boost *f, const rv_boost_term *last, const rv_boost_term *next) {
    size_t chunks = 0;
    for (unsigned p = 0; p < RV_BOOST_PARTS; p++) chunks += chunks_of(f, p);
    for (int w = 0; w < f->threads && next; w++)
        for (size_t plane = 0; plane < 2; plane++)
            memset(f->sums + ((size_t)w * 2 + plane) * RV_PAIR_CELLS, 0, next->cells * sizeof *f->sums);
    rv_parallel(f->threads, chunks, pass_chunk, &(pass){f, last, next}, NULL);
    for (int w = 1; w < f->threads && next; w++)
        for (size_t plane = 0; plane < 2; plane++)
            for (uint32_t i = 0; i < next->cells; i++)
                f->sums[plane * RV_PAIR_CELLS + i] += f->sums[((size_t)w * 2 + plane) * RV_PAIR_CELLS + i];
}

/* --- Rounds ------------------------------------------------------------------------------------------------------ */

/* A damped Newton step per cell from what the pass gathered. */
static void make_step(const rv_boost *f, rv_boost_term *t, double rate) {
    for (uint32_t i = 0; i < t->cells; i++) {
        uint64_t seeds = 0;
        for (unsigned p = 0; p < RV_BOOST_PARTS; p++)
            if (p != f->held) seeds += t->seeds[(size_t)p * t->cells + i];
        double gradient = (double)seeds - (double)f->sums[i] / P_ONE;
        double step = rate * gradient / ((double)f->sums[RV_PAIR_CELLS + i] / H_ONE + t->ridge);
        t->step[i] = (int32_t)lrint(fmax(-STEP_MAX, fmin(STEP_MAX, step)) * RV_BOOST_ONE);
        t->weight[i] += t->step[i];
    }
}

static double held_loss(const rv_boost *f) {
    double sum = 0;
    for (uint64_t i = f->part_begin[f->held]; i < f->part_begin[f->held + 1]; i++)
        sum += (double)f->lookup->loss[place_of(f->seed[i] ? f->margin[i] : -f->margin[i])];
    return sum;
}

static void keep_best(rv_boost *f) {
    for (uint32_t k = 0; k < f->n_terms; k++)
        memcpy(f->terms[k].best, f->terms[k].weight, f->terms[k].cells * sizeof(int32_t));
}

/* Back to the best weights, and the margins that follow from them. */
static void settle(rv_boost *f) {
    for (uint64_t i = 0; i < f->n; i++) f->margin[i] = f->intercept;
    for (uint32_t k = 0; k < f->n_terms; k++) {
        rv_boost_term *t = &f->terms[k];
        memcpy(t->weight, t->best, t->cells * sizeof *t->weight);
        memcpy(t->step, t->best, t->cells * sizeof *t->step);
        run_pass(f, t, NULL);
    }
}

/* Rounds over the terms from `first` on, until held rows aren't foretold better any more. */
static void run_rounds(rv_boost *f, uint32_t first, unsigned most, double rate) {
    double best = held_loss(f);
    keep_best(f);
    for (unsigned round = 0, since = 0; round < most && since < PATIENCE && first < f->n_terms; round++, since++) {
        const rv_boost_term *last = NULL;
        for (uint32_t k = first; k < f->n_terms; k++) {
            run_pass(f, last, &f->terms[k]);
            make_step(f, &f->terms[k], rate);
            last = &f->terms[k];
        }
        run_pass(f, last, NULL);
        double loss = held_loss(f);
        if (loss >= best) continue;
        best = loss;
        since = 0;
        keep_best(f);
    }
    settle(f);
}

/* --- Before and after -------------------------------------------------------------------------------------------- */

static void free_term(rv_boost_term *t) {
    rv_free(t->weight);
    rv_free(t->best);
    rv_free(t->step);
    rv_free(t->seeds);
    rv_free(t->mean);
}

rv_status rv_boost_add(rv_boost *f, uint32_t a, uint32_t b, double ridge, rv_error *err) {
    rv_boost_term t = {.a = a, .b = b, .ridge = ridge, .width = b == a ? 1 : f->columns[b].bins};
    t.cells = f->columns[a].bins * t.width;
    t.weight = rv_array_new(t.cells, sizeof *t.weight, err);
    t.best = rv_array_new(t.cells, sizeof *t.best, err);
    t.step = rv_array_new(t.cells, sizeof *t.step, err);
    t.mean = rv_array_new(t.cells, sizeof *t.mean, err);
    t.seeds = rv_array_new((size_t)RV_BOOST_PARTS * t.cells, sizeof *t.seeds, err);
    if (!t.weight || !t.best || !t.step || !t.mean || !t.seeds) {
        free_term(&t);
        return RV_NO_MEMORY;
    }
    for (unsigned p = 0; p < RV_BOOST_PARTS; p++)
        for (uint64_t i = f->part_begin[p]; i < f->part_begin[p + 1]; i++) {
            uint32_t cell = b == a ? f->bins[a][i] : f->bins[a][i] * t.width + f->bins[b][i];
            t.seeds[(size_t)p * t.cells + cell] += f->seed[i];
        }
    f->terms[f->n_terms++] = t;
    return RV_OK;
}

static void boost_reset(rv_boost *f) {
    for (uint32_t k = 0; k < f->n_terms; k++) free_term(&f->terms[k]);
    rv_free(f->terms);
    rv_free(f->bins);
    rv_free(f->rows);
    rv_free(f->seed);
    rv_free(f->margin);
    rv_free(f->lookup);
    rv_free(f->sums);
}

/* Rows part by part: every fifth one is of the same part, so that a part to hold back lies in one piece. */
static rv_status boost_init(rv_boost *f, const rv_evidence *e, rv_error *err) {
    *f = (rv_boost){.columns = e->counts, .n_columns = e->columns, .alone = e->alone, .n = e->rows.n};
    f->threads = e->threads > 1 ? e->threads : 1;
    f->bins = rv_array_new(e->columns, sizeof *f->bins, err);
    f->rows = rv_array_new(e->columns, (size_t)f->n, err);
    f->seed = rv_array_new(f->n, 1, err);
    f->margin = rv_array_new(f->n, sizeof *f->margin, err);
    f->lookup = rv_new(sizeof *f->lookup, err);
    f->terms = rv_array_new((size_t)e->columns + RV_PAIRS_MAX, sizeof *f->terms, err);
    f->sums = rv_array_new((size_t)f->threads * 2 * RV_PAIR_CELLS, sizeof *f->sums, err);
    if (!f->bins || !f->rows || !f->seed || !f->margin || !f->lookup || !f->terms || !f->sums) return RV_NO_MEMORY;
    fill_lookup(f->lookup);
    uint64_t at = 0, seeds = 0;
    for (unsigned p = 0; p < RV_BOOST_PARTS; p++) {
        f->part_begin[p] = at;
        for (uint64_t i = p; i < f->n; i += RV_BOOST_PARTS) seeds += f->seed[at++] = e->rows.seed[i];
    }
    f->part_begin[RV_BOOST_PARTS] = at;
    f->intercept = (int32_t)lrint(log(((double)seeds + 0.5) / ((double)(f->n - seeds) + 0.5)) * RV_BOOST_ONE);
    uint8_t *to = f->rows;
    for (uint32_t c = 0; c < e->columns; c++) {
        const uint8_t *from = e->rows.bins + (size_t)c * f->n;
        f->bins[c] = to;
        for (unsigned p = 0; p < RV_BOOST_PARTS; p++)
            for (uint64_t i = p; i < f->n; i += RV_BOOST_PARTS) *to++ = from[i];
        RV_TRY(rv_boost_add(f, c, c, MAIN_RIDGE, err));
    }
    return RV_OK;
}

/* One fit with one part held back; the first one looks for the pairs. */
static rv_status fit_bag(rv_boost *f, const double *prior, rv_error *err) {
    uint32_t all = f->n_terms;
    for (uint32_t k = 0; k < all; k++) {
        rv_boost_term *t = &f->terms[k];
        for (uint32_t i = 0; i < t->cells; i++)
            t->best[i] = k < f->n_columns ? (int32_t)lrint(prior[(size_t)k * RV_BINS_MAX + i] * RV_BOOST_ONE) : 0;
    }
    f->n_terms = f->n_columns;
    settle(f);
    run_rounds(f, 0, MAIN_ROUNDS, MAIN_RATE);
    f->n_terms = all;
    if (f->held == 0) RV_TRY(rv_boost_find_pairs(f, err));
    for (uint32_t k = f->n_columns; k < f->n_terms; k++)
        memset(f->terms[k].weight, 0, f->terms[k].cells * sizeof(int32_t));
    run_rounds(f, f->n_columns, PAIR_ROUNDS, PAIR_RATE);
    for (uint32_t k = 0; k < f->n_terms; k++)
        for (uint32_t i = 0; i < f->terms[k].cells; i++) f->terms[k].mean[i] += (double)f->terms[k].best[i];
    return RV_OK;
}

static void take_weights(rv_boost *f, unsigned bags, rv_weights *out) {
    for (uint32_t k = 0; k < f->n_terms; k++) {
        rv_boost_term *t = &f->terms[k];
        for (uint32_t i = 0; i < t->cells; i++) t->mean[i] /= (double)bags * RV_BOOST_ONE;
        if (k < f->n_columns) {
            memcpy(out->main + (size_t)k * RV_BINS_MAX, t->mean, t->cells * sizeof *t->mean);
            continue;
        }
        out->pair[out->pairs++] = (rv_pair_weights){t->a, t->b, t->width, t->mean};
        t->mean = NULL;
    }
}

rv_status rv_method_boosted(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    rv_boost f = {0};
    unsigned bags = e->rows.n <= BAGS_ROWS ? BAGS : 1;
    double *prior = rv_array_new((size_t)e->columns * RV_BINS_MAX, sizeof *prior, err);
    rv_status status = prior ? rv_method_scorecard(e, &(rv_weights){.main = prior}, err) : RV_NO_MEMORY;
    if (status == RV_OK) status = boost_init(&f, e, err);
    for (f.held = 0; f.held < bags && status == RV_OK; f.held++) status = fit_bag(&f, prior, err);
    if (status == RV_OK) take_weights(&f, bags, weights);
    boost_reset(&f);
    rv_free(prior);
    return status;
}
