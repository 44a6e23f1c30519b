/* The summary's form, rejects and their budget, messages. */
#include "document.h"
#include "file.h"
#include "report.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static char path_buffer[128];
static const char *in_folder(const char *name) {
    snprintf(path_buffer, sizeof path_buffer, "%s/%s", folder, name);
    return path_buffer;
}
static void make_folder(void) {
    strcpy(folder, "/tmp/reveil-report-XXXXXX");
    cr_assert(mkdtemp(folder));
}
static void drop_folder(void) {
    remove(in_folder("rejects.csv"));
    cr_assert_eq(rmdir(folder), 0, "something was left behind in %s", folder);
}

/* --- summary ------------------------------------------------------------------------------------------------------ */

Test(report, summary_is_one_object_on_one_line_with_the_jobs_members_inside) {
    rv_summary summary;
    rv_report report = {0};
    rv_error err = {0};
    rv_summary_begin(&summary, "build");
    rv_json_key(&summary.json, "build");
    rv_json_object(&summary.json);
    rv_json_put_unsigned(&summary.json, "contacts", 7);
    rv_json_end(&summary.json, '}');
    rv_json_put_string(&summary.json, "more", "x");
    rv_buffer_string(&summary.text, "7 contacts\n");
    rv_summary_input(&summary, "a.csv", 10, 0xabcd);
    rv_summary_timing(&summary, "parse", rv_clock_seconds() - 1.0);
    rv_summary_timing(&summary, "parse", rv_clock_seconds() - 1.0);
    summary.rows_in = 10;
    summary.rows_out = 8;
    summary.rejected = 2;
    cr_assert_eq(rv_summary_finish(&summary, &report, &err), RV_OK, "%s", err.message);
    cr_assert_null(strchr(report.json, '\n'));

    rv_document *document = NULL;
    cr_assert_eq(rv_document_parse("summary", report.json, strlen(report.json), &document, &err), RV_OK, "%s",
                 err.message);
    const rv_node *root = rv_document_root(document);
    const char *first[] = {"summary_version", "job",  "reveil", "status",  "rows",
                           "build",           "more", "inputs", "timings", "peak_memory_bytes"};
    cr_assert_eq(rv_node_size(root), 10u);
    for (size_t i = 0; i < 10; i++) cr_assert_str_eq(rv_node_key(root, i), first[i]);
    cr_assert_str_eq(rv_node_string(rv_node_get(rv_node_get(root, "rows"), "rejected")), "2");
    cr_assert_str_eq(rv_node_string(rv_node_get(rv_node_get(root, "build"), "contacts")), "7");
    const rv_node *input = rv_node_item(rv_node_get(root, "inputs"), 0);
    cr_assert_str_eq(rv_node_string(rv_node_get(input, "xxh3")), "000000000000abcd");
    cr_assert(atof(rv_node_string(rv_node_get(rv_node_get(root, "timings"), "parse"))) >= 2.0);
    cr_assert(strtoull(rv_node_string(rv_node_get(root, "peak_memory_bytes")), NULL, 10) > 100000);
    cr_assert(strstr(report.text, "7 contacts\ndone in "));
    rv_document_close(document);
    rv_report_reset(&report);
    rv_summary_reset(&summary);
}

Test(report, rows_that_dont_add_up_fail_the_job) {
    rv_summary summary;
    rv_report report = {0};
    rv_error err = {0};
    rv_summary_begin(&summary, "build");
    summary.rows_in = 10;
    summary.rows_out = 8;
    summary.rejected = 1;
    cr_assert_eq(rv_summary_finish(&summary, &report, &err), RV_FAILED);
    cr_assert_null(report.json);
    cr_assert_null(report.text);
    rv_summary_reset(&summary);
}

Test(report, a_job_that_fails_tells_what_it_read) {
    rv_summary summary;
    rv_report report = {0};
    rv_summary_begin(&summary, "run");
    rv_summary_input(&summary, "a.csv", 12, 255);
    summary.rows_in = 9, summary.rejected = 4; /* needn't add up */
    report.json = rv_array_new(1, 1, NULL);
    rv_summary_unfinished(&summary, &report);
    cr_assert_eq(
        strncmp(report.json,
                "{\"rows\":{\"in\":9,\"out\":0,\"rejected\":4},\"inputs\":[{\"path\":\"a.csv\",\"bytes\":12,"
                "\"xxh3\":\"00000000000000ff\"}],\"timings\":{\"total\":",
                strlen("{\"rows\":{\"in\":9,\"out\":0,\"rejected\":4},\"inputs\":[{\"path\":\"a.csv\",\"bytes\":12,"
                       "\"xxh3\":\"00000000000000ff\"}],\"timings\":{\"total\":")),
        0, "%s", report.json);
    rv_report_reset(&report);
    rv_summary_reset(&summary);
}

Test(report, inputs_beyond_the_room_are_counted) {
    rv_summary summary;
    rv_report report = {0};
    rv_summary_begin(&summary, "build");
    for (int i = 0; i < 300; i++) rv_summary_input(&summary, "x", 1, 1);
    cr_assert_eq(rv_summary_finish(&summary, &report, NULL), RV_OK);
    cr_assert(strstr(report.json, "\"inputs_left_out\":44"));
    rv_report_reset(&report);
    rv_summary_reset(&summary);
}

#ifdef RV_TESTING
Test(report, a_part_joined_is_as_if_it_had_been_written_there) {
    for (int empty = 0; empty < 4; empty++) {
        rv_summary whole, parts[2];
        rv_report a = {0}, b = {0};
        rv_summary_begin(&whole, "run");
        for (int i = 0; i < 2; i++) {
            rv_summary_begin(&parts[i], "run");
            for (int both = 0; both < 2 && !(empty >> i & 1); both++) {
                rv_summary *s = both ? &whole : &parts[i];
                rv_json_put_string(&s->json, i ? "second" : "first", "x");
                rv_json_put_unsigned(&s->json, i ? "n" : "m", 4);
                rv_buffer_string(&s->text, i ? "two\n" : "one\n");
                rv_summary_input(s, i ? "b.csv" : "a.csv", 10, 1);
                rv_summary_timing(s, "same", rv_clock_seconds());
                s->rows_in += 3, s->rows_out += 2, s->rejected += 1;
            }
        }
        rv_summary_join(&parts[0], &parts[1]);
        rv_json_put_bool(&parts[0].json, "after", true);
        rv_json_put_bool(&whole.json, "after", true);
        cr_assert_eq(parts[0].n_timings, whole.n_timings);
        cr_assert_eq(rv_summary_finish(&whole, &a, NULL), RV_OK);
        cr_assert_eq(rv_summary_finish(&parts[0], &b, NULL), RV_OK);
        size_t same = (size_t)(strstr(a.json, "\"timings\"") - a.json);
        cr_assert_eq(strncmp(a.json, b.json, same), 0, "%s\n%s", a.json, b.json);
        cr_assert_eq(strncmp(a.text, b.text, strlen(empty == 3 ? "" : empty ? "one\n" : "one\ntwo\n")), 0);
        for (int i = 0; i < 2; i++) rv_summary_reset(&parts[i]);
        rv_summary_reset(&whole);
        rv_report_reset(&a);
        rv_report_reset(&b);
    }
}

Test(report, summary_without_memory_fails_and_leaks_nothing) {
    for (uint64_t n = 1;; n++) {
        rv_summary summary;
        rv_report report = {0};
        rv_error err = {0};
        rv_memory_fail_at(n, true);
        rv_summary_begin(&summary, "build");
        rv_json_put_string(&summary.json, "a", "b");
        rv_status status = rv_summary_finish(&summary, &report, &err);
        rv_memory_fail_at(0, false);
        rv_summary_reset(&summary);
        if (status == RV_OK) {
            rv_report_reset(&report);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
        cr_assert_null(report.json);
    }
}
#endif

/* --- messages ----------------------------------------------------------------------------------------------------- */

static char said[256];
static rv_level said_level;
static void hear(void *ctx, rv_level level, const char *text) {
    (void)ctx;
    said_level = level;
    snprintf(said, sizeof said, "%s", text);
}
static uint64_t progress_done;
static void see(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)ctx, (void)stage, (void)total;
    progress_done = done;
}

Test(report, messages_go_through_the_settings_or_nowhere) {
    rv_settings quiet = {0};
    rv_note(&quiet, "x");
    rv_warn(&quiet, "x");
    rv_note(NULL, "x");
    rv_progress(&quiet, "x", 1, 2);
    rv_settings settings = {.message = hear, .progress = see};
    rv_warn(&settings, "%d bad", 3);
    cr_assert_str_eq(said, "3 bad");
    cr_assert_eq(said_level, RV_WARNING);
    rv_note(&settings, "fine");
    cr_assert_str_eq(said, "fine");
    cr_assert_eq(said_level, RV_NOTE);
    rv_progress(&settings, "x", 5, 9);
    cr_assert_eq(progress_done, 5u);
}

Test(report, a_step_beside_one_that_failed_stops) {
    volatile int failed = 0;
    rv_settings settings = {.failed = &failed};
    cr_assert_eq(rv_check_cancel(&settings, NULL), RV_OK);
    failed = 1;
    cr_assert_eq(rv_check_cancel(&settings, NULL), RV_INTERRUPTED);
}

Test(report, a_cancelled_job_is_interrupted) {
    volatile int cancel = 0;
    rv_settings settings = {.cancel = &cancel};
    cr_assert_eq(rv_check_cancel(&settings, NULL), RV_OK);
    cr_assert_eq(rv_check_cancel(NULL, NULL), RV_OK);
    cancel = 1;
    cr_assert_eq(rv_check_cancel(&settings, NULL), RV_INTERRUPTED);
}

/* --- rejects ------------------------------------------------------------------------------------------------------ */

TestSuite(rejects, .init = make_folder, .fini = drop_folder);

static void add(rv_rejects *rejects, uint64_t line, const char *reason, const char *raw) {
    cr_assert_eq(rv_rejects_add(rejects, "in.csv", line, line * 10, reason, rv_text_of(raw), NULL), RV_OK);
}

static void assert_file(const char *expected) {
    char *text = NULL;
    size_t len = 0;
    cr_assert_eq(rv_file_read(in_folder("rejects.csv"), 1 << 20, &text, &len, NULL), RV_OK);
    cr_assert_str_eq(text, expected);
    rv_free(text);
}

Test(rejects, each_row_is_a_line_with_file_line_offset_reason_and_raw_text) {
    rv_settings settings = {.max_rejects = 2, .rejects = in_folder("rejects.csv")};
    rv_rejects *rejects = NULL;
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "ragged", "a,\"b\"");
    add(rejects, 9, "bad_encoding", "plain");
    cr_assert_eq(rv_rejects_count(rejects), 2u);
    cr_assert_eq(rv_rejects_check(rejects, 100, NULL), RV_OK);
    cr_assert_eq(rv_rejects_commit(rejects, NULL), RV_OK);
    assert_file("file,line,offset,reason,raw\n"
                "in.csv,3,30,ragged,\"a,\"\"b\"\"\"\n"
                "in.csv,9,90,bad_encoding,plain\n");
}

Test(rejects, the_budget_holds_to_the_row_and_names_the_commonest_reason) {
    rv_settings settings = {.max_rejects = 2};
    rv_rejects *rejects = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "bad_encoding", "a");
    add(rejects, 4, "ragged", "a");
    cr_assert_eq(rv_rejects_check(rejects, 0, &err), RV_OK);
    add(rejects, 5, "ragged", "a");
    cr_assert_eq(rv_rejects_check(rejects, 1000000, &err), RV_OVER_BUDGET);
    cr_assert(strstr(err.message, "3 of 1000003 rows"));
    cr_assert(strstr(err.message, "ragged (2 rows"));
    cr_assert_eq(err.line, 4u);
    cr_assert_str_eq(err.file, "in.csv");
    cr_assert(strstr(err.hint, "--max-rejects 3"));
    rv_rejects_abort(rejects);
}

Test(rejects, a_share_counts_all_rows_and_none_are_allowed_by_a_zero_struct) {
    rv_settings settings = {.max_rejects = 0.01, .max_rejects_is_share = true}, none = {0};
    rv_rejects *rejects = NULL;
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "ragged", "a");
    cr_assert_eq(rv_rejects_check(rejects, 99, NULL), RV_OK);
    cr_assert_eq(rv_rejects_check(rejects, 98, NULL), RV_OVER_BUDGET);
    rv_rejects_abort(rejects);
    cr_assert_eq(rv_rejects_open(NULL, &none, &rejects, NULL), RV_OK);
    cr_assert_eq(rv_rejects_check(rejects, 0, NULL), RV_OK);
    add(rejects, 3, "ragged", "a");
    cr_assert_eq(rv_rejects_check(rejects, 1000000, NULL), RV_OVER_BUDGET);
    rv_rejects_abort(rejects);
    rv_rejects_abort(NULL);
}

Test(rejects, a_failed_job_leaves_no_file_but_an_overspent_budget_shows_why) {
    rv_settings settings = {.rejects = in_folder("rejects.csv")};
    rv_rejects *rejects = NULL;
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "ragged", "a");
    rv_rejects_abort(rejects);
    cr_assert_not(rv_file_exists(in_folder("rejects.csv")));
    settings.rejects = in_folder("rejects.csv");
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "ragged", "a");
    cr_assert_eq(rv_rejects_check(rejects, 5, NULL), RV_OVER_BUDGET);
    rv_rejects_abort(rejects);
    assert_file("file,line,offset,reason,raw\nin.csv,3,30,ragged,a\n");
}

Test(rejects, a_dry_run_writes_no_file) {
    rv_settings settings = {.rejects = in_folder("rejects.csv"), .dry_run = true, .max_rejects = 9};
    rv_rejects *rejects = NULL;
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    add(rejects, 3, "ragged", "a");
    cr_assert_eq(rv_rejects_commit(rejects, NULL), RV_OK);
    cr_assert_not(rv_file_exists(in_folder("rejects.csv")));
}

Test(rejects, more_reasons_than_the_table_holds_are_still_counted) {
    rv_settings settings = {0};
    rv_rejects *rejects = NULL;
    cr_assert_eq(rv_rejects_open(NULL, &settings, &rejects, NULL), RV_OK);
    for (int i = 0; i < 40; i++) {
        char reason[16];
        snprintf(reason, sizeof reason, "reason%d", i);
        add(rejects, (uint64_t)i + 2, reason, "a");
    }
    cr_assert_eq(rv_rejects_count(rejects), 40u);
    cr_assert_eq(rv_rejects_check(rejects, 0, NULL), RV_OVER_BUDGET);
    rv_rejects_abort(rejects);
}

/* Work shows in it (or this never ends), and neither goes back. */
Test(report, time_on_cores_grows_with_work, .timeout = 60) {
    rv_core_time before = rv_core_times(), now = before;
    volatile unsigned work = 0;
    for (; now.ran < before.ran + 0.01; now = rv_core_times()) {
        cr_assert(now.ran >= before.ran && now.waited >= before.waited);
        for (unsigned i = 0; i < 100000; i++) work += i;
    }
    (void)work;
}
