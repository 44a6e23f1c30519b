/* A pair, field by field, as lines for people: how each agrees, and what that is worth. No value is shown. */
#ifndef RV_LINK_EXPLAIN_H
#define RV_LINK_EXPLAIN_H

#include "link_model.h"

/*
 * One line a field that both have: its level, and its weight as a factor on the odds of being one person ("x 250", "/ 40"),
 * after a line for what the odds are before anything is compared. The product of all is the odds against strangers.
 */
void rv_link_explain_pair(const rv_link_scorer *scorer, uint32_t left, uint32_t right, rv_link_scratch *scratch,
                          rv_buffer *out);

#endif
