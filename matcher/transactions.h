/*
 * Transaction files to clients: blocks are parsed and gathered by all threads, rejects are told in order of line.
 *
 * What counts: an amount of zero or more is a purchase (a visit on its day; several of one day are one), a negative one
 * a refund (it lowers the amount and is no visit). Rows after the as-of date are ignored and counted. A date that can't
 * be read, one 90 years or more before the as-of date (a stop value such as 01/01/1900), an amount that is no number or
 * not finite, an empty id: rejects, with the reason.
 *
 * With a column of order ids, lines of one client and one order that follow each other, and are at most
 * RV_ORDER_DAYS apart, are one order: on the earliest line's day, a purchase or a refund by their sum. Exports write an
 * order's lines one after the other; lines of it that stand elsewhere are taken as they come, and most often merge by
 * their day. What comes much later under the same id is a refund or another order, or the id is none.
 */
#ifndef RV_TRANSACTIONS_H
#define RV_TRANSACTIONS_H

#include "amount.h"
#include "client_table.h"
#include "date.h"
#include "report.h"

enum { RV_ORDER_DAYS = 31 };

typedef struct rv_transaction_counts {
    uint64_t rows; /* lines read, rejects included: purchases + refunds + merged + future + rejected */
    uint64_t purchases, refunds, future, rejected;
    uint64_t merged;    /* lines that belong to the order of the line before */
    uint64_t irregular; /* fields with stray quotes */
    rv_date_forms dates;
    rv_amount_marks marks;
} rv_transaction_counts;

/* Says how dates were read where they could mean something else: years of two digits, day and month that none of them
 * tells apart. */
void rv_tell_dates(const rv_date_forms *dates, const char *path, const rv_settings *settings);

/* All three write what they reject to the job's open reject file. */

/* Fills the table (rv_client_table_finish is the caller's affair). Over the reject budget: RV_OVER_BUDGET. Dates or
 * amounts that can be read in two ways, and are contradicted by other rows: RV_BAD_INPUT with the flag that settles it;
 * amounts in several currencies: RV_BAD_INPUT. */
rv_status rv_transactions_read(const rv_table_options *options, int32_t as_of, const rv_settings *settings, rv_rejects *rejects,
                               rv_client_table *table, rv_transaction_counts *counts, rv_summary *summary,
                               rv_error *err);

/*
 * --per-client: one row per client, as a CRM or an earlier result has it. Columns by header: the id; last_order (needed);
 * first_order, orders, amount (each may be missing: then last_order, the fewest possible, and 0). Several orders of one
 * day being one, more orders than days are as many as days; 0 orders and no date are a client who never bought. A second
 * row of a client is a reject ("duplicate_client"), as are dates and orders that contradict each other ("bad_orders").
 */
rv_status rv_per_client_read(const rv_table_options *options, const char *path, int32_t as_of,
                             const rv_settings *settings, rv_rejects *rejects, rv_client_table *table,
                             rv_transaction_counts *counts,
                             rv_summary *summary, rv_error *err);

/* An earlier result of segment: sets record->previous to the state then and calls fn for each client that is still
 * there. *gone: clients of that result that have no transaction now. Rows without a state and second rows of a client are
 * rejects. */
typedef struct rv_previous_row {
    rv_client_record *client;
    int32_t last_order; /* RV_DATE_NONE: not told */
    uint32_t recency_days;
    unsigned state;
} rv_previous_row;
typedef void (*rv_previous_fn)(void *ctx, const rv_previous_row *row);
rv_status rv_previous_read(const char *path, const rv_settings *settings, rv_rejects *rejects, rv_client_table *table, rv_previous_fn fn,
                           void *ctx, uint64_t *gone, uint64_t *rejected, rv_summary *summary, rv_error *err);

#endif
