/* See synth_record.h. */
#include "synth_record.h"

#include "date.h"
#include "synth_errors.h"

#include <string.h>

static void set(rv_synth_cell *cell, const char *text) {
    cell->len = (uint32_t)(stpcpy(cell->text, text) - cell->text);
}
static void close_at(rv_synth_cell *cell, const char *end) { cell->len = (uint32_t)(end - cell->text); }

static void typo(rv_synth_cell *cell, rv_dice *dice) {
    if (cell->len < RV_CELL_BYTES) cell->len = (uint32_t)rv_synth_typo(cell->text, cell->len, dice);
}

void rv_synth_cell_date(rv_synth_cell *cell, int32_t date, rv_synth_dates format) {
    int year, month, day;
    rv_date_split(date, &year, &month, &day);
    unsigned y = (unsigned)year, m = (unsigned)month, d = (unsigned)day;
    char *to = cell->text;
    char joint = format == RV_DATES_DOTTED    ? '.'
                 : format == RV_DATES_SLASHED ? '/'
                 : format == RV_DATES_ISO     ? '-'
                                              : '\0';
    bool year_first = format == RV_DATES_ISO || format == RV_DATES_COMPACT;
    to = rv_synth_number(to, year_first ? y : d, year_first ? 4 : 2);
    if (joint) *to++ = joint;
    to = rv_synth_number(to, m, 2);
    if (joint) *to++ = joint;
    to = rv_synth_number(to, year_first ? d : y, year_first ? 2 : 4);
    close_at(cell, to);
}

/* How a row writes its letters. */
typedef struct lettering {
    bool plain, upper, lower, abbreviated;
} lettering;

static void letter(rv_synth_cell *cell, lettering how, bool upper) {
    size_t len = cell->len;
    if (how.plain) len = rv_synth_strip_accents(cell->text, len);
    if (upper || how.upper) rv_synth_upper(cell->text, len);
    else if (how.lower) rv_synth_lower(cell->text, len);
    cell->len = (uint32_t)len;
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

/* Jean-Pierre may be Jean Pierre, J-Pierre or Jean; anybody may be an initial. */
static void shorten_first(rv_synth_cell *cell, uint64_t word) {
    unsigned percent = (unsigned)(word % 100);
    char *hyphen = memchr(cell->text, '-', cell->len);
    if (hyphen && percent < 15) {
        *hyphen = ' ';
    } else if (hyphen && percent < 19) {
        memmove(cell->text + 1, hyphen, cell->len - (size_t)(hyphen - cell->text));
        cell->len -= (uint32_t)(hyphen - cell->text) - 1;
    } else if (hyphen && percent < 24) {
        cell->len = (uint32_t)(hyphen - cell->text);
    } else if (percent == 99 && (word >> 32 & 1)) {
        cell->len = (unsigned char)*cell->text == 0xc3 ? 2 : 1;
        cell->text[cell->len++] = '.';
    }
}

static void write_last(const rv_synth_person *person, bool before, uint64_t word, rv_synth_cell *last) {
    char *end = last->text;
    bool both = !before && person->last != person->last_before && (word & 15) == 0;
    if (both && (word >> 4 & 1)) { /* MARTIN ép. DUPONT: the name at birth comes first */
        end = stpcpy(rv_last_name_write(person->last_before, end), " ép. ");
        end = rv_last_name_write(person->last, end);
    } else if (both) {
        end = stpcpy(rv_last_name_write(person->last, end), "-");
        end = rv_last_name_write(person->last_before, end);
    } else {
        end = rv_last_name_write(before ? person->last_before : person->last, end);
    }
    close_at(last, end);
}

static void write_civility(const rv_synth_person *person, unsigned form, rv_synth_record *out) {
    static const char *const civilities[2][4] = {{"M.", "M", "Mr", "Monsieur"}, {"Mme", "Mme", "Mlle", "Madame"}};
    bool told = form != 15;
    set(&out->cells[RV_CELL_CIVILITY], told ? civilities[person->female][form < 12 ? form / 8 : form / 13 + 2] : "");
    set(&out->cells[RV_CELL_SEX], !told ? "" : person->female ? "F" : "M");
    set(&out->cells[RV_CELL_FULL], !told ? "" : person->female ? "MME " : "M ");
}

static void write_names(const rv_synth_person *person, bool before, const rv_synth_style *style, lettering how,
                        rv_dice *dice, rv_synth_record *out) {
    rv_synth_cell *first = &out->cells[RV_CELL_FIRST], *last = &out->cells[RV_CELL_LAST];
    uint64_t word = rv_dice_next(dice);
    close_at(first, rv_first_name_write(person->female, person->first, first->text));
    shorten_first(first, word);
    write_last(person, before, word >> 40, last);
    if (rv_dice_chance(dice, RV_SYNTH_NAME_ERRORS)) {
        typo((rv_dice_next(dice) & 3) == 0 ? first : last, dice);
        out->truth_typo = true;
    }
    if ((word >> 48 & 255) < 2) { /* first and last name in each other's place */
        rv_synth_cell swap = *first;
        *first = *last;
        *last = swap;
    }
    if (rv_dice_chance(dice, RV_SYNTH_STOP_VALUES)) set(last, (word >> 56 & 1) ? "NC" : "XXX");
    letter(first, how, false);
    letter(last, how, style->last_upper);
    write_civility(person, (unsigned)(word >> 58) % 16, out);
    letter(&out->cells[RV_CELL_CIVILITY], how, false);
    rv_synth_cell *full = &out->cells[RV_CELL_FULL];
    char *to = mempcpy(full->text + full->len, first->text, first->len < 60 ? first->len : 60);
    *to++ = ' ';
    close_at(full, mempcpy(to, last->text, last->len < 80 ? last->len : 80));
}

/* --- Birth, e-mail, phones --------------------------------------------------------------------------------------- */

static void write_birth(const rv_synth_person *person, const rv_synth_style *style, rv_dice *dice,
                        rv_synth_cell *cell) {
    cell->len = 0;
    if (!rv_dice_chance(dice, style->birth)) return;
    uint64_t word = rv_dice_next(dice);
    int32_t birth = person->birth;
    int year, month, day;
    rv_date_split(birth, &year, &month, &day);
    if ((word & 0xffff) < (uint64_t)(RV_SYNTH_BIRTH_ERRORS * 65536)) {
        if ((word >> 16 & 1) && day <= 12) birth = rv_date_of(year, day, month); /* day and month swapped */
        else birth += (int32_t)(word >> 17 & 1) ? 10 : 365;
    } else if ((word >> 20 & 0xffff) < (uint64_t)(RV_SYNTH_STOP_VALUES * 65536)) {
        birth = rv_date_of(1900, 1, 1);
    }
    rv_synth_cell_date(cell, birth, style->dates);
}

/* A slip in the domain or the name; a tag or dots that Gmail overlooks; capitals. */
static void blur_email(rv_synth_cell *cell, rv_dice *dice) {
    uint64_t word = rv_dice_next(dice);
    unsigned at = 0;
    while (at < cell->len && cell->text[at] != '@') at++;
    bool gmail = cell->len - at == sizeof "@gmail.com" - 1 && memcmp(cell->text + at, "@gmail", 6) == 0;
    if ((word & 0xffff) < (uint64_t)(RV_SYNTH_EMAIL_ERRORS * 65536)) {
        if (gmail && (word >> 16 & 1)) memcpy(cell->text + at, "@gmial", 6);
        else cell->len = (uint32_t)rv_synth_typo(cell->text, at, dice) == at ? cell->len : cell->len - 1;
    } else if (gmail && (word >> 20 & 31) == 0 && cell->len + 6 < RV_CELL_BYTES) {
        memmove(cell->text + at + 6, cell->text + at, cell->len - at);
        memcpy(cell->text + at, "+promo", 6);
        cell->len += 6;
    } else if ((word >> 25 & 31) == 0) {
        rv_synth_upper(cell->text, (word >> 30 & 1) ? 1 : cell->len);
    }
}

void rv_synth_cell_email(const rv_world *world, const rv_synth_person *person, bool before, rv_dice *dice,
                         rv_synth_cell *cell) {
    close_at(cell, rv_world_write_email(world, person, before, cell->text));
    blur_email(cell, dice);
}

static void write_email(const rv_world *world, const rv_synth_person *person, bool before, const rv_synth_style *style,
                        rv_dice *dice, rv_synth_cell *cell) {
    static const char *const stops[] = {"info@gmail.com", "noreply@orange.fr", "test@test.fr",
                                        "nc@nc.fr",       "contact@free.fr",   "aucun@aucun.com"};
    cell->len = 0;
    if (!rv_dice_chance(dice, style->email)) return;
    if (rv_dice_chance(dice, RV_SYNTH_STOP_VALUES)) {
        set(cell, stops[rv_dice_below(dice, sizeof stops / sizeof *stops)]);
        return;
    }
    rv_synth_cell_email(world, person, before, dice, cell);
}

void rv_synth_cell_phone(rv_synth_cell *cell, const char digits[10], unsigned format) {
    char *to = cell->text;
    switch (format) {
    default: to = mempcpy(to, digits, 10); break;
    case 1:
    case 2: /* 06 12 34 56 78, 06.12.34.56.78 */
        for (int i = 0; i < 10; i += 2) {
            if (i) *to++ = format == 1 ? ' ' : '.';
            to = mempcpy(to, digits + i, 2);
        }
        break;
    case 3: to = mempcpy(stpcpy(to, "+33"), digits + 1, 9); break;
    case 4: to = mempcpy(stpcpy(to, "0033"), digits + 1, 9); break;
    case 5: /* +33 6 12 34 56 78 */
        to = stpcpy(to, "+33 ");
        *to++ = digits[1];
        for (int i = 2; i < 10; i += 2) {
            *to++ = ' ';
            to = mempcpy(to, digits + i, 2);
        }
        break;
    case 6: to = mempcpy(to, digits + 1, 9); break; /* the 0 that a spreadsheet has eaten */
    }
    close_at(cell, to);
}

static void write_phones(const rv_world *world, const rv_synth_person *person, bool moved_later,
                         const rv_synth_style *style, rv_dice *dice, rv_synth_record *out) {
    static const char *const stops[] = {"0600000000", "0000000000", "0123456789", "0606060606"};
    rv_synth_cell *mobile = &out->cells[RV_CELL_MOBILE], *landline = &out->cells[RV_CELL_LANDLINE];
    char digits[16];
    mobile->len = landline->len = 0;
    if (rv_dice_chance(dice, style->mobile)) {
        rv_world_write_mobile(world, person, digits);
        if (rv_dice_chance(dice, RV_SYNTH_STOP_VALUES)) memcpy(digits, stops[rv_dice_below(dice, 4)], 10);
        rv_synth_cell_phone(mobile, digits, rv_dice_below(dice, style->phone_formats));
    }
    if (person->has_landline && rv_dice_chance(dice, style->landline / 0.6)) {
        rv_world_write_landline(world, moved_later ? person->home_before : person->home, digits);
        rv_synth_cell_phone(landline, digits, rv_dice_below(dice, style->phone_formats));
    }
    out->cells[RV_CELL_PHONE] = mobile->len ? *mobile : *landline;
}

/* --- Address ----------------------------------------------------------------------------------------------------- */

static void write_address(const rv_world *world, const rv_synth_person *person, bool before,
                          const rv_synth_style *style, lettering how, rv_dice *dice, rv_synth_record *out) {
    rv_synth_cell *number = &out->cells[RV_CELL_NUMBER], *street = &out->cells[RV_CELL_STREET],
                  *line = &out->cells[RV_CELL_LINE], *extra = &out->cells[RV_CELL_EXTRA],
                  *postcode = &out->cells[RV_CELL_POSTCODE], *city = &out->cells[RV_CELL_CITY];
    number->len = street->len = line->len = extra->len = postcode->len = city->len = 0;
    if (!rv_dice_chance(dice, style->address)) return;
    rv_synth_address address;
    if (before) rv_synth_address_make(&world->places, person->commune_before, person->street_before, &address);
    else rv_synth_address_make(&world->places, person->commune, person->street, &address);
    close_at(number, rv_synth_address_write_number(&address, number->text));
    char *end = rv_synth_address_write_type(&address, how.abbreviated, street->text);
    *end++ = ' ';
    close_at(street, rv_synth_address_write_street(&address, end));
    close_at(postcode, rv_synth_number(postcode->text, address.postcode, 5));
    close_at(city, rv_synth_address_write_city(&address, city->text));
    uint64_t word = rv_dice_next(dice);
    if ((word & 7) < 6) close_at(extra, rv_synth_address_write_extra(&address, extra->text));
    if (how.abbreviated) {
        street->len = (uint32_t)rv_synth_abbreviate(street->text, street->len);
        city->len = (uint32_t)rv_synth_abbreviate(city->text, city->len);
    }
    if (rv_dice_chance(dice, RV_SYNTH_ADDRESS_ERRORS)) {
        typo((word >> 8 & 3) == 0 ? city : street, dice);
        out->truth_typo = true;
    }
    letter(street, how, false);
    letter(city, how, false);
    letter(extra, how, false);
    if ((word >> 16 & 63) == 0 && *postcode->text == '0') { /* the 0 that a spreadsheet has eaten */
        memmove(postcode->text, postcode->text + 1, 4);
        postcode->len = 4;
    }
    end = mempcpy(line->text, number->text, number->len);
    if (number->len) {
        if ((word >> 24 & 7) == 0) *end++ = ',';
        *end++ = ' ';
    }
    close_at(line, mempcpy(end, street->text, street->len));
}

void rv_synth_record_make(const rv_world *world, const rv_synth_person *person, const bool before[RV_CHANGES],
                          const rv_synth_style *style, rv_dice *dice, rv_synth_record *out) {
    out->truth_typo = false;
    lettering how = {.plain = rv_dice_chance(dice, style->no_accents),
                     .abbreviated = rv_dice_chance(dice, style->abbreviated)};
    double casing = (double)(rv_dice_next(dice) >> 11) * 0x1p-53;
    how.upper = casing < style->upper;
    how.lower = !how.upper && casing < style->upper + style->lower;
    write_names(person, before[RV_RENAMED], style, how, dice, out);
    write_birth(person, style, dice, &out->cells[RV_CELL_BIRTH]);
    write_email(world, person, before[RV_NEW_EMAIL], style, dice, &out->cells[RV_CELL_EMAIL]);
    write_phones(world, person, before[RV_MOVED], style, dice, out);
    write_address(world, person, before[RV_MOVED], style, how, dice, out);
}
