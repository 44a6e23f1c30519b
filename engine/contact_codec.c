/*
 * Numbers are LEB128 varints; dates are zigzag distances from the start of 2020, plus one (0: unknown), two bytes for
 * forty years around.
 */
#include "contact_codec.h"

#include "bytes16.h"

enum { DATE_BASE = 18262 }; /* 2020-01-01 */

enum { VARINT_MAX = 10 };

/* A contact is some sixty short pieces: a call for each would be felt. */
static bool has_room(rv_buffer *out, size_t n) { return out->cap - out->len >= n || rv_buffer_reserve(out, n); }

static char *write_varint(char *to, uint64_t value) {
    for (; value >= 128; value >>= 7) *to++ = (char)(value | 128);
    *to++ = (char)value;
    return to;
}

static void put_varint(rv_buffer *out, uint64_t value) {
    if (has_room(out, VARINT_MAX)) out->len = (size_t)(write_varint(out->data + out->len, value) - out->data);
}

static uint64_t take_long_varint(rv_cursor *c) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (c->at == c->end) break;
        unsigned char byte = *c->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
    c->good = false;
    return 0;
}
RV_INLINE uint64_t take_varint(rv_cursor *c) {
    return c->at < c->end && *c->at < 128 ? *c->at++ : take_long_varint(c);
}

static uint64_t date_to_number(int32_t date) {
    if (date == RV_DATE_NONE) return 0;
    int64_t distance = (int64_t)date - DATE_BASE;
    return 1 + ((uint64_t)distance << 1 ^ (uint64_t)(distance >> 63));
}
static int32_t number_to_date(uint64_t number) {
    if (number == 0) return RV_DATE_NONE;
    int64_t distance = (int64_t)((number - 1) >> 1) ^ -(int64_t)((number - 1) & 1);
    distance += DATE_BASE;
    return distance > INT32_MIN && distance <= INT32_MAX ? (int32_t)distance : RV_DATE_NONE;
}

static uint8_t bits_for(uint32_t n) {
    uint8_t bits = 0;
    while (((uint32_t)1 << bits) < n) bits++;
    return bits;
}
static size_t number_bytes(const rv_contact_shape *shape, uint8_t bits) {
    return ((size_t)(shape->n_fields + shape->n_attributes) * bits + 7) / 8;
}

/* --- Encoding ---------------------------------------------------------------------------------------------------- */

/* An origin as one word; no origin is FREE. */
static uint64_t origin_word(rv_origin o) { return (uint64_t)(uint32_t)o.date << 16 | o.source; }
static const uint64_t FREE = UINT64_MAX;

/* Nearly all contacts have four origins or fewer: their words are compared at once, without a branch on which it is. */
enum { QUICK_ORIGINS = 4 };

typedef struct origin_list {
    uint64_t quick[QUICK_ORIGINS]; /* words of the first ones */
    rv_origin origins[RV_MAX_ATTRIBUTES + RV_MAX_FIELDS];
    uint16_t numbers[RV_MAX_ATTRIBUTES + RV_MAX_FIELDS]; /* fields, then attributes */
    uint32_t n;
} origin_list;

static uint16_t number_more(origin_list *list, rv_origin origin) {
    for (uint32_t i = QUICK_ORIGINS; i < list->n; i++)
        if (origin_word(list->origins[i]) == origin_word(origin)) return (uint16_t)i;
    if (list->n < QUICK_ORIGINS) list->quick[list->n] = origin_word(origin);
    list->origins[list->n] = origin;
    return (uint16_t)list->n++;
}

/* What isn't there has number 0. */
static inline uint16_t number_origin(origin_list *list, rv_origin origin, bool there) {
    uint64_t word = there ? origin_word(origin) : list->quick[0];
    unsigned found = (unsigned)(word == list->quick[0]) | (unsigned)(word == list->quick[1]) << 1 |
                     (unsigned)(word == list->quick[2]) << 2 | (unsigned)(word == list->quick[3]) << 3;
    return found ? (uint16_t)__builtin_ctz(found) : number_more(list, origin);
}

static void list_origins(const rv_contact_shape *shape, const rv_contact *contact, const uint32_t *codes,
                         const rv_origin *attribute_origins, origin_list *list) {
    list->n = 0;
    if (!attribute_origins) {
        uint32_t any = 0;
        for (uint32_t i = 0; i < shape->n_fields; i++) any |= contact->fields[i].len;
        for (uint32_t i = 0; i < shape->n_attributes; i++) any |= codes[i];
        if (any) list->origins[list->n++] = contact->origins[0];
        return;
    }
    for (unsigned i = 0; i < QUICK_ORIGINS; i++) list->quick[i] = FREE;
    for (uint32_t i = 0; i < shape->n_fields; i++)
        list->numbers[i] = number_origin(list, contact->origins[i], contact->fields[i].len > 0);
    for (uint32_t i = 0; i < shape->n_attributes; i++)
        list->numbers[shape->n_fields + i] = number_origin(list, attribute_origins[i], codes[i] > 0);
}

static void put_numbers(const rv_contact_shape *shape, const origin_list *list, rv_buffer *out) {
    uint8_t bits = bits_for(list->n);
    if (bits == 0 || !has_room(out, number_bytes(shape, bits))) return;
    uint32_t held = 0, have = 0;
    for (uint32_t i = 0; i < shape->n_fields + shape->n_attributes; i++) {
        held |= (uint32_t)list->numbers[i] << have;
        for (have += bits; have >= 8; have -= 8, held >>= 8) out->data[out->len++] = (char)held;
    }
    if (have) out->data[out->len++] = (char)held;
}

/* The commonest case is seen on the date of the freshest origin: 1. */
static uint64_t seen_number(int32_t last_seen, const rv_origin *origins, uint32_t n) {
    int32_t latest = RV_DATE_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (origins[i].date > latest) latest = origins[i].date;
    if (last_seen == latest) return 1;
    uint64_t number = date_to_number(last_seen);
    return number ? number + 1 : 0;
}

rv_status rv_contact_texts(const rv_contact_shape *shape, const rv_contact *contact, rv_text *texts, rv_error *err) {
    texts[RV_COLUMN_ID] = contact->id;
    texts[RV_COLUMN_ALIASES] = contact->aliases;
    for (uint32_t f = 0; f < shape->n_fields; f++) texts[RV_COLUMN_FIELDS + f] = contact->fields[f];
    for (unsigned c = 0; c < rv_contact_columns(shape); c++)
        if (texts[c].len > RV_CONTACT_TEXT_MAX)
            return rv_fail(err, RV_BAD_INPUT, "a contact's value has %u bytes; %d is the most", texts[c].len,
                           RV_CONTACT_TEXT_MAX);
    return RV_OK;
}

rv_status rv_contact_encode_origins(const rv_contact_shape *shape, const rv_contact *contact, const uint32_t *codes,
                                    const rv_origin *attribute_origins, rv_buffer *const *parts, rv_error *err) {
    origin_list list;
    list_origins(shape, contact, codes, attribute_origins, &list);
    put_varint(parts[RV_PART_COUNTS], list.n);
    put_varint(parts[RV_PART_COUNTS], contact->source_rows);
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.origins[i].source >= shape->n_sources)
            return rv_fail(err, RV_BAD_ARGUMENT, "a value's source isn't one of the schema's");
        put_varint(parts[RV_PART_SOURCES], list.origins[i].source);
        put_varint(parts[RV_PART_DATES], date_to_number(list.origins[i].date));
    }
    put_varint(parts[RV_PART_SEEN], seen_number(contact->last_seen, list.origins, list.n));
    put_numbers(shape, &list, parts[RV_PART_NUMBERS]);
    return RV_OK;
}

rv_status rv_contact_encode(const rv_contact_shape *shape, const rv_contact *contact, const rv_text *texts,
                            const uint32_t *codes, const rv_origin *attribute_origins, rv_buffer *out, rv_error *err) {
    rv_buffer *parts[RV_ORIGIN_PARTS];
    for (unsigned p = 0; p < RV_ORIGIN_PARTS; p++) parts[p] = out;
    RV_TRY(rv_contact_encode_origins(shape, contact, codes, attribute_origins, parts, err));
    unsigned columns = rv_contact_columns(shape);
    size_t need = RV_CONTACT_SLACK;
    for (unsigned c = 0; c < columns; c++) need += VARINT_MAX + texts[c].len;
    if (!has_room(out, need)) return RV_OK; /* the caller asks */
    char *to = out->data + out->len;
    for (unsigned c = 0; c < columns; c++) to = write_varint(to, texts[c].len);
    for (unsigned c = 0; c < columns; c++) {
        for (uint32_t i = 0; i < texts[c].len; i += RV_CONTACT_SLACK)
            rv_store_16(to + i, rv_load_16(texts[c].ptr + i, 16));
        to += texts[c].len;
    }
    out->len = (size_t)(to - out->data);
    return RV_OK;
}

/* --- Decoding ---------------------------------------------------------------------------------------------------- */

RV_INLINE const unsigned char *take_bytes(rv_cursor *c, size_t n) {
    if (n > (size_t)(c->end - c->at)) {
        c->good = false;
        return NULL;
    }
    c->at += n;
    return c->at - n;
}

/* Where each part is read: all the same cursor in row form, which the compiler then keeps in registers. Those of column
 * c's lengths and bytes stand `step` further for each column. */
typedef struct part_cursors {
    rv_cursor *counts, *sources, *dates, *seen, *numbers, *lengths, *bytes;
    size_t step;
} part_cursors;

RV_INLINE bool decode_origins(const rv_contact_shape *shape, const part_cursors *from, rv_contact_view *out) {
    uint64_t n = take_varint(from->counts), rows = take_varint(from->counts);
    if (!from->counts->good || n > shape->n_fields + shape->n_attributes || rows > UINT32_MAX) return false;
    out->n_origins = (uint32_t)n;
    out->source_rows = (uint32_t)rows;
    int32_t latest = RV_DATE_NONE;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t source = take_varint(from->sources);
        int32_t date = number_to_date(take_varint(from->dates));
        if (source >= shape->n_sources) return false;
        out->origins[i] = (rv_origin){(uint16_t)source, date};
        if (date > latest) latest = date;
    }
    uint64_t seen = take_varint(from->seen);
    out->last_seen = seen == 1 ? latest : number_to_date(seen ? seen - 1 : 0);
    out->number_bits = bits_for(out->n_origins);
    out->numbers = take_bytes(from->numbers, number_bytes(shape, out->number_bits));
    return from->sources->good && from->dates->good && from->seen->good && out->numbers;
}

/* All lengths, then all bytes: so they stand in row form. */
RV_INLINE bool decode_texts(const rv_contact_shape *shape, const part_cursors *from, rv_contact_view *out) {
    unsigned columns = rv_contact_columns(shape);
    uint64_t present = 0;
    bool sane = true;
    for (unsigned c = 0; c < columns; c++) {
        uint64_t n = take_varint(from->lengths + c * from->step);
        sane &= n <= 2 * RV_CONTACT_TEXT_MAX && from->lengths[c * from->step].good;
        out->columns[c].n = (uint32_t)n;
        if (c >= RV_COLUMN_FIELDS) present |= (uint64_t)(n > 0) << (c - RV_COLUMN_FIELDS);
    }
    size_t packed = 0;
    for (unsigned c = 0; c < columns && sane; c++) {
        out->columns[c].packed = take_bytes(from->bytes + c * from->step, out->columns[c].n);
        sane = out->columns[c].packed != NULL;
        packed += out->columns[c].n;
    }
    out->present = present;
    out->packed = packed;
    return sane;
}

static rv_status told(bool sane, rv_error *err) {
    return sane ? RV_OK : rv_fail(err, RV_CORRUPT, "a contact's bytes make no sense");
}

rv_status rv_contact_decode_columns(const rv_contact_shape *shape, rv_cursor *parts, rv_contact_view *out,
                                    rv_error *err) {
    part_cursors from = {&parts[RV_PART_COUNTS], &parts[RV_PART_SOURCES], &parts[RV_PART_DATES],    &parts[RV_PART_SEEN],
                         &parts[RV_PART_NUMBERS], &parts[rv_part_lengths(0)], &parts[rv_part_bytes(0)], 2};
    return told(decode_origins(shape, &from, out) && decode_texts(shape, &from, out), err);
}

rv_status rv_contact_decode(const rv_contact_shape *shape, const unsigned char *bytes, size_t n, bool with_texts,
                            rv_contact_view *out, rv_error *err) {
    rv_cursor one = {bytes, bytes + n, true};
    part_cursors from = {&one, &one, &one, &one, &one, &one, &one, 0};
    out->present = out->packed = 0;
    return told(decode_origins(shape, &from, out) && (!with_texts || decode_texts(shape, &from, out)), err);
}

void rv_contact_rewrite(const rv_contact_shape *shape, const rv_contact_view *view, rv_buffer *out) {
    put_varint(out, view->n_origins);
    put_varint(out, view->source_rows);
    for (uint32_t i = 0; i < view->n_origins; i++) {
        put_varint(out, view->origins[i].source);
        put_varint(out, date_to_number(view->origins[i].date));
    }
    put_varint(out, seen_number(view->last_seen, view->origins, view->n_origins));
    rv_buffer_add(out, view->numbers, number_bytes(shape, view->number_bits));
    for (unsigned c = 0; c < rv_contact_columns(shape); c++) put_varint(out, view->columns[c].n);
    for (unsigned c = 0; c < rv_contact_columns(shape); c++)
        rv_buffer_add(out, view->columns[c].packed, view->columns[c].n);
}

static rv_origin numbered_origin(const rv_contact_view *view, uint32_t index) {
    if (view->n_origins == 0) return (rv_origin){0, RV_DATE_NONE};
    uint32_t number = 0;
    size_t bit = (size_t)index * view->number_bits;
    for (uint8_t i = 0; i < view->number_bits; i++, bit++)
        number |= (uint32_t)(view->numbers[bit / 8] >> (bit % 8) & 1) << i;
    return view->origins[number < view->n_origins ? number : 0];
}
rv_origin rv_contact_attribute_origin(const rv_contact_shape *shape, const rv_contact_view *view, uint32_t attribute) {
    return numbered_origin(view, shape->n_fields + attribute);
}

/* Unpacks one column to *at and moves that. */
static bool take_text(const rv_contact_view *view, const rv_symbol_table *tables, unsigned column, char **at,
                      rv_text *out) {
    size_t n = view->columns[column].n;
    const unsigned char *packed = view->columns[column].packed;
    if (!n) n = 0;
    else if (tables) n = rv_symbols_unpack(&tables[column], packed, n, *at);
    else memcpy(*at, packed, n);
    *out = rv_text_make(*at, n);
    *at += n;
    return n <= RV_CONTACT_TEXT_MAX;
}

/* The texts that are asked for: only they are looked at. Columns come in their order. */
static bool take_texts(const rv_contact_shape *shape, const rv_contact_view *view, const rv_symbol_table *tables,
                       const uint64_t *fields, char **at, rv_contact *out) {
    bool sane = take_text(view, tables, RV_COLUMN_ID, at, &out->id);
    out->aliases = rv_text_make(*at, 0);
    if (!fields) sane = take_text(view, tables, RV_COLUMN_ALIASES, at, &out->aliases) && sane;
    for (uint32_t f = 0; f < shape->n_fields; f++) out->fields[f] = rv_text_make(*at, 0);
    for (uint64_t left = view->present & (fields ? *fields : ~(uint64_t)0); left && sane; left &= left - 1) {
        unsigned f = (unsigned)__builtin_ctzll(left);
        sane = take_text(view, tables, RV_COLUMN_FIELDS + f, at, &out->fields[f]);
    }
    return sane;
}

/* Room is had for the longest that the strings may become, and what they don't need is given back. */
rv_status rv_contact_materialize(const rv_contact_shape *shape, const rv_contact_view *view,
                                 const rv_symbol_table *tables, const uint64_t *fields, rv_arena *arena,
                                 rv_contact *out, rv_error *err) {
    size_t numbers = number_bytes(shape, view->number_bits);
    size_t total = RV_SYMBOL_SLACK + (tables ? (size_t)RV_SYMBOL_BYTES : 1) * view->packed + numbers + sizeof(uint32_t);
    size_t head = shape->n_fields * (sizeof(rv_text) + sizeof(rv_origin)) + view->n_origins * sizeof(rv_origin);
    unsigned char *room = rv_arena_get(arena, head + total);
    if (!room) return rv_fail_memory(err, head + total);
    rv_contact contact = {.fields = (rv_text *)(void *)room,
                          .last_seen = view->last_seen,
                          .source_rows = view->source_rows,
                          .present = view->present};
    contact.origins = (rv_origin *)(void *)(contact.fields + shape->n_fields);
    rv_origin *distinct = contact.origins + shape->n_fields;
    memcpy(distinct, view->origins, view->n_origins * sizeof *distinct);
    char *at = (char *)room + head;
    memcpy(at, view->numbers, numbers);
    memset(at + numbers, 0, sizeof(uint32_t));
    contact.all = (rv_origin_list){distinct, view->n_origins, view->number_bits, (unsigned char *)at};
    at += numbers + sizeof(uint32_t);
    if (!take_texts(shape, view, tables, fields, &at, &contact))
        return rv_fail(err, RV_CORRUPT, "a contact's string makes no sense");
    rv_arena_trim(arena, at);
    rv_origin only = view->n_origins ? distinct[0] : (rv_origin){0, RV_DATE_NONE};
    for (uint32_t i = 0; i < shape->n_fields; i++)
        contact.origins[i] = view->number_bits ? rv_origin_at(&contact.all, i) : only;
    *out = contact;
    return RV_OK;
}
