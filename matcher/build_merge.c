#include "build_merge.h"

void rv_merge_scratch_free(rv_merge_scratch *scratch) {
    rv_free(scratch->fields);
    rv_free(scratch->numbers);
    *scratch = (rv_merge_scratch){0};
}

static rv_status scratch_ready(rv_merge_scratch *s, const rv_build_plan *plan, size_t rows, rv_error *err) {
    if (rows <= s->rows_cap) return RV_OK;
    size_t cap = rows + rows / 2 + 8;
    rv_merge_scratch_free(s);
    s->fields = rv_array_new(cap, plan->n_fields * sizeof *s->fields, err);
    s->numbers = rv_array_new(cap, sizeof *s->numbers, err);
    if (!s->fields || !s->numbers) return RV_NO_MEMORY;
    s->rows_cap = cap;
    return RV_OK;
}

/* --- Freshness ---------------------------------------------------------------------------------------------------- */

static bool is_fresher(const rv_merge_row *a, const rv_merge_row *b) {
    if (a->date != b->date) return a->date > b->date;
    if (a->priority != b->priority) return a->priority < b->priority;
    return a->row < b->row;
}

static void sort_by_freshness(rv_merge_row *rows, size_t n) {
    for (size_t i = 1; i < n; i++) {
        rv_merge_row row = rows[i];
        size_t at = i;
        for (; at > 0 && is_fresher(&row, &rows[at - 1]); at--) rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

/* --- Values that are nobody's ------------------------------------------------------------------------------------- */

static unsigned flag_of(rv_role role) {
    switch (role) {
    case RV_ROLE_EMAIL:
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1: return RV_GUARD_EMAIL_NOBODYS;
    case RV_ROLE_MOBILE: return RV_GUARD_MOBILE_NOBODYS;
    case RV_ROLE_PHONE: return RV_GUARD_PHONE_NOBODYS;
    case RV_ROLE_IDENTIFIER: return RV_GUARD_IDENTIFIER_NOBODYS;
    default: return 0;
    }
}

static void drop_nobodys(const rv_build_plan *plan, const rv_guard *guard, rv_text *fields) {
    if (!(guard->flags & RV_GUARD_VALUES_NOBODYS)) return;
    for (uint32_t f = 0; f < plan->n_fields; f++)
        if (guard->flags & flag_of(plan->fields[f])) fields[f] = (rv_text){0};
}

/* The row's fields, n_fields of them; returns where its numbers of attribute values begin. */
static const char *unpack(const rv_build_plan *plan, const rv_merge_row *row, rv_text *fields) {
    const char *p = row->texts;
    memset(fields, 0, plan->n_fields * sizeof *fields);
    for (uint64_t left = row->head.fields; left; left &= left - 1) p = rv_spool_text(p, &fields[__builtin_ctzll(left)]);
    drop_nobodys(plan, row->guard, fields);
    return p;
}

/* --- Fields ------------------------------------------------------------------------------------------------------- */

/* Those that say where; a country or a flat alone is no address. */
static bool is_place(rv_role role) {
    return role == RV_ROLE_STREET || role == RV_ROLE_ADDRESS_LINE || role == RV_ROLE_POSTCODE || role == RV_ROLE_CITY;
}

static bool equal_nocase(rv_text a, rv_text b) {
    if (a.len != b.len) return false;
    for (uint32_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
        if (x >= 'A' && x <= 'Z') x = (unsigned char)(x + 32);
        if (y >= 'A' && y <= 'Z') y = (unsigned char)(y + 32);
        if (x != y) return false;
    }
    return true;
}

static void take(const rv_merge_row *row, rv_text value, uint32_t f, rv_contact *contact) {
    contact->fields[f] = value;
    contact->origins[f] = (rv_origin){.source = (uint16_t)row->source, .date = row->date};
}

static bool has_place(const rv_build_plan *plan, const rv_text *fields) {
    for (uint32_t f = 0; f < plan->n_fields; f++)
        if (is_place(plan->fields[f]) && fields[f].len) return true;
    return false;
}

/* Towns are spelt in many ways, so they count only where a postcode is missing. */
static bool is_elsewhere(const rv_build_plan *plan, const rv_text *fields, const rv_contact *contact) {
    bool same_postcode = false, other_city = false;
    for (uint32_t f = 0; f < plan->n_fields; f++) {
        if (!rv_role_is_address(plan->fields[f]) || !fields[f].len || !contact->fields[f].len) continue;
        bool equal = equal_nocase(fields[f], contact->fields[f]);
        if (plan->fields[f] == RV_ROLE_CITY) other_city = !equal;
        else if (!equal && plan->fields[f] != RV_ROLE_ADDRESS_EXTRA) return true;
        else if (plan->fields[f] == RV_ROLE_POSTCODE) same_postcode = true;
    }
    return other_city && !same_postcode;
}

static void merge_address(const rv_build_plan *plan, const rv_merge_row *rows, size_t n, const rv_text *all,
                          rv_contact *contact) {
    bool placed = false;
    for (int round = 0; round < 2; round++) /* rows with a place first; what else is known comes after */
        for (size_t i = 0; i < n; i++) {
            const rv_text *fields = all + i * plan->n_fields;
            if (has_place(plan, fields) != (round == 0)) continue;
            if (placed && is_elsewhere(plan, fields, contact)) continue;
            for (uint32_t f = 0; f < plan->n_fields; f++)
                if (rv_role_is_address(plan->fields[f]) && fields[f].len && !contact->fields[f].len)
                    take(&rows[i], fields[f], f, contact);
            placed |= round == 0;
        }
}

static void merge_fields(const rv_build_plan *plan, const rv_merge_row *rows, size_t n, const rv_text *all,
                         rv_contact *contact) {
    for (uint32_t f = 0; f < plan->n_fields; f++) {
        contact->fields[f] = (rv_text){0};
        contact->origins[f] = (rv_origin){.date = RV_DATE_NONE};
        if (rv_role_is_address(plan->fields[f])) continue;
        for (size_t i = 0; i < n; i++) {
            if (!all[i * plan->n_fields + f].len) continue;
            take(&rows[i], all[i * plan->n_fields + f], f, contact);
            break;
        }
    }
    merge_address(plan, rows, n, all, contact);
}

/* What is there already is as fresh, or fresher. */
static bool takes_back(const bool *refuses, uint32_t code, rv_origin has, uint32_t other, int32_t date) {
    return refuses[other] && !refuses[code] && (date == RV_DATE_NONE || date == has.date);
}

/* No two rows of one day, and none of no day: then no refusal can take an answer back. Rows: freshest first. */
static bool are_days_apart(const rv_merge_row *rows, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (rows[i].date == RV_DATE_NONE || rows[i].date == rows[i - 1].date) return false;
    return true;
}

/* The freshest last: it stays. Which attributes a row fills can't be foretold, so nothing branches on it. */
static void merge_days_apart(const rv_build_plan *plan, const rv_merge_codes *values, const rv_merge_row *rows,
                             size_t n, const char *const *numbers, uint32_t *codes, rv_origin *origins) {
    while (n-- > 0) {
        const rv_build_file *file = &plan->files[rows[n].file];
        rv_spool_numbers walk = rv_spool_numbers_at(numbers[n], file->n_carried);
        rv_origin origin = {.source = (uint16_t)rows[n].source, .date = rows[n].date};
        for (uint32_t k = 0; k < file->n_carried; k++) {
            uint32_t a = file->carried[k], code = values->remap[a][rv_spool_number(&walk, k)], before = codes[a];
            rv_origin kept[2] = {origins[a], origin};
            codes[a] = code ? code : before;
            origins[a] = kept[code != 0];
        }
    }
}

/* Freshest first: what is there already stays, save that a no of the same day, or of no day, stands against a yes. */
static void merge_one_day(const rv_build_plan *plan, const rv_merge_codes *values, const rv_merge_row *rows, size_t n,
                          const char *const *numbers, uint32_t *codes, rv_origin *origins) {
    for (size_t i = 0; i < n; i++) {
        const rv_build_file *file = &plan->files[rows[i].file];
        rv_spool_numbers walk = rv_spool_numbers_at(numbers[i], file->n_carried);
        rv_origin origin = {.source = (uint16_t)rows[i].source, .date = rows[i].date};
        for (uint32_t k = 0; k < file->n_carried; k++) {
            uint32_t number = rv_spool_number(&walk, k), a = file->carried[k];
            if (number == 0) continue;
            if (codes[a]) {
                const bool *refuses = values->refuses[a];
                if (!refuses || !takes_back(refuses, codes[a], origins[a], values->remap[a][number], origin.date))
                    continue;
            }
            codes[a] = values->remap[a][number];
            origins[a] = origin;
        }
    }
}

static void merge_attributes(const rv_build_plan *plan, const rv_merge_codes *values, const rv_merge_row *rows,
                             size_t n, const char *const *numbers, uint32_t *codes, rv_origin *origins) {
    for (uint32_t a = 0; a < plan->n_attributes; a++) origins[a] = (rv_origin){.date = RV_DATE_NONE};
    memset(codes, 0, plan->n_attributes * sizeof *codes);
    if (are_days_apart(rows, n)) merge_days_apart(plan, values, rows, n, numbers, codes, origins);
    else merge_one_day(plan, values, rows, n, numbers, codes, origins);
}

/* --- Guard -------------------------------------------------------------------------------------------------------- */

/* What the freshest row says, save that a whole name beats an initial, and a full date a year alone. A former last name
 * stays as the name at birth where there is none. */
static void merge_guard(const rv_merge_row *rows, size_t n, rv_guard *out) {
    rv_guard merged = {.birth = RV_DATE_NONE};
    for (size_t i = 0; i < n; i++) {
        const rv_guard *g = rows[i].guard;
        bool initial = merged.flags & RV_GUARD_INITIAL_ONLY, weak = merged.flags & RV_GUARD_BIRTH_WEAK;
        if (g->first && (!merged.first || (initial && !(g->flags & RV_GUARD_INITIAL_ONLY)))) {
            merged.first = g->first;
            merged.flags = (uint8_t)((merged.flags & ~RV_GUARD_INITIAL_ONLY) | (g->flags & RV_GUARD_INITIAL_ONLY));
        }
        if (g->birth != RV_DATE_NONE && (merged.birth == RV_DATE_NONE || (weak && !(g->flags & RV_GUARD_BIRTH_WEAK)))) {
            merged.birth = g->birth;
            merged.flags = (uint8_t)((merged.flags & ~RV_GUARD_BIRTH_WEAK) | (g->flags & RV_GUARD_BIRTH_WEAK));
        }
        if (!merged.last) merged.last = g->last;
        else if (!merged.birth_name && g->last && g->last != merged.last)
            merged.birth_name = (uint32_t)(g->last >> 30); /* six letters */
        if (!merged.birth_name) merged.birth_name = g->birth_name;
        if (!merged.sex) merged.sex = g->sex;
        if (!merged.postcode && g->postcode) {
            merged.postcode = g->postcode;
            merged.street = g->street;
        }
    }
    *out = merged;
}

/* --- One row ------------------------------------------------------------------------------------------------------ */

/* Most contacts have one row, and nothing to merge. */
static void take_row(const rv_build_plan *plan, uint32_t *const *remap, const rv_merge_row *row, rv_contact *contact,
                     uint32_t *codes) {
    const rv_build_file *file = &plan->files[row->file];
    rv_origin origin = {.source = (uint16_t)row->source, .date = row->date};
    const char *p = unpack(plan, row, contact->fields);
    for (uint32_t f = 0; f < plan->n_fields; f++) contact->origins[f] = origin;
    memset(codes, 0, plan->n_attributes * sizeof *codes);
    rv_spool_numbers walk = rv_spool_numbers_at(p, file->n_carried);
    for (uint32_t k = 0; k < file->n_carried; k++)
        codes[file->carried[k]] = remap[file->carried[k]][rv_spool_number(&walk, k)];
}

/* --- The contact -------------------------------------------------------------------------------------------------- */

/* A row that says when somebody was last seen is believed: that a partner still has the row, or corrected it, is no sign of
 * life, and from the last one on the law counts the years for which somebody may be written to. */
static int32_t latest(const rv_merge_row *rows, size_t n) {
    int32_t date = RV_DATE_NONE;
    for (size_t i = 0; i < n; i++) {
        int32_t seen = rows[i].head.last_seen != RV_DATE_NONE ? rows[i].head.last_seen : rows[i].date;
        if (seen > date) date = seen;
    }
    return date;
}

rv_status rv_merge_contact(const rv_build_plan *plan, const rv_merge_codes *values, rv_merge_row *rows, size_t n,
                           rv_merge_scratch *scratch, rv_contact *contact, uint32_t *codes,
                           rv_origin *attribute_origins, rv_guard *person, rv_error *err) {
    for (size_t i = 0; i < n; i++) {
        rows[i].source = plan->files[rows[i].file].source;
        const rv_build_source *source = &plan->sources[rows[i].source];
        rows[i].texts = rv_spool_get(rows[i].record, &rows[i].head);
        rows[i].date = rows[i].head.updated_on != RV_DATE_NONE ? rows[i].head.updated_on : source->date;
        rows[i].priority = source->priority;
    }
    if (n == 1) {
        take_row(plan, values->remap, rows, contact, codes);
    } else {
        RV_TRY(scratch_ready(scratch, plan, n, err));
        sort_by_freshness(rows, n);
        for (size_t i = 0; i < n; i++)
            scratch->numbers[i] = unpack(plan, &rows[i], scratch->fields + i * plan->n_fields);
        merge_fields(plan, rows, n, scratch->fields, contact);
        merge_attributes(plan, values, rows, n, scratch->numbers, codes, attribute_origins);
    }
    merge_guard(rows, n, person);
    contact->last_seen = latest(rows, n);
    contact->source_rows = (uint32_t)n;
    return RV_OK;
}
