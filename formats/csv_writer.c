/*
 * Quotes stand only where a reader would need them: around separators, quotes, line ends, and blanks at either end
 * (which some programs trim away). Packing is one gzip member or zstd frame per buffer: any thread packs, and the bytes
 * don't depend on how many there are.
 */
#include "csv_writer.h"

#include "bytes16.h"
#include "csv_form.h"
#include "json_lines_out.h"
#include "parquet_out.h"
#include "workbook_out.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 1, GZIP_LEVEL = 4 };

/* --- Cells ------------------------------------------------------------------------------------------------------- */

static inline int special16(__m128i v) {
    __m128i a = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')), _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    __m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
    return _mm_movemask_epi8(_mm_or_si128(a, b));
}

/* Copies n > 0 bytes, up to 15 zeros behind them where n < 16, and looks at them in passing: true when one is special. No
 * branch on the length but one: how long a cell is can't be foretold. */
static inline bool copy_plain(char *to, const char *p, size_t n) {
    int special = 0;
    for (size_t i = 0; 16 * i < n; i++) {
        size_t at = rv_piece_at(i, n);
        __m128i v = rv_load_piece(p, at, n);
        rv_store_16(to + at, v);
        special |= special16(v);
    }
    return special != 0;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static char *put_quoted(char *to, rv_text cell) {
    *to++ = '"';
    for (uint32_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"') *to++ = '"';
        *to++ = cell.ptr[i];
    }
    *to++ = '"';
    return to;
}

char *rv_csv_put_at(char *to, rv_text cell) {
    if (cell.len == 0) {
        if (!(cell.flags & RV_TEXT_QUOTED)) return to;
        memcpy(to, "\"\"", 2);
        return to + 2;
    }
    if (copy_plain(to, cell.ptr, cell.len) || is_blank(cell.ptr[0]) || is_blank(cell.ptr[cell.len - 1]))
        return put_quoted(to, cell);
    return to + cell.len;
}

void rv_csv_put(rv_buffer *buffer, rv_text cell) {
    size_t most = 2 * (size_t)cell.len + 16;
    if (buffer->cap - buffer->len < most && !rv_buffer_reserve(buffer, most)) return;
    if (!buffer->failed) buffer->len = (size_t)(rv_csv_put_at(buffer->data + buffer->len, cell) - buffer->data);
}

/* --- Tables ------------------------------------------------------------------------------------------------------ */

typedef enum packing { PLAIN, GZIP, ZSTD } packing;

struct rv_table_out {
    rv_output *output;
    packing packing;
    rv_csv_form form;
    bool begun, as_json;
    rv_json_lines_out json;
    /* Rows go there, to be written at the end; both NULL: to the output. */
    rv_parquet_out *parquet;
    rv_workbook_out *workbook;
    const volatile int *cancel; /* as in rv_settings; NULL: nobody will */
};

static packing packing_of(const char *path) {
    size_t n = strlen(path);
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0) return GZIP;
    if (n > 4 && strcmp(path + n - 4, ".zst") == 0) return ZSTD;
    return PLAIN;
}

/* A name that promises a form which isn't written would hide CSV from whoever opens it. */
static rv_status check_name(const char *path, rv_error *err) {
    static const char *const forms[] = {".arrow", ".feather", ".ipc",  ".xls", ".xlsm", ".xlsb",
                                        ".ods",   ".orc",     ".avro", ".zip", ".bz2",  ".xz"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t len = strlen(forms[i]);
        if (n <= len || strcmp(path + n - len, forms[i]) != 0) continue;
        rv_fail(err, RV_BAD_ARGUMENT, "tables aren't written as %s", forms[i]);
        rv_error_hint(err, "name the output .csv, .csv.gz, .csv.zst, .jsonl, .parquet or .xlsx");
        return rv_error_at(err, path, 0, 0);
    }
    return RV_OK;
}

rv_status rv_table_out_open(const char *path, bool replace, rv_table_out **out, rv_error *err) {
    if (check_name(path, err) != RV_OK) return RV_BAD_ARGUMENT;
    rv_table_out *table = rv_new(sizeof *table, err);
    if (!table) return RV_NO_MEMORY;
    table->packing = packing_of(path);
    table->as_json = rv_json_lines_is_name(path);
    rv_status status = rv_output_open(path, replace, &table->output, err);
    if (status == RV_OK && rv_parquet_is_name(path))
        status = rv_parquet_out_new(path, table->output, &table->parquet, err);
    if (status == RV_OK && rv_workbook_is_name(path))
        status = rv_workbook_out_new(path, table->output, &table->workbook, err);
    if (status != RV_OK) {
        rv_table_out_abort(table);
        return status;
    }
    rv_output_wont_be_read(table->output);
    *out = table;
    return RV_OK;
}

rv_status rv_table_out_nowhere(const char *path, rv_table_out **out, rv_error *err) {
    rv_table_out *table;
    RV_TRY(rv_table_out_open("/dev/null", true, &table, err));
    table->packing = packing_of(path);
    *out = table;
    return RV_OK;
}

static void *zlib_alloc(void *opaque, unsigned n, unsigned size) { return (void)opaque, rv_array_new(n, size, NULL); }
static void zlib_free(void *opaque, void *p) { (void)opaque, rv_free(p); }

static rv_status pack_gzip(const rv_buffer *from, rv_buffer *to, rv_error *err) {
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (from->len > UINT32_MAX / 2)
        return rv_fail(err, RV_FAILED, "a block of %zu bytes is too large for gzip", from->len);
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return rv_fail_memory(err, 1 << 18);
    size_t room = deflateBound(&z, (unsigned long)from->len);
    rv_status status = rv_buffer_reserve(to, room) ? RV_OK : rv_fail_memory(err, room);
    if (status == RV_OK) {
        z.next_in = (unsigned char *)from->data;
        z.avail_in = (unsigned)from->len;
        z.next_out = (unsigned char *)to->data;
        z.avail_out = (unsigned)room;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END) status = rv_fail(err, RV_FAILED, "gzip can't pack a block");
        to->len = room - z.avail_out;
    }
    deflateEnd(&z);
    return status;
}

static rv_status pack_zstd(const rv_buffer *from, rv_buffer *to, rv_error *err) {
    size_t room = ZSTD_compressBound(from->len);
    if (!rv_buffer_reserve(to, room)) return rv_fail_memory(err, room);
    to->len = ZSTD_compress(to->data, room, from->data, from->len, ZSTD_LEVEL);
    if (!ZSTD_isError(to->len)) return RV_OK;
    to->len = 0;
    return rv_fail_memory(err, room);
}

void rv_table_out_for_people(rv_table_out *table, const rv_settings *settings, uint32_t own_from, uint64_t own) {
    if (!table) return;
    table->cancel = settings->cancel;
    table->form = (rv_csv_form){.excel_fr = settings->out_dialect == RV_OUT_EXCEL_FR,
                                .formula_safe = settings->formula_safe,
                                .own_from = own_from,
                                .own = own};
}

static rv_status give_form(const rv_csv_form *form, rv_buffer *buffer, rv_error *err) {
    rv_buffer formed = {0};
    rv_csv_form_put(form, buffer->data, buffer->len, &formed);
    rv_status status = rv_buffer_check(&formed, err);
    if (status == RV_OK) {
        rv_buffer_free(buffer);
        *buffer = formed;
    } else {
        rv_buffer_free(&formed);
    }
    return status;
}

static rv_status pack(packing how, rv_buffer *buffer, rv_error *err) {
    if (how == PLAIN) return RV_OK;
    rv_buffer packed = {0};
    rv_status status = how == GZIP ? pack_gzip(buffer, &packed, err) : pack_zstd(buffer, &packed, err);
    if (status != RV_OK) {
        rv_buffer_free(&packed);
        return status;
    }
    rv_buffer_free(buffer);
    *buffer = packed;
    return RV_OK;
}

rv_status rv_table_out_pack(const rv_table_out *table, rv_buffer *buffer, rv_error *err) {
    RV_TRY(rv_buffer_check(buffer, err));
    if (buffer->len == 0 || table->as_json || table->parquet || table->workbook)
        return RV_OK; /* they need plain rows in order */
    if (!rv_csv_form_is_plain(&table->form)) RV_TRY(give_form(&table->form, buffer, err));
    return pack(table->packing, buffer, err);
}

/* The byte order mark, packed by itself: who packs the first rows doesn't know that they are the first. */
static rv_status begin(rv_table_out *table, rv_error *err) {
    table->begun = true;
    if (!table->form.excel_fr) return RV_OK;
    rv_buffer mark = {0};
    rv_buffer_string(&mark, RV_CSV_BOM);
    rv_status status = rv_buffer_check(&mark, err);
    if (status == RV_OK) status = pack(table->packing, &mark, err);
    if (status == RV_OK) status = rv_output_write(table->output, mark.data, mark.len, err);
    rv_buffer_free(&mark);
    return status;
}

static rv_status append_json(rv_table_out *table, const rv_buffer *csv, rv_error *err) {
    rv_buffer lines = {0};
    rv_status status = rv_json_lines_out_put(&table->json, &table->form, csv->data, csv->len, &lines, err);
    if (status == RV_OK && lines.len) status = pack(table->packing, &lines, err);
    if (status == RV_OK && lines.len) status = rv_output_write(table->output, lines.data, lines.len, err);
    rv_buffer_free(&lines);
    return status;
}

rv_status rv_table_out_append(rv_table_out *table, const rv_buffer *packed, rv_error *err) {
    RV_TRY(rv_buffer_check(packed, err));
    if (table->as_json) return append_json(table, packed, err);
    if (table->parquet) return rv_parquet_out_add(table->parquet, packed->data, packed->len, err);
    if (table->workbook) return rv_workbook_out_add(table->workbook, packed->data, packed->len, err);
    if (!table->begun && packed->len) RV_TRY(begin(table, err));
    return rv_output_write(table->output, packed->data, packed->len, err);
}

rv_status rv_table_out_put(rv_table_out *table, rv_buffer *buffer, rv_error *err) {
    RV_TRY(rv_buffer_check(buffer, err));
    if (table && buffer->len) {
        RV_TRY(rv_table_out_pack(table, buffer, err));
        RV_TRY(rv_table_out_append(table, buffer, err));
    }
    buffer->len = 0;
    return RV_OK;
}

static void free_table(rv_table_out *table) {
    rv_parquet_out_free(table->parquet);
    rv_workbook_out_free(table->workbook);
    rv_json_lines_out_reset(&table->json);
    rv_free(table);
}

rv_status rv_table_out_finish(rv_table_out *table, rv_held_outputs *held, rv_error *err) {
    rv_status status = RV_OK;
    if (table->parquet) status = rv_parquet_out_write(table->parquet, table->output, table->cancel, err);
    if (table->workbook)
        status = rv_workbook_out_write(table->workbook, &table->form, table->output, table->cancel, err);
    if (status == RV_OK) status = rv_output_finish(table->output, held, err);
    else rv_output_abort(table->output);
    free_table(table);
    return status;
}

rv_status rv_table_out_commit(rv_table_out *table, rv_error *err) { return rv_table_out_finish(table, NULL, err); }

void rv_table_out_abort(rv_table_out *table) {
    if (!table) return;
    rv_output_abort(table->output);
    free_table(table);
}
