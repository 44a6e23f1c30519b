/* See synth_world.h: who lives with whom, and who each of them is. */
#include "synth_world.h"

#include "date.h"
#include "memory.h"

#include <math.h>

/* Quantile of the normal law by bisection: a thousand of them, once. */
static double normal_quantile(double share) {
    double low = -6, high = 6;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle * 0.70710678118654752) < share) low = middle;
        else high = middle;
    }
    return low;
}

/* Households of 1-5 in the shares 36, 40, 14, 8, 2 %, cut where a block ends; and who of a block is a contact. The
 * patterns are the same in every world. */
static void make_patterns(rv_world *world) {
    for (unsigned pattern = 0; pattern < 256; pattern++) {
        rv_dice dice = rv_dice_of(20261121, RV_DICE_PATTERN, pattern);
        for (unsigned at = 0; at < RV_BLOCK_PEOPLE;) {
            unsigned percent = rv_dice_below(&dice, 100);
            unsigned size = percent < 36 ? 1 : percent < 76 ? 2 : percent < 90 ? 3 : percent < 98 ? 4 : 5;
            if (size > RV_BLOCK_PEOPLE - at) size = RV_BLOCK_PEOPLE - at;
            for (unsigned i = 0; i < size; i++) {
                world->household_start[pattern][at + i] = (uint8_t)at;
                world->household_size[pattern][at + i] = (uint8_t)size;
            }
            at += size;
        }
        uint8_t order[RV_BLOCK_PEOPLE];
        for (unsigned i = 0; i < RV_BLOCK_PEOPLE; i++) {
            unsigned j = rv_dice_below(&dice, i + 1);
            order[i] = order[j];
            order[j] = (uint8_t)i;
        }
        for (unsigned i = 0; i < RV_BLOCK_PEOPLE; i++)
            if (i < RV_BLOCK_CONTACTS) world->inside[pattern][i] = order[i];
            else world->outside[pattern][i - RV_BLOCK_CONTACTS] = order[i];
    }
}

rv_status rv_world_new(uint64_t seed, uint64_t contacts, uint64_t clients, rv_world **out, rv_error *err) {
    rv_world *world = rv_new(sizeof *world, err);
    if (world == NULL) return RV_NO_MEMORY;
    world->seed = rv_dice_mix(seed + 0x5eed);
    world->contacts = contacts;
    world->clients = clients;
    world->blocks = (contacts + RV_BLOCK_CONTACTS - 1) / RV_BLOCK_CONTACTS;
    world->people = world->blocks * RV_BLOCK_PEOPLE + clients;
    uint64_t duplicates = (uint64_t)((double)clients * RV_SYNTH_CLIENT_DUPLICATES);
    world->distinct_clients = clients - duplicates;
    world->inside_clients = contacts ? (uint64_t)((double)world->distinct_clients * RV_SYNTH_CLIENTS_INSIDE + 0.5) : 0;
    world->today = rv_date_of(2026, 11, 1);
    world->email = rv_permutation_of(2 * world->people, world->seed ^ 0xe1);
    world->mobile = rv_permutation_of(157000000, world->seed ^ 0xe2);
    world->landline = rv_permutation_of(216000000, world->seed ^ 0xe3);
    world->client_rows = rv_permutation_of(clients, world->seed ^ 0xe4);
    world->client_again = rv_permutation_of(world->distinct_clients, world->seed ^ 0xe7);
    world->client_contacts = rv_permutation_of(contacts, world->seed ^ 0xe5);
    world->client_others = rv_permutation_of(world->blocks * RV_BLOCK_OTHERS, world->seed ^ 0xe6);
    for (unsigned i = 0; i < 1024; i++)
        world->normal[i] = (int16_t)lrint(normal_quantile((i + 0.5) / 1024) * RV_LATENT_ONE);
    make_patterns(world);
    rv_status status = rv_names_new(&world->names, err);
    if (status == RV_OK) status = rv_places_new(&world->places, err);
    if (status != RV_OK) {
        rv_world_free(world);
        return status;
    }
    *out = world;
    return RV_OK;
}

void rv_world_free(rv_world *world) {
    if (world == NULL) return;
    rv_names_reset(&world->names);
    rv_places_reset(&world->places);
    rv_free(world);
}

static unsigned pattern_of(const rv_world *world, uint64_t block) {
    return (unsigned)(rv_dice_of(world->seed, RV_DICE_PATTERN, block).state & 255);
}

uint64_t rv_world_contact(const rv_world *world, uint64_t contact) {
    uint64_t block = contact / RV_BLOCK_CONTACTS;
    return block * RV_BLOCK_PEOPLE + world->inside[pattern_of(world, block)][contact % RV_BLOCK_CONTACTS];
}

/* Half of the clients from outside live with or near contacts, the others anywhere. */
static uint64_t outside_person(const rv_world *world, uint64_t k) {
    uint64_t others = world->client_others.n;
    if ((k & 1) == 0 && k / 2 < others) {
        uint64_t other = rv_permutation_at(&world->client_others, k / 2), block = other / RV_BLOCK_OTHERS;
        return block * RV_BLOCK_PEOPLE + world->outside[pattern_of(world, block)][other % RV_BLOCK_OTHERS];
    }
    return world->blocks * RV_BLOCK_PEOPLE + k;
}

uint64_t rv_world_client(const rv_world *world, uint64_t client, uint64_t *contact) {
    uint64_t place = rv_permutation_at(&world->client_rows, client), distinct = world->distinct_clients;
    if (place >= distinct) /* once more someone whom the file has */
        place = rv_permutation_at(&world->client_again, place - distinct);
    /* Inside and outside alternate by a line of slope 0.6. */
    uint64_t inside = world->inside_clients;
    uint64_t before = (uint64_t)((double)place * (double)inside / (double)distinct);
    uint64_t after = (uint64_t)((double)(place + 1) * (double)inside / (double)distinct);
    if (after > before) {
        *contact = rv_permutation_at(&world->client_contacts, before % world->contacts);
        return rv_world_contact(world, *contact);
    }
    *contact = UINT64_MAX;
    return outside_person(world, place - before);
}

bool rv_world_lives_with_contact(const rv_world *world, uint64_t number) {
    uint64_t block = number / RV_BLOCK_PEOPLE;
    unsigned pattern = pattern_of(world, block), slot = (unsigned)(number % RV_BLOCK_PEOPLE);
    for (unsigned i = 0; i < RV_BLOCK_CONTACTS && block * RV_BLOCK_CONTACTS + i < world->contacts; i++)
        if (world->household_start[pattern][world->inside[pattern][i]] == world->household_start[pattern][slot])
            return true;
    return false;
}

/* --- One person -------------------------------------------------------------------------------------------------- */

/* What the members of a household have in common. */
typedef struct household {
    rv_dice dice;
    bool couple, married, first_female, twins, landline;
    uint32_t name, other_name; /* of the husband, or the first adult; of the wife at birth */
    int year;                  /* of birth of the first adult */
    int16_t affluence, family;
    int32_t moved_on;
    bool stale;
} household;

static int16_t normal_of(const rv_world *world, uint64_t bits) { return world->normal[bits & 1023]; }

/* Of those who changed, the share whose client row and freshest source row tell different states: the rates are meant
 * for these, so that a few more have to change. */
#define SEEN 0.933

/* The day of a change, on a given side of most source rows. */
static int32_t change_day(const rv_world *world, bool stale, uint64_t word) {
    return stale ? world->today - 2600 + (int32_t)(word % 1300) : world->today - 300 + (int32_t)(word % 290);
}

static void household_of(const rv_world *world, uint64_t number, unsigned size, household *out) {
    rv_dice dice = rv_dice_of(world->seed, RV_DICE_HOUSEHOLD, number);
    household h = {0};
    uint64_t word = rv_dice_next(&dice);
    h.couple = size >= 2 && (word & 255) < (size == 2 ? 210 : 218);
    h.married = (word >> 8 & 3) != 0;
    h.first_female = (word >> 10 & 1) != 0;
    h.twins = (word >> 11 & 31) == 0;
    h.landline = (word >> 16 & 255) < 154;
    h.affluence = normal_of(world, word >> 24);
    h.family = normal_of(world, word >> 34);
    bool moved = (word >> 44 & 0xffff) < (uint64_t)(RV_SYNTH_MOVERS / SEEN * 65536);
    h.stale = (word >> 60 & 1) != 0;
    h.moved_on = moved ? change_day(world, h.stale, rv_dice_next(&dice)) : RV_DATE_NONE;
    h.name = rv_names_pick_last(&world->names, rv_dice_next(&dice), rv_dice_next(&dice));
    h.other_name = rv_names_pick_last(&world->names, rv_dice_next(&dice), rv_dice_next(&dice));
    unsigned a = rv_dice_below(&dice, 1000), b = rv_dice_below(&dice, 1000);
    int age = size == 1   ? 20 + (int)(a * 72 / 1000)
              : size == 2 ? 22 + (int)((a + b) * 68 / 2000)
                          : 43 + (int)(a * 22 / 1000); /* with grown children */
    h.year = 2026 - age;
    h.dice = dice;
    *out = h;
}

/* Nobody gives two children one name. Each household deals the names into five piles and its members draw from a pile
 * each, so that they needn't know of one another; after some tries in vain any name will do, as some sons are called
 * like their fathers. */
static uint16_t first_name_of(const rv_world *world, const rv_synth_person *person, int year, rv_dice *dice) {
    uint32_t name = 0;
    for (int tries = 0; tries < 16; tries++) {
        name = rv_names_pick_first(&world->names, person->female, year, rv_dice_next(dice));
        if (rv_dice_mix(person->household * 0x9e3779b97f4a7c15u + name) % 5 == person->rank) break;
    }
    return (uint16_t)name;
}

/* Sex, year of birth, surnames: by the place in the household. */
static void place_in_household(const rv_world *world, const household *h, rv_dice *dice, rv_synth_person *person) {
    uint64_t word = rv_dice_next(dice);
    bool adult = person->rank == 0 || (person->rank == 1 && h->couple);
    bool child = !adult && (person->size >= 3 || (word & 1) == 0);
    int year = h->year;
    if (person->rank == 0) {
        person->female = h->first_female;
    } else if (adult) {
        person->female = (word >> 8 & 63) == 0 ? h->first_female : !h->first_female;
        year += (int)(word >> 16 & 7) - (h->first_female ? 5 : 2);
    } else {
        person->female = (word >> 8 & 1) != 0;
        year += child ? 22 + (int)(word >> 16) % 12 : (int)(word >> 16 & 15) - 8;
        if (year > 2008) year = 2008;
    }
    person->last = h->name;
    if (person->female && h->couple && adult) person->last = h->married ? h->name : h->other_name;
    else if (!adult && !child && (word >> 24 & 1)) person->last = h->other_name;
    else if (person->rank == 0 && person->female && (word >> 25 & 3) != 0) person->last = h->other_name;
    person->last_before = person->female && adult ? h->other_name : person->last;
    person->twin = child && h->twins && (person->rank == 2 || person->rank == 3);
    rv_dice day_dice = person->twin ? h->dice : *dice; /* twins roll the household's dice: one day for both */
    if (person->twin) year = h->year + 27 > 2008 ? 2008 : h->year + 27;
    person->birth = rv_date_of(year, 1, 1) + (int32_t)rv_dice_below(&day_dice, 365);
    rv_dice_next(dice);
    person->first = first_name_of(world, person, year, dice);
}

static void changes_of(const rv_world *world, const household *h, rv_dice *dice, rv_synth_person *person) {
    uint64_t word = rv_dice_next(dice), other = rv_dice_next(dice);
    bool with_parents = person->rank >= 2; /* grown children move on their own */
    bool left = (word & 0xffff) < (uint64_t)(RV_SYNTH_MOVERS / SEEN * 65536);
    bool moved = with_parents ? left : h->moved_on != RV_DATE_NONE;
    person->client_stale[RV_MOVED] = with_parents ? (word >> 16 & 1) != 0 : h->stale;
    person->changed_on[RV_MOVED] = !moved         ? RV_DATE_NONE
                                   : with_parents ? change_day(world, person->client_stale[RV_MOVED], other)
                                                  : h->moved_on;
    /* Wives who bear their husband's name are 19 % of all people. */
    bool wife = person->female && person->last != person->last_before && h->couple && person->rank <= 1;
    bool renamed = wife && (word >> 17 & 0xffff) < (uint64_t)(RV_SYNTH_RENAMED / 0.19 / SEEN * 65536);
    person->client_stale[RV_RENAMED] = (word >> 33 & 1) != 0;
    person->changed_on[RV_RENAMED] =
        renamed ? change_day(world, person->client_stale[RV_RENAMED], other >> 16) : RV_DATE_NONE;
    bool new_email = (word >> 34 & 0xffff) < (uint64_t)(RV_SYNTH_NEW_EMAIL / SEEN * 65536);
    person->client_stale[RV_NEW_EMAIL] = (word >> 50 & 1) != 0;
    person->changed_on[RV_NEW_EMAIL] =
        new_email ? change_day(world, person->client_stale[RV_NEW_EMAIL], other >> 32) : RV_DATE_NONE;
    /* Half of all people aren't the first of their household; those may use the first one's address or phone. */
    uint64_t sharing = rv_dice_next(dice);
    person->shares_email = person->rank > 0 && (sharing & 0xffff) < (uint64_t)(RV_SYNTH_SHARED_EMAIL * 2 * 65536);
    person->shares_mobile =
        person->rank > 0 && (sharing >> 16 & 0xffff) < (uint64_t)(RV_SYNTH_SHARED_PHONE * 2 * 65536);
}

/* The words of a dwelling; nearly half of the people stay in the commune of the dwelling before. */
static void dwelling_words(const rv_world *world, uint64_t home, const uint64_t *commune_before, uint64_t *commune,
                           uint64_t *street) {
    rv_dice dice = rv_dice_of(world->seed, RV_DICE_DWELLING, home);
    *commune = rv_dice_next(&dice);
    *street = rv_dice_next(&dice);
    if (commune_before && (*street & 15) < 7) *commune = *commune_before;
}

/* The household's own dwelling is 2h, and 2h + 1 the one it had before. A grown child who left has a dwelling of his or
 * her own from then on; the numbers of the members after the first are free for that. */
static void dwellings_of(const rv_world *world, const household *h, rv_synth_person *person) {
    uint64_t base = 2 * person->household, base_commune, base_street;
    dwelling_words(world, base + 1, NULL, &person->commune_before, &person->street_before);
    dwelling_words(world, base, &person->commune_before, &base_commune, &base_street);
    person->home = base;
    person->home_before = base + 1;
    if (person->rank >= 2 && person->changed_on[RV_MOVED] != RV_DATE_NONE) {
        person->home = 2 * person->number;
        person->home_before = base;
        person->commune_before = base_commune;
        person->street_before = base_street;
        dwelling_words(world, person->home, &base_commune, &base_commune, &base_street);
    }
    person->commune = base_commune;
    person->street = base_street;
    person->has_landline = h->landline;
}

static int16_t clamp_latent(double value) { return (int16_t)(value > 4095 ? 4095 : value < -4095 ? -4095 : value); }

static void latents_of(const rv_world *world, const household *h, rv_dice *dice, rv_synth_person *person) {
    uint64_t a = rv_dice_next(dice), b = rv_dice_next(dice);
    double own[6];
    for (int i = 0; i < 6; i++) own[i] = normal_of(world, a >> (10 * i));
    double age = ((double)(world->today - person->birth) / 365.25 - 51) / 18 * RV_LATENT_ONE;
    double affluence = 0.7 * h->affluence + 0.7 * own[0];
    double digital = -0.5 * age + 0.25 * affluence + 0.8 * own[1];
    double family = (person->size - 2.3) * 0.7 * RV_LATENT_ONE + 0.55 * h->family;
    double leisure = 0.3 * affluence + 0.95 * own[2];
    double affinity = 0.90 * own[3] + (person->female ? 0.32 : -0.32) * RV_LATENT_ONE + 0.2 * digital;
    double urban = ((person->commune & 1) ? 0.3 : -0.3) * RV_LATENT_ONE + 0.95 * own[4];
    const double values[RV_LATENTS] = {affluence, digital, family, leisure, affinity, urban, age};
    for (int i = 0; i < RV_LATENTS; i++) person->latent[i] = clamp_latent(values[i]);
    double interplay = affinity * digital / RV_LATENT_ONE;
    double sum = 0.80 * affinity + 0.50 * digital + 0.30 * affluence + 0.30 * leisure + 0.15 * family +
                 0.30 * interplay + 0.45 * normal_of(world, b);
    person->propensity = (float)(sum / (1.30 * RV_LATENT_ONE));
}

void rv_world_person(const rv_world *world, uint64_t number, rv_synth_person *out) {
    uint64_t block = number / RV_BLOCK_PEOPLE, slot = number % RV_BLOCK_PEOPLE;
    unsigned pattern = pattern_of(world, block);
    rv_synth_person person = {.number = number,
                              .household = block * RV_BLOCK_PEOPLE + world->household_start[pattern][slot],
                              .rank = (uint8_t)(slot - world->household_start[pattern][slot]),
                              .size = world->household_size[pattern][slot]};
    household h;
    household_of(world, person.household, person.size, &h);
    rv_dice dice = rv_dice_of(world->seed, RV_DICE_PERSON, number);
    place_in_household(world, &h, &dice, &person);
    changes_of(world, &h, &dice, &person);
    dwellings_of(world, &h, &person);
    latents_of(world, &h, &dice, &person);
    person.attribute_dice = rv_dice_of(world->seed, RV_DICE_ATTRIBUTE, number).state;
    *out = person;
}
