/* The kernel behind rv_utf8_is_valid. Its scalar twin is rv_utf8_prefix(text, n) == n. */
#ifndef RV_UTF8_CHECK_H
#define RV_UTF8_CHECK_H

#include <stdbool.h>
#include <stddef.h>

bool rv_utf8_check_avx2(const char *text, size_t n);

#endif
