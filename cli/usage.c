/* Apart from console.c, which needs the options: the options need only this. */
#include "usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rv_language chosen = RV_ENGLISH;

rv_language language(void) { return chosen; }
const char *say(const char *english) { return rv_translate(english, chosen, NULL); }

static const char *language_flag(int argc, char **argv) {
    const char *found = NULL;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0) found = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc) found = argv[i + 1];
    }
    return found;
}

/* The first variable that says something decides, as for every program: LC_ALL=C is English whatever LANG says. */
void choose_language(int argc, char **argv) {
    static const char *const variables[] = {"REVEIL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
    const char *name = language_flag(argc, argv);
    for (size_t i = 0; (!name || !*name) && i < sizeof variables / sizeof *variables; i++) name = getenv(variables[i]);
    chosen = name && strncmp(name, "fr", 2) == 0 && (!name[2] || strchr("_-.@", name[2])) ? RV_FRENCH : RV_ENGLISH;
}

void print_error_head(void) { fprintf(stderr, language() == RV_FRENCH ? "%s : " : "%s: ", say("error")); }

/* Bytes of the character at p, 0 when it isn't one that may be shown. */
static size_t shown_bytes(const unsigned char *p) {
    if (*p < 0x80) return (*p >= 0x20 && *p != 0x7f) || *p == '\n' || *p == '\t';
    size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (*p < 0xc2 || *p > 0xf4 || (*p == 0xc2 && p[1] < 0xa0)) return 0; /* no beginning; C1 controls */
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return n;
}

void show_text(FILE *to, const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = shown_bytes(p);
        if (n) fwrite(p, 1, n, to);
        else fputc('?', to);
        p += n ? n : 1;
    }
}

void print_code(unsigned code) {
    if (code) fprintf(stderr, " [E%04u]", code);
    fputc('\n', stderr);
}

int usage_error(const command *c, const char *hint, const char *format, ...) {
    unsigned code = 0;
    const char *told = rv_translate(format, chosen, &code);
    char text[16384];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, told, args);
    va_end(args);
    fprintf(stderr, c ? "reveil %s: " : "reveil%s: ", c ? c->name : "");
    print_error_head();
    show_text(stderr, text);
    print_code(code);
    if (hint) fprintf(stderr, "  %s\n", say(hint));
    if (c) fprintf(stderr, say("  reveil help %s shows what it takes\n"), c->name);
    else fputs(say("  reveil help lists the commands\n"), stderr);
    return 2;
}
