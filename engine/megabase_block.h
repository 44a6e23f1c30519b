/* Blocks of contacts on their way into a file: the writer's insides. */
#ifndef RV_MEGABASE_BLOCK_H
#define RV_MEGABASE_BLOCK_H

#include "megabase_internal.h"
#include "megabase_writer.h"
#include "rvl_writer.h"
#include "text_column.h"

typedef struct rv_packed_rows { /* fixed-width rows of a block: raw, or one packed frame */
    rv_buffer bytes;
    size_t raw;
} rv_packed_rows;

struct rv_encoded_block {
    uint32_t first, rows;
    rv_buffer contacts; /* image: one behind the other; archive: a packed frame */
    size_t contacts_raw;
    rv_buffer places;  /* image: rv_places, counted from the block's first byte */
    rv_buffer origins; /* archive: a packed frame */
    size_t origins_raw;
    rv_packed_rows records, persons, *wide;
    uint64_t *fill; /* fields, then attributes */
    int32_t first_date, last_date;
    /* Image, before the symbol tables are learned: a copy of the contacts, encoded when the block is appended. */
    bool pending;
    rv_arena arena;
    rv_contact_block copy;
    /* scratch */
    rv_codec *codec;
    rv_buffer packed, turned;
    rv_text *texts; /* image: of some contacts, column by column; archive: of all, contact by contact */
    rv_text_column *column;
    rv_buffer *streams; /* archive: of the origins, then of the columns */
    unsigned n_streams;
    size_t *runs, n_runs; /* ends, for rv_codec_pack_runs */
    uint32_t n_attributes;
};

typedef struct rv_identity { /* of a file that continues another */
    unsigned char file_id[16];
    uint64_t generation;
    int64_t created;
} rv_identity;

struct rv_megabase_writer {
    rv_rvl_writer *file;
    bool image;
    int threads;
    rv_schema schema;
    rv_record_layout layout;
    rv_contact_shape shape;
    rv_meta meta;
    unsigned char file_id[16];
    uint64_t *counts;          /* keys, fields, attributes */
    uint32_t *most;            /* per attribute: the highest code */
    rv_symbol_packer *packers; /* per column, or NULL: archive */
    atomic_bool trained;
    rv_rvl_stream *contacts, *places, *origins, *records, *persons, **wide;
    uint64_t stored_contacts; /* image: bytes so far */
    bool closed;              /* contacts are complete: indexes now */
    bool *has_index;
    rv_key_index_room room; /* for one index after another */
};

enum { RV_PACK_LEVEL_TEXT = 9, RV_PACK_LEVEL_ROWS = 6 };

rv_status rv_megabase_create_as(const char *path, const rv_schema *schema, const rv_dictionary *dictionaries,
                                const rv_megabase_settings *settings, const rv_identity *identity,
                                rv_megabase_writer **out, rv_error *err);
/* Image: the strings of a block, with trained tables; its records are made. */
rv_status rv_block_encode_strings(const rv_megabase_writer *writer, const rv_contact_block *block,
                                  rv_encoded_block *out, rv_error *err);
/* An index whose bytes stand in another megabase. */
rv_status rv_megabase_put_index(rv_megabase_writer *writer, uint32_t key, const rv_key_index *index, rv_error *err);

#endif
