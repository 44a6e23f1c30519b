/*
 * People's names: civility out (it tells the sex), the name at birth told from the married one, one column split into
 * first and last. Everything comes out in canonical capitals, particles kept: leaving them out is the keys' affair.
 */
#ifndef RV_NAME_H
#define RV_NAME_H

#include "person.h"

enum { RV_NAME_MAX = 96 };
typedef struct rv_name {
    char first[RV_NAME_MAX], last[RV_NAME_MAX], birth_name[RV_NAME_MAX];
    uint8_t first_len, last_len, birth_name_len;
    const char *civility; /* "M" "MME" "MLLE" "DR" "PR" "ME", or "" */
    rv_sex sex;           /* of the civility */
    bool several;         /* a couple or a family, and no one of them named alone: no first name, no sex */
} rv_name;

static inline void rv_name_init(rv_name *name) {
    name->first_len = name->last_len = name->birth_name_len = 0;
    name->civility = "";
    name->sex = RV_SEX_UNKNOWN;
    name->several = false;
}
/* Each adds to *name what it finds and leaves the rest; rv_name_init it first. */
void rv_name_read_first(rv_text value, rv_name *name);
void rv_name_read_last(rv_text value, rv_name *name); /* "DUPONT ép. MARTIN": last MARTIN, at birth DUPONT */
void rv_name_read_full(rv_text value, rv_name *name); /* "M. Jean DUPONT", "DUPONT Jean", "Dupont, Jean"... */
/* "M. et Mme Jean Dupont" is Jean; "M. et Mme Dupont", "Jean et Marie Dupont", "Famille Dupont" are several. */

rv_sex rv_civility_read(rv_text value, const char **civility); /* *civility as above; may be NULL */
bool rv_civility_is_couple(rv_text value);                     /* "M. et Mme" */
rv_sex rv_sex_read(rv_text value);                             /* M H 1 homme, F 2 femme... */

#endif
