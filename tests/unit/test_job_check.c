/* check: what a file is taken to be, as a job file that a run accepts; nothing else is written. */
#include "job_description.h"
#include "role.h"
#include "scratch.h"
#include "test_base.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char *const WORLD = "id,email,first_name,last_name,city,source,date\n"
                                 "M1,paul@example.fr,Paul,Petit,Grenoble,alpha,2026-01-02\n"
                                 "M2,anne@example.fr,Anne,Petit,Lyon,alpha,2026-01-02\n";
static const char *const CLIENTS = "N° client;Nom;Prénom;\"E-mail \"\"perso\"\"\";Portable;Inscrit le\n"
                                   "C1;Petit;Paul;paul@example.fr;6,12E+08;12/03/2019\n"
                                   "C2;Roux;Luc;luc@example.fr;0612345678;13/04/2020\n"
                                   "C3;Petit;Anne;anne@example.fr;0798765432;14/05/2021\n"
                                   "C4;Blanc;Zoé;;07 98 76 54 30;14/05/2021\n";

static rv_report check(rv_check_options o, bool show) {
    rv_settings settings = {.threads = 2, .show_values = show};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_check(&o, &settings, &report, &err), RV_OK, "%s", err.message);
    return report;
}

#define SAYS(report, part) cr_expect(strstr((report).text, part), "no '%s' in\n%s", part, (report).text)

Test(job_check, tells_columns_problems_and_the_match_rate) {
    char mega[256], path[256];
    base_make("mega.rvl", WORLD, BASE_CLEAR_KINDS, RV_IMAGE);
    snprintf(mega, sizeof mega, "%s", scratch_path("mega.rvl"));
    snprintf(path, sizeof path, "%s", scratch_text("clients.csv", CLIENTS));
    size_t files = scratch_count();
    rv_report report = check((rv_check_options){.clients = {.path = path}, .megabase = mega}, false);
    cr_expect_eq(scratch_count(), files, "nothing is written");
    SAYS(report, ": 4 rows; header in line 1\n");
    SAYS(report, "#   separator   ;          ");
    SAYS(report, "#   encoding    utf-8      ");
    SAYS(report, "# N° client                     id             0.90  100.0 %  A9\n");
    SAYS(report, "  mobile  ");
    SAYS(report, "   75.0 %  aaaa@aaaaaaa.aa | aaa@aaaaaaa.aa\n");
    SAYS(report, "#   Portable: 1 of 4 values are rounded by a spreadsheet (6,12E+08)");
    SAYS(report, "mega.rvl: 50.0 % (all 4 rows)\n");
    SAYS(report, "    \"E-mail \\\"perso\\\"\": email\n");
    SAYS(report, "    \"Inscrit le\": attribute\n");
    cr_expect(strstr(report.json, "\"expected_match_rate\":0.5"), "%s", report.json);
    cr_expect(strstr(report.json, "\"name\":\"Portable\",\"role\":\"mobile\""), "%s", report.json);
    static const char *const values[] = {"paul", "Roux", "0612345678", "06 12"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        cr_expect_not(strstr(report.text, values[i]), "%s in\n%s", values[i], report.text);
        cr_expect_not(strstr(report.json, values[i]), "%s in\n%s", values[i], report.json);
    }
    rv_report_reset(&report);
    report = check((rv_check_options){.clients = {.path = path}}, true);
    SAYS(report, "paul@example.fr");
    SAYS(report, "megabase: \"mega.rvl\"  # yours");
    rv_report_reset(&report);
}

Test(job_check, prints_a_job_that_freezes_what_it_found) {
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_text("clients.csv", CLIENTS));
    const char *const ignore[] = {"Prénom"};
    const rv_assignment roles[] = {{"Inscrit le", "updated_on"}};
    rv_check_options o = {.clients = {.path = path,
                                      .ignore = ignore,
                                      .n_ignore = 1,
                                      .roles = roles,
                                      .n_roles = 1,
                                      .dialect = {.date_order = RV_DMY, .country = "BE"}}};
    rv_report report = check(o, false);
    rv_job_description job;
    rv_error err = {0};
    cr_assert_eq(rv_job_read(scratch_text("job.yaml", report.text), NULL, 0, NULL, &job, &err), RV_OK, "%s\n%s",
                 err.message, report.text);
    const rv_table_options *frozen = &job.clients[0];
    cr_expect_str_eq(frozen->path, path);
    cr_expect_str_eq(frozen->id, "N° client");
    cr_expect_eq(frozen->dialect.separator, ';');
    cr_expect_eq(frozen->dialect.quote, '"');
    cr_expect_eq(frozen->dialect.encoding, RV_UTF8);
    cr_expect_eq(frozen->dialect.header, RV_YES);
    cr_expect(frozen->dialect.skip_given && frozen->dialect.skip_lines == 0);
    cr_expect_eq(frozen->dialect.date_order, RV_DMY);
    cr_expect_str_eq(frozen->dialect.country, "BE");
    rv_table *table;
    rv_table_roles found, again;
    cr_assert_eq(rv_table_open(path, &o.clients.dialect, &table, NULL), RV_OK);
    const rv_table_info *info = rv_table_describe(table);
    cr_assert_eq(rv_table_roles_of(&o.clients, table, &found, NULL), RV_OK);
    cr_assert_eq(rv_table_roles_find(frozen, info->names, info->columns, &again, &err), RV_OK, "%s", err.message);
    for (uint32_t i = 0; i < info->columns; i++) {
        rv_role was = found.roles[i] == RV_ROLE_NONE && !found.ignored[i] ? RV_ROLE_ATTRIBUTE : found.roles[i];
        cr_expect_eq(again.roles[i], was, "column %u", i);
        cr_expect_eq(again.ignored[i], found.ignored[i]);
        cr_expect_eq(again.reasons[i].confidence, 1);
    }
    rv_table_roles_reset(&found);
    rv_table_roles_reset(&again);
    rv_table_close(table);
    rv_job_reset(&job);
    rv_report_reset(&report);
}

Test(job_check, says_what_is_missing) {
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_text("x.csv", "couleur,taille\nbleu,12\nrouge,14\n\"x\n"));
    rv_report report = check((rv_check_options){.clients = {.path = path}}, false);
    SAYS(report, "no column is known to be the id");
    SAYS(report, "no column is known by which people could be recognised");
    SAYS(report, "1 lines can't be read: unclosed_quote, first in line 4");
    rv_report_reset(&report);
    snprintf(path, sizeof path, "%s",
             scratch_text("o.csv", "client_id,date,montant\n1,2024-01-02,3\n1,2024-02-03,4\n"));
    report = check((rv_check_options){.clients = {.path = path}}, false);
    SAYS(report, "this looks like a list of orders");
    rv_report_reset(&report);
}

#ifdef RV_TESTING
Test(job_check, no_memory_is_an_error_and_no_leak) {
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_text("clients.csv", CLIENTS));
    rv_check_options o = {.clients = {.path = path}};
    rv_settings settings = {.threads = 1};
    rv_status status = RV_NO_MEMORY;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 400);
        rv_report report = {0};
        rv_memory_fail_at(n, false);
        status = rv_check(&o, &settings, &report, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        rv_report_reset(&report);
    }
}
#endif
