/* From what each header says to the roles of a table: who of several columns has a role, and what a column is beside the
 * others ("nom" beside "prenom"). */
#ifndef RV_ROLE_DECIDE_H
#define RV_ROLE_DECIDE_H

#include "role_content.h"

/* Fills roles[i] and reasons[i] of each column that isn't `set` (by the user; those stay). contents: what the columns'
 * values are like, or NULL: by headers alone. Fails only for want of memory. */
rv_status rv_roles_guess(const rv_text *columns, uint32_t n, const bool *set, const rv_column_content *contents,
                         rv_role *roles, rv_role_reason *reasons, rv_error *err);

#endif
