/* The line in which an error lies, with a caret under the place. */
#ifndef CLI_EXCERPT_H
#define CLI_EXCERPT_H

#include <reveil.h>
#include <stdio.h>

/* Job, schema and profile files (.yaml, .yml, .json) are shown as they are; any other file as its shape, since it may be
 * about people, unless `values`. Nothing where the place isn't known, or the file is none that can be looked at again. */
void print_excerpt(FILE *to, const rv_error *err, bool values);

#endif
