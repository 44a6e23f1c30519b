/*
 * Who sleeps: transactions to one line per client. Used by rv_segment and, in memory, by rv_run.
 *
 * Methods: RFM quintiles; states by fixed months or own rhythm; MBG/NBD (Batislam, Denizel, Filiztekin 2007) and
 * BG/NBD (Fader, Hardie, Lee 2005), fitted by maximum likelihood on distinct (x, t_x, T) with counts. docs/SCORING.md
 * gives the rules, the grid of segments and an example worked by hand. What an order is worth: spend.h.
 *
 * Memory: some 24 bytes and the id per client, plus 4 to 12 bytes of index. What follows from those (intervals,
 * expected orders) is computed when a client is looked at, so a client is given as a copy, not as a pointer.
 */
#ifndef RV_LIFECYCLE_H
#define RV_LIFECYCLE_H

#include "amount.h"
#include "memory.h"
#include "report.h"
#include "rfm.h"

typedef struct rv_client_life {
    rv_text id;                      /* lives as long as the lifecycle */
    int32_t first_order, last_order; /* days; RV_DATE_NONE for a client with refunds only */
    uint32_t orders;                 /* distinct days with a purchase */
    int64_t amount;                  /* net of refunds, in RV_AMOUNT_UNIT-ths: sums are exact, whatever their order */
    uint32_t recency_days;           /* as-of minus last order; UINT32_MAX without an order */
    double mean_interval_days;       /* NaN with fewer than two orders */
    uint8_t r, f, m;                 /* 1..5, 5 is the best */
    uint8_t segment;                 /* rv_rfm_segment */
    rv_state state;
    double expected_orders, p_alive; /* NaN when no model could be fitted */
    double expected_order_value;     /* NaN when that model couldn't, or nothing was paid */
    double expected_value;           /* expected_orders times it */
    bool newly_at_risk;              /* with options->previous */
    const char *cause;               /* static, or NULL */
    uint32_t active_days;            /* with a cause: the longest silence that still would be active */
} rv_client_life;

typedef struct rv_life_detail rv_life_detail;
typedef struct rv_lifecycle {
    uint64_t n;             /* clients, numbered in ascending order of id, bytewise */
    rv_life_detail *detail; /* owned */
} rv_lifecycle;

/* Everything of rv_segment but the writing; counts go into the summary under "segment". */
rv_status rv_lifecycle_compute(const rv_segment_options *options, const rv_settings *settings, rv_lifecycle *out,
                               rv_summary *summary, rv_error *err);
/* Writes options->out in ascending order of id. */
rv_status rv_lifecycle_write(const rv_lifecycle *life, const rv_segment_options *options, const rv_settings *settings,
                             rv_error *err);
/* Client `index` of n, or the client of an id (in constant time; false: no transactions). Any number of threads. */
void rv_lifecycle_get(const rv_lifecycle *life, uint64_t index, rv_client_life *out);
/* Segment and state alone of many ids, one every `stride` texts, their misses overlapping: both 0 (RV_STATE_NONE) where
 * there are no transactions. */
void rv_lifecycle_places(const rv_lifecycle *life, const rv_text *ids, size_t stride, size_t n, uint8_t *segments,
                         uint8_t *states);
bool rv_lifecycle_find(const rv_lifecycle *life, rv_text id, rv_client_life *out);
void rv_lifecycle_reset(rv_lifecycle *life);

#endif
