/*
 * Files: read through maps, written under a temporary name and renamed when whole. All calls to the system go through
 * one small table, so that tests can break each of them.
 */
#ifndef RV_FILE_H
#define RV_FILE_H

#include "error.h"
#include <sys/stat.h>
#include <sys/types.h>

typedef struct rv_io {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *buf, size_t n);
    ssize_t (*pread)(int fd, void *buf, size_t n, off_t at);
    ssize_t (*write)(int fd, const void *buf, size_t n);
    ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t at);
    int (*fsync)(int fd);
    int (*start_sync)(int fd, off_t at, off_t n); /* asks for the bytes to be on their way to disk; doesn't wait */
    int (*set_direct)(int fd, bool on);           /* writes go past the page cache from now on, or through it again */
    int (*ftruncate)(int fd, off_t size);
    int (*fstat)(int fd, struct stat *st);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    void *(*mmap)(void *at, size_t n, int prot, int flags, int fd, off_t off);
} rv_io;
extern const rv_io rv_io_system;         /* the real calls */
const rv_io *rv_io_now(void);            /* the table in use */
const rv_io *rv_io_use(const rv_io *io); /* NULL: the real ones. Returns the table used before. For tests only. */

/* --- Reading ----------------------------------------------------------------------------------------------------- */

typedef struct rv_mapping {
    const unsigned char *data; /* NULL when size is 0 */
    size_t size;
    int fd;           /* stays open: size checks, pread */
    int64_t modified; /* when mapped, in nanoseconds since 1970 */
} rv_mapping;
/* A regular file, read-only. RV_BAD_INPUT when missing, unreadable or no file. "-" is stdin where rv_stdin_is_file. */
rv_status rv_file_map(const char *path, rv_mapping *out, rv_error *err);
void rv_file_unmap(rv_mapping *mapping);
/* RV_BAD_INPUT when the file has another size or date than when it was mapped: somebody wrote to it meanwhile, and what
 * was read is neither the old file nor the new one. A file put in its place by a rename isn't noticed, nor needs to be. */
rv_status rv_file_check_unchanged(const rv_mapping *mapping, const char *path, rv_error *err);

/* Whole small file (at most limit bytes) into zero-terminated memory, the caller's. "-" is stdin. */
rv_status rv_file_read(const char *path, size_t limit, char **out, size_t *len, rv_error *err);
/* read() until n bytes or the end; retries EINTR and short reads. Returns the count in *got. */
rv_status rv_file_read_some(int fd, const char *path, void *buf, size_t n, size_t *got, rv_error *err);
/* Exactly n bytes from or to a place in an open file (a scratch file); retries EINTR and short counts. */
rv_status rv_file_read_at(int fd, void *buf, size_t n, uint64_t at, rv_error *err);
rv_status rv_file_write_at(int fd, const void *buf, size_t n, uint64_t at, rv_error *err);
/* Standard input that stands at the beginning of a regular file: it can be mapped, and read as often as one likes. */
bool rv_stdin_is_file(void);
bool rv_file_reads_once(const char *path); /* a pipe, "-" that is one, or the like */
bool rv_file_same(const char *a, const char *b); /* both exist and are one file (device and inode) */
bool rv_file_exists(const char *path);
/* The file that an output of this name is: `path`, or what a symbolic link leads to, which needn't be there yet. A fresh
 * string. RV_FAILED: a loop, or a link that the system won't follow. */
rv_status rv_file_follow(const char *path, char **out, rv_error *err);
rv_status rv_directory_make(const char *path, rv_error *err); /* 0700; existing is fine; parents too */

/* --- Writing ----------------------------------------------------------------------------------------------------- */

/*
 * An output appears whole or not at all: written beside its place as `.NAME.XXXXXX.reveil-tmp`, mode 0600, synced,
 * renamed, the folder synced. "-" is stdout: no temporary, and a failed write fails the job. An existing file is
 * refused (RV_BAD_ARGUMENT, hint --force) unless `replace`. A symbolic link is followed: what it leads to is written or
 * replaced, the link stays. Opening removes temporaries of the same NAME that no living process holds (each is locked by
 * its writer).
 */
typedef struct rv_output rv_output;
rv_status rv_output_open(const char *path, bool replace, rv_output **out, rv_error *err);
/* Whether a file is there that an output of this name would replace: not for pipes, devices, and names of open descriptors
 * (/dev/stdout, /dev/fd/3), which are written on as they stand, whatever is behind them. */
bool rv_output_replaces(const char *path);
/* RV_BAD_ARGUMENT where a named pipe or an open descriptor stands: for what isn't written from its beginning to its end. */
rv_status rv_output_check_no_pipe(const char *path, rv_error *err);
/* Whether an output may be made there, before hours of work: its folder is there and may be written to. "-" isn't asked. */
rv_status rv_output_check_folder(const char *path, rv_error *err);
/* Says that nothing here will read the output again: once it is large (16 MB) it is written past the page cache, in the
 * background, where that can be done. Before the first write; only appended to afterwards (no rv_output_write_at). */
void rv_output_wont_be_read(rv_output *output);
rv_status rv_output_write(rv_output *output, const void *data, size_t n, rv_error *err);
rv_status rv_output_write_at(rv_output *output, const void *data, size_t n, uint64_t at,
                             rv_error *err);      /* not "-"; any thread */
/* The name it has until it is published, for a library that writes files by name (into this one, without replacing it). */
const char *rv_output_temporary(const rv_output *output);
/* The folder it will stand in, for scratch files; NULL where it is no regular file. */
const char *rv_output_folder(const rv_output *output);
uint64_t rv_output_size(const rv_output *output); /* bytes written by rv_output_write */
/* Sync and rename. The output is freed in any case; on failure the old file is as it was. */
rv_status rv_output_commit(rv_output *output, rv_error *err);
void rv_output_abort(rv_output *output); /* NULL is fine */

/* A job of several steps finishes its outputs one by one, but none may appear before the last step has succeeded: the
 * finished ones wait here, synced, under their temporary names. Zeroed is empty; one thread at a time. */
typedef struct rv_held_outputs {
    rv_output **outputs;
    size_t n;
} rv_held_outputs;
/* Sync and keep for rv_held_publish; with held NULL, or an output that isn't a regular file: rv_output_commit. The
 * output is taken over in any case; on failure it is gone. */
rv_status rv_output_finish(rv_output *output, rv_held_outputs *held, rv_error *err);
/* Moves all of `from` behind those of `to`; on failure both are as they were. */
rv_status rv_held_join(rv_held_outputs *to, rv_held_outputs *from, rv_error *err);
/* Renames all, in the order they were finished; empties. When one fails those after it are dropped. */
rv_status rv_held_publish(rv_held_outputs *held, rv_error *err);
void rv_held_abort(rv_held_outputs *held); /* drops all; empty is fine */
/* An unlinked temporary file of mode 0600 in dir (NULL: /tmp); returns a descriptor or -1. */
int rv_file_scratch(const char *dir, rv_error *err);
/* Refuse (RV_BAD_ARGUMENT) when an output would overwrite an input. NULLs and "-" are skipped. */
rv_status rv_file_check_distinct(const char *input, const char *output, rv_error *err);

#endif
