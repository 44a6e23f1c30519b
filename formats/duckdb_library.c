/* See duckdb_library.h. The one state of the process here is the loaded library itself, as the loader keeps it anyway. */
#include "duckdb_library.h"

#include "loaded_library.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define SYMBOL(name)                                                                                                   \
    { "duckdb_" #name, offsetof(rv_duck_api, name) }
static const rv_symbol SYMBOLS[] = {SYMBOL(library_version),
                                    SYMBOL(free),
                                    SYMBOL(create_config),
                                    SYMBOL(set_config),
                                    SYMBOL(destroy_config),
                                    SYMBOL(open_ext),
                                    SYMBOL(close),
                                    SYMBOL(connect),
                                    SYMBOL(disconnect),
                                    SYMBOL(query),
                                    SYMBOL(result_error),
                                    SYMBOL(destroy_result),
                                    SYMBOL(prepare),
                                    SYMBOL(prepare_error),
                                    SYMBOL(destroy_prepare),
                                    SYMBOL(pending_prepared),
                                    SYMBOL(pending_execute_task),
                                    SYMBOL(interrupt),
                                    SYMBOL(pending_prepared_streaming),
                                    SYMBOL(pending_error),
                                    SYMBOL(execute_pending),
                                    SYMBOL(destroy_pending),
                                    SYMBOL(fetch_chunk),
                                    SYMBOL(destroy_data_chunk),
                                    SYMBOL(data_chunk_get_size),
                                    SYMBOL(data_chunk_set_size),
                                    SYMBOL(data_chunk_get_vector),
                                    SYMBOL(vector_get_data),
                                    SYMBOL(vector_get_validity),
                                    SYMBOL(vector_ensure_validity_writable),
                                    SYMBOL(vector_assign_string_element_len),
                                    SYMBOL(vector_size)};

static rv_duck_api api;
static bool loaded;
static char why_not[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libduckdb.so", NULL};
    loaded = rv_library_load(names, SYMBOLS, sizeof SYMBOLS / sizeof *SYMBOLS, &api, why_not, sizeof why_not);
}

const char *rv_duckdb_version(void) {
    pthread_once(&once, load);
    return loaded ? api.library_version() : NULL;
}

rv_status rv_duck_load(const rv_duck_api **out, rv_error *err) {
    pthread_once(&once, load);
    *out = &api;
    if (loaded) return RV_OK;
    rv_fail(err, RV_BAD_INPUT, "Parquet and SQL need libduckdb, which isn't there (%s)", why_not);
    rv_error_hint(err, "scripts/get_duckdb.sh DIR fetches libduckdb.so; then LD_LIBRARY_PATH=DIR reveil ...; or use "
                       "CSV or JSON Lines");
    return RV_BAD_INPUT;
}

/* Errors about the query name its own words; all others may quote a value of the data. */
static bool about_query(const char *words) {
    static const char *const kinds[] = {"Parser Error", "Binder Error", "Catalog Error", "IO Error", "Syntax Error"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(words, kinds[i], strlen(kinds[i])) == 0) return true;
    return false;
}

rv_status rv_duck_fail(rv_error *err, const char *words) {
    char line[512];
    if (!words || !*words) words = "nothing";
    if (about_query(words)) snprintf(line, sizeof line, "%.*s", (int)strcspn(words, "\n"), words);
    else rv_text_hide_quoted(words, line, sizeof line);
    if (strncmp(words, "Out of Memory Error", 19) == 0)
        return rv_fail(err, RV_NO_MEMORY, "libduckdb got no more memory: %s", line);
    if (strstr(words, "No space left on device") || strstr(words, "File too large"))
        return rv_fail(err, RV_NO_SPACE, "libduckdb got no more room on the disk: %s", line);
    return rv_fail(err, RV_BAD_INPUT, "libduckdb says: %s", line);
}

rv_status rv_duck_do(const rv_duck *duck, const char *sql, rv_error *err) {
    rv_duck_result result = {0};
    rv_status status = RV_OK;
    if (duck->api->query(duck->connection, sql, &result) != RV_DUCK_OK)
        status = rv_duck_fail(err, duck->api->result_error(&result));
    duck->api->destroy_result(&result);
    return status;
}

/* Tasks are pieces of work of some milliseconds; the library's own threads take them too. */
static rv_status work_off(const rv_duck *duck, void *pending, const volatile int *cancel, rv_error *err) {
    static const struct timespec a_while = {.tv_nsec = 1000000};
    for (bool stopped = false;;) {
        int state = duck->api->pending_execute_task(pending);
        if (stopped && state != RV_DUCK_NOT_READY && state != RV_DUCK_NO_TASK)
            return rv_fail(err, RV_INTERRUPTED, "stopped as asked; no output was changed");
        if (state == RV_DUCK_READY) return RV_OK;
        if (state == RV_DUCK_FAILED) return rv_duck_fail(err, duck->api->pending_error(pending));
        if (!stopped && cancel && *cancel) { /* it has to come to its end all the same: else it keeps what it holds */
            stopped = true;
            duck->api->interrupt(duck->connection);
        }
        if (state == RV_DUCK_NO_TASK) nanosleep(&a_while, NULL);
    }
}

rv_status rv_duck_do_long(const rv_duck *duck, const char *sql, const volatile int *cancel, rv_error *err) {
    const rv_duck_api *duckdb = duck->api;
    void *statement = NULL, *pending = NULL;
    rv_duck_result result = {0};
    rv_status status = RV_OK;
    if (duckdb->prepare(duck->connection, sql, &statement) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->prepare_error(statement));
    else if (duckdb->pending_prepared(statement, &pending) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->pending_error(pending));
    if (status == RV_OK) status = work_off(duck, pending, cancel, err);
    if (status == RV_OK && duckdb->execute_pending(pending, &result) != RV_DUCK_OK)
        status = rv_duck_fail(err, duckdb->result_error(&result));
    duckdb->destroy_result(&result);
    duckdb->destroy_pending(&pending);
    duckdb->destroy_prepare(&statement);
    return status;
}

rv_status rv_duck_open(rv_duck *out, rv_error *err) {
    static const char *const settings[][2] = {{"temp_directory", ""}, {"autoinstall_known_extensions", "false"}};
    RV_TRY(rv_duck_load(&out->api, err));
    const rv_duck_api *duckdb = out->api;
    void *config = NULL;
    char *words = NULL;
    if (duckdb->create_config(&config) != RV_DUCK_OK) return rv_fail_memory(err, 0);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        duckdb->set_config(config, settings[i][0], settings[i][1]);
    rv_status status = RV_OK;
    if (duckdb->open_ext(NULL, &out->database, config, &words) != RV_DUCK_OK) status = rv_duck_fail(err, words);
    else if (duckdb->connect(out->database, &out->connection) != RV_DUCK_OK)
        status = rv_duck_fail(err, "no connection");
    duckdb->free(words);
    duckdb->destroy_config(&config);
    if (status == RV_OK)
        rv_duck_do(out, "SET TimeZone = 'UTC'", NULL); /* fails where there are no time zones: then all is UTC */
    else rv_duck_close(out);
    return status;
}

void rv_duck_close(rv_duck *duck) {
    if (duck->connection) duck->api->disconnect(&duck->connection);
    if (duck->database) duck->api->close(&duck->database);
}
