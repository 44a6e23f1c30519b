/*
 * Values of Arrow arrays as text. One text per value, the one that Parquet files of the same values have (duckdb_reader.h):
 * integers and decimals to the digit, floating point in the fewest digits that come back the same (with ".0" or an exponent), dates
 * and times in ISO 8601 (a blank before the time, UTC, "+00" where the type has a zone), true and false.
 *
 * Arrays are another program's: what their type promises is checked before anything of them is used.
 *
 * Source: the Arrow C data interface and columnar format, arrow.apache.org/docs/format.
 */
#ifndef RV_ARROW_VALUES_H
#define RV_ARROW_VALUES_H

#include "memory.h"

typedef enum rv_arrow_kind {
    RV_ARROW_NULL,
    RV_ARROW_BOOL,
    RV_ARROW_SIGNED,
    RV_ARROW_UNSIGNED,
    RV_ARROW_FLOAT,
    RV_ARROW_TEXT, /* bytes: of an offset, 4 or 8 */
    RV_ARROW_TEXT_VIEW,
    RV_ARROW_DECIMAL,
    RV_ARROW_DATE,    /* bytes: 4 days, 8 milliseconds */
    RV_ARROW_TIMESTAMP
} rv_arrow_kind;
typedef struct rv_arrow_type {
    rv_arrow_kind kind;
    uint8_t bytes;  /* of a value, where they have one width */
    int8_t scale;   /* of a decimal */
    uint8_t digits; /* of a timestamp's second: 0, 3, 6 or 9 */
    bool zone;
} rv_arrow_type;

/* False: a type that isn't read. */
bool rv_arrow_type_of(const char *format, rv_arrow_type *out);

/* NULL, or in what the array differs from its type, in words for a message. `rows` are those that will be asked for, its own
 * offset apart. */
const char *rv_arrow_array_fault(const rv_arrow_type *type, const struct ArrowArray *array, int64_t rows);

static inline bool rv_arrow_is_valid(const struct ArrowArray *array, int64_t at) { /* at: with the offset */
    const uint8_t *bits = array->n_buffers > 0 ? array->buffers[0] : NULL;
    return array->null_count == 0 || !bits || (bits[at >> 3] >> (at & 7) & 1);
}
/* The value of an integer type. */
int64_t rv_arrow_integer(const rv_arrow_type *type, const struct ArrowArray *array, int64_t at);
/* Appends a valid value as a CSV cell. NULL, or what is wrong with it, in words for a message. */
const char *rv_arrow_put(const rv_arrow_type *type, const struct ArrowArray *array, int64_t at, rv_buffer *cells);

#endif
