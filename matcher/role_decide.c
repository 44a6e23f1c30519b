/*
 * A role that stands for one column goes to the column whose header names it best, the first of several. Addresses are
 * taken whole: where a table has a home (or a bill's) address, no part of a delivery address joins it.
 */
#include "role_decide.h"

/* Roles of which a table may have several columns. */
static bool may_repeat(rv_role role) {
    return role == RV_ROLE_NONE || role == RV_ROLE_ATTRIBUTE || role == RV_ROLE_COMPARE || role == RV_ROLE_CONSENT ||
           role == RV_ROLE_ADDRESS_EXTRA;
}

typedef struct decision {
    const rv_text *columns;
    uint32_t n;
    const bool *set;
    rv_role *roles;
    rv_header *headers;
} decision;

static bool has(const decision *d, rv_role role, unsigned most_rank) {
    for (uint32_t i = 0; i < d->n; i++) {
        if (d->set[i] && d->roles[i] == role) return true;
        if (!d->set[i] && d->headers[i].role == role && d->headers[i].rank <= most_rank) return true;
    }
    return false;
}

/* A list of orders names its rows and dates by words that mean a person or nothing elsewhere. */
static void read_as_orders(decision *d) {
    unsigned marks = 0;
    for (uint32_t i = 0; i < d->n; i++) marks += d->headers[i].of_orders;
    if (marks < 2) return;
    bool has_id = has(d, RV_ROLE_ORDER_ID, 2), has_date = has(d, RV_ROLE_ORDER_DATE, 2);
    bool named = has(d, RV_ROLE_FULL_NAME, 2) && has(d, RV_ROLE_EMAIL, 2), has_name = false;
    for (uint32_t i = 0; i < d->n && named; i++)
        has_name |= !d->headers[i].bare_name && d->headers[i].role == RV_ROLE_FULL_NAME;
    for (uint32_t i = 0; i < d->n; i++) {
        rv_header *h = &d->headers[i];
        if (d->set[i]) continue;
        if ((h->bare_name && has_name) || h->bare_id) {
            h->role = has_id ? RV_ROLE_NONE : RV_ROLE_ORDER_ID;
            h->rank = 0;
            has_id = true;
        } else if (h->made_on && !has_date) {
            h->role = RV_ROLE_ORDER_DATE;
            has_date = true;
        } else if (h->bare_client && !has(d, RV_ROLE_FULL_NAME, 2)) h->role = RV_ROLE_FULL_NAME;
    }
}

/* "nom" beside a first name is the last name; alone it is the whole name. A street without a column of numbers is the
 * whole line. */
static void read_together(decision *d) {
    bool first = has(d, RV_ROLE_FIRST_NAME, 2), last = has(d, RV_ROLE_LAST_NAME, 2);
    bool full = has(d, RV_ROLE_FULL_NAME, 0), number = has(d, RV_ROLE_STREET_NUMBER, 2);
    bool full_by_user = false;
    for (uint32_t i = 0; i < d->n; i++) full_by_user |= d->set[i] && d->roles[i] == RV_ROLE_FULL_NAME;
    for (uint32_t i = 0; i < d->n; i++) {
        rv_header *h = &d->headers[i];
        if (d->set[i]) continue;
        if (h->role == RV_ROLE_FULL_NAME && first && !last) h->role = RV_ROLE_LAST_NAME;
        else if (h->role == RV_ROLE_LAST_NAME && !first && !full_by_user) h->role = RV_ROLE_FULL_NAME;
        else if (h->role == RV_ROLE_STREET && !number && !h->own) {
            if (h->rank < 2 && has(d, RV_ROLE_ADDRESS_LINE, h->rank)) h->rank++; /* the line itself, and cut in parts */
            h->role = RV_ROLE_ADDRESS_LINE;
        } else if (full && h->rank > 0 && (h->role == RV_ROLE_FIRST_NAME || h->role == RV_ROLE_LAST_NAME))
            h->role = RV_ROLE_NONE;
    }
}

static bool is_place(rv_role role) {
    return role == RV_ROLE_STREET || role == RV_ROLE_ADDRESS_LINE || role == RV_ROLE_POSTCODE || role == RV_ROLE_CITY;
}

/* No part of another address beside the home's. */
static void drop_other_addresses(decision *d) {
    bool home = false;
    for (uint32_t i = 0; i < d->n; i++)
        home |= d->set[i] ? is_place(d->roles[i]) : d->headers[i].rank < 2 && is_place(d->headers[i].role);
    for (uint32_t i = 0; home && i < d->n; i++)
        if (!d->set[i] && d->headers[i].rank == 2 && rv_role_is_address(d->headers[i].role))
            d->headers[i].role = RV_ROLE_NONE;
}

static void give(decision *d) {
    bool taken[RV_ROLE_COUNT] = {false};
    uint8_t rank_of[RV_ROLE_COUNT] = {0};
    for (uint32_t i = 0; i < d->n; i++)
        if (d->set[i]) taken[d->roles[i]] = true;
    for (uint8_t rank = 0; rank < 3; rank++)
        for (uint32_t i = 0; i < d->n; i++) {
            rv_role role = d->headers[i].role;
            if (d->set[i] || d->headers[i].rank != rank) continue;
            if (taken[role] && !may_repeat(role)) {
                bool line = role == RV_ROLE_ADDRESS_LINE && rank_of[role] == rank;
                role = line ? RV_ROLE_ADDRESS_EXTRA : RV_ROLE_NONE;
            } else if (role == RV_ROLE_ADDRESS_EXTRA && rank > 0 && taken[role] && rank_of[role] != rank) {
                role = RV_ROLE_NONE;
            }
            if (!taken[role]) rank_of[role] = rank;
            taken[role] = true;
            d->roles[i] = role;
        }
}

rv_status rv_roles_guess(const rv_text *columns, uint32_t n, const bool *set, rv_role *roles, rv_error *err) {
    decision d = {.columns = columns, .n = n, .set = set, .roles = roles};
    d.headers = rv_array_new(n, sizeof *d.headers, err);
    if (!d.headers) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++)
        if (!set[i]) d.headers[i] = rv_header_read(columns[i]);
    read_as_orders(&d);
    read_together(&d);
    drop_other_addresses(&d);
    give(&d);
    rv_free(d.headers);
    return RV_OK;
}
