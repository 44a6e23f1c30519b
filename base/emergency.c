/*
 * What a process must undo when it dies in a signal handler: fixed tables, written with atomics, read without locks or
 * allocation. A file mapped while the tables are full only loses its name in the message.
 */
#include "emergency.h"

#include <reveil.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES = 64, PATH_BYTES = 256 };

typedef struct mapped_file {
    _Atomic uintptr_t start; /* 0: free; 1: being written */
    size_t size;
    char path[PATH_BYTES];
} mapped_file;
static mapped_file maps[ENTRIES];
static const char *_Atomic temporaries[ENTRIES];

void rv_emergency_mapped(const void *start, size_t size, const char *path) {
    for (int i = 0; i < ENTRIES; i++) {
        uintptr_t expected = 0;
        if (!atomic_compare_exchange_strong(&maps[i].start, &expected, 1)) continue;
        size_t n = strlen(path);
        if (n >= PATH_BYTES) n = PATH_BYTES - 1;
        memcpy(maps[i].path, path, n);
        maps[i].path[n] = 0;
        maps[i].size = size;
        atomic_store(&maps[i].start, (uintptr_t)start);
        return;
    }
}

void rv_emergency_unmapped(const void *start) {
    for (int i = 0; i < ENTRIES; i++) {
        uintptr_t expected = (uintptr_t)start;
        if (atomic_compare_exchange_strong(&maps[i].start, &expected, 0)) return;
    }
}

void rv_emergency_temporary(const char *path) {
    for (int i = 0; i < ENTRIES; i++) {
        const char *expected = NULL;
        if (atomic_compare_exchange_strong(&temporaries[i], &expected, path)) return;
    }
}

void rv_emergency_settled(const char *path) {
    for (int i = 0; i < ENTRIES; i++) {
        const char *expected = path;
        if (atomic_compare_exchange_strong(&temporaries[i], &expected, NULL)) return;
    }
}

/* Whether the first output was put in its place, or the process ends before: one of both, for good. */
enum { NEITHER, PUBLISHES, ENDS };
static atomic_int fate = NEITHER;

void rv_emergency_publishes(void) {
    int expected = NEITHER;
    if (atomic_compare_exchange_strong(&fate, &expected, PUBLISHES) || expected == PUBLISHES) return;
    for (;;) pause(); /* another thread is about to end the process */
}

bool rv_end_now(void) {
    int expected = NEITHER;
    return atomic_compare_exchange_strong(&fate, &expected, ENDS) || expected == ENDS;
}

void rv_emergency(const void *address, char *path, size_t cap) {
    for (int i = 0; i < ENTRIES; i++) {
        const char *temporary = atomic_load(&temporaries[i]);
        if (temporary) unlink(temporary);
    }
    for (int i = 0; i < ENTRIES && cap; i++) {
        uintptr_t start = atomic_load(&maps[i].start), at = (uintptr_t)address;
        if (start < 2 || at < start || at - start >= ((maps[i].size + 4095) & ~(size_t)4095)) continue;
        size_t n = 0;
        for (; n + 1 < cap && maps[i].path[n]; n++) path[n] = maps[i].path[n];
        path[n] = 0;
        return;
    }
}
