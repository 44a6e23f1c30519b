/*
 * E-mail addresses and telephone numbers. Both must belong to one person (or family) alone, as they do in the world,
 * and nobody keeps a list: so each holds the person's number, permuted, as digits or spelt in syllables, beside what
 * people really put there: their name. Landlines belong to dwellings, and change when people move.
 */
#include "synth_errors.h"
#include "synth_world.h"

#include <string.h>

static const struct {
    const char *domain;
    unsigned upto; /* percent, cumulated */
} domains[] = {{"gmail.com", 38},  {"orange.fr", 52},   {"hotmail.fr", 61}, {"free.fr", 69},     {"yahoo.fr", 76},
               {"wanadoo.fr", 81}, {"sfr.fr", 86},      {"outlook.fr", 90}, {"laposte.net", 93}, {"live.fr", 95},
               {"icloud.com", 97}, {"hotmail.com", 98}, {"bbox.fr", 99},    {"neuf.fr", 100}};

/* The letters of a name in lower case without accents; what else it holds becomes `joint`, or nothing when that is 0. */
static char *write_handle(const char *name, size_t len, char joint, char *to) {
    char plain[RV_NAME_BYTES];
    memcpy(plain, name, len);
    len = rv_synth_strip_accents(plain, len);
    for (size_t i = 0; i < len; i++) {
        char c = (char)(plain[i] | 0x20);
        if (c >= 'a' && c <= 'z') *to++ = c;
        else if (joint) *to++ = joint;
    }
    return to;
}

static char *write_syllables(uint64_t value, char *to) {
    static const char consonants[] = "bcdfgjklmnprstvz", vowels[] = "aeiou";
    do {
        *to++ = consonants[value % 80 % 16];
        *to++ = vowels[value % 80 / 16];
    } while ((value /= 80) != 0);
    return to;
}

char *rv_world_write_email(const rv_world *world, const rv_synth_person *person, bool before, char *to) {
    if (person->shares_email) {
        rv_synth_person first;
        rv_world_person(world, person->household, &first);
        return rv_world_write_email(world, &first, false, to);
    }
    uint64_t code = rv_permutation_at(&world->email, 2 * person->number + before);
    rv_dice dice = rv_dice_of(world->seed, RV_DICE_EMAIL, code);
    uint64_t word = rv_dice_next(&dice);
    char first[RV_NAME_BYTES], last[RV_NAME_BYTES];
    size_t first_len = (size_t)(rv_first_name_write(person->female, person->first, first) - first);
    size_t last_len = (size_t)(rv_last_name_write(before ? person->last_before : person->last, last) - last);
    char joint = (word >> 8 & 3) == 0 ? '-' : '\0';
    switch (word & 15) {
    default: /* marie.martin48213 */
        to = write_handle(first, first_len, joint, to);
        *to++ = (word & 1) ? '.' : '_';
        to = write_handle(last, last_len, joint, to);
        to = rv_synth_number(to, code, 0);
        break;
    case 8:
    case 9:
    case 10: /* mariemartin48213 */
        to = write_handle(first, first_len, 0, to);
        to = write_handle(last, last_len, 0, to);
        to = rv_synth_number(to, code, 0);
        break;
    case 11:
    case 12: /* m.martin.kobela */
        to = write_handle(first, 1 + ((unsigned char)*first == 0xc3), 0, to);
        *to++ = '.';
        to = write_handle(last, last_len, 0, to);
        *to++ = '.';
        to = write_syllables(code, to);
        break;
    case 13:
    case 14:
    case 15: /* kobela.marie */
        to = write_syllables(code, to);
        *to++ = '.';
        to = write_handle(first, first_len, 0, to);
        break;
    }
    *to++ = '@';
    unsigned percent = (unsigned)(word >> 32) % 100, i = 0;
    while (percent >= domains[i].upto) i++;
    return stpcpy(to, domains[i].domain);
}

/* Where mobiles are in use in France, as the plan of Arcep has them. */
char *rv_world_write_mobile(const rv_world *world, const rv_synth_person *person, char *to) {
    static const struct {
        uint32_t first, count;
    } ranges[] = {{605000000, 34000000},
                  {640000000, 50000000},
                  {695000000, 1000000},
                  {698000000, 2000000},
                  {730000000, 70000000}}; /* not the overseas parts': 0639, 0690-0697 */
    uint64_t owner = person->shares_mobile ? person->household : person->number;
    uint64_t code = rv_permutation_at(&world->mobile, owner % world->mobile.n);
    size_t i = 0;
    while (code >= ranges[i].count) code -= ranges[i++].count;
    *to++ = '0';
    return rv_synth_number(to, ranges[i].first + code, 9);
}

/* Six zones (01-05 and 09) of 36 million numbers each, clear of the ranges kept for calling platforms. */
char *rv_world_write_landline(const rv_world *world, uint64_t home, char *to) {
    uint64_t code = rv_permutation_at(&world->landline, home % world->landline.n);
    uint64_t zone = code / 36000000, number = code % 36000000;
    *to++ = '0';
    *to++ = zone == 5 ? '9' : (char)('1' + zone);
    return rv_synth_number(to, (zone == 5 ? 10000000 : 26000000) + number, 8);
}
