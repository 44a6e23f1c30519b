/*
 * The job `score`: a table in, one score per row out. Who is a seed is read from one column of the table; that column
 * is kept out of the profile by name, whatever it holds.
 */
#include "score.h"
#include "gates.h"
#include "target.h"

#include "parallel.h"
#include "together.h"

/* --active COLUMN=VALUE, cut at the first '='. */
static rv_status split_active(const char *active, char column[128], rv_text *value, rv_error *err) {
    const char *equals = strchr(active, '=');
    rv_text name = equals ? rv_text_trim(rv_text_make(active, (size_t)(equals - active))) : (rv_text){0};
    if (!equals || name.len == 0 || name.len > 127) {
        rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "--active '%s' isn't COLUMN=VALUE", active);
        rv_error_hint(err, "--active state=active");
        return status;
    }
    memcpy(column, name.ptr, name.len);
    column[name.len] = 0;
    *value = rv_text_trim(rv_text_of(equals + 1));
    return value->len ? RV_OK
                      : rv_fail(err, RV_BAD_ARGUMENT,
                                "--active '%s': the value is empty; empty rows are the unlabelled", active);
}

/* Labels by code, and out of the profile. */
static rv_status label_rows(rv_frame *frame, const char *name, rv_text value, uint8_t **out, rv_error *err) {
    rv_frame_column *column = NULL;
    for (uint32_t c = 0; c < frame->columns; c++)
        if (strcmp(frame->column[c].name, name) == 0) column = &frame->column[c];
    uint8_t *labels = rv_array_new(frame->rows, 1, err);
    if (!labels) return RV_NO_MEMORY;
    uint32_t seed = 0;
    for (uint32_t code = 1; code <= column->dictionary.n; code++)
        if (rv_text_equal(rv_dictionary_value(&column->dictionary, code), value)) seed = code;
    for (uint64_t r = 0; r < frame->rows; r++) {
        uint32_t code = rv_code_at(column->codes, r);
        labels[r] = code == 0 ? RV_UNLABELLED : code == seed ? RV_SEED : RV_NON_SEED;
    }
    column->scored = false;
    rv_target_mark_names(frame, frame->columns, name);
    *out = labels;
    return RV_OK;
}

static rv_status run(const rv_score_options *options, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    rv_frame frame = {0};
    uint8_t *labels = NULL;
    char column[128];
    rv_text value = {0};
    if (!options->in.path) return rv_fail(err, RV_BAD_ARGUMENT, "--in is needed");
    if (!options->out && !options->quality_out && !options->profile_out)
        return rv_fail(err, RV_BAD_ARGUMENT, "--out is needed");
    if (!options->active == !options->profile)
        return rv_fail(err, RV_BAD_ARGUMENT,
                       options->active ? "--active learns a profile and --profile uses one: only one of them"
                                       : "--active COLUMN=VALUE or --profile P.json is needed");
    if (options->active) RV_TRY(split_active(options->active, column, &value, err));
    double since = rv_clock_seconds();
    RV_TRY(rv_frame_read(&options->in, options->active ? column : NULL, settings, &frame, summary, err));
    rv_summary_timing(summary, "read", since);
    summary->rows_out = frame.rows;
    rv_status status = RV_OK;
    if (options->active) status = label_rows(&frame, column, value, &labels, err);
    if (status == RV_OK) status = rv_score_frame(&frame, labels, options, settings, summary, err);
    rv_free(labels);
    rv_frame_reset(&frame);
    return status;
}

rv_status rv_score(const rv_score_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    static const char *const measures[] = {"auc", NULL};
    rv_together together;
    settings = rv_together_begin(&together, settings);
    RV_TRY(rv_gates_validate(settings, options->active ? measures : measures + 1, err));
    rv_summary summary;
    rv_summary_begin(&summary, "score");
    rv_summary_speak(&summary, settings);
    rv_status status = run(options, settings, &summary, err);
    if (status == RV_OK && report) status = rv_summary_finish(&summary, report, err);
    status = rv_together_end(&together, status, err);
    if (status != RV_OK && report) rv_summary_unfinished(&summary, report);
    rv_summary_reset(&summary);
    return status;
}
