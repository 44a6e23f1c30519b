/*
 * Asking memory ahead for rows whose contacts and codes will be fetched. A row costs some eight lines at random, in three
 * steps of which each needs what the one before has brought: the contact's place, and the bit that says whether the
 * record is proved; the record; the contact. Asked for one after the other between other work they cost next to nothing;
 * asked for at once, by the fetch itself, most of them are waited for.
 */
#include "megabase_internal.h"

enum { NEAR = RV_HINT_AHEAD + 8, MIDDLE = NEAR + 24, FAR = MIDDLE + 24 };

static void ask_far(const rv_megabase *m, uint32_t row, bool records) {
    if (records) rv_rows_expect(&m->records, row);
    rv_places_fetch(m, row);
}

static void ask_near(const rv_megabase *m, uint32_t row) {
    uint64_t at, n;
    if (rv_contact_place(m, row, &at, &n)) rv_contact_fetch(m, at, n);
}

void rv_megabase_hint(const rv_megabase *m, const uint32_t *rows, size_t n, size_t at) {
    if (!m->image) return;
    bool records = m->records.width && atomic_load_explicit(&m->records.ready, memory_order_acquire);
    for (size_t i = at ? at + FAR : 0; i < n && i <= at + FAR; i++)
        if (rows[i] < m->meta.rows) ask_far(m, rows[i], records);
    for (size_t i = at ? at + MIDDLE : 0; i < n && i <= at + MIDDLE && records; i++)
        if (rows[i] < m->meta.rows) rv_rows_fetch(&m->records, rows[i]);
    for (size_t i = at ? at + NEAR : 0; i < n && i <= at + NEAR; i++)
        if (rows[i] < m->meta.rows) ask_near(m, rows[i]);
}
