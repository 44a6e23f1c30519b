/* reveil run: the whole chain, as a job file says. */
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"set", OPTION_ASSIGN, "KEY=VALUE", NULL, "change a key of the job, for example --set score.method=index"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static rv_run_options options_of(const arguments *a) {
    static rv_assignment overrides[MAX_VALUES];
    rv_run_options o = {.job = a->operands[0], .overrides = overrides, .environment = getenv};
    o.n_overrides = assignments_of(a, "set", overrides);
    if (has(a, "max-rejects")) /* a flag goes before the job's key; the settings can't tell it from the default */
        overrides[o.n_overrides++] = (rv_assignment){"max_rejects", text_of(a, "max-rejects")};
    return o;
}

/* The job's own values, below the options. */
static int config(const arguments *a) {
    rv_run_options o = options_of(a);
    rv_report report = {0};
    rv_error err = {0};
    rv_status status = rv_run_config(&o, &report, &err);
    if (status != RV_OK) return finish(a, true, status, &report, &err);
    fputs(report.text, stdout);
    rv_report_reset(&report);
    return 0;
}

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    rv_run_options o = options_of(a);
    rv_report report = {0};
    rv_error err = {0};
    if (!has(a, "dry-run") && rv_run_summary_path(&o, &report, &err) == RV_OK && report.text)
        tell_failure_in(report.text);
    rv_report_reset(&report);
    err = (rv_error){0};
    return finish(a, false, rv_run_job(&o, &settings, &report, &err), &report, &err);
}

const command run_command = {
    .name = "run",
    .summary = "match, enrich, segment and score in one pass, as a job file says",
    .operands = "JOB",
    .min_operands = 1,
    .max_operands = 1,
    .options = options,
    .takes_common = true,
    .run = run,
    .config = config,
    .example = "reveil run job.yaml --summary summary.json",
};
