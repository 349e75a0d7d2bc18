/* Seeded random numbers and Zipf ranks. Private to gen/. Thread rule: plain data, one owner. */
#ifndef MS_GEN_RANDOM_H
#define MS_GEN_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct ms_gen_random {
    uint64_t s[4];
};

static inline uint64_t ms_gen_mix64(uint64_t x) /* a bijection that spreads every bit */
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t ms_gen_next(struct ms_gen_random *r) /* xoshiro256** */
{
    uint64_t *s = r->s, v = s[1] * 5, t = s[1] << 17;
    v = (v << 7 | v >> 57) * 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return v;
}

static inline uint32_t ms_gen_below(struct ms_gen_random *r, uint32_t n) /* 0 .. n-1 */
{
    return (uint32_t)(((ms_gen_next(r) >> 32) * n) >> 32);
}

/* A share as a threshold, so that a draw is one comparison of integers. */
static inline uint64_t ms_gen_share(double share)
{
    return share <= 0 ? 0 : share >= 1 ? UINT64_C(1) << 32 : (uint64_t)(share * 4294967296.0);
}

static inline bool ms_gen_chance(struct ms_gen_random *r, uint64_t share)
{
    return (ms_gen_next(r) >> 32) < share;
}

void ms_gen_random_seed(struct ms_gen_random *r, uint64_t seed);

/* Ranks 0 .. n-1, rank k as often as 1 / (k + flat): the quantile function in cells of equal share. */
enum { MS_GEN_ZIPF_CELLS = 4096 };
struct ms_gen_zipf {
    uint32_t cell[MS_GEN_ZIPF_CELLS + 1];
};
void ms_gen_zipf_init(struct ms_gen_zipf *z, uint32_t n, uint32_t flat);

static inline uint32_t ms_gen_zipf_pick(const struct ms_gen_zipf *z, struct ms_gen_random *r)
{
    uint64_t v = ms_gen_next(r);
    const uint32_t *cell = z->cell + (v >> 52);
    return cell[0] + (uint32_t)(((v & UINT32_MAX) * (cell[1] - cell[0])) >> 32);
}

#endif
