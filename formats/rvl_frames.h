/*
 * A packed section whose frames all hold the same number of bytes, as if it were raw: memory is set aside for all of it,
 * and a frame is decoded into its place at first touch. So an archive answers its first question after some frames, and
 * a job that goes through all of it pays no more than for decoding all at once. Any number of threads.
 */
#ifndef RV_RVL_FRAMES_H
#define RV_RVL_FRAMES_H

#include "rvl_reader.h"

typedef struct rv_rvl_frames rv_rvl_frames;
/* RV_CORRUPT for a section that isn't packed so. The file stays the caller's and must outlive this. */
rv_status rv_rvl_frames_new(rv_rvl *rvl, const rv_rvl_entry *section, rv_rvl_frames **out, rv_error *err);
void rv_rvl_frames_free(rv_rvl_frames *frames); /* NULL is fine */
/* section->raw bytes; those that were touched are decoded, rows as they were before transposition. */
const unsigned char *rv_rvl_frames_bytes(const rv_rvl_frames *frames);
/* Decodes the frames that hold bytes [at, at + n), which lie inside; n > 0. */
rv_status rv_rvl_frames_touch(rv_rvl_frames *frames, uint64_t at, uint64_t n, rv_error *err);
/* Decodes all that isn't yet, in parallel. */
rv_status rv_rvl_frames_all(rv_rvl_frames *frames, int threads, rv_error *err);

#endif
