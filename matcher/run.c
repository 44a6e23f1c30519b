/*
 * The whole chain in one process: the base is opened once, each client file is read once. While its enriched rows are
 * written they also become a frame of codes (run_feed.h), which the profile learns from and the scores are made of.
 * Transactions are segmented beside it (run_segment.h): the states are the labels.
 */
#include "job_settings.h"

#include "enrich.h"
#include "file.h"
#include "gates.h"
#include "messages.h"
#include "parallel.h"
#include "run_feed.h"
#include "run_predict.h"
#include "run_segment.h"
#include "score.h"

#include <stdio.h>
#include <string.h>

/* --- Before the work --------------------------------------------------------------------------------------------- */

static rv_status check_output(const rv_job_description *job, const char *path, bool force, rv_error *err) {
    if (!path || strcmp(path, "-") == 0) return RV_OK;
    const char *inputs[] = {job->path, job->megabase, job->transactions.path, job->profile,      job->build_schema,
                            job->previous,  job->previous_profile};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) RV_TRY(rv_file_check_distinct(inputs[i], path, err));
    for (size_t i = 0; i < job->n_clients; i++) RV_TRY(rv_file_check_distinct(job->clients[i].path, path, err));
    if (!force && rv_output_replaces(path)) {
        rv_fail(err, RV_BAD_ARGUMENT, "the output exists already and is kept");
        rv_error_at(err, path, 0, 0);
        rv_error_hint(err, "to replace the outputs of the job, add --force");
        return RV_BAD_ARGUMENT;
    }
    return rv_output_check_folder(path, err);
}

/* Found out now rather than after the work. Two outputs under one name would lose one of them. */
static rv_status check_outputs(rv_job_description *job, const rv_settings *settings, rv_error *err) {
    const char *paths[7] = {job->out.enriched, job->out.segments, job->out.scores, job->out.rejects,
                            job->out.profile,  job->out.quality,  job->out.summary};
    for (int i = 0; i < 7; i++) {
        for (int j = 0; paths[i] && j < i; j++) {
            if (!paths[j] || !rv_file_one_place(paths[i], paths[j])) continue;
            rv_fail(err, RV_BAD_ARGUMENT, "two outputs of the job have the same name");
            rv_error_at(err, paths[i], 0, 0);
            return RV_BAD_ARGUMENT;
        }
        bool one = i == 1 || i == 6, force = settings->force || (i == 6 && paths[i] && rv_may_take_summary(paths[i]));
        for (size_t c = 0; c < job->n_clients; c++)
            RV_TRY(check_output(job, one ? paths[i] : rv_job_output_for(job, paths[i], job->clients[c].path), force,
                                err));
    }
    return RV_OK;
}

static rv_status build_if_missing(const rv_job_description *job, const rv_settings *settings, rv_summary *summary,
                                  rv_error *err) {
    if (!job->build_schema || rv_file_exists(job->megabase)) return RV_OK;
    double since = rv_clock_seconds();
    rv_build_options o = {.schema = job->build_schema,
                          .sources = job->build_sources.n ? job->build_sources.words : NULL,
                          .n_sources = job->build_sources.n,
                          .out = job->megabase,
                          .layout =
                              job->build_layout && strcmp(job->build_layout, "archive") == 0 ? RV_ARCHIVE : RV_IMAGE};
    rv_settings own = *settings;
    own.rejects = NULL; /* the job's reject file is the clients'; `reveil build --rejects` tells about sources */
    own.held = NULL;    /* the next steps read the megabase; a job run again needn't build it again */
    rv_report report = {0};
    rv_status status = rv_build(&o, &own, &report, err);
    if (status == RV_OK) {
        rv_buffer_string(&summary->text, report.text ? report.text : "");
        rv_buffer_byte(&summary->text, '\n');
        rv_summary_timing(summary, "build", since);
    }
    rv_report_reset(&report);
    return status;
}

/* --- One client file --------------------------------------------------------------------------------------------- */

/* The transactions have been segmented by now, or are waited for: whatever the enriching came to, their failure goes first. */
static rv_status score(rv_job_description *job, const char *client, rv_run_feed *feed, rv_run_segment *segment,
                       const rv_settings *settings, rv_summary *summary, rv_error *err) {
    rv_frame frame = {0};
    const uint8_t *labels = NULL;
    double since = rv_clock_seconds();
    rv_status status = rv_run_feed_finish(feed, segment ? rv_run_segment_life(segment) : NULL, rv_threads(settings),
                                          &frame, &labels, err);
    if (status != RV_OK) return status == RV_BAD_INPUT ? rv_error_at(err, client, 0, 0) : status;
    rv_score_options o = {.active = job->active,
                          .profile = job->profile,
                          .method = job->method,
                          .min_seeds = (uint32_t)job->min_seeds,
                          .reasons = (uint32_t)job->reasons,
                          .use_sensitive = job->use_sensitive.words,
                          .n_use_sensitive = job->use_sensitive.n,
                          .monotone = job->monotone.words,
                          .n_monotone = job->monotone.n,
                          .previous = job->previous_profile,
                          .out = rv_job_output_for(job, job->out.scores, client),
                          .quality_out = rv_job_output_for(job, job->out.quality, client),
                          .profile_out = rv_job_output_for(job, job->out.profile, client)};
    rv_summary_timing(summary, "frame", since);
    status = rv_score_frame(&frame, job->profile ? NULL : labels, &o, settings, summary, err);
    if (status == RV_OK) rv_summary_timing(summary, "score", since);
    rv_frame_reset(&frame);
    return status;
}

static rv_status enrich_and_score(rv_job_description *job, size_t client, rv_megabase *megabase,
                                  rv_run_segment *segment, const rv_settings *settings, rv_summary *summary,
                                  rv_error *err) {
    const char *path = job->clients[client].path;
    bool scoring = (job->active || job->profile) && !settings->dry_run;
    rv_enrich_options o;
    rv_run_feed feed;
    rv_job_enrich_options(job, client, &o);
    RV_TRY(rv_run_feed_begin(&feed, job, segment != NULL, err));
    rv_settings own = *settings;
    own.rejects = rv_job_output_for(job, settings->rejects, path);
    if (segment) own.failed = rv_run_segment_failed(segment);
    const rv_enrich_sink sink = rv_run_feed_sink(&feed);
    double since = rv_clock_seconds();
    rv_error enriching = {0};
    rv_status status = rv_enrich_file(megabase, &o, &own, scoring ? &sink : NULL, summary, &enriching);
    rv_summary_timing(summary, "enrich", since);
    rv_status other = segment ? rv_run_segment_wait(segment, err) : RV_OK;
    if (other != RV_OK) status = other;
    else if (status != RV_OK && err) *err = enriching;
    if (status == RV_OK && scoring) status = score(job, path, &feed, segment, settings, summary, err);
    rv_run_feed_reset(&feed);
    return status;
}

static rv_status run_client_file(rv_job_description *job, size_t client, rv_megabase *megabase, rv_run_segment *segment,
                                 const rv_settings *settings, rv_summary *summary, rv_error *err) {
    rv_json_object(&summary->json);
    rv_json_put_string(&summary->json, "file", job->clients[client].path);
    rv_status status = enrich_and_score(job, client, megabase, segment, settings, summary, err);
    rv_json_end(&summary->json, '}');
    return status;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static void list_outputs(const rv_job_description *job, rv_buffer *text) {
    struct {
        const char *what, *path;
    } outs[] = {{"enriched", job->out.enriched}, {"segments", job->out.segments}, {"scores", job->out.scores},
                {"profile", job->out.profile},   {"quality", job->out.quality},   {"rejects", job->out.rejects},
                {"summary", job->out.summary}};
    rv_tell(text, "\noutputs\n");
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++)
        if (outs[i].path) {
            rv_buffer_string(text, "  ");
            rv_tell_padded(text, outs[i].what, 12);
            rv_buffer_format(text, " %s\n", outs[i].path);
        }
    if (job->n_clients > 1) rv_tell(text, "  (one each per client file, named after it)\n");
}

static rv_status run_all(rv_job_description *job, const rv_settings *settings, rv_summary *summary, rv_error *err) {
    static const char *const measures[] = {"match_rate", "auc", NULL}, *const without_score[] = {"match_rate", NULL};
    RV_TRY(rv_gates_validate(settings, job->active ? measures : without_score, err));
    RV_TRY(check_outputs(job, settings, err));
    RV_TRY(build_if_missing(job, settings, summary, err));
    rv_run_segment *segment = NULL;
    rv_megabase *megabase = NULL;
    rv_status status;
    rv_summary *files = rv_new(sizeof *files, err);
    if (!files) return RV_NO_MEMORY;
    double since = rv_clock_seconds();
    status = rv_megabase_open(job->megabase, &megabase, err);
    if (status == RV_OK) rv_summary_megabase(summary, job->megabase, megabase);
    if (status == RV_OK && settings->dry_run)
        status = rv_predict_run(job, megabase, settings, rv_clock_seconds() - since, summary, err);
    if (status == RV_OK && job->transactions.path) status = rv_run_segment_begin(job, settings, summary, &segment, err);
    if (status == RV_OK) {
        rv_summary_begin(files, "run");
        rv_summary_speak(files, settings);
        rv_json_key(&files->json, "files");
        rv_json_array(&files->json);
        for (size_t i = 0; i < job->n_clients && status == RV_OK; i++)
            status = run_client_file(job, i, megabase, segment, settings, files, err);
        rv_json_end(&files->json, ']');
        rv_summary_join(summary, files);
        rv_summary_reset(files);
    }
    rv_free(files);
    rv_megabase_close(megabase);
    rv_run_segment_free(segment);
    return status;
}

static rv_status write_summary(const char *path, const rv_report *report, const rv_settings *settings, rv_error *err) {
    rv_output *out = NULL;
    RV_TRY(rv_output_open(path, settings->force || rv_may_take_summary(path), &out, err));
    rv_status status = rv_output_write(out, report->json, strlen(report->json), err);
    if (status == RV_OK) status = rv_output_write(out, "\n", 1, err);
    if (status != RV_OK) {
        rv_output_abort(out);
        return status;
    }
    return rv_output_finish(out, settings->held, err);
}

rv_status rv_run_summary_path(const rv_run_options *o, rv_report *report, rv_error *err) {
    rv_job_description job;
    rv_buffer path = {0};
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    if (job.out.summary) rv_buffer_string(&path, job.out.summary);
    char *text = job.out.summary ? rv_buffer_take(&path, err) : NULL;
    rv_status status = job.out.summary && !text ? RV_NO_MEMORY : RV_OK;
    rv_report_give(report, NULL, text);
    rv_job_reset(&job);
    return status;
}

rv_status rv_run_job(const rv_run_options *o, const rv_settings *given, rv_report *report, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    rv_settings settings;
    rv_summary summary;
    rv_summary_begin(&summary, "run");
    rv_summary_speak(&summary, given);
    rv_report own = {0}; /* out.summary is the report's */
    if (!report) report = &own;
    rv_held_outputs held = {0}; /* a gate missed by the last step must leave nothing of the first */
    rv_job_settings(&job, given, &settings);
    settings.held = &held;
    rv_status status = run_all(&job, &settings, &summary, err);
    if (status == RV_OK && !settings.dry_run) list_outputs(&job, &summary.text);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    if (status == RV_OK && job.out.summary && !settings.dry_run)
        status = write_summary(job.out.summary, report, &settings, err);
    if (status == RV_OK) status = rv_held_publish(&held, err);
    if (status != RV_OK) rv_summary_unfinished(&summary, report);
    rv_held_abort(&held);
    rv_report_reset(&own);
    rv_summary_reset(&summary);
    rv_job_reset(&job);
    return status;
}
