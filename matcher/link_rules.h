/*
 * Blocking rules: the keys of a row. Two people who share a key of a rule are worth a comparison.
 *
 * A rule asks for few fields, and every field is left out by many rules, so that someone whose name, address and birth
 * date are each half wrong shares a key with his other self still. Whatever could be in the other column is asked for
 * without saying which: first and last name, mobile and telephone, day and month.
 */
#ifndef RV_LINK_RULES_H
#define RV_LINK_RULES_H

#include "link_compare.h"

typedef enum rv_rule {
    RV_RULE_EMAIL,
    RV_RULE_PHONE,
    RV_RULE_IDENTIFIER,
    RV_RULE_LAST_POSTCODE,
    RV_RULE_LAST_CITY,
    RV_RULE_FIRST_BIRTH,
    RV_RULE_LAST_BIRTH,
    RV_RULE_NAMES,
    RV_RULE_NAMES_YEAR,
    RV_RULE_NAMES_PLACE,
    RV_RULE_BIRTH_PLACE,
    RV_RULE_FIRST_BIRTH_PART,
    RV_RULE_LAST_BIRTH_PART,
    RV_RULE_FIRST_PLACE_YEAR,
    RV_RULE_STREET_PLACE,
    RV_RULE_STREET_NAME,
    RV_RULE_PHONE_PART,
    RV_RULES_NARROW, /* those that follow have long lists in large files, and get what the others leave of the budget */
    RV_RULE_EMAIL_PART = RV_RULES_NARROW,
    RV_RULE_IDENTIFIER_PART,
    RV_RULE_BIRTH,
    RV_RULE_STREET_NUMBER,
    RV_RULE_HOME_INITIAL,
    RV_RULE_LAST_INITIAL,
    RV_RULE_BEGINNINGS,
    RV_RULE_BEGINNING_YEAR,
    RV_RULE_BEGINNING_PLACE,
    RV_RULE_LAST,
    RV_RULE_FIRST,
    RV_RULE_YEAR_PLACE,
    RV_RULE_HOME,
    RV_RULE_CROSSWISE,
    RV_RULE_COMPARE,
    RV_RULE_COUNT
} rv_rule;
/* 1 << rv_rule. What the others find in large files, those of large files find too, with few candidates. */
extern const uint32_t rv_rules_of_small_files, rv_rules_of_large_files;
const char *rv_rule_name(rv_rule rule);
uint32_t rv_rule_fields(rv_rule rule); /* 1 << rv_link_field */

/* What keys need of words, told once a word. */
typedef struct rv_name_parts {
    uint32_t token[3]; /* phonetic, of its first words, particles left out; 0: no more */
    uint32_t begin;    /* its first three letters; the lowest five bits are the first one */
    uint32_t end;      /* its last three letters */
} rv_name_parts;
typedef struct rv_two_parts { /* an e-mail's name; its domain with the name's first letters */
    uint32_t a, b;
} rv_two_parts;
typedef struct rv_number_parts {
    uint32_t end, head, digits; /* digits: the same for all orders of them */
} rv_number_parts;
typedef struct rv_link_parts {
    const rv_link_people *people;
    rv_name_parts *names; /* per code of RV_WORDS_NAME */
    uint32_t *streets;    /* the telling word, phonetic */
    rv_two_parts *emails;     /* NULL: no rule asks for them, or nobody has any */
    rv_number_parts *numbers; /* the same */
} rv_link_parts;
uint64_t rv_link_parts_bytes(const rv_link_people *people);
/* As far as these rules (1 << rv_rule) need them. */
rv_status rv_link_parts_new(const rv_link_people *people, uint32_t rules, int threads, rv_link_parts *out,
                            rv_error *err);
void rv_link_parts_free(rv_link_parts *parts);

enum { RV_RULE_KEYS_MAX = 128 };
typedef struct rv_rule_key {
    uint32_t hash;
    uint32_t rule;
} rv_rule_key;
/* The keys of a row by some rules (1 << rv_rule), in order of rules; each once. Returns how many. */
unsigned rv_link_keys(const rv_link_parts *parts, const rv_link_table *table, uint32_t row, uint32_t rules,
                      rv_rule_key out[RV_RULE_KEYS_MAX]);

/* Asks the caches for what rv_link_keys will read of a row. Inlined by force: a function that only asks has no effect that
 * gcc knows of, and its calls go. */
RV_INLINE void rv_link_keys_ask(const rv_link_parts *parts, const rv_link_row *row) {
    __builtin_prefetch(&parts->names[row->first]);
    __builtin_prefetch(&parts->names[row->last]);
    __builtin_prefetch(&parts->streets[row->street]);
}

#endif
