/* reveil clean: any export as plain CSV, to see how it was understood. */
#include "console.h"

static const option options[] = {
    {"out", OPTION_FILE, "FILE", NULL, "plain CSV: UTF-8, comma, one header line, values untouched; - is stdout"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    rv_clean_options o = {.out = text_of(a, "out")};
    int status = read_settings(a, &settings);
    if (!status) status = read_table(a, a->operands[0], &o.in);
    if (status) return status;
    if (!o.out && !settings.dry_run) return usage_error(a->command, a->command->example, "--in and --out are needed");
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_clean(&o, &settings, &report, &err), &report, &err);
}

const command clean_command = {
    .name = "clean",
    .summary = "read any export and write what was read as plain CSV",
    .operands = "IN",
    .min_operands = 1,
    .max_operands = 1,
    .options = options,
    .takes_table = true,
    .takes_common = true,
    .details = "Separator, quotes, encoding, header, lines above and below the table are found from the head, the\n"
               "middle and the tail of the file (of a stream: from its head) and told; a flag overrides each.\n"
               "Lines that are no rows, and rows that can't be read, go to --rejects with their reason.\n",
    .run = run,
    .example = "reveil clean export.csv --out clean.csv --rejects rejects.csv",
};
