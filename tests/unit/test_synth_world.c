/* The synthetic world behind the files: its laws and its rates, measured on some 20,000 contacts. */
#include <criterion/criterion.h>

#include "date.h"
#include "memory.h"
#include "synth_errors.h"
#include "synth_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static rv_world *world_of(uint64_t seed, uint64_t contacts, uint64_t clients) {
    rv_world *world = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_world_new(seed, contacts, clients, &world, &err), RV_OK, "%s", err.message);
    return world;
}

static rv_synth_sources_plan *plan_of(const rv_world *world) {
    rv_synth_sources_plan *plan = rv_new(sizeof *plan, NULL);
    cr_assert_not_null(plan);
    rv_synth_sources_plan_make(plan, world);
    return plan;
}

static void assert_rate(const char *what, double found, double promised, double tolerance) {
    cr_assert(fabs(found - promised) <= tolerance, "%s: %.4f, promised %.4f", what, found, promised);
}

/* --- Drawing ----------------------------------------------------------------------------------------------------- */

Test(synth_sampling, a_permutation_meets_each_number_once) {
    for (uint64_t n = 1; n < 400; n += n < 70 ? 1 : 37) {
        bool met[400] = {false};
        rv_permutation permutation = rv_permutation_of(n, n * 77);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t x = rv_permutation_at(&permutation, i);
            cr_assert(x < n && !met[x], "%lu of %lu", (unsigned long)x, (unsigned long)n);
            met[x] = true;
        }
    }
}

Test(synth_sampling, a_permutation_leaves_neither_order_nor_neighbours) {
    rv_permutation permutation = rv_permutation_of(100000, 5);
    unsigned near = 0, fixed = 0, rising = 0;
    for (uint64_t i = 0; i + 1 < 100000; i++) {
        int64_t a = (int64_t)rv_permutation_at(&permutation, i), b = (int64_t)rv_permutation_at(&permutation, i + 1);
        near += llabs(a - b) <= 5;
        fixed += a == (int64_t)i;
        rising += a < b;
    }
    cr_assert(near < 40 && fixed < 12 && rising > 48500 && rising < 51500, "%u %u %u", near, fixed, rising);
}

Test(synth_sampling, an_alias_table_draws_by_weight) {
    const double weights[] = {5, 0, 1, 94, 900};
    unsigned drawn[5] = {0};
    rv_alias alias;
    cr_assert_eq(rv_alias_new(weights, 5, &alias, NULL), RV_OK);
    rv_dice dice = rv_dice_of(1, 2, 3);
    for (int i = 0; i < 200000; i++) drawn[rv_alias_pick(&alias, rv_dice_next(&dice))]++;
    rv_alias_free(&alias);
    cr_assert_eq(drawn[1], 0);
    for (int i = 0; i < 5; i++) assert_rate("share", drawn[i] / 200000.0, weights[i] / 1000, 0.003);
}

/* --- Text -------------------------------------------------------------------------------------------------------- */

Test(synth_errors, text_is_changed_as_files_change_it) {
    char text[96];
    size_t n = (size_t)(stpcpy(text, "Éloïse Châteauneuf-en-Forêt") - text);
    rv_synth_upper(text, n);
    cr_assert_arr_eq(text, "ÉLOÏSE CHÂTEAUNEUF-EN-FORÊT", n);
    rv_synth_lower(text, n);
    cr_assert_arr_eq(text, "éloïse châteauneuf-en-forêt", n);
    n = rv_synth_strip_accents(text, n);
    cr_assert_eq(n, strlen("eloise chateauneuf-en-foret"));
    cr_assert_arr_eq(text, "eloise chateauneuf-en-foret", n);

    n = (size_t)(stpcpy(text, "rue du Général de Gaulle") - text);
    n = rv_synth_abbreviate(text, n);
    cr_assert(n == 20 && memcmp(text, "rue du Gal de Gaulle", n) == 0);
    n = (size_t)(stpcpy(text, "Saint-Étienne") - text);
    n = rv_synth_abbreviate(text, n);
    cr_assert(n == strlen("St Étienne") && memcmp(text, "St Étienne", n) == 0);
    n = (size_t)(stpcpy(text, "rue Toussaint-Louverture") - text);
    cr_assert_eq(rv_synth_abbreviate(text, n), n);

    n = (size_t)(stpcpy(text, "Zoé; Ö\u00a0") - text);
    n = rv_synth_to_cp1252(text, n);
    cr_assert(n == 7 && memcmp(text, "Zo\xe9; \xd6\xa0", 7) == 0);
    cr_assert(rv_synth_number(text, 7, 5) == text + 5 && memcmp(text, "00007", 5) == 0);
    cr_assert(rv_synth_number(text, 0, 0) == text + 1 && *text == '0');
}

Test(synth_errors, a_typing_error_changes_a_letter_or_two_and_no_more) {
    static const char *const words[] = {"Martin", "Lefèvre", "Éa", "é", "", "A", "12", "rue du 8 Mai", "ee", "Zoé"};
    rv_dice dice = rv_dice_of(4, 5, 6);
    unsigned changed = 0;
    for (int i = 0; i < 20000; i++) {
        const char *word = words[i % 10];
        char text[32];
        size_t before = strlen(word), after;
        memcpy(text, word, before + 1);
        after = rv_synth_typo(text, before, &dice);
        cr_assert(after + 1 >= before && after <= before + 1);
        changed += after != before || memcmp(text, word, after) != 0;
        for (size_t k = 0; k < after; k++) /* letters beyond ASCII stay whole */
            if ((unsigned char)text[k] == 0xc3) cr_assert(k + 1 < after && (unsigned char)text[k + 1] >= 0x80);
    }
    cr_assert(changed > 9000, "%u of 20000", changed); /* half of them have two letters side by side */
}

/* --- People ------------------------------------------------------------------------------------------------------ */

Test(synth_world, contacts_are_different_people_and_clients_from_outside_are_none_of_them) {
    enum { CONTACTS = 5000, CLIENTS = 4000 };
    rv_world *world = world_of(3, CONTACTS, CLIENTS);
    uint8_t *is_contact = rv_new(world->people + CLIENTS, NULL);
    for (uint64_t c = 0; c < CONTACTS; c++) {
        uint64_t person = rv_world_contact(world, c);
        cr_assert(person < world->people && !is_contact[person]);
        is_contact[person] = 1;
    }
    uint16_t *times = rv_array_new(world->people + CLIENTS, sizeof *times, NULL);
    unsigned inside = 0, again = 0, again_inside = 0, neighbours = 0;
    for (uint64_t j = 0; j < CLIENTS; j++) {
        uint64_t contact, person = rv_world_client(world, j, &contact);
        cr_assert(person < world->people);
        if (contact == UINT64_MAX) cr_assert_not(is_contact[person]);
        else cr_assert_eq(rv_world_contact(world, contact), person);
        inside += contact != UINT64_MAX;
        neighbours += contact == UINT64_MAX && person < world->blocks * RV_BLOCK_PEOPLE;
        again_inside += times[person] > 0 && contact != UINT64_MAX;
        again += times[person]++ > 0;
    }
    assert_rate("clients inside", inside / (double)CLIENTS, RV_SYNTH_CLIENTS_INSIDE, 0.01);
    cr_assert_eq(again, CLIENTS * 15 / 1000);
    cr_assert(again_inside > again / 3 && again_inside < again, "%u of %u duplicates are inside", again_inside, again);
    cr_assert(neighbours > CLIENTS / 6, "%u clients live beside contacts", neighbours);
    rv_free(is_contact), rv_free(times);
    rv_world_free(world);
}

Test(synth_world, households_share_a_name_and_a_home_and_each_member_is_another) {
    rv_world *world = world_of(4, 12000, 10);
    unsigned couples = 0, one_name = 0, twins = 0;
    for (uint64_t w = 0; w < world->blocks * RV_BLOCK_PEOPLE; w++) {
        rv_synth_person person, first;
        rv_world_person(world, w, &person);
        cr_assert_eq(person.household + person.rank, w);
        cr_assert(person.size >= 1 && person.size <= 5 && person.rank < person.size);
        int year, month, day;
        rv_date_split(person.birth, &year, &month, &day);
        cr_assert(year >= 1930 && year <= 2008, "born in %d", year);
        if (person.rank == 0) continue;
        rv_world_person(world, person.household, &first);
        if (person.rank < 2 || person.changed_on[RV_MOVED] == RV_DATE_NONE) cr_assert_eq(person.home, first.home);
        if (person.home == first.home) cr_assert(person.street == first.street && person.commune == first.commune);
        couples += person.rank == 1;
        one_name += person.rank == 1 && person.last == first.last;
        twins += person.twin;
    }
    cr_assert(couples > 2500 && one_name > couples / 2 && one_name < couples * 9 / 10, "%u of %u", one_name, couples);
    cr_assert(twins > 5);
    rv_world_free(world);
}

Test(synth_world, a_grown_child_who_left_came_from_the_parents_home) {
    rv_world *world = world_of(4, 12000, 10);
    unsigned left = 0;
    for (uint64_t w = 0; w < world->blocks * RV_BLOCK_PEOPLE; w++) {
        rv_synth_person person, first;
        rv_world_person(world, w, &person);
        if (person.rank < 2 || person.changed_on[RV_MOVED] == RV_DATE_NONE) continue;
        rv_world_person(world, person.household, &first);
        cr_assert(person.home_before == first.home && person.home != first.home);
        cr_assert(person.street_before == first.street && person.commune_before == first.commune);
        left++;
    }
    cr_assert(left > 50);
    rv_world_free(world);
}

typedef struct owned { /* something that should be one person's, or one family's */
    char text[96];
    uint64_t household, person;
} owned;
static int by_text(const void *a, const void *b) { return strcmp(((const owned *)a)->text, ((const owned *)b)->text); }

/* Share of people whose value is somebody else's too; fails when it is another household's. */
static double shared_within_households(owned *values, size_t n) {
    size_t shared = 0;
    qsort(values, n, sizeof *values, by_text);
    for (size_t i = 0; i + 1 < n; i++) {
        if (strcmp(values[i].text, values[i + 1].text) != 0) continue;
        cr_assert_eq(values[i].household, values[i + 1].household, "%s", values[i].text);
        shared += values[i].person != values[i + 1].person;
    }
    return (double)shared / (double)n;
}

Test(synth_world, emails_and_phones_belong_to_one_person_or_one_family) {
    rv_world *world = world_of(5, 15000, 10);
    size_t n = world->blocks * RV_BLOCK_PEOPLE;
    owned *emails = rv_array_new(2 * n, sizeof *emails, NULL), *mobiles = rv_array_new(n, sizeof *mobiles, NULL);
    size_t n_emails = 0;
    for (size_t w = 0; w < n; w++) {
        rv_synth_person person;
        rv_world_person(world, w, &person);
        emails[n_emails] = mobiles[w] = (owned){.household = person.household, .person = w};
        *rv_world_write_email(world, &person, false, emails[n_emails++].text) = '\0';
        *rv_world_write_mobile(world, &person, mobiles[w].text) = '\0';
        cr_assert(mobiles[w].text[1] == '6' || mobiles[w].text[1] == '7');
        cr_assert_eq(strlen(mobiles[w].text), 10);
        if (person.shares_email) continue;
        emails[n_emails] = emails[n_emails - 1];
        *rv_world_write_email(world, &person, true, emails[n_emails++].text) = '\0';
    }
    double share = shared_within_households(emails, n_emails) * (double)n_emails / (double)n;
    assert_rate("shared e-mails", share, RV_SYNTH_SHARED_EMAIL, 0.003);
    assert_rate("shared mobiles", shared_within_households(mobiles, n), RV_SYNTH_SHARED_PHONE, 0.005);
    rv_free(emails), rv_free(mobiles);
    rv_world_free(world);
}

Test(synth_world, landlines_belong_to_one_dwelling_and_to_no_calling_platform) {
    rv_world *world = world_of(5, 30000, 10);
    size_t n = 2 * world->blocks * RV_BLOCK_PEOPLE;
    owned *lines = rv_array_new(n, sizeof *lines, NULL);
    static const char *const platforms[] = {"0162", "0163", "0270", "0271",  "0377",  "0378",  "0424",  "0425", "0568",
                                            "0569", "0948", "0949", "09475", "09476", "09477", "09478", "09479"};
    for (size_t home = 0; home < n; home++) {
        lines[home].household = lines[home].person = home;
        *rv_world_write_landline(world, home, lines[home].text) = '\0';
        cr_assert_eq(strlen(lines[home].text), 10);
        for (size_t p = 0; p < sizeof platforms / sizeof *platforms; p++)
            cr_assert(strncmp(lines[home].text, platforms[p], strlen(platforms[p])) != 0);
    }
    cr_assert_eq(shared_within_households(lines, n), 0);
    rv_free(lines);
    rv_world_free(world);
}

Test(synth_names, surnames_are_as_frequent_as_in_france) {
    rv_names names;
    cr_assert_eq(rv_names_new(&names, NULL), RV_OK);
    enum { DRAWN = 1000000 };
    uint32_t *times = rv_array_new(RV_TAIL_NAMES + 1024, sizeof *times, NULL);
    rv_dice dice = rv_dice_of(8, 8, 8);
    for (int i = 0; i < DRAWN; i++) {
        uint64_t word = rv_dice_next(&dice);
        times[rv_names_pick_last(&names, word, rv_dice_next(&dice))]++;
    }
    uint32_t known = 0, distinct = 0;
    for (uint32_t i = 0; i < RV_TAIL_NAMES + 1024; i++) {
        known += i < rv_last_names_count ? times[i] : 0;
        distinct += times[i] > 0;
    }
    assert_rate("Martin", times[0] / (double)DRAWN, 0.0035, 0.0003);
    assert_rate("the known surnames", known / (double)DRAWN, 0.187, 0.01);
    cr_assert(distinct > 100000, "%u surnames", distinct);
    char text[RV_NAME_BYTES + 1];
    for (uint32_t id = 0; id < rv_last_names_count + RV_TAIL_NAMES; id++) {
        char *end = rv_last_name_write(id, text);
        cr_assert(end > text + 1 && end <= text + RV_NAME_BYTES);
    }
    for (int year = 1930; year <= 2008; year++) {
        uint32_t first = rv_names_pick_first(&names, true, year, rv_dice_next(&dice));
        cr_assert(first < rv_first_names_female_count);
    }
    rv_free(times);
    rv_names_reset(&names);
}

Test(synth_places, every_address_is_one_that_can_be_written) {
    rv_places places;
    cr_assert_eq(rv_places_new(&places, NULL), RV_OK);
    unsigned large = 0, numbered = 0;
    rv_dice dice = rv_dice_of(9, 9, 9);
    for (int i = 0; i < 20000; i++) {
        rv_synth_address address;
        char text[RV_PLACE_BYTES + 1];
        uint64_t word = rv_dice_next(&dice);
        rv_synth_address_make(&places, word, rv_dice_next(&dice), &address);
        cr_assert(address.postcode >= 1000 && address.postcode < 99000);
        cr_assert(rv_synth_address_write_city(&address, text) > text + 2);
        cr_assert(rv_synth_address_write_street(&address, text) <= text + RV_PLACE_BYTES);
        cr_assert(rv_synth_address_write_extra(&address, text) <= text + RV_PLACE_BYTES);
        cr_assert(rv_synth_address_write_type(&address, true, text) > text);
        large += address.commune < rv_communes_count;
        numbered += rv_synth_address_write_number(&address, text) > text;
    }
    assert_rate("large communes", large / 20000.0, 0.5, 0.02);
    cr_assert(numbered > 19000);
    rv_places_reset(&places);
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

typedef struct tally {
    double rows, email, mobile, birth, address, typos;
} tally;
static void count(tally *t, const rv_synth_record *record) {
    t->rows++;
    t->email += record->cells[RV_CELL_EMAIL].len > 0;
    t->mobile += record->cells[RV_CELL_MOBILE].len > 0;
    t->birth += record->cells[RV_CELL_BIRTH].len > 0;
    t->address += record->cells[RV_CELL_POSTCODE].len > 0;
    t->typos += record->truth_typo;
}
static void assert_tally(const tally *t) {
    assert_rate("e-mail", t->email / t->rows, 0.70, 0.012);
    assert_rate("mobile", t->mobile / t->rows, 0.60, 0.012);
    assert_rate("birth date", t->birth / t->rows, 0.60, 0.012);
    assert_rate("address", t->address / t->rows, 0.90, 0.012);
    assert_rate("typing errors", t->typos / t->rows, 0.15, 0.012);
}

Test(synth_world, source_rows_have_the_documented_rates) {
    enum { CONTACTS = 20000 };
    rv_world *world = world_of(11, CONTACTS, 10);
    rv_synth_sources_plan *plan = plan_of(world);
    tally t = {0};
    rv_synth_record record;
    for (uint64_t c = 0; c < CONTACTS; c++) {
        rv_synth_person person;
        rv_world_person(world, rv_world_contact(world, c), &person);
        unsigned of_contact = 0;
        for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++)
            for (unsigned copy = 0; copy < rv_synth_rows_of(plan, s, c); copy++, of_contact++) {
                rv_dice dice;
                int32_t updated = rv_synth_source_record(plan, s, c, copy, &person, &dice, &record);
                cr_assert(updated < world->today);
                count(&t, &record);
            }
        cr_assert(of_contact >= 1);
    }
    cr_assert(t.rows >= 1.3 * CONTACTS && t.rows <= 1.6 * CONTACTS);
    assert_tally(&t);
    rv_free(plan);
    rv_world_free(world);
}

Test(synth_world, client_rows_have_the_documented_rates) {
    enum { CLIENTS = 20000 };
    rv_world *world = world_of(11, 50000, CLIENTS);
    tally t = {0};
    rv_synth_record record;
    for (uint64_t j = 0; j < CLIENTS; j++) {
        uint64_t contact;
        rv_synth_person person;
        rv_dice dice;
        rv_world_person(world, rv_world_client(world, j, &contact), &person);
        rv_synth_client_record(world, j, &person, &dice, &record);
        count(&t, &record);
    }
    assert_tally(&t);
    rv_world_free(world);
}

/* "10 % movers" means: of the clients who are contacts, one in ten has another address than the freshest source row. */
Test(synth_world, clients_and_the_freshest_source_row_disagree_as_documented) {
    enum { CONTACTS = 60000 };
    rv_world *world = world_of(12, CONTACTS, 10);
    rv_synth_sources_plan *plan = plan_of(world);
    double differs[RV_CHANGES] = {0};
    for (uint64_t c = 0; c < CONTACTS; c++) {
        rv_synth_person person;
        rv_world_person(world, rv_world_contact(world, c), &person);
        int32_t freshest = 0;
        for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++)
            for (unsigned copy = 0; copy < rv_synth_rows_of(plan, s, c); copy++) {
                rv_dice dice;
                rv_synth_record record;
                int32_t updated = rv_synth_source_record(plan, s, c, copy, &person, &dice, &record);
                if (updated > freshest) freshest = updated;
            }
        for (int k = 0; k < RV_CHANGES; k++) {
            bool has_changed = person.changed_on[k] != RV_DATE_NONE;
            bool base_before = freshest < person.changed_on[k];
            differs[k] += has_changed && person.client_stale[k] != base_before;
        }
    }
    assert_rate("movers", differs[RV_MOVED] / CONTACTS, RV_SYNTH_MOVERS, 0.006);
    assert_rate("changed names", differs[RV_RENAMED] / CONTACTS, RV_SYNTH_RENAMED, 0.004);
    assert_rate("changed e-mails", differs[RV_NEW_EMAIL] / CONTACTS, RV_SYNTH_NEW_EMAIL, 0.005);
    rv_free(plan);
    rv_world_free(world);
}

/* --- Behaviour --------------------------------------------------------------------------------------------------- */

Test(synth_attributes, have_at_most_fifteen_values_and_tell_about_the_propensity_where_they_should) {
    enum { PEOPLE = 8000 };
    rv_world *world = world_of(13, PEOPLE, 10);
    rv_attribute_plan *attributes = rv_new(sizeof *attributes, NULL);
    rv_attribute_plan_make(attributes);
    unsigned telling = 0, silent = 0;
    for (unsigned a = 0; a < RV_SYNTH_ATTRIBUTES; a++) {
        const rv_synth_attribute *attribute = &rv_synth_attributes[a];
        cr_assert(attribute->values >= 2 && attribute->values <= RV_SYNTH_VALUES && attribute->sources != 0);
        unsigned counts[RV_SYNTH_VALUES] = {0};
        double sum_v = 0, sum_p = 0, sum_vv = 0, sum_pp = 0, sum_vp = 0;
        for (uint64_t c = 0; c < PEOPLE; c++) {
            rv_synth_person person;
            rv_world_person(world, rv_world_contact(world, c), &person);
            unsigned value = rv_synth_value(attributes, world, &person, a);
            cr_assert(value < attribute->values);
            counts[value]++;
            double v = value, p = person.propensity;
            sum_v += v, sum_p += p, sum_vv += v * v, sum_pp += p * p, sum_vp += v * p;
        }
        for (unsigned v = 0; v < attribute->values; v++) cr_assert(counts[v] > 0, "%s: value %u", attribute->name, v);
        double correlation = (sum_vp - sum_v * sum_p / PEOPLE) /
                             sqrt((sum_vv - sum_v * sum_v / PEOPLE) * (sum_pp - sum_p * sum_p / PEOPLE));
        bool noise = attribute->loads[0].percent == 0;
        if (noise) cr_assert(fabs(correlation) < 0.05, "%s: %.3f", attribute->name, correlation);
        telling += fabs(correlation) > 0.25;
        silent += noise;
    }
    cr_assert(telling >= 15 && silent >= 8, "%u tell, %u are noise", telling, silent);
    rv_free(attributes);
    rv_world_free(world);
}

Test(synth_attributes, a_row_gives_the_persons_value_but_for_gaps_and_slips) {
    rv_world *world = world_of(14, 3000, 10);
    rv_attribute_plan *attributes = rv_new(sizeof *attributes, NULL);
    rv_attribute_plan_make(attributes);
    unsigned empty = 0, same = 0, other = 0;
    rv_dice dice = rv_dice_of(1, 1, 1);
    for (uint64_t c = 0; c < 3000; c++) {
        rv_synth_person person;
        rv_world_person(world, rv_world_contact(world, c), &person);
        char text[32];
        char *end = rv_synth_value_write(attributes, world, &person, 0, rv_dice_next(&dice), text);
        unsigned value = rv_synth_value(attributes, world, &person, 0);
        *end = '\0';
        if (end == text) empty++;
        else if ((unsigned)atoi(text) == value + 1) same++;
        else other++;
    }
    assert_rate("missing", empty / 3000.0, rv_synth_attributes[0].missing / 100.0, 0.02);
    assert_rate("slips", other / (double)(same + other), 0.082, 0.02);
    rv_free(attributes);
    rv_world_free(world);
}

Test(synth_orders, four_in_ten_clients_bought_within_a_year_and_they_are_the_likelier_ones) {
    enum { CLIENTS = 8000 };
    rv_world *world = world_of(15, 10000, CLIENTS);
    rv_synth_sources_plan *plan = plan_of(world);
    unsigned active = 0, none = 0, refunds = 0, late = 0;
    double propensity[2] = {0};
    for (uint64_t j = 0; j < CLIENTS; j++) {
        rv_buffer rows = {0};
        uint64_t n = rv_synth_order_rows(plan, j, j + 1, &rows), contact;
        rv_buffer_byte(&rows, '\0');
        int32_t last = RV_DATE_NONE;
        uint64_t lines = 0;
        for (char *line = rows.data; *line; line = strchr(line, '\n') + 1, lines++) {
            char *date = strchr(line, ',') + 1, *amount = strchr(date, ',') + 1;
            int32_t day = rv_date_parse(rv_text_make(date, 10), RV_YMD);
            cr_assert_neq(day, RV_DATE_NONE);
            late += day > world->today;
            refunds += *amount == '-';
            if (day <= world->today && *amount != '-' && day > last) last = day;
        }
        cr_assert_eq(lines, n);
        rv_buffer_free(&rows);
        none += n == 0;
        bool is_active = last != RV_DATE_NONE && last > world->today - 365;
        active += is_active;
        rv_synth_person person;
        rv_world_person(world, rv_world_client(world, j, &contact), &person);
        propensity[is_active] += person.propensity;
    }
    assert_rate("active", active / (double)CLIENTS, 0.40, 0.03);
    assert_rate("never bought", none / (double)CLIENTS, 0.01, 0.005);
    cr_assert(refunds > 100 && late > 5);
    cr_assert(propensity[1] / active > propensity[0] / (CLIENTS - active) + 0.8);
    rv_free(plan);
    rv_world_free(world);
}
