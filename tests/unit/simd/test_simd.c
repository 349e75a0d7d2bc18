/* Every row against the scalar row, with input and output flush against pages that must not be touched: a kernel that reads
 * or writes one byte too far dies here, not on a customer's mapped file. */
#include "simd/simd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { MAX_LENGTH = 300, ALIGNMENTS = 64, ROOM_BYTES = 8192 };

static uint64_t seed, rng_state;

static uint32_t random_u32(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (uint32_t)(rng_state >> 16);
}

/* ROOM_BYTES of memory between two pages that trap. */
static char *guarded_room(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *all = mmap(NULL, ROOM_BYTES + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(all != MAP_FAILED);
    assert_int_equal(mprotect(all + page, ROOM_BYTES, PROT_READ | PROT_WRITE), 0);
    return all + page;
}

static void guarded_free(char *room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    munmap(room - page, ROOM_BYTES + 2 * page);
}

typedef void check_fn(const struct ms_simd_ops *row, size_t length, size_t align, bool flush_end);
static char *input, *output; /* guarded rooms */

/* Start of `bytes` bytes: flush against the page before (align 0), a few bytes behind it, or flush against the page after. */
static char *place(char *room, size_t bytes, size_t align, bool flush_end)
{
    return flush_end ? room + ROOM_BYTES - bytes : room + align;
}

static void for_all_placements(check_fn *check)
{
    input = guarded_room();
    output = guarded_room();
    for (const struct ms_simd_ops *const *row = ms_simd_rows(); *row; row++) {
        if (!(*row)->supported()) {
            print_message("row %s: not on this machine\n", (*row)->name);
            continue;
        }
        for (size_t length = 0; length <= MAX_LENGTH; length++) {
            for (size_t align = 0; align < ALIGNMENTS; align++)
                check(*row, length, align, false);
            check(*row, length, 0, true);
        }
    }
    guarded_free(input);
    guarded_free(output);
}

#define FAIL(row, what, length, align)                                                                                 \
    fail_msg("%s: %s differs from scalar at length %zu, alignment %zu, seed %llu", (row)->name, what, length, align,   \
             (unsigned long long)seed)

static const struct ms_simd_ops *scalar(void)
{
    const struct ms_simd_ops *const *row = ms_simd_rows();
    while (row[1])
        row++;
    assert_string_equal((*row)->name, "scalar");
    return *row;
}

static void check_newline_index(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    char *p = place(input, n, align, flush_end);
    uint32_t *out = (uint32_t *)place(output, n * 4, 0, true);
    uint32_t rarity = 1 + random_u32() % 80; /* 1: nothing but line ends */
    for (size_t i = 0; i < n; i++)
        p[i] = random_u32() % rarity == 0 ? '\n' : (char)random_u32();
    uint32_t want[MAX_LENGTH];
    size_t n_want = scalar()->newline_index(p, n, want);
    if (row->newline_index(p, n, out) != n_want || memcmp(out, want, n_want * 4) != 0)
        FAIL(row, "newline_index", n, align);
    if (row->newline_count(p, n) != n_want)
        FAIL(row, "newline_count", n, align);
}

static void check_pack_bits(const struct ms_simd_ops *row, size_t length, size_t align, bool flush_end)
{
    size_t n = length / 8 * 8;
    unsigned width = random_u32() % 33;
    size_t n_bytes = n / 8 * width;
    char *codes_at = place(input, n * 4, align / 4 * 4, flush_end);
    uint32_t *codes = (uint32_t *)codes_at;
    for (size_t i = 0; i < n; i++)
        codes[i] = width == 0 ? 0 : random_u32() >> (32 - width);
    uint8_t want[MAX_LENGTH * 4], *out = (uint8_t *)place(output, n_bytes, align, flush_end);
    scalar()->pack_bits(codes, n, width, want);
    uint8_t before = flush_end ? 0 : (out[n_bytes] = 0xa5);
    row->pack_bits(codes, n, width, out);
    if (memcmp(out, want, n_bytes) != 0 || (!flush_end && out[n_bytes] != before))
        FAIL(row, "pack_bits", n, align);
}

static void check_repeat_run(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    uint32_t *v = (uint32_t *)place(input, n * 4, align / 4 * 4, flush_end);
    uint32_t value = random_u32();
    for (size_t i = 0; i < n; i++)
        v[i] = value;
    if (n && random_u32() % 4)
        v[random_u32() % n] ^= 1u << random_u32() % 32; /* may well be the first value */
    if (row->repeat_run(v, n) != scalar()->repeat_run(v, n))
        FAIL(row, "repeat_run", n, align);
}

#define CHECK_TAKE(name, type, is_null)                                                                                \
    static void check_take_##name(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)               \
    {                                                                                                                  \
        type *in = (type *)place(input, n * sizeof(type), align / sizeof(type) * sizeof(type), flush_end);             \
        type *out = (type *)place(output, n * sizeof(type), 0, true);                                                  \
        uint32_t rarity = 1 + random_u32() % 20; /* 1: nothing but NULLs */                                            \
        for (size_t i = 0; i < n; i++)                                                                                 \
            in[i] = random_u32() % rarity == 0 ? (is_null) : (type)random_u32();                                       \
        type want[MAX_LENGTH];                                                                                         \
        uint64_t want_there[MAX_LENGTH / 64 + 2], there[MAX_LENGTH / 64 + 2];                                          \
        memset(want_there, 0xa5, sizeof want_there);                                                                   \
        memset(there, 0xa5, sizeof there);                                                                             \
        size_t n_want = scalar()->take_##name(in, n, is_null, want, want_there);                                       \
        if (row->take_##name(in, n, is_null, out, there) != n_want || memcmp(out, want, n_want * sizeof(type)) != 0 || \
            memcmp(there, want_there, sizeof there) != 0)                                                              \
            FAIL(row, "take_" #name, n, align);                                                                        \
    }
CHECK_TAKE(i64, int64_t, INT64_MIN)
CHECK_TAKE(u32, uint32_t, UINT32_MAX)

static int64_t random_i64(void)
{
    return (int64_t)((uint64_t)random_u32() << 32 | random_u32()) >> random_u32() % 64;
}

static void check_range_i64(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    if (n == 0)
        return;
    int64_t *v = (int64_t *)place(input, n * 8, align / 8 * 8, flush_end), want[2], got[2];
    for (size_t i = 0; i < n; i++)
        v[i] = random_i64();
    scalar()->range_i64(v, n, &want[0], &want[1]);
    row->range_i64(v, n, &got[0], &got[1]);
    if (memcmp(want, got, sizeof want) != 0)
        FAIL(row, "range_i64", n, align);
}

static void check_deltas_i64(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    int64_t *v = (int64_t *)place(input, (n + 1) * 8, align / 8 * 8, flush_end);
    int64_t *out = (int64_t *)place(output, n * 8, 0, true), want[MAX_LENGTH];
    for (size_t i = 0; i <= n; i++)
        v[i] = random_i64();
    int64_t least = scalar()->deltas_i64(v + 1, n, want);
    if (row->deltas_i64(v + 1, n, out) != least || memcmp(out, want, n * 8) != 0)
        FAIL(row, "deltas_i64", n, align);
}

static void check_above_i64(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    int64_t *v = (int64_t *)place(input, n * 8, align / 8 * 8, flush_end), base = random_i64();
    uint32_t *out = (uint32_t *)place(output, n * 4, 0, true), want[MAX_LENGTH];
    for (size_t i = 0; i < n; i++)
        v[i] = random_i64();
    uint64_t all = scalar()->above_i64(v, n, base, want);
    if (row->above_i64(v, n, base, out) != all || memcmp(out, want, n * 4) != 0)
        FAIL(row, "above_i64", n, align);
}

static void check_bloom_insert(const struct ms_simd_ops *row, size_t n, size_t align, bool flush_end)
{
    uint64_t n_blocks = 1 + random_u32() % 40;
    uint64_t *hashes = (uint64_t *)place(input, n * 8, align / 8 * 8, flush_end);
    for (size_t i = 0; i < n; i++)
        hashes[i] = (uint64_t)random_u32() << 32 | random_u32();
    uint32_t want[40 * 8] = {0}, *words = (uint32_t *)place(output, n_blocks * 32, align / 4 * 4, flush_end);
    memset(words, 0, n_blocks * 32);
    scalar()->bloom_insert(want, n_blocks, hashes, n);
    row->bloom_insert(words, n_blocks, hashes, n);
    if (memcmp(words, want, n_blocks * 32) != 0)
        FAIL(row, "bloom_insert", n, align);
}

static void take_i64_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_take_i64);
}

static void take_u32_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_take_u32);
}

static void range_i64_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_range_i64);
}

static void deltas_i64_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_deltas_i64);
}

static void above_i64_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_above_i64);
}

static void bloom_insert_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_bloom_insert);
}

static void newline_index_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_newline_index);
}

static void pack_bits_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_pack_bits);
}

static void repeat_run_equals_scalar(void **state)
{
    (void)state;
    for_all_placements(check_repeat_run);
}

/* Random widths above hit each width only by chance, so here is each one, long enough for every main loop. */
static void pack_bits_every_width(void **state)
{
    (void)state;
    uint32_t codes[128];
    uint8_t want[512], got[512 + 1];
    for (const struct ms_simd_ops *const *row = ms_simd_rows(); *row; row++)
        for (unsigned width = 0; width <= 32 && (*row)->supported(); width++) {
            for (size_t i = 0; i < 128; i++)
                codes[i] = width == 0 ? 0 : random_u32() >> (32 - width);
            got[16 * width] = 0x5a;
            scalar()->pack_bits(codes, 128, width, want);
            (*row)->pack_bits(codes, 128, width, got);
            assert_memory_equal(got, want, 16 * width);
            assert_int_equal(got[16 * width], 0x5a);
        }
}

/* The scalar row is the judge of the others, so it is held against figures that it did not make: the example of bit packing
 * in Parquet's own description of its encodings (0..7 in 3 bits each: 88 C6 FA). */
static void scalar_known_answers(void **state)
{
    (void)state;
    const uint32_t codes[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint8_t packed[3];
    scalar()->pack_bits(codes, 8, 3, packed);
    assert_memory_equal(packed, "\x88\xc6\xfa", 3);
    uint8_t wide[32];
    scalar()->pack_bits((const uint32_t[8]){0xfffffffe, 1, 2, 3, 4, 5, 6, 0x80000000}, 8, 32, wide);
    assert_memory_equal(wide, "\xfe\xff\xff\xff\x01\0\0\0", 8);
    assert_memory_equal(wide + 28, "\0\0\0\x80", 4);

    uint32_t ends[8];
    assert_int_equal(scalar()->newline_index("ab\n\ncd\r\n", 8, ends), 3);
    assert_memory_equal(ends, ((const uint32_t[]){2, 3, 7}), 12);

    assert_int_equal(scalar()->repeat_run((const uint32_t[]){7, 7, 7, 8, 7}, 5), 3);
    assert_int_equal(scalar()->repeat_run(codes, 0), 0);

    int64_t ints[4] = {-5, 9, -5, 3}, out[4], min, max;
    uint64_t there[1];
    assert_int_equal(scalar()->take_i64(ints, 4, -5, out, there), 2);
    assert_true(out[0] == 9 && out[1] == 3 && there[0] == 0xa);
    uint32_t few[8];
    assert_int_equal(scalar()->take_u32(codes, 8, 3, few, there), 7);
    assert_true(few[2] == 2 && few[3] == 4 && few[6] == 7 && there[0] == 0xf7);
    scalar()->range_i64(ints, 4, &min, &max);
    assert_true(min == -5 && max == 9);
    assert_int_equal(scalar()->deltas_i64(ints + 1, 3, out), -14);
    assert_true(out[0] == 14 && out[1] == -14 && out[2] == 8);
    assert_true(scalar()->deltas_i64(ints + 1, 0, out) == INT64_MAX);
    assert_true(scalar()->above_i64(ints, 4, -5, few) == (14 | 8));
    assert_true(few[0] == 0 && few[1] == 14 && few[2] == 0 && few[3] == 8);
    assert_true(scalar()->above_i64(ints, 1, 0, few) == (uint64_t)-5 && few[0] == (uint32_t)-5);
}

static void select_by_name(void **state)
{
    (void)state;
    char error[256] = "";
    for (const struct ms_simd_ops *const *row = ms_simd_rows(); *row; row++) {
        setenv("MAILSTRATA_SIMD", (*row)->name, 1);
        bool selected = ms_simd_select(error, sizeof error);
        assert_int_equal(selected, (*row)->supported());
        if (selected)
            assert_ptr_equal(ms_simd, *row);
        else
            assert_non_null(strstr(error, "does not support"));
    }
    const struct ms_simd_ops *before = ms_simd;
    setenv("MAILSTRATA_SIMD", "mmx", 1);
    assert_false(ms_simd_select(error, sizeof error));
    assert_ptr_equal(ms_simd, before);
    assert_non_null(strstr(error, "mmx"));
    assert_non_null(strstr(error, "scalar"));

    unsetenv("MAILSTRATA_SIMD");
    assert_true(ms_simd_select(NULL, 0));
    const struct ms_simd_ops *const *best = ms_simd_rows();
    while (!(*best)->supported())
        best++;
    assert_ptr_equal(ms_simd, *best);
}

int main(void)
{
    const char *given = getenv("MS_TEST_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;
    rng_state = seed ? seed : 1;
    print_message("seed %llu (MS_TEST_SEED=... repeats it)\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalar_known_answers),       cmocka_unit_test(newline_index_equals_scalar),
        cmocka_unit_test(pack_bits_equals_scalar),    cmocka_unit_test(pack_bits_every_width),
        cmocka_unit_test(repeat_run_equals_scalar),   cmocka_unit_test(select_by_name),
        cmocka_unit_test(take_i64_equals_scalar),     cmocka_unit_test(take_u32_equals_scalar),
        cmocka_unit_test(range_i64_equals_scalar),    cmocka_unit_test(deltas_i64_equals_scalar),
        cmocka_unit_test(bloom_insert_equals_scalar), cmocka_unit_test(above_i64_equals_scalar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
