/*
 * The clients' samples are coded into a frame, as the job will do; the frame is scored, with labels dealt out by turns since
 * what a profile says doesn't matter for the time it takes. Samples of the orders go through the whole segmenting.
 *
 * Orders and scores cost something once and so much a byte and a row: both are measured on two sizes, since what is once
 * paid would count twenty or fifty times otherwise. Their lines are made and thrown away as well. Only methods that fit stop
 * growing, at RV_FIT_SIDE rows of either side; they are taken by the clock, since not all of their threads work always.
 * Enriching and segmenting share the cores, so what they cost on them adds up.
 */
#include "run_predict.h"

#include "file_samples.h"
#include "job_settings.h"
#include "method.h"
#include "run_feed.h"
#include "run_segment.h"
#include "parallel.h"
#include "score.h"

#include <string.h>

/* Bytes a client of the orders takes beside its id, and a client takes while it is scored: frame apart. */
enum { ORDERING_BYTES = 44, SCORING_BYTES = 24 };

/* Quiet: no rejects, gates, messages, outputs. */
static rv_settings quiet(const rv_settings *settings) {
    return (rv_settings){.threads = settings->threads,
                         .tmpdir = settings->tmpdir,
                         .memory_limit = settings->memory_limit,
                         .seeded = true,
                         .max_rejects = 1,
                         .max_rejects_is_share = true,
                         .force = true, /* lines go nowhere */
                         .cancel = settings->cancel};
}

/* --- Orders ------------------------------------------------------------------------------------------------------- */

static rv_status segment_sample(const rv_job_description *job, const char *path, const rv_settings *settings,
                                double *ran, uint64_t *clients, rv_error *err) {
    rv_summary *summary = rv_new(sizeof *summary, err);
    if (!summary) return RV_NO_MEMORY;
    rv_summary_begin(summary, "segment");
    rv_segment_options options = rv_run_segment_options(job);
    options.transactions.path = path;
    options.out = options.out ? "/dev/null" : NULL;
    rv_lifecycle life = {0};
    double since = rv_core_times().ran;
    rv_status status = rv_lifecycle_compute(&options, settings, &life, summary, err);
    if (status == RV_OK && options.out) status = rv_lifecycle_write(&life, &options, settings, err);
    *ran = rv_core_times().ran - since;
    *clients = life.n;
    rv_lifecycle_reset(&life);
    rv_summary_reset(summary);
    rv_free(summary);
    return status;
}

static void add_processor(rv_prediction *p, double seconds) {
    p->processor += seconds;
    p->least += seconds;
    p->most += seconds;
}

/* Cost of `whole` from those of a small and a large part: something once, and so much for each. */
static double extrapolate(double small, double of_small, double large, double of_large, double whole) {
    double each = large > small && of_large > of_small ? (of_large - of_small) / (large - small) : of_large / large;
    double once = of_large - each * large;
    return (once > 0 ? once : 0) + each * whole;
}

/* The first sample finds no threads and no memory ready; the second is measured, and then all together. */
static rv_status predict_orders(const rv_job_description *job, const rv_settings *settings, rv_prediction *p,
                                rv_error *err) {
    rv_file_samples samples;
    double small = 0, large = 0;
    uint64_t clients = 0;
    rv_status status = rv_file_samples_take(job->transactions.path, &samples, err);
    bool several = status == RV_OK && samples.known && samples.n > 1;
    for (int i = 0; i < 2 && several && status == RV_OK; i++)
        status = segment_sample(job, samples.of[i].path, settings, &small, &clients, err);
    if (several && status == RV_OK) status = rv_file_samples_join(&samples, err);
    if (status == RV_OK && samples.known)
        status = segment_sample(job, samples.of[0].path, settings, &large, &clients, err);
    if (status == RV_OK && samples.known) {
        double bytes = (double)samples.of[0].bytes, times = samples.times;
        add_processor(p, several ? extrapolate((double)samples.of[1].bytes, small, bytes, large, bytes * times) : large);
        p->peak_bytes += (uint64_t)((double)clients * times * ORDERING_BYTES);
    }
    p->known &= samples.known;
    rv_file_samples_close(&samples);
    return status;
}

/* --- Clients and scores ------------------------------------------------------------------------------------------- */

static rv_status begin_feed(void *ctx, rv_enrich_sink *sink, rv_error *err) {
    rv_run_feed *feed = ctx;
    const rv_job_description *job = feed->job;
    rv_run_feed_reset(feed); /* of the sample before */
    RV_TRY(rv_run_feed_begin(feed, job, job->transactions.path != NULL, err));
    *sink = rv_run_feed_sink(feed);
    return RV_OK;
}

static double frame_row_bytes(const rv_frame *frame) {
    double bytes = (double)(frame->ids.starts[frame->ids.n]) / (double)frame->rows + sizeof *frame->ids.starts;
    for (uint32_t c = 0; c < frame->columns; c++) bytes += frame->column[c].codes.narrow ? 1 : sizeof(uint32_t);
    return bytes;
}

static rv_status time_scoring(const rv_job_description *job, const rv_frame *frame, const uint8_t *labels,
                              const char *method, const rv_settings *settings, double *ran, double *seconds, rv_error *err) {
    rv_score_options options = {.active = job->active,
                                .profile = job->profile,
                                .method = method,
                                .min_seeds = RV_MIN_SEEDS_FLOOR,
                                .reasons = (uint32_t)job->reasons,
                                .use_sensitive = job->use_sensitive.words,
                                .n_use_sensitive = job->use_sensitive.n,
                                .monotone = job->monotone.words,
                                .n_monotone = job->monotone.n,
                                .out = job->out.scores ? "/dev/null" : NULL};
    rv_summary *summary = rv_new(sizeof *summary, err);
    if (!summary) return RV_NO_MEMORY;
    rv_summary_begin(summary, "score");
    double since = rv_clock_seconds(), before = rv_core_times().ran;
    rv_status status = rv_score_frame(frame, job->profile ? NULL : labels, &options, settings, summary, err);
    *ran = rv_core_times().ran - before;
    *seconds = rv_clock_seconds() - since;
    rv_summary_reset(summary);
    rv_free(summary);
    return status;
}

static bool fits(const char *name) {
    const rv_method *method = name ? rv_method_find(name) : NULL;
    return !method || method->fits; /* none named: all are tried */
}

/* What `rows` clients like those of the frame take to be scored. */
static rv_status predict_scoring(const rv_job_description *job, const rv_frame *frame, uint64_t rows,
                                 const rv_settings *settings, rv_prediction *p, rv_error *err) {
    uint8_t *labels = rv_array_new(frame->rows, 1, err);
    if (!labels) return RV_NO_MEMORY;
    for (uint64_t r = 0; r < frame->rows; r++) labels[r] = r % 2 ? RV_SEED : RV_NON_SEED;
    bool fitting = !job->profile && fits(job->method);
    const char *plain = fitting ? "index" : job->method;
    double small = 0, large = 0, whole = 0, seconds = 0, fitted = 0, n = (double)frame->rows;
    rv_frame part = *frame;
    part.rows = part.ids.n = (uint32_t)frame->rows / 4;
    rv_status status = time_scoring(job, &part, labels, plain, settings, &small, &seconds, err);
    if (status == RV_OK) status = time_scoring(job, frame, labels, plain, settings, &large, &seconds, err);
    if (status == RV_OK && fitting)
        status = time_scoring(job, frame, labels, job->method, settings, &whole, &fitted, err);
    double most = 2.0 * RV_FIT_SIDE, at_most = (double)rows < most ? (double)rows : most;
    if (fitting && fitted > seconds) {
        p->waiting += (fitted - seconds) * at_most / n;
        p->most_waiting += (fitted - seconds) * at_most / n;
    }
    add_processor(p, extrapolate((double)part.rows, small, n, large, (double)rows));
    rv_free(labels);
    return status;
}

static rv_status predict_scores(const rv_job_description *job, rv_run_feed *feed, uint64_t rows,
                                const rv_settings *settings, rv_prediction *p, rv_error *err) {
    rv_frame frame = {0};
    rv_frame_builder *builder = feed->builder;
    feed->builder = NULL;
    if (!builder) return RV_OK;
    RV_TRY(rv_frame_builder_finish(builder, rv_threads(settings), &frame, err));
    rv_status status = RV_OK;
    if (frame.rows >= 16 * (uint64_t)RV_MIN_SEEDS_FLOOR) {
        p->peak_bytes += (uint64_t)((double)rows * (frame_row_bytes(&frame) + SCORING_BYTES));
        status = predict_scoring(job, &frame, rows, settings, p, err);
    }
    rv_frame_reset(&frame);
    return status;
}

static rv_status predict_file(rv_job_description *job, size_t client, rv_megabase *megabase,
                              const rv_settings *settings, rv_prediction *p, rv_error *err) {
    rv_enrich_options options;
    rv_job_enrich_options(job, client, &options);
    rv_run_feed feed = {.job = job};
    const rv_predict_feed feeding = {begin_feed, &feed};
    rv_prediction one;
    bool scoring = job->active || job->profile;
    rv_status status = rv_predict_clients(megabase, &options, settings, scoring ? &feeding : NULL, &one, err);
    if (status == RV_OK && one.known && scoring) status = predict_scores(job, &feed, one.rows, settings, &one, err);
    p->foretold &= one.foretold;
    p->known &= one.known;
    p->rows += one.rows;
    p->processor += one.processor;
    p->least += one.least;
    p->most += one.most;
    p->waiting += one.waiting;
    p->most_waiting += one.most_waiting;
    if (one.peak_bytes > p->peak_bytes) p->peak_bytes = one.peak_bytes;
    rv_run_feed_reset(&feed);
    return status;
}

rv_status rv_predict_run(rv_job_description *job, rv_megabase *megabase, const rv_settings *settings, double opening,
                         rv_summary *summary, rv_error *err) {
    rv_settings own = quiet(settings);
    rv_prediction p = {.foretold = true, .known = true, .waiting = opening, .most_waiting = opening};
    rv_error wrong = {0};
    rv_status status = RV_OK;
    rv_core_time begin = rv_core_times();
    for (size_t i = 0; i < job->n_clients && status == RV_OK; i++)
        status = predict_file(job, i, megabase, &own, &p, &wrong);
    if (status == RV_OK && job->transactions.path) status = predict_orders(job, &own, &p, &wrong);
    rv_core_time end = rv_core_times(); /* who else is at work is seen best over all samples */
    p.waited = end.ran > begin.ran ? (end.waited - begin.waited) / (end.ran - begin.ran) : 0;
    if (status == RV_OK && p.foretold) rv_prediction_tell(&p, settings, summary);
    if (status != RV_NO_MEMORY && status != RV_INTERRUPTED) return RV_OK;
    if (err) *err = wrong;
    return status;
}
