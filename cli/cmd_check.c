/* reveil check: what a client file is taken to be. */
#include "console.h"

static const option options[] = {
    {"megabase", OPTION_FILE, "FILE", NULL, "the megabase, *.rvl: also tells the match rate to expect"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    rv_check_options o = {.megabase = text_of(a, "megabase")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, a->operands[0], &o.clients);
    if (status) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, true, rv_check(&o, &settings, &report, &err), &report, &err);
}

const command check_command = {
    .name = "check",
    .summary = "show what a client file is taken to be, as a job file that says so",
    .operands = "CLIENTS",
    .min_operands = 1,
    .max_operands = 1,
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .run = run,
    .example = "reveil check clients.csv --megabase mega.rvl > job.yaml",
    .details =
        "Prints the columns with their roles, how sure each is, how far it is filled and what its values look like,\n"
        "then what to look at, then a job file that freezes all of it. What is for people stands behind '#', so the\n"
        "whole answer can be kept as job.yaml and run. Nothing else is written.\n",
};
