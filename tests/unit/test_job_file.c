/* convert, info and verify as jobs. */
#include "contact_maker.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static made_contacts *made;
static char image[256], archive[256];

static void set_up(void) {
    made = contacts_make(&(making){.rows = 500, .seed = 71, .narrow = 4, .wide = true});
    rv_megabase_settings settings = {.layout = RV_IMAGE, .seeded = true, .threads = 1};
    snprintf(image, sizeof image, "%s", scratch_path("image.rvl"));
    snprintf(archive, sizeof archive, "%s", scratch_path("archive.rvl"));
    cr_assert_eq(contacts_write(made, image, &settings, NULL), RV_OK);
}
static void tear_down(void) { contacts_free(made); }

static void check_report(rv_report *report, const char *const *words) {
    cr_assert(report->json && report->text);
    cr_assert_null(strchr(report->json, '\n')); /* one line */
    for (; *words; words++)
        cr_assert(strstr(report->json, *words) || strstr(report->text, *words), "no %s in %s", *words, report->json);
    rv_report_reset(report);
}

Test(job_file, info_tells_what_is_in_a_megabase, .init = set_up, .fini = tear_down) {
    rv_settings settings = {0};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_info(image, &settings, &report, &err), RV_OK, "%s", err.message);
    const char *words[] = {"\"contacts\":500",  "\"layout\":\"image\"", "\"name\":\"email\"",
                           "\"distinct\":",     "\"fill_rate\":",       "source3",
                           "column.attribute6", "index.mobile.proofs",  "attribute1",
                           "\"created\":null",  "500 contacts",         NULL};
    check_report(&report, words);
    cr_assert_eq(rv_info(scratch_text("x.rvl", "id\n1\n"), &settings, &report, &err), RV_BAD_INPUT);
}

Test(job_file, convert_and_back_verify_and_refusals, .init = set_up, .fini = tear_down) {
    rv_settings settings = {.threads = 1, .dry_run = true};
    rv_report report = {0};
    rv_error err = {0};
    cr_assert_eq(rv_convert(image, archive, RV_ARCHIVE, &settings, &report, &err), RV_OK, "%s", err.message);
    cr_assert_eq(scratch_count(), 1u); /* a dry run writes nothing */
    rv_report_reset(&report);
    settings.dry_run = false;
    cr_assert_eq(rv_convert(image, archive, RV_ARCHIVE, &settings, &report, &err), RV_OK, "%s", err.message);
    check_report(&report, (const char *[]){"\"layout\":\"archive\"", "\"bytes_before\":", "archive, ", NULL});
    cr_assert_eq(rv_convert(image, archive, RV_ARCHIVE, &settings, &report, &err), RV_BAD_ARGUMENT); /* it is there */
    cr_assert_eq(rv_convert(image, image, RV_ARCHIVE, &settings, &report, &err), RV_BAD_ARGUMENT);
    settings.force = true;
    cr_assert_eq(rv_convert(archive, image, RV_IMAGE, &settings, &report, &err), RV_OK, "%s", err.message);
    rv_report_reset(&report);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(rv_verify(i ? archive : image, &settings, &report, &err), RV_OK, "%s", err.message);
        check_report(&report, (const char *[]){"\"damaged\":0", "every byte is proved", NULL});
    }
    size_t n;
    char *bytes = scratch_read(image, &n);
    bytes[n / 2] ^= 1;
    bytes[n / 3] ^= 1;
    scratch_file("image.rvl", bytes, n);
    cr_assert_eq(rv_verify(image, &settings, &report, &err), RV_CORRUPT);
    cr_assert(strstr(err.message, "section") && strstr(err.message, "blocks are damaged"), "%s", err.message);
    cr_assert(err.file[0] && err.hint[0]);
    free(bytes);
}

Test(job_file, converting_and_verifying_end_when_the_process_is_asked_to_stop, .init = set_up, .fini = tear_down) {
    rv_settings settings = {.threads = 2};
    rv_report report = {0};
    rv_error err = {0};
    rv_stop_waiting();
    cr_assert_eq(rv_convert(image, archive, RV_ARCHIVE, &settings, &report, &err), RV_INTERRUPTED, "%s", err.message);
    cr_assert_eq(rv_verify(image, &settings, &report, &err), RV_INTERRUPTED, "%s", err.message);
    cr_assert_eq(scratch_count(), 1u); /* nothing stays behind */
}
