/* The job behind `reveil synth`: its files, their agreement, and what goes wrong. */
#include <criterion/criterion.h>

#include "document.h"
#include "file.h"
#include "job_description.h"
#include "memory.h"
#include "scratch.h"
#include "stream.h"
#include "synth_tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const file_names[] = {"sources/fidelis.csv.zst",
                                         "sources/boutique_web.csv.zst",
                                         "sources/presse.csv.zst",
                                         "sources/assur.csv.zst",
                                         "sources/jeux.csv.zst",
                                         "truth_contacts.csv.zst",
                                         "clients.csv",
                                         "transactions.csv",
                                         "truth.csv",
                                         "schema.yaml",
                                         "job.yaml"};
enum { FILES = sizeof file_names / sizeof *file_names };

static rv_status make(const char *folder, uint64_t contacts, uint64_t clients, int threads, bool force, rv_error *err) {
    rv_synth_options options = {contacts, clients, folder, RV_SET_WORLD};
    rv_settings settings = {.threads = threads, .seeded = true, .seed = 7, .force = force};
    rv_report report = {0};
    rv_status status = rv_synth(&options, &settings, &report, err);
    rv_report_reset(&report);
    return status;
}

static char *path_in(const char *folder, const char *name) {
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* The decoded text of a file, zero-terminated. */
static char *text_of(const char *path) {
    rv_stream *stream = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_stream_open(path, &stream, &err), RV_OK, "%s: %s", path, err.message);
    rv_buffer text = {0};
    for (size_t got = 1; got > 0;) {
        cr_assert(rv_buffer_reserve(&text, 65537));
        cr_assert_eq(rv_stream_read(stream, text.data + text.len, 65536, &got, &err), RV_OK, "%s", err.message);
        text.len += got;
    }
    rv_stream_close(stream);
    return rv_buffer_take(&text, NULL);
}

static size_t lines_in(const char *text) {
    size_t lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

Test(synth, writes_the_same_bytes_with_one_thread_and_with_two_and_twice) {
    char one[256], two[256], again[256];
    snprintf(one, sizeof one, "%s", scratch_path("one"));
    snprintf(two, sizeof two, "%s", scratch_path("two"));
    snprintf(again, sizeof again, "%s", scratch_path("again"));
    rv_error err = {0};
    cr_assert_eq(make(one, 40000, 9000, 1, false, &err), RV_OK, "%s", err.message); /* several pieces a file */
    cr_assert_eq(make(two, 40000, 9000, 2, false, &err), RV_OK, "%s", err.message);
    cr_assert_eq(make(again, 40000, 9000, 2, false, &err), RV_OK, "%s", err.message);
    for (int f = 0; f < FILES; f++) {
        size_t n = 0, m = 0, k = 0;
        char *a = scratch_read(path_in(one, file_names[f]), &n), *b = scratch_read(path_in(two, file_names[f]), &m),
             *c = scratch_read(path_in(again, file_names[f]), &k);
        cr_assert(a && b && c && n > 0);
        cr_assert(n == m && memcmp(a, b, n) == 0, "%s differs with the threads", file_names[f]);
        cr_assert(n == k && memcmp(a, c, n) == 0, "%s differs from run to run", file_names[f]);
        free(a), free(b), free(c);
    }
}

Test(synth, another_seed_is_another_world) {
    char *texts[2];
    for (uint64_t seed = 0; seed < 2; seed++) {
        char name[16];
        snprintf(name, sizeof name, "seed%d", (int)seed);
        rv_synth_options options = {100, 20, scratch_path(name), RV_SET_WORLD};
        rv_settings settings = {.threads = 1, .seeded = true, .seed = seed};
        rv_report report = {0};
        cr_assert_eq(rv_synth(&options, &settings, &report, NULL), RV_OK);
        rv_report_reset(&report);
        texts[seed] = text_of(path_in(options.out, "clients.csv"));
    }
    cr_assert_str_neq(texts[0], texts[1]);
    rv_free(texts[0]), rv_free(texts[1]);
}

Test(synth, every_id_of_the_truth_is_in_exactly_one_source) {
    const char *folder = scratch_path("world");
    rv_error err = {0};
    cr_assert_eq(make(folder, 3000, 600, 2, false, &err), RV_OK, "%s", err.message);
    /* All ids of the sources, each between two line ends. */
    rv_buffer ids = {0};
    size_t source_rows = 0;
    rv_buffer_byte(&ids, '\n');
    for (int s = 0; s < RV_SYNTH_SOURCES; s++) {
        char *text = text_of(path_in(folder, file_names[s]));
        source_rows += lines_in(text) - 1;
        for (char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
            rv_buffer_add(&ids, line, strcspn(line, ",;"));
            rv_buffer_byte(&ids, '\n');
        }
        rv_free(text);
    }
    rv_buffer_byte(&ids, '\0');
    cr_assert(source_rows >= 3000 * 1.3 && source_rows <= 3000 * 1.6, "%zu rows of sources", source_rows);
    char *people = text_of(path_in(folder, "truth_contacts.csv.zst"));
    cr_assert_eq(lines_in(people), source_rows + 1);
    rv_free(people);

    char *truth = text_of(path_in(folder, "truth.csv")), *clients = text_of(path_in(folder, "clients.csv"));
    cr_assert_eq(lines_in(truth), 601);
    cr_assert_eq(lines_in(clients), 601);
    size_t inside = 0;
    for (char *line = strchr(truth, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char *id = line + strcspn(line, ",") + 1, *end = strchr(line, '\n');
        inside += id < end;
        while (id < end) {
            size_t n = strcspn(id, "|\n");
            char needle[64];
            snprintf(needle, sizeof needle, "\n%.*s\n", (int)n, id);
            char *at = strstr(ids.data, needle);
            cr_assert_not_null(at, "an id of the truth is in no source");
            cr_assert_null(strstr(at + 1, needle), "an id stands twice");
            id += n + 1;
        }
    }
    cr_assert(inside >= 600 * 0.58 && inside <= 600 * 0.62, "%zu of 600 clients inside", inside);
    rv_free(truth), rv_free(clients);
    rv_buffer_free(&ids);
}

Test(synth, rows_of_a_source_have_as_many_cells_as_its_header) {
    const char *folder = scratch_path("cells");
    cr_assert_eq(make(folder, 2000, 100, 1, false, NULL), RV_OK);
    for (int s = 0; s < RV_SYNTH_SOURCES; s++) {
        char *text = text_of(path_in(folder, file_names[s]));
        char separator = rv_synth_sources[s].separator;
        size_t expected = 0;
        for (char *line = text; *line; line = strchr(line, '\n') + 1) {
            size_t cells = 1;
            bool quoted = false;
            for (char *c = line; *c != '\n'; c++) {
                if (*c == '"') quoted = !quoted;
                cells += *c == separator && !quoted;
            }
            if (!expected) expected = cells;
            cr_assert_eq(cells, expected, "%s", file_names[s]);
        }
        cr_assert(expected > 30);
        rv_free(text);
    }
}

Test(synth, schema_and_job_are_documents_that_name_every_column) {
    const char *folder = scratch_path("papers");
    cr_assert_eq(make(folder, 200, 50, 1, false, NULL), RV_OK);
    rv_error err = {0};
    rv_document *schema = NULL;
    cr_assert_eq(rv_document_open(path_in(folder, "schema.yaml"), &schema, &err), RV_OK, "%s", err.message);
    const rv_node *columns = rv_node_get(rv_document_root(schema), "columns");
    for (int s = 0; s < RV_SYNTH_SOURCES; s++) {
        char *text = text_of(path_in(folder, file_names[s]));
        char *line = text;
        for (char *end = line + strcspn(line, "\n"); line < end;) {
            size_t n = strcspn(line, ",;\n"), found = 0;
            for (size_t i = 0; i < rv_node_size(columns); i++) {
                const char *name = rv_node_string(rv_node_get(rv_node_item(columns, i), "name"));
                found += strlen(name) == n && memcmp(name, line, n) == 0;
            }
            cr_assert_eq(found, 1, "column %.*s is in the schema %zu times", (int)n, line, found);
            line += n + 1;
        }
        rv_free(text);
    }
    rv_document_close(schema);
    rv_job_description job = {0};
    cr_assert_eq(rv_job_read(path_in(folder, "job.yaml"), NULL, 0, NULL, &job, &err), RV_OK, "%s", err.message);
    cr_assert_str_eq(job.active, "state=active");
    cr_assert_eq(job.n_clients, 1);
    rv_job_reset(&job);
}

Test(synth, a_file_in_the_way_is_kept_unless_forced) {
    const char *folder = scratch_path("kept");
    rv_error err = {0};
    cr_assert_eq(make(folder, 100, 20, 1, false, &err), RV_OK, "%s", err.message);
    size_t n, m;
    char *before = scratch_read(path_in(folder, "clients.csv"), &n);
    cr_assert_eq(make(folder, 200, 30, 1, false, &err), RV_BAD_ARGUMENT);
    char *after = scratch_read(path_in(folder, "clients.csv"), &m);
    cr_assert(n == m && memcmp(before, after, n) == 0);
    free(before), free(after);
    unlink(path_in(folder, "schema.yaml")); /* one file that stays is enough to refuse, and then nothing is written */
    cr_assert_eq(make(folder, 200, 30, 1, false, &err), RV_BAD_ARGUMENT);
    cr_assert_not(rv_file_exists(path_in(folder, "schema.yaml")));
    cr_assert_eq(make(folder, 200, 30, 1, true, &err), RV_OK, "%s", err.message);
    char *text = text_of(path_in(folder, "clients.csv"));
    cr_assert_eq(lines_in(text), 31);
    rv_free(text);
}

Test(synth, a_dry_run_writes_nothing_and_tells_the_rates) {
    rv_synth_options options = {1000, 100, scratch_path("dry"), RV_SET_WORLD};
    rv_settings settings = {.seeded = true, .dry_run = true};
    rv_report report = {0};
    cr_assert_eq(rv_synth(&options, &settings, &report, NULL), RV_OK);
    cr_assert_not(rv_file_exists(scratch_path("dry")));
    cr_assert_not_null(strstr(report.json, "\"changed_emails\":0.08"));
    cr_assert_not_null(strstr(report.text, "movers 10 %"));
    rv_report_reset(&report);
}

Test(synth, options_that_make_no_world_are_refused_with_a_command_to_paste) {
    struct {
        rv_synth_options options;
        bool seeded;
    } const wrong[] = {{{0, 1, "x", RV_SET_WORLD}, true},
                       {{1, 0, "x", RV_SET_WORLD}, true},
                       {{1, 1, NULL, RV_SET_WORLD}, true},
                       {{1, 1, "", RV_SET_WORLD}, true},
                       {{1, 1, "x", RV_SET_LINKAGE}, false},
                       {{75000001, 1, "x", RV_SET_WORLD}, true},
                       {{1, 100000001, "x", RV_SET_LINKAGE}, true},
                       {{75000000, 5, "x", RV_SET_WORLD}, true},
                       {{UINT64_MAX, UINT64_MAX, "x", RV_SET_WORLD}, true}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rv_settings settings = {.seeded = wrong[i].seeded, .dry_run = true};
        rv_error err = {0};
        cr_assert_eq(rv_synth(&wrong[i].options, &settings, NULL, &err), RV_BAD_ARGUMENT, "case %zu", i);
        cr_assert(err.message[0] && err.hint[0]);
    }
}

Test(synth, the_smallest_worlds_are_whole) {
    static const unsigned sizes[][2] = {{1, 1}, {1, 50}, {11, 3}, {12, 7}, {13, 70}, {100, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[32];
        snprintf(name, sizeof name, "small%zu", i);
        const char *folder = scratch_path(name);
        rv_error err = {0};
        cr_assert_eq(make(folder, sizes[i][0], sizes[i][1], 2, false, &err), RV_OK, "%s", err.message);
        char *text = text_of(path_in(folder, "truth.csv"));
        cr_assert_eq(lines_in(text), sizes[i][1] + 1);
        rv_free(text);
    }
}

Test(synth, a_folder_that_cannot_be_is_an_error_and_leaves_nothing) {
    scratch_text("a_file", "in the way\n");
    char path[512];
    snprintf(path, sizeof path, "%s/world", scratch_path("a_file"));
    rv_error err = {0};
    cr_assert_neq(make(path, 100, 10, 1, false, &err), RV_OK);
    cr_assert(err.message[0]);
    cr_assert_eq(scratch_count(), 1);
}

static int writes_left;
static ssize_t fail_write(int fd, const void *buf, size_t n) {
    if (__atomic_fetch_sub(&writes_left, 1, __ATOMIC_RELAXED) > 0) return rv_io_system.write(fd, buf, n);
    errno = ENOSPC;
    return -1;
}

static size_t files_in(const char *folder) {
    size_t n = 0;
    for (int f = 0; f < FILES; f++) n += rv_file_exists(path_in(folder, file_names[f]));
    return n;
}

Test(synth, a_full_disk_leaves_no_file) {
    rv_io io = rv_io_system;
    io.write = fail_write;
    for (int n = 0; n < 6; n++) {
        const char *folder = scratch_path("full");
        writes_left = n;
        rv_io_use(&io);
        rv_error err = {0};
        rv_status status = make(folder, 500, 50, 2, false, &err);
        rv_io_use(NULL);
        cr_assert_eq(status, RV_NO_SPACE, "write %d: status %d %s", n, status, err.message);
        cr_assert_eq(files_in(folder), 0);
    }
}

Test(synth, stops_when_asked_to) {
    volatile int cancel = 1;
    rv_synth_options options = {1000, 100, scratch_path("cancelled"), RV_SET_WORLD};
    rv_settings settings = {.seeded = true, .cancel = &cancel};
    cr_assert_eq(rv_synth(&options, &settings, NULL, NULL), RV_INTERRUPTED);
    cr_assert_eq(files_in(scratch_path("cancelled")), 0);
}

#ifdef RV_TESTING
Test(synth, every_allocation_that_fails_is_an_error_without_a_file) {
    const char *folder = scratch_path("memory");
    unsigned n = 1;
    for (;; n++) {
        rv_memory_fail_at(n, false);
        rv_error err = {0};
        rv_status status = make(folder, 60, 10, 1, false, &err);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) break;
        cr_assert_eq(status, RV_NO_MEMORY, "allocation %u: %s", n, err.message);
        cr_assert(n < 1000);
    }
    cr_assert(n > 20);
    cr_assert_eq(files_in(folder), FILES);
}
#endif
