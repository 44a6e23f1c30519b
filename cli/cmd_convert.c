/* reveil convert: from one layout to the other. */
#include "console.h"

#include <string.h>

static const option options[] = {
    {"layout", OPTION_CHOICE, "LAYOUT", "image|archive", "ready to map, or small"},
    {NULL, OPTION_SWITCH, NULL, NULL, NULL},
};

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    const char *layout = text_of(a, "layout");
    if (!layout) return usage_error(a->command, a->command->example, "--layout is needed");
    rv_report report = {0};
    rv_error err = {0};
    rv_status result = rv_convert(a->operands[0], a->operands[1],
                                  strcmp(layout, "archive") == 0 ? RV_ARCHIVE : RV_IMAGE, &settings, &report, &err);
    return finish(a, false, result, &report, &err);
}

const command convert_command = {
    .name = "convert",
    .summary = "change a megabase's layout",
    .operands = "A.rvl B.rvl",
    .min_operands = 2,
    .max_operands = 2,
    .options = options,
    .takes_common = true,
    .run = run,
    .example = "reveil convert mega.rvl small.rvl --layout archive",
};
