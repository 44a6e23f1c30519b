/* Files that people take for tables: told by their first bytes, and by what an archive holds. */
#ifndef RV_FOREIGN_FILE_H
#define RV_FOREIGN_FILE_H

#include "error.h"

/* RV_BAD_INPUT with what the file is and how its table can be had; RV_OK: nothing known. `whole`: `n` bytes are all of it,
 * else the beginning of a stream. */
rv_status rv_foreign_refuse(const char *path, const void *bytes, size_t n, bool whole, rv_error *err);

#endif
