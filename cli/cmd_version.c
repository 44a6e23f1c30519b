/* reveil version */
#include "console.h"

#include <stdio.h>

static int run(const arguments *a) {
    (void)a;
    printf("reveil %s\n", rv_version());
    return 0;
}

const command version_command = {
    .name = "version",
    .summary = "print the version",
    .operands = "",
    .run = run,
};
