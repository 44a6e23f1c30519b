/*
 * Pieces of some hundred thousand rows are handed to threads; within a piece, steps of 2,048 rows are proved and shown.
 *
 * What bounds an image's walk is memory, once the page tables don't: a piece's pages are mapped by one call
 * (MADV_POPULATE_READ) and dropped by another, in whole pages of 2 MB where the file is mapped so. Dropping 2 MB at a
 * time, across the bounds of large pages, splits them and interrupts the other threads each time: 82 ms of a walk's 180 on
 * 1.4 GB (2026-11-21).
 */
#include "megabase_walk.h"

#include "megabase_internal.h"
#include "parallel.h"
#include <sys/mman.h>

enum { PIECE_LEAST = 8 * RV_WALK_STEP, PIECE_MOST = 256 * RV_WALK_STEP, LARGE_PAGE = 2 << 20 };

const rv_record_layout *rv_megabase_record_layout(const rv_megabase *m) { return &m->layout; }

typedef struct walked_column { /* the records, or a side column */
    rv_rows_section *section;
    const unsigned char *mapped; /* NULL: packed, decoded frame by frame */
    bool proved;                 /* decoded before, by somebody else */
} walked_column;

typedef struct worker {
    rv_codec *codec;
    unsigned char *turned;    /* a frame as it was packed */
    unsigned char **frames;   /* per column: a frame's rows */
    const unsigned char **at; /* per column: the rows that are shown */
} worker;

typedef struct walking {
    rv_megabase *megabase;
    walked_column *columns; /* the records first */
    size_t n_columns;
    uint32_t piece_rows;
    size_t frame_bytes; /* of the widest frame */
    worker *workers;
    rv_walk_fn visit;
    void *ctx;
} walking;

/* --- Image ------------------------------------------------------------------------------------------------------- */

/*
 * Advice about the bytes of n rows, in units of `unit` bytes rounded down at both ends, so that neighbours share no unit,
 * but never a byte outside the section's own pages: what lies beyond is somebody else's, and advice can empty it.
 * Failure is fine: pages are then faulted in one by one, or stay.
 */
static void advise(const walked_column *column, uint32_t rows, uint32_t first, uint32_t n, uintptr_t unit, int advice) {
    size_t width = column->section->width;
    uintptr_t page = RV_RVL_PAGE, start = (uintptr_t)column->mapped;
    uintptr_t least = (start + page - 1) & ~(page - 1), most = (start + rows * width) & ~(page - 1);
    uintptr_t a = (start + first * width) & ~(unit - 1), b = (start + (first + n) * width) & ~(unit - 1);
    if (a < least) a = least;
    if (b > most || first + n == rows) b = most;
    if (b > a) madvise((void *)a, b - a, advice); // NOLINT: an address made of an address
}

static void advise_all(const walking *w, uint32_t first, uint32_t n, uintptr_t unit, int advice) {
    for (size_t c = 0; c < w->n_columns; c++) {
        const walked_column *column = &w->columns[c];
        if (column->section->width && column->mapped && !column->proved)
            advise(column, w->megabase->meta.rows, first, n, unit, advice);
    }
}

static rv_status show_mapped(const walking *w, uint32_t first, uint32_t n, int index, rv_error *err) {
    worker *self = &w->workers[index];
    for (size_t c = 0; c < w->n_columns; c++) {
        const walked_column *column = &w->columns[c];
        uint64_t width = column->section->width;
        self->at[c] = width ? column->mapped + first * width : NULL;
        if (width && !column->proved)
            RV_TRY(rv_rvl_prove(w->megabase->file, column->section->entry, first * width, n * width, err));
    }
    return w->visit(w->ctx, &(rv_walk_rows){first, n, self->at[0], self->at + 1}, index, err);
}

/* --- Archive ----------------------------------------------------------------------------------------------------- */

static rv_status decode_frame(const walking *w, worker *self, size_t c, uint64_t frame, uint32_t n, rv_error *err) {
    const rv_rvl_entry *e = w->columns[c].section->entry;
    size_t width = w->columns[c].section->width, packed, raw, want = n * width;
    const unsigned char *bytes;
    if (!self->codec) RV_TRY(rv_codec_new(&self->codec, err));
    if (!self->turned && !(self->turned = rv_new(w->frame_bytes, err))) return RV_NO_MEMORY;
    if (!self->frames[c] && !(self->frames[c] = rv_new((size_t)e->frame_raw, err))) return RV_NO_MEMORY;
    RV_TRY(rv_rvl_frame(w->megabase->file, e, frame, &bytes, &packed, err));
    if (!rv_codec_raw_size(bytes, packed, want, &raw) || raw != want)
        return rv_megabase_corrupt(w->megabase, err, "a frame doesn't hold its rows");
    bool turn = e->width > 1;
    rv_status status = rv_codec_unpack(self->codec, bytes, packed, turn ? self->turned : self->frames[c], want, err);
    if (status == RV_CORRUPT) return rv_error_at(err, rv_rvl_path(w->megabase->file), 0, 0), status;
    if (status == RV_OK && turn) rv_bytes_untranspose(self->turned, want / e->width, e->width, self->frames[c]);
    return status;
}

static rv_status show_frame(const walking *w, uint32_t first, uint32_t n, int index, rv_error *err) {
    worker *self = &w->workers[index];
    for (size_t c = 0; c < w->n_columns; c++) {
        const walked_column *column = &w->columns[c];
        if (column->section->width && !column->mapped) RV_TRY(decode_frame(w, self, c, first / w->piece_rows, n, err));
    }
    for (uint32_t done = 0, step; done < n; done += step) {
        step = n - done < RV_WALK_STEP ? n - done : RV_WALK_STEP;
        for (size_t c = 0; c < w->n_columns; c++) {
            const walked_column *column = &w->columns[c];
            size_t width = column->section->width;
            self->at[c] = !width           ? NULL
                          : column->mapped ? column->mapped + (first + done) * width
                                           : self->frames[c] + done * width;
        }
        RV_TRY(w->visit(w->ctx, &(rv_walk_rows){first + done, step, self->at[0], self->at + 1}, index, err));
    }
    return RV_OK;
}

/* --- Both -------------------------------------------------------------------------------------------------------- */

static rv_status walk_piece(void *ctx, size_t piece, int index, rv_error *err) {
    const walking *w = ctx;
    uint32_t first = (uint32_t)(piece * w->piece_rows), left = w->megabase->meta.rows - first;
    uint32_t n = left < w->piece_rows ? left : w->piece_rows;
    if (!w->megabase->image) return show_frame(w, first, n, index, err);
    advise_all(w, first, n, RV_RVL_PAGE, MADV_POPULATE_READ);
    rv_status status = RV_OK;
    for (uint32_t done = 0, step; done < n && status == RV_OK; done += step) {
        step = n - done < RV_WALK_STEP ? n - done : RV_WALK_STEP;
        status = show_mapped(w, first + done, step, index, err);
    }
    advise_all(w, first, n, LARGE_PAGE, MADV_DONTNEED);
    return status;
}

/* A section that somebody has decoded whole is read from there. */
static rv_status open_column(walking *w, rv_rows_section *section, walked_column *out, rv_error *err) {
    rv_megabase *m = w->megabase;
    *out = (walked_column){.section = section};
    if (section->width == 0) return RV_OK;
    if (section->decoded) {
        out->mapped = section->data;
        out->proved = true;
    } else if (m->image) {
        out->mapped = rv_rvl_bytes(m->file, section->entry);
    } else if (m->meta.rows && section->entry->frame_raw != (uint64_t)RV_CONTACT_BLOCK * section->width) {
        return rv_megabase_corrupt(m, err, "a section isn't packed in blocks of contacts");
    }
    if (!out->mapped && section->entry->frame_raw > w->frame_bytes) w->frame_bytes = (size_t)section->entry->frame_raw;
    return RV_OK;
}

static rv_status make_workers(walking *w, int threads, rv_error *err) {
    if (!(w->workers = rv_array_new((size_t)threads, sizeof *w->workers, err))) return RV_NO_MEMORY;
    for (int i = 0; i < threads; i++) {
        w->workers[i].frames = rv_array_new(w->n_columns, sizeof *w->workers[i].frames, err);
        w->workers[i].at = rv_array_new(w->n_columns + 1, sizeof *w->workers[i].at, err);
        if (!w->workers[i].frames || !w->workers[i].at) return RV_NO_MEMORY;
    }
    return RV_OK;
}

static void free_workers(walking *w, int threads) {
    for (int i = 0; w->workers && i < threads; i++) {
        worker *self = &w->workers[i];
        for (size_t c = 0; self->frames && c < w->n_columns; c++) rv_free(self->frames[c]);
        rv_free(self->frames);
        rv_free(self->at);
        rv_free(self->turned);
        rv_codec_free(self->codec);
    }
    rv_free(w->workers);
    rv_free(w->columns);
}

static rv_status open_columns(walking *w, const uint32_t *sides, size_t n_sides, rv_error *err) {
    rv_megabase *m = w->megabase;
    if (!(w->columns = rv_array_new(w->n_columns, sizeof *w->columns, err))) return RV_NO_MEMORY;
    RV_TRY(open_column(w, &m->records, &w->columns[0], err));
    for (size_t i = 0; i < n_sides; i++) {
        if (sides[i] >= m->schema.n_attributes || m->layout.places[sides[i]].bits <= 8)
            return rv_fail(err, RV_BAD_ARGUMENT, "attribute %u has no side column", sides[i]);
        RV_TRY(open_column(w, &m->wide[sides[i]], &w->columns[i + 1], err));
    }
    return RV_OK;
}

/* Large enough that dropping pages is rare, small enough that all threads end together. */
static uint32_t rows_of_piece(const rv_megabase *m, int threads) {
    if (!m->image) return RV_CONTACT_BLOCK;
    uint32_t rows = m->meta.rows / ((uint32_t)threads * 16) / RV_WALK_STEP * RV_WALK_STEP;
    return rows < PIECE_LEAST ? PIECE_LEAST : rows > PIECE_MOST ? PIECE_MOST : rows;
}

rv_status rv_megabase_walk(rv_megabase *m, const uint32_t *sides, size_t n_sides, int threads, rv_walk_fn visit,
                           void *ctx, rv_error *err) {
    if (threads < 1) threads = rv_threads(NULL);
    walking w = {
        .megabase = m, .n_columns = n_sides + 1, .piece_rows = rows_of_piece(m, threads), .visit = visit, .ctx = ctx};
    RV_TRY(rv_rvl_check_size(m->file, err));
    rv_status status = open_columns(&w, sides, n_sides, err);
    if (status == RV_OK) status = make_workers(&w, threads, err);
    size_t pieces = ((size_t)m->meta.rows + w.piece_rows - 1) / w.piece_rows;
    if (status == RV_OK) status = rv_parallel(threads, pieces, walk_piece, &w, err);
    free_workers(&w, threads);
    return status;
}
