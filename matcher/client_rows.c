/*
 * Tables with one row per client: a CRM's summary instead of transactions, and the result of an earlier run. Both are
 * read in order of line, serially: the first row of a client counts, whatever the threads.
 */
#include "date.h"
#include "parallel.h"
#include "rfm.h"
#include "table_pass.h"
#include "transactions.h"

static const char *const id_names[] = {"client_id",     "customer_id", "id_client",   "id_customer",
                                       "client",        "customer",    "code_client", "customer_code",
                                       "numero_client", "user_id",     "id",          NULL};
static const char *const first_names[] = {"first_order",       "first_order_date",
                                          "first_purchase",    "first_purchase_date",
                                          "premiere_commande", "date_premiere_commande",
                                          "premier_achat",     "date_premier_achat",
                                          "date_first_order",  NULL};
static const char *const last_names[] = {"last_order",
                                         "last_order_date",
                                         "last_purchase",
                                         "last_purchase_date",
                                         "derniere_commande",
                                         "date_derniere_commande",
                                         "dernier_achat",
                                         "date_dernier_achat",
                                         "date_last_order",
                                         "order_date",
                                         NULL};
static const char *const orders_names[] = {
    "orders",    "order_count",   "orders_count",     "number_of_orders",    "nb_orders",      "total_orders",
    "purchases", "nb_commandes",  "nombre_commandes", "nombre_de_commandes", "nbre_commandes", "commandes",
    "nb_achats", "nombre_achats", "nombre_d_achats",  "frequency",           "frequence",      NULL};
static const char *const amount_names[] = {"amount",
                                           "total_amount",
                                           "total_spent",
                                           "amount_spent",
                                           "revenue",
                                           "montant",
                                           "montant_total",
                                           "montant_cumule",
                                           "total_achats",
                                           "chiffre_d_affaires",
                                           "ca",
                                           "ca_total",
                                           "ca_cumule",
                                           "monetary_value",
                                           "monetary",
                                           "ltv",
                                           NULL};
static const char *const state_names[] = {"state", NULL};
static const char *const recency_names[] = {"recency_days", NULL};

typedef struct reader {
    rv_table_pass pass;
    rv_client_table *table;
    int32_t as_of;
    int32_t id, first, last, orders, amount, state, recency;
    rv_transaction_counts *counts;
    rv_previous_fn fn;
    void *ctx;
    uint64_t gone;
    rv_row_reject *rejects;
    size_t cap;
} reader;

static rv_text cell(const rv_batch *batch, uint32_t row, int32_t column) {
    return column < 0 ? (rv_text){0} : rv_text_trim(rv_batch_cell(batch, row, (uint32_t)column));
}

static rv_status reserve_rejects(reader *r, uint32_t rows, rv_error *err) {
    if (rows <= r->cap) return RV_OK;
    rv_row_reject *grown = rv_array_grow(r->rejects, rows, sizeof *grown, err);
    if (!grown) return RV_NO_MEMORY;
    r->rejects = grown;
    r->cap = rows;
    return RV_OK;
}

/* --- One row per client ------------------------------------------------------------------------------------------- */

static const char *read_dates(reader *r, const rv_batch *batch, uint32_t row, rv_client_record *out,
                              bool *future) {
    rv_date_order order = r->pass.info->date_order;
    int32_t last = rv_date_in_cell(cell(batch, row, r->last), order, &r->counts->dates), first = last;
    if (cell(batch, row, r->first).len) first = rv_date_in_cell(cell(batch, row, r->first), order, &r->counts->dates);
    if (last == RV_DATE_NONE || first == RV_DATE_NONE) return "bad_date";
    *future = last > r->as_of;
    if (*future) return NULL;
    if ((int64_t)r->as_of - first > RV_AGE_MAX) return "date_too_old";
    if (first > last) return "bad_orders";
    out->first_age = (uint16_t)(r->as_of - first);
    out->last_age = (uint16_t)(r->as_of - last);
    return NULL;
}

static const char *read_client(reader *r, const rv_batch *batch, uint32_t row, rv_text *id, rv_client_record *out,
                               bool *future) {
    rv_text orders = cell(batch, row, r->orders), amount = cell(batch, row, r->amount);
    uint64_t n = 1;
    *id = cell(batch, row, r->id);
    if (id->len == 0) return "empty_id";
    if (id->len > RV_CLIENT_ID_MAX) return "id_too_long";
    if (orders.len && !rv_text_to_unsigned(orders, &n)) return "bad_orders";
    out->amount = 0;
    const char *reason =
        amount.len ? rv_amount_parse(amount, r->pass.info->decimal, &out->amount, &r->counts->marks) : NULL;
    if (reason) return reason;
    out->orders = 0;
    out->first_age = out->last_age = 0;
    if (orders.len && n == 0 && cell(batch, row, r->last).len == 0) return NULL; /* known, but never bought */
    reason = read_dates(r, batch, row, out, future);
    if (reason || *future) return reason;
    /* orders are distinct days: one where first is last, else two at least, and no more than there are days */
    uint64_t days = (uint64_t)(out->first_age - out->last_age) + 1, least = days == 1 ? 1 : 2;
    if (!orders.len) n = least;
    if (n < least) return "bad_orders";
    out->orders = (uint16_t)(n < days ? n : days);
    return NULL;
}

static rv_status consume_clients(void *ctx, rv_table_block *block, rv_error *err) {
    reader *r = ctx;
    size_t n = 0;
    RV_TRY(reserve_rejects(r, block->batch.rows, err));
    for (uint32_t row = 0; row < block->batch.rows; row++) {
        rv_text id;
        rv_client_record values;
        bool future = false, added = true;
        const char *reason = read_client(r, &block->batch, row, &id, &values, &future);
        if (!reason && !future) {
            RV_TRY(rv_client_table_put(r->table, id, &values, &added, err));
            if (!added) reason = "duplicate_client";
        }
        if (reason) r->rejects[n++] = (rv_row_reject){row, reason};
        else if (future) r->counts->future++;
        else r->counts->purchases++;
    }
    r->counts->irregular += block->irregular;
    return rv_table_pass_block(&r->pass, block, r->rejects, n, err);
}

rv_status rv_per_client_read(const rv_table_options *options, const char *path, int32_t as_of,
                             const rv_settings *settings, rv_rejects *rejects, rv_client_table *table,
                             rv_transaction_counts *counts,
                             rv_summary *summary, rv_error *err) {
    *counts = (rv_transaction_counts){0};
    reader r = {.table = table, .as_of = as_of, .counts = counts};
    RV_TRY(rv_table_pass_open(&r.pass, options, path, "clients", rejects, settings, err));
    r.id = rv_table_pass_column(&r.pass, RV_ROLE_ID, id_names);
    r.last = rv_table_pass_column(&r.pass, RV_ROLE_ORDER_DATE, last_names);
    r.first = rv_table_pass_column(&r.pass, RV_ROLE_NONE, first_names);
    r.orders = rv_table_pass_column(&r.pass, RV_ROLE_NONE, orders_names);
    r.amount = rv_table_pass_column(&r.pass, RV_ROLE_AMOUNT, amount_names);
    rv_table_visitor visitor = {.consume = consume_clients, .ctx = &r};
    rv_status status = r.id < 0     ? rv_table_pass_missing(&r.pass, RV_ROLE_ID, err)
                       : r.last < 0 ? rv_table_pass_missing(&r.pass, RV_ROLE_ORDER_DATE, err)
                                    : rv_table_pass_run(&r.pass, &visitor, &counts->rejected, summary, err);
    if (status == RV_OK) rv_tell_dates(&counts->dates, path, settings);
    counts->rows = counts->purchases + counts->future + counts->rejected;
    rv_table_pass_close(&r.pass);
    rv_free(r.rejects);
    return status;
}

/* --- An earlier result -------------------------------------------------------------------------------------------- */

static rv_status consume_previous(void *ctx, rv_table_block *block, rv_error *err) {
    reader *r = ctx;
    const rv_batch *batch = &block->batch;
    size_t n = 0;
    RV_TRY(reserve_rejects(r, batch->rows, err));
    for (uint32_t row = 0; row < batch->rows; row++) {
        rv_text state = cell(batch, row, r->state);
        rv_state found;
        uint64_t recency = UINT32_MAX;
        if (!rv_state_find(state.ptr, state.len, &found)) {
            r->rejects[n++] = (rv_row_reject){row, "bad_state"};
            continue;
        }
        rv_client_record *client = rv_client_table_find(r->table, cell(batch, row, r->id));
        if (!client) {
            r->gone++;
            continue;
        }
        if (!rv_text_to_unsigned(cell(batch, row, r->recency), &recency) || recency > UINT32_MAX) recency = UINT32_MAX;
        if (client->previous != RV_STATE_NONE) { /* its state would be whichever row came last */
            r->rejects[n++] = (rv_row_reject){row, "duplicate_client"};
            continue;
        }
        int32_t last = r->last < 0 ? RV_DATE_NONE : rv_date_parse(cell(batch, row, r->last), RV_YMD);
        client->previous = (unsigned)found & 7;
        r->fn(r->ctx, &(rv_previous_row){client, last, (uint32_t)recency, found});
    }
    return rv_table_pass_block(&r->pass, block, r->rejects, n, err);
}

rv_status rv_previous_read(const char *path, const rv_settings *settings, rv_rejects *rejects, rv_client_table *table, rv_previous_fn fn,
                           void *ctx, uint64_t *gone, uint64_t *rejected, rv_summary *summary, rv_error *err) {
    rv_table_options options = {.path = path};
    reader r = {.table = table, .fn = fn, .ctx = ctx};
    RV_TRY(rv_table_pass_open(&r.pass, &options, path, "previous", rejects, settings, err));
    r.id = rv_table_pass_column(&r.pass, RV_ROLE_ID, id_names);
    r.state = rv_table_pass_column(&r.pass, RV_ROLE_NONE, state_names);
    r.last = rv_table_pass_column(&r.pass, RV_ROLE_NONE, last_names);
    r.recency = rv_table_pass_column(&r.pass, RV_ROLE_NONE, recency_names);
    rv_status status;
    if (r.id < 0 || r.state < 0) {
        status = rv_fail(err, RV_BAD_INPUT, "this is no earlier result of segment: it has no column %s",
                         r.id < 0 ? "client_id" : "state");
        rv_error_at(err, path, 1, 0);
        rv_error_hint(err, "give the file that an earlier `reveil segment --out` wrote");
    } else {
        rv_table_visitor visitor = {.consume = consume_previous, .ctx = &r};
        status = rv_table_pass_run(&r.pass, &visitor, rejected, summary, err);
    }
    if (status == RV_OK) *gone = r.gone;
    rv_table_pass_close(&r.pass);
    rv_free(r.rejects);
    return status;
}
