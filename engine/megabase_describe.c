/* What a file is, for people and scripts: from header, directory, schema and counts alone. And the proof of all of it. */
#include "megabase_internal.h"

#include <stdio.h>

void rv_megabase_report_reset(rv_megabase_report *report) {
    rv_free(report->sections);
    rv_free(report->field_fill);
    rv_free(report->attribute_fill);
    *report = (rv_megabase_report){0};
}

static uint64_t *copy_counts(const uint64_t *from, size_t n, rv_error *err) {
    uint64_t *copy = rv_array_new(n + 1, sizeof *copy, err);
    if (copy && n) memcpy(copy, from, n * sizeof *copy);
    return copy;
}

rv_status rv_megabase_describe(rv_megabase *m, rv_megabase_report *out, rv_error *err) {
    const rv_rvl_header *h = rv_rvl_head(m->file);
    const rv_schema *s = &m->schema;
    rv_megabase_report r = {.format_version = h->version,
                            .generation = h->generation,
                            .file_bytes = h->file_length,
                            .n_sections = h->n_sections,
                            .first_date = m->meta.first_date,
                            .last_date = m->meta.last_date,
                            .created = h->created};
    memcpy(r.file_id, h->file_id, sizeof r.file_id);
    if (s->n_keys) memcpy(r.keys, m->counts, s->n_keys * sizeof *r.keys);
    r.sections = rv_array_new(h->n_sections + 1, sizeof *r.sections, err);
    r.field_fill = copy_counts(m->counts + s->n_keys, s->n_fields, err);
    r.attribute_fill = copy_counts(m->counts + s->n_keys + s->n_fields, s->n_attributes, err);
    if (!r.sections || !r.field_fill || !r.attribute_fill) {
        rv_megabase_report_reset(&r);
        return RV_NO_MEMORY;
    }
    for (uint32_t i = 0; i < h->n_sections; i++) {
        const rv_rvl_entry *e = rv_rvl_section(m->file, i);
        rv_section_report *section = &r.sections[i];
        uint32_t wide = e->id - RV_SECTION_WIDE;
        if (e->id >= RV_SECTION_WIDE && wide < s->n_attributes)
            snprintf(section->name, sizeof section->name, "column.%s", s->attributes[wide].name);
        else snprintf(section->name, sizeof section->name, "%s", e->name);
        section->stored_bytes = e->stored;
        section->raw_bytes = e->raw;
        section->blocks = rv_rvl_blocks(e);
        section->codec = e->codec == RV_RVL_ZSTD ? "zstd" : "raw";
    }
    *out = r;
    return RV_OK;
}

uint64_t rv_megabase_identity(const rv_megabase *m, uint64_t *file_bytes) {
    const rv_rvl_header *h = rv_rvl_head(m->file);
    *file_bytes = h->file_length;
    return rv_hash64(rv_rvl_section(m->file, 0), h->n_sections * sizeof(rv_rvl_entry), RV_RVL_SEED);
}

rv_status rv_megabase_verify(const char *path, int threads, uint64_t *damaged, uint64_t *blocks, rv_error *err) {
    return rv_rvl_verify(path, threads > 0 ? threads : 1, damaged, blocks, err);
}

void rv_megabase_count_touched(const rv_megabase *m, double times, rv_megabase_touched *now,
                               rv_megabase_touched *then) {
    rv_rvl_touched a, b;
    rv_rvl_count_touched(m->file, times, &a, &b);
    *now = (rv_megabase_touched){a.windows, a.pages};
    *then = (rv_megabase_touched){b.windows, b.pages};
}
