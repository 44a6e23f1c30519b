/* The runner behind the stand-in for Criterion: see criterion/criterion.h here. */
#include "criterion/criterion.h"
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };
static plain_test *tests, *suites;

void plain_add(plain_test *test) {
    plain_test **list = test->body ? &tests : &suites;
    test->next = *list;
    *list = test;
}

void plain_fail(const char *file, int line, const char *what, const char *format, ...) {
    va_list args;
    printf("%s:%d: Assertion failed: %s\n", file, line, what);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    exit(1);
}

void plain_skip(void) { exit(SKIPPED); }

static void call(void (*fn)(void)) {
    if (fn) fn();
}

static void run(const plain_test *test, const plain_options *suite) {
    call(suite->init);
    call(test->options.init);
    test->body();
    call(test->options.fini);
    call(suite->fini);
    exit(0);
}

static const plain_options *options_of_suite(const char *suite) {
    static const plain_options none;
    for (const plain_test *s = suites; s; s = s->next)
        if (strcmp(s->suite, suite) == 0) return &s->options;
    return &none;
}

int main(void) {
    unsigned ran = 0, failed = 0, skipped = 0;
    for (const plain_test *test = tests; test; test = test->next) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) run(test, options_of_suite(test->suite));
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child) return 1;
        if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
            skipped++;
            continue;
        }
        ran++;
        bool good = test->options.signal ? WIFSIGNALED(status) && WTERMSIG(status) == test->options.signal
                                         : WIFEXITED(status) && WEXITSTATUS(status) == test->options.exit_code;
        if (good) continue;
        failed++;
        printf("[FAIL] %s::%s\n", test->suite, test->name);
    }
    printf("%u tests ran, %u failed, %u skipped\n", ran, failed, skipped);
    return failed > 0 || ran + skipped == 0;
}
