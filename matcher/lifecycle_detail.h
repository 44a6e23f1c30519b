/* What a lifecycle holds, for its own files: lifecycle.c computes, lifecycle_look.c counts, lifecycle_model.c fits, lifecycle_report.c tells,
 * lifecycle_models.c tells of the fits, lifecycle_write.c writes. */
#ifndef RV_LIFECYCLE_DETAIL_H
#define RV_LIFECYCLE_DETAIL_H

#include "btyd.h"
#include "client_table.h"
#include "lifecycle.h"
#include "spend_tally.h"
#include "transactions.h"

typedef enum rv_cause {
    RV_CAUSE_NONE,
    RV_CAUSE_SILENCE,
    RV_CAUSE_WITHDRAWN,
    RV_CAUSE_THRESHOLDS,
    RV_CAUSE_ABSENT,
    RV_CAUSES
} rv_cause;

struct rv_life_detail {
    rv_client_table *table;
    rv_client_ref *order; /* by id */
    int32_t as_of;
    uint32_t horizon_days;
    uint64_t n, buyers; /* clients; those with an order */
    rv_transaction_counts read;
    rv_quintiles recency, frequency, money; /* recency of the days of silence: see rfm.h */
    rv_rfm_limits rfm;
    rv_state_limits limits;
    bool by_rhythm;
    double population_days; /* mean interval of all; 0: nobody came back */
    uint64_t in_state[RV_LOST + 1], in_segment[RV_SEGMENT_COUNT];
    bool with_previous;
    uint64_t gone, previous_rejected, newly_at_risk[RV_CAUSES];
    rv_rejects *rejects; /* of all files, until all are read */
    rv_btyd_group *groups; /* distinct (x, T, t_x), ascending; until the fit */
    size_t n_groups;
    rv_spend_group *spenders; /* until the fit, too */
    size_t n_spenders;
    rv_btyd fit;
    rv_spend spend;
    uint64_t *ages;   /* sorted (x << 16 | T) of the clients' models */
    double *if_alive; /* orders within the horizon, per entry of ages */
    uint32_t *of_x;   /* x -> the first of its ages; one more than there are x */
    size_t n_ages, n_x;
    double expected; /* over all clients */
};

/* lifecycle_look.c: n, buyers, quintiles, the mean interval and both kinds of groups, in one walk. */
rv_status rv_life_look(rv_life_detail *life, int threads, rv_error *err);
/* lifecycle_model.c: fits and fills fit, spend, ages, if_alive; the groups are gone. */
rv_status rv_life_fit(rv_life_detail *life, rv_btyd_model model, int threads, rv_error *err);
/* Both NaN without a fit or an order. */
void rv_life_expect(const rv_life_detail *life, const rv_client_record *client, double *orders, double *alive);
/* What one of them is worth; NaN likewise. */
double rv_life_order_value(const rv_life_detail *life, const rv_client_record *client);
/* lifecycle_report.c */
void rv_life_report(const rv_life_detail *life, rv_summary *summary);
/* lifecycle_models.c: its part of it. */
void rv_life_models_json(rv_json *json, const rv_life_detail *life);
void rv_life_models_text(rv_buffer *text, const rv_life_detail *life);
const char *rv_cause_name(rv_cause cause);

#endif
