#include "build_ids.h"

/* Counters of two bits, each of many hashes, 16 for a row: one row in seventeen shares its own by chance. */
enum { COUNTERS_A_ROW = 16, COUNTER_BITS_MIN = 10, COUNTER_BITS_MAX = 30, AHEAD = 32, CANDIDATES_AT_ONCE = 256 };

uint32_t rv_build_id_hash(rv_text id) {
    if (id.len == 0) return 0;
    uint32_t hash = (uint32_t)(rv_hash64(id.ptr, id.len, 0) >> 32);
    return hash ? hash : 1;
}

typedef struct counters {
    unsigned char *bytes;
    size_t n_bytes;
    unsigned shift;
} counters;

static rv_status counters_new(uint32_t rows, counters *out, rv_error *err) {
    unsigned bits = COUNTER_BITS_MIN;
    while (bits < COUNTER_BITS_MAX && (uint64_t)1 << bits < (uint64_t)rows * COUNTERS_A_ROW) bits++;
    *out = (counters){.n_bytes = (size_t)1 << bits >> 2, .shift = 32 - bits};
    out->bytes = rv_pages_new(out->n_bytes, err);
    return out->bytes ? RV_OK : RV_NO_MEMORY;
}

static unsigned counted(const counters *c, uint32_t hash) {
    uint32_t at = hash >> c->shift;
    return (unsigned)c->bytes[at / 4] >> at % 4 * 2 & 3;
}

/* 0, 1, and 2 for more. */
static void count(counters *c, uint32_t hash) {
    uint32_t at = hash >> c->shift;
    if (counted(c, hash) < 2) c->bytes[at / 4] = (unsigned char)(c->bytes[at / 4] + (1u << at % 4 * 2));
}

static void count_all(counters *c, const uint32_t *hashes, uint32_t rows) {
    for (uint32_t row = 0; row < rows; row++) {
        if (rows - row > AHEAD) __builtin_prefetch(&c->bytes[hashes[row + AHEAD] >> c->shift >> 2], 1);
        if (hashes[row]) count(c, hashes[row]);
    }
}

static rv_text id_of(const rv_spool *spool, uint32_t row) {
    uint32_t file;
    rv_spool_head head;
    rv_spool_get(rv_spool_record(spool, row, &file), &head);
    return head.id;
}

/* The ids whose counter says that they may have company, in order of row. */
static rv_status list_candidates(const rv_build_rows *rows, const counters *c, const rv_secret *secret,
                                 rv_key_list *list, rv_error *err) {
    rv_key_entry entries[CANDIDATES_AT_ONCE];
    size_t n = 0;
    uint32_t n_rows = rows->spool.rows;
    const uint32_t *hashes = rows->id_hashes;
    for (uint32_t row = 0; row < n_rows; row++) {
        if (n_rows - row > AHEAD) __builtin_prefetch(&c->bytes[hashes[row + AHEAD] >> c->shift >> 2]);
        if (!hashes[row] || counted(c, hashes[row]) < 2) continue;
        rv_text id = id_of(&rows->spool, row);
        entries[n++] = (rv_key_entry){.key = rv_key_of(secret, id.ptr, id.len), .row = row};
        if (n < CANDIDATES_AT_ONCE) continue;
        RV_TRY(rv_key_list_add(list, entries, n, err));
        n = 0;
    }
    return rv_key_list_add(list, entries, n, err);
}

rv_status rv_build_id_groups(const rv_build_rows *rows, const rv_secret *secret, rv_key_groups *out, rv_error *err) {
    counters c;
    rv_key_list list = {0};
    *out = (rv_key_groups){0};
    RV_TRY(counters_new(rows->spool.rows, &c, err));
    count_all(&c, rows->id_hashes, rows->spool.rows);
    rv_status status = list_candidates(rows, &c, secret, &list, err);
    rv_pages_free(c.bytes, c.n_bytes);
    if (status == RV_OK) status = rv_key_groups_make(&list, 1, out, err);
    rv_key_list_free(&list);
    return status;
}

/* --- Clashes ------------------------------------------------------------------------------------------------------ */

static rv_status mark(unsigned char **bits, uint32_t rows, const uint32_t *members, uint32_t n, rv_error *err) {
    if (!*bits && !(*bits = rv_array_new((size_t)rows / 8 + 1, 1, err))) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) (*bits)[members[i] / 8] |= (unsigned char)(1 << members[i] % 8);
    return RV_OK;
}

static bool are_one_contact(const uint32_t *members, uint32_t n, const uint32_t *contact) {
    uint32_t i = 1;
    while (i < n && contact[members[i]] == contact[members[0]]) i++;
    return i >= n;
}

rv_status rv_build_find_clashes(const rv_build_plan *plan, const rv_key_groups *groups, const uint32_t *contact,
                                rv_id_clashes *out, rv_error *err) {
    uint32_t rows = 0;
    for (uint32_t s = 0; s < plan->n_sources; s++) rows += (uint32_t)plan->sources[s].rows;
    for (size_t g = 0; g < groups->n; g++) {
        const uint32_t *members = groups->members + groups->groups[g].start;
        uint32_t n = groups->groups[g].count, from = 0, end = 0; /* of a source: rows stand source by source */
        if (are_one_contact(members, n, contact)) continue;
        out->ids++;
        RV_TRY(mark(&out->between, rows, members, n, err));
        for (uint32_t s = 0; s < plan->n_sources && from < n; s++) {
            uint32_t to = from;
            end += (uint32_t)plan->sources[s].rows;
            while (to < n && members[to] < end) to++;
            if (!are_one_contact(members + from, to - from, contact))
                RV_TRY(mark(&out->within, rows, members + from, to - from, err));
            from = to;
        }
    }
    return RV_OK;
}

void rv_id_clashes_free(rv_id_clashes *clashes) {
    rv_free(clashes->between);
    rv_free(clashes->within);
}
