/* Contacts of an image prove themselves: whatever happens to one, to its place or to both, is found when it is read, or does
 * nothing. And places reach over contacts of any length. */
#include "contact_maker.h"
#include "damage.h"
#include "megabase_internal.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 60 };

typedef struct subject {
    made_contacts *made;
    unsigned char *bytes, *older, *work; /* the file; the generation before; a copy to be damaged */
    size_t n;
    const rv_rvl_entry *places, *contacts;
    char path[256];
} subject;

static const rv_rvl_entry *section(const unsigned char *bytes, uint32_t id) {
    const rv_rvl_entry *e = (const void *)(bytes + RV_RVL_PAGE);
    while (e->id != id) e++;
    return e;
}

static subject make_subject(void) {
    subject s = {.made = contacts_make(&(making){.rows = ROWS, .seed = 71, .narrow = 5})};
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .seed = 71, .threads = 1, .replace = true};
    char first[256];
    size_t n;
    snprintf(first, sizeof first, "%s", scratch_path("first.rvl"));
    snprintf(s.path, sizeof s.path, "%s", scratch_path("subject.rvl"));
    cr_assert_eq(contacts_write(s.made, first, &settings, NULL), RV_OK);
    cr_assert_eq(rv_megabase_convert(first, s.path, RV_IMAGE, true, 1, NULL), RV_OK);
    s.older = (unsigned char *)scratch_read(first, &n);
    s.bytes = (unsigned char *)scratch_read(s.path, &s.n);
    s.work = malloc(s.n);
    s.places = section(s.bytes, RV_SECTION_PLACES);
    s.contacts = section(s.bytes, RV_SECTION_CONTACTS);
    return s;
}

static void free_subject(subject *s) {
    contacts_free(s->made);
    free(s->bytes);
    free(s->older);
    free(s->work);
}

static size_t line_at(const subject *s, uint32_t row) {
    return (size_t)s->places->offset + row / RV_PLACE_ROWS * sizeof(rv_places);
}
/* Of the whole file's bytes: where a contact stands, and its length. */
static size_t contact_at(const subject *s, uint32_t row, size_t *n) {
    rv_places line;
    memcpy(&line, s->bytes + line_at(s, row), sizeof line);
    unsigned i = row % RV_PLACE_ROWS;
    uint32_t from = i ? rv_place_end(&line, i - 1) : 0;
    *n = rv_place_end(&line, i) - from;
    return (size_t)(s->contacts->offset + line.base + from);
}

/* Reads a row of the damaged copy; an answer without an error is the right one. */
static rv_status read_damaged(const subject *s, uint32_t row, rv_error *err) {
    *err = (rv_error){0};
    scratch_file("subject.rvl", s->work, s->n);
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(s->path, &m, err), RV_OK, "%s", err->message);
    uint32_t differ = contacts_differ(s->made, m, &row, 1, err);
    cr_assert(differ == 0 || err->status == RV_CORRUPT, "row %u: a wrong answer", row);
    rv_megabase_close(m);
    return err->status;
}

static void start(subject *s) { memcpy(s->work, s->bytes, s->n); }

Test(contact_seal, no_byte_of_a_contact_can_change) {
    subject s = make_subject();
    rv_random random;
    rv_random_init(&random, 71, 0);
    rv_error err;
    size_t n;
    for (uint32_t row = 0; row < ROWS; row += 37) {
        size_t at = contact_at(&s, row, &n);
        cr_assert(n > RV_CONTACT_SEAL + 10);
        for (size_t i = 0; i < n; i++) {
            start(&s);
            s.work[at + i] ^= (unsigned char)(1u << rv_random_below(&random, 8));
            cr_assert_eq(read_damaged(&s, row, &err), RV_CORRUPT, "row %u, byte %zu", row, i);
            cr_assert(strstr(err.message, "contacts, block 0"), "%s", err.message);
        }
        start(&s);
        memset(s.work + at, 0, n);
        cr_assert_eq(read_damaged(&s, row, &err), RV_CORRUPT);
    }
    free_subject(&s);
}

/* Its record: proved by the contact's seal alone, for nobody has asked for the block's. */
Test(contact_seal, no_bit_of_its_record_can_change) {
    subject s = make_subject();
    const rv_rvl_entry *records = section(s.bytes, RV_SECTION_RECORDS);
    size_t width = (size_t)records->stored / ROWS;
    uint32_t row = 41, attributes[] = {0, 1, 2, 3, 4, 5, 6}, codes[7];
    cr_assert(width >= 4 && s.made->schema.n_attributes == 7);
    for (int sealed = 0; sealed < 2; sealed++)
        for (size_t bit = 0; bit < width * 8; bit++)
            for (int own = 0; own < 2; own++) {
                start(&s);
                s.work[records->offset + (row + !own) * width + bit / 8] ^= (unsigned char)(1u << bit % 8);
                if (sealed) damage_reseal_blocks(s.work, s.n);
                scratch_file("subject.rvl", s.work, s.n);
                rv_megabase *m;
                rv_contact_reader *reader;
                rv_contact contact;
                rv_arena arena = {0};
                rv_error err = {0};
                cr_assert_eq(rv_megabase_open(s.path, &m, &err), RV_OK, "%s", err.message);
                cr_assert_eq(rv_contact_reader_new(m, &reader, &err), RV_OK);
                rv_status status = rv_contact_read_coded(reader, &row, 1, NULL, attributes, 7, &arena, &contact, codes, &err);
                cr_assert_eq(status, own ? RV_CORRUPT : RV_OK, "bit %zu", bit);
                if (own) cr_assert(strstr(err.message, sealed ? "agree with its seal" : "records, block 0"), "%s", err.message);
                else cr_assert_eq(memcmp(codes, s.made->codes + row * 7, sizeof codes), 0);
                rv_arena_free(&arena);
                rv_contact_reader_free(reader);
                rv_megabase_close(m);
            }
    free_subject(&s);
}

Test(contact_seal, no_bit_of_its_place_can_change) {
    subject s = make_subject();
    rv_error err;
    uint32_t row = RV_PLACE_ROWS + 5;
    int harmless = 0;
    for (unsigned bit = 0; bit < 8 * sizeof(rv_places); bit++) {
        start(&s);
        s.work[line_at(&s, row) + bit / 8] ^= (unsigned char)(1u << bit % 8);
        unsigned of = bit < 64 ? 5 : (bit - 64) / RV_PLACE_BITS; /* whose end it is of */
        rv_status status = read_damaged(&s, row, &err);
        cr_assert_eq(status, of == 4 || of == 5 ? RV_CORRUPT : RV_OK, "bit %u", bit);
        if (status != RV_OK) cr_assert(strstr(err.message, "places, block 0"), "%s", err.message);
        harmless += status == RV_OK;
    }
    cr_assert_eq(harmless, 14 * RV_PLACE_BITS);
    start(&s);
    memset(s.work + line_at(&s, row), 0, sizeof(rv_places));
    cr_assert_eq(read_damaged(&s, row, &err), RV_CORRUPT);
    free_subject(&s);
}

/* Whole contacts and places, in the wrong place: with the blocks' seals as they were, and with blocks sealed anew, as when
 * such a file was put together by a writer that went wrong. */
Test(contact_seal, what_is_of_another_row_or_of_another_time_is_found) {
    subject s = make_subject();
    rv_error err;
    uint32_t one = 0, two = 0;
    size_t n = 0, m = 1, at = 0, to = 0;
    for (one = 0; one < ROWS && n != m; one++) /* two of one length */
        for (two = one + 1; two < ROWS && n != m; two++) at = contact_at(&s, one, &n), to = contact_at(&s, two, &m);
    cr_assert_eq(n, m);
    one--, two--;
    for (int sealed = 0; sealed < 2; sealed++) {
        for (int what = 0; what < 5; what++) {
            start(&s);
            if (what == 0) memcpy(s.work + at, s.bytes + to, n), memcpy(s.work + to, s.bytes + at, n);
            if (what == 1) memcpy(s.work + at, s.bytes + to, n);
            if (what == 2) memcpy(s.work + at, s.older + at, n); /* the same contact, of the generation before */
            if (what == 3) memcpy(s.work + line_at(&s, one), s.bytes + line_at(&s, (one + 16) % 48), sizeof(rv_places));
            if (what == 4) s.work[at + n - 1] ^= 1;
            if (sealed) damage_reseal_blocks(s.work, s.n);
            cr_assert_eq(read_damaged(&s, one, &err), RV_CORRUPT, "change %d, sealed %d", what, sealed);
            const char *told = sealed ? "agree with its seal" : what == 3 ? "places, block 0" : "contacts, block 0";
            cr_assert(strstr(err.message, told), "change %d, sealed %d: %s", what, sealed, err.message);
        }
    }
    free_subject(&s);
}

/* Persons: two to a line here. One that stands beside a damaged one isn't told either. */
Test(contact_seal, no_bit_of_a_line_of_persons_can_change) {
    subject s = make_subject();
    const rv_rvl_entry *persons = section(s.bytes, RV_SECTION_PERSONS);
    uint32_t width = s.made->schema.person_bytes, line = rv_person_line(width), row = 40;
    cr_assert(width == 28 && line == 64 && rv_person_shift(width) == 1 && persons->stored == ROWS / 2 * line);
    unsigned char person[28];
    for (int sealed = 0; sealed < 2; sealed++)
        for (size_t bit = 0; bit <= line * 8; bit += sealed ? 8 : 1) { /* the last of them is of the next line */
            start(&s);
            s.work[persons->offset + row / 2 * line + bit / 8] ^= (unsigned char)(1u << bit % 8);
            if (sealed) damage_reseal_blocks(s.work, s.n);
            scratch_file("subject.rvl", s.work, s.n);
            rv_megabase *m;
            rv_error err = {0};
            cr_assert_eq(rv_megabase_open(s.path, &m, &err), RV_OK, "%s", err.message);
            for (uint32_t of = row; of < row + 2; of++) {
                rv_status status = rv_megabase_persons(m, &of, 1, person, &err);
                cr_assert_eq(status, bit < line * 8 ? RV_CORRUPT : RV_OK, "bit %zu", bit);
                if (status == RV_OK) cr_assert_eq(memcmp(person, s.made->persons + of * width, width), 0);
                else cr_assert(strstr(err.message, sealed ? "agree with its seal" : "persons, block 0"), "%s", err.message);
            }
            rv_megabase_close(m);
        }
    start(&s); /* of another line, and of the generation before */
    memcpy(s.work + persons->offset + row / 2 * line, s.bytes + persons->offset, line);
    memcpy(s.work + persons->offset + 2 * line, s.older + persons->offset + 2 * line, line);
    scratch_file("subject.rvl", s.work, s.n);
    rv_megabase *m;
    cr_assert_eq(rv_megabase_open(s.path, &m, NULL), RV_OK);
    cr_assert_eq(rv_megabase_persons(m, &row, 1, person, NULL), RV_CORRUPT);
    cr_assert_eq(rv_megabase_persons(m, &(uint32_t){4}, 1, person, NULL), RV_CORRUPT);
    cr_assert_eq(rv_megabase_persons(m, &(uint32_t){0}, 1, person, NULL), RV_OK);
    rv_megabase_close(m);
    free_subject(&s);
}

Test(contact_seal, a_line_has_room_for_its_persons_and_no_more) {
    for (uint32_t width = 1; width <= RV_MAX_PERSON_BYTES; width++) {
        uint32_t line = rv_person_line(width), rows = 1u << rv_person_shift(width);
        cr_assert(line % 64 == 0 && line >= width + 8 && line - 64 < width + 8);
        cr_assert(rows * width + 8 <= line && 2 * rows * width + 8 > line && RV_IMAGE_BLOCK % rows == 0);
        for (uint64_t n = 0; n <= 2 * rows + 1; n++)
            cr_assert_eq(rv_person_lines(n, width), (n + rows - 1) / rows, "width %u, %lu rows", width, (unsigned long)n);
    }
}

Test(contact_seal, a_line_of_places_keeps_any_ends) {
    rv_random random;
    rv_random_init(&random, 72, 0);
    for (int round = 0; round < 2000; round++) {
        uint32_t ends[RV_PLACE_ROWS], most = (1u << RV_PLACE_BITS) - 1, rows = 1 + rv_random_below(&random, RV_PLACE_ROWS);
        rv_places line = {.base = rv_random_next(&random)};
        uint64_t base = line.base;
        for (unsigned i = 0; i < rows; i++) {
            ends[i] = round ? rv_random_below(&random, most + 1) : most;
            rv_place_set_end(&line, i, ends[i]);
        }
        for (unsigned i = 0; i < RV_PLACE_ROWS; i++)
            cr_assert_eq(rv_place_end(&line, i), i < rows ? ends[i] : 0, "seed 72, round %d, end %u", round, i);
        cr_assert_eq(line.base, base);
    }
}

/* Texts of 65,535 bytes that don't pack: each a contact of 131 KB, seventeen in a row. One byte more is refused. */
Test(contact_seal, contacts_of_any_length_come_back) {
    enum { MOST = 65535 };
    made_contacts *made = contacts_make(&(making){.rows = ROWS, .seed = 73, .narrow = 2});
    rv_random random;
    rv_random_init(&random, 73, 0);
    static char texts[18][MOST + 1];
    rv_text held[18];
    for (uint32_t i = 0; i < 18; i++) {
        for (size_t j = 0; j <= MOST; j++) texts[i][j] = (char)rv_random_next(&random);
        held[i] = made->contacts[20 + i].fields[3];
        made->contacts[20 + i].fields[3] = rv_text_make(texts[i], MOST);
    }
    uint32_t rows[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) rows[i] = (i * 7) % ROWS;
    for (int layout = 0; layout < 3; layout++) {
        rv_megabase_settings settings = {
            .layout = layout == 1 ? RV_ARCHIVE : RV_IMAGE, .seeded = true, .threads = 1, .replace = true};
        char path[256];
        snprintf(path, sizeof path, "%s", scratch_path("long.rvl"));
        rv_error err = {0};
        rv_megabase *m;
        if (layout < 2) cr_assert_eq(contacts_write(made, path, &settings, &err), RV_OK, "%s", err.message);
        else cr_assert_eq(rv_megabase_convert(scratch_path("before.rvl"), path, RV_IMAGE, true, 1, &err), RV_OK);
        cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK, "%s", err.message);
        uint32_t differ = contacts_differ(made, m, rows, ROWS, &err);
        cr_assert_eq(differ, 0u, "layout %d, row %u: %s", layout, differ - 1, err.message);
        rv_megabase_close(m);
        if (layout == 1) cr_assert_eq(rename(path, scratch_path("before.rvl")), 0);
    }
    made->contacts[25].fields[3] = rv_text_make(texts[0], MOST + 1);
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1, .replace = true};
    cr_assert_eq(contacts_write(made, scratch_path("refused.rvl"), &settings, NULL), RV_BAD_INPUT);
    for (uint32_t i = 0; i < 18; i++) made->contacts[20 + i].fields[3] = held[i];
    contacts_free(made);
}

Test(contact_seal, a_block_that_says_another_row_than_its_own_is_refused) {
    made_contacts *made = contacts_make(&(making){.rows = 10, .seed = 74, .narrow = 2});
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1};
    rv_megabase_writer *w;
    rv_encoded_block *e = NULL;
    cr_assert_eq(rv_megabase_create(scratch_path("rows.rvl"), &made->schema, made->dictionaries, &settings, &w, NULL),
                 RV_OK);
    rv_contact_block block = {.first = 1,
                              .rows = 10,
                              .contacts = made->contacts,
                              .codes = made->codes,
                              .attribute_origins = made->attribute_origins,
                              .persons = made->persons};
    cr_assert_eq(rv_megabase_encode(w, &block, &e, NULL), RV_OK);
    cr_assert_eq(rv_megabase_append(w, e, NULL), RV_BAD_ARGUMENT);
    rv_encoded_block_free(e);
    rv_megabase_abandon(w);
    contacts_free(made);
}
