/*
 * Libraries that are no dependency: looked for when something first needs them, by the system's rules (LD_LIBRARY_PATH,
 * ldconfig), and everything else works without them. Their functions come as a struct of pointers.
 */
#ifndef RV_LOADED_LIBRARY_H
#define RV_LOADED_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rv_symbol { /* a function's name, and where its pointer stands in the struct */
    const char *name;
    size_t at;
} rv_symbol;

/* The first of `names` (NULL behind the last) that can be loaded; it stays for the life of the process. Fills `api` with
 * all n symbols, or says in `why_not` why that can't be. Not to be called by two threads at a time. */
bool rv_library_load(const char *const *names, const rv_symbol *symbols, size_t n, void *api, char *why_not,
                     size_t room);

#endif
