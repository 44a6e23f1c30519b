/* What the kernels of record_score.h share: the tables. */
#ifndef RV_RECORD_SCORE_TABLES_H
#define RV_RECORD_SCORE_TABLES_H

#include "record_score.h"

enum {
    RV_SCORE_BAD = 1 << 30,  /* set in the entry of a code that isn't there; sums of good entries stay below */
    RV_SCORE_CHUNK = 32,     /* bytes of a record that a vector kernel takes at a time */
    RV_SCORE_EIGHTS_MAX = 32 /* bytes of a chunk */
};

/*
 * 32 bytes of the record (fewer in a narrow record: `bytes`). Chunks of a wider record overlap at its end, and then the
 * bytes that an earlier chunk has are nobody's in the later one: their entries are 0.
 *
 * Entries of codes of 4 bits: [plane][group of four bytes][low or high half][byte in group * 16 + code]. The first plane
 * holds the lower byte of the entry, the second the upper one. `upper` says where the second plane isn't all zero.
 */
typedef struct rv_score_chunk {
    _Alignas(64) unsigned char entries[2][8][2][64];
    _Alignas(32) unsigned char low_limit[RV_SCORE_CHUNK];  /* the largest low half */
    _Alignas(32) unsigned char high_limit[RV_SCORE_CHUNK]; /* the largest byte, as its high half tells */
    bool upper[8][2];
    uint32_t at, bytes;
    uint32_t n_eights; /* codes of 8 bits */
    struct {
        uint32_t byte; /* of the chunk */
        int32_t entries[256];
    } eights[RV_SCORE_EIGHTS_MAX];
} rv_score_chunk;

struct rv_record_scorer {
    uint32_t width;
    int32_t base; /* of the entries: the caller's and the attributes' least points */
    bool narrow;
    uint32_t n_bytes;
    uint32_t *byte_at;        /* bytes of the record that count */
    uint32_t (*by_byte)[256]; /* entries of each */
    uint32_t n_chunks;
    rv_score_chunk *chunks;
};

#endif
