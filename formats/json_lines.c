/*
 * See json_lines.h. Lines need no look at quotes to be cut, since JSON has no line end inside a string. Files are made by
 * programs: the keys of a line mostly stand in the order of the line before, so each is compared with the next column
 * first, and looked up only when it isn't that.
 */
#include "json_lines.h"

#include "csv_reader.h"
#include "hash.h"
#include "json_scan.h"
#include "table_rows.h"
#include "table_source.h"

enum { MAX_COLUMNS = 65536, FIRST_SLOTS = 256 };

typedef struct json_lines {
    rv_table table; /* first: a kind of table */
    char *path;
    rv_csv_source source;
    size_t block_bytes, record_limit;
    uint64_t line, passed_hash;
    bool strict;
    rv_arena arena; /* names */
    rv_text *names;
    uint32_t columns, room;
    uint32_t *slots; /* open addressing: column + 1 by hash of its name; a power of two, at most half full */
    uint32_t n_slots;
} json_lines;

typedef struct json_piece {
    const char *data;
    size_t n;
    uint64_t line, offset;
    bool too_long;
    rv_buffer copy; /* the bytes, unless they are the map's */
    rv_table_rows rows;
} json_piece;

/* --- Columns ----------------------------------------------------------------------------------------------------- */

/* Where the name stands among the slots, or the free slot where it would. */
static uint32_t slot_of(const json_lines *j, rv_text name) {
    uint32_t at = (uint32_t)rv_hash64(name.ptr, name.len, 0) & (j->n_slots - 1);
    while (j->slots[at] && !rv_text_equal(j->names[j->slots[at] - 1], name)) at = (at + 1) & (j->n_slots - 1);
    return at;
}

static int64_t column_of(const json_lines *j, rv_text name) { return (int64_t)j->slots[slot_of(j, name)] - 1; }

static rv_status more_slots(json_lines *j, rv_error *err) {
    uint32_t n = j->n_slots ? 2 * j->n_slots : FIRST_SLOTS;
    uint32_t *slots = rv_array_new(n, sizeof *slots, err);
    if (!slots) return RV_NO_MEMORY;
    rv_free(j->slots);
    j->slots = slots;
    j->n_slots = n;
    for (uint32_t c = 0; c < j->columns; c++) j->slots[slot_of(j, j->names[c])] = c + 1;
    return RV_OK;
}

static rv_status add_column(json_lines *j, rv_text name, rv_error *err) {
    if (2 * (j->columns + 1) > j->n_slots) RV_TRY(more_slots(j, err));
    uint32_t at = slot_of(j, name);
    if (j->slots[at]) return RV_OK;
    if (j->columns == MAX_COLUMNS) {
        rv_fail(err, RV_BAD_INPUT, "more keys than the 65536 columns that are supported");
        rv_error_at(err, j->path, j->line, 0);
        rv_error_hint(err, "is a key made of data? A table has the same keys in every line");
        return RV_BAD_INPUT;
    }
    if (j->columns == j->room) {
        uint32_t room = j->room ? 2 * j->room : 64;
        if (!rv_array_resize(&j->names, room, sizeof *j->names, err)) return RV_NO_MEMORY;
        j->room = room;
    }
    j->names[j->columns] = rv_arena_copy(&j->arena, name.ptr, name.len);
    if (!j->names[j->columns].ptr) return rv_fail_memory(err, name.len);
    j->slots[at] = ++j->columns;
    return RV_OK;
}

/* --- One line ---------------------------------------------------------------------------------------------------- */

typedef struct fault { /* why a line is no row, and where in it */
    const char *reason;
    const char *at;
} fault;

/* The characters of a string; escapes are undone in the arena. False: f says why not. */
static bool string_text(rv_arena *arena, const rv_json_value *value, rv_text *out, fault *f) {
    *out = rv_text_make(value->raw.ptr + 1, value->raw.len - 2);
    if (!value->escapes) return true;
    char *copy = rv_arena_get(arena, out->len);
    size_t n = copy ? rv_json_unescape(value->raw, copy) : 0;
    if (!copy) f->reason = NULL;
    else if (n == SIZE_MAX) f->reason = "bad_encoding";
    else if (memchr(copy, 0, n)) f->reason = "nul_byte";
    f->at = value->raw.ptr;
    if (!copy || n == SIZE_MAX || f->reason) return false;
    *out = rv_text_make(copy, n);
    return true;
}

typedef struct member {
    rv_text key;
    rv_json_value value;
} member;

/* Walks the members of the object on a line. Returns false at the end, or with f->reason set when it is no object. Start
 * with *p at the line's first byte and `first`. A lack of memory is a fault without a reason, with f->at set. */
static bool next_member(const char **p, const char *end, bool first, rv_arena *arena, member *out, fault *f) {
    const char *at = rv_json_blanks(*p, end), *stop;
    rv_json_value key;
    *f = (fault){"bad_json", at};
    if (at == end || *at != (first ? '{' : ',')) {
        if (first || at == end || *at != '}') return false;
        goto closed;
    }
    at = rv_json_blanks(at + 1, end);
    if (first && at < end && *at == '}') goto closed;
    f->at = at;
    if (at == end || *at != '"') return false;
    stop = rv_json_scan(at, end, &key, &f->at);
    if (!stop) return false;
    at = rv_json_blanks(stop, end);
    f->at = at;
    if (at == end || *at != ':') return false;
    at = rv_json_blanks(at + 1, end);
    stop = rv_json_scan(at, end, &out->value, &f->at);
    if (!stop) return false;
    *p = stop;
    *f = (fault){0};
    return string_text(arena, &key, &out->key, f);
closed:
    f->at = rv_json_blanks(at + 1, end);
    if (f->at < end) return false;
    *f = (fault){0};
    return false;
}

static bool cell_text(rv_arena *arena, const rv_json_value *value, rv_text *out, fault *f) {
    switch (value->kind) {
    case '"':
        if (!string_text(arena, value, out, f)) return false;
        out->flags = RV_TEXT_QUOTED;
        return true;
    case 'n': *out = rv_text_make(value->raw.ptr, 0); return true;
    default: *out = value->raw; return true;
    }
}

static const char NOT_THERE[1] = "";

/* The line as a row of cells. False: f says why it is none. */
static bool read_row(const json_lines *j, rv_arena *arena, rv_text line, rv_text *cells, fault *f) {
    const char *p = line.ptr, *end = p + line.len;
    const uint32_t columns = j->columns;
    for (uint32_t c = 0; c < columns; c++) cells[c] = (rv_text){NOT_THERE, 0, 0};
    member m;
    uint32_t expected = 0;
    for (bool first = true; next_member(&p, end, first, arena, &m, f); first = false) {
        int64_t c = expected;
        if (expected >= columns || !rv_text_equal(j->names[expected], m.key)) c = column_of(j, m.key);
        *f = (fault){c < 0 ? "unknown_key" : "duplicate_key", m.value.raw.ptr};
        if (c < 0 || cells[c].ptr != NOT_THERE) return false;
        *f = (fault){0};
        if (!cell_text(arena, &m.value, &cells[c], f)) return false;
        expected = (uint32_t)c + 1;
    }
    return !f->at;
}

/* --- Opening ----------------------------------------------------------------------------------------------------- */

bool rv_json_lines_begin(const char *head, size_t n) {
    const char *p = rv_json_blanks(head, head + n), *end = head + n;
    if (p < end && *p == '[') p = rv_json_blanks(p + 1, end);
    if (p == end || *p != '{') return false;
    p = rv_json_blanks(p + 1, end);
    return p < end && (*p == '"' || *p == '}');
}

static rv_status not_here(const json_lines *j, uint64_t line, const char *start, const char *at, rv_error *err) {
    uint64_t column = 1;
    for (const char *p = start; p < at; p++) column += ((unsigned char)*p & 0xc0) != 0x80;
    rv_error_at(err, j->path, line, column);
    return RV_BAD_INPUT;
}

static rv_status no_row(const json_lines *j, uint64_t line, const char *start, const char *at, rv_error *err) {
    rv_fail(err, RV_BAD_INPUT, "this is no JSON object on one line");
    rv_error_hint(err, "one object a line is expected; to make that of any JSON file: jq -c '.[]?' FILE");
    return not_here(j, line, start, at, err);
}

/* Columns from the lines ahead; their values are looked at once more when they are read as rows. */
static rv_status find_columns(json_lines *j, size_t ahead, rv_error *err) {
    rv_csv_source *s = &j->source;
    RV_TRY(rv_csv_source_fill(s, ahead, err));
    size_t n = s->n < ahead ? s->n : ahead;
    const bool at_end = s->at_end && n == s->n;
    rv_arena scratch = {0};
    rv_status status = more_slots(j, err);
    bool any = false; /* any line that is an object */
    fault f = {0}, first_fault = {0};
    const char *fault_line = s->data;
    uint64_t line = j->line, at_line = line;
    const char *begin = rv_json_blanks(s->data, s->data + n);
    if (begin < s->data + n && *begin == '[') status = no_row(j, 1, s->data, begin, err);
    for (const char *p = s->data, *end = p + n; status == RV_OK && p < end; at_line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p)), *at = p;
        if (!stop && !at_end && any) break;
        member m;
        j->line = at_line;
        for (bool first = true; status == RV_OK && next_member(&at, stop ? stop : end, first, &scratch, &m, &f);
             first = false)
            status = add_column(j, m.key, err);
        if (status == RV_OK && f.at && !f.reason) status = rv_fail_memory(err, 0);
        if (!f.at) any = true;
        else if (!first_fault.at && rv_json_blanks(p, stop ? stop : end) < (stop ? stop : end)) {
            first_fault = f;
            fault_line = p;
            line = at_line;
        }
        rv_arena_reset(&scratch);
        p = stop ? stop + 1 : end;
    }
    rv_arena_free(&scratch);
    j->line = 1;
    if (status == RV_OK && (!any || j->columns == 0)) status = no_row(j, line, fault_line, first_fault.at, err);
    return status;
}

static const rv_table_kind json_lines_kind;

rv_status rv_json_lines_open(const char *path, rv_csv_source *source, bool strict, size_t block_bytes,
                             size_t record_limit, size_t ahead, rv_table **out, rv_error *err) {
    json_lines *j = rv_new(sizeof *j, err);
    if (!j) {
        rv_csv_source_free(source);
        return RV_NO_MEMORY;
    }
    j->table.kind = &json_lines_kind;
    j->source = *source;
    *source = (rv_csv_source){0};
    j->block_bytes = block_bytes < record_limit ? block_bytes : record_limit;
    j->record_limit = record_limit;
    j->strict = strict;
    j->line = 1;
    rv_status status = RV_NO_MEMORY;
    j->path = rv_new(strlen(path) + 1, err);
    if (j->path) {
        memcpy(j->path, path, strlen(path));
        rv_encoding marked;
        size_t mark = rv_encoding_bom(j->source.data, j->source.n, &marked);
        j->passed_hash = rv_hash64(j->source.data, mark, 0);
        rv_csv_source_advance(&j->source, mark);
        status = find_columns(j, ahead, err);
    }
    if (status != RV_OK) {
        rv_table_close(&j->table);
        return status;
    }
    j->table.info = (rv_table_info){.columns = j->columns,
                                    .names = j->names,
                                    .separator = ',',
                                    .quote = '"',
                                    .encoding = RV_UTF8,
                                    .has_header = true,
                                    .stored_bytes = rv_stream_stored_size(j->source.stream),
                                    .compression = rv_compression_name(rv_stream_compression(j->source.stream))};
    *out = &j->table;
    return RV_OK;
}

static void close_json_lines(rv_table *table) {
    json_lines *j = (json_lines *)table;
    rv_csv_source_free(&j->source);
    rv_arena_free(&j->arena);
    rv_free(j->names);
    rv_free(j->slots);
    rv_free(j->path);
}

/* --- Walking ----------------------------------------------------------------------------------------------------- */

/* The end of the last whole line in the window's first n bytes; 0: none is whole. */
static size_t cut_at(const rv_csv_source *s, size_t n) {
    if (s->at_end && n == s->n) return n;
    const char *last = memrchr(s->data, '\n', n);
    return last ? (size_t)(last - s->data) + 1 : 0;
}

/* Passes over the rest of a line of which the head was too long. */
static rv_status skip_line(json_lines *j, rv_error *err) {
    rv_csv_source *s = &j->source;
    for (;;) {
        RV_TRY(rv_csv_source_fill(s, j->block_bytes, err));
        const char *stop = s->n ? memchr(s->data, '\n', s->n) : NULL;
        size_t n = stop ? (size_t)(stop - s->data) + 1 : s->n;
        j->passed_hash = rv_hash64(s->data, n, j->passed_hash);
        bool over = stop || s->at_end;
        rv_csv_source_advance(s, n);
        if (stop) j->line++;
        if (over) return RV_OK;
    }
}

static rv_status cut(rv_table *table, void *at, bool *end, rv_error *err) {
    json_lines *j = (json_lines *)table;
    json_piece *p = at;
    rv_csv_source *s = &j->source;
    size_t n = 0;
    p->too_long = false;
    for (size_t view = j->block_bytes; n == 0; view = view < j->record_limit / 2 ? 2 * view : j->record_limit + 1) {
        RV_TRY(rv_csv_source_fill(s, view, err));
        size_t seen = s->n < view ? s->n : view;
        *end = seen == 0;
        if (*end) return RV_OK;
        n = cut_at(s, seen);
        if (n == 0 && seen > j->record_limit) {
            p->too_long = true;
            n = j->record_limit;
        }
    }
    p->data = s->data;
    p->n = n;
    p->line = j->line;
    p->offset = s->offset;
    if (!s->mapped) {
        p->copy.len = 0;
        rv_buffer_add(&p->copy, s->data, n);
        RV_TRY(rv_buffer_check(&p->copy, err));
        p->data = p->copy.data;
    }
    uint64_t breaks = 0;
    for (size_t i = 0; i < n; i++) breaks += p->data[i] == '\n';
    j->line += breaks;
    rv_csv_source_advance(s, n);
    return p->too_long ? skip_line(j, err) : RV_OK;
}

static rv_status refuse(const json_lines *j, rv_text line, uint64_t number, const fault *f, rv_error *err) {
    rv_fail(err, RV_BAD_INPUT, "this line is no row of the table: %s", f->reason);
    rv_error_hint(err, "mend the line, or read without --strict and look at --rejects FILE");
    return not_here(j, number, line.ptr, f->at, err);
}

/* `doubtful`: the block holds a zero byte or what is no UTF-8. */
static rv_status read_line(const json_lines *j, rv_table_rows *r, rv_text line, uint64_t number, uint64_t offset,
                           bool doubtful, rv_error *err) {
    if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
    if (rv_json_blanks(line.ptr, line.ptr + line.len) == line.ptr + line.len) return RV_OK;
    RV_TRY(rv_table_rows_room(r, r->n + 1, err));
    RV_TRY(rv_table_rows_cells(r, (r->n + 1) * r->columns, err));
    fault f = {0};
    bool good = false;
    if (doubtful && memchr(line.ptr, 0, line.len)) {
        f = (fault){"nul_byte", memchr(line.ptr, 0, line.len)};
    } else if (doubtful && !rv_utf8_is_valid(line.ptr, line.len)) {
        f = (fault){"bad_encoding", line.ptr + rv_utf8_prefix(line.ptr, line.len)};
    } else {
        good = read_row(j, &r->arena, line, r->cells + r->n * r->columns, &f);
        if (!good && !f.reason) return rv_fail_memory(err, line.len);
    }
    if (!good && j->strict) return refuse(j, line, number, &f, err);
    if (!good) return rv_table_rows_reject(r, (rv_reject){number, offset, f.reason, line}, err);
    r->records[r->n] = line;
    r->lines[r->n] = number;
    r->offsets[r->n] = offset;
    r->n++;
    return RV_OK;
}

static rv_status parse(rv_table *table, void *at, rv_table_block *b, uint64_t *hash, rv_error *err) {
    const json_lines *j = (const json_lines *)table;
    json_piece *p = at;
    rv_table_rows *r = &p->rows;
    rv_table_rows_reset(r, j->columns);
    if (p->too_long) {
        rv_text head = rv_text_make(p->data, p->n);
        fault f = {"too_long", p->data};
        if (j->strict) return refuse(j, head, p->line, &f, err);
        RV_TRY(rv_table_rows_reject(r, (rv_reject){p->line, p->offset, "too_long", head}, err));
    } else {
        bool doubtful = memchr(p->data, 0, p->n) || !rv_utf8_is_valid(p->data, p->n);
        uint64_t line = p->line;
        for (size_t from = 0; from < p->n; line++) {
            const char *stop = memchr(p->data + from, '\n', p->n - from);
            size_t to = stop ? (size_t)(stop - p->data) : p->n;
            rv_text text = rv_text_make(p->data + from, to - from);
            RV_TRY(read_line(j, r, text, line, p->offset + from, doubtful, err));
            from = to + 1;
        }
    }
    *hash = rv_hash64(p->data, p->n, p->offset);
    rv_table_rows_show(r, b);
    b->end_offset = p->offset + p->n;
    b->verbatim = false;
    return RV_OK;
}

static void free_piece(rv_table *table, void *at) {
    (void)table;
    json_piece *p = at;
    rv_table_rows_free(&p->rows);
    rv_buffer_free(&p->copy);
}

static void count(const rv_table *table, rv_table_counts *counts) {
    const json_lines *j = (const json_lines *)table;
    counts->decoded_bytes = j->source.offset;
    counts->input_hash = rv_hash64(&j->passed_hash, sizeof j->passed_hash, counts->input_hash);
}

static rv_status check_unchanged(const rv_table *table, rv_error *err) {
    return rv_stream_check_unchanged(((const json_lines *)table)->source.stream, err);
}

static const rv_table_kind json_lines_kind = {sizeof(json_piece), cut,  parse, free_piece,     count,
                                              close_json_lines,   NULL, NULL,  check_unchanged, NULL};
