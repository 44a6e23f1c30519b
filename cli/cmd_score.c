/* reveil score: learns the profile of the actives and scores the others. */
#include "console.h"

static const option options[] = {
    {"in", OPTION_FILE, "FILE", NULL, "the table to learn from and to score, for example an enriched file"},
    {"active", OPTION_ASSIGN, "COLUMN=VALUE", NULL, "rows where COLUMN is VALUE are the seeds; all others are scored"},
    {"profile", OPTION_FILE, "FILE", NULL, "score all rows with a profile learned before"},
    {"method", OPTION_TEXT, "NAME", NULL, "how weights are learned (default: auto); see docs/SCORING.md"},
    {"min-seeds", OPTION_WHOLE, "N", NULL, "fewest seeds to learn from (default: 100, at least 25)"},
    {"reasons", OPTION_WHOLE, "N", NULL, "strongest reasons per row (default: 5)"},
    {"use-sensitive", OPTION_LIST, "A,B,...", NULL, "sensitive attributes that may be used"},
    {"out", OPTION_FILE, "FILE", NULL, "client_id,score,probability,rank,decile,reasons; - is stdout"},
    {"quality", OPTION_FILE, "FILE", NULL, "quality sheet, JSON"},
    {"profile-out", OPTION_FILE, "FILE", NULL, "the profile, JSON"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    rv_score_options o = {.active = text_of(a, "active"),
                          .profile = text_of(a, "profile"),
                          .method = text_of(a, "method"),
                          .out = text_of(a, "out"),
                          .quality_out = text_of(a, "quality"),
                          .profile_out = text_of(a, "profile-out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "in"), &o.in);
    if (!status) status = read_whole(a, "min-seeds", 1, UINT32_MAX, &o.min_seeds);
    if (!status) status = read_whole(a, "reasons", 1, 1000, &o.reasons);
    if (status) return status;
    if (!o.in.path || !o.active == !o.profile || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example, "--in, --out and one of --active and --profile are needed");
    static const char *sensitive[1024];
    o.use_sensitive = sensitive;
    o.n_use_sensitive = list_of(a, "use-sensitive", sensitive, 1024);
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_score(&o, &settings, &report, &err), &report, &err);
}

const command score_command = {
    .name = "score",
    .summary = "learn the profile of the actives and score the others",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .run = run,
    .example = "reveil score --in enriched.csv --active state=active --out scores.csv --quality quality.json",
};
