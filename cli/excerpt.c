/*
 * The file is opened once more: an error carries a place, not a copy of what stands there, so that no library message
 * holds what people wrote. Pipes, compressed files and UTF-16 are left alone.
 */
#include "excerpt.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK = 1 << 16, SCAN_AT_MOST = 1 << 26, BEFORE = 60, WIDTH = 100 };

static bool is_settings(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0 || strcasecmp(dot, ".json") == 0);
}

static bool is_text(const unsigned char *head, ssize_t n) {
    static const char *const others[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd", "\xff\xfe", "\xfe\xff"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (n >= (ssize_t)strlen(others[i]) && memcmp(head, others[i], strlen(others[i])) == 0) return false;
    return n > 0;
}

/* Where the line begins: by going back from the fault's offset, or by counting from the top. -1: too far. */
static off_t line_start(FILE *f, const rv_error *err) {
    if (err->offset) {
        static char back[LOOK];
        size_t n = err->offset < LOOK ? (size_t)err->offset : LOOK;
        if (fseeko(f, (off_t)(err->offset - n), SEEK_SET) != 0 || fread(back, 1, n, f) != n) return -1;
        while (n > 0 && back[n - 1] != '\n') n--;
        if (n > 0 || err->offset <= LOOK)
            return (off_t)(err->offset - (err->offset < LOOK ? (size_t)err->offset : LOOK) + n);
        return -1;
    }
    uint64_t line = 1;
    off_t at = 0;
    for (int c; line < err->line; at++) {
        if (at >= SCAN_AT_MOST || (c = getc(f)) == EOF) return -1;
        line += c == '\n';
    }
    return at;
}

/* One character of the line as it may be shown; bytes that continue one are passed over by the caller. */
static void show(char *to, const unsigned char *c, size_t n, bool plain, size_t *len) {
    if (plain && (n == 1 ? *c >= 0x20 && *c < 0x7f : *c != 0xc2 || c[1] >= 0xa0)) {
        for (size_t i = 0; i < n; i++) to[(*len)++] = (char)c[i];
        return;
    }
    if (plain) {
        to[(*len)++] = *c < 0x20 ? ' ' : '?';
        return;
    }
    to[(*len)++] = (char)(isupper(*c) ? 'A' : isalpha(*c) || *c >= 0x80 ? 'a' : isdigit(*c) ? '9' : *c < 0x20 ? ' ' : *c);
}

static size_t bytes_of(const unsigned char *c, size_t left) {
    size_t n = *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : *c >= 0xc0 ? 2 : 1;
    if (n > left) return 1;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80) return 1;
    return n;
}

void print_excerpt(FILE *to, const rv_error *err, bool values) {
    struct stat st;
    if (!err->line || !err->column || stat(err->file, &st) != 0 || !S_ISREG(st.st_mode)) return;
    FILE *f = fopen(err->file, "re");
    if (!f) return;
    unsigned char line[LOOK];
    bool text = is_text(line, (ssize_t)fread(line, 1, 4, f));
    rewind(f);
    off_t at = text ? line_start(f, err) : -1;
    size_t n = at >= 0 && fseeko(f, at, SEEK_SET) == 0 ? fread(line, 1, sizeof line, f) : 0;
    fclose(f);
    uint64_t first = err->column > BEFORE ? err->column - BEFORE : 1, column = 1;
    char shown[4 * WIDTH + 1];
    size_t len = 0;
    bool plain = values || is_settings(err->file), reached = err->column == 1;
    for (size_t i = 0; i < n && line[i] != '\n' && line[i] != '\r' && column < first + WIDTH; column++) {
        size_t bytes = bytes_of(line + i, n - i);
        if (column >= first) show(shown, line + i, bytes, plain, &len);
        i += bytes;
        reached |= column + 1 >= err->column;
    }
    if (n == 0 || len == 0 || !reached) return;
    int caret = (int)(err->column - first);
    fprintf(to, "  %.*s\n  %*s^\n", (int)len, shown, caret, "");
}
