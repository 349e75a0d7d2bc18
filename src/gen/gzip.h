/* A gzip file that packs nothing (stored blocks): for copies of logs that readers have to know as such. One owner. */
#ifndef MS_GEN_GZIP_H
#define MS_GEN_GZIP_H

#include <stddef.h>
#include <stdint.h>

enum { MS_GZIP_HEADER = 10, MS_GZIP_BLOCK = 5, MS_GZIP_TRAILER = 8, MS_GZIP_BLOCK_MAX = 65535 };

struct ms_gzip { /* {0}: nothing was written */
    uint32_t crc;
    uint32_t n_bytes; /* modulo 2^32 */
};

/* Each writes so many bytes as its constant says. A block holds n_bytes of text, which follow it in the file. */
void ms_gzip_header(unsigned char out[MS_GZIP_HEADER]);
void ms_gzip_block(struct ms_gzip *g, const char *text, uint16_t n_bytes, unsigned char out[MS_GZIP_BLOCK]);
/* A last, empty block is part of it. */
void ms_gzip_trailer(const struct ms_gzip *g, unsigned char out[MS_GZIP_BLOCK + MS_GZIP_TRAILER]);

#endif
