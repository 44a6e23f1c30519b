/*
 * Quality gates: "auc>=.7", "match_rate>=.4". A job measures, asks its gates before it publishes, and publishes nothing
 * when one is missed (exit 4). A gate on what a job doesn't measure is an error at its start: it would pass in silence.
 */
#ifndef RV_GATES_H
#define RV_GATES_H

#include "error.h"

/* Every gate of the settings reads well and names one of `measures` (NULL-terminated). RV_BAD_ARGUMENT. */
rv_status rv_gates_validate(const rv_settings *settings, const char *const *measures, rv_error *err);
/* RV_GATE_MISSED when a gate on `measure` doesn't hold for `value`; NaN misses every gate. */
rv_status rv_gates_check(const rv_settings *settings, const char *measure, double value, rv_error *err);

#endif
