/*
 * The order matters for whoever waits: what can be refused is refused before anything is learned (outputs that exist,
 * too few seeds, a damaged profile), and nothing is published until everything is written.
 */
#include "score.h"

#include "drift.h"
#include "file.h"
#include "gates.h"
#include "learn.h"
#include "messages.h"
#include "parallel.h"
#include "profile_file.h"
#include "quality_file.h"
#include "repeats.h"
#include "score_write.h"
#include <math.h>

typedef struct job {
    const rv_frame *frame;
    const uint8_t *labels;
    const rv_score_options *options;
    const rv_settings *settings;
    rv_summary *summary;
    int threads;
    bool learned;
    rv_profile profile;
    rv_quality quality;
    rv_profile_view view;
    rv_drift_sheet drift;      /* with a profile learned before: since then; else: of the last quarter of the file */
    rv_profile previous;       /* with options->previous */
    rv_drift_sheet since_last; /* of its attributes that the table has */
    uint64_t repeated, seeds_elsewhere, without_id; /* rows: look_for_repeats */
    int32_t *scores;
    uint32_t *ranks;
    uint64_t scored;
    rv_table_out *out;
    rv_output *quality_out, *profile_out;
} job;

/* --- What can be refused ----------------------------------------------------------------------------------------- */

static const char *active_of(const job *j) { return j->options->active ? j->options->active : "the target"; }

static rv_status check_seeds(const job *j, rv_error *err) {
    uint32_t least = j->options->min_seeds ? j->options->min_seeds : (uint32_t)RV_MIN_SEEDS;
    uint64_t seeds = 0;
    for (uint64_t r = 0; r < j->frame->rows; r++) seeds += j->labels[r] == RV_SEED;
    if (least < RV_MIN_SEEDS_FLOOR) {
        rv_fail(err, RV_REFUSED, "--min-seeds %u: a profile of fewer than %d people would tell of persons", least,
                RV_MIN_SEEDS_FLOOR);
        rv_error_hint(err, "--min-seeds %d is the least", RV_MIN_SEEDS_FLOOR);
        return RV_REFUSED;
    }
    if (seeds == 0) {
        rv_fail(err, RV_BAD_INPUT, "no row is active: none of %llu has %s", (unsigned long long)j->frame->rows,
                active_of(j));
        rv_error_hint(err, "--active COLUMN=VALUE names the rows to learn from; case and accents count");
        return rv_error_at(err, j->options->in.path, 0, 0);
    }
    if (seeds < least) {
        rv_fail(err, RV_REFUSED, "%llu seeds (%s); a profile needs %u", (unsigned long long)seeds, active_of(j), least);
        if (seeds >= RV_MIN_SEEDS_FLOOR)
            rv_error_hint(err, "--min-seeds %llu accepts them; fewer than %d are never enough",
                          (unsigned long long)seeds, RV_MIN_SEEDS_FLOOR);
        else
            rv_error_hint(err, "--min-seeds can go down to %d, no further: gather more active clients",
                          RV_MIN_SEEDS_FLOOR);
        return RV_REFUSED;
    }
    uint64_t others = j->frame->rows - seeds;
    if (others > 0 && others < RV_MIN_SEEDS_FLOOR) {
        rv_fail(err, RV_REFUSED, "%llu people to tell the seeds from; a profile needs %d", (unsigned long long)others,
                RV_MIN_SEEDS_FLOOR);
        rv_error_hint(err, "add clients who aren't active: fewer than %d would be told of as persons",
                      RV_MIN_SEEDS_FLOOR);
        return RV_REFUSED;
    }
    if (seeds == j->frame->rows) {
        rv_fail(err, RV_BAD_INPUT, "every row has %s: there is nobody to tell the seeds from, and nobody to score",
                active_of(j));
        return rv_error_at(err, j->options->in.path, 0, 0);
    }
    return RV_OK;
}

/* A misspelt name would leave its attribute out in silence. */
static rv_status check_attributes(const job *j, const char *option, const char *const *named, size_t n, rv_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (rv_frame_find(j->frame, named[i])) continue;
        const char **names = rv_array_new((size_t)j->frame->columns + 1, sizeof *names, err);
        if (!names) return RV_NO_MEMORY;
        for (uint32_t c = 0; c < j->frame->columns; c++) names[c] = j->frame->column[c].name;
        const char *near = rv_nearest_word(named[i], names);
        rv_fail(err, RV_BAD_ARGUMENT, "%s: there is no attribute '%s'", option, named[i]);
        if (near) rv_error_hint(err, "did you mean '%s'?", near);
        rv_free(names);
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

static rv_status check_options(const job *j, rv_error *err) {
    const rv_score_options *o = j->options;
    if (o->profile && o->profile_out)
        return rv_fail(err, RV_BAD_ARGUMENT, "--profile uses a profile and --profile-out learns one: only one of them");
    if (!o->profile && !j->labels)
        return rv_fail(err, RV_BAD_ARGUMENT, "--active COLUMN=VALUE or --profile P.json is needed");
    if (o->reasons > RV_REASONS_MAX)
        return rv_fail(err, RV_BAD_ARGUMENT, "--reasons %u: %d are the most", o->reasons, RV_REASONS_MAX);
    if (j->frame->rows == 0) {
        rv_fail(err, RV_BAD_INPUT, "the table has no rows");
        return rv_error_at(err, o->in.path, 0, 0);
    }
    if (o->profile && o->previous)
        return rv_fail(
            err, RV_BAD_ARGUMENT,
            "--profile is compared with its own learning, --previous with a profile learned now: only one of them");
    if (o->profile && o->n_monotone)
        return rv_fail(err, RV_BAD_ARGUMENT, "--monotone is for learning, and --profile has been learned before");
    RV_TRY(check_attributes(j, "--use-sensitive", o->use_sensitive, o->n_use_sensitive, err));
    RV_TRY(check_attributes(j, "--monotone", o->monotone, o->n_monotone, err));
    const char *outputs[] = {o->out, o->quality_out, o->profile_out};
    for (size_t i = 0; i < 3; i++) {
        RV_TRY(rv_file_check_distinct(o->in.path, outputs[i], err));
        RV_TRY(rv_file_check_distinct(o->profile, outputs[i], err));
        RV_TRY(rv_file_check_distinct(o->previous, outputs[i], err));
        for (size_t k = 0; k < i; k++)
            if (outputs[i] && outputs[k] && strcmp(outputs[i], outputs[k]) == 0)
                return rv_fail(err, RV_BAD_ARGUMENT, "two outputs are called '%s'", outputs[i]);
    }
    return o->profile ? RV_OK : check_seeds(j, err);
}

/* A client in several rows is scored in each: rows in are rows out, and which row is the right one isn't ours to say. But one
 * who is a seed in another row is awake already. */
static rv_status look_for_repeats(job *j, rv_error *err) {
    rv_repeats repeats;
    const rv_dictionary *ids = &j->frame->ids;
    RV_TRY(rv_repeats_find(ids->bytes, ids->starts, (uint32_t)j->frame->rows, j->threads, &repeats, err));
    j->repeated = repeats.n;
    j->without_id = repeats.empty;
    for (size_t begin = 0, end; begin < repeats.n && j->labels; begin = end) {
        bool seed = j->labels[repeats.at[begin].first] == RV_SEED;
        uint64_t others = !seed;
        for (end = begin; end < repeats.n && repeats.at[end].first == repeats.at[begin].first; end++) {
            bool again = j->labels[repeats.at[end].row] == RV_SEED;
            seed |= again;
            others += !again;
        }
        if (seed) j->seeds_elsewhere += others;
    }
    rv_repeats_reset(&repeats);
    if (j->repeated)
        rv_warn(j->settings, "%llu rows have the id of an earlier row: each row is scored by itself",
                (unsigned long long)j->repeated);
    if (j->seeds_elsewhere)
        rv_warn(j->settings, "%llu rows that are scored have the id of a seed: these clients are among the active ones",
                (unsigned long long)j->seeds_elsewhere);
    if (j->without_id && j->without_id < j->frame->rows)
        rv_warn(j->settings, "%llu rows have no id", (unsigned long long)j->without_id);
    return RV_OK;
}

/* --- Steps ------------------------------------------------------------------------------------------------------- */

static rv_status open_outputs(job *j, rv_error *err) {
    const rv_score_options *o = j->options;
    bool replace = j->settings->force;
    if (j->settings->dry_run) return RV_OK;
    if (o->out) RV_TRY(rv_table_out_open(o->out, replace, &j->out, err));
    rv_table_out_for_people(j->out, j->settings, 1, 15); /* score, probability, rank, decile */
    if (o->quality_out) RV_TRY(rv_output_open(o->quality_out, replace, &j->quality_out, err));
    if (o->profile_out) RV_TRY(rv_output_open(o->profile_out, replace, &j->profile_out, err));
    return RV_OK;
}

static rv_status get_profile(job *j, rv_error *err) {
    const rv_score_options *o = j->options;
    double since = rv_clock_seconds();
    if (o->profile) return rv_profile_read(o->profile, &j->profile, err);
    if (o->previous) RV_TRY(rv_profile_read(o->previous, &j->previous, err));
    rv_learn_options learn = {.method = o->method,
                              .use_sensitive = o->use_sensitive,
                              .n_use_sensitive = o->n_use_sensitive,
                              .monotone = o->monotone,
                              .n_monotone = o->n_monotone,
                              .seed = j->settings->seed,
                              .threads = j->threads};
    rv_status status = rv_learn(j->frame, j->labels, &learn, &j->profile, &j->quality, err);
    if (status == RV_BAD_INPUT && err && !err->file[0]) rv_error_at(err, o->in.path, 0, 0);
    if (status != RV_OK) return status;
    j->learned = true;
    rv_summary_timing(j->summary, "learn", since);
    return RV_OK;
}

/* A profile learned before goes with a warning where the world has moved on, and without its probability where that matters. */
static rv_status look_for_drift(job *j, rv_error *err) {
    rv_calibration *calibration = &j->profile.calibration;
    char why[sizeof calibration->withheld];
    RV_TRY(rv_drift_since(&j->profile, &j->view, j->scores, j->frame->rows, j->threads, &j->drift, err));
    if (calibration->n == 0 || !rv_drift_forbids(&j->drift, &j->profile, why, sizeof why)) return RV_OK;
    calibration->n = 0;
    memcpy(calibration->withheld, why, sizeof why);
    return RV_OK;
}

/* The profile of the last run against this one's people: only attributes that are still there can be compared. */
static rv_status compare_with_previous(job *j, rv_error *err) {
    rv_profile *before = &j->previous;
    rv_profile_view view;
    uint32_t n = 0;
    for (uint32_t c = 0; c < before->columns; c++) {
        if (!rv_frame_find(j->frame, before->column[c].name)) continue;
        rv_profile_column moved = before->column[n]; /* the others go behind, and are given back with the profile */
        before->column[n++] = before->column[c];
        before->column[c] = moved;
    }
    rv_profile known = *before;
    known.columns = n;
    known.pairs = 0; /* they name columns by number */
    if (!n) {
        rv_warn(j->settings, "%s: none of that profile's attributes is here: nothing can be compared", j->options->previous);
        return RV_OK;
    }
    RV_TRY(rv_profile_view_make(&known, j->frame, j->threads, j->options->in.path, &view, err));
    rv_status status = rv_drift_since(&known, &view, j->scores, j->frame->rows, j->threads, &j->since_last, err);
    rv_profile_view_reset(&view);
    return status;
}

static rv_status look_at_learned(job *j, rv_error *err) {
    if (j->quality.late_begin)
        RV_TRY(
            rv_drift_within(&j->profile, &j->view, j->quality.late_begin, j->frame->rows, j->threads, &j->drift, err));
    return j->options->previous ? compare_with_previous(j, err) : RV_OK;
}

static rv_status score_rows(job *j, rv_error *err) {
    double since = rv_clock_seconds();
    uint64_t rows = j->frame->rows;
    RV_TRY(rv_profile_view_make(&j->profile, j->frame, j->threads, j->options->in.path, &j->view, err));
    if (!(j->scores = rv_array_new(rows, sizeof *j->scores, err))) return RV_NO_MEMORY;
    if (!(j->ranks = rv_array_new(rows, sizeof *j->ranks, err))) return RV_NO_MEMORY;
    RV_TRY(rv_profile_score(&j->profile, &j->view, rows, j->threads, j->scores, err));
    RV_TRY(rv_rank_rows(j->scores, j->learned ? j->labels : NULL, RV_SEED, rows, j->ranks, &j->scored, err));
    rv_summary_timing(j->summary, "score_rows", since);
    return j->learned ? look_at_learned(j, err) : look_for_drift(j, err);
}

static rv_status write_text(rv_output *output, const rv_buffer *text, rv_error *err) {
    rv_status status = rv_buffer_check(text, err);
    return status == RV_OK ? rv_output_write(output, text->data, text->len, err) : status;
}

static rv_status write_outputs(job *j, rv_error *err) {
    double since = rv_clock_seconds();
    rv_buffer text = {0};
    rv_status status = RV_OK;
    uint32_t reasons = j->options->reasons ? j->options->reasons : (uint32_t)RV_REASONS_DEFAULT;
    rv_scored scored = {j->frame, &j->profile, &j->view, j->scores, j->ranks, j->scored, reasons};
    if (j->out) status = rv_scored_write(&scored, j->out, j->settings, err);
    if (status == RV_OK && j->quality_out) {
        if (j->learned)
            rv_quality_json(&j->quality, &j->profile, &(rv_quality_drift){&j->drift, &j->previous, &j->since_last},
                            &text);
        else rv_drift_json(&j->profile, &j->drift, &text);
        status = write_text(j->quality_out, &text, err);
    }
    if (status == RV_OK && j->profile_out) {
        text.len = 0;
        status = rv_profile_write(&j->profile, &text, err);
        if (status == RV_OK) status = write_text(j->profile_out, &text, err);
    }
    rv_buffer_free(&text);
    rv_summary_timing(j->summary, "write_scores", since);
    return status;
}

/* Publishes; each commit frees its output, whatever comes of it. */
static rv_status commit_outputs(job *j, rv_error *err) {
    rv_table_out *out = j->out;
    rv_output *quality = j->quality_out, *profile = j->profile_out;
    rv_held_outputs *held = j->settings->held;
    j->out = NULL;
    j->quality_out = j->profile_out = NULL;
    rv_status status = profile ? rv_output_finish(profile, held, err) : RV_OK;
    if (status == RV_OK && quality) {
        status = rv_output_finish(quality, held, err);
        quality = NULL;
    }
    if (status == RV_OK && out) {
        status = rv_table_out_finish(out, held, err);
        out = NULL;
    }
    if (status != RV_OK) {
        rv_output_abort(quality);
        rv_table_out_abort(out);
    }
    return status;
}

/* --- The summary ------------------------------------------------------------------------------------------------- */

static void warn_line(void *ctx, const char *text) { rv_warn(*(const rv_settings **)ctx, "%s", text); }

static void summarise_learned(const job *j, rv_json *json) {
    const rv_quality *q = &j->quality;
    rv_json_put_unsigned(json, "seeds", q->seeds);
    rv_json_put_unsigned(json, "non_seeds", q->non_seeds);
    rv_json_put_unsigned(json, "unlabelled", q->unlabelled);
    rv_json_put_number(json, "auc", q->auc);
    rv_json_put_number(json, "auc_low", q->auc - 1.96 * q->standard_error);
    rv_json_put_number(json, "auc_high", q->auc + 1.96 * q->standard_error);
    rv_json_put_number(json, "ks", q->ks);
    rv_json_put_number(json, "lift_10", rv_quality_lift(q, 1));
    rv_json_key(json, "methods");
    rv_json_object(json);
    for (unsigned m = 0; m < q->n_methods; m++)
        if (q->method[m].tried) rv_json_put_number(json, q->method[m].method->name, q->method[m].auc);
    rv_json_end(json, '}');
    rv_json_key(json, "left_out");
    rv_json_object(json);
    for (uint32_t c = 0; c < q->columns; c++)
        if (q->attribute[c].left_out != RV_USED)
            rv_json_put_string(json, q->attribute[c].name, rv_left_out_reason(q->attribute[c].left_out));
    rv_json_end(json, '}');
    rv_quality_text(q, &j->profile, &j->summary->text);
    const rv_settings *settings = j->settings;
    rv_quality_warnings(q, &j->profile, warn_line, &settings);
    rv_drift_warnings(&j->drift, &j->profile, "in the last quarter of the file", warn_line, &settings);
    rv_drift_warnings(&j->since_last, &j->previous, "since the last run", warn_line, &settings);
}

static void summarise_applied(const job *j, rv_json *json) {
    unsigned alarms = 0;
    rv_json_key(json, "drift");
    rv_json_object(json);
    for (uint32_t c = 0; c < j->profile.columns; c++) {
        const rv_drift *d = &j->drift.column[c];
        rv_json_put_number(json, j->profile.column[c].name, d->stability);
        alarms += rv_drift_alarms(d);
    }
    const rv_settings *settings = j->settings;
    rv_drift_warnings(&j->drift, &j->profile, "since the profile was learned", warn_line, &settings);
    rv_json_end(json, '}');
    rv_json_put_number(json, "average_score", round(j->drift.average));
    rv_json_put_number(json, "deviation_of_scores", round(j->drift.deviation));
    rv_json_put_unsigned(json, "drift_alarms", alarms);
    if (!j->profile.calibration.n) rv_warn(j->settings, "no probability: %s", j->profile.calibration.withheld);
    rv_tell(&j->summary->text, "profile: %s, method %s, %u attributes, drift alarms %u\n", j->options->profile,
            j->profile.method, j->profile.columns, alarms);
}

static void summarise(const job *j) {
    rv_json *json = &j->summary->json;
    rv_json_key(json, "score");
    rv_json_object(json);
    rv_json_put_string(json, "method", j->profile.method);
    rv_json_put_unsigned(json, "attributes", j->profile.columns);
    rv_json_put_unsigned(json, "scored", j->scored);
    rv_json_put_unsigned(json, "best_tenth", (j->scored + 9) / 10);
    rv_json_put_unsigned(json, "repeated_ids", j->repeated);
    if (j->labels) rv_json_put_unsigned(json, "repeated_seeds", j->seeds_elsewhere);
    rv_json_put_string(json, "probability", j->profile.calibration.n ? "given" : "withheld");
    if (!j->profile.calibration.n) rv_json_put_string(json, "withheld_because", j->profile.calibration.withheld);
    if (j->learned) summarise_learned(j, json);
    else summarise_applied(j, json);
    rv_json_end(json, '}');
    rv_tell(&j->summary->text, "scored: %llu people, best tenth %llu\n", (unsigned long long)j->scored,
            (unsigned long long)((j->scored + 9) / 10));
}

static void job_reset(job *j) {
    rv_profile_reset(&j->profile);
    rv_quality_reset(&j->quality);
    rv_profile_view_reset(&j->view);
    rv_drift_sheet_reset(&j->drift);
    rv_drift_sheet_reset(&j->since_last);
    rv_profile_reset(&j->previous);
    rv_free(j->scores);
    rv_free(j->ranks);
    rv_table_out_abort(j->out);
    rv_output_abort(j->quality_out);
    rv_output_abort(j->profile_out);
}

rv_status rv_score_frame(const rv_frame *frame, const uint8_t *labels, const rv_score_options *options,
                         const rv_settings *settings, rv_summary *summary, rv_error *err) {
    static const rv_settings defaults;
    job j = {.frame = frame,
             .labels = labels,
             .options = options,
             .settings = settings ? settings : &defaults,
             .summary = summary};
    j.threads = rv_threads(j.settings);
    rv_status status = check_options(&j, err);
    if (status == RV_OK) status = look_for_repeats(&j, err);
    if (status == RV_OK) status = open_outputs(&j, err);
    if (status == RV_OK) status = get_profile(&j, err);
    if (status == RV_OK && j.learned) status = rv_gates_check(j.settings, "auc", j.quality.auc, err);
    if (status == RV_OK) status = rv_check_cancel(j.settings, err);
    if (status == RV_OK) status = score_rows(&j, err);
    if (status == RV_OK) status = write_outputs(&j, err);
    if (status == RV_OK) status = commit_outputs(&j, err);
    if (status == RV_OK) summarise(&j);
    job_reset(&j);
    return status;
}
