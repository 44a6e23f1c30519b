/*
 * Reading for rv_evaluate. Serial on purpose: an evaluation is as fast as its interning, and the numbers that ids get
 * must not depend on threads.
 */
#include "table_reader.h"
#include "evaluate.h"
#include "parallel.h"
#include "report.h"

typedef struct reading {
    const char *path;
    const rv_settings *settings;
    const int *at; /* per wanted column: index in the file, or -1 */
    size_t n;
    rv_text *cells;
    rv_eval_row row;
    void *ctx;
} reading;

static bool is_taken(const int *at, size_t n, int column) {
    for (size_t i = 0; i < n; i++)
        if (at[i] == column) return true;
    return false;
}

/* at[0..i-1] are found already: no column serves twice. */
static int column_at(const rv_table_info *info, const rv_eval_column *want, const int *at, size_t i) {
    for (size_t name = 0; want->names && want->names[name]; name++)
        for (uint32_t c = 0; c < info->columns; c++)
            if (rv_text_is_nocase(info->names[c], want->names[name]) && !is_taken(at, i, (int)c)) return (int)c;
    bool there = want->position >= 0 && (uint32_t)want->position < info->columns;
    return there && !is_taken(at, i, want->position) ? want->position : -1;
}

static rv_status consume(void *ctx, rv_table_block *block, rv_error *err) {
    reading *r = ctx;
    RV_TRY(rv_check_cancel(r->settings, err));
    RV_TRY(rv_check_memory(r->settings, err));
    if (block->n_rejects > block->tally.asides) {
        const rv_reject *first = block->rejects;
        while (rv_reject_is_aside(first->reason)) first++;
        rv_fail(err, RV_BAD_INPUT, "a row that can't be read (%s); an evaluation reads all rows or none",
                first->reason);
        rv_error_at(err, r->path, first->line, 0);
        return RV_BAD_INPUT;
    }
    for (uint32_t row = 0; row < block->batch.rows; row++) {
        for (size_t i = 0; i < r->n; i++) {
            r->cells[i] = r->at[i] < 0 ? (rv_text){0} : rv_batch_cell(&block->batch, row, (uint32_t)r->at[i]);
            if (r->at[i] >= 0 && !r->cells[i].len) r->cells[i].ptr = ""; /* empty isn't absent */
        }
        rv_status status = r->row(r->ctx, r->cells, block->batch.lines[row], err);
        if (status != RV_OK) {
            if (status == RV_BAD_INPUT) rv_error_at(err, r->path, block->batch.lines[row], 0);
            return status;
        }
    }
    return RV_OK;
}

static bool has_named(const rv_table *csv, const rv_eval_column *columns, size_t n) {
    const rv_table_info *info = rv_table_describe(csv);
    for (size_t i = 0; i < n; i++)
        for (size_t name = 0; columns[i].names && columns[i].names[name]; name++)
            for (uint32_t c = 0; c < info->columns; c++)
                if (rv_text_is_nocase(info->names[c], columns[i].names[name])) return true;
    return false;
}

/* Reasons joined by '|' can look like columns. A file without any of the names looked for is read as reveil writes its
 * own, with commas, where that finds one. A stream is taken as it is. */
static rv_status prefer_own_form(const char *path, const rv_eval_column *columns, size_t n, rv_table **csv,
                                 rv_error *err) {
    static const rv_dialect own = {.separator = ',', .header = RV_YES};
    rv_table *again = NULL;
    if (strcmp(path, "-") == 0 || has_named(*csv, columns, n)) return RV_OK;
    rv_status status = rv_table_open(path, &own, &again, err);
    bool better = status == RV_OK && has_named(again, columns, n);
    rv_table_close(better ? *csv : again);
    if (better) *csv = again;
    return RV_OK;
}

enum { COLUMNS_MAX = 8 };

rv_status rv_eval_read(const char *path, const rv_eval_column *columns, size_t n, const rv_settings *settings,
                       rv_eval_row row, void *ctx, rv_error *err) {
    rv_table *csv = NULL;
    int at[COLUMNS_MAX];
    rv_text cells[COLUMNS_MAX];
    rv_dialect dialect = {.header = RV_YES};
    if (n > COLUMNS_MAX) return rv_fail(err, RV_FAILED, "more than %d columns wanted", COLUMNS_MAX);
    RV_TRY(rv_table_open(path, &dialect, &csv, err));
    RV_TRY(prefer_own_form(path, columns, n, &csv, err));
    rv_status status = RV_OK;
    const rv_table_info *info = rv_table_describe(csv);
    for (size_t i = 0; i < n && status == RV_OK; i++) {
        at[i] = column_at(info, &columns[i], at, i);
        if (at[i] >= 0 || !columns[i].required) continue;
        const char *name = columns[i].names && columns[i].names[0] ? columns[i].names[0] : NULL;
        status = name ? rv_fail(err, RV_BAD_INPUT, "no column '%s'", name)
                      : rv_fail(err, RV_BAD_INPUT, "%d columns needed, the file has %u", columns[i].position + 1,
                                info->columns);
        rv_error_at(err, path, info->header_line, 0);
    }
    if (status == RV_OK) {
        reading r = {path, settings, at, n, cells, row, ctx};
        rv_table_visitor visitor = {.consume = consume, .ctx = &r};
        status = rv_table_each(csv, rv_threads(settings), &visitor, err);
    }
    rv_table_close(csv);
    return status;
}
