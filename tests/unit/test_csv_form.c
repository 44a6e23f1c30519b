/* The form that spreadsheets open right: what changes, and that nothing else does. */
#include "csv_form.h"
#include "csv_writer.h"
#include "json_lines_out.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static void expect(const rv_csv_form *form, const char *plain, const char *formed) {
    rv_buffer out = {0};
    size_t n = strlen(plain);
    char *exact = malloc(n + 1); /* the address sanitizer sees a read beyond the text */
    memcpy(exact, plain, n);
    rv_csv_form_put(form, exact, n, &out);
    cr_assert(!out.failed && out.len == strlen(formed) && memcmp(out.data, formed, out.len) == 0, "%.*s, not %s",
              (int)out.len, out.data, formed);
    rv_buffer_free(&out);
    free(exact);
}

Test(csv_form, excel_fr_changes_own_columns_and_leaves_all_others) {
    const rv_csv_form fr = {.excel_fr = true, .own_from = 1, .own = 5};
    expect(&fr, "a,b,c,d\n", "a;b;c;d\r\n");
    expect(&fr, "1.5,1.5,1.5,1.5\n", "1.5;1,5;1.5;1,5\r\n");
    expect(&fr, "2026-11-01,2026-11-02,2026-11-03,-0.25\n", "2026-11-01;02/11/2026;2026-11-03;-0,25\r\n");
    expect(&fr, "x,1.5.2,,1.\n", "x;1.5.2;;1,\r\n");
    expect(&fr, "x,12,.,-\n", "x;12;.;-\r\n");
    expect(&fr, "x,2026-1x-01,1e5,1.5e3\n", "x;2026-1x-01;1e5;1.5e3\r\n");
    expect(&fr, "a;b,\"x,y\",\"say \"\"1;2\"\"\",\"two\nlines\"\n\"\",,,\n",
           "\"a;b\";\"x,y\";\"say \"\"1;2\"\"\";\"two\nlines\"\r\n\"\";;;\r\n");
    expect(&(rv_csv_form){.excel_fr = true, .own_from = 0, .own = UINT64_MAX}, "1.5,2.5\n", "1,5;2,5\r\n");
}

Test(csv_form, columns_beyond_the_mask_are_not_own) {
    char plain[512] = "", formed[512] = "";
    for (int c = 0; c < 66; c++) {
        strcat(plain, c ? ",1.5" : "1.5");
        strcat(formed, c ? c < 64 ? ";1,5" : ";1.5" : "1,5");
    }
    strcat(plain, "\n"), strcat(formed, "\r\n");
    expect(&(rv_csv_form){.excel_fr = true, .own = UINT64_MAX}, plain, formed);
}

Test(csv_form, formulas_and_nothing_else_get_an_apostrophe) {
    static const struct {
        const char *text;
        bool formula;
    } cells[] = {
        {"=1+1", true},     {"=", true},       {"@SUM(A1)", true},      {"\tx", true},           {"\rx", true},
        {"\nx", true},      {"+cmd|' /C calc'!A0", true},               {"-2+3+cmd|' /C calc'!A0", true},
        {"-", true},        {"+", true},       {"-A1", true},           {"+1-2", true},          {"-1-2", true},
        {"\xef\xbc\x9d" "1", true},            {"\xef\xbc\xa0x", true}, {"-12,5", false},        {"-12.5", false},
        {"+3", false},      {"-1.2.3", true},  {"+33612345678", false}, {"+33 (0)6 12-34.56.78", false},
        {"-33 6 12 34 56", true},              {"+123456", false},      {"+12 34 56", true},     {"+1 234 567", false},
        {"+1234567890123456", false},          {"+1 234567890123456", true},                     {"a=1", false},
        {" =1", false},     {"'=1", false},    {"", false},             {"1", false},            {"\xc3\xa9=", false},
        {"\xef\xbc", false},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        cr_assert_eq(rv_csv_is_formula(rv_text_of(cells[i].text)), cells[i].formula, "'%s'", cells[i].text);
    const rv_csv_form safe = {.formula_safe = true, .own_from = 1, .own = 1};
    expect(&safe, "=1,-0.5,\"=A1,B2\",\"say \"\"=1\"\"\",-0.5\n", "'=1,-0.5,\"'=A1,B2\",\"say \"\"=1\"\"\",-0.5\n");
    expect(&(rv_csv_form){.excel_fr = true, .formula_safe = true}, "=A1;B2,x\n", "\"'=A1;B2\";x\r\n");
}

static rv_status write_file(const char *path, const rv_settings *settings, rv_error *err) {
    rv_table_out *out;
    rv_buffer rows = {0};
    RV_TRY(rv_table_out_open(path, true, &out, err));
    rv_table_out_for_people(out, settings, 1, 1);
    rv_buffer_string(&rows, "id,p\n");
    rv_status status = rv_table_out_put(out, &rows, err);
    rv_buffer_string(&rows, "=1,0.5\n");
    if (status == RV_OK) status = rv_table_out_put(out, &rows, err);
    rv_buffer_free(&rows);
    if (status == RV_OK) return rv_table_out_commit(out, err);
    rv_table_out_abort(out);
    return status;
}

Test(csv_form, the_mark_stands_once_at_the_beginning) {
    const rv_settings settings = {.out_dialect = RV_OUT_EXCEL_FR, .formula_safe = true};
    size_t n;
    cr_assert_eq(write_file(scratch_path("fr.csv"), &settings, NULL), RV_OK);
    char *bytes = scratch_read(scratch_path("fr.csv"), &n);
    static const char expected[] = "\xef\xbb\xbfid;p\r\n'=1;0,5\r\n";
    cr_assert(n == sizeof expected - 1 && memcmp(bytes, expected, n) == 0);
    free(bytes);
}

static void expect_lines(const char *csv, const char *lines) {
    const rv_csv_form form = {.own_from = 1, .own = 1};
    rv_json_lines_out out = {0};
    rv_buffer text = {0};
    cr_assert_eq(rv_json_lines_out_put(&out, &form, csv, strlen(csv), &text, NULL), RV_OK);
    cr_assert(text.len == strlen(lines) && (text.len == 0 || memcmp(text.data, lines, text.len) == 0), "%.*s, not %s",
              (int)text.len, text.data, lines);
    rv_buffer_free(&text);
    rv_json_lines_out_reset(&out);
}

Test(csv_form, rows_as_json_lines) {
    expect_lines("id,p\n", "");
    expect_lines("\"a,\"\"b\",p\n1.5,0.5\n\"say \"\"x\"\"\ny\",-12\n,\n\"\",\"\"\n",
                 "{\"a,\\\"b\":\"1.5\",\"p\":0.5}\n{\"a,\\\"b\":\"say \\\"x\\\"\\ny\",\"p\":-12}\n"
                 "{\"a,\\\"b\":null,\"p\":null}\n{\"a,\\\"b\":\"\",\"p\":\"\"}\n");
    expect_lines("i,p\n0,0\n0,012\n0,1.\n0,.5\n0,-\n0,1.2.3\n0,1e5\n0,-0.5\n",
                 "{\"i\":\"0\",\"p\":0}\n{\"i\":\"0\",\"p\":\"012\"}\n{\"i\":\"0\",\"p\":\"1.\"}\n{\"i\":\"0\",\"p\":\".5\"}\n"
                 "{\"i\":\"0\",\"p\":\"-\"}\n{\"i\":\"0\",\"p\":\"1.2.3\"}\n{\"i\":\"0\",\"p\":\"1e5\"}\n{\"i\":\"0\",\"p\":-0.5}\n");
}

#ifdef RV_TESTING
Test(csv_form, each_allocation_may_fail) {
    const rv_settings settings = {.out_dialect = RV_OUT_EXCEL_FR, .formula_safe = true};
    static const char *const names[] = {"f.csv", "f.csv.gz", "f.csv.zst", "f.jsonl", "f.jsonl.zst"};
    for (int i = 0; i < 5; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s", scratch_path(names[i]));
        unsigned failures = 0;
        for (unsigned n = 1; n < 200; n++) {
            rv_memory_fail_at(n, false);
            rv_status status = write_file(path, &settings, NULL);
            rv_memory_fail_at(0, false);
            if (status == RV_OK) break;
            cr_assert_eq(status, RV_NO_MEMORY);
            failures++;
        }
        cr_assert(failures > 2 && failures < 199);
    }
}
#endif
