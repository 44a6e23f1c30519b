/*
 * Opening and proving. Everything that the directory says is checked against the file's size before it is used, and
 * nothing is allocated on its word: the bits that remember what is proved are one per 64 KB of a file that is there.
 */
#include "rvl_reader.h"

#include "file.h"
#include "parallel.h"
#include "stream.h"
#include "waiting.h"
#include <math.h>
#include <stdio.h>

typedef struct section_state {
    _Atomic(uint64_t) *proved;       /* one bit a block */
    _Atomic(uint64_t) *touched;      /* the same: something of it was read */
    atomic_bool checked, all_proved; /* checked: the file had its length when the first block was asked for */
} section_state;

struct rv_rvl {
    rv_mapping map;
    char *path;
    rv_rvl_header header;
    uint64_t seed;
    rv_rvl_entry *entries; /* a copy: the file may be cut while it is open */
    section_state *states;
    /* All sections'. In huge pages: a bit is read before it is set, and a small page of zeros that is read first costs a
     * second fault when it is written, with an interrupt for every other thread. */
    _Atomic(uint64_t) *bits;
    size_t bits_bytes;
};

rv_status rv_rvl_fail_at(const rv_rvl *rvl, rv_error *err, rv_status status) {
    rv_error_at(err, rvl->path, 0, 0);
    if (status == RV_CORRUPT)
        rv_error_hint(
            err, "the file's bytes aren't those that were written: fetch or build it again, then: reveil verify '%s'",
            rvl->path);
    return status;
}

static rv_status corrupt(const rv_rvl *rvl, rv_error *err, const char *what) {
    rv_fail_phrase(err, RV_CORRUPT, "the megabase is damaged: %s", what);
    return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
}

/* Told apart from what people take for one: a packed one, and one that a transfer in text mode has changed. */
static rv_status not_a_megabase(const rv_rvl *rvl, rv_error *err) {
    const unsigned char *p = rvl->map.data;
    size_t n = rvl->map.size;
    if (n >= 4 && memcmp(p + 1, "RVL", 3) == 0)
        return corrupt(rvl, err, "its first bytes aren't a megabase's, as after a transfer in text mode");
    rv_fail(err, RV_BAD_INPUT, "this is not a megabase (a .rvl file)");
    rv_compression packed = rv_compression_of(p, n);
    if (packed == RV_ZSTD) rv_error_hint(err, "unpack it first: zstd -d '%s'", rvl->path);
    else if (packed == RV_GZIP) rv_error_hint(err, "unpack it first: gunzip '%s'", rvl->path);
    else rv_error_hint(err, "make one from partner files: reveil build --schema schema.yaml --out mega.rvl SOURCE...");
    return rv_error_at(err, rvl->path, 0, 0);
}

static rv_status check_header(rv_rvl *rvl, rv_error *err) {
    rv_rvl_header *h = &rvl->header;
    if (rvl->map.size < 8 || memcmp(rvl->map.data, RV_RVL_MAGIC, 8) != 0) return not_a_megabase(rvl, err);
    if (rvl->map.size < sizeof *h) return corrupt(rvl, err, "it ends inside its header");
    memcpy(h, rvl->map.data, sizeof *h);
    bool sealed = h->seal == rv_rvl_header_seal(h);
    /* A later version may seal its header in another way; but its number alone is no proof of being later. */
    if (h->version > RV_RVL_VERSION && h->version <= 0xffff) {
        rv_fail(err, RV_NEWER, "the megabase is of format %u; this program reads format %d", h->version,
                RV_RVL_VERSION);
        rv_error_hint(err, "update reveil, or build the megabase with this one");
        return rv_error_at(err, rvl->path, 0, 0);
    }
    if (sealed && h->version && h->version < RV_RVL_VERSION) {
        rv_fail(err, RV_BAD_INPUT, "the megabase is of format %u; this program reads format %d", h->version,
                RV_RVL_VERSION);
        rv_error_hint(err, "build it again with this program from the partner files");
        return rv_error_at(err, rvl->path, 0, 0);
    }
    if (!sealed || h->version == 0) return corrupt(rvl, err, "its header doesn't agree with its seal");
    if (h->flags != 0 || h->layout > RV_ARCHIVE) {
        rv_fail(err, RV_NEWER, "the megabase uses a feature unknown to this program (flags %#x, layout %u)", h->flags,
                h->layout);
        return rv_error_at(err, rvl->path, 0, 0);
    }
    if (h->file_length != rvl->map.size) {
        rv_fail(err, RV_CORRUPT, "the megabase is damaged: it has %zu bytes instead of %llu", rvl->map.size,
                (unsigned long long)h->file_length);
        return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
    }
    return RV_OK;
}

/* A directory copy that can be trusted: in bounds and sealed. */
static bool directory_at(const rv_rvl *rvl, uint64_t at, const rv_rvl_entry **out) {
    uint64_t bytes = rv_rvl_directory_bytes(rvl->header.n_sections), size = rvl->map.size;
    if (rvl->header.n_sections > RV_RVL_SECTIONS_MAX || at % 8 || at < RV_RVL_PAGE || at > size || bytes > size - at)
        return false;
    uint64_t seal;
    memcpy(&seal, rvl->map.data + at + bytes - 8, 8);
    *out = (const rv_rvl_entry *)(const void *)(rvl->map.data + at);
    return seal == rv_rvl_seal(rvl->seed, UINT32_MAX, 0, rvl->map.data + at, bytes - 8);
}

static bool inside(uint64_t size, uint64_t at, uint64_t n) { return at <= size && n <= size - at; }

static bool name_is_clean(const char *name) {
    size_t i = 0;
    while (i < RV_RVL_NAME && name[i] > 32 && name[i] < 127) i++;
    if (i == 0 || i == RV_RVL_NAME) return false;
    for (; i < RV_RVL_NAME; i++)
        if (name[i]) return false;
    return true;
}

/* Frames: their table lies inside the section, and they don't promise more than they may expand to. */
static bool frames_are_sane(const rv_rvl_entry *e) {
    if (e->codec == RV_RVL_RAW) return e->raw == e->stored && e->frames == 0 && e->frame_raw == 0;
    if (e->frames >= e->stored / 8 || e->stored % 8 || e->frame_raw > RV_RVL_FRAME_MAX || e->width > RV_RVL_FRAME_MAX)
        return false;
    if (e->raw / RV_CODEC_EXPANSION > e->stored && e->raw > (uint64_t)RV_CODEC_SLACK * e->frames) return false;
    if (e->raw / RV_CODEC_EXPANSION > e->stored + e->frames * (RV_CODEC_SLACK / RV_CODEC_EXPANSION)) return false;
    if (e->frame_raw == 0) return e->width <= 1;
    if (e->raw > e->frames * e->frame_raw || (e->frames && e->raw <= (e->frames - 1) * e->frame_raw)) return false;
    return e->width <= 1 || (e->frame_raw % e->width == 0 && e->raw % e->width == 0);
}

static rv_status check_entry(const rv_rvl *rvl, const rv_rvl_entry *e, rv_error *err) {
    uint64_t size = rvl->map.size;
    if (!name_is_clean(e->name)) return corrupt(rvl, err, "a section's name isn't one");
    if (e->codec > RV_RVL_ZSTD || e->flags & ~(uint32_t)RV_RVL_CRITICAL) {
        rv_fail(err, RV_NEWER, "section %s uses a feature unknown to this program", e->name);
        return rv_error_at(err, rvl->path, 0, 0);
    }
    bool sane = e->offset % RV_RVL_PAGE == 0 && e->offset >= RV_RVL_PAGE && inside(size, e->offset, e->stored) &&
                frames_are_sane(e) && e->seals % 8 == 0 && inside(size, e->seals, rv_rvl_blocks(e) * 8) &&
                e->seals >= e->offset + e->stored;
    if (sane) return RV_OK;
    rv_fail(err, RV_CORRUPT, "the megabase is damaged: the directory's entry of section %s makes no sense", e->name);
    return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
}

static uint64_t words_of(const rv_rvl_entry *e) { return rv_rvl_blocks(e) / 64 + 1; }

static rv_status check_directory(rv_rvl *rvl, rv_error *err) {
    const rv_rvl_entry *mapped;
    if (!directory_at(rvl, rvl->header.directory[0], &mapped) && !directory_at(rvl, rvl->header.directory[1], &mapped))
        return corrupt(rvl, err, "neither copy of its directory agrees with its seal");
    rvl->entries = rv_array_new(rvl->header.n_sections + 1, sizeof *rvl->entries, err);
    if (!rvl->entries) return RV_NO_MEMORY;
    memcpy(rvl->entries, mapped, rvl->header.n_sections * sizeof *rvl->entries);
    uint64_t end = RV_RVL_PAGE, words = 0;
    for (uint32_t i = 0; i < rvl->header.n_sections; i++) {
        const rv_rvl_entry *e = &rvl->entries[i];
        RV_TRY(check_entry(rvl, e, err));
        if (e->offset < end) return corrupt(rvl, err, "sections overlap");
        end = e->seals + rv_rvl_blocks(e) * 8;
        words += 2 * words_of(e);
        for (uint32_t j = 0; j < i; j++)
            if (rvl->entries[j].id == e->id) return corrupt(rvl, err, "a section stands in it twice");
    }
    rvl->states = rv_array_new(rvl->header.n_sections + 1, sizeof *rvl->states, err);
    rvl->bits_bytes = (size_t)(words + 1) * sizeof *rvl->bits; /* words: of blocks that lie in the file */
    rvl->bits = rv_pages_new(rvl->bits_bytes, err);
    if (!rvl->states || !rvl->bits) return RV_NO_MEMORY;
    _Atomic(uint64_t) *next = rvl->bits;
    for (uint32_t i = 0; i < rvl->header.n_sections; i++) {
        rvl->states[i].proved = next;
        next += words_of(&rvl->entries[i]);
        rvl->states[i].touched = next;
        next += words_of(&rvl->entries[i]);
    }
    return RV_OK;
}

rv_status rv_rvl_open(const char *path, rv_rvl **out, rv_error *err) {
    rv_rvl *rvl = rv_new(sizeof *rvl, err);
    if (!rvl) return RV_NO_MEMORY;
    rvl->map.fd = -1;
    size_t n = strlen(path);
    rv_status status = RV_NO_MEMORY;
    rvl->path = rv_new(n + 1, err);
    if (!rvl->path) goto done;
    memcpy(rvl->path, path, n);
    status = rv_file_map(path, &rvl->map, err);
    if (status == RV_OK) status = check_header(rvl, err);
    if (status == RV_OK) {
        rvl->seed = rv_rvl_seed(&rvl->header);
        status = check_directory(rvl, err);
    }
done:
    if (status == RV_OK) *out = rvl;
    else rv_rvl_close(rvl);
    return status;
}

void rv_rvl_close(rv_rvl *rvl) {
    if (!rvl) return;
    rv_file_unmap(&rvl->map);
    rv_free(rvl->entries);
    rv_free(rvl->states);
    rv_pages_free(rvl->bits, rvl->bits_bytes);
    rv_free(rvl->path);
    rv_free(rvl);
}

const rv_rvl_header *rv_rvl_head(const rv_rvl *rvl) { return &rvl->header; }
uint64_t rv_rvl_base_seed(const rv_rvl *rvl) { return rvl->seed; }
const char *rv_rvl_path(const rv_rvl *rvl) { return rvl->path; }
const rv_rvl_entry *rv_rvl_section(const rv_rvl *rvl, size_t index) { return &rvl->entries[index]; }
const unsigned char *rv_rvl_bytes(const rv_rvl *rvl, const rv_rvl_entry *e) { return rvl->map.data + e->offset; }

const rv_rvl_entry *rv_rvl_find(const rv_rvl *rvl, uint32_t id) {
    for (uint32_t i = 0; i < rvl->header.n_sections; i++)
        if (rvl->entries[i].id == id) return &rvl->entries[i];
    return NULL;
}

rv_status rv_rvl_check_size(const rv_rvl *rvl, rv_error *err) {
    struct stat st;
    if (rv_io_now()->fstat(rvl->map.fd, &st) != 0)
        return rv_fail_errno(err, RV_BAD_INPUT, rvl->path, "can't read the file's size");
    if ((uint64_t)st.st_size == rvl->map.size) return RV_OK;
    return corrupt(rvl, err, "its length has changed since it was opened");
}

/* --- Proving ----------------------------------------------------------------------------------------------------- */

/* The table of a section's seals, as a whole: for verify. A block's seal is of that block at that place, so comparing it
 * proves both, and a damaged seal shows as a damaged block. */
static rv_status prove_seals(rv_rvl *rvl, const rv_rvl_entry *e, rv_error *err) {
    uint64_t seal = rv_rvl_seal(rvl->seed, e->id, UINT64_MAX, rvl->map.data + e->seals, rv_rvl_blocks(e) * 8);
    if (seal == e->seals_seal) return RV_OK;
    rv_fail(err, RV_CORRUPT, "the megabase is damaged: section %s, table of seals", e->name);
    return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
}

static rv_status prove_block(const rv_rvl *rvl, const rv_rvl_entry *e, uint64_t block, rv_error *err) {
    uint64_t at = block * RV_RVL_BLOCK, n = e->stored - at < RV_RVL_BLOCK ? e->stored - at : RV_RVL_BLOCK, want;
    memcpy(&want, rvl->map.data + e->seals + block * 8, 8);
    if (rv_rvl_seal(rvl->seed, e->id, block, rvl->map.data + e->offset + at, (size_t)n) == want) return RV_OK;
    rv_fail(err, RV_CORRUPT, "the megabase is damaged: section %s, block %llu (bytes %llu to %llu of the file)",
            e->name, (unsigned long long)block, (unsigned long long)(e->offset + at),
            (unsigned long long)(e->offset + at + n - 1));
    return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
}

/* The blocks of one word of bits, from and to within it. */
static rv_status prove_word(rv_rvl *rvl, const rv_rvl_entry *e, section_state *state, uint64_t first, uint64_t last,
                            rv_error *err) {
    _Atomic(uint64_t) *word = &state->proved[first / 64];
    uint64_t had = atomic_load_explicit(word, memory_order_acquire), now = had;
    rv_status status = RV_OK;
    for (uint64_t block = first; block <= last && status == RV_OK; block++) {
        uint64_t bit = (uint64_t)1 << (block % 64);
        if (had & bit) continue;
        status = prove_block(rvl, e, block, err);
        if (status == RV_OK) now |= bit;
    }
    if (now != had) atomic_fetch_or_explicit(word, now, memory_order_release);
    return status;
}

rv_rvl_view rv_rvl_view_of(rv_rvl *rvl, const rv_rvl_entry *e) {
    const section_state *state = &rvl->states[e - rvl->entries];
    return (rv_rvl_view){rvl, e, rv_rvl_bytes(rvl, e), state->proved, state->touched};
}

rv_status rv_rvl_prove(rv_rvl *rvl, const rv_rvl_entry *e, uint64_t at, uint64_t n, rv_error *err) {
    section_state *state = &rvl->states[e - rvl->entries];
    if (n == 0 || atomic_load_explicit(&state->all_proved, memory_order_acquire)) return RV_OK;
    if (!inside(e->stored, at, n)) return corrupt(rvl, err, "an offset points outside its section");
    if (!atomic_load_explicit(&state->checked, memory_order_relaxed)) {
        RV_TRY(rv_rvl_check_size(rvl, err));
        atomic_store_explicit(&state->checked, true, memory_order_relaxed);
    }
    rv_rvl_view view = rv_rvl_view_of(rvl, e);
    uint64_t first = at / RV_RVL_BLOCK, last = (at + n - 1) / RV_RVL_BLOCK;
    for (uint64_t block = first; block <= last; block++) rv_rvl_note(&view, block * RV_RVL_BLOCK);
    for (uint64_t block = first, end; block <= last; block = end + 1) {
        end = block | 63;
        if (end > last) end = last;
        RV_TRY(prove_word(rvl, e, state, block, end, err));
    }
    return RV_OK;
}

enum {
    PIECE_BYTES = 2 << 20,
    SERIAL_BYTES = 4 << 20 /* waking threads would take longer than the work */
};

typedef struct proving {
    rv_rvl *rvl;
    const rv_rvl_entry *entry;
} proving;

static rv_status prove_piece(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    proving *p = ctx;
    uint64_t at = (uint64_t)index * PIECE_BYTES, left = p->entry->stored - at;
    return rv_rvl_prove(p->rvl, p->entry, at, left < PIECE_BYTES ? left : PIECE_BYTES, err);
}

rv_status rv_rvl_prove_all(rv_rvl *rvl, const rv_rvl_entry *e, int threads, rv_error *err) {
    section_state *state = &rvl->states[e - rvl->entries];
    if (atomic_load_explicit(&state->all_proved, memory_order_acquire)) return RV_OK;
    RV_TRY(rv_rvl_check_size(rvl, err));
    proving p = {rvl, e};
    size_t pieces = (size_t)((e->stored + PIECE_BYTES - 1) / PIECE_BYTES);
    RV_TRY(rv_parallel(e->stored < SERIAL_BYTES ? 1 : threads, pieces, prove_piece, &p, err));
    atomic_store_explicit(&state->all_proved, true, memory_order_release);
    return RV_OK;
}

bool rv_rvl_all_proved(const rv_rvl *rvl, const rv_rvl_entry *e) {
    return atomic_load_explicit(&rvl->states[e - rvl->entries].all_proved, memory_order_acquire);
}

/* --- What has been touched --------------------------------------------------------------------------------------- */

/* Of n places some were met by draws at random; `times` as many draws meet this many. */
static double met_by(double n, double met, double times) { return met >= n ? n : n * (1 - pow(1 - met / n, times)); }

/* Stretches of `size` bytes of a section of which something was touched. */
static double stretches_touched(const rv_rvl *rvl, uint32_t index, uint64_t size) {
    const rv_rvl_entry *e = &rvl->entries[index];
    const section_state *state = &rvl->states[index];
    uint64_t last = UINT64_MAX;
    double met = 0;
    if (atomic_load_explicit(&state->all_proved, memory_order_acquire)) return (double)((e->stored + size - 1) / size);
    for (uint64_t w = 0; w < words_of(e); w++)
        for (uint64_t bits = atomic_load_explicit(&state->touched[w], memory_order_relaxed); bits; bits &= bits - 1) {
            uint64_t at = (w * 64 + (uint64_t)__builtin_ctzll(bits)) * RV_RVL_BLOCK / size;
            met += at != last;
            last = at;
        }
    return met;
}

void rv_rvl_count_touched(const rv_rvl *rvl, double times, rv_rvl_touched *now, rv_rvl_touched *then) {
    enum { WINDOW = RV_RVL_BLOCK, PAGE = 2 << 20 };
    *now = *then = (rv_rvl_touched){0};
    for (uint32_t i = 0; i < rvl->header.n_sections; i++) {
        double stored = (double)rvl->entries[i].stored;
        if (stored == 0) continue;
        double windows = ceil(stored / WINDOW), pages = ceil(stored / PAGE);
        double met_windows = stretches_touched(rvl, i, WINDOW), met_pages = stretches_touched(rvl, i, PAGE);
        now->windows += met_windows / windows * stored;
        now->pages += met_pages / pages * stored;
        then->windows += met_by(windows, met_windows, times) / windows * stored;
        then->pages += met_by(pages, met_pages, times) / pages * stored;
    }
}

/* --- Frames ------------------------------------------------------------------------------------------------------ */

rv_status rv_rvl_frame(rv_rvl *rvl, const rv_rvl_entry *e, uint64_t frame, const unsigned char **bytes, size_t *n,
                       rv_error *err) {
    uint64_t table = e->stored - (e->frames + 1) * 8, ends[2];
    RV_TRY(rv_rvl_prove(rvl, e, table + frame * 8, 16, err));
    memcpy(ends, rv_rvl_bytes(rvl, e) + table + frame * 8, 16);
    if (ends[0] > ends[1] || ends[1] > table) {
        rv_fail(err, RV_CORRUPT, "the megabase is damaged: section %s, frame %llu has no sensible place", e->name,
                (unsigned long long)frame);
        return rv_rvl_fail_at(rvl, err, RV_CORRUPT);
    }
    RV_TRY(rv_rvl_prove(rvl, e, ends[0], ends[1] - ends[0], err));
    *bytes = rv_rvl_bytes(rvl, e) + ends[0];
    *n = (size_t)(ends[1] - ends[0]);
    return RV_OK;
}

/* --- Verifying --------------------------------------------------------------------------------------------------- */

typedef struct verifying {
    rv_rvl *rvl;
    const rv_rvl_entry *entry;
    atomic_uint_least64_t damaged;
} verifying;

static rv_status verify_piece(void *ctx, size_t index, int worker, rv_error *err) {
    (void)worker;
    verifying *v = ctx;
    RV_TRY(rv_wait_ended(err));
    uint64_t step = PIECE_BYTES / RV_RVL_BLOCK, first = index * step, last = first + step;
    uint64_t all = rv_rvl_blocks(v->entry);
    for (uint64_t block = first; block < last && block < all; block++)
        if (prove_block(v->rvl, v->entry, block, NULL) != RV_OK) atomic_fetch_add(&v->damaged, 1);
    return RV_OK;
}

static bool is_zero(const unsigned char *bytes, uint64_t n) {
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, (size_t)n - 1) == 0);
}

/* Adds a kind of damage: the first one found is the one that is told. */
static void note_damage(rv_rvl *rvl, uint64_t n, uint64_t *damaged, rv_error *first, const char *section,
                        const char *what) {
    if (n && *damaged == 0) {
        rv_fail(first, RV_CORRUPT, "the megabase is damaged: %s%s%s", section, *section ? ", " : "", what);
        rv_rvl_fail_at(rvl, first, RV_CORRUPT);
    }
    *damaged += n;
}

static rv_status verify_section(rv_rvl *rvl, const rv_rvl_entry *e, int threads, uint64_t *damaged, rv_error *first,
                                rv_error *err) {
    if (prove_seals(rvl, e, NULL) != RV_OK) note_damage(rvl, 1, damaged, first, e->name, "table of seals");
    verifying v = {.rvl = rvl, .entry = e};
    size_t pieces = (size_t)((e->stored + PIECE_BYTES - 1) / PIECE_BYTES);
    RV_TRY(rv_parallel(threads, pieces, verify_piece, &v, err));
    if (v.damaged && *damaged == 0)
        for (uint64_t b = 0; b < rv_rvl_blocks(e) && prove_block(rvl, e, b, first) == RV_OK; b++) continue;
    *damaged += v.damaged;
    return RV_OK;
}

/* Everything that isn't header, directory, section or table of seals. */
static void verify_padding(rv_rvl *rvl, uint64_t *damaged, uint64_t *blocks, rv_error *first) {
    const rv_rvl_header *h = &rvl->header;
    uint64_t directory = rv_rvl_directory_bytes(h->n_sections), end = h->directory[0] + directory;
    const unsigned char *data = rvl->map.data;
    bool clean = h->directory[0] == RV_RVL_PAGE && h->directory[1] + directory == rvl->map.size;
    for (uint32_t i = 0; clean && i <= h->n_sections; i++) {
        uint64_t next = i < h->n_sections ? rvl->entries[i].offset : h->directory[1];
        clean = next >= end && is_zero(data + end, next - end);
        if (!clean || i == h->n_sections) break;
        const rv_rvl_entry *e = &rvl->entries[i];
        clean = is_zero(data + e->offset + e->stored, e->seals - e->offset - e->stored);
        end = e->seals + rv_rvl_blocks(e) * 8;
    }
    *blocks += 1;
    note_damage(rvl, !clean, damaged, first, "", "padding between sections isn't zero");
}

rv_status rv_rvl_verify(const char *path, int threads, uint64_t *damaged, uint64_t *blocks, rv_error *err) {
    rv_rvl *rvl;
    uint64_t bad = 0, seen = 3; /* header and two directories */
    rv_status status = rv_rvl_open(path, &rvl, err);
    if (status != RV_OK) {
        *damaged = status == RV_CORRUPT;
        *blocks = 1;
        return status;
    }
    rv_error first = {0};
    for (int copy = 0; copy < 2; copy++) {
        const rv_rvl_entry *ignored;
        bool whole = directory_at(rvl, rvl->header.directory[copy], &ignored);
        note_damage(rvl, !whole, &bad, &first, "",
                    copy ? "the second copy of the directory" : "the first copy of the directory");
    }
    for (uint32_t i = 0; i < rvl->header.n_sections && status == RV_OK; i++) {
        const rv_rvl_entry *e = &rvl->entries[i];
        status = rv_rvl_check_size(rvl, err);
        if (status == RV_OK) status = verify_section(rvl, e, threads, &bad, &first, err);
        seen += 1 + rv_rvl_blocks(e);
    }
    if (status == RV_OK) {
        verify_padding(rvl, &bad, &seen, &first);
        *damaged = bad;
        *blocks = seen;
        if (bad) status = RV_CORRUPT;
        if (bad && err) *err = first;
    }
    rv_rvl_close(rvl);
    return status;
}
