/*
 * Standard input, kept so that it can be read as often as a job likes: which values a client file gives to all and sundry
 * is found before anybody is matched, and linkage goes through the clients twice. What comes through a pipe is copied to an
 * unlinked file of mode 0600, which then is the process's standard input; a file that was redirected stays as it is.
 */
#include "file.h"

#include "memory.h"
#include <unistd.h>

enum { PIECE = 1 << 20 };

static rv_status copy(int to, const char *dir, rv_error *err) {
    char *piece = rv_new(PIECE, err);
    if (!piece) return RV_NO_MEMORY;
    rv_status status = RV_OK;
    size_t got = PIECE;
    for (uint64_t at = 0; status == RV_OK && got == PIECE; at += got) {
        status = rv_file_read_some(STDIN_FILENO, "-", piece, PIECE, &got, err);
        if (status != RV_OK) break;
        status = rv_file_write_at(to, piece, got, at, err);
        if (status != RV_OK) rv_error_hint(err, "standard input is kept in %s: name a folder with more room, --tmpdir DIR", dir);
    }
    rv_free(piece);
    return status;
}

rv_status rv_keep_stdin(const char *tmpdir, rv_error *err) {
    if (rv_stdin_is_file()) return RV_OK;
    int fd = rv_file_scratch(tmpdir, err);
    if (fd < 0) return RV_FAILED;
    rv_status status = copy(fd, tmpdir ? tmpdir : "/tmp", err);
    if (status == RV_OK && dup2(fd, STDIN_FILENO) < 0)
        status = rv_fail_errno(err, RV_FAILED, "-", "can't keep standard input");
    rv_io_now()->close(fd);
    return status;
}
