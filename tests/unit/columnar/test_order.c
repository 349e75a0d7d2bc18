/* The sort of rows against qsort: keys of all shapes, stable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "columnar/order.h"

enum { MAX_ITEMS = 20000 };

static uint64_t rng_state = 1;

static uint64_t random_u64(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

/* ---- shapes of keys ---- */

static uint64_t ascending(uint64_t i)
{
    return i * 150;
}
static uint64_t descending(uint64_t i)
{
    return MAX_ITEMS - i;
}
static uint64_t nearly(uint64_t i) /* as rows come: each some thousand bytes out of place */
{
    return i * 150 + random_u64() % 30000;
}
static uint64_t anything(uint64_t i)
{
    (void)i;
    return random_u64();
}
static uint64_t few(uint64_t i)
{
    (void)i;
    return random_u64() % 3;
}
static uint64_t equal(uint64_t i)
{
    (void)i;
    return 7;
}
static uint64_t of_files(uint64_t i) /* all of a file in one small part of the range */
{
    return (i % 5) << 44 | random_u64() % 100000;
}
static uint64_t doubling(uint64_t i) /* each level of buckets parts with very few */
{
    return UINT64_C(1) << i % 64;
}
static uint64_t ends(uint64_t i)
{
    return i % 2 ? UINT64_MAX - i : i;
}
static uint64_t one_far(uint64_t i)
{
    return i == 77 ? UINT64_MAX : random_u64() % 1000000;
}

static int by_key_and_row(const void *a, const void *b)
{
    const struct ms_order_item *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->row > y->row) - (x->row < y->row);
}

static void like_qsort(void **state)
{
    (void)state;
    static uint64_t (*const shapes[])(uint64_t) = {ascending, descending, nearly,   anything, few,
                                                   equal,     of_files,   doubling, ends,     one_far};
    static const uint64_t sizes[] = {0, 1, 2, 31, 32, 33, 34, 100, 1000, MAX_ITEMS};
    struct ms_order_item *items = calloc(MAX_ITEMS, sizeof *items), *spare = calloc(MAX_ITEMS, sizeof *items),
                         *expected = calloc(MAX_ITEMS, sizeof *items);
    for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            for (uint64_t i = 0; i < sizes[k]; i++)
                items[i] = expected[i] = (struct ms_order_item){.key = shapes[shape](i), .row = (uint32_t)i};
            qsort(expected, sizes[k], sizeof *expected, by_key_and_row); /* rows ascend: what stable means */
            ms_order_sort(items, spare, sizes[k]);
            for (uint64_t i = 0; i < sizes[k]; i++)
                if (items[i].key != expected[i].key || items[i].row != expected[i].row)
                    fail_msg("shape %zu, %zu items: place %zu", shape, (size_t)sizes[k], (size_t)i);
        }
    free(items);
    free(spare);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(like_qsort)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
