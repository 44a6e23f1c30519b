/*
 * Exports as a brand's assistant sends them, each with its own vices, read without a flag. NAME.expected says, in its first
 * line, the role of each column; then, per row, what matching is to know of the person, normalised. All people are
 * invented. Beside them the two files of ../shared/data/csv/fr-synthetic, where they are there.
 */
#include "amount.h"
#include "person.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    rv_table_roles roles;
    rv_dialect dialect;
    rv_buffer lines;
} reading;

static void put(rv_buffer *line, const char *name, rv_text value) {
    if (value.len == 0) return;
    if (line->len && line->data[line->len - 1] != '\n') rv_buffer_string(line, " | ");
    rv_buffer_format(line, "%s=", name);
    rv_buffer_text(line, value);
}

static void put_street(rv_buffer *line, const rv_person *p) {
    char street[256];
    const rv_text parts[] = {p->number, p->repeat, p->street_type, p->street};
    size_t n = 0;
    if (p->street.len == 0) return;
    for (size_t i = 0; i < 4; i++)
        if (parts[i].len)
            n += (size_t)snprintf(street + n, sizeof street - n, "%s%.*s", n ? " " : "", (int)parts[i].len, parts[i].ptr);
    put(line, "street", rv_text_make(street, n));
}

static void put_row(reading *r, const rv_batch *batch, uint32_t row, rv_arena *arena) {
    rv_person_reader reader = {.roles = &r->roles, .date_order = r->dialect.date_order};
    rv_person p;
    char text[32];
    rv_person_init(&p);
    cr_assert(rv_person_read(&reader, batch, row, arena, &p));
    int32_t id = r->roles.of[RV_ROLE_ID], amount = r->roles.of[RV_ROLE_AMOUNT];
    if (id >= 0) put(&r->lines, "id", rv_text_trim(rv_batch_cell(batch, row, (uint32_t)id)));
    put(&r->lines, "email", p.email);
    put(&r->lines, "mobile", p.mobile);
    put(&r->lines, "phone", p.phone);
    put(&r->lines, "last", p.last);
    put(&r->lines, "first", p.first);
    if (p.birth != RV_DATE_NONE) {
        rv_date_format(p.birth, text);
        put(&r->lines, "birth", rv_text_of(text));
    }
    put_street(&r->lines, &p);
    put(&r->lines, "postcode", p.postcode);
    put(&r->lines, "city", p.city);
    int64_t value;
    if (amount >= 0 &&
        !rv_amount_parse(rv_batch_cell(batch, row, (uint32_t)amount), r->dialect.decimal, &value, NULL)) {
        snprintf(text, sizeof text, "%lld.%02lld", (long long)(value / 10000), (long long)(value % 10000 / 100));
        put(&r->lines, "amount", rv_text_of(text));
    }
    rv_buffer_byte(&r->lines, '\n');
}

static rv_status read_block(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    for (uint32_t row = 0; row < block->batch.rows; row++) put_row(ctx, &block->batch, row, block->arena);
    return RV_OK;
}

/* Roles in the first line, people in the others. The caller frees. */
static char *read_export(const char *path) {
    rv_table *table;
    rv_error err = {0};
    rv_table_options options = {.path = path};
    reading r = {0};
    cr_assert_eq(rv_table_open(path, &options.dialect, &table, &err), RV_OK, "%s: %s", path, err.message);
    cr_assert_eq(rv_table_roles_of(&options, table, &r.roles, &err), RV_OK, "%s: %s", path, err.message);
    for (uint32_t i = 0; i < r.roles.columns; i++)
        rv_buffer_format(&r.lines, "%s%s", i ? "," : "",
                         r.roles.roles[i] == RV_ROLE_NONE ? "-" : rv_role_name(r.roles.roles[i]));
    rv_buffer_byte(&r.lines, '\n');
    rv_table_visitor visitor = {.consume = read_block, .ctx = &r};
    cr_assert_eq(rv_table_each(table, 2, &visitor, &err), RV_OK, "%s: %s", path, err.message);
    cr_expect_eq(rv_table_counted(table).rejected, 0, "%s: %llu lines rejected", path,
                 (unsigned long long)rv_table_counted(table).rejected);
    rv_table_close(table);
    rv_table_roles_reset(&r.roles);
    rv_buffer_byte(&r.lines, 0);
    return r.lines.data;
}

static void compare(const char *path, char *wanted) {
    char *found = read_export(path), *of_found = found, *of_wanted = wanted;
    for (unsigned line = 1;; line++) {
        char *is = strsep(&of_found, "\n"), *was = strsep(&of_wanted, "\n");
        if (!is && !was) break;
        cr_expect(is && was && strcmp(is, was) == 0, "%s, line %u:\n  is     %s\n  should %s", path, line, is ? is : "(none)",
                  was ? was : "(none)");
        if (!is || !was) break;
    }
    rv_free(found);
}

static void check(const char *name) {
    char path[512];
    size_t n;
    snprintf(path, sizeof path, TEST_DATA "/data/exports/%s.expected", name);
    char *wanted = scratch_read(path, &n);
    cr_assert(wanted, "%s", path);
    snprintf(path, sizeof path, TEST_DATA "/data/exports/%s.csv", name);
    compare(path, wanted);
    free(wanted);
}

#define EXPORT(name) \
    Test(french_exports, name) { check(#name); }
EXPORT(excel_cp1252)
EXPORT(title_and_total)
EXPORT(texte_unicode)
EXPORT(utf8_bom)
EXPORT(sep_line)
EXPORT(addresses_on_two_lines)
EXPORT(no_break_spaces)
EXPORT(serial_dates)
EXPORT(eaten_zeros)
EXPORT(apostrophes)
EXPORT(name_in_one)
EXPORT(consents)
EXPORT(headers_twice)
EXPORT(empty_columns)
EXPORT(no_header)
EXPORT(two_header_lines)
EXPORT(stray_quotes)
EXPORT(pipes)
EXPORT(brevo)
EXPORT(salesforce)
EXPORT(prestashop)
EXPORT(swapped_names)
EXPORT(notes_below)
EXPORT(tabs_and_cr)

Test(french_exports, fr_synthetic) {
    char path[512];
    if (!shared_data("csv/fr-synthetic/excel-fr-cp1252-semicolon.csv", path, sizeof path)) cr_skip_test();
    char excel[] = "last_name,first_name,postcode,city,phone,amount,order_date\n"
                   "mobile=+33612345678 | last=DUPRE | first=HELENE | postcode=01000 | city=BOURG EN BRESSE | "
                   "amount=1234.50\n"
                   "phone=+33495000000 | last=NORGARD | first=OEUVRE | postcode=2A004 | city=AJACCIO | amount=0.99\n";
    compare(path, excel);
    char quoted[] = "last_name,first_name\nlast=A | first=B\n";
    cr_assert(shared_data("csv/fr-synthetic/utf8-bom-quoted-header.csv", path, sizeof path));
    compare(path, quoted);
}
