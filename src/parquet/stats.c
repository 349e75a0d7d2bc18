#include "parquet/stats.h"

#include "simd/simd.h"

void ms_int_range_add(struct ms_int_range *r, const int64_t *values, size_t n)
{
    if (n == 0)
        return;
    struct ms_int_range seen = {.any = true};
    ms_simd->range_i64(values, n, &seen.min, &seen.max);
    ms_int_range_merge(r, &seen);
}

void ms_int_range_merge(struct ms_int_range *r, const struct ms_int_range *other)
{
    if (!other->any)
        return;
    if (!r->any) {
        *r = *other;
        return;
    }
    r->min = other->min < r->min ? other->min : r->min;
    r->max = other->max > r->max ? other->max : r->max;
}

/* Shorter strings are filled up with zeros: equal heads decide nothing. */
static inline uint64_t head_of(struct ms_span s)
{
    uint64_t head = 0;
    if (s.n >= sizeof head) {
        memcpy(&head, s.p, sizeof head);
        return __builtin_bswap64(head);
    }
    for (uint32_t i = 0; i < s.n; i++)
        head |= (uint64_t)(unsigned char)s.p[i] << (56 - 8 * i);
    return head;
}

static int compare(struct ms_span a, uint64_t a_head, struct ms_span b, uint64_t b_head)
{
    if (a_head != b_head)
        return a_head < b_head ? -1 : 1;
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

void ms_string_range_add(struct ms_string_range *r, const struct ms_span *strings, size_t n)
{
    if (n == 0)
        return;
    if (!r->any) {
        r->any = true;
        r->min = r->max = strings[0];
        r->min_head = r->max_head = head_of(strings[0]);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t head = head_of(strings[i]);
        if (head > r->min_head && head < r->max_head)
            continue;
        if (compare(strings[i], head, r->min, r->min_head) < 0) {
            r->min = strings[i];
            r->min_head = head;
        }
        if (compare(strings[i], head, r->max, r->max_head) > 0) {
            r->max = strings[i];
            r->max_head = head;
        }
    }
}

static void set_int(struct ms_bound *b, int64_t v, unsigned width_bytes)
{
    *b = (struct ms_bound){.present = true, .exact = true, .n_bytes = (uint8_t)width_bytes};
    memcpy(b->bytes, &v, width_bytes); /* little-endian, as this processor is */
}

void ms_bounds_of_ints(struct ms_bound *min, struct ms_bound *max, const struct ms_int_range *r, unsigned width_bytes)
{
    *min = *max = (struct ms_bound){0};
    if (r->any) {
        set_int(min, r->min, width_bytes);
        set_int(max, r->max, width_bytes);
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The length of the longest beginning of at most MS_BOUND_BYTES that ends between two characters. */
static uint8_t cut_length(struct ms_span s)
{
    if (s.n <= MS_BOUND_BYTES)
        return (uint8_t)s.n;
    unsigned n = MS_BOUND_BYTES;
    while (n > 0 && is_continuation(s.p[n]))
        n--;
    return (uint8_t)n;
}

static void set_string(struct ms_bound *b, struct ms_span s)
{
    *b = (struct ms_bound){.present = true, .n_bytes = cut_length(s)};
    b->exact = b->n_bytes == s.n;
    memcpy(b->bytes, s.p, b->n_bytes);
}

/* The character that starts at p; its length in bytes is known from where the next one starts. */
static uint32_t decode(const char *p, unsigned n)
{
    static const unsigned char lead_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)p[0] & lead_mask[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3f);
    return c;
}

static unsigned encode(char *p, uint32_t c)
{
    unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    for (unsigned i = n - 1; i > 0; i--, c >>= 6)
        p[i] = (char)(0x80 | (c & 0x3f));
    p[0] = (char)(lead[n] | c);
    return n;
}

/* Makes a cut bound greater than everything that begins like it: the last character becomes the next one. The greatest
 * character has no next one and is dropped; if nothing is left, there is no bound. */
static void raise_last(struct ms_bound *b)
{
    while (b->n_bytes > 0) {
        unsigned start = b->n_bytes - 1u;
        while (start > 0 && is_continuation(b->bytes[start]))
            start--;
        unsigned n = b->n_bytes - start;
        uint32_t c = n <= 4 ? decode(b->bytes + start, n) : 0x10ffff;
        b->n_bytes = (uint8_t)start;
        if (c < 0x10ffff) {
            uint32_t next = c + 1 == 0xd800 ? 0xe000 : c + 1; /* over the surrogates: they are no characters */
            b->n_bytes = (uint8_t)(start + encode(b->bytes + start, next));
            return;
        }
    }
    b->present = false;
}

void ms_bounds_of_strings(struct ms_bound *min, struct ms_bound *max, const struct ms_string_range *r)
{
    *min = *max = (struct ms_bound){0};
    if (!r->any)
        return;
    set_string(min, r->min);
    set_string(max, r->max);
    if (!max->exact)
        raise_last(max);
}

void ms_stats_write(struct ms_thrift *t, int id, const struct ms_stats *s)
{
    ms_thrift_begin(t, id);
    ms_thrift_i64(t, 3, (int64_t)s->n_nulls);
    if (s->n_distinct != 0)
        ms_thrift_i64(t, 4, (int64_t)s->n_distinct);
    if (s->max.present)
        ms_thrift_binary(t, 5, s->max.bytes, s->max.n_bytes);
    if (s->min.present)
        ms_thrift_binary(t, 6, s->min.bytes, s->min.n_bytes);
    if (s->max.present)
        ms_thrift_bool(t, 7, s->max.exact);
    if (s->min.present)
        ms_thrift_bool(t, 8, s->min.exact);
    ms_thrift_end(t);
}
