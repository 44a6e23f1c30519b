/*
 * A pair compared in steps, for who may stop early, and what is known of households: shared by the parts of the model
 * (link_model.c, link_train.c).
 */
#ifndef RV_LINK_WEIGH_H
#define RV_LINK_WEIGH_H

#include "link_model.h"

/* The share of households that agree on a field as one person does; the others do so as strangers. */
double rv_link_household_share(rv_link_field field);

#endif
