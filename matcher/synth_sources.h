/*
 * Five partners who each know some of the contacts and ask for other things, under other names, in another order:
 * a loyalty card, a web shop, a press group, an insurer, a prize-game site. What they know of one person differs with
 * the date of the row. A contact is known to one to five of them, and twice to one of them now and then.
 */
#ifndef RV_SYNTH_SOURCES_H
#define RV_SYNTH_SOURCES_H

#include "synth_attributes.h"
#include "synth_record.h"

enum { RV_SYNTH_SOURCES = 5, RV_SYNTH_COLUMNS = 16 };
typedef struct rv_synth_source {
    const char *name, *prefix; /* of the ids */
    unsigned id_digits;
    double share; /* weight among the sources of a contact */
    int from, to; /* days before today of the oldest and newest row; `to` is the file's date */
    char separator;
    bool cp1252;
    rv_synth_style style;
    struct {
        const char *header;
        rv_synth_cell_name cell;
        const char *role;
    } columns[RV_SYNTH_COLUMNS]; /* NULL ends */
} rv_synth_source;
extern const rv_synth_source rv_synth_sources[RV_SYNTH_SOURCES];

typedef struct rv_synth_sources_plan {
    const rv_world *world;
    rv_attribute_plan attributes;
    uint8_t memberships[1024]; /* sets of sources, as often as they occur */
    struct rv_synth_source_plan {
        const struct rv_synth_sources_plan *all;
        unsigned number;
        rv_permutation rows, ids; /* order of the file; number of the contact in the ids */
        unsigned n_attributes, attributes[RV_SYNTH_ATTRIBUTES]; /* in the order of the columns */
        char header[4096];
        uint32_t header_len;
    } sources[RV_SYNTH_SOURCES];
} rv_synth_sources_plan;
/* As it points into itself, the plan stays where it was made. */
void rv_synth_sources_plan_make(rv_synth_sources_plan *plan, const rv_world *world);

/* Rows of the contact in the source: 0, 1 or, rarely, 2. */
unsigned rv_synth_rows_of(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact);
/* Id of that row; returns the end, at most 24 bytes. */
char *rv_synth_id_write(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact, unsigned copy, char *to);
/* All ids of a contact, joined by '|'; at most 256 bytes. */
char *rv_synth_ids_write(const rv_synth_sources_plan *plan, uint64_t contact, char *to);
/* The contact cells of a row, and the day it was updated. */
int32_t rv_synth_source_record(const rv_synth_sources_plan *plan, unsigned source, uint64_t contact, unsigned copy,
                               const rv_synth_person *person, rv_dice *dice, rv_synth_record *out);

#endif
