/* Damage to a megabase: all of it is found by verify, and queries give an error or exactly the clean answer. */
#include "contact_maker.h"
#include "damage.h"
#include "key_slot.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* REVEIL_LONG asks for the long counts of the release checks. */
static int rounds(int usual) { return getenv("REVEIL_LONG") ? usual * 10 : test_rounds(usual); }

typedef struct victim {
    made_contacts *made;
    unsigned char *bytes, *other, *work;
    size_t n, other_n;
    char path[256];
} victim;

static victim make_victim(rv_layout layout, uint32_t rows) {
    victim v = {.made =
                    contacts_make(&(making){.rows = rows, .seed = 51, .narrow = 9, .wide = true, .long_texts = 100})};
    rv_megabase_settings settings = {.layout = layout, .seeded = true, .seed = 51, .threads = 1, .replace = true};
    char first[256], other[256];
    snprintf(first, sizeof first, "%s", scratch_path("first.rvl"));
    snprintf(other, sizeof other, "%s", scratch_path("other.rvl"));
    snprintf(v.path, sizeof v.path, "%s", scratch_path("victim.rvl"));
    cr_assert_eq(contacts_write(v.made, first, &settings, NULL), RV_OK);
    cr_assert_eq(rv_megabase_convert(first, other, layout, true, 1, NULL),
                 RV_OK); /* the next generation, same contents */
    v.other = (unsigned char *)scratch_read(first, &v.other_n);
    v.bytes = (unsigned char *)scratch_read(other, &v.n);
    v.work = malloc(v.n + 8192);
    return v;
}

static void free_victim(victim *v) {
    contacts_free(v->made);
    free(v->bytes);
    free(v->other);
    free(v->work);
}

static bool told(const rv_error *err) {
    return err->status == RV_CORRUPT || err->status == RV_BAD_INPUT || err->status == RV_NEWER;
}

static void check_query(const victim *v, rv_random *random, int round, int kind) {
    rv_megabase *m;
    rv_error err = {0};
    if (rv_megabase_open(v->path, &m, &err) != RV_OK) {
        cr_assert(told(&err), "round %d kind %d: status %d %s", round, kind, err.status, err.message);
        return;
    }
    uint32_t rows[24];
    for (int i = 0; i < 24; i++) rows[i] = rv_random_below(random, v->made->rows);
    uint32_t differ = contacts_differ(v->made, m, rows, 24, &err);
    cr_assert(differ == 0 || told(&err), "round %d kind %d: a wrong answer for row %u", round, kind, differ - 1);
    rv_megabase_close(m);
}

static void mutate(rv_layout layout) {
    victim v = make_victim(layout, 5000);
    rv_random random;
    rv_random_init(&random, 52, layout);
    /* In the shares of the promise: half bit flips, a fifth word swaps, a tenth each of the others. */
    static const damage_kind shares[] = {DAMAGE_BIT,        DAMAGE_BIT,    DAMAGE_BIT,   DAMAGE_BIT,
                                         DAMAGE_BIT,        DAMAGE_WORDS,  DAMAGE_WORDS, DAMAGE_BLOCKS,
                                         DAMAGE_TRANSPLANT, DAMAGE_SECTOR, DAMAGE_CUT,   DAMAGE_GROWN};
    int done[DAMAGE_KINDS] = {0};
    for (int round = 0; round < rounds(1000);) {
        damage_kind kind = shares[rv_random_below(&random, sizeof shares / sizeof *shares)];
        size_t n = v.n;
        memcpy(v.work, v.bytes, v.n);
        if (!damage_bytes(v.work, &n, kind, v.other, v.other_n, &random)) continue;
        if (n == v.n && memcmp(v.work, v.bytes, n) == 0) continue;
        scratch_file("victim.rvl", v.work, n);
        uint64_t damaged, blocks;
        rv_error err = {0};
        rv_status status = rv_megabase_verify(v.path, 1, &damaged, &blocks, &err);
        cr_assert(status != RV_OK && told(&err), "round %d: damage of kind %d isn't found", round, kind);
        check_query(&v, &random, round, kind);
        done[kind]++;
        round++;
    }
    for (int kind = 0; kind < DAMAGE_KINDS; kind++) cr_assert(done[kind] > 0, "kind %d never happened", kind);
    free_victim(&v);
}

Test(damage, every_mutation_of_an_image_is_found_and_no_answer_is_wrong) { mutate(RV_IMAGE); }
Test(damage, every_mutation_of_an_archive_is_found_and_no_answer_is_wrong) { mutate(RV_ARCHIVE); }

Test(damage, a_clean_file_is_clean) {
    for (int layout = 0; layout < 2; layout++) {
        victim v = make_victim(layout ? RV_ARCHIVE : RV_IMAGE, 300);
        uint64_t damaged, blocks;
        rv_error err = {0};
        cr_assert_eq(rv_megabase_verify(scratch_file("victim.rvl", v.bytes, v.n), 2, &damaged, &blocks, &err), RV_OK,
                     "%s", err.message);
        cr_assert(damaged == 0 && blocks > 10);
        free_victim(&v);
    }
}

Test(damage, one_directory_copy_is_enough_to_read_but_not_to_pass) {
    victim v = make_victim(RV_IMAGE, 300);
    const rv_rvl_header *head = (const void *)v.bytes;
    for (int copy = 0; copy < 2; copy++) {
        memcpy(v.work, v.bytes, v.n);
        v.work[head->directory[copy] + 100] ^= 1;
        scratch_file("victim.rvl", v.work, v.n);
        rv_megabase *m;
        rv_error err = {0};
        cr_assert_eq(rv_megabase_open(v.path, &m, &err), RV_OK, "%s", err.message);
        cr_assert_eq(contacts_differ(v.made, m, &(uint32_t){7}, 1, &err), 0u);
        rv_megabase_close(m);
        uint64_t damaged, blocks;
        cr_assert_eq(rv_megabase_verify(v.path, 1, &damaged, &blocks, &err), RV_CORRUPT);
        cr_assert_eq(damaged, 1u);
        cr_assert(strstr(err.message, copy ? "second copy" : "first copy"), "%s", err.message);
    }
    free_victim(&v);
}

Test(damage, what_the_file_is_not_is_said_in_words) {
    victim v = make_victim(RV_IMAGE, 100);
    rv_megabase *m;
    rv_error err = {0};
    cr_assert_eq(rv_megabase_open(scratch_text("not.rvl", "id,email\n1,a@b.fr\n"), &m, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "not a megabase") && err.hint[0]);
    cr_assert_eq(rv_megabase_open(scratch_file("empty.rvl", "", 0), &m, &err), RV_BAD_INPUT);
    cr_assert_eq(rv_megabase_open(scratch_text("a.rvl.zst", "\x28\xb5\x2f\xfd packed"), &m, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.hint, "zstd -d"), "%s", err.hint);
    cr_assert_eq(rv_megabase_open(scratch_text("a.rvl.gz", "\x1f\x8b packed"), &m, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.hint, "gunzip"), "%s", err.hint);
    cr_assert_eq(rv_megabase_open(scratch_text("text.rvl", "\x8bRVL\n\x1a\nxxxx"), &m, &err), RV_CORRUPT);
    cr_assert(strstr(err.message, "text mode"), "%s", err.message);
    cr_assert_eq(rv_megabase_open(scratch_path("missing.rvl"), &m, &err), RV_BAD_INPUT);
    rv_rvl_header *head = (void *)memcpy(v.work, v.bytes, v.n);
    head->version = RV_RVL_VERSION + 1;
    damage_reseal(v.work, v.n);
    cr_assert_eq(rv_megabase_open(scratch_file("newer.rvl", v.work, v.n), &m, &err), RV_NEWER);
    for (uint32_t version = 1; version < RV_RVL_VERSION; version++) {
        head->version = version;
        damage_reseal(v.work, v.n);
        cr_assert_eq(rv_megabase_open(scratch_file("older.rvl", v.work, v.n), &m, &err), RV_BAD_INPUT);
        cr_assert(strstr(err.message, "reads format 3") && strstr(err.hint, "build it again"), "%s", err.message);
    }
    head->version = RV_RVL_VERSION;
    head->flags = 4;
    damage_reseal(v.work, v.n);
    cr_assert_eq(rv_megabase_open(scratch_file("flags.rvl", v.work, v.n), &m, &err), RV_NEWER);
    memcpy(v.work, v.bytes, v.n);
    rv_rvl_entry *entries = (void *)(v.work + RV_RVL_PAGE);
    entries[0].id = 77; /* a critical section that nobody knows */
    damage_reseal(v.work, v.n);
    cr_assert_eq(rv_megabase_open(scratch_file("part.rvl", v.work, v.n), &m, &err), RV_NEWER);
    memcpy(v.work, v.bytes, v.n);
    entries[0].flags = 2;
    damage_reseal(v.work, v.n);
    cr_assert_eq(rv_megabase_open(scratch_file("codec.rvl", v.work, v.n), &m, &err), RV_NEWER);
    free_victim(&v);
}

/* Seals made again: nothing may be read outside memory, whatever the numbers say. */
static void hostile(rv_layout layout, int usual) {
    victim v = make_victim(layout, 700);
    uint32_t sections = ((const rv_rvl_header *)(const void *)v.bytes)->n_sections;
    rv_random random;
    rv_random_init(&random, 53, layout);
    for (int round = 0; round < rounds(usual); round++) {
        memcpy(v.work, v.bytes, v.n);
        uint32_t section = rv_random_below(&random, 4) ? rv_random_below(&random, sections) : UINT32_MAX;
        for (uint32_t i = 0, times = 1 + rv_random_below(&random, 3); i < times; i++)
            damage_number(v.work, v.n, section, &random);
        damage_reseal(v.work, v.n);
        scratch_file("victim.rvl", v.work, v.n);
        damage_query(v.path);
    }
    free_victim(&v);
}
Test(damage, a_hostile_image_never_leads_a_reader_astray) { hostile(RV_IMAGE, 700); }
Test(damage, a_hostile_archive_never_leads_a_reader_astray) { hostile(RV_ARCHIVE, 500); }

static const rv_rvl_entry *section_of(const unsigned char *bytes, uint32_t id) {
    const rv_rvl_entry *e = (const void *)(bytes + RV_RVL_PAGE);
    while (e->id != id) e++;
    return e;
}

/* Asks v->work for the e-mail of a row. */
static rv_status probe_work(victim *v, uint32_t row, uint32_t *found, rv_error *err) {
    scratch_file("victim.rvl", v->work, v->n);
    rv_megabase *m;
    const rv_key_index *index;
    rv_run run;
    rv_text text = v->made->contacts[row].fields[0];
    rv_key key = rv_key_of(&v->made->secret, text.ptr, text.len);
    cr_assert_eq(rv_megabase_open(v->path, &m, err), RV_OK, "%s", err->message);
    rv_status status = rv_megabase_index(m, v->made->schema.keys[0], &index, err);
    if (status == RV_OK) status = rv_key_index_probe(index, &key, 1, 0, &run, err);
    *found = status == RV_OK ? run.count : 0;
    rv_megabase_close(m);
    return status;
}

/* An index is believed where its bytes agree with the key asked for, and proved where they don't. */
static rv_status probe_damaged(victim *v, uint32_t part, size_t at, uint32_t row, uint32_t *found, rv_error *err) {
    memcpy(v->work, v->bytes, v->n);
    const rv_rvl_entry *e = section_of(v->work, 0x100 + part);
    v->work[e->offset + at % e->stored] ^= 16;
    return probe_work(v, row, found, err);
}

Test(damage, a_probe_finds_its_key_or_the_damage) {
    victim v = make_victim(RV_IMAGE, 5000);
    rv_random random;
    rv_random_init(&random, 54, 0);
    int proofs_damaged = 0, proofs_agreed = 0;
    for (int round = 0; round < rounds(300); round++) {
        uint32_t row = rv_random_below(&random, v.made->rows), found;
        if (v.made->contacts[row].fields[0].len == 0) continue;
        rv_error err = {0};
        uint64_t at = rv_random_next(&random);
        rv_status status = probe_damaged(&v, 0, at, row, &found, &err); /* buckets */
        cr_assert(status == RV_CORRUPT || (status == RV_OK && found), "round %d: the key is lost", round);
        status = probe_damaged(&v, 1, at, row, &found, &err); /* proofs */
        cr_assert(status == RV_CORRUPT || (status == RV_OK && found), "round %d: the key is lost", round);
        if (status == RV_OK) proofs_agreed++;
    }
    /* The proof of one key, byte by byte: found by what it must be. */
    uint32_t row = 0, found;
    while (v.made->contacts[row].fields[0].len == 0) row++;
    const rv_rvl_entry *e = section_of(v.bytes, 0x101);
    rv_text text = v.made->contacts[row].fields[0];
    rv_key key = rv_key_of(&v.made->secret, text.ptr, text.len);
    size_t at = 0;
    while (at < e->stored && memcmp(v.bytes + e->offset + at, &key.hi, 8) != 0) at += 2; /* proofs stand at even places */
    cr_assert(at < e->stored);
    for (size_t i = 0; i < RV_PROOF_BYTES; i++) {
        rv_error err = {0};
        cr_assert_eq(probe_damaged(&v, 1, at + i, row, &found, &err), RV_CORRUPT, "byte %zu", i);
        cr_assert(strstr(err.message, "proofs"), "%s", err.message);
        proofs_damaged++;
    }
    cr_assert_eq(proofs_damaged, RV_PROOF_BYTES);
    cr_assert(proofs_agreed > 0);
    free_victim(&v);
}

/* A bucket seals itself: whatever stands in its place, the key is found or the damage is, whether the container's seals were
 * made again or not. */
Test(damage, a_bucket_that_is_not_its_own_is_found) {
    enum { ROWS = 5000 };
    victim v = make_victim(RV_IMAGE, ROWS);
    made_contacts *stranger = contacts_make(&(making){.rows = ROWS, .seed = 61, .narrow = 9});
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .seed = 61, .threads = 1, .replace = true};
    const char *path = scratch_path("stranger.rvl");
    cr_assert_eq(contacts_write(stranger, path, &settings, NULL), RV_OK);
    size_t n;
    unsigned char *strange = (unsigned char *)scratch_read(path, &n);
    rv_random random;
    rv_random_init(&random, 55, 0);
    const rv_rvl_entry *mine = section_of(v.bytes, 0x100), *mobile = section_of(v.bytes, 0x104),
                       *theirs = section_of(strange, 0x100);
    for (int round = 0; round < rounds(200);) {
        uint32_t row = rv_random_below(&random, v.made->rows), found;
        rv_text text = v.made->contacts[row].fields[0];
        if (text.len == 0) continue;
        uint64_t home = rv_home_bucket(rv_key_of(&v.made->secret, text.ptr, text.len), mine->param) * sizeof(rv_bucket),
                 other = rv_random_below(&random, (uint32_t)(mobile->stored / sizeof(rv_bucket))) * sizeof(rv_bucket);
        if (home == other) continue;
        memcpy(v.work, v.bytes, v.n);
        unsigned char *bucket = v.work + mine->offset + home;
        switch (round++ % 6) {
        case 0: bucket[rv_random_below(&random, sizeof(rv_bucket))] ^= (unsigned char)(1u << rv_random_below(&random, 8)); break;
        case 1: memcpy(bucket, v.bytes + mine->offset + other, sizeof(rv_bucket)); break;
        case 2: memcpy(bucket, v.bytes + mobile->offset + home, sizeof(rv_bucket)); break;
        case 3: memcpy(bucket, strange + theirs->offset + home, sizeof(rv_bucket)); break;
        case 4: memset(bucket, 0, sizeof(rv_bucket)); break;
        default: memset(bucket, 0, rv_random_below(&random, sizeof(rv_bucket)) + 1); break;
        }
        if (memcmp(bucket, v.bytes + mine->offset + home, sizeof(rv_bucket)) == 0) continue; /* it was zero */
        bool resealed = rv_random_below(&random, 2);
        if (resealed) damage_reseal_blocks(v.work, v.n);
        rv_error err = {0};
        cr_assert_eq(probe_work(&v, row, &found, &err), RV_CORRUPT, "round %d: %u rows", round, found);
        cr_assert(strstr(err.message, resealed ? "seal" : "buckets"), "round %d: %s", round, err.message);
    }
    /* From another layout and generation of the same file: the same bucket. */
    memcpy(v.work, v.bytes, v.n);
    for (uint64_t at = 0; at < mine->stored; at += sizeof(rv_bucket))
        cr_assert_eq(memcmp(v.bytes + mine->offset + at, v.other + section_of(v.other, 0x100)->offset + at,
                            sizeof(rv_bucket)), 0);
    free(strange);
    contacts_free(stranger);
    free_victim(&v);
}

Test(damage, a_file_cut_under_an_open_reader_is_told_before_a_pass) {
    victim v = make_victim(RV_IMAGE, 3000);
    rv_megabase *m;
    rv_error err = {0};
    scratch_file("victim.rvl", v.bytes, v.n);
    cr_assert_eq(rv_megabase_open(v.path, &m, &err), RV_OK);
    cr_assert_eq(truncate(v.path, (off_t)(v.n / 2)), 0);
    cr_assert_eq(rv_megabase_prepare(m, RV_PREPARE_ALL, 1, &err), RV_CORRUPT);
    cr_assert(strstr(err.message, "length"), "%s", err.message);
    rv_megabase_close(m);
    free_victim(&v);
}
