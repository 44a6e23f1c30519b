/* schema.yaml: what it may say, and every way of saying it wrong, with its place. */
#include "schema_file.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>

static rv_status read(const char *text, rv_schema_file *out, rv_error *err) {
    const char *path = scratch_text("schema.yaml", text);
    return rv_schema_file_open(path, out, err);
}

Test(schema_file, reads_sources_columns_and_keys) {
    rv_schema_file s;
    rv_error err = {0};
    rv_status status = read("version: 1\n"
                            "sources:\n"
                            "  - {name: crm, files: [a.csv, sub/b-*.csv.gz], date: 2026-02-03, priority: 2, id: code}\n"
                            "  - name: web\n"
                            "    files: /abs/c.csv\n"
                            "    sep: ';'\n"
                            "    encoding: cp1252\n"
                            "    header: no\n"
                            "    date_order: mdy\n"
                            "    decimal: ','\n"
                            "    quote: \"'\"\n"
                            "    skip_lines: 2\n"
                            "    strict: true\n"
                            "columns:\n"
                            "  - {name: code, role: id}\n"
                            "  - {name: mail, role: email}\n"
                            "  - {name: income, type: integer, sensitive: true, values: [1, 2, 3]}\n"
                            "hash_keys: [email_sha256]\n",
                            &s, &err);
    cr_assert_eq(status, RV_OK, "%s (%llu:%llu)", err.message, (unsigned long long)err.line,
                 (unsigned long long)err.column);
    cr_assert_eq(s.n_sources, 2u);
    char expected[256];
    snprintf(expected, sizeof expected, "%s/sub/b-*.csv.gz", scratch_folder());
    cr_assert_str_eq(s.sources[0].name, "crm");
    cr_assert_eq(s.sources[0].n_files, 2u);
    cr_assert_str_eq(s.sources[0].files[1], expected);
    cr_assert_eq(s.sources[0].date, rv_date_of(2026, 2, 3));
    cr_assert_eq(s.sources[0].priority, 2u);
    cr_assert_str_eq(s.sources[0].id, "code");
    cr_assert_str_eq(s.sources[1].files[0], "/abs/c.csv");
    cr_assert_eq(s.sources[1].date, RV_DATE_NONE);
    cr_assert_eq(s.sources[1].priority, (uint32_t)RV_PRIORITY_NONE);
    cr_assert_eq(s.sources[1].dialect.separator, ';');
    cr_assert_eq(s.sources[1].dialect.encoding, RV_CP1252);
    cr_assert_eq(s.sources[1].dialect.header, RV_NO);
    cr_assert_eq(s.sources[1].dialect.date_order, RV_MDY);
    cr_assert_eq(s.sources[1].dialect.decimal, ',');
    cr_assert_eq(s.sources[1].dialect.quote, '\'');
    cr_assert_eq(s.sources[1].dialect.skip_lines, 2u);
    cr_assert(s.sources[1].dialect.strict);
    cr_assert_eq(s.n_columns, 3u);
    cr_assert_eq(s.columns[1].role, RV_ROLE_EMAIL);
    cr_assert_eq(s.columns[2].role, RV_ROLE_ATTRIBUTE);
    cr_assert_eq(s.columns[2].type, RV_INTEGER);
    cr_assert(s.columns[2].sensitive);
    cr_assert_eq(s.columns[2].n_values, 3u);
    cr_assert_str_eq(s.columns[2].values[2], "3");
    cr_assert_eq(s.keys, 1u << RV_KEY_EMAIL | 1u << RV_KEY_EMAIL_FOLDED | 1u << RV_KEY_MOBILE | 1u << RV_KEY_PHONE |
                             1u << RV_KEY_PERSON_BIRTH | 1u << RV_KEY_PERSON_ADDRESS | 1u << RV_KEY_EMAIL_SHA256);
    cr_assert_eq(rv_schema_file_column(&s, RV_TEXT("mail")), &s.columns[1]);
    cr_assert_null(rv_schema_file_column(&s, RV_TEXT("Mail")));
    rv_schema_file_reset(&s);
}

Test(schema_file, keys_asked_for_are_all_there_are_and_an_identifier_adds_its_own) {
    rv_schema_file s;
    cr_assert_eq(read("version: 1\ncolumns: [{name: m, role: email}]\nkeys: [mobile]\n", &s, NULL), RV_OK);
    cr_assert_eq(s.keys, 1u << RV_KEY_MOBILE);
    rv_schema_file_reset(&s);
    cr_assert_eq(read("version: 1\ncolumns: [{name: card, role: identifier}]\n", &s, NULL), RV_OK);
    cr_assert(s.keys & 1u << RV_KEY_IDENTIFIER);
    rv_schema_file_reset(&s);
}

static const struct {
    const char *text;
    uint64_t line;
    const char *message, *hint;
} WRONG[] = {
    {"columns: [{name: a}]\n", 1, "version", NULL},
    {"version: 2\ncolumns: [{name: a}]\n", 1, "version 2", NULL},
    {"version: 1\n", 1, "columns", NULL},
    {"version: 1\ncolumns: []\n", 2, "empty", NULL},
    {"version: 1\ncolumns: a\n", 2, "list", NULL},
    {"version: 1\ncolumns:\n  - a\n", 3, "mapping", NULL},
    {"version: 1\ncolumns:\n  - {role: email}\n", 3, "name", NULL},
    {"version: 1\ncolumns:\n  - {name: a, role: emial}\n", 3, "emial", "email"},
    {"version: 1\ncolumns:\n  - {name: a, typ: text}\n", 3, "typ", "type"},
    {"version: 1\ncolumns:\n  - {name: a, type: integr}\n", 3, "integr", "integer"},
    {"version: 1\ncolumns:\n  - {name: a, sensitive: perhaps}\n", 3, "sensitive", NULL},
    {"version: 1\ncolumns:\n  - {name: a}\n  - {name: b}\n  - {name: a}\n", 5, "line 3", NULL},
    {"version: 1\ncolumn: []\ncolumns: [{name: a}]\n", 2, "column", "columns"},
    {"version: 1\nsources:\n  - {name: s, header: maybe}\ncolumns: [{name: a}]\n", 3, "maybe", NULL},
    {"version: 1\nsources: x\ncolumns: [{name: a}]\n", 2, "list", NULL},
    {"version: 1\nsources:\n  - {files: a.csv}\ncolumns: [{name: a}]\n", 3, "name", NULL},
    {"version: 1\nsources:\n  - {name: s, date: 31/02/2026}\ncolumns: [{name: a}]\n", 3, "date", NULL},
    {"version: 1\nsources:\n  - {name: s, files: []}\ncolumns: [{name: a}]\n", 3, "files", NULL},
    {"version: 1\nsources:\n  - {name: s, priority: -1}\ncolumns: [{name: a}]\n", 3, "priority", NULL},
    {"version: 1\nsources:\n  - {name: s, sep: ';;'}\ncolumns: [{name: a}]\n", 3, "one character", NULL},
    {"version: 1\nsources:\n  - {name: s, encoding: cp1253}\ncolumns: [{name: a}]\n", 3, "cp1253", "cp1252"},
    {"version: 1\nsources:\n  - {name: s}\n  - {name: s}\ncolumns: [{name: a}]\n", 4, "line 3", NULL},
    {"version: 1\ncolumns: [{name: a}]\nkeys: [emai]\n", 3, "emai", "email"},
    {"version: 1\ncolumns: [{name: a}]\nkeys: email\n", 3, "list", NULL},
    {"version: 1\ncolumns: [{name: a}]\nhash_keys: [email_sha265]\n", 3, "email_sha265", "email_sha256"},
    {"version: 1\ncolumns: [{name: a}]\nhash_keys: [mobile]\n", 3, "mobile", NULL},
};

Test(schema_file, every_mistake_is_told_at_its_line_with_the_nearest_word) {
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        rv_schema_file s = {0};
        rv_error err = {0};
        cr_assert_eq(read(WRONG[i].text, &s, &err), RV_BAD_ARGUMENT, "taken: %s", WRONG[i].text);
        cr_assert_eq(err.line, WRONG[i].line, "%s: line %llu: %s", WRONG[i].text, (unsigned long long)err.line,
                     err.message);
        cr_assert(strstr(err.message, WRONG[i].message), "%s: %s", WRONG[i].text, err.message);
        cr_assert(err.column > 0);
        cr_assert(strstr(err.file, "schema.yaml"));
        if (WRONG[i].hint) cr_assert(strstr(err.hint, WRONG[i].hint), "%s: %s", WRONG[i].text, err.hint);
        cr_assert_null(s.document);
    }
}

Test(schema_file, a_missing_file_is_bad_input_and_no_yaml_an_error_with_its_line) {
    rv_schema_file s = {0};
    rv_error err = {0};
    cr_assert_eq(rv_schema_file_open("/nowhere/schema.yaml", &s, &err), RV_BAD_INPUT);
    cr_assert_neq(read("version: 1\ncolumns: [{name: a\n", &s, &err), RV_OK);
    cr_assert(err.line > 0);
}

#ifdef RV_TESTING
Test(schema_file, without_memory_it_fails_and_leaks_nothing) {
    const char *path = scratch_text("schema.yaml", "version: 1\nsources: [{name: s, files: a.csv}]\n"
                                                   "columns: [{name: a, values: [x]}]\n");
    for (uint64_t n = 1;; n++) {
        rv_schema_file s = {0};
        rv_memory_fail_at(n, false);
        rv_status status = rv_schema_file_open(path, &s, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            rv_schema_file_reset(&s);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
    }
}
#endif
