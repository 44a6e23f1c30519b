/*
 * Files of each format version stay readable: tests/data/format-vN hold an image, an archive and what they say, as text.
 * They are never written again once a version has been released; a new version gets a folder of its own
 * (REVEIL_WRITE_GOLDEN=FOLDER writes one there).
 */
#include "contact_maker.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static void dump_row(rv_megabase *m, rv_contact_reader *reader, uint32_t row, rv_buffer *out) {
    const rv_schema *s = rv_megabase_schema(m);
    rv_arena arena = {0};
    rv_contact c;
    uint32_t attributes[64], codes[64], n = s->n_attributes;
    uint16_t sources[64];
    unsigned char person[64];
    rv_error err = {0};
    for (uint32_t j = 0; j < n; j++) attributes[j] = j;
    cr_assert_eq(rv_contact_read(reader, &row, 1, &arena, &c, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_megabase_codes(m, &row, 1, attributes, n, codes, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_megabase_attribute_sources(reader, &row, 1, attributes, n, sources, &err), RV_OK, "%s",
                 err.message);
    cr_assert_eq(rv_megabase_persons(m, &row, 1, person, &err), RV_OK, "%s", err.message);
    rv_buffer_format(out, "%u\t%.*s\t%.*s\t%u\t%d", row, (int)c.id.len, c.id.ptr, (int)c.aliases.len,
                     c.aliases.ptr ? c.aliases.ptr : "", c.source_rows, c.last_seen);
    for (uint32_t f = 0; f < s->n_fields; f++) {
        rv_buffer_byte(out, '\t');
        if (c.fields[f].len == 0) continue;
        rv_buffer_text(out, c.fields[f]);
        rv_buffer_format(out, " (%s %d)", s->sources[c.origins[f].source].name, c.origins[f].date);
        const rv_key_index *index;
        if (f >= s->n_keys) continue;
        cr_assert_eq(rv_megabase_index(m, s->keys[f], &index, &err), RV_OK, "%s", err.message);
        rv_key key = rv_key_of(rv_megabase_secret(m), c.fields[f].ptr, c.fields[f].len);
        rv_run run;
        cr_assert_eq(rv_key_index_probe(index, &key, 1, UINT32_MAX, &run, &err), RV_OK, "%s", err.message);
        bool found = false;
        for (uint32_t i = 0; i < run.count; i++) found |= rv_run_row(&run, i) == row;
        cr_assert(found, "row %u isn't found by %s", row, s->keys[f]);
    }
    for (uint32_t j = 0; j < n; j++) {
        const rv_dictionary *d;
        cr_assert_eq(rv_megabase_dictionary(m, j, &d, &err), RV_OK, "%s", err.message);
        rv_buffer_byte(out, '\t');
        if (codes[j] == 0) continue;
        rv_buffer_text(out, rv_dictionary_value(d, codes[j]));
        rv_buffer_format(out, " (%s)", s->sources[sources[j]].name);
    }
    rv_buffer_byte(out, '\t');
    for (uint32_t i = 0; i < s->person_bytes; i++) rv_buffer_format(out, "%02x", person[i]);
    rv_buffer_byte(out, '\n');
    rv_arena_free(&arena);
}

static char *dump(const char *path) {
    rv_megabase *m;
    rv_contact_reader *reader;
    rv_error err = {0};
    rv_buffer out = {0};
    cr_assert_eq(rv_megabase_open(path, &m, &err), RV_OK, "%s: %s", path, err.message);
    cr_assert_eq(rv_contact_reader_new(m, &reader, &err), RV_OK);
    for (uint32_t row = 0; row < rv_megabase_rows(m); row++) dump_row(m, reader, row, &out);
    rv_contact_reader_free(reader);
    rv_megabase_close(m);
    return rv_buffer_take(&out, NULL);
}

static void write_golden(const char *folder) {
    made_contacts *made = contacts_make(&(making){.rows = 70, .seed = 2026, .narrow = 5});
    char path[512];
    for (int l = 0; l < 2; l++) {
        rv_megabase_settings settings = {
            .layout = l ? RV_ARCHIVE : RV_IMAGE, .seeded = true, .seed = 2026, .threads = 1};
        snprintf(path, sizeof path, "%s/%s", folder, l ? "archive.rvl" : "image.rvl");
        cr_assert_eq(contacts_write(made, path, &settings, NULL), RV_OK);
    }
    snprintf(path, sizeof path, "%s/image.rvl", folder);
    char *text = dump(path);
    snprintf(path, sizeof path, "%s/contacts.tsv", folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    rv_free(text);
    contacts_free(made);
}

static void check_golden(const char *version) {
    static const char *const files[] = {"image", "archive"};
    char path[512];
    size_t n;
    snprintf(path, sizeof path, TEST_DATA "/data/format-%s/contacts.tsv", version);
    char *expected = scratch_read(path, &n);
    cr_assert(expected && n > 1000, "tests/data/format-%s is missing", version);
    for (int i = 0; i < 2; i++) {
        uint64_t damaged, blocks;
        rv_error err = {0};
        snprintf(path, sizeof path, TEST_DATA "/data/format-%s/%s.rvl", version, files[i]);
        cr_assert_eq(rv_megabase_verify(path, 1, &damaged, &blocks, &err), RV_OK, "%s", err.message);
        char *text = dump(path);
        cr_assert_str_eq(text, expected);
        rv_free(text);
    }
    free(expected);
}

Test(golden_format, every_version_stays_readable) {
#ifdef RV_WEAK_HASH
    cr_skip_test("a build with weak placement reads its own files only");
#endif
    const char *folder = getenv("REVEIL_WRITE_GOLDEN");
    if (folder) write_golden(folder);
    check_golden("v3");
}
