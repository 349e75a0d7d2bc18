/* dataset.json after parts were merged: everything else in it stays, byte by byte. */
#include "compact/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HEAD "{\n  \"format\": \"mailstrata\",\n  \"options\": {\"host\": \"a\\\"sha256\\\": {\"}"
#define A "\n    \"mails/part-00000.parquet\": \"aa\""
#define B "\n    \"mails/part-00001.parquet\": \"bb\""
#define C "\n    \"files/part-00001.parquet\": \"cc\""

static bool drops_mails(void *part, const char *table, const char *name)
{
    return strcmp(table, "mails") == 0 && (part == NULL || strcmp(name, part) == 0);
}

static void check(const char *before, char *drops, const char *added, const char *after)
{
    struct ms_buffer out = {0};
    assert_true(ms_manifest_replace(ms_span_str(before), drops_mails, drops, ms_span_str(added), &out));
    ms_buffer_push(&out, '\0');
    assert_string_equal(out.data, after);
    ms_buffer_fini(&out);
}

static void digests_of_merged_parts_are_replaced(void **unused)
{
    (void)unused;
    char one[] = "part-00001.parquet";
    struct ms_buffer line = {0};
    ms_manifest_digest(&line, "mails", "part-00000.parquet", "dd");
    ms_buffer_push(&line, '\0');
    check(HEAD ",\n  \"sha256\": {" A "," B "," C "\n  }\n}\n", NULL, line.data,
          HEAD ",\n  \"sha256\": {\n    \"mails/part-00000.parquet\": \"dd\"," C "\n  }\n}\n");
    check(HEAD ",\n  \"sha256\": {" A "," B "," C "\n  }\n}\n", one, "",
          HEAD ",\n  \"sha256\": {" A "," C "\n  }\n}\n");
    check(HEAD ",\n  \"sha256\": {" A "," B "\n  }\n}\n", one, "", HEAD ",\n  \"sha256\": {" A "\n  }\n}\n");
    check(HEAD ",\n  \"sha256\": {" A "\n  }\n}\n", NULL, line.data,
          HEAD ",\n  \"sha256\": {\n    \"mails/part-00000.parquet\": \"dd\"\n  }\n}\n");
    ms_buffer_fini(&line);
}

static void without_digests_nothing_changes(void **unused)
{
    (void)unused;
    check(HEAD "\n}\n", NULL, A ",", HEAD "\n}\n");
    check("", NULL, A ",", "");
}

static void what_is_not_ours_is_refused(void **unused)
{
    (void)unused;
    static const char *const bad[] = {",\n  \"sha256\": {" A, ",\n  \"sha256\": {\n    \"mails\": 3\n  }",
                                      ",\n  \"sha256\": {" A B "\n  }", ",\n  \"sha256\": {" A ",\n    x\n  }"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ms_buffer out = {0};
        assert_false(ms_manifest_replace(ms_span_str(bad[i]), drops_mails, NULL, MS_SPAN_NULL, &out));
        ms_buffer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_merged_parts_are_replaced),
        cmocka_unit_test(without_digests_nothing_changes),
        cmocka_unit_test(what_is_not_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
