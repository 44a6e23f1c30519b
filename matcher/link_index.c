/*
 * Each rule has its own table: its keys in ascending order, where each range of keys begins, and the rows of each key one
 * after the other. What a probe touches is the beginning of a range, a key or two, and the rows, asked for a whole batch
 * of rows ahead.
 *
 * How long a list may be is found from the files: the limit is the highest one whose comparisons, all rules together,
 * stay within a budget a row. A list is as long as the longer of its two sides: a name that one client and five thousand
 * contacts bear says as little as one that five thousand clients bear. Keys that one side doesn't have are dropped.
 *
 * The indexed file alone tells of most keys that they'll be too heavy; they go before the other file is walked, so that
 * wide rules cost a large file next to nothing. While that one is walked the keys that its rows met are noted: their
 * candidates are asked for by these, and nobody's keys are made twice. Where that would take too much memory, the rest of
 * the file is walked again.
 */
#include "link_index.h"

#include "link_index_detail.h"
#include "parallel.h"

_Static_assert((int)RV_RULE_COUNT <= (int)RV_LINK_RULES_MAX, "a bit each");

/* Of the smaller file: from so many rows on rules that pay in small files only are left out. */
enum { LARGE = 150000 };

unsigned rv_link_rules(const rv_link_index *index) { return index->given_starts ? 1 : RV_RULE_COUNT; }
const char *rv_link_rule_name(const rv_link_index *index, unsigned rule) {
    return index->given_starts ? "given" : rv_rule_name((rv_rule)rule);
}
uint32_t rv_link_rule_fields(const rv_link_index *index, unsigned rule) {
    return index->given_starts ? 0 : rv_rule_fields((rv_rule)rule);
}
void rv_link_index_skew(const rv_link_index *index, unsigned rule, rv_link_skew *out) {
    *out = index->rules[rule].skew;
}
uint32_t rv_link_index_limit(const rv_link_index *index, unsigned rule) { return index->limits[rule]; }

/* A row that tells all has some 60 keys; each is a row, a key, part of a range, bits and, while building, a count and an
 * entry. Where rules are left out it has half of them. Pairs found are part of what a row takes. */
uint64_t rv_link_index_bytes(const rv_link_people *people) {
    enum { KEYS_A_FIELD = 8, KEYS_COMPARED = 6, A_KEY = 26, A_KEY_OF_LARGE = 18, A_ROW = 28, REST = 8 << 20 };
    const rv_link_table *right = rv_link_right(people);
    uint64_t keys = 0;
    for (int c = 0; c < RV_COLUMN_COUNTED; c++) keys += KEYS_A_FIELD * right->filled[c];
    keys += (uint64_t)KEYS_COMPARED * right->n_compare * right->n;
    return rv_link_parts_bytes(people) + keys * (right->n > LARGE ? A_KEY_OF_LARGE : A_KEY) +
           ((uint64_t)people->left.n + right->n) * A_ROW + rv_link_noted_bytes(people) + REST;
}

rv_status rv_link_index_new(const rv_link_people *people, const rv_settings *settings, rv_link_index **out,
                            rv_error *err) {
    int threads = rv_threads(settings);
    rv_link_index *index = rv_new(sizeof *index, err);
    if (!index) return RV_NO_MEMORY;
    index->people = people;
    for (index->row_bits = 1; index->row_bits < 32 && rv_link_right(people)->n >> index->row_bits; index->row_bits++) {}
    index->large = rv_link_right(people)->n > LARGE;
    index->wanted = index->large ? rv_rules_of_large_files : rv_rules_of_small_files;
    rv_status status = rv_link_parts_new(people, index->wanted, threads, &index->parts, err);
    if (status == RV_OK) status = rv_link_index_fill(index, threads, err);
    if (status == RV_OK && !people->self) { /* first by the right file alone */
        status = rv_link_index_find_limits(index, threads, err);
        if (status == RV_OK) status = rv_link_index_trim(index, threads, err);
        if (status == RV_OK) status = rv_link_index_meet(index, settings, err);
    }
    if (status == RV_OK) status = rv_link_index_find_limits(index, threads, err);
    if (status == RV_OK) status = rv_link_index_trim(index, threads, err);
    if (status == RV_OK) *out = index;
    else rv_link_index_free(index);
    return status;
}

rv_status rv_link_index_given(const rv_link_people *people, uint32_t *starts, uint32_t *rows, rv_link_index **out,
                              rv_error *err) {
    rv_link_index *index = rv_new(sizeof *index, err);
    if (!index) {
        rv_free(starts);
        rv_free(rows);
        return RV_NO_MEMORY;
    }
    index->people = people;
    index->given_starts = starts;
    index->given_rows = rows;
    *out = index;
    return RV_OK;
}

uint32_t rv_link_given_count(const rv_link_index *index, uint32_t left) {
    return index->given_starts[left + 1] - index->given_starts[left];
}

void rv_link_index_free(rv_link_index *index) {
    if (!index) return;
    rv_free(index->given_starts);
    rv_free(index->given_rows);
    for (int rule = 0; rule < RV_RULE_COUNT; rule++) {
        rv_link_rule_table *t = &index->rules[rule];
        rv_pages_free(t->entries, t->rows_bytes);
        rv_pages_free(t->keys, t->keys_bytes);
        rv_pages_free(t->rows, t->rows_bytes);
        rv_pages_free(t->met, t->met_bytes);
        rv_free(t->live);
    }
    rv_pages_free(index->starts, index->starts_bytes);
    rv_link_parts_free(&index->parts);
    for (size_t piece = 0; piece < index->n_met; piece++) rv_free(index->met[piece]);
    rv_free(index->met);
    rv_free(index);
}
