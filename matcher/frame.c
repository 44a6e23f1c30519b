/*
 * Coding text is the cost of a frame: a million rows of 80 columns are 80 million look-ups. Nearly all of them repeat
 * a value that the same column has just seen, so each worker keeps, per column, a small direct-mapped cache of short
 * values; only what it misses goes to the shared dictionary. Codes are provisional while rows arrive (whatever thread
 * came first), and renumbered at the end, column by column in parallel, so that a frame depends on its data only.
 */
#include "frame.h"

#include "date.h"
#include "memory.h"
#include "parallel.h"
#include "report.h"
#include "sensitive.h"
#include <assert.h>

enum { CACHE_SLOTS = 128, INLINE_BYTES = 16, TILE = 64 };

/* Values up to 16 bytes as two words and the length: three compares tell all. */
typedef struct cache_slot {
    uint64_t lo, hi;
    uint32_t number; /* provisional; 0: the slot is free */
    uint32_t len;
} cache_slot;
typedef struct cache {
    cache_slot slots[CACHE_SLOTS];
} cache;

typedef struct builder_column {
    char name[128];
    rv_role role;
    bool sensitive;
    rv_dictionary_builder *words;    /* a text column, or NULL */
    const rv_dictionary *dictionary; /* a coded column, or NULL */
    uint32_t *codes;
} builder_column;

struct rv_frame_builder {
    uint32_t columns, n_text, n_coded;
    builder_column *column;
    uint64_t rows, capacity; /* of every column's codes and of id_starts */
    uint64_t *id_starts;     /* capacity + 1 */
    rv_buffer ids;
    cache *caches; /* n_text, for rv_frame_builder_add */
};

bool rv_column_is_scored(const char *name, rv_role role) {
    if (strncmp(name, "rv_", 3) == 0) return false;
    switch (role) {
    case RV_ROLE_ID:
    case RV_ROLE_FIRST_NAME:
    case RV_ROLE_LAST_NAME:
    case RV_ROLE_FULL_NAME:
    case RV_ROLE_STREET_NUMBER:
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE:
    case RV_ROLE_ADDRESS_EXTRA:
    case RV_ROLE_EMAIL:
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1:
    case RV_ROLE_MOBILE:
    case RV_ROLE_PHONE:
    case RV_ROLE_PHONE_SHA256:
    case RV_ROLE_IDENTIFIER:
    case RV_ROLE_ORDER_ID: return false;
    default: return true;
    }
}

void rv_frame_reset(rv_frame *frame) {
    for (uint32_t c = 0; c < frame->columns; c++) {
        rv_dictionary_reset(&frame->column[c].dictionary);
        rv_free(frame->column[c].codes);
    }
    rv_free(frame->column);
    rv_dictionary_reset(&frame->ids);
    *frame = (rv_frame){0};
}

const rv_frame_column *rv_frame_find(const rv_frame *frame, const char *name) {
    for (uint32_t c = 0; c < frame->columns; c++)
        if (strcmp(frame->column[c].name, name) == 0) return &frame->column[c];
    return NULL;
}

/* --- Coding cells ------------------------------------------------------------------------------------------------ */

/* The bytes of a short text as two words. Loads overlap, which is no matter: with the length they tell each byte. */
static void pack(const char *p, uint32_t len, uint64_t *lo, uint64_t *hi) {
    *lo = *hi = 0;
    if (len >= 8) {
        memcpy(lo, p, 8);
        memcpy(hi, p + len - 8, 8);
    } else if (len >= 4) {
        memcpy(lo, p, 4);
        memcpy(hi, p + len - 4, 4);
    } else {
        *lo =
            (unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 | (uint64_t)(unsigned char)p[len - 1] << 16;
    }
}

/* Most cells have no blank at either end, and no byte of a wide one (U+00A0, U+202F begin and end above 0x7F). */
static rv_text trim(rv_text cell) {
    if (cell.len && (unsigned char)(cell.ptr[0] - 0x21) < 0x5E && (unsigned char)(cell.ptr[cell.len - 1] - 0x21) < 0x5E)
        return cell;
    return rv_text_trim(cell);
}

/* Fills bring dates as their sources write them: one day must be one value, whatever its form. */
static rv_text one_form_of_date(rv_text value, char out[11]) {
    int32_t date = rv_date_parse(value, RV_DATE_ORDER_AUTO);
    if (date == RV_DATE_NONE) return value;
    rv_date_format(date, out);
    return rv_text_make(out, 10);
}

static rv_status code_cell(builder_column *column, cache *cached, rv_text cell, uint32_t *number, rv_error *err) {
    rv_text value = trim(cell);
    if (column->role == RV_ROLE_POSTCODE && value.len > 2) value.len = 2;
    char date[11];
    if (column->role == RV_ROLE_BIRTH_DATE) value = one_form_of_date(value, date);
    value.flags = 0;
    if (value.len == 0) {
        *number = 0;
        return RV_OK;
    }
    if (value.len > INLINE_BYTES) return rv_dictionary_add(column->words, value, number, err);
    uint64_t lo, hi;
    pack(value.ptr, value.len, &lo, &hi);
    uint64_t mixed = (lo ^ (hi * 0x9E3779B97F4A7C15u) ^ value.len) * 0xD6E8FEB86659FD93u;
    cache_slot *slot = &cached->slots[mixed >> 57];
    if (slot->number == 0 || slot->lo != lo || slot->hi != hi || slot->len != value.len) {
        uint32_t fresh;
        RV_TRY(rv_dictionary_add(column->words, value, &fresh, err));
        *slot = (cache_slot){lo, hi, fresh, value.len};
    }
    *number = slot->number;
    return RV_OK;
}
_Static_assert(CACHE_SLOTS == 1 << (64 - 57), "the slot is the hash's seven highest bits");

/* --- The builder ------------------------------------------------------------------------------------------------- */

static rv_status set_name(char out[128], rv_text name, rv_error *err) {
    rv_text trimmed = rv_text_trim(name);
    if (trimmed.len > 127) {
        return rv_fail(err, RV_BAD_INPUT, "a column's name has %u bytes; a scored column's may have 127", trimmed.len);
    }
    memcpy(out, trimmed.ptr, trimmed.len);
    out[trimmed.len] = 0;
    return RV_OK;
}

rv_status rv_frame_builder_new(const rv_frame_spec *columns, uint32_t n, rv_frame_builder **out, rv_error *err) {
    rv_frame_builder *builder = rv_new(sizeof *builder, err);
    if (!builder) return RV_NO_MEMORY;
    rv_status status = RV_NO_MEMORY;
    if (!(builder->column = rv_array_new(n, sizeof *builder->column, err))) goto done;
    builder->columns = n;
    for (uint32_t c = 0; c < n; c++) {
        builder_column *column = &builder->column[c];
        column->role = columns[c].role;
        column->dictionary = columns[c].dictionary;
        if ((status = set_name(column->name, rv_text_of(columns[c].name), err)) != RV_OK) goto done;
        column->sensitive = columns[c].sensitive || rv_name_is_sensitive(rv_text_of(column->name));
        if (column->dictionary) {
            builder->n_coded++;
        } else {
            builder->n_text++;
            if ((status = rv_dictionary_builder_new(&column->words, err)) != RV_OK) goto done;
        }
    }
    status = RV_NO_MEMORY;
    if (!(builder->caches = rv_array_new(builder->n_text, sizeof *builder->caches, err))) goto done;
    *out = builder;
    builder = NULL;
    status = RV_OK;
done:
    rv_frame_builder_free(builder);
    return status;
}

void rv_frame_builder_free(rv_frame_builder *builder) {
    if (!builder) return;
    for (uint32_t c = 0; builder->column && c < builder->columns; c++) {
        rv_dictionary_builder_free(builder->column[c].words);
        rv_free(builder->column[c].codes);
    }
    rv_free(builder->column);
    rv_free(builder->id_starts);
    rv_buffer_free(&builder->ids);
    rv_free(builder->caches);
    rv_free(builder);
}

/* Room for `more` rows. Large blocks are moved by remapping, so growing costs little and untouched room nothing. */
static rv_status reserve_rows(rv_frame_builder *builder, uint32_t more, rv_error *err) {
    uint64_t need = builder->rows + more;
    if (need >= UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "more than %u rows in one table", UINT32_MAX - 1);
    if (need <= builder->capacity && builder->id_starts) return RV_OK;
    uint64_t capacity = need < 4096 ? 4096 : need + need / 2;
    for (uint32_t c = 0; c < builder->columns; c++) {
        uint32_t *codes = rv_array_grow(builder->column[c].codes, capacity, sizeof *codes, err);
        if (!codes) return RV_NO_MEMORY;
        builder->column[c].codes = codes;
    }
    uint64_t *starts = rv_array_grow(builder->id_starts, capacity + 1, sizeof *starts, err);
    if (!starts) return RV_NO_MEMORY;
    builder->id_starts = starts;
    if (builder->rows == 0) starts[0] = 0;
    builder->capacity = capacity;
    return RV_OK;
}

/* The id of row `at` (counted from 0): `id`, or the row's number where there is no id column. */
static void append_id(rv_frame_builder *builder, uint64_t at, const rv_text *id) {
    if (id) rv_buffer_text(&builder->ids, rv_text_trim(*id));
    else rv_buffer_unsigned(&builder->ids, at + 1);
    builder->id_starts[at + 1] = builder->ids.len;
}

rv_status rv_frame_builder_add(rv_frame_builder *builder, uint32_t rows, const rv_text *ids, const rv_text *texts,
                               const uint32_t *codes, rv_error *err) {
    RV_TRY(reserve_rows(builder, rows, err));
    uint32_t text_at = 0, coded_at = 0;
    for (uint32_t c = 0; c < builder->columns; c++) {
        builder_column *column = &builder->column[c];
        uint32_t *to = column->codes + builder->rows;
        if (column->dictionary) {
            const uint32_t *from = codes + coded_at++;
            for (uint32_t r = 0; r < rows; r++) {
                to[r] = from[(size_t)r * builder->n_coded];
                assert(to[r] <= column->dictionary->n);
            }
        } else {
            cache *cached = &builder->caches[text_at];
            const rv_text *from = texts + text_at++;
            for (uint32_t r = 0; r < rows; r++)
                RV_TRY(code_cell(column, cached, from[(size_t)r * builder->n_text], &to[r], err));
        }
    }
    for (uint32_t r = 0; r < rows; r++) append_id(builder, builder->rows + r, ids ? &ids[r] : NULL);
    RV_TRY(rv_buffer_check(&builder->ids, err));
    builder->rows += rows;
    return RV_OK;
}

/* Ids in the shape of a dictionary: one block holds the offsets and then the bytes. */
static rv_status take_ids(rv_frame_builder *builder, rv_dictionary *out, rv_error *err) {
    size_t starts_bytes = (size_t)(builder->rows + 1) * sizeof(uint64_t);
    uint64_t *block = rv_new(starts_bytes + builder->ids.len, err);
    if (!block) return RV_NO_MEMORY;
    if (builder->id_starts) memcpy(block, builder->id_starts, starts_bytes);
    char *bytes = (char *)block + starts_bytes;
    if (builder->ids.len) memcpy(bytes, builder->ids.data, builder->ids.len);
    *out = (rv_dictionary){(uint32_t)builder->rows, block, bytes, block};
    return RV_OK;
}

typedef struct finishing {
    rv_frame_builder *builder;
    rv_frame *frame;
} finishing;

static rv_status finish_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const finishing *f = ctx;
    builder_column *from = &f->builder->column[index];
    rv_frame_column *to = &f->frame->column[index];
    memcpy(to->name, from->name, sizeof to->name);
    to->role = from->role;
    to->sensitive = from->sensitive;
    to->scored = rv_column_is_scored(to->name, to->role);
    if (from->dictionary) {
        to->dictionary = *from->dictionary;
        to->dictionary.owned = NULL;
    } else {
        uint32_t *remap = NULL;
        RV_TRY(rv_dictionary_finish(from->words, &to->dictionary, &remap, err));
        for (uint64_t r = 0; r < f->builder->rows; r++) from->codes[r] = remap[from->codes[r]];
        rv_free(remap);
    }
    to->codes = from->codes;
    from->codes = NULL;
    return RV_OK;
}

static rv_status finish(rv_frame_builder *builder, int threads, rv_frame *out, rv_error *err) {
    rv_frame frame = {.rows = builder->rows};
    rv_status status = RV_NO_MEMORY;
    if (!(frame.column = rv_array_new(builder->columns, sizeof *frame.column, err))) goto done;
    frame.columns = builder->columns;
    status = rv_parallel(threads, builder->columns, finish_column, &(finishing){builder, &frame}, err);
    if (status == RV_OK) status = take_ids(builder, &frame.ids, err);
done:
    rv_frame_builder_free(builder);
    if (status == RV_OK) *out = frame;
    else rv_frame_reset(&frame);
    return status;
}

rv_status rv_frame_builder_finish(rv_frame_builder *builder, rv_frame *out, rv_error *err) {
    return finish(builder, rv_threads(NULL), out, err);
}

/* --- From a file ------------------------------------------------------------------------------------------------- */

/* One block's codes, column by column; kept in the block's slot and used again. */
typedef struct block_codes {
    uint32_t *codes;
    size_t room;
} block_codes;

typedef struct reading {
    rv_frame_builder *builder;
    const uint32_t *of; /* builder column -> column of the file */
    int32_t id;         /* column of the file, or -1 */
    cache *caches;      /* threads * columns */
    const char *path;
    const rv_settings *settings;
    rv_rejects *rejects;
    uint64_t stored_bytes;
} reading;

static void free_codes(void *user) {
    block_codes *coded = user;
    if (coded) rv_free(coded->codes);
    rv_free(coded);
}

static rv_status code_block(void *ctx, rv_csv_block *block, int worker, rv_error *err) {
    const reading *in = ctx;
    uint32_t columns = in->builder->columns, rows = block->batch.rows;
    block_codes *coded = block->user;
    if (!coded && !(coded = block->user = rv_new(sizeof *coded, err))) return RV_NO_MEMORY;
    size_t need = (size_t)rows * columns;
    if (coded->room < need) {
        uint32_t *codes = rv_array_grow(coded->codes, need, sizeof *codes, err);
        if (!codes) return RV_NO_MEMORY;
        coded->codes = codes;
        coded->room = need;
    }
    for (uint32_t begin = 0; begin < rows;
         begin += TILE) { /* cells lie row by row: a tile of them stays in the cache */
        uint32_t end = rows - begin < TILE ? rows : begin + TILE;
        for (uint32_t c = 0; c < columns; c++) {
            cache *cached = &in->caches[(size_t)worker * columns + c];
            uint32_t *to = coded->codes + (size_t)c * rows;
            for (uint32_t r = begin; r < end; r++)
                RV_TRY(code_cell(&in->builder->column[c], cached, rv_batch_cell(&block->batch, r, in->of[c]), &to[r],
                                 err));
        }
    }
    return RV_OK;
}

static rv_status take_block(void *ctx, rv_csv_block *block, rv_error *err) {
    const reading *in = ctx;
    rv_frame_builder *builder = in->builder;
    uint32_t rows = block->batch.rows;
    const block_codes *coded = block->user;
    RV_TRY(rv_check_cancel(in->settings, err));
    RV_TRY(reserve_rows(builder, rows, err));
    for (uint32_t c = 0; c < builder->columns && rows; c++)
        memcpy(builder->column[c].codes + builder->rows, coded->codes + (size_t)c * rows, rows * sizeof *coded->codes);
    for (uint32_t r = 0; r < rows; r++) {
        rv_text id = in->id >= 0 ? rv_batch_cell(&block->batch, r, (uint32_t)in->id) : (rv_text){0};
        append_id(builder, builder->rows + r, in->id >= 0 ? &id : NULL);
    }
    RV_TRY(rv_buffer_check(&builder->ids, err));
    builder->rows += rows;
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *reject = &block->rejects[i];
        RV_TRY(rv_rejects_add(in->rejects, in->path, reject->line, reject->offset, reject->reason, reject->raw, err));
    }
    rv_progress(in->settings, "read", block->end_offset, in->stored_bytes);
    return RV_OK;
}

static rv_status fail_no_column(const rv_csv_info *info, const char *path, const char *name, rv_error *err) {
    rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "there is no column '%s'", name);
    rv_error_at(err, path, info->header_line, 0);
    const char *near = NULL;
    char(*names)[128] = rv_array_new(info->columns, sizeof *names, NULL);
    const char **list = rv_array_new((size_t)info->columns + 1, sizeof *list, NULL);
    if (names && list) {
        for (uint32_t c = 0; c < info->columns; c++) {
            rv_text shown = rv_text_trim(info->names[c]);
            if (shown.len > 127) shown.len = 127;
            memcpy(names[c], shown.ptr, shown.len);
            list[c] = names[c];
        }
        near = rv_nearest_word(name, list);
    }
    if (near) rv_error_hint(err, "did you mean '%s'?", near);
    else rv_error_hint(err, "the file's columns are in its header, line %llu", (unsigned long long)info->header_line);
    rv_free(names);
    rv_free(list);
    return status;
}

/* Chooses the columns and makes the builder; *of is the caller's. */
static rv_status plan_columns(const rv_csv_info *info, const rv_table_roles *roles, const char *path, const char *keep,
                              rv_frame_builder **builder, uint32_t **of, rv_error *err) {
    rv_status status = RV_NO_MEMORY;
    bool kept = keep == NULL;
    uint32_t n = 0, *chosen = NULL;
    char(*names)[128] = rv_array_new(info->columns, sizeof *names, err);
    rv_frame_spec *specs = names ? rv_array_new(info->columns, sizeof *specs, err) : NULL;
    chosen = specs ? rv_array_new(info->columns, sizeof *chosen, err) : NULL;
    if (!chosen) goto done;
    for (uint32_t c = 0; c < info->columns; c++) {
        rv_text name = rv_text_trim(info->names[c]);
        bool is_keep = keep && rv_text_equal(name, rv_text_trim(rv_text_of(keep)));
        kept = kept || is_keep;
        if (!is_keep && (roles->ignored[c] || name.len == 0)) continue;
        if ((status = set_name(names[n], name, err)) != RV_OK) goto done;
        if (!is_keep && !rv_column_is_scored(names[n], roles->roles[c])) continue;
        for (uint32_t before = 0; before < n; before++) {
            if (strcmp(names[before], names[n]) != 0) continue;
            status = rv_fail(err, RV_BAD_INPUT, "two columns are called '%s'", names[n]);
            rv_error_at(err, path, info->header_line, 0);
            goto done;
        }
        specs[n] = (rv_frame_spec){names[n], roles->roles[c], false, NULL};
        chosen[n++] = c;
    }
    if (!kept) {
        status = fail_no_column(info, path, keep, err);
        goto done;
    }
    status = rv_frame_builder_new(specs, n, builder, err);
done:
    rv_free(names);
    rv_free(specs);
    if (status == RV_OK) *of = chosen;
    else rv_free(chosen);
    return status;
}

static rv_status read_rows(rv_csv *csv, reading *in, int threads, rv_summary *summary, rv_error *err) {
    rv_csv_visitor visitor = {code_block, take_block, free_codes, in};
    RV_TRY(rv_csv_each(csv, threads, &visitor, err));
    rv_csv_counts counts = rv_csv_counted(csv);
    RV_TRY(rv_rejects_check(in->rejects, in->builder->rows, err));
    if (summary) {
        summary->rows_in += counts.rows + rv_rejects_count(in->rejects);
        summary->rejected += rv_rejects_count(in->rejects);
        rv_summary_input(summary, in->path, in->stored_bytes ? in->stored_bytes : counts.decoded_bytes,
                         counts.input_hash);
    }
    return RV_OK;
}

rv_status rv_frame_read(const rv_table_options *table, const char *keep, const rv_settings *settings, rv_frame *out,
                        rv_summary *summary, rv_error *err) {
    rv_csv *csv = NULL;
    rv_table_roles roles = {0};
    uint32_t *of = NULL;
    static const rv_settings defaults;
    if (!settings) settings = &defaults;
    int threads = rv_threads(settings);
    reading in = {.path = table->path, .settings = settings};
    rv_status status = rv_csv_open(table->path, &table->dialect, &csv, err);
    if (status != RV_OK) return status;
    const rv_csv_info *info = rv_csv_describe(csv);
    in.stored_bytes = info->stored_bytes;
    if ((status = rv_table_roles_find(table, info->names, info->columns, &roles, err)) != RV_OK) goto done;
    if ((status = plan_columns(info, &roles, table->path, keep, &in.builder, &of, err)) != RV_OK) goto done;
    in.of = of;
    in.id = roles.of[RV_ROLE_ID];
    if (in.id < 0)
        rv_note(settings, "%s: no column is known to be the id; rows are numbered from 1 (--id COLUMN names it)",
                table->path);
    status = RV_NO_MEMORY;
    if (!(in.caches = rv_array_new((size_t)threads * in.builder->columns, sizeof *in.caches, err))) goto done;
    if ((status = rv_rejects_open(NULL, settings, &in.rejects, err)) != RV_OK) goto done;
    if ((status = read_rows(csv, &in, threads, summary, err)) != RV_OK) goto done;
    rv_rejects *rejects = in.rejects;
    in.rejects = NULL;
    if ((status = rv_rejects_commit(rejects, err)) != RV_OK) goto done;
    rv_frame_builder *builder = in.builder;
    in.builder = NULL;
    status = finish(builder, threads, out, err);
done:
    rv_rejects_abort(in.rejects);
    rv_free(in.caches);
    rv_free(of);
    rv_frame_builder_free(in.builder);
    rv_table_roles_reset(&roles);
    rv_csv_close(csv);
    return status;
}
