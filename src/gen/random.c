#include "gen/random.h"

void ms_gen_random_seed(struct ms_gen_random *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) /* splitmix64: no state is all zero */
        r->s[i] = ms_gen_mix64(seed += UINT64_C(0x9e3779b97f4a7c15));
}

/* Only sums and divisions of doubles, which IEEE 754 fixes to the bit: the same table on every machine. */
void ms_gen_zipf_init(struct ms_gen_zipf *z, uint32_t n, uint32_t flat)
{
    double total = 0, sum = 0;
    for (uint32_t k = 0; k < n; k++)
        total += 1.0 / (double)(k + flat);
    double step = total / MS_GEN_ZIPF_CELLS, border = step;
    uint32_t cell = 0;
    z->cell[0] = 0;
    for (uint32_t k = 0; k < n; k++) {
        sum += 1.0 / (double)(k + flat);
        while (cell + 1 < MS_GEN_ZIPF_CELLS && sum >= border) {
            z->cell[++cell] = k;
            border += step;
        }
    }
    while (cell < MS_GEN_ZIPF_CELLS)
        z->cell[++cell] = n;
}
