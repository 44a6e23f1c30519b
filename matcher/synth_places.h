/*
 * Places: the larger communes with their postcode and rough population (Paris, Marseille and Lyon by arrondissement),
 * and behind them 32,768 small ones with made-up names in a real department; streets as French streets are called.
 * Half of the people live in a small commune, as in France. An address is a pure function of two words of dice.
 */
#ifndef RV_SYNTH_PLACES_H
#define RV_SYNTH_PLACES_H

#include "synth_sampling.h"

typedef struct rv_commune {
    const char *name;
    uint32_t postcode;   /* 1000..98999; written with five digits */
    uint32_t population; /* thousands */
} rv_commune;
extern const rv_commune rv_communes[];
extern const uint32_t rv_communes_count;

enum { RV_SMALL_COMMUNES = 32768, RV_PLACE_BYTES = 96 };
typedef struct rv_places {
    rv_alias communes; /* the large ones by population */
    rv_alias types;    /* of streets */
} rv_places;
rv_status rv_places_new(rv_places *out, rv_error *err);
void rv_places_reset(rv_places *places);

typedef struct rv_synth_address {
    uint32_t commune; /* below rv_communes_count: a large one */
    uint32_t postcode;
    uint16_t number; /* 0: none (a hamlet) */
    uint8_t repeat;  /* 0, or 1 bis, 2 ter */
    uint8_t type;
    uint16_t street;
    uint8_t extra;        /* kind of second line: 0 none */
    uint8_t extra_number; /* 1..60 */
    bool urban;
} rv_synth_address;
/* `commune_word` names the commune, `street_word` the door in it: people who move within their commune keep the one. */
void rv_synth_address_make(const rv_places *places, uint64_t commune_word, uint64_t street_word, rv_synth_address *out);

/* Pieces of text, UTF-8; each returns the end, within RV_PLACE_BYTES of `to`. */
char *rv_synth_address_write_type(const rv_synth_address *address, bool abbreviated, char *to);
char *rv_synth_address_write_street(const rv_synth_address *address, char *to); /* "du Général de Gaulle" */
char *rv_synth_address_write_number(const rv_synth_address *address, char *to); /* "12 bis", or nothing */
char *rv_synth_address_write_extra(const rv_synth_address *address, char *to);  /* "Bât. C", or nothing */
char *rv_synth_address_write_city(const rv_synth_address *address, char *to);

#endif
