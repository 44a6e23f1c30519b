/*
 * Asking memory ahead for rows whose contacts and codes will be fetched. A row costs some ten lines at random, in three
 * steps of which each says where the next one is: bits of what is proved and the place of its block of contacts; the block's
 * own bits, and the record; the block's table of ends. Asked for one after the other between other work they cost next to
 * nothing; asked for at once, by the fetch itself, most of them are waited for.
 */
#include "megabase_internal.h"

enum { NEAR = RV_HINT_AHEAD + 8, MIDDLE = NEAR + 24, FAR = MIDDLE + 24 };

/* Of a block of contacts: from its place in the file, which isn't proved yet and only asked. */
static uint64_t contacts_at(const rv_megabase *m, uint32_t row) {
    uint64_t at;
    memcpy(&at, m->places_view.bytes + (uint64_t)(row / RV_SMALL_BLOCK) * 8, 8);
    return at < m->contacts->stored ? at : 0;
}

static void ask_far(const rv_megabase *m, uint32_t row, bool records) {
    uint64_t place = (uint64_t)(row / RV_SMALL_BLOCK) * 8;
    if (records) rv_rows_expect(&m->records, row);
    rv_rvl_expect(&m->places_view, place);
    __builtin_prefetch(m->places_view.bytes + place);
}

static void ask_middle(const rv_megabase *m, uint32_t row, bool records) {
    if (records) rv_rows_fetch(&m->records, row);
    rv_rvl_fetch(&m->places_view, (uint64_t)(row / RV_SMALL_BLOCK) * 8, 8);
    rv_rvl_expect(&m->contacts_view, contacts_at(m, row));
}

static void ask_near(const rv_megabase *m, uint32_t row) {
    uint64_t at = contacts_at(m, row), left = m->contacts->stored - at;
    if (left) rv_rvl_fetch(&m->contacts_view, at, left < 2 * RV_SMALL_BLOCK ? left : 2 * RV_SMALL_BLOCK);
}

void rv_megabase_hint(const rv_megabase *m, const uint32_t *rows, size_t n, size_t at) {
    if (!m->image || !m->contacts->stored) return;
    bool records = m->records.width && atomic_load_explicit(&m->records.ready, memory_order_acquire);
    for (size_t i = at ? at + FAR : 0; i < n && i <= at + FAR; i++)
        if (rows[i] < m->meta.rows) ask_far(m, rows[i], records);
    for (size_t i = at ? at + MIDDLE : 0; i < n && i <= at + MIDDLE; i++)
        if (rows[i] < m->meta.rows) ask_middle(m, rows[i], records);
    for (size_t i = at ? at + NEAR : 0; i < n && i <= at + NEAR; i++)
        if (rows[i] < m->meta.rows) ask_near(m, rows[i]);
}
