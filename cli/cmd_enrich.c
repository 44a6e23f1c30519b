/* reveil enrich: a client file matched with a megabase, its gaps filled, attributes appended. */
#include "console.h"
#include "linkage.h"

static const option options[] = {
    {"megabase", OPTION_FILE, "FILE", NULL, "the megabase, *.rvl"},
    {"clients", OPTION_FILE, "FILE", NULL, "the client file; - is stdin"},
    {"out", OPTION_FILE, "FILE", NULL, "enriched table, in the form its name ends with (docs/TABLES.md: .csv.gz .jsonl .parquet .xlsx...); - is stdout"},
    {"take", OPTION_LIST, "A,B,...", NULL, "attributes to append (default: all)"},
    {"sources", OPTION_LIST, "A,-B,...", NULL, "partner sources to use, or with - to leave out"},
    LINKAGE_OPTIONS,
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    rv_enrich_options o = {.megabase = text_of(a, "megabase"), .out = text_of(a, "out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "clients"), &o.clients);
    if (!status) status = read_linkage(a, &o.linkage);
    if (status) return status;
    if (!o.megabase || !o.clients.path || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example, "--megabase, --clients and --out are needed");
    if (o.linkage.review_sample)
        return usage_error(a->command, "reveil match --left clients.csv --right contacts.csv --sample-for-review 100 ...",
                           "--sample-for-review is for two files, or for one (dedupe), not for a megabase");
    static const char *take[MAX_WORDS], *sources[MAX_WORDS];
    o.take = has(a, "take") ? take : NULL;
    o.n_take = list_of(a, "take", take);
    o.sources = has(a, "sources") ? sources : NULL;
    o.n_sources = list_of(a, "sources", sources);
    if ((status = keep_people(a, o.clients.path, NULL))) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_enrich(&o, &settings, &report, &err), &report, &err);
}

const command enrich_command = {
    .name = "enrich",
    .summary = "match a client file with a megabase and bring back what is missing",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .run = run,
    .example = "reveil enrich --megabase mega.rvl --clients clients.csv --out enriched.csv",
    .details =
        "Every client row and column comes out in order, then rv_tier, rv_probability, rv_contact_id, rv_filled,\n"
        "rv_last_seen, then a rv_<role> column for each contact role that the client file lacks, then the\n"
        "attributes. A client's empty value is filled in its own column; a value the client has never changes.\n"
        "With --link, clients whom no exact key finds are compared with the contacts near to them; without, they are\n"
        "left alone.\n",
};
