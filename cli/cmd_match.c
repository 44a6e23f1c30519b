/* reveil match: links the rows of two files of people. */
#include "console.h"
#include "linkage.h"

#include <string.h>

#define BASE_EXAMPLE "reveil match --megabase mega.rvl --clients clients.csv --out links.csv"
enum { MAX_COLUMNS = 64 };
static rv_assignment columns[2][MAX_COLUMNS];

static const option options[] = {
    {"left", OPTION_FILE, "FILE", NULL, "the file whose rows look for their like; --id and --role hold for both files"},
    {"right", OPTION_FILE, "FILE", NULL, "the file in which they look; one of the two may be -, which is stdin"},
    {"megabase", OPTION_FILE, "FILE", NULL, "a megabase instead of a right file; with --clients"},
    {"clients", OPTION_FILE, "FILE", NULL, "the file whose rows look for their contact in the megabase"},
    {"out", OPTION_FILE, "FILE", NULL, "left_id,right_id,tier,probability; - is stdout"},
    {"pairs", OPTION_FILE, "FILE", NULL,
     "score given pairs instead, two people a row; out: its columns and probability"},
    {"left-columns", OPTION_LIST, "COLUMN=ROLE,...", NULL, "of --pairs: the columns of the one person"},
    {"right-columns", OPTION_LIST, "COLUMN=ROLE,...", NULL, "of --pairs: the columns of the other one"},
    {"one-to-one", OPTION_SWITCH, NULL, NULL, "no row of the right file is given twice"},
    {"all-links", OPTION_TEXT, "P", NULL, "all pairs of this probability or more, not only each row's best"},
    LINKAGE_OPTIONS,
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run_base(const arguments *a) {
    rv_settings settings;
    rv_match_base_options o = {.megabase = text_of(a, "megabase"), .out = text_of(a, "out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "clients"), &o.clients);
    if (!status) status = read_linkage(a, &o.linkage);
    if (status) return status;
    if (o.linkage.level == RV_LINKAGE_UNSAID) o.linkage.level = RV_LINKAGE_DEFAULT;
    if (!o.megabase || !o.clients.path || (!o.out && !settings.dry_run))
        return usage_error(a->command, BASE_EXAMPLE, "--megabase, --clients and --out are needed");
    if (has(a, "left") || has(a, "right") || has(a, "one-to-one") || has(a, "all-links"))
        return usage_error(a->command, BASE_EXAMPLE,
                           "--left, --right, --one-to-one and --all-links are for two files, not for a megabase");
    if (o.linkage.review_sample)
        return usage_error(a->command, "reveil match --left clients.csv --right contacts.csv --sample-for-review 100 ...",
                           "--sample-for-review is for two files, or for one (dedupe), not for a megabase");
    if ((status = keep_people(a, o.clients.path, NULL))) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_match_base(&o, &settings, &report, &err), &report, &err);
}

/* Words of the form COLUMN=ROLE. */
static int read_columns(const arguments *a, const char *name, rv_assignment *out, size_t *n) {
    static char words[2][65536];
    static const char *lists[2][MAX_WORDS]; /* kept: options live as long as the process */
    const char **list = lists[out == columns[1]];
    char *at = words[out == columns[1]];
    *n = list_of(a, name, list);
    if (*n > MAX_COLUMNS) return usage_error(a->command, NULL, "--%s names more than %d", name, MAX_COLUMNS);
    for (size_t i = 0; i < *n; i++) {
        size_t length = strlen(list[i]), left = sizeof words[0] - (size_t)(at - words[out == columns[1]]);
        if (!strchr(list[i], '=') || length + 1 > left)
            return usage_error(a->command,
                               "reveil match --pairs pairs.csv --left-columns name1=full_name "
                               "--right-columns name2=full_name --out scored.csv",
                               "--%s wants COLUMN=ROLE, not '%s'", name, list[i]);
        memcpy(at, list[i], length + 1);
        char *equals = strchr(at, '=');
        *equals = 0;
        out[i] = (rv_assignment){at, equals + 1};
        at += length + 1;
    }
    return 0;
}

static int run(const arguments *a) {
    if (has(a, "megabase") || has(a, "clients")) return run_base(a);
    rv_settings settings;
    rv_match_options o = {.out = text_of(a, "out"), .one_to_one = has(a, "one-to-one")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "left"), &o.left);
    if (!status) status = read_linkage(a, &o.linkage);
    if (!status) status = read_probability(a, "all-links", &o.all_links);
    if (status) return status;
    o.right = o.left; /* read alike */
    o.right.path = text_of(a, "right");
    if (has(a, "pairs")) {
        status = read_columns(a, "left-columns", columns[0], &o.n_left_columns);
        if (!status) status = read_columns(a, "right-columns", columns[1], &o.n_right_columns);
        if (status) return status;
        o.pairs = o.left;
        o.pairs.path = text_of(a, "pairs");
        o.left_columns = columns[0];
        o.right_columns = columns[1];
    }
    if ((!o.out && !settings.dry_run) || (o.pairs.path ? o.left.path || o.right.path : !o.left.path || !o.right.path))
        return usage_error(a->command, a->command->example, "--left and --right (or --pairs), and --out are needed");
    if ((status = o.pairs.path ? keep_people(a, o.pairs.path, NULL) : keep_people(a, o.left.path, o.right.path))) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_match_files(&o, &settings, &report, &err), &report, &err);
}

const command match_command = {
    .name = "match",
    .summary = "link the rows of two files of people",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .details =
        "Each row of the left file gets its best link in the right one, or none. The tier tells the exact key that\n"
        "agrees (email, mobile, phone, person_birth, person_address, identifier), or that only linkage found it.\n"
        "Several rows may share one link unless --one-to-one is given. --id and --role may name columns that only\n"
        "one of the files has. With --megabase and --clients the clients are matched as enrich does it.\n",
    .run = run,
    .example = "reveil match --left clients.csv --right contacts.csv --out links.csv",
};
