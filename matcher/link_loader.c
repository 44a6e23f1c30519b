/* See the header. */
#include "link_loader.h"

#include "birth.h"
#include "letters.h"
#include "parallel.h"
#include "phone.h"
#include "placeholder.h"

enum { PARTS = RV_PERSON_EMAIL | RV_PERSON_PHONES | RV_PERSON_NAMES | RV_PERSON_ADDRESS | RV_PERSON_IDENTIFIER };

static const struct {
    rv_link_words_kind kind;
    size_t offset;
} counted[RV_COLUMN_COUNTED] = {
    [RV_COLUMN_FIRST] = {RV_WORDS_NAME, offsetof(rv_link_row, first)},
    [RV_COLUMN_LAST] = {RV_WORDS_NAME, offsetof(rv_link_row, last)},
    [RV_COLUMN_STREET] = {RV_WORDS_STREET, offsetof(rv_link_row, street)},
    [RV_COLUMN_POSTCODE] = {RV_WORDS_NUMBER, offsetof(rv_link_row, postcode)},
    [RV_COLUMN_CITY] = {RV_WORDS_PLACE, offsetof(rv_link_row, city)},
    [RV_COLUMN_EMAIL] = {RV_WORDS_EMAIL, offsetof(rv_link_row, email)},
    [RV_COLUMN_MOBILE] = {RV_WORDS_NUMBER, offsetof(rv_link_row, mobile)},
    [RV_COLUMN_PHONE] = {RV_WORDS_NUMBER, offsetof(rv_link_row, phone)},
    [RV_COLUMN_IDENTIFIER] = {RV_WORDS_NUMBER, offsetof(rv_link_row, identifier)},
};

static uint32_t code_at(const rv_link_row *row, size_t offset) {
    uint32_t code;
    memcpy(&code, (const char *)row + offset, sizeof code);
    return code;
}

typedef struct block_people { /* of one block; codes are numbers within `local` until it is merged */
    rv_local_words local;
    rv_link_row *rows;
    uint32_t *compared;
    uint32_t room;
    uint32_t filled[RV_COLUMN_COUNTED]; /* rows that have the column */
    rv_arena arena;
} block_people;

/* --- One row ----------------------------------------------------------------------------------------------------- */

static rv_text cell_of(const rv_link_loader *l, const rv_batch *batch, uint32_t row, rv_role role) {
    int32_t column = l->reader.roles->of[role];
    return column < 0 ? (rv_text){0} : rv_batch_cell(batch, row, (uint32_t)column);
}

static bool all_same_digits(uint32_t digits) {
    uint32_t last = digits % 10;
    for (; digits; digits /= 10)
        if (digits % 10 != last) return false;
    return true;
}

/* The numbers in a date that no calendar has: 1930-53-24, 53/24/1930, 19305324. 0: nothing like a date. */
static uint32_t digits_of_date(rv_text value, rv_date_order order) {
    uint32_t part[4] = {0}, length[4] = {0}, n = 0;
    bool inside = false;
    for (uint32_t i = 0; i < value.len; i++) {
        bool digit = rv_is_digit(value.ptr[i]);
        if (digit && !inside && n++ == 3) return 0;
        inside = digit;
        if (!digit) continue;
        if (length[n - 1]++ == 8) return 0;
        part[n - 1] = part[n - 1] * 10 + (uint32_t)(value.ptr[i] - '0');
    }
    uint32_t year, month, day;
    if (n == 1 && length[0] == 8) {
        bool year_first = part[0] / 10000 >= 1800 && part[0] / 10000 < 2100;
        year = year_first ? part[0] / 10000 : part[0] % 10000;
        month = year_first ? part[0] / 100 % 100 : part[0] / 10000 % 100;
        day = year_first ? part[0] % 100 : part[0] / 1000000;
    } else if (n == 3 && (length[0] == 4) != (length[2] == 4) && length[1] <= 2) {
        bool year_first = length[0] == 4, month_first = order == RV_MDY;
        year = year_first ? part[0] : part[2];
        day = year_first ? part[2] : part[month_first ? 1 : 0];
        month = year_first ? part[1] : part[month_first ? 0 : 1];
    } else {
        return 0;
    }
    uint32_t digits = year * 10000 + month * 100 + day;
    bool told = year >= 1000 && month <= 99 && day <= 99 && digits != 19000101 && !all_same_digits(digits);
    return told ? digits : 0;
}

static void read_birth(const rv_link_loader *l, const rv_batch *batch, uint32_t number, rv_link_row *row) {
    rv_birth birth = {.date = RV_DATE_NONE};
    rv_text date = cell_of(l, batch, number, RV_ROLE_BIRTH_DATE), year = cell_of(l, batch, number, RV_ROLE_BIRTH_YEAR);
    rv_text month = cell_of(l, batch, number, RV_ROLE_BIRTH_MONTH), day = cell_of(l, batch, number, RV_ROLE_BIRTH_DAY);
    if (date.len && rv_birth_read(date, l->reader.date_order, &birth) != NULL) {
        row->birth = digits_of_date(date, l->reader.date_order);
        if (row->birth) return;
    }
    if (birth.date == RV_DATE_NONE && year.len && rv_birth_read_parts(day, month, year, &birth) != NULL) {
        uint64_t y = 0, m = 0, d = 0;
        if (rv_text_to_unsigned(year, &y) && y >= 1000 && y <= 9999 && rv_text_to_unsigned(month, &m) && m <= 99 &&
            rv_text_to_unsigned(day, &d) && d <= 99)
            row->birth = (uint32_t)(y * 10000 + m * 100 + d);
        return;
    }
    if (birth.date == RV_DATE_NONE) return;
    int y, m, d;
    rv_date_split(birth.date, &y, &m, &d);
    row->birth = (uint32_t)(y * 10000 + (birth.year_only ? 0 : m * 100 + d));
    row->birth_weak = birth.weak;
}

typedef struct filling { /* of one block */
    block_people *people;
    bool failed;
} filling;

static uint32_t word(filling *f, rv_link_words_kind kind, rv_text text) {
    uint32_t code = 0;
    if (!rv_local_words_add(&f->people->local, kind, text, &code)) f->failed = true;
    return code;
}

/* A text in canonical capitals, kept in the block's own arena. */
static uint32_t letters_word(filling *f, rv_link_words_kind kind, rv_text value) {
    char letters[RV_LETTERS_MAX];
    if (value.len == 0 || rv_placeholder(value)) return 0;
    size_t n = rv_letters(value, 0, letters, sizeof letters);
    if (n == 0) return 0;
    rv_text kept = rv_arena_copy(&f->people->arena, letters, n);
    if (!kept.ptr) f->failed = true;
    return kept.ptr ? word(f, kind, kept) : 0;
}

/* Two texts as one, without a blank: 12 and BIS are 12BIS. */
static uint32_t joined_word(filling *f, rv_link_words_kind kind, rv_text a, rv_text b) {
    if (b.len == 0) return word(f, kind, a);
    char *to = rv_arena_get(&f->people->arena, (size_t)a.len + b.len);
    if (!to) {
        f->failed = true;
        return 0;
    }
    if (a.len) memcpy(to, a.ptr, a.len);
    memcpy(to + a.len, b.ptr, b.len);
    return word(f, kind, rv_text_make(to, (size_t)a.len + b.len));
}

static void read_words(filling *f, const rv_link_loader *l, const rv_batch *batch, uint32_t number,
                       const rv_person *person, rv_link_row *row) {
    row->first = word(f, RV_WORDS_NAME, person->first);
    row->last = word(f, RV_WORDS_NAME, person->last);
    row->birth_name = word(f, RV_WORDS_NAME, person->birth_name);
    row->street = word(f, RV_WORDS_STREET, person->street.len ? person->street : person->street_type);
    row->extra = word(f, RV_WORDS_STREET, person->extra);
    row->number = joined_word(f, RV_WORDS_NUMBER, person->number, person->number.len ? person->repeat : (rv_text){0});
    row->postcode = word(f, RV_WORDS_NUMBER, person->postcode);
    row->city = word(f, RV_WORDS_PLACE, person->city);
    row->region = letters_word(f, RV_WORDS_PLACE, cell_of(l, batch, number, RV_ROLE_REGION));
    rv_text country = rv_text_trim(cell_of(l, batch, number, RV_ROLE_COUNTRY));
    const char *code = country.len ? rv_country_find(country) : NULL;
    row->country = code ? word(f, RV_WORDS_PLACE, rv_text_of(code)) : letters_word(f, RV_WORDS_PLACE, country);
    row->mobile = word(f, RV_WORDS_NUMBER, person->mobile);
    row->phone = word(f, RV_WORDS_NUMBER, person->phone);
    row->email = person->email_shared ? 0 : word(f, RV_WORDS_EMAIL, person->email_folded);
    row->identifier = word(f, RV_WORDS_NUMBER, person->identifier);
}

static bool read_row(filling *f, const rv_link_loader *l, const rv_batch *batch, uint32_t number) {
    rv_link_row *row = &f->people->rows[number];
    rv_person person;
    rv_person_init(&person);
    if (!rv_person_read_parts(&l->reader, batch, number, PARTS, &f->people->arena, &person)) return false;
    *row = (rv_link_row){.sex = (uint8_t)person.sex};
    read_words(f, l, batch, number, &person, row);
    read_birth(l, batch, number, row);
    uint64_t age;
    rv_text told = rv_text_trim(cell_of(l, batch, number, RV_ROLE_AGE));
    if (told.len && rv_text_to_unsigned(told, &age) && age > 0 && age <= 120) row->age = (uint8_t)age;
    bool parted = cell_of(l, batch, number, RV_ROLE_FIRST_NAME).len || cell_of(l, batch, number, RV_ROLE_LAST_NAME).len;
    if (!parted && (row->first || row->last)) row->flags |= RV_LINK_ONE_NAME;
    if (person.several) row->flags |= RV_LINK_SEVERAL;
    if (person.name_nobodys) row->flags |= RV_LINK_NAME_NOBODYS;
    for (uint32_t k = 0; k < l->n_compare; k++) {
        rv_text value = l->compare[k] < 0 ? (rv_text){0} : rv_batch_cell(batch, number, (uint32_t)l->compare[k]);
        f->people->compared[(size_t)number * l->n_compare + k] = letters_word(f, RV_WORDS_OTHER, value);
    }
    return !f->failed;
}

/* --- Blocks ------------------------------------------------------------------------------------------------------ */

static bool block_room(block_people *people, uint32_t rows, uint32_t n_compare) {
    if (rows <= people->room) return true;
    if (!rv_array_resize(&people->rows, rows, sizeof *people->rows, NULL)) return false;
    if (!rv_array_resize(&people->compared, (size_t)rows * n_compare + 1, sizeof *people->compared, NULL)) return false;
    people->room = rows;
    return true;
}

rv_status rv_link_block_read(const rv_link_loader *l, const rv_batch *batch, void **out, rv_error *err) {
    block_people *people = *out;
    if (!people && !(people = *out = rv_new(sizeof *people, err))) return RV_NO_MEMORY;
    rv_arena_reset(&people->arena);
    bool good = block_room(people, batch->rows, l->n_compare) && rv_local_words_begin(&people->local);
    filling f = {people, false};
    memset(people->filled, 0, sizeof people->filled);
    for (uint32_t r = 0; good && r < batch->rows; r++) {
        good = read_row(&f, l, batch, r);
        for (int c = 0; good && c < RV_COLUMN_COUNTED; c++)
            people->filled[c] += code_at(&people->rows[r], counted[c].offset) != 0;
    }
    return good ? RV_OK : rv_fail_memory(err, (size_t)batch->rows * sizeof(rv_link_row));
}

static uint64_t table_bytes(const rv_link_table *t, uint64_t rows, uint64_t ids) {
    return rows * (sizeof *t->rows + t->n_compare * sizeof *t->compared + sizeof *t->id_starts) + ids;
}

static rv_status check_memory(const rv_link_loader *l, uint64_t rows, uint64_t ids, rv_error *err) {
    uint64_t limit = l->settings->memory_limit;
    uint64_t bytes = table_bytes(l->table, rows, ids) + rv_words_bytes(l->words);
    if (l->other && l->other->n) bytes += table_bytes(l->other, l->other->n, l->other->id_starts[l->other->n]);
    if (!limit || bytes <= limit) return RV_OK;
    rv_fail(err, RV_NO_MEMORY, "the people of this file need more than the memory limit (%llu MB)",
            (unsigned long long)(limit >> 20));
    return RV_NO_MEMORY;
}

static rv_status make_room(rv_link_loader *l, uint32_t rows, uint64_t ids, rv_error *err) {
    rv_link_table *t = l->table;
    uint64_t need = (uint64_t)t->n + rows;
    if (need >= UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "more than 4 billion rows");
    if (need > l->room) {
        uint64_t room = l->room + l->room / 2 > need ? l->room + l->room / 2 : need + 1024;
        RV_TRY(check_memory(l, room, l->ids_room, err));
        rv_link_row *grown = rv_pages_grow(t->rows, t->rows_bytes, room * sizeof *t->rows, err);
        if (!grown) return RV_NO_MEMORY;
        t->rows = grown;
        t->rows_bytes = room * sizeof *t->rows;
        if (l->walked) rv_pages_prefer_small(t->rows, t->rows_bytes);
        if (!rv_array_resize(&t->id_starts, room + 1, sizeof *t->id_starts, err) ||
            (t->n_compare && !rv_array_resize(&t->compared, room * t->n_compare, sizeof *t->compared, err)))
            return RV_NO_MEMORY;
        if (t->n == 0) t->id_starts[0] = 0;
        l->room = room;
    }
    if (l->ids_used + ids > l->ids_room || !t->ids) {
        uint64_t room = l->ids_room + l->ids_room / 2 + ids + 4096;
        RV_TRY(check_memory(l, l->room, room, err));
        if (!rv_array_resize(&t->ids, room, 1, err)) return RV_NO_MEMORY;
        l->ids_room = room;
    }
    return RV_OK;
}

/* Ids as they stand; the row's number where there is no such column. */
static rv_status append_ids(rv_link_loader *l, const rv_batch *batch, rv_error *err) {
    rv_link_table *t = l->table;
    uint64_t bytes = 0;
    for (uint32_t r = 0; r < batch->rows; r++) bytes += cell_of(l, batch, r, RV_ROLE_ID).len + 10;
    RV_TRY(make_room(l, batch->rows, bytes, err));
    for (uint32_t r = 0; r < batch->rows; r++) {
        rv_text id = cell_of(l, batch, r, RV_ROLE_ID);
        char *to = t->ids + l->ids_used;
        if (l->reader.roles->of[RV_ROLE_ID] < 0) {
            char digits[16];
            int n = 0;
            for (uint64_t v = (uint64_t)t->n + r + 1; v; v /= 10) digits[n++] = (char)('0' + v % 10);
            for (int i = 0; i < n; i++) to[i] = digits[n - 1 - i];
            l->ids_used += (uint64_t)n;
        } else if (id.len) {
            memcpy(to, id.ptr, id.len);
            l->ids_used += id.len;
        }
        t->id_starts[t->n + r + 1] = l->ids_used;
    }
    return RV_OK;
}

static void append_row(const rv_link_row *from, const uint32_t *words, rv_link_row *to) {
    *to = *from;
    uint32_t *const codes[] = {&to->first,  &to->last,     &to->birth_name, &to->street, &to->extra,
                               &to->number, &to->postcode, &to->city,       &to->region, &to->mobile,
                               &to->phone,  &to->email,    &to->identifier, &to->country};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) *codes[i] = words[*codes[i]];
}

rv_status rv_link_block_merge(rv_link_loader *l, const rv_batch *batch, void *block, rv_error *err) {
    block_people *people = block;
    rv_link_table *t = l->table;
    RV_TRY(rv_words_merge(l->words, &people->local, err));
    RV_TRY(append_ids(l, batch, err));
    for (uint32_t r = 0; r < batch->rows; r++) append_row(&people->rows[r], people->local.codes, &t->rows[t->n + r]);
    size_t n = (size_t)batch->rows * t->n_compare;
    for (size_t i = 0; i < n; i++)
        t->compared[(size_t)t->n * t->n_compare + i] = people->local.codes[people->compared[i]];
    for (int c = 0; c < RV_COLUMN_COUNTED; c++) t->filled[c] += people->filled[c];
    t->n += batch->rows;
    return RV_OK;
}

void rv_link_block_free(void *block) {
    block_people *people = block;
    if (!people) return;
    rv_local_words_reset(&people->local);
    rv_arena_free(&people->arena);
    rv_free(people->rows);
    rv_free(people->compared);
    rv_free(people);
}

/* --- Counts ------------------------------------------------------------------------------------------------------ */

rv_link_words_kind rv_link_column_words(rv_link_column column) { return counted[column].kind; }

typedef struct counting {
    rv_link_people *people;
    unsigned columns[RV_COLUMN_COUNTED], n; /* those that anybody has */
    unsigned groups;                        /* of columns that are counted together: the rows are read once for each */
} counting;

static void count_table(const counting *c, const rv_link_table *t, unsigned from, unsigned to) {
    for (uint32_t r = 0; r < t->n; r++)
        for (unsigned i = from; i < to; i++) {
            unsigned column = c->columns[i];
            c->people->bearers[column][code_at(&t->rows[r], counted[column].offset)].of[t->side]++;
        }
}

static rv_status count_group(void *ctx, size_t group, int worker, rv_error *err) {
    const counting *c = ctx;
    rv_link_people *people = c->people;
    unsigned from = c->n * (unsigned)group / c->groups, to = c->n * ((unsigned)group + 1) / c->groups;
    (void)worker;
    for (unsigned i = from; i < to; i++) {
        rv_link_bearers **bearers = &people->bearers[c->columns[i]];
        *bearers = rv_pages_new(people->words[counted[c->columns[i]].kind].n * sizeof **bearers, err);
        if (!*bearers) return RV_NO_MEMORY;
    }
    count_table(c, &people->left, from, to);
    count_table(c, &people->right, from, to);
    for (unsigned i = from; i < to; i++) people->bearers[c->columns[i]][0] = (rv_link_bearers){0};
    return RV_OK;
}

/* Tables of no rows have their arrays too. */
static rv_status close_table(rv_link_loader *l, rv_error *err) {
    rv_link_table *t = l->table;
    RV_TRY(make_room(l, 0, 0, err));
    if (!t->id_starts && !(t->id_starts = rv_array_new(1, sizeof *t->id_starts, err))) return RV_NO_MEMORY;
    rv_pages_trim(t->rows, t->rows_bytes, t->n * sizeof *t->rows);
    t->rows_bytes = t->n * sizeof *t->rows;
    return RV_OK;
}

rv_status rv_link_people_finish(rv_link_people *people, rv_link_loader *left, rv_link_loader *right, rv_error *err) {
    int threads = rv_threads(left->settings);
    RV_TRY(close_table(left, err));
    if (right) RV_TRY(close_table(right, err));
    RV_TRY(rv_words_finish(left->words, threads, people->words, err));
    people->right.side = 1;
    counting c = {.people = people};
    for (unsigned i = 0; i < RV_COLUMN_COUNTED; i++)
        if (people->left.filled[i] || people->right.filled[i]) c.columns[c.n++] = i;
    c.groups = c.n < (unsigned)threads ? c.n : (unsigned)threads;
    return rv_parallel(threads, c.groups, count_group, &c, err);
}
