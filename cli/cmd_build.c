/* reveil build: partner files to one megabase. */
#include "console.h"

#include <string.h>

static const option options[] = {
    {"schema", OPTION_FILE, "FILE", NULL, "schema.yaml: sources, columns, keys"},
    {"out", OPTION_FILE, "FILE", NULL, "megabase to write, *.rvl"},
    {"ids", OPTION_FILE, "FILE", NULL, "write which contact each source row became: id,contact_id"},
    {"layout", OPTION_CHOICE, "LAYOUT", "image|archive", "ready to map, or small (default: image)"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    if (!has(a, "schema") || !has(a, "out"))
        return usage_error(a->command, a->command->example, "--schema and --out are needed");
    const char *layout = text_of(a, "layout");
    rv_build_options o = {.schema = text_of(a, "schema"),
                          .sources = a->n_operands ? a->operands : NULL,
                          .n_sources = a->n_operands,
                          .out = text_of(a, "out"),
                          .ids = text_of(a, "ids"),
                          .layout = layout && strcmp(layout, "archive") == 0 ? RV_ARCHIVE : RV_IMAGE};
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_build(&o, &settings, &report, &err), &report, &err);
}

const command build_command = {
    .name = "build",
    .summary = "make a megabase from partner files",
    .operands = "[SOURCE...]",
    .max_operands = MAX_OPERANDS,
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "reveil build --schema schema.yaml --out mega.rvl sources/*.csv.zst",
};
