/*
 * Transactions to clients to scores, states and expectations: the order of steps, and the look at one client.
 *
 * A client with refunds only has bought before the file begins, or never: r = f = m = 1, segment and state lost, no
 * dates, no expectation; such clients take no part in quintiles and fits.
 */
#include "lifecycle.h"
#include "date.h"
#include "lifecycle_detail.h"
#include "parallel.h"
#include <math.h>

enum { DEFAULT_HORIZON = 182, DEFAULT_MONTHS = 12 };

/* --- Scores and states ---------------------------------------------------------------------------------------------- */

static rv_state state_of(const rv_life_detail *life, const rv_client_record *r) {
    if (life->by_rhythm)
        return rv_state_of_rhythm(r->last_age, r->first_age - r->last_age, r->orders - 1u, life->population_days);
    return rv_state_of(&life->limits, life->as_of - r->last_age);
}

/* The longest silence in which the client still counts as active. */
static uint32_t active_days(const rv_life_detail *life, const rv_client_record *r) {
    if (!life->by_rhythm) return (uint32_t)(life->as_of - life->limits.since[0]);
    return (uint32_t)(rv_rhythm_limits[0] *
                      rv_rhythm_days(r->first_age - r->last_age, r->orders - 1u, life->population_days));
}

typedef struct scoring {
    rv_life_detail *life;
    struct {
        uint64_t in_state[RV_LOST + 1], in_segment[RV_SEGMENT_COUNT];
    } parts[RV_CLIENT_PARTS];
} scoring;

static rv_status score_part(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker, (void)err;
    scoring *s = ctx;
    const rv_life_detail *life = s->life;
    rv_client_walk walk = rv_client_walk_part(index);
    rv_client_ref ref;
    for (rv_client_record *c; (c = rv_client_table_next(life->table, &walk, &ref));) {
        unsigned r = 1, f = 1, m = 1, segment = RV_SEGMENT_LOST;
        rv_state state = RV_LOST;
        if (c->orders) {
            r = 6 - rv_quintile_score(&life->recency, c->last_age);
            f = rv_quintile_score(&life->frequency, c->orders);
            m = rv_quintile_score(&life->money, c->amount);
            segment = rv_rfm_segment(r, f, m);
            state = state_of(life, c);
        }
        c->r = r & 7, c->f = f & 7, c->m = m & 7, c->segment = segment & 15, c->state = (unsigned)state & 7;
        c->previous = c->cause = 0;
        s->parts[index].in_state[state]++;
        s->parts[index].in_segment[segment]++;
    }
    return RV_OK;
}

static rv_status score_clients(rv_life_detail *life, int threads, rv_error *err) {
    scoring *s = rv_new(sizeof *s, err);
    if (!s) return RV_NO_MEMORY;
    s->life = life;
    rv_status status = rv_parallel(threads, RV_CLIENT_PARTS, score_part, s, err);
    for (size_t p = 0; p < RV_CLIENT_PARTS; p++) {
        for (unsigned i = 0; i <= RV_LOST; i++) life->in_state[i] += s->parts[p].in_state[i];
        for (unsigned i = 0; i < RV_SEGMENT_COUNT; i++) life->in_segment[i] += s->parts[p].in_segment[i];
    }
    rv_free(s);
    return status;
}

/* --- Newly at risk ------------------------------------------------------------------------------------------------- */

static void compare_previous(void *ctx, const rv_previous_row *row) {
    const rv_life_detail *life = ctx;
    rv_client_record *c = row->client;
    if (c->state != RV_AT_RISK || row->state != RV_ACTIVE) return;
    rv_cause cause = RV_CAUSE_SILENCE;
    if (row->last_order != RV_DATE_NONE && life->as_of - c->last_age < row->last_order) cause = RV_CAUSE_WITHDRAWN;
    else if (row->recency_days != UINT32_MAX && c->last_age <= row->recency_days) cause = RV_CAUSE_THRESHOLDS;
    c->cause = (unsigned)cause & 7;
}

static rv_status find_newly_at_risk(rv_life_detail *life, const char *path, const rv_settings *settings,
                                    rv_summary *summary, rv_error *err) {
    life->with_previous = true;
    RV_TRY(rv_previous_read(path, settings, life->rejects, life->table, compare_previous, life, &life->gone,
                            &life->previous_rejected, summary, err));
    rv_client_walk walk = {0};
    rv_client_ref ref;
    for (rv_client_record *c; (c = rv_client_table_next(life->table, &walk, &ref));) {
        if (c->state == RV_AT_RISK && c->previous == RV_STATE_NONE) c->cause = RV_CAUSE_ABSENT;
        life->newly_at_risk[c->cause]++;
    }
    return RV_OK;
}

/* --- The whole ----------------------------------------------------------------------------------------------------- */

static rv_status read_as_of(const rv_segment_options *options, int32_t *as_of, rv_error *err) {
    *as_of = options->as_of ? rv_date_parse(rv_text_of(options->as_of), RV_YMD) : RV_DATE_NONE;
    if (*as_of != RV_DATE_NONE) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT,
            options->as_of ? "the as-of date is no date of the form YYYY-MM-DD" : "there is no as-of date");
    rv_error_hint(err, "--as-of 2026-11-21");
    return RV_BAD_ARGUMENT;
}

static rv_status nobody(const rv_life_detail *life, const char *path, rv_error *err) {
    rv_fail(err, RV_BAD_INPUT,
            "no transaction can be used: %llu rows, %llu of them after the as-of date, %llu rejected",
            (unsigned long long)life->read.rows, (unsigned long long)life->read.future,
            (unsigned long long)life->read.rejected);
    rv_error_hint(err, life->read.future ? "check --as-of" : "check that this is the file of transactions");
    return rv_error_at(err, path, 0, 0);
}

static rv_status publish_rejects(rv_life_detail *life, rv_error *err) {
    rv_rejects *rejects = life->rejects;
    life->rejects = NULL;
    return rv_rejects_commit(rejects, err);
}

static rv_status read_clients(rv_life_detail *life, const rv_segment_options *options, const rv_settings *settings,
                              rv_summary *summary, rv_error *err) {
    const char *path = options->per_client ? options->per_client : options->transactions.path;
    RV_TRY(rv_rejects_open(NULL, settings, &life->rejects, err));
    RV_TRY(rv_client_table_new(settings, 0, &life->table, err));
    if (options->per_client)
        RV_TRY(rv_per_client_read(&options->transactions, path, life->as_of, settings, life->rejects, life->table,
                                  &life->read, summary, err));
    else
        RV_TRY(rv_transactions_read(&options->transactions, life->as_of, settings, life->rejects, life->table, &life->read,
                                    summary, err));
    summary->rows_in += life->read.rows;
    summary->rejected += life->read.rejected;
    summary->rows_out += life->read.rows - life->read.rejected;
    RV_TRY(rv_client_table_finish(life->table, rv_threads(settings), err));
    bool empty = rv_client_table_count(life->table) == 0;
    if (empty || !options->previous) RV_TRY(publish_rejects(life, err));
    return empty ? nobody(life, path, err) : RV_OK;
}

static rv_status compute(rv_life_detail *life, const rv_segment_options *options, const rv_settings *settings,
                         rv_summary *summary, rv_error *err) {
    int threads = rv_threads(settings);
    RV_TRY(read_as_of(options, &life->as_of, err));
    RV_TRY(rv_rfm_limits_parse(options->rfm, &life->rfm, err));
    life->horizon_days = options->horizon_days ? options->horizon_days : DEFAULT_HORIZON;
    rv_state_limits_of(life->as_of, options->active_months ? options->active_months : DEFAULT_MONTHS, &life->limits);
    double since = rv_clock_seconds();
    RV_TRY(read_clients(life, options, settings, summary, err));
    rv_summary_timing(summary, "segment_read", since);
    RV_TRY(rv_life_look(life, threads, err));
    life->by_rhythm = options->own_rhythm && life->population_days > 0;
    if (options->own_rhythm && !life->by_rhythm)
        rv_warn(settings, "nobody has ordered twice, so there is no rhythm: states are by fixed months");
    RV_TRY(score_clients(life, threads, err));
    if (options->previous) RV_TRY(find_newly_at_risk(life, options->previous, settings, summary, err));
    if (life->rejects) RV_TRY(publish_rejects(life, err));
    RV_TRY(rv_check_cancel(settings, err));
    since = rv_clock_seconds();
    RV_TRY(rv_life_fit(life, options->model, threads, err));
    rv_summary_timing(summary, "segment_fit", since);
    if (!life->fit.fitted)
        rv_warn(settings, "no buying model: %s; expected_orders, p_alive and expected_value stay empty", life->fit.why);
    if (!life->spend.fitted)
        rv_warn(settings, "no model of spending: %s; expected_order_value and expected_value stay empty",
                life->spend.why);
    RV_TRY(rv_client_table_order(life->table, threads, &life->order, err));
    rv_life_report(life, summary);
    return RV_OK;
}

static void free_detail(rv_life_detail *life) {
    if (!life) return;
    rv_rejects_abort(life->rejects);
    rv_client_table_free(life->table);
    rv_free(life->order);
    rv_free(life->groups);
    rv_free(life->spenders);
    rv_free(life->of_x);
    rv_free(life->ages);
    rv_free(life->if_alive);
    rv_free(life);
}

rv_status rv_lifecycle_compute(const rv_segment_options *options, const rv_settings *settings, rv_lifecycle *out,
                               rv_summary *summary, rv_error *err) {
    rv_life_detail *life = rv_new(sizeof *life, err);
    if (!life) return RV_NO_MEMORY;
    rv_status status = compute(life, options, settings, summary, err);
    if (status == RV_OK) *out = (rv_lifecycle){.n = life->n, .detail = life};
    else free_detail(life);
    return status;
}

void rv_lifecycle_reset(rv_lifecycle *life) {
    free_detail(life->detail);
    *life = (rv_lifecycle){0};
}

/* --- One client ---------------------------------------------------------------------------------------------------- */

static void describe(const rv_life_detail *life, const rv_client_record *c, rv_client_life *out) {
    *out = (rv_client_life){.id = rv_client_id(c),
                            .first_order = RV_DATE_NONE,
                            .last_order = RV_DATE_NONE,
                            .orders = c->orders,
                            .amount = c->amount,
                            .recency_days = UINT32_MAX,
                            .mean_interval_days = NAN,
                            .r = c->r,
                            .f = c->f,
                            .m = c->m,
                            .segment = c->segment,
                            .state = (rv_state)c->state,
                            .newly_at_risk = c->cause != RV_CAUSE_NONE,
                            .cause = c->cause ? rv_cause_name((rv_cause)c->cause) : NULL};
    if (c->cause) out->active_days = active_days(life, c);
    if (c->orders) {
        out->first_order = life->as_of - c->first_age;
        out->last_order = life->as_of - c->last_age;
        out->recency_days = c->last_age;
    }
    if (c->orders > 1) out->mean_interval_days = (double)(c->first_age - c->last_age) / (c->orders - 1);
    rv_life_expect(life, c, &out->expected_orders, &out->p_alive);
    out->expected_order_value = rv_life_order_value(life, c);
    out->expected_value = out->expected_orders * out->expected_order_value;
}

void rv_lifecycle_get(const rv_lifecycle *life, uint64_t index, rv_client_life *out) {
    if (index + 8 < life->n)
        __builtin_prefetch(rv_client_table_at(life->detail->table, life->detail->order[index + 8]));
    describe(life->detail, rv_client_table_at(life->detail->table, life->detail->order[index]), out);
}

bool rv_lifecycle_find(const rv_lifecycle *life, rv_text id, rv_client_life *out) {
    const rv_client_record *c = rv_client_table_find(life->detail->table, rv_text_trim(id));
    if (c) describe(life->detail, c, out);
    return c != NULL;
}

void rv_lifecycle_places(const rv_lifecycle *life, const rv_text *ids, size_t stride, size_t n, uint8_t *segments,
                         uint8_t *states) {
    enum { GROUP = RV_FIND_MANY };
    for (size_t begin = 0; begin < n; begin += GROUP) {
        const rv_client_record *found[GROUP];
        rv_text trimmed[GROUP];
        size_t some = n - begin < GROUP ? n - begin : GROUP;
        for (size_t i = 0; i < some; i++) trimmed[i] = rv_text_trim(ids[(begin + i) * stride]);
        rv_client_table_find_many(life->detail->table, trimmed, some, found);
        for (size_t i = 0; i < some; i++) {
            segments[begin + i] = found[i] ? (uint8_t)found[i]->segment : 0;
            states[begin + i] = found[i] ? (uint8_t)found[i]->state : 0;
        }
    }
}
