/* Documents: places, strictness, and the refusals that keep a small file small. */
#include "document.h"
#include "json_writer.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static rv_document *parse_ok(const char *text) {
    rv_document *d = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_document_parse("job.yaml", text, strlen(text), &d, &err), RV_OK, "%s", err.message);
    return d;
}

static rv_error parse_bad(const char *text) {
    rv_document *d = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_document_parse("job.yaml", text, strlen(text), &d, &err), RV_BAD_ARGUMENT);
    cr_assert_null(d);
    cr_assert_str_eq(err.file, "job.yaml");
    return err;
}

Test(document, nodes_know_their_place) {
    rv_document *d = parse_ok("version: 1\nclients:\n  file: a.csv\n  roles: {nom: last_name}\nlist: [a, 'b', ~]\n");
    const rv_node *root = rv_document_root(d);
    cr_assert_eq(rv_node_size(root), 3);
    const rv_node *file = rv_node_get(rv_node_get(root, "clients"), "file");
    cr_assert_str_eq(rv_node_string(file), "a.csv");
    cr_assert_eq(rv_node_line(file), 3);
    cr_assert_eq(rv_node_column(file), 9);
    const rv_node *list = rv_node_get(root, "list");
    cr_assert_eq(rv_node_kind_of(list), RV_NODE_SEQUENCE);
    cr_assert_eq(rv_node_size(list), 3);
    cr_assert(rv_node_is_null(rv_node_item(list, 2)));
    cr_assert_not(rv_node_is_null(rv_node_item(list, 1)));
    rv_document_close(d);
}

Test(document, a_key_without_a_value_is_null_and_an_empty_text_is_not) {
    rv_document *document;
    rv_error err = {0};
    static const char text[] = "a:\nb: ''\nc: ~\n";
    cr_assert_eq(rv_document_parse("x", text, sizeof text - 1, &document, &err), RV_OK, "%s", err.message);
    const rv_node *root = rv_document_root(document);
    cr_assert(rv_node_is_null(rv_node_get(root, "a")));
    cr_assert_not(rv_node_is_null(rv_node_get(root, "b")));
    cr_assert(rv_node_is_null(rv_node_get(root, "c")));
    rv_document_close(document);
}

Test(document, json_is_yaml_too) {
    rv_document *d = parse_ok("{\"a\": [1, 2.5, true, null, \"x\\u00e9\\n\"], \"b\": {}}");
    const rv_node *a = rv_node_get(rv_document_root(d), "a");
    double number;
    uint64_t whole;
    bool truth;
    cr_assert_eq(rv_node_read_unsigned(d, rv_node_item(a, 0), "a", &whole, NULL), RV_OK);
    cr_assert_eq(whole, 1);
    cr_assert_eq(rv_node_read_number(d, rv_node_item(a, 1), "a", &number, NULL), RV_OK);
    cr_assert_eq(number, 2.5);
    cr_assert_eq(rv_node_read_bool(d, rv_node_item(a, 2), "a", &truth, NULL), RV_OK);
    cr_assert(truth);
    cr_assert_str_eq(rv_node_string(rv_node_item(a, 4)), "x\xC3\xA9\n");
    rv_document_close(d);
}

Test(document, syntax_errors_say_where) {
    rv_error err = parse_bad("version: 1\nclients: {file: a.csv\nout: b\n");
    cr_assert(err.line >= 2 && err.line <= 4, "line %zu", (size_t)err.line);
    cr_assert(strstr(err.message, "YAML"));
}

Test(document, a_key_that_stands_twice_is_refused) {
    rv_error err = parse_bad("a: 1\nb: 2\na: 3\n");
    cr_assert_eq(err.line, 3);
    cr_assert_eq(err.column, 1);
}

Test(document, aliases_are_refused) { cr_assert(strstr(parse_bad("a: &x 1\nb: *x\n").message, "alias")); }

Test(document, nesting_has_a_limit) {
    char text[400];
    memset(text, '[', 200);
    memset(text + 200, ']', 199);
    text[399] = 0;
    parse_bad(text);
}

Test(document, an_empty_file_is_refused) {
    rv_document *d = NULL;
    cr_assert_eq(rv_document_parse("x", "", 0, &d, NULL), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_document_parse("x", "# a\n", 4, &d, NULL), RV_BAD_ARGUMENT);
}

Test(document, unknown_keys_get_a_suggestion) {
    rv_document *d = parse_ok("megabsae: x\n");
    rv_error err = {0};
    static const char *const known[] = {"megabase", "clients", NULL};
    cr_assert_eq(rv_node_check_keys(d, rv_document_root(d), known, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(err.line, 1);
    cr_assert(strstr(err.hint, "'megabase'"));
    rv_document_close(d);
}

Test(document, an_unknown_key_is_shown_where_the_key_stands) {
    static const char *const known[] = {"a", NULL};
    rv_document *d = parse_ok("a: 1\nout:\n  b: 2\n");
    rv_error err = {0};
    cr_assert_eq(rv_node_check_keys(d, rv_document_root(d), known, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(err.line, 2);
    cr_assert_eq(err.column, 1);
    rv_document_close(d);
}

static void encoding_refused(const char *text, size_t len, const char *what, uint64_t line, uint64_t column) {
    rv_document *d = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_document_parse("job.yaml", text, len, &d, &err), RV_BAD_ARGUMENT);
    cr_assert(strstr(err.message, what), "%s", err.message);
    cr_assert_eq(err.line, line);
    cr_assert_eq(err.column, column);
}
Test(document, what_is_no_utf8_is_said_with_its_place) {
#define REFUSED(text, what, line, column) encoding_refused(text, sizeof text - 1, what, line, column)
    REFUSED("\xff\xfe" "a\0:\0", "UTF-16", 1, 1);
    REFUSED("\xfe\xff\0a\0:", "UTF-16", 1, 1);
    REFUSED("a: 1\nb: \xc3\xa9t\xe9\n", "UTF-8", 2, 6);
    REFUSED("# L\xe9\na: 1\n", "UTF-8", 1, 4);
    REFUSED("a: 1\n\0b: 2\n", "zero byte", 2, 1); /* would end the document in silence */
#undef REFUSED
}

Test(document, readers_say_what_was_expected) {
    rv_document *d = parse_ok("a: [1]\nb: x\n");
    const rv_node *root = rv_document_root(d);
    rv_error err = {0};
    const char *s;
    uint64_t n;
    double x;
    bool t;
    cr_assert_eq(rv_node_read_string(d, rv_node_get(root, "a"), "a", &s, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_node_read_unsigned(d, rv_node_get(root, "b"), "b", &n, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_node_read_number(d, rv_node_get(root, "b"), "b", &x, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(rv_node_read_bool(d, rv_node_get(root, "b"), "b", &t, &err), RV_BAD_ARGUMENT);
    cr_assert_eq(err.line, 2);
    rv_document_close(d);
}

Test(document, missing_file_says_so) {
    rv_document *d = NULL;
    rv_error err = {0};
    cr_assert_eq(rv_document_open(scratch_path("none.yaml"), &d, &err), RV_BAD_INPUT);
    cr_assert(strstr(err.message, "No such file"));
}

Test(document, every_failing_allocation_is_an_error_without_a_leak) {
#ifdef RV_TESTING
    const char *text = "a: {b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n";
    for (uint64_t n = 1;; n++) {
        rv_document *d = NULL;
        rv_memory_fail_at(n, false);
        rv_status status = rv_document_parse("x", text, strlen(text), &d, NULL);
        rv_memory_fail_at(0, false);
        if (status == RV_OK) {
            rv_document_close(d);
            cr_assert(n > 2);
            return;
        }
        cr_assert_eq(status, RV_NO_MEMORY);
        cr_assert_null(d);
    }
#endif
}

Test(json_writer, writes_what_a_reader_reads) {
    rv_buffer buffer = {0};
    rv_json j;
    rv_json_init(&j, &buffer, false);
    rv_json_object(&j);
    rv_json_put_string(&j, "a\"b", "x\n\x01\\\xC3\xA9\xFF");
    rv_json_put_number(&j, "n", 0.1);
    rv_json_put_number(&j, "nan", NAN);
    rv_json_key(&j, "l");
    rv_json_array(&j);
    rv_json_unsigned(&j, 18446744073709551615u);
    rv_json_integer(&j, INT64_MIN);
    rv_json_bool(&j, false);
    rv_json_object(&j);
    rv_json_end(&j, '}');
    rv_json_end(&j, ']');
    rv_json_put_unsigned(&j, "u", 3);
    rv_json_put_bool(&j, "t", true);
    rv_json_end(&j, '}');
    char *text = rv_buffer_take(&buffer, NULL);
    cr_assert_str_eq(text, "{\"a\\\"b\":\"x\\n\\u0001\\\\\xC3\xA9\xEF\xBF\xBD\",\"n\":0.1,\"nan\":null,"
                           "\"l\":[18446744073709551615,-9223372036854775808,false,{}],\"u\":3,\"t\":true}");
    rv_document *d = parse_ok(text);
    cr_assert_eq(rv_node_size(rv_document_root(d)), 6);
    rv_document_close(d);
    rv_free(text);
}

Test(json_writer, pretty_form_is_indented) {
    rv_buffer buffer = {0};
    rv_json j;
    rv_json_init(&j, &buffer, true);
    rv_json_object(&j);
    rv_json_put_unsigned(&j, "a", 1);
    rv_json_key(&j, "b");
    rv_json_array(&j);
    rv_json_number(&j, 1e300);
    rv_json_end(&j, ']');
    rv_json_end(&j, '}');
    char *text = rv_buffer_take(&buffer, NULL);
    cr_assert_str_eq(text, "{\n  \"a\": 1,\n  \"b\": [\n    1e+300\n  ]\n}");
    rv_free(text);
}
