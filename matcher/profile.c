/*
 * Applying a profile. Bins are described in values, so the first step turns each of the frame's dictionaries into a
 * table of points by code; scoring is then one look-up per attribute and row. Learning takes the same way for its
 * final scores, so a profile read back from its file gives the same scores.
 */
#include "profile.h"

#include "parallel.h"
#include "score_kernel.h"

enum { RANGE = 16384 }; /* rows per piece: sums and codes of one column stay in the cache */

void rv_profile_reset(rv_profile *profile) {
    for (uint32_t c = 0; profile->column && c < profile->columns; c++) rv_binning_reset(&profile->column[c].binning);
    for (uint32_t k = 0; k < profile->pairs; k++) rv_free(profile->pair[k].points);
    rv_free(profile->column);
    *profile = (rv_profile){0};
}

void rv_profile_view_reset(rv_profile_view *view) {
    for (uint32_t c = 0; c < view->columns; c++) {
        if (view->points) rv_free(view->points[c]);
        if (view->bins) rv_free(view->bins[c]);
    }
    rv_free(view->codes);
    rv_free(view->values);
    rv_free(view->points);
    rv_free(view->bins);
    *view = (rv_profile_view){0};
}

/* --- Making a view ----------------------------------------------------------------------------------------------- */

typedef struct viewing {
    const rv_profile *profile;
    const rv_frame *frame;
    rv_profile_view *view;
} viewing;

static rv_status view_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const viewing *v = ctx;
    const rv_profile_column *column = &v->profile->column[index];
    const rv_frame_column *from = rv_frame_find(v->frame, column->name);
    size_t codes = (size_t)from->dictionary.n + 1;
    rv_values values;
    v->view->codes[index] = from->codes;
    v->view->values[index] = (uint32_t)codes;
    if (!(v->view->points[index] = rv_array_new(codes, sizeof(int32_t), err))) return RV_NO_MEMORY;
    if (!(v->view->bins[index] = rv_array_new(codes, 1, err))) return RV_NO_MEMORY;
    RV_TRY(rv_values_read(&from->dictionary, column->binning.scale, &values, err));
    rv_binning_map(&column->binning, &from->dictionary, &values, v->view->bins[index]);
    rv_values_reset(&values);
    for (size_t code = 0; code < codes; code++)
        v->view->points[index][code] = column->points[v->view->bins[index][code]];
    return RV_OK;
}

/* A renamed column is the likeliest reason; else it's another table altogether. */
static void hint_columns(const rv_profile *profile, const rv_frame *frame, const char *lacking, rv_error *err) {
    const char **names = rv_array_new((size_t)frame->columns + 1, sizeof *names, NULL);
    for (uint32_t c = 0; names && c < frame->columns; c++) names[c] = frame->column[c].name;
    const char *near = names ? rv_nearest_word(lacking, names) : NULL;
    if (near) rv_error_hint(err, "did you mean '%s'? The table's column is to be called '%s'", near, lacking);
    else
        rv_error_hint(err, "score a table with the %u columns of the profile, or learn a new one with --active",
                      profile->columns);
    rv_free(names);
}

static rv_status check_columns(const rv_profile *profile, const rv_frame *frame, const char *path, rv_error *err) {
    rv_buffer missing = {0};
    const char *first = NULL;
    unsigned n = 0;
    for (uint32_t c = 0; c < profile->columns; c++) {
        if (rv_frame_find(frame, profile->column[c].name)) continue;
        if (n == 0) first = profile->column[c].name;
        if (n < 8) rv_buffer_format(&missing, "%s'%s'", n ? ", " : "", profile->column[c].name);
        n++;
    }
    rv_status status = RV_OK;
    if (n) {
        status = rv_fail(err, RV_BAD_INPUT, "the profile needs columns that the table lacks: %.*s%s", (int)missing.len,
                         missing.data ? missing.data : "", n > 8 ? ", ..." : "");
        rv_error_at(err, path, 0, 0);
        hint_columns(profile, frame, first, err);
    }
    rv_buffer_free(&missing);
    return status;
}

rv_status rv_profile_view_make(const rv_profile *profile, const rv_frame *frame, int threads, const char *path,
                               rv_profile_view *out, rv_error *err) {
    RV_TRY(check_columns(profile, frame, path, err));
    rv_profile_view view = {.columns = profile->columns, .pairs = profile->pairs};
    memcpy(view.pair, profile->pair, sizeof view.pair);
    rv_status status = RV_NO_MEMORY;
    view.codes = rv_array_new(view.columns, sizeof *view.codes, err);
    if (view.codes) view.values = rv_array_new(view.columns, sizeof *view.values, err);
    if (view.values) view.points = rv_array_new(view.columns, sizeof *view.points, err);
    if (view.points) view.bins = rv_array_new(view.columns, sizeof *view.bins, err);
    if (view.bins) status = rv_parallel(threads, view.columns, view_column, &(viewing){profile, frame, &view}, err);
    if (status == RV_OK) *out = view;
    else rv_profile_view_reset(&view);
    return status;
}

/* --- Scoring ----------------------------------------------------------------------------------------------------- */

typedef struct scoring {
    const rv_profile_view *view;
    int32_t base;
    uint64_t rows;
    int32_t *scores;
} scoring;

void rv_profile_add_column(const rv_profile_view *view, uint32_t column, uint64_t begin, size_t n, int32_t *sums) {
    rv_codes codes = view->codes[column];
    if (codes.narrow) rv_points_add_narrow(view->points[column], view->values[column], codes.narrow + begin, n, sums);
    else rv_points_add(view->points[column], codes.wide + begin, n, sums);
}

enum { STEP = 1024 }; /* rows whose bins are at hand */

static void bins_of(const rv_profile_view *view, uint32_t column, uint64_t begin, size_t n, uint8_t *out) {
    rv_codes codes = view->codes[column];
    const uint8_t *bins = view->bins[column];
    if (codes.narrow)
        for (size_t i = 0; i < n; i++) out[i] = bins[codes.narrow[begin + i]];
    else
        for (size_t i = 0; i < n; i++) out[i] = bins[codes.wide[begin + i]];
}

void rv_profile_add_pair(const rv_profile_view *view, uint32_t pair, uint64_t begin, size_t n, int32_t *sums) {
    const rv_pair_points *p = &view->pair[pair];
    uint8_t a[STEP], b[STEP];
    for (size_t at = 0; at < n; at += STEP) {
        size_t some = n - at < STEP ? n - at : STEP;
        bins_of(view, p->a, begin + at, some, a);
        bins_of(view, p->b, begin + at, some, b);
        rv_points_add_pair(p->points, p->width, a, b, some, sums + at);
    }
}

static rv_status score_range(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    const scoring *s = ctx;
    size_t begin = index * RANGE, n = s->rows - begin < RANGE ? (size_t)(s->rows - begin) : RANGE;
    int32_t *sums = s->scores + begin;
    for (size_t i = 0; i < n; i++) sums[i] = s->base;
    for (uint32_t c = 0; c < s->view->columns; c++) rv_profile_add_column(s->view, c, begin, n, sums);
    for (uint32_t k = 0; k < s->view->pairs; k++) rv_profile_add_pair(s->view, k, begin, n, sums);
    return RV_OK;
}

rv_status rv_profile_score(const rv_profile *profile, const rv_profile_view *view, uint64_t rows, int threads,
                           int32_t *scores, rv_error *err) {
    scoring s = {view, profile->base, rows, scores};
    return rv_parallel(threads, (size_t)((rows + RANGE - 1) / RANGE), score_range, &s, err);
}
