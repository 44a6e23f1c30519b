/* See synth_linkage.h: the rows of contacts.csv, clients.csv and truth.csv. */
#include "synth_linkage.h"

#include "date.h"
#include "synth_errors.h"
#include "synth_output.h"

#include <string.h>

void rv_linkage_set_make(rv_linkage_set *set, const rv_world *world, bool with_email) {
    *set = (rv_linkage_set){.world = world,
                            .with_email = with_email,
                            .rows = rv_permutation_of(world->contacts, world->seed ^ 0xf1),
                            .ids = rv_permutation_of(world->contacts, world->seed ^ 0xf2)};
}

void rv_linkage_contact(const rv_linkage_set *set, uint64_t contact, rv_linkage_record *out) {
    rv_synth_person person;
    rv_world_person(set->world, rv_world_contact(set->world, contact), &person);
    rv_dice dice = rv_dice_of(set->world->seed, RV_DICE_LINKAGE_CONTACT, contact);
    rv_linkage_record_make(set->world, RV_LINKAGE_CONTACTS, &person, false, &dice, out);
}

/* --- Clients ----------------------------------------------------------------------------------------------------- */

/* Somebody else with the names, or the day of birth, and the dwelling of a contact. */
static void make_namesake(const rv_world *world, uint64_t client, rv_dice *dice, rv_synth_person *person) {
    int years = 20 + (int)rv_dice_below(dice, 20), year, month, day;
    rv_date_split(person->birth, &year, &month, &day);
    year += year + years <= 2008 ? years : -years;
    person->birth = rv_date_of(year, 1, 1) + (int32_t)rv_dice_below(dice, 365);
    person->number = world->people + client;
}

static void make_twin(const rv_world *world, uint64_t client, rv_dice *dice, rv_synth_person *person) {
    int year, month, day;
    rv_date_split(person->birth, &year, &month, &day);
    uint16_t same = person->first;
    bool other_sex = rv_dice_below(dice, 3) == 0;
    person->female = person->female != other_sex;
    person->last = person->last_before; /* as at home */
    do person->first = (uint16_t)rv_names_pick_first(&world->names, person->female, year, rv_dice_next(dice));
    while (!other_sex && person->first == same);
    person->number = world->people + client;
}

rv_linkage_kind rv_linkage_client(const rv_linkage_set *set, uint64_t client, uint64_t *contact,
                                  rv_linkage_record *out) {
    const rv_world *world = set->world;
    rv_synth_person person;
    uint64_t number = rv_world_client(world, client, contact);
    rv_dice dice = rv_dice_of(world->seed, RV_DICE_LINKAGE_CLIENT, client);
    rv_linkage_kind kind = RV_KIND_CONTACT;
    double lot = (double)(rv_dice_next(&dice) >> 11) * 0x1p-53;
    if (*contact == UINT64_MAX) {
        kind = lot < RV_LINKAGE_NAMESAKES                      ? RV_KIND_NAMESAKE
               : lot < RV_LINKAGE_NAMESAKES + RV_LINKAGE_TWINS ? RV_KIND_TWIN
               : rv_world_lives_with_contact(world, number)    ? RV_KIND_RELATIVE
                                                               : RV_KIND_ELSEWHERE;
    }
    bool other = kind == RV_KIND_NAMESAKE || kind == RV_KIND_TWIN;
    if (other) number = rv_world_contact(world, rv_dice_next(&dice) % world->contacts);
    rv_world_person(world, number, &person);
    if (kind == RV_KIND_NAMESAKE) make_namesake(world, client, &dice, &person);
    if (kind == RV_KIND_TWIN) make_twin(world, client, &dice, &person);
    rv_linkage_record_make(world, RV_LINKAGE_CLIENTS, &person, other, &dice, out);
    return kind;
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

/* The two files name their columns alike and order them differently. */
static const rv_synth_cell_name contact_cells[] = {RV_CELL_LAST,     RV_CELL_FIRST, RV_CELL_BIRTH,
                                                   RV_CELL_MOBILE,   RV_CELL_LINE,  RV_CELL_EXTRA,
                                                   RV_CELL_POSTCODE, RV_CELL_CITY,  RV_CELL_EMAIL};
static const rv_synth_cell_name client_cells[] = {RV_CELL_FIRST, RV_CELL_LAST,     RV_CELL_LINE,
                                                  RV_CELL_EXTRA, RV_CELL_POSTCODE, RV_CELL_CITY,
                                                  RV_CELL_BIRTH, RV_CELL_MOBILE,   RV_CELL_EMAIL};
enum { CELLS = sizeof client_cells / sizeof *client_cells };

const char *rv_linkage_header(rv_linkage_side side, bool with_email) {
    static const char *const headers[2][2] = {
        {"contact_id,nom,prenom,date_naissance,mobile,adresse,complement,code_postal,ville\n",
         "contact_id,nom,prenom,date_naissance,mobile,adresse,complement,code_postal,ville,email\n"},
        {"client_id,prenom,nom,adresse,complement,code_postal,ville,date_naissance,mobile\n",
         "client_id,prenom,nom,adresse,complement,code_postal,ville,date_naissance,mobile,email\n"}};
    return headers[side][with_email];
}

static char *write_id(char letter, uint64_t number, char *to) {
    *to++ = letter;
    return rv_synth_number(to, number + 1, 8);
}
static char *write_contact_id(const rv_linkage_set *set, uint64_t contact, char *to) {
    return write_id('K', rv_permutation_at(&set->ids, contact), to);
}

static char *write_cells(const rv_linkage_set *set, const rv_linkage_record *record, const rv_synth_cell_name *cells,
                         char *to) {
    for (unsigned c = 0; c < (set->with_email ? CELLS : CELLS - 1); c++) {
        const rv_synth_cell *cell = &record->cells.cells[cells[c]];
        *to++ = ',';
        to = rv_synth_put(to, cell->text, cell->len, ',');
    }
    *to++ = '\n';
    return to;
}

uint64_t rv_linkage_contact_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const rv_linkage_set *set = ctx;
    rv_linkage_record record;
    for (uint64_t row = first; row < last; row++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return row - first;
        uint64_t contact = rv_permutation_at(&set->rows, row);
        rv_linkage_contact(set, contact, &record);
        char *to = write_contact_id(set, contact, buffer->data + buffer->len);
        buffer->len = (size_t)(write_cells(set, &record, contact_cells, to) - buffer->data);
    }
    return last - first;
}

uint64_t rv_linkage_client_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const rv_linkage_set *set = ctx;
    rv_linkage_record record;
    for (uint64_t client = first; client < last; client++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return client - first;
        uint64_t contact;
        rv_linkage_client(set, client, &contact, &record);
        char *to = write_id('C', client, buffer->data + buffer->len);
        buffer->len = (size_t)(write_cells(set, &record, client_cells, to) - buffer->data);
    }
    return last - first;
}

static char *write_slips(const rv_linkage_set *set, uint64_t made, char *to) {
    if (!set->with_email) made &= ~(UINT64_C(1) << RV_SLIP_NO_EMAIL | UINT64_C(1) << RV_SLIP_NEW_EMAIL);
    bool any = false;
    for (unsigned slip = 0; slip < RV_SLIPS; slip++) {
        if ((made >> slip & 1) == 0) continue;
        if (any) *to++ = '|';
        to = stpcpy(to, rv_slip_kinds[slip].name);
        any = true;
    }
    return to;
}

uint64_t rv_linkage_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    static const char *const kinds[RV_KINDS] = {"contact", "namesake", "twin", "relative", "elsewhere"};
    const rv_linkage_set *set = ctx;
    rv_linkage_record record;
    for (uint64_t client = first; client < last; client++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return client - first;
        uint64_t contact;
        rv_linkage_kind kind = rv_linkage_client(set, client, &contact, &record);
        char *to = write_id('C', client, buffer->data + buffer->len);
        *to++ = ',';
        if (contact != UINT64_MAX) to = write_contact_id(set, contact, to);
        *to++ = ',';
        to = stpcpy(to, kinds[kind]);
        *to++ = ',';
        to = write_slips(set, record.made, to);
        *to++ = ',';
        if (contact != UINT64_MAX) {
            rv_linkage_contact(set, contact, &record);
            to = write_slips(set, record.made, to);
        }
        *to++ = '\n';
        buffer->len = (size_t)(to - buffer->data);
    }
    return last - first;
}
