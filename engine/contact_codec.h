/*
 * A contact as bytes: its strings, and for each value where it comes from. One code writes both forms:
 *
 * - row form (image): all parts of a contact one behind the other, strings packed by symbol tables, so that one contact
 *   is read alone. The lengths of its strings stand together in front of them: where the first byte of each is known
 *   early nothing waits for it;
 * - column form (archive): each part of some thousand contacts in a stream of its own, for zstd.
 *
 * Parts are streams: in row form they all are the same one. Nearly all contacts come from one source row; then source,
 * date and the mark "seen on that date" take four bytes. Contacts of several rows name their distinct origins and give
 * each field and attribute its number among them, in as few bits as will do.
 */
#ifndef RV_CONTACT_CODEC_H
#define RV_CONTACT_CODEC_H

#include "megabase.h"
#include "symbol_table.h"

enum {                 /* parts: origins first, then two per text column */
       RV_PART_COUNTS, /* distinct origins, source rows, presence of texts */
       RV_PART_SOURCES,
       RV_PART_DATES,
       RV_PART_SEEN,
       RV_PART_NUMBERS, /* of each field's and attribute's origin */
       RV_ORIGIN_PARTS,
       RV_COLUMN_ID = 0,
       RV_COLUMN_ALIASES = 1,
       RV_COLUMN_FIELDS = 2,
       RV_COLUMNS_MAX = RV_MAX_FIELDS + 2,
       RV_PARTS_MAX = RV_ORIGIN_PARTS + 2 * RV_COLUMNS_MAX,
       RV_CONTACT_SLACK =
           16, /* bytes behind a text that rv_contact_encode may read: texts are short, and copied by sixteen */
       RV_CONTACT_TEXT_MAX = 65535,   /* bytes of one string; longer ones are refused */
       RV_ARCHIVE_TEXT_MAX = 32 << 20 /* bytes of all texts of a block of an archive */
};
static inline unsigned rv_part_lengths(unsigned column) { return RV_ORIGIN_PARTS + 2 * column; }
static inline unsigned rv_part_bytes(unsigned column) { return RV_ORIGIN_PARTS + 2 * column + 1; }

typedef struct rv_contact_shape {
    uint32_t n_fields, n_attributes, n_sources;
} rv_contact_shape;
static inline unsigned rv_contact_columns(const rv_contact_shape *shape) { return shape->n_fields + RV_COLUMN_FIELDS; }

/* A contact's texts, column by column. RV_BAD_INPUT when one is too long. */
rv_status rv_contact_texts(const rv_contact_shape *shape, const rv_contact *contact, rv_text *texts, rv_error *err);
/* Appends a contact in row form. texts: per column what to store, packed, with RV_CONTACT_SLACK bytes behind each. Whether memory
 * sufficed is for the caller to ask (rv_buffer_check). codes and origins have n_attributes entries; no origins: all
 * values have the one that stands first in contact->origins. RV_BAD_ARGUMENT when a source isn't one. */
rv_status rv_contact_encode(const rv_contact_shape *shape, const rv_contact *contact, const rv_text *texts,
                            const uint32_t *codes, const rv_origin *attribute_origins, rv_buffer *out, rv_error *err);
/* Its origins alone, each part (RV_ORIGIN_PARTS) to its stream. */
rv_status rv_contact_encode_origins(const rv_contact_shape *shape, const rv_contact *contact, const uint32_t *codes,
                                    const rv_origin *attribute_origins, rv_buffer *const *parts, rv_error *err);

typedef struct rv_cursor { /* reads past the end give zeros and clear `good` */
    const unsigned char *at, *end;
    bool good;
} rv_cursor;

/* A contact's parts as they lie in the file, before strings are unpacked. */
typedef struct rv_contact_view {
    uint32_t n_origins, source_rows;
    int32_t last_seen;
    uint8_t number_bits;
    const unsigned char *numbers;
    uint64_t present; /* 1 << field: has a string */
    size_t packed;    /* bytes of all columns */
    struct {
        const unsigned char *packed;
        uint32_t n;
    } columns[RV_COLUMNS_MAX];
    rv_origin origins[RV_MAX_ATTRIBUTES + RV_MAX_FIELDS]; /* n_origins */
} rv_contact_view;

/* Reads one contact in column form and moves the cursors, one a part, behind it. RV_CORRUPT when it makes no sense. */
rv_status rv_contact_decode_columns(const rv_contact_shape *shape, rv_cursor *parts, rv_contact_view *out,
                                    rv_error *err);
/* In row form: n bytes. with_texts false: origins only. */
rv_status rv_contact_decode(const rv_contact_shape *shape, const unsigned char *bytes, size_t n, bool with_texts,
                            rv_contact_view *out, rv_error *err);
/* The same contact in row form with plain strings, appended to out. */
void rv_contact_rewrite(const rv_contact_shape *shape, const rv_contact_view *view, rv_buffer *out);
rv_origin rv_contact_attribute_origin(const rv_contact_shape *shape, const rv_contact_view *view, uint32_t attribute);
/* Strings into the arena. tables: one per column, or NULL for plain bytes. fields: which of them, 1 << field each; NULL:
 * all, and the aliases. */
rv_status rv_contact_materialize(const rv_contact_shape *shape, const rv_contact_view *view,
                                 const rv_symbol_table *tables, const uint64_t *fields, rv_arena *arena,
                                 rv_contact *out, rv_error *err);

#endif
