/*
 * Asking memory ahead for rows whose contacts and codes will be fetched. A row costs some five lines at random, in two
 * steps of which the first says where the second is: the contact's place, and the record; the contact. Asked for one after
 * the other between other work they cost next to nothing; asked for at once, by the fetch itself, most of them are waited
 * for.
 */
#include "megabase_internal.h"

enum { NEAR = RV_HINT_AHEAD + 8, FAR = NEAR + 32 };

static void ask_far(const rv_megabase *m, uint32_t row) {
    rv_places_fetch(m, row);
    rv_lines_fetch(rv_record_of(m, row), m->records.width);
}

static void ask_near(const rv_megabase *m, uint32_t row) {
    uint64_t at, n;
    if (rv_contact_place(m, row, &at, &n)) rv_lines_fetch(m->contacts_view.bytes + at, n);
}

void rv_megabase_hint(const rv_megabase *m, const uint32_t *rows, size_t n, size_t at) {
    if (!m->image) return;
    for (size_t i = at ? at + FAR : 0; i < n && i <= at + FAR; i++)
        if (rows[i] < m->meta.rows) ask_far(m, rows[i]);
    for (size_t i = at ? at + NEAR : 0; i < n && i <= at + NEAR; i++)
        if (rows[i] < m->meta.rows) ask_near(m, rows[i]);
}
