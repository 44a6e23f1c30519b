/*
 * Reading all rows of a build, once. Workers do what costs (normalising, hashing, packing); the consumer numbers the
 * rows and appends.
 *
 * Values are kept as the source wrote them, trimmed. What the normaliser can't read as e-mail, phone or birth date isn't kept:
 * brought back to a client, it would be a fill that can't be used. A phone number filed under the wrong heading is kept
 * under the right one.
 *
 * Nothing is updated, and nobody seen, after the day of the data: such a date (2062) is an error of typing and tells nothing;
 * believed, it would outlive all true ones. The day is the build's, and at most a year behind the one that the schema gives the
 * source, for a schema may lag behind its files.
 */
#include "build_ahead.h"
#include "build_codes.h"
#include "build_ids.h"

#include "birth.h"
#include "email.h"
#include "placeholder.h"
#include <stdio.h>
#include <time.h>

enum { WATCHED = 1 << RV_KEY_PHONE }; /* keys that are made, indexed or not: are they many people's? */

/* What a block of rows became; kept per slot of the pipeline, its buffers used again. */
typedef struct row_block {
    rv_buffer records;
    uint32_t *offsets; /* handed to the spool with the records */
    rv_guard *guards;
    uint32_t guards_cap, rows;
    rv_key_list keys[RV_KEY_KINDS]; /* rows count from 0 within the block */
    rv_key_list mailboxes;
    uint32_t *id_hashes;
    uint64_t late_dates;
    rv_buffer numbers;      /* packed attributes of all rows, one row behind the other */
    uint32_t *numbers_ends; /* per row */
} row_block;

typedef struct reading {
    rv_build_plan *plan;
    const rv_build_file *file;
    const rv_build_source *source;
    rv_date_order date_order; /* of the file at hand */
    int32_t last_day;         /* on which its rows can have been updated */
    const rv_secret *secret;
    const rv_settings *settings;
    rv_rejects *rejects;
    rv_build_rows *out;
    rv_ahead ahead;
    struct { /* bytes whose pages are made, of what `out` has */
        size_t guards, id_hashes, keys[RV_KEY_KINDS], slab, slabs;
    } made;
    rv_codes codes;
    uint32_t role_fields[RV_ROLE_COUNT]; /* field of a role, or RV_MAX_FIELDS */
    uint64_t done_bytes, total_bytes, file_rows;
} reading;

static void row_block_free(void *user) {
    row_block *block = user;
    rv_buffer_free(&block->records);
    rv_free(block->offsets);
    rv_free(block->guards);
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) rv_key_list_free(&block->keys[kind]);
    rv_key_list_free(&block->mailboxes);
    rv_free(block->id_hashes);
    rv_buffer_free(&block->numbers);
    rv_free(block->numbers_ends);
    rv_free(block);
}

static rv_status row_block_ready(rv_table_block *csv, row_block **out, rv_error *err) {
    if (!csv->user && !(csv->user = rv_new(sizeof(row_block), err))) return RV_NO_MEMORY;
    row_block *block = csv->user;
    block->rows = csv->batch.rows;
    block->records.len = 0;
    block->late_dates = 0;
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) block->keys[kind].n = 0;
    block->mailboxes.n = 0;
    rv_free(block->offsets);
    block->offsets = rv_array_grow(NULL, block->rows, sizeof *block->offsets, err);
    if (!block->offsets) return RV_NO_MEMORY;
    if (block->rows > block->guards_cap) {
        rv_guard *grown = rv_array_grow(block->guards, block->rows, sizeof *grown, err);
        if (!grown) return RV_NO_MEMORY;
        block->guards = grown;
        if (!rv_array_resize(&block->id_hashes, block->rows, sizeof *block->id_hashes, err) ||
            !rv_array_resize(&block->numbers_ends, block->rows, sizeof *block->numbers_ends, err))
            return RV_NO_MEMORY;
        block->guards_cap = block->rows;
    }
    *out = block;
    return RV_OK;
}

/* --- A row -------------------------------------------------------------------------------------------------------- */

/* Do the raw digits end like the E.164 number? The last eight tell numbers of one country apart. */
static bool same_number(rv_text raw, rv_text e164) {
    uint32_t i = raw.len, j = e164.len, equal = 0;
    while (i > 0 && j > 0 && equal < 8) {
        char c = raw.ptr[i - 1];
        if (c < '0' || c > '9') {
            i--;
            continue;
        }
        if (c != e164.ptr[j - 1]) return false;
        i--, j--, equal++;
    }
    return equal >= 8;
}

/* The text to keep for a number: as one of the two columns wrote it, else in canonical form. */
static rv_text number_text(rv_text e164, rv_text raw, rv_text other) {
    if (e164.len == 0) return (rv_text){0};
    if (same_number(raw, e164)) return raw;
    return same_number(other, e164) ? other : e164;
}

static rv_text cell(const rv_batch *batch, uint32_t row, int32_t column) {
    return column < 0 ? (rv_text){0} : rv_text_trim(rv_batch_cell(batch, row, (uint32_t)column));
}

static void set_field(const reading *r, rv_text *fields, rv_role role, rv_text text) {
    uint32_t f = r->role_fields[role];
    if (f < RV_MAX_FIELDS) fields[f] = text;
}

static bool has_field(const reading *r, const rv_spool_head *head, rv_role role) {
    uint32_t f = r->role_fields[role];
    return f < RV_MAX_FIELDS && head->fields >> f & 1;
}

/* Did the normaliser make something of it? Then it is no place-holder, and needn't be looked at again. */
static bool is_understood(const rv_person *person, rv_role role) {
    switch (role) {
    case RV_ROLE_FIRST_NAME: return person->first.len > 0;
    case RV_ROLE_LAST_NAME:
    case RV_ROLE_FULL_NAME: return person->last.len > 0;
    case RV_ROLE_CIVILITY:
    case RV_ROLE_SEX: return person->sex != RV_SEX_UNKNOWN;
    case RV_ROLE_BIRTH_DATE: return person->birth != RV_DATE_NONE;
    case RV_ROLE_STREET_NUMBER: return person->number.len > 0;
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE: return person->street.len > 0;
    case RV_ROLE_POSTCODE: return person->postcode.len > 0;
    case RV_ROLE_CITY: return person->city.len > 0;
    default: return role == RV_ROLE_EMAIL || role == RV_ROLE_MOBILE || role == RV_ROLE_PHONE; /* judged below */
    }
}

/* A birth date that nobody living can have (a spreadsheet's zero, the 30th of February, a year to come): it would be
 * brought back as somebody's, and stand in the way of an older source's true one. */
static bool is_no_birth_date(const reading *r, const rv_person *person, rv_text text) {
    rv_birth birth;
    return person->birth == RV_DATE_NONE && text.len && rv_birth_read(text, r->date_order, &birth) != NULL;
}

static uint64_t read_fields(const reading *r, const rv_batch *batch, uint32_t row, const rv_person *person,
                            rv_text *fields) {
    uint32_t n = r->plan->n_fields;
    for (uint32_t f = 0; f < n; f++) {
        fields[f] = cell(batch, row, r->file->fields[f]);
        if (fields[f].len && !is_understood(person, r->plan->fields[f]) && rv_placeholder(fields[f])) fields[f].len = 0;
    }
    uint32_t m = r->role_fields[RV_ROLE_MOBILE], p = r->role_fields[RV_ROLE_PHONE];
    rv_text mobile = m < n ? fields[m] : (rv_text){0}, phone = p < n ? fields[p] : (rv_text){0};
    set_field(r, fields, RV_ROLE_MOBILE, number_text(person->mobile, mobile, phone));
    set_field(r, fields, RV_ROLE_PHONE, number_text(person->phone, phone, mobile));
    if (person->email.len == 0 || (person->email_shared && rv_email_is_dead(person->email)))
        set_field(r, fields, RV_ROLE_EMAIL, (rv_text){0});
    uint32_t b = r->role_fields[RV_ROLE_BIRTH_DATE];
    if (b < n && is_no_birth_date(r, person, fields[b])) fields[b] = (rv_text){0};
    uint64_t mask = 0;
    for (uint32_t f = 0; f < n; f++) mask |= (uint64_t)(fields[f].len > 0) << f;
    return mask;
}

/* updated_on or last_seen, as far as it can be true. */
static int32_t past_date(const reading *r, rv_text text, row_block *block) {
    int32_t date = rv_date_in_cell(text, r->date_order, NULL);
    if (date <= r->last_day) return date; /* RV_DATE_NONE is the least */
    block->late_dates++;
    return RV_DATE_NONE;
}

/* All rows' attributes before any row is read as a person: the tables that they are looked up in stay in the first-level cache. */
static rv_status read_attributes(const reading *r, const rv_batch *batch, row_block *block, int worker, rv_error *err) {
    uint32_t codes[RV_MAX_ATTRIBUTES];
    block->numbers.len = 0;
    for (uint32_t row = 0; row < batch->rows; row++) {
        const rv_text *cells = batch->cells + (size_t)row * batch->columns;
        RV_TRY(rv_codes_read(&r->codes, worker, r->file, cells, codes, err));
        if (!rv_spool_pack_numbers(&block->numbers, codes, r->file->n_carried)) return rv_fail_memory(err, 0);
        block->numbers_ends[row] = (uint32_t)block->numbers.len;
    }
    return RV_OK;
}

static rv_status add_key(rv_key_list *list, rv_key key, uint32_t row, rv_error *err) {
    rv_key_entry entry = {.key = key, .row = row};
    if (list->n == list->cap) return rv_key_list_add(list, &entry, 1, err);
    list->entries[list->n++] = entry;
    return RV_OK;
}

static rv_status read_row(const reading *r, const rv_table_block *csv, const rv_person_reader *reader, row_block *block,
                          uint32_t row, rv_error *err) {
    const rv_batch *batch = &csv->batch;
    rv_person person;
    if (!rv_person_read(reader, batch, row, csv->arena, &person)) return rv_fail_memory(err, 0);
    rv_guard_of(&person, &block->guards[row]);
    rv_person_key keys[RV_PERSON_KEYS_MAX];
    unsigned n_keys = rv_person_keys(&person, r->secret, r->plan->schema.keys | WATCHED | r->plan->merging, true, keys);
    for (unsigned k = 0; k < n_keys; k++) RV_TRY(add_key(&block->keys[keys[k].kind], keys[k].key, row, err));

    rv_text fields[RV_MAX_FIELDS], updated = cell(batch, row, r->file->updated_on),
                                   seen = cell(batch, row, r->file->last_seen);
    rv_spool_head head = {.id = cell(batch, row, r->file->id),
                          .updated_on = past_date(r, updated, block),
                          .last_seen = past_date(r, seen, block),
                          .fields = read_fields(r, batch, row, &person, fields)};
    if (person.email_shared && has_field(r, &head, RV_ROLE_EMAIL))
        RV_TRY(add_key(&block->mailboxes, rv_key_of(r->secret, person.email.ptr, person.email.len), row, err));
    block->id_hashes[row] = rv_build_id_hash(head.id);
    if (block->records.len > UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "a block of rows is larger than 4 GB");
    block->offsets[row] = (uint32_t)block->records.len;
    uint32_t from = row ? block->numbers_ends[row - 1] : 0;
    rv_text numbers = rv_text_make(block->numbers.data + from, block->numbers_ends[row] - from);
    return rv_spool_put(&block->records, &head, fields, numbers) ? RV_OK : rv_fail_memory(err, 0);
}

/* --- A block ------------------------------------------------------------------------------------------------------ */

static rv_status work(void *ctx, rv_table_block *csv, int worker, rv_error *err) {
    const reading *r = ctx;
    row_block *block = NULL;
    rv_person_reader reader = {
        .roles = &r->file->roles, .date_order = r->date_order, .country = r->source->dialect.country};
    RV_TRY(rv_check_cancel(r->settings, err));
    if (r->settings->dry_run) return RV_OK;
    RV_TRY(row_block_ready(csv, &block, err));
    RV_TRY(read_attributes(r, &csv->batch, block, worker, err));
    for (uint32_t row = 0; row < csv->batch.rows; row++) RV_TRY(read_row(r, csv, &reader, block, row, err));
    return RV_OK;
}

static rv_status append_keys(rv_key_list *to, rv_key_list *from, uint32_t first_row, rv_error *err) {
    for (size_t i = 0; i < from->n; i++) from->entries[i].row += first_row;
    return rv_key_list_add(to, from->entries, from->n, err);
}

/* Behind the values of `first_row` rows in *array those of the block. */
static rv_status append_values(void **array, size_t *cap, size_t size, uint32_t first_row, const void *values,
                               uint32_t rows, rv_error *err) {
    size_t need = (size_t)first_row + rows;
    if (need > *cap) {
        size_t more = need + need / 2 + 1024;
        void *grown = rv_pages_grow(*array, *cap * size, more * size, err);
        if (!grown) return RV_NO_MEMORY;
        *array = grown;
        *cap = more;
    }
    memcpy((char *)*array + first_row * size, values, rows * size);
    return RV_OK;
}

static rv_status append_guards(rv_build_rows *out, const row_block *block, uint32_t first_row, rv_error *err) {
    void *guards = out->guards, *hashes = out->id_hashes;
    rv_status status =
        append_values(&guards, &out->guards_cap, sizeof *out->guards, first_row, block->guards, block->rows, err);
    if (status == RV_OK)
        status = append_values(&hashes, &out->id_hashes_cap, sizeof *out->id_hashes, first_row, block->id_hashes,
                               block->rows, err);
    out->guards = guards;
    out->id_hashes = hashes;
    return status;
}

static rv_status append_block(reading *r, row_block *block, rv_error *err) {
    rv_build_rows *out = r->out;
    uint32_t first_row = out->spool.rows, *offsets = block->offsets;
    if (block->rows == 0) return RV_OK;
    r->plan->sources[r->file->source].late_dates += block->late_dates;
    block->offsets = NULL;
    RV_TRY(rv_spool_add(&out->spool, (uint32_t)(r->file - r->plan->files), block->rows, &block->records, offsets, err));
    RV_TRY(append_guards(out, block, first_row, err));
    for (int kind = 0; kind < RV_KEY_KINDS; kind++)
        RV_TRY(append_keys(&out->keys[kind], &block->keys[kind], first_row, err));
    return append_keys(&out->mailboxes, &block->mailboxes, first_row, err);
}

/* Where the next blocks will go. */
static void ask_for_pages(reading *r) {
    rv_build_rows *out = r->out;
    const rv_spool *spool = &out->spool;
    size_t rows = spool->rows, entry = sizeof(rv_key_entry);
    if (r->made.slabs != spool->n_slabs) r->made.slab = 0;
    r->made.slabs = spool->n_slabs;
    if (spool->n_slabs)
        rv_ahead_ask(&r->ahead, spool->slabs[spool->n_slabs - 1].bytes, spool->slab_used,
                     spool->slabs[spool->n_slabs - 1].size, &r->made.slab);
    rv_ahead_ask(&r->ahead, out->guards, rows * sizeof *out->guards, out->guards_cap * sizeof *out->guards,
                 &r->made.guards);
    rv_ahead_ask(&r->ahead, out->id_hashes, rows * sizeof *out->id_hashes, out->id_hashes_cap * sizeof *out->id_hashes,
                 &r->made.id_hashes);
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) {
        const rv_key_list *list = &out->keys[kind];
        rv_ahead_ask(&r->ahead, list->entries, list->n * entry, list->cap * entry, &r->made.keys[kind]);
    }
}

uint64_t rv_build_table_bytes(const rv_build_rows *rows, uint32_t merging) {
    uint64_t entries = 0, largest = 0;
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) {
        uint64_t n = rows->keys[kind].n;
        entries += n;
        if (n > largest && merging >> kind & 1) largest = n;
    }
    return (uint64_t)rows->spool.rows * (32 + 4 + 14) + entries * 20 + largest * (26 + 10);
}

static rv_status check_memory(const reading *r, rv_error *err) {
    uint64_t limit = r->settings->memory_limit, bytes = rv_build_table_bytes(r->out, r->plan->merging);
    if (limit == 0 || bytes <= limit) return RV_OK;
    rv_fail(err, RV_NO_MEMORY, "merging the %u rows read so far needs %llu MB of memory; --memory-limit is %llu MB",
            r->out->spool.rows, (unsigned long long)(bytes >> 20), (unsigned long long)(limit >> 20));
    rv_error_hint(err, "raise --memory-limit; a build takes some 200 bytes a source row");
    return RV_NO_MEMORY;
}

static rv_status consume(void *ctx, rv_table_block *csv, rv_error *err) {
    reading *r = ctx;
    for (size_t i = 0; i < csv->n_rejects; i++) {
        const rv_reject *reject = &csv->rejects[i];
        RV_TRY(
            rv_rejects_add(r->rejects, r->file->path, reject->line, reject->offset, reject->reason, reject->raw, err));
    }
    r->file_rows += csv->batch.rows;
    rv_progress(r->settings, "read", r->out->spool.rows, 0);
    if (r->settings->dry_run) return RV_OK;
    RV_TRY(append_block(r, csv->user, err));
    ask_for_pages(r);
    return check_memory(r, err);
}

static void after(void *ctx) {
    reading *r = ctx;
    rv_ahead_make(&r->ahead);
}

/* --- All files ---------------------------------------------------------------------------------------------------- */

/* The last day that a date of the source can be of. A clock that is behind the schema isn't believed; one that a seeded
 * build would depend on isn't asked, unless nothing else is known. */
static int32_t last_day_of(int32_t source_date, bool seeded) {
    enum { LAG_DAYS = 366 };
    int32_t today = (int32_t)(time(NULL) / 86400);
    if (source_date == RV_DATE_NONE) return today;
    int32_t last = source_date + LAG_DAYS;
    if (!seeded && today < last) last = today;
    return last > source_date ? last : source_date;
}

static void warn_of_late_dates(const reading *r, const rv_build_file *file, uint64_t n) {
    char day[11];
    rv_date_format(r->last_day, day);
    rv_warn(r->settings, "%s: %llu dates of update or activity lie after %s: they can't be true and tell nothing",
            file->path, (unsigned long long)n, day);
}

static rv_status read_file(reading *r, rv_build_file *file, rv_summary *summary, rv_error *err) {
    rv_table *csv = file->held;
    rv_build_source *source = &r->plan->sources[file->source];
    uint64_t late = source->late_dates;
    file->held = NULL;
    if (!csv) RV_TRY(rv_table_open(file->path, &source->dialect, &csv, err));
    r->file = file;
    r->source = source;
    r->date_order = rv_table_describe(csv)->date_order;
    r->last_day = last_day_of(source->date, r->settings->seeded);
    r->file_rows = 0;
    rv_table_visitor visitor = {
        .work = work, .consume = consume, .free_user = row_block_free, .ctx = r, .after = after};
    rv_status status = rv_table_each(csv, rv_threads(r->settings), &visitor, err);
    if (status == RV_OK) {
        rv_table_counts counts = rv_table_counted(csv);
        source->rows += counts.rows;
        source->rejected += counts.rejected;
        source->irregular += counts.irregular;
        rv_summary_table(summary, file->path, &counts);
        if (source->late_dates > late) warn_of_late_dates(r, file, source->late_dates - late);
        if (counts.rows == 0) rv_warn(r->settings, "%s: no rows", file->path);
    } else if (err && err->file[0] == 0) {
        rv_error_at(err, file->path, err->line, err->column);
    }
    rv_table_close(csv);
    return status;
}

static rv_status make_dictionaries(rv_build_rows *rows, uint32_t n, rv_error *err) {
    rows->dictionaries = rv_array_new(n, sizeof *rows->dictionaries, err);
    if (!rows->dictionaries) return RV_NO_MEMORY;
    for (; rows->n_attributes < n; rows->n_attributes++)
        RV_TRY(rv_dictionary_builder_new(&rows->dictionaries[rows->n_attributes], err));
    return RV_OK;
}

rv_status rv_build_rows_read(rv_build_plan *plan, const rv_secret *secret, const rv_settings *settings,
                             rv_rejects *rejects, rv_summary *summary, rv_build_rows *rows, rv_error *err) {
    reading r = {.plan = plan, .secret = secret, .settings = settings, .rejects = rejects, .out = rows};
    for (int role = 0; role < RV_ROLE_COUNT; role++) r.role_fields[role] = RV_MAX_FIELDS;
    for (uint32_t f = 0; f < plan->n_fields; f++) r.role_fields[plan->fields[f]] = f;
    rv_status status = make_dictionaries(rows, plan->n_attributes, err);
    if (status == RV_OK)
        status = rv_codes_new(rows->dictionaries, plan->n_attributes, rv_threads(settings), &r.codes, err);
    for (uint32_t i = 0; i < plan->n_files && status == RV_OK; i++)
        status = read_file(&r, &plan->files[i], summary, err);
    uint64_t tables = rv_build_table_bytes(rows, plan->merging), limit = settings->memory_limit;
    if (status == RV_OK && limit) status = rv_spool_shrink(&rows->spool, limit > tables ? limit - tables : 0, err);
    if (status == RV_OK) status = rv_spool_ready(&rows->spool, err);
    rv_codes_free(&r.codes);
    return status;
}

void rv_build_rows_release(rv_build_rows *rows, uint32_t row) {
    enum { GUARDS_AT_ONCE = 1 << 20 };
    rv_spool_release(&rows->spool, row);
    if (row - rows->guards_gone < GUARDS_AT_ONCE) return;
    rv_pages_release(rows->guards, row * sizeof *rows->guards);
    rows->guards_gone = row;
}

void rv_build_rows_forget_ids(rv_build_rows *rows) {
    rv_pages_free(rows->id_hashes, rows->id_hashes_cap * sizeof *rows->id_hashes);
    rows->id_hashes = NULL;
    rows->id_hashes_cap = 0;
}

void rv_build_rows_forget(rv_build_rows *rows) {
    rv_spool_free(&rows->spool);
    rv_pages_free(rows->guards, rows->guards_cap * sizeof *rows->guards);
    rv_build_rows_forget_ids(rows);
    rows->guards = NULL;
    rows->guards_cap = rows->guards_gone = 0;
}

void rv_build_rows_reset(rv_build_rows *rows) {
    rv_build_rows_forget(rows);
    for (int kind = 0; kind < RV_KEY_KINDS; kind++) rv_key_list_free(&rows->keys[kind]);
    rv_key_list_free(&rows->mailboxes);
    for (uint32_t a = 0; a < rows->n_attributes; a++) rv_dictionary_builder_free(rows->dictionaries[a]);
    rv_free(rows->dictionaries);
    *rows = (rv_build_rows){.spool.fd = -1};
}
