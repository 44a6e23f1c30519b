/* `reveil normalize` as a job: lines in, CSV out. */
#include "memory.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <reveil.h>
#include <stdlib.h>
#include <string.h>

static rv_status run(const char *role, const char *text, size_t n, char **csv, rv_error *err) {
    const char *in = scratch_file("in.txt", text, n), *out = scratch_path("out.csv");
    rv_normalize_options options = {.role = role, .in = in, .out = out};
    rv_settings settings = {.force = true};
    rv_report report = {0};
    rv_status status = rv_normalize(&options, &settings, &report, err);
    if (status == RV_OK) {
        size_t len;
        *csv = scratch_read(out, &len);
        cr_assert(strstr(report.json, "\"normalize\""));
        cr_assert(strstr(report.text, "values"));
    }
    rv_report_reset(&report);
    return status;
}

static void gives(const char *role, const char *text, const char *expected) {
    char *csv = NULL;
    cr_assert_eq(run(role, text, strlen(text), &csv, NULL), RV_OK);
    cr_expect_str_eq(csv, expected);
    free(csv);
}

Test(normalize, one_line_one_row_with_the_columns_of_its_role) {
    gives("phone", "06 12 34 56 78\n\n3,36E+10\r\n0692123456",
          "input,valid,reason,e164,kind,country\n06 12 34 56 78,true,,+33612345678,mobile,FR\n,false,empty,,,\n"
          "\"3,36E+10\",false,spreadsheet_rounded,,,\n0692123456,true,,+262692123456,mobile,RE\n");
    gives("email", "Info@X.fr\n",
          "input,valid,reason,strict,folded,sha256_strict,sha256\nInfo@X.fr,true,shared_mailbox,info@x.fr,info@x.fr,"
          "bfe18a6bf6feff259dab7f4d1f701f17a84541dd2329f19c455178ad5e7556ae,"
          "bfe18a6bf6feff259dab7f4d1f701f17a84541dd2329f19c455178ad5e7556ae\n");
}

Test(normalize, other_encodings_are_read) {
    gives("first_name", "\xEF\xBB\xBFZo\xC3\xA9\n", "input,valid,reason,first\nZo\xC3\xA9,true,,ZOE\n");
    gives("first_name", "Zo\xE9\n", "input,valid,reason,first\nZo\xC3\xA9,true,,ZOE\n");
    gives("first_name",
          "Zo\xC3\xA9\nL\xC3\xA9"
          "a\nNo\xEBl\n",
          "input,valid,reason,first\nZo\xC3\xA9,true,,ZOE\nL\xC3\xA9"
          "a,true,,LEA\nNo\xC3\xABl,true,,NOEL\n");
    char *csv = NULL;
    cr_assert_eq(run("first_name", "\xFF\xFEL\0\xE9\0a\0\n\0", 10, &csv, NULL), RV_OK);
    cr_expect_str_eq(csv, "input,valid,reason,first\nL\xC3\xA9"
                          "a,true,,LEA\n");
    free(csv);
    gives("city", "", "input,valid,reason,city\n");
}

Test(normalize, refuses_what_has_no_reader) {
    char *csv = NULL;
    rv_error err = {0};
    cr_expect_eq(run("emial", "x\n", 2, &csv, &err), RV_BAD_ARGUMENT);
    cr_expect(strstr(err.hint, "email"));
    cr_expect_eq(run("amount", "x\n", 2, &csv, &err), RV_BAD_ARGUMENT);
    rv_normalize_options same = {.role = "email", .in = scratch_text("a.txt", "x\n"), .out = scratch_path("a.txt")};
    rv_settings settings = {.force = true};
    rv_report report = {0};
    cr_expect_eq(rv_normalize(&same, &settings, &report, &err), RV_BAD_ARGUMENT);
    rv_normalize_options absent = {.role = "email", .in = scratch_path("absent.txt"), .out = scratch_path("o.csv")};
    cr_expect_eq(rv_normalize(&absent, NULL, &report, &err), RV_BAD_INPUT);
}

Test(normalize, a_dry_run_writes_nothing) {
    rv_normalize_options options = {
        .role = "email", .in = scratch_text("a.txt", "x\n"), .out = scratch_path("dry.csv")};
    rv_settings settings = {.dry_run = true};
    rv_report report = {0};
    cr_assert_eq(rv_normalize(&options, &settings, &report, NULL), RV_OK);
    size_t n;
    cr_expect_null(scratch_read(scratch_path("dry.csv"), &n));
    rv_report_reset(&report);
}

#ifdef RV_TESTING
Test(normalize, no_memory_is_an_error_and_no_leak) {
    const char *in = scratch_text("in.txt", "a@b.fr\nno\xEBl\n");
    rv_normalize_options options = {.role = "email", .in = in, .out = scratch_path("m.csv")};
    rv_settings settings = {.force = true};
    rv_status status = RV_NO_MEMORY;
    for (uint64_t n = 1; status != RV_OK; n++) {
        cr_assert_lt(n, 1000);
        rv_report report = {0};
        rv_memory_fail_at(n, false);
        status = rv_normalize(&options, &settings, &report, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY, "%d", (int)status);
        rv_report_reset(&report);
    }
}
#endif
