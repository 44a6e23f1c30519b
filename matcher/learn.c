/*
 * See learn.h. The steps: folds; attributes one by one, in parallel; leaks set aside; then each method on the same
 * trainings, the same rows, the same measures; the choice; the profile.
 */
#include "learn.h"

#include "measure.h"
#include "parallel.h"
#include "random.h"
#include "score_kernel.h"
#include <assert.h>
#include <math.h>

enum { TRAININGS = RV_FOLDS + 1, SCALE_SAMPLE = 16384, RANGE = 16384, MIN_PEOPLE = 20, MIN_NON_SEEDS = 25 };

const char *rv_left_out_reason(rv_left_out reason) {
    static const char *const reasons[RV_LEFT_COUNT] = {
        "",
        "empty",
        "one value only",
        "no value is held by enough people",
        "sensitive",
        "predicts the target nearly alone",
    };
    return reasons[reason];
}

void rv_quality_reset(rv_quality *quality) {
    rv_free(quality->attribute);
    *quality = (rv_quality){0};
}

/* Everything that learning holds. */
typedef struct learner {
    const rv_frame *frame;
    const uint8_t *labels;
    const rv_learn_options *options;
    rv_quality *quality;
    uint8_t *fold;           /* rows */
    uint8_t *fold_label;     /* rows: fold * 3 + label */
    rv_learn_column *column; /* quality->columns; those left out hold nothing */
    uint32_t *used;          /* indexes of those used */
    uint32_t n_used;
    rv_bin_counts *counts; /* TRAININGS * n_used, training by training */
    double *weights;       /* TRAININGS * n_used * RV_BINS_MAX, of the method at work */
    int32_t *points;       /* as weights */
    uint32_t *sample;      /* n_sample * n_used codes */
    uint64_t n_sample;
    uint32_t *fit_rows; /* n_fit, once a method fits */
    uint64_t n_fit;
    uint16_t *cells[RV_METHODS_MAX]; /* per method tried, rows: the out-of-fold score's cell */
    rv_placement *placement;         /* 2 * RV_FOLDS: of two methods that are compared */
    rv_score_counts *tally;          /* rv_method_count * RV_FOLDS: out-of-fold scores of labelled rows */
} learner;

static bool is_other(const learner *l, uint8_t label) {
    return label == RV_NON_SEED || (label == RV_UNLABELLED && l->quality->against_pool);
}

/* --- Attributes -------------------------------------------------------------------------------------------------- */

static bool is_named(const rv_learn_options *options, const char *name) {
    for (size_t i = 0; i < options->n_use_sensitive; i++)
        if (strcmp(options->use_sensitive[i], name) == 0) return true;
    return false;
}

static rv_status choose_columns(learner *l, rv_error *err) {
    const rv_frame *frame = l->frame;
    rv_quality *q = l->quality;
    if (!(q->attribute = rv_array_new(frame->columns, sizeof *q->attribute, err))) return RV_NO_MEMORY;
    if (!(l->column = rv_array_new(frame->columns, sizeof *l->column, err))) return RV_NO_MEMORY;
    if (!(l->used = rv_array_new(frame->columns, sizeof *l->used, err))) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < frame->columns; c++) {
        const rv_frame_column *column = &frame->column[c];
        if (!column->scored) continue;
        rv_attribute_quality *a = &q->attribute[q->columns];
        memcpy(a->name, column->name, sizeof a->name);
        a->auc = 0.5;
        if (column->sensitive && !is_named(l->options, column->name)) a->left_out = RV_LEFT_SENSITIVE;
        l->column[q->columns++].source = column;
    }
    return RV_OK;
}

static rv_status make_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const learner *l = ctx;
    rv_attribute_quality *a = &l->quality->attribute[index];
    if (a->left_out != RV_USED) return RV_OK;
    uint32_t min_people = l->options->min_people ? l->options->min_people : (uint32_t)MIN_PEOPLE;
    return rv_learn_column_make(&l->column[index], l->fold_label, l->frame->rows, l->quality->against_pool, min_people,
                                a, err);
}

/* Leaks are set aside, unless they are named or nothing else is left. */
static rv_status settle_columns(learner *l, rv_error *err) {
    rv_quality *q = l->quality;
    uint32_t clean = 0;
    for (uint32_t c = 0; c < q->columns; c++) clean += q->attribute[c].left_out == RV_USED && !q->attribute[c].leaks;
    for (uint32_t c = 0; c < q->columns; c++) {
        rv_attribute_quality *a = &q->attribute[c];
        if (a->left_out == RV_USED && a->leaks && clean > 0 && !is_named(l->options, a->name))
            a->left_out = RV_LEFT_LEAK;
        q->left_out[a->left_out]++;
        if (a->left_out == RV_USED) l->used[l->n_used++] = c;
        else rv_learn_column_reset(&l->column[c]);
    }
    if (l->n_used) return RV_OK;
    rv_status status = rv_fail(err, RV_BAD_INPUT,
                               "no attribute is left to learn from: of %u, %u are empty, %u have one value "
                               "only, %u have too rare values, %u are sensitive",
                               q->columns, q->left_out[RV_LEFT_EMPTY], q->left_out[RV_LEFT_CONSTANT],
                               q->left_out[RV_LEFT_RARE], q->left_out[RV_LEFT_SENSITIVE]);
    rv_error_hint(err, "attributes come from the megabase: reveil enrich --megabase mega.rvl --clients C --out E");
    return status;
}

static rv_status gather_counts(learner *l, rv_error *err) {
    size_t cells = (size_t)TRAININGS * l->n_used;
    if (!(l->counts = rv_array_new(cells, sizeof *l->counts, err))) return RV_NO_MEMORY;
    if (!(l->weights = rv_array_new(cells * RV_BINS_MAX, sizeof *l->weights, err))) return RV_NO_MEMORY;
    if (!(l->points = rv_array_new(cells * RV_BINS_MAX, sizeof *l->points, err))) return RV_NO_MEMORY;
    if (!(l->placement = rv_array_new(2 * RV_FOLDS, sizeof *l->placement, err))) return RV_NO_MEMORY;
    if (!(l->tally = rv_array_new((size_t)rv_method_count * RV_FOLDS, sizeof *l->tally, err))) return RV_NO_MEMORY;
    for (unsigned t = 0; t < TRAININGS; t++)
        for (uint32_t i = 0; i < l->n_used; i++) l->counts[(size_t)t * l->n_used + i] = l->column[l->used[i]].counts[t];
    return RV_OK;
}

/* --- One method -------------------------------------------------------------------------------------------------- */

static rv_evidence evidence_of(const learner *l, unsigned t) {
    rv_evidence e = {.columns = l->n_used, .counts = l->counts + (size_t)t * l->n_used};
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
static rv_status take_sample(learner *l, rv_error *err) {
    uint64_t rows = l->frame->rows;
    l->n_sample = rows < SCALE_SAMPLE ? rows : SCALE_SAMPLE;
    if (!(l->sample = rv_array_new(l->n_sample, l->n_used * sizeof *l->sample, err))) return RV_NO_MEMORY;
    for (uint32_t c = 0; c < l->n_used; c++) {
        rv_codes codes = l->column[l->used[c]].source->codes;
        for (uint64_t i = 0; i < l->n_sample; i++)
            l->sample[i * l->n_used + c] = rv_code_at(codes, i * rows / l->n_sample);
    }
    return RV_OK;
}

/* The deviation of raw scores over the sample. */
static double raw_deviation(const learner *l, unsigned t, const double *weights) {
    uint64_t n = l->n_sample;
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t *codes = l->sample + i * l->n_used;
        double raw = 0;
        for (uint32_t c = 0; c < l->n_used; c++)
            raw += weights[(size_t)c * RV_BINS_MAX + l->column[l->used[c]].of_code[t][codes[c]]];
        sum += raw;
        squares += raw * raw;
    }
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    return variance > 0 ? sqrt(variance) : 0;
}

/* Rows to fit on: of either side at most RV_FIT_SIDE, evenly spaced, in the order of the file. */
static rv_status choose_fit_rows(learner *l, rv_error *err) {
    const rv_quality *q = l->quality;
    uint64_t sides[2] = {q->non_seeds + (q->against_pool ? q->unlabelled : 0), q->seeds}, seen[2] = {0};
    if (!(l->fit_rows = rv_array_new(2 * RV_FIT_SIDE, sizeof *l->fit_rows, err))) return RV_NO_MEMORY;
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        bool seed = l->labels[r] == RV_SEED;
        if (!seed && !is_other(l, l->labels[r])) continue;
        uint64_t at = seen[seed]++, most = RV_FIT_SIDE;
        if (sides[seed] <= most || at * most / sides[seed] != (at + 1) * most / sides[seed])
            l->fit_rows[l->n_fit++] = (uint32_t)r;
    }
    return RV_OK;
}

/* The fit rows of one training in its own bins; *held is the caller's. */
static rv_status gather_rows(const learner *l, unsigned t, rv_evidence_rows *out, uint8_t **held, rv_error *err) {
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

typedef struct weighing {
    learner *l;
    const rv_method *method;
} weighing;

static rv_status weigh_training(void *ctx, size_t t, int worker, rv_error *err) {
    (void)worker;
    const weighing *w = ctx;
    learner *l = w->l;
    rv_evidence e = evidence_of(l, (unsigned)t);
    size_t size = (size_t)l->n_used * RV_BINS_MAX;
    double *weights = l->weights + t * size;
    int32_t *points = l->points + t * size;
    uint8_t *held = NULL;
    memset(weights, 0, size * sizeof *weights);
    if (w->method->fits) RV_TRY(gather_rows(l, (unsigned)t, &e.rows, &held, err));
    rv_status status = w->method->weigh(&e, weights, err);
    rv_free(held);
    if (status != RV_OK) return status;
    centre(&e, weights);
    double deviation = raw_deviation(l, (unsigned)t, weights);
    double scale = deviation > 1e-12 ? RV_SCORE_DEVIATION / deviation : 0;
    for (size_t i = 0; i < size; i++) {
        double p = weights[i] * scale;
        points[i] = (int32_t)lrint(p > RV_POINTS_LIMIT ? RV_POINTS_LIMIT : p < -RV_POINTS_LIMIT ? -RV_POINTS_LIMIT : p);
    }
    return RV_OK;
}

typedef struct holding {
    const learner *l;
    uint16_t *cells;
} holding;

/* Adds what a column says of rows begin..end - 1, each by the training that left its fold out. */
static void add_held(const learner *l, uint32_t c, uint64_t begin, uint64_t end, int32_t *sums) {
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

/* Out-of-fold scores of one range of rows. */
static rv_status score_held(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const holding *h = ctx;
    const learner *l = h->l;
    uint64_t begin = index * RANGE, end = begin + RANGE < l->frame->rows ? begin + RANGE : l->frame->rows;
    int32_t sums[RANGE];
    for (uint64_t r = begin; r < end; r++) sums[r - begin] = RV_SCORE_AVERAGE;
    for (uint32_t c = 0; c < l->n_used; c++) add_held(l, c, begin, end, sums);
    for (uint64_t r = begin; r < end; r++) h->cells[r] = rv_score_cell(sums[r - begin]);
    return RV_OK;
}

/* Scores of labelled rows from `begin` on, fold by fold. */
static void tally_rows(const learner *l, const uint16_t *cells, uint64_t begin, rv_score_counts *folds) {
    memset(folds, 0, RV_FOLDS * sizeof *folds);
    for (uint64_t r = begin; r < l->frame->rows; r++) {
        rv_score_counts *fold = &folds[l->fold[r]];
        if (l->labels[r] == RV_SEED) fold->seeds[cells[r]]++;
        else if (is_other(l, l->labels[r])) fold->others[cells[r]]++;
    }
}

static rv_status weigh_method(learner *l, unsigned m, rv_error *err) {
    RV_TRY(rv_parallel(l->options->threads, TRAININGS, weigh_training, &(weighing){l, &rv_methods[m]}, err));
    holding h = {l, l->cells[m]};
    return rv_parallel(l->options->threads, (size_t)((l->frame->rows + RANGE - 1) / RANGE), score_held, &h, err);
}

/* --- Comparing methods ------------------------------------------------------------------------------------------- */

/* AUC within folds, each pair of a fold counting once; pairs across folds would compare two different trainings. */
static void measure_auc(const learner *l, unsigned m, rv_method_quality *out) {
    const rv_score_counts *folds = l->tally + (size_t)m * RV_FOLDS;
    double weight = 0, sum = 0, variance = 0;
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        rv_auc auc = rv_auc_of(&folds[f], &l->placement[f]);
        double pairs = (double)auc.seeds * (double)auc.others;
        weight += pairs;
        sum += pairs * auc.auc;
        variance += pairs * pairs * auc.variance;
    }
    out->auc = weight > 0 ? sum / weight : 0.5;
    out->standard_error = weight > 0 ? sqrt(variance) / weight : 0;
}

typedef struct spread {
    double sum, squares, n;
} spread;

static void spread_add(spread *s, double d) {
    s->sum += d;
    s->squares += d * d;
    s->n++;
}
/* Variance of the mean. */
static double spread_variance(const spread *s) {
    if (s->n < 2) return 0;
    double mean = s->sum / s->n;
    return fmax(0, s->squares / s->n - mean * mean) / (s->n - 1);
}

/* Standard error of the difference of two methods' AUC: DeLong's, from the differences of placements row by row. */
static double paired_error(const learner *l, unsigned a, unsigned b) {
    rv_placement *pa = l->placement, *pb = l->placement + RV_FOLDS;
    spread seeds[RV_FOLDS] = {{0, 0, 0}}, others[RV_FOLDS] = {{0, 0, 0}};
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        rv_auc_of(&l->tally[(size_t)a * RV_FOLDS + f], &pa[f]);
        rv_auc_of(&l->tally[(size_t)b * RV_FOLDS + f], &pb[f]);
    }
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        unsigned f = l->fold[r];
        uint16_t x = l->cells[a][r], y = l->cells[b][r];
        if (l->labels[r] == RV_SEED) spread_add(&seeds[f], pa[f].seed[x] - pb[f].seed[y]);
        else if (is_other(l, l->labels[r])) spread_add(&others[f], pa[f].other[x] - pb[f].other[y]);
    }
    double variance = 0, weight = 0;
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        double pairs = seeds[f].n * others[f].n;
        weight += pairs;
        variance += pairs * pairs * (spread_variance(&seeds[f]) + spread_variance(&others[f]));
    }
    return weight > 0 ? sqrt(variance) / weight : 0;
}

static rv_status tally_method(void *ctx, size_t m, int worker, rv_error *err) {
    (void)worker, (void)err;
    const learner *l = ctx;
    if (l->cells[m]) tally_rows(l, l->cells[m], 0, l->tally + m * RV_FOLDS);
    return RV_OK;
}

/* All that `auto` may choose from; else the method named, beside the baseline. */
static rv_status score_methods(learner *l, bool any, rv_error *err) {
    rv_quality *q = l->quality;
    q->n_methods = rv_method_count;
    for (unsigned m = 0; m < rv_method_count; m++) {
        const rv_method *method = q->method[m].method = &rv_methods[m];
        bool named = !any && strcmp(method->name, l->options->method) == 0;
        if (any ? q->seeds < method->min_seeds : !named && strcmp(method->name, "shared") != 0) continue;
        if (named) q->chosen = m;
        if (method->fits && !l->fit_rows) RV_TRY(choose_fit_rows(l, err));
        if (!(l->cells[m] = rv_array_new(l->frame->rows, sizeof *l->cells[m], err))) return RV_NO_MEMORY;
        RV_TRY(weigh_method(l, m, err));
        q->method[m].tried = true;
    }
    return rv_parallel(l->options->threads, rv_method_count, tally_method, l, err);
}

static rv_status try_methods(learner *l, bool any, rv_error *err) {
    rv_quality *q = l->quality;
    unsigned best = RV_METHODS_MAX;
    RV_TRY(score_methods(l, any, err));
    for (unsigned m = 0; m < rv_method_count; m++) {
        rv_method_quality *mq = &q->method[m];
        if (!mq->tried) continue;
        measure_auc(l, m, mq);
        if (best == RV_METHODS_MAX || mq->auc > q->method[best].auc) best = m;
    }
    for (unsigned m = 0; m < rv_method_count; m++) {
        rv_method_quality *mq = &q->method[m];
        if (!mq->tried || m == best) continue;
        mq->behind = q->method[best].auc - mq->auc;
        mq->behind_error = paired_error(l, best, m);
    }
    for (unsigned m = rv_method_count; any && m-- > 0;) /* the first of those as good as the best */
        if (q->method[m].tried && q->method[m].behind <= q->method[m].behind_error) q->chosen = m;
    q->auc = q->method[q->chosen].auc;
    q->standard_error = q->method[q->chosen].standard_error;
    return RV_OK;
}

/* --- The last quarter of the file -------------------------------------------------------------------------------- */

/* The row where the last quarter of labelled rows begins; 0 when the file's order says nothing about time: sorted by
 * label (far fewer changes from row to row than chance gives), or the quarter has one side only. */
static uint64_t late_begin(const learner *l) {
    const rv_quality *q = l->quality;
    uint64_t others = q->non_seeds + (q->against_pool ? q->unlabelled : 0), labelled = q->seeds + others;
    uint64_t seen = 0, changes = 0, begin = 0, late_seeds = 0, late_others = 0;
    int last = -1;
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        bool seed = l->labels[r] == RV_SEED;
        if (!seed && !is_other(l, l->labels[r])) continue;
        changes += last >= 0 && last != (int)seed;
        last = seed;
        if (seen++ < labelled - labelled / 4) continue;
        if (!begin) begin = r;
        late_seeds += seed;
        late_others += !seed;
    }
    double expected = 2.0 * (double)q->seeds * (double)others / (double)labelled;
    return (double)changes * 2 < expected || late_seeds == 0 || late_others == 0 ? 0 : begin;
}

static rv_status measure_chosen(learner *l, rv_profile *profile, rv_error *err) {
    rv_quality *q = l->quality;
    const rv_score_counts *folds = l->tally + (size_t)q->chosen * RV_FOLDS;
    rv_score_counts *late = NULL, *pooled = rv_new(sizeof *pooled, err);
    if (!pooled) return RV_NO_MEMORY;
    for (unsigned f = 0; f < RV_FOLDS; f++) rv_score_counts_add(pooled, &folds[f]);
    rv_measure_ranking(pooled, q);
    rv_status status = RV_OK;
    uint64_t begin = q->against_pool ? 0 : late_begin(l);
    if (begin) {
        if ((late = rv_array_new(RV_FOLDS, sizeof *late, err))) tally_rows(l, l->cells[q->chosen], begin, late);
        else status = RV_NO_MEMORY;
    }
    if (status == RV_OK) status = rv_measure_probability(folds, pooled, late, q, &profile->calibration, err);
    rv_free(pooled);
    rv_free(late);
    return status;
}

/* --- The profile ------------------------------------------------------------------------------------------------- */

/* Small cells aren't told; when one alone is hidden, the next smallest goes with it, or the total would tell it. */
static void mask(uint64_t *counts, uint32_t bins, uint8_t flag, uint8_t *masked) {
    uint32_t hidden = 0, smallest = bins;
    for (uint32_t b = 0; b < bins; b++) {
        if (counts[b] == 0) continue;
        if (counts[b] < RV_MASK_BELOW) {
            masked[b] |= flag;
            hidden++;
        } else if (smallest == bins || counts[b] < counts[smallest]) {
            smallest = b;
        }
    }
    if (hidden == 1 && smallest < bins) masked[smallest] |= flag;
    for (uint32_t b = 0; b < bins; b++)
        if (masked[b] & flag) counts[b] = 0;
}

static void describe_column(learner *l, uint32_t i, rv_profile_column *out) {
    rv_learn_column *column = &l->column[l->used[i]];
    const rv_bin_counts *counts = &l->counts[(size_t)RV_FOLDS * l->n_used + i];
    memcpy(out->name, column->source->name, sizeof out->name);
    out->binning = column->binning;
    column->binning = (rv_binning){0};
    memcpy(out->points, l->points + ((size_t)RV_FOLDS * l->n_used + i) * RV_BINS_MAX, sizeof out->points);
    memcpy(out->seeds, counts->seeds, sizeof out->seeds);
    memcpy(out->people, counts->people, sizeof out->people);
    mask(out->seeds, counts->bins, RV_MASKED_SEEDS, out->masked);
    mask(out->people, counts->bins, RV_MASKED_PEOPLE, out->masked);
}

static rv_status make_profile(learner *l, rv_profile *out, rv_error *err) {
    const rv_quality *q = l->quality;
    const rv_method *method = q->method[q->chosen].method;
    if (!(out->column = rv_array_new(l->n_used, sizeof *out->column, err))) return RV_NO_MEMORY;
    RV_TRY(weigh_training(&(weighing){l, method}, RV_FOLDS, 0, err)); /* the last method tried may be another */
    rv_evidence e = evidence_of(l, RV_FOLDS);
    out->columns = l->n_used;
    out->base = RV_SCORE_AVERAGE;
    out->seeds = e.seeds;
    out->others = e.others;
    out->people = e.people;
    out->against_pool = q->against_pool;
    memcpy(out->method, method->name, strlen(method->name) + 1);
    for (uint32_t i = 0; i < l->n_used; i++) describe_column(l, i, &out->column[i]);
    return RV_OK;
}

/* --- Together ---------------------------------------------------------------------------------------------------- */

typedef struct folding {
    learner *l;
    uint64_t (*labels)[3]; /* per range */
} folding;

static rv_status fold_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const folding *f = ctx;
    const learner *l = f->l;
    uint64_t begin = index * RANGE, end = begin + RANGE < l->frame->rows ? begin + RANGE : l->frame->rows;
    uint64_t seed = rv_mix64(l->options->seed);
    for (uint64_t r = begin; r < end; r++) {
        l->fold[r] = (uint8_t)(rv_mix64(r ^ seed) % RV_FOLDS);
        l->fold_label[r] = (uint8_t)(l->fold[r] * 3 + l->labels[r]);
        f->labels[index][l->labels[r]]++;
    }
    return RV_OK;
}

static rv_status make_folds(learner *l, rv_error *err) {
    rv_quality *q = l->quality;
    size_t ranges = (size_t)((l->frame->rows + RANGE - 1) / RANGE);
    if (!(l->fold = rv_array_new(l->frame->rows, 1, err))) return RV_NO_MEMORY;
    if (!(l->fold_label = rv_array_new(l->frame->rows, 1, err))) return RV_NO_MEMORY;
    folding f = {l, rv_array_new(ranges, sizeof *f.labels, err)};
    if (!f.labels) return RV_NO_MEMORY;
    rv_status status = rv_parallel(l->options->threads, ranges, fold_range, &f, err);
    for (size_t i = 0; i < ranges; i++) {
        q->seeds += f.labels[i][RV_SEED];
        q->non_seeds += f.labels[i][RV_NON_SEED];
        q->unlabelled += f.labels[i][RV_UNLABELLED];
    }
    rv_free(f.labels);
    q->rows = l->frame->rows;
    q->against_pool = q->non_seeds < MIN_NON_SEEDS && q->unlabelled > 0;
    assert(status != RV_OK || (q->seeds > 0 && q->seeds < q->rows));
    return status;
}

static void learner_reset(learner *l) {
    for (uint32_t c = 0; l->column && c < l->quality->columns; c++) rv_learn_column_reset(&l->column[c]);
    for (unsigned m = 0; m < RV_METHODS_MAX; m++) rv_free(l->cells[m]);
    rv_free(l->fold);
    rv_free(l->fold_label);
    rv_free(l->column);
    rv_free(l->used);
    rv_free(l->counts);
    rv_free(l->weights);
    rv_free(l->points);
    rv_free(l->sample);
    rv_free(l->fit_rows);
    rv_free(l->placement);
    rv_free(l->tally);
}

rv_status rv_learn(const rv_frame *frame, const uint8_t *labels, const rv_learn_options *options, rv_profile *profile,
                   rv_quality *quality, rv_error *err) {
    bool any = !options->method || strcmp(options->method, "auto") == 0;
    if (!any && !rv_method_find(options->method)) {
        rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "there is no method '%s'", options->method);
        const char *near = rv_nearest_word(options->method, rv_method_names());
        if (near) rv_error_hint(err, "did you mean --method %s?", near);
        return status;
    }
    rv_quality q = {0};
    rv_profile made = {0};
    learner l = {.frame = frame, .labels = labels, .options = options, .quality = &q};
    rv_status status = make_folds(&l, err);
    if (status == RV_OK) status = choose_columns(&l, err);
    if (status == RV_OK) status = rv_parallel(options->threads, q.columns, make_column, &l, err);
    if (status == RV_OK) status = settle_columns(&l, err);
    if (status == RV_OK) status = gather_counts(&l, err);
    if (status == RV_OK) status = take_sample(&l, err);
    if (status == RV_OK) status = try_methods(&l, any, err);
    if (status == RV_OK) status = measure_chosen(&l, &made, err);
    if (status == RV_OK) status = make_profile(&l, &made, err);
    learner_reset(&l);
    if (status == RV_OK) {
        *profile = made;
        *quality = q;
    } else {
        rv_profile_reset(&made);
        rv_quality_reset(&q);
    }
    return status;
}
