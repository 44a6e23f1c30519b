/*
 * One method through all trainings: weights, points on one scale, and the scores of rows by the training that hasn't
 * seen them.
 */
#include "learn_detail.h"

#include "monotone.h"
#include "parallel.h"
#include "score_kernel.h"
#include <math.h>

enum { SCALE_SAMPLE = 16384 };

rv_status rv_learner_gather_counts(rv_learner *l, rv_error *err) {
    size_t cells = (size_t)RV_TRAININGS * l->n_used;
    if (!(l->counts = rv_array_new(cells, sizeof *l->counts, err))) return RV_NO_MEMORY;
    if (!(l->weights = rv_array_new(cells * RV_BINS_MAX, sizeof *l->weights, err))) return RV_NO_MEMORY;
    if (!(l->points = rv_array_new(cells * RV_BINS_MAX, sizeof *l->points, err))) return RV_NO_MEMORY;
    if (!(l->placement = rv_array_new(2 * RV_FOLDS, sizeof *l->placement, err))) return RV_NO_MEMORY;
    if (!(l->tally = rv_array_new((size_t)rv_method_count * RV_FOLDS, sizeof *l->tally, err))) return RV_NO_MEMORY;
    if (!(l->alone = rv_array_new(l->n_used, sizeof *l->alone, err))) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < l->n_used; i++) l->alone[i] = l->column[l->used[i]].monotone;
    for (unsigned t = 0; t < RV_TRAININGS; t++)
        for (uint32_t i = 0; i < l->n_used; i++) l->counts[(size_t)t * l->n_used + i] = l->column[l->used[i]].counts[t];
    return RV_OK;
}

/* --- Weights ----------------------------------------------------------------------------------------------------- */

rv_evidence rv_learner_evidence(const rv_learner *l, unsigned t) {
    rv_evidence e = {.columns = l->n_used, .counts = l->counts + (size_t)t * l->n_used, .alone = l->alone};
    for (uint32_t b = 0; b < e.counts->bins; b++) { /* every attribute counts everybody */
        e.seeds += e.counts->seeds[b];
        e.others += e.counts->others[b];
        e.people += e.counts->people[b];
    }
    return e;
}

/* Weights less their mean over the reference population; bins without anybody stay at 0. */
static void centre(const rv_evidence *e, double *weights) {
    for (uint32_t c = 0; c < e->columns; c++) {
        const rv_bin_counts *counts = &e->counts[c];
        double *w = weights + (size_t)c * RV_BINS_MAX, mean = 0;
        for (uint32_t b = 0; b < counts->bins; b++) mean += w[b] * (double)counts->people[b];
        if (e->people) mean /= (double)e->people;
        for (uint32_t b = 0; b < counts->bins; b++) w[b] = counts->people[b] ? w[b] - mean : 0;
    }
}

/* A sample of rows spread evenly over the frame, laid out row by row: weights are scaled on it twelve times or more. */
rv_status rv_learner_take_sample(rv_learner *l, rv_error *err) {
    uint64_t rows = l->frame->rows;
    l->n_sample = rows < SCALE_SAMPLE ? rows : SCALE_SAMPLE;
    if (!(l->sample = rv_array_new(l->n_sample, l->n_used * sizeof *l->sample, err))) return RV_NO_MEMORY;
    uint64_t *places = rv_array_new(l->n_sample, sizeof *places, err); /* a division each: made once, not once a column */
    if (!places) return RV_NO_MEMORY;
    for (uint64_t i = 0; i < l->n_sample; i++) places[i] = i * rows / l->n_sample;
    for (uint32_t c = 0; c < l->n_used; c++) {
        rv_codes codes = l->column[l->used[c]].source->codes;
        for (uint64_t i = 0; i < l->n_sample; i++) l->sample[i * l->n_used + c] = rv_code_at(codes, places[i]);
    }
    rv_free(places);
    return RV_OK;
}

/* The deviation of raw scores over the sample. */
static double raw_deviation(const rv_learner *l, unsigned t, const rv_weights *w) {
    uint64_t n = l->n_sample;
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t *codes = l->sample + i * l->n_used;
        double raw = 0;
        for (uint32_t c = 0; c < l->n_used; c++)
            raw += w->main[(size_t)c * RV_BINS_MAX + l->column[l->used[c]].of_code[t][codes[c]]];
        for (uint32_t k = 0; k < w->pairs; k++) {
            const rv_pair_weights *pair = &w->pair[k];
            uint32_t x = l->column[l->used[pair->a]].of_code[t][codes[pair->a]];
            raw += pair->weight[x * pair->width + l->column[l->used[pair->b]].of_code[t][codes[pair->b]]];
        }
        sum += raw;
        squares += raw * raw;
    }
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    return variance > 0 ? sqrt(variance) : 0;
}

/* Rows to fit on: of either side at most RV_FIT_SIDE, evenly spaced, in the order of the file. */
rv_status rv_learner_take_fit_rows(rv_learner *l, rv_error *err) {
    const rv_quality *q = l->quality;
    uint64_t sides[2] = {q->non_seeds + (q->against_pool ? q->unlabelled : 0), q->seeds}, seen[2] = {0};
    if (!(l->fit_rows = rv_array_new(2 * RV_FIT_SIDE, sizeof *l->fit_rows, err))) return RV_NO_MEMORY;
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        bool seed = l->labels[r] == RV_SEED;
        if (!seed && !rv_learner_is_other(l, l->labels[r])) continue;
        uint64_t at = seen[seed]++, most = RV_FIT_SIDE;
        if (sides[seed] <= most || at * most / sides[seed] != (at + 1) * most / sides[seed])
            l->fit_rows[l->n_fit++] = (uint32_t)r;
    }
    return RV_OK;
}

/* The fit rows of one training in its own bins; *held is the caller's. */
static rv_status gather_rows(const rv_learner *l, unsigned t, rv_evidence_rows *out, uint8_t **held, rv_error *err) {
    uint64_t n = 0;
    uint8_t *bytes = rv_array_new((size_t)l->n_fit, (size_t)l->n_used + 1, err);
    uint32_t *rows = bytes ? rv_array_new(l->n_fit, sizeof *rows, err) : NULL;
    if (!rows) {
        rv_free(bytes);
        return RV_NO_MEMORY;
    }
    for (uint64_t i = 0; i < l->n_fit; i++)
        if (l->fold[l->fit_rows[i]] != t) rows[n++] = l->fit_rows[i];
    for (uint64_t i = 0; i < n; i++) bytes[i] = l->labels[rows[i]] == RV_SEED;
    for (uint32_t c = 0; c < l->n_used; c++) {
        const rv_learn_column *column = &l->column[l->used[c]];
        uint8_t *to = bytes + (size_t)(c + 1) * n;
        for (uint64_t i = 0; i < n; i++) to[i] = column->of_code[t][rv_code_at(column->source->codes, rows[i])];
    }
    rv_free(rows);
    *out = (rv_evidence_rows){n, bytes + n, bytes};
    *held = bytes;
    return RV_OK;
}

/* --- Pairs ------------------------------------------------------------------------------------------------------- */

/* People per cell of a pair, of the reference population of a training. */
static void count_pair(const rv_learner *l, unsigned t, const rv_pair_weights *pair, uint64_t *people) {
    const rv_learn_column *a = &l->column[l->used[pair->a]], *b = &l->column[l->used[pair->b]];
    rv_codes of_a = a->source->codes, of_b = b->source->codes;
    for (uint64_t r = 0; r < l->frame->rows; r++)
        people[a->of_code[t][rv_code_at(of_a, r)] * pair->width + b->of_code[t][rv_code_at(of_b, r)]] +=
            l->fold[r] != t;
}

/*
 * What the pair's table says of one attribute alone goes to that attribute: rows and columns of the table get a mean of 0
 * over the reference population (the purification of Lengerich et al. 2020, a few turns of it). Then cells that few people
 * have count nothing, for the same reason as values that few people have.
 */
static void purify(const rv_pair_weights *pair, const uint64_t *people, uint32_t bins_a, uint64_t min_people,
                   double *main) {
    enum { TURNS = 4 };
    double *of_a = main + (size_t)pair->a * RV_BINS_MAX, *of_b = main + (size_t)pair->b * RV_BINS_MAX;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        for (uint32_t side = 0; side < 2; side++) {
            uint32_t outer = side ? pair->width : bins_a, inner = side ? bins_a : pair->width;
            size_t outer_step = side ? 1 : pair->width, inner_step = side ? pair->width : 1;
            for (uint32_t x = 0; x < outer; x++) {
                double sum = 0, n = 0;
                for (uint32_t y = 0; y < inner; y++) {
                    size_t at = x * outer_step + y * inner_step;
                    sum += pair->weight[at] * (double)people[at];
                    n += (double)people[at];
                }
                if (n <= 0) continue;
                for (uint32_t y = 0; y < inner; y++) pair->weight[x * outer_step + y * inner_step] -= sum / n;
                (side ? of_b : of_a)[x] += sum / n;
            }
        }
    }
    for (size_t at = 0; at < (size_t)bins_a * pair->width; at++)
        if (people[at] < min_people) pair->weight[at] = 0;
}

static rv_status purify_pairs(const rv_learner *l, unsigned t, const rv_evidence *e, rv_weights *w, rv_error *err) {
    uint64_t min_people = rv_learner_min_people(l);
    if (!w->pairs) return RV_OK;
    uint64_t *people = rv_array_new(RV_PAIR_CELLS, sizeof *people, err);
    if (!people) return RV_NO_MEMORY;
    for (uint32_t k = 0; k < w->pairs; k++) {
        memset(people, 0, RV_PAIR_CELLS * sizeof *people);
        count_pair(l, t, &w->pair[k], people);
        purify(&w->pair[k], people, e->counts[w->pair[k].a].bins, min_people, w->main);
    }
    rv_free(people);
    return RV_OK;
}

/* Whatever the method made of them. Missing values and words have no place in the order. */
static void straighten(const rv_learner *l, const rv_evidence *e, double *weights) {
    for (uint32_t i = 0; i < l->n_used; i++)
        if (l->alone[i])
            rv_monotone(weights + (size_t)i * RV_BINS_MAX + RV_BIN_FIRST, e->counts[i].people + RV_BIN_FIRST,
                        e->counts[i].bins - RV_BIN_FIRST);
}

static int32_t points_of(double weight, double scale) {
    double p = weight * scale;
    return (int32_t)lrint(p > RV_POINTS_LIMIT ? RV_POINTS_LIMIT : p < -RV_POINTS_LIMIT ? -RV_POINTS_LIMIT : p);
}

static void forget_pairs(rv_learner *l, unsigned t) {
    for (uint32_t k = 0; k < l->pairs[t]; k++) rv_free(l->pair[t][k].points);
    l->pairs[t] = 0;
}

static rv_status keep_pairs(rv_learner *l, unsigned t, const rv_evidence *e, const rv_weights *w, double scale,
                            rv_error *err) {
    for (uint32_t k = 0; k < w->pairs; k++) {
        const rv_pair_weights *from = &w->pair[k];
        size_t cells = (size_t)e->counts[from->a].bins * from->width;
        int32_t *points = rv_array_new(cells, sizeof *points, err);
        if (!points) return RV_NO_MEMORY;
        for (size_t i = 0; i < cells; i++) points[i] = points_of(from->weight[i], scale);
        l->pair[t][l->pairs[t]++] = (rv_pair_points){from->a, from->b, from->width, points};
    }
    return RV_OK;
}

/* --- One training ------------------------------------------------------------------------------------------------ */

rv_status rv_learner_train(rv_learner *l, const rv_method *method, unsigned t, int threads, rv_error *err) {
    rv_evidence e = rv_learner_evidence(l, t);
    size_t size = (size_t)l->n_used * RV_BINS_MAX;
    rv_weights w = {.main = l->weights + t * size};
    int32_t *points = l->points + t * size;
    uint8_t *held = NULL;
    e.threads = threads;
    memset(w.main, 0, size * sizeof *w.main);
    forget_pairs(l, t);
    if (method->fits) RV_TRY(gather_rows(l, t, &e.rows, &held, err));
    rv_status status = method->weigh(&e, &w, err);
    rv_free(held);
    if (status == RV_OK) status = purify_pairs(l, t, &e, &w, err);
    if (status == RV_OK) {
        straighten(l, &e, w.main);
        centre(&e, w.main);
        double deviation = raw_deviation(l, t, &w);
        double scale = deviation > 1e-12 ? RV_SCORE_DEVIATION / deviation : 0;
        for (size_t i = 0; i < size; i++) points[i] = points_of(w.main[i], scale);
        status = keep_pairs(l, t, &e, &w, scale, err);
    }
    rv_weights_reset(&w);
    return status;
}

/* --- Scores out of fold ------------------------------------------------------------------------------------------ */

typedef struct holding {
    const rv_learner *l;
    uint16_t *cells;
} holding;

/* Adds what a column says of rows begin..end - 1, each by the training that left its fold out. */
static void add_held(const rv_learner *l, uint32_t c, uint64_t begin, uint64_t end, int32_t *sums) {
    const rv_learn_column *column = &l->column[l->used[c]];
    rv_codes codes = column->source->codes;
    size_t size = (size_t)l->n_used * RV_BINS_MAX;
    const int32_t *points = l->points + (size_t)c * RV_BINS_MAX;
    if (!codes.narrow) {
        for (uint64_t r = begin; r < end; r++)
            sums[r - begin] += points[l->fold[r] * size + column->of_code[l->fold[r]][codes.wide[r]]];
        return;
    }
    int32_t by_code[RV_FOLDS * RV_POINTS_TABLE];
    for (unsigned t = 0; t < RV_FOLDS; t++)
        for (uint32_t code = 0; code <= column->source->dictionary.n; code++)
            by_code[t * RV_POINTS_TABLE + code] = points[t * size + column->of_code[t][code]];
    rv_points_add_chosen(by_code, l->fold + begin, codes.narrow + begin, end - begin, sums);
}
_Static_assert((int)RV_NARROW_VALUES < (int)RV_POINTS_TABLE, "0 is a code too");

/* The pairs of each training for the rows of its fold. */
static void add_held_pairs(const rv_learner *l, uint64_t begin, uint64_t end, int32_t *sums) {
    for (uint64_t r = begin; r < end; r++) {
        unsigned t = l->fold[r];
        int32_t sum = 0;
        for (uint32_t k = 0; k < l->pairs[t]; k++) {
            const rv_pair_points *pair = &l->pair[t][k];
            const rv_learn_column *a = &l->column[l->used[pair->a]], *b = &l->column[l->used[pair->b]];
            uint32_t x = a->of_code[t][rv_code_at(a->source->codes, r)];
            sum += pair->points[x * pair->width + b->of_code[t][rv_code_at(b->source->codes, r)]];
        }
        sums[r - begin] += sum;
    }
}

/* Out-of-fold scores of one range of rows. */
static rv_status score_held(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const holding *h = ctx;
    const rv_learner *l = h->l;
    uint64_t begin = index * RV_LEARN_RANGE,
             end = begin + RV_LEARN_RANGE < l->frame->rows ? begin + RV_LEARN_RANGE : l->frame->rows;
    int32_t sums[RV_LEARN_RANGE];
    for (uint64_t r = begin; r < end; r++) sums[r - begin] = RV_SCORE_AVERAGE;
    for (uint32_t c = 0; c < l->n_used; c++) add_held(l, c, begin, end, sums);
    add_held_pairs(l, begin, end, sums);
    for (uint64_t r = begin; r < end; r++) h->cells[r] = rv_score_cell(sums[r - begin]);
    return RV_OK;
}

typedef struct trying {
    rv_learner *l;
    const rv_method *method;
} trying;

static rv_status train_one(void *ctx, size_t t, int worker, rv_error *err) {
    (void)worker;
    const trying *of = ctx;
    return rv_learner_train(of->l, of->method, (unsigned)t, 1, err);
}

void rv_learner_forget_pairs(rv_learner *l) {
    for (unsigned t = 0; t < RV_TRAININGS; t++) forget_pairs(l, t);
}

rv_status rv_learner_try(rv_learner *l, unsigned m, rv_error *err) {
    RV_TRY(rv_parallel(l->options->threads, RV_TRAININGS, train_one, &(trying){l, &rv_methods[m]}, err));
    holding h = {l, l->cells[m]};
    return rv_parallel(l->options->threads, (size_t)((l->frame->rows + RV_LEARN_RANGE - 1) / RV_LEARN_RANGE),
                       score_held, &h, err);
}
