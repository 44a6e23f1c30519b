/*
 * One pass over a table of the lifecycle: opened, its columns found, its blocks visited, its rejects told in order of
 * line whether the reader of bytes or the reader of values refused them, its input noted in the summary.
 */
#ifndef RV_TABLE_PASS_H
#define RV_TABLE_PASS_H

#include "table_reader.h"
#include "report.h"
#include "role.h"

typedef struct rv_row_reject { /* a row that parsed, and whose values can't be used */
    uint32_t row;
    const char *reason; /* static */
} rv_row_reject;

typedef struct rv_table_pass {
    const rv_table_options *options;
    const char *path;
    const char *stage; /* for progress */
    const rv_settings *settings;
    rv_table *csv;
    const rv_table_info *info;
    rv_table_roles roles;
    rv_rejects *rejects; /* borrowed */
    uint64_t rows; /* good rows consumed */
} rv_table_pass;

/* rejects: the job's, open; they go to its file, and are counted and judged for this pass alone. */
rv_status rv_table_pass_open(rv_table_pass *pass, const rv_table_options *options, const char *path, const char *stage,
                             rv_rejects *rejects, const rv_settings *settings, rv_error *err);
/*
 * The column of a role: where the user (or a schema) names one, that; else the first header among `names` (small letters
 * and "_"; case, accents and marks apart; in order of preference); else the one guessed from headers; else -1.
 */
int32_t rv_table_pass_column(const rv_table_pass *pass, rv_role role, const char *const *names);
/* RV_BAD_INPUT: no column of that role, with the --role to paste. */
rv_status rv_table_pass_missing(const rv_table_pass *pass, rv_role role, rv_error *err);

/* For a consume function: tells the block's rejects and `own` ones (ascending rows) in order of line, shows progress,
 * looks whether to stop. */
rv_status rv_table_pass_block(rv_table_pass *pass, const rv_table_block *block, const rv_row_reject *own, size_t n_own,
                              rv_error *err);
/* Runs the visitor, checks the budget, notes the input. *rejected: all kinds. */
rv_status rv_table_pass_run(rv_table_pass *pass, const rv_table_visitor *visitor, uint64_t *rejected,
                            rv_summary *summary, rv_error *err);
void rv_table_pass_close(rv_table_pass *pass);

#endif
