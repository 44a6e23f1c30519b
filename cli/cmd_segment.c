/* reveil segment: who is active, at risk, inactive, lost. */
#include "console.h"

#include <string.h>

static const option options[] = {
    {"transactions", OPTION_FILE, "FILE", NULL, "orders: client, date, amount, order; any order; - is stdin"},
    {"per-client", OPTION_FILE, "FILE", NULL, "one row per client instead: first and last order, orders, amount"},
    {"as-of", OPTION_TEXT, "YYYY-MM-DD", NULL, "the day from which silence is counted"},
    {"horizon-days", OPTION_WHOLE, "N", NULL, "days that expected_orders looks ahead (default: 182)"},
    {"active-months", OPTION_WHOLE, "N", NULL,
     "a customer is active up to N months of silence, at risk up to 1.5 N, inactive up to 3 N (default: 12)"},
    {"rfm", OPTION_TEXT, "LIMITS", NULL,
     "limits of your own instead of quintiles, four each: r=30/90/180/365,f=1/2/4/9,m=20/50/100/250"},
    {"states", OPTION_CHOICE, "HOW", "months|rhythm", "fixed months, or the customer's own rhythm (default: months)"},
    {"model", OPTION_CHOICE, "MODEL", "mbg|bg", "buy-till-you-die model (default: mbg)"},
    {"previous", OPTION_FILE, "FILE", NULL, "an earlier result: adds newly_at_risk and cause"},
    {"out", OPTION_FILE, "FILE", NULL, "one row per client; - is stdout"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    const char *model = text_of(a, "model"), *states = text_of(a, "states");
    rv_segment_options o = {.per_client = text_of(a, "per-client"),
                            .as_of = text_of(a, "as-of"),
                            .rfm = text_of(a, "rfm"),
                            .own_rhythm = states && strcmp(states, "rhythm") == 0,
                            .model = model && strcmp(model, "bg") == 0 ? RV_BG : RV_MBG,
                            .previous = text_of(a, "previous"),
                            .out = text_of(a, "out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, text_of(a, "transactions"), &o.transactions);
    if (!status) status = read_whole(a, "horizon-days", 1, 36500, &o.horizon_days);
    if (!status) status = read_whole(a, "active-months", 1, 1200, &o.active_months);
    if (status) return status;
    if (!o.transactions.path == !o.per_client || !o.as_of || (!o.out && !settings.dry_run))
        return usage_error(a->command, a->command->example,
                           "--transactions (or --per-client), --as-of and --out are needed");
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_segment(&o, &settings, &report, &err), &report, &err);
}

const command segment_command = {
    .name = "segment",
    .summary = "tell active, at-risk, inactive and lost customers apart",
    .operands = "",
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .run = run,
    .example = "reveil segment --transactions orders.csv --as-of 2026-11-01 --out segments.csv",
};
