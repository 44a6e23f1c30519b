/* One line per client, formatted by all threads in ranges, written in order. */
#include "csv_writer.h"
#include "date.h"
#include "lifecycle.h"
#include "lifecycle_detail.h"
#include "parallel.h"
#include <math.h>

enum { CLIENTS_A_RANGE = 8192 };

typedef struct range {
    uint64_t from, to;
    rv_buffer buffer;
} range;

typedef struct writer {
    const rv_lifecycle *life;
    const rv_settings *settings;
    bool with_previous;
    rv_table_out *out;
    uint64_t next;
} writer;

/* A line but for its id, at most: two dates, an amount and counts of 20 digits, an interval, names, two figures. */
enum { LINE_REST = 256 };

/* Room is there already: a cursor instead of a buffer that asks itself at each byte. */
static char *put_unsigned(char *at, uint64_t value) {
    char digits[20];
    size_t n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n) *at++ = digits[--n];
    return at;
}

static char *put_date(char *at, int32_t date) {
    if (date == RV_DATE_NONE) return at;
    char text[11];
    rv_date_format(date, text);
    memcpy(at, text, 10);
    return at + 10;
}

/* Two decimals, or four where the amounts have more than cents. */
static char *put_amount(char *at, int64_t amount) {
    uint64_t units = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    if (amount < 0) *at++ = '-';
    at = put_unsigned(at, units / RV_AMOUNT_UNIT);
    unsigned rest = (unsigned)(units % RV_AMOUNT_UNIT);
    const char digits[5] = {'.', (char)('0' + rest / 1000), (char)('0' + rest / 100 % 10), (char)('0' + rest / 10 % 10),
                            (char)('0' + rest % 10)};
    memcpy(at, digits, 5);
    return at + (rest % 100 ? 5 : 3);
}

static char *put_word(char *at, const char *word) {
    size_t n = strlen(word);
    memcpy(at, word, n);
    return at + n;
}

static void put_number(rv_buffer *buffer, double value, int decimals) {
    if (!isnan(value)) rv_buffer_fixed(buffer, value, decimals);
}

/* "silence|days=371|limit=365|interval=45": what happened, how long the client has been silent, until when that would have
 * been nothing, how often he or she used to order. */
static void put_cause(rv_buffer *b, const rv_client_life *c) {
    rv_buffer_format(b, "%s|days=%u|limit=%u", c->cause, c->recency_days, c->active_days);
    if (!isnan(c->mean_interval_days)) rv_buffer_format(b, "|interval=%.0f", c->mean_interval_days);
}

static void put_client(rv_buffer *b, const rv_client_life *c, bool with_previous) {
    rv_csv_put(b, c->id);
    if (!rv_buffer_reserve(b, LINE_REST)) return;
    char *at = b->data + b->len;
    *at++ = ',';
    at = put_date(at, c->first_order);
    *at++ = ',';
    at = put_date(at, c->last_order);
    *at++ = ',';
    at = put_unsigned(at, c->orders);
    *at++ = ',';
    at = put_amount(at, c->amount);
    *at++ = ',';
    if (c->recency_days != UINT32_MAX) at = put_unsigned(at, c->recency_days);
    *at++ = ',';
    b->len = (size_t)(at - b->data);
    put_number(b, c->mean_interval_days, 2);
    at = b->data + b->len;
    const char rfm[] = {',', (char)('0' + c->r), ',', (char)('0' + c->f), ',', (char)('0' + c->m), ','};
    memcpy(at, rfm, sizeof rfm);
    at = put_word(at + sizeof rfm, rv_segment_name(c->segment));
    *at++ = ',';
    at = put_word(at, rv_state_name(c->state));
    *at++ = ',';
    b->len = (size_t)(at - b->data);
    put_number(b, c->expected_orders, 6);
    rv_csv_comma(b);
    put_number(b, c->p_alive, 6);
    if (with_previous) {
        rv_csv_comma(b);
        rv_buffer_byte(b, c->newly_at_risk ? '1' : '0');
        rv_csv_comma(b);
        if (c->cause) put_cause(b, c);
    }
    rv_csv_comma(b);
    put_number(b, c->expected_order_value, 2);
    rv_csv_comma(b);
    put_number(b, c->expected_value, 2);
    rv_csv_end(b);
}

static rv_status produce(void *ctx, void *slot, bool *end, rv_error *err) {
    writer *w = ctx;
    range *r = slot;
    RV_TRY(rv_check_cancel(w->settings, err));
    *end = w->next == w->life->n;
    r->from = w->next;
    r->to = w->life->n - w->next < CLIENTS_A_RANGE ? w->life->n : w->next + CLIENTS_A_RANGE;
    w->next = r->to;
    return RV_OK;
}

static rv_status format(void *ctx, void *slot, int worker, rv_error *err) {
    (void)worker;
    const writer *w = ctx;
    range *r = slot;
    r->buffer.len = 0;
    if (r->from == 0) {
        rv_buffer_string(&r->buffer,
                         "client_id,first_order,last_order,orders,amount,recency_days,mean_interval_days,r,f,m,"
                         "segment,state,expected_orders,p_alive");
        if (w->with_previous) rv_buffer_string(&r->buffer, ",newly_at_risk,cause");
        rv_buffer_string(&r->buffer, ",expected_order_value,expected_value");
        rv_csv_end(&r->buffer);
    }
    for (uint64_t i = r->from; i < r->to; i++) {
        rv_client_life client;
        rv_lifecycle_get(w->life, i, &client);
        put_client(&r->buffer, &client, w->with_previous);
    }
    RV_TRY(rv_buffer_check(&r->buffer, err));
    return rv_table_out_pack(w->out, &r->buffer, err);
}

static rv_status append(void *ctx, void *slot, rv_error *err) {
    return rv_table_out_append(((writer *)ctx)->out, &((range *)slot)->buffer, err);
}

rv_status rv_lifecycle_write(const rv_lifecycle *life, const rv_segment_options *options, const rv_settings *settings,
                             rv_error *err) {
    writer w = {.life = life, .settings = settings, .with_previous = options->previous != NULL};
    RV_TRY(rv_table_out_open(options->out, settings->force, &w.out, err));
    rv_table_out_for_people(w.out, settings, 1, UINT64_MAX); /* all but the id */
    int threads = rv_threads(settings);
    size_t slots = 2 * (size_t)threads + 1;
    rv_status status = RV_NO_MEMORY;
    range *ranges = rv_array_new(slots, sizeof *ranges, err);
    if (ranges) {
        rv_pipeline pipeline = {.produce = produce,
                                .work = format,
                                .consume = append,
                                .ctx = &w,
                                .slot_array = ranges,
                                .slot_bytes = sizeof *ranges,
                                .slots = slots};
        status = rv_pipeline_run(&pipeline, threads, err);
        for (size_t i = 0; i < slots; i++) rv_buffer_free(&ranges[i].buffer);
        rv_free(ranges);
    }
    if (status == RV_OK) return rv_table_out_finish(w.out, settings->held, err);
    rv_table_out_abort(w.out);
    return status;
}
