/* Roles: what a column means, whatever its header. The names are those of the command line and of schema files. */
#ifndef RV_ROLE_H
#define RV_ROLE_H

#include "document.h"
#include "memory.h"
#include "table_reader.h"

typedef enum rv_role {
    RV_ROLE_NONE, /* nothing known: kept as it is; a client's attribute */
    RV_ROLE_ID,
    RV_ROLE_FIRST_NAME,
    RV_ROLE_LAST_NAME,
    RV_ROLE_FULL_NAME,
    RV_ROLE_CIVILITY,
    RV_ROLE_SEX,
    RV_ROLE_BIRTH_DATE,
    RV_ROLE_BIRTH_DAY,
    RV_ROLE_BIRTH_MONTH,
    RV_ROLE_BIRTH_YEAR,
    RV_ROLE_AGE,
    RV_ROLE_STREET_NUMBER,
    RV_ROLE_STREET,
    RV_ROLE_ADDRESS_LINE,
    RV_ROLE_ADDRESS_EXTRA,
    RV_ROLE_POSTCODE,
    RV_ROLE_CITY,
    RV_ROLE_REGION,
    RV_ROLE_COUNTRY,
    RV_ROLE_EMAIL,
    RV_ROLE_EMAIL_SHA256,
    RV_ROLE_EMAIL_MD5,
    RV_ROLE_EMAIL_SHA1,
    RV_ROLE_MOBILE,
    RV_ROLE_PHONE,
    RV_ROLE_PHONE_SHA256,
    RV_ROLE_IDENTIFIER,
    RV_ROLE_COMPARE,
    RV_ROLE_ATTRIBUTE,
    RV_ROLE_CONSENT,
    RV_ROLE_LAST_SEEN,
    RV_ROLE_UPDATED_ON,
    RV_ROLE_SOURCE,
    RV_ROLE_ORDER_DATE,
    RV_ROLE_AMOUNT,
    RV_ROLE_ORDER_ID,
    RV_ROLE_COUNT
} rv_role;

const char *rv_role_name(rv_role role);            /* "email"; "" for RV_ROLE_NONE */
bool rv_role_find(const char *name, rv_role *out); /* exact */
bool rv_role_is_address(rv_role role);             /* where one lives: from number to country */
bool rv_role_is_contact(rv_role role);             /* contact data: a field of the megabase, filled by enrich */

/* What a header alone says: French and English synonyms, accents, case and punctuation apart. */
typedef struct rv_header {
    rv_role role;  /* RV_ROLE_NONE: not known */
    uint8_t rank;  /* 0: this and no other; 1: of several the first, or a loose name; 2: another one (delivery, work) */
    bool own;      /* written as a role is: "street" */
    bool nameless; /* says nothing: empty, c1, "Column 3" */
    bool strange;  /* a value of somebody or something else: a shop, an owner, an inscription */
    bool of_orders;   /* only lists of orders have it */
    bool bare_client; /* "Client": whose order it is */
    bool bare_name;   /* "Name", which is the order's in a list of orders */
    bool bare_id;     /* "ID", the same */
    bool made_on;     /* "Created at", the same */
} rv_header;
rv_header rv_header_read(rv_text header);
rv_role rv_role_guess(rv_text header); /* its role */

/* Why a column has its role, or has none. */
typedef struct rv_role_reason {
    double confidence;  /* 0..1; 1: the user says so; 0: no role */
    bool by_content;    /* the values say so, the header doesn't */
    bool contradicted;  /* ...and the header says something else */
    char evidence[112]; /* in words; never a value of the file */
    char french[144];   /* the same */
} rv_role_reason;

/* The roles of a table's columns: --schema, then --id / --role, then guesses for what is left (each of the roles that
 * stand for one column only goes to the first such column). Errors name the column or role and the nearest word. A
 * column named twice in the header is RV_BAD_INPUT. */
typedef struct rv_table_roles {
    uint32_t columns;
    rv_role *roles;            /* per column */
    bool *ignored;             /* per column: --ignore */
    rv_role_reason *reasons;   /* per column */
    int32_t of[RV_ROLE_COUNT]; /* first column of each role, or -1 */
} rv_table_roles;
rv_status rv_table_roles_find(const rv_table_options *table, const rv_text *names, uint32_t columns,
                              rv_table_roles *out, rv_error *err);
/* The same for a table that is open and not yet walked: its first rows are looked at too, where no schema gives all. */
rv_status rv_table_roles_of(const rv_table_options *options, rv_table *table, rv_table_roles *out, rv_error *err);
void rv_table_roles_reset(rv_table_roles *roles);

#endif
