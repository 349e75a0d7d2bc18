#include "gen/gzip.h"

#include <isa-l/crc.h>
#include <string.h>

void ms_gzip_header(unsigned char out[MS_GZIP_HEADER])
{
    static const unsigned char header[MS_GZIP_HEADER] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}; /* no time; Unix */
    memcpy(out, header, sizeof header);
}

static void put_block(unsigned char out[MS_GZIP_BLOCK], unsigned is_last, uint16_t n_bytes)
{
    out[0] = (unsigned char)is_last;
    out[1] = (unsigned char)n_bytes;
    out[2] = (unsigned char)(n_bytes >> 8);
    out[3] = (unsigned char)~out[1];
    out[4] = (unsigned char)~out[2];
}

void ms_gzip_block(struct ms_gzip *g, const char *text, uint16_t n_bytes, unsigned char out[MS_GZIP_BLOCK])
{
    g->crc = crc32_gzip_refl(g->crc, (const unsigned char *)text, n_bytes);
    g->n_bytes += n_bytes;
    put_block(out, 0, n_bytes);
}

static void put_number(unsigned char *out, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(n >> 8 * i);
}

void ms_gzip_trailer(const struct ms_gzip *g, unsigned char out[MS_GZIP_BLOCK + MS_GZIP_TRAILER])
{
    put_block(out, 1, 0);
    put_number(out + MS_GZIP_BLOCK, g->crc);
    put_number(out + MS_GZIP_BLOCK + 4, g->n_bytes);
}
