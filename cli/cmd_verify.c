/* reveil verify: reads every byte of a megabase and proves it. */
#include "console.h"

static int run(const arguments *a) {
    rv_settings settings;
    int status = read_settings(a, &settings);
    if (status) return status;
    rv_report report = {0};
    rv_error err = {0};
    return finish(a, false, rv_verify(a->operands[0], &settings, &report, &err), &report, &err);
}

const command verify_command = {
    .name = "verify",
    .summary = "prove every byte of a megabase",
    .operands = "MEGABASE",
    .min_operands = 1,
    .max_operands = 1,
    .takes_common = true,
    .run = run,
    .example = "reveil verify mega.rvl",
};
