/* The spool: what is put in comes out, from memory and from the temporary file; a full disk is told. */
#include "build_spool.h"
#include "date.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static void add_chunk(rv_spool *spool, uint32_t rows, uint32_t source, rv_status expected, rv_error *err) {
    rv_buffer bytes = {0};
    uint32_t *offsets = rv_array_new(rows, sizeof *offsets, NULL);
    cr_assert(offsets);
    for (uint32_t i = 0; i < rows; i++) {
        char id[32], value[300];
        snprintf(id, sizeof id, "id%u", spool->rows + i);
        memset(value, 'v', sizeof value);
        rv_text fields[40] = {[3] = rv_text_of(id), [39] = rv_text_make(value, (spool->rows + i) % 300)};
        rv_spool_head head = {.updated_on = (int32_t)i - 5,
                              .last_seen = RV_DATE_NONE,
                              .id = rv_text_of(id),
                              .fields = 1u << 3 | (uint64_t)1 << 39};
        offsets[i] = (uint32_t)bytes.len;
        rv_buffer numbers = {0};
        cr_assert(rv_spool_pack_numbers(&numbers, (uint32_t[]){127, 14, 0, 15, UINT32_MAX - i}, 5));
        cr_assert(rv_spool_put(&bytes, &head, fields, rv_text_make(numbers.data, numbers.len)));
        rv_buffer_free(&numbers);
    }
    cr_assert_eq(rv_spool_add(spool, source, rows, &bytes, offsets, err), expected);
    rv_buffer_free(&bytes);
}

static void check(const rv_spool *spool, uint32_t row, uint32_t first_row, uint32_t source) {
    uint32_t s;
    rv_spool_head head;
    rv_text text;
    char id[32];
    snprintf(id, sizeof id, "id%u", row);
    const char *p = rv_spool_get(rv_spool_record(spool, row, &s), &head);
    cr_assert_eq(s, source);
    cr_assert(rv_text_is(head.id, id));
    cr_assert_eq(head.updated_on, (int32_t)(row - first_row) - 5);
    cr_assert_eq(head.last_seen, RV_DATE_NONE);
    p = rv_spool_text(p, &text);
    cr_assert(rv_text_is(text, id));
    p = rv_spool_text(p, &text);
    cr_assert_eq(text.len, row % 300);
    rv_spool_numbers walk = rv_spool_numbers_at(p, 5);
    const uint32_t expected[5] = {127, 14, 0, 15, UINT32_MAX - (row - first_row)};
    for (size_t i = 0; i < 5; i++) cr_assert_eq(rv_spool_number(&walk, i), expected[i]);
}

Test(build_spool, heads_come_back_with_and_without_dates) {
    static const int32_t dates[] = {RV_DATE_NONE, 0, -1, 20000};
    static const uint64_t masks[] = {0, 1, 0x7f, 0x80, (uint64_t)1 << 63};
    const rv_text fields[64] = {[0] = RV_TEXT("a"), [1] = RV_TEXT("b"), [7] = RV_TEXT("c"), [63] = RV_TEXT("d")};
    rv_buffer bytes = {0};
    for (size_t u = 0; u < 4; u++)
        for (size_t l = 0; l < 4; l++)
            for (size_t m = 0; m < 5; m++) {
                rv_spool_head in = {dates[u], dates[l], RV_TEXT("id"), masks[m]}, out;
                bytes.len = 0;
                cr_assert(rv_spool_put(&bytes, &in, fields, RV_TEXT("\x07")));
                const char *p = rv_spool_get(bytes.data, &out);
                cr_assert(out.updated_on == in.updated_on && out.last_seen == in.last_seen && out.fields == in.fields);
                cr_assert(rv_text_is(out.id, "id"));
                for (unsigned f = 0; f < 64; f++) {
                    rv_text text;
                    if (!(in.fields >> f & 1)) continue;
                    p = rv_spool_text(p, &text);
                    cr_assert(rv_text_equal(text, fields[f]));
                }
                rv_spool_numbers walk = rv_spool_numbers_at(p, 1);
                cr_assert_eq(rv_spool_number(&walk, 0), 7);
                cr_assert_eq((const char *)walk.escaped, bytes.data + bytes.len);
            }
    rv_buffer_free(&bytes);
}

/* Chunks of a slab each, and one behind them that stands in the file. */
Test(build_spool, what_is_done_with_goes_back_and_the_rest_stays) {
    enum { ROWS = 90000, CHUNKS = 3 }; /* some 18 MB a chunk: no two fit a slab */
    rv_spool spool;
    rv_spool_init(&spool, UINT64_MAX, scratch_folder());
    for (uint32_t c = 0; c < CHUNKS; c++) add_chunk(&spool, ROWS, c, RV_OK, NULL);
    cr_assert_eq(spool.n_slabs, CHUNKS);
    spool.limit_bytes = 0;
    add_chunk(&spool, 10, CHUNKS, RV_OK, NULL);
    cr_assert_eq(rv_spool_ready(&spool, NULL), RV_OK);
    static const struct {
        uint32_t row;
        size_t slabs, chunks;
    } steps[] = {{0, 0, 0},        {ROWS - 1, 0, 0},     {ROWS, 1, 1}, {ROWS + 5, 1, 1}, {3 * ROWS - 1, 2, 2},
                 {3 * ROWS, 3, 3}, {3 * ROWS + 10, 3, 4}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rv_spool_release(&spool, steps[i].row);
        cr_assert_eq(spool.slabs_gone, steps[i].slabs, "step %zu", i);
        cr_assert_eq(spool.gone, steps[i].chunks, "step %zu", i);
        for (uint32_t row = steps[i].row; row < spool.rows; row += row + 1 < 3 * ROWS ? 997 : 1)
            check(&spool, row, row / ROWS * ROWS, row / ROWS);
    }
    rv_spool_free(&spool);
}

Test(build_spool, records_come_back_from_memory_and_from_the_file) {
    rv_spool spool;
    rv_spool_init(&spool, 20000, scratch_folder());
    add_chunk(&spool, 50, 0, RV_OK, NULL);
    add_chunk(&spool, 1, 1, RV_OK, NULL);
    add_chunk(&spool, 200, 2, RV_OK, NULL);
    add_chunk(&spool, 3, 3, RV_OK, NULL);
    cr_assert(spool.has_file && spool.file_bytes > 0 && spool.kept_bytes > 0);
    cr_assert_eq(spool.kept_bytes + spool.file_bytes, spool.bytes);
    cr_assert_eq(rv_spool_ready(&spool, NULL), RV_OK);
    for (uint32_t row = 0; row < 254; row++) {
        uint32_t source = row < 50 ? 0 : row < 51 ? 1 : row < 251 ? 2 : 3, first[] = {0, 50, 51, 251};
        check(&spool, row, first[source], source);
    }
    rv_spool_free(&spool);
    cr_assert_eq(scratch_count(), 0u);
}

Test(build_spool, slabs_move_to_the_file_and_their_records_stay_readable) {
    for (uint64_t keep = 0; keep <= 90000000; keep += 30000000) {
        rv_spool spool;
        rv_spool_init(&spool, 80000000, scratch_folder());
        for (int i = 0; i < 600; i++)
            add_chunk(&spool, 1000, 0, RV_OK, NULL); /* 100 MB: the last go to the file anyway */
        cr_assert_eq(rv_spool_shrink(&spool, keep, NULL), RV_OK);
        cr_assert_leq(spool.kept_bytes, keep < 80000000 ? keep : 80000000);
        cr_assert_eq(spool.kept_bytes + spool.file_bytes, spool.bytes);
        cr_assert_eq(rv_spool_ready(&spool, NULL), RV_OK);
        for (uint32_t row = 0; row < spool.rows; row += 997) check(&spool, row, row / 1000 * 1000, 0);
        rv_spool_free(&spool);
    }
    cr_assert_eq(scratch_count(), 0u);
}

static ssize_t full_pwrite(int fd, const void *buf, size_t n, off_t at) {
    if (at > 0) {
        errno = ENOSPC;
        return -1;
    }
    return rv_io_system.pwrite(fd, buf, n > 1000 ? 1000 : n, at); /* short writes, then no room */
}

Test(build_spool, a_full_disk_is_told_with_the_flag_that_helps) {
    rv_io io = rv_io_system;
    rv_spool spool;
    rv_error err = {0};
    rv_spool_init(&spool, 0, scratch_folder());
    io.pwrite = full_pwrite;
    rv_io_use(&io);
    add_chunk(&spool, 100, 0, RV_NO_SPACE, &err);
    rv_io_use(NULL);
    cr_assert(strstr(err.hint, "--tmpdir"));
    rv_spool_free(&spool);
    rv_spool_init(&spool, 0, "/nowhere/at/all");
    add_chunk(&spool, 100, 0, RV_FAILED, &err);
    cr_assert(strstr(err.hint, "--tmpdir"));
    rv_spool_free(&spool);
}

static void *no_mmap(void *at, size_t n, int prot, int flags, int fd, off_t off) {
    (void)at, (void)n, (void)prot, (void)flags, (void)fd, (void)off;
    errno = ENOMEM;
    return (void *)-1;
}

Test(build_spool, a_file_that_cant_be_mapped_is_an_error) {
    rv_io io = rv_io_system;
    rv_spool spool;
    rv_spool_init(&spool, 0, scratch_folder());
    add_chunk(&spool, 10, 0, RV_OK, NULL);
    io.mmap = no_mmap;
    rv_io_use(&io);
    cr_assert_eq(rv_spool_ready(&spool, NULL), RV_NO_MEMORY);
    rv_io_use(NULL);
    rv_spool_free(&spool);
}
