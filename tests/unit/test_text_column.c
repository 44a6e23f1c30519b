/* Columns of texts: what was packed comes back, in whatever form; streams that were tampered with never lead outside. */
#include "random.h"
#include "text_column.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 3000, TEXT = 48 };

/* kind: 0 empty, 1 a few words, 2 phone numbers, 3 dates, 4 random bytes, 5 more digits than a form keeps, 6 mixed */
static void make_text(rv_random *random, unsigned kind, char *out, size_t *len) {
    static const char *const words[] = {"Lyon", "Saint-Etienne", "", "0", "00", "M.", "07"};
    int n = 0;
    if (kind == 6) kind = (unsigned)rv_random_below(random, 6);
    if (kind == 1) n = snprintf(out, TEXT, "%s", words[rv_random_below(random, 7)]);
    if (kind == 2) n = snprintf(out, TEXT, "+33 %09u", (unsigned)rv_random_below(random, 1000000000));
    if (kind == 3)
        n = snprintf(out, TEXT, "%02u/%02u/%u", (unsigned)rv_random_below(random, 31) + 1,
                     (unsigned)rv_random_below(random, 12) + 1, (unsigned)rv_random_below(random, 90) + 1920);
    if (kind == 4)
        for (n = (int)rv_random_below(random, 20); n > 0 && rv_random_below(random, 50);)
            out[--n] = (char)rv_random_next(random);
    if (kind == 5) n = snprintf(out, TEXT, "%033u", (unsigned)rv_random_below(random, 1000));
    *len = (size_t)n;
}

typedef struct packed_column {
    rv_text *texts; /* every second one belongs to another column */
    char *room;
    size_t n;
    rv_buffer streams[RV_COLUMN_STREAMS];
    rv_text views[RV_COLUMN_STREAMS];
} packed_column;

static packed_column pack(rv_text_column *column, rv_codec *codec, rv_random *random, unsigned kind, size_t n) {
    packed_column p = {.n = n};
    p.texts = calloc(2 * n + 1, sizeof *p.texts);
    p.room = calloc(n + 1, TEXT);
    for (size_t i = 0; i < n; i++) {
        size_t len;
        make_text(random, kind, p.room + i * TEXT, &len);
        p.texts[2 * i] = rv_text_make(p.room + i * TEXT, len);
        p.texts[2 * i + 1] = RV_TEXT("another column's");
    }
    rv_buffer *streams[RV_COLUMN_STREAMS];
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) streams[s] = &p.streams[s];
    size_t ends[RV_COLUMN_PAIRS_MAX], n_ends;
    cr_assert_eq(rv_text_column_pack(column, codec, p.texts, n, 2, streams, ends, &n_ends, NULL), RV_OK);
    for (size_t i = 1; i < n_ends; i++) cr_assert_gt(ends[i], ends[i - 1]);
    cr_assert_eq(n_ends ? ends[n_ends - 1] : 0, p.streams[RV_STREAM_DIGITS].len);
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) p.views[s] = rv_text_make(p.streams[s].data, p.streams[s].len);
    return p;
}

static void release(packed_column *p) {
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) rv_buffer_free(&p->streams[s]);
    free(p->texts);
    free(p->room);
}

static size_t take(rv_text *lengths) {
    size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = (unsigned char)*lengths->ptr++;
        lengths->len--;
        value |= (size_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
}

static void assert_same(const packed_column *p, rv_text lengths, rv_text bytes) {
    for (size_t i = 0; i < p->n; i++) {
        cr_assert(lengths.len);
        size_t len = take(&lengths);
        cr_assert_leq(len, bytes.len);
        cr_assert(rv_text_equal(rv_text_make(bytes.ptr, len), p->texts[2 * i]));
        bytes.ptr += len;
        bytes.len -= (uint32_t)len;
    }
    cr_assert_eq(bytes.len, 0);
}

Test(text_column, every_kind_of_column_comes_back) {
    rv_text_column *column, *other;
    rv_codec *codec;
    rv_random random;
    rv_random_init(&random, 11, 0);
    cr_assert_eq(rv_text_column_new(&column, NULL), RV_OK);
    cr_assert_eq(rv_text_column_new(&other, NULL), RV_OK);
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    for (unsigned kind = 0; kind < 7; kind++)
        for (size_t n = 1; n <= ROWS; n = n < 4 ? n + 1 : n * 9) {
            packed_column p = pack(column, codec, &random, kind, n);
            rv_text lengths, bytes;
            cr_assert_eq(rv_text_column_unpack(other, p.views, n, n * TEXT, &lengths, &bytes, NULL), RV_OK);
            assert_same(&p, lengths, bytes);
            release(&p);
        }
    rv_text_column_free(column);
    rv_text_column_free(other);
    rv_codec_free(codec);
}

Test(text_column, a_late_row_with_too_many_digits_changes_the_form) {
    enum { MANY = 5000 };
    rv_text_column *column;
    rv_codec *codec;
    rv_buffer buffers[RV_COLUMN_STREAMS] = {{0}}, *streams[RV_COLUMN_STREAMS];
    rv_text *texts = calloc(MANY, sizeof *texts), views[RV_COLUMN_STREAMS], lengths, bytes;
    char *room = calloc(MANY, 16);
    size_t ends[RV_COLUMN_PAIRS_MAX], n_ends;
    rv_random random;
    rv_random_init(&random, 14, 0);
    cr_assert_eq(rv_text_column_new(&column, NULL), RV_OK);
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) streams[s] = &buffers[s];
    for (size_t i = 0; i < MANY; i++)
        texts[i] = rv_text_make(room + i * 16,
                                (size_t)sprintf(room + i * 16, "%08u", (unsigned)rv_random_below(&random, 100000000)));
    for (int late = 0; late < 2; late++) {
        if (late) texts[MANY - 1] = RV_TEXT("012345678901234567890123456789012");
        for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) buffers[s].len = 0;
        cr_assert_eq(rv_text_column_pack(column, codec, texts, MANY, 1, streams, ends, &n_ends, NULL), RV_OK);
        cr_assert_eq(buffers[RV_STREAM_DIGITS].len, late ? 0 : MANY * 4);
        for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) views[s] = rv_text_make(buffers[s].data, buffers[s].len);
        cr_assert_eq(rv_text_column_unpack(column, views, MANY, MANY * 16, &lengths, &bytes, NULL), RV_OK);
        for (size_t i = 0; i < MANY; i++, bytes.ptr += texts[i - 1].len)
            cr_assert(rv_text_equal(rv_text_make(bytes.ptr, texts[i].len), texts[i]));
    }
    for (unsigned s = 0; s < RV_COLUMN_STREAMS; s++) rv_buffer_free(&buffers[s]);
    rv_text_column_free(column);
    rv_codec_free(codec);
    free(texts);
    free(room);
}

Test(text_column, words_and_digits_are_taken_apart_where_it_pays) {
    rv_text_column *column;
    rv_codec *codec;
    rv_random random;
    rv_random_init(&random, 12, 0);
    cr_assert_eq(rv_text_column_new(&column, NULL), RV_OK);
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    packed_column words = pack(column, codec, &random, 1, ROWS), phones = pack(column, codec, &random, 2, ROWS),
                  crowded = pack(column, codec, &random, 5, ROWS);
    cr_assert_eq(words.streams[RV_STREAM_LOW].len, ROWS);
    cr_assert_eq(phones.streams[RV_STREAM_DIGITS].len, ROWS * 6); /* 11 digits: five pairs and one alone */
    cr_assert_eq(crowded.streams[RV_STREAM_DIGITS].len, 0);
    rv_text lengths, bytes;
    cr_assert_eq(rv_text_column_unpack(column, words.views, ROWS, 100, &lengths, &bytes, NULL), RV_CORRUPT); /* limit */
    release(&words);
    release(&phones);
    release(&crowded);
    rv_text_column_free(column);
    rv_codec_free(codec);
}

Test(text_column, tampered_streams_are_refused_or_read_within_their_bounds) {
    rv_text_column *column;
    rv_codec *codec;
    rv_random random;
    rv_random_init(&random, 13, 0);
    cr_assert_eq(rv_text_column_new(&column, NULL), RV_OK);
    cr_assert_eq(rv_codec_new(&codec, NULL), RV_OK);
    unsigned refused = 0, read = 0;
    for (unsigned round = 0; round < 2000; round++) {
        packed_column p = pack(column, codec, &random, 1 + round % 6, 300);
        unsigned s = (unsigned)rv_random_below(&random, RV_COLUMN_STREAMS);
        if (p.streams[s].len) {
            size_t at = rv_random_below(&random, p.streams[s].len);
            if (rv_random_below(&random, 3) == 0) p.views[s].len = (uint32_t)at;
            else p.streams[s].data[at] = (char)rv_random_next(&random);
        }
        char *copies[RV_COLUMN_STREAMS]; /* of their exact length, so that the sanitizer sees a byte too many */
        for (unsigned i = 0; i < RV_COLUMN_STREAMS; i++) {
            copies[i] = malloc(p.views[i].len + 1);
            memcpy(copies[i], p.views[i].len ? p.views[i].ptr : "", p.views[i].len);
            copies[i] = realloc(copies[i], p.views[i].len ? p.views[i].len : 1);
            p.views[i].ptr = copies[i];
        }
        rv_text lengths, bytes;
        rv_status status = rv_text_column_unpack(column, p.views, 300, 300 * TEXT, &lengths, &bytes, NULL);
        cr_assert(status == RV_OK || status == RV_CORRUPT);
        if (status == RV_OK) cr_assert_leq(bytes.len, 300 * TEXT);
        refused += status != RV_OK;
        read += status == RV_OK;
        for (unsigned i = 0; i < RV_COLUMN_STREAMS; i++) free(copies[i]);
        release(&p);
    }
    cr_assert(refused > 100 && read > 100, "%u refused, %u read", refused, read);
    rv_text_column_free(column);
    rv_codec_free(codec);
}
