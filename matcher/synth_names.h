/*
 * Names by real frequency, so that namesakes abound: first names by sex and generation, some five hundred surnames in
 * their order of frequency, and behind them a long tail of rare ones put together from syllables. The commonest
 * surname is borne by 0.35 % of the people, the first five hundred by a sixth, as in France.
 */
#ifndef RV_SYNTH_NAMES_H
#define RV_SYNTH_NAMES_H

#include "synth_sampling.h"

enum { RV_GENERATIONS = 4, RV_TAIL_NAMES = 245760, RV_NAME_BYTES = 48 };
typedef struct rv_first_name {
    const char *text;
    uint8_t weight[RV_GENERATIONS]; /* born before 1945, 1945-1964, 1965-1984, since 1985 */
} rv_first_name;
extern const rv_first_name rv_first_names_female[], rv_first_names_male[];
extern const uint32_t rv_first_names_female_count, rv_first_names_male_count;
extern const char *const rv_last_names[]; /* commonest first */
extern const uint32_t rv_last_names_count;

typedef struct rv_names {
    rv_alias first[2][RV_GENERATIONS]; /* by female, generation */
    rv_alias last;                     /* the known ones, and the tail as one more slot */
} rv_names;
rv_status rv_names_new(rv_names *out, rv_error *err);
void rv_names_reset(rv_names *names);

uint32_t rv_names_pick_first(const rv_names *names, bool female, int birth_year, uint64_t word);
uint32_t rv_names_pick_last(const rv_names *names, uint64_t word, uint64_t tail_word);
/* UTF-8 with accents; both return the end, within RV_NAME_BYTES of `to`, and write no zero. */
char *rv_first_name_write(bool female, uint32_t id, char *to);
char *rv_last_name_write(uint32_t id, char *to);

#endif
