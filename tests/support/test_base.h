/*
 * A small megabase made straight from a table in a string, one contact per row: tests of matching choose exactly what
 * the base holds, without the merging of a build.
 *
 * The table: comma, no quotes, header. Columns named as contact roles are fields, `id` is the id, `source` and `date`
 * are the row's origin, any other column is an attribute.
 */
#ifndef TEST_BASE_H
#define TEST_BASE_H

#include "megabase_writer.h"
#include "person.h"

enum { BASE_ALL_KINDS = (1 << RV_KEY_KINDS) - 1, BASE_CLEAR_KINDS = (1 << (RV_KEY_IDENTIFIER + 1)) - 1 };
/* Writes scratch_path(name); kinds: a set of 1 << rv_key_kind. Fails the test on any error. Returns the path. */
const char *base_make(const char *name, const char *table, unsigned kinds, rv_layout layout);

#endif
