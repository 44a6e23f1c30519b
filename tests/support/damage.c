#include "damage.h"

#include "key_seal.h"
#include "megabase_internal.h"
#include <stdlib.h>
#include <string.h>

static size_t below(rv_random *random, size_t n) { return n ? rv_random_next(random) % n : 0; }

static bool swap_ranges(unsigned char *bytes, size_t a, size_t b, size_t n) {
    if (memcmp(bytes + a, bytes + b, n) == 0) return false;
    unsigned char *held = malloc(n);
    memcpy(held, bytes + a, n);
    memmove(bytes + a, bytes + b, n);
    memcpy(bytes + b, held, n);
    free(held);
    return true;
}

/* A section of two whole blocks or more, if there is one. */
static const rv_rvl_entry *long_section(const unsigned char *bytes, rv_random *random, size_t blocks) {
    const rv_rvl_header *head = (const void *)bytes;
    const rv_rvl_entry *entries = (const void *)(bytes + RV_RVL_PAGE);
    for (int tries = 0; tries < 50; tries++) {
        const rv_rvl_entry *e = &entries[below(random, head->n_sections)];
        if (e->stored / RV_RVL_BLOCK >= blocks) return e;
    }
    return NULL;
}

static bool move_blocks(unsigned char *bytes, rv_random *random) {
    const rv_rvl_entry *e = long_section(bytes, random, 2);
    if (!e) return false;
    size_t blocks = (size_t)(e->stored / RV_RVL_BLOCK), a = below(random, blocks), b = below(random, blocks);
    unsigned char *from = bytes + e->offset + a * RV_RVL_BLOCK, *to = bytes + e->offset + b * RV_RVL_BLOCK;
    if (a == b || memcmp(from, to, RV_RVL_BLOCK) == 0) return false;
    switch (below(random, 3)) {
    case 0: return swap_ranges(bytes, (size_t)(from - bytes), (size_t)(to - bytes), RV_RVL_BLOCK);
    case 1: memcpy(to, from, RV_RVL_BLOCK); return true;
    default: /* with their seals */
        swap_ranges(bytes, (size_t)e->seals + a * 8, (size_t)e->seals + b * 8, 8);
        return swap_ranges(bytes, (size_t)(from - bytes), (size_t)(to - bytes), RV_RVL_BLOCK);
    }
}

/* The same place of an older generation: a block, a block with its seal, or everything of a section. */
static bool transplant(unsigned char *bytes, size_t n, const unsigned char *other, size_t other_n, rv_random *random) {
    const rv_rvl_entry *e = long_section(bytes, random, 1);
    if (!other || !e || e->offset + e->stored > other_n || e->seals + 8 > other_n) return false;
    size_t block = below(random, (size_t)(e->stored / RV_RVL_BLOCK)), at = (size_t)e->offset + block * RV_RVL_BLOCK;
    size_t what = below(random, 3), length = what == 2 ? (size_t)(e->seals - e->offset) : RV_RVL_BLOCK;
    if (at + length > n || at + length > other_n || memcmp(bytes + at, other + at, length) == 0) return false;
    if (what == 2) at = (size_t)e->offset;
    memcpy(bytes + at, other + at, length);
    if (what >= 1 && e->seals + block * 8 + 8 <= other_n)
        memcpy(bytes + e->seals + block * 8, other + e->seals + block * 8, 8);
    return true;
}

static bool zero_sector(unsigned char *bytes, size_t n, rv_random *random) {
    size_t at = below(random, n) & ~(size_t)511, length = n - at < 512 ? n - at : 512;
    if (below(random, 2)) length = 1 + below(random, length); /* torn */
    bool changed = false;
    for (size_t i = 0; i < length; i++) changed |= bytes[at + i] != 0;
    memset(bytes + at, 0, length);
    return changed;
}

bool damage_bytes(unsigned char *bytes, size_t *n, damage_kind kind, const unsigned char *other, size_t other_n,
                  rv_random *random) {
    size_t cut;
    switch (kind) {
    case DAMAGE_BIT: {
        size_t at = below(random, *n);
        bytes[at] = (unsigned char)(bytes[at] ^ 1u << below(random, 8));
        return true;
    }
    case DAMAGE_WORDS: {
        size_t near = below(random, *n / 8) * 8, step = 8u << below(random, 14),
               far = below(random, 2) ? near + step : below(random, *n / 8) * 8;
        if (near + 8 > *n || far + 8 > *n || near == far) return false;
        return swap_ranges(bytes, near, far, 8);
    }
    case DAMAGE_BLOCKS: return move_blocks(bytes, random);
    case DAMAGE_TRANSPLANT: return transplant(bytes, *n, other, other_n, random);
    case DAMAGE_SECTOR: return zero_sector(bytes, *n, random);
    case DAMAGE_CUT:
        cut = below(random, 2) ? 1 + below(random, *n < 5000 ? *n : 5000) : 1 + below(random, *n);
        *n -= cut;
        return true;
    default:
        cut = 1 + below(random, 8192);
        for (size_t i = 0; i < cut; i++) bytes[*n + i] = below(random, 2) ? 0 : (unsigned char)below(random, 256);
        *n += cut;
        return true;
    }
}

/* --- A hostile hand ---------------------------------------------------------------------------------------------- */

void damage_number(unsigned char *bytes, size_t n, uint32_t section, rv_random *random) {
    rv_rvl_header *head = (void *)bytes;
    rv_rvl_entry *entries = (void *)(bytes + RV_RVL_PAGE);
    uint64_t numbers[] = {0,
                          1,
                          2,
                          0xff,
                          0x7f,
                          0xffff,
                          1u << 31,
                          0x7fffffff,
                          0xffffffff,
                          (uint64_t)1 << 32,
                          (uint64_t)1 << 63,
                          UINT64_MAX,
                          n,
                          n - 1,
                          n + 1,
                          rv_random_next(random),
                          below(random, n),
                          below(random, 64),
                          RV_RVL_BLOCK};
    uint64_t number = numbers[below(random, sizeof numbers / sizeof *numbers)];
    size_t at, width = (size_t)1 << below(random, 4), from = 0, length = n;
    if (section != UINT32_MAX && section < head->n_sections && entries[section].stored) {
        from = (size_t)entries[section].offset;
        length = (size_t)entries[section].stored;
        if (below(random, 3) == 0) { /* tables stand at both ends */
            size_t edge = length < 64 ? length : 64;
            from += below(random, 2) ? 0 : length - edge;
            length = edge;
        }
    } else if (below(random, 4)) {
        from = RV_RVL_PAGE;
        length = head->n_sections * sizeof(rv_rvl_entry);
    } else {
        from = 8;
        length = 80;
    }
    if (length < width) return;
    at = from + below(random, length / width) * width;
    if (at + width > n) return;
    memcpy(bytes + at, &number, width);
}

/* A directory that can be followed: its entries, and n of them. */
static rv_rvl_entry *entries_of(unsigned char *bytes, size_t n, uint32_t *count) {
    rv_rvl_header *head = (void *)bytes;
    uint64_t directory = rv_rvl_directory_bytes(head->n_sections), place = head->directory[0];
    *count = head->n_sections;
    bool followed = head->n_sections <= RV_RVL_SECTIONS_MAX && place % 8 == 0 && place >= RV_RVL_PAGE && place < n &&
                    directory <= n - place;
    return followed ? (rv_rvl_entry *)(void *)(bytes + place) : NULL;
}

void damage_reseal_blocks(unsigned char *bytes, size_t n) {
    rv_rvl_header *head = (void *)bytes;
    if (n < RV_RVL_PAGE) return;
    memcpy(head->magic, RV_RVL_MAGIC, 8);
    head->file_length = n;
    uint64_t seed = rv_rvl_seed(head), directory = rv_rvl_directory_bytes(head->n_sections), place = head->directory[0];
    uint32_t count;
    rv_rvl_entry *entries = entries_of(bytes, n, &count);
    for (uint32_t i = 0; entries && i < count; i++) {
        rv_rvl_entry *e = &entries[i];
        if (e->offset > n || e->stored > n - e->offset) continue;
        uint64_t block = RV_RVL_BLOCK, blocks = rv_rvl_blocks(e);
        if (e->seals > n || blocks * 8 > n - e->seals || e->seals % 8 || e->seals < place + directory ||
            (e->seals < e->offset + e->stored && e->seals + blocks * 8 > e->offset))
            continue;
        for (uint64_t b = 0; b < blocks; b++) {
            uint64_t at = b * block, left = e->stored - at;
            uint64_t seal = rv_rvl_seal(seed, e->id, b, bytes + e->offset + at, (size_t)(left < block ? left : block));
            memcpy(bytes + e->seals + b * 8, &seal, 8);
        }
        e->seals_seal = rv_rvl_seal(seed, e->id, UINT64_MAX, bytes + e->seals, (size_t)(blocks * 8));
    }
    if (entries) {
        uint64_t seal = rv_rvl_seal(seed, UINT32_MAX, 0, entries, (size_t)directory - 8);
        memcpy((unsigned char *)entries + directory - 8, &seal, 8);
        if (head->directory[1] % 8 == 0 && head->directory[1] <= n - directory &&
            head->directory[1] >= head->directory[0] + directory)
            memcpy(bytes + head->directory[1], entries, directory);
    }
    head->seal = rv_rvl_header_seal(head);
}

/* As its counts tell; at least 1. */
static uint64_t rows_of(const unsigned char *bytes, size_t n, const rv_rvl_entry *entries, uint32_t count) {
    uint32_t rows = 0;
    for (uint32_t i = 0; i < count; i++)
        if (entries[i].id == RV_SECTION_META && entries[i].offset < n && n - entries[i].offset > sizeof rows)
            memcpy(&rows, bytes + entries[i].offset, sizeof rows);
    return rows ? rows : 1;
}

/* The seals that contacts carry, as far as their places lead to them. */
static void reseal_contacts(unsigned char *bytes, size_t n) {
    uint32_t count;
    const rv_rvl_entry *entries = entries_of(bytes, n, &count), *places = NULL, *contacts = NULL, *records = NULL;
    for (uint32_t i = 0; entries && i < count; i++) {
        const rv_rvl_entry *e = &entries[i];
        if (e->offset > n || e->stored > n - e->offset || e->codec != RV_RVL_RAW) continue;
        if (e->id == RV_SECTION_PLACES) places = e;
        if (e->id == RV_SECTION_CONTACTS) contacts = e;
        if (e->id == RV_SECTION_RECORDS) records = e;
    }
    if (!places || !contacts) return;
    uint64_t seed = rv_rvl_seed((const void *)bytes), rows = places->stored / sizeof(rv_places) * RV_PLACE_ROWS;
    uint64_t width = records ? records->stored / rows_of(bytes, n, entries, count) : 0;
    for (uint32_t row = 0; row < rows; row++) {
        rv_places line;
        memcpy(&line, bytes + places->offset + row / RV_PLACE_ROWS * sizeof line, sizeof line);
        unsigned i = row % RV_PLACE_ROWS;
        uint64_t from = i ? rv_place_end(&line, i - 1) : 0, to = rv_place_end(&line, i);
        if (line.base > contacts->stored || to > contacts->stored - line.base || to < from + RV_CONTACT_SEAL) continue;
        unsigned char *contact = bytes + contacts->offset + line.base + from;
        if (width && (row + 1) * width > records->stored) break;
        uint64_t seal = rv_contact_seal(seed, row, width ? bytes + records->offset + row * width : bytes, width,
                                        contact + RV_CONTACT_SEAL, to - from - RV_CONTACT_SEAL);
        memcpy(contact, &seal, sizeof seal);
    }
}

/* And those of the buckets of indexes. */
static void reseal_buckets(unsigned char *bytes, size_t n) {
    uint32_t count;
    const rv_rvl_entry *entries = entries_of(bytes, n, &count), *counts = NULL;
    uint64_t behind = entries ? (uint64_t)((const unsigned char *)(entries + count) - bytes) : 0;
    for (uint32_t i = 0; entries && i < count; i++)
        if (entries[i].id == RV_SECTION_META) counts = &entries[i];
    if (!counts || counts->offset > n || n - counts->offset < sizeof(rv_meta)) return;
    rv_meta meta;
    memcpy(&meta, bytes + counts->offset, sizeof meta);
    for (uint32_t i = 0; i < count; i++) {
        const rv_rvl_entry *e = &entries[i];
        if (e->id < RV_SECTION_INDEX || e->id >= RV_SECTION_WIDE || e->id % 4 != RV_INDEX_BUCKETS) continue;
        if (e->offset > n || e->stored > n - e->offset || e->offset % 8 || e->offset < behind) continue;
        const rv_rvl_header *head = (const void *)bytes;
        uint64_t nonce = rv_index_nonce(&meta.secret, head->file_id, (e->id - RV_SECTION_INDEX) / 4, e->param);
        rv_bucket *buckets = (void *)(bytes + e->offset);
        for (uint64_t b = 0; b < e->stored / sizeof *buckets; b++)
            buckets[b].seal = rv_bucket_seal(nonce, b, &buckets[b]);
    }
}

void damage_reseal(unsigned char *bytes, size_t n) {
    if (n >= RV_RVL_PAGE) reseal_contacts(bytes, n);
    if (n >= RV_RVL_PAGE) reseal_buckets(bytes, n);
    damage_reseal_blocks(bytes, n);
}

/* --- Asking everything ------------------------------------------------------------------------------------------- */

static volatile unsigned sink; /* answers are looked at, so that a bad pointer among them shows */

static void look(rv_text text) {
    for (uint32_t i = 0; i < text.len; i++) sink += (unsigned char)text.ptr[i];
}

static void probe_all(rv_megabase *m) {
    const rv_schema *schema = rv_megabase_schema(m);
    rv_random random;
    rv_random_init(&random, 1, 1);
    for (uint32_t k = 0; k < schema->n_keys; k++) {
        const rv_key_index *index;
        if (rv_megabase_index(m, schema->keys[k], &index, NULL) != RV_OK || !index) continue;
        rv_key keys[200];
        rv_run runs[200];
        for (size_t i = 0; i < 200; i++) { /* half of them as the index itself has them */
            keys[i] = (rv_key){rv_random_next(&random), rv_random_next(&random)};
            if (i % 2 == 0 || index->n_buckets == 0) continue;
            uint64_t bucket = rv_random_next(&random) % index->n_buckets;
            unsigned slot = rv_random_below(&random, RV_SLOTS);
            keys[i] = rv_slot_key(((const rv_bucket *)index->buckets)[bucket].tags[slot],
                                  ((const rv_proofs *)index->proofs)[bucket].of[slot]);
        }
        if (rv_key_index_probe(index, keys, 200, UINT32_MAX, runs, NULL) != RV_OK) continue;
        for (size_t i = 0; i < 200; i++)
            for (uint32_t j = 0; j < runs[i].count; j++) {
                if (rv_run_row(&runs[i], j) >= rv_megabase_rows(m)) abort();
                sink += rv_run_row(&runs[i], j);
            }
    }
}

static void read_all(rv_megabase *m) {
    enum { ASKED = 300 };
    const rv_schema *schema = rv_megabase_schema(m);
    uint32_t rows[ASKED], all = rv_megabase_rows(m), n = schema->n_attributes < 100 ? schema->n_attributes : 100,
                          *attributes = calloc(n + 1, 4);
    uint32_t asked = all ? ASKED : 0, *codes = calloc((size_t)ASKED * (n + 1), 4);
    rv_random random;
    rv_random_init(&random, 2, 2);
    for (uint32_t i = 0; i < asked; i++) rows[i] = rv_random_below(&random, all);
    for (uint32_t j = 0; j < n; j++) {
        const rv_dictionary *d;
        attributes[j] = j;
        if (rv_megabase_dictionary(m, j, &d, NULL) != RV_OK) continue;
        for (uint32_t c = 1; c <= d->n && c < 1000; c++) look(rv_dictionary_value(d, c));
    }
    rv_megabase_codes(m, rows, asked, attributes, n, codes, NULL);
    unsigned char *persons = calloc(ASKED, schema->person_bytes + 1);
    rv_megabase_persons(m, rows, asked, persons, NULL);
    uint16_t *sources = calloc((size_t)ASKED * (n + 1), 2);
    rv_contact *contacts = calloc(ASKED, sizeof *contacts);
    rv_arena arena = {0};
    rv_contact_reader *reader;
    if (rv_contact_reader_new(m, &reader, NULL) == RV_OK) {
        if (rv_contact_read(reader, rows, asked, &arena, contacts, NULL) == RV_OK)
            for (uint32_t i = 0; i < asked; i++) {
                look(contacts[i].id);
                for (uint32_t f = 0; f < schema->n_fields; f++) look(contacts[i].fields[f]);
            }
        rv_megabase_attribute_sources(reader, rows, asked, attributes, n, sources, NULL);
        rv_contact_reader_free(reader);
    }
    rv_arena_free(&arena);
    free(contacts);
    free(sources);
    free(persons);
    free(codes);
    free(attributes);
}

void damage_query(const char *path) {
    rv_megabase *m;
    if (rv_megabase_open(path, &m, NULL) != RV_OK) return;
    rv_megabase_report report;
    if (rv_megabase_describe(m, &report, NULL) == RV_OK) rv_megabase_report_reset(&report);
    probe_all(m);
    read_all(m);
    if (rv_megabase_prepare(m, RV_PREPARE_ALL, 1, NULL) == RV_OK) read_all(m);
    rv_megabase_close(m);
}
