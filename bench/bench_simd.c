/* Each kernel of each row that this machine supports, over 1 MiB in the cache; first held against the scalar row. The
 * ceiling for newline_index is libc's memchr over the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/shim.h"
#include "simd/simd.h"

enum { TEXT_BYTES = 1 << 20, N_CODES = 1 << 18, LINE_BYTES = 146 };

static char text[TEXT_BYTES];
static uint32_t codes[N_CODES], masked[N_CODES], equal[N_CODES];
static uint32_t index_row[TEXT_BYTES], index_scalar[TEXT_BYTES];
static uint8_t packed_row[N_CODES * 4], packed_scalar[N_CODES * 4];

struct subject {
    const struct ms_simd_ops *row;
    unsigned width; /* pack_bits */
};

static const struct ms_simd_ops *scalar_row(void)
{
    const struct ms_simd_ops *const *row = ms_simd_rows();
    while (row[1])
        row++;
    return *row;
}

static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Lines of about LINE_BYTES, as in a log; codes of all widths; one long run. */
static void make_input(void)
{
    uint64_t seed = 20240229;
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = random_next(&seed) % LINE_BYTES == 0 ? '\n' : (char)('a' + i % 26);
    for (size_t i = 0; i < N_CODES; i++) {
        codes[i] = (uint32_t)(random_next(&seed) << 1);
        equal[i] = 7;
    }
}

static void bench_memchr(struct ms_bench *b, void *arg)
{
    (void)arg;
    while (ms_bench_next(b)) {
        size_t n = 0;
        const char *p = text, *end = text + TEXT_BYTES;
        while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
            index_row[n++] = (uint32_t)(p - text);
            p++;
        }
        ms_bench_keep(n);
    }
    ms_bench_bytes(b, TEXT_BYTES);
}

static void bench_newline_index(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    size_t n = s->row->newline_index(text, TEXT_BYTES, index_row);
    if (n != scalar_row()->newline_index(text, TEXT_BYTES, index_scalar) ||
        memcmp(index_row, index_scalar, n * sizeof *index_row) != 0) {
        ms_bench_fail(b, "differs from the scalar row");
        return;
    }
    while (ms_bench_next(b))
        ms_bench_keep(s->row->newline_index(text, TEXT_BYTES, index_row));
    ms_bench_bytes(b, TEXT_BYTES);
}

static void bench_pack_bits(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    for (size_t i = 0; i < N_CODES; i++)
        masked[i] = codes[i] & (uint32_t)((1ull << s->width) - 1);
    s->row->pack_bits(masked, N_CODES, s->width, packed_row);
    scalar_row()->pack_bits(masked, N_CODES, s->width, packed_scalar);
    if (memcmp(packed_row, packed_scalar, (size_t)N_CODES / 8 * s->width) != 0) {
        ms_bench_fail(b, "differs from the scalar row");
        return;
    }
    while (ms_bench_next(b)) {
        s->row->pack_bits(masked, N_CODES, s->width, packed_row);
        ms_bench_keep(packed_row[0]);
    }
    ms_bench_bytes(b, sizeof masked);
}

static void bench_repeat_run(struct ms_bench *b, void *arg)
{
    const struct subject *s = arg;
    if (s->row->repeat_run(equal, N_CODES) != scalar_row()->repeat_run(equal, N_CODES)) {
        ms_bench_fail(b, "differs from the scalar row");
        return;
    }
    while (ms_bench_next(b))
        ms_bench_keep(s->row->repeat_run(equal, N_CODES));
    ms_bench_bytes(b, sizeof equal);
}

static void add(const char *kernel, ms_bench_fn fn, const struct ms_simd_ops *row, unsigned width)
{
    struct subject *s = malloc(sizeof *s); /* lives as long as the process */
    if (s == NULL)
        abort();
    *s = (struct subject){row, width};
    char name[64];
    snprintf(name, sizeof name, width ? "%s/%s/%u" : "%s/%s", kernel, row->name, width);
    ms_bench_add(name, fn, s);
}

int main(int argc, char **argv)
{
    static const unsigned widths[] = {1, 5, 12, 20};
    make_input();
    ms_bench_add("newline_index/memchr", bench_memchr, NULL);
    for (const struct ms_simd_ops *const *row = ms_simd_rows(); *row; row++) {
        if (!(*row)->supported())
            continue;
        add("newline_index", bench_newline_index, *row, 0);
        add("repeat_run", bench_repeat_run, *row, 0);
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
            add("pack_bits", bench_pack_bits, *row, widths[i]);
    }
    return ms_bench_run(argc, argv);
}
