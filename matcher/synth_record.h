/*
 * One person as one file tells it: the contact cells of a row, in the habits of that file (what it asks for, how it
 * writes dates and phones, whether it keeps accents), with the errors and gaps of the row itself.
 */
#ifndef RV_SYNTH_RECORD_H
#define RV_SYNTH_RECORD_H

#include "synth_world.h"

/* Rates per row. */
#define RV_SYNTH_NAME_ERRORS 0.08    /* a typing error in the first or last name... */
#define RV_SYNTH_ADDRESS_ERRORS 0.08 /* ... or in the street or city: together 15 % of the rows */
#define RV_SYNTH_EMAIL_ERRORS 0.01
#define RV_SYNTH_BIRTH_ERRORS 0.01
#define RV_SYNTH_STOP_VALUES 0.003 /* info@, 0600000000, NC, 01/01/1900: for each kind of cell */

enum { RV_CELL_BYTES = 160 };
typedef enum rv_synth_cell_name {
    RV_CELL_ID,
    RV_CELL_CIVILITY,
    RV_CELL_SEX,
    RV_CELL_FIRST,
    RV_CELL_LAST,
    RV_CELL_FULL,
    RV_CELL_BIRTH,
    RV_CELL_EMAIL,
    RV_CELL_MOBILE,
    RV_CELL_LANDLINE,
    RV_CELL_PHONE,
    RV_CELL_NUMBER,
    RV_CELL_STREET,
    RV_CELL_LINE,
    RV_CELL_EXTRA,
    RV_CELL_POSTCODE,
    RV_CELL_CITY,
    RV_CELL_UPDATED,
    RV_CELL_SEEN,
    RV_CELLS
} rv_synth_cell_name;
typedef struct rv_synth_cell {
    uint32_t len;
    char text[RV_CELL_BYTES];
} rv_synth_cell;

typedef enum rv_synth_dates { RV_DATES_ISO, RV_DATES_SLASHED, RV_DATES_DOTTED, RV_DATES_COMPACT } rv_synth_dates;
typedef struct rv_synth_style {
    double email, mobile, landline, birth, address; /* shares of rows that have it */
    double no_accents, upper, lower, abbreviated;   /* shares of rows written so */
    rv_synth_dates dates;
    unsigned phone_formats; /* how many of the formats are met: 1 is plain digits only */
    bool last_upper;        /* last names in capitals, as French forms ask */
} rv_synth_style;

typedef struct rv_synth_record {
    rv_synth_cell cells[RV_CELLS];
    bool truth_typo; /* a typing error was made in a name or an address: for the tests of the rates */
} rv_synth_record;
/* All cells but ID, UPDATED and SEEN. `before[change]`: the row knows the state before it. */
void rv_synth_record_make(const rv_world *world, const rv_synth_person *person, const bool before[RV_CHANGES],
                          const rv_synth_style *style, rv_dice *dice, rv_synth_record *out);
void rv_synth_cell_date(rv_synth_cell *cell, int32_t date, rv_synth_dates format);
/* Ten digits as people write them; format 0: as they are, others below 7. */
void rv_synth_cell_phone(rv_synth_cell *cell, const char digits[10], unsigned format);
/* The person's address, or the one of before, with slips and capitals. */
void rv_synth_cell_email(const rv_world *world, const rv_synth_person *person, bool before, rv_dice *dice,
                         rv_synth_cell *cell);

#endif
