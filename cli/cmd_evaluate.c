/* reveil evaluate: a result against a known truth. */
#include "console.h"

#include <string.h>

static const option options[] = {
    {"found", OPTION_FILE, "FILE", NULL, "what was found"},
    {"truth", OPTION_FILE, "FILE", NULL, "what is true"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    rv_evaluate_options o = {a->operands[0], text_of(a, "found"), text_of(a, "truth")};
    if (strcmp(o.kind, "links") != 0 && strcmp(o.kind, "clusters") != 0 && strcmp(o.kind, "score") != 0)
        return usage_error(a->command, a->command->example, "'%s' can't be evaluated: links, clusters or score",
                           o.kind);
    if (!o.found || !o.truth) return usage_error(a->command, a->command->example, "--found and --truth are needed");
    rv_report report = {0};
    rv_error err = {0};
    rv_status result = rv_evaluate(&o, &settings, &report, &err);
    return finish_with_json(a, result, &report, &err);
}

const command evaluate_command = {
    .name = "evaluate",
    .summary = "measure links, clusters or scores against a known truth",
    .operands = "links|clusters|score",
    .min_operands = 1,
    .max_operands = 1,
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "reveil evaluate links --found enriched.csv --truth truth.csv",
    .details =
        "One JSON object on stdout. Truth of links: the first two columns, whatever their names (several right ids\n"
        "joined by |, any is right); of clusters: id, cluster; of scores: id, 0 or 1.\n",
};
