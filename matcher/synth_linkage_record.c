/* See synth_linkage.h: what one row tells of one person, slip by slip. */
#include "date.h"
#include "synth_errors.h"
#include "synth_linkage.h"
#include "synth_slips.h"

#include <string.h>

const struct rv_slip_kind rv_slip_kinds[RV_SLIPS] = {
    [RV_SLIP_FIRST_TYPO] = {"first_typo", {0.015, 0.030}},
    [RV_SLIP_LAST_TYPO] = {"last_typo", {0.015, 0.030}},
    [RV_SLIP_FIRST_BY_EAR] = {"first_by_ear", {0.010, 0.030}},
    [RV_SLIP_LAST_BY_EAR] = {"last_by_ear", {0.010, 0.030}},
    [RV_SLIP_NICKNAME] = {"nickname", {0.020, 0.060}},
    [RV_SLIP_COMPOUND] = {"compound", {0.200, 0.300}},
    [RV_SLIP_INITIAL] = {"initial", {0.007, 0.020}},
    [RV_SLIP_SECOND_NAME] = {"second_name", {0.020, 0.020}},
    [RV_SLIP_NO_FIRST] = {"no_first", {0.003, 0.010}},
    [RV_SLIP_BIRTH_NAME] = {"birth_name", {0.040, 0.060}},
    [RV_SLIP_BOTH_NAMES] = {"both_names", {0.040, 0.060}},
    [RV_SLIP_PARTICLE] = {"particle", {0.100, 0.150}},
    [RV_SLIP_CIVILITY] = {"civility", {0.003, 0.010}},
    [RV_SLIP_SWAPPED] = {"swapped", {0.005, 0.015}},
    [RV_SLIP_NO_BIRTH] = {"no_birth", {0.300, 0.300}},
    [RV_SLIP_BIRTH_DIGIT] = {"birth_digit", {0.005, 0.015}},
    [RV_SLIP_BIRTH_TURNED] = {"birth_turned", {0.003, 0.010}},
    [RV_SLIP_BIRTH_YEAR] = {"birth_year", {0.005, 0.010}},
    [RV_SLIP_BIRTH_NEW_YEAR] = {"birth_new_year", {0.005, 0.010}},
    [RV_SLIP_BIRTH_STOP] = {"birth_stop", {0.005, 0.010}},
    [RV_SLIP_NO_MOBILE] = {"no_mobile", {0.600, 0.600}},
    [RV_SLIP_NEW_MOBILE] = {"new_mobile", {0.000, 0.080}},
    [RV_SLIP_REUSED_MOBILE] = {"reused_mobile", {0.000, 0.010}},
    [RV_SLIP_MOBILE_DIGIT] = {"mobile_digit", {0.005, 0.015}},
    [RV_SLIP_MOBILE_STOP] = {"mobile_stop", {0.005, 0.010}},
    [RV_SLIP_NO_EMAIL] = {"no_email", {0.400, 0.400}},
    [RV_SLIP_NEW_EMAIL] = {"new_email", {0.000, 0.080}},
    [RV_SLIP_MOVED] = {"moved", {0.000, 0.100}},
    [RV_SLIP_NO_ADDRESS] = {"no_address", {0.010, 0.020}},
    [RV_SLIP_NO_NUMBER] = {"no_number", {0.015, 0.030}},
    [RV_SLIP_OTHER_NUMBER] = {"other_number", {0.010, 0.020}},
    [RV_SLIP_STREET_TYPE] = {"street_type", {0.015, 0.030}},
    [RV_SLIP_SMALL_WORD] = {"small_word", {0.015, 0.040}},
    [RV_SLIP_STREET_TYPO] = {"street_typo", {0.020, 0.040}},
    [RV_SLIP_EXTRA_LOST] = {"extra_lost", {0.200, 0.300}},
    [RV_SLIP_EXTRA_IN_LINE] = {"extra_in_line", {0.020, 0.050}},
    [RV_SLIP_HAMLET] = {"hamlet", {0.500, 0.300}},
    [RV_SLIP_CITY_TYPO] = {"city_typo", {0.015, 0.030}},
    [RV_SLIP_NO_CITY] = {"no_city", {0.003, 0.008}},
    [RV_SLIP_POSTCODE_DIGIT] = {"postcode_digit", {0.005, 0.015}},
    [RV_SLIP_POSTCODE_ZERO] = {"postcode_zero", {0.020, 0.040}},
    [RV_SLIP_NO_POSTCODE] = {"no_postcode", {0.005, 0.010}},
    [RV_SLIP_TOWN_POSTCODE] = {"town_postcode", {0.020, 0.050}},
    [RV_SLIP_CEDEX] = {"cedex", {0.010, 0.015}},
    [RV_SLIP_CODE_PAGE] = {"code_page", {0.005, 0.010}},
};

/* A row on its way. */
typedef struct hand {
    const rv_world *world;
    rv_linkage_side side;
    rv_dice *dice;
    rv_linkage_record *out;
    bool plain, upper, lower, abbreviated; /* how this row writes its letters */
} hand;

/* Can happen here: does it? */
static bool slips(const hand *h, rv_slip slip) {
    h->out->could |= UINT64_C(1) << slip;
    bool does = rv_dice_chance(h->dice, rv_slip_kinds[slip].rate[h->side]);
    if (does) h->out->made |= UINT64_C(1) << slip;
    return does;
}

static rv_synth_cell *cell_of(const hand *h, rv_synth_cell_name name) { return &h->out->cells.cells[name]; }
static void close_at(rv_synth_cell *cell, const char *end) { cell->len = (uint32_t)(end - cell->text); }
static void set(rv_synth_cell *cell, const char *text) { close_at(cell, stpcpy(cell->text, text)); }
static void typo(rv_synth_cell *cell, rv_dice *dice) {
    cell->len = (uint32_t)rv_synth_typo(cell->text, cell->len, dice);
}
static void by_ear(rv_synth_cell *cell, rv_dice *dice) {
    cell->len = (uint32_t)rv_synth_respell(cell->text, cell->len, RV_CELL_BYTES / 2, dice);
}

/* --- Names ------------------------------------------------------------------------------------------------------- */

static void put_first(const hand *h, const rv_synth_person *person) {
    rv_synth_cell *first = cell_of(h, RV_CELL_FIRST);
    close_at(first, rv_first_name_write(person->female, person->first, first->text));
    char tried[RV_CELL_BYTES];
    memcpy(tried, first->text, first->len);
    size_t brief = rv_synth_nickname(tried, first->len);
    if (brief != first->len && slips(h, RV_SLIP_NICKNAME)) {
        memcpy(first->text, tried, brief);
        first->len = (uint32_t)brief;
    } else if (memchr(first->text, '-', first->len) && slips(h, RV_SLIP_COMPOUND)) {
        first->len = (uint32_t)rv_synth_uncompound(first->text, first->len, h->dice);
    }
    if (slips(h, RV_SLIP_FIRST_BY_EAR)) by_ear(first, h->dice);
    if (slips(h, RV_SLIP_FIRST_TYPO)) typo(first, h->dice);
    if (slips(h, RV_SLIP_SECOND_NAME)) {
        uint32_t other = rv_names_pick_first(&h->world->names, person->female, 1960, rv_dice_next(h->dice));
        first->text[first->len] = ' ';
        close_at(first, rv_first_name_write(person->female, other, first->text + first->len + 1));
    }
    if (slips(h, RV_SLIP_INITIAL)) {
        first->len = (unsigned char)*first->text >= 0xc0 ? 2 : 1;
        if (rv_dice_below(h->dice, 2)) first->text[first->len++] = '.';
    }
    if (slips(h, RV_SLIP_NO_FIRST)) first->len = 0;
}

static void put_last(const hand *h, const rv_synth_person *person) {
    static const char *const joints[] = {"-", " ", " ép. ", " née "};
    rv_synth_cell *last = cell_of(h, RV_CELL_LAST);
    uint32_t now = person->last, before = person->last_before;
    if (now != before && slips(h, RV_SLIP_BIRTH_NAME)) {
        close_at(last, rv_last_name_write(before, last->text));
    } else if (now != before && slips(h, RV_SLIP_BOTH_NAMES)) {
        unsigned joint = rv_dice_below(h->dice, 4); /* "ép.": the name at birth comes first */
        char *end = rv_last_name_write(joint == 2 ? before : now, last->text);
        close_at(last, rv_last_name_write(joint == 2 ? now : before, stpcpy(end, joints[joint])));
    } else {
        close_at(last, rv_last_name_write(now, last->text));
    }
    char tried[RV_CELL_BYTES];
    memcpy(tried, last->text, last->len);
    rv_dice dice = *h->dice;
    size_t len = rv_synth_unparticle(tried, last->len, &dice);
    if (len != last->len && slips(h, RV_SLIP_PARTICLE)) {
        memcpy(last->text, tried, len);
        last->len = (uint32_t)len;
    }
    if (slips(h, RV_SLIP_LAST_BY_EAR)) by_ear(last, h->dice);
    if (slips(h, RV_SLIP_LAST_TYPO)) typo(last, h->dice);
}

static void put_names(const hand *h, const rv_synth_person *person) {
    rv_synth_cell *first = cell_of(h, RV_CELL_FIRST), *last = cell_of(h, RV_CELL_LAST);
    put_first(h, person);
    put_last(h, person);
    if (slips(h, RV_SLIP_SWAPPED)) {
        rv_synth_cell swap = *first;
        *first = *last;
        *last = swap;
    }
    if (slips(h, RV_SLIP_CIVILITY)) {
        rv_synth_cell *cell = first->len && rv_dice_below(h->dice, 2) ? first : last;
        const char *civility = person->female ? "Mme " : "M. ";
        size_t n = strlen(civility);
        memmove(cell->text + n, cell->text, cell->len);
        memcpy(cell->text, civility, n);
        cell->len += (uint32_t)n;
    }
}

/* --- Birth date and mobile --------------------------------------------------------------------------------------- */

static void put_birth(const hand *h, const rv_synth_person *person) {
    rv_synth_cell *cell = cell_of(h, RV_CELL_BIRTH);
    rv_synth_dates dates = h->side == RV_LINKAGE_CLIENTS ? RV_DATES_SLASHED : RV_DATES_ISO;
    cell->len = 0;
    if (slips(h, RV_SLIP_NO_BIRTH)) {
        if (slips(h, RV_SLIP_BIRTH_STOP)) rv_synth_cell_date(cell, rv_date_of(1900, 1, 1), dates);
        return;
    }
    int32_t birth = person->birth;
    int year, month, day;
    rv_date_split(birth, &year, &month, &day);
    if (day <= 12 && day != month && slips(h, RV_SLIP_BIRTH_TURNED)) {
        birth = rv_date_of(year, day, month);
    } else if (slips(h, RV_SLIP_BIRTH_YEAR)) {
        static const int steps[] = {-10, -1, 1, 10};
        if (month == 2 && day == 29) day = 28;
        birth = rv_date_of(year + steps[rv_dice_below(h->dice, 4)], month, day);
    } else if (slips(h, RV_SLIP_BIRTH_NEW_YEAR)) {
        birth = rv_date_of(year, 1, 1);
    }
    rv_synth_cell_date(cell, birth, dates);
    if (slips(h, RV_SLIP_BIRTH_DIGIT)) rv_synth_digit_typo(cell->text, cell->len, h->dice);
}

/* Nobody's so far: behind the numbers of all people. */
static void other_mobile(const hand *h, rv_synth_person *person) {
    person->shares_mobile = false;
    person->number = h->world->people + rv_dice_below(h->dice, UINT32_MAX) % h->world->people;
}

static void put_mobile(const hand *h, const rv_synth_person *person) {
    static const char *const stops[] = {"0600000000", "0606060606", "0612345678", "0699999999"};
    rv_synth_cell *cell = cell_of(h, RV_CELL_MOBILE);
    cell->len = 0;
    char digits[16];
    unsigned formats = h->side == RV_LINKAGE_CLIENTS ? 7 : 2;
    if (slips(h, RV_SLIP_NO_MOBILE)) {
        if (slips(h, RV_SLIP_MOBILE_STOP)) set(cell, stops[rv_dice_below(h->dice, 4)]);
        return;
    }
    rv_synth_person owner = *person;
    if (slips(h, RV_SLIP_NEW_MOBILE)) other_mobile(h, &owner);
    else if (slips(h, RV_SLIP_REUSED_MOBILE)) /* it's somebody else's by now */
        rv_world_person(h->world, rv_world_contact(h->world, rv_dice_next(h->dice) % h->world->contacts), &owner);
    rv_world_write_mobile(h->world, &owner, digits);
    if (slips(h, RV_SLIP_MOBILE_DIGIT)) rv_synth_digit_typo(digits + 2, 8, h->dice);
    unsigned plain = rv_dice_below(h->dice, 2); /* half of the rows: ten digits */
    rv_synth_cell_phone(cell, digits, plain ? 0 : rv_dice_below(h->dice, formats));
}

static void put_email(const hand *h, const rv_synth_person *person) {
    rv_synth_cell *cell = cell_of(h, RV_CELL_EMAIL);
    cell->len = 0;
    if (slips(h, RV_SLIP_NO_EMAIL)) return;
    rv_synth_cell_email(h->world, person, slips(h, RV_SLIP_NEW_EMAIL), h->dice, cell);
}

/* --- Address ----------------------------------------------------------------------------------------------------- */

/* What a hamlet is called instead of a street; every eighth dwelling in a village has no other address. */
static const char *hamlet_of(const rv_synth_address *address, uint64_t street_word) {
    static const char *const hamlets[] = {
        "Le Bourg",         "La Croix Blanche", "Le Moulin Neuf", "Les Quatre Vents", "Bel Air",
        "La Grange",        "Le Petit Bois",    "La Haute Borne", "Les Bruyères",     "Le Plessis",
        "La Ville Neuve",   "Kergoat",          "Le Mas Blanc",   "La Bastide",       "Les Granges",
        "Le Champ du Bois", "La Fontaine",      "Pont de Pierre", "Les Essarts",      "La Butte",
        "Le Clos Fleuri",   "Mas de l'Olivier", "La Chaume",      "Les Landes",       "Le Pré Saint-Jean",
        "La Métairie",      "Kerhuel",          "Le Bois Joli",   "La Tuilerie",      "Les Rochers",
        "Le Vieux Château", "La Borderie"};
    rv_dice dice = {street_word ^ UINT64_C(0x4a317e7)};
    uint64_t word = rv_dice_next(&dice);
    return address->urban || (word & 7) != 0 ? NULL : hamlets[word >> 8 & 31];
}

static void put_number(const hand *h, const rv_synth_address *address, rv_synth_cell *cell) {
    static const char *const repeats[2][8] = {{" bis", " bis", " bis", " bis", "bis", " B", " B", ""},
                                              {" ter", " ter", " ter", " ter", "ter", " T", " T", ""}};
    cell->len = 0;
    if (address->number == 0 || slips(h, RV_SLIP_NO_NUMBER)) return;
    unsigned number = address->number;
    if (slips(h, RV_SLIP_OTHER_NUMBER)) { /* next door, or a slip of the finger */
        unsigned step = 1 + rv_dice_below(h->dice, 3) * (number > 20 ? 4 : 1);
        number = number > step && rv_dice_below(h->dice, 2) ? number - step : number + step;
    }
    char *end = rv_synth_number(cell->text, number, 0);
    if (address->repeat) end = stpcpy(end, repeats[address->repeat - 1][rv_dice_below(h->dice, 8)]);
    close_at(cell, end);
}

static void put_street(const hand *h, const rv_synth_address *address, rv_synth_cell *cell) {
    rv_synth_address written = *address;
    char *end = cell->text;
    bool bare = false;
    if (slips(h, RV_SLIP_STREET_TYPE)) {
        bare = rv_dice_below(h->dice, 2);
        written.type = (uint8_t)rv_alias_pick(&h->world->places.types, rv_dice_next(h->dice));
    }
    if (!bare) {
        end = rv_synth_address_write_type(&written, h->abbreviated, end);
        *end++ = ' ';
    }
    close_at(cell, rv_synth_address_write_street(&written, end));
    if (slips(h, RV_SLIP_SMALL_WORD)) cell->len = (uint32_t)rv_synth_drop_small_word(cell->text, cell->len);
    if (h->abbreviated) cell->len = (uint32_t)rv_synth_abbreviate(cell->text, cell->len);
    if (slips(h, RV_SLIP_STREET_TYPO)) typo(cell, h->dice);
}

static void put_hamlet(const hand *h, const char *hamlet, rv_synth_cell *line, rv_synth_cell *extra) {
    static const char *const heads[] = {"", "", "Lieu-dit ", "Lieudit ", "LD ", "Au lieu-dit "};
    rv_synth_cell *cell = slips(h, RV_SLIP_HAMLET) ? extra : line; /* on the fifth line of an envelope it is at home */
    char *end = stpcpy(cell->text, heads[rv_dice_below(h->dice, 6)]);
    close_at(cell, stpcpy(end, hamlet));
    if (slips(h, RV_SLIP_STREET_TYPO)) typo(cell, h->dice);
}

static void put_line(const hand *h, const rv_synth_address *address, rv_synth_cell *line, rv_synth_cell *extra) {
    rv_synth_cell number, street;
    put_number(h, address, &number);
    put_street(h, address, &street);
    if (address->extra && !slips(h, RV_SLIP_EXTRA_LOST))
        close_at(extra, rv_synth_address_write_extra(address, extra->text));
    char *end = line->text;
    if (extra->len && slips(h, RV_SLIP_EXTRA_IN_LINE)) {
        end = mempcpy(end, extra->text, extra->len);
        *end++ = ' ';
        extra->len = 0;
    }
    end = mempcpy(end, number.text, number.len);
    if (number.len) {
        if (rv_dice_below(h->dice, 8) == 0) *end++ = ',';
        *end++ = ' ';
    }
    close_at(line, mempcpy(end, street.text, street.len));
}

/* Paris, Marseille and Lyon have a postcode for each arrondissement, and one that names none. */
static uint32_t town_postcode(uint32_t postcode) {
    uint32_t department = postcode / 1000;
    bool parted = (department == 75 || department == 13 || department == 69) && postcode % 1000 <= 20;
    return parted ? department * 1000 : 0;
}

static void put_town(const hand *h, const rv_synth_address *address, rv_synth_cell *postcode, rv_synth_cell *city) {
    uint32_t code = address->postcode, town = town_postcode(code), quarter = town ? code % 100 : 0;
    if (town && slips(h, RV_SLIP_TOWN_POSTCODE)) code = town;
    close_at(city, rv_synth_address_write_city(address, city->text));
    if (h->abbreviated) city->len = (uint32_t)rv_synth_abbreviate(city->text, city->len);
    if (slips(h, RV_SLIP_CITY_TYPO)) typo(city, h->dice);
    if (address->urban && slips(h, RV_SLIP_CEDEX)) { /* a postcode of its own behind the department */
        code = code / 1000 * 1000 + 5 + rv_dice_below(h->dice, 990);
        char *end = stpcpy(city->text + city->len, " CEDEX");
        if (quarter) {
            *end++ = ' ';
            end = rv_synth_number(end, quarter, 2);
        }
        close_at(city, end);
    }
    if (slips(h, RV_SLIP_NO_CITY)) city->len = 0;
    close_at(postcode, rv_synth_number(postcode->text, code, 5));
    if (slips(h, RV_SLIP_POSTCODE_DIGIT)) rv_synth_digit_typo(postcode->text, postcode->len, h->dice);
    if (*postcode->text == '0' && slips(h, RV_SLIP_POSTCODE_ZERO)) {
        memmove(postcode->text, postcode->text + 1, 4);
        postcode->len = 4;
    }
    if (slips(h, RV_SLIP_NO_POSTCODE)) postcode->len = 0;
}

static void put_address(const hand *h, const rv_synth_person *person, bool at_home) {
    rv_synth_cell *line = cell_of(h, RV_CELL_LINE), *extra = cell_of(h, RV_CELL_EXTRA),
                  *postcode = cell_of(h, RV_CELL_POSTCODE), *city = cell_of(h, RV_CELL_CITY);
    line->len = extra->len = postcode->len = city->len = 0;
    uint64_t commune = person->commune, street = person->street;
    if (!at_home && slips(h, RV_SLIP_MOVED)) { /* far away: nothing of the address stays */
        commune = rv_dice_next(h->dice);
        street = rv_dice_next(h->dice);
    }
    if (slips(h, RV_SLIP_NO_ADDRESS)) return;
    rv_synth_address address;
    rv_synth_address_make(&h->world->places, commune, street, &address);
    const char *hamlet = hamlet_of(&address, street);
    if (hamlet) put_hamlet(h, hamlet, line, extra);
    else put_line(h, &address, line, extra);
    put_town(h, &address, postcode, city);
}

/* --- The row ----------------------------------------------------------------------------------------------------- */

/* Shares of the rows that write so: contacts, clients. */
static const double no_accents[2] = {0.20, 0.20}, capitals[2] = {0.40, 0.15}, small[2] = {0.03, 0.08},
                    abbreviated[2] = {0.40, 0.25};

static const rv_synth_cell_name written[] = {RV_CELL_FIRST, RV_CELL_LAST, RV_CELL_LINE, RV_CELL_EXTRA, RV_CELL_CITY};
enum { WRITTEN = sizeof written / sizeof *written };

/* Capitals of machines have no accents; those of half of the people neither. */
static void letter(const hand *h) {
    bool accents = false;
    for (unsigned c = 0; c < WRITTEN; c++) {
        rv_synth_cell *cell = cell_of(h, written[c]);
        if (h->plain) cell->len = (uint32_t)rv_synth_strip_accents(cell->text, cell->len);
        if (h->upper) rv_synth_upper(cell->text, cell->len);
        else if (h->lower) rv_synth_lower(cell->text, cell->len);
        accents = accents || memchr(cell->text, 0xc3, cell->len) != NULL;
    }
    if (!accents || !slips(h, RV_SLIP_CODE_PAGE)) return;
    unsigned form = rv_dice_below(h->dice, 3);
    for (unsigned c = 0; c < WRITTEN; c++) {
        rv_synth_cell *cell = cell_of(h, written[c]);
        cell->len = (uint32_t)rv_synth_mojibake(cell->text, cell->len, RV_CELL_BYTES, form);
    }
}

void rv_linkage_record_make(const rv_world *world, rv_linkage_side side, const rv_synth_person *person, bool at_home,
                            rv_dice *dice, rv_linkage_record *out) {
    out->could = out->made = 0;
    hand h = {.world = world, .side = side, .dice = dice, .out = out};
    h.upper = rv_dice_chance(dice, capitals[side]);
    h.lower = !h.upper && rv_dice_chance(dice, small[side]);
    h.plain = rv_dice_chance(dice, h.upper ? 0.75 : no_accents[side]);
    h.abbreviated = rv_dice_chance(dice, abbreviated[side]);
    put_names(&h, person);
    put_birth(&h, person);
    put_mobile(&h, person);
    put_email(&h, person);
    put_address(&h, person, at_home);
    letter(&h);
}
