/* reveil match: links the rows of two files of people. */
#include "console.h"
#include "linkage.h"

static const option options[] = {
    {"left", OPTION_FILE, "FILE", NULL, "the file whose rows look for their like; --id and --role hold for both files"},
    {"right", OPTION_FILE, "FILE", NULL, "the file in which they look"},
    {"out", OPTION_FILE, "FILE", NULL, "left_id,right_id,tier,probability; - is stdout"},
    {"one-to-one", OPTION_SWITCH, NULL, NULL, "no row of the right file is given twice"},
    {"all-links", OPTION_TEXT, "P", NULL, "all pairs of this probability or more, not only each row's best"},
    LINKAGE_OPTIONS,
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
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
        "one of the files has.\n",
    .run = run,
    .example = "reveil match --left clients.csv --right contacts.csv --out links.csv",
};
