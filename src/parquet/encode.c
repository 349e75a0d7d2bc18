#include "parquet/encode.h"

#include "parquet/varint.h"
#include "simd/simd.h"

enum { GROUP = 8, BLOCK = 128, MINIBLOCKS = 4, MINIBLOCK = BLOCK / MINIBLOCKS };

static unsigned bits_of(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

unsigned ms_code_width(uint32_t n)
{
    unsigned width = n > 1 ? bits_of(n - 1) : 0;
    return width ? width : 1;
}

/* Bits go out least significant first, eight bytes at a time; the buffer must have 8 bytes to spare. */
struct bit_writer {
    char *p;
    uint64_t acc;
    unsigned fill; /* bits in acc, < 64 */
};

static inline void put_bits(struct bit_writer *w, uint64_t v, unsigned width)
{
    w->acc |= v << w->fill;
    w->fill += width;
    if (w->fill >= 64) {
        memcpy(w->p, &w->acc, 8);
        w->p += 8;
        w->fill -= 64;
        w->acc = w->fill ? v >> (width - w->fill) : 0;
    }
}

/* Ends at a whole byte; the rest of it is zero. */
static inline char *finish_bits(struct bit_writer *w)
{
    memcpy(w->p, &w->acc, 8);
    return w->p + (w->fill + 7) / 8;
}

void ms_encode_run(struct ms_buffer *out, uint32_t value, size_t n, unsigned width)
{
    ms_varint_append(out, (uint64_t)n << 1);
    ms_buffer_append(out, &value, (width + 7) / 8);
}

static void packed_run(struct ms_buffer *out, const uint32_t *values, size_t n, unsigned width)
{
    size_t n_whole = n / GROUP * GROUP;
    size_t n_groups = (n + GROUP - 1) / GROUP;
    ms_varint_append(out, (uint64_t)n_groups << 1 | 1);
    ms_buffer_reserve(out, n_groups * width);
    uint8_t *p = (uint8_t *)out->data + out->size_bytes;
    ms_simd->pack_bits(values, n_whole, width, p);
    if (n_whole < n) { /* the last group is filled up with zeros */
        uint32_t rest[GROUP] = {0};
        memcpy(rest, values + n_whole, (n - n_whole) * sizeof *values);
        ms_simd->pack_bits(rest, GROUP, width, p + n_whole / GROUP * width);
    }
    out->size_bytes += n_groups * width;
}

/* Whether a run of at least `shortest` values starts here; ends at the first difference, mostly the first. */
static bool run_starts(const uint32_t *values, size_t shortest)
{
    size_t k = 1;
    while (k < shortest && values[k] == values[0])
        k++;
    return k == shortest;
}

/* A run breaks the packed one in two, which costs about 5 bytes: as much as `groups` groups of eight take when packed. */
static size_t shortest_run(unsigned width)
{
    size_t groups = 1 + 4 / width;
    return groups * GROUP;
}

void ms_encode_hybrid(struct ms_buffer *out, const uint32_t *values, size_t n, unsigned width)
{
    size_t shortest = shortest_run(width);
    size_t i = 0;
    while (i < n) {
        size_t run = ms_simd->repeat_run(values + i, n - i);
        if (run >= shortest || run == n - i) {
            ms_encode_run(out, values[i], run, width);
            i += run;
            continue;
        }
        size_t end = i + GROUP;
        while (end + shortest <= n && !run_starts(values + end, shortest))
            end += GROUP;
        if (end + shortest > n)
            end = n; /* what is left holds no long run */
        packed_run(out, values + i, end - i, width);
        i = end;
    }
}

/* Deltas of up to BLOCK values, each from its predecessor; gives the least. */
static int64_t take_deltas(int64_t *deltas, const int64_t *values, size_t n, bool is_int32)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        uint64_t d = (uint64_t)values[i] - (uint64_t)values[i - 1];
        deltas[i] = is_int32 ? (int64_t)(int32_t)(uint32_t)d : (int64_t)d;
        least = deltas[i] < least ? deltas[i] : least;
    }
    return least;
}

static void delta_block(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32)
{
    int64_t deltas[BLOCK];
    int64_t least = take_deltas(deltas, values, n, is_int32);
    for (size_t i = n; i < BLOCK; i++)
        deltas[i] = least; /* the padding packs as zeros */
    ms_varint_append(out, ms_zigzag(least));
    ms_buffer_reserve(out, MINIBLOCKS + BLOCK * 8 + 8);
    char *widths = out->data + out->size_bytes;
    struct bit_writer w = {.p = widths + MINIBLOCKS};
    for (unsigned m = 0; m < MINIBLOCKS; m++) {
        const int64_t *d = deltas + (size_t)m * MINIBLOCK;
        uint64_t all = 0;
        for (unsigned i = 0; i < MINIBLOCK; i++)
            all |= (uint64_t)d[i] - (uint64_t)least;
        unsigned width = bits_of(all);
        widths[m] = (char)width;
        for (unsigned i = 0; width != 0 && i < MINIBLOCK; i++)
            put_bits(&w, (uint64_t)d[i] - (uint64_t)least, width);
        w = (struct bit_writer){.p = finish_bits(&w)}; /* 32 values end at a whole byte */
    }
    out->size_bytes = (size_t)(w.p - out->data);
}

void ms_encode_delta(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32)
{
    ms_varint_append(out, BLOCK);
    ms_varint_append(out, MINIBLOCKS);
    ms_varint_append(out, n);
    ms_varint_append(out, ms_zigzag(n ? values[0] : 0));
    for (size_t i = 1; i < n; i += BLOCK)
        delta_block(out, values + i, n - i < BLOCK ? n - i : BLOCK, is_int32);
}

void ms_encode_delta_strings(struct ms_buffer *out, const struct ms_span *strings, size_t n, int64_t *lengths)
{
    size_t total_bytes = 0;
    for (size_t i = 0; i < n; i++) {
        lengths[i] = strings[i].n;
        total_bytes += strings[i].n;
    }
    ms_encode_delta(out, lengths, n, true);
    ms_buffer_reserve(out, total_bytes);
    char *p = out->data + out->size_bytes;
    for (size_t i = 0; i < n; i++) {
        memcpy(p, strings[i].p, strings[i].n);
        p += strings[i].n;
    }
    out->size_bytes += total_bytes;
}

void ms_encode_plain_ints(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32)
{
    if (!is_int32) {
        ms_buffer_append(out, values, n * sizeof *values);
        return;
    }
    ms_buffer_reserve(out, n * sizeof(int32_t));
    char *p = out->data + out->size_bytes;
    for (size_t i = 0; i < n; i++) {
        int32_t v = (int32_t)values[i];
        memcpy(p + i * sizeof v, &v, sizeof v);
    }
    out->size_bytes += n * sizeof(int32_t);
}

void ms_encode_plain_bools(struct ms_buffer *out, const int64_t *values, size_t n)
{
    size_t n_bytes = (n + 7) / 8;
    ms_buffer_reserve(out, n_bytes + 8);
    struct bit_writer w = {.p = out->data + out->size_bytes};
    for (size_t i = 0; i < n; i++)
        put_bits(&w, values[i] != 0, 1);
    finish_bits(&w);
    out->size_bytes += n_bytes;
}
