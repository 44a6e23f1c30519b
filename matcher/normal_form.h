/*
 * What a normaliser makes of one value, as columns: the window through which `reveil normalize` and the case files of
 * the tests look at the readers that matching uses.
 */
#ifndef RV_NORMAL_FORM_H
#define RV_NORMAL_FORM_H

#include "role.h"

enum { RV_NORMAL_COLUMNS = 8, RV_NORMAL_TEXT = 2048 };
typedef struct rv_normal_form {
    bool valid;
    const char *reason;                /* static: why not valid, or a remark ("shared_mailbox", "weak"); "" */
    rv_text values[RV_NORMAL_COLUMNS]; /* as many as the role has columns; empty when not valid */
    char text[RV_NORMAL_TEXT];
    size_t used;
} rv_normal_form;

/* NULL-terminated column names of a role, or NULL: the role has no normaliser. */
const char *const *rv_normal_columns(rv_role role);
/* `country`: that phones and addresses without one are of. */
void rv_normal_form_of(rv_role role, rv_text value, const char *country, rv_normal_form *out);

#endif
