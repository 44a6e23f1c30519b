/*
 * Who sleeps: transactions to one line per client. Used by rv_segment and, in memory, by rv_run_job.
 *
 * Methods: RFM quintiles; states by fixed months or own rhythm; MBG/NBD (Batislam, Denizel, Filiztekin 2007) and
 * BG/NBD (Fader, Hardie, Lee 2005), fitted by maximum likelihood on distinct (x, t_x, T) with counts.
 */
#ifndef RV_LIFECYCLE_H
#define RV_LIFECYCLE_H

#include "hash.h"
#include "memory.h"
#include "report.h"

typedef enum rv_state { RV_STATE_NONE, RV_ACTIVE, RV_AT_RISK, RV_INACTIVE, RV_LOST } rv_state;
const char *rv_state_name(rv_state state); /* "active" ... */
const char *rv_segment_name(unsigned segment); /* 1..11 */

typedef struct rv_client_life {
    rv_text id;
    int32_t first_order, last_order; /* days */
    uint32_t orders;                 /* distinct days with a purchase */
    double amount;                   /* net of refunds */
    uint32_t recency_days;
    double mean_interval_days;       /* NaN with one order */
    uint8_t r, f, m, segment;
    rv_state state;
    double expected_orders, p_alive;
    bool newly_at_risk;
    const char *cause;               /* static, or NULL */
} rv_client_life;

typedef struct rv_lifecycle {
    uint64_t n;
    rv_client_life *clients; /* in ascending order of id, bytewise */
    rv_arena texts;
} rv_lifecycle;

/* Everything of rv_segment but the writing; counts go into the summary under "segment". */
rv_status rv_lifecycle_compute(const rv_segment_options *options, const rv_settings *settings, rv_lifecycle *out,
                               rv_summary *summary, rv_error *err);
rv_status rv_lifecycle_write(const rv_lifecycle *life, const rv_segment_options *options, const rv_settings *settings,
                             rv_error *err);
const rv_client_life *rv_lifecycle_find(const rv_lifecycle *life, rv_text id); /* NULL: no transactions */
void rv_lifecycle_reset(rv_lifecycle *life);

#endif
