/* segment from file to file: the example of docs/SCORING.md worked by hand, a naive twin, and odd inputs. */
#include "cdnow.h"
#include "date.h"
#include "lifecycle.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN_HEADER                                                                                                     \
    "client_id,first_order,last_order,orders,amount,recency_days,mean_interval_days,r,f,m,segment,state,expected_"     \
    "orders,p_alive"
#define HEADER OWN_HEADER ",expected_order_value,expected_value"

typedef struct outcome {
    rv_status status;
    char *csv; /* malloc'd, NULL when there's no output */
    rv_report report;
    rv_error err;
} outcome;

static unsigned runs;

static outcome run_with(rv_segment_options options, rv_settings settings) {
    outcome o = {0};
    char name[32];
    sprintf(name, "out-%u.csv", runs++);
    char path[512];
    snprintf(path, sizeof path, "%s", scratch_path(name));
    options.out = path;
    if (!options.as_of) options.as_of = "2026-11-21";
    o.status = rv_segment(&options, &settings, &o.report, &o.err);
    o.csv = scratch_read(path, NULL);
    return o;
}

static outcome run_text(const char *text, const char *as_of) {
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text), .as_of = as_of};
    return run_with(options, (rv_settings){.threads = 1});
}

static void done(outcome *o) {
    free(o->csv);
    rv_report_reset(&o->report);
}

static void expect_lines(const outcome *o, const char *expected) {
    cr_assert_eq(o->status, RV_OK, "%s", o->err.message);
    cr_assert_str_eq(o->csv, expected, "found:\n%s", o->csv);
}

static const char ten_clients[] =
    "client_id,date,amount\n"
    "A,2026-06-01,60\nA,2026-08-15,80\nA,2026-10-01,120.50\nA,2026-11-20,100\nA,2026-12-24,999\n"
    "B,2026-11-11,45\n"
    "C,2026-10-22,30\nC,2026-10-22,20\n"
    "D,2026-09-22,200\nD,2026-05-25,150\n"
    "E,2026-08-13,99\nE,2026-08-20,-99\n"
    "F,2026-05-05,500\nF,2025-11-06,400\nF,2025-05-10,300.25\n"
    "G,2026-01-25,15\n"
    "H,2025-10-17,70\nH,2025-10-07,70\n"
    "I,2025-03-31,100\nI,2025-03-01,100\nI,2025-02-01,100\nI,2025-01-01,100\nI,2024-12-01,100\n"
    "J,2023-11-20,25\n";
static const char ten_lives[] = HEADER "\n"
                                       "A,2026-06-01,2026-11-20,4,360.50,1,57.33,5,5,4,champions,active,,,,\n"
                                       "B,2026-11-11,2026-11-11,1,45.00,10,,5,1,2,new,active,,,,\n"
                                       "C,2026-10-22,2026-10-22,1,50.00,30,,4,1,3,promising,active,,,,\n"
                                       "D,2026-05-25,2026-09-22,2,350.00,60,120.00,4,3,4,loyal,active,,,,\n"
                                       "E,2026-08-13,2026-08-13,1,0.00,100,,3,1,1,about_to_sleep,active,,,,\n"
                                       "F,2025-05-10,2026-05-05,3,1200.25,200,180.00,3,4,5,loyal,active,,,,\n"
                                       "G,2026-01-25,2026-01-25,1,15.00,300,,2,1,1,hibernating,active,,,,\n"
                                       "H,2025-10-07,2025-10-17,2,140.00,400,10.00,2,3,3,at_risk,at_risk,,,,\n"
                                       "I,2024-12-01,2025-03-31,5,500.00,600,30.00,1,5,5,cant_lose,inactive,,,,\n"
                                       "J,2023-11-20,2023-11-20,1,25.00,1097,,1,1,2,lost,lost,,,,\n";

/* Each of them stands in the text, behind the one before. */
static void check_in_order(char *text, const char *const *lines, unsigned n) {
    const char *before = text;
    for (unsigned i = 0; i < n; i++) {
        const char *here = strstr(text, lines[i]);
        cr_assert(here && here > before, "%s in\n%s", lines[i], text);
        before = here;
    }
    free(text);
}

Test(lifecycle, ten_clients_worked_by_hand) {
    outcome o = run_text(ten_clients, NULL);
    expect_lines(&o, ten_lives);
    cr_assert(strstr(o.report.json, "\"rows\":{\"in\":24,\"out\":24,\"rejected\":0}"), "%s", o.report.json);
    cr_assert(strstr(o.report.json, "\"future_ignored\":1"));
    cr_assert(strstr(o.report.json, "\"refunds\":1"));
    cr_assert(strstr(o.report.json, "\"recency_days\":{\"thresholds\":[10,60,200,400],\"clients\":[2,2,2,2,2],"
                                    "\"collapsed\":false,\"own\":false}"),
              "%s", o.report.json);
    cr_assert(strstr(o.report.json,
                     "\"orders\":{\"thresholds\":[1,1,2,3],\"clients\":[5,0,2,1,2],\"collapsed\":true,\"own\":false}"),
              "%s", o.report.json);
    cr_assert(strstr(o.report.json, "\"amount\":{\"thresholds\":[15,45,140,360.5]"), "%s", o.report.json);
    cr_assert(strstr(o.report.text, "2: nobody"), "%s", o.report.text);
    cr_assert(strstr(o.report.text, "--rfm f=1/2/4/9"), "%s", o.report.text);
    cr_assert(strstr(o.report.text, "last order since 2025-11-21 (12 months)"), "%s", o.report.text);
    cr_assert(strstr(o.report.text, "no MBG/NBD model: fewer than 50 clients"), "%s", o.report.text);
    done(&o);
}

Test(lifecycle, limits_of_ones_own_score_the_ten_clients) {
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", ten_clients),
                                  .rfm = "r=30/90/180/365,f=1/2/3/4"};
    outcome o = run_with(options, (rv_settings){.threads = 2});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.csv, "\nA,2026-06-01,2026-11-20,4,360.50,1,57.33,5,4,4,champions,active"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nC,2026-10-22,2026-10-22,1,50.00,30,,5,1,3,new,active"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nD,2026-05-25,2026-09-22,2,350.00,60,120.00,4,2,4,"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nJ,2023-11-20,2023-11-20,1,25.00,1097,,1,1,2,"), "%s", o.csv);
    cr_assert(strstr(o.report.json, "\"recency_days\":{\"thresholds\":[30,90,180,365],\"clients\":[3,2,1,1,3],"
                                    "\"collapsed\":false,\"own\":true}"),
              "%s", o.report.json);
    cr_assert(strstr(o.report.text, "5: up to 30"), "%s", o.report.text);
    cr_assert_null(strstr(o.report.text, "nobody's"), "%s", o.report.text);
    done(&o);
    options.rfm = "f=9/3";
    o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_BAD_ARGUMENT);
    cr_assert_null(o.csv);
}

Test(lifecycle, other_headers_separators_and_dates_read_alike) {
    outcome o = run_text("Code client;Date commande;Montant TTC\n7;21/11/2026;1 234,50\n7;20/11/2026;-0,5\n", NULL);
    expect_lines(&o, HEADER "\n7,2026-11-21,2026-11-21,1,1234.00,0,,5,1,1,new,active,,,,\n");
    done(&o);
    /* the order's own id isn't the client */
    o = run_text("id,client_id,order_date,amount\n1,x,2026-11-21,1\n2,x,2026-11-20,1\n", NULL);
    expect_lines(&o, HEADER "\nx,2026-11-20,2026-11-21,2,2.00,0,1.00,5,1,1,new,active,,,,\n");
    done(&o);
}

Test(lifecycle, roles_given_by_the_user_win) {
    rv_assignment roles[] = {{"when", "order_date"}, {"paid", "amount"}};
    rv_segment_options options = {
        .transactions = {.path = scratch_text("t.csv", "client_id,who,when,paid,amount\n1,x,2026-11-21,5,7\n"),
                         .id = "who",
                         .roles = roles,
                         .n_roles = 2}};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    expect_lines(&o, HEADER "\nx,2026-11-21,2026-11-21,1,5.00,0,,5,1,1,new,active,,,,\n");
    done(&o);
}

/* --- Against a naive twin --------------------------------------------------------------------------------------------- */

enum { CLIENTS = 400, DAYS = 900 };
typedef struct line {
    unsigned client, age;
    long cents;
} line;

static int by_random_key(const void *a, const void *b) {
    uint64_t x = ((const uint64_t *)a)[0], y = ((const uint64_t *)b)[0];
    return x < y ? -1 : x > y;
}

static char *file_of(const line *lines, size_t n, int32_t as_of, uint64_t shuffle) {
    uint64_t(*order)[2] = malloc(n * sizeof *order);
    for (size_t i = 0; i < n; i++) {
        order[i][0] = shuffle ? rv_mix64(i * 31 + shuffle) : i;
        order[i][1] = i;
    }
    qsort(order, n, sizeof *order, by_random_key);
    char *text = malloc(n * 48 + 64), *at = text;
    at += sprintf(at, "client_id,order_date,amount\n");
    for (size_t i = 0; i < n; i++) {
        const line *l = &lines[order[i][1]];
        char date[11];
        rv_date_format(as_of - (int32_t)l->age, date);
        at += sprintf(at, "k%03u,%s,%s%ld.%02ld\n", l->client, date, l->cents < 0 ? "-" : "", labs(l->cents) / 100,
                      labs(l->cents) % 100);
    }
    free(order);
    return text;
}

static size_t random_lines(uint64_t seed, line *out) {
    rv_random random;
    rv_random_init(&random, seed, 0);
    size_t n = 0;
    for (unsigned c = 0; c < CLIENTS; c++)
        for (unsigned k = rv_random_below(&random, 4) ? 1 + rv_random_below(&random, 12) : 1; k-- > 0;)
            out[n++] = (line){c, rv_random_below(&random, DAYS),
                              (long)rv_random_below(&random, 30000) - (rv_random_below(&random, 9) ? 0 : 30000)};
    return n;
}

Test(lifecycle, aggregates_agree_with_a_naive_twin) {
    int32_t as_of = rv_date_of(2026, 11, 21);
    static line lines[CLIENTS * 13];
    size_t n = random_lines(17, lines);
    printf("seed 17, %zu lines\n", n);
    char *text = file_of(lines, n, as_of, 5);
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text), .as_of = "2026-11-21"};
    rv_settings settings = {.threads = 2};
    rv_summary summary;
    rv_summary_begin(&summary, "test");
    rv_lifecycle life = {0};
    rv_error err = {0};
    cr_assert_eq(rv_lifecycle_compute(&options, &settings, &life, &summary, &err), RV_OK, "%s", err.message);
    static bool day[CLIENTS][DAYS];
    static long cents[CLIENTS];
    for (size_t i = 0; i < n; i++) {
        cents[lines[i].client] += lines[i].cents;
        if (lines[i].cents >= 0) day[lines[i].client][lines[i].age] = true;
    }
    cr_assert_eq(life.n, CLIENTS);
    for (unsigned c = 0; c < CLIENTS; c++) {
        unsigned orders = 0, first = 0, last = DAYS;
        for (unsigned d = 0; d < DAYS; d++)
            if (day[c][d]) {
                orders++;
                first = d;
                if (last == DAYS) last = d;
            }
        rv_client_life found, same;
        char id[16];
        sprintf(id, " k%03u ", c); /* blanks around an id are nobody's intention */
        cr_assert(rv_lifecycle_find(&life, rv_text_of(id), &found));
        rv_lifecycle_get(&life, c, &same);
        cr_assert(rv_text_equal(found.id, same.id));
        cr_assert_eq(found.orders, orders);
        cr_assert_eq(found.amount, (int64_t)cents[c] * 100);
        cr_assert_eq(found.segment > 0, true);
        if (!orders) {
            cr_assert(found.state == RV_LOST && found.segment == RV_SEGMENT_LOST && found.last_order == RV_DATE_NONE);
            continue;
        }
        cr_assert_eq(found.recency_days, last);
        cr_assert_eq(found.first_order, as_of - (int32_t)first);
        if (orders > 1) cr_assert_float_eq(found.mean_interval_days, (first - last) / (orders - 1.0), 1e-12);
        cr_assert(found.p_alive > 0 && found.p_alive <= 1);
        cr_assert(found.expected_orders >= 0);
        cr_assert_eq(found.segment, rv_rfm_segment(found.r, found.f, found.m));
    }
    rv_client_life nobody;
    cr_assert_not(rv_lifecycle_find(&life, RV_TEXT("k999"), &nobody));
    rv_lifecycle_reset(&life);
    rv_summary_reset(&summary);
    free(text);
}

Test(lifecycle, order_of_lines_and_threads_change_no_byte) {
    int32_t as_of = rv_date_of(2026, 11, 21);
    static line lines[CLIENTS * 13];
    size_t n = random_lines(23, lines);
    char *first = NULL;
    for (unsigned turn = 0; turn < 6; turn++) {
        char *text = file_of(lines, n, as_of, turn / 2);
        rv_segment_options options = {.transactions.path = scratch_text("t.csv", text)};
        outcome o = run_with(options, (rv_settings){.threads = turn % 2 ? 4 : 1});
        cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
        if (!first) first = o.csv;
        else {
            cr_assert_str_eq(o.csv, first, "turn %u", turn);
            free(o.csv);
        }
        rv_report_reset(&o.report);
        free(text);
    }
    free(first);
}

Test(lifecycle, a_result_read_as_one_row_per_client_gives_itself) {
    int32_t as_of = rv_date_of(2026, 11, 21);
    static line lines[CLIENTS * 13];
    char *text = file_of(lines, random_lines(29, lines), as_of, 1);
    outcome o = run_text(text, NULL);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    rv_segment_options options = {.per_client = scratch_text("p.csv", o.csv)};
    outcome again = run_with(options, (rv_settings){.threads = 2});
    expect_lines(&again, o.csv);
    done(&o);
    done(&again);
    free(text);
}

Test(lifecycle, cdnow_through_the_whole_job) {
    char path[512];
    static cdnow_customer customers[CDNOW_CUSTOMERS];
    if (!shared_data("scoring/cdnow/CDNOW_sample.txt", path, sizeof path) ||
        !cdnow_read(rv_date_of(1997, 9, 30), customers))
        cr_skip_test("no shared data");
    FILE *in = fopen(path, "r");
    char *text = malloc(1 << 20), *at = text;
    unsigned id, day;
    double dollars;
    at += sprintf(at, "customer_id,date,amount\n");
    while (fscanf(in, " %*u %u %u %*u %lf", &id, &day, &dollars) == 3)
        at += sprintf(at, "%04u,%u,%.2f\n", id, day, dollars);
    fclose(in);
    rv_segment_options options = {
        .transactions.path = scratch_text("cdnow.csv", text), .as_of = "1997-09-30", .horizon_days = 273};
    rv_settings settings = {.threads = 2};
    rv_summary summary;
    rv_summary_begin(&summary, "test");
    rv_lifecycle life = {0};
    rv_error err = {0};
    cr_assert_eq(rv_lifecycle_compute(&options, &settings, &life, &summary, &err), RV_OK, "%s", err.message);
    cr_assert_eq(life.n, CDNOW_CUSTOMERS);
    cr_assert(strstr(summary.body.data, "\"log_likelihood\":-9582.1"), "%.*s", (int)summary.body.len,
              summary.body.data);
    double error = 0;
    for (unsigned i = 0; i < CDNOW_CUSTOMERS; i++) {
        rv_client_life client;
        rv_lifecycle_get(&life, i, &client);
        cr_assert_eq(client.orders, customers[i].x + 1);
        error += fabs(client.expected_orders - customers[i].after) / CDNOW_CUSTOMERS;
    }
    printf("hold-out MAE %.4f\n", error);
    cr_assert(error <= .77);
    rv_lifecycle_reset(&life);
    rv_summary_reset(&summary);
    free(text);
}

/* --- States and the day before ---------------------------------------------------------------------------------------- */

Test(lifecycle, states_by_rhythm_look_at_the_own_interval) {
    const char *text = "client_id,date,amount\n" /* mean interval of all: (70 + 300) / 8 = 46.25 */
                       "fast,2026-08-12,1\nfast,2026-08-22,1\nfast,2026-09-01,1\nfast,2026-09-11,1\nfast,2026-09-21,"
                       "1\nfast,2026-10-01,1\nfast,2026-10-11,1\nfast,2026-10-21,1\n"
                       "slow,2025-12-25,1\nslow,2026-10-21,1\n";
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text), .own_rhythm = true};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OK);
    /* silence 31 days; fast: (70 + 92.5) / 9 = 18.1, so 1.72 intervals; both active */
    cr_assert(strstr(o.csv, "fast,") && strstr(o.csv, ",active,"));
    cr_assert(strstr(o.report.json, "\"by\":\"rhythm\""));
    cr_assert(strstr(o.report.json, "\"population_interval_days\":46.25"), "%s", o.report.json);
    done(&o);
    options.as_of = "2026-12-10"; /* 50 days: 2.77 intervals of fast, 0.38 of slow */
    o = run_with(options, (rv_settings){.threads = 1});
    cr_assert(strstr(strstr(o.csv, "\nfast,"), ",at_risk,"), "%s", o.csv);
    cr_assert(strstr(strstr(o.csv, "\nslow,"), ",active,"), "%s", o.csv);
    done(&o);
}

Test(lifecycle, rhythm_without_any_second_order_falls_back_on_months) {
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", "client_id,date,amount\na,2026-11-01,1\n"),
                                  .own_rhythm = true};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert(strstr(o.report.json, "\"by\":\"months\""), "%s", o.report.json);
    done(&o);
}

static void previous_line(char **at, const char *id, const char *last, unsigned recency, const char *state) {
    *at += sprintf(*at, "%s,%s,%s,1,1.00,%u,,1,1,1,lost,%s,,,,\n", id, last, last, recency, state);
}

Test(lifecycle, newly_at_risk_are_told_with_their_cause) {
    char previous[2000], *at = previous;
    at += sprintf(at, HEADER "\n");
    previous_line(&at, "silent", "2025-11-20", 364, "active");    /* yesterday: 364 days, today 366 */
    previous_line(&at, "withdrawn", "2026-01-01", 300, "active"); /* that order is gone from the file */
    previous_line(&at, "moved", "2025-11-10", 400, "active");     /* silence was longer then: limits have changed */
    previous_line(&at, "known", "2025-11-01", 384, "at_risk");
    previous_line(&at, "better", "2020-01-01", 2000, "inactive");
    previous_line(&at, "gone", "2026-01-01", 10, "active");
    previous_line(&at, "awake", "2026-11-01", 10, "active");
    const char *text =
        "client_id,date,amount\nsilent,2025-11-20,1\nwithdrawn,2025-11-01,1\nmoved,2025-11-10,1\nknown,2025-11-01,1\n"
        "better,2025-11-01,1\nawake,2026-11-01,1\nfresh,2025-11-01,1\n";
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text),
                                  .previous = scratch_text("s0.csv", previous)};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    static const char header[] = OWN_HEADER ",newly_at_risk,cause,expected_order_value,expected_value\n";
    cr_assert(strncmp(o.csv, header, sizeof header - 1) == 0, "%s", o.csv);
    static const char *const expected[][2] = {{"silent", ",1,silence|days=366|limit=365,,\n"},
                                              {"withdrawn", ",1,order_withdrawn|days=385|limit=365,,\n"},
                                              {"moved", ",1,thresholds_changed|days=376|limit=365,,\n"},
                                              {"fresh", ",1,not_in_previous|days=385|limit=365,,\n"},
                                              {"known", ",0,,,\n"},
                                              {"better", ",0,,,\n"},
                                              {"awake", ",0,,,\n"}};
    for (unsigned i = 0; i < 7; i++) {
        char key[32];
        sprintf(key, "\n%s,", expected[i][0]);
        char *row = strstr(o.csv, key);
        cr_assert(row, "%s", key);
        char *end = strchr(row + 1, '\n');
        size_t n = strlen(expected[i][1]);
        cr_assert_eq(strncmp(end + 1 - n, expected[i][1], n), 0, "%.*s", (int)(end - row), row);
    }
    cr_assert(strstr(o.report.json, "\"gone_since_previous\":1"), "%s", o.report.json);
    done(&o);
}

Test(lifecycle, a_previous_file_of_another_kind_is_refused) {
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", ten_clients),
                                  .previous = scratch_text("x.csv", "a,b\n1,2\n")};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_BAD_INPUT);
    cr_assert_null(o.csv);
    options.previous = scratch_text("y.csv", "client_id,state\nA,asleep\n");
    o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OVER_BUDGET, "%s", o.err.message);
    cr_assert_null(o.csv);
}

static void refused(const char *text, const char *as_of, rv_status status, const char *words) {
    outcome o = run_text(text, as_of);
    cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err.message);
    cr_assert_null(o.csv, "an output stayed behind");
    cr_assert(strstr(o.err.message, words) || strstr(o.err.hint, words), "%s / %s", o.err.message, o.err.hint);
    done(&o);
}

/* --- Lines of one order --------------------------------------------------------------------------------------------- */

Test(lifecycle, lines_of_one_order_that_follow_each_other_are_one) {
    const char *text = "client_id,date,amount,order_id\n"
                       "a,2026-11-02,50,1\na,2026-11-01,30,1\na,2026-11-05,-20,1\n" /* sent in parts, with a discount */
                       "a,2026-11-10,40,2\na,2026-11-10,-60,2\n"                    /* more taken back than bought */
                       "b,2026-11-10,5,2\n"                                         /* another client's */
                       "b,2026-11-11,5,\nb,2026-11-12,5,\n"                         /* no id: lines of their own */
                       "b,2026-11-15,7,3\nb,2026-10-01,7,3\n";                      /* too far apart to be one */
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text)};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.csv, "\na,2026-11-01,2026-11-01,1,40.00,20,"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nb,2026-10-01,2026-11-15,5,29.00,6,"), "%s", o.csv);
    cr_assert(strstr(o.report.json, "\"purchases\":6,\"refunds\":1,\"lines_merged\":3"), "%s", o.report.json);
    cr_assert(strstr(o.report.json, "\"rows\":{\"in\":10,\"out\":10,\"rejected\":0}"), "%s", o.report.json);
    done(&o);
    rv_assignment role = {"client_id", "id"};
    options.transactions.roles =
        &role; /* without a role for it, the header tells; with a column of another name, nothing does */
    options.transactions.n_roles = 1;
    options.transactions.path =
        scratch_text("u.csv", "client_id,date,amount,panier\na,2026-11-02,50,1\na,2026-11-01,30,1\n");
    o = run_with(options, (rv_settings){.threads = 1});
    cr_assert(strstr(o.csv, "\na,2026-11-01,2026-11-02,2,80.00,"), "%s", o.csv);
    done(&o);
}

/* Blocks are cut without regard to orders: whatever the cut, the orders are the same. */
Test(lifecycle, orders_cut_by_a_block_are_whole) {
    enum { ORDERS = 60000 };
    char *text = malloc(ORDERS * 5 * 40 + 100), *at = text;
    rv_random random;
    printf("seed 19\n");
    rv_random_init(&random, 19, 0);
    static unsigned visits[100];
    at += sprintf(at, "client_id,date,amount,order_id\n");
    uint64_t lines = 0, refunds = 0;
    for (unsigned k = 0; k < ORDERS; k++) {
        unsigned client = k % 100, n = 1 + rv_random_below(&random, 5), day = k / 100; /* a day of its own per order */
        long sum = 0;
        for (unsigned i = 0; i < n; i++) {
            long amount = (long)rv_random_below(&random, 100) - 40;
            char date[11];
            rv_date_format(rv_date_of(2026, 11, 21) - (int32_t)(2 * day + (i == 1)), date); /* one line a day early */
            at += sprintf(at, "k%02u,%s,%ld,%u\n", client, date, amount, k);
            sum += amount;
        }
        lines += n;
        refunds += sum < 0;
        visits[client] += sum >= 0;
    }
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text)};
    outcome o = run_with(options, (rv_settings){.threads = 3});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    char expected[100];
    sprintf(expected, "\"purchases\":%llu,\"refunds\":%llu,\"lines_merged\":%llu,",
            (unsigned long long)(ORDERS - refunds), (unsigned long long)refunds, (unsigned long long)(lines - ORDERS));
    cr_assert(strstr(o.report.json, expected), "%s wanted: %s", expected, o.report.json);
    char *row = o.csv;
    for (unsigned c = 0; c < 100; c++) {
        unsigned client, orders;
        row = strchr(row, '\n') + 1;
        cr_assert_eq(sscanf(row, "k%u,%*[^,],%*[^,],%u,", &client, &orders), 2, "%.60s", row);
        cr_assert(client == c && orders == visits[c], "client %u: %u orders, %u expected", c, orders, visits[c]);
    }
    done(&o);
    free(text);
}

Test(lifecycle, amounts_in_two_currencies_are_refused) {
    refused("client_id;date;amount\na;2026-02-25;12,50 \xE2\x82\xAC\na;2026-02-25;$12.50\n", NULL, RV_BAD_INPUT,
            "EUR, USD");
    outcome o = run_text("client_id;date;amount\na;2026-02-25;12,50 \xE2\x82\xAC\na;2026-02-25;12,50\n", NULL);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.csv, ",25.00,"));
    done(&o);
}

/* --- Odd inputs ------------------------------------------------------------------------------------------------------- */

Test(lifecycle, no_usable_transaction_is_said) {
    refused("client_id,date,amount\n", NULL, RV_BAD_INPUT, "0 rows");
    refused("client_id,date,amount\na,2026-11-22,1\n", NULL, RV_BAD_INPUT, "--as-of");
    refused("", NULL, RV_BAD_INPUT, "");
}

Test(lifecycle, wrong_arguments_are_said) {
    refused(ten_clients, "21/11/2026", RV_BAD_ARGUMENT, "--as-of");
    refused(ten_clients, "tomorrow", RV_BAD_ARGUMENT, "YYYY-MM-DD");
    refused("who,date,amount\n1,2026-01-01,2\n", NULL, RV_BAD_INPUT, "--id COLUMN");
    refused("client_id,quand,amount\n1,2026-01-01,2\n", NULL, RV_BAD_INPUT, "order_date");
    refused("client_id,date,combien\n1,2026-01-01,2\n", NULL, RV_BAD_INPUT, "amount");
    rv_settings settings = {.threads = 1};
    rv_error err = {0};
    rv_report report = {0};
    rv_segment_options options = {.as_of = "2026-11-21"};
    cr_assert_eq(rv_segment(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    options.transactions.path = scratch_text("t.csv", ten_clients);
    options.out = options.transactions.path;
    settings.force = true;
    cr_assert_eq(rv_segment(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    options.per_client = "x";
    options.out = "y";
    cr_assert_eq(rv_segment(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    options.per_client = NULL;
    options.transactions.path = "/nonexistent/t.csv";
    cr_assert_eq(rv_segment(&options, &settings, &report, &err), RV_BAD_INPUT);
}

Test(lifecycle, dates_and_amounts_are_read_as_the_file_writes_them) {
    outcome o = run_text("client_id,date,amount\na,02/25/2026,1\na,03/04/2026,1\n", NULL);
    cr_assert(o.csv && strstr(o.csv, "a,2026-02-25,2026-03-04,2"), "%s", o.csv);
    done(&o);
    o = run_text("client_id;date;amount\na;2026-02-25;1,250\na;2026-02-25;12.50\n", NULL);
    cr_assert(o.csv && strstr(o.csv, "a,2026-02-25,2026-02-25,1,1262.50,"), "%s", o.csv);
    done(&o);
    rv_segment_options options = {
        .transactions = {.path = scratch_text("t.csv", "client_id,date,amount\na,02/25/2026,1\na,03/04/2026,1\n"),
                         .dialect.date_order = RV_MDY}};
    o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OK);
    cr_assert(strstr(o.csv, "a,2026-02-25,2026-03-04,2"), "%s", o.csv);
    done(&o);
}

Test(lifecycle, bad_values_are_rejects_with_line_and_reason) {
    const char *text =
        "client_id,date,amount\na,2026-01-01,1\n,2026-01-01,1\na,2026-02-30,1\na,1900-01-01,1\na,2026-01-01,nan\n"
        "a,2026-01-01,x\na,2026-01-01,1e11\na,2026-01-01\nb,2026-01-01,2\n";
    char rejects[512];
    snprintf(rejects, sizeof rejects, "%s", scratch_path("rejects.csv"));
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text)};
    rv_settings settings = {.threads = 1, .rejects = rejects, .max_rejects = 7};
    outcome o = run_with(options, settings);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.report.json, "\"rows\":{\"in\":9,\"out\":2,\"rejected\":7}"), "%s", o.report.json);
    static const char *const reasons[] = {"3,37,empty_id,",     "4,51,bad_date,",
                                          "5,66,date_too_old,", "6,81,amount_not_finite,",
                                          "7,98,bad_amount,",   "8,113,amount_out_of_range,",
                                          "9,131,ragged,"};
    check_in_order(scratch_read(rejects, NULL), reasons, 7);
    done(&o);
    settings.force = true;
    settings.max_rejects = 6;
    o = run_with(options, settings);
    cr_assert_eq(o.status, RV_OVER_BUDGET);
    cr_assert_null(o.csv);
}

/* Each file has a budget of its own, of 3 rows here; the one reject file takes what all of them refuse. */
Test(lifecycle, what_an_earlier_result_refuses_stands_behind_the_rejects_of_the_transactions) {
    static const char transactions[] = "client_id,date,amount\na,2026-01-01,1\na,2026-02-30,1\na,2026-01-01,x\nb,2026-01-01,2\n";
    char rejects[512];
    snprintf(rejects, sizeof rejects, "%s", scratch_path("rejects.csv"));
    rv_segment_options options = {
        .transactions.path = scratch_text("t.csv", transactions),
        .previous = scratch_text("p.csv", "client_id,state\na,active\nb,sleepy\na,lost\nb,\n")};
    rv_settings settings = {.threads = 1, .rejects = rejects, .max_rejects = 3};
    outcome o = run_with(options, settings);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.report.json, "\"rejected\":2}"), "%s", o.report.json);
    cr_assert(strstr(o.report.json, "\"previous_rejected\":3"), "%s", o.report.json);
    static const char *const lines[] = {"t.csv,3,", "t.csv,4,", "p.csv,3,25,bad_state,\"b,sleepy\"", "p.csv,4,34,duplicate_client,",
                                        "p.csv,5,41,bad_state,"};
    check_in_order(scratch_read(rejects, NULL), lines, 5);
    done(&o);
    settings.force = true;
    settings.max_rejects = 2; /* three of the earlier result are over it; the file tells which */
    o = run_with(options, settings);
    cr_assert_eq(o.status, RV_OVER_BUDGET);
    cr_assert_null(o.csv);
    char *told = scratch_read(rejects, NULL);
    cr_assert(strstr(told, "p.csv,5,41,bad_state,"));
    free(told);
}

Test(lifecycle, one_client_same_day_and_refunds_only_have_defined_lives) {
    outcome o =
        run_text("client_id,date,amount\na,2026-11-21,1\nb,2026-11-21,1\nb,2026-11-21,1\nc,2026-11-21,-4\n", NULL);
    expect_lines(&o, HEADER "\na,2026-11-21,2026-11-21,1,1.00,0,,5,1,1,new,active,,,,\n"
                            "b,2026-11-21,2026-11-21,1,2.00,0,,5,1,3,new,active,,,,\n"
                            "c,,,0,-4.00,,,1,1,1,lost,lost,,,,\n");
    cr_assert(strstr(o.report.json, "\"refunds_only\":1"));
    done(&o);
    o = run_text("client_id,date,amount\nc,2026-11-21,-4.1234\n", NULL);
    expect_lines(&o, HEADER "\nc,,,0,-4.1234,,,1,1,1,lost,lost,,,,\n");
    done(&o);
}

Test(lifecycle, rows_per_client_have_their_own_rejects) {
    const char *text =
        "client_id,first_order,last_order,orders,amount\na,2026-01-01,2026-02-01,2,10\na,2026-01-01,2026-02-01,2,10\n"
        "b,2026-03-01,2026-02-01,2,10\nc,2026-01-01,2026-02-01,1,10\nd,,2026-02-01,,\ne,2026-01-01,2026-01-03,9,1\n"
        "f,,,0,0\ng,x,2026-01-01,1,1\nh,,2027-01-01,1,1\ni,,2026-01-01,-1,1\nj,,1800-01-01,1,1\n,,2026-01-01,1,1\n";
    rv_segment_options options = {.per_client = scratch_text("t.csv", text)};
    outcome o = run_with(options, (rv_settings){.threads = 2, .max_rejects = 7});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.report.json, "\"rows\":{\"in\":12,\"out\":5,\"rejected\":7}"), "%s", o.report.json);
    cr_assert(strstr(o.csv, "\na,2026-01-01,2026-02-01,2,10.00,"));
    cr_assert(strstr(o.csv, "\nd,2026-02-01,2026-02-01,1,0.00,"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\ne,2026-01-01,2026-01-03,3,1.00,"), "%s", o.csv);
    cr_assert(strstr(o.csv, "\nf,,,0,0.00,"), "%s", o.csv);
    done(&o);
}

/* --- Data that no model can be fitted to ------------------------------------------------------------------------------ */

/* n clients with the given orders each, some days apart; amounts as told. */
static char *like_clients(unsigned n, unsigned orders, const char *amount) {
    char *text = malloc((size_t)n * orders * 40 + 64), *at = text + sprintf(text, "client_id,date,amount\n");
    for (unsigned c = 0; c < n; c++)
        for (unsigned k = 0; k < orders; k++)
            at += sprintf(at, "c%03u,2026-%02u-%02u,%s\n", c, 1 + (c + k) % 10, 1 + (c + 7 * k) % 28, amount);
    return text;
}

static void no_model(char *text, const char *why, const char *line_end) {
    outcome o = run_text(text, NULL);
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.report.json, why), "%s in %s", why, o.report.json);
    size_t lines = 0, so = 0;
    for (const char *at = strchr(o.csv, '\n') + 1; *at; at = strchr(at, '\n') + 1, lines++)
        so += strncmp(strchr(at, '\n') - strlen(line_end), line_end, strlen(line_end)) == 0;
    cr_assert_eq(so, lines, "%zu of %zu lines end with '%s':\n%.400s", so, lines, line_end, o.csv);
    done(&o);
    free(text);
}

Test(lifecycle, what_cant_be_fitted_leaves_its_columns_empty_and_says_why) {
    no_model(like_clients(300, 1, "12.50"), "\"fitted\":false,\"why\":\"fewer than 10 clients with a second order\"",
             "active,,,,");
    no_model(like_clients(49, 3, "12.50"), "\"fitted\":false,\"why\":\"fewer than 50 clients with an order\"",
             "active,,,,");
    /* one day, one amount: neither buying nor spending has any spread */
    no_model(like_clients(300, 1, "0"), "\"why\":\"fewer than 50 clients with an amount above zero\"", "active,,,,");
    outcome o = run_text(like_clients(300, 3, "12.50"), NULL); /* the buying model can, the spending model can't */
    cr_assert(strstr(o.report.json, "\"why\":\"all orders are worth the same\""), "%s", o.report.json);
    cr_assert(strstr(o.report.text, "no gamma-gamma model of order values: all orders are worth the same"));
    cr_assert(strstr(o.csv, ",,\n"));
    done(&o);
}

Test(lifecycle, one_client_in_a_great_many_rows_is_one_client) {
    enum { ROWS = 300000 };
    char *text = malloc((size_t)ROWS * 24 + 64), *at = text + sprintf(text, "client_id,date,amount\n");
    for (unsigned i = 0; i < ROWS; i++)
        at += sprintf(at, "x,20%02u-%02u-%02u,1\n", 10 + i % 16, 1 + i % 12, 1 + i % 28);
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", text)};
    outcome o = run_with(options, (rv_settings){.threads = 4});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.csv, "\nx,2010-01-01,2025-12-28,336,300000.00,"), "%s",
              o.csv); /* 336: the cycle of 16, 12 and 28 */
    done(&o);
    free(text);
}

Test(lifecycle, rows_per_client_without_amounts_have_orders_to_expect_and_no_value) {
    char *text = malloc(20000), *at = text + sprintf(text, "client_id,first_order,last_order,orders\n");
    for (unsigned c = 0; c < 200; c++)
        at += sprintf(at, "c%03u,2025-%02u-%02u,2026-%02u-%02u,%u\n", c, 1 + c % 12, 1 + c % 28, 1 + c % 10,
                      1 + c * 3 % 28, 2 + c % 5);
    rv_segment_options options = {.per_client = scratch_text("t.csv", text)};
    outcome o = run_with(options, (rv_settings){.threads = 1});
    cr_assert_eq(o.status, RV_OK, "%s", o.err.message);
    cr_assert(strstr(o.report.json,
                     "\"name\":\"gamma_gamma\",\"fitted\":false,\"why\":\"fewer than 50 clients with an amount"),
              "%s", o.report.json);
    cr_assert(strstr(o.report.json, "\"name\":\"mbg\",\"fitted\":true"), "%s", o.report.json);
    const char *first = strchr(o.csv, '\n') + 1;
    const char *end = strchr(first, '\n');
    cr_assert_eq(strncmp(end - 2, ",,", 2), 0);
    cr_assert_neq(end[-3], ',');
    done(&o);
    free(text);
}

Test(lifecycle, rows_per_client_are_known_by_many_headers) {
    static const char *const headers[] = {
        "Code client;Premier achat;Dernier achat;Nb commandes;CA total",
        "customer_id;First Order Date;Last Order Date;Number of orders;Total spent",
        "ClientID;date_premi\xC3\xA8re_commande;Date derni\xC3\xA8re commande;Fr\xC3\xA9quence;Montant cumul\xC3\xA9",
        "client_id;first_order;last_order;orders;amount"};
    for (unsigned i = 0; i < sizeof headers / sizeof *headers; i++) {
        char text[300];
        sprintf(text, "%s\n7;01/10/2026;21/11/2026;3;1 234,50\n", headers[i]);
        rv_segment_options options = {.per_client = scratch_text("t.csv", text)};
        outcome o = run_with(options, (rv_settings){.threads = 1});
        cr_assert_eq(o.status, RV_OK, "%s: %s", headers[i], o.err.message);
        cr_assert(strstr(o.csv, "\n7,2026-10-01,2026-11-21,3,1234.50,0,25.50,"), "%s:\n%s", headers[i], o.csv);
        done(&o);
    }
}

Test(lifecycle, a_dry_run_writes_nothing_and_an_existing_result_is_kept) {
    rv_settings settings = {.threads = 1, .dry_run = true};
    rv_segment_options options = {.transactions.path = scratch_text("t.csv", ten_clients)};
    outcome o = run_with(options, settings);
    cr_assert_eq(o.status, RV_OK);
    cr_assert_null(o.csv);
    cr_assert_not_null(o.report.json);
    done(&o);
    rv_error err = {0};
    rv_report report = {0};
    options.as_of = "2026-11-21";
    options.out = scratch_text("kept.csv", "mine");
    settings.dry_run = false;
    cr_assert_eq(rv_segment(&options, &settings, &report, &err), RV_BAD_ARGUMENT);
    char *kept = scratch_read(options.out, NULL);
    cr_assert_str_eq(kept, "mine");
    free(kept);
}

#ifdef RV_TESTING
Test(lifecycle, failing_allocations_are_errors_without_leaks_or_outputs) {
    int32_t as_of = rv_date_of(2026, 11, 21);
    static line lines[CLIENTS * 13];
    char *text = file_of(lines, random_lines(31, lines), as_of, 0);
    char input[512], previous[512], out[512];
    snprintf(input, sizeof input, "%s", scratch_text("t.csv", text));
    snprintf(previous, sizeof previous, "%s", scratch_text("s0.csv", ten_lives));
    snprintf(out, sizeof out, "%s", scratch_path("failing.csv"));
    free(text);
    for (uint64_t n = 1;; n += n < 60 ? 1 : 7) {
        rv_segment_options options = {
            .transactions.path = input, .as_of = "2026-11-21", .previous = previous, .out = out};
        rv_settings settings = {.threads = 1, .seeded = true};
        rv_report report = {0};
        rv_error err = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_segment(&options, &settings, &report, &err);
        rv_memory_fail_at(0, false);
        rv_report_reset(&report);
        char *csv = scratch_read(out, NULL);
        if (status == RV_OK) {
            cr_assert_not_null(csv);
            cr_assert(n > 100, "%llu", (unsigned long long)n);
            free(csv);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %llu: %s", (unsigned long long)n, err.message);
        if (csv) { /* the report is made after the result stands: the one place where both may be */
            free(csv);
            remove(out);
        }
    }
}
#endif
