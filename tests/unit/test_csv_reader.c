/* The reader against a naive twin on hostile inputs, against the public acid tests, and at its limits. */
#include "csv_reader.h"
#include "csv_twin.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct seen { /* what a walk gave, as one text, so that two walks compare by strcmp */
    rv_buffer text;
    uint64_t next_block;
} seen;

static void show(rv_buffer *b, const char *p, size_t n) {
    rv_buffer_format(b, "<%zu:", n);
    rv_buffer_add(b, p, n);
    rv_buffer_string(b, ">");
}

static rv_status gather(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    seen *s = ctx;
    cr_assert_eq(block->number, s->next_block++, "blocks come in order");
    const rv_batch *batch = &block->batch;
    size_t reject = 0;
    for (uint32_t r = 0; r <= batch->rows; r++) {
        uint64_t until = r < batch->rows ? batch->offsets[r] : UINT64_MAX;
        for (; reject < block->n_rejects && block->rejects[reject].offset < until; reject++) {
            const rv_reject *x = &block->rejects[reject];
            rv_buffer_format(&s->text, "reject %s line %llu offset %llu", x->reason, (unsigned long long)x->line,
                             (unsigned long long)x->offset);
            show(&s->text, x->raw.ptr, x->raw.len);
            rv_buffer_string(&s->text, "\n");
        }
        if (r == batch->rows) break;
        rv_buffer_format(&s->text, "row line %llu offset %llu", (unsigned long long)batch->lines[r],
                         (unsigned long long)batch->offsets[r]);
        show(&s->text, batch->records[r].ptr, batch->records[r].len);
        for (uint32_t c = 0; c < batch->columns; c++) {
            rv_text cell = rv_batch_cell(batch, r, c);
            rv_buffer_string(&s->text, cell.flags & RV_TEXT_QUOTED ? " q" : " ");
            show(&s->text, cell.ptr, cell.len);
        }
        rv_buffer_string(&s->text, "\n");
    }
    return RV_OK;
}

static char *shown_by_reader(const char *path, const rv_dialect *dialect, int threads, size_t block, size_t limit,
                             rv_table_counts *counts) {
    rv_table *csv;
    rv_error err = {0};
    cr_assert_eq(rv_csv_open_sized(path, dialect, block, limit, &csv, &err), RV_OK, "%s", err.message);
    seen s = {0};
    rv_table_visitor visitor = {.consume = gather, .ctx = &s};
    cr_assert_eq(rv_table_each(csv, threads, &visitor, &err), RV_OK, "%s", err.message);
    if (counts) *counts = rv_table_counted(csv);
    rv_table_close(csv);
    return rv_buffer_take(&s.text, NULL);
}

static char *shown_by_twin(const char *text, const twin *t) {
    rv_buffer b = {0};
    for (size_t i = 0; i < t->n; i++) {
        const twin_row *r = &t->rows[i];
        if (r->reason)
            rv_buffer_format(&b, "reject %s line %llu offset %llu", r->reason, (unsigned long long)r->line,
                             (unsigned long long)r->offset);
        else
            rv_buffer_format(&b, "row line %llu offset %llu", (unsigned long long)r->line,
                             (unsigned long long)r->offset);
        show(&b, text + r->offset, r->n_raw);
        for (size_t k = 0; !r->reason && k < r->fields; k++) {
            rv_buffer_string(&b, r->quoted[k] ? " q" : " ");
            show(&b, r->values[k], r->lengths[k]);
        }
        rv_buffer_string(&b, "\n");
    }
    return rv_buffer_take(&b, NULL);
}

/* --- Against the twin -------------------------------------------------------------------------------------------- */

static size_t hostile_text(rv_random *random, char *out, size_t n) {
    static const char *const bits[] = {"\"",
                                       ",",
                                       "\n",
                                       "\r",
                                       "\r\n",
                                       "a",
                                       "bcd",
                                       "\"\"",
                                       "\",\"",
                                       "\"\n",
                                       "\n\"",
                                       ";",
                                       "\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x8e",
                                       " ",
                                       "0123456789012345678901234567890123456789"};
    static const char *const bad[] = {"", "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80"};
    unsigned mood = rv_random_below(random, 6);
    size_t len = 0;
    while (len + 48 < n) {
        const char *bit = bits[rv_random_below(random, sizeof bits / sizeof *bits)];
        if (mood == 0 && strchr(bit, '"')) continue;                                             /* no quotes at all */
        if (mood == 1 && rv_random_below(random, 8)) bit = bits[1 + rv_random_below(random, 6)]; /* few quotes */
        if (mood == 2) { /* whole rows of well quoted fields */
            static const char *const cells[] = {"\"a\"", "\"\"",    "\"x\ny\"", "\"say \"\"hi\"\"\"",
                                                "plain", "\"a,b\"", "\"\r\n\""};
            for (int c = 0; c < 3; c++) {
                bit = cells[rv_random_below(random, 7)];
                if (rv_random_below(random, 200) == 0) bit = "1\"2";
                memcpy(out + len, bit, strlen(bit));
                len += strlen(bit);
                out[len++] = c < 2 ? ',' : '\n';
            }
            continue;
        }
        if (mood == 3 && rv_random_below(random, 30) == 0) bit = bad[rv_random_below(random, 5)];
        if (mood == 3 && rv_random_below(random, 60) == 0) {
            out[len++] = 0;
            continue;
        }
        memcpy(out + len, bit, strlen(bit));
        len += strlen(bit);
    }
    return len;
}

/* Rows as programs write them, and one in some, or in some hundred, damaged: by what a block of good rows must not suffer. */
static size_t damaged_text(rv_random *random, char *out, size_t n) {
    static const char *const whole[] = {"12,Dupont,Paris\n", "13,\"Dupont, Jean\",Lyon\n", "14,\"rue\nhaute\",\"\"\r\n",
                                        "15,\"dit \"\"Nini\"\"\",\xc3\x89tampes\n"};
    static const char *const damaged[] = {"16,\"Durand,Paris\n",
                                          "17,\"Du\" Pont,Nice\n",
                                          "18,Le \"Grand\",Metz\n",
                                          "19,Ren\xe9,Brest\n",
                                          "20,cut\xc3\n",
                                          "21,Pau\n",
                                          "22,Foix,more,and,more\n",
                                          "23,\"a\"\"\"\"b\"c\",\"d\n",
                                          "\n",
                                          ",,\n",
                                          "24,\"\"\"\n\n,x\"\"\",Tours\n",
                                          "25,\"\xff\",y\n"};
    uint32_t rare = 2 + rv_random_below(random, rv_random_below(random, 2) ? 8 : 200);
    size_t len = 0;
    while (len + 48 < n) {
        bool good = rv_random_below(random, rare) != 0;
        const char *row = good ? whole[rv_random_below(random, 4)] : damaged[rv_random_below(random, 12)];
        size_t bytes = strlen(row);
        memcpy(out + len, row, bytes);
        len += bytes;
        if (!good && rv_random_below(random, 8) == 0) out[len - 2] = 0;
    }
    return len;
}

typedef struct sizes { /* of blocks, at most */
    uint32_t least, small, large;
} sizes;

static void compare_with_twin(const char *text, size_t n, sizes sizes, rv_random *random, uint64_t seed,
                              unsigned round) {
    const char *path = scratch_file("hostile.csv", text, n);
    rv_dialect dialect = {.separator = ',',
                          .quote = '"',
                          .escape = '"',
                          .header = RV_NO,
                          .footer = RV_NO,
                          .encoding = RV_UTF8,
                          .skip_given = true};
    size_t limit = rv_random_below(random, 2) ? 20 + rv_random_below(random, 200) : RV_RECORD_LIMIT;
    size_t block = sizes.least + rv_random_below(random, rv_random_below(random, 2) ? sizes.small : sizes.large);
    int threads = rv_random_below(random, 4) ? 1 : 2;
    rv_table *csv;
    rv_error err = {0};
    rv_status status = rv_csv_open_sized(path, &dialect, block, limit, &csv, &err);
    if (status != RV_OK) { /* its first record is no record */
        cr_assert_eq(status, RV_BAD_INPUT);
        return;
    }
    size_t columns = rv_table_describe(csv)->columns;
    rv_table_close(csv);
    twin t = twin_read(text, n, 0, 1, ',', '"', columns, limit);
    /* empty lines above the first record are passed over by opening; the twin does the same */
    rv_table_counts counts;
    char *found = shown_by_reader(path, &dialect, threads, block, limit, &counts), *expected = shown_by_twin(text, &t);
    if (strcmp(found, expected) != 0) {
        size_t at = 0;
        while (found[at] == expected[at]) at++;
        while (at > 0 && found[at - 1] != '\n') at--;
        cr_assert_fail("seed %llu round %u block %zu limit %zu threads %d: expected %.300s but read %.300s",
                       (unsigned long long)seed, round, block, limit, threads, expected + at, found + at);
    }
    size_t rejects = 0;
    for (size_t i = 0; i < t.n; i++) rejects += t.rows[i].reason != NULL;
    cr_assert_eq(counts.rows, t.n - rejects);
    cr_assert_eq(counts.rejected, rejects);
    cr_assert_eq(counts.irregular, t.irregular, "irregular %llu, expected %llu (seed %llu round %u)",
                 (unsigned long long)counts.irregular, (unsigned long long)t.irregular, (unsigned long long)seed,
                 round);
    cr_assert_eq(counts.decoded_bytes, n);
    const rv_table_bytes *bytes = &counts.tally.bytes;
    uint64_t kept = 0, raw = 0;
    for (size_t i = 0; i < t.n; i++) *(t.rows[i].reason ? &raw : &kept) += t.rows[i].n_raw;
    cr_assert_eq(bytes->rows, kept, "seed %llu round %u", (unsigned long long)seed, round);
    cr_assert_eq(bytes->rejects, raw, "seed %llu round %u", (unsigned long long)seed, round);
    cr_assert_eq(rv_table_bytes_sum(bytes), n, "seed %llu round %u: %llu of %zu bytes are accounted for",
                 (unsigned long long)seed, round, (unsigned long long)rv_table_bytes_sum(bytes), n);
    free(found), free(expected);
    twin_free(&t);
}

static void hostile_rounds(const char *level, uint64_t seed, unsigned rounds) {
    cr_assert(rv_cpu_limit(level));
    static char text[4096];
    for (unsigned round = 0; round < (unsigned)test_rounds((int)rounds); round++) {
        rv_random random;
        rv_random_init(&random, seed, round);
        size_t n = hostile_text(&random, text, 50 + rv_random_below(&random, 1500));
        if (n) compare_with_twin(text, n, (sizes){1, 8, 400}, &random, seed, round);
    }
}

static void damaged_rounds(const char *level, uint64_t seed, unsigned rounds) {
    cr_assert(rv_cpu_limit(level));
    static char text[12 << 10];
    for (unsigned round = 0; round < rounds; round++) {
        rv_random random;
        rv_random_init(&random, seed, round);
        size_t n = damaged_text(&random, text, 2000 + rv_random_below(&random, 10000));
        compare_with_twin(text, n, (sizes){64, 2000, 16000}, &random, seed, round);
    }
}

Test(csv_reader, damage_among_good_rows_is_read_as_the_naive_twin_reads_it_scalar) { damaged_rounds("scalar", 4, 40); }
Test(csv_reader, damage_among_good_rows_is_read_as_the_naive_twin_reads_it_avx2) { damaged_rounds("avx2", 5, 40); }
Test(csv_reader, damage_among_good_rows_is_read_as_the_naive_twin_reads_it_avx512) { damaged_rounds("avx512", 6, 40); }

Test(csv_reader, hostile_inputs_read_as_the_naive_twin_reads_them_scalar) { hostile_rounds("scalar", 1, 700); }
Test(csv_reader, hostile_inputs_read_as_the_naive_twin_reads_them_avx2) { hostile_rounds("avx2", 2, 700); }
Test(csv_reader, hostile_inputs_read_as_the_naive_twin_reads_them_avx512) { hostile_rounds("avx512", 3, 700); }
