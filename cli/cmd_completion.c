/* reveil completion bash|zsh|fish */
#include "console.h"
#include "help.h"

static int run(const arguments *a) { return print_completion(a->operands[0]); }

const command completion_command = {
    .name = "completion",
    .summary = "print completion for a shell",
    .operands = "bash|zsh|fish",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .example = "reveil completion bash > /etc/bash_completion.d/reveil",
};
