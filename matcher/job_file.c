/* Jobs on a megabase as a file: convert, info, verify. */
#include "file.h"
#include "megabase_writer.h"
#include "parallel.h"
#include "report.h"
#include "messages.h"

#include <stdio.h>
#include <time.h>

static const char *layout_name(rv_layout layout) { return layout == RV_IMAGE ? "image" : "archive"; }

static uint64_t file_bytes(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

rv_status rv_convert(const char *from, const char *to, rv_layout layout, const rv_settings *settings, rv_report *report,
                     rv_error *err) {
    rv_summary summary;
    rv_summary_begin(&summary, "convert");
    double since = rv_clock_seconds();
    rv_status status = rv_file_check_distinct(from, to, err);
    rv_megabase *megabase = NULL;
    if (status == RV_OK && settings->dry_run) status = rv_megabase_open(from, &megabase, err);
    rv_megabase_close(megabase);
    if (status == RV_OK && !settings->dry_run)
        status = rv_megabase_convert(from, to, layout, settings->force, rv_threads(settings), err);
    if (status == RV_OK) {
        uint64_t before = file_bytes(from), after = settings->dry_run ? 0 : file_bytes(to);
        rv_summary_timing(&summary, "convert", since);
        rv_json_key(&summary.json, "convert");
        rv_json_object(&summary.json);
        rv_json_put_string(&summary.json, "layout", layout_name(layout));
        rv_json_put_unsigned(&summary.json, "bytes_before", before);
        rv_json_put_unsigned(&summary.json, "bytes_after", after);
        rv_json_end(&summary.json, '}');
        if (settings->dry_run) rv_buffer_format(&summary.text, "%s can be converted; nothing was written\n", from);
        else
            rv_buffer_format(&summary.text, "%s: %s, %.1f MB (was %.1f MB)\n", to, layout_name(layout),
                             (double)after / 1e6, (double)before / 1e6);
        status = rv_summary_finish(&summary, report, err);
    }
    rv_summary_reset(&summary);
    return status;
}

rv_status rv_verify(const char *megabase, const rv_settings *settings, rv_report *report, rv_error *err) {
    rv_summary summary;
    rv_summary_begin(&summary, "verify");
    double since = rv_clock_seconds();
    uint64_t damaged = 0, blocks = 0;
    rv_error first = {0};
    rv_status status = rv_megabase_verify(megabase, rv_threads(settings), &damaged, &blocks, &first);
    if (status == RV_OK) {
        uint64_t bytes = file_bytes(megabase);
        rv_summary_timing(&summary, "verify", since);
        rv_json_key(&summary.json, "verify");
        rv_json_object(&summary.json);
        rv_json_put_unsigned(&summary.json, "bytes", bytes);
        rv_json_put_unsigned(&summary.json, "blocks", blocks);
        rv_json_put_unsigned(&summary.json, "damaged", 0);
        rv_json_end(&summary.json, '}');
        rv_buffer_format(&summary.text, "%s: every byte is proved (%llu blocks, %.1f MB)\n", megabase,
                         (unsigned long long)blocks, (double)bytes / 1e6);
        status = rv_summary_finish(&summary, report, err);
    } else if (err) {
        *err = first;
        if (damaged > 1)
            rv_error_add(err, "; %llu of %llu blocks are damaged", (unsigned long long)damaged,
                         (unsigned long long)blocks);
    }
    rv_summary_reset(&summary);
    return status;
}

/* --- Info -------------------------------------------------------------------------------------------------------- */

static const char *type_name(rv_type type) {
    static const char *const names[] = {"category", "integer", "decimal", "date", "flag", "text"};
    return names[type];
}

static const char *date_text(int32_t date, char out[11]) {
    if (date == RV_DATE_NONE) return NULL;
    rv_date_format(date, out);
    return out;
}

static double share(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 0; }

static void json_columns(rv_json *json, const rv_schema *s, const rv_megabase_report *r, uint32_t rows) {
    rv_json_key(json, "fields");
    rv_json_array(json);
    for (uint32_t i = 0; i < s->n_fields; i++) {
        rv_json_object(json);
        rv_json_put_string(json, "name", s->fields[i].name);
        rv_json_put_unsigned(json, "filled", r->field_fill[i]);
        rv_json_put_number(json, "fill_rate", share(r->field_fill[i], rows));
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_key(json, "attributes");
    rv_json_array(json);
    for (uint32_t i = 0; i < s->n_attributes; i++) {
        const rv_attribute *a = &s->attributes[i];
        rv_json_object(json);
        rv_json_put_string(json, "name", a->name);
        rv_json_put_string(json, "type", type_name(a->type));
        rv_json_put_bool(json, "sensitive", a->sensitive);
        rv_json_put_unsigned(json, "values", a->values);
        rv_json_put_unsigned(json, "bits", a->bits);
        rv_json_put_unsigned(json, "filled", r->attribute_fill[i]);
        rv_json_put_number(json, "fill_rate", share(r->attribute_fill[i], rows));
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void json_sources_and_keys(rv_json *json, const rv_schema *s, const rv_megabase_report *r) {
    char date[11];
    rv_json_key(json, "keys");
    rv_json_array(json);
    for (uint32_t i = 0; i < s->n_keys; i++) {
        rv_json_object(json);
        rv_json_put_string(json, "name", s->keys[i]);
        rv_json_put_unsigned(json, "distinct", r->keys[i]);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
    rv_json_key(json, "sources");
    rv_json_array(json);
    for (uint32_t i = 0; i < s->n_sources; i++) {
        rv_json_object(json);
        rv_json_put_string(json, "name", s->sources[i].name);
        rv_json_put_unsigned(json, "rows", s->sources[i].rows);
        rv_json_put_string(json, "date", date_text(s->sources[i].date, date));
        rv_json_put_unsigned(json, "priority", s->sources[i].priority);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void json_sections(rv_json *json, const rv_megabase_report *r) {
    rv_json_key(json, "sections");
    rv_json_array(json);
    for (size_t i = 0; i < r->n_sections; i++) {
        rv_json_object(json);
        rv_json_put_string(json, "name", r->sections[i].name);
        rv_json_put_string(json, "codec", r->sections[i].codec);
        rv_json_put_unsigned(json, "stored_bytes", r->sections[i].stored_bytes);
        rv_json_put_unsigned(json, "raw_bytes", r->sections[i].raw_bytes);
        rv_json_put_unsigned(json, "blocks", r->sections[i].blocks);
        rv_json_end(json, '}');
    }
    rv_json_end(json, ']');
}

static void id_text(const unsigned char id[16], char out[33]) {
    for (int i = 0; i < 16; i++) snprintf(out + 2 * i, 3, "%02x", id[i]);
}

static void created_text(int64_t created, char out[32]) {
    time_t when = (time_t)created;
    struct tm tm;
    if (created == 0 || !gmtime_r(&when, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(out, 32, "from a seed");
}

static void write_json(rv_json *json, rv_megabase *m, const rv_megabase_report *r) {
    const rv_schema *s = rv_megabase_schema(m);
    char id[33], created[32], first[11], last[11];
    id_text(r->file_id, id);
    created_text(r->created, created);
    rv_json_key(json, "megabase");
    rv_json_object(json);
    rv_json_put_unsigned(json, "format_version", r->format_version);
    rv_json_put_string(json, "layout", layout_name(rv_megabase_layout(m)));
    rv_json_put_string(json, "file_id", id);
    rv_json_put_unsigned(json, "generation", r->generation);
    rv_json_put_string(json, "created", r->created ? created : NULL);
    rv_json_put_unsigned(json, "bytes", r->file_bytes);
    rv_json_put_unsigned(json, "contacts", rv_megabase_rows(m));
    rv_json_put_string(json, "first_date", date_text(r->first_date, first));
    rv_json_put_string(json, "last_date", date_text(r->last_date, last));
    json_columns(json, s, r, rv_megabase_rows(m));
    json_sources_and_keys(json, s, r);
    json_sections(json, r);
    rv_json_end(json, '}');
}

static void write_text(rv_buffer *text, const char *path, rv_megabase *m, const rv_megabase_report *r) {
    const rv_schema *s = rv_megabase_schema(m);
    uint32_t rows = rv_megabase_rows(m);
    char id[33], created[32], first[11], last[11];
    id_text(r->file_id, id);
    created_text(r->created, created);
    const char *made = r->created ? created : rv_translate("from a seed", (rv_language)text->language, NULL);
    rv_tell(text, "%s\n  %u contacts, %s, format %u, %.1f MB\n  id %s, generation %llu, built %s\n", path,
                     rows, layout_name(rv_megabase_layout(m)), r->format_version, (double)r->file_bytes / 1e6, id,
                     (unsigned long long)r->generation, made);
    if (date_text(r->first_date, first) && date_text(r->last_date, last))
        rv_tell(text, "  contacts last seen from %s to %s\n", first, last);
    rv_tell(text, "\ncontact fields                     filled\n");
    for (uint32_t i = 0; i < s->n_fields; i++)
        rv_buffer_format(text, "  %-30s %7.1f %%\n", s->fields[i].name, 100 * share(r->field_fill[i], rows));
    rv_tell(text, "\nattributes                         filled  type      values  bits\n");
    for (uint32_t i = 0; i < s->n_attributes; i++) {
        const rv_attribute *a = &s->attributes[i];
        rv_buffer_format(text, "  %-30s %7.1f %%  %-8s %7u  %4u%s\n", a->name, 100 * share(r->attribute_fill[i], rows),
                         type_name(a->type), a->values, a->bits, a->sensitive ? rv_translate("  sensitive", (rv_language)text->language, NULL) : "");
    }
    rv_tell(text, "\nkeys                               distinct\n");
    for (uint32_t i = 0; i < s->n_keys; i++)
        rv_buffer_format(text, "  %-30s %10llu\n", s->keys[i], (unsigned long long)r->keys[i]);
    rv_tell(text, "\nsources                                rows  date        priority\n");
    for (uint32_t i = 0; i < s->n_sources; i++) {
        char date[11];
        const char *when = date_text(s->sources[i].date, date);
        rv_buffer_format(text, "  %-30s %10llu  %-10s  %8u\n", s->sources[i].name,
                         (unsigned long long)s->sources[i].rows, when ? when : "-", s->sources[i].priority);
    }
    rv_tell(text, "\nsections                         bytes in file   bytes decoded  codec\n");
    for (size_t i = 0; i < r->n_sections; i++)
        rv_buffer_format(text, "  %-30s %15llu %15llu  %s\n", r->sections[i].name,
                         (unsigned long long)r->sections[i].stored_bytes, (unsigned long long)r->sections[i].raw_bytes,
                         r->sections[i].codec);
}

rv_status rv_info(const char *path, const rv_settings *settings, rv_report *report, rv_error *err) {
    rv_megabase *megabase;
    rv_megabase_report described;
    RV_TRY(rv_megabase_open(path, &megabase, err));
    rv_summary summary;
    rv_summary_begin(&summary, "info");
    rv_summary_speak(&summary, settings);
    summary.is_answer = true;
    rv_status status = rv_megabase_describe(megabase, &described, err);
    if (status == RV_OK) {
        write_json(&summary.json, megabase, &described);
        write_text(&summary.text, path, megabase, &described);
        status = rv_summary_finish(&summary, report, err);
        rv_megabase_report_reset(&described);
    }
    rv_summary_reset(&summary);
    rv_megabase_close(megabase);
    return status;
}
