/* Damaging megabases: by chance, and by a hand that makes the seals again. */
#ifndef TEST_DAMAGE_H
#define TEST_DAMAGE_H

#include "random.h"
#include "rvl_layout.h"

typedef enum damage_kind {
    DAMAGE_BIT,
    DAMAGE_WORDS,
    DAMAGE_BLOCKS,
    DAMAGE_TRANSPLANT,
    DAMAGE_SECTOR,
    DAMAGE_CUT,
    DAMAGE_GROWN,
    DAMAGE_KINDS
} damage_kind;

/* Changes bytes (cap: n + 8192) in one way; *n may change. other: an older generation of the file (may be NULL).
 * false: nothing changed. */
bool damage_bytes(unsigned char *bytes, size_t *n, damage_kind kind, const unsigned char *other, size_t other_n,
                  rv_random *random);

/* Puts a hostile number somewhere that a reader believes: 0, 1, 2^31, past the end... in a section, or in the directory
 * and header when section is UINT32_MAX. */
void damage_number(unsigned char *bytes, size_t n, uint32_t section, rv_random *random);
/* Makes all seals again, as far as header and directory can be followed. */
void damage_reseal(unsigned char *bytes, size_t n);
/* Only those of blocks and of what stands above them, not those that contacts and buckets of indexes carry. */
void damage_reseal_blocks(unsigned char *bytes, size_t n);

/* Opens the file and asks everything it can answer, whatever it is; the answers don't matter. */
void damage_query(const char *path);

#endif
