/* Scored rows as CSV: client_id,score,probability,rank,decile,reasons. */
#ifndef RV_SCORE_WRITE_H
#define RV_SCORE_WRITE_H

#include "csv_writer.h"
#include "profile.h"

enum { RV_REASONS_DEFAULT = 5, RV_REASONS_MAX = 64 };

typedef struct rv_scored {
    const rv_frame *frame;
    const rv_profile *profile;
    const rv_profile_view *view;
    const int32_t *scores; /* rows: unclamped */
    const uint32_t *ranks; /* rows: from 1; 0: not scored, not written */
    uint64_t n;            /* rows with a rank */
    uint32_t reasons;      /* 1..RV_REASONS_MAX */
} rv_scored;

/* Ranks rows by score, highest first, ties by row; rows where skip (may be NULL) is `skipped` get 0. */
rv_status rv_rank_rows(const int32_t *scores, const uint8_t *skip, uint8_t skipped, uint64_t rows, uint32_t *ranks,
                       uint64_t *ranked, rv_error *err);
/* The texts of all entries, "attribute=value:points", pairs "a=v&b=w:points", with = : & | % in names and values escaped; then rows, in order. */
rv_status rv_scored_write(const rv_scored *scored, rv_table_out *out, const rv_settings *settings, rv_error *err);
/* One row's reasons: the strongest entries, then "rest:points" and "base:points". */
typedef struct rv_reasons {
    rv_arena arena;
    rv_text *text;  /* columns * RV_BINS_MAX: with ":points" at the end */
    uint32_t *bare; /* of each, the bytes before it: pairs are made of these, "a=v&b=w:points" */
    bool plain;     /* none of them needs quotes in CSV */
} rv_reasons;
rv_status rv_reasons_make(const rv_profile *profile, rv_reasons *out, rv_error *err);
void rv_reasons_reset(rv_reasons *reasons);
void rv_reasons_put(const rv_reasons *reasons, const rv_profile *profile, const rv_profile_view *view, uint64_t row,
                    uint32_t most, rv_buffer *out);

/* One line; the row and its codes are the view's. `scratch` is overwritten. */
typedef struct rv_scored_line {
    rv_text id;
    int32_t score;     /* unclamped */
    uint64_t rank, of; /* from 1, of so many: the decile */
    uint64_t row;      /* of the view */
} rv_scored_line;
void rv_scored_put(const rv_profile *profile, const rv_profile_view *view, const rv_reasons *texts, uint32_t reasons,
                   const rv_scored_line *line, rv_buffer *scratch, rv_buffer *out);
/* `id`: the first column's name. */
rv_status rv_scored_header(rv_table_out *out, const char *id, rv_error *err);

#endif
