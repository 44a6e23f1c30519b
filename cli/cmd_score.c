/* reveil score: learns the profile of the actives and scores the others; or scores a table, or a whole megabase, with a
 * profile learned before. */
#include "console.h"

static const option options[] = {
    {"in", OPTION_FILE, "FILE", NULL, "the table to learn from and to score, for example an enriched file"},
    {"active", OPTION_ASSIGN, "COLUMN=VALUE", NULL, "rows where COLUMN is VALUE are the seeds; all others are scored"},
    {"profile", OPTION_FILE, "FILE", NULL, "score all rows with a profile learned before"},
    {"megabase", OPTION_FILE, "FILE", NULL, "score a whole megabase with --profile, and propose its best contacts"},
    {"top", OPTION_WHOLE, "N", NULL, "with --megabase: how many contacts to propose"},
    {"exclude", OPTION_FILE, "CLIENTS", NULL,
     "with --megabase: contacts who share any key with a row of this are clients already"},
    {"require", OPTION_ASSIGN, "ATTRIBUTE=VALUE", NULL, "with --megabase: propose only contacts who have this value"},
    {"with-refusals", OPTION_SWITCH, NULL, NULL, "with --megabase: propose contacts who refused consent too"},
    {"without", OPTION_LIST, "A,B,...", NULL, "with --megabase: columns of the profile that don't count"},
    {"method", OPTION_TEXT, "NAME", NULL, "how weights are learned (default: auto); see docs/SCORING.md"},
    {"min-seeds", OPTION_WHOLE, "N", NULL, "fewest seeds to learn from (default: 100, at least 25)"},
    {"reasons", OPTION_WHOLE, "N", NULL, "strongest reasons per row (default: 5)"},
    {"use-sensitive", OPTION_LIST, "A,B,...", NULL, "sensitive attributes that may be used"},
    {"monotone", OPTION_LIST, "A,B,...", NULL, "numbers or dates whose points may only rise, or only fall, along the values"},
    {"out", OPTION_FILE, "FILE", NULL, "client_id,score,probability,rank,decile,reasons; - is stdout"},
    {"quality", OPTION_FILE, "FILE", NULL, "quality sheet, JSON"},
    {"profile-out", OPTION_FILE, "FILE", NULL, "the profile, JSON"},
    {"previous", OPTION_FILE, "FILE", NULL, "the profile of the last run: the sheet tells what has moved since"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

/* Options of the one way of scoring are a mistake in the other. */
static const char *any_of(const arguments *a, const char *const *names) {
    for (; *names; names++)
        if (has(a, *names)) return *names;
    return NULL;
}

static int score_megabase(const arguments *a) {
    static const char *const others[] = {"in",      "active",      "method",   "min-seeds",
                                         "quality", "profile-out", "previous", "monotone", NULL};
    rv_settings settings;
    rv_prospect_options o = {.megabase = text_of(a, "megabase"),
                             .profile = text_of(a, "profile"),
                             .with_refusals = has(a, "with-refusals"),
                             .out = text_of(a, "out")};
    const char *other = any_of(a, others);
    if (other)
        return usage_error(a->command, a->command->example,
                           "--%s has no meaning with --megabase, which is scored by a profile learned before", other);
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "exclude"), &o.exclude);
    if (!status) status = read_whole(a, "top", 1, UINT32_MAX, &o.top);
    if (!status) status = read_whole(a, "reasons", 1, 1000, &o.reasons);
    if (status) return status;
    if (!o.profile || !o.top || (!o.out && !settings.dry_run))
        return usage_error(a->command,
                           "reveil score --megabase mega.rvl --profile profile.json --top 100000 --exclude clients.csv "
                           "--out prospects.csv",
                           "--megabase needs --profile, --top and --out");
    static const char *sensitive[MAX_WORDS], *without[MAX_WORDS];
    static rv_assignment require[MAX_VALUES];
    o.use_sensitive = sensitive;
    o.n_use_sensitive = list_of(a, "use-sensitive", sensitive);
    o.without = without;
    o.n_without = list_of(a, "without", without);
    o.require = require;
    o.n_require = assignments_of(a, "require", require);
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_prospects(&o, &settings, &report, &err), &report, &err);
}

static int score_table(const arguments *a) {
    static const char *const others[] = {"top", "exclude", "require", "with-refusals", "without", NULL};
    rv_settings settings;
    rv_score_options o = {.active = text_of(a, "active"),
                          .profile = text_of(a, "profile"),
                          .method = text_of(a, "method"),
                          .out = text_of(a, "out"),
                          .quality_out = text_of(a, "quality"),
                          .profile_out = text_of(a, "profile-out"),
                          .previous = text_of(a, "previous")};
    const char *other = any_of(a, others);
    if (other) return usage_error(a->command, a->command->example, "--%s goes with --megabase", other);
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "in"), &o.in);
    if (!status) status = read_whole(a, "min-seeds", 1, UINT32_MAX, &o.min_seeds);
    if (!status) status = read_whole(a, "reasons", 1, 1000, &o.reasons);
    if (status) return status;
    if (!o.in.path || !o.active == !o.profile || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example, "--in, --out and one of --active and --profile are needed");
    static const char *sensitive[MAX_WORDS], *monotone[MAX_WORDS];
    o.use_sensitive = sensitive;
    o.n_use_sensitive = list_of(a, "use-sensitive", sensitive);
    o.monotone = monotone;
    o.n_monotone = list_of(a, "monotone", monotone);
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_score(&o, &settings, &report, &err), &report, &err);
}

static int run(const arguments *a) { return has(a, "megabase") ? score_megabase(a) : score_table(a); }

const command score_command = {
    .name = "score",
    .summary = "learn the profile of the actives and score the others",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .details = "With --megabase the whole base is scored by a profile learned before, and the --top best contacts are\n"
               "proposed. --exclude CLIENTS (read as --id, --role, --sep... say) leaves out every contact that shares\n"
               "any key with any client: e-mail, telephone, name and birth date, name and address, digests. Contacts\n"
               "who refused consent (an attribute of that role) are left out as well.\n",
    .run = run,
    .example = "reveil score --in enriched.csv --active state=active --out scores.csv --quality quality.json",
};
