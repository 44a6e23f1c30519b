/* The case files of tests/cases: what people who know addresses and names can read and extend. */
#include "normal_form.h"
#include <criterion/criterion.h>
#include <stdio.h>

typedef struct tally {
    const char *file;
    unsigned line, cases, wrong;
} tally;

static rv_text part(const char **rest) {
    const char *start = *rest, *end = strstr(start, " |");
    size_t n = end ? (size_t)(end - start) : strlen(start);
    *rest = end ? end + 2 : start + n;
    if (**rest == ' ') (*rest)++;
    return rv_text_make(start, n);
}

/* The columns joined by commas, up to as many as are expected; '*' stands for any value. */
static bool agrees(const rv_normal_form *form, const char *const *columns, const char *expected, rv_buffer *got) {
    const char *at = expected;
    bool same = true;
    for (int i = 0; columns[i] && at; i++) {
        size_t n = strcspn(at, ",");
        if (i) rv_buffer_byte(got, ',');
        rv_buffer_text(got, form->values[i]);
        same &= (n == 1 && *at == '*') || rv_text_equal(form->values[i], rv_text_make(at, n));
        at = at[n] ? at + n + 1 : NULL;
    }
    return same && !at;
}

static void check(tally *t, const char *line) {
    char name[32] = {0};
    const char *rest = line;
    rv_text rule = rv_text_trim(part(&rest)), input = part(&rest);
    const char *expected = rest;
    rv_role role;
    memcpy(name, rule.ptr, rule.len < 31 ? rule.len : 31);
    char *country = strchr(name, ' '); /* "phone BE" */
    if (country) *country++ = 0;
    cr_assert(rv_role_find(name, &role), "%s:%u: '%s' is no rule", t->file, t->line, name);
    const char *const *columns = rv_normal_columns(role);
    cr_assert_not_null(columns);
    rv_normal_form form;
    rv_normal_form_of(role, input, country ? country : "FR", &form);
    rv_buffer got = {0};
    bool remarked = true; /* "~several ..." */
    if (*expected == '~') {
        size_t n = strcspn(expected + 1, " ");
        remarked = strlen(form.reason) == n && strncmp(form.reason, expected + 1, n) == 0;
        expected += n + 2;
    }
    bool right = *expected == '!' ? !form.valid && strcmp(form.reason, expected + 1) == 0
                                  : agrees(&form, columns, expected, &got) && form.valid && remarked;
    rv_buffer_byte(&got, 0);
    t->cases++;
    if (!right) {
        t->wrong++;
        fprintf(stderr, "%s:%u: %.*s\n  expected %s\n  got      %s%s%s\n", t->file, t->line, (int)input.len, input.ptr,
                expected, form.valid ? "" : "!", form.valid ? "" : form.reason, got.data);
    }
    rv_buffer_free(&got);
}

static void check_file(const char *file) {
    char path[512], line[1024];
    snprintf(path, sizeof path, "%s/cases/%s", TEST_DATA, file);
    FILE *in = fopen(path, "r");
    cr_assert_not_null(in, "%s", path);
    tally t = {.file = file};
    while (fgets(line, sizeof line, in)) {
        t.line++;
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] && line[0] != '#') check(&t, line);
    }
    fclose(in);
    cr_assert_gt(t.cases, 5);
    cr_assert_eq(t.wrong, 0, "%u of %u cases of %s are wrong", t.wrong, t.cases, file);
}

Test(cases, emails_are_read_as_their_case_file_says) { check_file("email.txt"); }
Test(cases, phones_are_read_as_their_case_file_says) { check_file("phone.txt"); }
Test(cases, names_are_read_as_their_case_file_says) { check_file("name.txt"); }
Test(cases, addresses_are_read_as_their_case_file_says) { check_file("address.txt"); }
Test(cases, birth_dates_are_read_as_their_case_file_says) { check_file("birth_date.txt"); }
Test(cases, digests_are_read_as_their_case_file_says) { check_file("digest.txt"); }
Test(cases, names_sound_as_their_case_file_says) { check_file("phonetic.txt"); }
