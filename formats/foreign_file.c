/*
 * See foreign_file.h. Read as text such files would give a screen of rejects and no reason. Archives and old office files
 * look alike from outside, so their directories are asked.
 */
#include "foreign_file.h"

#include "rvl_layout.h"
#include "zip_reader.h"
#include <string.h>
#include <strings.h>

typedef struct kind {
    const char *what, *hint;
} kind;

static bool starts_with(const char *bytes, size_t n, const char *magic, size_t size) {
    return n >= size && memcmp(bytes, magic, size) == 0;
}

/* Sites offer web pages as .xls or .csv; and a page that asks for a password comes in a download's place. */
static bool is_markup(const char *p, size_t n) {
    static const char *const tags[] = {"<html", "<!doctype html", "<table", "<?xml"};
    size_t at = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < n && (p[at] == ' ' || p[at] == '\t' || p[at] == '\r' || p[at] == '\n')) at++;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        size_t len = strlen(tags[i]);
        if (n - at >= len && strncasecmp(p + at, tags[i], len) == 0) return true;
    }
    return false;
}

static bool holds(const char *bytes, size_t n, const char *member) {
    rv_zip_member found;
    return rv_zip_find(bytes, n, member, &found);
}

static kind archive(const char *bytes, size_t n, bool whole) {
    static const char save[] = "save the sheet as CSV UTF-8, or as .xlsx";
    if (!whole)
        return (kind){"a zip archive or an Excel workbook in a pipe",
                      "give a workbook by its name; of an archive: unzip -p FILE | reveil ... -"};
    if (!rv_zip_is_whole(bytes, n))
        return (kind){"a zip archive or an Excel workbook that was cut", "fetch or export it again"};
    if (holds(bytes, n, "xl/workbook.bin")) return (kind){"a binary Excel workbook (.xlsb)", save};
    if (holds(bytes, n, "content.xml")) return (kind){"an OpenDocument file (.ods)", save};
    if (holds(bytes, n, "Index/Document.iwa") || holds(bytes, n, "Index.zip"))
        return (kind){"a file of Apple Numbers or Pages", "export it from there as CSV or Excel"};
    if (holds(bytes, n, "word/document.xml"))
        return (kind){"a Word document", "copy its table into a spreadsheet and save it as CSV UTF-8"};
    return (kind){"a zip archive", "unpack it first, or pipe its file: unzip -p FILE | reveil ... -"};
}

/* OLE 2 files name their streams in UTF-16; the directory's sector is told at byte 48. */
static bool has_stream(const char *bytes, size_t n, const char *name) {
    enum { NAME_MOST = 64, DIRECTORY = 4096 };
    char wide[NAME_MOST];
    size_t len = strlen(name), at;
    for (size_t i = 0; i < len; i++) wide[2 * i] = name[i], wide[2 * i + 1] = 0;
    if (n < 512) return false;
    const unsigned char *p = (const unsigned char *)bytes;
    unsigned shift = p[30] == 12 ? 12 : 9;
    at = ((size_t)p[48] | (size_t)p[49] << 8 | (size_t)p[50] << 16 | (size_t)p[51] << 24) + 1;
    if (at > n >> shift) return false;
    at <<= shift;
    for (size_t end = n - at < DIRECTORY ? n : at + DIRECTORY; at + 2 * len <= end; at += 2)
        if (memcmp(bytes + at, wide, 2 * len) == 0) return true;
    return false;
}

static kind old_office(const char *bytes, size_t n) {
    if (has_stream(bytes, n, "EncryptedPackage"))
        return (kind){"an Excel workbook with a password", "open it, take the password off and save it again"};
    if (has_stream(bytes, n, "WordDocument"))
        return (kind){"an old Word document", "copy its table into a spreadsheet and save it as CSV UTF-8"};
    return (kind){"an old Excel workbook (.xls)", "save the sheet as CSV UTF-8, or as .xlsx"};
}

static kind kind_of(const char *bytes, size_t n, bool whole) {
    static const struct {
        const char *magic;
        size_t n;
        kind kind;
    } kinds[] = {
        {"\xfd"
         "7zXZ",
         5,
         {"an xz file", "decompress it first: xz -d, or pipe it: xz -dc FILE | reveil ... -"}},
        {RV_RVL_MAGIC, 8, {"a megabase", "it is read by --megabase; reveil info FILE tells what it holds"}},
        {"ARROW1", 6, {"an Arrow file", "export it as Parquet or CSV first"}},
        {"%PDF-", 5, {"a PDF file", "ask for the table itself, as CSV"}},
        {"{\\rtf", 5, {"an RTF document", "save its table as CSV UTF-8"}},
        {"7z\xbc\xaf\x27\x1c", 6, {"a 7z archive", "unpack it first"}},
        {"Rar!\x1a\x07", 6, {"a RAR archive", "unpack it first"}},
        {"SQLite format 3", 16, {"an SQLite database", "export the table: sqlite3 -csv -header FILE 'SELECT ...'"}},
    };
    if (is_markup(bytes, n))
        return (kind){"a web page or XML", "open it in a spreadsheet and save the sheet as CSV UTF-8"};
    if (starts_with(bytes, n, "PK\x03\x04", 4) || starts_with(bytes, n, "PK\x05\x06", 4))
        return archive(bytes, n, whole);
    if (starts_with(bytes, n, "\xd0\xcf\x11\xe0", 4)) return old_office(bytes, n);
    if (starts_with(bytes, n, "BZh", 3) && n >= 10 && memcmp(bytes + 4, "1AY&SY", 6) == 0)
        return (kind){"a bzip2 file", "decompress it first: bzip2 -d, or pipe it: bzip2 -dc FILE | reveil ... -"};
    if (starts_with(bytes, n, "PAR1", 4) && memchr(bytes, 0, n < 64 ? n : 64))
        return (kind){"a Parquet file that is packed, cut, or given through a pipe",
                      "give the whole file, plain, by its name"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (starts_with(bytes, n, kinds[i].magic, kinds[i].n)) return kinds[i].kind;
    return (kind){NULL, NULL};
}

rv_status rv_foreign_refuse(const char *path, const void *bytes, size_t n, bool whole, rv_error *err) {
    kind found = kind_of(bytes, n, whole);
    if (!found.what) return RV_OK;
    rv_fail_phrase(err, RV_BAD_INPUT, "this is %s, not a text table", found.what);
    rv_error_at(err, path, 0, 0);
    rv_error_hint_text(err, found.hint);
    return RV_BAD_INPUT;
}
