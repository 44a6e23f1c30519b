/*
 * Fills: which columns an enriched file has, what comes back into them, and from which source.
 *
 * - Only a cell without a byte is filled. What a client file says stays as it is, byte for byte, be it blank or a
 *   place-holder; so does the order of rows and columns.
 * - The parts of an address come as one or not at all: where client and contact live at different postcodes, none is
 *   brought back, since a street of the one place with the postcode of the other is nobody's address.
 * - With --sources, values of sources left out aren't brought back, contact data and attributes alike; the match itself
 *   may rest on any source's keys.
 */
#ifndef RV_FILL_H
#define RV_FILL_H

#include "csv_writer.h"
#include "enrich.h"
#include "hash_profile.h"

/* An attribute's value as it is written, the comma in front: copied whole, since a copy of fixed size is one instruction,
 * and the next value overwrites what is too much. */
enum { RV_FILL_SHORT = 15, RV_FILL_LONG = 255 };
typedef struct rv_fill_value {
    char text[RV_FILL_SHORT]; /* of a long one: where it begins in long_values, and its length, both uint32_t */
    uint8_t n;                /* bytes, or RV_FILL_LONG */
} rv_fill_value;
_Static_assert(sizeof(rv_fill_value) == 16, "a copy of one register");

/* "field:source:" of a value that was brought back. */
enum { RV_FILL_LABEL = 32 };
typedef struct rv_fill_label {
    uint32_t at, n; /* in labels, RV_FILL_LABEL bytes of room behind each */
} rv_fill_label;

typedef struct rv_fill_plan { /* fixed after making; shared by threads */
    const rv_schema *schema;
    const rv_table_info *csv;
    rv_role *field_roles; /* per field of the schema; RV_ROLE_NONE: not contact data, never brought back */
    bool *is_address;     /* per field: comes with the rest of the address or not at all */
    int32_t *field_of;    /* per client column: the field that fills it, or -1 */
    uint32_t *own;        /* columns that have such a field */
    uint32_t n_own;
    uint32_t *added; /* fields with a column of their own */
    uint32_t n_added;
    uint64_t added_fields, address_fields; /* 1 << field */
    uint32_t *taken;                       /* attributes, in the order asked for */
    uint32_t n_taken;
    rv_fill_value **values; /* per taken attribute: of each code; code 0 is "," */
    rv_buffer long_values;
    size_t values_max; /* bytes of a row's attributes at most, and room for the last copy */
    rv_buffer labels;
    rv_fill_label *label_of; /* per field and source */
    bool *plain_source;      /* per source: its name needs no quotes in a CSV cell */
    size_t label_max;
    bool *allowed; /* per source */
    bool all_allowed;
    bool copies_records; /* client records without a quote may be copied as they stand */
    uint32_t *taken_values; /* their numbers among a contact's values: rv_origin_at */
    bool taken_in_row;      /* the attributes taken follow each other in the schema */
    rv_fill_value tiers[RV_TIER_COUNT]; /* their names, the comma in front */
    rv_buffer header;
    rv_buffer blank; /* ",,,," of a row without a contact, from rv_probability on */
} rv_fill_plan;
rv_status rv_fill_plan_make(rv_megabase *megabase, const rv_table_info *csv, const rv_table_roles *roles,
                            const rv_enrich_options *options, rv_fill_plan *out, rv_error *err);
void rv_fill_plan_reset(rv_fill_plan *plan);

typedef struct rv_fill_counts {
    uint64_t *own, *added;       /* per field: cells filled in the client's column, or in one of ours */
    uint64_t *attributes;        /* per taken attribute */
    uint32_t *block_attributes;  /* the same of one block: narrow, so that a row's are counted some at a time */
    uint64_t *sources;           /* per source: contact values brought back */
    uint64_t *attribute_sources; /* per source: attribute values brought back */
    uint64_t *match_sources;     /* per source: matches that rest on its key value */
    uint64_t rows_filled;        /* clients that got a contact value */
    uint64_t addresses_withheld; /* clients with another postcode than their contact */
    uint64_t values_withheld;    /* values of sources left out */
    uint64_t hash_profiles[RV_HASH_PROFILES]; /* clients found by a digest, by what it was made of */
} rv_fill_counts;
rv_status rv_fill_counts_new(const rv_fill_plan *plan, rv_fill_counts *out, rv_error *err);
void rv_fill_counts_clear(const rv_fill_plan *plan, rv_fill_counts *counts);
void rv_fill_counts_add(const rv_fill_plan *plan, rv_fill_counts *to, const rv_fill_counts *from);
void rv_fill_counts_reset(rv_fill_counts *counts);

/* One client row and its contact, to fill and to write. */
typedef struct rv_fill_row {
    const rv_text *cells; /* the client's own, one per column */
    rv_text record;
    bool unquoted; /* the record holds no quote; false: it may */
    const rv_match *match;
    const rv_contact *contact; /* NULL: none attached */
    bool elsewhere;            /* client and contact live at different postcodes */
    uint64_t fields;           /* what rv_fill_fields says of it; asked for by rv_fill_write alone */
    const uint32_t *codes;     /* n_taken; NULL without contact */
} rv_fill_row;
/* The fields that may come back into a client's row, 1 << field each. */
uint64_t rv_fill_fields(const rv_fill_plan *plan, const rv_text *cells, bool elsewhere);
/* What fills column `column` of the row, or the empty text. */
rv_text rv_fill_cell(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t column);
/* The value of added column `i`, or the empty text. */
rv_text rv_fill_added(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t i);
/* Adds to sources[s] how many of a contact's n attributes (code 0: none) come from source s. values: their numbers for
 * rv_origin_at; in_row: each is the one before and one more. */
void rv_fill_count_sources(const rv_origin_list *origins, const uint32_t *values, bool in_row, const uint32_t *codes,
                           uint32_t n, uint64_t *sources);
/* The whole line (out NULL: none), and what it brought back into counts. */
void rv_fill_write(const rv_fill_plan *plan, const rv_fill_row *row, rv_fill_counts *counts, rv_buffer *out);

#endif
