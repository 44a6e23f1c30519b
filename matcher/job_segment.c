/* The segment command: checks, computes, writes. */
#include "file.h"
#include "lifecycle.h"

static rv_status check_options(const rv_segment_options *options, const rv_settings *settings, rv_error *err) {
    const char *input = options->per_client ? options->per_client : options->transactions.path;
    if (!input || (!options->out && !settings->dry_run)) {
        rv_fail(err, RV_BAD_ARGUMENT, "segment needs transactions and a place for the result");
        rv_error_hint(err, "reveil segment --transactions orders.csv --as-of 2026-11-21 --out segments.csv");
        return RV_BAD_ARGUMENT;
    }
    if (options->per_client && options->transactions.path)
        return rv_fail(err, RV_BAD_ARGUMENT, "--transactions and --per-client are two ways to say the same: give one");
    const char *const outputs[] = {options->out, settings->rejects};
    for (unsigned i = 0; i < 2; i++) {
        RV_TRY(rv_file_check_distinct(input, outputs[i], err));
        RV_TRY(rv_file_check_distinct(options->previous, outputs[i], err));
    }
    return rv_file_check_distinct(options->out, settings->rejects, err);
}

rv_status rv_segment(const rv_segment_options *options, const rv_settings *settings, rv_report *report, rv_error *err) {
    RV_TRY(check_options(options, settings, err));
    rv_summary summary;
    rv_summary_begin(&summary, "segment");
    rv_summary_speak(&summary, settings);
    rv_lifecycle life = {0};
    rv_status status = rv_lifecycle_compute(options, settings, &life, &summary, err);
    if (status == RV_OK && !settings->dry_run) {
        double since = rv_clock_seconds();
        status = rv_lifecycle_write(&life, options, settings, err);
        rv_summary_timing(&summary, "segment_write", since);
    }
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    rv_lifecycle_reset(&life);
    rv_summary_reset(&summary);
    return status;
}
