/* A keyed 64-bit hash of short byte strings, for tables in memory: a few multiplications, inlined. The key is random per run,
 * so that log text cannot aim at a table. Never for output: that is XXH3 with fixed seeds. Reads only [p, p + n). Pure. */
#ifndef MS_BASE_HASH_H
#define MS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t ms_hash_load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t ms_hash_load32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

/* 64 x 64 -> 128 bits, folded: every bit of the result depends on every bit of both. */
static inline uint64_t ms_hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 m = (unsigned __int128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

struct ms_hash96 {
    uint64_t hash; /* never 0, so that 0 can mark an empty slot */
    uint32_t check;
};

static inline __attribute__((always_inline)) struct ms_hash96 ms_hash_96(const char *p, size_t n, uint64_t key)
{
    const uint64_t k1 = key ^ UINT64_C(0x9E3779B97F4A7C15), k2 = (key << 32 | key >> 32) ^ UINT64_C(0xD6E8FEB86659FD93);
    uint64_t h = n ^ k2, g = n ^ k1, a, b; /* two lanes: 128 bits of state */
    if (n > 16) {
        for (size_t i = 0; i + 16 < n; i += 16) {
            a = ms_hash_load64(p + i);
            b = ms_hash_load64(p + i + 8);
            h = ms_hash_mix(a ^ k1 ^ h, b ^ k2);
            g = ms_hash_mix(b ^ k1 ^ g, a ^ k2);
        }
        a = ms_hash_load64(p + n - 16); /* the last 16, some of them again: no branch on what is left */
        b = ms_hash_load64(p + n - 8);
    } else if (n >= 8) {
        a = ms_hash_load64(p);
        b = ms_hash_load64(p + n - 8);
    } else if (n >= 4) {
        a = ms_hash_load32(p);
        b = ms_hash_load32(p + n - 4);
    } else if (n > 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
        b = 0;
    } else {
        a = b = 0;
    }
    h = ms_hash_mix(a ^ k1 ^ h, b ^ k2);
    g = ms_hash_mix(b ^ k1 ^ g, a ^ k2);
    h = ms_hash_mix(h ^ k2, g ^ k1);
    return (struct ms_hash96){h ? h : 1, (uint32_t)(g >> 16)};
}

uint64_t ms_hash_long(const char *p, size_t n, uint64_t key); /* the hash of ms_hash_96, not inlined */

/* Half the work where 64 bits are enough and texts are short: 16 bytes are one multiplication, and one more mixes the length and
 * `salt` in, what else makes the key. */
static inline __attribute__((always_inline)) uint64_t ms_hash_salted(const char *p, size_t n, uint64_t salt,
                                                                     uint64_t key)
{
    const uint64_t k1 = key ^ UINT64_C(0x9E3779B97F4A7C15), k2 = (key << 32 | key >> 32) ^ UINT64_C(0xD6E8FEB86659FD93);
    uint64_t h =
        n - 8 > 8 ? ms_hash_long(p, n, key) : ms_hash_mix(ms_hash_load64(p) ^ k1, ms_hash_load64(p + n - 8) ^ k2);
    h = ms_hash_mix(h ^ k2 ^ salt, n ^ k1);
    return h ? h : 1;
}

static inline __attribute__((always_inline)) uint64_t ms_hash(const char *p, size_t n, uint64_t key)
{
    return n - 8 > 8 ? ms_hash_long(p, n, key) : ms_hash_salted(p, n, 0, key);
}

#endif
