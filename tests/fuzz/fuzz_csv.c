/*
 * libFuzzer: any bytes are read as the naive twin reads them, on small blocks, and never corrupt memory. Build with clang,
 * -DREVEIL_FUZZ=ON -DREVEIL_SANITIZE=address,undefined,fuzzer-no-link. Without libFuzzer the program replays the files
 * named on its command line; finds are kept in tests/data/fuzz-csv.
 */
#include "csv_reader.h"
#include "csv_twin.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct check {
    const twin *twin;
    const char *text;
    size_t next;
} check;

static void require(bool truth) {
    if (!truth) abort();
}

static rv_status compare(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    check *c = ctx;
    const rv_batch *b = &block->batch;
    size_t row = 0, reject = 0;
    while (row < b->rows || reject < block->n_rejects) {
        require(c->next < c->twin->n);
        const twin_row *t = &c->twin->rows[c->next++];
        if (t->reason) {
            require(reject < block->n_rejects);
            const rv_reject *r = &block->rejects[reject++];
            require(strcmp(r->reason, t->reason) == 0 && r->line == t->line && r->offset == t->offset);
            require(r->raw.len == t->n_raw &&
                    (t->n_raw == 0 || memcmp(r->raw.ptr, c->text + t->offset, t->n_raw) == 0));
            continue;
        }
        require(row < b->rows && b->lines[row] == t->line && b->offsets[row] == t->offset);
        for (uint32_t k = 0; k < b->columns; k++) {
            rv_text cell = rv_batch_cell(b, (uint32_t)row, k);
            require(cell.len == t->lengths[k] && (cell.len == 0 || memcmp(cell.ptr, t->values[k], cell.len) == 0));
            require(((cell.flags & RV_TEXT_QUOTED) != 0) == (t->quoted[k] != 0));
        }
        row++;
    }
    return RV_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The first two bytes choose block size and record limit. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n < 3) return 0;
    size_t block = 1 + bytes[0], limit = bytes[1] < 128 ? 8u + bytes[1] : RV_RECORD_LIMIT;
    const char *text = (const char *)bytes + 2;
    n -= 2;
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, n, 0) != (ssize_t)n) abort();
    rv_dialect dialect = {.separator = ',',
                          .quote = '"',
                          .escape = '"',
                          .header = RV_NO,
                          .footer = RV_NO,
                          .encoding = RV_UTF8,
                          .skip_given = true};
    rv_table *csv;
    if (rv_csv_open_sized(path, &dialect, block, limit, &csv, NULL) != RV_OK) return 0;
    size_t mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    twin t = twin_read(text, n, mark, 1, ',', '"', rv_table_describe(csv)->columns, limit);
    check c = {&t, text, 0};
    rv_table_visitor visitor = {.consume = compare, .ctx = &c};
    bool whole = strcmp(rv_table_describe(csv)->compression, "none") == 0;
    rv_status status = rv_table_each(csv, 1, &visitor, NULL);
    if (whole) require(status == RV_OK && c.next == t.n);
    rv_table_close(csv);
    twin_free(&t);
    return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv) {
    static uint8_t bytes[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) return 1;
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        LLVMFuzzerTestOneInput(bytes, n);
    }
    return argc > 1 ? 0 : 1;
}
#endif
