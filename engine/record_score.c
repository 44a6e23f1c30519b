/*
 * Making the tables, and the scalar kernel. An attribute's entries are its points less its least ones, which go into
 * the base: entries are never negative, so that vector kernels may add them as unsigned bytes.
 */
#include "record_score_tables.h"

#include "cpu.h"

static int32_t least_of(const rv_record_points *p) {
    int32_t least = p->points[0];
    for (uint32_t code = 1; code <= p->place.values; code++)
        if (p->points[code] < least) least = p->points[code];
    return least;
}

static rv_status check(uint32_t width, const rv_record_points *p, rv_error *err) {
    if ((p->place.bits != 4 && p->place.bits != 8) || p->place.at >= width || p->place.values >> p->place.bits)
        return rv_fail(err, RV_BAD_ARGUMENT, "an attribute to score isn't in the record");
    for (uint32_t code = 0; code <= p->place.values; code++)
        if (p->points[code] > RV_RECORD_POINTS_MAX || p->points[code] < -RV_RECORD_POINTS_MAX)
            return rv_fail(err, RV_BAD_ARGUMENT, "points beyond what a record's score can hold");
    return RV_OK;
}

void rv_record_scorer_free(rv_record_scorer *s) {
    if (!s) return;
    rv_free(s->byte_at);
    rv_free(s->by_byte);
    rv_pages_free(s->chunks, s->n_chunks * sizeof *s->chunks);
    rv_free(s);
}

bool rv_record_scorer_is_narrow(const rv_record_scorer *s) { return s->narrow; }

/* --- Tables ------------------------------------------------------------------------------------------------------ */

static uint32_t entry_of(const rv_record_points *p, int32_t least, uint32_t code) {
    return code > p->place.values ? (uint32_t)RV_SCORE_BAD : (uint32_t)(p->points[code] - least);
}

static void add_to_byte(rv_record_scorer *s, const rv_record_points *p, int32_t least) {
    uint32_t b = 0;
    while (b < s->n_bytes && s->byte_at[b] != p->place.at) b++;
    if (b == s->n_bytes) s->byte_at[s->n_bytes++] = p->place.at;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t entry = entry_of(p, least, p->place.bits == 8 ? byte : byte >> p->place.shift & 15);
        bool bad = entry == RV_SCORE_BAD || s->by_byte[b][byte] == RV_SCORE_BAD;
        s->by_byte[b][byte] = bad ? (uint32_t)RV_SCORE_BAD : s->by_byte[b][byte] + entry;
    }
}

static void add_to_chunk(rv_record_scorer *s, const rv_record_points *p, int32_t least) {
    rv_score_chunk *c = s->chunks;
    while (p->place.at >= c->at + c->bytes) c++;
    uint32_t byte = p->place.at - c->at, half = p->place.shift / 4;
    if (p->place.bits == 8) {
        for (uint32_t code = 0; code <= p->place.values; code++)
            c->eights[c->n_eights].entries[code] = (int32_t)entry_of(p, least, code);
        c->eights[c->n_eights++].byte = byte;
        c->high_limit[byte] = (unsigned char)p->place.values;
        return;
    }
    for (uint32_t code = 0; code <= p->place.values; code++) {
        uint32_t entry = entry_of(p, least, code), at = byte % 4 * 16 + code;
        if (entry > 65535) s->narrow = false;
        c->entries[0][byte / 4][half][at] = (unsigned char)entry;
        c->entries[1][byte / 4][half][at] = (unsigned char)(entry >> 8);
        if (entry > 255) c->upper[byte / 4][half] = true;
    }
    if (half) c->high_limit[byte] = (unsigned char)(p->place.values << 4 | 15);
    else c->low_limit[byte] = (unsigned char)p->place.values;
}

static void place_chunks(rv_record_scorer *s) {
    for (uint32_t i = 0; i < s->n_chunks; i++) {
        rv_score_chunk *c = &s->chunks[i];
        c->at = i * RV_SCORE_CHUNK;
        c->bytes = s->width < RV_SCORE_CHUNK ? s->width : RV_SCORE_CHUNK;
        if (c->at + c->bytes > s->width) c->at = s->width - c->bytes;
        memset(c->low_limit, 15, sizeof c->low_limit);
        memset(c->high_limit, 255, sizeof c->high_limit);
    }
}

rv_status rv_record_scorer_new(uint32_t width, const rv_record_points *points, size_t n, int32_t base,
                               rv_record_scorer **out, rv_error *err) {
    for (size_t i = 0; i < n; i++) RV_TRY(check(width, &points[i], err));
    rv_record_scorer *s = rv_new(sizeof *s, err);
    if (!s) return RV_NO_MEMORY;
    s->width = width;
    s->base = base;
    s->narrow = true;
    s->n_chunks = (width + RV_SCORE_CHUNK - 1) / RV_SCORE_CHUNK;
    s->byte_at = rv_array_new(width + 1, sizeof *s->byte_at, err);
    s->by_byte = s->byte_at ? rv_array_new(width + 1, sizeof *s->by_byte, err) : NULL;
    s->chunks = s->by_byte ? rv_pages_new(s->n_chunks * sizeof *s->chunks, err) : NULL;
    if (!s->chunks) {
        rv_record_scorer_free(s);
        return RV_NO_MEMORY;
    }
    place_chunks(s);
    for (size_t i = 0; i < n; i++) {
        int32_t least = least_of(&points[i]);
        s->base += least;
        add_to_byte(s, &points[i], least);
        add_to_chunk(s, &points[i], least);
    }
    *out = s;
    return RV_OK;
}

/* --- Scoring ----------------------------------------------------------------------------------------------------- */

/* Two loads, an add and an or per byte that counts. The tables of 32 bytes are 32 KB: they stay in the first cache. */
bool rv_record_score_scalar(const rv_record_scorer *s, const unsigned char *records, size_t n, int32_t *sums) {
    uint32_t seen = 0;
    for (size_t i = 0; i < n; i++, records += s->width) {
        uint32_t sum = (uint32_t)s->base;
        for (uint32_t b = 0; b < s->n_bytes; b++) {
            uint32_t entry = s->by_byte[b][records[s->byte_at[b]]];
            sum += entry;
            seen |= entry;
        }
        sums[i] = (int32_t)sum;
    }
    return !(seen & RV_SCORE_BAD);
}

bool rv_record_score(const rv_record_scorer *s, const unsigned char *records, size_t n, int32_t *sums) {
    switch (s->narrow && s->n_chunks ? rv_cpu_level() : RV_CPU_SCALAR) {
    case RV_CPU_AVX512: return rv_record_score_avx512(s, records, n, sums);
    case RV_CPU_AVX2: return rv_record_score_avx2(s, records, n, sums);
    default: return rv_record_score_scalar(s, records, n, sums);
    }
}

/* --- Side columns ------------------------------------------------------------------------------------------------ */

bool rv_side_score_scalar(const int32_t *points, uint32_t values, const unsigned char *codes, uint32_t bytes, size_t n,
                          int32_t *sums) {
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        uint16_t narrow = 0;
        uint32_t code;
        if (bytes == 2) {
            memcpy(&narrow, codes + i * 2, 2);
            code = narrow;
        } else {
            memcpy(&code, codes + i * 4, 4);
        }
        good &= code <= values;
        sums[i] += points[code <= values ? code : 0];
    }
    return good;
}

bool rv_side_score(const int32_t *points, uint32_t values, const unsigned char *codes, uint32_t bytes, size_t n,
                   int32_t *sums) {
    bool wide = rv_cpu_level() >= RV_CPU_AVX2 && values < INT32_MAX;
    return (wide ? rv_side_score_avx2 : rv_side_score_scalar)(points, values, codes, bytes, n, sums);
}
