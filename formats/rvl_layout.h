/*
 * The bytes of a .rvl file, format 3: written once, replaced whole, read by many. docs/FORMAT.md says it in prose.
 *
 *   | header 4 KB | directory, first copy | section, its seals | section, its seals | ... | directory, second copy |
 *
 * Every section starts on a 4 KB page and is cut into blocks of 64 KB. Each block has a seal: XXH3-64 of its stored bytes,
 * seeded by file id, generation, layout, section and block number, so that a block in the wrong place, or from an older
 * generation of the file, is damage like any other. What is fetched by itself may carry such a seal of its own besides
 * (rv_rvl_own_seal): then no other byte of its block is needed to prove it. The table of a section's seals stands behind
 * it and is itself sealed in the directory; the directory seals itself; the header, which seals itself too, says where
 * the directories are and how long the file is. Whatever none of these covers is padding, and is zero.
 *
 * All integers are little-endian, and the structs below are the bytes (amd64 only; the asserts hold their sizes).
 */
#ifndef RV_RVL_LAYOUT_H
#define RV_RVL_LAYOUT_H

#include "hash.h"
#include "random.h"

enum {
    RV_RVL_VERSION = 3,
    RV_RVL_SEED = 1,
    RV_RVL_PAGE = 4096,
    RV_RVL_BLOCK = 65536,
    RV_RVL_NAME = 64,
    RV_RVL_SECTIONS_MAX = 4608,
    RV_RVL_FRAME_MAX = 64 << 20
};

/* First bit set and a line feed and an end-of-file mark inside, as PNG does: transfers in text mode show. */
#define RV_RVL_MAGIC "\x8bRVL\r\n\x1a\n"

typedef struct rv_rvl_header {
    char magic[8];
    uint32_t version;
    uint32_t flags; /* none is defined: a reader refuses any that is set */
    unsigned char file_id[16];
    uint64_t generation;
    int64_t created; /* seconds since 1970; 0: built from a seed */
    uint32_t layout; /* rv_layout */
    uint32_t n_sections;
    uint64_t file_length;
    uint64_t directory[2]; /* offsets of the two copies */
    unsigned char zero[RV_RVL_PAGE - 88];
    uint64_t seal; /* XXH3-64 of the 4,088 bytes before, seed RV_RVL_SEED */
} rv_rvl_header;
_Static_assert(sizeof(rv_rvl_header) == RV_RVL_PAGE, "the header is one page");

typedef enum rv_rvl_codec {
    RV_RVL_RAW,  /* stored as it is used */
    RV_RVL_ZSTD, /* frames, then the table of their ends: (frames + 1) u64 offsets into the section */
} rv_rvl_codec;

enum { RV_RVL_CRITICAL = 1 }; /* a reader that doesn't know this section must refuse the file */

typedef struct rv_rvl_entry { /* of the directory */
    char name[RV_RVL_NAME];   /* printable ASCII, zero-filled */
    uint32_t id;
    uint32_t codec; /* rv_rvl_codec */
    uint32_t flags;
    uint32_t width;      /* zstd: bytes of a frame are transposed with this row width; 0 or 1: they aren't */
    uint64_t offset;     /* of its first byte; a multiple of the page */
    uint64_t stored;     /* bytes in the file */
    uint64_t raw;        /* bytes when decoded */
    uint64_t frames;     /* zstd: their number */
    uint64_t frame_raw;  /* zstd: decoded bytes of every frame but the last; 0: each frame says its own */
    uint64_t seals;      /* offset of the table, 8 bytes a block */
    uint64_t seals_seal; /* of the table, as of a block numbered UINT64_MAX */
    uint64_t param;      /* the owner's: what the section's bytes can't say by themselves */
} rv_rvl_entry;
_Static_assert(sizeof(rv_rvl_entry) == 144, "stored as it is");

/* A directory copy is n_sections entries and then a u64: their seal, as of section UINT32_MAX, block 0. */
static inline uint64_t rv_rvl_directory_bytes(uint64_t n_sections) { return n_sections * sizeof(rv_rvl_entry) + 8; }
static inline uint64_t rv_rvl_blocks(const rv_rvl_entry *entry) {
    return entry->stored / RV_RVL_BLOCK + (entry->stored % RV_RVL_BLOCK != 0);
}

/* The seed that all seals of a file share, and a seal. */
static inline uint64_t rv_rvl_seed(const rv_rvl_header *header) {
    unsigned char who[28];
    memcpy(who, header->file_id, 16);
    memcpy(who + 16, &header->generation, 8);
    memcpy(who + 24, &header->layout, 4);
    return rv_hash64(who, sizeof who, RV_RVL_SEED);
}
static inline uint64_t rv_rvl_seal(uint64_t seed, uint32_t section, uint64_t block, const void *bytes, size_t n) {
    return rv_hash64(bytes, n, rv_mix64(seed ^ rv_mix64(block + ((uint64_t)section << 32) + 1)));
}
/* Of a thing that carries its seal: number `number` of its kind in the section. No block's seal is ever that of a thing. */
static inline uint64_t rv_rvl_own_seal(uint64_t seed, uint32_t section, uint64_t number, const void *bytes, size_t n) {
    return rv_rvl_seal(seed, section | (uint32_t)1 << 31, number, bytes, n);
}
static inline uint64_t rv_rvl_header_seal(const rv_rvl_header *header) {
    return rv_hash64(header, offsetof(rv_rvl_header, seal), RV_RVL_SEED);
}

#endif
