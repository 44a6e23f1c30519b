/*
 * Dictionaries while they grow: texts get codes by first appearance. Each block of a file first numbers its own distinct
 * words, on any thread; then, block after block, the few words that are left are given their codes. So codes don't depend
 * on the number of threads, nor on where blocks are cut, and most texts never touch the large tables.
 */
#ifndef RV_LINK_WORDS_H
#define RV_LINK_WORDS_H

#include "link_table.h"

/* The words of one block. Texts stay the caller's until the block is merged. Zero-initialised is empty and ready. */
typedef struct rv_local_word {
    const char *text;
    uint64_t hash, head; /* head: rv_load_bytes. Short words, most of them, are compared without their texts */
    uint32_t len, kind;
} rv_local_word;
typedef struct rv_local_words {
    rv_local_word *words; /* words[0] is the missing one */
    uint32_t *codes;      /* of each, once merged; apart, since every cell of the block is looked up there */
    uint32_t n, room;
    uint32_t *slots; /* number, or 0; a power of two of them */
    uint32_t n_slots;
} rv_local_words;
bool rv_local_words_begin(rv_local_words *local); /* empties; false: no memory */
/* The number of a text within the block: 0 for an empty one. false: no memory. */
bool rv_local_words_add(rv_local_words *local, rv_link_words_kind kind, rv_text text, uint32_t *out);
void rv_local_words_reset(rv_local_words *local);

typedef struct rv_words_builder { /* of one kind */
    rv_link_word *words; /* their heads stand in them all, whatever their kind, until they are told more (rv_words_finish) */
    uint32_t n, room;
    char *bytes;
    size_t used, bytes_room;
    uint64_t *slots; /* hash << 32 | code; 0: empty */
    uint64_t n_slots;
} rv_words_builder;

/* Gives every word of a block its code, in order. Serial. */
rv_status rv_words_merge(rv_words_builder builders[RV_WORDS_KINDS], rv_local_words *local, rv_error *err);
uint64_t rv_words_bytes(const rv_words_builder builders[RV_WORDS_KINDS]); /* of memory */
/* Phonetic codes by all threads; the words are handed over, what only growing needed is freed. */
rv_status rv_words_finish(rv_words_builder builders[RV_WORDS_KINDS], int threads, rv_link_words out[RV_WORDS_KINDS],
                          rv_error *err);
void rv_words_reset(rv_words_builder builders[RV_WORDS_KINDS]);

#endif
