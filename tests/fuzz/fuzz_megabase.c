/*
 * libFuzzer: any bytes, sealed again, opened as a megabase and asked everything. Seeds: the files of tests/data/format-v3.
 * Without libFuzzer the program replays the files named on its command line.
 */
#include "damage.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    unsigned char *bytes = malloc(n + 1);
    memcpy(bytes, data, n);
    damage_reseal(bytes, n);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, bytes, n) == (ssize_t)n) damage_query(path);
    if (fd >= 0) close(fd);
    free(bytes);
    return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) return 1;
        static unsigned char bytes[16 << 20];
        size_t n = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes, n);
    }
    return 0;
}
#endif
