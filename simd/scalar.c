/* The plain twins: what the other rows must equal. */
#include "simd/rows.h"

static bool supported(void)
{
    return true;
}

static size_t newline_index(const char *p, size_t n, uint32_t *out)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] == '\n')
            out[found++] = (uint32_t)i;
    return found;
}

static void pack_bits(const uint32_t *codes, size_t n, unsigned width, uint8_t *out)
{
    uint64_t bits = 0; /* not yet written; fewer than 8 between two values */
    unsigned n_bits = 0;
    for (size_t i = 0; i < n; i++) {
        bits |= (uint64_t)codes[i] << n_bits;
        for (n_bits += width; n_bits >= 8; n_bits -= 8) {
            *out++ = (uint8_t)bits;
            bits >>= 8;
        }
    }
}

static size_t repeat_run(const uint32_t *v, size_t n)
{
    size_t run = 0;
    while (run < n && v[run] == v[0])
        run++;
    return run;
}

const struct ms_simd_ops ms_simd_scalar = {
    .name = "scalar",
    .supported = supported,
    .newline_index = newline_index,
    .pack_bits = pack_bits,
    .repeat_run = repeat_run,
};
