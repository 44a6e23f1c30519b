/* What a megabase is made of: the sections of its file, and the opened form. For the engine's own files. */
#ifndef RV_MEGABASE_INTERNAL_H
#define RV_MEGABASE_INTERNAL_H

#include "contact_codec.h"
#include "megabase.h"
#include "record_layout.h"
#include "text_column.h"
#include "rvl_frames.h"
#include <pthread.h>
#include <stdatomic.h>

enum { /* section ids, docs/FORMAT.md */
       RV_SECTION_META = 1,
       RV_SECTION_SCHEMA = 2,
       RV_SECTION_DICTIONARIES = 3,
       RV_SECTION_RECORDS = 4,
       RV_SECTION_PERSONS = 5,
       RV_SECTION_CONTACTS = 6,  /* image */
       RV_SECTION_PLACES = 7,    /* image: where contacts are */
       RV_SECTION_SYMBOLS = 8,   /* image */
       RV_SECTION_ORIGINS = 9,   /* archive */
       RV_SECTION_COLUMNS = 10,  /* archive: contacts; param: how many in a block */
       RV_SECTION_INDEX = 0x100, /* + 4 * key + part */
       RV_SECTION_WIDE = 0x1000, /* + attribute */
       RV_INDEX_BUCKETS = 0,
       RV_INDEX_PROOFS = 1,
       RV_INDEX_RUNS = 2,
       RV_PLACE_ROWS = 16,   /* contacts that share a line of places */
       RV_PLACE_BITS = 28,
       RV_ROWS_MAX = 0x7ffffffe
};

#ifdef RV_WEAK_HASH
enum { RV_PLACEMENT = 1 }; /* a test build's files are of no use to others */
#else
enum { RV_PLACEMENT = 0 };
#endif

typedef struct rv_meta { /* then n_keys, n_fields, n_attributes u64: distinct keys, rows that have the value */
    uint32_t rows;
    int32_t first_date, last_date;
    uint32_t placement; /* RV_PLACEMENT: how keys find their buckets */
    rv_secret secret;
} rv_meta;
_Static_assert(sizeof(rv_meta) == 208, "stored as it is");

/*
 * Where sixteen contacts are, in a cache line: the bytes of `contacts` where the first begins, and where each ends, counted
 * from there, 28 bits each, low bits first: more than sixteen contacts can take. Those of rows that aren't there are 0.
 * A place isn't proved before it is used: the contact it leads to is sealed with its row's number, over exactly the bytes
 * between its ends.
 */
typedef struct rv_places {
    uint64_t base;
    unsigned char ends[56];
} rv_places;
_Static_assert(sizeof(rv_places) == 64 && RV_PLACE_ROWS * RV_PLACE_BITS == 8 * 56, "a line, and full");
static inline uint32_t rv_place_end(const rv_places *p, unsigned i) {
    uint32_t word;
    memcpy(&word, p->ends + i / 2 * 7 + i % 2 * 3, sizeof word);
    return word >> (i % 2 * 4) & ((1u << RV_PLACE_BITS) - 1);
}
/* Of zeros, i ascending. */
static inline void rv_place_set_end(rv_places *p, unsigned i, uint32_t end) {
    uint32_t word;
    unsigned char *at = p->ends + i / 2 * 7 + i % 2 * 3;
    memcpy(&word, at, sizeof word);
    word |= end << (i % 2 * 4);
    memcpy(at, &word, sizeof word);
}
static inline uint64_t rv_place_lines(uint64_t rows) { return (rows + RV_PLACE_ROWS - 1) / RV_PLACE_ROWS; }

/* A contact's bytes in an image: its seal, then its row form (contact_codec.h). The seal covers the row's record too (width 0:
 * there is none), which stands in a section of its own: who fetches both proves both by it. */
enum { RV_CONTACT_SEAL = 8 };
static inline uint64_t rv_contact_seal(uint64_t seed, uint32_t row, const void *record, size_t width, const void *form,
                                       size_t n) {
    return rv_rvl_own_seal(seed ^ rv_hash64(record, width, seed), RV_SECTION_CONTACTS, row, form, n);
}

/* What the buckets of an index are sealed with: of this file, whatever its layout and generation, of this key and size. */
static inline uint64_t rv_index_nonce(const rv_secret *secret, const unsigned char file_id[16], uint64_t key,
                                      uint64_t n_home) {
    unsigned char who[RV_SECRET_BYTES + 32];
    memcpy(who, secret->bytes, RV_SECRET_BYTES);
    memcpy(who + RV_SECRET_BYTES, file_id, 16);
    memcpy(who + RV_SECRET_BYTES + 16, &key, 8);
    memcpy(who + RV_SECRET_BYTES + 24, &n_home, 8);
    return rv_hash64(who, sizeof who, RV_RVL_SEED);
}

/*
 * Persons of an image stand in lines that carry their seals: a line is as many times 64 bytes as a person and a seal need,
 * has as many persons as there is room for, rounded down to a power of two, zeros, and in its last eight bytes the seal
 * of those before. Persons of 28 bytes fill a cache line by two. width > 0.
 */
static inline uint32_t rv_person_line(uint32_t width) { return (width + 8 + 63) / 64 * 64; }
static inline unsigned rv_person_shift(uint32_t width) { /* a line has 1 << so many */
    return 31 - (unsigned)__builtin_clz((rv_person_line(width) - 8) / width);
}
static inline uint64_t rv_person_lines(uint64_t rows, uint32_t width) {
    unsigned shift = rv_person_shift(width);
    return (rows + ((uint64_t)1 << shift) - 1) >> shift;
}
static inline uint64_t rv_person_seal(uint64_t seed, uint64_t number, const void *line, uint32_t width) {
    return rv_rvl_own_seal(seed, RV_SECTION_PERSONS, number, line, rv_person_line(width) - 8);
}

/* A section of fixed-width rows: mapped, or decoded frame by frame; each proved at touch. */
typedef struct rv_rows_section {
    const rv_rvl_entry *entry;
    const unsigned char *data; /* valid when ready; rows only once they are touched */
    uint32_t width;
    rv_rvl_view view;      /* image */
    rv_rvl_frames *frames; /* archive */
    const void *decoded;   /* archive: data, once rv_megabase_prepare has decoded all of it */
    atomic_bool ready;
} rv_rows_section;

/* A block of an archive's contacts, decoded once into row form: the ends of its contacts, u32 each, then the contacts. */
typedef struct rv_row_block {
    uint32_t rows;
    size_t n;
    unsigned char bytes[];
} rv_row_block;

struct rv_megabase {
    rv_rvl *file;
    bool image;
    rv_schema schema;
    rv_meta meta;
    uint64_t *counts; /* keys, field fill, attribute fill */
    rv_record_layout layout;
    rv_contact_shape shape;
    rv_rows_section records, persons, *wide; /* wide: one per attribute, entry NULL where there is none */
    _Atomic(rv_row_block *) *blocks;         /* archive: decoded so far, one per block of contacts */
    bool forget_blocks;  /* archive: a reader keeps only its last one (a job that goes through once) */
    uint32_t block_rows; /* archive: contacts in a block */
    const rv_rvl_entry *contacts, *places, *origins, *dictionaries_entry;
    rv_rvl_view contacts_view, places_view; /* image */
    uint64_t seed;                          /* of its seals */
    rv_symbol_table *tables;                /* image: per column */
    rv_dictionary *dictionaries;
    atomic_bool *dictionary_ready;
    rv_rvl_frames *dictionary_frames;      /* archive */
    const unsigned char *dictionary_bytes; /* set under the lock */
    rv_key_index *indexes;
    atomic_bool *index_ready;
    pthread_mutex_t lock; /* of what becomes ready */
    bool lock_made;
};

/* Decoding an archive's blocks: scratch of one thread. */
typedef struct rv_archive_decoder rv_archive_decoder;
rv_status rv_archive_decoder_new(rv_archive_decoder **out, rv_error *err);
void rv_archive_decoder_free(rv_archive_decoder *decoder); /* NULL is fine */
/* Block `number` (of block_rows), borrowed from the megabase or, when it forgets blocks, from the decoder
 * until the next call. */
rv_status rv_archive_block(rv_archive_decoder *decoder, rv_megabase *megabase, uint64_t number,
                           const rv_row_block **out, rv_error *err);

/* Sets section->data. Then rv_rows_touch for the rows that are read. */
rv_status rv_rows_ready(rv_megabase *megabase, rv_rows_section *section, rv_error *err);
static inline rv_status rv_rows_touch(const rv_rows_section *section, uint32_t row, rv_error *err) {
    uint64_t at = (uint64_t)row * section->width;
    return section->frames ? rv_rvl_frames_touch(section->frames, at, section->width, err)
                           : rv_rvl_touch(&section->view, at, section->width, err);
}
/* rv_megabase_codes; proved: the rows' contacts have just been read, and their records are proved with them. */
rv_status rv_codes_of(rv_megabase *megabase, const uint32_t *rows, size_t n, bool proved, const uint32_t *attributes,
                      size_t n_attributes, uint32_t *out, rv_error *err);
/* RV_BAD_ARGUMENT for a row that isn't there. */
rv_status rv_rows_check(const rv_megabase *megabase, const uint32_t *rows, size_t n, rv_error *err);
rv_status rv_megabase_corrupt(const rv_megabase *megabase, rv_error *err, const char *what);

/* Image: the bytes of a row's contact, which lie in the section; false: they can't. Nothing is proved. */
static inline bool rv_contact_place(const rv_megabase *m, uint32_t row, uint64_t *at, uint64_t *n) {
    const rv_places *line = (const rv_places *)(const void *)m->places_view.bytes + row / RV_PLACE_ROWS;
    unsigned i = row % RV_PLACE_ROWS;
    uint64_t from = i ? rv_place_end(line, i - 1) : 0, to = rv_place_end(line, i), all = m->contacts->stored;
    *at = line->base + from;
    *n = to - from;
    return to > from + RV_CONTACT_SEAL && line->base <= all && to <= all - line->base;
}
/* Image: a row's record, once records are ready. Nothing is proved. */
static inline const unsigned char *rv_record_of(const rv_megabase *m, uint32_t row) {
    return m->records.data + (size_t)row * m->records.width;
}
/* n bytes: the first of them, nearly always all. */
static inline void rv_lines_fetch(const unsigned char *bytes, uint64_t n) {
    enum { LINE = 64, MOST = 8 * LINE };
    const unsigned char *end = bytes + (n < MOST ? n : MOST);
    for (bytes -= (uintptr_t)bytes % LINE; bytes < end; bytes += LINE) __builtin_prefetch(bytes);
}
static inline void rv_places_fetch(const rv_megabase *m, uint32_t row) {
    __builtin_prefetch(m->places_view.bytes + (uint64_t)(row / RV_PLACE_ROWS) * sizeof(rv_places));
}

#endif
