/*
 * What a job will take, told before it is done (--dry-run): rows, seconds, peak memory. The job's own pipeline is run on two
 * samples of the client file, each from all over it, with lines made and thrown away.
 *
 * The model: seconds = rows x c + bytes of the megabase touched x f + bytes of output x the rate at which the output's
 * folder takes them, synced. The second sample finds part of what it needs touched by the first: from both times and
 * from what each touched follow c and f; how much the whole will touch follows from places being asked for at random.
 * docs/PERFORMANCE.md has it beside measured runs.
 */
#ifndef RV_PREDICT_H
#define RV_PREDICT_H

#include "enrich.h"

typedef struct rv_prediction {
    bool foretold; /* false: something is wrong with the job, which will tell it */
    bool known;    /* false: clients from a pipe can't be looked at beforehand, and nothing below counts */
    uint64_t rows;
    double seconds;
    uint64_t peak_bytes;
} rv_prediction;

/* Who else is fed with the sampled clients, as the job will feed them: begin is asked for a sink before each sample. */
typedef struct rv_predict_feed {
    rv_status (*begin)(void *ctx, rv_enrich_sink *sink, rv_error *err);
    void *ctx;
} rv_predict_feed;
/* What enriching will take, feed (NULL: none) included. Fails for want of memory and when asked to stop only. */
rv_status rv_predict_clients(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                             const rv_predict_feed *feed, rv_prediction *out, rv_error *err);
/* As a note and as expected_rows, expected_seconds, expected_peak_bytes of the summary (null when unknown). */
void rv_prediction_tell(const rv_prediction *prediction, const rv_settings *settings, rv_summary *summary);
/* Both. opening: seconds that opening the megabase took. */
rv_status rv_predict_enrich(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            double opening, rv_summary *summary, rv_error *err);

#endif
