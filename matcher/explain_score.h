/* A delivered score in words: its rank, and each of its reasons with what the profile knows of it. */
#ifndef RV_EXPLAIN_SCORE_H
#define RV_EXPLAIN_SCORE_H

#include "profile.h"

typedef struct rv_score_line { /* cells of one line of scores; empty ones aren't told */
    rv_text score, rank, decile, probability, reasons;
} rv_score_line;

/* Lines for people. profile NULL: reasons without their index. A failed buffer is the caller's to see. */
void rv_explain_score(rv_buffer *text, const rv_score_line *line, const rv_profile *profile);

#endif
