#include "base/hash.h"

uint64_t ms_hash_long(const char *p, size_t n, uint64_t key)
{
    return ms_hash_96(p, n, key).hash;
}
