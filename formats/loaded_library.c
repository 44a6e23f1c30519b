/* See loaded_library.h. */
#include "loaded_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void *open_first(const char *const *names, char *why_not, size_t room) {
    for (size_t i = 0; names[i]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
        const char *words = dlerror();
        if (i == 0) snprintf(why_not, room, "%s", words ? words : names[i]);
    }
    return NULL;
}

bool rv_library_load(const char *const *names, const rv_symbol *symbols, size_t n, void *api, char *why_not,
                     size_t room) {
    void *library = open_first(names, why_not, room);
    if (!library) return false;
    for (size_t i = 0; i < n; i++) {
        void *function = dlsym(library, symbols[i].name);
        if (!function) {
            snprintf(why_not, room, "this %s has no %s: another version is needed", names[0], symbols[i].name);
            dlclose(library);
            return false;
        }
        memcpy((char *)api + symbols[i].at, &function, sizeof function);
    }
    return true;
}
