/*
 * Cutting a table into blocks that begin and end at true record boundaries, so that they can be parsed apart. Serial:
 * only whoever has seen all quotes before knows whether a line end is one. One pass at memory speed over masks of
 * quotes and line ends, as long as quotes are regular; a record with an irregular one is read by csv_exact.h, then the pass
 * goes on behind it. What was looked at beyond such a record is looked at twice, not more: an opening quote that never
 * closes reaches as far as the next odd run of quotes, and that can't be reached so again.
 */
#ifndef RV_CSV_CUTTER_H
#define RV_CSV_CUTTER_H

#include "csv_parse.h"
#include "csv_source.h"

/* The block, its cells (thrice its size) and what a job makes of them stay in a core's own cache of 2 MB, and handing a block
 * over (some microseconds) costs about a hundredth of the work on it. Enriching: 256 KB 2.57, 128 KB 2.48, 64 KB 2.53 s of
 * processor time a million clients (2026-11-22). */
#define RV_CSV_BLOCK_BYTES ((size_t)128 << 10)

typedef struct rv_csv_cutter {
    rv_csv_source source;
    rv_csv_rules rules;
    size_t block_bytes; /* at most rules.record_limit */
    uint64_t line;      /* of the window's first byte */
    rv_csv_ahead ahead;
    uint64_t passed_hash; /* of the bytes passed over outside blocks, chained */
    rv_table_bytes bytes; /* what those were: filled by whoever passes over them */
} rv_csv_cutter;

/* The next block; piece->n 0 is the end. Its data are the map's, or copied into `copy`. */
rv_status rv_csv_cut_next(rv_csv_cutter *cutter, rv_csv_piece *piece, rv_buffer *copy, rv_error *err);
/* The next record itself, for headers and samples: as rv_csv_record_at at the window's start, with the window made as
 * large as needed. n 0 in the window means the end. */
rv_status rv_csv_cut_record(rv_csv_cutter *cutter, rv_csv_spans *spans, rv_csv_outcome *end, rv_csv_record *record,
                            rv_error *err);
/* Passes over the window's bytes up to and with the first line end, however far. They count as passed and line end. */
rv_status rv_csv_cut_skip_line(rv_csv_cutter *cutter, rv_error *err);

#endif
