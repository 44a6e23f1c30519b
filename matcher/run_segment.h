/*
 * Segmenting beside enriching: both read a file and neither needs the other until clients are labelled, so `run` lets them
 * share the cores. Reading orders waits for locks, sorts and fits in short serial steps, which the clients' blocks fill.
 *
 * Nothing depends on who is first: a failure of the segmenting is told before any of the enriching, and what it has to say
 * (messages, summary, outputs) is kept apart until it's asked for.
 */
#ifndef RV_RUN_SEGMENT_H
#define RV_RUN_SEGMENT_H

#include "file.h"
#include "job_description.h"
#include "lifecycle.h"

typedef struct rv_run_segment rv_run_segment;

rv_segment_options rv_run_segment_options(const rv_job_description *job);
/* Begins. With one thread, or with one stream for the rejects of both, all of it is done before this returns. job,
 * settings and summary outlive it; the summary is nobody else's until rv_run_segment_wait. */
rv_status rv_run_segment_begin(rv_job_description *job, const rv_settings *settings, rv_summary *summary,
                               rv_run_segment **out, rv_error *err);
/* Turns non-zero when it has failed (rv_settings.failed of whoever works beside it). */
const volatile int *rv_run_segment_failed(const rv_run_segment *segment);
/* Waits; repeats its messages and joins its outputs to settings->held, once. Its failure, if it failed, each time. */
rv_status rv_run_segment_wait(rv_run_segment *segment, rv_error *err);
const rv_lifecycle *rv_run_segment_life(const rv_run_segment *segment); /* after waiting */
void rv_run_segment_free(rv_run_segment *segment);                      /* waits too; NULL is fine */

#endif
