/* Outputs are whole or not there: under every fault of the system that the table of calls can play. */
#include "file.h"
#include "memory.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static rv_status write_file(const char *path, const char *text, bool replace, rv_error *err) {
    rv_output *out = NULL;
    rv_status status = rv_output_open(path, replace, &out, err);
    if (status != RV_OK) return status;
    status = rv_output_write(out, text, strlen(text), err);
    if (status == RV_OK) return rv_output_commit(out, err);
    rv_output_abort(out);
    return status;
}

static void assert_holds(const char *path, const char *text) {
    char *data = scratch_read(path, NULL);
    cr_assert(data, "%s is missing", path);
    cr_assert_str_eq(data, text);
    free(data);
}

Test(output, appears_whole_with_mode_0600) {
    const char *path = scratch_path("a.csv");
    rv_output *out = NULL;
    cr_assert_eq(rv_output_open(path, false, &out, NULL), RV_OK);
    cr_assert_eq(rv_output_write(out, "hel", 3, NULL), RV_OK);
    cr_assert_not(rv_file_exists(path));
    cr_assert_eq(rv_output_write_at(out, "lo", 2, 3, NULL), RV_OK);
    cr_assert_eq(rv_output_size(out), 3);
    cr_assert_eq(rv_output_commit(out, NULL), RV_OK);
    assert_holds(path, "hello");
    struct stat st;
    stat(path, &st);
    cr_assert_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(scratch_count(), 1);
}

Test(output, an_existing_file_is_kept_unless_replaced) {
    const char *path = scratch_text("a.csv", "old");
    rv_error err = {0};
    cr_assert_eq(write_file(path, "new", false, &err), RV_BAD_ARGUMENT);
    cr_assert(strstr(err.hint, "--force"));
    assert_holds(path, "old");
    cr_assert_eq(write_file(path, "new", true, NULL), RV_OK);
    assert_holds(path, "new");
}

static rv_status hold_file(const char *path, const char *text, rv_held_outputs *held, rv_error *err) {
    rv_output *out = NULL;
    rv_status status = rv_output_open(path, false, &out, err);
    if (status == RV_OK) status = rv_output_write(out, text, strlen(text), err);
    if (status == RV_OK) return rv_output_finish(out, held, err);
    rv_output_abort(out);
    return status;
}

Test(output, held_ones_appear_together_or_not_at_all) {
    rv_held_outputs held = {0};
    const char *a = scratch_path("a.csv"), *b = scratch_path("b.csv");
    cr_assert_eq(hold_file(a, "one", &held, NULL), RV_OK);
    cr_assert_eq(hold_file(b, "two", &held, NULL), RV_OK);
    cr_assert_not(rv_file_exists(a));
    rv_held_abort(&held);
    cr_assert_eq(scratch_count(), 0);
    cr_assert_eq(hold_file(a, "one", &held, NULL), RV_OK);
    cr_assert_eq(hold_file(b, "two", &held, NULL), RV_OK);
    scratch_text("b.csv", "meanwhile"); /* the second can't take its place: the first doesn't either */
    rv_error err = {0};
    cr_assert_eq(rv_held_publish(&held, &err), RV_BAD_ARGUMENT);
    cr_assert_not(rv_file_exists(a));
    cr_assert_eq(scratch_count(), 1);
    cr_assert_eq(unlink(b), 0);
    cr_assert_eq(hold_file(a, "one", &held, NULL), RV_OK);
    cr_assert_eq(hold_file(b, "two", &held, NULL), RV_OK);
    cr_assert_eq(rv_held_publish(&held, NULL), RV_OK);
    assert_holds(a, "one");
    assert_holds(b, "two");
    cr_assert_eq(scratch_count(), 2);
}

#ifdef RV_TESTING
Test(output, holding_without_memory_leaves_nothing) {
    for (uint64_t n = 1;; n++) {
        rv_held_outputs held = {0};
        rv_memory_fail_at(n, false);
        rv_status status = hold_file(scratch_path("a.csv"), "one", &held, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            rv_held_abort(&held);
            break;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
        cr_assert_eq(held.n, 0);
        rv_held_abort(&held);
        cr_assert_eq(scratch_count(), 0);
    }
}
#endif

Test(output, one_that_appears_meanwhile_is_kept_too) {
    const char *path = scratch_path("a.csv");
    rv_output *out = NULL;
    cr_assert_eq(rv_output_open(path, false, &out, NULL), RV_OK);
    scratch_text("a.csv", "theirs");
    cr_assert_eq(rv_output_commit(out, NULL), RV_BAD_ARGUMENT);
    assert_holds(path, "theirs");
    cr_assert_eq(scratch_count(), 1);
}

Test(output, abort_leaves_nothing) {
    rv_output *out = NULL;
    cr_assert_eq(rv_output_open(scratch_path("a.csv"), false, &out, NULL), RV_OK);
    rv_output_abort(out);
    rv_output_abort(NULL);
    cr_assert_eq(scratch_count(), 0);
}

Test(output, folders_and_missing_folders_are_refused_in_words) {
    rv_output *out = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_output_open(scratch_folder(), true, &out, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_output_open(scratch_path("no/such/a.csv"), false, &out, &err), RV_FAILED);
    cr_assert(strstr(err.hint, "mkdir"));
}

/* A writer that was killed leaves its temporary; the next writer of that name takes it away, and only that one. */
Test(output, the_next_run_removes_a_dead_writers_temporary) {
    const char *path = scratch_path("a.csv");
    pid_t child = fork();
    if (child == 0) {
        rv_output *out = NULL;
        if (rv_output_open(path, false, &out, NULL) != RV_OK || rv_output_write(out, "x", 1, NULL) != RV_OK) _exit(1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    cr_assert_eq(scratch_count(), 1);
    rv_output *living = NULL; /* another name: must stay */
    cr_assert_eq(rv_output_open(scratch_path("ab.csv"), false, &living, NULL), RV_OK);
    cr_assert_eq(scratch_count(), 2);
    cr_assert_eq(write_file(path, "new", false, NULL), RV_OK);
    cr_assert_eq(scratch_count(), 2);
    rv_output_abort(living);
    assert_holds(path, "new");
    cr_assert_eq(scratch_count(), 1);
}

Test(output, two_living_writers_dont_disturb_each_other) {
    const char *path = scratch_path("a.csv");
    rv_output *a = NULL, *b = NULL;
    cr_assert_eq(rv_output_open(path, true, &a, NULL), RV_OK);
    cr_assert_eq(rv_output_open(path, true, &b, NULL), RV_OK);
    cr_assert_eq(scratch_count(), 2);
    cr_assert_eq(rv_output_write(a, "a", 1, NULL), RV_OK);
    cr_assert_eq(rv_output_commit(a, NULL), RV_OK);
    cr_assert_eq(rv_output_write(b, "b", 1, NULL), RV_OK);
    cr_assert_eq(rv_output_commit(b, NULL), RV_OK);
    assert_holds(path, "b");
    cr_assert_eq(scratch_count(), 1);
}

/* --- Faults ------------------------------------------------------------------------------------------------------ */

static rv_io broken;
static int fail_errno, calls_until;
static bool due(void) { return calls_until > 0 && --calls_until == 0 ? (errno = fail_errno, true) : false; }
static int bad_open(const char *p, int f, mode_t m) { return due() ? -1 : rv_io_system.open(p, f, m); }
static ssize_t bad_write(int fd, const void *b, size_t n) {
    if (due()) return -1;
    return rv_io_system.write(fd, b, n > 1 ? n / 2 : n); /* short writes always */
}
static ssize_t bad_pwrite(int fd, const void *b, size_t n, off_t at) {
    return due() ? -1 : rv_io_system.pwrite(fd, b, n, at);
}
static int bad_fsync(int fd) { return due() ? -1 : rv_io_system.fsync(fd); }
static int bad_rename(const char *a, const char *b) { return due() ? -1 : rv_io_system.rename(a, b); }
static ssize_t bad_read(int fd, void *b, size_t n) { return due() ? -1 : rv_io_system.read(fd, b, n > 7 ? 7 : n); }
static int bad_fstat(int fd, struct stat *st) { return due() ? -1 : rv_io_system.fstat(fd, st); }
static void *bad_mmap(void *a, size_t n, int p, int f, int fd, off_t o) {
    return due() ? MAP_FAILED : rv_io_system.mmap(a, n, p, f, fd, o);
}

static void break_calls(int code, int countdown) {
    broken = (rv_io){.open = bad_open,
                     .close = close,
                     .read = bad_read,
                     .pread = pread,
                     .write = bad_write,
                     .pwrite = bad_pwrite,
                     .fsync = bad_fsync,
                     .ftruncate = ftruncate,
                     .fstat = bad_fstat,
                     .rename = bad_rename,
                     .unlink = unlink,
                     .mmap = bad_mmap};
    fail_errno = code;
    calls_until = countdown;
    rv_io_use(&broken);
}

Test(output, every_failing_call_keeps_the_old_file_and_leaves_nothing) {
    static const int codes[] = {EIO, ENOSPC, EDQUOT, EACCES};
    const char *path = scratch_text("a.csv", "old");
    for (size_t i = 0; i < 4; i++) {
        int k = 1;
        for (;; k++) {
            rv_error err = {0};
            break_calls(codes[i], k);
            rv_status status = write_file(path, "the new text", true, &err);
            bool reached = calls_until == 0;
            rv_io_use(NULL);
            if (!reached) {
                cr_assert_eq(status, RV_OK);
                scratch_text("a.csv", "old");
                break;
            }
            cr_assert_neq(status, RV_OK, "call %d failed and nobody noticed", k);
            bool full = codes[i] == ENOSPC || codes[i] == EDQUOT;
            cr_assert_eq(status == RV_NO_SPACE, full);
            char *data = scratch_read(path, NULL);
            bool old = strcmp(data, "old") == 0, whole = strcmp(data, "the new text") == 0;
            free(data);
            cr_assert(old || whole, "call %d: half a file", k);
            if (whole) scratch_text("a.csv", "old"); /* only syncing the folder was left */
            cr_assert_eq(scratch_count(), 1, "call %d left a temporary", k);
        }
        cr_assert_gt(k, 6);
    }
}

Test(output, interrupted_writes_go_on) {
    break_calls(EINTR, 2);
    rv_status status = write_file(scratch_path("a.csv"), "text", false, NULL);
    rv_io_use(NULL);
    cr_assert_eq(status, RV_OK);
    assert_holds(scratch_path("a.csv"), "text");
}

Test(output, a_full_device_is_a_failed_job) {
    if (access("/dev/full", W_OK) != 0) cr_skip_test("no /dev/full");
    rv_error err = {0};
    cr_assert_eq(write_file("/dev/full", "x", false, &err), RV_NO_SPACE);
}

/* --- Reading ----------------------------------------------------------------------------------------------------- */

Test(file, maps_and_small_reads_see_the_same_bytes) {
    const char *path = scratch_text("in.txt", "0123456789abcdef");
    rv_mapping m;
    cr_assert_eq(rv_file_map(path, &m, NULL), RV_OK);
    cr_assert_eq(m.size, 16);
    break_calls(0, 0); /* short reads only */
    char *data;
    size_t n;
    cr_assert_eq(rv_file_read(path, 100, &data, &n, NULL), RV_OK);
    rv_io_use(NULL);
    cr_assert_eq(n, 16);
    cr_assert_eq(memcmp(data, m.data, 16), 0);
    rv_free(data);
    rv_file_unmap(&m);
}

Test(file, limits_hold_on_both_sides) {
    const char *path = scratch_text("in.txt", "0123456789");
    char *data;
    size_t n;
    rv_error err = {0};
    cr_assert_eq(rv_file_read(path, 10, &data, &n, &err), RV_OK);
    rv_free(data);
    cr_assert_eq(rv_file_read(path, 9, &data, &n, &err), RV_BAD_INPUT);
}

Test(file, what_cant_be_read_says_why) {
    rv_mapping m;
    rv_error err = {0};
    cr_assert_eq(rv_file_map(scratch_path("none"), &m, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "No such file") && strstr(err.hint, "ls -l"));
    cr_assert_eq(rv_file_map(scratch_folder(), &m, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "folder"));
    cr_assert_eq(rv_file_map("/dev/null", &m, &err), RV_BAD_INPUT);
    const char *empty = scratch_text("empty", "");
    cr_assert_eq(rv_file_map(empty, &m, &err), RV_OK);
    cr_assert_null(m.data);
    rv_file_unmap(&m);
}

Test(file, failing_calls_while_opening_are_errors) {
    const char *path = scratch_text("in.txt", "abc");
    for (int k = 1; k <= 3; k++) {
        rv_mapping m;
        break_calls(EIO, k);
        cr_assert_eq(rv_file_map(path, &m, NULL), RV_BAD_INPUT, "call %d", k);
        rv_io_use(NULL);
    }
}

Test(file, outputs_that_are_inputs_are_refused) {
    const char *a = scratch_text("a", "x");
    char link_path[512];
    strcpy(link_path, scratch_path("b"));
    cr_assert_eq(symlink(a, link_path), 0);
    rv_error err = {0};
    cr_assert_eq(rv_file_check_distinct(a, link_path, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_file_check_distinct(a, scratch_path("c"), &err), RV_OK);
    cr_assert_eq(rv_file_check_distinct("-", "-", &err), RV_OK);
    cr_assert_eq(rv_file_check_distinct(NULL, a, &err), RV_OK);
}

Test(file, folders_are_made_with_their_parents_and_private) {
    const char *path = scratch_path("x/y/z");
    cr_assert_eq(rv_directory_make(path, NULL), RV_OK);
    cr_assert_eq(rv_directory_make(path, NULL), RV_OK);
    struct stat st;
    stat(path, &st);
    cr_assert_eq(st.st_mode & 0777, 0700);
    scratch_text("file", "");
    cr_assert_neq(rv_directory_make(scratch_path("file/z"), NULL), RV_OK);
}

Test(file, scratch_files_have_no_name) {
    int fd = rv_file_scratch(scratch_folder(), NULL);
    cr_assert_geq(fd, 0);
    cr_assert_eq(scratch_count(), 0);
    cr_assert_eq(write(fd, "x", 1), 1);
    close(fd);
    rv_error err = {0};
    cr_assert_lt(rv_file_scratch(scratch_path("none"), &err), 0);
    cr_assert(strstr(err.hint, "--tmpdir"));
}

Test(emergency, temporaries_go_and_the_mapped_file_is_named) {
    rv_output *out = NULL;
    rv_mapping m;
    char path[256] = "unknown";
    const char *in = scratch_text("in.txt", "abc");
    cr_assert_eq(rv_output_open(scratch_path("out"), false, &out, NULL), RV_OK);
    cr_assert_eq(rv_file_map(in, &m, NULL), RV_OK);
    cr_assert_eq(scratch_count(), 2);
    rv_emergency(m.data + 2, path, sizeof path);
    cr_assert_str_eq(path, in);
    cr_assert_eq(scratch_count(), 1);
    rv_file_unmap(&m);
    rv_output_abort(out);
}
