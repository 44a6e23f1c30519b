/*
 * How French names and addresses get written otherwise than they are, beyond slips of the fingers (synth_errors.h): by
 * ear, in short, without their small words, or through the wrong code page. For the linkage set.
 *
 * All work in place on UTF-8 and return the new length; unchanged text keeps its length and its bytes. `room` is how
 * many bytes the text may take.
 */
#ifndef RV_SYNTH_SLIPS_H
#define RV_SYNTH_SLIPS_H

#include "synth_sampling.h"

/* One sound written another way: Thibault, Thibaut; Philippe, Filippe; Meyer, Meier. */
size_t rv_synth_respell(char *text, size_t len, size_t room, rv_dice *dice);
/* Frédéric, Fred; only the whole name, as the tables of first names write it. */
size_t rv_synth_nickname(char *text, size_t len);
/* Jean-Pierre: Jean Pierre, Jeanpierre, Jean, J-Pierre, J-P, JP. */
size_t rv_synth_uncompound(char *text, size_t len, rv_dice *dice);
/* De Oliveira: Oliveira, Deoliveira. */
size_t rv_synth_unparticle(char *text, size_t len, rv_dice *dice);
/* rue de l'Église: rue Église; rue du 8 Mai 1945: rue 8 Mai 1945. The first small word goes. */
size_t rv_synth_drop_small_word(char *text, size_t len);
/* Accents through a wrong code page: Ã© for é, or ?, or U+FFFD, the same for the whole text. `form` below 3. */
size_t rv_synth_mojibake(char *text, size_t len, size_t room, unsigned form);
/* One digit another one, or two neighbours swapped. */
void rv_synth_digit_typo(char *text, size_t len, rv_dice *dice);

#endif
