/* reveil explain: why a client was matched, filled, scored, or not. */
#include "console.h"

#include <stdio.h>
#include <stdlib.h>

static const option options[] = {
    {"job", OPTION_FILE, "FILE", NULL, "the job that the client went through"},
    {"client", OPTION_LIST, "ID,...", NULL, "client ids; - reads them from stdin, one a line"},
    {"set", OPTION_ASSIGN, "KEY=VALUE", NULL, "change a key of the job"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    static const char *ids[4096];
    static rv_assignment overrides[MAX_VALUES];
    rv_explain_options o = {.job = text_of(a, "job"), .clients = ids, .overrides = overrides, .environment = getenv};
    o.n_clients = list_of(a, "client", ids, 4096);
    o.n_overrides = assignments_of(a, "set", overrides, MAX_VALUES);
    if (!o.job || !o.n_clients) return usage_error(a->command, a->command->example, "--job and --client are needed");
    rv_report report = {0};
    rv_error err = {0};
    rv_status explained = rv_explain(&o, &settings, &report, &err);
    if (explained != RV_OK && report.text) fputs(report.text, stdout); /* of the others, when some are unknown */
    return finish(a, true, explained, &report, &err);
}

const command explain_command = {
    .name = "explain",
    .summary = "say why a client was matched, filled and scored, or not",
    .operands = "",
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "reveil explain --job job.yaml --client C0000042",
};
