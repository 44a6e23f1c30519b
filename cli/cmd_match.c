/* reveil match: links the rows of two files of people. */
#include "console.h"
#include "linkage.h"

#define BASE_EXAMPLE "reveil match --megabase mega.rvl --clients clients.csv --out links.csv"

static const option options[] = {
    {"left", OPTION_FILE, "FILE", NULL, "the file whose rows look for their like; --id and --role hold for both files"},
    {"right", OPTION_FILE, "FILE", NULL, "the file in which they look"},
    {"megabase", OPTION_FILE, "FILE", NULL, "a megabase instead of a right file; with --clients"},
    {"clients", OPTION_FILE, "FILE", NULL, "the file whose rows look for their contact in the megabase"},
    {"out", OPTION_FILE, "FILE", NULL, "left_id,right_id,tier,probability; - is stdout"},
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
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_match_base(&o, &settings, &report, &err), &report, &err);
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
    if (!o.left.path || !o.right.path || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example, "--left, --right and --out are needed");
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
