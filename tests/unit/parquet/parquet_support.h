/* For the tests of this layer: cmocka, random numbers, and plain decoders written from the format's text, one bit at a time,
 * to hold the encoders against. Read bounds are checked: a decoder that would run past the end fails the test. */
#ifndef MS_TEST_PARQUET_SUPPORT_H
#define MS_TEST_PARQUET_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/span.h"

static inline uint64_t test_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct test_reader {
    const unsigned char *p;
    size_t n, at;
};

static inline struct test_reader test_reader_of(const struct ms_buffer *b)
{
    return (struct test_reader){(const unsigned char *)b->data, b->size_bytes, 0};
}

static inline unsigned char test_byte(struct test_reader *r)
{
    assert_true(r->at < r->n);
    return r->p[r->at++];
}

static inline uint64_t test_varint(struct test_reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char b = test_byte(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return v;
    }
}

static inline int64_t test_zigzag(struct test_reader *r)
{
    uint64_t v = test_varint(r);
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static inline uint64_t test_little_endian(struct test_reader *r, unsigned n_bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n_bytes; i++)
        v |= (uint64_t)test_byte(r) << 8 * i;
    return v;
}

/* Value `i` of a packed run that starts at r->at. */
static inline uint64_t test_packed(const struct test_reader *r, size_t i, unsigned width)
{
    uint64_t v = 0;
    for (unsigned bit = 0; bit < width; bit++) {
        size_t k = i * width + bit;
        assert_true(r->at + k / 8 < r->n);
        v |= (uint64_t)(r->p[r->at + k / 8] >> k % 8 & 1) << bit;
    }
    return v;
}

/* Decodes n values of the RLE/bit-packed hybrid; what pads the last group must be zero. */
static inline void test_decode_hybrid(struct test_reader *r, uint32_t *out, size_t n, unsigned width)
{
    size_t k = 0;
    while (k < n) {
        uint64_t header = test_varint(r);
        uint64_t count = header >> 1;
        assert_true(count > 0);
        if (header & 1) {
            for (size_t i = 0; i < count * 8; i++) {
                uint32_t v = (uint32_t)test_packed(r, i, width);
                if (k < n)
                    out[k++] = v;
                else
                    assert_int_equal(v, 0);
            }
            r->at += count * width;
        } else {
            uint32_t v = (uint32_t)test_little_endian(r, (width + 7) / 8);
            assert_true(k + count <= n);
            while (count-- > 0)
                out[k++] = v;
        }
    }
}

/* Decodes DELTA_BINARY_PACKED; gives the number of values. `is_int32`: sums wrap at 32 bits. */
static inline size_t test_decode_delta(struct test_reader *r, int64_t *out, size_t capacity, bool is_int32)
{
    uint64_t block = test_varint(r), miniblocks = test_varint(r), n = test_varint(r);
    assert_true(block % 128 == 0 && block / miniblocks % 32 == 0 && n <= capacity);
    uint64_t value = (uint64_t)test_zigzag(r);
    size_t k = 0;
    if (n > 0)
        out[k++] = (int64_t)value;
    while (k < n) {
        uint64_t least = (uint64_t)test_zigzag(r);
        const unsigned char *widths = r->p + r->at;
        r->at += miniblocks;
        for (uint64_t m = 0; m < miniblocks; m++) {
            unsigned width = widths[m];
            assert_true(width <= (is_int32 ? 32 : 64));
            assert_true(k < n || width == 0); /* miniblocks without values have no bytes */
            for (size_t i = 0; i < block / miniblocks && k < n; i++) {
                value += least + test_packed(r, i, width);
                out[k++] = is_int32 ? (int32_t)(uint32_t)value : (int64_t)value;
            }
            r->at += block / miniblocks * width / 8;
        }
    }
    return n;
}

static inline void test_bytes_equal(const struct ms_buffer *b, const void *expected, size_t n)
{
    assert_int_equal(b->size_bytes, n);
    assert_memory_equal(b->data, expected, n);
}

/* A page header as page.c writes it: four numbers and the inner struct of a V1 data page or a dictionary page. */
struct test_page {
    int64_t type, body_bytes, frame_bytes, crc, n_values, encoding;
    const unsigned char *frame;
    size_t header_bytes;
};

static inline int64_t test_field(struct test_reader *r)
{
    assert_int_equal(test_byte(r), 0x15); /* i32, the id one more than the last */
    return test_zigzag(r);
}

static inline struct test_page test_read_page(struct test_reader *r)
{
    size_t start = r->at;
    struct test_page p = {.type = test_field(r)};
    p.body_bytes = test_field(r);
    p.frame_bytes = test_field(r);
    p.crc = test_field(r);
    assert_int_equal(test_byte(r), p.type == 0 ? 0x1c : 0x3c);
    p.n_values = test_field(r);
    p.encoding = test_field(r);
    if (p.type == 0) {
        assert_int_equal(test_field(r), 3);
        assert_int_equal(test_field(r), 3);
    }
    assert_int_equal(test_byte(r), 0);
    assert_int_equal(test_byte(r), 0);
    p.header_bytes = r->at - start;
    p.frame = r->p + r->at;
    assert_true(r->at + (size_t)p.frame_bytes <= r->n);
    r->at += (size_t)p.frame_bytes;
    return p;
}

/* CRC-32 of gzip, bit by bit. */
static inline uint32_t test_crc(const unsigned char *p, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

#endif
