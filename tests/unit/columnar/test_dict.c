/* The interner against a plain map: codes, repair, derived values, import. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "columnar/dict.h"

static uint64_t rng_state;

static uint64_t random_u64(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

static uint32_t add(struct ms_dict *d, const char *s)
{
    return ms_dict_add(d, ms_span_str(s));
}

static void assert_text(const struct ms_dict *d, uint32_t code, const char *expected)
{
    struct ms_span s = ms_dict_text(d, code);
    if (s.p == NULL || !ms_span_eq(s, ms_span_str(expected)))
        fail_msg("'%.*s', not '%s'", (int)s.n, s.p ? s.p : "", expected);
}

/* ---- codes ---- */

enum { N_DISTINCT = 20000, N_ADDS = 100000 };

/* String number i: all lengths from 0 to 70, so that every path of the hash is taken; distinct by construction. */
static struct ms_span numbered(uint32_t i, char *room)
{
    static const char filler[] = "abcdefghijklmnopqrstuvwxyz-.@_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=+";
    uint32_t n = i % 63;
    memcpy(room, filler, n);
    if (i == 0)
        return ms_span_of(room, 0);
    for (uint32_t rest = i; rest; rest >>= 4)
        room[n++] = (char)('a' + (rest & 15));
    return ms_span_of(room, n);
}

static void random_strings_like_a_map(void **state)
{
    (void)state;
    struct ms_dict d;
    char room[80];
    uint32_t *codes = malloc(N_DISTINCT * sizeof *codes), n_seen = 0;
    memset(codes, 0xff, N_DISTINCT * sizeof *codes);
    rng_state = 1;
    ms_dict_init(&d, 0x1234567);
    for (uint32_t i = 0; i < N_ADDS; i++) {
        uint32_t which = (uint32_t)(random_u64() % N_DISTINCT);
        uint32_t code = ms_dict_add(&d, numbered(which, room));
        if (codes[which] == MS_NO_CODE) {
            assert_int_equal(code, n_seen); /* numbered as they come */
            codes[which] = code;
            n_seen++;
        }
        assert_int_equal(code, codes[which]);
        assert_int_equal(d.n_values, n_seen);
    }
    assert_true(n_seen > 10 * MS_DICT_CHUNK); /* slots and chunks have grown several times */
    for (uint32_t i = 0; i < N_DISTINCT; i++)
        if (codes[i] != MS_NO_CODE)
            assert_true(ms_span_eq(ms_dict_text(&d, codes[i]), numbered(i, room)));
    free(codes);
    ms_dict_fini(&d);
}

static void values_never_move(void **state)
{
    (void)state;
    struct ms_dict d;
    char room[80];
    ms_dict_init(&d, 3);
    const struct ms_dict_value *first = ms_dict_value(&d, add(&d, "first"));
    const char *bytes = first->p;
    for (uint32_t i = 1; i < 10 * MS_DICT_CHUNK; i++)
        ms_dict_add(&d, numbered(i, room));
    assert_ptr_equal(ms_dict_value(&d, 0), first);
    assert_ptr_equal(first->p, bytes);
    assert_text(&d, 0, "first");
    ms_dict_fini(&d);
}

static void null_is_not_empty(void **state)
{
    (void)state;
    struct ms_dict d;
    ms_dict_init(&d, 4);
    assert_int_equal(ms_dict_add(&d, MS_SPAN_NULL), MS_NO_CODE);
    assert_int_equal(ms_dict_word(&d, NULL), MS_NO_CODE);
    assert_int_equal(ms_dict_add_ip(&d, MS_SPAN_NULL), MS_NO_CODE);
    assert_int_equal(ms_dict_address_key(&d, MS_NO_CODE), MS_NO_CODE);
    assert_int_equal(ms_dict_address_domain(&d, MS_NO_CODE), MS_NO_CODE);
    assert_null(ms_dict_text(&d, MS_NO_CODE).p);
    assert_int_equal(d.n_values, 0);
    uint32_t empty = add(&d, "");
    assert_int_equal(empty, 0);
    assert_non_null(ms_dict_text(&d, empty).p);
    assert_int_equal(ms_dict_text(&d, empty).n, 0);
    ms_dict_fini(&d);
}

static void strings_with_nul_bytes_differ(void **state)
{
    (void)state;
    struct ms_dict d;
    ms_dict_init(&d, 5);
    uint32_t codes[] = {ms_dict_add(&d, MS_SPAN_LIT("")), ms_dict_add(&d, MS_SPAN_LIT("\0")),
                        ms_dict_add(&d, MS_SPAN_LIT("\0\0")), ms_dict_add(&d, MS_SPAN_LIT("a")),
                        ms_dict_add(&d, MS_SPAN_LIT("a\0"))};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(codes[i], i);
    ms_dict_fini(&d);
}

static void words_are_found_by_address(void **state)
{
    (void)state;
    struct ms_dict d;
    char words[600][8]; /* more than the memo has places */
    ms_dict_init(&d, 6);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 600; i++) {
            snprintf(words[i], sizeof words[i], "w%d", i % 300); /* two addresses a text */
            assert_int_equal(ms_dict_word(&d, words[i]), i % 300);
        }
    assert_int_equal(d.n_values, 300);
    ms_dict_fini(&d);
}

/* ---- repair ---- */

static void repaired_once(void **state)
{
    (void)state;
    struct ms_dict d;
    ms_dict_init(&d, 7);
    uint32_t bad = ms_dict_add(&d, MS_SPAN_LIT("caf\xe9\\x"));
    assert_text(&d, bad, "caf\\xe9\\\\x");
    assert_int_equal(ms_dict_add(&d, MS_SPAN_LIT("caf\xe9\\x")), bad);
    assert_int_equal(add(&d, "caf\\xe9\\\\x"), bad); /* the repaired form is itself valid, and is not repaired again */
    assert_int_equal(d.n_values, 1);
    assert_text(&d, add(&d, "caf\xc3\xa9\\x"), "caf\xc3\xa9\\x"); /* valid: as it is */
    ms_dict_fini(&d);
}

/* ---- addresses ---- */

static void address_keys_and_domains(void **state)
{
    (void)state;
    static const struct {
        const char *address, *key, *domain; /* domain NULL: none */
    } cases[] = {
        {"a@b.example", "a@b.example", "b.example"},
        {"John.Doe@Example.ORG", "john.doe@example.org", "example.org"},
        {"\"john.doe\"@example.org", "john.doe@example.org", "example.org"},
        {"\"John\"@EXAMPLE.org", "john@example.org", "example.org"},
        {"\"john doe\"@example.org", "\"john doe\"@example.org", "example.org"},
        {"\"john..doe\"@example.org", "\"john..doe\"@example.org", "example.org"},
        {"\".john\"@example.org", "\".john\"@example.org", "example.org"},
        {"\"john.\"@example.org", "\"john.\"@example.org", "example.org"},
        {"\"a@b\"@example.org", "\"a@b\"@example.org", "example.org"},
        {"\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org", "example.org"},
        {"\"\"@example.org", "\"\"@example.org", "example.org"},
        {"\"@example.org", "\"@example.org", "example.org"},
        {"a@b@C", "a@b@c", "c"},
        {"Root", "root", NULL},
        {"\"root\"", "root", NULL},
        {"", "", NULL},
        {"@", "@", ""},
        {"user@", "user@", ""},
        {"@Example.org", "@example.org", "example.org"},
        {"M\xc3\x9cller@M\xc3\x9cnchen.example", "m\xc3\x9cller@m\xc3\x9cnchen.example", "m\xc3\x9cnchen.example"},
    };
    struct ms_dict d;
    ms_dict_init(&d, 8);
    for (int round = 0; round < 2; round++) /* the second round is remembered */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint32_t code = add(&d, cases[i].address);
            uint32_t domain = ms_dict_address_domain(&d, code);
            assert_text(&d, ms_dict_address_key(&d, code), cases[i].key);
            if (cases[i].domain != NULL)
                assert_text(&d, domain, cases[i].domain);
            else
                assert_int_equal(domain, MS_NO_CODE);
            assert_text(&d, code, cases[i].address);
        }
    ms_dict_fini(&d);
}

/* Every byte at every place of a word, against the plain rule. */
static void keys_of_any_byte(void **state)
{
    (void)state;
    struct ms_dict d;
    char text[20];
    ms_dict_init(&d, 17);
    for (unsigned byte = 1; byte < 128; byte++)
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'q', sizeof text);
            text[at] = (char)byte;
            uint32_t code = ms_dict_add(&d, ms_span_of(text, sizeof text));
            text[at] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
            assert_true(ms_span_eq(ms_dict_text(&d, ms_dict_address_key(&d, code)), ms_span_of(text, sizeof text)));
        }
    ms_dict_fini(&d);
}

static void addresses_of_one_mailbox_share_a_key(void **state)
{
    (void)state;
    struct ms_dict d;
    ms_dict_init(&d, 9);
    uint32_t key = add(&d, "john@example.org");
    assert_int_equal(ms_dict_address_key(&d, key), key);
    assert_int_equal(ms_dict_address_key(&d, add(&d, "JOHN@example.org")), key);
    assert_int_equal(ms_dict_address_key(&d, add(&d, "\"John\"@Example.org")), key);
    ms_dict_fini(&d);
}

static void canonical_ips(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"192.0.2.7", "192.0.2.7"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"::FFFF:192.0.2.7", "::ffff:192.0.2.7"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"fe80::1%eth0", "fe80::1%eth0"},
        {"FE80::1%eth0", "FE80::1%eth0"}, /* a zone: as logged */
    };
    struct ms_dict d;
    ms_dict_init(&d, 10);
    for (int round = 0; round < 2; round++) /* the second round is remembered */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint32_t code = ms_dict_add_ip(&d, ms_span_str(cases[i][0]));
            assert_text(&d, code, cases[i][1]);
        }
    assert_int_equal(add(&d, "FE80::1%eth0"), ms_dict_add_ip(&d, MS_SPAN_LIT("FE80::1%eth0")));
    assert_int_not_equal(add(&d, "2001:DB8::7"), ms_dict_add_ip(&d, MS_SPAN_LIT("2001:DB8::7"))); /* text is text */
    assert_text(&d, ms_dict_add_ip(&d, MS_SPAN_LIT("2001:DB8::7")), "2001:db8::7");
    ms_dict_fini(&d);
}

/* ---- whole tokens ---- */

static unsigned n_splits;

/* name[address]:port */
static void split_client(struct ms_span token, struct ms_dict_parts *parts)
{
    n_splits++;
    const char *open = memchr(token.p, '[', token.n), *end = token.p + token.n;
    const char *close = open ? memchr(open, ']', (size_t)(end - open)) : NULL;
    if (close == NULL)
        return;
    parts->name = ms_span_of(token.p, (size_t)(open - token.p));
    parts->ip = ms_span_of(open + 1, (size_t)(close - open - 1));
    if (end - close > 2)
        parts->port = close[2] - '0';
}

static void split_name_only(struct ms_span token, struct ms_dict_parts *parts)
{
    n_splits++;
    parts->name = token;
}

static void tokens_are_split_once(void **state)
{
    (void)state;
    struct ms_dict d;
    ms_dict_init(&d, 14);
    n_splits = 0;
    for (int round = 0; round < 3; round++) {
        struct ms_dict_endpoint e = ms_dict_endpoint(&d, MS_SPAN_LIT("mx[2001:DB8::1]:5"), split_client);
        assert_text(&d, e.name, "mx");
        assert_text(&d, e.ip, "2001:db8::1");
        assert_int_equal(e.port, 5);
        e = ms_dict_endpoint(&d, MS_SPAN_LIT("mx[192.0.2.1]"), split_client);
        assert_int_equal(e.name, add(&d, "mx"));
        assert_int_equal(e.ip, add(&d, "192.0.2.1"));
        assert_int_equal(e.port, INT32_MIN);
        e = ms_dict_endpoint(&d, MS_SPAN_LIT("mx"), split_client);
        assert_int_equal(e.name, MS_NO_CODE);
        assert_int_equal(e.ip, MS_NO_CODE);
        e = ms_dict_endpoint(&d, MS_SPAN_LIT("mx[192.0.2.1]"), split_name_only); /* another question */
        assert_text(&d, e.name, "mx[192.0.2.1]");
        e = ms_dict_endpoint(&d, MS_SPAN_NULL, split_client);
        assert_int_equal(e.name, MS_NO_CODE);
        assert_int_equal(e.port, INT32_MIN);
    }
    assert_int_equal(n_splits, 4);
    ms_dict_reset(&d);
    assert_int_equal(ms_dict_endpoint(&d, MS_SPAN_LIT("mx[192.0.2.1]"), split_client).name, 0);
    assert_int_equal(n_splits, 5); /* old codes are gone */
    ms_dict_fini(&d);
}

static void many_tokens_like_their_parts(void **state)
{
    (void)state;
    struct ms_dict d, plain;
    char token[80];
    ms_dict_init(&d, 15);
    ms_dict_init(&plain, 15);
    rng_state = 16;
    n_splits = 0;
    for (int i = 0; i < 40000; i++) {
        unsigned client = (unsigned)(random_u64() % 9000);
        int n = snprintf(token, sizeof token, "c%u.example[10.0.%u.%u]:%u", client, client / 250, client % 250,
                         client % 10);
        struct ms_dict_parts parts;
        struct ms_dict_endpoint e = ms_dict_endpoint(&d, ms_span_of(token, (size_t)n), split_client);
        unsigned before = n_splits;
        split_client(ms_span_of(token, (size_t)n), &parts);
        n_splits = before;
        assert_int_equal(e.name,
                         ms_dict_add(&plain, parts.name)); /* numbered alike, as both see the same first times */
        assert_int_equal(e.ip, ms_dict_add_ip(&plain, parts.ip));
        assert_int_equal(e.port, parts.port);
    }
    assert_true(n_splits > 8000 && n_splits <= 9000);
    ms_dict_fini(&d);
    ms_dict_fini(&plain);
}

/* ---- two dictionaries, and one used again ---- */

static void import_keeps_texts(void **state)
{
    (void)state;
    struct ms_dict a, b;
    char room[80];
    rng_state = 11;
    ms_dict_init(&a, 12);
    ms_dict_init(&b, 12);
    for (uint32_t i = 0; i < 5000; i++)
        ms_dict_add(&a, numbered(i, room));
    for (uint32_t i = 2500; i < 7500; i += 2) /* b has some of them, under other codes */
        ms_dict_add(&b, numbered(i, room));
    ms_dict_add(&a, MS_SPAN_LIT("bad \xff"));
    for (uint32_t i = 0; i < 10000; i++) {
        uint32_t code = (uint32_t)(random_u64() % a.n_values);
        uint32_t there = ms_dict_import(&b, &a, code);
        assert_true(ms_span_eq(ms_dict_text(&b, there), ms_dict_text(&a, code)));
        assert_int_equal(there, ms_dict_import(&b, &a, code));
        assert_int_equal(there, ms_dict_add(&b, ms_dict_text(&a, code))); /* found by its text, too */
        assert_true(ms_dict_text(&b, there).n == 0 || ms_dict_text(&b, there).p != ms_dict_text(&a, code).p);
    }
    uint32_t bad = ms_dict_add(&a, MS_SPAN_LIT("bad \xff"));
    assert_int_equal(ms_dict_import(&b, &a, bad), ms_dict_add(&b, MS_SPAN_LIT("bad \xff")));
    assert_int_equal(ms_dict_import(&b, &a, MS_NO_CODE), MS_NO_CODE);
    assert_int_equal(ms_dict_import(&a, &a, 17), 17);
    ms_dict_fini(&a);
    ms_dict_fini(&b);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    static const char word[] = "postfix";
    struct ms_dict d;
    char room[80];
    ms_dict_init(&d, 13);
    for (uint32_t i = 0; i < 9000; i++)
        ms_dict_add(&d, numbered(i, room));
    ms_dict_word(&d, word);
    ms_dict_address_key(&d, add(&d, "A@B"));
    ms_dict_reset(&d);
    assert_int_equal(d.n_values, 0);
    assert_int_equal(add(&d, "A@B"), 0);
    assert_text(&d, ms_dict_address_key(&d, 0), "a@b");
    assert_int_equal(ms_dict_word(&d, word), 2); /* its old code is gone, too */
    assert_text(&d, 2, "postfix");
    for (uint32_t i = 0; i < 9000; i++) {
        struct ms_span s = numbered(i, room);
        assert_true(ms_span_eq(ms_dict_text(&d, ms_dict_add(&d, s)), s));
    }
    ms_dict_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_strings_like_a_map),
        cmocka_unit_test(values_never_move),
        cmocka_unit_test(null_is_not_empty),
        cmocka_unit_test(strings_with_nul_bytes_differ),
        cmocka_unit_test(words_are_found_by_address),
        cmocka_unit_test(repaired_once),
        cmocka_unit_test(address_keys_and_domains),
        cmocka_unit_test(keys_of_any_byte),
        cmocka_unit_test(addresses_of_one_mailbox_share_a_key),
        cmocka_unit_test(canonical_ips),
        cmocka_unit_test(tokens_are_split_once),
        cmocka_unit_test(many_tokens_like_their_parts),
        cmocka_unit_test(import_keeps_texts),
        cmocka_unit_test(reset_forgets_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
