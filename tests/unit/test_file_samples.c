/* Samples of a file: whole lines from all over it, dealt by turns, each with the header; and all of them as one. */
#include "file.h"
#include "file_samples.h"
#include "memory.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 16, MB = 1 << 20 };

/* Lines that tell their number, of LINE bytes each. */
static const char *numbered(size_t bytes) {
    char *text = malloc(bytes);
    for (size_t at = 0; at + LINE <= bytes; at += LINE) {
        char line[LINE + 8];
        snprintf(line, sizeof line, "%014zu,\n", at / LINE);
        memcpy(text + at, line, LINE);
    }
    const char *path = scratch_file("lines.csv", text, bytes);
    free(text);
    return path;
}

static char *bytes_of(const rv_file_sample *sample) {
    char *bytes = malloc(sample->bytes + 1);
    cr_assert_eq(rv_file_read_at(sample->fd, bytes, sample->bytes, 0, NULL), RV_OK);
    return bytes;
}

/* How many samples, and of what: lines in order, none cut, the first line first, none but the head in two of them. */
static void look(size_t bytes, int wanted) {
    rv_file_samples s;
    cr_assert_eq(rv_file_samples_take(numbered(bytes), &s, NULL), RV_OK);
    cr_assert(s.known);
    cr_assert_eq(s.n, wanted, "%zu bytes: %d", bytes, s.n);
    cr_assert_eq(s.stored, bytes);
    unsigned char *met = calloc(bytes / LINE, 1);
    double sum = 0;
    uint64_t first_last = 0;
    for (int i = 0; i < s.n; i++) {
        char *text = bytes_of(&s.of[i]);
        cr_assert_eq(s.of[i].bytes % LINE, 0);
        uint64_t before = 0;
        for (uint64_t at = 0; at < s.of[i].bytes; at += LINE) {
            uint64_t line = strtoull(text + at, NULL, 10);
            cr_assert(at ? line > before || line * LINE < MB : line == 0);
            cr_assert(++met[line] == 1 || line * LINE < 2 * MB, "line %zu in two samples", (size_t)line);
            before = line;
        }
        if (before > first_last) first_last = before;
        sum += (double)s.of[i].bytes;
        free(text);
    }
    cr_assert_eq(first_last, bytes / LINE - 1); /* to the very end */
    cr_assert_float_eq(s.times * sum, (double)bytes, 1);
    free(met);
    rv_file_samples_close(&s);
}

Test(file_samples, their_number_grows_with_the_file) {
    look(8 * MB, 1);
    look(8 * MB + LINE, 2);
    look(32 * MB - LINE, 2);
    look(32 * MB, 4);
}

Test(file_samples, joined_they_are_all_in_one) {
    rv_file_samples s;
    cr_assert_eq(rv_file_samples_take(numbered(33 * MB), &s, NULL), RV_OK);
    char *each[RV_FILE_SAMPLES];
    uint64_t sum = 0, at = 0, n[RV_FILE_SAMPLES];
    for (int i = 0; i < s.n; i++) each[i] = bytes_of(&s.of[i]), sum += n[i] = s.of[i].bytes;
    cr_assert_eq(rv_file_samples_join(&s, NULL), RV_OK);
    cr_assert_eq(s.of[0].bytes, sum);
    char *all = bytes_of(&s.of[0]);
    for (int i = 0; i < s.n; at += n[i++]) {
        cr_assert_eq(memcmp(all + at, each[i], n[i]), 0);
        free(each[i]);
    }
    free(all);
    rv_file_samples_close(&s);
}

#ifdef RV_TESTING
Test(file_samples, joining_without_memory_says_so) {
    rv_file_samples s;
    rv_error err = {0};
    cr_assert_eq(rv_file_samples_take(numbered(33 * MB), &s, NULL), RV_OK);
    rv_memory_fail_at(1, true);
    cr_assert_eq(rv_file_samples_join(&s, &err), RV_NO_MEMORY);
    rv_memory_fail_at(0, false);
    rv_file_samples_close(&s);
}
#endif
