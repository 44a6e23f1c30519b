/* The kernel of a probe: which of a bucket's eight slots bear this tag, as a mask. A bucket is 64 bytes, any alignment. */
#ifndef RV_KEY_PROBE_H
#define RV_KEY_PROBE_H

#include <stdint.h>

typedef unsigned (*rv_tag_match_fn)(const void *bucket, uint32_t tag);
unsigned rv_tag_match_scalar(const void *bucket, uint32_t tag);
unsigned rv_tag_match_avx2(const void *bucket, uint32_t tag);

#endif
