/*
 * Tables in: rows from any kind of file that people keep tables in, as batches of cells, whatever the kind. rv_table_open
 * tells the kind by what it sees; commands know tables only, never what they came from.
 *
 * A serial cutter takes pieces off the input, workers parse them, and a consumer sees the blocks in order. The file is
 * never held whole: memory is bounded by the blocks in flight.
 *
 * Cells are text. What a kind's values look like as text is said where it is read: csv_reader.h.
 */
#ifndef RV_TABLE_READER_H
#define RV_TABLE_READER_H

#include "batch.h"
#include "memory.h"

typedef struct rv_reject {
    uint64_t line, offset;
    const char *reason; /* static: "ragged", "unclosed_quote", "bad_encoding", "too_long", "nul_byte"... */
    rv_text raw;        /* the record's bytes without its line end; lives as long as its block */
} rv_reject;

/* Reasons of lines that are no rows and no faults either. They stand among the rejects, so that nothing is dropped
 * unsaid, and don't count as such. */
#define RV_PREAMBLE "preamble"
#define RV_FOOTER "footer"
#define RV_REPEATED_HEADER "repeated_header"
bool rv_reject_is_aside(const char *reason);

/* Where the bytes of a CSV file went, as UTF-8. Each is counted where it is read, and together they are the file. */
typedef struct rv_table_bytes {
    uint64_t header, rows, rejects, asides; /* records as they stand, without their line ends */
    uint64_t empty;                         /* separators of rows that hold nothing else */
    uint64_t line_ends;                     /* of all of them */
    uint64_t passed; /* byte order mark; lines above the table as --skip-lines asks; what lies beyond a record's limit */
} rv_table_bytes;
void rv_table_bytes_add(rv_table_bytes *to, const rv_table_bytes *more);
uint64_t rv_table_bytes_sum(const rv_table_bytes *bytes);

/* What became of lines that aren't read as they stand. */
typedef struct rv_table_tally {
    uint64_t asides;   /* among the rejects: see above */
    uint64_t empty;    /* lines that hold nothing, or separators only, in a table of several columns */
    uint64_t surplus;  /* rows read without the separators at their end that part nothing */
    uint64_t repaired; /* rows of another width, mended because that was asked for */
    rv_table_bytes bytes;
} rv_table_tally;

typedef struct rv_table_info {
    uint32_t columns;
    const rv_text *names; /* header names, made unique; c1, c2... without a header */
    char separator, quote;
    char decimal;             /* given or found; 0: each value by itself */
    rv_date_order date_order; /* given or found; auto: day first unless impossible */
    rv_encoding encoding;
    bool has_header;
    uint64_t header_line;
    uint64_t stored_bytes;     /* size on disk, 0 when unknown (stdin) */
    const char *compression;   /* "none" "gzip" "zstd" */
    const rv_sniffed *sniffed; /* what the file is taken to be, and why; NULL: its kind leaves nothing to guess */
} rv_table_info;

typedef struct rv_table rv_table;
/* "duckdb:SELECT ...", a query in a file's place: no folder is put before it, and it is no pattern of names. */
#define RV_TABLE_QUERY "duckdb:"
static inline bool rv_table_is_query(const char *path) {
    return strncmp(path, RV_TABLE_QUERY, strlen(RV_TABLE_QUERY)) == 0;
}

/* Opens, tells kind and compression by the first bytes, reads the header. dialect may be NULL. An empty file is
 * RV_BAD_INPUT. One thread at a time. */
rv_status rv_table_open(const char *path, const rv_dialect *dialect, rv_table **out, rv_error *err);
void rv_table_close(rv_table *csv); /* NULL is fine */
/* The file of an open table once more, from its first row on, told as that one was: where it can be, nothing is guessed
 * again. `like` has to outlive it; path and dialect are those that `like` was opened with. */
rv_status rv_table_again(const rv_table *like, const char *path, const rv_dialect *dialect, rv_table **out,
                         rv_error *err);
/* Before a walk, when another table of the same file (rv_table_again) has been walked to its end: where that one rejected
 * nothing, damage isn't looked for again. Whoever trusts compares both tables' input_hash afterwards: the file may have
 * changed meanwhile. */
void rv_table_trust(rv_table *table, const rv_table *walked);
/* Before a walk: about one row in `bytes` decoded bytes will do, the first one behind each such place, so that most of the
 * file needn't be read at all. Lines, counts, rejects and the input's hash mean nothing in such a walk, and a row may be
 * misread where quotes hold line ends. false: all rows will come. */
bool rv_table_thin(rv_table *table, size_t bytes);
const rv_table_info *rv_table_describe(const rv_table *csv);

/* The first rows, before the table is walked (they come again then): as many as the first block holds, none when it is
 * empty. Views live until the walk. Strict reading may fail here already. */
rv_status rv_table_peek(rv_table *table, rv_batch *out, rv_error *err);

typedef struct rv_table_block {
    uint64_t number;          /* 0, 1, 2... */
    rv_batch batch;           /* the good rows */
    const rv_reject *rejects; /* in order of line */
    size_t n_rejects;
    uint64_t irregular; /* fields with stray quotes, read as data */
    rv_table_tally tally;
    uint64_t end_offset; /* decoded bytes up to the end of this block */
    bool unquoted;       /* no record holds a quote; false: some may */
    bool verbatim;       /* records can be written as they stand: comma, ", and every quote regular */
    rv_arena *arena;     /* scratch for the callbacks; reset when the slot is used again */
    void *user;          /* work's result for consume; persists per slot (NULL at first) so that it can be reused */
} rv_table_block;

/* work: any thread, any order. consume: one at a time, in order of number. after: what consuming leaves to do, nobody waits
 * for it. Each may be NULL. See rv_pipeline.
 * free_user (may be NULL) gets each non-NULL block->user at the end. Can be called once per open. */
typedef struct rv_table_visitor {
    rv_status (*work)(void *ctx, rv_table_block *block, int worker, rv_error *err);
    rv_status (*consume)(void *ctx, rv_table_block *block, rv_error *err);
    void (*free_user)(void *user);
    void *ctx;
    void (*after)(void *ctx);
} rv_table_visitor;
rv_status rv_table_each(rv_table *csv, int threads, const rv_table_visitor *visitor, rv_error *err);

/* The same walk for who wants to be given blocks, not called: the next one, good until the next call; NULL at the end, when
 * everything is counted. After the end, or a failure, it isn't called again; nor is rv_table_each after the first call. */
rv_status rv_table_next(rv_table *table, const rv_table_block **out, rv_error *err);

/* Counted after rv_table_each, or at the end of rv_table_next. */
typedef struct rv_table_counts {
    uint64_t rows, rejected, irregular, decoded_bytes; /* rejected: asides apart */
    rv_table_tally tally;
    uint64_t header_lines; /* in front of the first row or aside */
    uint64_t input_hash;   /* XXH3-64 of the decoded bytes, chained over blocks in order: the summary's input hash */
} rv_table_counts;
rv_table_counts rv_table_counted(const rv_table *csv);

#endif
