/*
 * The brand's side: its customer file, what its customers bought, and the truth about who they are.
 *
 * Purchases follow the rhythm that the MBG/NBD model describes (Batislam, Denizel, Filiztekin 2007): each customer
 * buys at a rate of his or her own, and may leave for good after any purchase, the first included. Both the rate and
 * the odds of leaving hang on the person's propensity, and so do, more loosely, the attributes in the megabase: that is
 * how actives differ from sleepers.
 */
#include "date.h"
#include "random.h"
#include "synth_errors.h"
#include "synth_output.h"
#include "synth_tables.h"

#include <math.h>
#include <string.h>

static const rv_synth_style brand = {.email = 0.70,
                                     .mobile = 0.60,
                                     .landline = 0.25,
                                     .birth = 0.60,
                                     .address = 0.90,
                                     .no_accents = 0.20,
                                     .upper = 0.06,
                                     .lower = 0.08,
                                     .abbreviated = 0.20,
                                     .dates = RV_DATES_ISO,
                                     .phone_formats = 4};

static char *write_client_id(uint64_t client, char *to) {
    *to++ = 'C';
    return rv_synth_number(to, client + 1, 7);
}

void rv_synth_client_record(const rv_world *world, uint64_t client, const rv_synth_person *person, rv_dice *dice,
                            rv_synth_record *out) {
    *dice = rv_dice_of(world->seed, RV_DICE_CLIENT, client);
    bool before[RV_CHANGES];
    for (int change = 0; change < RV_CHANGES; change++)
        before[change] = person->changed_on[change] != RV_DATE_NONE && person->client_stale[change];
    rv_synth_record_make(world, person, before, &brand, dice, out);
    rv_synth_cell *id = &out->cells[RV_CELL_ID];
    id->len = (uint32_t)(write_client_id(client, id->text) - id->text);
}

/* Day of the first purchase or sign-up. */
static int32_t joined_on(const rv_world *world, uint64_t client) {
    rv_dice dice = rv_dice_of(world->seed ^ 1, RV_DICE_CLIENT, client);
    uint32_t a = rv_dice_below(&dice, 2400), b = rv_dice_below(&dice, 2400);
    if (rv_dice_below(&dice, 24) == 0) a = b = b / 8; /* one of 24 is new */
    return world->today - 5 - (int32_t)(a > b ? a : b);
}

/* The department people buy in: affinity draws them to the first two; one of eight never told. */
static const char *favourite(double affinity, unsigned pick) {
    static const char *const categories[] = {"mode",        "beaute",     "maison", "enfant",
                                             "accessoires", "chaussures", "sport"};
    if (pick % 8 == 0) return "";
    if (pick % 8 == 1 || affinity < -0.3) return categories[2 + pick % 5];
    return affinity < 0.2 ? categories[pick % 7] : categories[pick % 2];
}

/* What the brand itself knows beside the address: card, newsletter, channel and category tell a little about who buys. */
static char *write_crm(const rv_world *world, uint64_t client, const rv_synth_person *person, rv_dice *dice, char *to) {
    static const char *const cards[] = {"", "classique", "argent", "or"};
    uint64_t word = rv_dice_next(dice);
    const double one = RV_LATENT_ONE;
    double card = 0.40 * person->propensity + 0.92 * world->normal[word & 1023] / one;
    double web = (person->latent[RV_DIGITAL] + world->normal[word >> 16 & 1023]) / one;
    double reads = 0.35 * person->propensity + 0.94 * world->normal[word >> 32 & 1023] / one;
    const char *texts[] = {cards[card < -0.4  ? 0
                                 : card < 0.6 ? 1
                                 : card < 1.4 ? 2
                                              : 3],
                           (word >> 26 & 31) == 0 ? "telephone"
                           : web > 0.5            ? "web"
                                                  : "boutique",
                           reads > 0.2 ? "oui" : "non",
                           favourite(person->latent[RV_AFFINITY] / one, (unsigned)(word >> 42 & 1023))};
    to = rv_synth_number(stpcpy(to, ",M"), 1 + (word >> 10 & 63), 3);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *to++ = ',';
        to = stpcpy(to, texts[i]);
    }
    *to++ = ',';
    rv_synth_cell joined;
    rv_synth_cell_date(&joined, joined_on(world, client), RV_DATES_ISO);
    return mempcpy(to, joined.text, joined.len);
}

uint64_t rv_synth_client_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    static const rv_synth_cell_name cells[] = {RV_CELL_ID,    RV_CELL_CIVILITY, RV_CELL_FIRST,    RV_CELL_LAST,
                                               RV_CELL_EMAIL, RV_CELL_MOBILE,   RV_CELL_LANDLINE, RV_CELL_BIRTH,
                                               RV_CELL_LINE,  RV_CELL_EXTRA,    RV_CELL_POSTCODE, RV_CELL_CITY};
    const rv_world *world = ((const rv_synth_sources_plan *)ctx)->world;
    rv_synth_record record;
    for (uint64_t client = first; client < last; client++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return client - first;
        uint64_t contact;
        rv_synth_person person;
        rv_dice dice;
        rv_world_person(world, rv_world_client(world, client, &contact), &person);
        rv_synth_client_record(world, client, &person, &dice, &record);
        char *to = buffer->data + buffer->len;
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            if (c) *to++ = ',';
            to = rv_synth_put(to, record.cells[cells[c]].text, record.cells[cells[c]].len, ',');
        }
        to = write_crm(world, client, &person, &dice, to);
        *to++ = '\n';
        buffer->len = (size_t)(to - buffer->data);
    }
    return last - first;
}

uint64_t rv_synth_truth_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const rv_synth_sources_plan *plan = ctx;
    for (uint64_t client = first; client < last; client++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return client - first;
        uint64_t contact;
        rv_world_client(plan->world, client, &contact);
        char *to = write_client_id(client, buffer->data + buffer->len);
        *to++ = ',';
        if (contact != UINT64_MAX) to = rv_synth_ids_write(plan, contact, to);
        *to++ = '\n';
        buffer->len = (size_t)(to - buffer->data);
    }
    return last - first;
}

/* --- Purchases --------------------------------------------------------------------------------------------------- */

enum { MOST_ORDERS = 500 };

static char *write_order(uint64_t client, int32_t day, double amount, unsigned order, char *to) {
    rv_synth_cell date;
    rv_synth_cell_date(&date, day, RV_DATES_ISO);
    to = write_client_id(client, to);
    *to++ = ',';
    to = mempcpy(to, date.text, date.len);
    *to++ = ',';
    if (amount < 0) *to++ = '-';
    uint64_t cents = (uint64_t)(fabs(amount) * 100 + 0.5);
    to = rv_synth_number(to, cents / 100, 0);
    *to++ = '.';
    to = rv_synth_number(to, cents % 100, 2);
    *to++ = ',';
    *to++ = 'K';
    to = rv_synth_number(to, client + 1, 7);
    *to++ = '-';
    to = rv_synth_number(to, order, 0);
    *to++ = '\n';
    return to;
}

static uint64_t orders_of(const rv_world *world, uint64_t client, rv_buffer *buffer) {
    uint64_t contact, rows = 0;
    rv_synth_person person;
    rv_world_person(world, rv_world_client(world, client, &contact), &person);
    rv_random random;
    rv_random_init(&random, world->seed, UINT64_C(1) << 40 | client);
    if (rv_random_unit(&random) < 0.01) return 0; /* signed up and never bought */
    double x = person.propensity;
    double rate = rv_random_gamma(&random, 3) / 3 * 5.5 * exp(0.30 * x) / 365.25; /* a day */
    double leaving = 1 / (1 + exp(2.3 + 3.2 * x));
    double basket = 45 * exp(0.25 * person.latent[RV_AFFLUENCE] / RV_LATENT_ONE);
    double day = joined_on(world, client);
    for (unsigned order = 1; order < MOST_ORDERS && day <= world->today; order++) {
        if (!rv_buffer_reserve(buffer, RV_SYNTH_ROW_BYTES)) return rows;
        char *to = buffer->data + buffer->len;
        double amount = basket * rv_random_gamma(&random, 2) / 2 + 5, chance = rv_random_unit(&random);
        to = write_order(client, (int32_t)day, amount, order, to);
        rows++;
        if (chance < 0.03) { /* sent back; never before it was bought */
            int32_t back = (int32_t)day + 3 + (int32_t)rv_random_below(&random, 25);
            if (back <= world->today) to = write_order(client, back, -amount, order, to), rows++;
        } else if (chance < 0.06) { /* twice on one day */
            to = write_order(client, (int32_t)day, amount / 2, ++order, to);
            rows++;
        } else if (chance < 0.061) { /* dated tomorrow or later, as orders in advance are */
            to = write_order(client, world->today + 1 + (int32_t)rv_random_below(&random, 30), amount, ++order, to);
            rows++;
        }
        buffer->len = (size_t)(to - buffer->data);
        if (rv_random_unit(&random) < leaving) break;
        day += -log(1 - rv_random_unit(&random)) / rate;
    }
    return rows;
}

uint64_t rv_synth_order_rows(const void *ctx, uint64_t first, uint64_t last, rv_buffer *buffer) {
    const rv_world *world = ((const rv_synth_sources_plan *)ctx)->world;
    uint64_t rows = 0;
    for (uint64_t client = first; client < last; client++) rows += orders_of(world, client, buffer);
    return rows;
}
