/*
 * Rows to clients, block by block. Parsing and gathering happen in the parallel step; the serial step only adds counts
 * and tells rejects. Since the table doesn't mind the order in which rows come, nothing waits for its turn, but for the
 * first and the last order of a block where orders have ids: their other lines may stand in the neighbouring blocks, so
 * those two are added by the serial step.
 */
#include "transactions.h"
#include "date.h"
#include "table_pass.h"
#include <stdlib.h>

typedef struct reader {
    rv_table_pass pass;
    rv_client_table *table;
    int32_t as_of;
    int32_t id, date, amount, order; /* columns; order may be -1 */
    rv_transaction_counts *counts;
    struct { /* the last order so far, whose lines may go on */
        bool is;
        rv_transaction order;
        rv_text id; /* of the order */
        rv_buffer texts;
    } open;
} reader;

typedef struct outcome { /* of one block, in its arena */
    rv_transaction_counts counts;
    rv_row_reject *rejects;
    size_t n_rejects;
    rv_transaction *orders; /* with order ids: all of them, of which those between the first and the last are added */
    rv_text first, last;    /* their ids */
    size_t n;
} outcome;

static const char *const id_names[] = {"client_id",     "customer_id", "id_client",   "id_customer",
                                       "client",        "customer",    "code_client", "customer_code",
                                       "numero_client", "user_id",     NULL};
static const char *const date_names[] = {
    "order_date", "date_commande", "date_achat", "purchase_date", "transaction_date", "date", "day", "jour", NULL};
static const char *const order_names[] = {"order_id", NULL};
static const char *const amount_names[] = {"amount",       "montant", "montant_ttc", "order_amount", "total",
                                           "total_amount", "revenue", "value",       "ca",           NULL};

/* Reads one row; NULL, or why not. *future: a date after the as-of date. */
static const char *read_row(const reader *r, const rv_batch *batch, uint32_t row, rv_transaction *out, bool *future,
                            rv_transaction_counts *counts) {
    const rv_table_info *dialect = r->pass.info;
    rv_text day = rv_batch_cell(batch, row, (uint32_t)r->date);
    out->id = rv_text_trim(rv_batch_cell(batch, row, (uint32_t)r->id));
    if (out->id.len == 0) return "empty_id";
    if (out->id.len > RV_CLIENT_ID_MAX) return "id_too_long";
    int32_t date = rv_date_in_cell(day, dialect->date_order, &counts->dates);
    if (date == RV_DATE_NONE) return "bad_date";
    const char *reason =
        rv_amount_parse(rv_batch_cell(batch, row, (uint32_t)r->amount), dialect->decimal, &out->amount, &counts->marks);
    if (reason) return reason;
    *future = date > r->as_of;
    if (*future) return NULL;
    if ((int64_t)r->as_of - date > RV_AGE_MAX) return "date_too_old";
    out->age = (uint16_t)(r->as_of - date);
    out->visit = out->amount >= 0;
    return NULL;
}

/* The line goes on with the order before it; false: too late for it, or too much for one amount. */
static bool join_line(rv_transaction *order, const rv_transaction *line) {
    int64_t amount;
    if (abs(line->age - order->age) > RV_ORDER_DAYS || __builtin_add_overflow(order->amount, line->amount, &amount))
        return false;
    order->amount = amount;
    if (line->age > order->age) order->age = line->age;
    order->visit = order->amount >= 0;
    return true;
}

static void count_orders(const rv_transaction *orders, size_t n, rv_transaction_counts *counts) {
    for (size_t i = 0; i < n; i++) counts->purchases += orders[i].visit, counts->refunds += !orders[i].visit;
}

static rv_status work(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    reader *r = ctx;
    const rv_batch *batch = &block->batch;
    outcome *o = rv_arena_get(block->arena, sizeof *o);
    rv_transaction *transactions = rv_arena_get(block->arena, (size_t)batch->rows * sizeof *transactions);
    if (!o || !transactions) return rv_fail_memory(err, (size_t)batch->rows * sizeof *transactions);
    *o = (outcome){0};
    block->user = o;
    size_t n = 0;
    rv_text order = {0};
    for (uint32_t row = 0; row < batch->rows; row++) {
        bool future = false;
        const char *reason = read_row(r, batch, row, &transactions[n], &future, &o->counts);
        if (reason) {
            if (!o->rejects) o->rejects = rv_arena_get(block->arena, (batch->rows - row) * sizeof *o->rejects);
            if (!o->rejects) return rv_fail_memory(err, (batch->rows - row) * sizeof *o->rejects);
            o->rejects[o->n_rejects++] = (rv_row_reject){row, reason};
            continue;
        }
        if (future) {
            o->counts.future++;
            continue;
        }
        if (r->order >= 0) {
            rv_text its = rv_text_trim(rv_batch_cell(batch, row, (uint32_t)r->order));
            if (n && its.len && rv_text_equal(its, order) &&
                rv_text_equal(transactions[n].id, transactions[n - 1].id) &&
                join_line(&transactions[n - 1], &transactions[n])) {
                o->counts.merged++;
                continue;
            }
            order = its;
            if (n == 0) o->first = its;
        }
        n++;
    }
    o->counts.irregular = block->irregular;
    if (r->order >= 0) {
        o->orders = transactions, o->n = n, o->last = order;
        transactions++;
        n = n > 2 ? n - 2 : 0;
    }
    count_orders(transactions, n, &o->counts);
    return rv_client_table_add(r->table, transactions, n, block->arena, err);
}

static void add_counts(rv_transaction_counts *to, const rv_transaction_counts *from) {
    to->purchases += from->purchases;
    to->refunds += from->refunds;
    to->future += from->future;
    to->merged += from->merged;
    to->irregular += from->irregular;
    to->dates.day_first += from->dates.day_first;
    to->dates.month_first += from->dates.month_first;
    to->dates.unclear += from->dates.unclear;
    to->dates.short_years += from->dates.short_years;
    for (unsigned m = 0; m < 2; m++) {
        to->marks.decimal[m] += from->marks.decimal[m];
        to->marks.unclear[m] += from->marks.unclear[m];
    }
    to->marks.currencies |= from->marks.currencies;
}

/* --- Orders whose lines may go on in the next block ----------------------------------------------------------------- */

static rv_status close_order(reader *r, rv_arena *scratch, rv_error *err) {
    if (!r->open.is) return RV_OK;
    r->open.is = false;
    count_orders(&r->open.order, 1, r->counts);
    return rv_client_table_add(r->table, &r->open.order, 1, scratch, err);
}

/* The block is gone before the next one comes, so texts are copied. */
static rv_status open_order(reader *r, const rv_transaction *order, rv_text id, rv_error *err) {
    rv_buffer *texts = &r->open.texts;
    texts->len = 0;
    rv_buffer_add(texts, order->id.ptr, order->id.len);
    rv_buffer_add(texts, id.ptr, id.len);
    RV_TRY(rv_buffer_check(texts, err));
    r->open.order = *order;
    r->open.order.id = rv_text_make(texts->data, order->id.len);
    r->open.id = rv_text_make(texts->data + order->id.len, id.len);
    r->open.is = true;
    return RV_OK;
}

static rv_status close_last(reader *r, rv_error *err) {
    rv_arena scratch = {0};
    rv_status status = close_order(r, &scratch, err);
    rv_arena_free(&scratch);
    return status;
}

static rv_status add_ends(reader *r, const outcome *o, rv_arena *scratch, rv_error *err) {
    if (o->n == 0) return RV_OK;
    bool goes_on = r->open.is && o->first.len && rv_text_equal(o->first, r->open.id) &&
                   rv_text_equal(o->orders[0].id, r->open.order.id) && join_line(&r->open.order, &o->orders[0]);
    if (goes_on) r->counts->merged++;
    else {
        RV_TRY(close_order(r, scratch, err));
        RV_TRY(open_order(r, &o->orders[0], o->first, err));
    }
    if (o->n == 1) return RV_OK;
    RV_TRY(close_order(r, scratch, err));
    return open_order(r, &o->orders[o->n - 1], o->last, err);
}

static rv_status consume(void *ctx, rv_table_block *block, rv_error *err) {
    reader *r = ctx;
    const outcome *o = block->user;
    add_counts(r->counts, &o->counts);
    if (o->orders) RV_TRY(add_ends(r, o, block->arena, err));
    return rv_table_pass_block(&r->pass, block, o->rejects, o->n_rejects, err);
}

void rv_tell_dates(const rv_date_forms *dates, const char *path, const rv_settings *settings) {
    if (dates->short_years)
        rv_warn(settings, "%s: %llu dates have years of two digits: 00 to 69 are read as 2000 to 2069, 70 to 99 as 1970 "
                "to 1999",
                path, (unsigned long long)dates->short_years);
    if (dates->unclear && !dates->day_first && !dates->month_first)
        rv_warn(settings, "%s: no date has a day beyond 12; %llu are read day first. If the month comes first: "
                "--date-order mdy",
                path, (unsigned long long)dates->unclear);
}

/* What one cell can't tell, the file does; where even the file contradicts itself, the user must. */
static rv_status check_doubts(const reader *r, rv_error *err) {
    const rv_transaction_counts *c = r->counts;
    char mark = '.';
    rv_amount_verdict verdict = rv_amount_doubt(&c->marks, &mark);
    if (verdict == RV_AMOUNTS_CONTRADICT) {
        rv_fail(err, RV_BAD_INPUT,
                "amounts like 1%c234 could be a little over one or over a thousand, and others in the file use another "
                "decimal mark",
                mark);
        rv_error_hint(err, "say which mark is decimal: --decimal %c", mark == ',' ? '.' : ',');
        return rv_error_at(err, r->pass.path, 0, 0);
    }
    if (verdict == RV_AMOUNTS_UNCLEAR)
        rv_warn(r->pass.settings,
                "%s: all amounts with a mark are like 1%c234; the mark is taken as decimal. If it groups thousands: "
                "--decimal %c",
                r->pass.path, mark, mark == ',' ? '.' : ',');
    if (c->marks.currencies & (c->marks.currencies - 1)) {
        rv_fail(err, RV_BAD_INPUT, "amounts are in several currencies (%s, %s): they can't be added up",
                rv_amount_currency((unsigned)__builtin_ctz(c->marks.currencies)),
                rv_amount_currency(31 - (unsigned)__builtin_clz(c->marks.currencies)));
        rv_error_hint(err, "convert them into one currency, or give one file a currency");
        return rv_error_at(err, r->pass.path, 0, 0);
    }
    if (c->dates.month_first && c->dates.unclear) {
        rv_fail(err, RV_BAD_INPUT, "%llu dates can only be month first, and %llu could be either",
                (unsigned long long)c->dates.month_first, (unsigned long long)c->dates.unclear);
        rv_error_hint(err, "say the order: --date-order mdy");
        return rv_error_at(err, r->pass.path, 0, 0);
    }
    rv_tell_dates(&c->dates, r->pass.path, r->pass.settings);
    return RV_OK;
}

static rv_status find_columns(reader *r, rv_error *err) {
    r->id = rv_table_pass_column(&r->pass, RV_ROLE_ID, id_names);
    r->date = rv_table_pass_column(&r->pass, RV_ROLE_ORDER_DATE, date_names);
    r->amount = rv_table_pass_column(&r->pass, RV_ROLE_AMOUNT, amount_names);
    r->order = rv_table_pass_column(&r->pass, RV_ROLE_ORDER_ID, order_names);
    if (r->order == r->id || r->order == r->date || r->order == r->amount) r->order = -1;
    if (r->id < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_ID, err);
    if (r->date < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_ORDER_DATE, err);
    if (r->amount < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_AMOUNT, err);
    return RV_OK;
}

rv_status rv_transactions_read(const rv_table_options *options, int32_t as_of, const rv_settings *settings, rv_rejects *rejects,
                               rv_client_table *table, rv_transaction_counts *counts, rv_summary *summary,
                               rv_error *err) {
    *counts = (rv_transaction_counts){0};
    reader r = {.table = table, .as_of = as_of, .counts = counts};
    RV_TRY(rv_table_pass_open(&r.pass, options, options->path, "transactions", rejects, settings, err));
    rv_status status = find_columns(&r, err);
    rv_table_visitor visitor = {.work = work, .consume = consume, .ctx = &r};
    if (status == RV_OK) status = rv_table_pass_run(&r.pass, &visitor, &counts->rejected, summary, err);
    if (status == RV_OK) status = close_last(&r, err);
    if (status == RV_OK) status = check_doubts(&r, err);
    counts->rows = counts->purchases + counts->refunds + counts->merged + counts->future + counts->rejected;
    rv_buffer_free(&r.open.texts);
    rv_table_pass_close(&r.pass);
    return status;
}
