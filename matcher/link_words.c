/* Slots hold 32 bits of the hash beside the code, so a table grows without reading its words again, and a word is read
 * only where it is the one that is looked for. */
#include "link_words.h"

#include "first_name.h"
#include "parallel.h"
#include "phonetic.h"
#include "similarity.h"

enum { AHEAD = 16, LOCAL_FIRST = 1 << 12, READABLE = 16, HEAD = 8 };

/* --- Of one block ------------------------------------------------------------------------------------------------ */

static bool words_room(rv_local_words *local, uint32_t room) {
    if (!rv_array_resize(&local->words, room, sizeof *local->words, NULL) ||
        !rv_array_resize(&local->codes, room, sizeof *local->codes, NULL))
        return false;
    local->room = room;
    return true;
}

bool rv_local_words_begin(rv_local_words *local) {
    if (!local->slots) {
        if (!rv_array_resize(&local->slots, LOCAL_FIRST, sizeof *local->slots, NULL)) return false;
        local->n_slots = LOCAL_FIRST;
        if (!words_room(local, LOCAL_FIRST / 2)) return false;
    }
    memset(local->slots, 0, local->n_slots * sizeof *local->slots);
    local->words[0] = (rv_local_word){0};
    local->codes[0] = 0;
    local->n = 1;
    return true;
}

static bool local_grow(rv_local_words *local) {
    if (local->n_slots > UINT32_MAX / 4) return false;
    if (!words_room(local, local->room * 2)) return false;
    if (!rv_array_resize(&local->slots, (size_t)local->n_slots * 2, sizeof *local->slots, NULL)) return false;
    local->n_slots *= 2;
    memset(local->slots, 0, local->n_slots * sizeof *local->slots);
    for (uint32_t i = 1; i < local->n; i++) {
        uint32_t at = (uint32_t)local->words[i].hash & (local->n_slots - 1);
        while (local->slots[at]) at = (at + 1) & (local->n_slots - 1);
        local->slots[at] = i;
    }
    return true;
}

bool rv_local_words_add(rv_local_words *local, rv_link_words_kind kind, rv_text text, uint32_t *out) {
    *out = 0;
    if (text.len == 0) return true;
    if (text.len > RV_LINK_WORD_MAX) text.len = RV_LINK_WORD_MAX;
    rv_local_word word = {text.ptr, rv_hash64(text.ptr, text.len, (uint64_t)kind), rv_load_bytes(text.ptr, text.len),
                          text.len, (uint32_t)kind};
    uint32_t mask = local->n_slots - 1, at = (uint32_t)word.hash & mask;
    for (; local->slots[at]; at = (at + 1) & mask) {
        const rv_local_word *w = &local->words[local->slots[at]];
        if (w->hash != word.hash || w->kind != word.kind || w->len != word.len || w->head != word.head ||
            (word.len > HEAD && memcmp(w->text + HEAD, word.text + HEAD, word.len - HEAD) != 0))
            continue;
        *out = local->slots[at];
        return true;
    }
    if (local->n == local->room) {
        if (!local_grow(local)) return false;
        mask = local->n_slots - 1;
        for (at = (uint32_t)word.hash & mask; local->slots[at];) at = (at + 1) & mask;
    }
    local->words[local->n] = word;
    local->slots[at] = *out = local->n++;
    return true;
}

void rv_local_words_reset(rv_local_words *local) {
    rv_free(local->words);
    rv_free(local->codes);
    rv_free(local->slots);
    *local = (rv_local_words){0};
}

/* --- Of all ------------------------------------------------------------------------------------------------------ */

static uint32_t tag_of(uint64_t hash) { return (uint32_t)(hash >> 32); }
static uint64_t slot_of(const rv_words_builder *b, uint32_t tag) {
    return (tag * (uint64_t)0x9e3779b97f4a7c15 >> 20) & (b->n_slots - 1);
}

static bool grow_slots(rv_words_builder *b, rv_error *err) {
    uint64_t n_slots = b->n_slots ? b->n_slots * 2 : LOCAL_FIRST, *old = b->slots, n_old = b->n_slots;
    uint64_t *slots = rv_pages_new(n_slots * sizeof *slots, err);
    if (!slots) return false;
    b->slots = slots;
    b->n_slots = n_slots;
    for (uint64_t i = 0; i < n_old; i++) {
        if (!old[i]) continue;
        uint64_t at = slot_of(b, (uint32_t)(old[i] >> 32));
        while (slots[at]) at = (at + 1) & (n_slots - 1);
        slots[at] = old[i];
    }
    rv_pages_free(old, n_old * sizeof *old);
    return true;
}

/* Room for one word more. Word 0 is the missing one. */
static bool make_room(rv_words_builder *b, uint32_t len, rv_error *err) {
    if (b->n >= b->room) {
        uint32_t room = b->room ? b->room + b->room / 2 : LOCAL_FIRST;
        rv_link_word *words = rv_pages_grow(b->words, b->room * sizeof *words, room * sizeof *words, err);
        if (!words) return false;
        b->words = words;
        b->room = room;
    }
    if (b->used + len + READABLE > b->bytes_room) {
        size_t room = b->bytes_room + b->bytes_room / 2 + len + ((size_t)64 << 10);
        if (!rv_array_resize(&b->bytes, room, 1, err)) return false;
        b->bytes_room = room;
    }
    if (b->n == 0) b->words[b->n++] = (rv_link_word){0};
    return (uint64_t)(b->n + 1) * 2 <= b->n_slots || grow_slots(b, err);
}

static rv_status merge_one(rv_words_builder *b, const rv_local_word *word, uint32_t *code, rv_error *err) {
    if (b->n == UINT32_MAX - 1) return rv_fail(err, RV_BAD_INPUT, "more than 4 billion different texts");
    if (b->used >> RV_LINK_WORD_START_BITS) return rv_fail(err, RV_BAD_INPUT, "more than 1 TB of different texts");
    if (!make_room(b, word->len, err)) return RV_NO_MEMORY;
    uint32_t tag = tag_of(word->hash);
    uint64_t at = slot_of(b, tag);
    for (; b->slots[at]; at = (at + 1) & (b->n_slots - 1)) {
        const rv_link_word *w = &b->words[(uint32_t)b->slots[at]];
        if ((uint32_t)(b->slots[at] >> 32) != tag || w->len != word->len || w->head != word->head ||
            (word->len > HEAD && memcmp(b->bytes + w->start + HEAD, word->text + HEAD, word->len - HEAD) != 0))
            continue;
        *code = (uint32_t)b->slots[at];
        return RV_OK;
    }
    memcpy(b->bytes + b->used, word->text, word->len);
    b->words[b->n] = (rv_link_word){.start = b->used & (((uint64_t)1 << RV_LINK_WORD_START_BITS) - 1),
                                    .len = word->len & RV_LINK_WORD_MAX,
                                    .head = word->head};
    b->used += word->len;
    b->slots[at] = (uint64_t)tag << 32 | b->n;
    *code = b->n++;
    return RV_OK;
}

/* A word's misses: its slot, what stands there, the bytes. They are asked for well ahead. Inlined by force: a function that
 * only asks has no effect that gcc knows of, and its calls go. */
RV_INLINE void prefetch(const rv_words_builder *builders, const rv_local_words *local, uint32_t i) {
    if (i + AHEAD < local->n) {
        const rv_local_word *far = &local->words[i + AHEAD];
        const rv_words_builder *b = &builders[far->kind];
        if (b->n_slots) __builtin_prefetch(&b->slots[slot_of(b, tag_of(far->hash))]);
    }
    if (i + AHEAD / 2 < local->n) {
        const rv_local_word *near = &local->words[i + AHEAD / 2];
        const rv_words_builder *b = &builders[near->kind];
        uint64_t slot = b->n_slots ? b->slots[slot_of(b, tag_of(near->hash))] : 0;
        if (slot) __builtin_prefetch(&b->words[(uint32_t)slot]);
    }
    if (i + AHEAD / 4 < local->n) {
        const rv_local_word *next = &local->words[i + AHEAD / 4];
        const rv_words_builder *b = &builders[next->kind];
        uint64_t slot = b->n_slots ? b->slots[slot_of(b, tag_of(next->hash))] : 0;
        if (slot && next->len > HEAD) __builtin_prefetch(b->bytes + b->words[(uint32_t)slot].start);
    }
}

rv_status rv_words_merge(rv_words_builder builders[RV_WORDS_KINDS], rv_local_words *local, rv_error *err) {
    for (uint32_t i = 1; i < local->n; i++) {
        prefetch(builders, local, i);
        RV_TRY(merge_one(&builders[local->words[i].kind], &local->words[i], &local->codes[i], err));
    }
    return RV_OK;
}

uint64_t rv_words_bytes(const rv_words_builder builders[RV_WORDS_KINDS]) {
    uint64_t bytes = 0;
    for (int k = 0; k < RV_WORDS_KINDS; k++)
        bytes += builders[k].room * sizeof(rv_link_word) + builders[k].bytes_room + builders[k].n_slots * 8;
    return bytes;
}

/* --- Finished ---------------------------------------------------------------------------------------------------- */

enum { PIECE = 1 << 14 };

typedef struct telling {
    rv_link_words *words;
    bool names;
} telling;

/* What comparisons ask of a word again and again. */
static rv_status tell_piece(void *ctx, size_t piece, int worker, rv_error *err) {
    const telling *t = ctx;
    rv_link_words *words = t->words;
    (void)worker;
    (void)err;
    uint64_t from = piece * PIECE, to = from + PIECE < words->n ? from + PIECE : words->n;
    for (uint64_t i = from ? from : 1; i < to; i++) {
        char code[RV_PHONETIC_MAX];
        rv_text text = rv_link_text(words, (uint32_t)i);
        rv_link_word *word = &words->words[i];
        size_t n = rv_phonetic(text, code);
        uint64_t hash = n ? rv_hash64(code, sizeof code, 1) : rv_hash64(&i, sizeof i, 2);
        word->phonetic = (uint32_t)hash ? (uint32_t)hash : 1;
        word->letters = rv_letter_set(text);
        word->begin = (unsigned)text.ptr[0] & 31u;
        if (t->names) word->groups = rv_first_name_groups(text) & ((1u << RV_FIRST_NAME_GROUPS) - 1);
    }
    return RV_OK;
}

rv_status rv_words_finish(rv_words_builder builders[RV_WORDS_KINDS], int threads, rv_link_words out[RV_WORDS_KINDS],
                          rv_error *err) {
    for (int k = 0; k < RV_WORDS_KINDS; k++) {
        rv_words_builder *b = &builders[k];
        if (!make_room(b, 0, err)) return RV_NO_MEMORY;
    }
    for (int k = 0; k < RV_WORDS_KINDS; k++) {
        rv_words_builder *b = &builders[k];
        memset(b->bytes + b->used, 0, READABLE);
        rv_pages_free(b->slots, b->n_slots * sizeof *b->slots);
        rv_pages_trim(b->words, b->room * sizeof *b->words, b->n * sizeof *b->words);
        out[k] = (rv_link_words){b->words, b->n, b->bytes};
        *b = (rv_words_builder){0};
    }
    for (int k = RV_WORDS_NAME; k <= RV_WORDS_PLACE; k++) {
        telling t = {&out[k], k == RV_WORDS_NAME};
        RV_TRY(rv_parallel(threads, (out[k].n + PIECE - 1) / PIECE, tell_piece, &t, err));
    }
    return RV_OK;
}

void rv_words_reset(rv_words_builder builders[RV_WORDS_KINDS]) {
    for (int k = 0; k < RV_WORDS_KINDS; k++) {
        rv_pages_free(builders[k].words, builders[k].room * sizeof *builders[k].words);
        rv_free(builders[k].bytes);
        rv_pages_free(builders[k].slots, builders[k].n_slots * sizeof *builders[k].slots);
        builders[k] = (rv_words_builder){0};
    }
}
