/*
 * JSON Lines in: one JSON object (RFC 8259) a line, as a table.
 *
 * - Columns are the keys, in order of first appearance in the first RV_JSON_LINES_AHEAD bytes, with or without a row that is
 *   bad in other ways. A row with a key that comes later than that is a reject ("unknown_key"): its value would have no place,
 *   and rows before it are gone.
 * - A string is its characters; a number, true and false stand as they are written (1.50 stays 1.50); an object or an array is
 *   its JSON text. null and a key that is not there are an empty cell; "" is an empty cell that was quoted.
 * - Rejects: "too_long", "nul_byte" (also as \u0000), "bad_encoding" (also half a surrogate pair), "bad_json",
 *   "duplicate_key", "unknown_key". Empty lines are no rows. A line ends with LF or CRLF.
 * - Strict reading turns the first reject into RV_BAD_INPUT with line and column.
 */
#ifndef RV_JSON_LINES_H
#define RV_JSON_LINES_H

#include "csv_source.h"
#include "table_reader.h"

#define RV_JSON_LINES_AHEAD ((size_t)16 << 20)

/* Could this be the head of a file of JSON: blanks, then `{`, blanks, and `"` or `}`? An array of objects too: opening it
 * says that one object a line is expected. */
bool rv_json_lines_begin(const char *head, size_t n);
/* Takes over the source, in any case. Parameters as of rv_csv_open_sized; `ahead`: RV_JSON_LINES_AHEAD, less in tests. */
rv_status rv_json_lines_open(const char *path, rv_csv_source *source, bool strict, size_t block_bytes,
                             size_t record_limit, size_t ahead, rv_table **out, rv_error *err);

#endif
