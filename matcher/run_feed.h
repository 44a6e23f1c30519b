/*
 * What a job's enriched blocks bring for profile and scores: a frame of codes (attributes come as the megabase's own
 * codes, nothing is parsed twice) and, per row, a label.
 *
 * Labels by state or segment are looked up when the frame is whole: so the transactions may be read while clients are
 * enriched, and states never enter the frame: what defines a state can't leak into the profile.
 */
#ifndef RV_RUN_FEED_H
#define RV_RUN_FEED_H

#include "enrich.h"
#include "frame.h"
#include "job_description.h"
#include "lifecycle.h"

typedef struct rv_run_feed {
    const rv_job_description *job;
    rv_frame_builder *builder;
    struct { /* where a label comes from: --active C=V, C a column of the lifecycle or of the client file */
        char column[128];
        const char *value;
        bool by_life;    /* state or segment; else a client column */
        bool by_segment; /* with by_life */
        uint8_t wanted;  /* the state or segment of that name; UINT8_MAX: none has it, so nobody is active */
        int32_t client_column;
    } label;
    uint8_t *labels; /* per row, of a client column */
    uint64_t n, cap;
    uint32_t *columns; /* client columns that enter the frame, by index */
    uint32_t n_columns;
    int32_t id_column;
} rv_run_feed;

/* RV_BAD_ARGUMENT: score.active is no COLUMN=VALUE. with_life: there are transactions. */
rv_status rv_run_feed_begin(rv_run_feed *feed, const rv_job_description *job, bool with_life, rv_error *err);
void rv_run_feed_reset(rv_run_feed *feed);
/* For rv_enrich_file; its ctx is the feed. */
rv_enrich_sink rv_run_feed_sink(rv_run_feed *feed);
/* After the last block: the frame (the caller's), and labels per row (the feed's; NULL: the job names none). RV_BAD_INPUT: no
 * row came. */
rv_status rv_run_feed_finish(rv_run_feed *feed, const rv_lifecycle *life, int threads, rv_frame *frame,
                             const uint8_t **labels, rv_error *err);

#endif
