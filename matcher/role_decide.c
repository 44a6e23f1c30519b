/*
 * Headers propose, values confirm. A header is believed unless hardly a value could be what it says; values alone give a
 * role where the header says nothing, or lies, and never against a header that names somebody else.
 *
 * A role that stands for one column goes to the column whose header names it best, the first of several. Addresses are
 * taken whole: where a table has a home (or a bill's) address, no part of a delivery address joins it.
 */
#include "role_decide.h"

#include <stdarg.h>
#include <stdio.h>

/* Roles of which a table may have several columns. */
static bool may_repeat(rv_role role) {
    return role == RV_ROLE_NONE || role == RV_ROLE_ATTRIBUTE || role == RV_ROLE_COMPARE || role == RV_ROLE_CONSENT ||
           role == RV_ROLE_ADDRESS_EXTRA;
}

typedef struct decision {
    const rv_text *columns;
    uint32_t n;
    const bool *set;
    const rv_column_content *contents; /* or NULL */
    rv_role *roles;
    rv_header *headers;
    rv_role_reason *reasons;
} decision;

enum { BY_CONTENT = 3 }; /* rank of what only the values say: behind all headers */

__attribute__((format(printf, 4, 5))) static void reason(decision *d, uint32_t i, double confidence, const char *format,
                                                         ...) {
    rv_role_reason *r = &d->reasons[i];
    r->confidence = confidence;
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    vsnprintf(r->evidence, sizeof r->evidence, format, list);
    vsnprintf(r->french, sizeof r->french, rv_translate(format, RV_FRENCH, NULL), again);
    va_end(list);
    va_end(again);
}

/* --- Each column by itself --------------------------------------------------------------------------------------- */

/* Laplace's rule of succession: seven of seven values are less than seven hundred. */
static double chance(uint32_t hits, uint32_t n) { return ((double)hits + 1) / ((double)n + 2); }

static bool refused_by_values(const rv_column_content *c, int64_t fits) {
    if (fits < 0 || c->filled < 3) return false;
    return c->filled < 10 ? fits == 0 : fits * 5 < c->filled;
}

static const char *spoken(rv_role role) { return role == RV_ROLE_NONE ? "nothing we know" : rv_role_name(role); }

static void follow_values(decision *d, uint32_t i, rv_content_role shown, bool contradicted) {
    const rv_column_content *c = &d->contents[i];
    rv_header *h = &d->headers[i];
    d->reasons[i].by_content = true;
    d->reasons[i].contradicted = contradicted;
    if (contradicted)
        reason(d, i, chance(shown.hits, c->filled), "%u of %u values are; the header says %s", shown.hits, c->filled,
               spoken(h->role));
    else
        reason(d, i, chance(shown.hits, c->filled), "%u of %u values are; the header says nothing", shown.hits,
               c->filled);
    h->role = shown.role;
    h->rank = contradicted ? 0 : BY_CONTENT;
}

static bool is_telephone(rv_role role) { return role == RV_ROLE_PHONE || role == RV_ROLE_MOBILE; }

static void weigh_header(decision *d, uint32_t i) {
    rv_header *h = &d->headers[i];
    reason(d, i, h->own || h->rank == 0 ? .9 : .8, "the header");
    if (!d->contents) return;
    const rv_column_content *c = &d->contents[i];
    int64_t fits = rv_content_fits(c, h->role);
    if (fits > c->filled) fits = c->filled; /* "M" is a civility and a sex */
    rv_content_role loud = rv_content_role_of(c, false);
    bool other =
        loud.role != RV_ROLE_NONE && loud.role != h->role && !(is_telephone(loud.role) && is_telephone(h->role));
    bool carries_numbers = h->role == RV_ROLE_ID || h->role == RV_ROLE_IDENTIFIER || h->role == RV_ROLE_ORDER_ID ||
                           h->role == RV_ROLE_PHONE_SHA256;
    if (c->filled == 0) {
        reason(d, i, .8, "the header; no value in the first %u rows", c->rows);
    } else if (refused_by_values(c, fits)) {
        if (other) follow_values(d, i, loud, true);
        else if (c->flag * 10 >= c->filled * 9 && (h->role == RV_ROLE_EMAIL || is_telephone(h->role))) {
            h->role = RV_ROLE_CONSENT; /* "E-mail: oui" */
            reason(d, i, chance(c->flag, c->filled), "%u of %u values are yes or no", c->flag, c->filled);
        } else if (h->own) { /* so named for us: it holds rubbish */
            reason(d, i, .3, "the header; hardly a value may be");
        } else {
            reason(d, i, 0, "the header says %s, %u of %u values can't be", spoken(h->role), c->filled - (uint32_t)fits,
                   c->filled);
            d->reasons[i].contradicted = true;
            h->role = RV_ROLE_NONE;
        }
    } else if (other && fits < 0 && !carries_numbers && c->filled >= 3 && rv_role_is_contact(h->role)) {
        follow_values(d, i, loud, true);
    } else if (fits >= 0) {
        double part = (double)fits / c->filled;
        reason(d, i, (9 + 20 * part) / 30, "the header; %lld of %u values may be", (long long)fits, c->filled);
        if (c->filled < 20) d->reasons[i].confidence = (9 + (double)fits) / (10 + c->filled);
    }
}

static void weigh(decision *d, uint32_t i) {
    rv_header *h = &d->headers[i];
    if (h->role != RV_ROLE_NONE) {
        weigh_header(d, i);
        return;
    }
    if (!d->contents || (h->strange && !h->nameless)) return;
    rv_content_role shown = rv_content_role_of(&d->contents[i], h->nameless);
    if (shown.role != RV_ROLE_NONE) follow_values(d, i, shown, false);
}

/* --- Columns beside one another ---------------------------------------------------------------------------------- */

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
    bool first = has(d, RV_ROLE_FIRST_NAME, BY_CONTENT), last = has(d, RV_ROLE_LAST_NAME, BY_CONTENT);
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
    for (uint8_t rank = 0; rank <= BY_CONTENT; rank++)
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

/* --- What only values can tell ----------------------------------------------------------------------------------- */

static int64_t column_of(const decision *d, rv_role role) {
    for (uint32_t i = 0; i < d->n; i++)
        if (d->roles[i] == role) return i;
    return -1;
}

/* First names under "Nom" and last names under "Prenom". */
static void mend_swapped_names(decision *d) {
    int64_t first = column_of(d, RV_ROLE_FIRST_NAME), last = column_of(d, RV_ROLE_LAST_NAME);
    if (first < 0 || last < 0 || d->set[first] || d->set[last]) return;
    const rv_column_content *f = &d->contents[first], *l = &d->contents[last];
    if (f->filled < 5 || l->filled < 5) return;
    double in_first = (double)f->first_name / f->filled, in_last = (double)l->first_name / l->filled;
    if (in_last < .7 || in_first > .5 || in_last - in_first < .35) return;
    d->roles[first] = RV_ROLE_LAST_NAME;
    d->roles[last] = RV_ROLE_FIRST_NAME;
    reason(d, (uint32_t)last, in_last, "%u of %u values are; the header says last_name", l->first_name, l->filled);
    reason(d, (uint32_t)first, in_last, "the first names are in the other column; the header says first_name");
    for (int k = 0; k < 2; k++)
        d->reasons[k ? first : last].by_content = d->reasons[k ? first : last].contradicted = true;
}

/* "Tel 1" and "Tel 2": which one is the mobile, numbers say. */
static void tell_telephones(decision *d) {
    for (uint32_t i = 0; i < d->n; i++) {
        const rv_column_content *c = &d->contents[i];
        bool candidate = is_telephone(d->headers[i].role) && !d->headers[i].strange && !d->set[i] &&
                         (is_telephone(d->roles[i]) || d->roles[i] == RV_ROLE_NONE);
        if (!candidate || c->phone < 3) continue;
        bool held = d->roles[i] != RV_ROLE_NONE;
        unsigned percent = held ? 90 : 60;
        rv_role role = c->mobile * 100 >= c->phone * percent  ? RV_ROLE_MOBILE
                       : c->fixed * 100 >= c->phone * percent ? RV_ROLE_PHONE
                                                              : RV_ROLE_NONE;
        if (role == RV_ROLE_NONE || role == d->roles[i]) continue;
        int64_t holder = column_of(d, role);
        if (holder >= 0) continue;
        d->roles[i] = role;
        uint32_t hits = role == RV_ROLE_MOBILE ? c->mobile : c->fixed;
        reason(d, i, chance(hits, c->phone), "the header, and %u of %u numbers are of %s", hits, c->phone,
               role == RV_ROLE_MOBILE ? "mobiles" : "fixed lines");
    }
}

/* Without headers the last name is what stands beside the first name, and the id what is there in every row and no two
 * rows share. */
static void tell_rest(decision *d) {
    int64_t first = column_of(d, RV_ROLE_FIRST_NAME);
    bool last = column_of(d, RV_ROLE_LAST_NAME) >= 0 || column_of(d, RV_ROLE_FULL_NAME) >= 0;
    for (int64_t step = 1; first >= 0 && !last && step <= 2; step++)
        for (int64_t side = -1; side <= 1 && !last; side += 2) {
            int64_t i = first + side * step;
            if (i < 0 || i >= d->n || d->roles[i] != RV_ROLE_NONE || d->set[i] || !d->headers[i].nameless) continue;
            const rv_column_content *c = &d->contents[i];
            if (c->filled < 2 || c->letters * 10 < c->filled * 9 || c->first_name * 2 > c->filled ||
                c->distinct * 3 < c->filled)
                continue;
            d->roles[i] = RV_ROLE_LAST_NAME;
            d->reasons[i].by_content = last = true;
            reason(d, (uint32_t)i, .7, "words beside the first names");
        }
    for (uint32_t i = 0; i < d->n && i < 2 && column_of(d, RV_ROLE_ID) < 0; i++) {
        const rv_column_content *c = &d->contents[i];
        bool whole = c->filled == c->rows && c->distinct == c->rows && c->rows >= 3;
        if (!whole || d->roles[i] != RV_ROLE_NONE || d->set[i] || !d->headers[i].nameless || c->has_digit < c->rows)
            continue;
        if (c->date || c->at_sign) continue;
        d->roles[i] = RV_ROLE_ID;
        d->reasons[i].by_content = true;
        reason(d, i, .7, "there in all of %u rows, never twice the same", c->rows);
    }
}

rv_status rv_roles_guess(const rv_text *columns, uint32_t n, const bool *set, const rv_column_content *contents,
                         rv_role *roles, rv_role_reason *reasons, rv_error *err) {
    decision d = {.columns = columns, .n = n, .set = set, .contents = contents, .roles = roles, .reasons = reasons};
    d.headers = rv_array_new(n, sizeof *d.headers, err);
    if (!d.headers) return RV_NO_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        if (set[i]) continue;
        d.headers[i] = rv_header_read(columns[i]);
        weigh(&d, i);
    }
    read_as_orders(&d);
    read_together(&d);
    drop_other_addresses(&d);
    give(&d);
    if (contents) {
        mend_swapped_names(&d);
        tell_telephones(&d);
        tell_rest(&d);
    }
    for (uint32_t i = 0; i < n; i++)
        if (!set[i] && roles[i] == RV_ROLE_NONE && !reasons[i].contradicted) reasons[i] = (rv_role_reason){0};
    rv_free(d.headers);
    return RV_OK;
}
