/*
 * Clients to groups for the model of spend.h: by number of orders, and by amount in steps of less than 1 %.
 *
 * A group keeps the mean amount of its clients, so what the steps cost is of second order: at most 3e-6 of a client's
 * log-likelihood. A million clients are some ten thousand groups. Sums are whole numbers: the same clients give the same
 * groups, whoever counted them.
 */
#ifndef RV_SPEND_TALLY_H
#define RV_SPEND_TALLY_H

#include "error.h"
#include "spend.h"

typedef struct rv_spend_slot { /* count 0: empty */
    uint64_t key, count, sum;
} rv_spend_slot;
typedef struct rv_spend_tally {
    rv_spend_slot *slots; /* owned; open addressing, a power of two */
    size_t n_slots, used;
} rv_spend_tally;

/* Start with {0}. amount > 0, orders 1..65535. */
rv_status rv_spend_tally_add(rv_spend_tally *tally, uint32_t orders, double amount, rv_error *err);
rv_status rv_spend_tally_join(rv_spend_tally *tally, const rv_spend_tally *other, rv_error *err);
/* In ascending order of orders, then of amount; the caller's (rv_free). Room for one where there is none. */
rv_status rv_spend_tally_groups(const rv_spend_tally *tally, rv_spend_group **out, size_t *n, rv_error *err);
void rv_spend_tally_reset(rv_spend_tally *tally);

#endif
