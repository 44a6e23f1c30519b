/* Records: packed codes come back, whichever are asked for and in whatever order; kernels agree. */
#include "cpu.h"
#include "random.h"
#include "record_layout.h"
#include <criterion/criterion.h>
#include <stdlib.h>

Test(record_layout, any_choice_of_attributes_comes_back) {
    rv_random random;
    rv_random_init(&random, 1, 1);
    for (int round = 0; round < 2000; round++) {
        uint32_t n = 1 + rv_random_below(&random, 90);
        rv_attribute *attributes = calloc(n, sizeof *attributes);
        rv_schema schema = {.n_attributes = n, .attributes = attributes};
        uint32_t codes[90], wanted = rv_random_below(&random, 120), out[120];
        for (uint32_t i = 0; i < n; i++) {
            static const uint32_t values[] = {1, 15, 15, 15, 16, 255, 256, 70000};
            attributes[i].values = values[rv_random_below(&random, round % 3 ? 8 : 4)];
            attributes[i].bits = rv_code_bits(attributes[i].values);
            codes[i] = rv_random_below(&random, attributes[i].values + 1);
        }
        rv_record_layout layout;
        cr_assert_eq(rv_record_layout_of(&schema, &layout, NULL), RV_OK);
        unsigned char *record = calloc(1, layout.width + 1);
        record[layout.width] = 0xa5;
        rv_record_pack(&layout, codes, record);
        rv_record_place places[120];
        rv_record_stretch stretches[120];
        uint32_t asked[120], from = rv_random_below(&random, n);
        for (uint32_t j = 0; j < wanted; j++) {
            asked[j] = round % 2 ? rv_random_below(&random, n) : (from + j) % n;
            places[j] = layout.places[asked[j]];
            out[j] = 0xdeadbeef;
        }
        size_t made = rv_record_stretches(places, wanted, stretches);
        unsigned char *exact = malloc(layout.width ? layout.width : 1); /* a read beyond the record shows */
        memcpy(exact, record, layout.width);
        rv_record_unpack(stretches, made, exact, out);
        for (uint32_t j = 0; j < wanted; j++)
            cr_assert_eq(out[j], places[j].bits > 8 ? 0xdeadbeef : codes[asked[j]], "round %d attribute %u", round,
                         asked[j]);
        cr_assert_eq(record[layout.width], 0xa5);
        free(exact);
        free(record);
        free(attributes);
        rv_record_layout_reset(&layout);
    }
}

Test(record_layout, sixty_four_small_attributes_take_half_a_cache_line) {
    rv_attribute attributes[64];
    rv_schema schema = {.n_attributes = 64, .attributes = attributes};
    for (int i = 0; i < 64; i++) attributes[i] = (rv_attribute){.values = 15, .bits = rv_code_bits(15)};
    rv_record_layout layout;
    rv_record_stretch stretches[64];
    cr_assert_eq(rv_record_layout_of(&schema, &layout, NULL), RV_OK);
    cr_assert_eq(layout.width, 32u);
    cr_assert_eq(rv_record_stretches(layout.places, 64, stretches), 1u);
    rv_record_layout_reset(&layout);
    cr_assert_eq(rv_code_bits(16), 8u);
    cr_assert_eq(rv_code_bits(255), 8u);
    cr_assert_eq(rv_code_bits(256), 16u);
    cr_assert_eq(rv_code_bits(65535), 16u);
    cr_assert_eq(rv_code_bits(65536), 32u);
}

Test(record_layout, kernels_agree_at_any_length_and_alignment) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("no AVX2 here");
    rv_random random;
    rv_random_init(&random, 2, 2);
    for (int round = 0; round < 3000; round++) {
        size_t n = rv_random_below(&random, 140), bytes = (n + 1) / 2, at = rv_random_below(&random, 16);
        unsigned char *room = malloc(at + bytes + 1);
        for (size_t i = 0; i < at + bytes; i++) room[i] = (unsigned char)rv_random_below(&random, 256);
        uint32_t a[140], b[140];
        rv_nibbles_unpack_scalar(room + at, n, a);
        rv_nibbles_unpack_avx2(room + at, n, b);
        cr_assert_eq(memcmp(a, b, n * 4), 0);
        free(room);
    }
}
