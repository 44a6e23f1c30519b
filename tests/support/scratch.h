/* What many tests need: a folder of their own that goes when the test ends, and small files in it. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H

#include <stddef.h>

/* A fresh folder under /tmp, removed at exit of the test's process. Borrowed. */
const char *scratch_folder(void);
/* scratch_folder()/name, in one of 16 rotating buffers. */
const char *scratch_path(const char *name);
/* Writes bytes to scratch_path(name) and returns that path. */
const char *scratch_file(const char *name, const void *bytes, size_t n);
const char *scratch_text(const char *name, const char *text);
/* The whole file, zero-terminated, malloc'd; NULL when it can't be read. */
char *scratch_read(const char *path, size_t *n);
/* Files in the scratch folder, "." and ".." apart: a test of clean-up. */
size_t scratch_count(void);
/* 1 when SHARED_DATA/relative can be read; path in out. */
int shared_data(const char *relative, char *out, size_t cap);

/* Builds with sanitizers or counters take some ten times as long: worlds that only have to be large are smaller there, and
 * whole in the weak-hash build, which is optimised (scripts/test.sh runs both). */
#ifdef RV_SMALL_WORLDS
enum { TEST_SMALL_WORLDS = 1 };
#else
enum { TEST_SMALL_WORLDS = 0 };
#endif
/* So with random operations: a third of `whole` rounds there. */
static inline int test_rounds(int whole) { return TEST_SMALL_WORLDS ? (whole + 2) / 3 : whole; }

#endif
