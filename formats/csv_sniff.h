/* Guessing a table's separator and whether it has a header, from its first records. Sharp enough for real exports,
 * timid otherwise: a wrong guess must end in rejected rows, never in values read wrong. */
#ifndef RV_CSV_SNIFF_H
#define RV_CSV_SNIFF_H

#include "csv_exact.h"

/* The one of , ; tab | that cuts most of the first 100 records as it cuts the first. Without any in the first record: one
 * that cuts most of the others alike (a title line above the table: all rows will be ragged, and that is told), else
 * one that doesn't occur: the table has one column. The sample begins at a record. */
char rv_csv_guess_separator(const char *sample, size_t n, bool at_end, char quote);
/* False only where the first record holds an e-mail address, or numbers where the records after it hold numbers too. */
bool rv_csv_guess_header(const rv_csv_rules *rules, const char *sample, size_t n, bool at_end);

#endif
