/*
 * reveil: wakes sleeping customers. The public face of the library, and all that the program sees of it.
 *
 * A job is one function: it takes a struct of options (zero or NULL is the default; each field names its flag in a
 * comment), the settings shared by all jobs, and gives back a status, an error that says where and how to mend it,
 * and a report. Nothing is printed, no environment is read, nothing is kept between calls: two jobs may run in one
 * process, each from its own thread.
 *
 * Ownership: strings in options are borrowed for the call. Reports are the caller's (rv_report_reset). Whoever wants no
 * report or no error gives NULL in its place; options and settings there must be.
 * Outputs of a failed job are untouched: a file appears whole, or not at all.
 */
#ifndef REVEIL_H
#define REVEIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RV_PUBLIC __attribute__((visibility("default")))
#else
#define RV_PUBLIC
#endif

/* What a caller can do about a failure. One status is one exit code of the program (docs of cli: exit codes). */
typedef enum rv_status {
    RV_OK = 0,
    RV_FAILED,       /* 1: the job failed for another reason than those below */
    RV_BAD_ARGUMENT, /* 2: usage, options, job or schema file */
    RV_BAD_INPUT,    /* 3: an input is missing, unreadable, or not what it should be */
    RV_CORRUPT,      /* 3: a file's bytes aren't those that were written */
    RV_NEWER,        /* 3: written by a newer format */
    RV_OVER_BUDGET,  /* 3: more rejected rows than --max-rejects */
    RV_GATE_MISSED,  /* 4 */
    RV_NO_MEMORY,    /* 5: memory, or --memory-limit */
    RV_NO_SPACE,     /* 5: disk full */
    RV_REFUSED,      /* 6: privacy or consent forbids it */
    RV_UNCHANGED,    /* 99: nothing to do, when asked for */
    RV_INTERRUPTED   /* 130 or 143: the caller asked to stop */
} rv_status;

typedef enum rv_language { RV_ENGLISH, RV_FRENCH } rv_language;

/* Filled on failure only. `file` is a path as the user gave it; line and column count from 1, 0 is unknown. */
typedef struct rv_error {
    rv_status status;
    int sys_errno;
    uint64_t line;
    uint64_t column;
    uint64_t offset;
    char file[256];
    char message[768]; /* what is wrong; personal data as shapes */
    char hint[512];    /* how to mend it, a command to paste where there is one; or empty */
    unsigned code;     /* the kind of error, the same in every language: 202 is E0202 (rv_error_kinds); 0: not known */
    char french[768], french_hint[512]; /* the same two texts in French */
} rv_error;

/* One kind of error. Texts by rv_language. */
typedef struct rv_error_kind {
    unsigned code;
    const char *title[2], *cause[2], *mending[2];
} rv_error_kind;
/* All of them, in the order of their codes; the last has code 0. */
RV_PUBLIC const rv_error_kind *rv_error_kinds(void);
/* A text of the program's or the library's own (or a format, with the same conversions in the same order) in another
 * language; the text itself where the catalogue doesn't know it. `code` may be NULL; left alone for an unknown text. */
RV_PUBLIC const char *rv_translate(const char *english, rv_language language, unsigned *code);

/* --- Settings: how to run, the same for every job ---------------------------------------------------------------- */

typedef enum rv_level { RV_NOTE, RV_WARNING } rv_level;

typedef enum rv_out_dialect { RV_OUT_UNSAID, RV_OUT_PLAIN, RV_OUT_EXCEL_FR } rv_out_dialect;

typedef struct rv_settings {
    int threads;                /* --threads; 0: all cores */
    uint64_t memory_limit;      /* --memory-limit, bytes; 0: none */
    const char *tmpdir;         /* --tmpdir; NULL: beside the output */
    bool seeded;                /* --seed was given */
    uint64_t seed;              /* --seed */
    bool force;                 /* --force: outputs may replace files */
    bool dry_run;               /* --dry-run: check, count, write nothing */
    bool show_values;           /* --show-values: messages may show personal data */
    rv_language language;       /* --lang: of notes and warnings; errors bring both */
    rv_out_dialect out_dialect; /* --out-dialect: of tables written as CSV; RV_OUT_UNSAID: plain, or what a job says */
    bool formula_safe;          /* --formula-safe: no cell of a table written as CSV runs in a spreadsheet */
    const char *rejects;        /* --rejects FILE */
    double max_rejects;         /* --max-rejects: a share when max_rejects_is_share, else a number of rows */
    bool max_rejects_is_share;  /* the program's default is 1 %; a zero struct allows none */
    const char *const *gates;   /* --gate 'auc>=.7': asked before anything is published */
    size_t n_gates;
    /* Called from one thread at a time, any thread. NULL: silence. `total` 0 is unknown. */
    void (*progress)(void *ctx, const char *stage, uint64_t done, uint64_t total);
    void (*message)(void *ctx, rv_level level, const char *text);
    void *ctx;
    const volatile int *cancel; /* when it turns non-zero the job stops soon with RV_INTERRUPTED */
    /* The library's own, for jobs of several steps. Leave NULL. */
    struct rv_held_outputs *held; /* publishes all or nothing */
    const volatile int *failed;   /* turns non-zero when another step has failed: this one needn't go on */
} rv_settings;

/* What a job tells. json: one object on one line, the job's summary. text: for people, lines ended by \n. */
typedef struct rv_report {
    char *json;
    char *text;
} rv_report;
RV_PUBLIC void rv_report_reset(rv_report *report);
/* Whether a summary may be written there unasked: nothing is there, or an older summary, an empty file, or no regular file. */
RV_PUBLIC bool rv_may_take_summary(const char *path);
/* Whether two paths are one file, or would be once it is written: links followed, `.` and `..` too. */
RV_PUBLIC bool rv_file_one_place(const char *a, const char *b);
/* The file that an output called `path` is: `path`, or what a symbolic link leads to. False: it can't be told, or hasn't room. */
RV_PUBLIC bool rv_file_behind(const char *path, char *out, size_t room);

/* --- Tables ------------------------------------------------------------------------------------------------------ */

typedef enum rv_encoding {
    RV_ENCODING_AUTO,
    RV_UTF8,
    RV_CP1252,
    RV_UTF16LE,
    RV_UTF16BE,
    RV_LATIN9, /* ISO-8859-15 */
    RV_MACROMAN,
    RV_CP850,
    RV_UTF8_TWICE /* UTF-8 that was taken for CP1252 and written as UTF-8 once more */
} rv_encoding;
typedef enum rv_switch { RV_AUTO, RV_YES, RV_NO } rv_switch;
typedef enum rv_date_order { RV_DATE_ORDER_AUTO, RV_DMY, RV_MDY, RV_YMD } rv_date_order;

#define RV_NO_QUOTE ((char)-1) /* --quote none: no byte of UTF-8, so nothing is ever quoted */

typedef struct rv_dialect {
    char separator;           /* --sep; 0: found from the file */
    char quote;               /* --quote; 0: found; RV_NO_QUOTE: quotes are data */
    rv_encoding encoding;     /* --encoding */
    rv_switch header;         /* --header yes|no */
    char decimal;             /* --decimal; 0: found */
    rv_date_order date_order; /* --date-order */
    uint32_t skip_lines;      /* --skip-lines, where skip_given */
    bool strict;              /* --strict: refuse what RFC 4180 refuses */
    char country[3];          /* --country: of phones and addresses that name none (rv_country_code); "" is FR */
    char escape;              /* --escape; 0: found; equal to the quote: doubled */
    bool skip_given;          /* --skip-lines was given, 0 too: lines above the table aren't looked for */
    rv_switch footer;         /* --footer yes|no: whether lines of totals and notes at the end are set aside */
    bool repair;              /* --repair: rows of another width are padded, or their last value takes the rest */
} rv_dialect;

typedef struct rv_assignment { /* COLUMN=ROLE, COLUMN=VALUE, key=value */
    const char *name;
    const char *value;
} rv_assignment;

typedef struct rv_table_options {
    const char *path;           /* "-" is stdin */
    const char *id;             /* --id COLUMN */
    const rv_assignment *roles; /* --role COLUMN=ROLE */
    size_t n_roles;
    const char *const *ignore; /* --ignore */
    size_t n_ignore;
    const char *schema; /* --schema FILE: all roles */
    rv_dialect dialect;
} rv_table_options;

/* --- What a table is taken to be --------------------------------------------------------------------------------- */

/* One decision about a file: how sure, and what speaks for it. */
typedef struct rv_finding {
    double confidence;  /* 0..1; 1 where it was given */
    bool given;         /* by the dialect (a flag, a job file), not found */
    char evidence[120]; /* in words: "98 of 100 lines have 7 fields"; never a value of the file */
    char french[160];   /* the same */
} rv_finding;

typedef enum rv_value_kind {
    RV_VALUE_EMPTY, /* nothing but empty cells and place-holders was seen */
    RV_VALUE_TEXT,
    RV_VALUE_INTEGER,
    RV_VALUE_DECIMAL,
    RV_VALUE_DATE,
    RV_VALUE_FLAG, /* oui/non, yes/no, vrai/faux, true/false, o/n, y/n, x; 0/1 is an integer */
    RV_VALUE_EMAIL,
    RV_VALUE_PHONE
} rv_value_kind;

/* A column in the sampled rows. A kind is a column's when nearly all of its filled values are of it. */
typedef struct rv_column_found {
    const char *name; /* as used, unique; zero-terminated UTF-8 */
    bool renamed;     /* the header had it twice, or empty: "email_2", "c3" */
    rv_value_kind kind;
    uint32_t rows, filled;             /* sampled; neither empty nor a place-holder */
    uint32_t placeholders;             /* "NULL", "#N/A", "-", "inconnu"... */
    uint32_t of_kind;                  /* filled values of the kind */
    uint32_t commas, points;           /* numbers in which the mark can only be decimal */
    uint32_t day_first, month_first;   /* dates that can only be one of them */
    uint32_t year_first, unclear_days; /* yyyy-mm-dd; both orders are possible */
    uint32_t short_years;              /* dates whose year has two digits */
    uint32_t serial_dates;             /* whole numbers that a spreadsheet may mean as days since 1899-12-30 */
    uint32_t apostrophes;              /* values that begin with ', a spreadsheet's mark of text */
    uint32_t scientific;               /* 3,36E+10: a telephone or an id whose digits are lost */
    uint32_t longest;                  /* bytes */
} rv_column_found;

typedef struct rv_sniffed {
    rv_dialect dialect; /* to read with: separator, quote, escape, encoding, header, skip_lines settled; decimal and
                         * date_order settled, or 0 where the samples don't tell */
    rv_finding separator, quote, escape, encoding, header, preamble, footer, decimal, thousands, date_order;
    const char *thousands_mark; /* "", " ", "U+00A0", "U+202F", ".", ",", "'": what groups digits */
    const char *compression;    /* "none" "gzip" "zstd" */
    uint32_t preamble_lines;    /* lines above the header (or the first row), empty ones too */
    uint32_t footer_lines;      /* lines of totals and notes at the end, as far as it could be seen */
    bool ends_unseen;           /* a stream: only the head was looked at */
    bool byte_order_mark;       /* the file begins with one */
    bool trailing_separators;   /* lines end with a separator that parts nothing */
    uint64_t undefined_bytes;   /* sampled bytes that CP1252 gives no character */
    uint64_t change_offset;     /* about where lines begin to look otherwise written... */
    char change_separator;      /* ...with this separator; 0: nowhere in the samples */
    uint64_t bytes;             /* of the file as stored; 0: not known */
    uint64_t sampled_bytes;
    uint32_t sampled_rows;
    rv_column_found *columns;
    uint32_t n_columns;
    const char *const *notes; /* what a reader should be told, one sentence each; never a value of the file */
    size_t n_notes;
    size_t n_warnings; /* the first ones of these, which every job that reads the table tells: of workbooks */
} rv_sniffed;

/* --- Jobs -------------------------------------------------------------------------------------------------------- */

typedef enum rv_layout { RV_IMAGE, RV_ARCHIVE } rv_layout;

/* A synthetic world with known truth. Needs settings->seed (0 is a seed like another). The linkage sets are two flat files of
 * people and the truth about them, to measure record linkage (docs/LINKAGE-SET.md). */
typedef enum rv_synth_set { RV_SET_WORLD, RV_SET_LINKAGE, RV_SET_LINKAGE_EMAIL } rv_synth_set;
typedef struct rv_synth_options {
    uint64_t contacts; /* --contacts */
    uint64_t clients;  /* --clients */
    const char *out;   /* --out DIR, made when missing */
    rv_synth_set set;  /* --set world|linkage|linkage-email */
} rv_synth_options;
RV_PUBLIC rv_status rv_synth(const rv_synth_options *, const rv_settings *, rv_report *, rv_error *);

typedef struct rv_build_options {
    const char *schema;         /* --schema */
    const char *const *sources; /* SOURCE...; NULL: the files that the schema names */
    size_t n_sources;
    const char *out;  /* --out */
    rv_layout layout; /* --layout image|archive */
    const char *ids;  /* --ids FILE: id,contact_id of every source row, in the order of contacts; NULL: none */
} rv_build_options;
RV_PUBLIC rv_status rv_build(const rv_build_options *, const rv_settings *, rv_report *, rv_error *);

RV_PUBLIC rv_status rv_convert(const char *from, const char *to, rv_layout layout, const rv_settings *, rv_report *,
                               rv_error *);
RV_PUBLIC rv_status rv_info(const char *megabase, const rv_settings *, rv_report *, rv_error *);
RV_PUBLIC rv_status rv_verify(const char *megabase, const rv_settings *, rv_report *, rv_error *);

/* How far linkage goes beyond keys that agree to the letter, and how sure it has to be. */
typedef enum rv_linkage {
    RV_LINKAGE_UNSAID, /* default where linking is the job (match, dedupe), off where it comes on top (enrich, run) */
    RV_LINKAGE_OFF,
    RV_LINKAGE_STRICT,
    RV_LINKAGE_DEFAULT,
    RV_LINKAGE_WIDE
} rv_linkage;
typedef struct rv_linkage_options {
    rv_linkage level;       /* --link off|strict|default|wide */
    double threshold;       /* --threshold P, 0..1; 0: by level: strict .95, default .5, wide .2 */
    const char *model;      /* --model FILE: weights learned before */
    const char *model_out;  /* --model-out FILE */
    uint32_t review_sample; /* --sample-for-review N: doubtful pairs, to be judged by people; in <out>.review.csv */
} rv_linkage_options;

typedef struct rv_enrich_options {
    const char *megabase;     /* --megabase */
    rv_table_options clients; /* --clients and the table flags */
    const char *out;          /* --out */
    const char *const *take;  /* --take a,b,c; NULL: all attributes */
    size_t n_take;
    const char *const *sources; /* --sources a,-b */
    size_t n_sources;
    rv_linkage_options linkage; /* --link: probabilistic, for those whom no exact key finds */
} rv_enrich_options;
RV_PUBLIC rv_status rv_enrich(const rv_enrich_options *, const rv_settings *, rv_report *, rv_error *);

/* What a client file is taken to be. report->text is a job file whose comments tell it; nothing is written. */
typedef struct rv_check_options {
    rv_table_options clients; /* CLIENTS and the table flags */
    const char *megabase;     /* --megabase: to measure the match rate on a sample; NULL: not measured */
} rv_check_options;
RV_PUBLIC rv_status rv_check(const rv_check_options *, const rv_settings *, rv_report *, rv_error *);

/* The best link of each row of the left file; or with pairs.path, the given pairs scored. */
typedef struct rv_match_options {
    rv_table_options left, right; /* --left, --right; --id and --role hold for the file that has the column */
    rv_linkage_options linkage;
    bool one_to_one;                   /* --one-to-one */
    double all_links;                  /* --all-links P: all pairs of that probability or more; 0: the best ones */
    rv_table_options pairs;            /* --pairs */
    const rv_assignment *left_columns; /* --left-columns COLUMN=ROLE,... of the pairs */
    size_t n_left_columns;
    const rv_assignment *right_columns; /* --right-columns */
    size_t n_right_columns;
    const char *out; /* --out */
} rv_match_options;
RV_PUBLIC rv_status rv_match_files(const rv_match_options *, const rv_settings *, rv_report *, rv_error *);

/* The same for a megabase's contacts on the right: the tiers of enrich, and linkage after them unless it is off. */
typedef struct rv_match_base_options {
    const char *megabase;     /* --megabase */
    rv_table_options clients; /* --clients */
    rv_linkage_options linkage;
    const char *out; /* --out */
} rv_match_base_options;
RV_PUBLIC rv_status rv_match_base(const rv_match_base_options *, const rv_settings *, rv_report *, rv_error *);

/* Who is in a file more than once. */
typedef struct rv_dedupe_options {
    rv_table_options in; /* --in */
    rv_linkage_options linkage;
    bool household;  /* --household: who lives together, too */
    const char *out; /* --out */
} rv_dedupe_options;
RV_PUBLIC rv_status rv_dedupe(const rv_dedupe_options *, const rv_settings *, rv_report *, rv_error *);

typedef enum rv_btyd_model { RV_MBG, RV_BG } rv_btyd_model;
typedef struct rv_segment_options {
    rv_table_options transactions; /* --transactions; columns by role: id, order_date, amount, order_id */
    const char *per_client;        /* --per-client FILE, instead of transactions */
    const char *as_of;             /* --as-of YYYY-MM-DD, required */
    uint32_t horizon_days;         /* --horizon-days; 0: 182 */
    uint32_t active_months;        /* --active-months; 0: 12 */
    const char *rfm;               /* --rfm r=30/90/180/365,...: own limits; NULL: quintiles */
    bool own_rhythm;               /* --states rhythm: silence measured against the customer's own interval */
    rv_btyd_model model;           /* --model mbg|bg */
    const char *previous;          /* --previous S0 */
    const char *out;               /* --out */
} rv_segment_options;
RV_PUBLIC rv_status rv_segment(const rv_segment_options *, const rv_settings *, rv_report *, rv_error *);

typedef struct rv_score_options {
    rv_table_options in;              /* --in and the table flags */
    const char *active;               /* --active COLUMN=VALUE: learn, then score all other rows */
    const char *profile;              /* --profile P.json: score all rows with it, instead of --active */
    const char *method;               /* --method; NULL: auto */
    uint32_t min_seeds;               /* --min-seeds; 0: 100 */
    uint32_t reasons;                 /* --reasons; 0: 5 */
    const char *const *use_sensitive; /* --use-sensitive a,b */
    size_t n_use_sensitive;
    const char *const *monotone; /* --monotone a,b: numbers or dates whose points may only rise, or only fall */
    size_t n_monotone;
    const char *out;         /* --out */
    const char *quality_out; /* --quality Q.json */
    const char *profile_out; /* --profile-out P.json */
    const char *previous;    /* --previous P.json: the profile of the last run; the sheet tells what has moved since */
} rv_score_options;
RV_PUBLIC rv_status rv_score(const rv_score_options *, const rv_settings *, rv_report *, rv_error *);

/* The best contacts of a whole megabase who aren't clients yet, by a profile learned before. */
typedef struct rv_prospect_options {
    const char *megabase;         /* --megabase */
    const char *profile;          /* --profile */
    uint32_t top;                 /* --top; at least 1 */
    rv_table_options exclude;     /* --exclude CLIENTS and the table flags; path NULL: nobody is excluded */
    const rv_assignment *require; /* --require ATTRIBUTE=VALUE: only contacts who have it */
    size_t n_require;
    const char *const *without; /* --without a,b: columns of the profile that don't count */
    size_t n_without;
    const char *const *use_sensitive; /* --use-sensitive a,b */
    size_t n_use_sensitive;
    bool with_refusals; /* --with-refusals: contacts who refused consent too */
    uint32_t reasons;   /* --reasons; 0: 5 */
    const char *out;    /* --out */
} rv_prospect_options;
RV_PUBLIC rv_status rv_prospects(const rv_prospect_options *, const rv_settings *, rv_report *, rv_error *);

typedef struct rv_run_options {
    const char *job;                /* job.yaml */
    const rv_assignment *overrides; /* --set key=value, and flags by their key's name; dots reach inside */
    size_t n_overrides;
    char *(*environment)(const char *name); /* for ${NAME} in the job, for example getenv; NULL: none is known */
} rv_run_options;
RV_PUBLIC rv_status rv_run_job(const rv_run_options *, const rv_settings *, rv_report *, rv_error *);
/* report->text: where the job's own summary goes (out.summary), for a job that fails; NULL: nowhere. */
RV_PUBLIC rv_status rv_run_summary_path(const rv_run_options *, rv_report *, rv_error *);
/* report->text: every key of the job, its value, and where it comes from (flag, environment, file:line, default). */
RV_PUBLIC rv_status rv_run_config(const rv_run_options *, rv_report *, rv_error *);

/* report->json: the JSON Schema of "job", "schema", "model" (of linkage) or "summary" files. */
RV_PUBLIC rv_status rv_json_schema(const char *what, rv_report *, rv_error *);

/* --- Has anything changed since the last run? --- */
typedef struct rv_work {
    const char *command;       /* its name and the options that decide about results, as one text */
    const char *const *inputs; /* files; one that isn't there counts as such */
    size_t n_inputs;
    const char *const *outputs;
    size_t n_outputs;
    const char *build_schema;  /* its sources are inputs; or NULL */
    const rv_run_options *run; /* a job: its values, inputs and outputs count too; or NULL */
} rv_work;
typedef struct rv_fingerprint {
    char text[34];        /* "0123456789abcdef-0123456789abcdef": everything but a job's megabase, and that */
    bool megabase_is_due; /* the job makes it: its half is known afterwards */
} rv_fingerprint;
RV_PUBLIC rv_status rv_fingerprint_of(const rv_work *, rv_fingerprint *out, rv_error *);
/* RV_UNCHANGED when `summary` is of a job that ended well with that fingerprint and its outputs are there; RV_OK: there
 * is something to do. */
RV_PUBLIC rv_status rv_check_changed(const rv_work *, const rv_fingerprint *, const char *summary, rv_error *);

/* kind: "links", "clusters" or "score". report->json is the answer. */
typedef struct rv_evaluate_options {
    const char *kind;
    const char *found; /* --found */
    const char *truth; /* --truth */
} rv_evaluate_options;
RV_PUBLIC rv_status rv_evaluate(const rv_evaluate_options *, const rv_settings *, rv_report *, rv_error *);

/* Any table as plain CSV: UTF-8, comma, RFC 4180, names unique, values untouched. Says what the file was taken to be. */
typedef struct rv_clean_options {
    rv_table_options in; /* IN and the table flags */
    const char *out;     /* --out */
} rv_clean_options;
RV_PUBLIC rv_status rv_clean(const rv_clean_options *, const rv_settings *, rv_report *, rv_error *);

/* One value a line from `in` (NULL or "-": stdin), CSV to `out` (NULL or "-": stdout). */
typedef struct rv_normalize_options {
    const char *role; /* --role */
    const char *in;   /* --in */
    const char *out;  /* --out */
    char country[3];  /* --country: as in rv_dialect */
} rv_normalize_options;
RV_PUBLIC rv_status rv_normalize(const rv_normalize_options *, const rv_settings *, rv_report *, rv_error *);

typedef struct rv_explain_options {
    const char *job;            /* --job */
    const char *const *clients; /* --client ID, several; "-" reads ids from stdin */
    size_t n_clients;
    const rv_assignment *overrides;
    size_t n_overrides;
    char *(*environment)(const char *name);
} rv_explain_options;
/* Ids that no client file and no result of the job has: RV_BAD_INPUT, and the report tells of the others all the same. */
RV_PUBLIC rv_status rv_explain(const rv_explain_options *, const rv_settings *, rv_report *, rv_error *);

/* Why rows of two files are linked by `match`, or of one by `dedupe`, or aren't: the job gone through again. */
typedef struct rv_explain_links_options {
    rv_table_options left, right; /* --left, --right; right.path NULL: --in, one file against itself */
    rv_linkage_options linkage;   /* what the job was given */
    bool one_to_one;              /* --one-to-one */
    const char *const *rows;      /* --client ID, of the left file: its answer, and the runner-up */
    size_t n_rows;
    const rv_assignment *pairs; /* --pair ID=ID, left and right: these two, and why (not) */
    size_t n_pairs;
} rv_explain_links_options;
/* RV_BAD_INPUT: an id that the file hasn't. */
RV_PUBLIC rv_status rv_explain_links(const rv_explain_links_options *, const rv_settings *, rv_report *, rv_error *);

/* --- Tables in memory: the Arrow C stream interface -------------------------------------------------------------- */

/* As published by Apache Arrow; whichever header comes first defines them. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* Writes a stream as a table, which any job takes as its input: CSV, packed or Parquet by the name's ending, as every output
 * is. `dialect` (may be NULL) becomes the one by which it is read back to the letter, with nothing guessed. Which types are
 * read, and as what text: docs/TABLES.md; RV_BAD_INPUT names the column whose type isn't. The stream is the library's from
 * the call on: it is released before the return, on failure too. */
RV_PUBLIC rv_status rv_table_from_arrow(struct ArrowArrayStream *, const char *out, rv_dialect *dialect,
                                        const rv_settings *, rv_report *, rv_error *);
/* Any table that a job reads (path and dialect count; the rest of the options is for jobs) as a stream of text columns: an empty
 * cell is null, a quoted empty one an empty string. The stream is the caller's, to be released once; it owes nothing to the
 * options and the settings. Rejected rows go to settings->rejects; where they are more than max_rejects the last get_next
 * fails, with the reason as its last error. From one thread at a time. */
RV_PUBLIC rv_status rv_table_to_arrow(const rv_table_options *, const rv_settings *, struct ArrowArrayStream *out,
                                      rv_error *);

/* --- Small matters ----------------------------------------------------------------------------------------------- */

RV_PUBLIC const char *rv_version(void);
/* The version of libduckdb, by which Parquet files and SQL are read; NULL: it isn't there, and they can't be. */
RV_PUBLIC const char *rv_duckdb_version(void);
/* The version of libxlsxwriter, by which Excel workbooks are written; NULL: it isn't there, and they can't be. */
RV_PUBLIC const char *rv_xlsxwriter_version(void);
/* Highest SIMD level that kernels may use: "scalar", "avx2" or "avx512"; false for another word. Before any job. */
RV_PUBLIC bool rv_cpu_limit(const char *level);
/* For a SIGBUS handler, and safe there: removes the temporaries of outputs that are being written, and copies into path
 * the name of the mapped file that holds `address` (path is left as it is when none does). The process must end. */
RV_PUBLIC void rv_emergency(const void *address, char *path, size_t cap);
/* For a handler of SIGINT, SIGTERM and the like, and safe there: reads and writes that wait for the other end of a pipe
 * or a terminal give up with RV_INTERRUPTED from now on. The process is expected to end. */
RV_PUBLIC void rv_stop_waiting(void);
/* For a handler that loses patience with a job that was asked to stop, and safe there. True: no output of this process was
 * put in its place, and none will be, so the process may remove its temporaries (rv_emergency) and end. False: wait, the
 * job is about to be done. */
RV_PUBLIC bool rv_end_now(void);
/* For a program that gives jobs its standard input ("-") and may: what comes through a pipe is copied to an unlinked file of
 * mode 0600 in `tmpdir` (NULL: /tmp), which is the process's standard input from now on, so that jobs may read it more than
 * once. A redirected file stays as it is. Before any job. */
RV_PUBLIC rv_status rv_keep_stdin(const char *tmpdir, rv_error *);
/* Numbers as people write them; false, and *out as it was, for another text. Bytes by 1024: "512M", "6G", "1.5GiB". */
RV_PUBLIC bool rv_read_size(const char *text, uint64_t *bytes);
/* A whole number, or by 1000: "40M", "1.5k". */
RV_PUBLIC bool rv_read_count(const char *text, uint64_t *n);
/* "1000", or "2%" as .02 with *is_share. */
RV_PUBLIC bool rv_read_share(const char *text, double *n, bool *is_share);
/* The ISO 3166 code of a country as files write it ("FR", "Belgique", "GBR", "uk"); false: not known. */
RV_PUBLIC bool rv_country_code(const char *name, char out[3]);
/* "off", "strict", "default" or "wide"; false for another word. */
RV_PUBLIC bool rv_linkage_find(const char *level, rv_linkage *out);
/* All role names, NULL-terminated: for completion and did-you-mean. */
RV_PUBLIC const char *const *rv_role_names(void);
/* The entry of `words` (NULL-terminated) nearest to `word`, or NULL when none is near. */
RV_PUBLIC const char *rv_nearest_word(const char *word, const char *const *words);

#ifdef __cplusplus
}
#endif
#endif
