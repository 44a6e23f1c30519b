/*
 * libduckdb, when it is there: Parquet files and SQL go through its C API. It is no dependency: it is looked for when the first
 * Parquet file or query is opened, by the system's rules (LD_LIBRARY_PATH, ldconfig), and everything else works without it.
 *
 * Only what is used is declared here, after the header duckdb.h of DuckDB 1.5 (MIT licence; the types and functions below are
 * the same since 1.0). Handles are opaque pointers there as here.
 */
#ifndef RV_DUCKDB_LIBRARY_H
#define RV_DUCKDB_LIBRARY_H

#include "error.h"
#include "text.h"

typedef struct rv_duck_result { /* duckdb_result; filled by the library, given back to it by value too */
    uint64_t unused[3];
    void *unused_pointers[2];
    void *internal;
} rv_duck_result;

typedef union rv_duck_string { /* duckdb_string_t: up to 12 bytes stand in it */
    struct {
        uint32_t length;
        char prefix[4];
        const char *ptr;
    } far;
    struct {
        uint32_t length;
        char bytes[12];
    } near;
} rv_duck_string;
static inline rv_text rv_duck_text(const rv_duck_string *s) {
    return rv_text_make(s->near.length <= sizeof s->near.bytes ? s->near.bytes : s->far.ptr, s->near.length);
}

enum { RV_DUCK_OK = 0, RV_DUCK_VARCHAR = 17 };
/* Of a pending query: it has its result, it goes on, it failed, its tasks are with other threads. */
enum { RV_DUCK_READY, RV_DUCK_NOT_READY, RV_DUCK_FAILED, RV_DUCK_NO_TASK };

/* Each is duckdb_<name>. An int is a duckdb_state: RV_DUCK_OK or an error. */
typedef struct rv_duck_api {
    const char *(*library_version)(void);
    void (*free)(void *);
    int (*create_config)(void **config);
    int (*set_config)(void *config, const char *name, const char *value);
    void (*destroy_config)(void **config);
    int (*open_ext)(const char *path, void **database, void *config, char **error);
    void (*close)(void **database);
    int (*connect)(void *database, void **connection);
    void (*disconnect)(void **connection);
    int (*query)(void *connection, const char *sql, rv_duck_result *result);
    const char *(*result_error)(rv_duck_result *result);
    void (*destroy_result)(rv_duck_result *result);
    int (*prepare)(void *connection, const char *sql, void **statement);
    const char *(*prepare_error)(void *statement);
    void (*destroy_prepare)(void **statement);
    int (*pending_prepared)(void *statement, void **pending);
    int (*pending_execute_task)(void *pending);
    void (*interrupt)(void *connection);
    int (*pending_prepared_streaming)(void *statement, void **pending);
    const char *(*pending_error)(void *pending);
    int (*execute_pending)(void *pending, rv_duck_result *result);
    void (*destroy_pending)(void **pending);
    void *(*fetch_chunk)(rv_duck_result result);
    void (*destroy_data_chunk)(void **chunk);
    uint64_t (*data_chunk_get_size)(void *chunk);
    void (*data_chunk_set_size)(void *chunk, uint64_t rows);
    void *(*data_chunk_get_vector)(void *chunk, uint64_t column);
    void *(*vector_get_data)(void *vector);
    uint64_t *(*vector_get_validity)(void *vector);
    void (*vector_ensure_validity_writable)(void *vector);
    void (*vector_assign_string_element_len)(void *vector, uint64_t row, const char *text, uint64_t length);
    uint64_t (*vector_size)(void);
} rv_duck_api;

/* The library, loaded at the first call. RV_BAD_INPUT where it isn't there, with how to get it as the hint. Any thread. */
rv_status rv_duck_load(const rv_duck_api **out, rv_error *err);
typedef struct rv_duck { /* a database in memory, and a connection to it */
    const rv_duck_api *api;
    void *database, *connection;
} rv_duck;
/* Nothing is spilled to disk, nothing is installed from the network unless the query says so, times are in UTC. */
rv_status rv_duck_open(rv_duck *out, rv_error *err);
void rv_duck_close(rv_duck *duck); /* zeroed is fine */
/* One statement whose rows don't matter. */
rv_status rv_duck_do(const rv_duck *duck, const char *sql, rv_error *err);
/* The same, given up with RV_INTERRUPTED soon after *cancel (NULL: never) has turned non-zero. */
rv_status rv_duck_do_long(const rv_duck *duck, const char *sql, const volatile int *cancel, rv_error *err);
/* RV_BAD_INPUT with the library's own words, without the lines that show the query; values in quotes become shapes. */
rv_status rv_duck_fail(rv_error *err, const char *words);

#endif
