/*
 * A key index: 128-bit key -> rows, immutable, made at build and mapped afterwards.
 *
 *   buckets: 64 bytes: nine tags u16, a filter of those that passed by u16, nine rows u32, a seal u64; some 85 % full;
 *            what doesn't fit goes on to the next bucket.
 *   proofs:  14 bytes a slot: the other 112 bits of the key. Tag and proof together are all 128 bits, so that identity
 *            depends neither on the number of buckets nor on who went on. 128 bytes a bucket.
 *   runs:    rows of keys that several contacts share: {count, row, row...}.
 *
 * A slot's row: 0 = empty; 1 + row; or, with the top bit set, an offset into the runs. A bucket's slots are filled from
 * the first on. A key's home is bucket (hi * n_home) >> 64 (fastrange); beyond the homes stands a tail, as long as the
 * last who went on need. Who has to go on leaves a bit in the filter of each bucket that they pass, one of sixteen by four
 * bits of their key; a search goes on only where its bit is set, and ends at the last bucket of all, which nobody passes. So
 * nearly nine absent keys in ten read one line, and the others little more.
 *
 * In a file each bucket is sealed by itself: whoever looks at one hashes 56 bytes, not the 64 KB around it, which a million
 * keys would have had hashed for all of an index. The seal is of the bucket, its number and the index's nonce.
 *
 * RV_WEAK_HASH builds take placement and tag from the same 12 bits of the key, so that the comparison of all 128 is what
 * keeps people apart; nothing may be attached wrongly then either.
 */
#ifndef RV_KEY_INDEX_H
#define RV_KEY_INDEX_H

#include "hash.h"
#include "memory.h"
#include "rvl_reader.h"

/* 20 bytes: a build holds hundreds of millions of them, and padding would be a sixth. */
typedef struct __attribute__((packed, aligned(4))) rv_key_entry {
    rv_key key;
    uint32_t row; /* < 2^31 */
} rv_key_entry;
_Static_assert(sizeof(rv_key_entry) == 20, "padded after all");

/* A key's rows: count 0 = absent; else `count` rows in ascending order: use rv_run_row. */
typedef struct rv_run {
    uint32_t count;
    uint32_t single; /* the row when count is 1 */
    const uint32_t
        *many; /* the rows when count is over 1, borrowed from the index; NULL when over the limit asked for */
} rv_run;
static inline uint32_t rv_run_row(const rv_run *run, uint32_t i) {
    return run->count == 1 ? run->single : run->many[i];
}

/*
 * A view: three arrays, from rv_key_index_build or from a file. In a file they are proved and checked as they are used:
 * - a bucket by its seal before its tags are compared, unless the whole section has been proved;
 * - a proof by agreeing: bytes that are the 112 bits asked for can be nothing else, which says more than the 64 bits of a
 *   seal. Only where they differ, where "absent" would rest on them, is their block proved;
 * - a row or a run, before it is told, by its block and by lying inside.
 */
typedef struct rv_key_index {
    const void *buckets;
    const void *proofs;
    const uint32_t *runs;
    uint64_t n_buckets; /* homes and tail */
    uint64_t n_home;
    uint64_t n_runs; /* in u32 */
    uint64_t n_keys; /* distinct */
    void *owned;
    uint64_t nonce;        /* in a file: what the seals of its buckets are seeded with */
    bool in_file, in_room; /* in_room: buckets and proofs are the room's */
    uint32_t rows;         /* in a file: of the megabase */
    rv_rvl_view bucket_view, proof_view, run_view;
} rv_key_index;

/* For a file's index: n_home against n_buckets, and that nobody passes the last bucket (its block is proved). */
rv_status rv_key_index_check(const rv_key_index *index, rv_error *err);

/* Entries may hold duplicates ((key, row) pairs count once); the array is reordered. {0,0} keys are skipped. The same
 * entries in any order give the same bytes, whatever the threads. Radix partition by bucket, then each part by itself. */
typedef struct
    rv_key_index_room { /* memory for one index after another, since fresh pages cost more than filling them; zero is empty */
    void *bytes;
    size_t size;
} rv_key_index_room;
/* room: grows to what the index needs, and is the index's until the next build; NULL: the index has its own memory. */
rv_status rv_key_index_build(rv_key_entry *entries, size_t n, int threads, rv_key_index_room *room, rv_key_index *out,
                             rv_error *err);
/* Seals the buckets of an index that was just built, before it is written to a file. */
rv_status rv_key_index_seal(const rv_key_index *index, uint64_t nonce, int threads, rv_error *err);
void rv_key_index_room_free(rv_key_index_room *room);
void rv_key_index_reset(rv_key_index *index);

/*
 * Never allocates, and fails only for a file that is damaged (RV_CORRUPT). Batches of a few hundred keys let the cache
 * misses overlap. Any number of threads. {0,0} keys give an empty run. Of runs of more than `limit` rows the count alone
 * is told: a key that thousands share is nobody's, and going through its rows again and again would take long.
 */
rv_status rv_key_index_probe(const rv_key_index *index, const rv_key *keys, size_t n, uint32_t limit, rv_run *runs,
                             rv_error *err);

#endif
