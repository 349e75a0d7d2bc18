/* systemd's journal export, entry by entry a line: whatever the pieces in which it is read, and whatever stands in it. */
#include "input_support.h"

struct piece { /* of a file, read so many bytes at a time */
    struct ms_stored stored;
    struct ms_inflate z;
};

/* The text that comes out; malloc'ed, with a NUL behind. */
static char *read_as_text(const char *stored, size_t n_stored, size_t n_piece, size_t *n)
{
    char path[] = "/tmp/test-journal-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, stored, n_stored) == (ssize_t)n_stored);
    unlink(path);
    struct piece p = {.stored = {.fd = fd, .limit_bytes = n_stored}};
    char *text = malloc(8 * n_stored + n_piece + 64);
    *n = 0;
    ms_inflate_open(&p.z, ms_compression_of(stored, n_stored), &p.stored);
    for (size_t got, want = 64; (got = ms_inflate_read(&p.z, text + *n, want)) > 0; want = n_piece)
        *n += got;
    assert_true(p.z.is_end);
    ms_inflate_close(&p.z);
    ms_stored_close(&p.stored);
    text[*n] = '\0';
    return text;
}

static void assert_lines(const char *stored, size_t n_stored, const char *expected)
{
    static const size_t pieces[] = {1, 2, 7, 64, 100000};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t n;
        char *text = read_as_text(stored, n_stored, pieces[i], &n);
        assert_string_equal(text, expected);
        assert_int_equal(n, strlen(expected));
        free(text);
    }
}
#define ASSERT_LINES(stored, expected) assert_lines((stored), sizeof(stored) - 1, (expected))

#define HEAD "__CURSOR=s=1;i=2\n"
#define HEAD_JSON "{\"__CURSOR\":\"s=1;i=2\""

static void test_entries(void **state)
{
    (void)state;
    ASSERT_LINES(HEAD "MESSAGE=a\n\n" HEAD "MESSAGE=\n\n",
                 HEAD_JSON ",\"MESSAGE\":\"a\"}\n" HEAD_JSON ",\"MESSAGE\":\"\"}\n");
    /* What JSON has signs for; bytes that are no UTF-8 stay. */
    ASSERT_LINES(HEAD "MESSAGE=\"\\\t\xff=\n\n", HEAD_JSON ",\"MESSAGE\":\"\\\"\\\\\\u0009\xff=\"}\n");
    /* A value of any bytes. */
    ASSERT_LINES(HEAD "MESSAGE\n\6\0\0\0\0\0\0\0a\n\n\0=b\nPRIORITY=6\n\n",
                 HEAD_JSON ",\"MESSAGE\":\"a\\u000a\\u000a\\u0000=b\",\"PRIORITY\":\"6\"}\n");
    ASSERT_LINES(HEAD "MESSAGE\n\0\0\0\0\0\0\0\0\n\n", HEAD_JSON ",\"MESSAGE\":\"\"}\n");
    /* Nobody can end his text and begin an entry. */
    ASSERT_LINES(HEAD "MESSAGE\n\x0e\0\0\0\0\0\0\0\n\n__CURSOR=x\n\n\n\n",
                 HEAD_JSON ",\"MESSAGE\":\"\\u000a\\u000a__CURSOR=x\\u000a\\u000a\"}\n");
}

/* The last entry: all is there but the line that ends it; or not. */
static void test_ends(void **state)
{
    (void)state;
    ASSERT_LINES(HEAD "MESSAGE=a\n", HEAD_JSON ",\"MESSAGE\":\"a\"}");
    ASSERT_LINES(HEAD "MESSAGE=a", HEAD_JSON ",\"MESSAGE\":\"a");
    ASSERT_LINES(HEAD "MESSAGE\n\6\0\0\0\0\0\0\0ab", HEAD_JSON ",\"MESSAGE\":\"ab");
    ASSERT_LINES(HEAD "MESS", HEAD_JSON "}\nMESS");
    ASSERT_LINES(HEAD "MESSAGE\n\6\0", HEAD_JSON "}\nMESSAGE");
}

/* What is no field is no part of an entry. */
static void test_junk(void **state)
{
    (void)state;
    ASSERT_LINES(HEAD "MESSAGE=a\n\nNov  3 04:05:06 mx x: y=z\n" HEAD "\n",
                 HEAD_JSON ",\"MESSAGE\":\"a\"}\nNov  3 04:05:06 mx x: y=z\n" HEAD_JSON "}\n");
    ASSERT_LINES(HEAD "lower=a\nMESSAGE=b\n\n", HEAD_JSON "}\nlower=a\n{\"MESSAGE\":\"b\"}\n");
    ASSERT_LINES(HEAD "MESSAGE\n\6\0\0\0\0\0\0\0ab\n\n\0=junk\nA=b\n\n",
                 HEAD_JSON ",\"MESSAGE\":\"ab\\u000a\\u000a\\u0000=\"}\njunk\n{\"A\":\"b\"}\n");
    ASSERT_LINES(HEAD "MESSAGE\nabcdefghijk\nA=b\n\n", HEAD_JSON "}\nMESSAGE\nabcdefghijk\n{\"A\":\"b\"}\n");
    /* No file of lines is taken for an export. */
    ASSERT_LINES("Nov  3 04:05:06 mx x: y\n" HEAD, "Nov  3 04:05:06 mx x: y\n" HEAD);
    ASSERT_LINES("__CURSOR", "__CURSOR");
    ASSERT_LINES("", "");
}

/* Any bytes behind a beginning: it ends, and pieces make no difference. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char some[] = "MESSAGE=\n\n\n\0\1\x40 _AZ\"\\{}";
    for (int round = 0; round < 300; round++) {
        char stored[200] = HEAD;
        size_t n_stored = sizeof HEAD - 1, n_whole, n;
        while (n_stored < sizeof stored)
            stored[n_stored++] = some[random_below(sizeof some)];
        char *whole = read_as_text(stored, n_stored, 4096, &n_whole), *text = read_as_text(stored, n_stored, 1, &n);
        assert_int_equal(n, n_whole);
        assert_memory_equal(text, whole, n);
        assert_true(n_whole <= 8 * n_stored);
        free(whole);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_junk),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
