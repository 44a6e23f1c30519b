/*
 * See workbook_in.h. Parts are found as ECMA-376 says: the workbook names its sheets, its relations name their files. Shared
 * strings are kept, rows go through a buffer: how wide the table is is known only at the end, so rows are written without
 * the separators behind their last cell first, and get them on their way to the file.
 */
#include "workbook_in.h"

#include "csv_writer.h"
#include "workbook_values.h"
#include "xml_reader.h"
#include <stdio.h>
#include <stdlib.h>

enum { SHEET_COLUMNS = 16384, SHEET_ROWS = 1048576, MAX_RATIO = 2000, NAME = 512 };
static const uint64_t FREE_BYTES = (uint64_t)512 << 20;

typedef struct row_end { /* of a row without the separators behind its last cell */
    uint64_t end;        /* in cells */
    uint32_t cells;
} row_end;

typedef struct workbook {
    const void *archive;
    size_t n;
    bool since_1904;
    unsigned sheets; /* that show */
    char relation[NAME], sheet[NAME], strings[NAME], styles[NAME]; /* of the sheet; the parts' names */
    /* Shared strings: texts one behind the other, and where each ends. */
    rv_buffer texts;
    uint64_t *ends;
    size_t n_strings, room_strings;
    /* Number formats of cells, and those that the workbook defines. */
    rv_number_format *formats, own[256];
    unsigned own_ids[256], n_own;
    size_t n_formats, room_formats;
    bool in_cell_formats;
    /* The sheet as it is read. */
    rv_buffer cells, value;
    row_end *rows;
    size_t n_rows, room_rows;
    uint32_t width, column, written; /* of the table; of the cell; cells of the row so far */
    char type;                       /* of the cell: n s i b d e */
    rv_number_format format;
    bool takes; /* text is taken into value */
    unsigned phonetic;
} workbook;

static rv_status damaged(rv_error *err) {
    return rv_fail(err, RV_CORRUPT, "the workbook is damaged: it isn't what its format says");
}

static bool is(const char *name, const char *word) { return strcmp(name, word) == 0; }

/* --- Parts ------------------------------------------------------------------------------------------------------- */

static rv_status read_part(workbook *w, const char *name, const rv_xml_handler *handler, rv_error *err) {
    rv_zip_member member;
    if (!rv_zip_find(w->archive, w->n, name, &member)) return damaged(err);
    if (member.size > FREE_BYTES && member.size / MAX_RATIO > member.packed)
        return rv_fail(err, RV_BAD_INPUT, "%llu bytes of this %s file expand to more than %llu: no table does that",
                       (unsigned long long)member.packed, "xlsx", (unsigned long long)member.size);
    return rv_xml_read(&member, handler, err);
}

static rv_status on_workbook(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    (void)err;
    if (is(name, "workbookPr")) {
        const char *date = rv_xml_attribute(attributes, "date1904");
        w->since_1904 = date && (is(date, "1") || is(date, "true"));
    } else if (is(name, "sheet")) {
        const char *state = rv_xml_attribute(attributes, "state"), *id = rv_xml_attribute(attributes, "id");
        if (!id || (state && !is(state, "visible"))) return RV_OK;
        if (w->sheets++ == 0) snprintf(w->relation, NAME, "%s", id);
    }
    return RV_OK;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static rv_status on_relation(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    (void)err;
    const char *id = rv_xml_attribute(attributes, "Id"), *type = rv_xml_attribute(attributes, "Type"),
               *target = rv_xml_attribute(attributes, "Target");
    if (!is(name, "Relationship") || !id || !type || !target) return RV_OK;
    char *part = is(id, w->relation)                 ? w->sheet
                 : ends_with(type, "/sharedStrings") ? w->strings
                 : ends_with(type, "/styles")        ? w->styles
                                                     : NULL;
    if (part) snprintf(part, NAME, "%s%s", *target == '/' ? "" : "xl/", *target == '/' ? target + 1 : target);
    return RV_OK;
}

/* --- Number formats ---------------------------------------------------------------------------------------------- */

static rv_number_format format_of_id(const workbook *w, unsigned id) {
    for (unsigned i = 0; i < w->n_own; i++)
        if (w->own_ids[i] == id) return w->own[i];
    return rv_number_format_builtin(id);
}

static rv_status on_style(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    const char *id = rv_xml_attribute(attributes, "numFmtId"), *code = rv_xml_attribute(attributes, "formatCode");
    unsigned number = id ? (unsigned)strtoul(id, NULL, 10) : 0;
    if (is(name, "cellXfs")) w->in_cell_formats = true;
    if (is(name, "numFmt") && code && w->n_own < sizeof w->own / sizeof *w->own) {
        w->own_ids[w->n_own] = number;
        w->own[w->n_own++] = rv_number_format_of(code);
    }
    if (!is(name, "xf") || !w->in_cell_formats) return RV_OK;
    if (w->n_formats == w->room_formats) {
        w->room_formats = 2 * w->room_formats + 64;
        if (!rv_array_resize(&w->formats, w->room_formats, sizeof *w->formats, err)) return RV_NO_MEMORY;
    }
    w->formats[w->n_formats++] = format_of_id(w, number);
    return RV_OK;
}

static rv_status on_style_end(void *ctx, const char *name, rv_error *err) {
    (void)err;
    if (is(name, "cellXfs")) ((workbook *)ctx)->in_cell_formats = false;
    return RV_OK;
}

/* --- Texts ------------------------------------------------------------------------------------------------------- */

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* _xHHHH_ is a character that XML can't hold, or an underscore that would look like the beginning of one. */
static void unescape(rv_buffer *text, size_t from) {
    size_t to = from;
    for (size_t i = from; i < text->len;) {
        const char *p = text->data + i;
        int code = -1;
        if (*p == '_' && text->len - i >= 7 && p[1] == 'x' && p[6] == '_') {
            code = 0;
            for (int k = 2; k < 6 && code >= 0; k++) code = hex(p[k]) < 0 ? -1 : code * 16 + hex(p[k]);
        }
        if (code <= 0 || code >= 0x80) text->data[to++] = text->data[i++]; /* beyond ASCII nothing needs it */
        else {
            text->data[to++] = (char)code;
            i += 7;
        }
    }
    text->len = to;
}

static rv_status on_string(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    (void)attributes, (void)err;
    if (is(name, "rPh")) w->phonetic++;
    w->takes = is(name, "t") && !w->phonetic;
    return RV_OK;
}

static rv_status on_string_text(void *ctx, const char *bytes, size_t n, rv_error *err) {
    workbook *w = ctx;
    if (w->takes) rv_buffer_add(&w->texts, bytes, n);
    return rv_buffer_check(&w->texts, err);
}

static rv_status on_string_end(void *ctx, const char *name, rv_error *err) {
    workbook *w = ctx;
    w->takes = false;
    if (is(name, "rPh") && w->phonetic) w->phonetic--;
    if (!is(name, "si")) return RV_OK;
    if (w->n_strings == w->room_strings) {
        w->room_strings = 2 * w->room_strings + 1024;
        if (!rv_array_resize(&w->ends, w->room_strings, sizeof *w->ends, err)) return RV_NO_MEMORY;
    }
    unescape(&w->texts, w->n_strings ? w->ends[w->n_strings - 1] : 0);
    w->ends[w->n_strings++] = w->texts.len;
    return RV_OK;
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

static rv_status end_row(workbook *w, rv_error *err) {
    if (w->n_rows >= SHEET_ROWS) return damaged(err);
    if (w->n_rows == w->room_rows) {
        w->room_rows = 2 * w->room_rows + 1024;
        if (!rv_array_resize(&w->rows, w->room_rows, sizeof *w->rows, err)) return RV_NO_MEMORY;
    }
    w->rows[w->n_rows++] = (row_end){w->cells.len, w->written};
    if (w->written > w->width) w->width = w->written;
    w->written = w->column = 0;
    return rv_buffer_check(&w->cells, err);
}

/* A is 1, AA is 27; 0 where it isn't a place. */
static uint32_t column_of(const char *place) {
    uint32_t column = 0;
    for (; *place >= 'A' && *place <= 'Z' && column <= SHEET_COLUMNS; place++)
        column = column * 26 + (uint32_t)(*place - 'A') + 1;
    return column <= SHEET_COLUMNS ? column : 0;
}

static rv_status begin_cell(workbook *w, const char *const *attributes, rv_error *err) {
    const char *place = rv_xml_attribute(attributes, "r"), *type = rv_xml_attribute(attributes, "t"),
               *style = rv_xml_attribute(attributes, "s");
    w->column = place ? column_of(place) : w->column + 1;
    if (w->column == 0 || w->column > SHEET_COLUMNS || w->column <= w->written) return damaged(err);
    w->type = !type ? 'n' : is(type, "inlineStr") || is(type, "str") ? 'i' : type[0];
    size_t index = style ? strtoul(style, NULL, 10) : 0;
    w->format = index < w->n_formats ? w->formats[index] : (rv_number_format){0};
    w->value.len = 0;
    return RV_OK;
}

static rv_status on_cell(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    if (is(name, "row")) {
        const char *number = rv_xml_attribute(attributes, "r");
        unsigned long row = number ? strtoul(number, NULL, 10) : w->n_rows + 1;
        if (row == 0 || row > SHEET_ROWS || row <= w->n_rows) return damaged(err);
        while (w->n_rows + 1 < row) RV_TRY(end_row(w, err)); /* left out, so empty */
    } else if (is(name, "c")) {
        return begin_cell(w, attributes, err);
    } else if (is(name, "rPh")) {
        w->phonetic++;
    }
    w->takes = is(name, "v") || (is(name, "t") && !w->phonetic);
    return RV_OK;
}

static rv_status on_cell_text(void *ctx, const char *bytes, size_t n, rv_error *err) {
    workbook *w = ctx;
    if (w->takes) rv_buffer_add(&w->value, bytes, n);
    return rv_buffer_check(&w->value, err);
}

static void put_text(workbook *w, rv_text text) {
    if (text.len == 0) return;
    for (uint32_t c = w->written ? w->written : 1; c < w->column; c++) rv_csv_comma(&w->cells);
    w->written = w->column;
    rv_csv_put(&w->cells, text);
}

static rv_status put_value(workbook *w, rv_error *err) {
    rv_text value = rv_text_make(w->value.data, w->value.len);
    if (w->value.len == 0) return RV_OK;
    if (w->type == 's') {
        uint64_t index;
        if (!rv_text_to_unsigned(value, &index) || index >= w->n_strings) return damaged(err);
        uint64_t start = index ? w->ends[index - 1] : 0;
        value = rv_text_make(w->texts.data + start, w->ends[index] - start);
    } else if (w->type == 'n') {
        rv_buffer shown = {0};
        rv_sheet_number_put(&shown, value, w->format, w->since_1904);
        put_text(w, rv_text_make(shown.data, shown.len));
        rv_status status = rv_buffer_check(&shown, err);
        rv_buffer_free(&shown);
        return status;
    } else if (w->type == 'b') {
        value = value.ptr[0] == '1' ? RV_TEXT("true") : RV_TEXT("false");
    } else if (w->type == 'i') {
        unescape(&w->value, 0);
        value = rv_text_make(w->value.data, w->value.len);
    }
    put_text(w, value);
    return RV_OK;
}

static rv_status on_cell_end(void *ctx, const char *name, rv_error *err) {
    workbook *w = ctx;
    w->takes = false;
    if (is(name, "rPh") && w->phonetic) w->phonetic--;
    if (is(name, "c")) return put_value(w, err);
    return is(name, "row") ? end_row(w, err) : RV_OK;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static rv_status write_rows(workbook *w, int fd, rv_error *err) {
    enum { PIECE = 1 << 20 };
    rv_buffer lines = {0};
    uint64_t from = 0, at = 0;
    rv_status status = RV_OK;
    while (w->n_rows && w->rows[w->n_rows - 1].cells == 0) w->n_rows--;
    for (size_t r = 0; r < w->n_rows && status == RV_OK; r++) {
        rv_buffer_add(&lines, w->cells.data + from, w->rows[r].end - from);
        for (uint32_t c = w->rows[r].cells ? w->rows[r].cells : w->width; c < w->width; c++) rv_csv_comma(&lines);
        rv_csv_end(&lines);
        from = w->rows[r].end;
        if (lines.len < PIECE && r + 1 < w->n_rows) continue;
        status = rv_buffer_check(&lines, err);
        if (status == RV_OK) status = rv_file_write_at(fd, lines.data, lines.len, at, err);
        at += lines.len;
        lines.len = 0;
    }
    rv_buffer_free(&lines);
    return status;
}

bool rv_workbook_begins(const void *archive, size_t n) {
    rv_zip_member member;
    return rv_zip_find(archive, n, "xl/workbook.xml", &member);
}

rv_status rv_workbook_to_csv(const void *archive, size_t n, int fd, unsigned *sheets, rv_error *err) {
    workbook *w = rv_new(sizeof *w, err);
    if (!w) return RV_NO_MEMORY;
    w->archive = archive;
    w->n = n;
    rv_status status = read_part(w, "xl/workbook.xml", &(rv_xml_handler){.start = on_workbook, .ctx = w}, err);
    if (status == RV_OK)
        status = read_part(w, "xl/_rels/workbook.xml.rels", &(rv_xml_handler){.start = on_relation, .ctx = w}, err);
    if (status == RV_OK && !w->sheet[0]) status = rv_fail(err, RV_BAD_INPUT, "the workbook has no sheet that shows");
    if (status == RV_OK && w->styles[0])
        status = read_part(w, w->styles, &(rv_xml_handler){on_style, on_style_end, NULL, w}, err);
    if (status == RV_OK && w->strings[0])
        status = read_part(w, w->strings, &(rv_xml_handler){on_string, on_string_end, on_string_text, w}, err);
    if (status == RV_OK) status = read_part(w, w->sheet, &(rv_xml_handler){on_cell, on_cell_end, on_cell_text, w}, err);
    if (status == RV_OK) status = write_rows(w, fd, err);
    *sheets = w->sheets;
    rv_buffer_free(&w->texts);
    rv_buffer_free(&w->cells);
    rv_buffer_free(&w->value);
    rv_free(w->ends);
    rv_free(w->formats);
    rv_free(w->rows);
    rv_free(w);
    return status;
}
