/*
 * Reading a .rvl file through a map. Opening proves the header and the directory (either copy will do) and checks every
 * offset and length against the file's size; the bytes of a section are proved by rv_rvl_prove, at first touch or in
 * one pass. Proved is remembered, one bit a block. Any number of threads.
 *
 * Statuses: RV_BAD_INPUT missing, not a .rvl file, or one of an older format; RV_NEWER a later format or a critical part
 * unknown to this one; RV_CORRUPT damage, with the section and the block in the message.
 */
#ifndef RV_RVL_READER_H
#define RV_RVL_READER_H

#include "block_codec.h"
#include "rvl_layout.h"
#include <stdatomic.h>

typedef struct rv_rvl rv_rvl;
rv_status rv_rvl_open(const char *path, rv_rvl **out, rv_error *err);
void rv_rvl_close(rv_rvl *rvl); /* NULL is fine */
const rv_rvl_header *rv_rvl_head(const rv_rvl *rvl);
const char *rv_rvl_path(const rv_rvl *rvl);
const rv_rvl_entry *rv_rvl_section(const rv_rvl *rvl, size_t index);               /* index < head->n_sections */
const rv_rvl_entry *rv_rvl_find(const rv_rvl *rvl, uint32_t id);                   /* NULL: there is none */
const unsigned char *rv_rvl_bytes(const rv_rvl *rvl, const rv_rvl_entry *section); /* stored bytes; prove before use */

/* Proves the blocks that hold stored bytes [at, at + n) of a section. */
rv_status rv_rvl_prove(rv_rvl *rvl, const rv_rvl_entry *section, uint64_t at, uint64_t n, rv_error *err);
/* The whole section in one parallel pass. */
rv_status rv_rvl_prove_all(rv_rvl *rvl, const rv_rvl_entry *section, int threads, rv_error *err);
/* Whether that was done. */
bool rv_rvl_all_proved(const rv_rvl *rvl, const rv_rvl_entry *section);
/* The seed of this file's seals: for what carries its own (rv_rvl_own_seal). */
uint64_t rv_rvl_base_seed(const rv_rvl *rvl);

/* A section for reading at random: whether a block is proved is seen without a call, in a bit that is in the first cache (a
 * gigabyte has 2 KB of them). */
typedef struct rv_rvl_view {
    rv_rvl *rvl;
    const rv_rvl_entry *section;
    const unsigned char *bytes;
    const _Atomic(uint64_t) *proved;
    _Atomic(uint64_t) *touched; /* one bit a block */
} rv_rvl_view;
rv_rvl_view rv_rvl_view_of(rv_rvl *rvl, const rv_rvl_entry *section);
static inline bool rv_rvl_block_is_proved(const _Atomic(uint64_t) *proved, uint64_t block) {
    return atomic_load_explicit(&proved[block / 64], memory_order_acquire) >> (block % 64) & 1;
}
/* rv_rvl_prove for bytes that are known to lie in the section, n > 0. */
static inline rv_status rv_rvl_touch(const rv_rvl_view *view, uint64_t at, uint64_t n, rv_error *err) {
    uint64_t first = at / RV_RVL_BLOCK, last = (at + n - 1) / RV_RVL_BLOCK;
    if (rv_rvl_block_is_proved(view->proved, first) &&
        (first == last || (last == first + 1 && rv_rvl_block_is_proved(view->proved, last))))
        return RV_OK;
    return rv_rvl_prove(view->rvl, view->section, at, n, err);
}
/* Notes that the byte at `at` has been read by somebody who proves it without rv_rvl_touch, which notes by itself: things
 * that seal themselves. */
static inline void rv_rvl_note(const rv_rvl_view *view, uint64_t at) {
    _Atomic(uint64_t) *word = &view->touched[at / RV_RVL_BLOCK / 64];
    uint64_t bit = (uint64_t)1 << (at / RV_RVL_BLOCK % 64);
    if (!(atomic_load_explicit(word, memory_order_relaxed) & bit))
        atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
}

/* How much of the file's sections has been touched, in bytes: by the 64 KB and by the 2 MB of which at least one byte was
 * proved or noted (the kernel maps either at a time). For foretelling what a job will touch. */
typedef struct rv_rvl_touched {
    double windows, pages;
} rv_rvl_touched;
/* Index proofs that agreed were touched without being proved, and aren't counted. Now, and once `times` as many places (1 or more) have been asked for, at random as so far. */
void rv_rvl_count_touched(const rv_rvl *rvl, double times, rv_rvl_touched *now, rv_rvl_touched *then);

/* RV_CORRUPT when the file has been cut since it was opened; before passes over a map. */
rv_status rv_rvl_check_size(const rv_rvl *rvl, rv_error *err);

/* A packed frame of a zstd section, proved: its stored bytes. frame < section->frames. */
rv_status rv_rvl_frame(rv_rvl *rvl, const rv_rvl_entry *section, uint64_t frame, const unsigned char **bytes, size_t *n,
                       rv_error *err);
/* Place and hint of a failure in this file; returns status. */
rv_status rv_rvl_fail_at(const rv_rvl *rvl, rv_error *err, rv_status status);

/* Proves every byte, padding included. On damage RV_CORRUPT that names the first; *damaged counts blocks (header,
 * directories, seal tables and padding each count as one). */
rv_status rv_rvl_verify(const char *path, int threads, uint64_t *damaged, uint64_t *blocks, rv_error *err);

#endif
