/*
 * A column of some thousand short texts as streams for zstd: what an archive keeps. zstd sees bytes; that a column has
 * four thousand towns, or numbers in three ways of writing, it can't find at a distance. So a column takes one of four
 * forms, two choices that are independent of each other:
 *
 *   - words or rows: distinct texts once, most frequent first, and a number of two bytes a row (in two streams); or
 *     every row's text;
 *   - digits apart or not: each digit of a text reads '0' and goes, two to a byte, into a stream for each place: so
 *     phone numbers are a few words, and dates have a stream of days, one of months, one of years.
 *
 * The form is chosen by packing each fast; streams that a form doesn't need are empty, and that tells it.
 *
 *   LENGTHS, BYTES  the words, or the rows when LOW is empty: LEB128 lengths, bytes
 *   LOW, HIGH       per row: the word's number, low and high byte; HIGH is empty when no word has a number above 255
 *   DIGITS          not empty: each '0' of a text stands for a digit. First the first pairs of all texts that have one,
 *                   row by row, then the second pairs... A pair is 10 a + b; a last digit alone is 100 + a.
 */
#ifndef RV_TEXT_COLUMN_H
#define RV_TEXT_COLUMN_H

#include "block_codec.h"

enum {
    RV_STREAM_LENGTHS,
    RV_STREAM_BYTES,
    RV_STREAM_LOW,
    RV_STREAM_HIGH,
    RV_STREAM_DIGITS,
    RV_COLUMN_STREAMS,
    RV_COLUMN_ROWS_MAX = 1 << 16,
    RV_COLUMN_PAIRS_MAX = 16 /* of digits in one text; a column with more in one keeps them where they are */
};

typedef struct rv_text_column rv_text_column; /* scratch of one thread, for both ways */
rv_status rv_text_column_new(rv_text_column **out, rv_error *err);
void rv_text_column_free(rv_text_column *column); /* NULL is fine */

/* Appends the streams of n texts, text i being texts[i * step]. ends: of the runs of DIGITS that are alike (a place
 * each), from the stream's start; *n_ends of them, at most RV_COLUMN_PAIRS_MAX. */
rv_status rv_text_column_pack(rv_text_column *column, rv_codec *codec, const rv_text *texts, size_t n, size_t step,
                              rv_buffer *const streams[RV_COLUMN_STREAMS], size_t *ends, size_t *n_ends, rv_error *err);

/* The n texts again, behind their LEB128 lengths in one stream and their bytes in another, which are the caller's
 * streams where the column is in rows, and the column's own scratch else (until its next use). RV_CORRUPT when the
 * streams make no sense or hold more than `limit` bytes of text. */
rv_status rv_text_column_unpack(rv_text_column *column, const rv_text streams[RV_COLUMN_STREAMS], size_t n,
                                size_t limit, rv_text *lengths, rv_text *bytes, rv_error *err);

#endif
