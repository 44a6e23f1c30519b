/*
 * What a job will find in memory, told before it begins, and given back when a part of it is done. A gigabyte read at
 * random is soon mapped whole: the system maps what lies around a byte as well, 2 MB at a time where the file is kept in
 * huge pages.
 */
#include "megabase_internal.h"

#include <math.h>
#include <sys/mman.h>

enum { MAPPED_AROUND = 2 << 20 };

typedef void (*section_fn)(void *ctx, const rv_megabase *m, const rv_rvl_entry *section);

static void visit(const rv_megabase *m, uint32_t id, section_fn fn, void *ctx) {
    const rv_rvl_entry *section = rv_rvl_find(m->file, id);
    if (section) fn(ctx, m, section);
}

static void each_section(const rv_megabase *m, unsigned what, section_fn fn, void *ctx) {
    for (uint32_t i = 0; i < m->schema.n_keys && (what & RV_PREPARE_INDEXES); i++)
        for (uint32_t part = RV_INDEX_BUCKETS; part <= RV_INDEX_RUNS; part++)
            visit(m, RV_SECTION_INDEX + 4 * i + part, fn, ctx);
    if (what & RV_PREPARE_PERSONS) visit(m, RV_SECTION_PERSONS, fn, ctx);
    if (what & RV_PREPARE_RECORDS) {
        visit(m, RV_SECTION_RECORDS, fn, ctx);
        for (uint32_t i = 0; i < m->schema.n_attributes; i++) visit(m, RV_SECTION_WIDE + i, fn, ctx);
    }
    if (what & RV_PREPARE_STRINGS) {
        visit(m, RV_SECTION_CONTACTS, fn, ctx);
        visit(m, RV_SECTION_PLACES, fn, ctx);
        visit(m, RV_SECTION_ORIGINS, fn, ctx);
    }
}

typedef struct expecting {
    double asked, mapped;
} expecting;

/* How much of it is met by so many random touches, each of which brings what is around. */
static void expect_section(void *ctx, const rv_megabase *m, const rv_rvl_entry *section) {
    (void)m;
    expecting *e = ctx;
    double stored = (double)section->stored;
    if (stored > 0) e->mapped += stored * -expm1(-e->asked * MAPPED_AROUND / stored);
}

uint64_t rv_megabase_expect(const rv_megabase *m, unsigned what, uint64_t asked) {
    expecting e = {.asked = (double)asked};
    each_section(m, what, expect_section, &e);
    return (uint64_t)e.mapped;
}

static void release_section(void *ctx, const rv_megabase *m, const rv_rvl_entry *section) {
    (void)ctx;
    uintptr_t page = RV_RVL_PAGE, from = (uintptr_t)rv_rvl_bytes(m->file, section), to = from + section->stored;
    from = (from + page - 1) & ~(page - 1);
    to &= ~(page - 1);
    if (to > from) madvise((void *)from, to - from, MADV_DONTNEED); // NOLINT: an address made of an address
}

void rv_megabase_release(const rv_megabase *m, unsigned what) { each_section(m, what, release_section, NULL); }
