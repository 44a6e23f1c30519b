/* Filling and writing rows. The plan of columns is made in fill_plan.c. */
#include "fill.h"

static bool is_address(rv_role role) {
    switch (role) {
    case RV_ROLE_STREET_NUMBER:
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE:
    case RV_ROLE_ADDRESS_EXTRA:
    case RV_ROLE_POSTCODE:
    case RV_ROLE_CITY:
    case RV_ROLE_REGION:
    case RV_ROLE_COUNTRY: return true;
    default: return false;
    }
}

/* The contact's value of a field, or the empty text where nothing may be brought back. */
static rv_text value_of(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t field) {
    rv_text value = row->contact->fields[field];
    if (!value.len || !plan->allowed[row->contact->origins[field].source]) return (rv_text){0};
    return row->elsewhere && is_address(plan->field_roles[field]) ? (rv_text){0} : value;
}

rv_text rv_fill_cell(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t column) {
    int32_t field = plan->field_of[column];
    if (field < 0 || !row->contact || row->cells[column].len) return (rv_text){0};
    return value_of(plan, row, (uint32_t)field);
}

rv_text rv_fill_added(const rv_fill_plan *plan, const rv_fill_row *row, uint32_t i) {
    return row->contact ? value_of(plan, row, plan->added[i]) : (rv_text){0};
}

/* Source names are free text; the three characters that rv_filled is made of are escaped in them. */
static void put_name(rv_buffer *out, const char *name) {
    for (; *name; name++) {
        if (*name == ':' || *name == '|' || *name == '%')
            rv_buffer_format(out, "%%%02X", (unsigned)(unsigned char)*name);
        else rv_buffer_byte(out, *name);
    }
}

static void put_date(rv_buffer *out, int32_t date) {
    char text[11];
    if (date == RV_DATE_NONE) return;
    rv_date_format(date, text);
    rv_buffer_add(out, text, 10);
}

typedef struct filled { /* what a row brought back, in the order of the columns */
    uint32_t fields[RV_MAX_FIELDS];
    uint32_t n;
    uint32_t n_own;
} filled;

static void list_fills(const rv_fill_plan *plan, const rv_fill_row *row, filled *f) {
    *f = (filled){0};
    for (uint32_t c = 0; c < plan->csv->columns; c++)
        if (plan->field_of[c] >= 0 && rv_fill_cell(plan, row, c).len) f->fields[f->n++] = (uint32_t)plan->field_of[c];
    f->n_own = f->n;
    for (uint32_t i = 0; i < plan->n_added; i++)
        if (value_of(plan, row, plan->added[i]).len) f->fields[f->n++] = plan->added[i];
}

/* Nearly all contacts have their values from one source: then they are counted together. */
static void count_attributes(const rv_fill_plan *plan, const rv_fill_row *row, rv_fill_counts *counts) {
    const rv_origin_list *origins = &row->contact->all;
    uint32_t present = 0;
    for (uint32_t i = 0; i < plan->n_taken; i++) {
        uint32_t here = row->codes[i] != 0;
        counts->attributes[i] += here;
        present += here;
    }
    if (!origins->n) return;
    if (origins->bits == 0) {
        counts->attribute_sources[origins->at[0].source] += present;
        return;
    }
    for (uint32_t i = 0; i < plan->n_taken; i++)
        if (row->codes[i])
            counts->attribute_sources[rv_origin_at(origins, plan->schema->n_fields + plan->taken[i]).source]++;
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
        if (row->contact->fields[i].len && !plan->allowed[row->contact->origins[i].source]) counts->values_withheld++;
}

/* role:source:date|... Quoted by rv_csv_put when a source's name asks for it. */
static void put_filled(const rv_fill_plan *plan, const rv_fill_row *row, const filled *f, rv_buffer *out) {
    size_t start = out->len;
    bool plain = true;
    for (uint32_t i = 0; i < f->n; i++) {
        rv_origin origin = row->contact->origins[f->fields[i]];
        const char *source = plan->schema->sources[origin.source].name;
        if (i) rv_buffer_byte(out, '|');
        rv_buffer_string(out, plan->schema->fields[f->fields[i]].name);
        rv_buffer_byte(out, ':');
        put_name(out, source);
        rv_buffer_byte(out, ':');
        put_date(out, origin.date);
        plain = plain && !strpbrk(source, " ,\"\r\n");
    }
    if (plain || out->failed) return;
    rv_buffer list = {0}; /* rare: the list again, as a cell */
    rv_buffer_add(&list, out->data + start, out->len - start);
    out->len = start;
    if (list.failed) out->failed = true;
    rv_csv_put(out, rv_text_make(list.data, list.len));
    rv_buffer_free(&list);
}

static void put_client(const rv_fill_plan *plan, const rv_fill_row *row, bool has_fills, rv_buffer *out) {
    if (!has_fills && plan->copies_records && row->record.len && !memchr(row->record.ptr, '"', row->record.len)) {
        rv_buffer_text(out, row->record);
        return;
    }
    for (uint32_t c = 0; c < plan->csv->columns; c++) {
        if (c) rv_csv_comma(out);
        rv_text fill = has_fills ? rv_fill_cell(plan, row, c) : (rv_text){0};
        rv_csv_put(out, fill.len ? fill : row->cells[c]);
    }
}

/* The widest part of a row, and of short values: one reservation, then copies of a fixed size. */
static void put_attributes(const rv_fill_plan *plan, const rv_fill_row *row, rv_buffer *out) {
    if (!rv_buffer_reserve(out, plan->values_max)) return;
    char *at = out->data + out->len;
    for (uint32_t i = 0; i < plan->n_taken; i++) {
        const uint64_t *starts = plan->value_starts[i] + row->codes[i];
        const char *value = plan->values[i].data + starts[0];
        size_t n = (size_t)(starts[1] - starts[0]);
        if (n <= RV_FILL_COPY) memcpy(at, value, RV_FILL_COPY);
        else memcpy(at, value, n);
        at += n;
    }
    out->len = (size_t)(at - out->data);
}

/* 0 to 1 with six decimals. */
static void put_probability(rv_buffer *out, float probability) {
    char text[9] = "0.000000";
    unsigned millionths = (unsigned)((double)probability * 1e6 + .5);
    if (millionths >= 1000000) text[0] = '1';
    for (unsigned i = 7; i > 1; i--, millionths /= 10) text[i] = (char)('0' + millionths % 10);
    rv_buffer_add(out, text, 8);
}

void rv_fill_write(const rv_fill_plan *plan, const rv_fill_row *row, rv_fill_counts *counts, rv_buffer *out) {
    filled f = {0};
    if (row->contact) {
        list_fills(plan, row, &f);
        count_fills(plan, row, &f, counts);
    }
    if (!out) return;
    put_client(plan, row, f.n_own > 0, out);
    rv_csv_comma(out);
    rv_buffer_string(out, rv_tier_name(row->match->tier));
    if (!row->contact) {
        rv_buffer_add(out, plan->blank.data, plan->blank.len);
        rv_csv_end(out);
        return;
    }
    rv_csv_comma(out);
    put_probability(out, row->match->probability);
    rv_csv_comma(out);
    rv_csv_put(out, row->contact->id);
    rv_csv_comma(out);
    put_filled(plan, row, &f, out);
    rv_csv_comma(out);
    put_date(out, row->contact->last_seen);
    for (uint32_t i = 0; i < plan->n_added; i++) {
        rv_csv_comma(out);
        rv_csv_put(out, value_of(plan, row, plan->added[i]));
    }
    put_attributes(plan, row, out);
    rv_csv_end(out);
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
    *out = counts;
    return RV_OK;
}

void rv_fill_counts_clear(const rv_fill_plan *plan, rv_fill_counts *counts) {
    for (size_t i = 0, n; i < COUNTERS; i++) {
        uint64_t **one = counters(counts, plan, i, &n);
        memset(*one, 0, n * sizeof **one);
    }
    counts->rows_filled = counts->addresses_withheld = counts->values_withheld = 0;
}

void rv_fill_counts_add(const rv_fill_plan *plan, rv_fill_counts *to, const rv_fill_counts *from) {
    rv_fill_counts source = *from;
    for (size_t i = 0, n; i < COUNTERS; i++) {
        uint64_t *a = *counters(to, plan, i, &n);
        const uint64_t *b = *counters(&source, plan, i, &n);
        for (size_t k = 0; k < n; k++) a[k] += b[k];
    }
    to->rows_filled += from->rows_filled;
    to->addresses_withheld += from->addresses_withheld;
    to->values_withheld += from->values_withheld;
}

void rv_fill_counts_reset(rv_fill_counts *counts) {
    rv_free(counts->own);
    rv_free(counts->added);
    rv_free(counts->attributes);
    rv_free(counts->sources);
    rv_free(counts->attribute_sources);
    rv_free(counts->match_sources);
    *counts = (rv_fill_counts){0};
}
