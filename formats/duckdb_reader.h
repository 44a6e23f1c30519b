/*
 * Parquet files and SQL queries as tables, through libduckdb.
 *
 * Values are the text that DuckDB gives them as VARCHAR: integers and decimals to the digit, floating point in the fewest
 * digits that come back the same (with ".0" or an exponent), dates and times in ISO 8601 (a blank before the time, UTC),
 * true and false, lists and structs as JSON, binaries as their text where they are UTF-8. NULL is an empty cell; an empty
 * string is an empty cell that was quoted. Lines are numbers of rows, from 1; a reject's raw text is the row as CSV.
 */
#ifndef RV_DUCKDB_READER_H
#define RV_DUCKDB_READER_H

#include "table_reader.h"

/* The first bytes of a regular file are a Parquet file's? */
bool rv_parquet_begins(const char *path);
rv_status rv_parquet_open(const char *path, rv_table **out, rv_error *err);

/* A path that rv_table_is_query; several statements are parted by `;`, the last one gives the rows. Their order is the query's:
 * without ORDER BY, a query that joins or groups may give another one each time. Files in it are relative to the folder the
 * program runs in. */
rv_status rv_duckdb_open(const char *path, rv_table **out, rv_error *err);

#endif
