/*
 * All contacts of a megabase as one flat CSV file, in row order: row number, id, fields, attributes as text, and
 * email_key: the contact's e-mail in its canonical form, empty where an earlier contact has it too. What other engines
 * are given to compare with, so that they hold exactly the columns that our file holds, and join one key that is unique
 * and normalised beforehand.
 *
 * usage: export_contacts MEGABASE OUT.csv[.gz|.zst] [THREADS [FIRST_ROW ROWS]]
 */
#include "csv_writer.h"
#include "email.h"
#include "megabase.h"
#include "parallel.h"
#include "person.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_THREADS = 64 };

typedef struct export_slot {
    uint32_t first, n;
    rv_buffer text;
} export_slot;

typedef struct exporting {
    rv_megabase *megabase;
    const rv_schema *schema;
    const rv_dictionary **dictionaries;
    const rv_key_index *emails; /* NULL: the megabase has no such index, email_key stays empty */
    uint32_t email_field;       /* n_fields when there is none */
    uint32_t *attributes;       /* 0, 1, 2... */
    rv_contact_reader *readers[MAX_THREADS];
    rv_arena arenas[MAX_THREADS];
    uint32_t *codes[MAX_THREADS];
    rv_contact *contacts[MAX_THREADS];
    uint32_t next, end;
    rv_table_out *out;
} exporting;

static rv_status write_header(exporting *x, rv_error *err) {
    rv_buffer b = {0};
    rv_buffer_string(&b, "row,id");
    for (uint32_t f = 0; f < x->schema->n_fields; f++) {
        rv_csv_comma(&b);
        rv_csv_put(&b, rv_text_make(x->schema->fields[f].name, strlen(x->schema->fields[f].name)));
    }
    for (uint32_t a = 0; a < x->schema->n_attributes; a++) {
        rv_csv_comma(&b);
        rv_csv_put(&b, rv_text_make(x->schema->attributes[a].name, strlen(x->schema->attributes[a].name)));
    }
    rv_buffer_string(&b, ",email_key");
    rv_csv_end(&b);
    rv_status status = rv_buffer_check(&b, err);
    if (status == RV_OK) status = rv_table_out_pack(x->out, &b, err);
    if (status == RV_OK) status = rv_table_out_append(x->out, &b, err);
    rv_buffer_free(&b);
    return status;
}

static rv_status produce(void *ctx, void *slot_, bool *end, rv_error *err) {
    (void)err;
    exporting *x = ctx;
    export_slot *slot = slot_;
    slot->first = x->next;
    slot->n = x->end - x->next < RV_CONTACT_BLOCK ? x->end - x->next : RV_CONTACT_BLOCK;
    x->next += slot->n;
    *end = slot->n == 0;
    return RV_OK;
}

/* The canonical form, by the row that stands first in the key's run. */
static rv_status put_email_key(const exporting *x, rv_buffer *b, rv_text value, uint32_t row, rv_error *err) {
    rv_email email;
    rv_person_key keys[RV_PERSON_KEYS_MAX];
    rv_run run;
    if (!x->emails || value.len == 0 || rv_email_read(value, &email)) return RV_OK;
    rv_person person = {.email = rv_text_make(email.strict, email.strict_len), .birth = RV_DATE_NONE};
    if (rv_person_keys(&person, rv_megabase_secret(x->megabase), 1u << RV_KEY_EMAIL, true, keys) == 0) return RV_OK;
    RV_TRY(rv_key_index_probe(x->emails, &keys[0].key, 1, UINT32_MAX, &run, err));
    if (run.count && rv_run_row(&run, 0) == row) rv_csv_put(b, person.email);
    return RV_OK;
}

static rv_status work(void *ctx, void *slot_, int worker, rv_error *err) {
    exporting *x = ctx;
    export_slot *slot = slot_;
    uint32_t rows[RV_CONTACT_BLOCK], n_attributes = x->schema->n_attributes;
    for (uint32_t i = 0; i < slot->n; i++) rows[i] = slot->first + i;
    rv_arena_reset(&x->arenas[worker]);
    rv_contact *contacts = x->contacts[worker];
    uint32_t *codes = x->codes[worker];
    RV_TRY(rv_contact_read_coded(x->readers[worker], rows, slot->n, NULL, x->attributes, n_attributes,
                                 &x->arenas[worker], contacts, codes, err));
    rv_buffer *b = &slot->text;
    b->len = 0;
    for (uint32_t i = 0; i < slot->n; i++) {
        rv_buffer_unsigned(b, rows[i]);
        rv_csv_comma(b);
        rv_csv_put(b, contacts[i].id);
        for (uint32_t f = 0; f < x->schema->n_fields; f++) {
            rv_csv_comma(b);
            rv_csv_put(b, contacts[i].fields[f]);
        }
        for (uint32_t a = 0; a < n_attributes; a++) {
            uint32_t code = codes[(size_t)i * n_attributes + a];
            rv_csv_comma(b);
            if (code) rv_csv_put(b, rv_dictionary_value(x->dictionaries[a], code));
        }
        rv_csv_comma(b);
        if (x->email_field < x->schema->n_fields)
            RV_TRY(put_email_key(x, b, contacts[i].fields[x->email_field], rows[i], err));
        rv_csv_end(b);
    }
    RV_TRY(rv_buffer_check(b, err));
    return rv_table_out_pack(x->out, b, err);
}

static rv_status consume(void *ctx, void *slot, rv_error *err) {
    return rv_table_out_append(((exporting *)ctx)->out, &((export_slot *)slot)->text, err);
}

static rv_status make_ready(exporting *x, int threads, rv_error *err) {
    RV_TRY(
        rv_megabase_prepare(x->megabase, RV_PREPARE_INDEXES | RV_PREPARE_RECORDS | RV_PREPARE_STRINGS, threads, err));
    RV_TRY(rv_megabase_index(x->megabase, rv_key_kind_name(RV_KEY_EMAIL), &x->emails, err));
    while (x->email_field < x->schema->n_fields && strcmp(x->schema->fields[x->email_field].name, "email") != 0)
        x->email_field++;
    uint32_t n = x->schema->n_attributes;
    x->dictionaries = rv_array_new(n + 1, sizeof *x->dictionaries, err);
    x->attributes = rv_array_new(n + 1, sizeof *x->attributes, err);
    if (!x->dictionaries || !x->attributes) return RV_NO_MEMORY;
    for (uint32_t a = 0; a < n; a++) {
        x->attributes[a] = a;
        RV_TRY(rv_megabase_dictionary(x->megabase, a, &x->dictionaries[a], err));
    }
    for (int t = 0; t < threads; t++) {
        RV_TRY(rv_contact_reader_new(x->megabase, &x->readers[t], err));
        x->codes[t] = rv_array_new(RV_CONTACT_BLOCK, (n + 1) * sizeof *x->codes[t], err);
        x->contacts[t] = rv_array_new(RV_CONTACT_BLOCK, sizeof *x->contacts[t], err);
        if (!x->codes[t] || !x->contacts[t]) return RV_NO_MEMORY;
    }
    return RV_OK;
}

static rv_status export_all(exporting *x, const char *to, int threads, rv_error *err) {
    export_slot slots[2 * MAX_THREADS + 1] = {0};
    rv_pipeline pipeline = {.produce = produce,
                            .work = work,
                            .consume = consume,
                            .ctx = x,
                            .slot_array = slots,
                            .slot_bytes = sizeof *slots,
                            .slots = (size_t)(2 * threads + 1)};
    RV_TRY(make_ready(x, threads, err));
    RV_TRY(rv_table_out_open(to, true, &x->out, err));
    rv_status status = write_header(x, err);
    if (status == RV_OK) status = rv_pipeline_run(&pipeline, threads, err);
    if (status == RV_OK) status = rv_table_out_commit(x->out, err);
    else rv_table_out_abort(x->out);
    for (size_t i = 0; i < pipeline.slots; i++) rv_buffer_free(&slots[i].text);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4 && argc != 6) {
        fprintf(stderr, "usage: export_contacts MEGABASE OUT.csv[.gz|.zst] [THREADS [FIRST_ROW ROWS]]\n");
        return 1;
    }
    int threads = argc > 3 ? atoi(argv[3]) : rv_threads(NULL);
    if (threads < 1) threads = 1;
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    exporting x = {0};
    rv_error err = {0};
    rv_status status = rv_megabase_open(argv[1], &x.megabase, &err);
    if (status == RV_OK) {
        uint32_t rows = rv_megabase_rows(x.megabase);
        x.schema = rv_megabase_schema(x.megabase);
        x.next = argc > 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
        if (x.next > rows) x.next = rows;
        uint32_t wanted = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : rows;
        x.end = rows - x.next < wanted ? rows : x.next + wanted;
        status = export_all(&x, argv[2], threads, &err);
    }
    if (status != RV_OK) fprintf(stderr, "export_contacts: %s\n", err.message);
    for (int t = 0; t < threads; t++) {
        rv_contact_reader_free(x.readers[t]);
        rv_arena_free(&x.arenas[t]);
        rv_free(x.codes[t]);
        rv_free(x.contacts[t]);
    }
    rv_free(x.dictionaries);
    rv_free(x.attributes);
    rv_megabase_close(x.megabase);
    return status == RV_OK ? 0 : 1;
}
