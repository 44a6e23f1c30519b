/* See synth_sources.h. The rates of the styles, weighted by the sources' shares, give the documented ones: e-mail on
 * 70 % of the rows, mobile on 60 %, birth date on 60 %, address on 90 %. */
#include "synth_sources.h"

#include "synth_errors.h"
#include "synth_output.h"
#include "synth_tables.h"

#include <string.h>

/* clang-format off */
const rv_synth_source rv_synth_sources[RV_SYNTH_SOURCES] = {
    {.name = "fidelis", .prefix = "FID", .id_digits = 9, .share = 0.40, .from = 1900, .to = 40, .separator = ';',
     .cp1252 = true,
     .style = {.email = 0.59, .mobile = 0.60, .landline = 0.30, .birth = 0.70, .address = 0.93, .no_accents = 0.15,
               .upper = 0.05, .lower = 0.02, .abbreviated = 0.30, .dates = RV_DATES_SLASHED, .phone_formats = 3,
               .last_upper = true},
     .columns = {{"num_carte", RV_CELL_ID, "id"}, {"civilite", RV_CELL_CIVILITY, "civility"},
                 {"nom", RV_CELL_LAST, "last_name"}, {"prenom", RV_CELL_FIRST, "first_name"},
                 {"date_naissance", RV_CELL_BIRTH, "birth_date"}, {"adresse", RV_CELL_LINE, "address_line"},
                 {"complement", RV_CELL_EXTRA, "address_extra"}, {"code_postal", RV_CELL_POSTCODE, "postcode"},
                 {"ville", RV_CELL_CITY, "city"}, {"tel_fixe", RV_CELL_LANDLINE, "phone"},
                 {"tel_portable", RV_CELL_MOBILE, "mobile"}, {"email", RV_CELL_EMAIL, "email"},
                 {"date_maj", RV_CELL_UPDATED, "updated_on"}}},
    {.name = "boutique_web", .prefix = "", .id_digits = 10, .share = 0.35, .from = 1500, .to = 10, .separator = ',',
     .style = {.email = 0.97, .mobile = 0.62, .landline = 0, .birth = 0.38, .address = 0.93, .no_accents = 0.25,
               .upper = 0.05, .lower = 0.12, .abbreviated = 0.15, .dates = RV_DATES_ISO, .phone_formats = 7},
     .columns = {{"customer_id", RV_CELL_ID, "id"}, {"mail", RV_CELL_EMAIL, "email"},
                 {"firstname", RV_CELL_FIRST, "first_name"}, {"lastname", RV_CELL_LAST, "last_name"},
                 {"birthdate", RV_CELL_BIRTH, "birth_date"}, {"cell_phone", RV_CELL_MOBILE, "mobile"},
                 {"street_line", RV_CELL_LINE, "address_line"}, {"zip", RV_CELL_POSTCODE, "postcode"},
                 {"town", RV_CELL_CITY, "city"}, {"last_visit", RV_CELL_SEEN, "last_seen"},
                 {"updated_at", RV_CELL_UPDATED, "updated_on"}}},
    {.name = "presse", .prefix = "AB-", .id_digits = 8, .share = 0.28, .from = 2600, .to = 330, .separator = ';',
     .style = {.email = 0.38, .mobile = 0.35, .landline = 0.45, .birth = 0.40, .address = 0.995, .no_accents = 1,
               .upper = 1, .lower = 0, .abbreviated = 0.85, .dates = RV_DATES_DOTTED, .phone_formats = 2},
     .columns = {{"abonne", RV_CELL_ID, "id"}, {"identite", RV_CELL_FULL, "full_name"},
                 {"ligne_complement", RV_CELL_EXTRA, "address_extra"}, {"ligne_adresse", RV_CELL_LINE, "address_line"},
                 {"cp", RV_CELL_POSTCODE, "postcode"}, {"commune", RV_CELL_CITY, "city"},
                 {"telephone_fixe", RV_CELL_LANDLINE, "phone"}, {"telephone_mobile", RV_CELL_MOBILE, "mobile"},
                 {"courriel", RV_CELL_EMAIL, "email"}, {"ne_le", RV_CELL_BIRTH, "birth_date"},
                 {"maj_le", RV_CELL_UPDATED, "updated_on"}}},
    {.name = "assur", .prefix = "A", .id_digits = 11, .share = 0.23, .from = 2200, .to = 120, .separator = ',',
     .style = {.email = 0.80, .mobile = 0.80, .landline = 0.20, .birth = 0.92, .address = 0.80, .no_accents = 0.10,
               .upper = 0.02, .lower = 0.01, .abbreviated = 0.20, .dates = RV_DATES_COMPACT, .phone_formats = 1,
               .last_upper = true},
     .columns = {{"ref_assure", RV_CELL_ID, "id"}, {"sexe", RV_CELL_SEX, "sex"},
                 {"nom_usage", RV_CELL_LAST, "last_name"}, {"prenoms", RV_CELL_FIRST, "first_name"},
                 {"naissance", RV_CELL_BIRTH, "birth_date"}, {"tel", RV_CELL_LANDLINE, "phone"},
                 {"portable", RV_CELL_MOBILE, "mobile"}, {"adresse_mail", RV_CELL_EMAIL, "email"},
                 {"num_voie", RV_CELL_NUMBER, "street_number"}, {"voie", RV_CELL_STREET, "street"},
                 {"codepostal", RV_CELL_POSTCODE, "postcode"}, {"localite", RV_CELL_CITY, "city"},
                 {"modifie_le", RV_CELL_UPDATED, "updated_on"}}},
    {.name = "jeux", .prefix = "u", .id_digits = 9, .share = 0.20, .from = 2000, .to = 60, .separator = ',',
     .style = {.email = 0.80, .mobile = 0.68, .landline = 0.05, .birth = 0.70, .address = 0.76, .no_accents = 0.40,
               .upper = 0.08, .lower = 0.20, .abbreviated = 0.20, .dates = RV_DATES_SLASHED, .phone_formats = 5},
     .columns = {{"uid", RV_CELL_ID, "id"}, {"date_inscription", RV_CELL_UPDATED, "updated_on"},
                 {"prenom_joueur", RV_CELL_FIRST, "first_name"}, {"nom_joueur", RV_CELL_LAST, "last_name"},
                 {"courrier_electronique", RV_CELL_EMAIL, "email"}, {"gsm", RV_CELL_MOBILE, "mobile"},
                 {"anniversaire", RV_CELL_BIRTH, "birth_date"}, {"adresse1", RV_CELL_LINE, "address_line"},
                 {"adresse2", RV_CELL_EXTRA, "address_extra"}, {"code", RV_CELL_POSTCODE, "postcode"},
                 {"ville_joueur", RV_CELL_CITY, "city"}}},
};
/* clang-format on */

/* Sets of k sources weigh as the product of their shares; k is 1 for 64 %, 2 for 27 %, 3 for 7 %, 4 for 2 %. */
static void make_memberships(uint8_t out[1024]) {
    static const double of_size[] = {0, 0.64, 0.27, 0.07, 0.02, 0};
    double weight[32], sum[6] = {0};
    for (unsigned set = 1; set < 32; set++) {
        weight[set] = 1;
        for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++)
            if (set >> s & 1) weight[set] *= rv_synth_sources[s].share;
        sum[__builtin_popcount(set)] += weight[set];
    }
    unsigned filled = 0;
    double upto = 0;
    for (unsigned set = 1; set < 32; set++) {
        int size = __builtin_popcount(set);
        upto += weight[set] / sum[size] * of_size[size];
        while (filled < 1024 && filled + 0.5 < upto * 1024) out[filled++] = (uint8_t)set;
    }
    while (filled < 1024) out[filled++] = 1;
}

static void plan_source(rv_synth_sources_plan *plan, unsigned s) {
    const rv_synth_source *source = &rv_synth_sources[s];
    struct rv_synth_source_plan *p = &plan->sources[s];
    p->all = plan;
    p->number = s;
    p->rows = rv_permutation_of(plan->world->contacts, plan->world->seed ^ (0x50 + s));
    p->ids = rv_permutation_of(2 * plan->world->contacts, plan->world->seed ^ (0x60 + s));
    for (unsigned i = 0; i < RV_SYNTH_ATTRIBUTES; i++) { /* each source begins elsewhere in the list, and steps on */
        unsigned a = (i * (2 * s + 1) + 13 * s) % RV_SYNTH_ATTRIBUTES;
        if (rv_synth_attributes[a].sources >> s & 1) p->attributes[p->n_attributes++] = a;
    }
    char *to = p->header;
    for (unsigned c = 0; source->columns[c].header; c++) {
        if (c) *to++ = source->separator;
        to = stpcpy(to, source->columns[c].header);
    }
    for (unsigned i = 0; i < p->n_attributes; i++) {
        *to++ = source->separator;
        to = stpcpy(to, rv_synth_attributes[p->attributes[i]].name);
    }
    if (s == RV_SYNTH_BASKET_SOURCE) {
        *to++ = source->separator;
        to = stpcpy(to, RV_SYNTH_BASKET);
    }
    *to++ = '\n';
    *to = '\0';
}

void rv_synth_sources_plan_make(rv_synth_sources_plan *plan, const rv_world *world) {
    memset(plan, 0, sizeof *plan);
    plan->world = world;
    rv_attribute_plan_make(&plan->attributes);
    make_memberships(plan->memberships);
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) plan_source(plan, s);
}

unsigned rv_synth_rows_of(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact) {
    rv_dice dice = rv_dice_of(plan->world->seed, RV_DICE_MEMBERSHIP, contact);
    if ((plan->memberships[dice.state & 1023] >> source & 1) == 0) return 0;
    return (dice.state >> (16 + 7 * source) & 127) == 0 ? 2 : 1;
}

char *rv_synth_id_write(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact, unsigned copy, char *to) {
    to = stpcpy(to, rv_synth_sources[source].prefix);
    uint64_t number = rv_permutation_at(&plan->sources[source].ids, contact + copy * plan->world->contacts);
    return rv_synth_number(to, number + 1, rv_synth_sources[source].id_digits);
}

char *rv_synth_ids_write(const rv_synth_sources_plan *plan, uint64_t contact, char *to) {
    bool first = true;
    for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) {
        unsigned n = rv_synth_rows_of(plan, s, contact);
        for (unsigned copy = 0; copy < n; copy++, first = false) {
            if (!first) *to++ = '|';
            to = rv_synth_id_write(plan, s, contact, copy, to);
        }
    }
    return to;
}

int32_t rv_synth_source_record(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact, unsigned copy,
                               const rv_synth_person *person, rv_dice *dice, rv_synth_record *out) {
    const rv_synth_source *s = &rv_synth_sources[source];
    const rv_world *world = plan->world;
    *dice = rv_dice_of(world->seed, RV_DICE_SOURCE + source, 2 * contact + copy);
    int32_t updated = world->today - s->from + (int32_t)rv_dice_below(dice, (uint32_t)(s->from - s->to + 1));
    bool before[RV_CHANGES];
    for (int change = 0; change < RV_CHANGES; change++) before[change] = updated < person->changed_on[change];
    rv_synth_record_make(world, person, before, &s->style, dice, out);
    rv_synth_cell *id = &out->cells[RV_CELL_ID];
    id->len = (uint32_t)(rv_synth_id_write(plan, source, contact, copy, id->text) - id->text);
    rv_synth_cell_date(&out->cells[RV_CELL_UPDATED], updated, s->style.dates);
    /* Seen on line lately: the likelier, the more digital. */
    int32_t ago = (int32_t)(rv_dice_next(dice) % (person->latent[RV_DIGITAL] > 0 ? 60 : 700));
    int32_t seen = world->today - s->to - ago;
    rv_synth_cell_date(&out->cells[RV_CELL_SEEN], seen > updated ? seen : updated, s->style.dates);
    return updated;
}

/* --- Rows -------------------------------------------------------------------------------------------------------- */

static char *write_row(const struct rv_synth_source_plan *p, const rv_synth_person *person, rv_dice *dice,
                       rv_synth_record *record, char *to) {
    static const char *const blanks[] = {"NULL", "N/A", "-", "NC"};
    const rv_synth_source *source = &rv_synth_sources[p->number];
    uint64_t word = rv_dice_next(dice);
    const char *blank = (word & 63) == 0 ? blanks[word >> 6 & 3] : ""; /* what this row writes where it knows nothing */
    for (unsigned c = 0; source->columns[c].header; c++) {
        const rv_synth_cell *cell = &record->cells[source->columns[c].cell];
        if (c) *to++ = source->separator;
        if (cell->len) to = rv_synth_put(to, cell->text, cell->len, source->separator);
        else if (*blank) to = stpcpy(to, blank);
    }
    const rv_synth_sources_plan *plan = p->all;
    for (unsigned i = 0; i < p->n_attributes; i++) {
        *to++ = source->separator;
        if (i % 3 == 0) word = rv_dice_next(dice);
        to = rv_synth_value_write(&plan->attributes, plan->world, person, p->attributes[i], word >> i % 3 * 21, to);
    }
    if (p->number == RV_SYNTH_BASKET_SOURCE) {
        *to++ = source->separator;
        int32_t euros = 60 + (person->latent[RV_AFFLUENCE] + person->latent[RV_AFFINITY]) / 40 + (int32_t)(word & 31);
        to = stpcpy(rv_synth_number(to, (uint64_t)(euros < 5 ? 5 : euros), 0), (word >> 5 & 1) ? ".50" : ".00");
    }
    *to++ = '\n';
    return to;
}

uint64_t rv_synth_source_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const struct rv_synth_source_plan *p = ctx;
    const rv_synth_sources_plan *plan = p->all;
    rv_synth_record record;
    uint64_t rows = 0;
    for (uint64_t at = first; at < last; at++) {
        uint64_t contact = rv_permutation_at(&p->rows, at);
        unsigned n = rv_synth_rows_of(plan, p->number, contact);
        if (n == 0) continue;
        rv_synth_person person;
        rv_world_person(plan->world, rv_world_contact(plan->world, contact), &person);
        for (unsigned copy = 0; copy < n; copy++, rows++) {
            if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return rows;
            rv_dice dice;
            rv_synth_source_record(plan, p->number, contact, copy, &person, &dice, &record);
            char *start = buffer->data + buffer->len;
            size_t len = (size_t)(write_row(p, &person, &dice, &record, start) - start);
            buffer->len += rv_synth_sources[p->number].cp1252 ? rv_synth_to_cp1252(start, len) : len;
        }
    }
    return rows;
}

/* Which contact is behind each id: the truth of `build`. */
uint64_t rv_synth_contact_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const rv_synth_sources_plan *plan = ctx;
    uint64_t rows = 0;
    for (uint64_t contact = first; contact < last; contact++) {
        for (unsigned s = 0; s < RV_SYNTH_SOURCES; s++) {
            unsigned n = rv_synth_rows_of(plan, s, contact);
            for (unsigned copy = 0; copy < n; copy++, rows++) {
                if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return rows;
                char *to = buffer->data + buffer->len;
                to = rv_synth_id_write(plan, s, contact, copy, to);
                *to++ = ',';
                to = rv_synth_number(to, contact + 1, 0);
                *to++ = '\n';
                buffer->len = (size_t)(to - buffer->data);
            }
        }
    }
    return rows;
}
