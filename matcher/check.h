/*
 * What a client file is taken to be, before anything is done with it: gathered by job_check.c, told by check_write.c as
 * lines for people that are a job file at once. Examples are shapes; no value of the file is kept unless asked for.
 */
#ifndef RV_CHECK_H
#define RV_CHECK_H

#include "report.h"
#include "role_content.h"
#include "table_reader.h"

enum { RV_CHECK_EXAMPLES = 3, RV_CHECK_REASONS = 12 };

typedef struct rv_checked_column {
    uint64_t filled;                      /* of all rows */
    rv_column_content content;            /* of the first rows */
    char examples[RV_CHECK_EXAMPLES][28]; /* the commonest shapes among the first rows, or "" */
} rv_checked_column;

typedef struct rv_checked {
    const rv_check_options *options;
    const rv_table_info *info;
    rv_table_roles roles;
    rv_checked_column *columns;
    uint64_t rows, rejected, irregular, asides;
    struct {
        const char *reason;
        uint64_t count, first_line;
    } reasons[RV_CHECK_REASONS];
    unsigned n_reasons;
    bool rated; /* the match rate was measured */
    uint64_t sampled, matched;
    bool whole; /* ...on all rows */
} rv_checked;

/* "problems" of a column and of the table, as sentences; the job file behind them. */
void rv_check_write_text(const rv_checked *checked, rv_buffer *text);
void rv_check_write_json(const rv_checked *checked, rv_json *json);

#endif
