/*
 * YAML and JSON documents, read through libfyaml's events into a small tree of our own. Events rather than the
 * library's documents, because they carry the place of every node, and because nothing is resolved behind our back:
 * anchors and aliases are refused (a short file could else expand into a huge one), and so are duplicate keys.
 */
#include "document.h"

#include "encoding.h"
#include "file.h"
#include "memory.h"
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 64 };
static const size_t MAX_BYTES = (size_t)256 << 20;

struct rv_node {
    rv_node_kind kind;
    bool plain; /* an unquoted scalar */
    uint64_t line, column;
    const char *whence; /* not from the file: rv_document_set's */
    const rv_node *key; /* of a mapping's value that stands in the file */
    const char *text;   /* scalar */
    size_t size, cap;
    const char **keys; /* mapping */
    rv_node **items;
};

struct rv_document {
    rv_arena arena;
    char *name;
    rv_node *root;
};

/* What is being read: the open collections from the root inwards. */
typedef struct builder {
    rv_document *document;
    rv_node *stack[MAX_DEPTH];
    const rv_node *key[MAX_DEPTH]; /* a key that waits for its value */
    unsigned depth;
    rv_error *err;
} builder;

static rv_status fail_at(const builder *b, uint64_t line, uint64_t column, const char *message) {
    rv_fail_text(b->err, RV_BAD_ARGUMENT, message);
    rv_error_at(b->err, b->document->name, line, column);
    return RV_BAD_ARGUMENT;
}

static rv_node *make_node(rv_document *document, rv_node_kind kind, rv_error *err) {
    rv_node *node = rv_arena_get(&document->arena, sizeof *node);
    if (node) *node = (rv_node){.kind = kind};
    else rv_fail_memory(err, sizeof *node);
    return node;
}

static rv_node *new_node(builder *b, rv_node_kind kind, const struct fy_mark *mark) {
    rv_node *node = make_node(b->document, kind, b->err);
    if (node && mark) {
        node->line = (uint64_t)mark->line + 1;
        node->column = (uint64_t)mark->column + 1;
    }
    return node;
}

/* Arrays double inside the arena; what they leave behind is as much again, and goes with the document. */
static rv_status grow(rv_document *document, rv_node *node, rv_error *err) {
    if (node->size < node->cap) return RV_OK;
    size_t cap = node->cap ? node->cap * 2 : 8;
    rv_node **items = rv_arena_get(&document->arena, cap * sizeof *items);
    const char **keys = rv_arena_get(&document->arena, cap * sizeof *keys);
    if (!items || !keys) return rv_fail_memory(err, cap * sizeof *items);
    if (node->size) {
        memcpy(items, node->items, node->size * sizeof *items);
        memcpy(keys, node->keys, node->size * sizeof *keys);
    }
    node->items = items;
    node->keys = keys;
    node->cap = cap;
    return RV_OK;
}

static rv_status put(builder *b, rv_node *node) {
    if (b->depth == 0) {
        b->document->root = node;
        return RV_OK;
    }
    rv_node *parent = b->stack[b->depth - 1];
    const rv_node **waiting = &b->key[b->depth - 1];
    if (parent->kind == RV_NODE_MAPPING && !*waiting) {
        if (node->kind != RV_NODE_SCALAR) return fail_at(b, node->line, node->column, "a key must be a plain word");
        if (rv_node_get(parent, node->text)) {
            rv_fail(b->err, RV_BAD_ARGUMENT, "the key '%s' stands here twice", node->text);
            rv_error_at(b->err, b->document->name, node->line, node->column);
            return RV_BAD_ARGUMENT;
        }
        *waiting = node;
        return RV_OK;
    }
    RV_TRY(grow(b->document, parent, b->err));
    parent->keys[parent->size] = *waiting ? (*waiting)->text : NULL;
    node->key = *waiting;
    parent->items[parent->size++] = node;
    *waiting = NULL;
    return RV_OK;
}

static rv_status take_scalar(builder *b, struct fy_event *event) {
    rv_node *node = new_node(b, RV_NODE_SCALAR, fy_event_start_mark(event));
    if (!node) return RV_NO_MEMORY;
    size_t len = 0;
    const char *text = fy_token_get_text(event->scalar.value, &len);
    if (len && memchr(text, 0, len)) return fail_at(b, node->line, node->column, "a zero byte can't stand in a value");
    char *copy = rv_arena_get(&b->document->arena, len + 1);
    if (!copy) return rv_fail_memory(b->err, len + 1);
    if (len) memcpy(copy, text, len);
    copy[len] = 0;
    node->text = copy;
    node->plain = !event->scalar.value || /* a key without a value has no token */
                  fy_scalar_token_get_style(event->scalar.value) == FYSS_PLAIN;
    return put(b, node);
}

static rv_status take_event(builder *b, struct fy_event *event) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    uint64_t line = mark ? (uint64_t)mark->line + 1 : 0, column = mark ? (uint64_t)mark->column + 1 : 0;
    rv_node *node;
    switch (event->type) {
    case FYET_SCALAR: return take_scalar(b, event);
    case FYET_MAPPING_START:
    case FYET_SEQUENCE_START:
        if (b->depth == MAX_DEPTH) return fail_at(b, line, column, "this is nested too deeply (64 levels at most)");
        node = new_node(b, event->type == FYET_MAPPING_START ? RV_NODE_MAPPING : RV_NODE_SEQUENCE, mark);
        if (!node) return RV_NO_MEMORY;
        RV_TRY(put(b, node));
        b->stack[b->depth] = node;
        b->key[b->depth++] = NULL;
        return RV_OK;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END: b->depth--; return RV_OK;
    case FYET_ALIAS: return fail_at(b, line, column, "anchors and aliases aren't understood here: write the value out");
    case FYET_DOCUMENT_START:
        if (b->document->root) return fail_at(b, line, column, "one document a file: a second one begins here");
        return RV_OK;
    default: return RV_OK;
    }
}

/* libfyaml's own words, with its place. */
static rv_status syntax_error(const builder *b, struct fy_diag *diag) {
    void *at = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
    if (!e) return fail_at(b, 0, 0, "this is neither YAML nor JSON");
    rv_fail(b->err, RV_BAD_ARGUMENT, "not valid YAML: %s", e->msg);
    rv_error_at(b->err, b->document->name, e->line > 0 ? (uint64_t)e->line : 0,
                e->column > 0 ? (uint64_t)e->column : 0);
    return RV_BAD_ARGUMENT;
}

static rv_status read_events(builder *b, const char *text, size_t len) {
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (!diag) return rv_fail_memory(b->err, 0);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    rv_status status = RV_OK;
    if (!parser || fy_parser_set_string(parser, text, len) != 0) {
        status = rv_fail_memory(b->err, len);
        goto done;
    }
    for (struct fy_event *event; status == RV_OK && (event = fy_parser_parse(parser));) {
        status = take_event(b, event);
        fy_parser_event_free(parser, event);
    }
    if (status == RV_OK && fy_parser_get_stream_error(parser)) status = syntax_error(b, diag);
done:
    if (parser) fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return status;
}

static rv_status new_document(const char *name, rv_document **out, rv_error *err) {
    rv_document *document = rv_new(sizeof *document, err);
    if (!document) return RV_NO_MEMORY;
    document->name = rv_new(strlen(name) + 1, err);
    if (!document->name) {
        rv_free(document);
        return RV_NO_MEMORY;
    }
    memcpy(document->name, name, strlen(name) + 1);
    *out = document;
    return RV_OK;
}

/* Said here, as libfyaml takes a zero byte for the end, and some comments that are no UTF-8 as well. */
static rv_status check_encoding(const builder *b, const char *text, size_t len) {
    rv_encoding named = RV_UTF8;
    rv_encoding_bom(text, len, &named);
    if (named != RV_UTF8) return fail_at(b, 1, 1, "the file is UTF-16: save it as UTF-8");
    size_t good = rv_utf8_prefix(text, len);
    const char *zero = memchr(text, 0, good);
    if (zero) good = (size_t)(zero - text);
    if (good == len) return RV_OK;
    uint64_t line = 1, column = 1;
    for (const char *c = text; c < text + good; c++) {
        if (*c == '\n') line++, column = 1;
        else column += ((unsigned char)*c & 0xc0) != 0x80;
    }
    return fail_at(b, line, column, zero ? "a zero byte can't stand in a value" : "this isn't UTF-8: save the file as UTF-8");
}

/* The text must outlive the call only. */
static rv_status parse(rv_document *document, const char *text, size_t len, rv_error *err) {
    builder b = {.document = document, .err = err};
    if (len == 0) return fail_at(&b, 0, 0, "the file is empty");
    RV_TRY(check_encoding(&b, text, len));
    RV_TRY(read_events(&b, text, len));
    return document->root ? RV_OK : fail_at(&b, 1, 1, "the file holds nothing but comments");
}

rv_status rv_document_parse(const char *name, const char *text, size_t len, rv_document **out, rv_error *err) {
    rv_document *document;
    RV_TRY(new_document(name, &document, err));
    rv_status status = parse(document, text, len, err);
    if (status == RV_OK) *out = document;
    else rv_document_close(document);
    return status;
}

rv_status rv_document_open(const char *path, rv_document **out, rv_error *err) {
    rv_document *document;
    RV_TRY(new_document(path, &document, err));
    char *bytes = NULL;
    size_t len = 0;
    rv_status status = rv_file_read(path, MAX_BYTES, &bytes, &len, err);
    if (status == RV_OK) status = parse(document, bytes, len, err);
    rv_free(bytes);
    if (status == RV_OK) *out = document;
    else rv_document_close(document);
    return status;
}

void rv_document_close(rv_document *document) {
    if (!document) return;
    rv_arena_free(&document->arena);
    rv_free(document->name);
    rv_free(document);
}

const char *rv_document_name(const rv_document *document) { return document->name; }
const rv_node *rv_document_root(const rv_document *document) { return document->root; }

/* --- Values from elsewhere --------------------------------------------------------------------------------------- */

static rv_status cant_lead(const char *whence, const char *word, rv_error *err) {
    rv_fail(err, RV_BAD_ARGUMENT, "there is no place for '%s' here", word);
    return rv_error_at(err, whence, 0, 0);
}

/* Where a word leads from a node; room for what isn't there yet is made. */
static rv_status place_of(rv_document *document, rv_node *from, const char *word, const char *whence, rv_node ***out,
                          rv_error *err) {
    if (from->kind == RV_NODE_SEQUENCE) {
        uint64_t index;
        if (!rv_text_to_unsigned(rv_text_of(word), &index) || index >= from->size)
            return cant_lead(whence, word, err);
        *out = &from->items[index];
        return RV_OK;
    }
    if (from->kind == RV_NODE_SCALAR) return cant_lead(whence, word, err);
    for (size_t i = 0; i < from->size; i++) {
        if (strcmp(from->keys[i], word) != 0) continue;
        *out = &from->items[i];
        return RV_OK;
    }
    RV_TRY(grow(document, from, err));
    rv_text key = rv_arena_copy(&document->arena, word, strlen(word) + 1);
    if (!key.ptr) return rv_fail_memory(err, strlen(word) + 1);
    from->keys[from->size] = key.ptr;
    from->items[from->size] = NULL;
    *out = &from->items[from->size++];
    return RV_OK;
}

rv_status rv_document_set(rv_document *document, const char *const *way, size_t n_words, const char *text,
                          const char *whence, rv_error *err) {
    rv_text value = rv_arena_copy(&document->arena, text, strlen(text) + 1);
    rv_text said = rv_arena_copy(&document->arena, whence, strlen(whence) + 1);
    if (!value.ptr || !said.ptr) return rv_fail_memory(err, strlen(text) + strlen(whence) + 2);
    rv_node **at = &document->root;
    for (size_t i = 0; i < n_words; i++) {
        RV_TRY(place_of(document, *at, way[i], said.ptr, &at, err));
        if (*at && i + 1 < n_words && !rv_node_is_null(*at)) continue;
        rv_node *made = make_node(document, i + 1 < n_words ? RV_NODE_MAPPING : RV_NODE_SCALAR, err);
        if (!made) return RV_NO_MEMORY;
        made->whence = said.ptr;
        made->text = value.ptr;
        made->plain = true; /* so that an empty text is null, as it is behind a colon */
        *at = made;
    }
    return RV_OK;
}

rv_status rv_document_wrap(rv_document *document, const char *const *way, size_t n_words, const char *key,
                           rv_error *err) {
    rv_node **at = &document->root, **inside = NULL;
    for (size_t i = 0; i < n_words; i++) RV_TRY(place_of(document, *at, way[i], NULL, &at, err));
    rv_node *scalar = *at;
    if (!scalar || scalar->kind != RV_NODE_SCALAR) return RV_OK;
    rv_node *mapping = make_node(document, RV_NODE_MAPPING, err);
    if (!mapping) return RV_NO_MEMORY;
    mapping->line = scalar->line;
    mapping->column = scalar->column;
    RV_TRY(place_of(document, mapping, key, NULL, &inside, err));
    *inside = scalar;
    *at = mapping;
    return RV_OK;
}

/* --- Nodes ------------------------------------------------------------------------------------------------------- */

rv_node_kind rv_node_kind_of(const rv_node *node) { return node->kind; }
size_t rv_node_size(const rv_node *node) { return node->size; }
const rv_node *rv_node_item(const rv_node *node, size_t index) { return node->items[index]; }
const char *rv_node_key(const rv_node *node, size_t index) { return node->keys[index]; }
const rv_node *rv_node_value(const rv_node *node, size_t index) { return node->items[index]; }
const char *rv_node_whence(const rv_node *node) { return node->whence; }
uint64_t rv_node_line(const rv_node *node) { return node->line; }
uint64_t rv_node_column(const rv_node *node) { return node->column; }
const char *rv_node_string(const rv_node *node) { return node->kind == RV_NODE_SCALAR ? node->text : NULL; }

const rv_node *rv_node_get(const rv_node *mapping, const char *key) {
    if (mapping->kind != RV_NODE_MAPPING) return NULL;
    for (size_t i = 0; i < mapping->size; i++)
        if (strcmp(mapping->keys[i], key) == 0) return mapping->items[i];
    return NULL;
}

bool rv_node_is_null(const rv_node *node) {
    return node->kind == RV_NODE_SCALAR && node->plain &&
           (node->text[0] == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

rv_status rv_node_fail(const rv_document *document, const rv_node *node, rv_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    rv_fail_list(err, RV_BAD_ARGUMENT, format, args);
    va_end(args);
    rv_error_at(err, node->whence ? node->whence : document->name, node->line, node->column);
    return RV_BAD_ARGUMENT;
}

rv_status rv_node_check_keys(const rv_document *document, const rv_node *mapping, const char *const *known,
                             rv_error *err) {
    if (mapping->kind != RV_NODE_MAPPING)
        return rv_node_fail(document, mapping, err, "a mapping (key: value) was expected here");
    for (size_t i = 0; i < mapping->size; i++) {
        const char *const *k = known;
        while (*k && strcmp(*k, mapping->keys[i]) != 0) k++;
        if (*k) continue;
        const rv_node *value = mapping->items[i];
        rv_node_fail(document, value->key ? value->key : value, err, "unknown key '%s'", mapping->keys[i]);
        const char *near = rv_nearest_word(mapping->keys[i], known);
        if (near) rv_error_hint(err, "did you mean '%s'?", near);
        return RV_BAD_ARGUMENT;
    }
    return RV_OK;
}

rv_status rv_node_read_string(const rv_document *document, const rv_node *node, const char *what, const char **out,
                              rv_error *err) {
    if (node->kind != RV_NODE_SCALAR || rv_node_is_null(node))
        return rv_node_fail(document, node, err, "%s: one word or text was expected", what);
    *out = node->text;
    return RV_OK;
}

rv_status rv_node_read_number(const rv_document *document, const rv_node *node, const char *what, double *out,
                              rv_error *err) {
    if (node->kind != RV_NODE_SCALAR || !rv_text_to_decimal(rv_text_of(node->text), '.', out))
        return rv_node_fail(document, node, err, "%s: a number was expected", what);
    return RV_OK;
}

rv_status rv_node_read_unsigned(const rv_document *document, const rv_node *node, const char *what, uint64_t *out,
                                rv_error *err) {
    if (node->kind != RV_NODE_SCALAR || !rv_text_to_unsigned(rv_text_of(node->text), out))
        return rv_node_fail(document, node, err, "%s: a whole number was expected", what);
    return RV_OK;
}

rv_status rv_node_read_bool(const rv_document *document, const rv_node *node, const char *what, bool *out,
                            rv_error *err) {
    if (node->kind == RV_NODE_SCALAR && strcmp(node->text, "true") == 0) *out = true;
    else if (node->kind == RV_NODE_SCALAR && strcmp(node->text, "false") == 0) *out = false;
    else return rv_node_fail(document, node, err, "%s: true or false was expected", what);
    return RV_OK;
}
