/*
 * What is known of first names: whose they are, and which are short or other forms of one another. Two names that are
 * both known and differ are two people (JEAN, JEANNE), however small the difference; an unknown one beside a known one
 * may be a typing error.
 */
#ifndef RV_FIRST_NAME_H
#define RV_FIRST_NAME_H

#include "text.h"

enum { RV_FIRST_NAME_UNKNOWN, RV_FIRST_NAME_MALE, RV_FIRST_NAME_FEMALE, RV_FIRST_NAME_BOTH };
typedef struct rv_first_name {
    char name[13];
    uint8_t sex;
} rv_first_name;
extern const rv_first_name rv_first_names[]; /* ascending */
extern const size_t rv_first_names_count;

/* RV_FIRST_NAME_*: of one word in canonical capitals. */
int rv_first_name_find(rv_text word);
/* Short or other forms of one name: FRED and FREDERIC, MATHIEU and MATTHIEU. One word each. */
bool rv_first_name_same(rv_text a, rv_text b);
/* The groups that have the word, each as one of RV_FIRST_NAME_GROUPS bits that several groups share: words without a bit
 * in common aren't the same. */
enum { RV_FIRST_NAME_GROUPS = 9 };
uint32_t rv_first_name_groups(rv_text word);
/* The groups of forms, as they are kept: words parted by blanks. For tests. */
const char *const *rv_first_name_forms(size_t *n);

#endif
