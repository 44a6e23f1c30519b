/* Memory runs out at every point in turn: an error each time, no leak, no file. And the disk does. */
#include "contact_maker.h"
#include "damage.h"
#include "file.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#ifdef RV_TESTING
static void build_under_pressure(rv_layout layout) {
    made_contacts *made = contacts_make(&(making){.rows = 200, .seed = 61, .narrow = 3});
    rv_megabase_settings settings = {.layout = layout, .seeded = true, .threads = 1};
    char path[256];
    snprintf(path, sizeof path, "%s", scratch_path("pressure.rvl"));
    rv_status status = RV_NO_MEMORY;
    for (uint64_t k = 1; status != RV_OK; k++) {
        rv_error err = {0};
        rv_memory_fail_at(k, false);
        status = contacts_write(made, path, &settings, &err);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY, "allocation %lu: status %d %s", (unsigned long)k, status,
                  err.message);
        cr_assert_eq(scratch_count(), status == RV_OK ? 1u : 0u);
    }
    status = RV_NO_MEMORY;
    uint32_t rows[] = {3, 199, 0, 57};
    for (uint64_t k = 1; status != RV_OK; k++) {
        rv_error err = {0};
        rv_megabase *m = NULL;
        rv_memory_fail_at(k, false);
        status = rv_megabase_open(path, &m, &err);
        if (status == RV_OK) status = rv_megabase_prepare(m, RV_PREPARE_ALL, 1, &err);
        if (status == RV_OK) {
            uint32_t differ = contacts_differ(made, m, rows, 4, &err);
            status = err.status;
            cr_assert(differ == 0 || status != RV_OK, "allocation %lu gave a wrong answer", (unsigned long)k);
        }
        rv_megabase_report report = {0};
        if (status == RV_OK) status = rv_megabase_describe(m, &report, &err);
        rv_memory_fail_at(0, false);
        rv_megabase_report_reset(&report);
        rv_megabase_close(m);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY, "allocation %lu: status %d %s", (unsigned long)k, status,
                  err.message);
    }
    status = RV_NO_MEMORY;
    const char *other = scratch_path("other.rvl");
    for (uint64_t k = 1; status != RV_OK; k++) {
        rv_memory_fail_at(k, true);
        status = rv_megabase_convert(path, other, layout == RV_IMAGE ? RV_ARCHIVE : RV_IMAGE, false, 1, NULL);
        rv_memory_fail_at(0, false);
        cr_assert(status == RV_OK || status == RV_NO_MEMORY);
        cr_assert_eq(scratch_count(), status == RV_OK ? 2u : 1u);
    }
    contacts_free(made);
}
Test(megabase_memory, every_failed_allocation_of_an_image_is_told) { build_under_pressure(RV_IMAGE); }
Test(megabase_memory, every_failed_allocation_of_an_archive_is_told) { build_under_pressure(RV_ARCHIVE); }
#endif

static int writes_left;
static ssize_t full_write(int fd, const void *buf, size_t n) {
    if (writes_left-- > 0) return rv_io_system.write(fd, buf, n);
    errno = ENOSPC;
    return -1;
}
static ssize_t full_pwrite(int fd, const void *buf, size_t n, off_t at) {
    if (writes_left-- > 0) return rv_io_system.pwrite(fd, buf, n, at);
    errno = ENOSPC;
    return -1;
}

Test(megabase_memory, a_full_disk_publishes_nothing) {
    made_contacts *made = contacts_make(&(making){.rows = 5000, .seed = 62, .narrow = 3});
    rv_io full = rv_io_system;
    full.write = full_write;
    full.pwrite = full_pwrite;
    rv_status status = RV_NO_SPACE;
    for (int k = 0; status != RV_OK; k += 1 + k / 8) {
        rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1};
        writes_left = k;
        rv_io_use(&full);
        status = contacts_write(made, scratch_path("full.rvl"), &settings, NULL);
        rv_io_use(NULL);
        cr_assert(status == RV_OK || status == RV_NO_SPACE, "write %d: status %d", k, status);
        cr_assert_eq(scratch_count(), status == RV_OK ? 1u : 0u);
    }
    contacts_free(made);
}
