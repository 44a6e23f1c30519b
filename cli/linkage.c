/* How to link, read from the command line. */
#include "linkage.h"

#include "console.h"
#include "usage.h"
#include <stdlib.h>
#include <string.h>

int read_probability(const arguments *a, const char *name, double *out) {
    const char *text = text_of(a, name);
    if (!text) return 0;
    char *end;
    double p = strtod(text, &end);
    if (end == text || *end || !(p > 0 && p < 1))
        return usage_error(a->command, NULL, "--%s wants a probability between 0 and 1, not '%s'", name, text);
    *out = p;
    return 0;
}

int read_linkage(const arguments *a, rv_linkage_options *out) {
    const char *level = text_of(a, "link");
    *out = (rv_linkage_options){.model = text_of(a, "model"), .model_out = text_of(a, "model-out")};
    if (level) rv_linkage_find(level, &out->level);
    int status = read_whole(a, "sample-for-review", 1, 100000, &out->review_sample);
    return status ? status : read_probability(a, "threshold", &out->threshold);
}

int keep_people(const arguments *a, const char *one, const char *other) {
    bool of_one = one && strcmp(one, "-") == 0, of_other = other && strcmp(other, "-") == 0;
    if (!of_one && !of_other) return 0;
    if (of_one && of_other) return usage_error(a->command, NULL, "standard input can't be both files");
    rv_report none = {0};
    rv_error err = {0};
    rv_status status = rv_keep_stdin(text_of(a, "tmpdir"), &err);
    return status == RV_OK ? 0 : finish(a, false, status, &none, &err);
}
