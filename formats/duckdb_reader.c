/*
 * See duckdb_reader.h. DuckDB turns values into text (one definition of what a decimal or a timestamp looks like, kept by
 * others), decodes with threads of its own and hands out chunks of 2048 rows in the file's order: a chunk is a block. Cells
 * are views of the chunk; each row is written as CSV too, so that it can be passed on or rejected as it stands.
 */
#include "duckdb_reader.h"

#include "csv_writer.h"
#include "duckdb_library.h"
#include "file.h"
#include "hash.h"
#include "table_rows.h"
#include "table_source.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>

typedef struct duck_table {
    rv_table table; /* first: a kind of table */
    rv_duck duck;
    char *path;
    void *statement;
    rv_duck_result result;
    bool running;
    rv_arena arena; /* names */
    uint64_t rows, total_rows; /* given so far; 0: not known */
    _Atomic uint64_t bytes;    /* of the rows as CSV */
} duck_table;

typedef struct duck_piece {
    void *chunk;
    uint64_t first_row;
    rv_buffer text; /* the rows as CSV */
    rv_table_rows rows;
} duck_piece;

/* --- Opening ----------------------------------------------------------------------------------------------------- */

bool rv_parquet_begins(const char *path) {
    const rv_io *io = rv_io_now();
    char head[4] = "";
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return false; /* a pipe must not lose its head */
    int fd = io->open(path, O_RDONLY | O_CLOEXEC, 0);
    bool is = fd >= 0 && io->pread(fd, head, 4, 0) == 4 && memcmp(head, "PAR1", 4) == 0 && st.st_size >= 12 &&
              io->pread(fd, head, 4, st.st_size - 4) == 4 && memcmp(head, "PAR1", 4) == 0;
    if (fd >= 0) io->close(fd);
    return is;
}

static rv_status at_path(const duck_table *t, rv_status status, rv_error *err) {
    if (status != RV_OK) rv_error_at(err, t->path, 0, 0);
    return status;
}

/* What gives a column's text. libduckdb 1.5.6 writes three doubles wrong (2^81 as the double of itself, 2^91, 2^807): what
 * doesn't come back is written with all its digits. */
static void put_column(rv_buffer *sql, uint64_t column, rv_text type) {
    char name[24];
    snprintf(name, sizeof name, "c%llu", (unsigned long long)column);
    bool nested = (type.len && type.ptr[type.len - 1] == ']') || (type.len > 6 && memcmp(type.ptr, "STRUCT", 6) == 0) ||
                  (type.len > 3 && memcmp(type.ptr, "MAP", 3) == 0);
    if (rv_text_is(type, "VARCHAR")) rv_buffer_string(sql, name);
    else if (rv_text_is(type, "DOUBLE"))
        rv_buffer_format(sql,
                         "CASE WHEN try_cast(CAST(%s AS VARCHAR) AS DOUBLE) IS NOT DISTINCT FROM %s THEN CAST(%s AS VARCHAR) "
                         "ELSE printf('%%.16e', %s) END",
                         name, name, name, name);
    else if (rv_text_is(type, "BLOB")) rv_buffer_format(sql, "coalesce(try(decode(%s)), CAST(%s AS VARCHAR))", name, name);
    else rv_buffer_format(sql, nested ? "CAST(to_json(%s) AS VARCHAR)" : "CAST(%s AS VARCHAR)", name);
}

typedef struct relation_columns { /* of the relation, while it is described */
    rv_text *names, *types;
    size_t n, room;
} relation_columns;

static rv_status add_columns(duck_table *t, void *chunk, relation_columns *c, rv_error *err) {
    const rv_duck_api *duckdb = t->duck.api;
    const rv_duck_string *names = duckdb->vector_get_data(duckdb->data_chunk_get_vector(chunk, 0));
    const rv_duck_string *types = duckdb->vector_get_data(duckdb->data_chunk_get_vector(chunk, 1));
    size_t more = duckdb->data_chunk_get_size(chunk);
    if (c->n + more > c->room) {
        c->room = 2 * (c->n + more);
        if (!rv_array_resize(&c->names, c->room, sizeof *c->names, err) ||
            !rv_array_resize(&c->types, c->room, sizeof *c->types, err))
            return RV_NO_MEMORY;
    }
    for (size_t i = 0; i < more; i++, c->n++) {
        rv_text name = rv_duck_text(&names[i]), type = rv_duck_text(&types[i]);
        c->names[c->n] = rv_arena_copy(&t->arena, name.ptr, name.len);
        c->types[c->n] = rv_arena_copy(&t->arena, type.ptr, type.len);
        if (!c->names[c->n].ptr || !c->types[c->n].ptr) return rv_fail_memory(err, name.len);
    }
    return RV_OK;
}

static rv_status describe(duck_table *t, const char *relation, relation_columns *c, rv_error *err) {
    const rv_duck_api *duckdb = t->duck.api;
    rv_buffer sql = {0};
    rv_buffer_format(&sql, "DESCRIBE SELECT * FROM (%s\n)", relation);
    char *text = rv_buffer_take(&sql, err);
    rv_buffer_free(&sql);
    if (!text) return RV_NO_MEMORY;
    rv_duck_result result = {0};
    rv_status status = RV_OK;
    if (duckdb->query(t->duck.connection, text, &result) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->result_error(&result));
    for (void *chunk; status == RV_OK && (chunk = duckdb->fetch_chunk(result));) {
        status = add_columns(t, chunk, c, err);
        duckdb->destroy_data_chunk(&chunk);
    }
    duckdb->destroy_result(&result);
    rv_free(text);
    return status;
}

static rv_status prepare(duck_table *t, const char *relation, const relation_columns *c, rv_error *err) {
    const rv_duck_api *duckdb = t->duck.api;
    rv_buffer sql = {0};
    rv_buffer_string(&sql, "SELECT ");
    for (size_t i = 0; i < c->n; i++) {
        if (i) rv_buffer_string(&sql, ", ");
        put_column(&sql, i, c->types[i]);
    }
    rv_buffer_format(&sql, " FROM (%s\n) AS t(", relation);
    for (size_t i = 0; i < c->n; i++) rv_buffer_format(&sql, i ? ", c%zu" : "c%zu", i);
    rv_buffer_byte(&sql, ')');
    char *text = rv_buffer_take(&sql, err);
    rv_buffer_free(&sql);
    if (!text) return RV_NO_MEMORY;
    rv_status status = RV_OK;
    if (duckdb->prepare(t->duck.connection, text, &t->statement) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->prepare_error(t->statement));
    rv_free(text);
    return status;
}

/* The relation's columns become the table's; it is ready to run. */
static rv_status take_relation(duck_table *t, const char *relation, rv_error *err) {
    relation_columns c = {0};
    rv_status status = describe(t, relation, &c, err);
    if (status == RV_OK) status = prepare(t, relation, &c, err);
    t->table.info.names = c.names; /* freed on closing */
    t->table.info.columns = (uint32_t)c.n;
    rv_free(c.types);
    return status;
}

static const rv_table_kind duck_kind;

static rv_status new_table(const char *path, duck_table **out, rv_error *err) {
    duck_table *t = rv_new(sizeof *t, err);
    if (!t) return RV_NO_MEMORY;
    t->table.kind = &duck_kind;
    t->table.info = (rv_table_info){
        .separator = ',', .quote = '"', .encoding = RV_UTF8, .has_header = true, .compression = "columns"};
    *out = t;
    t->path = rv_new(strlen(path) + 1, err);
    if (!t->path) return RV_NO_MEMORY;
    memcpy(t->path, path, strlen(path));
    return at_path(t, rv_duck_open(&t->duck, err), err);
}

static rv_status count_rows(duck_table *t, const char *relation, rv_error *err) {
    const rv_duck_api *duckdb = t->duck.api;
    char sql[64 + 8192];
    int n = snprintf(sql, sizeof sql, "SELECT count(*) FROM (%s)", relation);
    if (n < 0 || (size_t)n >= sizeof sql) return RV_OK; /* then it isn't known */
    rv_duck_result result = {0};
    rv_status status = RV_OK;
    if (duckdb->query(t->duck.connection, sql, &result) != RV_DUCK_OK) {
        status = rv_duck_fail(err, duckdb->result_error(&result));
    } else {
        void *chunk = duckdb->fetch_chunk(result);
        if (chunk) t->total_rows = *(const uint64_t *)duckdb->vector_get_data(duckdb->data_chunk_get_vector(chunk, 0));
        if (chunk) duckdb->destroy_data_chunk(&chunk);
    }
    duckdb->destroy_result(&result);
    return status;
}

rv_status rv_parquet_open(const char *path, rv_table **out, rv_error *err) {
    duck_table *t = NULL;
    rv_status status = new_table(path, &t, err);
    char *relation = NULL;
    if (status == RV_OK) {
        struct stat st;
        if (stat(path, &st) == 0) t->table.info.stored_bytes = (uint64_t)st.st_size;
        rv_buffer sql = {0};
        rv_buffer_string(&sql, "FROM read_parquet('");
        for (const char *p = path; *p; p++) rv_buffer_string(&sql, (char[]){*p, *p == '\'' ? '\'' : 0, 0});
        rv_buffer_string(&sql, "')");
        relation = rv_buffer_take(&sql, err);
        rv_buffer_free(&sql);
        status = relation ? at_path(t, take_relation(t, relation, err), err) : RV_NO_MEMORY;
    }
    if (status == RV_OK) status = at_path(t, count_rows(t, relation, err), err);
    rv_free(relation);
    if (status == RV_OK) *out = &t->table;
    else if (t) rv_table_close(&t->table);
    return status;
}

/* The byte after what begins at p and hides its semicolons: a quoted text or name, or a comment; p + 1 for anything else. */
static const char *after_token(const char *p) {
    const char *close = NULL;
    if (p[0] == '-' && p[1] == '-') close = "\n";
    else if (p[0] == '/' && p[1] == '*') close = "*/";
    else if (p[0] == '\'') close = "'";
    else if (p[0] == '"') close = "\"";
    if (!close) return p + 1;
    const char *end = strstr(p + 1 + (*p == '/'), close);
    return end ? end + strlen(close) : p + strlen(p);
}

/* Where the last statement begins; blanks, comments apart, and semicolons behind it are cut off (*end). */
static const char *last_statement(const char *sql, const char **end) {
    const char *start = sql, *content = sql;
    bool pending = false; /* a semicolon since the last content */
    for (const char *p = sql; *p;) {
        const char *next = after_token(p);
        bool comment = (p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*');
        if (*p == ';') {
            pending = true;
        } else if (!comment && !strchr(" \t\r\n", *p)) {
            if (pending) start = p;
            pending = false;
            content = next;
        }
        p = next;
    }
    *end = content;
    return start;
}

static rv_status run_query(duck_table *t, const char *sql, rv_error *err) {
    const char *end, *last = last_statement(sql, &end);
    char *text = rv_new((size_t)(end - sql) + 1, err);
    if (!text) return RV_NO_MEMORY;
    memcpy(text, last, (size_t)(end - last));
    rv_status status = RV_OK;
    if (last > sql) {
        char *before = rv_new((size_t)(last - sql) + 1, err);
        if (before) memcpy(before, sql, (size_t)(last - sql));
        status = before ? rv_duck_do(&t->duck, before, err) : RV_NO_MEMORY;
        rv_free(before);
    }
    if (status == RV_OK) status = take_relation(t, text, err);
    rv_free(text);
    return status;
}

rv_status rv_duckdb_open(const char *path, rv_table **out, rv_error *err) {
    duck_table *t = NULL;
    rv_status status = new_table(path, &t, err);
    if (status == RV_OK) status = at_path(t, run_query(t, path + strlen(RV_TABLE_QUERY), err), err);
    if (status == RV_OK) *out = &t->table;
    else if (t) rv_table_close(&t->table);
    return status;
}

static void close_table(rv_table *table) {
    duck_table *t = (duck_table *)table;
    if (t->running) t->duck.api->destroy_result(&t->result);
    if (t->statement) t->duck.api->destroy_prepare(&t->statement);
    rv_duck_close(&t->duck);
    rv_arena_free(&t->arena);
    rv_free((void *)(uintptr_t)table->info.names);
    rv_free(t->path);
}

/* --- Walking ----------------------------------------------------------------------------------------------------- */

static rv_status start(duck_table *t, rv_error *err) {
    const rv_duck_api *duckdb = t->duck.api;
    char threads[32];
    snprintf(threads, sizeof threads, "SET threads = %d", t->table.threads);
    if (t->table.threads) RV_TRY(rv_duck_do(&t->duck, threads, err)); /* else all cores */
    void *pending = NULL;
    t->running = true;
    rv_status status = RV_OK;
    if (duckdb->pending_prepared_streaming(t->statement, &pending) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->pending_error(pending));
    else if (duckdb->execute_pending(pending, &t->result) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->result_error(&t->result));
    duckdb->destroy_pending(&pending);
    return status;
}

static rv_status cut(rv_table *table, void *at, bool *end, rv_error *err) {
    duck_table *t = (duck_table *)table;
    duck_piece *p = at;
    const rv_duck_api *duckdb = t->duck.api;
    if (!t->running) RV_TRY(at_path(t, start(t, err), err));
    if (p->chunk) duckdb->destroy_data_chunk(&p->chunk);
    p->chunk = duckdb->fetch_chunk(t->result);
    *end = !p->chunk;
    if (!p->chunk) {
        const char *words = duckdb->result_error(&t->result);
        return words && *words ? at_path(t, rv_duck_fail(err, words), err) : RV_OK;
    }
    p->first_row = t->rows;
    t->rows += duckdb->data_chunk_get_size(p->chunk);
    return RV_OK;
}

static void take_column(const rv_duck_api *duckdb, void *vector, size_t rows, size_t columns, rv_text *cell) {
    const rv_duck_string *strings = duckdb->vector_get_data(vector);
    const uint64_t *valid = duckdb->vector_get_validity(vector);
    for (size_t r = 0; r < rows; r++, cell += columns) {
        if (valid && !(valid[r / 64] >> (r % 64) & 1)) {
            *cell = (rv_text){"", 0, 0};
            continue;
        }
        *cell = rv_duck_text(&strings[r]);
        if (cell->len == 0) *cell = (rv_text){"", 0, RV_TEXT_QUOTED};
    }
}

/* Rows as CSV lines into p->text; records point there, and cells that stand there unquoted too. */
static rv_status write_records(duck_piece *p, rv_error *err) {
    rv_table_rows *r = &p->rows;
    size_t room = 0;
    for (size_t i = 0; i < r->n * r->columns; i++) room += 2 * (size_t)r->cells[i].len + 3;
    p->text.len = 0;
    if (!rv_buffer_reserve(&p->text, room + r->n + 16)) return rv_fail_memory(err, room);
    char *to = p->text.data;
    for (size_t i = 0; i < r->n; i++) {
        rv_text *cells = r->cells + i * r->columns;
        char *line = to;
        for (size_t c = 0; c < r->columns; c++) {
            if (c) *to++ = ',';
            char *start = to;
            to = rv_csv_put_at(start, cells[c]);
            if ((size_t)(to - start) == cells[c].len) cells[c].ptr = start;
        }
        r->records[i] = rv_text_make(line, (size_t)(to - line));
        *to++ = '\n';
    }
    p->text.len = (size_t)(to - p->text.data);
    return RV_OK;
}

/* A zero byte, which text files can't hold either, makes its row a reject here as there. */
static rv_status turn_away_zeros(duck_piece *p, rv_error *err) {
    rv_table_rows *r = &p->rows;
    size_t kept = 0;
    for (size_t i = 0; i < r->n; i++) {
        rv_text record = r->records[i];
        if (record.len && memchr(record.ptr, 0, record.len)) {
            RV_TRY(rv_table_rows_reject(r, (rv_reject){r->lines[i], r->offsets[i], "nul_byte", record}, err));
            continue;
        }
        memmove(r->cells + kept * r->columns, r->cells + i * r->columns, r->columns * sizeof *r->cells);
        r->records[kept] = record;
        r->lines[kept] = r->lines[i];
        r->offsets[kept] = r->offsets[i];
        kept++;
    }
    r->n = kept;
    return RV_OK;
}

static rv_status parse(rv_table *table, void *at, rv_table_block *b, uint64_t *hash, rv_error *err) {
    duck_table *t = (duck_table *)table;
    duck_piece *p = at;
    rv_table_rows *r = &p->rows;
    const rv_duck_api *duckdb = t->duck.api;
    const size_t columns = table->info.columns, rows = duckdb->data_chunk_get_size(p->chunk);
    rv_table_rows_reset(r, columns);
    RV_TRY(rv_table_rows_cells(r, rows * columns, err));
    RV_TRY(rv_table_rows_room(r, rows, err));
    for (size_t c = 0; c < columns; c++)
        take_column(duckdb, duckdb->data_chunk_get_vector(p->chunk, c), rows, columns, r->cells + c);
    for (size_t i = 0; i < rows; i++) {
        r->lines[i] = p->first_row + i + 1;
        r->offsets[i] = p->first_row + i;
    }
    r->n = rows;
    RV_TRY(write_records(p, err));
    *hash = rv_hash64(p->text.data, p->text.len, p->first_row);
    t->bytes += p->text.len;
    if (p->text.len && memchr(p->text.data, 0, p->text.len)) RV_TRY(turn_away_zeros(p, err));
    rv_table_rows_show(r, b);
    uint64_t given = p->first_row + rows;
    b->end_offset = t->total_rows ? (uint64_t)((double)table->info.stored_bytes * (double)given / (double)t->total_rows) : given;
    b->verbatim = true;
    return RV_OK;
}

static void free_piece(rv_table *table, void *at) {
    duck_piece *p = at;
    if (p->chunk) ((duck_table *)table)->duck.api->destroy_data_chunk(&p->chunk);
    rv_table_rows_free(&p->rows);
    rv_buffer_free(&p->text);
}

static void count(const rv_table *table, rv_table_counts *counts) {
    const duck_table *t = (const duck_table *)table;
    counts->decoded_bytes = t->bytes;
}

static const rv_table_kind duck_kind = {sizeof(duck_piece), cut, parse, free_piece, count, close_table, NULL, NULL, NULL, NULL};
