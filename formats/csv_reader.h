/*
 * CSV in.
 *
 * A serial cutter finds true record ends (quotes counted, so line breaks inside quoted fields never cut a record),
 * so that workers can parse blocks apart. Memory is bounded by the blocks in flight, save that one record may need as much
 * as RV_RECORD_LIMIT.
 *
 * Reading rules (--strict refuses what RFC 4180 refuses, with line and column):
 * - A quote opens a field only at its first byte. Inside a quoted field a doubled quote is one quote; a quote followed
 *   by separator, line end or end of file closes; any other quote is data, and counted as irregular.
 * - A quote inside an unquoted field is data, and counted.
 * - A quoted field that never closes (before the end, or RV_RECORD_LIMIT), or that has passed a line end when a lone
 *   quote comes that can't close it, makes its record up to the end of the line where it opened a reject
 *   ("unclosed_quote"); reading goes on at the next line, so nothing after it is swallowed.
 * - Rows with too few or too many fields are rejects ("ragged"; "other_separator" when another separator would make the
 *   row fit), or mended where that is asked for (--repair). Separators at a row's end that part nothing are passed over
 *   and counted. Lines that are empty, or hold separators only, are no rows (in a one-column file an empty line is a row
 *   with an empty value). LF, CRLF and CR end lines.
 * - Lines above the table, totals and notes below it, and the header where it comes again are set aside: they stand among
 *   the rejects as "preamble", "footer", "repeated_header" and don't count as such.
 * - Invalid UTF-8 makes its row a reject ("bad_encoding"), and so do zero bytes ("nul_byte") and records beyond
 *   RV_RECORD_LIMIT ("too_long"; the reject holds the first RV_RECORD_LIMIT bytes). One reason a row: the first of
 *   too_long, unclosed_quote, ragged or other_separator, nul_byte, bad_encoding.
 * - Strict reading (--strict) turns the first reject, stray quote, or empty line in a table of several columns into
 *   RV_BAD_INPUT with line and column.
 */
#ifndef RV_CSV_READER_H
#define RV_CSV_READER_H

#include "csv_source.h"
#include "table_reader.h"

#define RV_RECORD_LIMIT ((size_t)64 << 20)

/* Takes over the source, in any case. Encoding and separator by looking, or as the dialect (may be NULL) says. */
rv_status rv_csv_open_source(const char *path, rv_csv_source *source, const rv_dialect *dialect, size_t block_bytes,
                             size_t record_limit, rv_table **out, rv_error *err);
/* A file; with another block size and record limit than rv_table_open: for tests, so that cuts fall everywhere. */
rv_status rv_csv_open_sized(const char *path, const rv_dialect *dialect, size_t block_bytes, size_t record_limit,
                            rv_table **out, rv_error *err);

#endif
