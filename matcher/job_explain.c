/*
 * Why a client was matched, filled, segmented and scored. The match is told by going through the cascade again, step
 * by step; segment and score are read back from the job's own outputs, so that what is explained is what was delivered.
 */
#include "table_reader.h"
#include "enrich.h"
#include "file.h"
#include "id_table.h"
#include "parallel.h"
#include "job_settings.h"

#include <string.h>

/* --- The ids ----------------------------------------------------------------------------------------------------- */

typedef struct id_list {
    const char **ids;
    size_t n;
    char *text; /* stdin, cut into lines */
    bool owned;
} id_list;

static rv_status read_ids(const rv_explain_options *o, id_list *out, rv_error *err) {
    if (o->n_clients != 1 || strcmp(o->clients[0], "-") != 0) {
        *out = (id_list){.ids = (const char **)(uintptr_t)o->clients, .n = o->n_clients};
        return RV_OK;
    }
    id_list list = {.owned = true};
    size_t len;
    RV_TRY(rv_file_read("-", (size_t)64 << 20, &list.text, &len, err));
    size_t lines = 1;
    for (size_t i = 0; i < len; i++) lines += list.text[i] == '\n';
    list.ids = rv_array_new(lines, sizeof *list.ids, err);
    if (!list.ids) {
        rv_free(list.text);
        return RV_NO_MEMORY;
    }
    for (char *rest = list.text, *line; (line = strsep(&rest, "\n"));) {
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r') line[n - 1] = 0;
        if (line[0]) list.ids[list.n++] = line;
    }
    *out = list;
    return RV_OK;
}

static void free_ids(id_list *list) {
    if (!list->owned) return;
    rv_free(list->ids);
    rv_free(list->text);
}

/* --- What the outputs say ---------------------------------------------------------------------------------------- */

typedef struct lookup {
    rv_id_table wanted;
    const rv_table_info *csv;
    rv_buffer *text; /* one per wanted id, by its number */
    void (*tell)(rv_buffer *text, const rv_table_info *csv, const rv_text *cells);
} lookup;

static rv_status look(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    lookup *l = ctx;
    for (uint32_t r = 0; r < block->batch.rows; r++) {
        const rv_text *cells = block->batch.cells + (size_t)r * block->batch.columns;
        uint32_t number = rv_id_table_find(&l->wanted, cells[0]);
        if (number != RV_ID_NONE) l->tell(&l->text[number], l->csv, cells);
    }
    return RV_OK;
}

/* The rows of a result file whose first column is one of the ids. A result that isn't there (yet) says nothing. */
static rv_status look_up(const char *path, lookup *l, int threads, rv_error *err) {
    if (!path || strcmp(path, "-") == 0 || !rv_file_exists(path)) return RV_OK;
    rv_table *csv;
    static const rv_dialect own = {.separator = ',', .encoding = RV_UTF8, .header = RV_YES};
    RV_TRY(rv_table_open(path, &own, &csv, err));
    l->csv = rv_table_describe(csv);
    rv_table_visitor visitor = {.consume = look, .ctx = l};
    rv_status status = rv_table_each(csv, threads, &visitor, err);
    rv_table_close(csv);
    return status;
}

static rv_text cell_named(const rv_table_info *csv, const rv_text *cells, const char *name) {
    for (uint32_t c = 0; c < csv->columns; c++)
        if (rv_text_is(csv->names[c], name)) return cells[c];
    return (rv_text){0};
}

static void put(rv_buffer *text, const char *before, rv_text value, const char *after) {
    if (!value.len) return;
    rv_buffer_string(text, before);
    rv_buffer_text(text, value);
    rv_buffer_string(text, after);
}

static void tell_segment(rv_buffer *text, const rv_table_info *csv, const rv_text *cells) {
    put(text, "  state      ", cell_named(csv, cells, "state"), "");
    put(text, ", segment ", cell_named(csv, cells, "segment"), "");
    put(text, ": ", cell_named(csv, cells, "orders"), " orders");
    put(text, ", the last one ", cell_named(csv, cells, "recency_days"), " days ago");
    put(text, ", one every ", cell_named(csv, cells, "mean_interval_days"), " days");
    put(text, "; expected next: ", cell_named(csv, cells, "expected_orders"), "");
    put(text, ", alive with probability ", cell_named(csv, cells, "p_alive"), "");
    rv_buffer_byte(text, '\n');
}

/* %XX of the reasons back to its byte. */
static void put_unescaped(rv_buffer *text, const char *p, size_t n) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        const char *hi = p[i] == '%' && i + 2 < n ? strchr(digits, p[i + 1]) : NULL;
        const char *lo = hi && *hi ? strchr(digits, p[i + 2]) : NULL;
        if (lo && *lo) {
            rv_buffer_byte(text, (char)((hi - digits) * 16 + (lo - digits)));
            i += 2;
        } else {
            rv_buffer_byte(text, p[i]);
        }
    }
}

/* attribute=value:points -> "attribute is value: 45 points for". */
static void tell_reason(rv_buffer *text, const char *p, size_t n) {
    const char *colon = memrchr(p, ':', n);
    if (!colon) return;
    const char *equals = memchr(p, '=', (size_t)(colon - p));
    size_t name = (size_t)((equals ? equals : colon) - p);
    bool against = colon[1] == '-';
    rv_buffer_string(text, "             ");
    if (!equals && name == 4 && memcmp(p, "rest", 4) == 0) rv_buffer_string(text, "all other attributes together");
    else if (!equals && name == 4 && memcmp(p, "base", 4) == 0) rv_buffer_string(text, "where everybody starts");
    else put_unescaped(text, p, name);
    if (equals) {
        rv_buffer_string(text, " is ");
        put_unescaped(text, equals + 1, (size_t)(colon - equals - 1));
    }
    rv_buffer_string(text, ": ");
    rv_buffer_add(text, colon + 1 + against, n - (size_t)(colon - p) - 1 - against);
    rv_buffer_string(text, against ? " points against\n" : " points for\n");
}

static void tell_score(rv_buffer *text, const rv_table_info *csv, const rv_text *cells) {
    put(text, "  score      ", cell_named(csv, cells, "score"), "");
    put(text, ", rank ", cell_named(csv, cells, "rank"), "");
    put(text, ", decile ", cell_named(csv, cells, "decile"), " (1 is the best)");
    put(text, ", probability ", cell_named(csv, cells, "probability"), "");
    rv_buffer_string(text, ", because\n");
    rv_text reasons = cell_named(csv, cells, "reasons");
    for (size_t at = 0; at < reasons.len;) {
        const char *bar = memchr(reasons.ptr + at, '|', reasons.len - at);
        size_t end = bar ? (size_t)(bar - reasons.ptr) : reasons.len;
        tell_reason(text, reasons.ptr + at, end - at);
        at = end + 1;
    }
}

/* --- The whole --------------------------------------------------------------------------------------------------- */

static rv_status explain_matches(rv_job_description *job, const rv_settings *settings, const id_list *ids,
                                 rv_buffer *text, rv_error *err) {
    rv_megabase *megabase;
    RV_TRY(rv_megabase_open(job->megabase, &megabase, err));
    rv_status status = RV_OK;
    for (size_t i = 0; i < job->n_clients && status == RV_OK; i++) {
        rv_enrich_options o;
        rv_job_enrich_options(job, i, &o);
        o.out = NULL;
        status = rv_enrich_explain(megabase, &o, settings, ids->ids, ids->n, text, err);
        if (status == RV_OK) status = rv_enrich_explain_linkage(megabase, &o, settings, ids->ids, ids->n, text, err);
    }
    rv_megabase_close(megabase);
    return status;
}

static rv_status explain(rv_job_description *job, const rv_settings *settings, const id_list *ids, rv_report *report,
                         rv_error *err) {
    rv_summary summary;
    rv_summary_begin(&summary, "explain");
    lookup l = {.text = rv_array_new(ids->n ? ids->n : 1, sizeof *l.text, err), .tell = tell_segment};
    rv_status status = l.text ? RV_OK : RV_NO_MEMORY;
    uint32_t number;
    for (size_t i = 0; i < ids->n && status == RV_OK; i++)
        status = rv_id_table_add(&l.wanted, rv_text_of(ids->ids[i]), &number, err);
    if (status == RV_OK) status = explain_matches(job, settings, ids, &summary.text, err);
    int threads = rv_threads(settings);
    if (status == RV_OK) status = look_up(job->out.segments, &l, threads, err);
    l.tell = tell_score;
    for (size_t i = 0; i < job->n_clients && status == RV_OK; i++) {
        const char *path = rv_job_output_for(job, job->out.scores, job->clients[i].path);
        status = look_up(path, &l, threads, err);
    }
    for (size_t i = 0; i < ids->n && status == RV_OK; i++) {
        const rv_buffer *told = &l.text[rv_id_table_find(&l.wanted, rv_text_of(ids->ids[i]))];
        if (told->len == 0) continue;
        if (ids->n > 1) rv_buffer_format(&summary.text, "client %s\n", ids->ids[i]);
        rv_buffer_add(&summary.text, told->data, told->len);
        status = rv_buffer_check(told, err);
    }
    for (size_t i = 0; l.text && i < ids->n; i++) rv_buffer_free(&l.text[i]);
    rv_free(l.text);
    rv_id_table_reset(&l.wanted);
    if (status == RV_OK) status = rv_summary_finish(&summary, report, err);
    rv_summary_reset(&summary);
    return status;
}

rv_status rv_explain(const rv_explain_options *o, const rv_settings *given, rv_report *report, rv_error *err) {
    rv_job_description job;
    RV_TRY(rv_job_read(o->job, o->overrides, o->n_overrides, o->environment, &job, err));
    rv_settings settings;
    id_list ids = {0};
    rv_job_settings(&job, given, &settings);
    rv_status status = read_ids(o, &ids, err);
    if (status == RV_OK) status = explain(&job, &settings, &ids, report, err);
    free_ids(&ids);
    rv_job_reset(&job);
    return status;
}
