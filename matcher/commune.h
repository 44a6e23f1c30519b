/*
 * What is known of French communes: their names, how large they are, and which postcodes lead to them. Where a street's
 * name ends and a town's begins can't be told without ("34 avenue de l'Opera Paris").
 *
 * The table is generated from public registers (scripts/communes.py). A name that several communes bear is one entry:
 * all their people, all their postcodes.
 */
#ifndef RV_COMMUNE_H
#define RV_COMMUNE_H

#include "text.h"

enum { RV_COMMUNE_BUCKETS = 8192, RV_COMMUNE_WORDS = 8 /* of the longest name */, RV_COMMUNE_MAX = 48 /* its bytes */ };
extern const char *const rv_commune_buckets[RV_COMMUNE_BUCKETS];
extern const char *const rv_commune_at[1000];

typedef struct rv_commune {
    unsigned size;     /* people, as a power of two, rounded down */
    bool ordinary;     /* the name is an ordinary word and the commune is small: VERT, BOIS */
    const char *codes; /* n_codes postcodes of five digits each, ascending, static */
    size_t n_codes;
} rv_commune;

/* Of a name in canonical capitals with SAINT, SAINTE, SUR, SOUS written out and LEZ as LES. */
bool rv_commune_find(rv_text name, rv_commune *found);
/* Does one of its postcodes begin with these digits? All five, or those of a department ("75", "974"). */
bool rv_commune_is_at(const rv_commune *commune, rv_text digits);
/* Is this a postcode of communes? *alone: the only one that has it; empty where there are several. Static. */
bool rv_postcode_find(rv_text postcode, rv_text *alone);
/* The digits that the department's postcodes begin with ("ISERE": 38), of a name in canonical capitals; empty: none. */
rv_text rv_department_find(rv_text name);

#endif
