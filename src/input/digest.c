#include <stdlib.h>

#include <xxh_x86dispatch.h>

#include "input/input_impl.h"

#define LEAF_DIGEST_BYTES 16

static void store(unsigned char *out, XXH128_hash_t h)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, h);
    memcpy(out, &canonical, LEAF_DIGEST_BYTES);
}

static void end_leaf(struct ms_digest *d)
{
    unsigned char leaf[LEAF_DIGEST_BYTES];
    store(leaf, XXH3_128bits_digest(d->leaf_state));
    ms_buffer_append(&d->leaves, leaf, sizeof leaf);
    d->leaf_used_bytes = 0;
}

void ms_digest_append(struct ms_digest *d, const void *p, size_t n)
{
    const char *at = p;
    if (d->leaf_state == NULL)
        d->leaf_state = XXH3_createState();
    MS_ASSERT(d->leaf_state != NULL); /* out of memory for 576 bytes */
    while (n > 0) {
        if (d->leaf_used_bytes == 0)
            XXH3_128bits_reset(d->leaf_state);
        size_t room = MS_DIGEST_LEAF_BYTES - d->leaf_used_bytes;
        size_t take = n < room ? n : room;
        XXH3_128bits_update(d->leaf_state, at, take);
        at += take;
        n -= take;
        d->leaf_used_bytes += take;
        if (d->leaf_used_bytes == MS_DIGEST_LEAF_BYTES)
            end_leaf(d);
    }
}

void ms_digest_set_size(struct ms_digest *d, uint64_t size_bytes)
{
    size_t n = (size_t)((size_bytes + MS_DIGEST_LEAF_BYTES - 1) / MS_DIGEST_LEAF_BYTES);
    if (n * LEAF_DIGEST_BYTES > d->leaves.size_bytes)
        ms_buffer_reserve(&d->leaves, n * LEAF_DIGEST_BYTES - d->leaves.size_bytes);
    d->leaves.size_bytes = n * LEAF_DIGEST_BYTES;
}

void ms_digest_set_range(struct ms_digest *d, const char *data, uint64_t size, uint64_t begin, uint64_t end)
{
    uint64_t leaf = (begin + MS_DIGEST_LEAF_BYTES - 1) / MS_DIGEST_LEAF_BYTES;
    if (end > size)
        end = size;
    for (; leaf * MS_DIGEST_LEAF_BYTES < end; leaf++) {
        uint64_t from = leaf * MS_DIGEST_LEAF_BYTES;
        uint64_t left = size - from;
        size_t n = left < MS_DIGEST_LEAF_BYTES ? (size_t)left : MS_DIGEST_LEAF_BYTES;
        store((unsigned char *)d->leaves.data + leaf * LEAF_DIGEST_BYTES, XXH3_128bits(data + from, n));
    }
}

void ms_digest_finish(struct ms_digest *d, char hex[33])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char whole[LEAF_DIGEST_BYTES];
    if (d->leaf_used_bytes > 0)
        end_leaf(d);
    store(whole, XXH3_128bits(d->leaves.size_bytes ? d->leaves.data : "", d->leaves.size_bytes));
    for (size_t i = 0; i < sizeof whole; i++) {
        hex[2 * i] = digits[whole[i] >> 4];
        hex[2 * i + 1] = digits[whole[i] & 15];
    }
    hex[32] = '\0';
    ms_digest_fini(d);
}

void ms_digest_fini(struct ms_digest *d)
{
    XXH3_freeState(d->leaf_state);
    ms_buffer_fini(&d->leaves);
    *d = (struct ms_digest){0};
}
