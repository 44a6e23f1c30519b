/* What a file is taken to be: every decision by an example, and both sides of where it turns. */
#include "csv_reader.h"
#include "csv_values.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static rv_table *opened(const char *text, const rv_dialect *dialect) {
    rv_table *table;
    rv_error err = {0};
    cr_assert_eq(rv_table_open(scratch_text("s.csv", text), dialect, &table, &err), RV_OK, "%s", err.message);
    return table;
}

static rv_status show(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    rv_buffer *b = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        for (uint32_t c = 0; c < block->batch.columns; c++) {
            rv_text cell = rv_batch_cell(&block->batch, r, c);
            rv_buffer_format(b, "%s%.*s", c ? "|" : "", (int)cell.len, cell.ptr);
        }
        rv_buffer_string(b, "/");
    }
    for (size_t i = 0; i < block->n_rejects; i++)
        rv_buffer_format(b, "%s@%llu ", block->rejects[i].reason, (unsigned long long)block->rejects[i].line);
    return RV_OK;
}

/* "name|name: cell|cell/ reason@line" */
static void reads(const char *text, const rv_dialect *dialect, const char *expected) {
    rv_table *table = opened(text, dialect);
    const rv_table_info *info = rv_table_describe(table);
    rv_buffer b = {0};
    for (uint32_t c = 0; c < info->columns; c++)
        rv_buffer_format(&b, "%s%.*s", c ? "|" : "", (int)info->names[c].len, info->names[c].ptr);
    rv_buffer_string(&b, ": ");
    rv_table_visitor visitor = {.consume = show, .ctx = &b};
    cr_assert_eq(rv_table_each(table, 1, &visitor, NULL), RV_OK);
    char *found = rv_buffer_take(&b, NULL);
    cr_assert_str_eq(found, expected, "%s\nexpected %s\nfound    %s", text, expected, found);
    free(found);
    rv_table_close(table);
}

Test(csv_sniff, separators_quotes_and_escapes) {
    reads("nom;prix\nA;1,5\nB;2,5\n", NULL, "nom|prix: A|1,5/B|2,5/");
    reads("prix\n12,5\n13,5\n", NULL, "prix: 12,5/13,5/");
    reads("c0\nv0\na;b\n", NULL, "c0: v0/a;b/");
    reads("sep=|\nnom|ville\nA|B\n", NULL, "nom|ville: A|B/preamble@1 ");
    reads("'nom';'ville'\n'A';'Aix; Nord'\n'B';'l''Isle'\n", NULL, "nom|ville: A|Aix; Nord/B|l'Isle/");
    reads("id;nom\n1;\"dit \\\"Bob\\\"; Paul\"\n2;\"C:\\\\x\"\n3;D\n", NULL,
          "id|nom: 1|dit \"Bob\"; Paul/2|C:\\x/3|D/");
    reads("id,nom\n1,Dupont\\, Jean\n2,Martin\\, Luc\n3,X\n", NULL, "id|nom: 1|Dupont, Jean/2|Martin, Luc/3|X/");
    reads("id\ttexte\n1\t\"ici\n2\t\"et\n3\t\"la\n", NULL, "id|texte: 1|\"ici/2|\"et/3|\"la/");
    reads("id\ttexte\n1\t\"ici\n2\tx\n", NULL, "id|texte: 2|x/unclosed_quote@2 ");
    reads("id;a\n1;C:\\dir\\\n2;x\n", NULL, "id|a: 1|C:\\dir\\/2|x/");
}

Test(csv_sniff, lines_above_and_below) {
    reads("Export clients\n\nid;nom;ville\n1;A;X\n2;B;Y\n\nTotal;;\n", NULL,
          "id|nom|ville: 1|A|X/2|B|Y/preamble@1 footer@7 ");
    reads("Titre;;\n;;\nid;nom;ville\n1;A;X\n2;B;Y\n", NULL, "id|nom|ville: 1|A|X/2|B|Y/preamble@1 preamble@2 ");
    reads("id;nom;ca\n1;A;5\n2;Total;6\nTotal;;11\n", NULL, "id|nom|ca: 1|A|5/2|Total|6/footer@4 ");
    reads("id;nom;ca\n1;A;5\n2;B;6\nTotal;;11\n", &(rv_dialect){.footer = RV_NO}, "id|nom|ca: 1|A|5/2|B|6/Total||11/");
    reads("id;nom;ca\n1;A;5\n2;B;6\n2 lignes\n", NULL, "id|nom|ca: 1|A|5/2|B|6/footer@4 ");
    reads("id;nom;ca\n1;A;5\n2;B;6\n3;C\n", NULL, "id|nom|ca: 1|A|5/2|B|6/ragged@4 ");
    reads("x\nid;nom\n1;A\n2;B\n", &(rv_dialect){.skip_given = true, .separator = ';'},
          "x: ragged@2 ragged@3 ragged@4 ");
}

Test(csv_sniff, headers) {
    reads("1;DUPONT;a@b.fr\n2;MARTIN;c@d.fr\n", NULL, "c1|c2|c3: 1|DUPONT|a@b.fr/2|MARTIN|c@d.fr/");
    reads("DUPONT;Jean;PARIS\nMARTIN;Luc;LYON\nPETIT;Anne;NICE\n", NULL,
          "c1|c2|c3: DUPONT|Jean|PARIS/MARTIN|Luc|LYON/PETIT|Anne|NICE/");
    reads("NOM;PRENOM;VILLE\nDUPONT;JEAN;PARIS\n", NULL, "NOM|PRENOM|VILLE: DUPONT|JEAN|PARIS/");
    reads("id;email;email;\n1;a;b;c\n", NULL, "id|email|email_2|c4: 1|a|b|c/");
    reads("id;nom;\n1;a;\n2;b;\n", NULL, "id|nom: 1|a/2|b/");
    reads("id;nom\n1;a;\n2;b;\n", NULL, "id|nom: 1|a/2|b/");
    reads("id;nom\n1;a\nid;nom\n2;b\n", NULL, "id|nom: 1|a/2|b/repeated_header@3 ");
}

Test(csv_sniff, widths) {
    reads("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1|2|3\n7,8,9,,\n,,\n1,1,1\n", NULL,
          "a|b|c: 1|2|3/7|8|9/1|1|1/ragged@3 ragged@4 other_separator@5 ");
    reads("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1|2|3\n7,8,9,,\n,,\n1,1,1\n", &(rv_dialect){.repair = true},
          "a|b|c: 1|2|3/4|5|/6|7|8,9/1|2|3/7|8|9/1|1|1/");
}

/* --- Findings ---------------------------------------------------------------------------------------------------- */

static rv_sniffed found_in(const char *text) {
    rv_table *table = opened(text, NULL);
    rv_sniffed s = *rv_table_describe(table)->sniffed;
    s.columns = NULL;
    s.notes = NULL;
    rv_table_close(table);
    return s;
}

Test(csv_sniff, marks_and_orders_are_those_of_the_file) {
    rv_sniffed s = found_in("d;m\n02/03/2024;1\xe2\x80\xaf"
                            "234,50\n25/03/2024;3\n");
    cr_assert(s.dialect.date_order == RV_DMY && s.dialect.decimal == ',');
    cr_assert_str_eq(s.thousands_mark, "U+202F");
    s = found_in("d,m\n02/25/2024,1.5\n");
    cr_assert(s.dialect.date_order == RV_MDY && s.dialect.decimal == '.');
    s = found_in("d,m\n02/03/2024,\"1,234\"\n");
    cr_assert(s.dialect.date_order == RV_DATE_ORDER_AUTO && s.dialect.decimal == 0);
    cr_assert_lt(s.date_order.confidence, .9);
    s = found_in("d,m\n2024-03-02,7\n");
    cr_assert(s.dialect.date_order == RV_YMD && !s.ends_unseen);
}

Test(csv_sniff, one_slip_among_many_dates_changes_no_order) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "d;x\n");
    for (int i = 0; i < 40; i++) rv_buffer_string(&b, "25/03/2024;a\n");
    rv_buffer_string(&b, "03/25/2024;a\n");
    rv_buffer_add(&b, "", 1);
    cr_assert_eq(found_in(b.data).dialect.date_order, RV_DMY);
    rv_buffer_free(&b);
}

Test(csv_sniff, a_change_of_separator_far_behind_the_head_is_noticed) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "id;nom;ville\n");
    while (b.len < (size_t)2 << 20) rv_buffer_string(&b, b.len < (size_t)1 << 19 ? "1;A;X\n" : "1,A,X\n");
    rv_buffer_add(&b, "", 1);
    rv_sniffed s = found_in(b.data);
    cr_assert(s.change_separator == ',' && s.dialect.separator == ';');
    cr_assert_gt(s.change_offset, (uint64_t)1 << 19);
    rv_buffer_free(&b);
}

Test(csv_sniff, what_is_given_is_not_found) {
    rv_dialect given = {
        .separator = ';', .quote = '"', .encoding = RV_UTF8, .header = RV_YES, .decimal = '.', .date_order = RV_MDY};
    rv_table *table = opened("a;b\n1;2\n", &given);
    const rv_sniffed *s = rv_table_describe(table)->sniffed;
    cr_assert(s->separator.given && s->quote.given && s->encoding.given && s->header.given && s->decimal.given &&
              s->date_order.given && !s->preamble.given);
    cr_assert(s->dialect.decimal == '.' && s->dialect.date_order == RV_MDY && s->separator.confidence == 1);
    rv_table_close(table);
}

Test(csv_sniff, columns_are_described) {
    rv_table *table = opened("id;tel;jour;n;n\n'1;3,36E+10;45123;oui;inconnu\n'2;3,36E+10;12/03/2024;non;\n"
                             "'3;0612345678;13/03/2024;oui;NULL\n",
                             NULL);
    const rv_sniffed *s = rv_table_describe(table)->sniffed;
    cr_assert(s->n_columns == 5 && s->columns[0].apostrophes == 3 && s->columns[1].scientific == 2);
    cr_assert(s->columns[2].kind == RV_VALUE_DATE && s->columns[2].serial_dates == 1);
    cr_assert(s->columns[3].kind == RV_VALUE_FLAG && s->columns[4].kind == RV_VALUE_EMPTY);
    cr_assert(s->columns[4].placeholders == 2 && s->columns[4].renamed && !s->columns[3].renamed);
    cr_assert_geq(s->n_notes, 4);
    rv_table_close(table);
}

/* --- Values ------------------------------------------------------------------------------------------------------ */

Test(csv_sniff, kinds_of_values) {
    static const struct {
        const char *text;
        rv_value_kind kind;
    } cases[] = {{"12", RV_VALUE_INTEGER},
                 {"1 234", RV_VALUE_INTEGER},
                 {"-1,5", RV_VALUE_DECIMAL},
                 {"1.234,50 \xe2\x82\xac", RV_VALUE_DECIMAL},
                 {"1.234.567", RV_VALUE_INTEGER},
                 {"12 34", RV_VALUE_TEXT},
                 {"31/12/2024", RV_VALUE_DATE},
                 {"31/13/2024", RV_VALUE_TEXT},
                 {"2024-02-29 10:00", RV_VALUE_DATE},
                 {"a@b.fr", RV_VALUE_EMAIL},
                 {"a@b", RV_VALUE_TEXT},
                 {"06 12 34 56 78", RV_VALUE_PHONE},
                 {"+33 (0)6 12 34 56 78", RV_VALUE_PHONE},
                 {"Oui", RV_VALUE_FLAG},
                 {"#N/A", RV_VALUE_EMPTY},
                 {"", RV_VALUE_EMPTY},
                 {"Nom", RV_VALUE_TEXT},
                 {"12 rue du Bac", RV_VALUE_TEXT},
                 {"3,36E+10", RV_VALUE_DECIMAL},
                 {"1,2,3", RV_VALUE_TEXT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(rv_csv_value_look(rv_text_of(cases[i].text)).kind, cases[i].kind, "%s is %d", cases[i].text,
                     (int)rv_csv_value_look(rv_text_of(cases[i].text)).kind);
    cr_assert(rv_csv_names_total(RV_TEXT("Sous-total Lyon")) && !rv_csv_names_total(RV_TEXT("Totalement")));
    cr_assert(rv_csv_begins_note(RV_TEXT("12 lignes")) && !rv_csv_begins_note(RV_TEXT("12 rue du Bac")));
    cr_assert(rv_csv_names_column(RV_TEXT("Pr\xc3\xa9nom")) && !rv_csv_names_column(RV_TEXT("DUPONT")));
}

/* Any bytes at all: nothing crashes, and every line is a row, a reject, an aside or empty. */
Test(csv_sniff, any_bytes_are_accounted_for) {
    static const char *const bits[] = {"a", ";",     ",",   "\"",   "\n", "\r\n", "'",          "\\",    "\t",
                                       "1", "Total", "nom", "\xe9", "|",  " ",    "12/03/2024", "x@y.fr"};
    for (unsigned round = 0; round < 400; round++) {
        rv_random random;
        rv_random_init(&random, 11, round);
        rv_buffer b = {0};
        for (unsigned i = 0; i < 80; i++)
            rv_buffer_string(&b, bits[rv_random_below(&random, sizeof bits / sizeof *bits)]);
        rv_table *table;
        rv_error err = {0};
        if (rv_table_open(scratch_file("any.csv", b.data, b.len), NULL, &table, &err) == RV_OK) {
            const rv_table_info *info = rv_table_describe(table);
            rv_table_visitor visitor = {0};
            cr_assert_eq(rv_table_each(table, 1, &visitor, &err), RV_OK, "seed 11 round %u", round);
            rv_table_counts counts = rv_table_counted(table);
            cr_assert_eq(counts.decoded_bytes > 0, true);
            cr_assert_leq(info->sniffed->separator.confidence, 1);
        } else {
            cr_assert(err.message[0], "seed 11 round %u", round);
        }
        rv_buffer_free(&b);
        if (err.status == RV_OK) rv_table_close(table);
    }
}
