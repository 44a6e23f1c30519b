/* The linkage set: its rates are those it promises, its files agree, and each slip does what its name says. */
#include <criterion/criterion.h>

#include "date.h"
#include "memory.h"
#include "scratch.h"
#include "synth_errors.h"
#include "synth_linkage.h"
#include "synth_slips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONTACTS = 40000, CLIENTS = 40000 };

static rv_world *world_of(uint64_t seed) {
    rv_world *world = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_world_new(seed, CONTACTS, CLIENTS, &world, &err), RV_OK, "%s", err.message);
    return world;
}

typedef struct tally {
    unsigned could[RV_SLIPS], made[RV_SLIPS];
} tally;

static void count(tally *t, const rv_linkage_record *record) {
    cr_assert_eq(record->made & ~record->could, 0);
    for (int slip = 0; slip < RV_SLIPS; slip++) {
        t->could[slip] += record->could >> slip & 1;
        t->made[slip] += record->made >> slip & 1;
    }
}

static void assert_rates(const tally *t, rv_linkage_side side) {
    for (int slip = 0; slip < RV_SLIPS; slip++) {
        double rate = rv_slip_kinds[slip].rate[side], n = t->could[slip];
        cr_assert(rate == 0 || n >= 100, "%s can happen in %g rows only", rv_slip_kinds[slip].name, n);
        double spread = sqrt(rate * (1 - rate) * (n + 1));
        cr_assert(fabs(t->made[slip] - rate * n) <= 4.5 * spread, "%s of side %d: %u of %g, promised %g",
                  rv_slip_kinds[slip].name, side, t->made[slip], n, rate);
    }
}

Test(synth_linkage, each_slip_happens_as_often_as_promised) {
    rv_world *world = world_of(5);
    rv_linkage_set set;
    rv_linkage_set_make(&set, world, true);
    tally contacts = {0}, clients = {0};
    rv_linkage_record record;
    for (uint64_t i = 0; i < CONTACTS; i++) {
        rv_linkage_contact(&set, i, &record);
        count(&contacts, &record);
    }
    unsigned kinds[RV_KINDS] = {0};
    for (uint64_t i = 0; i < CLIENTS; i++) {
        uint64_t contact;
        kinds[rv_linkage_client(&set, i, &contact, &record)]++;
        count(&clients, &record);
    }
    assert_rates(&contacts, RV_LINKAGE_CONTACTS);
    assert_rates(&clients, RV_LINKAGE_CLIENTS);
    double outside = CLIENTS - kinds[RV_KIND_CONTACT];
    cr_assert_float_eq(kinds[RV_KIND_CONTACT] / (double)CLIENTS, 0.60, 0.005);
    cr_assert_float_eq(kinds[RV_KIND_NAMESAKE] / outside, RV_LINKAGE_NAMESAKES, 0.003);
    cr_assert_float_eq(kinds[RV_KIND_TWIN] / outside, RV_LINKAGE_TWINS, 0.003);
    cr_assert_float_eq(kinds[RV_KIND_RELATIVE] / outside, 0.34, 0.03);
    rv_world_free(world);
}

Test(synth_linkage, every_slip_has_a_name_of_its_own) {
    for (int a = 0; a < RV_SLIPS; a++) {
        cr_assert(rv_slip_kinds[a].name && strpbrk(rv_slip_kinds[a].name, "|,\" ") == NULL);
        for (int b = 0; b < a; b++) cr_assert_str_neq(rv_slip_kinds[a].name, rv_slip_kinds[b].name);
    }
}

/* Capitals without accents, so that two hands' letters compare. */
static size_t plain(const rv_linkage_record *record, rv_synth_cell_name name, char *to) {
    const rv_synth_cell *cell = &record->cells.cells[name];
    memcpy(to, cell->text, cell->len);
    size_t len = rv_synth_strip_accents(to, cell->len);
    rv_synth_upper(to, len);
    to[len] = '\0';
    return len;
}

static uint64_t bit(rv_slip slip) { return UINT64_C(1) << slip; }

Test(synth_linkage, what_no_hand_has_slipped_on_is_equal_on_both_sides) {
    rv_world *world = world_of(6);
    rv_linkage_set set;
    rv_linkage_set_make(&set, world, false);
    uint64_t names = 0;
    for (int slip = RV_SLIP_FIRST_TYPO; slip <= RV_SLIP_SWAPPED; slip++) names |= bit((rv_slip)slip);
    uint64_t town = bit(RV_SLIP_MOVED) | bit(RV_SLIP_NO_ADDRESS) | bit(RV_SLIP_POSTCODE_DIGIT) |
                    bit(RV_SLIP_POSTCODE_ZERO) | bit(RV_SLIP_NO_POSTCODE) | bit(RV_SLIP_TOWN_POSTCODE) |
                    bit(RV_SLIP_CEDEX);
    unsigned met = 0, towns = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        uint64_t contact;
        rv_linkage_record client, other;
        if (rv_linkage_client(&set, i, &contact, &client) != RV_KIND_CONTACT) continue;
        cr_assert(contact < CONTACTS);
        rv_linkage_contact(&set, contact, &other);
        uint64_t slips = client.made | other.made | bit(RV_SLIP_CODE_PAGE);
        char a[RV_CELL_BYTES + 1], b[RV_CELL_BYTES + 1];
        if (((client.made | other.made) & (names | bit(RV_SLIP_CODE_PAGE))) == 0) {
            for (int c = 0; c < 2; c++) {
                plain(&client, c ? RV_CELL_LAST : RV_CELL_FIRST, a), plain(&other, c ? RV_CELL_LAST : RV_CELL_FIRST, b);
                cr_assert_str_eq(a, b);
            }
            met++;
        }
        if ((slips & town) == 0) {
            plain(&client, RV_CELL_POSTCODE, a), plain(&other, RV_CELL_POSTCODE, b);
            cr_assert_str_eq(a, b);
            towns++;
        }
    }
    cr_assert(met > 1500 && met < 2600 && towns > 2000 && towns < 2800, "%u %u", met, towns);
    rv_world_free(world);
}

/* A row as somebody would look for it: last name, postcode, first name; the year of birth, 0 when unknown. */
typedef struct sighting {
    char key[96];
    int year;
} sighting;

static int by_key(const void *a, const void *b) {
    return strcmp(((const sighting *)a)->key, ((const sighting *)b)->key);
}

static sighting sight(const rv_linkage_record *record, bool with_first) {
    char last[RV_CELL_BYTES + 1], first[RV_CELL_BYTES + 1], postcode[RV_CELL_BYTES + 1];
    plain(record, RV_CELL_LAST, last), plain(record, RV_CELL_FIRST, first);
    plain(record, RV_CELL_POSTCODE, postcode);
    sighting s = {0};
    snprintf(s.key, sizeof s.key, "%.40s|%.5s|%.40s", last, postcode, with_first ? first : "");
    const rv_synth_cell *birth = &record->cells.cells[RV_CELL_BIRTH];
    bool slashed = birth->len > 2 && birth->text[2] == '/';
    if (birth->len == 10) s.year = atoi(slashed ? birth->text + 6 : birth->text);
    return s;
}

static sighting *sight_contacts(const rv_linkage_set *set, bool with_first) {
    sighting *all = calloc(CONTACTS, sizeof *all);
    for (uint64_t i = 0; i < CONTACTS; i++) {
        rv_linkage_record record;
        rv_linkage_contact(set, i, &record);
        all[i] = sight(&record, with_first);
    }
    qsort(all, CONTACTS, sizeof *all, by_key);
    return all;
}

/* Slips aside, a namesake has a contact's names and postcode but another generation; a twin the last name, postcode and
 * year, but no first name of that house. */
Test(synth_linkage, namesakes_and_twins_are_what_they_are_called) {
    rv_world *world = world_of(7);
    rv_linkage_set set;
    rv_linkage_set_make(&set, world, false);
    sighting *named = sight_contacts(&set, true), *housed = sight_contacts(&set, false);
    unsigned namesakes = 0, found = 0, years = 0, old = 0, twins = 0, at_home = 0, same_first = 0, known = 0,
             same_year = 0;
    for (uint64_t i = 0; i < CLIENTS; i++) {
        uint64_t contact;
        rv_linkage_record record;
        rv_linkage_kind kind = rv_linkage_client(&set, i, &contact, &record);
        cr_assert_eq(kind == RV_KIND_CONTACT, contact != UINT64_MAX);
        if (kind != RV_KIND_NAMESAKE && kind != RV_KIND_TWIN) continue;
        cr_assert_eq(record.could & bit(RV_SLIP_MOVED), 0);
        sighting by_name = sight(&record, true), by_house = sight(&record, false);
        const sighting *same = bsearch(&by_name, named, CONTACTS, sizeof *named, by_key);
        const sighting *house = bsearch(&by_house, housed, CONTACTS, sizeof *housed, by_key);
        if (kind == RV_KIND_NAMESAKE) {
            namesakes++, found += same != NULL;
            if (!same || same->year <= 1900 || by_name.year <= 1900) continue;
            years++, old += abs(same->year - by_name.year) >= 19;
        } else {
            twins++, at_home += house != NULL, same_first += same != NULL;
            if (!house || house->year <= 1900 || by_house.year <= 1900) continue;
            known++, same_year += house->year == by_house.year;
        }
    }
    cr_assert(namesakes > 100 && found > namesakes * 0.6 && years > 20 && old >= years * 0.9, "%u %u %u %u", namesakes,
              found, years, old);
    cr_assert(twins > 100 && at_home > twins * 0.5 && same_first < twins * 0.1, "%u %u %u", twins, at_home, same_first);
    cr_assert(known > 20 && same_year > known * 0.5, "%u %u", known,
              same_year); /* others of the house come first at times */
    free(named), free(housed);
    rv_world_free(world);
}

/* --- Files ------------------------------------------------------------------------------------------------------- */

static void make(const char *folder, rv_synth_set set, int threads) {
    rv_synth_options options = {20000, 9000, folder, set};
    rv_settings settings = {.threads = threads, .seeded = true, .seed = 3};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_synth(&options, &settings, &report, &err), RV_OK, "%s", err.message);
    rv_report_reset(&report);
}

static char *read_in(const char *folder, const char *name, size_t *n) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *text = scratch_read(path, n);
    cr_assert_not_null(text, "%s", path);
    return text;
}

static const char *const files[] = {"contacts.csv", "clients.csv", "truth.csv"};

Test(synth_linkage, the_same_bytes_with_one_thread_and_with_two) {
    char one[256], two[256];
    snprintf(one, sizeof one, "%s", scratch_path("one"));
    snprintf(two, sizeof two, "%s", scratch_path("two"));
    make(one, RV_SET_LINKAGE, 1);
    make(two, RV_SET_LINKAGE, 2);
    for (int f = 0; f < 3; f++) {
        size_t n = 0, m = 0;
        char *a = read_in(one, files[f], &n), *b = read_in(two, files[f], &m);
        cr_assert(n == m && memcmp(a, b, n) == 0, "%s", files[f]);
        free(a), free(b);
    }
}

/* The set with e-mails is the set without, and a last column. */
Test(synth_linkage, e_mails_are_a_column_more_and_nothing_else) {
    char without[256], with[256];
    snprintf(without, sizeof without, "%s", scratch_path("without"));
    snprintf(with, sizeof with, "%s", scratch_path("with"));
    make(without, RV_SET_LINKAGE, 2);
    make(with, RV_SET_LINKAGE_EMAIL, 2);
    for (int f = 0; f < 2; f++) {
        size_t n = 0, m = 0;
        char *a = read_in(without, files[f], &n), *b = read_in(with, files[f], &m);
        unsigned rows = 0, mails = 0;
        for (char *x = a, *y = b, *end = a + n; x < end;) {
            char *x_end = memchr(x, '\n', (size_t)(end - x)), *y_end = memchr(y, '\n', (size_t)(b + m - y));
            size_t len = (size_t)(x_end - x);
            cr_assert(memcmp(x, y, len) == 0 && y[len] == ',');
            mails += memchr(y + len, '@', (size_t)(y_end - y) - len) != NULL;
            rows++;
            x = x_end + 1, y = y_end + 1;
        }
        cr_assert_float_eq(mails / (double)rows, 0.60, 0.02);
        free(a), free(b);
    }
}

Test(synth_linkage, truth_names_a_contact_of_the_file_once) {
    const char *folder = scratch_path("truth");
    make(folder, RV_SET_LINKAGE, 2);
    size_t n = 0, m = 0;
    char *contacts = read_in(folder, "contacts.csv", &n), *truth = read_in(folder, "truth.csv", &m);
    char *met = calloc(20001, 1);
    unsigned rows = 0, inside = 0;
    for (char *line = strchr(contacts, '\n') + 1; line < contacts + n; line = strchr(line, '\n') + 1) {
        unsigned long id = strtoul(line + 1, NULL, 10);
        cr_assert(*line == 'K' && id >= 1 && id <= 20000 && !met[id]);
        met[id] = 1;
    }
    for (char *line = strchr(truth, '\n') + 1; line < truth + m; line = strchr(line, '\n') + 1, rows++) {
        char *cell = strchr(line, ',') + 1;
        bool is_contact = strncmp(strchr(cell, ',') + 1, "contact,", 8) == 0;
        cr_assert_eq(is_contact, *cell == 'K');
        if (*cell == 'K') inside += met[strtoul(cell + 1, NULL, 10)];
    }
    cr_assert_eq(rows, 9000);
    cr_assert_float_eq(inside / 9000.0, 0.60, 0.01);
    free(contacts), free(truth), free(met);
}

/* --- Slips ------------------------------------------------------------------------------------------------------- */

static const char *slipped(const char *text, size_t (*slip)(char *, size_t)) {
    static char out[RV_CELL_BYTES];
    size_t len = strlen(text);
    memcpy(out, text, len);
    out[slip(out, len)] = '\0';
    return out;
}

Test(synth_slips, names_in_short_and_streets_without_their_small_words) {
    cr_assert_str_eq(slipped("Frédéric", rv_synth_nickname), "Fred");
    cr_assert_str_eq(slipped("Frédérique", rv_synth_nickname), "Frédérique");
    cr_assert_str_eq(slipped("rue de l'Église", rv_synth_drop_small_word), "rue Église");
    cr_assert_str_eq(slipped("rue du 8 Mai 1945", rv_synth_drop_small_word), "rue 8 Mai 1945");
    cr_assert_str_eq(slipped("rue de la Croix du Bois", rv_synth_drop_small_word), "rue Croix du Bois");
    cr_assert_str_eq(slipped("rue Voltaire", rv_synth_drop_small_word), "rue Voltaire");
}

/* All outcomes of a slip over many throws, as one text; each must be among the expected ones, and all of those be met. */
static void assert_outcomes(size_t (*slip)(char *, size_t, rv_dice *), const char *text, const char *const *expected) {
    bool met[16] = {false};
    for (uint64_t i = 0; i < 500; i++) {
        char out[RV_CELL_BYTES];
        size_t len = strlen(text), e = 0;
        memcpy(out, text, len);
        rv_dice dice = rv_dice_of(1, 2, i);
        out[slip(out, len, &dice)] = '\0';
        while (expected[e] && strcmp(expected[e], out) != 0) e++;
        cr_assert_not_null(expected[e], "%s becomes %s", text, out);
        met[e] = true;
    }
    for (size_t e = 0; expected[e]; e++) cr_assert(met[e], "%s never becomes %s", text, expected[e]);
}

Test(synth_slips, compound_names_and_particles_in_all_their_ways) {
    assert_outcomes(rv_synth_uncompound, "Jean-Pierre",
                    (const char *const[]){"Jean Pierre", "Jeanpierre", "Jean", "J-Pierre", "J-P", "JP", NULL});
    assert_outcomes(rv_synth_uncompound, "Marie-Élise",
                    (const char *const[]){"Marie Élise", "MarieÉlise", "Marie", "M-Élise", "M-É", "MÉ", NULL});
    assert_outcomes(rv_synth_uncompound, "Jean", (const char *const[]){"Jean", NULL});
    assert_outcomes(rv_synth_unparticle, "De Oliveira", (const char *const[]){"Oliveira", "Deoliveira", NULL});
    assert_outcomes(rv_synth_unparticle, "Demir", (const char *const[]){"Demir", NULL});
}

static size_t respell(char *text, size_t len, rv_dice *dice) {
    return rv_synth_respell(text, len, RV_CELL_BYTES, dice);
}

Test(synth_slips, one_sound_is_written_another_way) {
    assert_outcomes(respell, "Wx", (const char *const[]){"Vx", "W", NULL});
    assert_outcomes(respell, "Sophie", (const char *const[]){"Sofie", "Sophye", "Sophi", NULL});
    assert_outcomes(respell, "Ô", (const char *const[]){"Ô", NULL});
    assert_outcomes(respell, "S", (const char *const[]){"S", NULL}); /* nothing would be left */
}

Test(synth_slips, accents_through_a_wrong_code_page) {
    static const char *const expected[] = {"HÃ©lÃ¨ne Ã‰loi", "H?l?ne ?loi",
                                           "H\xef\xbf\xbdl\xef\xbf\xbdne \xef\xbf\xbdloi"};
    for (unsigned form = 0; form < 3; form++) {
        char text[RV_CELL_BYTES] = "Hélène Éloi";
        size_t len = rv_synth_mojibake(text, strlen("Hélène Éloi"), sizeof text, form);
        text[len] = '\0';
        cr_assert_str_eq(text, expected[form]);
    }
    char text[16] = "é";
    cr_assert_eq(rv_synth_mojibake(text, 2, 3, 0), 2); /* no room: unchanged */
    cr_assert_arr_eq(text, "é", 2);
    cr_assert_eq(rv_synth_mojibake(text, 2, 4, 0), 4); /* just enough */
}

Test(synth_slips, a_digit_becomes_another_or_changes_places) {
    for (uint64_t i = 0; i < 300; i++) {
        char text[] = "12/03/1956";
        rv_dice dice = rv_dice_of(4, 4, i);
        rv_synth_digit_typo(text, 10, &dice);
        unsigned differing = 0;
        for (int c = 0; c < 10; c++) differing += text[c] != "12/03/1956"[c];
        cr_assert(differing == 1 || differing == 2, "%s", text);
        cr_assert(text[2] == '/' && text[5] == '/');
    }
    char none[] = "--";
    rv_dice dice = {1};
    rv_synth_digit_typo(none, 2, &dice);
    cr_assert_str_eq(none, "--");
}
