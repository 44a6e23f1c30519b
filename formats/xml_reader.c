/* See xml_reader.h. Declared after expat.h of expat 2 (MIT licence), whose interface has been the same since 2001. */
#include "xml_reader.h"

#include "loaded_library.h"
#include <pthread.h>
#include <string.h>

typedef struct expat_api {
    void *(*XML_ParserCreate)(const char *encoding);
    void (*XML_ParserFree)(void *parser);
    void (*XML_SetUserData)(void *parser, void *ctx);
    void (*XML_SetElementHandler)(void *parser, void (*start)(void *ctx, const char *name, const char **attributes),
                                  void (*end)(void *ctx, const char *name));
    void (*XML_SetCharacterDataHandler)(void *parser, void (*text)(void *ctx, const char *bytes, int n));
    void (*XML_SetStartDoctypeDeclHandler)(void *parser, void (*start)(void *ctx, const char *name, const char *system,
                                                                       const char *public, int has_internal_subset));
    int (*XML_Parse)(void *parser, const char *bytes, int n, int last);
    int (*XML_StopParser)(void *parser, unsigned char resumable);
    int (*XML_GetErrorCode)(void *parser);
} expat_api;
enum { EXPAT_NO_MEMORY = 1 };

#define SYMBOL(name)                                                                                                   \
    { #name, offsetof(expat_api, name) }
static const rv_symbol SYMBOLS[] = {SYMBOL(XML_ParserCreate),
                                    SYMBOL(XML_ParserFree),
                                    SYMBOL(XML_SetUserData),
                                    SYMBOL(XML_SetElementHandler),
                                    SYMBOL(XML_SetCharacterDataHandler),
                                    SYMBOL(XML_SetStartDoctypeDeclHandler),
                                    SYMBOL(XML_Parse),
                                    SYMBOL(XML_StopParser),
                                    SYMBOL(XML_GetErrorCode)};

static expat_api api;
static bool loaded;
static char why_not[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libexpat.so.1", "libexpat.so", NULL};
    loaded = rv_library_load(names, SYMBOLS, sizeof SYMBOLS / sizeof *SYMBOLS, &api, why_not, sizeof why_not);
}

static const char *local(const char *name) {
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *rv_xml_attribute(const char *const *attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (strcmp(local(attributes[0]), name) == 0) return attributes[1];
    return NULL;
}

typedef struct reading {
    const rv_xml_handler *handler;
    void *parser;
    rv_status status;
    rv_error *err;
    size_t silent; /* bytes given since the parser last told of anything */
} reading;

static rv_status damaged(rv_error *err) {
    rv_fail(err, RV_CORRUPT, "the workbook is damaged: a part of it is no XML");
    rv_error_hint(err, "open it in a spreadsheet and save it again");
    return RV_CORRUPT;
}

static void settle(reading *r, rv_status status) {
    if (status == RV_OK || r->status != RV_OK) return;
    r->status = status;
    api.XML_StopParser(r->parser, 0);
}

static void on_start(void *ctx, const char *name, const char **attributes) {
    reading *r = ctx;
    r->silent = 0;
    if (r->status != RV_OK || !r->handler->start) return;
    settle(r, r->handler->start(r->handler->ctx, local(name), (const char *const *)attributes, r->err));
}

static void on_end(void *ctx, const char *name) {
    reading *r = ctx;
    r->silent = 0;
    if (r->status == RV_OK && r->handler->end) settle(r, r->handler->end(r->handler->ctx, local(name), r->err));
}

static void on_text(void *ctx, const char *bytes, int n) {
    reading *r = ctx;
    r->silent = 0;
    if (r->status == RV_OK && r->handler->text) settle(r, r->handler->text(r->handler->ctx, bytes, (size_t)n, r->err));
}

/* Workbooks have none, and entities defined in one may expand without end. */
static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int has_internal_subset) {
    (void)name, (void)system, (void)public, (void)has_internal_subset;
    reading *r = ctx;
    settle(r, damaged(r->err));
}

static rv_status parse(reading *r, const char *bytes, size_t n, bool last, rv_error *err) {
    if (api.XML_Parse(r->parser, bytes, (int)n, last)) return r->status;
    if (r->status != RV_OK) return r->status;
    if (api.XML_GetErrorCode(r->parser) == EXPAT_NO_MEMORY) return rv_fail_memory(err, n);
    return damaged(err);
}

/* The parser keeps a tag that doesn't end, whatever its size. */
static rv_status parse_piece(void *ctx, const char *bytes, size_t n, rv_error *err) {
    enum { LONGEST_TAG = 4 << 20 };
    reading *r = ctx;
    r->silent += n;
    if (r->silent > LONGEST_TAG) return damaged(err);
    return parse(ctx, bytes, n, false, err);
}

rv_status rv_xml_read(const rv_zip_member *member, const rv_xml_handler *handler, rv_error *err) {
    pthread_once(&once, load);
    if (!loaded) {
        rv_fail(err, RV_BAD_INPUT, "Excel workbooks are read through libexpat, which isn't there (%s)", why_not);
        rv_error_hint(err, "apt-get install libexpat1; or save the sheet as CSV UTF-8");
        return RV_BAD_INPUT;
    }
    reading r = {handler, api.XML_ParserCreate(NULL), RV_OK, err, 0};
    if (!r.parser) return rv_fail_memory(err, 1 << 12);
    api.XML_SetUserData(r.parser, &r);
    api.XML_SetElementHandler(r.parser, on_start, on_end);
    api.XML_SetCharacterDataHandler(r.parser, on_text);
    api.XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    rv_status status = rv_zip_read(member, parse_piece, &r, err);
    if (status == RV_OK) status = parse(&r, "", 0, true, err);
    api.XML_ParserFree(r.parser);
    return status;
}
