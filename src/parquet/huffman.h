/* The literals section of a block of zstd (RFC 8878, 3.1.1.3.1): bytes, coded by their frequency. Thread rule: one owner. */
#ifndef MS_PARQUET_HUFFMAN_H
#define MS_PARQUET_HUFFMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MS_LITERALS_MOST = 1 << 17,
    MS_LITERALS_SLACK = 64 /* bytes that may be written behind what is given as room */
};

/* Appends the section for n <= MS_LITERALS_MOST bytes at `out`, which has room for n + MS_LITERALS_SLACK bytes and as many of
 * slack; gives its end. NULL: there are bytes above 128, whose code the short description of codes does not hold. */
char *ms_literals_encode(char *out, const char *literals, size_t n);

#endif
