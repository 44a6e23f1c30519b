/*
 * Coding text is the cost of a frame: a million rows of 80 columns are 80 million look-ups. Nearly all of them repeat
 * a value that the same column has just seen, so each piece (a block of rows on its way) keeps, per column, a small direct-mapped cache of short
 * values; only what it misses goes to the shared dictionary. Codes are provisional while rows arrive (whatever thread
 * came first), and renumbered at the end, column by column in parallel, so that a frame depends on its data only.
 */
#include "frame.h"

#include "date.h"
#include "memory.h"
#include "parallel.h"
#include "report.h"
#include "sensitive.h"
#include <assert.h>
#include <stdatomic.h>

enum { CACHE_SLOTS = 8192, INLINE_BYTES = 16, TILE = 64 };
enum { FIRST_DAY = -73049, DAYS = 1 << 17 }; /* 1770 to 2128: days whose numbers are kept in a table */

/* Values up to 16 bytes as two words and the length: three compares tell all. */
typedef struct cache_slot {
    uint64_t lo, hi;
    uint32_t number; /* provisional; 0: the slot is free */
    uint32_t len;
} cache_slot;
typedef struct cache {
    cache_slot slots[CACHE_SLOTS];
} cache;

typedef struct builder_column {
    char name[128];
    rv_role role;
    bool sensitive;
    rv_dictionary_builder *words;    /* a text column, or NULL */
    _Atomic(uint32_t) *of_day;       /* of dates of birth: DAYS provisional numbers, 0 unknown so far */
    const rv_dictionary *dictionary; /* a coded column, or NULL */
    bool narrow;   /* a coded column of at most RV_NARROW_VALUES values; texts' numbers are provisional, thus wide */
    size_t before; /* bytes of a row of a piece in the columns before this one */
    rv_codes codes;
} builder_column;

struct rv_frame_builder {
    uint32_t columns, n_text, n_coded;
    builder_column *column;
    size_t row_bytes;        /* of a piece */
    uint64_t rows, capacity; /* of every column's codes and of id_starts */
    uint64_t expected;       /* rows, about; 0: nothing is known */
    void *pages;             /* all columns' codes, column by column: a block of rows touches each of them */
    size_t pages_bytes;
    uint64_t *id_starts; /* capacity + 1 */
    rv_buffer ids;
    rv_frame_piece *own; /* for rv_frame_builder_add */
};

struct rv_frame_piece {
    uint32_t rows;
    size_t stride;        /* rows that each column has room for: a multiple of 4, so wide codes are aligned */
    size_t room;          /* bytes */
    unsigned char *codes; /* column by column */
    bool with_ids;
    rv_buffer ids;
    uint32_t *id_ends; /* rows: where each ends in ids */
    size_t id_room;
    cache *caches; /* per text column */
};

bool rv_column_is_scored(const char *name, rv_role role) {
    if (strncmp(name, "rv_", 3) == 0) return false;
    switch (role) {
    case RV_ROLE_ID:
    case RV_ROLE_FIRST_NAME:
    case RV_ROLE_LAST_NAME:
    case RV_ROLE_FULL_NAME:
    case RV_ROLE_STREET_NUMBER:
    case RV_ROLE_STREET:
    case RV_ROLE_ADDRESS_LINE:
    case RV_ROLE_ADDRESS_EXTRA:
    case RV_ROLE_EMAIL:
    case RV_ROLE_EMAIL_SHA256:
    case RV_ROLE_EMAIL_MD5:
    case RV_ROLE_EMAIL_SHA1:
    case RV_ROLE_MOBILE:
    case RV_ROLE_PHONE:
    case RV_ROLE_PHONE_SHA256:
    case RV_ROLE_IDENTIFIER:
    case RV_ROLE_ORDER_ID: return false;
    default: return true;
    }
}

void rv_frame_reset(rv_frame *frame) {
    for (uint32_t c = 0; c < frame->columns; c++) rv_dictionary_reset(&frame->column[c].dictionary);
    rv_free(frame->column);
    rv_dictionary_reset(&frame->ids);
    rv_pages_free(frame->pages, frame->pages_bytes);
    *frame = (rv_frame){0};
}

const rv_frame_column *rv_frame_find(const rv_frame *frame, const char *name) {
    for (uint32_t c = 0; c < frame->columns; c++)
        if (strcmp(frame->column[c].name, name) == 0) return &frame->column[c];
    return NULL;
}

/* --- Coding cells ------------------------------------------------------------------------------------------------ */

/* The bytes of a short text as two words. Loads overlap, which is no matter: with the length they tell each byte. */
static void pack(const char *p, uint32_t len, uint64_t *lo, uint64_t *hi) {
    *lo = *hi = 0;
    if (len >= 8) {
        memcpy(lo, p, 8);
        memcpy(hi, p + len - 8, 8);
    } else if (len >= 4) {
        memcpy(lo, p, 4);
        memcpy(hi, p + len - 4, 4);
    } else {
        *lo =
            (unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 | (uint64_t)(unsigned char)p[len - 1] << 16;
    }
}

/* Most cells have no blank at either end, and no byte of a wide one (U+00A0, U+202F begin and end above 0x7F). */
static rv_text trim(rv_text cell) {
    if (cell.len && (unsigned char)(cell.ptr[0] - 0x21) < 0x5E && (unsigned char)(cell.ptr[cell.len - 1] - 0x21) < 0x5E)
        return cell;
    return rv_text_trim(cell);
}

/* Fills bring dates as their sources write them: one day must be one value, whatever its form. There are tens of
 * thousands of days, too many for the cache, and few enough for a table. */
static rv_status code_day(builder_column *column, int32_t day, uint32_t *number, rv_error *err) {
    char text[11];
    uint32_t at = (uint32_t)day - (uint32_t)FIRST_DAY;
    if (at < DAYS && (*number = atomic_load_explicit(&column->of_day[at], memory_order_relaxed))) return RV_OK;
    rv_date_format(day, text);
    RV_TRY(rv_dictionary_add(column->words, rv_text_make(text, 10), number, err));
    if (at < DAYS) atomic_store_explicit(&column->of_day[at], *number, memory_order_relaxed);
    return RV_OK;
}

/* The cells of a tile that aren't dates known already. */
typedef struct waiting {
    rv_text values[TILE];
    uint32_t *numbers[TILE]; /* where each number goes */
    cache_slot keys[TILE];   /* what the cache keeps of short ones */
    uint32_t slots[TILE];    /* CACHE_SLOTS: a long one, not kept */
    uint32_t n;
} waiting;

static rv_text value_of(const builder_column *column, rv_text cell) {
    rv_text value = trim(cell);
    if (column->role == RV_ROLE_POSTCODE && value.len > 2) value.len = 2;
    value.flags = 0;
    return value;
}

/* Empty cells and dates are coded at once; of others the cache's slots are asked for. */
static rv_status queue_cell(builder_column *column, cache *cached, rv_text cell, uint32_t *number, waiting *w,
                            rv_error *err) {
    rv_text value = value_of(column, cell);
    *number = 0;
    if (value.len == 0) return RV_OK;
    if (column->of_day) {
        int32_t day = rv_date_parse(value, RV_DATE_ORDER_AUTO);
        if (day != RV_DATE_NONE) return code_day(column, day, number, err);
    }
    uint32_t i = w->n++;
    w->values[i] = value;
    w->numbers[i] = number;
    w->slots[i] = CACHE_SLOTS;
    if (value.len > INLINE_BYTES) return RV_OK;
    cache_slot *key = &w->keys[i];
    key->len = value.len;
    pack(value.ptr, value.len, &key->lo, &key->hi);
    uint64_t mixed = (key->lo ^ (key->hi * 0x9E3779B97F4A7C15u) ^ value.len) * 0xD6E8FEB86659FD93u;
    w->slots[i] = (uint32_t)(mixed >> 51);
    __builtin_prefetch(&cached->slots[w->slots[i]]);
    return RV_OK;
}

/* What the cache doesn't know goes to the dictionary, all of it at once. */
static rv_status code_waiting(builder_column *column, cache *cached, waiting *w, rv_error *err) {
    rv_text unknown[TILE];
    uint32_t fresh[TILE], at[TILE], n = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        const cache_slot *slot = &cached->slots[w->slots[i] % CACHE_SLOTS], *key = &w->keys[i];
        if (w->slots[i] < CACHE_SLOTS && slot->number && slot->lo == key->lo && slot->hi == key->hi &&
            slot->len == key->len) {
            *w->numbers[i] = slot->number;
        } else {
            unknown[n] = w->values[i];
            at[n++] = i;
        }
    }
    RV_TRY(rv_dictionary_add_some(column->words, unknown, n, fresh, err));
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = at[k];
        *w->numbers[i] = fresh[k];
        if (w->slots[i] == CACHE_SLOTS) continue;
        w->keys[i].number = fresh[k];
        cached->slots[w->slots[i]] = w->keys[i];
    }
    return RV_OK;
}
_Static_assert(CACHE_SLOTS == 1 << (64 - 51), "the slot is the hash's thirteen highest bits");
_Static_assert((int)TILE <= (int)RV_DICTIONARY_SOME, "a tile's cells are looked up at once");

/* --- The builder ------------------------------------------------------------------------------------------------- */

static rv_status set_name(char out[128], rv_text name, rv_error *err) {
    rv_text trimmed = rv_text_trim(name);
    if (trimmed.len > 127) {
        rv_fail(err, RV_BAD_INPUT, "a column's name has %u bytes; a scored column's may have 127", trimmed.len);
        rv_error_hint(err, "shorten it in the header line");
        return RV_BAD_INPUT;
    }
    memcpy(out, trimmed.ptr, trimmed.len);
    out[trimmed.len] = 0;
    return RV_OK;
}

rv_status rv_frame_builder_new(const rv_frame_spec *columns, uint32_t n, rv_frame_builder **out, rv_error *err) {
    rv_frame_builder *builder = rv_new(sizeof *builder, err);
    if (!builder) return RV_NO_MEMORY;
    rv_status status = RV_NO_MEMORY;
    if (!(builder->column = rv_array_new(n, sizeof *builder->column, err))) goto done;
    builder->columns = n;
    for (uint32_t c = 0; c < n; c++) {
        builder_column *column = &builder->column[c];
        column->role = columns[c].role;
        column->dictionary = columns[c].dictionary;
        if ((status = set_name(column->name, rv_text_of(columns[c].name), err)) != RV_OK) goto done;
        column->sensitive = columns[c].sensitive || rv_name_is_sensitive(rv_text_of(column->name));
        if (column->dictionary) {
            builder->n_coded++;
            column->narrow = column->dictionary->n <= RV_NARROW_VALUES;
        } else {
            builder->n_text++;
            if ((status = rv_dictionary_builder_new(&column->words, err)) != RV_OK) goto done;
            if (column->role == RV_ROLE_BIRTH_DATE &&
                !(column->of_day = rv_array_new(DAYS, sizeof *column->of_day, err))) {
                status = RV_NO_MEMORY;
                goto done;
            }
        }
        column->before = builder->row_bytes;
        builder->row_bytes += column->narrow ? 1 : sizeof *column->codes.wide;
    }
    *out = builder;
    builder = NULL;
    status = RV_OK;
done:
    rv_frame_builder_free(builder);
    return status;
}

void rv_frame_builder_free(rv_frame_builder *builder) {
    if (!builder) return;
    for (uint32_t c = 0; builder->column && c < builder->columns; c++) {
        rv_dictionary_builder_free(builder->column[c].words);
        rv_free(builder->column[c].of_day);
    }
    rv_free(builder->column);
    rv_pages_free(builder->pages, builder->pages_bytes);
    rv_free(builder->id_starts);
    rv_buffer_free(&builder->ids);
    rv_frame_piece_free(builder->own);
    rv_free(builder);
}

/* So many that each column begins at a cache line. */
static uint64_t whole_rows(uint64_t rows) { return (rows + 63) / 64 * 64; }

void rv_frame_builder_expect(rv_frame_builder *builder, uint32_t rows, uint64_t bytes, uint64_t of) {
    double all = bytes ? (double)rows * ((double)of / (double)bytes) : 0;
    builder->expected = all < UINT32_MAX / 2 ? whole_rows((uint64_t)(all + all / 32)) : 0; /* later rows may be shorter */
}

static size_t code_bytes(const builder_column *column) { return column->narrow ? 1 : sizeof *column->codes.wide; }

/*
 * Fresh pages for `capacity` rows of each column. Where so many rows are expected all pages are made now: a block touches a new
 * page of every other column, and those faults took four times as long as copying the codes. Small pages: large ones are
 * cleared as fast on a machine of one's own, but where a guest gives free memory back to its host they are the ones that
 * must be fetched from there again, at 1 GB/s.
 */
static rv_status move_codes(rv_frame_builder *builder, uint64_t capacity, rv_error *err) {
    size_t bytes;
    if (__builtin_mul_overflow(capacity, builder->row_bytes, &bytes)) return rv_fail_memory(err, SIZE_MAX);
    unsigned char *pages = rv_pages_new(bytes, err);
    if (!pages) return RV_NO_MEMORY;
    rv_pages_prefer_small(pages, bytes);
    if (capacity == builder->expected) rv_pages_make_now(pages, bytes);
    for (uint32_t c = 0; c < builder->columns; c++) {
        builder_column *column = &builder->column[c];
        unsigned char *at = pages + capacity * column->before;
        const void *from = column->narrow ? (void *)column->codes.narrow : column->codes.wide;
        if (builder->rows) memcpy(at, from, builder->rows * code_bytes(column));
        column->codes = column->narrow ? (rv_codes){.narrow = at} : (rv_codes){.wide = (void *)at};
    }
    rv_pages_free(builder->pages, builder->pages_bytes);
    builder->pages = pages;
    builder->pages_bytes = bytes;
    return RV_OK;
}

/* Room for `more` rows. */
static rv_status reserve_rows(rv_frame_builder *builder, uint32_t more, rv_error *err) {
    uint64_t need = builder->rows + more;
    if (need >= UINT32_MAX) return rv_fail(err, RV_BAD_INPUT, "more than %u rows in one table", UINT32_MAX - 1);
    if (need <= builder->capacity && builder->id_starts) return RV_OK;
    uint64_t capacity = whole_rows(need < 4096 ? 4096 : need + need / 2);
    if (capacity < builder->expected) capacity = builder->expected;
    RV_TRY(move_codes(builder, capacity, err));
    uint64_t *starts = rv_array_grow(builder->id_starts, capacity + 1, sizeof *starts, err);
    if (!starts) return RV_NO_MEMORY;
    rv_pages_prefer_huge(starts, (capacity + 1) * sizeof *starts);
    builder->id_starts = starts;
    if (builder->rows == 0) starts[0] = 0;
    builder->capacity = capacity;
    return RV_OK;
}

/* --- Pieces ------------------------------------------------------------------------------------------------------ */

void rv_frame_piece_free(void *piece) {
    rv_frame_piece *p = piece;
    if (!p) return;
    rv_free(p->codes);
    rv_free(p->id_ends);
    rv_free(p->caches);
    rv_buffer_free(&p->ids);
    rv_free(p);
}

static rv_status ready_piece(const rv_frame_builder *builder, uint32_t rows, rv_frame_piece **piece, rv_error *err) {
    size_t stride = ((size_t)rows + 3) / 4 * 4, need = stride * builder->row_bytes;
    if (!*piece && !(*piece = rv_new(sizeof **piece, err))) return RV_NO_MEMORY;
    rv_frame_piece *p = *piece;
    if (!p->caches) {
        if (!(p->caches = rv_array_new(builder->n_text, sizeof *p->caches, err))) return RV_NO_MEMORY;
        /* written before it is read: else its pages fault twice, the second time for all threads */
        memset(p->caches, 0, builder->n_text * sizeof *p->caches);
    }
    if (p->room < need) {
        if (!rv_array_resize(&p->codes, need, 1, err)) return RV_NO_MEMORY;
        p->room = need;
    }
    if (p->id_room < rows) {
        if (!rv_array_resize(&p->id_ends, rows, sizeof *p->id_ends, err)) return RV_NO_MEMORY;
        p->id_room = rows;
    }
    p->rows = rows;
    p->stride = stride;
    p->ids.len = 0;
    return RV_OK;
}

static rv_codes piece_codes(const rv_frame_piece *p, const builder_column *column) {
    unsigned char *at = p->codes + p->stride * column->before;
    return column->narrow ? (rv_codes){.narrow = at} : (rv_codes){.wide = (void *)at};
}

/* Codes lie side by side by row: a tile of rows stays in the first cache while each column takes its own. */
static void take_codes(const rv_frame_builder *builder, const rv_frame_rows *in, rv_frame_piece *p, uint32_t begin,
                       uint32_t end) {
    uint32_t at = 0, n = builder->n_coded;
    const uint32_t *coded = in->coded; /* a store of a byte may be anything to the compiler */
    for (uint32_t c = 0; c < builder->columns; c++) {
        const builder_column *column = &builder->column[c];
        if (!column->dictionary) continue;
        const uint32_t *from = in->codes + at++;
        rv_codes to = piece_codes(p, column);
        for (uint32_t i = begin; i < end; i++) {
            uint32_t r = coded ? coded[i] : i, code = from[(size_t)i * n];
            assert(code <= column->dictionary->n);
            if (to.narrow) to.narrow[r] = (uint8_t)code;
            else to.wide[r] = code;
        }
    }
}

static void clear_codes(const rv_frame_builder *builder, rv_frame_piece *p) {
    for (uint32_t c = 0; c < builder->columns; c++) {
        const builder_column *column = &builder->column[c];
        rv_codes to = piece_codes(p, column);
        if (!column->dictionary) continue;
        if (to.narrow) memset(to.narrow, 0, p->rows);
        else memset(to.wide, 0, p->rows * sizeof *to.wide);
    }
}

static rv_status code_tile(rv_frame_builder *builder, const rv_frame_rows *in, rv_frame_piece *p, uint32_t begin,
                           uint32_t end, rv_error *err) {
    uint32_t text_at = 0;
    waiting w;
    for (uint32_t c = 0; c < builder->columns; c++) {
        builder_column *column = &builder->column[c];
        if (column->dictionary) continue;
        rv_codes to = piece_codes(p, column);
        cache *cached = &p->caches[text_at];
        const rv_text *from = in->cells + (in->columns ? in->columns[text_at] : text_at);
        text_at++;
        w.n = 0;
        for (uint32_t r = begin; r < end; r++)
            RV_TRY(queue_cell(column, cached, from[(size_t)r * in->stride], &to.wide[r], &w, err));
        RV_TRY(code_waiting(column, cached, &w, err));
    }
    return RV_OK;
}

rv_status rv_frame_piece_fill(rv_frame_builder *builder, const rv_frame_rows *in, rv_frame_piece **piece,
                              rv_error *err) {
    RV_TRY(ready_piece(builder, in->rows, piece, err));
    rv_frame_piece *p = *piece;
    for (uint32_t begin = 0; begin < in->rows;
         begin += TILE) /* rows lie side by side: a tile of them stays in the cache */
        RV_TRY(code_tile(builder, in, p, begin, in->rows - begin < TILE ? in->rows : begin + TILE, err));
    uint32_t coded = in->coded ? in->n_coded : in->rows;
    if (in->coded) clear_codes(builder, p);
    for (uint32_t begin = 0; begin < coded; begin += TILE)
        take_codes(builder, in, p, begin, coded - begin < TILE ? coded : begin + TILE);
    p->with_ids = in->ids != NULL;
    for (uint32_t r = 0; r < in->rows && in->ids; r++) {
        rv_buffer_text(&p->ids, rv_text_trim(in->ids[(size_t)r * in->id_stride]));
        p->id_ends[r] = (uint32_t)p->ids.len;
    }
    return rv_buffer_check(&p->ids, err);
}

rv_status rv_frame_builder_take(rv_frame_builder *builder, const rv_frame_piece *p, rv_error *err) {
    uint32_t rows = p->rows;
    RV_TRY(reserve_rows(builder, rows, err));
    for (uint32_t c = 0; c < builder->columns && rows; c++) {
        const builder_column *column = &builder->column[c];
        rv_codes from = piece_codes(p, column);
        if (column->narrow) memcpy(column->codes.narrow + builder->rows, from.narrow, rows);
        else memcpy(column->codes.wide + builder->rows, from.wide, rows * sizeof *from.wide);
    }
    uint64_t *ends = builder->id_starts + builder->rows + 1, before = builder->ids.len;
    if (builder->rows == 0 && rows && rv_buffer_reserve(&builder->ids, p->ids.len / rows * builder->expected))
        rv_pages_prefer_huge(builder->ids.data, builder->ids.cap);
    rv_buffer_add(&builder->ids, p->ids.data, p->ids.len);
    for (uint32_t r = 0; r < rows; r++) {
        if (!p->with_ids) rv_buffer_unsigned(&builder->ids, builder->rows + r + 1);
        ends[r] = p->with_ids ? before + p->id_ends[r] : builder->ids.len;
    }
    RV_TRY(rv_buffer_check(&builder->ids, err));
    builder->rows += rows;
    return RV_OK;
}

rv_status rv_frame_builder_add(rv_frame_builder *builder, uint32_t rows, const rv_text *ids, const rv_text *texts,
                               const uint32_t *codes, rv_error *err) {
    rv_frame_rows in = {rows, texts, NULL, builder->n_text, ids, 1, codes, NULL, 0};
    RV_TRY(rv_frame_piece_fill(builder, &in, &builder->own, err));
    return rv_frame_builder_take(builder, builder->own, err);
}

/* Ids in the shape of a dictionary. */
static void take_ids(rv_frame_builder *builder, rv_dictionary *out) {
    uint64_t *starts = builder->id_starts;
    *out = (rv_dictionary){(uint32_t)builder->rows, starts, builder->ids.data, starts, builder->ids.data};
    builder->id_starts = NULL;
    builder->ids = (rv_buffer){0};
}

typedef struct finishing {
    rv_frame_builder *builder;
    rv_frame *frame;
} finishing;

/* Provisional numbers of texts to codes, in their place; narrow ones may stand there now that it's known how many there are. */
static rv_codes renumber(rv_codes codes, const uint32_t *remap, uint32_t values, uint64_t rows) {
    uint32_t *wide = codes.wide;
    if (values > RV_NARROW_VALUES) {
        for (uint64_t r = 0; r < rows; r++) wide[r] = remap[wide[r]];
        return codes;
    }
    uint8_t *narrow = (uint8_t *)wide; /* a byte of a row stands before what isn't read yet */
    for (uint64_t r = 0; r < rows; r++) narrow[r] = (uint8_t)remap[wide[r]];
    return (rv_codes){.narrow = narrow};
}

static rv_status finish_column(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    const finishing *f = ctx;
    builder_column *from = &f->builder->column[index];
    rv_frame_column *to = &f->frame->column[index];
    memcpy(to->name, from->name, sizeof to->name);
    to->role = from->role;
    to->sensitive = from->sensitive;
    to->scored = rv_column_is_scored(to->name, to->role);
    to->codes = from->codes;
    if (from->dictionary) {
        to->dictionary = *from->dictionary;
        to->dictionary.owned = NULL;
        return RV_OK;
    }
    uint32_t *remap = NULL;
    RV_TRY(rv_dictionary_finish(from->words, &to->dictionary, &remap, err));
    to->codes = renumber(from->codes, remap, to->dictionary.n, f->builder->rows);
    rv_free(remap);
    return RV_OK;
}

rv_status rv_frame_builder_finish(rv_frame_builder *builder, int threads, rv_frame *out, rv_error *err) {
    rv_frame frame = {.rows = builder->rows};
    rv_status status = reserve_rows(builder, 0, err);
    if (status == RV_OK && !(frame.column = rv_array_new(builder->columns, sizeof *frame.column, err)))
        status = RV_NO_MEMORY;
    if (status == RV_OK) {
        frame.columns = builder->columns;
        status = rv_parallel(threads, builder->columns, finish_column, &(finishing){builder, &frame}, err);
    }
    if (status == RV_OK) {
        take_ids(builder, &frame.ids);
        frame.pages = builder->pages;
        frame.pages_bytes = builder->pages_bytes;
        builder->pages = NULL;
    }
    rv_frame_builder_free(builder);
    if (status == RV_OK) *out = frame;
    else rv_frame_reset(&frame);
    return status;
}

/* --- From a file ------------------------------------------------------------------------------------------------- */

typedef struct reading {
    rv_frame_builder *builder;
    const uint32_t *of; /* builder column -> column of the file */
    int32_t id;         /* column of the file, or -1 */
    const char *path;
    const rv_settings *settings;
    rv_rejects *rejects;
    uint64_t stored_bytes;
} reading;

static rv_status code_block(void *ctx, rv_table_block *block, int worker, rv_error *err) {
    (void)worker;
    const reading *in = ctx;
    const rv_batch *batch = &block->batch;
    rv_frame_rows rows = {
        batch->rows, batch->cells, in->of, batch->columns, in->id >= 0 ? batch->cells + in->id : NULL, batch->columns,
        NULL,        NULL,         0};
    rv_frame_piece *piece = block->user;
    rv_status status = rv_frame_piece_fill(in->builder, &rows, &piece, err);
    block->user = piece;
    return status;
}

static rv_status take_block(void *ctx, rv_table_block *block, rv_error *err) {
    const reading *in = ctx;
    RV_TRY(rv_check_cancel(in->settings, err));
    RV_TRY(rv_check_memory(in->settings, err));
    if (in->builder->rows == 0)
        rv_frame_builder_expect(in->builder, block->batch.rows, block->end_offset, in->stored_bytes);
    RV_TRY(rv_frame_builder_take(in->builder, block->user, err));
    for (size_t i = 0; i < block->n_rejects; i++) {
        const rv_reject *reject = &block->rejects[i];
        RV_TRY(rv_rejects_add(in->rejects, in->path, reject->line, reject->offset, reject->reason, reject->raw, err));
    }
    rv_progress(in->settings, "read", block->end_offset, in->stored_bytes);
    return RV_OK;
}

static rv_status fail_no_column(const rv_table_info *info, const char *path, const char *name, rv_error *err) {
    rv_status status = rv_fail(err, RV_BAD_ARGUMENT, "there is no column '%s'", name);
    rv_error_at(err, path, info->header_line, 0);
    const char *near = NULL;
    char(*names)[128] = rv_array_new(info->columns, sizeof *names, NULL);
    const char **list = rv_array_new((size_t)info->columns + 1, sizeof *list, NULL);
    if (names && list) {
        for (uint32_t c = 0; c < info->columns; c++) {
            rv_text shown = rv_text_trim(info->names[c]);
            if (shown.len > 127) shown.len = 127;
            memcpy(names[c], shown.ptr, shown.len);
            list[c] = names[c];
        }
        near = rv_nearest_word(name, list);
    }
    if (near) rv_error_hint(err, "did you mean '%s'?", near);
    else rv_error_hint(err, "the file's columns are in its header, line %llu", (unsigned long long)info->header_line);
    rv_free(names);
    rv_free(list);
    return status;
}

/* Chooses the columns and makes the builder; *of is the caller's. */
static rv_status plan_columns(const rv_table_info *info, const rv_table_roles *roles, const char *path,
                              const char *keep, rv_frame_builder **builder, uint32_t **of, rv_error *err) {
    rv_status status = RV_NO_MEMORY;
    bool kept = keep == NULL;
    uint32_t n = 0, *chosen = NULL;
    char(*names)[128] = rv_array_new(info->columns, sizeof *names, err);
    rv_frame_spec *specs = names ? rv_array_new(info->columns, sizeof *specs, err) : NULL;
    chosen = specs ? rv_array_new(info->columns, sizeof *chosen, err) : NULL;
    if (!chosen) goto done;
    for (uint32_t c = 0; c < info->columns; c++) {
        rv_text name = rv_text_trim(info->names[c]);
        bool is_keep = keep && rv_text_equal(name, rv_text_trim(rv_text_of(keep)));
        kept = kept || is_keep;
        if (!is_keep && (roles->ignored[c] || name.len == 0)) continue;
        if ((status = set_name(names[n], name, err)) != RV_OK) goto done;
        if (!is_keep && !rv_column_is_scored(names[n], roles->roles[c])) continue;
        for (uint32_t before = 0; before < n; before++) {
            if (strcmp(names[before], names[n]) != 0) continue;
            status = rv_fail(err, RV_BAD_INPUT, "two columns are called '%s'", names[n]);
            rv_error_at(err, path, info->header_line, 0);
            goto done;
        }
        specs[n] = (rv_frame_spec){names[n], roles->roles[c], false, NULL};
        chosen[n++] = c;
    }
    if (!kept) {
        status = fail_no_column(info, path, keep, err);
        goto done;
    }
    status = rv_frame_builder_new(specs, n, builder, err);
done:
    rv_free(names);
    rv_free(specs);
    if (status == RV_OK) *of = chosen;
    else rv_free(chosen);
    return status;
}

static rv_status read_rows(rv_table *csv, reading *in, int threads, rv_summary *summary, rv_error *err) {
    rv_table_visitor visitor = {.work = code_block, .consume = take_block, .free_user = rv_frame_piece_free, .ctx = in};
    RV_TRY(rv_table_each(csv, threads, &visitor, err));
    rv_table_counts counts = rv_table_counted(csv);
    RV_TRY(rv_rejects_check(in->rejects, in->builder->rows, err));
    if (summary) {
        summary->rows_in += counts.rows + rv_rejects_count(in->rejects);
        summary->rejected += rv_rejects_count(in->rejects);
        rv_summary_table(summary, in->path, &counts);
    }
    return RV_OK;
}

rv_status rv_frame_read(const rv_table_options *table, const char *keep, const rv_settings *settings, rv_frame *out,
                        rv_summary *summary, rv_error *err) {
    rv_table *csv = NULL;
    rv_table_roles roles = {0};
    uint32_t *of = NULL;
    static const rv_settings defaults;
    if (!settings) settings = &defaults;
    int threads = rv_threads(settings);
    reading in = {.path = table->path, .settings = settings};
    rv_status status = rv_table_open(table->path, &table->dialect, &csv, err);
    if (status != RV_OK) return status;
    const rv_table_info *info = rv_table_describe(csv);
    in.stored_bytes = info->stored_bytes;
    rv_warn_of_table(settings, table->path, info->sniffed);
    if ((status = rv_table_roles_of(table, csv, &roles, err)) != RV_OK) goto done;
    if ((status = plan_columns(info, &roles, table->path, keep, &in.builder, &of, err)) != RV_OK) goto done;
    in.of = of;
    in.id = roles.of[RV_ROLE_ID];
    if (in.id < 0)
        rv_note(settings, "%s: no column is known to be the id; rows are numbered from 1 (--id COLUMN names it)",
                table->path);
    if ((status = rv_rejects_open(NULL, settings, &in.rejects, err)) != RV_OK) goto done;
    if ((status = read_rows(csv, &in, threads, summary, err)) != RV_OK) goto done;
    rv_rejects *rejects = in.rejects;
    in.rejects = NULL;
    if ((status = rv_rejects_commit(rejects, err)) != RV_OK) goto done;
    rv_frame_builder *builder = in.builder;
    in.builder = NULL;
    status = rv_frame_builder_finish(builder, threads, out, err);
done:
    rv_rejects_abort(in.rejects);
    rv_free(of);
    rv_frame_builder_free(in.builder);
    rv_table_roles_reset(&roles);
    rv_table_close(csv);
    return status;
}
