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

enum { SHEET_COLUMNS = 16384, SHEET_ROWS = 1048576, FORMATS = 65536, NAME = 512 };
enum { CELL_BYTES = RV_WORKBOOK_CELL_MAX * 7 }; /* as stored: _xHHHH_ is a character */

typedef struct row_end { /* of a row without the separators behind its last cell */
    uint64_t end;        /* in cells */
    uint32_t cells;
} row_end;

typedef struct workbook {
    const void *archive;
    size_t n;
    bool since_1904;
    rv_workbook_notes *notes;
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
    bool formula;                    /* the cell has one, and no text so far */
    rv_number_format format;
    bool takes; /* text is taken into value */
    unsigned phonetic;
} workbook;

static rv_status damaged(rv_error *err) {
    rv_fail(err, RV_CORRUPT, "the workbook is damaged: it isn't what its format says");
    rv_error_hint(err, "open it in a spreadsheet and save it again");
    return RV_CORRUPT;
}

static rv_status check_expansion(const workbook *w, uint64_t kept, rv_error *err) {
    if (kept <= RV_WORKBOOK_FREE_BYTES || kept / RV_WORKBOOK_MAX_RATIO <= w->n) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "%llu bytes of this %s file expand to more than %llu: no table does that",
            (unsigned long long)w->n, "xlsx", (unsigned long long)kept);
    rv_error_hint(err, "if you trust the file, save the sheet as CSV UTF-8");
    return RV_BAD_INPUT;
}
static uint64_t kept_bytes(const workbook *w) {
    return w->texts.len + w->cells.len + w->room_strings * sizeof *w->ends + w->room_rows * sizeof *w->rows;
}

static rv_status too_long(const workbook *w, rv_error *err) {
    char letters[4] = {0};
    uint32_t column = w->column, n = column > 702 ? 3 : column > 26 ? 2 : 1;
    for (; n > 0; column = (column - 1) / 26) letters[--n] = (char)('A' + (column - 1) % 26);
    rv_fail(err, RV_BAD_INPUT, "sheet '%s', cell %s%zu: more than 32767 characters, which no spreadsheet's cell holds",
            w->notes->sheet, letters, w->n_rows + 1);
    rv_error_hint(err, "shorten that cell, or save the sheet as CSV UTF-8");
    return RV_BAD_INPUT;
}
/* As Excel counts them: characters beyond U+FFFF are two. */
static bool fits_cell(rv_text text) {
    uint32_t n = 0;
    if (text.len <= RV_WORKBOOK_CELL_MAX) return true;
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        n += (c & 0xc0) != 0x80;
        n += c >= 0xf0;
    }
    return n <= RV_WORKBOOK_CELL_MAX;
}

static bool is(const char *name, const char *word) { return strcmp(name, word) == 0; }

/* --- Parts ------------------------------------------------------------------------------------------------------- */

static rv_status read_part(workbook *w, const char *name, const rv_xml_handler *handler, rv_error *err) {
    rv_zip_member member;
    if (!rv_zip_find(w->archive, w->n, name, &member)) return damaged(err);
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
        const char *sheet = rv_xml_attribute(attributes, "name");
        if (w->notes->sheets++ > 0) return RV_OK;
        snprintf(w->relation, NAME, "%s", id);
        snprintf(w->notes->sheet, sizeof w->notes->sheet, "%s", sheet ? sheet : "");
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
    if (w->n_formats == FORMATS) return damaged(err);
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
    size_t start = w->n_strings ? w->ends[w->n_strings - 1] : 0;
    if (!w->takes || w->texts.len - start > CELL_BYTES) return RV_OK; /* which cell it is of isn't known yet */
    rv_buffer_add(&w->texts, bytes, n);
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
    return check_expansion(w, kept_bytes(w), err);
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
    RV_TRY(rv_buffer_check(&w->cells, err));
    return check_expansion(w, kept_bytes(w), err);
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
    w->formula = false;
    return RV_OK;
}

/* A2:A5; not A2:F2. */
static bool spans_rows(const char *reference) {
    const char *colon = strchr(reference, ':');
    if (!colon) return false;
    return strtoul(reference + strcspn(reference, "0123456789"), NULL, 10) !=
           strtoul(colon + strcspn(colon, "0123456789"), NULL, 10);
}

static rv_status on_cell(void *ctx, const char *name, const char *const *attributes, rv_error *err) {
    workbook *w = ctx;
    if (is(name, "row")) {
        const char *number = rv_xml_attribute(attributes, "r");
        unsigned long row = number ? strtoul(number, NULL, 10) : w->n_rows + 1;
        if (row == 0 || row > SHEET_ROWS || row <= w->n_rows) return damaged(err);
        while (w->n_rows + 1 < row) RV_TRY(end_row(w, err)); /* left out, so empty */
        const char *hidden = rv_xml_attribute(attributes, "hidden");
        w->notes->hidden_rows += hidden && (is(hidden, "1") || is(hidden, "true"));
    } else if (is(name, "c")) {
        return begin_cell(w, attributes, err);
    } else if (is(name, "rPh")) {
        w->phonetic++;
    } else if (is(name, "mergeCell")) {
        const char *reference = rv_xml_attribute(attributes, "ref");
        w->notes->merged_down += reference && spans_rows(reference);
    } else if (is(name, "f")) {
        w->formula = true;
    } else if (is(name, "v") && w->type != 'n') {
        w->formula = false; /* an empty text is a value; an empty number isn't, though libraries write <v/> */
    }
    w->takes = is(name, "v") || (is(name, "t") && !w->phonetic);
    return RV_OK;
}

static rv_status on_cell_text(void *ctx, const char *bytes, size_t n, rv_error *err) {
    workbook *w = ctx;
    if (!w->takes) return RV_OK;
    rv_buffer_add(&w->value, bytes, n);
    RV_TRY(rv_buffer_check(&w->value, err));
    return w->value.len > CELL_BYTES ? too_long(w, err) : RV_OK;
}

static rv_status put_text(workbook *w, rv_text text, rv_error *err) {
    if (text.len == 0) return RV_OK;
    if (!fits_cell(text)) return too_long(w, err);
    for (uint32_t c = w->written ? w->written : 1; c < w->column; c++) rv_csv_comma(&w->cells);
    w->written = w->column;
    rv_csv_put(&w->cells, text);
    return check_expansion(w, kept_bytes(w), err);
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
        rv_status status = rv_buffer_check(&shown, err);
        if (status == RV_OK) status = put_text(w, rv_text_make(shown.data, shown.len), err);
        rv_buffer_free(&shown);
        return status;
    } else if (w->type == 'b') {
        value = value.ptr[0] == '1' ? RV_TEXT("true") : RV_TEXT("false");
    } else if (w->type == 'i') {
        unescape(&w->value, 0);
        value = rv_text_make(w->value.data, w->value.len);
    }
    return put_text(w, value, err);
}

static rv_status on_cell_end(void *ctx, const char *name, rv_error *err) {
    workbook *w = ctx;
    w->takes = false;
    if (is(name, "rPh") && w->phonetic) w->phonetic--;
    if (is(name, "c")) {
        w->notes->unvalued += w->formula && w->value.len == 0;
        return put_value(w, err);
    }
    return is(name, "row") ? end_row(w, err) : RV_OK;
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

/* A first sheet that was left empty is common: a new workbook has three. */
static rv_status empty_sheet(const workbook *w, rv_error *err) {
    rv_fail(err, RV_BAD_INPUT, "the sheet '%s' is empty", w->notes->sheet);
    if (w->notes->sheets > 1)
        rv_error_hint(err, "the first sheet that shows is read: hide it, or put the table's in front");
    return RV_BAD_INPUT;
}

static rv_status write_rows(workbook *w, int fd, rv_error *err) {
    enum { PIECE = 1 << 20 };
    rv_buffer lines = {0};
    uint64_t from = 0, at = 0;
    rv_status status = RV_OK;
    while (w->n_rows && w->rows[w->n_rows - 1].cells == 0) w->n_rows--;
    if (w->n_rows == 0) return empty_sheet(w, err);
    RV_TRY(check_expansion(w, w->cells.len + (uint64_t)w->n_rows * w->width, err)); /* one cell far to the right */
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

rv_status rv_workbook_to_csv(const void *archive, size_t n, int fd, rv_workbook_notes *notes, rv_error *err) {
    workbook *w = rv_new(sizeof *w, err);
    if (!w) return RV_NO_MEMORY;
    w->archive = archive;
    w->n = n;
    w->notes = notes;
    *notes = (rv_workbook_notes){0};
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
    rv_buffer_free(&w->texts);
    rv_buffer_free(&w->cells);
    rv_buffer_free(&w->value);
    rv_free(w->ends);
    rv_free(w->formats);
    rv_free(w->rows);
    rv_free(w);
    return status;
}
