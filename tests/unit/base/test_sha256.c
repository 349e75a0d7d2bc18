/* SHA-256 against the vectors of FIPS 180-4, in one piece and in many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/sha256.h"

static void expect(const char *text, size_t step, const char *digest)
{
    struct ms_sha256 *h = ms_sha256_create();
    char got[MS_SHA256_TEXT];
    size_t n = strlen(text);
    for (size_t at = 0; at < n; at += step) {
        ms_sha256_append(h, text + at, n - at < step ? n - at : step);
        ms_sha256_text(h, got); /* looking does not end it */
    }
    ms_sha256_text(h, got);
    assert_string_equal(got, digest);
    ms_sha256_destroy(h);
}

static void test_vectors(void **state)
{
    static const char long_text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    (void)state;
    expect("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (size_t step = 1; step <= sizeof long_text; step++)
        expect(long_text, step, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    ms_sha256_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
