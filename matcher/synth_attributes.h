/*
 * The 64 attributes of the world, each a noisy look at one to three of the latent factors of a person, cut into at most
 * 15 values, with gaps; some are common and say nothing. Two more are wide: an amount and a date.
 *
 * A value belongs to the person, not to the row: sources that both ask for it agree, but for a slip in one of twelve.
 */
#ifndef RV_SYNTH_ATTRIBUTES_H
#define RV_SYNTH_ATTRIBUTES_H

#include "synth_world.h"

enum { RV_SYNTH_ATTRIBUTES = 64, RV_SYNTH_VALUES = 15 };
typedef enum rv_synth_kind { RV_KIND_WORDS, RV_KIND_LEVELS, RV_KIND_FLAG } rv_synth_kind;
typedef struct rv_synth_attribute {
    const char *name;
    rv_synth_kind kind;
    uint8_t values;    /* 2..15 */
    const char *words; /* RV_KIND_WORDS: separated by blanks */
    struct {
        int8_t latent, percent;
    } loads[3];      /* weight of a latent in percent, 0 ends */
    uint8_t noise;   /* percent; weights and noise are scaled to unit variance together */
    uint8_t fall;    /* each value is this percent as frequent as the one before it: 100 is even */
    uint8_t missing; /* percent of rows of a source that carries it */
    uint8_t sources; /* bit s: source s carries it */
    bool sensitive;
} rv_synth_attribute;
extern const rv_synth_attribute rv_synth_attributes[RV_SYNTH_ATTRIBUTES];

/* Values as text, and per attribute a table from the noisy latent to the value. */
typedef struct rv_attribute_plan {
    struct {
        uint8_t len;
        char text[15];
    } words[RV_SYNTH_ATTRIBUTES][RV_SYNTH_VALUES];
    int16_t weights[RV_SYNTH_ATTRIBUTES][4]; /* of three latents and the noise, in 1/1024 */
    uint8_t latents[RV_SYNTH_ATTRIBUTES][3];
    uint8_t value[RV_SYNTH_ATTRIBUTES][256]; /* of the position from -4 to 4 deviations */
} rv_attribute_plan;
void rv_attribute_plan_make(rv_attribute_plan *plan);

/* The true value of a person, 0..values-1. */
unsigned rv_synth_value(const rv_attribute_plan *plan, const rv_world *world, const rv_synth_person *person,
                        unsigned attribute);
/* What a row of a source that carries it says: the end of the text, which is empty when it's missing. */
char *rv_synth_value_write(const rv_attribute_plan *plan, const rv_world *world, const rv_synth_person *person,
                           unsigned attribute, uint64_t row_word, char *to);

#endif
