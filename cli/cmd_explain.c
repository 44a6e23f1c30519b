/* reveil explain: why a client was matched, filled, scored, or not; why two rows are linked, or aren't. */
#include "console.h"
#include "linkage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"job", OPTION_FILE, "FILE", NULL, "the job that the client went through"},
    {"client", OPTION_LIST, "ID,...", NULL, "client ids; - reads them from stdin, one a line; of two files: ids of the left one"},
    {"set", OPTION_ASSIGN, "KEY=VALUE", NULL, "change a key of the job"},
    {"left", OPTION_FILE, "FILE", NULL, "instead of a job: the left file of a match"},
    {"right", OPTION_FILE, "FILE", NULL, "its right file"},
    {"in", OPTION_FILE, "FILE", NULL, "the file of a dedupe"},
    {"pair", OPTION_ASSIGN, "ID=ID", NULL, "two rows, of the left and the right file: why they are linked, or not"},
    {"one-to-one", OPTION_SWITCH, NULL, NULL, "the match was made with --one-to-one"},
    LINKAGE_OPTIONS_OF_USE,
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

#define LINKS_EXAMPLE "reveil explain --left clients.csv --right contacts.csv --pair C0000042=K0001234"
static const char *ids[MAX_WORDS];

static int run_links(const arguments *a) {
    static rv_assignment pairs[MAX_VALUES];
    rv_settings settings;
    rv_explain_links_options o = {.rows = ids, .pairs = pairs, .one_to_one = has(a, "one-to-one")};
    bool in = has(a, "in"), both = has(a, "left") && has(a, "right");
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, in ? "in" : "left"), &o.left);
    if (!status) status = read_linkage(a, &o.linkage);
    if (status) return status;
    o.right = o.left; /* read alike */
    o.right.path = in ? NULL : text_of(a, "right");
    o.n_rows = list_of(a, "client", ids);
    o.n_pairs = assignments_of(a, "pair", pairs);
    if (has(a, "job") || in == both || (in && (has(a, "left") || has(a, "right"))))
        return usage_error(a->command, LINKS_EXAMPLE, "--job, or --left and --right, or --in: one of them is needed");
    if (o.n_rows + o.n_pairs == 0) return usage_error(a->command, LINKS_EXAMPLE, "--client or --pair is needed");
    if ((status = keep_people(a, o.left.path, o.right.path))) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, true, rv_explain_links(&o, &settings, &report, &err), &report, &err);
}

static int run(const arguments *a) {
    if (has(a, "left") || has(a, "right") || has(a, "in") || has(a, "pair")) return run_links(a);
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    static rv_assignment overrides[MAX_VALUES];
    rv_explain_options o = {.job = text_of(a, "job"), .clients = ids, .overrides = overrides, .environment = getenv};
    o.n_clients = list_of(a, "client", ids);
    o.n_overrides = assignments_of(a, "set", overrides);
    for (unsigned i = 0; i < a->n_values; i++)
        for (const option *own = table_options; own->name; own++)
            if (a->values[i].origin == FROM_FLAG && strcmp(a->values[i].option->name, own->name) == 0)
                return usage_error(a->command, "reveil explain --job job.yaml --set clients.id=no --client C0000042",
                                   "--%s is for --left and --right, or --in: a job says itself how its files are read", own->name);
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
    .takes_table = true,
    .takes_common = true,
    .details =
        "With --left and --right, or --in, it goes through that match or dedupe again (with the options it was given) and\n"
        "tells of rows (--client) their answer and the runner-up, of two rows (--pair) what each field adds, which rule\n"
        "proposed them, and what stands against them. How a job's files are read its own keys say.\n",
    .run = run,
    .example = "reveil explain --job job.yaml --client C0000042",
};
