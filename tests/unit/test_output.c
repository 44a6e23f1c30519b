/* Outputs are whole or not there: under every fault of the system that the table of calls can play. */
#include "file.h"
#include "memory.h"
#include "random.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <stdio.h>
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

/* A link from `name` to `to`, as a path. */
static const char *link_to(const char *to, const char *name) {
    const char *path = scratch_path(name);
    cr_assert_eq(symlink(to, path), 0);
    return path;
}
static bool is_link(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

Test(output, a_link_is_followed_and_stays) {
    char target[512];
    cr_assert_eq(rv_directory_make(scratch_path("store"), NULL), RV_OK);
    strcpy(target, scratch_text("store/2026.csv", "old"));
    rv_output *out;
    const char *const ways[] = {"store/2026.csv", "./chain", target};
    link_to("store/2026.csv", "chain");
    for (size_t i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "l%zu", i);
        const char *path = link_to(ways[i], name);
        cr_assert_eq(rv_output_open(path, false, &out, NULL), RV_BAD_ARGUMENT, "what it leads to is kept");
        cr_assert_eq(rv_output_open(path, true, &out, NULL), RV_OK);
        cr_assert_eq(rv_output_write(out, "new", 3, NULL), RV_OK);
        cr_assert_eq(rv_output_commit(out, NULL), RV_OK);
        cr_assert(is_link(path));
        cr_assert_not(is_link(target));
        assert_holds(target, "new");
    }
}

Test(output, a_link_to_nothing_makes_what_it_names) {
    cr_assert_eq(rv_directory_make(scratch_path("store"), NULL), RV_OK);
    rv_output *out;
    const char *path = link_to("store/new.csv", "latest.csv");
    cr_assert(rv_file_one_place(path, scratch_path("store/new.csv")));
    cr_assert_eq(rv_output_check_folder(path, NULL), RV_OK);
    cr_assert_eq(rv_output_open(path, false, &out, NULL), RV_OK);
    cr_assert_eq(rv_output_write(out, "x", 1, NULL), RV_OK);
    cr_assert_eq(rv_output_commit(out, NULL), RV_OK);
    cr_assert(is_link(scratch_path("latest.csv")));
    assert_holds(scratch_path("store/new.csv"), "x");
    cr_assert_eq(rv_output_check_folder(link_to("nowhere/a.csv", "lost"), NULL), RV_FAILED);
    cr_assert_eq(rv_output_open(scratch_path("lost"), false, &out, NULL), RV_FAILED);
}

Test(output, links_in_a_circle_are_refused) {
    rv_output *out;
    link_to("b", "a");
    link_to("a", "b");
    cr_assert_eq(rv_output_open(scratch_path("a"), true, &out, NULL), RV_FAILED);
    cr_assert(is_link(scratch_path("a")));
}

Test(output, an_open_descriptor_is_written_on_whatever_is_behind_it) {
    const char *path = scratch_text("log", "before\n");
    int fd = open(path, O_WRONLY | O_APPEND);
    char name[64];
    for (int proc = 0; proc < 2; proc++) {
        snprintf(name, sizeof name, proc ? "/proc/self/fd/%d" : "/dev/fd/%d", fd);
        rv_output *o = NULL;
        rv_error err = {0};
        cr_expect_not(rv_output_replaces(name));
        cr_assert_eq(rv_output_open(name, false, &o, &err), RV_OK, "%s", err.message);
        cr_assert_eq(rv_output_write(o, "mine\n", 5, &err), RV_OK);
        cr_assert_eq(rv_output_commit(o, &err), RV_OK);
        cr_expect_eq(rv_output_check_no_pipe(name, &err), RV_BAD_ARGUMENT);
    }
    cr_assert_eq(write(fd, "after\n", 6), 6, "it is still open, and the same");
    close(fd);
    size_t n;
    char *got = scratch_read(path, &n);
    cr_expect_str_eq(got, "before\nmine\nmine\nafter\n");
    free(got);
    cr_expect(rv_output_replaces(path));
    cr_expect_not(rv_output_replaces("/dev/null"));
    rv_output *o = NULL;
    cr_expect_neq(rv_output_open(name, false, &o, NULL), RV_OK, "closed by now");
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

Test(output, those_of_another_step_are_published_behind_ones_own) {
    rv_held_outputs own = {0}, other = {0}, none = {0};
    const char *a = scratch_path("a.csv"), *b = scratch_path("b.csv");
    cr_assert_eq(hold_file(a, "one", &own, NULL), RV_OK);
    cr_assert_eq(hold_file(b, "two", &other, NULL), RV_OK);
#ifdef RV_TESTING
    rv_memory_fail_at(1, false);
    cr_assert_eq(rv_held_join(&own, &other, NULL), RV_NO_MEMORY);
    rv_memory_fail_at(0, false);
    cr_assert(own.n == 1 && other.n == 1);
#endif
    cr_assert_eq(rv_held_join(&own, &other, NULL), RV_OK);
    cr_assert_eq(rv_held_join(&own, &none, NULL), RV_OK);
    cr_assert(own.n == 2 && other.n == 0);
    cr_assert_eq(rv_held_publish(&own, NULL), RV_OK);
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
                     .start_sync = rv_io_system.start_sync,
                     .set_direct = rv_io_system.set_direct,
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

/* --- Large outputs, past the page cache -------------------------------------------------------------------------- */

enum { LARGE = 16 << 20, PIECE = 2 << 20 };

/* A file system as strict as can be, whatever the tests' own is: while `on`, everything must be aligned. */
static struct {
    bool on, refuses; /* refuses: the switch */
    unsigned switched, pieces, loose;
    size_t most;     /* bytes that one pwrite takes; 0: all */
    unsigned einval; /* this pwrite and all later direct ones aren't taken; 0: none */
} strict;

static int strict_set_direct(int fd, bool on) {
    (void)fd;
    if (strict.refuses) return errno = EINVAL, -1;
    strict.switched += on;
    strict.on = on;
    return 0;
}

static ssize_t strict_pwrite(int fd, const void *b, size_t n, off_t at) {
    if (due()) return -1;
    if (strict.on) {
        strict.pieces++;
        bool loose = ((uintptr_t)b | n | (uintptr_t)at) % 4096 != 0;
        strict.loose += loose;
        if (loose || (strict.einval && strict.pieces >= strict.einval)) return errno = EINVAL, -1;
    }
    return rv_io_system.pwrite(fd, b, strict.most && n > strict.most ? strict.most : n, at);
}

static ssize_t whole_write(int fd, const void *b, size_t n) { return due() ? -1 : rv_io_system.write(fd, b, n); }

static void be_strict(int code, int countdown) {
    break_calls(code, countdown);
    broken.write = whole_write;
    broken.pwrite = strict_pwrite;
    broken.set_direct = strict_set_direct;
    memset(&strict, 0, sizeof strict);
}

static char *pattern(size_t n, uint64_t seed) {
    char *text = malloc(n + 1);
    rv_random random;
    rv_random_init(&random, seed, 0);
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = rv_random_next(&random);
        memcpy(text + i, &v, n - i < 8 ? n - i : 8);
    }
    return text;
}

/* In appends of random lengths of at most `step` bytes. */
static rv_status write_large(const char *path, const char *text, size_t n, size_t step, rv_error *err) {
    rv_output *out = NULL;
    rv_status status = rv_output_open(path, true, &out, err);
    if (status != RV_OK) return status;
    rv_output_wont_be_read(out);
    rv_random random;
    rv_random_init(&random, n, step);
    for (size_t at = 0, some; at < n && status == RV_OK; at += some) {
        some = 1 + (size_t)(rv_random_next(&random) % step);
        if (some > n - at) some = n - at;
        status = rv_output_write(out, text + at, some, err);
        if (status == RV_OK) cr_assert_eq(rv_output_size(out), at + some);
    }
    if (status == RV_OK) return rv_output_commit(out, err);
    rv_output_abort(out);
    return status;
}

static bool holds(const char *path, const char *text, size_t n) {
    size_t have;
    char *data = scratch_read(path, &have);
    bool same = have == n && memcmp(data, text, n) == 0;
    free(data);
    return same;
}

Test(output, large_ones_hold_what_was_written_at_each_edge) {
    static const struct {
        size_t n, step;
        bool direct;
        unsigned pieces;
    } cases[] = {{LARGE - 1, PIECE, false, 0},
                 {LARGE, LARGE, false, 0},
                 {LARGE + 1, 100000, true, 0},
                 {LARGE + PIECE - 1, PIECE, true, 0},
                 {LARGE + PIECE, 3 * PIECE, true, 1},
                 {LARGE + PIECE + 1, 700000, true, 1},
                 {LARGE + 9 * PIECE + 4095, 5000, true, 9},
                 {LARGE + 9 * PIECE + 12345, LARGE + 10 * PIECE, true, 9}};
    const char *path = scratch_path("large");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = pattern(cases[i].n, i);
        be_strict(0, 0);
        cr_assert_eq(write_large(path, text, cases[i].n, cases[i].step, NULL), RV_OK);
        rv_io_use(NULL);
        cr_assert(holds(path, text, cases[i].n), "case %zu", i);
        cr_assert_eq(strict.switched, cases[i].direct, "case %zu", i);
        cr_assert_eq(strict.pieces, cases[i].pieces, "case %zu: %u", i, strict.pieces);
        cr_assert_eq(strict.loose, 0, "case %zu: an unaligned direct write", i);
        cr_assert_eq(write_large(path, text, cases[i].n, cases[i].step, NULL), RV_OK); /* this machine's file system */
        cr_assert(holds(path, text, cases[i].n), "case %zu, real calls", i);
        free(text);
    }
}

Test(output, what_cant_be_written_directly_is_written_ordinarily) {
    static const struct {
        bool refuses;
        unsigned einval;
        size_t most;
    } cases[] = {{true, 0, 0},          {false, 1, 0},    {false, 3, 0},
                 {false, 0, PIECE / 2}, {false, 0, 5000}, {false, 0, 1 << 19}};
    const size_t n = LARGE + 6 * PIECE + 777;
    const char *path = scratch_path("large");
    char *text = pattern(n, 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        be_strict(0, 0);
        strict.refuses = cases[i].refuses;
        strict.einval = cases[i].einval;
        strict.most = cases[i].most;
        cr_assert_eq(write_large(path, text, n, 300000, NULL), RV_OK);
        rv_io_use(NULL);
        cr_assert(!strict.on && holds(path, text, n), "case %zu", i);
    }
    free(text);
}

Test(output, a_large_one_that_fails_keeps_the_old_file_and_leaves_nothing) {
    static const int codes[] = {EIO, ENOSPC};
    const size_t n = LARGE + 5 * PIECE + 99; /* one more than the ring holds: failures are met in all states */
    char *text = pattern(n, 8);
    const char *path = scratch_text("a.csv", "old");
    for (size_t i = 0; i < 2; i++) {
        int k = 2; /* after the opening */
        for (;; k++) {
            rv_error err = {0};
            be_strict(codes[i], k);
            strict.most = PIECE / 2;
            rv_status status = write_large(path, text, n, LARGE, &err);
            bool reached = calls_until == 0;
            rv_io_use(NULL);
            bool whole = holds(path, text, n), old = holds(path, "old", 3);
            cr_assert(whole || old, "call %d: half a file", k);
            cr_assert_eq(scratch_count(), 1, "call %d left a temporary", k);
            if (whole) scratch_text("a.csv", "old");
            if (!reached) {
                cr_assert(status == RV_OK && whole);
                break;
            }
            cr_assert_eq(status, codes[i] == ENOSPC ? RV_NO_SPACE : RV_FAILED, "call %d", k);
        }
        cr_assert_gt(k, 14);
    }
    free(text);
}

Test(output, interrupted_direct_writes_go_on) {
    const size_t n = LARGE + 5 * PIECE + 99;
    char *text = pattern(n, 11);
    for (int k = 2; k <= 13; k++) { /* the writes: one, two for each piece, the tail */
        be_strict(EINTR, k);
        strict.most = PIECE / 2;
        rv_status status = write_large(scratch_path("a.csv"), text, n, LARGE, NULL);
        rv_io_use(NULL);
        cr_assert(status == RV_OK && holds(scratch_path("a.csv"), text, n), "call %d", k);
    }
    free(text);
}

Test(output, a_large_one_given_up_leaves_nothing) {
    char *text = pattern(LARGE + 7 * PIECE, 9);
    rv_output *out = NULL;
    cr_assert_eq(rv_output_open(scratch_path("a.csv"), false, &out, NULL), RV_OK);
    rv_output_wont_be_read(out);
    cr_assert_eq(rv_output_write(out, text, LARGE + 7 * PIECE, NULL), RV_OK);
    rv_output_abort(out);
    cr_assert_eq(scratch_count(), 0);
    free(text);
}

#ifdef RV_TESTING
Test(output, a_large_one_without_memory_for_the_ring_is_written_ordinarily) {
    const size_t n = LARGE + PIECE + 5;
    char *text = pattern(n, 10);
    for (uint64_t k = 1; k <= 2; k++) {
        rv_output *out = NULL;
        cr_assert_eq(rv_output_open(scratch_path("a.csv"), true, &out, NULL), RV_OK);
        rv_output_wont_be_read(out);
        rv_memory_fail_at(k, false);
        cr_assert_eq(rv_output_write(out, text, n, NULL), RV_OK);
        cr_assert_geq(rv_memory_fail_at(0, false), k);
        cr_assert_eq(rv_output_commit(out, NULL), RV_OK);
        cr_assert(holds(scratch_path("a.csv"), text, n));
    }
    free(text);
}
#endif

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
