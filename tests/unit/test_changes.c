/* Is there anything to do: what changes a fingerprint, what doesn't, and when a summary is believed. */
#include "memory.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <reveil.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct files {
    const char *input[1], *output[1];
    rv_work work;
} files;

static void make(files *f) {
    f->input[0] = scratch_text("in.csv", "a,b\n1,2\n");
    f->output[0] = scratch_text("out.csv", "x\n");
    f->work = (rv_work){
        .command = "score\n--active=a=1\n", .inputs = f->input, .n_inputs = 1, .outputs = f->output, .n_outputs = 1};
}

static rv_fingerprint print_of(const rv_work *work) {
    rv_fingerprint print = {0};
    rv_error err = {0};
    cr_assert_eq(rv_fingerprint_of(work, &print, &err), RV_OK, "%s", err.message);
    return print;
}

Test(changes, bytes_names_and_options_count_and_nothing_else) {
    files f;
    make(&f);
    rv_fingerprint first = print_of(&f.work);
    cr_assert_eq(strlen(first.text), 33);
    scratch_text("in.csv", "a,b\n1,2\n"); /* written again, the same */
    cr_assert_str_eq(print_of(&f.work).text, first.text);
    scratch_text("in.csv", "a,b\n1,3\n");
    cr_assert_str_neq(print_of(&f.work).text, first.text);
    unlink(f.input[0]);
    cr_assert_str_neq(print_of(&f.work).text, first.text, "a file that is gone");
    make(&f);
    cr_assert_str_eq(print_of(&f.work).text, first.text);
    f.work.command = "score\n--active=a=2\n";
    cr_assert_str_neq(print_of(&f.work).text, first.text);
    f.work.command = "score\n--active=a=1\n";
    f.input[0] = scratch_text("other.csv", "a,b\n1,2\n");
    cr_assert_str_neq(print_of(&f.work).text, first.text, "another name");
}

Test(changes, only_a_good_summary_with_its_outputs_is_believed) {
    files f;
    make(&f);
    rv_fingerprint print = print_of(&f.work);
    rv_error err = {0};
    char text[300];
    static const char form[] = "{\"summary_version\":1,\"status\":\"%s\",\"fingerprint\":\"%s\"}\n";
    snprintf(text, sizeof text, form, "ok", print.text);
    const char *summary = scratch_text("s.json", text);
    cr_assert_eq(rv_check_changed(&f.work, &print, summary, &err), RV_UNCHANGED);
    cr_assert_eq(err.code, 802);
    unlink(f.output[0]);
    cr_assert_eq(rv_check_changed(&f.work, &print, summary, &err), RV_OK, "an output is gone");
    make(&f);
    static const char *const others[] = {"failed", "gate_missed", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(text, sizeof text, form, others[i], print.text);
        cr_assert_eq(rv_check_changed(&f.work, &print, scratch_text("s.json", text), &err), RV_OK, "%s", others[i]);
    }
    static const char *const broken[] = {"", "{", "[]\n", "{\"status\":\"ok\"}\n",
                                         "{\"status\":\"ok\",\"fingerprint\":[1]}\n"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        cr_assert_eq(rv_check_changed(&f.work, &print, scratch_text("s.json", broken[i]), &err), RV_OK);
    cr_assert_eq(rv_check_changed(&f.work, &print, scratch_path("none.json"), &err), RV_OK);
}

static const char *a_job(void) {
    scratch_text("clients.csv", "id,email\n1,a@b.fr\n");
    scratch_text("before.csv", "client_id\n");
    return scratch_text("job.yaml", "version: 1\nmegabase: none.rvl\nbuild: {schema: s.yaml}\nclients: clients.csv\n"
                                    "segment: {previous: before.csv}\nout: {enriched: e.csv}\n");
}

Test(changes, a_job_counts_with_every_file_it_names) {
    rv_run_options run = {.job = a_job()};
    rv_work work = {.command = "run\n", .run = &run};
    rv_fingerprint first = print_of(&work);
    cr_assert(first.megabase_is_due);
    scratch_text("before.csv", "client_id\nX\n");
    cr_assert_str_neq(print_of(&work).text, first.text, "a file under a key of its own");
    a_job();
    cr_assert_str_eq(print_of(&work).text, first.text);
    scratch_text("clients.csv", "id,email\n1,a@b.com\n");
    cr_assert_str_neq(print_of(&work).text, first.text);
    a_job();
    rv_assignment o = {"score.reasons", "3"};
    run.overrides = &o;
    run.n_overrides = 1;
    cr_assert_str_neq(print_of(&work).text, first.text);
}

#ifdef RV_TESTING
Test(changes, every_failing_allocation_is_an_error_without_a_leak) {
    rv_run_options run = {.job = a_job()};
    rv_work work = {.command = "run\n", .run = &run};
    for (uint64_t n = 1;; n++) {
        rv_fingerprint print;
        rv_report report = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_fingerprint_of(&work, &print, NULL);
        if (status == RV_OK) status = rv_run_config(&run, &report, NULL);
        if (status == RV_OK) status = rv_json_schema("job", &report, NULL);
        if (status == RV_OK) status = rv_json_schema("model", &report, NULL);
        rv_memory_fail_at(0, false);
        rv_report_reset(&report);
        if (status == RV_OK) {
            cr_assert_gt(n, 5);
            return;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
