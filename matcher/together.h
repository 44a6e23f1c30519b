/*
 * A job with several outputs, such as scores and the profile they were made with: none stands in its place before all
 * of them are whole, so that a disk that fills up or a signal between two of them leaves nothing of either. A job that
 * is itself a step of another leaves the publishing to that one.
 */
#ifndef RV_TOGETHER_H
#define RV_TOGETHER_H

#include "file.h"
#include <reveil.h>

typedef struct rv_together {
    rv_settings settings; /* those to work with, until the end */
    rv_held_outputs held;
} rv_together;

/* settings NULL: the defaults. The copy points into `t`, which must stay where it is. */
const rv_settings *rv_together_begin(rv_together *t, const rv_settings *settings);
/* Publishes what was finished when status is RV_OK, else drops it. Returns status, or what went wrong in publishing. */
rv_status rv_together_end(rv_together *t, rv_status status, rv_error *err);

#endif
