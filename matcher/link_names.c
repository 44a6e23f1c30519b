/*
 * See link_names.h. The steps are of kinds of difference, not of a likeness cut at thresholds: what an error, a short
 * form or an initial is worth depends on the files, and the model learns it; where the likeness of two short names
 * turns into chance doesn't, and is told here by their lengths.
 */
#include "link_names.h"

#include "first_name.h"
#include "letters.h"
#include "similarity.h"
#include "vocabulary.h"

enum { WORDS_MAX = 12 };

typedef struct name_words {
    rv_text at[WORDS_MAX];
    size_t n;
} name_words;

static uint32_t longer_of(rv_text a, rv_text b) { return a.len > b.len ? a.len : b.len; }

static bool begins_with(rv_text whole, rv_text beginning) {
    return beginning.len <= whole.len && memcmp(whole.ptr, beginning.ptr, beginning.len) == 0;
}

/* --- Single words ------------------------------------------------------------------------------------------------ */

/* Most names that differ have too few letters in common for any likeness: the most that rv_jaro_winkler could find. */
static bool may_be_alike(const rv_name_sketch *a, const rv_name_sketch *b) {
    uint32_t longer = a->len > b->len ? a->len : b->len;
    if (rv_least_distance(a->letters, b->letters) * 3 <= longer) return true;
    double in_a = (double)a->len - rv_letters_beyond(a->letters, b->letters),
           in_b = (double)b->len - rv_letters_beyond(b->letters, a->letters);
    double common = in_a < in_b ? in_a : in_b, jaro = (common / a->len + common / b->len + 1) / 3;
    return jaro + (a->begin == b->begin ? .4 : 0) * (1 - jaro) >= .85;
}

static rv_name_sketch sketch_of(rv_text a) {
    return (rv_name_sketch){.letters = rv_letter_set(a), .len = a.len, .begin = (unsigned char)a.ptr[0]};
}

/* Both are one word that has a letter which the other lacks: neither is the beginning of the other. */
static bool are_words_apart(const rv_name_sketch *a, const rv_name_sketch *b) {
    const uint32_t blank = (uint32_t)1 << (' ' & 31);
    return a->len > 1 && b->len > 1 && !((a->letters | b->letters) & blank) && (a->letters & ~b->letters) &&
           (b->letters & ~a->letters);
}

bool rv_first_names_are_far(const rv_name_sketch *a, const rv_name_sketch *b) {
    return are_words_apart(a, b) && !(a->groups & b->groups) && !may_be_alike(a, b);
}

bool rv_last_names_are_far(const rv_name_sketch *a, const rv_name_sketch *b, bool sound) {
    return !sound && are_words_apart(a, b) && !may_be_alike(a, b);
}

/* By letters alone. One error in three letters is another name as likely as not. */
static rv_name_level compare_letters(rv_text a, rv_text b) {
    uint32_t longer = longer_of(a, b);
    if (a.len == 0 || b.len == 0) return RV_NAME_DIFFERENT;
    rv_name_sketch left = sketch_of(a), right = sketch_of(b);
    if (!may_be_alike(&left, &right)) return RV_NAME_DIFFERENT;
    unsigned errors = rv_edit_distance(a, b);
    if (errors == 0) return RV_NAME_EQUAL;
    if (errors == 1 && longer >= 4) return RV_NAME_ONE_ERROR;
    if (errors == 2 && longer >= 6) return RV_NAME_TWO_ERRORS;
    if (errors == 3 && longer >= 9) return RV_NAME_TWO_ERRORS;
    if (errors * 3 <= longer || rv_jaro_winkler(a, b) >= .85) return RV_NAME_WEAK;
    return RV_NAME_DIFFERENT;
}

static bool is_initial(rv_text a, rv_text b) { return (a.len == 1 || b.len == 1) && a.ptr[0] == b.ptr[0]; }

/* Two names that are both known and aren't forms of one another are two names, however small the difference. */
static bool are_known(rv_text a, rv_text b) { return rv_first_name_find(a) && rv_first_name_find(b); }

static rv_name_level compare_first_word(rv_text a, rv_text b, bool sound) {
    if (rv_text_equal(a, b)) return RV_NAME_EQUAL;
    if (a.len == 1 || b.len == 1) return is_initial(a, b) ? RV_NAME_PART : RV_NAME_DIFFERENT;
    if (rv_first_name_same(a, b)) return RV_NAME_VARIANT;
    rv_name_level level = compare_letters(a, b);
    if (level >= RV_NAME_WEAK && are_known(a, b)) return RV_NAME_WEAK;
    if (level == RV_NAME_ONE_ERROR) return level;
    bool short_form = (a.len >= 3 && begins_with(b, a)) || (b.len >= 3 && begins_with(a, b));
    return short_form || (sound && level >= RV_NAME_WEAK) ? RV_NAME_VARIANT : level;
}

static rv_name_level compare_last_word(rv_text a, rv_text b, bool sound) {
    if (rv_text_equal(a, b)) return RV_NAME_EQUAL;
    if (a.len == 1 || b.len == 1) return is_initial(a, b) ? RV_NAME_WEAK : RV_NAME_DIFFERENT;
    rv_name_level level = compare_letters(a, b);
    return sound && level != RV_NAME_ONE_ERROR ? RV_NAME_VARIANT : level;
}

/* --- Several words ----------------------------------------------------------------------------------------------- */

static void split(rv_text name, name_words *words) {
    words->n += rv_words(name, words->at + words->n, WORDS_MAX - words->n);
}

/* Particles out, as long as something is left. */
static void drop_particles(name_words *words) {
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++)
        if (!rv_word_is(words->at[i], RV_WORD_PARTICLE | RV_WORD_ARTICLE)) words->at[n++] = words->at[i];
    if (n) words->n = n;
}

typedef rv_name_level (*compare_fn)(rv_text a, rv_text b, bool sound);

/* Each word of the shorter side goes to another one of the longer side, the best agreement first (of two equal ones that
 * of the longer words, then the first). found[i]: how the i-th word of the shorter agrees. The greedy choice is the best
 * one but for names that repeat a word nearly. */
static void align(const name_words *shorter, const name_words *longer, compare_fn compare,
                  rv_name_level found[WORDS_MAX]) {
    uint8_t level[WORDS_MAX][WORDS_MAX];
    bool used[WORDS_MAX] = {false}, done[WORDS_MAX] = {false};
    for (size_t i = 0; i < shorter->n; i++)
        for (size_t j = 0; j < longer->n; j++) level[i][j] = (uint8_t)compare(shorter->at[i], longer->at[j], false);
    for (size_t step = 0; step < shorter->n; step++) {
        size_t best_i = 0, best_j = 0;
        uint32_t best = 0;
        for (size_t i = 0; i < shorter->n; i++)
            for (size_t j = 0; j < longer->n; j++) {
                uint32_t worth = (uint32_t)level[i][j] << 16 | (shorter->at[i].len & 0xffff);
                if (!done[i] && !used[j] && worth > best) best = worth, best_i = i, best_j = j;
            }
        done[best_i] = used[best_j] = true;
        found[best_i] = (rv_name_level)level[best_i][best_j];
    }
}

static rv_name_level worst_of(const rv_name_level *found, size_t n) {
    rv_name_level worst = RV_NAME_EQUAL;
    for (size_t i = 0; i < n; i++)
        if (found[i] < worst) worst = found[i];
    return worst;
}

static rv_name_level best_of(const rv_name_level *found, size_t n) {
    rv_name_level best = RV_NAME_DIFFERENT;
    for (size_t i = 0; i < n; i++)
        if (found[i] > best) best = found[i];
    return best;
}

static rv_name_level better(rv_name_level a, rv_name_level b) { return a > b ? a : b; }

/* JP beside JEAN PIERRE. */
static bool are_initials_of(rv_text letters, const name_words *words) {
    if (letters.len != words->n || words->n < 2) return false;
    for (size_t i = 0; i < words->n; i++)
        if (letters.ptr[i] != words->at[i].ptr[0]) return false;
    return true;
}

rv_name_level rv_first_names_compare(rv_text a, rv_text b, bool sound) {
    if (a.len == 0 || b.len == 0) return RV_NAME_MISSING;
    name_words left = {.n = 0}, right = {.n = 0};
    split(a, &left);
    split(b, &right);
    if (left.n <= 1 && right.n <= 1) return compare_first_word(a, b, sound);
    const name_words *shorter = left.n <= right.n ? &left : &right, *longer = shorter == &left ? &right : &left;
    rv_name_level whole = compare_letters(a, b);
    if (whole >= RV_NAME_ONE_ERROR) return whole;
    if (are_initials_of(shorter->at[0], longer)) return RV_NAME_PART;
    rv_name_level found[WORDS_MAX];
    align(shorter, longer, compare_first_word, found);
    rv_name_level worst = worst_of(found, shorter->n);
    if (worst >= RV_NAME_VARIANT) return RV_NAME_VARIANT;
    if (worst >= RV_NAME_PART) return worst;
    return best_of(found, shorter->n) >= RV_NAME_VARIANT || whole >= RV_NAME_WEAK ? RV_NAME_WEAK : RV_NAME_DIFFERENT;
}

rv_name_level rv_last_names_compare(rv_text a, rv_text b, bool sound) {
    if (a.len == 0 || b.len == 0) return RV_NAME_MISSING;
    name_words left = {.n = 0}, right = {.n = 0};
    split(a, &left);
    split(b, &right);
    if (left.n <= 1 && right.n <= 1) return compare_last_word(a, b, sound);
    rv_name_level whole = compare_last_word(a, b, sound);
    if (whole >= RV_NAME_ONE_ERROR) return whole;
    drop_particles(&left);
    drop_particles(&right);
    const name_words *shorter = left.n <= right.n ? &left : &right, *longer = shorter == &left ? &right : &left;
    rv_name_level found[WORDS_MAX];
    align(shorter, longer, compare_last_word, found);
    rv_name_level worst = worst_of(found, shorter->n);
    if (left.n == right.n && worst >= RV_NAME_TWO_ERRORS)
        return worst > RV_NAME_ONE_ERROR ? RV_NAME_ONE_ERROR : better(worst, whole);
    if (worst >= RV_NAME_ONE_ERROR) return better(RV_NAME_PART, whole);
    return best_of(found, shorter->n) == RV_NAME_EQUAL ? better(RV_NAME_WEAK, whole) : whole;
}

/* --- Whole names ------------------------------------------------------------------------------------------------- */

/* The words run together, in their order: JEANDUPONT is JEAN DUPONT. */
static rv_text run_together(const rv_whole_name *name, char out[2 * RV_SIMILARITY_MAX]) {
    rv_text parts[2] = {name->first, name->last};
    uint32_t n = 0;
    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < parts[k].len && n < 2 * RV_SIMILARITY_MAX; i++)
            if (parts[k].ptr[i] != ' ') out[n++] = parts[k].ptr[i];
    return rv_text_make(out, n);
}

void rv_whole_names_compare(const rv_whole_name *a, const rv_whole_name *b, rv_name_level *first, rv_name_level *last) {
    name_words left = {.n = 0}, right = {.n = 0};
    split(a->first, &left);
    split(a->last, &left);
    split(b->first, &right);
    split(b->last, &right);
    *first = *last = RV_NAME_MISSING;
    if (left.n == 0 || right.n == 0) return;
    char left_run[2 * RV_SIMILARITY_MAX], right_run[2 * RV_SIMILARITY_MAX];
    rv_name_level run = compare_letters(run_together(a, left_run), run_together(b, right_run));
    drop_particles(&left);
    drop_particles(&right);
    const name_words *shorter = left.n <= right.n ? &left : &right, *longer = shorter == &left ? &right : &left;
    rv_name_level found[WORDS_MAX];
    align(shorter, longer, compare_first_word, found);
    size_t best = 0;
    for (size_t i = 1; i < shorter->n; i++)
        if (found[i] > found[best] || (found[i] == found[best] && shorter->at[i].len >= shorter->at[best].len))
            best = i;
    *last = found[best];
    found[best] = RV_NAME_EQUAL;
    if (shorter->n > 1) *first = worst_of(found, shorter->n);
    if (*first > RV_NAME_VARIANT && longer->n > shorter->n) *first = RV_NAME_VARIANT;
    if (run >= RV_NAME_ONE_ERROR && left.n + right.n > 2) *first = better(*first, run), *last = better(*last, run);
}
