/* From what each header says to the roles of a table: who of several columns has a role, and what a column is beside the
 * others ("nom" beside "prenom"). */
#ifndef RV_ROLE_DECIDE_H
#define RV_ROLE_DECIDE_H

#include "role.h"

/* Fills roles[i] of each column that isn't `set` (by the user; those stay). Fails only for want of memory. */
rv_status rv_roles_guess(const rv_text *columns, uint32_t n, const bool *set, rv_role *roles, rv_error *err);

#endif
