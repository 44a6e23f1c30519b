/*
 * What defines the target can't also foretell it: dates, numbers and amounts of orders make a client's state, so a
 * profile that may look at them learns the definition back, and wakes nobody. Such columns are marked in the frame;
 * learning leaves them out and says why (docs/SCORING.md, "Which attributes").
 */
#ifndef RV_TARGET_H
#define RV_TARGET_H

#include "frame.h"
#include "lifecycle.h"

/* A target that `segment` wrote (state, segment, r, recency_days...): of the first n columns those of the same names are
 * marked, and all others are suspect. Other targets mark nothing. */
void rv_target_mark_names(rv_frame *frame, uint32_t n, const char *target);

/*
 * The target is made of these orders: client columns that say the same as them (dates of first or last order, their
 * number, amount, days since...) for at least half of the clients beyond what chance gives are marked. All are suspect: a
 * date of creation is no date of order, yet whoever came within the year and bought is active.
 * The client file's columns are the first n_client of the frame, whose ids are those of the orders.
 */
rv_status rv_target_mark_orders(rv_frame *frame, uint32_t n_client, const rv_lifecycle *life, int threads,
                                rv_error *err);

#endif
