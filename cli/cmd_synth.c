/* reveil synth: a world with known truth. */
#include "console.h"

#include <string.h>

static const option options[] = {
    {"contacts", OPTION_WHOLE, "N", NULL, "people in the megabase's sources"},
    {"clients", OPTION_WHOLE, "M", NULL, "rows of the client file"},
    {"out", OPTION_FILE, "DIR", NULL, "folder to write, made when missing"},
    {"set", OPTION_CHOICE, "SET", "world|linkage|linkage-email",
     "partner files and customers, or two flat files to measure linkage (default: world)"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static rv_synth_set set_of(const char *name) {
    if (!name || strcmp(name, "world") == 0) return RV_SET_WORLD;
    return strcmp(name, "linkage") == 0 ? RV_SET_LINKAGE : RV_SET_LINKAGE_EMAIL;
}

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    if (!has(a, "contacts") || !has(a, "clients") || !has(a, "out"))
        return usage_error(a->command, "reveil synth --contacts 100000 --clients 10000 --seed 7 --out world",
                           "--contacts, --clients and --out are needed");
    rv_synth_options o = {whole_of(a, "contacts", 0), whole_of(a, "clients", 0), text_of(a, "out"),
                          set_of(text_of(a, "set"))};
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_synth(&o, &settings, &report, &err), &report, &err);
}

const command synth_command = {
    .name = "synth",
    .summary = "write a synthetic world with known truth",
    .operands = "",
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "reveil synth --contacts 1000000 --clients 100000 --seed 7 --out world",
    .details =
        "Writes sources/*.csv.zst (partner files), schema.yaml, clients.csv, transactions.csv, truth.csv\n"
        "(client_id,contact_id) and job.yaml, which runs it all. The same seed gives the same bytes.\n"
        "--set linkage: contacts.csv, clients.csv and truth.csv, with what differs between the two rows of a pair;\n"
        "linkage-email: the same people with an e-mail column (docs/LINKAGE-SET.md).\n",
};
