/*
 * See workbook_out.h. Texts are put into the sheet as they stand, save what XML can't hold: control characters and what
 * looks like their escape go as _xHHHH_, after ECMA-376 (part 1, 22.4.2.4), and come back by it; bytes that are no UTF-8
 * (reject files may show some) become U+FFFD. The creation date is fixed: the same table gives the same bytes.
 */
#include "workbook_out.h"

#include "date.h"
#include "encoding.h"
#include "workbook_library.h"
#include "zip_reader.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
    WIDTH_ROWS = 1000, /* that say how wide a column is */
    WIDTH_LEAST = 8,   /* characters */
    WIDTH_MOST = 60,
    NUMBER_DIGITS = 15, /* that a spreadsheet keeps of a number */
    CANCEL_ROWS = 1 << 10
};
static const time_t CREATED = 946684800; /* 2000-01-01 */

struct rv_workbook_out {
    char *path;
    int scratch;
    uint64_t bytes, rows, cells;    /* rows with the header; cells that aren't empty */
    uint8_t *widths;                /* per column */
    uint32_t columns, column, room; /* of the header; of the row being read; of widths */
};

bool rv_workbook_is_name(const char *path) {
    static const char end[] = ".xlsx";
    size_t n = strlen(path);
    return n > sizeof end - 1 && strcmp(path + n - (sizeof end - 1), end) == 0;
}

rv_status rv_workbook_out_new(const char *path, const rv_output *output, rv_workbook_out **out, rv_error *err) {
    const rv_workbook_api *api;
    if (rv_workbook_load(&api, err) != RV_OK) return rv_error_at(err, path, 0, 0);
    rv_workbook_out *w = rv_new(sizeof *w, err);
    if (!w) return RV_NO_MEMORY;
    w->scratch = -1;
    size_t n = strlen(path);
    w->path = rv_new(n + 1, err);
    rv_status status = RV_NO_MEMORY;
    if (w->path) {
        memcpy(w->path, path, n);
        w->scratch = rv_file_scratch(rv_output_folder(output), err);
        status = w->scratch >= 0 ? RV_OK : err ? err->status : RV_FAILED;
    }
    if (status == RV_OK) *out = w;
    else rv_workbook_out_free(w);
    return status;
}

void rv_workbook_out_free(rv_workbook_out *w) {
    if (!w) return;
    if (w->scratch >= 0) close(w->scratch);
    rv_free(w->widths);
    rv_free(w->path);
    rv_free(w);
}

/* --- Rows as they come ------------------------------------------------------------------------------------------- */

static rv_status no_room(const rv_workbook_out *w, rv_error *err) {
    rv_error_at(err, w->path, 0, 0);
    rv_error_hint(err, "name the output .csv, .jsonl or .parquet, or split the table");
    return RV_BAD_ARGUMENT;
}

/* Characters as Excel counts them: those beyond U+FFFF are two. */
static uint32_t units_of(const char *p, size_t n) {
    uint32_t units = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        units += (uint32_t)((c & 0xc0) != 0x80) + (uint32_t)(c >= 0xf0);
    }
    return units;
}

static rv_status room_for_column(rv_workbook_out *w, rv_error *err) {
    if (w->column >= RV_SHEET_COLUMNS) {
        rv_fail(err, RV_BAD_ARGUMENT, "a spreadsheet has room for %u columns, and this table has more",
                RV_SHEET_COLUMNS);
        return no_room(w, err);
    }
    if (w->column < w->room) return RV_OK;
    uint32_t room = w->room ? 2 * w->room : 64;
    if (!rv_array_resize(&w->widths, room, 1, err)) return RV_NO_MEMORY;
    memset(w->widths + w->room, 0, room - w->room);
    w->room = room;
    return RV_OK;
}

static rv_status look_at_cell(rv_workbook_out *w, const char *p, size_t n, rv_error *err) {
    RV_TRY(room_for_column(w, err));
    bool quoted = n >= 2 && p[0] == '"';
    if (n == 0 || (quoted && n == 2)) return RV_OK;
    w->cells++;
    if (n <= WIDTH_LEAST || (n <= RV_SHEET_CELL && w->rows > WIDTH_ROWS)) return RV_OK;
    uint32_t units = units_of(p, n);
    if (quoted) units -= 2; /* doubled quotes count as two: for the width that will do */
    if (w->rows <= WIDTH_ROWS && units > w->widths[w->column])
        w->widths[w->column] = (uint8_t)(units < WIDTH_MOST ? units : WIDTH_MOST);
    for (size_t i = 1; quoted && units > RV_SHEET_CELL && i + 1 < n; i++) units -= p[i] == '"' && p[++i] == '"';
    if (units <= RV_SHEET_CELL) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT,
            "row %llu, column %u: a text of %u characters, and a spreadsheet's cell has room for %u",
            (unsigned long long)w->rows + 1, w->column + 1, units, RV_SHEET_CELL);
    return no_room(w, err);
}

rv_status rv_workbook_out_add(rv_workbook_out *w, const char *csv, size_t n, rv_error *err) {
    for (const char *p = csv, *end = csv + n; p < end;) {
        const char *stop = rv_csv_cell_end(p, end);
        if (w->rows >= RV_SHEET_ROWS) {
            rv_fail(err, RV_BAD_ARGUMENT, "a spreadsheet has room for %u rows, and this table has more", RV_SHEET_ROWS);
            return no_room(w, err);
        }
        RV_TRY(look_at_cell(w, p, (size_t)(stop - p), err));
        w->column++;
        if (stop == end || *stop == '\n') {
            if (w->columns < w->column) w->columns = w->column;
            w->column = 0;
            w->rows++;
        }
        p = stop + 1;
    }
    if (rv_file_write_at(w->scratch, csv, n, w->bytes, err) != RV_OK) return rv_error_at(err, w->path, 0, 0);
    w->bytes += n;
    return RV_OK;
}

/* --- Cells ------------------------------------------------------------------------------------------------------- */

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

static bool looks_escaped(const char *p, size_t n) {
    return n >= 7 && p[0] == '_' && p[1] == 'x' && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]) &&
           p[6] == '_';
}

/* The text as the library wants it: zero-terminated, valid, escapes escaped. Control characters it escapes itself. */
static void put_text(rv_buffer *to, rv_text text) {
    to->len = 0;
    for (size_t i = 0, n = text.len; i < n;) {
        size_t valid = rv_utf8_prefix(text.ptr + i, n - i);
        for (size_t end = i + valid; i < end; i++) {
            if (text.ptr[i] == 0) rv_buffer_string(to, "\xef\xbf\xbd");
            else if (looks_escaped(text.ptr + i, n - i)) rv_buffer_string(to, "_x005F_");
            else if (end - i >= 3 && memcmp(text.ptr + i, "\xef\xbf", 2) == 0 &&
                     (unsigned char)text.ptr[i + 2] >= 0xbe) {
                rv_buffer_string(to, "\xef\xbf\xbd"); /* U+FFFE, U+FFFF */
                i += 2;
            } else rv_buffer_byte(to, text.ptr[i]);
        }
        if (i < n) {
            rv_buffer_string(to, "\xef\xbf\xbd");
            i++;
        }
    }
    rv_buffer_byte(to, 0);
}

typedef struct sheet {
    const rv_workbook_api *api;
    const rv_csv_form *form;
    const char *path;
    void *workbook, *at, *bold, *date;
    rv_buffer text, room;
    uint32_t row;
    uint16_t column;
} sheet;

static bool own_number(const char *p, size_t n, double *out) {
    return n <= NUMBER_DIGITS + 2 && rv_csv_is_number(p, n) &&
           rv_text_to_decimal(rv_text_make(p, n), '.', out); /* sign, mark */
}

/* Days since 1899-12-30. Before March 1900 spreadsheets count a day that never was. */
static bool own_date(const char *p, size_t n, double *out) {
    if (!rv_csv_is_date(p, n)) return false;
    int32_t date = rv_date_parse(rv_text_make(p, n), RV_YMD);
    if (date == RV_DATE_NONE || date < rv_date_of(1900, 3, 1)) return false;
    *out = date - rv_date_of(1899, 12, 30);
    return true;
}

static rv_status lib_failed(const sheet *s, int error, rv_error *err) {
    if (errno == ENOSPC) return rv_fail_errno(err, RV_FAILED, s->path, "writing failed");
    return rv_fail(err, RV_FAILED, "libxlsxwriter says: %s", s->api->lxw_strerror(error));
}

static rv_status put_cell(sheet *s, const char *p, size_t n, rv_error *err) {
    double value;
    int error;
    bool own = s->row > 0 && rv_csv_form_is_own(s->form, s->column);
    if (n == 0 || (n == 2 && p[0] == '"')) return RV_OK;
    if (own && own_number(p, n, &value)) {
        error = s->api->worksheet_write_number(s->at, s->row, s->column, value, NULL);
    } else if (own && own_date(p, n, &value)) {
        error = s->api->worksheet_write_number(s->at, s->row, s->column, value, s->date);
    } else {
        put_text(&s->text, rv_csv_cell_text(p, n, &s->room));
        if (s->text.failed || s->room.failed) return rv_fail_memory(err, n);
        error = s->api->worksheet_write_string(s->at, s->row, s->column, s->text.data, s->row == 0 ? s->bold : NULL);
    }
    return error ? lib_failed(s, error, err) : RV_OK;
}

static rv_status put_rows(sheet *s, const char *csv, size_t n, const volatile int *cancel, rv_error *err) {
    for (const char *p = csv, *end = csv + n; p < end;) {
        const char *stop = rv_csv_cell_end(p, end);
        RV_TRY(put_cell(s, p, (size_t)(stop - p), err));
        s->column++;
        if (stop == end || *stop == '\n') {
            s->column = 0;
            s->row++;
            if (cancel && *cancel && s->row % CANCEL_ROWS == 0)
                return rv_fail(err, RV_INTERRUPTED, "stopped as asked; no output was changed");
        }
        p = stop + 1;
    }
    return RV_OK;
}

/* --- The workbook ------------------------------------------------------------------------------------------------ */

static rv_status begin(sheet *s, const rv_workbook_out *w, const rv_output *output, rv_error *err) {
    const rv_workbook_api *api = s->api;
    const char *folder = rv_output_folder(output);
    rv_workbook_options options = {.constant_memory = 1, .tmpdir = folder ? folder : "/tmp"};
    options.use_zip64 =
        w->bytes + 40 * w->cells > UINT32_MAX; /* some programs can't read it: only where it has to be */
    rv_workbook_properties properties = {.created = CREATED};
    s->workbook = api->workbook_new_opt(rv_output_temporary(output), &options);
    if (!s->workbook) return rv_fail_memory(err, 1 << 12);
    s->at = api->workbook_add_worksheet(s->workbook, "reveil");
    s->bold = api->workbook_add_format(s->workbook);
    s->date = api->workbook_add_format(s->workbook);
    if (!s->at || !s->bold || !s->date || api->workbook_set_properties(s->workbook, &properties) != 0)
        return rv_fail_memory(err, 1 << 12);
    api->format_set_bold(s->bold);
    api->format_set_num_format_index(s->date, RV_WORKBOOK_SHORT_DATE);
    return RV_OK;
}

static rv_status end(sheet *s, const rv_workbook_out *w, rv_error *err) {
    const rv_workbook_api *api = s->api;
    for (uint16_t c = 0; c < w->columns; c++)
        api->worksheet_set_column(s->at, c, c, (w->widths[c] > WIDTH_LEAST ? w->widths[c] : WIDTH_LEAST) + 3, NULL);
    api->worksheet_freeze_panes(s->at, 1, 0);
    api->worksheet_ignore_errors(s->at, RV_WORKBOOK_NUMBER_AS_TEXT, "A1:XFD1048576"); /* they are meant to be texts */
    if (w->columns) api->worksheet_autofilter(s->at, 0, 0, (uint32_t)w->rows - 1, (uint16_t)(w->columns - 1));
    void *workbook = s->workbook;
    s->workbook = NULL;
    int error = api->workbook_close(workbook);
    return error ? lib_failed(s, error, err) : RV_OK;
}

typedef struct counting {
    uint64_t cells;
    char last[2];
} counting;

static rv_status count_cells(void *ctx, const char *xml, size_t n, rv_error *err) {
    counting *c = ctx;
    (void)err;
    char a = c->last[0], b = c->last[1];
    for (size_t i = 0; i < n; i++) {
        c->cells += a == '<' && b == 'c' && xml[i] == ' ';
        a = b;
        b = xml[i];
    }
    c->last[0] = a;
    c->last[1] = b;
    return RV_OK;
}

static rv_status prove(const rv_workbook_out *w, const rv_output *output, rv_error *err) {
    rv_mapping file;
    rv_zip_member member;
    counting found = {0};
    RV_TRY(rv_file_map(rv_output_temporary(output), &file, err));
    rv_status status = RV_FAILED;
    if (rv_zip_find(file.data, file.size, "xl/worksheets/sheet1.xml", &member))
        status = rv_zip_read(&member, count_cells, &found, err);
    rv_file_unmap(&file);
    if (status == RV_NO_MEMORY || status == RV_INTERRUPTED || (status == RV_OK && found.cells == w->cells))
        return status;
    return rv_fail(err, RV_NO_SPACE, "the workbook isn't whole: is the disk full?");
}

rv_status rv_workbook_out_write(rv_workbook_out *w, const rv_csv_form *form, const rv_output *output,
                                const volatile int *cancel, rv_error *err) {
    sheet s = {.form = form, .path = w->path};
    char name[32];
    rv_mapping csv = {.fd = -1};
    snprintf(name, sizeof name, "/proc/self/fd/%d", w->scratch);
    rv_status status = rv_workbook_load(&s.api, err);
    if (status == RV_OK) status = rv_file_map(name, &csv, err);
    errno = 0;
    if (status == RV_OK) status = begin(&s, w, output, err);
    if (status == RV_OK) status = put_rows(&s, (const char *)csv.data, csv.size, cancel, err);
    if (status == RV_OK) status = end(&s, w, err);
    if (s.workbook) s.api->lxw_workbook_free(s.workbook);
    rv_file_unmap(&csv);
    rv_buffer_free(&s.text);
    rv_buffer_free(&s.room);
    if (status == RV_OK) status = prove(w, output, err);
    return status == RV_OK ? RV_OK : rv_error_at(err, w->path, 0, 0);
}
