/* What defines the target: columns that repeat the orders are found by their values, those of a segmentation by name. */
#include "target.h"

#include "date.h"
#include "learn.h"
#include "random.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CLIENTS = 2500, COLUMNS = 10 };
static const char *const names[COLUMNS] = {"created", "orders_known", "children", "revenue", "last_seen_on",
                                           "silence", "signed_up",    "born",     "town",    "from_the_base"};

typedef struct client {
    int32_t first, last, days[12];
    unsigned orders;
    double amount[12], sum;
} client;

static client client_of(rv_random *r, int32_t as_of) {
    client c = {.orders = 1 + rv_random_below(r, 4) * rv_random_below(r, 3)};
    int32_t start = as_of - 1 - (int32_t)rv_random_below(r, 1500);
    for (unsigned i = 0; i < c.orders; i++) { /* a day apart at least, so that none is merged */
        c.days[i] = i ? c.days[i - 1] + 1 + (int32_t)rv_random_below(r, 500) : start;
        if (c.days[i] > as_of) {
            c.orders = i;
            break;
        }
        c.amount[i] = (double)(100 + rv_random_below(r, 9900)) / 100;
        c.sum += c.amount[i];
    }
    c.first = c.days[0];
    c.last = c.days[c.orders - 1];
    return c;
}

/* A frame of clients and the orders that they made. */
static void make_world(rv_frame *frame, rv_lifecycle *life) {
    int32_t as_of = rv_date_parse(rv_text_of("2026-11-01"), RV_DATE_ORDER_AUTO);
    rv_buffer orders = {0};
    rv_frame_spec specs[COLUMNS] = {{0}};
    rv_frame_builder *builder;
    rv_buffer_string(&orders, "client,date,amount\n");
    for (uint32_t c = 0; c < COLUMNS; c++) specs[c] = (rv_frame_spec){names[c], RV_ROLE_ATTRIBUTE, false, NULL};
    cr_assert_eq(rv_frame_builder_new(specs, COLUMNS, &builder, NULL), RV_OK);
    for (unsigned i = 0; i < CLIENTS; i++) {
        rv_random r;
        char id[16], cell[COLUMNS][32];
        rv_text texts[COLUMNS], id_text;
        rv_random_init(&r, 7, i);
        client c = client_of(&r, as_of);
        snprintf(id, sizeof id, "k%u", i);
        for (unsigned o = 0; o < c.orders && i % 10; o++) { /* a tenth of the clients have no orders */
            char day[11];
            rv_date_format(c.days[o], day);
            rv_buffer_format(&orders, "%s,%s,%.2f\n", id, day, c.amount[o]);
        }
        rv_date_format(c.first, cell[0]);
        snprintf(cell[1], 32, "%u", c.orders + (rv_random_below(&r, 5) == 0)); /* not always up to date */
        snprintf(cell[2], 32, "%u", rv_random_below(&r, 3) + 1);
        snprintf(cell[3], 32, "%.2f", c.sum);
        rv_date_format(c.last, cell[4]);
        snprintf(cell[5], 32, "%d", as_of - c.last);
        rv_date_format(c.first - 1 - (int32_t)rv_random_below(&r, 40), cell[6]);
        rv_date_format(-(int32_t)rv_random_below(&r, 20000), cell[7]);
        snprintf(cell[8], 32, "t%u", rv_random_below(&r, 5));
        snprintf(cell[9], 32, "%u", c.orders);
        for (unsigned k = 0; k < COLUMNS; k++) texts[k] = rv_text_of(cell[k]);
        id_text = rv_text_of(id);
        cr_assert_eq(rv_frame_builder_add(builder, 1, &id_text, texts, NULL, NULL), RV_OK);
    }
    cr_assert_eq(rv_frame_builder_finish(builder, 2, frame, NULL), RV_OK);
    rv_segment_options o = {.transactions = {.path = scratch_file("t.csv", orders.data, orders.len)},
                            .as_of = "2026-11-01"};
    rv_summary summary;
    rv_error err = {0};
    rv_summary_begin(&summary, "test");
    rv_settings settings = {.threads = 1};
    cr_assert_eq(rv_lifecycle_compute(&o, &settings, life, &summary, &err), RV_OK, "%s", err.message);
    rv_summary_reset(&summary);
    rv_buffer_free(&orders);
}

static const char *defines(const rv_frame *frame, const char *name) {
    const char *why = rv_frame_find(frame, name)->defines;
    return why ? why : "";
}

Test(target, columns_that_repeat_the_orders_are_found_and_others_left_alone) {
    rv_frame frame;
    rv_lifecycle life;
    make_world(&frame, &life);
    cr_assert_eq(rv_target_mark_orders(&frame, COLUMNS - 1, &life, 2, NULL), RV_OK);
    cr_expect_str_eq(defines(&frame, "created"), "the date of the first order");
    cr_expect_str_eq(defines(&frame, "orders_known"), "the number of orders");
    cr_expect_str_eq(defines(&frame, "revenue"), "the amount of the orders");
    cr_expect_str_eq(defines(&frame, "last_seen_on"), "the date of the last order");
    cr_expect_str_eq(defines(&frame, "silence"), "the days since the last order");
    static const char *const innocent[] = {"children", "signed_up", "born", "town", "from_the_base"};
    for (size_t i = 0; i < 5; i++) cr_expect_str_eq(defines(&frame, innocent[i]), "", "%s", innocent[i]);
    for (uint32_t c = 0; c < COLUMNS; c++) cr_expect_eq(frame.column[c].suspect, c < COLUMNS - 1);
    rv_lifecycle_reset(&life);
    rv_frame_reset(&frame);
}

/* Who signed up within the year and bought is active: no date of order, and yet half of the definition. */
Test(target, a_date_that_half_defines_the_state_is_left_out_of_the_profile) {
    rv_frame frame;
    rv_lifecycle life;
    static uint8_t labels[CLIENTS];
    make_world(&frame, &life);
    for (uint64_t r = 0; r < frame.rows; r++) {
        rv_client_life client;
        bool known = rv_lifecycle_find(&life, rv_dictionary_value(&frame.ids, (uint32_t)r + 1), &client);
        labels[r] = !known ? RV_UNLABELLED : client.state == RV_ACTIVE ? RV_SEED : RV_NON_SEED;
    }
    for (int marked = 0; marked < 2; marked++) {
        rv_learn_options options = {.method = "index", .threads = 1};
        rv_profile profile;
        rv_quality q;
        if (marked) cr_assert_eq(rv_target_mark_orders(&frame, COLUMNS - 1, &life, 2, NULL), RV_OK);
        cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
        for (uint32_t c = 0; c < q.columns; c++) {
            const rv_attribute_quality *a = &q.attribute[c];
            if (strcmp(a->name, "signed_up") == 0) {
                cr_expect(a->half_leaks && a->pure > .1);
                cr_expect_eq(a->left_out, marked ? RV_LEFT_ONE_SIDED : RV_USED);
            }
            if (strcmp(a->name, "created") == 0 && marked) cr_expect_eq(a->left_out, RV_LEFT_DEFINES);
            if (strcmp(a->name, "from_the_base") == 0) cr_expect_neq(a->left_out, RV_LEFT_DEFINES);
        }
        rv_profile_reset(&profile);
        rv_quality_reset(&q);
    }
    rv_lifecycle_reset(&life);
    rv_frame_reset(&frame);
}

Test(target, columns_of_a_segmentation_go_with_a_target_of_it_and_only_then) {
    static const char *const columns[] = {"state", "recency_days", "age", "amount"};
    for (int ours = 0; ours < 2; ours++) {
        rv_frame_spec specs[4] = {{0}};
        rv_frame_builder *builder;
        rv_frame frame;
        for (uint32_t c = 0; c < 4; c++) specs[c] = (rv_frame_spec){columns[c], RV_ROLE_ATTRIBUTE, false, NULL};
        cr_assert_eq(rv_frame_builder_new(specs, 4, &builder, NULL), RV_OK);
        cr_assert_eq(rv_frame_builder_finish(builder, 2, &frame, NULL), RV_OK);
        rv_target_mark_names(&frame, 3, ours ? "state" : "etat");
        cr_assert_eq(frame.column[1].defines != NULL, ours == 1);
        cr_assert_null(frame.column[2].defines);
        cr_assert_eq(frame.column[2].suspect, ours == 1);
        cr_assert(!frame.column[3].defines && !frame.column[3].suspect, "beyond the client's columns");
        rv_frame_reset(&frame);
    }
}
