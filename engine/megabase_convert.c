/*
 * From one layout to the other: contacts are read and written again, block by block; the indexes are the same bytes in
 * both, and are copied. The file keeps its id and takes the next generation.
 *
 * Threads share out stretches of as many rows as an archive's block has: whatever the layouts, a block is decoded by one of
 * them and once.
 */
#include "megabase_block.h"

#include "file.h"
#include "parallel.h"
#include "waiting.h"

typedef struct conversion {
    rv_megabase *from;
    rv_megabase_writer *to;
    uint32_t next;        /* row */
    uint32_t block_rows;  /* of the new file; RV_CONTACT_BLOCK holds a whole number of such blocks */
    uint32_t *attributes; /* all of them, in order */
} conversion;

typedef struct slot {
    uint32_t first, n; /* the stretch; the arrays hold one block of it */
    rv_contact_reader *reader;
    rv_arena arena;
    uint32_t *rows, *codes;
    rv_contact *contacts;
    rv_origin *origins;
    unsigned char *persons;
    uint8_t *one_origin;
    rv_encoded_block **encoded; /* per block of the stretch */
    uint32_t n_encoded;
} slot;

static rv_status produce(void *ctx, void *slot_, bool *end, rv_error *err) {
    conversion *c = ctx;
    slot *s = slot_;
    RV_TRY(rv_wait_ended(err));
    uint32_t left = rv_megabase_rows(c->from) - c->next;
    *end = left == 0;
    s->first = c->next;
    s->n = left < RV_CONTACT_BLOCK ? left : RV_CONTACT_BLOCK;
    c->next += s->n;
    return RV_OK;
}

static rv_status make_slot(slot *s, rv_megabase *from, uint32_t block, rv_error *err) {
    size_t n = rv_megabase_schema(from)->n_attributes, width = rv_megabase_schema(from)->person_bytes;
    if (s->reader) return RV_OK;
    s->n_encoded = RV_CONTACT_BLOCK / block;
    s->encoded = rv_array_new(s->n_encoded, sizeof(rv_encoded_block *), err);
    s->rows = rv_array_new(block, sizeof *s->rows, err);
    s->codes = rv_array_new(block * (n + 1), sizeof *s->codes, err);
    s->contacts = rv_array_new(block, sizeof *s->contacts, err);
    s->origins = rv_array_new(block * (n + 1), sizeof *s->origins, err);
    s->persons = rv_array_new(block, width + 1, err);
    s->one_origin = rv_array_new(block, 1, err);
    if (!s->encoded || !s->rows || !s->codes || !s->contacts || !s->origins || !s->persons || !s->one_origin)
        return RV_NO_MEMORY;
    return rv_contact_reader_new(from, &s->reader, err);
}

static void free_slot(slot *s) {
    rv_contact_reader_free(s->reader);
    rv_arena_free(&s->arena);
    rv_free(s->rows);
    rv_free(s->codes);
    rv_free(s->contacts);
    rv_free(s->origins);
    rv_free(s->persons);
    rv_free(s->one_origin);
    for (uint32_t i = 0; s->encoded && i < s->n_encoded; i++) rv_encoded_block_free(s->encoded[i]);
    rv_free(s->encoded);
}

/* Attribute by attribute only where a contact's values come from several places. */
static void take_origins(slot *s, uint32_t rows, uint32_t n_fields, uint32_t n) {
    for (size_t i = 0; i < rows; i++) {
        const rv_origin_list *all = &s->contacts[i].all;
        s->one_origin[i] = all->n == 1 && n_fields > 0;
        for (size_t j = 0; j < n && !s->one_origin[i]; j++)
            s->origins[i * n + j] =
                s->codes[i * n + j] && all->n ? rv_origin_at(all, n_fields + j) : (rv_origin){UINT16_MAX, RV_DATE_NONE};
    }
}

static rv_status convert_block(const conversion *c, slot *s, uint32_t first, uint32_t rows, rv_encoded_block **encoded,
                               rv_error *err) {
    uint32_t n = rv_megabase_schema(c->from)->n_attributes;
    rv_arena_reset(&s->arena);
    for (uint32_t i = 0; i < rows; i++) s->rows[i] = first + i;
    RV_TRY(rv_megabase_codes(c->from, s->rows, rows, c->attributes, n, s->codes, err));
    RV_TRY(rv_megabase_persons(c->from, s->rows, rows, s->persons, err));
    RV_TRY(rv_contact_read(s->reader, s->rows, rows, &s->arena, s->contacts, err));
    take_origins(s, rows, rv_megabase_schema(c->from)->n_fields, n);
    rv_contact_block block = {.first = first,
                              .rows = rows,
                              .contacts = s->contacts,
                              .codes = s->codes,
                              .attribute_origins = s->origins,
                              .persons = s->persons,
                              .one_origin = s->one_origin};
    return rv_megabase_encode(c->to, &block, encoded, err);
}

static uint32_t block_rows_at(const conversion *c, const slot *s, uint32_t at) {
    return s->n - at < c->block_rows ? s->n - at : c->block_rows;
}

static rv_status work(void *ctx, void *slot_, int worker, rv_error *err) {
    (void)worker;
    conversion *c = ctx;
    slot *s = slot_;
    RV_TRY(make_slot(s, c->from, c->block_rows, err));
    for (uint32_t at = 0; at < s->n; at += c->block_rows)
        RV_TRY(convert_block(c, s, s->first + at, block_rows_at(c, s, at), &s->encoded[at / c->block_rows], err));
    return RV_OK;
}

static rv_status consume(void *ctx, void *slot_, rv_error *err) {
    conversion *c = ctx;
    slot *s = slot_;
    for (uint32_t at = 0; at < s->n; at += c->block_rows)
        RV_TRY(rv_megabase_append(c->to, s->encoded[at / c->block_rows], err));
    return RV_OK;
}

/* Contacts from all over the base, for the symbol tables: an archive decodes a block for each stretch of rows. */
static rv_status train(conversion *c, rv_error *err) {
    enum { STRETCHES = 16, STRETCH = 256 };
    uint32_t rows[STRETCHES * STRETCH], all = rv_megabase_rows(c->from), n = 0;
    for (uint32_t i = 0; i < STRETCHES; i++)
        for (uint64_t row = (uint64_t)all * i / STRETCHES, j = 0;
             j < STRETCH && row < (uint64_t)all * (i + 1) / STRETCHES; j++, row++)
            rows[n++] = (uint32_t)row;
    rv_contact *sample = rv_array_new(n + 1, sizeof *sample, err);
    rv_contact_reader *reader = NULL;
    rv_arena arena = {0};
    rv_status status = sample ? rv_contact_reader_new(c->from, &reader, err) : RV_NO_MEMORY;
    if (status == RV_OK) status = rv_contact_read(reader, rows, n, &arena, sample, err);
    if (status == RV_OK) status = rv_megabase_train(c->to, sample, n, err);
    rv_contact_reader_free(reader);
    rv_arena_free(&arena);
    rv_free(sample);
    return status;
}

static rv_status convert_contacts(conversion *c, int threads, rv_error *err) {
    uint32_t n = rv_megabase_schema(c->from)->n_attributes;
    size_t slots = 2 * (size_t)threads + 1;
    slot *array = rv_array_new(slots, sizeof *array, err);
    c->attributes = rv_array_new(n + 1, sizeof *c->attributes, err);
    rv_status status = array && c->attributes ? RV_OK : RV_NO_MEMORY;
    for (uint32_t i = 0; i < n && status == RV_OK; i++) c->attributes[i] = i;
    if (status == RV_OK) status = train(c, err);
    rv_pipeline pipeline = {.produce = produce,
                            .work = work,
                            .consume = consume,
                            .ctx = c,
                            .slot_array = array,
                            .slot_bytes = sizeof *array,
                            .slots = slots};
    if (status == RV_OK) status = rv_pipeline_run(&pipeline, threads, err);
    for (size_t i = 0; array && i < slots; i++) free_slot(&array[i]);
    rv_free(array);
    rv_free(c->attributes);
    return status;
}

static rv_status create_twin(rv_megabase *from, const char *to, rv_layout layout, bool replace, int threads,
                             rv_megabase_writer **out, rv_error *err) {
    const rv_schema *schema = rv_megabase_schema(from);
    const rv_rvl_header *head = rv_rvl_head(from->file);
    rv_identity identity = {.generation = head->generation + 1, .created = head->created};
    memcpy(identity.file_id, head->file_id, sizeof identity.file_id);
    rv_megabase_settings settings = {
        .layout = layout, .replace = replace, .threads = threads, .secret = from->meta.secret, .rows = from->meta.rows};
    rv_dictionary *dictionaries = rv_array_new(schema->n_attributes + 1, sizeof *dictionaries, err);
    rv_status status = dictionaries ? RV_OK : RV_NO_MEMORY;
    for (uint32_t i = 0; i < schema->n_attributes && status == RV_OK; i++) {
        const rv_dictionary *d;
        status = rv_megabase_dictionary(from, i, &d, err);
        if (status == RV_OK) dictionaries[i] = *d;
    }
    if (status == RV_OK) status = rv_megabase_create_as(to, schema, dictionaries, &settings, &identity, out, err);
    rv_free(dictionaries);
    return status;
}

static rv_status convert_open(rv_megabase *from, const char *to, rv_layout layout, bool replace, int threads,
                              rv_error *err) {
    from->forget_blocks = true;
    RV_TRY(rv_megabase_prepare(from, RV_PREPARE_ALL, threads, err));
    conversion c = {.from = from, .block_rows = rv_block_rows(layout)};
    RV_TRY(create_twin(from, to, layout, replace, threads, &c.to, err));
    rv_status status = convert_contacts(&c, threads, err);
    for (uint32_t i = 0; i < from->schema.n_keys && status == RV_OK; i++) {
        const rv_key_index *index;
        if ((status = rv_wait_ended(err)) != RV_OK) break;
        status = rv_megabase_index(from, from->schema.keys[i], &index, err);
        if (status == RV_OK && index) status = rv_megabase_put_index(c.to, i, index, err);
    }
    if (status == RV_OK) return rv_megabase_publish(c.to, err);
    rv_megabase_abandon(c.to);
    return status;
}

rv_status rv_megabase_convert(const char *from, const char *to, rv_layout layout, bool replace, int threads,
                              rv_error *err) {
    rv_megabase *megabase;
    RV_TRY(rv_file_check_distinct(from, to, err));
    RV_TRY(rv_megabase_open(from, &megabase, err));
    rv_status status = convert_open(megabase, to, layout, replace, threads > 0 ? threads : 1, err);
    rv_megabase_close(megabase);
    return status;
}
