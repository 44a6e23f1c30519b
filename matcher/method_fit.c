/*
 * The methods that fit: logistic regressions whose features are cells, one per attribute and row. Within an attribute
 * the cells exclude each other, so its part of the Hessian is diagonal and all its coefficients step at once; attributes
 * take turns (coordinate descent on the quadratic approximation, renewed a few times). One pass over the rows applies
 * the steps of an attribute and gathers the gradient of the next.
 *
 * A fit is serial and sums in the order of rows: the same bits whatever the threads, which run whole fits side by side.
 */
#include "method.h"

#include <math.h>
#include <string.h>

enum { PARTS = 4, CELLS_MAX = PARTS * RV_BINS_MAX, ROUNDS = 8, SWEEPS = 4 };
static const double RIDGE_SCORECARD = 1.0, RIDGE_LDA = 16.0, SETTLED = 1e-3;

/* One fit. cells: columns * n; steps_of turns an attribute's gradient and curvature per cell into steps per cell. */
typedef struct fit {
    uint64_t n;
    uint32_t columns;
    const uint16_t *cells;
    const uint8_t *seed;
    float *margin, *weight, *residual; /* n; margins are where a fit begins and ends */
    double intercept;
    bool linear;       /* least squares on the labels instead of their likelihood */
    double *curvature; /* columns * CELLS_MAX */
    double (*steps_of)(void *ctx, uint32_t column, const double *gradient, const double *curvature, float *steps);
    void *ctx;
} fit;

static void fit_reset(fit *f) {
    rv_free(f->margin);
    rv_free(f->weight);
    rv_free(f->residual);
    rv_free(f->curvature);
}

static rv_status fit_init(fit *f, rv_error *err) {
    if (!(f->margin = rv_array_new(f->n, sizeof *f->margin, err))) return RV_NO_MEMORY;
    if (!(f->weight = rv_array_new(f->n, sizeof *f->weight, err))) return RV_NO_MEMORY;
    if (!(f->residual = rv_array_new(f->n, sizeof *f->residual, err))) return RV_NO_MEMORY;
    if (!(f->curvature = rv_array_new((size_t)f->columns * CELLS_MAX, sizeof *f->curvature, err))) return RV_NO_MEMORY;
    return RV_OK;
}

/* The quadratic approximation at the present margins. */
static void approximate(fit *f) {
    for (uint64_t i = 0; i < f->n && f->linear; i++) {
        f->weight[i] = 1;
        f->residual[i] = (float)f->seed[i] - f->margin[i];
    }
    for (uint64_t i = 0; i < f->n && !f->linear; i++) {
        float p = 1 / (1 + expf(-f->margin[i])), w = p * (1 - p);
        f->weight[i] = w > 1e-5f ? w : 1e-5f;
        f->residual[i] = (float)f->seed[i] - p;
    }
    memset(f->curvature, 0, (size_t)f->columns * CELLS_MAX * sizeof *f->curvature);
    for (uint32_t c = 0; c < f->columns; c++) {
        const uint16_t *cells = f->cells + (size_t)c * f->n;
        double *to = f->curvature + (size_t)c * CELLS_MAX;
        for (uint64_t i = 0; i < f->n; i++) to[cells[i]] += (double)f->weight[i];
    }
}

/* The intercept's step: no ridge. */
static void step_intercept(fit *f) {
    double gradient = 0, curvature = 0;
    for (uint64_t i = 0; i < f->n; i++) {
        gradient += (double)f->residual[i];
        curvature += (double)f->weight[i];
    }
    float step = (float)(gradient / curvature);
    f->intercept += (double)step;
    for (uint64_t i = 0; i < f->n; i++) {
        f->residual[i] -= f->weight[i] * step;
        f->margin[i] += step;
    }
}

static void gather(const fit *f, uint32_t column, double *gradient) {
    const uint16_t *cells = f->cells + (size_t)column * f->n;
    memset(gradient, 0, CELLS_MAX * sizeof *gradient);
    for (uint64_t i = 0; i < f->n; i++) gradient[cells[i]] += (double)f->residual[i];
}

/* Applies the steps of `column` and gathers the gradient of `next`. */
static void apply(fit *f, uint32_t column, const float *steps, uint32_t next, double *gradient) {
    const uint16_t *cells = f->cells + (size_t)column * f->n, *ahead = f->cells + (size_t)next * f->n;
    memset(gradient, 0, CELLS_MAX * sizeof *gradient);
    for (uint64_t i = 0; i < f->n; i++) {
        float step = steps[cells[i]], r = f->residual[i] - f->weight[i] * step;
        f->residual[i] = r;
        f->margin[i] += step;
        gradient[ahead[i]] += (double)r;
    }
}

static void run(fit *f) {
    double gradient[CELLS_MAX];
    float steps[CELLS_MAX];
    for (unsigned round = 0; round < ROUNDS; round++) {
        double first = 0;
        approximate(f);
        for (unsigned sweep = 0; sweep < SWEEPS; sweep++) {
            double largest = 0;
            step_intercept(f);
            gather(f, 0, gradient);
            for (uint32_t c = 0; c < f->columns; c++) {
                double step = f->steps_of(f->ctx, c, gradient, f->curvature + (size_t)c * CELLS_MAX, steps);
                largest = fmax(largest, step);
                apply(f, c, steps, c + 1 < f->columns ? c + 1 : 0, gradient);
            }
            if (sweep == 0) first = largest;
            if (largest < SETTLED) break;
        }
        if (first < SETTLED) break;
    }
}

/* --- logistic ---------------------------------------------------------------------------------------------------- */

typedef struct one_hot {
    const rv_bin_counts *counts;
    double ridge;
    const double *prior; /* what weights are drawn to; NULL: 0 */
    double *weights;     /* columns * RV_BINS_MAX */
} one_hot;

static double one_hot_steps(void *ctx, uint32_t column, const double *gradient, const double *curvature, float *steps) {
    const one_hot *o = ctx;
    double *weights = o->weights + (size_t)column * RV_BINS_MAX, largest = 0;
    const double *prior = o->prior ? o->prior + (size_t)column * RV_BINS_MAX : NULL;
    for (uint32_t b = 0; b < o->counts[column].bins; b++) {
        double away = weights[b] - (prior ? prior[b] : 0);
        double step = curvature[b] > 0 ? (gradient[b] - o->ridge * away) / (curvature[b] + o->ridge) : 0;
        weights[b] += step;
        steps[b] = (float)step;
        largest = fmax(largest, fabs(step));
    }
    return largest;
}

enum { CHOICE_ROWS = 50000, HELD = 5 };

/* Which rows the choice of the ridge looks at. */
static uint64_t choice_rows(const rv_evidence_rows *rows, bool held, uint64_t *out) {
    uint64_t most = rows->n < CHOICE_ROWS ? rows->n : CHOICE_ROWS, n = 0;
    for (uint64_t i = 0; i < most; i++)
        if ((i % HELD == 0) == held) out[n++] = i * rows->n / most;
    return n;
}

static rv_status take_rows(const rv_evidence *e, const uint64_t *rows, uint64_t n, uint16_t **cells, uint8_t **seed,
                           rv_error *err) {
    if (!(*cells = rv_array_new((size_t)e->columns * n, sizeof **cells, err))) return RV_NO_MEMORY;
    if (!(*seed = rv_array_new(n, 1, err))) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < n; i++) (*seed)[i] = e->rows.seed[rows[i]];
    for (uint32_t c = 0; c < e->columns; c++)
        for (uint64_t i = 0; i < n; i++) (*cells)[(size_t)c * n + i] = e->rows.bins[(size_t)c * e->rows.n + rows[i]];
    return RV_OK;
}

/* Mean negative log-likelihood of held rows. */
static double held_loss(const rv_evidence *e, const double *weights, double intercept, const uint64_t *rows,
                        uint64_t n) {
    double sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        double margin = intercept;
        for (uint32_t c = 0; c < e->columns; c++)
            margin += weights[(size_t)c * RV_BINS_MAX + e->rows.bins[(size_t)c * e->rows.n + rows[i]]];
        sum += log1p(exp(e->rows.seed[rows[i]] ? -margin : margin));
    }
    return n ? sum / (double)n : 0;
}

/* Weights and margins begin at the prior. */
static void begin_at_prior(fit *f, one_hot *o) {
    if (!o->prior) return;
    memcpy(o->weights, o->prior, (size_t)f->columns * RV_BINS_MAX * sizeof *o->weights);
    for (uint32_t c = 0; c < f->columns; c++) {
        const uint16_t *cells = f->cells + (size_t)c * f->n;
        const double *prior = o->prior + (size_t)c * RV_BINS_MAX;
        for (uint64_t i = 0; i < f->n; i++) f->margin[i] += (float)prior[cells[i]];
    }
}

/* The ridge that foretells held rows best, from strong to weak, each fit going on from the last. A ridge is a prior's
 * precision, so what is best on a sample serves the whole. */
static rv_status choose_ridge(const rv_evidence *e, const double *prior, double *ridge, rv_error *err) {
    static const double ridges[] = {1024, 256, 64, 16, 8, 4, 2, 1};
    rv_status status = RV_NO_MEMORY;
    uint16_t *cells = NULL;
    uint8_t *seed = NULL;
    one_hot o = {.counts = e->counts, .prior = prior};
    fit f = {.columns = e->columns, .steps_of = one_hot_steps, .ctx = &o};
    uint64_t *rows = rv_array_new(CHOICE_ROWS, sizeof *rows, err), *held = NULL, n_held;
    if (rows) held = rv_array_new(CHOICE_ROWS, sizeof *held, err);
    if (held) o.weights = rv_array_new((size_t)e->columns * RV_BINS_MAX, sizeof *o.weights, err);
    if (!o.weights) goto done;
    f.n = choice_rows(&e->rows, false, rows);
    n_held = choice_rows(&e->rows, true, held);
    if ((status = take_rows(e, rows, f.n, &cells, &seed, err)) != RV_OK) goto done;
    f.cells = cells;
    f.seed = seed;
    if ((status = fit_init(&f, err)) != RV_OK) goto done;
    begin_at_prior(&f, &o);
    double best = INFINITY;
    for (size_t i = 0; i < sizeof ridges / sizeof *ridges; i++) {
        o.ridge = ridges[i];
        run(&f);
        double loss = held_loss(e, o.weights, f.intercept, held, n_held);
        if (loss >= best) break;
        best = loss;
        *ridge = ridges[i];
    }
done:
    fit_reset(&f);
    rv_free(cells);
    rv_free(seed);
    rv_free(rows);
    rv_free(held);
    rv_free(o.weights);
    return status;
}

static uint16_t *cells_of_bins(const rv_evidence *e, rv_error *err) {
    size_t n = (size_t)e->columns * e->rows.n;
    uint16_t *cells = rv_array_new(n, sizeof *cells, err);
    for (size_t i = 0; cells && i < n; i++) cells[i] = e->rows.bins[i];
    return cells;
}

static rv_status fit_one_hot(const rv_evidence *e, bool linear, double ridge, const double *prior, double *weights,
                             rv_error *err) {
    one_hot o = {e->counts, ridge, prior, weights};
    uint16_t *cells = cells_of_bins(e, err);
    if (!cells) return RV_NO_MEMORY;
    fit f = {.n = e->rows.n,
             .columns = e->columns,
             .cells = cells,
             .seed = e->rows.seed,
             .linear = linear,
             .steps_of = one_hot_steps,
             .ctx = &o};
    rv_status status = fit_init(&f, err);
    if (status == RV_OK) {
        begin_at_prior(&f, &o);
        run(&f);
    }
    fit_reset(&f);
    rv_free(cells);
    return status;
}

rv_status rv_logistic_fit(const rv_evidence *e, double ridge, const double *prior, double *weights, rv_error *err) {
    return fit_one_hot(e, false, ridge, prior, weights, err);
}

/*
 * The whitened centroid (S + ridge)^-1 (m1 - m0), S the covariance of one-hot bins, is the direction in which least squares
 * with the same ridge foretells the labels (Hastie, Tibshirani, Friedman 2009, exercise 4.2): no matrix is made or solved.
 */
rv_status rv_method_lda(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    return fit_one_hot(e, true, RIDGE_LDA, NULL, weights->main, err);
}

rv_status rv_method_logistic(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    double ridge = 1024;
    double *prior = rv_array_new((size_t)e->columns * RV_BINS_MAX, sizeof *prior, err);
    if (!prior) return RV_NO_MEMORY;
    rv_status status = rv_method_scorecard(e, &(rv_weights){.main = prior}, err);
    if (status == RV_OK) status = choose_ridge(e, prior, &ridge, err);
    if (status == RV_OK) status = rv_logistic_fit(e, ridge, prior, weights->main, err);
    rv_free(prior);
    return status;
}

/* --- scorecard --------------------------------------------------------------------------------------------------- */

/* Weight of evidence of each part of the rows, from the other parts: a value must not be weighed by its own label. */
typedef struct card {
    double *evidence; /* columns * CELLS_MAX: part * RV_BINS_MAX + bin */
    double *slopes;   /* columns */
} card;

static void weigh_parts(const rv_evidence *e, uint32_t column, double *out) {
    static const size_t bins = RV_BINS_MAX;
    uint64_t seeds[CELLS_MAX] = {0}, others[CELLS_MAX] = {0}, part_seeds[PARTS] = {0}, part_others[PARTS] = {0};
    const uint8_t *of = e->rows.bins + (size_t)column * e->rows.n;
    uint64_t all_seeds = 0, all_others = 0;
    for (uint64_t i = 0; i < e->rows.n; i++) {
        size_t part = i % PARTS;
        if (e->rows.seed[i]) {
            seeds[part * bins + of[i]]++;
            part_seeds[part]++;
            all_seeds++;
        } else {
            others[part * bins + of[i]]++;
            part_others[part]++;
            all_others++;
        }
    }
    for (size_t b = 0; b < bins; b++) {
        uint64_t s = 0, o = 0;
        for (size_t part = 0; part < PARTS; part++) {
            s += seeds[part * bins + b];
            o += others[part * bins + b];
        }
        for (size_t part = 0; part < PARTS; part++)
            out[part * bins + b] = rv_weight_of_evidence(s - seeds[part * bins + b], o - others[part * bins + b],
                                                         all_seeds - part_seeds[part], all_others - part_others[part]);
    }
}

/* One slope per attribute, never negative: an attribute may be worth nothing, but may not speak against itself. */
static double card_steps(void *ctx, uint32_t column, const double *gradient, const double *curvature, float *steps) {
    const card *k = ctx;
    const double *x = k->evidence + (size_t)column * CELLS_MAX;
    double g = -RIDGE_SCORECARD * k->slopes[column], h = RIDGE_SCORECARD;
    for (uint32_t i = 0; i < CELLS_MAX; i++) {
        g += x[i] * gradient[i];
        h += x[i] * x[i] * curvature[i];
    }
    double step = g / h;
    if (k->slopes[column] + step < 0) step = -k->slopes[column];
    k->slopes[column] += step;
    for (uint32_t i = 0; i < CELLS_MAX; i++) steps[i] = (float)(step * x[i]);
    return fabs(step);
}

static void fill_card(const rv_evidence *e, const card *k, double *weights) {
    for (uint32_t c = 0; c < e->columns; c++) {
        const rv_bin_counts *counts = &e->counts[c];
        for (uint32_t b = 0; b < counts->bins; b++)
            if (counts->people[b])
                weights[(size_t)c * RV_BINS_MAX + b] =
                    k->slopes[c] * rv_weight_of_evidence(counts->seeds[b], counts->others[b], e->seeds, e->others);
    }
}

rv_status rv_method_scorecard(const rv_evidence *e, rv_weights *weights, rv_error *err) {
    rv_status status = RV_NO_MEMORY;
    card k = {0};
    fit f = {.n = e->rows.n, .columns = e->columns, .seed = e->rows.seed, .steps_of = card_steps, .ctx = &k};
    uint16_t *cells = cells_of_bins(e, err);
    if (cells) k.evidence = rv_array_new((size_t)e->columns * CELLS_MAX, sizeof *k.evidence, err);
    if (k.evidence) k.slopes = rv_array_new(e->columns, sizeof *k.slopes, err);
    if (k.slopes) status = fit_init(&f, err);
    if (status == RV_OK) {
        for (uint32_t c = 0; c < e->columns; c++) {
            weigh_parts(e, c, k.evidence + (size_t)c * CELLS_MAX);
            uint16_t *of = cells + (size_t)c * f.n;
            for (uint64_t i = 0; i < f.n; i++) of[i] = (uint16_t)(of[i] + i % PARTS * RV_BINS_MAX);
        }
        f.cells = cells;
        run(&f);
        fill_card(e, &k, weights->main);
    }
    fit_reset(&f);
    rv_free(k.evidence);
    rv_free(k.slopes);
    rv_free(cells);
    return status;
}
