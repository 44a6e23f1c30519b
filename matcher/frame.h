/*
 * A frame: a table in columns of codes, as profile and scores want it. Each column has a dictionary (text values) and
 * one code per row, 0 = missing: a byte where the dictionary has at most 255 values, as nearly all attributes have, for
 * learning and scoring are bound by how many bytes a frame has. Codes of attributes of a megabase are taken as they are; text columns are coded
 * while rows arrive, several threads at once.
 *
 * Names and values are trimmed of blanks at both ends. A postcode is coded by its first two characters, which is all
 * that a profile may see of it.
 */
#ifndef RV_FRAME_H
#define RV_FRAME_H

#include "table_reader.h"
#include "dictionary.h"
#include "role.h"

/* Codes by row: one of both, the other is NULL. */
enum { RV_NARROW_VALUES = 255 };
typedef struct rv_codes {
    uint8_t *narrow; /* of a dictionary of at most RV_NARROW_VALUES values */
    uint32_t *wide;
} rv_codes;
static inline uint32_t rv_code_at(rv_codes codes, uint64_t row) {
    return codes.narrow ? codes.narrow[row] : codes.wide[row];
}

typedef struct rv_frame_column {
    char name[128];
    rv_role role;
    bool scored; /* may enter the profile (cli.md: scored columns) */
    bool sensitive;
    const char *
        defines; /* why it is made of what makes the target, and may not enter the profile (target.h); NULL: it isn't */
    bool suspect; /* it may be: values that only one side has are enough to leave it out */
    rv_dictionary dictionary;
    rv_codes codes; /* rows; in the frame's pages */
} rv_frame_column;

typedef struct rv_frame {
    uint64_t rows;
    uint32_t columns;
    rv_frame_column *column;
    rv_dictionary ids; /* row r has id value ids[r]: starts/bytes in row order (not sorted), n = rows */
    void *pages;       /* all columns' codes; owned */
    size_t pages_bytes;
} rv_frame;
void rv_frame_reset(rv_frame *frame);
const rv_frame_column *rv_frame_find(const rv_frame *frame, const char *name); /* NULL: absent */

/* May a column of this name and role enter a profile? All but ids, names, contact data and `rv_*`. */
bool rv_column_is_scored(const char *name, rv_role role);

struct rv_summary;
/*
 * From a file. Only columns that may be scored are kept, and the one named `keep` (NULL: none), whatever its role; a
 * `keep` that isn't there is RV_BAD_ARGUMENT with the nearest name. Rows without an id column are numbered from 1.
 * Rejected rows go the way of the settings; rows and the input's hash go into the summary (NULL: nowhere).
 * Memory: 1 or 4 bytes per row and column, the distinct values, the ids, and the blocks in flight.
 */
rv_status rv_frame_read(const rv_table_options *table, const char *keep, const rv_settings *settings, rv_frame *out,
                        struct rv_summary *summary, rv_error *err);

/* From blocks, in order (rv_run). Text columns by cell; coded columns by code with a dictionary known beforehand.
 * One thread at a time. */
typedef struct rv_frame_builder rv_frame_builder;
typedef struct rv_frame_spec {
    const char *name;
    rv_role role;
    bool sensitive;
    const rv_dictionary *dictionary; /* NULL: a text column; else borrowed, and copied into the frame as a view */
} rv_frame_spec;
rv_status rv_frame_builder_new(const rv_frame_spec *columns, uint32_t n, rv_frame_builder **out, rv_error *err);
/* Before the first rows are taken: so many of them stand in the first `bytes` of a file of `of` (0: unknown). Room is made
 * for the rest at once, since arrays that grow are copied into fresh memory again and again. */
void rv_frame_builder_expect(rv_frame_builder *builder, uint32_t rows, uint64_t bytes, uint64_t of);
/* texts: rows * (number of text columns), codes: rows * (number of coded columns), row by row, in the order of the
 * specs. ids NULL: rows are numbered. A code above its dictionary's is an assert: whoever reads codes from a file proves them first. */
rv_status rv_frame_builder_add(rv_frame_builder *builder, uint32_t rows, const rv_text *ids, const rv_text *texts,
                               const uint32_t *codes, rv_error *err);
/* The same in two steps: any thread codes rows into a piece, one at a time takes pieces in order. */
typedef struct rv_frame_rows {
    uint32_t rows;
    const rv_text *cells; /* of text columns: cell columns[i] of `stride` cells a row; columns NULL: 0, 1, 2... */
    const uint32_t *columns;
    size_t stride;
    const rv_text *ids; /* NULL: rows are numbered; else one every id_stride texts */
    size_t id_stride;
    const uint32_t *codes; /* as for rv_frame_builder_add, but of `coded` rows only; all codes of others are 0 */
    const uint32_t *coded; /* ascending; NULL: all rows */
    uint32_t n_coded;
} rv_frame_rows;
typedef struct rv_frame_piece rv_frame_piece;
/* *piece is made when NULL, and used again. */
rv_status rv_frame_piece_fill(rv_frame_builder *builder, const rv_frame_rows *rows, rv_frame_piece **piece,
                              rv_error *err);
rv_status rv_frame_builder_take(rv_frame_builder *builder, const rv_frame_piece *piece, rv_error *err);
void rv_frame_piece_free(void *piece); /* NULL is fine */
rv_status rv_frame_builder_finish(rv_frame_builder *builder, int threads, rv_frame *out,
                                  rv_error *err); /* frees, in any case */
void rv_frame_builder_free(rv_frame_builder *builder);

#endif
