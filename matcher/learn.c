/*
 * See learn.h. The steps: folds; attributes one by one, in parallel; leaks set aside; then each method on the same
 * trainings, the same rows, the same measures; the choice; the profile. Each step is a file (learn_detail.h).
 */
#include "learn_detail.h"

#include "parallel.h"
#include "random.h"
#include <assert.h>

enum { MIN_NON_SEEDS = 25 };

const char *rv_left_out_reason(rv_left_out reason) {
    static const char *const reasons[RV_LEFT_COUNT] = {
        "",
        "empty",
        "one value only",
        "no value is held by enough people",
        "no cut tells the two sides apart",
        "sensitive",
        "made of what makes the target",
        "predicts the target nearly alone",
        "has values that only one side has",
    };
    return reasons[reason];
}

void rv_quality_reset(rv_quality *quality) {
    rv_free(quality->attribute);
    *quality = (rv_quality){0};
}

/* --- Attributes -------------------------------------------------------------------------------------------------- */

static bool is_among(const char *const *names, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}
static bool is_named(const rv_learn_options *options, const char *name) {
    return is_among(options->use_sensitive, options->n_use_sensitive, name);
}

static rv_status choose_columns(rv_learner *l, rv_error *err) {
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
        a->defines = column->defines;
        if (column->sensitive && !is_named(l->options, column->name)) a->left_out = RV_LEFT_SENSITIVE;
        if (column->defines && !is_named(l->options, column->name)) a->left_out = RV_LEFT_DEFINES;
        l->column[q->columns].monotone = is_among(l->options->monotone, l->options->n_monotone, column->name);
        l->column[q->columns++].source = column;
    }
    return RV_OK;
}

static rv_status make_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const rv_learner *l = ctx;
    rv_attribute_quality *a = &l->quality->attribute[index];
    if (a->left_out != RV_USED) return RV_OK;
    return rv_learn_column_make(&l->column[index], l->fold_label, l->frame->rows, l->quality->against_pool,
                                rv_learner_min_people(l), a, err);
}

/* What an attribute would be left out for, as one that gives the target away. */
static rv_left_out leak_of(const rv_learner *l, uint32_t c) {
    const rv_attribute_quality *a = &l->quality->attribute[c];
    if (a->leaks) return RV_LEFT_LEAK;
    return a->half_leaks && l->column[c].source->suspect ? RV_LEFT_ONE_SIDED : RV_USED;
}

static rv_status fail_without_attributes(const rv_quality *q, rv_error *err) {
    rv_buffer why = {0};
    for (rv_left_out reason = RV_USED + 1; reason < RV_LEFT_COUNT; reason++)
        if (q->left_out[reason])
            rv_buffer_format(&why, "%s%u: %s", why.len ? ", " : "", q->left_out[reason], rv_left_out_reason(reason));
    rv_buffer_byte(&why, 0);
    if (q->columns && !why.failed)
        rv_fail(err, RV_BAD_INPUT, "no attribute is left to learn from: of %u, %s", q->columns, why.data);
    else rv_fail(err, RV_BAD_INPUT, "there is no attribute to learn from: only ids, names and contact data");
    rv_error_hint(err, "attributes come from the megabase: reveil enrich --megabase mega.rvl --clients C --out E");
    rv_buffer_free(&why);
    return RV_BAD_INPUT;
}

/* Leaks are set aside, unless they are named or nothing else is left. */
static rv_status settle_columns(rv_learner *l, rv_error *err) {
    rv_quality *q = l->quality;
    uint32_t clean = 0;
    for (uint32_t c = 0; c < q->columns; c++) clean += q->attribute[c].left_out == RV_USED && !leak_of(l, c);
    for (uint32_t c = 0; c < q->columns; c++) {
        rv_attribute_quality *a = &q->attribute[c];
        if (a->left_out == RV_USED && clean > 0 && !is_named(l->options, a->name)) a->left_out = leak_of(l, c);
        q->left_out[a->left_out]++;
        if (a->left_out == RV_USED) l->used[l->n_used++] = c;
        else rv_learn_column_reset(&l->column[c]);
    }
    if (l->n_used == 0) return fail_without_attributes(q, err);
    if (l->n_used <= RV_PROFILE_COLUMNS) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "%u attributes to learn from; %d are the most that a profile holds", l->n_used,
            RV_PROFILE_COLUMNS);
    rv_error_hint(err, "leave some out: --ignore COLUMN,...");
    return RV_BAD_INPUT;
}

/* --- Together ---------------------------------------------------------------------------------------------------- */

typedef struct folding {
    rv_learner *l;
    uint64_t (*labels)[3]; /* per range */
} folding;

static rv_status fold_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const folding *f = ctx;
    const rv_learner *l = f->l;
    uint64_t begin = index * RV_LEARN_RANGE,
             end = begin + RV_LEARN_RANGE < l->frame->rows ? begin + RV_LEARN_RANGE : l->frame->rows;
    uint64_t seed = rv_mix64(l->options->seed);
    for (uint64_t r = begin; r < end; r++) {
        l->fold[r] = (uint8_t)(rv_mix64(r ^ seed) % RV_FOLDS);
        l->fold_label[r] = (uint8_t)(l->fold[r] * 3 + l->labels[r]);
        f->labels[index][l->labels[r]]++;
    }
    return RV_OK;
}

static rv_status make_folds(rv_learner *l, rv_error *err) {
    rv_quality *q = l->quality;
    size_t ranges = (size_t)((l->frame->rows + RV_LEARN_RANGE - 1) / RV_LEARN_RANGE);
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

static void learner_reset(rv_learner *l) {
    for (uint32_t c = 0; l->column && c < l->quality->columns; c++) rv_learn_column_reset(&l->column[c]);
    for (unsigned m = 0; m < RV_METHODS_MAX; m++) rv_free(l->cells[m]);
    rv_learner_forget_pairs(l);
    rv_free(l->fold);
    rv_free(l->fold_label);
    rv_free(l->column);
    rv_free(l->used);
    rv_free(l->alone);
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
    rv_learner l = {.frame = frame, .labels = labels, .options = options, .quality = &q};
    rv_status status = make_folds(&l, err);
    if (status == RV_OK) status = choose_columns(&l, err);
    if (status == RV_OK) status = rv_parallel(options->threads, q.columns, make_column, &l, err);
    if (status == RV_OK) status = settle_columns(&l, err);
    if (status == RV_OK) status = rv_learner_gather_counts(&l, err);
    if (status == RV_OK) status = rv_learner_take_sample(&l, err);
    if (status == RV_OK) status = rv_learner_choose(&l, any, err);
    if (status == RV_OK) status = rv_learner_measure(&l, &made, err);
    if (status == RV_OK) status = rv_learner_profile(&l, &made, err);
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
