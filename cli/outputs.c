/*
 * Where outputs may go. The jobs themselves refuse to write over what they read; here it is seen to that no two
 * options name one file, since the one written last would silently take the place of the other, and that a summary,
 * which replaces an older one without being asked, never replaces anything else.
 */
#include "outputs.h"

#include "console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_output(const char *name) {
    static const char *const names[] = {"out", "ids", "quality", "profile-out", "model-out", "rejects", "summary"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* Devices and pipes may serve several; stdout too, but two tables in one stream are none. The summary is a last line. */
static bool may_share(const char *path, const char *a, const char *b) {
    struct stat st;
    if (strcmp(path, "-") == 0) return !is_output(a) || !is_output(b) || strcmp(b, "summary") == 0;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static bool is_path(const option *o) { return o->kind == OPTION_FILE && strcmp(o->name, "tmpdir") != 0; }

static int check_pair(const arguments *a, const option *output, const option *other) {
    const char *path = text_of(a, output->name), *beside = text_of(a, other->name);
    if (!path || !beside || output == other || !rv_file_one_place(path, beside)) return 0;
    if (may_share(path, output->name, other->name) || may_share(path, other->name, output->name)) return 0;
    return usage_error(a->command, "give each a name of its own", "--%s and --%s name the same file: %s", other->name,
                       output->name, path);
}

static bool folder_takes(const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    if (slash) snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    struct stat st;
    bool device = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    return device || access(folder, W_OK | X_OK) == 0;
}

int check_outputs(const arguments *a) {
    for (const option *o = next_option(a->command, NULL); o; o = next_option(a->command, o)) {
        if (!is_path(o) || !is_output(o->name)) continue;
        for (const option *p = next_option(a->command, NULL); p; p = next_option(a->command, p)) {
            int status = is_path(p) ? check_pair(a, o, p) : 0;
            if (status) return status;
        }
    }
    const char *summary = text_of(a, "summary");
    if (!summary || strcmp(summary, "-") == 0) return 0;
    for (unsigned i = 0; i < a->n_operands; i++)
        if (rv_file_one_place(summary, a->operands[i]))
            return usage_error(a->command, "give each a name of its own", "--summary names a file of the job: %s",
                               summary);
    if (!folder_takes(summary)) { /* told now, not when the job is done and its outputs stand in their places */
        fprintf(stderr, say("%s: error: the summary can't be written: %s\n"), summary, say(strerror(errno)));
        return 1;
    }
    if (rv_may_take_summary(summary)) return 0;
    return usage_error(a->command, "name another file", "--summary: %s is there already, is no summary, and is kept",
                       summary);
}
