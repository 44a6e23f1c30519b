/*
 * Rows to clients, block by block. Parsing and gathering happen in the parallel step; the serial step only adds counts
 * and tells rejects. Since the table doesn't mind the order in which rows come, nothing waits for its turn.
 */
#include "transactions.h"
#include "date.h"
#include "table_pass.h"

typedef struct reader {
    rv_table_pass pass;
    rv_client_table *table;
    int32_t as_of;
    int32_t id, date, amount; /* columns */
    rv_transaction_counts *counts;
} reader;

typedef struct outcome { /* of one block, in its arena */
    rv_transaction_counts counts;
    rv_row_reject *rejects;
    size_t n_rejects;
} outcome;

static const char *const id_names[] = {"client_id",     "customer_id", "id_client",   "id_customer",
                                       "client",        "customer",    "code_client", "customer_code",
                                       "numero_client", "user_id",     NULL};
static const char *const date_names[] = {
    "order_date", "date_commande", "date_achat", "purchase_date", "transaction_date", "date", "day", "jour", NULL};
static const char *const amount_names[] = {"amount",       "montant", "montant_ttc", "order_amount", "total",
                                           "total_amount", "revenue", "value",       "ca",           NULL};

/* 02/03/2026 is read day first unless that is impossible; counts what speaks for either. */
static void note_date_order(rv_text t, rv_transaction_counts *counts) {
    t = rv_text_trim(t);
    unsigned part[2] = {0, 0}, k = 0;
    for (uint32_t i = 0; i < t.len && i < 5; i++) {
        char c = t.ptr[i];
        if (c >= '0' && c <= '9') part[k] = part[k] * 10 + (unsigned)(c - '0');
        else if (k++ == 1) break;
    }
    if (part[1] > 12) counts->month_first_dates++;
    else if (part[0] <= 12 && part[0] != part[1]) counts->unclear_dates++;
}

/* Reads one row; NULL, or why not. *future: a date after the as-of date. */
static const char *read_row(const reader *r, const rv_batch *batch, uint32_t row, rv_transaction *out, bool *future,
                            rv_transaction_counts *counts) {
    const rv_dialect *dialect = &r->pass.options->dialect;
    rv_text day = rv_batch_cell(batch, row, (uint32_t)r->date);
    out->id = rv_text_trim(rv_batch_cell(batch, row, (uint32_t)r->id));
    if (out->id.len == 0) return "empty_id";
    if (out->id.len > RV_CLIENT_ID_MAX) return "id_too_long";
    int32_t date = rv_date_parse(day, dialect->date_order);
    if (date == RV_DATE_NONE) return "bad_date";
    if (dialect->date_order == RV_DATE_ORDER_AUTO && day.len > 4 && (day.ptr[1] < '0' || day.ptr[2] < '0'))
        note_date_order(day, counts);
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
    for (uint32_t row = 0; row < batch->rows; row++) {
        bool future = false;
        const char *reason = read_row(r, batch, row, &transactions[n], &future, &o->counts);
        if (reason) {
            if (!o->rejects) o->rejects = rv_arena_get(block->arena, (batch->rows - row) * sizeof *o->rejects);
            if (!o->rejects) return rv_fail_memory(err, (batch->rows - row) * sizeof *o->rejects);
            o->rejects[o->n_rejects++] = (rv_row_reject){row, reason};
        } else if (future) o->counts.future++;
        else {
            o->counts.refunds += !transactions[n].visit;
            n++;
        }
    }
    o->counts.purchases = n - o->counts.refunds;
    o->counts.irregular = block->irregular;
    return rv_client_table_add(r->table, transactions, n, block->arena, err);
}

static void add_counts(rv_transaction_counts *to, const rv_transaction_counts *from) {
    to->purchases += from->purchases;
    to->refunds += from->refunds;
    to->future += from->future;
    to->irregular += from->irregular;
    to->unclear_dates += from->unclear_dates;
    to->month_first_dates += from->month_first_dates;
    for (unsigned m = 0; m < 2; m++) {
        to->marks.decimal[m] += from->marks.decimal[m];
        to->marks.unclear[m] += from->marks.unclear[m];
    }
}

static rv_status consume(void *ctx, rv_table_block *block, rv_error *err) {
    reader *r = ctx;
    const outcome *o = block->user;
    add_counts(r->counts, &o->counts);
    return rv_table_pass_block(&r->pass, block, o->rejects, o->n_rejects, err);
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
    if (c->month_first_dates && c->unclear_dates) {
        rv_fail(err, RV_BAD_INPUT, "%llu dates can only be month first, and %llu could be either",
                (unsigned long long)c->month_first_dates, (unsigned long long)c->unclear_dates);
        rv_error_hint(err, "say the order: --date-order mdy");
        return rv_error_at(err, r->pass.path, 0, 0);
    }
    return RV_OK;
}

static rv_status find_columns(reader *r, rv_error *err) {
    r->id = rv_table_pass_column(&r->pass, RV_ROLE_ID, id_names);
    r->date = rv_table_pass_column(&r->pass, RV_ROLE_ORDER_DATE, date_names);
    r->amount = rv_table_pass_column(&r->pass, RV_ROLE_AMOUNT, amount_names);
    if (r->id < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_ID, err);
    if (r->date < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_ORDER_DATE, err);
    if (r->amount < 0) return rv_table_pass_missing(&r->pass, RV_ROLE_AMOUNT, err);
    return RV_OK;
}

rv_status rv_transactions_read(const rv_table_options *options, int32_t as_of, const rv_settings *settings,
                               rv_client_table *table, rv_transaction_counts *counts, rv_summary *summary,
                               rv_error *err) {
    *counts = (rv_transaction_counts){0};
    reader r = {.table = table, .as_of = as_of, .counts = counts};
    RV_TRY(rv_table_pass_open(&r.pass, options, options->path, "transactions", true, settings, err));
    rv_status status = find_columns(&r, err);
    rv_table_visitor visitor = {.work = work, .consume = consume, .ctx = &r};
    if (status == RV_OK) status = rv_table_pass_run(&r.pass, &visitor, &counts->rejected, summary, err);
    if (status == RV_OK) status = check_doubts(&r, err);
    counts->rows = counts->purchases + counts->refunds + counts->future + counts->rejected;
    rv_table_pass_close(&r.pass);
    return status;
}
