/*
 * The people of one file, as linkage compares them: codes instead of texts. Every distinct word of a kind stands once in
 * a dictionary that both files share, so that equal codes are equal texts, similarity is worked out per pair of words and
 * what is told of a word (its phonetic code, how many rows bear it) is told once.
 *
 * A row is a fixed record of 64 bytes, one cache line: candidates are compared at random, a hundred million in a job.
 * What a row lacks is code 0. A birth date is kept as its digits and not as a day: a date that can't be (1930-53-24) is a
 * date with a typing error, and tells as much as another one. Month and day 00: not told. Memory: 64 bytes a row, 4 for
 * each `compare` column, and the distinct words.
 *
 * Tables are the same whatever the number of threads: codes go by first appearance in the order of the file, left file
 * first. Read-only once loaded, and shareable.
 */
#ifndef RV_LINK_TABLE_H
#define RV_LINK_TABLE_H

#include "person.h"
#include "report.h"

/* Dictionaries. First and last names share one, so that a row with the two swapped is seen by comparing codes. */
typedef enum rv_link_words_kind {
    RV_WORDS_NAME,   /* canonical capitals, several words joined by blanks */
    RV_WORDS_STREET, /* name of the street without its type; extra lines */
    RV_WORDS_PLACE,  /* cities, regions, countries */
    RV_WORDS_NUMBER, /* postcodes, phones in E.164 or digits, street numbers, identifiers */
    RV_WORDS_EMAIL,  /* folded */
    RV_WORDS_OTHER,  /* `compare` columns, in canonical capitals */
    RV_WORDS_KINDS
} rv_link_words_kind;

enum { RV_LINK_WORD_START_BITS = 40, RV_LINK_WORD_MAX = 1023 };
typedef struct rv_link_word {
    uint64_t start : RV_LINK_WORD_START_BITS; /* of its text in the dictionary's bytes */
    uint64_t len : 10;
    uint64_t begin : 5;  /* names, streets, places: its first byte's lowest bits; else 0 */
    uint64_t groups : 9; /* names: rv_first_name_groups; else 0 */
    union {
        struct {               /* names, streets, places */
            uint32_t phonetic; /* hash of rv_phonetic of the whole */
            uint32_t letters;  /* rv_letter_set */
        };
        uint64_t head; /* numbers, e-mails and others: the first eight bytes, zeros behind */
    };
} rv_link_word;

typedef struct rv_link_words {
    rv_link_word *words; /* n, in pages of their own; words[0] is the missing one */
    uint32_t n;
    char *bytes; /* 16 readable bytes follow the last word */
} rv_link_words;
static inline rv_text rv_link_text(const rv_link_words *words, uint32_t code) {
    return rv_text_make(words->bytes + words->words[code].start, words->words[code].len);
}

typedef struct rv_link_row {
    uint32_t first, last, birth_name; /* RV_WORDS_NAME */
    uint32_t birth;                   /* yyyymmdd as eight decimal digits, below */
    uint32_t street, extra;           /* RV_WORDS_STREET */
    uint32_t number, postcode;        /* RV_WORDS_NUMBER */
    uint32_t city, region;            /* RV_WORDS_PLACE */
    uint32_t mobile, phone;           /* RV_WORDS_NUMBER */
    uint32_t email;                   /* RV_WORDS_EMAIL */
    uint32_t identifier;              /* RV_WORDS_NUMBER */
    uint32_t country;                 /* RV_WORDS_PLACE */
    uint8_t sex;                      /* rv_sex */
    uint8_t birth_weak;               /* the first of January, or a year alone */
    uint8_t age;                      /* years; 0: not told */
    uint8_t flags;                    /* RV_LINK_* */
} rv_link_row;
enum {
    RV_LINK_ONE_NAME = 1,     /* first and last were cut out of one column */
    RV_LINK_SEVERAL = 4,      /* the name is a couple's or a family's */
    RV_LINK_NAME_NOBODYS = 2, /* the file gives this name to all and sundry (overshared.h): no names */
};
_Static_assert(sizeof(rv_link_row) == 64, "one cache line");

/* What a code is borne by, for the weight of rare values. */
typedef enum rv_link_column {
    RV_COLUMN_FIRST,
    RV_COLUMN_LAST,
    RV_COLUMN_STREET,
    RV_COLUMN_POSTCODE,
    RV_COLUMN_CITY,
    RV_COLUMN_EMAIL,
    RV_COLUMN_MOBILE,
    RV_COLUMN_PHONE,
    RV_COLUMN_IDENTIFIER,
    RV_COLUMN_COUNTED
} rv_link_column;

/* How many rows bear a value. Of both tables side by side: who weighs a value asks for both, and each is a miss. */
typedef struct rv_link_bearers {
    uint32_t of[2]; /* by the table's `side` */
} rv_link_bearers;

enum { RV_LINK_COMPARE_MAX = 8 };
typedef struct rv_link_table {
    uint32_t n;
    uint64_t chosen_from; /* rows that these were chosen from for being like the other table's; 0: these are all */
    uint8_t side;         /* which of the two it was when values were counted */
    rv_link_row *rows;    /* n, in pages of their own */
    size_t rows_bytes;    /* of the pages */
    uint32_t *compared;   /* n * n_compare, row by row; RV_WORDS_OTHER */
    uint32_t n_compare;
    uint64_t *id_starts; /* n + 1, into ids; the text of the id column as it stood, or the row's number from 1 */
    char *ids;
    uint64_t filled[RV_COLUMN_COUNTED]; /* rows that have the column */
    rv_table_roles *roles;              /* of the file */
    uint64_t repeated_ids;              /* rows whose id an earlier row has (repeats.h) */
    char **compare_names; /* headers of the `compare` columns, matched left to right by name, else by position */
} rv_link_table;

typedef struct rv_link_people { /* two files, or one against itself */
    rv_link_words words[RV_WORDS_KINDS];
    rv_link_bearers *bearers[RV_COLUMN_COUNTED]; /* per code of the column's dictionary, in pages; NULL: the column is empty */
    rv_link_table left, right; /* dedupe: right is empty */
    bool self;
} rv_link_people;
static inline const rv_link_table *rv_link_right(const rv_link_people *p) { return p->self ? &p->left : &p->right; }
rv_link_words_kind rv_link_column_words(rv_link_column column); /* its dictionary */
/* The same people, one of the two tables against itself. A view: what it points to stays theirs. */
rv_link_people rv_link_one_side(const rv_link_people *people, const rv_link_table *table);

/* What tells how frequent values are among strangers, and how alike: rows chosen for being alike don't. A view. */
static inline rv_link_people rv_link_unchosen(const rv_link_people *people) {
    rv_link_people view = *people;
    if (people->left.chosen_from) view.left = people->right;
    view.self = people->self || people->left.chosen_from || people->right.chosen_from;
    return view;
}
/* Pairs of the tables that they were chosen from, to one pair of theirs. */
static inline double rv_link_chosen_share(const rv_link_people *people) {
    const rv_link_table *l = &people->left, *r = &people->right;
    return (l->chosen_from && l->n ? (double)l->chosen_from / l->n : 1) *
           (!people->self && r->chosen_from && r->n ? (double)r->chosen_from / r->n : 1);
}

/* Reads the files by all threads; rejects, budgets and inputs go to the summary as in any job. right NULL: one file
 * against itself. RV_BAD_INPUT: no column by which people could be compared; duplicate ids are allowed and warned of.
 * settings->memory_limit is asked for before it is taken. */
rv_status rv_link_people_load(const rv_table_options *left, const rv_table_options *right, const rv_settings *settings,
                              rv_summary *summary, rv_link_people *out, rv_error *err);
void rv_link_people_reset(rv_link_people *people);
rv_text rv_link_id(const rv_link_table *table, uint32_t row);

#endif
