/* ULEB128 and zigzag, the two number forms that Thrift's compact protocol and Parquet's encodings share. Thread rule: one
 * owner of the buffer. */
#ifndef MS_PARQUET_VARINT_H
#define MS_PARQUET_VARINT_H

#include "base/buffer.h"

static inline uint64_t ms_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline void ms_varint_append(struct ms_buffer *out, uint64_t v)
{
    char bytes[10];
    unsigned n = 0;
    while (v >= 0x80) {
        bytes[n++] = (char)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (char)v;
    ms_buffer_append(out, bytes, n);
}

#endif
