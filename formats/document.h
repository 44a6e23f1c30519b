/*
 * YAML 1.2 and JSON documents as a tree of nodes that know their line and column (libfyaml underneath). Used for
 * schema, job and profile files. Strict keys: whoever reads a mapping names the keys it knows, and another key is an
 * error with a "did you mean".
 */
#ifndef RV_DOCUMENT_H
#define RV_DOCUMENT_H

#include "error.h"
#include "text.h"

typedef struct rv_document rv_document;
typedef struct rv_node rv_node; /* borrowed from its document */
typedef enum rv_node_kind { RV_NODE_SCALAR, RV_NODE_SEQUENCE, RV_NODE_MAPPING } rv_node_kind;

rv_status rv_document_open(const char *path, rv_document **out, rv_error *err); /* a file; "-" is stdin */
rv_status rv_document_parse(const char *name, const char *text, size_t len, rv_document **out, rv_error *err);
void rv_document_close(rv_document *document);
const char *rv_document_name(const rv_document *document);
const rv_node *rv_document_root(const rv_document *document);

/* Puts a scalar at a place given by the words that lead to it from the root (a number for an item of a list); mappings
 * on the way are made. `whence` says where the value comes from ("--set score.method"): errors name it instead of file
 * and line. The texts are copied; an empty one is null. RV_BAD_ARGUMENT where a word of the way leads through a scalar or past a list's end. */
rv_status rv_document_set(rv_document *document, const char *const *way, size_t n_words, const char *text,
                          const char *whence, rv_error *err);
/* The scalar at that place becomes a mapping {key: scalar}, as if it had been written out; anything else stays. */
rv_status rv_document_wrap(rv_document *document, const char *const *way, size_t n_words, const char *key,
                           rv_error *err);

rv_node_kind rv_node_kind_of(const rv_node *node);
size_t rv_node_size(const rv_node *node);                       /* items or pairs; 0 for a scalar */
const rv_node *rv_node_item(const rv_node *node, size_t index); /* of a sequence */
const char *rv_node_key(const rv_node *node, size_t index);     /* of a mapping; zero-terminated */
const rv_node *rv_node_value(const rv_node *node, size_t index);
const rv_node *rv_node_get(const rv_node *mapping, const char *key); /* NULL: absent */
const char *rv_node_whence(const rv_node *node); /* NULL: from the file */
uint64_t rv_node_line(const rv_node *node);
uint64_t rv_node_column(const rv_node *node);
bool rv_node_is_null(const rv_node *node);       /* empty, ~ or null, unquoted */
const char *rv_node_string(const rv_node *node); /* zero-terminated scalar; NULL when it is none */

/* Readers with errors that name file, line, column, the key and what was expected. */
rv_status rv_node_check_keys(const rv_document *, const rv_node *mapping, const char *const *known, rv_error *err);
rv_status rv_node_read_string(const rv_document *, const rv_node *node, const char *what, const char **out,
                              rv_error *err);
rv_status rv_node_read_number(const rv_document *, const rv_node *node, const char *what, double *out, rv_error *err);
rv_status rv_node_read_unsigned(const rv_document *, const rv_node *node, const char *what, uint64_t *out,
                                rv_error *err);
rv_status rv_node_read_bool(const rv_document *, const rv_node *node, const char *what, bool *out, rv_error *err);
/* RV_BAD_ARGUMENT at the node. */
rv_status rv_node_fail(const rv_document *, const rv_node *node, rv_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
