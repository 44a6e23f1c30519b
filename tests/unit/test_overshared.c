/* Values that a client file gives to all and sundry: found, named, and nobody is recognised by them. */
#include "table_source.h"
#include "enrich.h"
#include "overshared.h"
#include "scratch.h"
#include "test_base.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 300 };
static rv_settings settings;
static rv_report report;
static rv_table_roles roles;
static rv_overshared *shared;
static char *output;

/* A file of ROWS clients of different names, e-mails and telephones; `line` may write one another way. */
typedef int (*line_writer)(unsigned row, char *line);
static const char *clients_file(line_writer line) {
    static char text[ROWS * 120];
    int n = sprintf(text, "id,first_name,last_name,email,mobile\n");
    for (unsigned row = 0; row < ROWS; row++) {
        int own = line ? line(row, text + n) : 0;
        if (!own)
            own = sprintf(text + n, "c%u,First%c%c,Last%c%c,own%u@example.fr,06123%05u\n", row, 'a' + row % 26,
                          'a' + row / 26, 'a' + row % 26, 'a' + row / 26, row, row * 7);
        n += own;
    }
    return scratch_text("clients.csv", text);
}

static void find_in(const char *path) {
    rv_table_options clients = {.path = path};
    rv_table *csv;
    cr_assert_eq(rv_table_open(clients.path, NULL, &csv, NULL), RV_OK);
    const rv_table_info *info = rv_table_describe(csv);
    cr_assert_eq(rv_table_roles_find(&clients, info->names, info->columns, &roles, NULL), RV_OK);
    cr_assert_eq(rv_overshared_find(&clients, csv, &roles, &settings, &shared, NULL), RV_OK);
    rv_table_close(csv);
}
static void find(line_writer line) { find_in(clients_file(line)); }

static void finish(void) {
    rv_overshared_free(shared);
    rv_table_roles_reset(&roles);
    rv_report_reset(&report);
    free(output);
}
TestSuite(overshared, .fini = finish);

static bool has(rv_shared_kind kind, const char *first, const char *last, const char *email, const char *mobile) {
    rv_text cells[5] = {RV_TEXT("c"), rv_text_of(first), rv_text_of(last), rv_text_of(email), rv_text_of(mobile)};
    rv_batch batch = {.rows = 1, .columns = 5, .cells = cells};
    return rv_overshared_has(shared, kind, &roles, &batch, 0);
}

static int shop(unsigned row, char *line) { /* every third row bears the shop's e-mail, 49 rows its telephone */
    const char *email = row % 3 ? "own@example.fr" : "shop@example.fr";
    char own[32];
    snprintf(own, sizeof own, "own%u@example.fr", row);
    return sprintf(line, "c%u,First%u,Last%u,%s,%s%05u\n", row, row, row, row % 3 ? own : email, "06123",
                   row < 49 ? 1 : row * 7 + 2);
}

Test(overshared, a_shops_email_is_found_and_a_telephone_of_49_rows_is_not) {
    find(shop);
    cr_assert_not_null(shared);
    cr_expect(has(RV_SHARED_EMAIL, "First0", "Last0", "shop@example.fr", ""));
    cr_expect(has(RV_SHARED_EMAIL, "", "", "shop@example.fr", ""));
    cr_expect_not(has(RV_SHARED_EMAIL, "First1", "Last1", "own1@example.fr", ""));
    cr_expect_not(has(RV_SHARED_MOBILE, "First1", "Last1", "", "0612300001"));
    cr_expect_not(has(RV_SHARED_NAME, "First1", "Last1", "own1@example.fr", ""));
    cr_expect_not(has(RV_SHARED_EMAIL, "First1", "Last1", "", ""));
}

static int telephone(unsigned row, char *line) {
    return row < 50 ? sprintf(line, "c%u,First%u,Last%u,,0612300001\n", row, row, row) : 0;
}

Test(overshared, fifty_rows_are_enough) {
    find(telephone);
    cr_assert_not_null(shared);
    cr_expect(has(RV_SHARED_MOBILE, "First1", "Last1", "", "0612300001"));
}

static int orders(unsigned row, char *line) { /* one client, met often */
    return row % 3 ? 0 : sprintf(line, "c%u,Marie,Martin,marie@example.fr,0612300001\n", row);
}

Test(overshared, a_client_met_often_is_one_client) {
    find(orders);
    cr_expect_not(has(RV_SHARED_EMAIL, "Marie", "Martin", "marie@example.fr", "0612300001"));
    cr_expect_not(has(RV_SHARED_MOBILE, "Marie", "Martin", "marie@example.fr", "0612300001"));
    cr_expect_not(has(RV_SHARED_NAME, "Marie", "Martin", "marie@example.fr", "0612300001"));
}

static int name(unsigned row, char *line) {
    return row % 3 ? 0 : sprintf(line, "c%u,Client,Magasin Sud,own%u@example.fr,\n", row, row);
}

Test(overshared, a_name_given_to_all_and_sundry) {
    find(name);
    cr_assert_not_null(shared);
    cr_expect(has(RV_SHARED_NAME, "Client", "Magasin Sud", "own1@example.fr", ""));
    cr_expect_not(has(RV_SHARED_NAME, "Client", "Autre", "own1@example.fr", ""));
}

Test(overshared, nothing_is_found_in_a_clean_file_nor_looked_for_in_a_stream) {
    find(NULL);
    cr_expect_null(shared);
    rv_table_options stream = {.path = "-"};
    struct rv_table unsized = {0}; /* no stored bytes */
    cr_expect_eq(rv_overshared_find(&stream, &unsized, &roles, &settings, &shared, NULL), RV_OK);
    cr_expect_null(shared);
    cr_expect_not(has(RV_SHARED_EMAIL, "a", "b", "c@example.fr", ""));
}

/* A file of which one row in some is counted: half its rows bear one e-mail, one in 1,000 another, one in 4,000 a third. */
Test(overshared, of_a_large_file_a_sample_is_counted) {
    enum { MANY = 90000 };
    char *text = malloc((size_t)MANY * 120 + 100), *at = text;
    at += sprintf(at, "id,first_name,last_name,email,mobile\n");
    for (unsigned row = 0; row < MANY; row++) {
        const char *email = row % 2 ? "shop@example.fr" : row % 1000 == 0 ? "till@example.fr" : NULL;
        char own[40];
        snprintf(own, sizeof own, row % 4000 == 2 ? "rare@example.fr" : "own%u@example.fr", row);
        at += sprintf(at, "c%06u,\"First, %u\",Last%u%*s,%s,\n", row, row, row, 60, "x", email ? email : own);
    }
    const char *path = scratch_text("many.csv", text);
    free(text);
    settings.threads = 2;
    find_in(path);
    cr_assert_not_null(shared);
    cr_expect(has(RV_SHARED_EMAIL, "A", "B", "shop@example.fr", ""));
    cr_expect(has(RV_SHARED_EMAIL, "A", "B", "till@example.fr", ""));
    cr_expect_not(has(RV_SHARED_EMAIL, "A", "B", "rare@example.fr", ""));
    rv_summary summary;
    rv_summary_begin(&summary, "enrich");
    rv_overshared_report(shared, &settings, &summary);
    cr_assert_eq(rv_summary_finish(&summary, &report, NULL), RV_OK);
    static const char *const key = "\"value\":\"aaaa@aaaaaaa.aa\",\"rows\":";
    const char *rows = strstr(report.json, key);
    cr_assert_not_null(rows);
    unsigned long told = strtoul(rows + strlen(key), NULL, 10);
    cr_expect(told > MANY / 2 * 9 / 10 && told < MANY / 2 * 11 / 10, "%lu rows are told of %d", told, MANY / 2);
    rv_summary_reset(&summary);
    settings.threads = 0;
}

/* --- In enrich --------------------------------------------------------------------------------------------------- */

static const char *const WORLD = "id,email,mobile,first_name,last_name,birth_date,source,date\n"
                                 "M1,shop@example.fr,0612300099,First1,Last1,1980-02-03,alpha,2026-01-02\n"
                                 "M2,own4@example.fr,0612300098,First4,Last4,1980-02-04,alpha,2026-01-02\n";

static void enrich(line_writer line, int threads) {
    settings = (rv_settings){.threads = threads, .force = true};
    rv_enrich_options options = {.megabase = base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE),
                                 .clients = {.path = clients_file(line)},
                                 .out = scratch_path("out.csv")};
    rv_error error = {0};
    rv_report_reset(&report);
    cr_assert_eq(rv_enrich(&options, &settings, &report, &error), RV_OK, "%s", error.message);
    free(output);
    output = scratch_read(options.out, NULL);
}

Test(overshared, nobody_is_attached_by_it_and_the_report_names_it) {
    enrich(shop, 1);
    cr_expect_null(strstr(output, ",M1,"));
    cr_expect_not_null(strstr(output, ",M2,"), "others are attached as ever");
    cr_expect_not_null(
        strstr(report.json, "\"shared_values\":[{\"kind\":\"email\",\"value\":\"aaaa@aaaaaaa.aa\",\"rows\":100}]"),
        "%s", report.json);
    cr_expect_not_null(strstr(report.text, "100 rows share one email (aaaa@aaaaaaa.aa)"), "%s", report.text);
    char *alone = output;
    output = NULL;
    enrich(shop, 2);
    cr_expect_str_eq(output, alone);
    free(alone);
    enrich(NULL, 1);
    cr_expect_not_null(strstr(report.json, "\"shared_values\":[]"));
}

static int name_of_m2(unsigned row, char *line) {
    return row == 4 || row % 3
               ? 0
               : sprintf(line, "c%u,First4,Last4,%s,06123%05u\n", row, row ? "" : "own4@example.fr", row);
}

Test(overshared, a_name_of_all_and_sundry_is_no_name_and_an_email_beside_it_isnt_enough) {
    enrich(name_of_m2, 2);
    cr_expect_not_null(strstr(report.json, "\"kind\":\"name\",\"value\":\"Aaaaa9 Aaaa9\""), "%s", report.json);
    cr_expect_null(strstr(output, "\nc0,First4,Last4,own4@example.fr,0612300000,email"));
}

Test(overshared, values_are_shown_when_asked) {
    settings.show_values = true;
    find(shop);
    cr_assert(has(RV_SHARED_EMAIL, "First0", "Last0", "shop@example.fr", ""));
    rv_summary summary;
    rv_summary_begin(&summary, "enrich");
    rv_overshared_report(shared, &settings, &summary);
    cr_assert_eq(rv_summary_finish(&summary, &report, NULL), RV_OK);
    cr_expect_not_null(strstr(report.json, "shop@example.fr"));
    rv_summary_reset(&summary);
    settings.show_values = false;
}
