/* reveil dedupe: who is in a file more than once. */
#include "console.h"
#include "linkage.h"

static const option options[] = {
    {"in", OPTION_FILE, "FILE", NULL, "the file of people; - is stdin"},
    {"out", OPTION_FILE, "FILE", NULL, "id,cluster_id: one line a row; - is stdout"},
    {"household", OPTION_SWITCH, NULL, NULL, "a third column, household_id: rows that share a home and a last name"},
    LINKAGE_OPTIONS,
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    rv_dedupe_options o = {.household = has(a, "household"), .out = text_of(a, "out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "in"), &o.in);
    if (!status) status = read_linkage(a, &o.linkage);
    if (status) return status;
    if (!o.in.path || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example, "--in and --out are needed");
    if ((status = keep_people(a, o.in.path, NULL))) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_dedupe(&o, &settings, &report, &err), &report, &err);
}

const command dedupe_command = {
    .name = "dedupe",
    .summary = "find people who are in a file more than once",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .details =
        "Rows that are one person share a cluster_id: the id of the first of them. Weights are learned from the\n"
        "file itself. Any roles will do: names, birth date, address, e-mail, telephone, identifiers. With --household\n"
        "rows at one address under one last name share a household_id as well: a family is no person.\n",
    .run = run,
    .example = "reveil dedupe --in clients.csv --out clusters.csv",
};
