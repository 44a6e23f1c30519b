/* See parquet_out.h. The scratch file is read by its descriptor's name, so that no other name for a client's data exists. */
#include "parquet_out.h"

#include "csv_exact.h"
#include "csv_reader.h"
#include "duckdb_library.h"
#include <stdio.h>
#include <unistd.h>

struct rv_parquet_out {
    char *path;
    int scratch;
    uint64_t bytes;
    rv_arena arena; /* names */
    char **names;
    size_t n_names;
};

bool rv_parquet_is_name(const char *path) {
    static const char end[] = ".parquet";
    size_t n = strlen(path);
    return n > sizeof end - 1 && strcmp(path + n - (sizeof end - 1), end) == 0;
}

rv_status rv_parquet_out_new(const char *path, const rv_output *output, rv_parquet_out **out, rv_error *err) {
    const rv_duck_api *duckdb;
    if (rv_duck_load(&duckdb, err) != RV_OK) return rv_error_at(err, path, 0, 0);
    rv_parquet_out *parquet = rv_new(sizeof *parquet, err);
    if (!parquet) return RV_NO_MEMORY;
    size_t n = strlen(path);
    parquet->scratch = -1;
    parquet->path = rv_new(n + 1, err);
    rv_status status = RV_NO_MEMORY;
    if (parquet->path) {
        memcpy(parquet->path, path, n);
        parquet->scratch = rv_file_scratch(rv_output_folder(output), err);
        status = parquet->scratch >= 0 ? RV_OK : err ? err->status : RV_FAILED;
    }
    if (status == RV_OK) *out = parquet;
    else rv_parquet_out_free(parquet);
    return status;
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

static bool is_taken(const rv_parquet_out *p, size_t before, const char *name) {
    for (size_t i = 0; i < before; i++)
        if (rv_text_is_nocase(rv_text_of(p->names[i]), name)) return true;
    return false;
}

/* The name as it is, or with the first free number behind it. */
static char *own_name(rv_parquet_out *p, size_t column, rv_text name, rv_error *err) {
    char *own = rv_arena_get(&p->arena, name.len + 24);
    if (!own) return rv_fail_memory(err, name.len), NULL;
    if (name.len) memcpy(own, name.ptr, name.len);
    own[name.len] = 0;
    if (name.len == 0) snprintf(own, 24, "c%zu", column + 1);
    size_t n = strlen(own);
    for (unsigned number = 1; is_taken(p, column, own); number++) snprintf(own + n, 24, "_%u", number);
    return own;
}

/* The header is the first record of the first bytes. */
static rv_status take_names(rv_parquet_out *p, const char *csv, size_t n, rv_error *err) {
    const rv_csv_rules rules = {.separator = ',', .quote = '"', .record_limit = RV_RECORD_LIMIT};
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    rv_csv_spans spans = {0}; /* first for the count only */
    rv_csv_record_at(&rules, csv, 0, n, true, 0, &ahead, &spans, &record);
    spans.cap = spans.n;
    spans.at = rv_array_new(spans.n, sizeof *spans.at, err);
    p->names = rv_array_new(spans.n, sizeof *p->names, err);
    rv_status status = spans.at && p->names ? RV_OK : RV_NO_MEMORY;
    if (status == RV_OK) rv_csv_record_at(&rules, csv, 0, n, true, 0, &ahead, &spans, &record);
    for (size_t c = 0; c < spans.n && status == RV_OK; c++) {
        rv_csv_span s = spans.at[c];
        char *name = rv_arena_get(&p->arena, s.end - s.start + 1);
        if (!name) status = rv_fail_memory(err, s.end - s.start);
        size_t len = name ? rv_csv_plain(&rules, csv + s.start, s.end - s.start, name) : 0;
        if (name && !(p->names[c] = own_name(p, c, rv_text_make(name, len), err))) status = RV_NO_MEMORY;
    }
    p->n_names = spans.n;
    rv_free(spans.at);
    return status;
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

rv_status rv_parquet_out_add(rv_parquet_out *p, const char *csv, size_t n, rv_error *err) {
    if (!p->names && n) RV_TRY(take_names(p, csv, n, err));
    if (rv_file_write_at(p->scratch, csv, n, p->bytes, err) != RV_OK) return rv_error_at(err, p->path, 0, 0);
    p->bytes += n;
    return RV_OK;
}

static void put_quoted(rv_buffer *sql, const char *text, char quote) {
    rv_buffer_byte(sql, quote);
    for (; *text; text++) {
        if (*text == quote) rv_buffer_byte(sql, quote);
        rv_buffer_byte(sql, *text);
    }
    rv_buffer_byte(sql, quote);
}

static char *statement(const rv_parquet_out *p, const rv_output *output, rv_error *err) {
    rv_buffer sql = {0};
    rv_buffer_string(&sql, "COPY (SELECT ");
    for (size_t c = 0; c < p->n_names; c++) {
        rv_buffer_format(&sql, c ? ", c%zu AS " : "c%zu AS ", c);
        put_quoted(&sql, p->names[c], '"');
    }
    rv_buffer_format(&sql, " FROM read_csv('/proc/self/fd/%d', auto_detect = false, header = true, columns = {",
                     p->scratch);
    for (size_t c = 0; c < p->n_names; c++) rv_buffer_format(&sql, "%s'c%zu': 'VARCHAR'", c ? ", " : "", c);
    rv_buffer_string(&sql, "}, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', "
                           "allow_quoted_nulls = false, max_line_size = 67108864)) TO ");
    put_quoted(&sql, rv_output_temporary(output), '\'');
    rv_buffer_string(&sql, " (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)");
    char *text = rv_buffer_take(&sql, err);
    rv_buffer_free(&sql);
    return text;
}

rv_status rv_parquet_out_write(const rv_parquet_out *p, const rv_output *output, const volatile int *cancel,
                               rv_error *err) {
    if (!p->names) return RV_OK; /* not even a header was written: an empty file, as any other kind would be */
    char *text = statement(p, output, err);
    if (!text) return RV_NO_MEMORY;
    rv_duck duck = {0};
    rv_status status = rv_duck_open(&duck, err);
    if (status == RV_OK) status = rv_duck_do_long(&duck, text, cancel, err);
    rv_duck_close(&duck);
    rv_free(text);
    if (status == RV_BAD_INPUT && err) status = err->status = RV_FAILED; /* what was to be read was ours */
    return status == RV_OK ? RV_OK : rv_error_at(err, p->path, 0, 0);
}

void rv_parquet_out_free(rv_parquet_out *parquet) {
    if (!parquet) return;
    if (parquet->scratch >= 0) close(parquet->scratch);
    rv_arena_free(&parquet->arena);
    rv_free(parquet->names);
    rv_free(parquet->path);
    rv_free(parquet);
}
