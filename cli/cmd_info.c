/* reveil info: what a megabase holds. */
#include "console.h"

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, true, rv_info(a->operands[0], &settings, &report, &err), &report, &err);
}

const command info_command = {
    .name = "info",
    .summary = "show what a megabase holds",
    .operands = "MEGABASE",
    .min_operands = 1,
    .max_operands = 1,
    .takes_common = true,
    .run = run,
    .example = "reveil info mega.rvl",
};
