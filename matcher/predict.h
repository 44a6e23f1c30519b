/*
 * What a job will take, told before it is done (--dry-run): rows, seconds, peak memory. The job's own pipeline is run on
 * samples of the client file, each from all over it, with lines made and thrown away.
 *
 * The model: processor seconds = start + rows x c + bytes of the megabase touched x f. Samples are measured by what they
 * cost on a core, not by the clock: so it doesn't matter who else was at work, nor that the first sample had to fetch the
 * megabase from a disk, for the rest of a dry run reads all that the job will. The first sample meets everything
 * untouched, the later ones what it has left: from the difference follows f, from the later ones c (their median; least
 * and most make the range). How much the whole will touch follows from places being asked for at random.
 * Seconds on the clock = processor seconds x (1 + waited for a core / ran, as the samples met it) / (threads x the share
 * of them that is at work) + waiting for a disk. docs/PERFORMANCE.md has it beside measured runs.
 */
#ifndef RV_PREDICT_H
#define RV_PREDICT_H

#include "enrich.h"

typedef struct rv_prediction {
    bool foretold; /* false: something is wrong with the job, which will tell it */
    bool known;    /* false: clients from a pipe can't be looked at beforehand, and nothing below counts */
    uint64_t rows;
    double processor, least, most; /* seconds on cores; by the cheapest and the dearest sample */
    double waited;                 /* for a core, of a second on one, while samples ran */
    double waiting, most_waiting;  /* seconds in which no thread works; if the disk must be asked again */
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
/* As a note and as expected_rows, expected_seconds, expected_peak_bytes, expected_seconds_range of the summary (null when
 * unknown). The range goes from a machine with nobody else at work to the dearest that the samples met. */
void rv_prediction_tell(const rv_prediction *prediction, const rv_settings *settings, rv_summary *summary);
/* Both. opening: seconds that opening the megabase took. */
rv_status rv_predict_enrich(rv_megabase *megabase, const rv_enrich_options *options, const rv_settings *settings,
                            double opening, rv_summary *summary, rv_error *err);

#endif
