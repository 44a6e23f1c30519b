/*
 * The work on one block. Arrays belong to the slot and grow to the largest block; what lives as long as a block lies in
 * the block's arena.
 */
#include "enrich_block.h"

#include "enrich_link.h"

enum { FETCHED = 64 }; /* contacts at a time: they are written while they lie in the nearest caches */

static rv_status room_for(rv_enrich_slot *s, uint32_t n, rv_error *err) {
    if (n <= s->capacity) return RV_OK;
    const rv_enrich_stage *stage = s->stage;
    size_t contacts = stage->sink || n < FETCHED ? n : FETCHED;
    size_t codes = contacts * (stage->fill.n_taken + 1), cells = (size_t)n * (stage->plan.n_wanted + 1);
    if (!rv_array_resize(&s->persons, n, sizeof *s->persons, err) ||
        !rv_array_resize(&s->matches, n, sizeof *s->matches, err) ||
        !rv_array_resize(&s->clients, n, sizeof *s->clients, err) ||
        !rv_array_resize(&s->rows, n, sizeof *s->rows, err) ||
        !rv_array_resize(&s->fields, n, sizeof *s->fields, err) ||
        !rv_array_resize(&s->elsewhere, n, sizeof *s->elsewhere, err) ||
        !rv_array_resize(&s->contacts, contacts, sizeof *s->contacts, err) ||
        !rv_array_resize(&s->codes, codes, sizeof *s->codes, err) ||
        (stage->sink && !rv_array_resize(&s->cells, cells, sizeof *s->cells, err)))
        return RV_NO_MEMORY;
    s->capacity = n;
    return RV_OK;
}

void rv_enrich_slot_free(void *slot) {
    rv_enrich_slot *s = slot;
    if (!s) return;
    rv_free(s->persons);
    rv_free(s->matches);
    rv_free(s->clients);
    rv_free(s->rows);
    rv_free(s->fields);
    rv_free(s->elsewhere);
    rv_free(s->contacts);
    rv_free(s->codes);
    rv_free(s->cells);
    if (s->sink_user && s->stage->sink->free_user) s->stage->sink->free_user(s->sink_user);
    rv_enrich_left_free(s->left);
    rv_cascade_scratch_free(s->scratch);
    rv_contact_reader_free(s->contact_reader);
    rv_arena_free(&s->texts);
    rv_fill_counts_reset(&s->fills);
    rv_buffer_free(&s->lines);
    rv_free(s);
}

static rv_status slot_of(const rv_enrich_stage *stage, rv_table_block *block, rv_enrich_slot **out, rv_error *err) {
    if (!block->user) {
        rv_enrich_slot *s = rv_new(sizeof *s, err);
        if (!s) return RV_NO_MEMORY;
        s->stage = stage;
        block->user = s;
        RV_TRY(rv_contact_reader_new(stage->megabase, &s->contact_reader, err));
        RV_TRY(rv_fill_counts_new(&stage->fill, &s->fills, err));
    }
    *out = block->user;
    return room_for(*out, block->batch.rows, err);
}

static void list_contacts(rv_enrich_slot *s, uint32_t n) {
    s->n_contacts = 0;
    for (uint32_t r = 0; r < n; r++) {
        s->clients[s->n_contacts] = r; /* no branch: half the clients have one */
        s->rows[s->n_contacts] = s->matches[r].row;
        s->n_contacts += s->matches[r].row != UINT32_MAX;
    }
}

static rv_status match_clients(rv_enrich_slot *s, const rv_table_block *block, rv_error *err) {
    const rv_enrich_stage *stage = s->stage;
    rv_people people = {&stage->reader, &block->batch, block->arena, s->persons, block->batch.rows};
    if (people.n) memset(s->persons, 0, people.n * sizeof *s->persons);
    for (uint32_t r = 0; r < people.n; r++) s->persons[r].birth = RV_DATE_NONE; /* as rv_person_init */
    s->cascade = (rv_cascade_counts){0};
    RV_TRY(rv_cascade_run(&stage->cascade, &people, &s->scratch, s->matches, &s->cascade, NULL, NULL, err));
    list_contacts(s, block->batch.rows);
    for (uint32_t i = 0; i < s->n_contacts; i++) {
        RV_TRY(rv_people_need(&people, s->clients[i], RV_PERSON_POSTCODE, err));
        uint32_t own = rv_postcode_number(s->persons[s->clients[i]].postcode),
                 postcode = s->matches[s->clients[i]].postcode;
        s->elsewhere[i] = own && postcode && own != postcode;
    }
    return RV_OK;
}

rv_status rv_enrich_slot_keep(const rv_enrich_slot *s, uint32_t n, rv_kept_block *out, rv_error *err) {
    rv_kept_match *kept = rv_array_new(n, sizeof *kept, err);
    if (!kept) return RV_NO_MEMORY;
    for (uint32_t r = 0; r < n; r++) {
        const rv_match *m = &s->matches[r];
        kept[r] = (rv_kept_match){m->row,     m->runner_up, m->probability, (uint8_t)m->tier, (uint8_t)m->runner_up_tier,
                                  m->refused, false};
    }
    for (uint32_t i = 0; i < s->n_contacts; i++) kept[s->clients[i]].elsewhere = s->elsewhere[i];
    *out = (rv_kept_block){kept, n};
    return RV_OK;
}

static rv_status recall_matches(rv_enrich_slot *s, const rv_table_block *block, rv_error *err) {
    const rv_enrich_stage *stage = s->stage;
    const rv_kept_block *kept = &stage->kept[block->number];
    if (block->number >= stage->n_kept || kept->n != block->batch.rows)
        return rv_fail(err, RV_BAD_INPUT, "the client file has changed while it was read");
    s->cascade = (rv_cascade_counts){0};
    for (uint32_t r = 0; r < kept->n; r++) {
        const rv_kept_match *k = &kept->matches[r];
        s->matches[r] = (rv_match){.tier = (rv_tier)k->tier,
                                   .row = k->row,
                                   .probability = k->probability,
                                   .runner_up = k->runner_up,
                                   .runner_up_tier = (rv_tier)k->runner_up_tier,
                                   .refused = k->refused};
    }
    list_contacts(s, kept->n);
    for (uint32_t i = 0; i < s->n_contacts; i++) s->elsewhere[i] = kept->matches[s->clients[i]].elsewhere;
    return RV_OK;
}

/* Where the contact is held. */
static uint32_t held_at(const rv_enrich_slot *s, uint32_t contact) {
    return s->stage->sink ? contact : contact % FETCHED;
}

/* Values of sources left out, or of no known source, are as if they weren't there. */
static void drop_codes(rv_enrich_slot *s, uint32_t first, uint32_t n) {
    const rv_fill_plan *fill = &s->stage->fill;
    for (uint32_t c = first; c < first + n; c++) {
        uint32_t *codes = s->codes + (size_t)c * fill->n_taken;
        const rv_origin_list *origins = &s->contacts[c].all;
        for (uint32_t i = 0; i < fill->n_taken; i++) {
            if (!codes[i]) continue;
            if (origins->n && fill->allowed[rv_origin_at(origins, fill->schema->n_fields + fill->taken[i]).source])
                continue;
            codes[i] = 0;
            s->fills.values_withheld++;
        }
    }
}

/* The contacts from `from` on, as many as are asked for ahead. Some at a time: they and their codes are written while
 * they lie in the nearest caches. */
static rv_status fetch_some(rv_enrich_slot *s, const rv_table_block *block, uint32_t from, rv_error *err) {
    const rv_enrich_stage *stage = s->stage;
    const rv_fill_plan *fill = &stage->fill;
    uint32_t left = s->n_contacts - from, n = left < FETCHED ? left : FETCHED;
    const uint32_t *rows = s->rows + from, at = held_at(s, from);
    if (!stage->sink || from == 0) rv_arena_reset(&s->texts);
    for (uint32_t i = from; i < from + n; i++) {
        s->fields[i] =
            rv_fill_fields(fill, block->batch.cells + (size_t)s->clients[i] * block->batch.columns, s->elsewhere[i]);
        if (rv_tier_is_hash(s->matches[s->clients[i]].tier)) s->fields[i] |= rv_hash_fields(fill->schema);
    }
    RV_TRY(rv_contact_read_coded(s->contact_reader, rows, n, s->fields + from, fill->taken, fill->n_taken, &s->texts,
                                 s->contacts + at, s->codes + (size_t)at * fill->n_taken, err));
    if (!fill->all_allowed) drop_codes(s, at, n);
    return RV_OK;
}

static rv_fill_row fill_row(const rv_enrich_slot *s, const rv_table_block *block, uint32_t r, uint32_t contact) {
    const rv_batch *batch = &block->batch;
    rv_fill_row row = {
        .cells = batch->cells + (size_t)r * batch->columns, .record = batch->records[r], .unquoted = block->unquoted, .match = &s->matches[r]};
    if (contact == UINT32_MAX) return row;
    uint32_t at = held_at(s, contact);
    row.contact = &s->contacts[at];
    row.elsewhere = s->elsewhere[contact];
    row.fields = rv_tier_is_hash(row.match->tier) ? rv_fill_fields(&s->stage->fill, row.cells, row.elsewhere)
                                                  : s->fields[contact]; /* all that was fetched */
    row.codes = s->codes + (size_t)at * s->stage->fill.n_taken;
    return row;
}

static void count_match_source(rv_enrich_slot *s, const rv_fill_row *row) {
    const int *fields = s->stage->key_fields[row->match->tier];
    for (unsigned i = 0; i < 2; i++)
        if (fields[i] >= 0 && row->contact->present >> fields[i] & 1) {
            s->fills.match_sources[row->contact->origins[fields[i]].source]++;
            return;
        }
}

/* Read again: in a second pass the persons of the first are gone. */
static rv_status count_hash_profile(rv_enrich_slot *s, const rv_table_block *block, uint32_t r,
                                    const rv_contact *contact, rv_error *err) {
    rv_person client;
    rv_hash_profile profile;
    rv_person_init(&client);
    if (!rv_person_read_parts(&s->stage->reader, &block->batch, r, RV_PERSON_HASHES, block->arena, &client))
        return rv_fail_memory(err, sizeof client);
    RV_TRY(rv_hash_profile_of(s->stage->fill.schema, contact, &client, s->matches[r].tier, block->arena, &profile,
                              err));
    s->fills.hash_profiles[profile]++;
    return RV_OK;
}

/* The sink's cells: the client's own, or what fills them. */
static void fill_cells(rv_enrich_slot *s, const rv_table_block *block) {
    uint32_t columns = block->batch.columns, contact = 0;
    const uint32_t *wanted = s->stage->plan.wanted, n_wanted = s->stage->plan.n_wanted;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        const rv_text *own = block->batch.cells + (size_t)r * columns;
        rv_text *cells = s->cells + (size_t)r * n_wanted;
        for (uint32_t i = 0; i < n_wanted; i++) cells[i] = own[wanted[i]];
        if (contact == s->n_contacts || s->clients[contact] != r) continue;
        rv_fill_row row = fill_row(s, block, r, contact++);
        for (uint32_t i = 0; i < n_wanted; i++)
            if (!cells[i].len) cells[i] = rv_fill_cell(&s->stage->fill, &row, wanted[i]);
    }
}

rv_enriched_block rv_enrich_slot_block(const rv_enrich_slot *s, const rv_table_block *block, uint64_t first_row) {
    return (rv_enriched_block){block, s->matches, s->cells, s->clients, s->n_contacts, s->codes, first_row};
}

rv_status rv_enrich_block_match(const rv_enrich_stage *stage, rv_table_block *block, rv_error *err) {
    rv_enrich_slot *s;
    RV_TRY(slot_of(stage, block, &s, err));
    RV_TRY(match_clients(s, block, err));
    return stage->link ? rv_enrich_link_work(stage->link, block, s->matches, &s->left, err) : RV_OK;
}

static rv_status write_rows(rv_enrich_slot *s, const rv_table_block *block, rv_error *err) {
    const rv_enrich_stage *stage = s->stage;
    rv_fill_counts_clear(&stage->fill, &s->fills);
    for (uint32_t r = 0, contact = 0; r < block->batch.rows; r++) {
        bool attached = contact < s->n_contacts && s->clients[contact] == r;
        if (attached && contact % FETCHED == 0) RV_TRY(fetch_some(s, block, contact, err));
        rv_fill_row row = fill_row(s, block, r, attached ? contact++ : UINT32_MAX);
        if (attached) count_match_source(s, &row);
        if (attached && rv_tier_is_hash(row.match->tier)) RV_TRY(count_hash_profile(s, block, r, row.contact, err));
        rv_fill_write(&stage->fill, &row, &s->fills, stage->out ? &s->lines : NULL);
    }
    return RV_OK;
}

rv_status rv_enrich_block_work(const rv_enrich_stage *stage, rv_table_block *block, rv_error *err) {
    rv_enrich_slot *s;
    RV_TRY(slot_of(stage, block, &s, err));
    s->lines.len = 0;
    RV_TRY(stage->kept ? recall_matches(s, block, err) : match_clients(s, block, err));
    RV_TRY(write_rows(s, block, err));
    RV_TRY(rv_buffer_check(&s->lines, err));
    if (stage->out) RV_TRY(rv_table_out_pack(stage->out, &s->lines, err));
    if (!stage->sink) return RV_OK;
    fill_cells(s, block);
    if (!stage->sink->work) return RV_OK;
    rv_enriched_block enriched = rv_enrich_slot_block(s, block, 0);
    return stage->sink->work(stage->sink->ctx, &enriched, &s->sink_user, err);
}
