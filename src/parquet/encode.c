#include "parquet/encode.h"

#include "columnar/values.h"
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

/* A word that is all zeros or all ones is worth a run of its own: 2 or 3 bytes, and the next packed run 1 or 2, for 8. */
static bool is_uniform(uint64_t word)
{
    return word + 1 <= 1;
}

void ms_encode_bits(struct ms_buffer *out, const uint64_t *words, size_t n)
{
    size_t n_whole = n / 64, i = 0;
    while (i * 64 < n) {
        size_t end = i + 1;
        if (i < n_whole && is_uniform(words[i])) {
            while (end < n_whole && words[end] == words[i])
                end++;
            ms_encode_run(out, words[i] & 1, (end - i) * 64, 1);
        } else {
            while (end < n_whole && !is_uniform(words[end]))
                end++;
            if (end == n_whole)
                end += n % 64 != 0; /* the last bits join what is packed already */
            size_t n_bits = end * 64 < n ? (end - i) * 64 : n - i * 64;
            size_t n_groups = (n_bits + GROUP - 1) / GROUP;
            ms_varint_append(out, (uint64_t)n_groups << 1 | 1);
            ms_buffer_append(out, words + i, n_groups); /* this processor's bytes are in the format's order */
        }
        i = end;
    }
}

/* Deltas of INT32 values, which wrap; gives the least. */
static int64_t wrap_deltas(int64_t *deltas, size_t n)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        deltas[i] = (int32_t)(uint32_t)(uint64_t)deltas[i];
        least = deltas[i] < least ? deltas[i] : least;
    }
    return least;
}

/* Packs what the deltas are above the least; gives the width. `p` has room for MINIBLOCK * 8 + 8 bytes. */
static unsigned pack_miniblock(const int64_t *deltas, int64_t least, char *p)
{
    uint32_t low[MINIBLOCK];
    unsigned width = bits_of(ms_simd->above_i64(deltas, MINIBLOCK, least, low));
    if (width <= 32) {
        ms_simd->pack_bits(low, MINIBLOCK, width, (uint8_t *)p);
        return width;
    }
    struct bit_writer w = {.p = p};
    for (unsigned i = 0; i < MINIBLOCK; i++)
        put_bits(&w, (uint64_t)deltas[i] - (uint64_t)least, width);
    finish_bits(&w);
    return width;
}

static void delta_block(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32)
{
    int64_t deltas[BLOCK];
    int64_t least = ms_simd->deltas_i64(values, n, deltas);
    if (is_int32)
        least = wrap_deltas(deltas, n);
    for (size_t i = n; i < BLOCK; i++)
        deltas[i] = least; /* the padding packs as zeros */
    ms_varint_append(out, ms_zigzag(least));
    ms_buffer_reserve(out, MINIBLOCKS + BLOCK * 8 + 8);
    char *widths = out->data + out->size_bytes, *p = widths + MINIBLOCKS;
    for (unsigned m = 0; m < MINIBLOCKS; m++) {
        unsigned width = pack_miniblock(deltas + (size_t)m * MINIBLOCK, least, p);
        widths[m] = (char)width;
        p += MINIBLOCK / 8 * width; /* 32 values end at a whole byte */
    }
    out->size_bytes = (size_t)(p - out->data);
}

static void delta_header(struct ms_buffer *out, int64_t first, size_t n)
{
    ms_varint_append(out, BLOCK);
    ms_varint_append(out, MINIBLOCKS);
    ms_varint_append(out, n);
    ms_varint_append(out, ms_zigzag(first));
}

void ms_encode_delta(struct ms_buffer *out, const int64_t *values, size_t n, bool is_int32)
{
    delta_header(out, n ? values[0] : 0, n);
    for (size_t i = 1; i < n; i += BLOCK)
        delta_block(out, values + i, n - i < BLOCK ? n - i : BLOCK, is_int32);
}

void ms_encode_delta_equal(struct ms_buffer *out, int64_t value, size_t n)
{
    static const char block[1 + MINIBLOCKS] = {0}; /* the least delta is 0, and so are the widths */
    delta_header(out, n ? value : 0, n);
    for (size_t i = 1; i < n; i += BLOCK)
        ms_buffer_append(out, block, sizeof block);
}

/* Two copies that overlap, for the lengths that most strings have: a call of memcpy costs more than they do. */
static inline void copy_text(char *to, const char *from, size_t n)
{
    if (n > 64) {
        memcpy(to, from, n);
    } else if (n >= 32) {
        memcpy(to, from, 32);
        memcpy(to + n - 32, from + n - 32, 32);
    } else if (n >= 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

void ms_encode_delta_lengths(struct ms_buffer *out, const struct ms_span *strings, size_t n, int64_t *lengths)
{
    size_t total_bytes = 0;
    for (size_t i = 0; i < n; i++) {
        lengths[i] = strings[i].n;
        total_bytes += strings[i].n;
    }
    ms_encode_delta(out, lengths, n, false); /* below 2^31: no delta wraps */
    ms_buffer_reserve(out, total_bytes);
}

void ms_encode_texts(struct ms_buffer *out, const struct ms_span *strings, size_t n)
{
    size_t total_bytes = 0;
    for (size_t i = 0; i < n; i++)
        total_bytes += strings[i].n;
    ms_buffer_reserve(out, total_bytes);
    char *p = out->data + out->size_bytes;
    for (size_t i = 0; i < n; i++) {
        copy_text(p, strings[i].p, strings[i].n);
        p += strings[i].n;
    }
    out->size_bytes += total_bytes;
}

void ms_encode_plain_strings(struct ms_buffer *out, const struct ms_span *strings, size_t n)
{
    enum { AHEAD = 16 };
    size_t total_bytes = 0;
    for (size_t i = 0; i < n; i++)
        total_bytes += sizeof strings[i].n + strings[i].n;
    ms_buffer_reserve(out, total_bytes);
    char *p = out->data + out->size_bytes;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(strings[i + AHEAD].p);
        memcpy(p, &strings[i].n, sizeof strings[i].n);
        copy_text(p + sizeof strings[i].n, strings[i].p, strings[i].n);
        p += sizeof strings[i].n + strings[i].n;
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

void ms_encode_plain_doubles(struct ms_buffer *out, const int64_t *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t bits = ms_double_bits(cells[i]);
        ms_buffer_append(out, &bits, sizeof bits);
    }
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
