/* Sizes, counts and shares, from both sides of what is accepted. */
#include <criterion/criterion.h>
#include <reveil.h>

Test(quantity, sizes_count_by_1024) {
    static const struct {
        const char *text;
        uint64_t bytes;
    } right[] = {{"0", 0},          {"1", 1},
                 {"512", 512},      {"10K", 10240},
                 {"10k", 10240},    {"1.5M", 1572864},
                 {"6G", 6442450944}, {"6GB", 6442450944},
                 {"6GiB", 6442450944}, {"2T", 2199023255552},
                 {"7B", 7}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        uint64_t bytes = 99;
        cr_expect(rv_read_size(right[i].text, &bytes), "%s", right[i].text);
        cr_expect_eq(bytes, right[i].bytes, "%s gives %lu", right[i].text, (unsigned long)bytes);
    }
    static const char *const wrong[] = {"", "G", "-1", "+1", "6X", "6 G", "1e30", "6GG", "inf", "nan", "B", "0x10", "1,5M"};
    uint64_t bytes = 99;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) cr_expect_not(rv_read_size(wrong[i], &bytes), "%s", wrong[i]);
    cr_expect_eq(bytes, 99);
}

Test(quantity, counts_go_by_1000_and_whole_ones_are_exact) {
    uint64_t n = 99;
    cr_expect(rv_read_count("40M", &n) && n == 40000000);
    cr_expect(rv_read_count("1.5k", &n) && n == 1500);
    cr_expect(rv_read_count("0", &n) && n == 0);
    cr_expect(rv_read_count("18446744073709551615", &n) && n == UINT64_MAX);
    n = 99;
    static const char *const wrong[] = {"", "-1", "+1", "18446744073709551616", "1.5", "many", "4MB", "1e5", "K"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) cr_expect_not(rv_read_count(wrong[i], &n), "%s", wrong[i]);
    cr_expect_eq(n, 99);
}

Test(quantity, shares_are_told_from_numbers) {
    double n = 0;
    bool share = false;
    cr_expect(rv_read_share("2%", &n, &share) && share);
    cr_expect_float_eq(n, .02, 1e-15);
    cr_expect(rv_read_share("100%", &n, &share) && share && n == 1);
    cr_expect(rv_read_share("1000", &n, &share) && !share && n == 1000);
    static const char *const wrong[] = {"", "%", "-1", "101%", "few", "2 %", "2%%"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) cr_expect_not(rv_read_share(wrong[i], &n, &share), "%s", wrong[i]);
}
