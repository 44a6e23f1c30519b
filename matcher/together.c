/* See together.h: settings whose outputs wait for one another. */
#include "together.h"

const rv_settings *rv_together_begin(rv_together *t, const rv_settings *settings) {
    *t = (rv_together){0};
    if (settings) t->settings = *settings;
    if (!t->settings.held) t->settings.held = &t->held;
    return &t->settings;
}

rv_status rv_together_end(rv_together *t, rv_status status, rv_error *err) {
    if (status == RV_OK) status = rv_held_publish(&t->held, err);
    rv_held_abort(&t->held);
    return status;
}
