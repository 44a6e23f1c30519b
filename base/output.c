/*
 * Outputs: whole or not at all. The temporary stands beside its target (a rename must not cross file systems) under a
 * name that says whose it is, and is locked while its writer lives: so a later run can tell a dead writer's leftover
 * from a living one's file, and removes only the former.
 */
#include "file.h"

#include "direct.h"
#include "emergency.h"
#include "memory.h"
#include "text.h"
#include "waiting.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#define SUFFIX ".reveil-tmp"
enum { TAG_LETTERS = 8, SYNC_STEP = 16 << 20, SYNC_PIECE = 1 << 20, LARGE = 16 << 20 };

struct rv_output {
    int fd;
    uint64_t size;
    uint64_t started; /* bytes that have been asked to go to disk */
    bool is_stdout, replace;
    bool past_cache;                 /* once it is LARGE; cleared when that was tried */
    rv_direct *direct;               /* has the descriptor while it stands */
    size_t name_at;                  /* where the file's name begins in path */
    char *path, *temporary, *folder; /* folder: NULL for stdout and devices */
};

static void free_output(rv_output *o) {
    if (o->temporary) rv_emergency_settled(o->temporary);
    rv_free(o->path);
    rv_free(o->temporary);
    rv_free(o->folder);
    rv_free(o);
}

/* The folder part of path as a fresh string: "." when there is none. */
static char *folder_of(const char *path, size_t name_at, rv_error *err) {
    size_t n = name_at > 1 ? name_at - 1 : name_at; /* "/name" keeps its slash */
    char *folder = rv_new(n + 2, err);
    if (!folder) return NULL;
    if (name_at == 0) folder[0] = '.';
    else memcpy(folder, path, n);
    return folder;
}

/* Leftovers of this very name whose writer is gone: their lock can be had. */
static void remove_leftovers(const char *folder, const char *name) {
    DIR *dir = opendir(folder);
    if (!dir) return;
    size_t n = strlen(name), suffix = strlen(SUFFIX);
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len != 1 + n + 1 + TAG_LETTERS + suffix || e->d_name[0] != '.' || memcmp(e->d_name + 1, name, n) != 0 ||
            e->d_name[1 + n] != '.' || strcmp(e->d_name + len - suffix, SUFFIX) != 0)
            continue;
        int fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0) continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlinkat(dirfd(dir), e->d_name, 0);
        close(fd);
    }
    closedir(dir);
}

static void random_tag(char *tag) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    unsigned char bytes[TAG_LETTERS];
    static _Atomic unsigned fallback;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        unsigned n = (unsigned)getpid() * 2654435761u + atomic_fetch_add(&fallback, 1);
        for (int i = 0; i < TAG_LETTERS; i++) bytes[i] = (unsigned char)(n >> (4 * (i & 7)));
    }
    for (int i = 0; i < TAG_LETTERS; i++) tag[i] = letters[bytes[i] & 31];
    tag[TAG_LETTERS] = 0;
}

static rv_status fail_in_folder(const char *path, const char *folder, rv_error *err) {
    rv_status status = rv_fail_errno(err, RV_FAILED, path, "can't write here");
    if (err && err->sys_errno == ENOENT) rv_error_hint(err, "make the folder first: mkdir -p '%s'", folder);
    return status;
}

/* Locked, and still there: a job that starts beside us may have taken it for a leftover in the moment before the lock. A
 * file system without locks only loses the clean-up. */
static bool hold_temporary(int fd) {
    struct stat st;
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {}
    return fstat(fd, &st) != 0 || st.st_nlink > 0;
}

static rv_status open_temporary(rv_output *o, const char *folder, rv_error *err) {
    const char *name = o->path + o->name_at;
    size_t size = strlen(o->path) + TAG_LETTERS + sizeof SUFFIX + 4;
    o->temporary = rv_new(size, err);
    if (!o->temporary) return RV_NO_MEMORY;
    for (int attempt = 0; attempt < 16; attempt++) {
        char tag[TAG_LETTERS + 1];
        random_tag(tag);
        snprintf(o->temporary, size, "%.*s.%s.%s" SUFFIX, (int)o->name_at, o->path, name, tag);
        o->fd = rv_io_now()->open(o->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (o->fd < 0 && errno != EEXIST) break;
        if (o->fd >= 0 && hold_temporary(o->fd)) break;
        if (o->fd >= 0) close(o->fd);
        o->fd = -1;
    }
    if (o->fd < 0) return fail_in_folder(o->path, folder, err);
    rv_emergency_temporary(o->temporary);
    return RV_OK;
}

static rv_status open_in_place(rv_output *o, bool fifo, rv_error *err) {
    for (;;) {
        o->fd = rv_io_now()->open(o->path, O_WRONLY | O_CLOEXEC | (fifo ? O_NONBLOCK : 0), 0);
        if (o->fd >= 0 || !fifo || errno != ENXIO) break;
        RV_TRY(rv_wait_moment(err)); /* nobody reads it yet */
    }
    if (o->fd < 0) return rv_fail_errno(err, RV_FAILED, o->path, "can't write here");
    rv_blocking(o->fd);
    return RV_OK;
}

/* The descriptor that a name stands for, or -1. Such a stream is the caller's, opened by a redirection: it is written on, even
 * where a file is behind it. Replacing that file by its name would lose what `>>` was to be added to. */
static int stream_of(const char *path) {
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t fd;
    if (strcmp(path, "/dev/stdout") == 0) return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0) return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = strlen(folders[i]);
        if (strncmp(path, folders[i], n) == 0 && rv_text_to_unsigned(rv_text_of(path + n), &fd) && fd <= INT_MAX)
            return (int)fd;
    }
    return -1;
}

bool rv_output_replaces(const char *path) {
    struct stat st;
    return stream_of(path) < 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

rv_status rv_output_check_no_pipe(const char *path, rv_error *err) {
    struct stat st;
    if (stream_of(path) < 0 && (stat(path, &st) != 0 || !S_ISFIFO(st.st_mode))) return RV_OK;
    rv_fail(err, RV_BAD_ARGUMENT, "a megabase can't go through a pipe: its head is known last");
    rv_error_hint(err, "name a file: --out mega.rvl");
    return rv_error_at(err, path, 0, 0), RV_BAD_ARGUMENT;
}

/* Where in a path the file's name begins. */
static size_t name_begins(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

rv_status rv_output_check_folder(const char *path, rv_error *err) {
    char *file, *folder;
    RV_TRY(rv_file_follow(path, &file, err));
    struct stat st;
    bool device = stat(file, &st) == 0 && !S_ISREG(st.st_mode); /* written where it stands */
    folder = folder_of(file, name_begins(file), err);
    rv_status status = !folder ? RV_NO_MEMORY : RV_OK;
    if (folder && !device && access(folder, W_OK | X_OK) != 0) status = fail_in_folder(file, folder, err);
    rv_free(folder);
    rv_free(file);
    return status;
}

rv_status rv_output_open(const char *path, bool replace, rv_output **out, rv_error *err) {
    rv_output *o = rv_new(sizeof *o, err);
    if (!o) return RV_NO_MEMORY;
    o->fd = -1;
    o->replace = replace;
    rv_status status = rv_file_follow(path, &o->path, err);
    if (status != RV_OK) goto done;
    if (strcmp(path, "-") == 0) {
        o->is_stdout = true;
        o->fd = STDOUT_FILENO;
        goto done;
    }
    int stream = stream_of(path);
    if (stream >= 0) {
        o->is_stdout = true;
        o->fd = fcntl(stream, F_DUPFD_CLOEXEC, 3);
        if (o->fd < 0) status = rv_fail_errno(err, RV_FAILED, path, "can't write here");
        goto done;
    }
    path = o->path;
    o->name_at = name_begins(path);
    struct stat st;
    bool exists = stat(path, &st) == 0;
    if (path[o->name_at] == 0 || (exists && S_ISDIR(st.st_mode))) {
        status = rv_fail(err, RV_BAD_ARGUMENT, "the output is a folder, not a file");
        rv_error_at(err, path, 0, 0);
        goto done;
    }
    if (exists && !S_ISREG(st.st_mode)) { /* /dev/null, /dev/full, a pipe: written directly */
        o->is_stdout = true;
        status = open_in_place(o, S_ISFIFO(st.st_mode), err);
        goto done;
    }
    if (exists && !replace) {
        status = rv_fail(err, RV_BAD_ARGUMENT, "the output exists already and is kept");
        rv_error_at(err, path, 0, 0);
        rv_error_hint(err, "to replace it, add --force");
        goto done;
    }
    o->folder = folder_of(path, o->name_at, err); /* now: after the rename nothing may fail for want of memory */
    if (!o->folder) {
        status = RV_NO_MEMORY;
        goto done;
    }
    remove_leftovers(o->folder, path + o->name_at);
    status = open_temporary(o, o->folder, err);
done:
    if (status == RV_OK) *out = o;
    else free_output(o);
    return status;
}

void rv_output_wont_be_read(rv_output *o) { o->past_cache = !o->is_stdout && o->size == 0; }

/* What goes through the page cache is sent on to the disk while we work, so that the sync at the end has little left: 330
 * MB, synced, took 1.47 s instead of 1.83 s (2026-11-22). Advice only: what goes wrong is told by that sync. */
static void start_sync(rv_output *o) {
    if (o->is_stdout || o->size - o->started < SYNC_STEP) return;
    rv_io_now()->start_sync(o->fd, (off_t)o->started, (off_t)(o->size - o->started));
    o->started = o->size;
}

static rv_status write_cached(rv_output *o, const char *p, size_t n, rv_error *err) {
    while (n) {
        size_t most = o->is_stdout ? RV_PIPE_ROOM : (size_t)1 << 30;
        if (o->is_stdout) RV_TRY(rv_wait_writable(o->fd, err));
        ssize_t w = rv_io_now()->write(o->fd, p, n < most ? n : most);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return rv_fail_errno(err, RV_FAILED, o->path, "writing failed");
        p += w;
        n -= (size_t)w;
        o->size += (uint64_t)w;
    }
    start_sync(o);
    return RV_OK;
}

rv_status rv_output_write(rv_output *o, const void *data, size_t n, rv_error *err) {
    const char *p = data;
    if (o->past_cache && o->size + n > LARGE) { /* the first LARGE bytes end at a place that suits direct writing */
        size_t first = (size_t)(LARGE - o->size);
        RV_TRY(write_cached(o, p, first, err));
        p += first;
        n -= first;
        o->past_cache = false;
        o->direct = rv_direct_start(o->fd, o->size);
    }
    if (!o->direct) return write_cached(o, p, n, err);
    RV_TRY(rv_direct_write(o->direct, p, n, o->path, err));
    o->size += n;
    return RV_OK;
}

rv_status rv_output_write_at(rv_output *o, const void *data, size_t n, uint64_t at, rv_error *err) {
    const char *p = data;
    uint64_t first = at;
    while (n) {
        ssize_t w = rv_io_now()->pwrite(o->fd, p, n < ((size_t)1 << 30) ? n : (size_t)1 << 30, (off_t)at);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return rv_fail_errno(err, RV_FAILED, o->path, "writing failed");
        p += w;
        n -= (size_t)w;
        at += (uint64_t)w;
    }
    if (at - first >= SYNC_PIECE) rv_io_now()->start_sync(o->fd, (off_t)first, (off_t)(at - first));
    return RV_OK;
}

uint64_t rv_output_size(const rv_output *o) { return o->size; }
const char *rv_output_folder(const rv_output *o) { return o->folder; }
const char *rv_output_temporary(const rv_output *o) { return o->temporary ? o->temporary : o->path; }

static rv_status sync_folder(const rv_output *o, rv_error *err) {
    rv_status status = RV_OK;
    int fd = rv_io_now()->open(o->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0 || (rv_io_now()->fsync(fd) != 0 && errno != EINVAL))
        status = rv_fail_errno(err, RV_FAILED, o->path, "the folder can't be synced");
    if (fd >= 0) rv_io_now()->close(fd);
    return status;
}

/* A failed fsync is never retried: the kernel may have dropped the pages, and a second call would say yes. */
static rv_status sync_output(rv_output *o, rv_error *err) {
    rv_direct *direct = o->direct;
    o->direct = NULL;
    if (direct) RV_TRY(rv_direct_finish(direct, o->path, err));
    if (rv_io_now()->fsync(o->fd) == 0) return RV_OK;
    return rv_fail_errno(err, RV_FAILED, o->path, "the file can't be synced to disk");
}

static rv_status check_still_free(const rv_output *o, rv_error *err) {
    if (o->replace || !rv_file_exists(o->path)) return RV_OK; /* else it appeared while we worked */
    rv_fail(err, RV_BAD_ARGUMENT, "the output exists already and is kept");
    rv_error_at(err, o->path, 0, 0);
    rv_error_hint(err, "to replace it, add --force");
    return RV_BAD_ARGUMENT;
}

/* Puts a synced output in its place. Frees it, whatever comes of it. */
static rv_status publish(rv_output *o, rv_error *err) {
    rv_status status = check_still_free(o, err);
    if (status == RV_OK) rv_emergency_publishes();
    if (status == RV_OK && rv_io_now()->rename(o->temporary, o->path) != 0)
        status = rv_fail_errno(err, RV_FAILED, o->path, "the finished file can't be put in its place");
    if (status != RV_OK) {
        rv_output_abort(o);
        return status;
    }
    status = sync_folder(o, err);
    rv_io_now()->close(o->fd);
    free_output(o);
    return status;
}

rv_status rv_output_commit(rv_output *o, rv_error *err) {
    rv_status status = RV_OK;
    if (o->is_stdout) { /* a pipe or a device knows no sync; a close that fails is a failed write */
        if (o->fd != STDOUT_FILENO && rv_io_now()->close(o->fd) != 0)
            status = rv_fail_errno(err, RV_FAILED, o->path, "writing failed");
        free_output(o);
        return status;
    }
    status = sync_output(o, err);
    if (status == RV_OK) return publish(o, err);
    rv_output_abort(o);
    return status;
}

rv_status rv_output_finish(rv_output *o, rv_held_outputs *held, rv_error *err) {
    if (!held || o->is_stdout) return rv_output_commit(o, err);
    rv_output **outputs = rv_array_grow(held->outputs, held->n + 1, sizeof(rv_output *), err);
    if (outputs) held->outputs = outputs;
    rv_status status = outputs ? sync_output(o, err) : RV_NO_MEMORY;
    if (status == RV_OK) held->outputs[held->n++] = o;
    else rv_output_abort(o);
    return status;
}

rv_status rv_held_join(rv_held_outputs *to, rv_held_outputs *from, rv_error *err) {
    if (from->n == 0) return RV_OK;
    if (!rv_array_resize(&to->outputs, to->n + from->n, sizeof(rv_output *), err)) return RV_NO_MEMORY;
    memcpy(to->outputs + to->n, from->outputs, from->n * sizeof(rv_output *));
    to->n += from->n;
    rv_free(from->outputs);
    *from = (rv_held_outputs){0};
    return RV_OK;
}

rv_status rv_held_publish(rv_held_outputs *held, rv_error *err) {
    rv_status status = RV_OK;
    for (size_t i = 0; i < held->n && status == RV_OK; i++) status = check_still_free(held->outputs[i], err);
    size_t done = 0;
    while (done < held->n && status == RV_OK) status = publish(held->outputs[done++], err);
    for (size_t i = done; i < held->n; i++) rv_output_abort(held->outputs[i]);
    rv_free(held->outputs);
    *held = (rv_held_outputs){0};
    return status;
}

void rv_held_abort(rv_held_outputs *held) {
    for (size_t i = 0; i < held->n; i++) rv_output_abort(held->outputs[i]);
    rv_free(held->outputs);
    *held = (rv_held_outputs){0};
}

void rv_output_abort(rv_output *o) {
    if (!o) return;
    rv_direct_abort(o->direct);
    if (!o->is_stdout) {
        rv_io_now()->unlink(o->temporary);
        rv_io_now()->close(o->fd);
    } else if (o->fd != STDOUT_FILENO) {
        rv_io_now()->close(o->fd);
    }
    free_output(o);
}
