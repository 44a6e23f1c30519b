/*
 * The megabase, opened for reading: indexes, records, contact strings, dictionaries. Read-only and shareable between
 * threads once open; what changes (a reader of strings) is per thread.
 *
 * No byte is used before it is proved. Opening proves header, directory and schema; the functions below prove what they
 * read: in an image contacts, persons and buckets by the seals that they carry, the rest by blocks at first touch,
 * whichever thread comes first; an archive is decoded frame by frame. rv_megabase_prepare proves whole sections in one
 * parallel pass: for jobs that go through all of a section, or that read it bare.
 */
#ifndef RV_MEGABASE_H
#define RV_MEGABASE_H

#include "date.h"
#include "dictionary.h"
#include "key_index.h"
#include "schema.h"

typedef struct rv_megabase rv_megabase;

rv_status rv_megabase_open(const char *path, rv_megabase **out, rv_error *err);
void rv_megabase_close(rv_megabase *megabase);

uint32_t rv_megabase_rows(const rv_megabase *megabase);
const rv_schema *rv_megabase_schema(const rv_megabase *megabase);
const rv_secret *rv_megabase_secret(const rv_megabase *megabase);
rv_layout rv_megabase_layout(const rv_megabase *megabase);

/* Contacts in a rv_contact_block (megabase_writer.h), the last one apart. An image's are read one by one anyway, and what
 * is encoded should stay in a core's second-level cache; an archive's are packed together, and the more the better. */
enum { RV_IMAGE_BLOCK = 512, RV_CONTACT_BLOCK = 16384 };
static inline uint32_t rv_block_rows(rv_layout layout) {
    return layout == RV_IMAGE ? (uint32_t)RV_IMAGE_BLOCK : (uint32_t)RV_CONTACT_BLOCK;
}

enum {
    RV_PREPARE_INDEXES = 1,
    RV_PREPARE_PERSONS = 2,
    RV_PREPARE_RECORDS = 4,
    RV_PREPARE_STRINGS = 8,
    RV_PREPARE_ALL = 15
};
rv_status rv_megabase_prepare(rv_megabase *megabase, unsigned what, int threads, rv_error *err);

/* Bytes that are mapped once a job has asked for `asked` random keys and rows of these sections (RV_PREPARE_*), with what
 * the system maps around them. For an image; an archive's decoded rows come on top. */
uint64_t rv_megabase_expect(const rv_megabase *megabase, unsigned what, uint64_t asked);
/* Gives back the mapped pages of these sections, which stay proved and are mapped again when they are asked for. Any
 * thread, at any time. */
void rv_megabase_release(const rv_megabase *megabase, unsigned what);

/* The index of that name, or *out = NULL when the megabase has none. */
rv_status rv_megabase_index(rv_megabase *megabase, const char *key, const rv_key_index **out, rv_error *err);

/* The matcher's fixed record of each row, schema->person_bytes wide, into out[i * width]. Rows in any order. */
rv_status rv_megabase_persons(rv_megabase *megabase, const uint32_t *rows, size_t n, void *out, rv_error *err);

/* Codes of `attributes` (indexes into the schema) for n rows: out[i * n_attributes + j]. */
rv_status rv_megabase_codes(rv_megabase *megabase, const uint32_t *rows, size_t n, const uint32_t *attributes,
                            size_t n_attributes, uint32_t *out, rv_error *err);
/* The dictionary of an attribute, proved and ready; borrowed until close. */
rv_status rv_megabase_dictionary(rv_megabase *megabase, uint32_t attribute, const rv_dictionary **out, rv_error *err);

typedef struct rv_origin {
    uint16_t source; /* index into schema->sources */
    int32_t date;    /* RV_DATE_NONE: unknown */
} rv_origin;

/* Where a contact's values come from, as the file keeps it: its distinct origins, nearly always one, and where there are
 * several, the number of each value's among them, `bits` wide: the fields', then the attributes'. */
typedef struct rv_origin_list {
    const rv_origin *at;
    uint32_t n;                   /* 0: nothing is known */
    uint32_t bits;                /* 0: all values come from at[0] */
    const unsigned char *numbers; /* three readable bytes follow the last */
} rv_origin_list;
/* Of value number `index`. n > 0. */
static inline rv_origin rv_origin_at(const rv_origin_list *list, size_t index) {
    if (list->bits == 0) return list->at[0];
    uint32_t word, number;
    size_t bit = index * list->bits;
    memcpy(&word, list->numbers + bit / 8, sizeof word);
    number = word >> (bit % 8) & ((1u << list->bits) - 1);
    return list->at[number < list->n ? number : 0];
}

/* One contact's strings. Arrays have schema->n_fields entries; an empty field has len 0, and so has one that wasn't asked
 * for: `present` knows. */
typedef struct rv_contact {
    rv_text id;
    rv_text aliases; /* joined by '|'; may be empty */
    rv_text *fields;
    rv_origin *origins;   /* per field; meaningless where the field is empty */
    rv_origin_list all;   /* set by rv_contact_read: attribute a's is rv_origin_at(&all, n_fields + a) */
    int32_t last_seen;    /* latest date over the contact's rows, or RV_DATE_NONE */
    uint32_t source_rows; /* rows that were merged into the contact */
    uint64_t present;     /* set by reading: 1 << field for each that the contact has, asked for or not */
} rv_contact;

typedef struct rv_contact_reader rv_contact_reader; /* per thread: holds the last decoded blocks */
rv_status rv_contact_reader_new(rv_megabase *megabase, rv_contact_reader **out, rv_error *err);
void rv_contact_reader_free(rv_contact_reader *reader);
/* Reads n contacts in the order of `rows`; of an archive each block is decoded once. Texts live in the arena. */
rv_status rv_contact_read(rv_contact_reader *reader, const uint32_t *rows, size_t n, rv_arena *arena, rv_contact *out,
                          rv_error *err);
/* The same with but some of the fields unpacked, 1 << field each, per contact; and no aliases. */
rv_status rv_contact_read_some(rv_contact_reader *reader, const uint32_t *rows, size_t n, const uint64_t *fields,
                               rv_arena *arena, rv_contact *out, rv_error *err);

/* The same, of all fields when fields is NULL, and the codes of `attributes` for the same rows: out_codes[i * n_attributes + j].
 * In an image a contact's seal is its record's as well: with rv_megabase_codes the record's 64 KB would be proved for it. */
rv_status rv_contact_read_coded(rv_contact_reader *reader, const uint32_t *rows, size_t n, const uint64_t *fields,
                                const uint32_t *attributes, size_t n_attributes, rv_arena *arena, rv_contact *out,
                                uint32_t *out_codes, rv_error *err);

/* Origins of attributes, for provenance counts and explain: per (row, attribute) the source index, or UINT16_MAX where
 * the value is missing: out[i * n_attributes + j]. */
rv_status rv_megabase_attribute_sources(rv_contact_reader *reader, const uint32_t *rows, size_t n,
                                        const uint32_t *attributes, size_t n_attributes, uint16_t *out, rv_error *err);

/* --- What the file is, for info and verify ------------------------------------------------------------------------ */

typedef struct rv_section_report {
    char name[160];
    uint64_t stored_bytes, raw_bytes, blocks;
    const char *codec; /* "raw" "zstd" */
} rv_section_report;
typedef struct rv_megabase_report {
    uint32_t format_version;
    uint64_t generation, file_bytes, keys[RV_MAX_KEYS]; /* distinct keys per index of the schema */
    unsigned char file_id[16];
    size_t n_sections;
    rv_section_report *sections;
    uint64_t *field_fill;          /* n_fields: rows that have it */
    uint64_t *attribute_fill;      /* n_attributes */
    int32_t first_date, last_date; /* of the rows' dates */
    int64_t created;               /* seconds since 1970, 0 when built with a seed */
} rv_megabase_report;
rv_status rv_megabase_describe(rv_megabase *megabase, rv_megabase_report *out, rv_error *err);
void rv_megabase_report_reset(rv_megabase_report *report);

/* The file's bytes, and one number for all that it holds: the hash of its directory, which seals its sections, which seal
 * their blocks. Nothing is read for it that opening hasn't read. */
uint64_t rv_megabase_identity(const rv_megabase *megabase, uint64_t *file_bytes);

/* How much of the file has been touched so far, and how much will be when `times` as many rows and keys have been asked
 * for: bytes by 64 KB and by 2 MB (rv_rvl_count_touched). */
typedef struct rv_megabase_touched {
    double windows, pages;
} rv_megabase_touched;
void rv_megabase_count_touched(const rv_megabase *megabase, double times, rv_megabase_touched *now,
                               rv_megabase_touched *then);

/* Proves every byte of the file: header, directory copies, padding, every block. On damage RV_CORRUPT whose message
 * names the first damaged section and block; *damaged counts the damaged blocks. Opens the file by itself. */
rv_status rv_megabase_verify(const char *path, int threads, uint64_t *damaged, uint64_t *blocks, rv_error *err);

#endif
