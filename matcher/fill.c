/* Filling and writing rows. The plan of columns is made in fill_plan.c. */
#include "fill.h"

#include <emmintrin.h>

/* The contact's value of a field, or the empty text where nothing may be brought back. */
static rv_text value_of(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t field) {
    rv_text value = row->contact->fields[field];
    if (!value.len || !plan->allowed[row->contact->origins[field].source]) return (rv_text){0};
    return row->elsewhere && plan->is_address[field] ? (rv_text){0} : value;
}

uint64_t rv_fill_fields(const rv_fill_plan *plan, const rv_text *cells, bool elsewhere) {
    uint64_t fields = plan->added_fields;
    for (uint32_t i = 0; i < plan->n_own; i++)
        fields |= (uint64_t)(cells[plan->own[i]].len == 0) << plan->field_of[plan->own[i]];
    return elsewhere ? fields & ~plan->address_fields : fields;
}

rv_text rv_fill_cell(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t column) {
    int32_t field = plan->field_of[column];
    if (field < 0 || !row->contact || row->cells[column].len) return (rv_text){0};
    return value_of(plan, row, (uint32_t)field);
}

rv_text rv_fill_added(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t i) {
    return row->contact ? value_of(plan, row, plan->added[i]) : (rv_text){0};
}

typedef struct filled { /* what a row brought back, in the order of the columns */
    uint64_t back; /* 1 << field of each */
    uint32_t n;
    uint32_t n_own; /* the first ones: in the client's own columns */
    uint32_t fields[RV_MAX_FIELDS];
    uint32_t columns[RV_MAX_FIELDS]; /* n_own */
} filled;

static void list_column(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t field, filled *f) {
    if (!value_of(plan, row, field).len) return;
    f->back |= (uint64_t)1 << field;
    f->fields[f->n++] = field;
}

/* Which columns may have something is gathered as bits: a branch for each would be guessed wrong. */
static void list_fills(const rv_fill_plan *plan, const rv_fill_row *row, filled *f) {
    uint64_t fields = row->fields & row->contact->present, own = 0, added = 0;
    for (uint32_t i = 0; i < plan->n_own; i++) own |= (fields >> plan->field_of[plan->own[i]] & 1) << i;
    for (; own; own &= own - 1) {
        uint32_t column = plan->own[__builtin_ctzll(own)];
        f->columns[f->n] = column;
        list_column(plan, row, (uint32_t)plan->field_of[column], f);
    }
    f->n_own = f->n;
    for (uint32_t i = 0; i < plan->n_added; i++) added |= (fields >> plan->added[i] & 1) << i;
    for (; added; added &= added - 1) list_column(plan, row, plan->added[__builtin_ctzll(added)], f);
}

/* Which of the values from `first` on have origin 1 of two, as bits: 24 of them lie within four bytes. */
enum { FEW = 24 };
static uint32_t second_origin(const rv_origin_list *origins, size_t first) {
    uint32_t word;
    memcpy(&word, origins->numbers + first / 8, sizeof word);
    return word >> (first % 8) & ((1u << FEW) - 1);
}

/* Which of n <= FEW codes are there, as bits. */
static uint32_t codes_present(const uint32_t *codes, uint32_t n) {
    uint32_t present = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        __m128i absent = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(const void *)(codes + i)), _mm_setzero_si128());
        present |= (15u ^ (unsigned)_mm_movemask_ps(_mm_castsi128_ps(absent))) << i;
    }
    for (; i < n; i++) present |= (uint32_t)(codes[i] != 0) << i;
    return present;
}

void rv_fill_count_sources(const rv_origin_list *origins, const uint32_t *values, bool in_row, const uint32_t *codes,
                           uint32_t n, uint64_t *sources) {
    uint32_t present = 0, second = 0;
    if (!origins->n) return;
    for (uint32_t i = 0; i < n; i++) present += codes[i] != 0;
    if (origins->bits == 0) { /* nearly all contacts */
        sources[origins->at[0].source] += present;
    } else if (origins->n == 2 && in_row) { /* most of the others */
        for (uint32_t i = 0, few; i < n; i += few) {
            few = n - i < FEW ? n - i : FEW;
            second += (uint32_t)__builtin_popcount(codes_present(codes + i, few) & second_origin(origins, values[i]));
        }
        sources[origins->at[0].source] += present - second;
        sources[origins->at[1].source] += second;
    } else {
        for (uint32_t i = 0; i < n; i++)
            if (codes[i]) sources[rv_origin_at(origins, values[i]).source]++;
    }
}

static void count_attributes(const rv_fill_plan *plan, const rv_fill_row *row, rv_fill_counts *counts) {
    const uint32_t n = plan->n_taken, *restrict codes = row->codes;
    uint32_t *restrict per_attribute = counts->block_attributes;
    for (uint32_t i = 0; i < n; i++) per_attribute[i] += codes[i] != 0;
    rv_fill_count_sources(&row->contact->all, plan->taken_values, plan->taken_in_row, codes, n,
                          counts->attribute_sources);
}

static void count_fills(const rv_fill_plan *plan, const rv_fill_row *row, const filled *f, rv_fill_counts *counts) {
    for (uint32_t i = 0; i < f->n; i++) {
        uint32_t field = f->fields[i];
        (i < f->n_own ? counts->own : counts->added)[field]++;
        counts->sources[row->contact->origins[field].source]++;
    }
    count_attributes(plan, row, counts);
    counts->rows_filled += f->n > 0;
    counts->addresses_withheld += row->elsewhere;
    for (uint32_t i = 0; i < plan->schema->n_fields && !plan->all_allowed; i++)
        if (row->contact->present >> i & 1 && !plan->allowed[row->contact->origins[i].source])
            counts->values_withheld++;
}

/* --- Writing ----------------------------------------------------------------------------------------------------- */

/* Room for a row is made once, for the longest that it may become; what follows writes and doesn't look. */

enum { RV_FILL_DATE = 11 }; /* YYYY-MM-DD and a zero */

/* The last date that was written as text: nearly always all dates of a row are one. */
typedef struct last_date {
    int32_t date; /* RV_DATE_NONE: none yet */
    char text[RV_FILL_DATE];
} last_date;

static char *put_date(char *at, int32_t date, last_date *last) {
    if (date == RV_DATE_NONE) return at;
    if (date != last->date) rv_date_format(last->date = date, last->text);
    memcpy(at, last->text, RV_FILL_DATE - 1);
    return at + RV_FILL_DATE - 1;
}

static char *put_bytes(char *at, const char *from, size_t n) {
    memcpy(at, from, n);
    return at + n;
}

/* role:source:date|... Quoted when a source's name asks for it. */
static char *put_filled(const rv_fill_plan *plan, const rv_fill_row *row, const filled *f, last_date *last,
                        char *at) {
    char *start = at;
    bool plain = true;
    for (uint32_t i = 0; i < f->n; i++) {
        rv_origin origin = row->contact->origins[f->fields[i]];
        rv_fill_label label = plan->label_of[(size_t)f->fields[i] * plan->schema->n_sources + origin.source];
        const char *text = plan->labels.data + label.at;
        if (i) *at++ = '|';
        if (label.n <= RV_FILL_LABEL) memcpy(at, text, RV_FILL_LABEL);
        else memcpy(at, text, label.n);
        at += label.n;
        at = put_date(at, origin.date, last);
        plain = plain && plan->plain_source[origin.source];
    }
    if (plain) return at;
    size_t n = (size_t)(at - start); /* rare: as a cell, from a copy behind it */
    char *copy = start + 2 * n + 16;
    memmove(copy, start, n);
    return rv_csv_put_at(start, rv_text_make(copy, n));
}

/* A record without a quote is copied, with what is brought back put in where its cells are empty. */
static char *put_record(const rv_fill_row *row, const filled *f, char *at) {
    const char *from = row->record.ptr;
    for (uint32_t i = 0; i < f->n_own; i++) {
        const char *to = row->cells[f->columns[i]].ptr;
        at = put_bytes(at, from, (size_t)(to - from));
        at = rv_csv_put_at(at, row->contact->fields[f->fields[i]]);
        from = to;
    }
    return put_bytes(at, from, (size_t)(row->record.ptr + row->record.len - from));
}

static char *put_cells(const rv_fill_plan *plan, const rv_fill_row *row, const filled *f, char *at) {
    for (uint32_t c = 0, fill = 0; c < plan->csv->columns; c++) {
        if (c) *at++ = ',';
        bool is_filled = fill < f->n_own && f->columns[fill] == c;
        at = rv_csv_put_at(at, is_filled ? row->contact->fields[f->fields[fill++]] : row->cells[c]);
    }
    return at;
}

/* The widest part of a row, and of short values: one copy of a register each. */
static char *put_attributes(const rv_fill_plan *plan, const rv_fill_row *row, char *at) {
    const uint32_t n = plan->n_taken, *codes = row->codes;
    rv_fill_value *const *values = plan->values;
    for (uint32_t i = 0; i < n; i++) {
        const rv_fill_value *value = &values[i][codes[i]];
        memcpy(at, value, sizeof *value);
        if (__builtin_expect(value->n == RV_FILL_LONG, 0)) {
            uint32_t place[2];
            memcpy(place, value->text, sizeof place);
            at = put_bytes(at, plan->long_values.data + place[0], place[1]);
        } else {
            at += value->n;
        }
    }
    return at;
}

/* 0 to 1 with six decimals. */
static char *put_probability(char *at, float probability) {
    unsigned millionths = (unsigned)((double)probability * 1e6 + .5);
    memcpy(at, millionths >= 1000000 ? "1.000000" : "0.000000", 8);
    for (unsigned i = 7; i > 1; i--, millionths /= 10) at[i] = (char)('0' + millionths % 10);
    return at + 8;
}

/* Bytes that the row needs at most, however much of it must be quoted. */
static size_t room_for(const rv_fill_plan *plan, const rv_fill_row *row, bool copies) {
    size_t cells = row->record.len, added = 0;
    if (!copies) {
        cells = 0;
        for (uint32_t c = 0; c < plan->csv->columns; c++) cells += 2 * (size_t)row->cells[c].len + 3;
    }
    if (!row->contact) return cells + 32 + plan->blank.len;
    for (uint32_t i = 0; i < plan->schema->n_fields; i++) added += row->contact->fields[i].len;
    size_t list = (plan->label_max + 12) * plan->schema->n_fields;
    return cells + 2 * (added + row->contact->id.len) + 4 * (size_t)plan->schema->n_fields + 3 * list + RV_FILL_LABEL +
           plan->values_max + 64;
}

void rv_fill_write(const rv_fill_plan *plan, const rv_fill_row *row, rv_fill_counts *counts, rv_buffer *out) {
    filled f;
    last_date last;
    last.date = RV_DATE_NONE;
    f.back = 0;
    f.n = f.n_own = 0;
    if (row->contact) {
        list_fills(plan, row, &f);
        count_fills(plan, row, &f, counts);
    }
    if (!out) return;
    bool copies = plan->copies_records && row->record.len &&
                  (row->unquoted || row->record.flags & RV_TEXT_UNQUOTED || !memchr(row->record.ptr, '"', row->record.len));
    if (!rv_buffer_reserve(out, room_for(plan, row, copies))) return;
    char *at = out->data + out->len;
    at = copies ? put_record(row, &f, at) : put_cells(plan, row, &f, at);
    const rv_fill_value *tier = &plan->tiers[row->match->tier];
    memcpy(at, tier->text, sizeof tier->text);
    at += tier->n;
    if (!row->contact) {
        at = put_bytes(at, plan->blank.data, plan->blank.len);
    } else {
        *at++ = ',';
        at = put_probability(at, row->match->probability);
        *at++ = ',';
        at = rv_csv_put_at(at, row->contact->id);
        *at++ = ',';
        at = put_filled(plan, row, &f, &last, at);
        *at++ = ',';
        at = put_date(at, row->contact->last_seen, &last);
        for (uint32_t i = 0; i < plan->n_added; i++) {
            *at++ = ',';
            if (f.back >> plan->added[i] & 1) at = rv_csv_put_at(at, row->contact->fields[plan->added[i]]);
        }
        at = put_attributes(plan, row, at);
    }
    *at++ = '\n';
    out->len = (size_t)(at - out->data);
}

/* --- Counts ------------------------------------------------------------------------------------------------------ */

static uint64_t **counters(rv_fill_counts *c, const rv_fill_plan *plan, size_t i, size_t *n) {
    uint64_t **all[] = {&c->own, &c->added, &c->attributes, &c->sources, &c->attribute_sources, &c->match_sources};
    const size_t sizes[] = {plan->schema->n_fields,  plan->schema->n_fields,  plan->n_taken,
                            plan->schema->n_sources, plan->schema->n_sources, plan->schema->n_sources};
    *n = sizes[i];
    return all[i];
}
enum { COUNTERS = 6 };

rv_status rv_fill_counts_new(const rv_fill_plan *plan, rv_fill_counts *out, rv_error *err) {
    rv_fill_counts counts = {0};
    for (size_t i = 0, n; i < COUNTERS; i++) {
        uint64_t **one = counters(&counts, plan, i, &n);
        if (!(*one = rv_array_new(n + 1, sizeof **one, err))) {
            rv_fill_counts_reset(&counts);
            return RV_NO_MEMORY;
        }
    }
    if (!(counts.block_attributes = rv_array_new((size_t)plan->n_taken + 1, sizeof *counts.block_attributes, err))) {
        rv_fill_counts_reset(&counts);
        return RV_NO_MEMORY;
    }
    *out = counts;
    return RV_OK;
}

void rv_fill_counts_clear(const rv_fill_plan *plan, rv_fill_counts *counts) {
    for (size_t i = 0, n; i < COUNTERS; i++) {
        uint64_t **one = counters(counts, plan, i, &n);
        memset(*one, 0, n * sizeof **one);
    }
    memset(counts->block_attributes, 0, plan->n_taken * sizeof *counts->block_attributes);
    counts->rows_filled = counts->addresses_withheld = counts->values_withheld = 0;
    memset(counts->hash_profiles, 0, sizeof counts->hash_profiles);
}

void rv_fill_counts_add(const rv_fill_plan *plan, rv_fill_counts *to, const rv_fill_counts *from) {
    rv_fill_counts source = *from;
    for (size_t i = 0, n; i < COUNTERS; i++) {
        uint64_t *a = *counters(to, plan, i, &n);
        const uint64_t *b = *counters(&source, plan, i, &n);
        for (size_t k = 0; k < n; k++) a[k] += b[k];
    }
    for (uint32_t i = 0; i < plan->n_taken; i++) to->attributes[i] += from->block_attributes[i];
    to->rows_filled += from->rows_filled;
    to->addresses_withheld += from->addresses_withheld;
    to->values_withheld += from->values_withheld;
    for (unsigned i = 0; i < RV_HASH_PROFILES; i++) to->hash_profiles[i] += from->hash_profiles[i];
}

void rv_fill_counts_reset(rv_fill_counts *counts) {
    rv_free(counts->own);
    rv_free(counts->added);
    rv_free(counts->attributes);
    rv_free(counts->block_attributes);
    rv_free(counts->sources);
    rv_free(counts->attribute_sources);
    rv_free(counts->match_sources);
    *counts = (rv_fill_counts){0};
}
