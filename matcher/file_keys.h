/*
 * The keys of job and schema files, in one table each: reading, strictness, did-you-mean, --set, --print-config and the
 * JSON Schemas all follow from it. A path goes from the root by dots ("score.method"); the items of a list have the
 * list's path.
 */
#ifndef RV_FILE_KEYS_H
#define RV_FILE_KEYS_H

#include <reveil.h>

typedef enum rv_form {
    RV_FORM_TEXT,
    RV_FORM_PATH,
    RV_FORM_WHOLE,
    RV_FORM_LIST,      /* of words */
    RV_FORM_PATHS,     /* of files */
    RV_FORM_SWITCH,    /* true or false */
    RV_FORM_HEADER,    /* yes, no, auto, true or false */
    RV_FORM_CHARACTER, /* one, or \t */
    RV_FORM_SHARE,     /* 100, 2% */
    RV_FORM_SIZE,      /* 6G */
    RV_FORM_PROBABILITY,
    RV_FORM_DATE,      /* YYYY-MM-DD */
    RV_FORM_ROLE,
    RV_FORM_ROLES      /* {column: role} */
} rv_form;

typedef struct rv_file_key {
    const char *path; /* NULL ends a table */
    rv_form form;
    size_t at;              /* in rv_job_description; RV_NO_PLACE: read by a function of its own */
    const char *choices;    /* "a|b", or NULL */
    uint64_t least, most;   /* RV_FORM_WHOLE; most 0: no limits */
    const char *fallback;   /* what holds when it isn't given, for people; NULL: nothing to tell */
    const char *help;       /* one line, no full stop */
} rv_file_key;

#define RV_NO_PLACE SIZE_MAX
enum { RV_MAX_FILE_KEYS = 96 };

extern const rv_file_key rv_job_keys[], rv_schema_keys[];

/* The words that may stand directly under a path ("" for the root), NULL-terminated. */
void rv_file_keys_under(const rv_file_key *table, const char *path, const char *names[RV_MAX_FILE_KEYS]);
const rv_file_key *rv_file_key_find(const rv_file_key *table, const char *path);

#endif
