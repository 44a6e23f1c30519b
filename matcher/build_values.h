/* Do the attributes hold what the schema says they hold? */
#ifndef RV_BUILD_VALUES_H
#define RV_BUILD_VALUES_H

#include "build.h"

/* Distinct values of a column that aren't of its type, or not among its `values` where it lists some. They are kept as
 * the sources wrote them: a partner's new category is no reason to lose it, but it is a reason to look. *first is the
 * first of them. */
uint32_t rv_build_count_strangers(const rv_schema_column *column, const rv_dictionary *values, rv_text *first);

/* Warns of them, and counts them into the summary's open object as "unexpected_values": {column: distinct values}. */
void rv_build_tell_strangers(const rv_build_plan *plan, const rv_dictionary *dictionaries, const rv_settings *settings,
                             rv_summary *summary);

#endif
