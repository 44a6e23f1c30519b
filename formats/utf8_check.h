/* The kernel behind rv_utf8_prefix and rv_utf8_is_valid. */
#ifndef RV_UTF8_CHECK_H
#define RV_UTF8_CHECK_H

#include <stddef.h>

/* n when all is valid; else where a stretch begins in which the first error shows: a sequence that is cut short shows at the
 * byte behind it, so it may have begun up to three bytes before. */
size_t rv_utf8_check_avx2(const char *text, size_t n);

#endif
