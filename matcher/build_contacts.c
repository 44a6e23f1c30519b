/*
 * A pipeline: the producer walks the rows and gives each block the first rows of its contacts; workers gather, merge
 * and encode; the consumer appends. All records of a block are fetched before the first is read: a contact's rows lie
 * in as many places as it has sources, and a cache miss each would cost more than the merging.
 */
#include "build_contacts.h"

#include "guard_store.h"

#include <stdlib.h>

static bool marked(const unsigned char *bits, uint32_t row) { return bits && bits[row / 8] >> row % 8 & 1; }

/* --- A block of contacts ------------------------------------------------------------------------------------------ */

enum { SAMPLE_ROWS = 4096 };

typedef struct contact_slot {
    uint32_t first;                      /* number of its first contact */
    uint32_t n, roots[RV_CONTACT_BLOCK]; /* first row of each contact */
    uint32_t end_row;                    /* rows below it belong to these contacts and those before */
    rv_contact contacts[RV_CONTACT_BLOCK];
    unsigned char persons[RV_CONTACT_BLOCK][RV_GUARD_STORED];
    rv_text *fields; /* n_fields each */
    rv_origin *origins;
    uint32_t *codes; /* n_attributes each */
    rv_origin *attribute_origins;
    rv_merge_row *rows; /* of all contacts of the block, one contact after the other */
    size_t rows_cap;
    rv_merge_scratch scratch;
    rv_arena arena; /* ids that are made here */
    rv_encoded_block *encoded;
    uint8_t one_origin[RV_CONTACT_BLOCK];
    uint64_t *fill;     /* per source: contacts that it has a row of */
    rv_buffer id_lines; /* for build->ids */
} contact_slot;

typedef struct assembling {
    const rv_build_contacts *build;
    rv_megabase_writer *writer;
    contact_slot *slots;
    size_t n_slots;
    uint32_t *source_first; /* first row of each source */
    uint32_t next_row, next_contact, done;
} assembling;

static rv_status slot_init(contact_slot *slot, const rv_build_plan *plan, rv_error *err) {
    size_t fields = plan->n_fields, attributes = plan->n_attributes;
    slot->fields = rv_array_new(RV_CONTACT_BLOCK * fields, sizeof *slot->fields, err);
    slot->origins = rv_array_new(RV_CONTACT_BLOCK * fields, sizeof *slot->origins, err);
    slot->codes = rv_array_new(RV_CONTACT_BLOCK * attributes, sizeof *slot->codes, err);
    slot->attribute_origins = rv_array_new(RV_CONTACT_BLOCK * attributes, sizeof *slot->attribute_origins, err);
    slot->fill = rv_array_new(plan->n_sources, sizeof *slot->fill, err);
    if (!slot->fields || !slot->origins || !slot->codes || !slot->attribute_origins || !slot->fill) return RV_NO_MEMORY;
    for (size_t i = 0; i < RV_CONTACT_BLOCK; i++) {
        slot->contacts[i].fields = slot->fields + i * fields;
        slot->contacts[i].origins = slot->origins + i * fields;
    }
    return RV_OK;
}

static void slot_free(contact_slot *slot) {
    rv_free(slot->fields);
    rv_free(slot->origins);
    rv_free(slot->codes);
    rv_free(slot->attribute_origins);
    rv_free(slot->rows);
    rv_free(slot->fill);
    rv_merge_scratch_free(&slot->scratch);
    rv_arena_free(&slot->arena);
    rv_encoded_block_free(slot->encoded);
    rv_buffer_free(&slot->id_lines);
}

static rv_status gather(const rv_build_contacts *build, contact_slot *slot, size_t *ends, rv_error *err) {
    size_t n = 0;
    for (uint32_t i = 0; i < slot->n; i++) {
        uint32_t row = slot->roots[i];
        do {
            if (n == slot->rows_cap) {
                size_t cap = slot->rows_cap * 2 + 2 * RV_CONTACT_BLOCK;
                rv_merge_row *grown = rv_array_grow(slot->rows, cap, sizeof *grown, err);
                if (!grown) return RV_NO_MEMORY;
                slot->rows = grown;
                slot->rows_cap = cap;
            }
            rv_merge_row *to = &slot->rows[n++];
            *to = (rv_merge_row){.row = row, .guard = &build->rows->guards[row]};
            rv_spool_fetch(&build->rows->spool, row);
            __builtin_prefetch(to->guard);
            row = build->next[row];
        } while (row != slot->roots[i]);
        ends[i] = n;
    }
    for (size_t i = 0; i < n; i++) {
        rv_merge_row *row = &slot->rows[i];
        row->record = rv_spool_record(&build->rows->spool, row->row, &row->file);
        __builtin_prefetch(row->record);
        __builtin_prefetch(row->record + 64);
        __builtin_prefetch(row->record + 128);
    }
    return RV_OK;
}

/* --- Ids ---------------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) { return rv_text_compare(*(const rv_text *)a, *(const rv_text *)b); }

/* ":" and the row's number in its source. */
static size_t put_number(const assembling *a, const rv_merge_row *row, char *text) {
    uint32_t number = row->row - a->source_first[row->source] + 1;
    char digits[12];
    size_t n = 0;
    do digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    text[0] = ':';
    for (size_t i = 0; i < n; i++) text[1 + i] = digits[n - 1 - i];
    return 1 + n;
}

/* source:id where the id alone would name two contacts, source:id:number where it would in that source too; source:number
 * for a row without an id. */
static bool row_id(const assembling *a, rv_arena *arena, const rv_merge_row *row, rv_text *out) {
    const rv_build_contacts *build = a->build;
    *out = row->head.id;
    if (row->head.id.len && !marked(build->clashes->between, row->row)) return true;
    const char *source = build->plan->sources[row->source].name;
    size_t n = strlen(source);
    char *text = rv_arena_get(arena, n + row->head.id.len + 16);
    if (!text) return false;
    memcpy(text, source, n);
    if (row->head.id.len) {
        text[n++] = ':';
        memcpy(text + n, row->head.id.ptr, row->head.id.len);
        n += row->head.id.len;
    }
    if (!row->head.id.len || marked(build->clashes->within, row->row)) n += put_number(a, row, text + n);
    *out = rv_text_make(text, n);
    return true;
}

/* What each row's own id has become. */
static void write_ids(rv_buffer *out, const rv_text *ids, size_t n, rv_text contact) {
    for (size_t i = 0; i < n; i++) {
        rv_csv_put(out, ids[i]);
        rv_csv_comma(out);
        rv_csv_put(out, contact);
        rv_csv_end(out);
    }
}

/* The bytewise smallest id is the contact's, the others are its aliases. */
static bool name_contact(const assembling *a, contact_slot *slot, const rv_merge_row *rows, size_t n,
                         rv_contact *contact) {
    rv_arena *arena = &slot->arena;
    rv_text *ids = rv_arena_get(arena, n * sizeof *ids);
    if (!ids) return false;
    size_t total = 0, kept = 1;
    for (size_t i = 0; i < n; i++) {
        if (!row_id(a, arena, &rows[i], &ids[i])) return false;
        total += ids[i].len + 1;
    }
    contact->aliases = (rv_text){0};
    if (n > 1) qsort(ids, n, sizeof *ids, by_text);
    contact->id = ids[0];
    if (a->build->ids) write_ids(&slot->id_lines, ids, n, contact->id);
    for (size_t i = 1; i < n; i++)
        if (!rv_text_equal(ids[i], ids[kept - 1])) ids[kept++] = ids[i];
    if (kept == 1) return true;
    char *text = rv_arena_get(arena, total), *p = text;
    if (!text) return false;
    for (size_t i = 1; i < kept; i++) {
        if (i > 1) *p++ = '|';
        memcpy(p, ids[i].ptr, ids[i].len);
        p += ids[i].len;
    }
    contact->aliases = rv_text_make(text, (size_t)(p - text));
    return true;
}

/* --- The pipeline ------------------------------------------------------------------------------------------------- */

static rv_status produce(void *ctx, void *slot_, bool *end, rv_error *err) {
    assembling *a = ctx;
    contact_slot *slot = slot_;
    const rv_build_contacts *build = a->build;
    RV_TRY(rv_check_cancel(build->settings, err));
    slot->first = a->next_contact;
    slot->n = 0;
    while (slot->n < build->block_rows && a->next_contact < build->n_contacts) {
        if (build->contact[a->next_row] == a->next_contact) { /* numbers are given to first rows in order */
            slot->roots[slot->n++] = a->next_row;
            a->next_contact++;
        }
        a->next_row++;
    }
    slot->end_row = a->next_row;
    *end = slot->n == 0;
    return RV_OK;
}

static void count_sources(contact_slot *slot, const rv_merge_row *rows, size_t n) {
    for (size_t r = 0; r < n; r++) {
        size_t earlier = 0;
        while (earlier < r && rows[earlier].source != rows[r].source) earlier++;
        slot->fill[rows[r].source] += earlier == r;
    }
}

/* The contacts of slot->roots. */
static rv_status assemble(const assembling *a, contact_slot *slot, rv_error *err) {
    const rv_build_plan *plan = a->build->plan;
    size_t ends[RV_CONTACT_BLOCK], start = 0, attributes = plan->n_attributes;
    memset(slot->fill, 0, plan->n_sources * sizeof *slot->fill);
    rv_arena_reset(&slot->arena);
    slot->id_lines.len = 0;
    RV_TRY(gather(a->build, slot, ends, err));
    for (uint32_t i = 0; i < slot->n; start = ends[i++]) {
        rv_merge_row *rows = slot->rows + start;
        size_t n = ends[i] - start;
        uint32_t *codes = slot->codes + i * attributes;
        rv_guard person;
        RV_TRY(rv_merge_contact(plan, &a->build->values, rows, n, &slot->scratch, &slot->contacts[i], codes,
                                slot->attribute_origins + i * attributes, &person, err));
        rv_guard_store(&person, slot->persons[i]);
        if (!name_contact(a, slot, rows, n, &slot->contacts[i])) return rv_fail_memory(err, 0);
        slot->one_origin[i] = n == 1 && plan->n_fields > 0;
        count_sources(slot, rows, n);
    }
    return RV_OK;
}

static rv_status work(void *ctx, void *slot_, int worker, rv_error *err) {
    (void)worker;
    const assembling *a = ctx;
    contact_slot *slot = slot_;
    RV_TRY(assemble(a, slot, err));
    if (a->build->ids) RV_TRY(rv_table_out_pack(a->build->ids, &slot->id_lines, err));
    rv_contact_block block = {.first = slot->first,
                              .rows = slot->n,
                              .contacts = slot->contacts,
                              .codes = slot->codes,
                              .attribute_origins = slot->attribute_origins,
                              .persons = slot->persons,
                              .one_origin = slot->one_origin};
    return rv_megabase_encode(a->writer, &block, &slot->encoded, err);
}

static rv_status consume(void *ctx, void *slot_, rv_error *err) {
    assembling *a = ctx;
    contact_slot *slot = slot_;
    const rv_build_contacts *build = a->build;
    for (uint32_t s = 0; s < build->plan->n_sources; s++) build->source_contacts[s] += slot->fill[s];
    if (build->ids) RV_TRY(rv_table_out_append(build->ids, &slot->id_lines, err));
    a->done += slot->n;
    rv_progress(build->settings, "write", a->done, build->n_contacts);
    RV_TRY(rv_megabase_append(a->writer, slot->encoded, err));
    rv_build_rows_release(build->rows, slot->end_row);
    return RV_OK;
}

/* Contacts at even distances over the whole base, so that what packs their strings has seen all sources. */
static rv_status train(const assembling *a, rv_error *err) {
    const rv_build_contacts *build = a->build;
    contact_slot *slot = &a->slots[0];
    uint32_t step = build->n_contacts / SAMPLE_ROWS + 1, next = 0;
    slot->n = 0;
    for (uint32_t row = 0; next < build->n_contacts; row++)
        if (build->contact[row] == next) {
            slot->roots[slot->n++] = row;
            next += step;
        }
    RV_TRY(assemble(a, slot, err));
    return rv_megabase_train(a->writer, slot->contacts, slot->n, err);
}

rv_status rv_build_contacts_write(const rv_build_contacts *build, rv_megabase_writer *writer, rv_error *err) {
    int threads = rv_threads(build->settings);
    assembling a = {.build = build, .writer = writer, .n_slots = 2 * (size_t)threads + 1};
    const rv_build_plan *plan = build->plan;
    rv_status status = RV_NO_MEMORY;
    a.slots = rv_array_new(a.n_slots, sizeof *a.slots, err);
    a.source_first = rv_array_new(plan->n_sources, sizeof *a.source_first, err);
    if (!a.slots || !a.source_first) goto done;
    for (uint32_t s = 1; s < plan->n_sources; s++)
        a.source_first[s] = a.source_first[s - 1] + (uint32_t)plan->sources[s - 1].rows;
    for (size_t i = 0; i < a.n_slots; i++)
        if (slot_init(&a.slots[i], plan, err) != RV_OK) goto done;
    status = train(&a, err);
    if (status != RV_OK) goto done;
    rv_pipeline pipeline = {.produce = produce,
                            .work = work,
                            .consume = consume,
                            .ctx = &a,
                            .slot_array = a.slots,
                            .slot_bytes = sizeof *a.slots,
                            .slots = a.n_slots};
    status = rv_pipeline_run(&pipeline, threads, err);
done:
    for (size_t i = 0; a.slots && i < a.n_slots; i++) slot_free(&a.slots[i]);
    rv_free(a.slots);
    rv_free(a.source_first);
    return status;
}
