/*
 * A person as a row tells: normalised, with the keys by which others may know the same one, and a small fixed record
 * (the guard) that says who can't be the same person. Canonical text is in ASCII capitals (e-mails: lower case).
 *
 * Ambiguity is kept, not guessed away: a row may give several keys of one kind where several readings are plausible.
 */
#ifndef RV_PERSON_H
#define RV_PERSON_H

#include "batch.h"
#include "date.h"
#include "hash.h"
#include "memory.h"
#include "role.h"

typedef enum rv_sex { RV_SEX_UNKNOWN, RV_SEX_MALE, RV_SEX_FEMALE } rv_sex;

typedef struct rv_held_digest { /* one that the row itself brought */
    unsigned char bytes[32];
    unsigned size; /* 0: none */
} rv_held_digest;

typedef struct rv_person {
    rv_text email,
        email_folded;  /* empty: missing or not valid. A typing error in the domain is mended in the folded form */
    bool email_shared; /* a mailbox of a function (rv_email_is_shared): no key */
    rv_text mobile,
        phone; /* E.164 with '+'; bare digits where no plan is known for them. A mobile found in the phone column is moved to mobile if that is empty
                                     (a second one is kept in phone), and the other way round */
    rv_text first, last, birth_name; /* canonical; first may hold several words */
    bool several;                    /* its name is a couple's or a family's, of whom no one is named alone */
    bool name_nobodys;               /* its file gives this name to all and sundry (overshared.h): no names */
    rv_sex sex;                      /* from sex or civility */
    int32_t birth;                   /* days, or RV_DATE_NONE */
    bool birth_weak;                 /* 01/01, or a year only: speaks little */
    rv_text number, repeat, street_type, street, extra, postcode, city;
    rv_text identifier;
    const rv_held_digest *hashes; /* 4: e-mail sha256, md5, sha1; phone sha256; NULL: none */
    uint32_t parts;               /* RV_PERSON_*: what of the row has been read */
} rv_person;

/* The parts of a row. Most clients are known by their e-mail: their telephones and addresses need not be read. */
enum {
    RV_PERSON_EMAIL = 1,
    RV_PERSON_PHONES = 2,
    RV_PERSON_NAMES = 4, /* and the sex */
    RV_PERSON_BIRTH = 8,
    RV_PERSON_POSTCODE = 16,
    RV_PERSON_ADDRESS = 32, /* the postcode too */
    RV_PERSON_IDENTIFIER = 64,
    RV_PERSON_HASHES = 128,
    RV_PERSON_ALL = 255
};

/* Reads rows of one table: knows its columns' roles and the country that phones and addresses default to. */
typedef struct rv_person_reader {
    const rv_table_roles *roles;
    rv_date_order date_order;
    const char *country;              /* "FR" when NULL or "" */
    struct rv_overshared *overshared; /* values of the file that are nobody's (overshared.h); NULL: none are known */
} rv_person_reader;
/* Texts live in the arena or in the batch. false: no memory. */
bool rv_person_read(const rv_person_reader *reader, const rv_batch *batch, uint32_t row, rv_arena *arena,
                    rv_person *out);
/* Is the strict form the folded one, too? Nearly always it is the same text, which needn't be compared. */
static inline bool rv_person_email_is_folded(const rv_person *person) {
    return person->email.ptr == person->email_folded.ptr ? person->email.len == person->email_folded.len
                                                         : rv_text_equal(person->email, person->email_folded);
}
/* Nothing is read yet. */
static inline void rv_person_init(rv_person *person) { *person = (rv_person){.birth = RV_DATE_NONE}; }
/* Adds what of `parts` hasn't been read. */
bool rv_person_read_parts(const rv_person_reader *reader, const rv_batch *batch, uint32_t row, uint32_t parts,
                          rv_arena *arena, rv_person *person);

/* --- Keys -------------------------------------------------------------------------------------------------------- */

typedef enum rv_key_kind {
    RV_KEY_EMAIL,        /* strict form */
    RV_KEY_EMAIL_FOLDED, /* in the megabase only where it differs from the strict form; see rv_person_keys */
    RV_KEY_MOBILE,
    RV_KEY_PHONE,
    RV_KEY_PERSON_BIRTH,   /* first + last name + birth date */
    RV_KEY_PERSON_ADDRESS, /* first + last name + number, street + postcode (or city); several readings */
    RV_KEY_IDENTIFIER,
    RV_KEY_EMAIL_SHA256,
    RV_KEY_EMAIL_MD5,
    RV_KEY_EMAIL_SHA1,   /* of the strict form, and of the folded one */
    RV_KEY_PHONE_SHA256, /* of E.164 with '+', without it, and of the French national form */
    RV_KEY_KINDS
} rv_key_kind;
const char *rv_key_kind_name(rv_key_kind kind); /* "email" "email_folded" ... : the megabase's index names */
bool rv_key_kind_find(const char *name, rv_key_kind *out);

enum { RV_PERSON_KEYS_MAX = 48 };
typedef struct rv_person_key {
    rv_key_kind kind;
    rv_key key;
} rv_person_key;
/*
 * The keys of a row of the base or of a client row; at most RV_PERSON_KEYS_MAX. `kinds` is a set of 1 << rv_key_kind.
 * Stop values give no key. Each kind hashes with its own domain, but:
 * - EMAIL and EMAIL_FOLDED share one: of_base rows give EMAIL(strict) always and EMAIL_FOLDED(folded) only where folded
 *   differs; client rows give EMAIL(strict), and EMAIL_FOLDED(folded) always, to be probed in both indexes;
 * - MOBILE and PHONE share one, so a number filed under the wrong heading is found by probing both;
 * - hashes: of_base rows compute digests of their clear values for the hash kinds asked for (each digest once, even
 *   when strict and folded agree); client rows give keys for the digests they brought, and of_base rows also for those
 *   they hold.
 */
unsigned rv_person_keys(const rv_person *person, const rv_secret *secret, uint32_t kinds, bool of_base,
                        rv_person_key out[RV_PERSON_KEYS_MAX]);

/* --- Guard ------------------------------------------------------------------------------------------------------- */

/*
 * 32 bytes per person; the megabase keeps them in 28 (guard_store.h). Letters are packed five bits each, A = 1 ... Z = 26,
 * 27 between words, first letter in the highest bits: a prefix of the name, enough for typing errors to be told from
 * other names. 0 is missing.
 */
typedef struct rv_guard {
    uint64_t first;      /* 12 letters of the first names */
    uint64_t last;       /* 12 letters of the last name */
    uint32_t birth_name; /* 6 letters of the name at birth, when it is another */
    int32_t birth;       /* days, or RV_DATE_NONE */
    uint32_t postcode;   /* digits as a number; 0 missing or not numeric */
    uint8_t sex;         /* rv_sex */
    uint8_t flags;       /* RV_GUARD_* */
    uint16_t street;     /* 16-bit hash of number + street; 0 missing */
} rv_guard;
enum {
    RV_GUARD_BIRTH_WEAK = 1,
    RV_GUARD_INITIAL_ONLY = 2,
    RV_GUARD_NAME_NOBODYS = 4, /* of clients only */
    /* Of a build's rows only: so many bear this row's value that it is nobody's (build_cluster.h). */
    RV_GUARD_EMAIL_NOBODYS = 8,
    RV_GUARD_MOBILE_NOBODYS = 16,
    RV_GUARD_PHONE_NOBODYS = 32,
    RV_GUARD_IDENTIFIER_NOBODYS = 64,
    RV_GUARD_VALUES_NOBODYS =
        RV_GUARD_EMAIL_NOBODYS | RV_GUARD_MOBILE_NOBODYS | RV_GUARD_PHONE_NOBODYS | RV_GUARD_IDENTIFIER_NOBODYS
};
_Static_assert(sizeof(rv_guard) == 32, "a build holds one of each row");
/* Of the parts that have been read. */
void rv_guard_of(const rv_person *person, rv_guard *out);
uint32_t rv_postcode_number(rv_text postcode); /* as a guard holds it */

/*
 * Can these be one person? Compares what both have: first names (equal, initial, compound against its first part,
 * known short form, one typing error: compatible), sex, birth date (day and month swapped, one digit, weak: compatible).
 */
typedef enum rv_guard_verdict {
    RV_GUARD_CONTRADICTS, /* first name, sex or birth date says no */
    RV_GUARD_SILENT,      /* nothing to compare first names or birth date by */
    RV_GUARD_COMPATIBLE,  /* nothing against, something near */
    RV_GUARD_AGREES       /* first name equal (or birth date equal and first name compatible) */
} rv_guard_verdict;
rv_guard_verdict rv_guard_compare(const rv_guard *a, const rv_guard *b);
/* 0..100: how much of last name, birth date, postcode and street agree, to choose among several contacts of one key. */
unsigned rv_guard_affinity(const rv_guard *a, const rv_guard *b);

#endif
