/* reveil normalize: a window on the normalisers. */
#include "console.h"

static const option options[] = {
    {"role", OPTION_CHOICE, "ROLE",
     "email|phone|mobile|address_line|street|postcode|city|country|full_name|first_name|last_name|civility|sex|"
     "birth_date|email_sha256|email_md5|email_sha1|phone_sha256",
     "what the values are"},
    {"country", OPTION_TEXT, "NAME", NULL, "country of telephone numbers and postcodes that name none (default: FR)"},
    {"in", OPTION_FILE, "FILE", NULL, "one value a line (default: stdin)"},
    {"out", OPTION_FILE, "FILE", NULL, "CSV (default: stdout)"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    rv_normalize_options o = {.role = text_of(a, "role"), .in = text_of(a, "in"), .out = text_of(a, "out")};
    status = read_country(a, o.country);
    if (status) return status;
    if (!o.role) return usage_error(a->command, a->command->example, "--role is needed");
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_normalize(&o, &settings, &report, &err), &report, &err);
}

const command normalize_command = {
    .name = "normalize",
    .summary = "show how values are read: one a line in, CSV out",
    .operands = "",
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "echo '06 12 34 56 78' | reveil normalize --role phone",
};
