#include "correlate/statefile.h"

#include <errno.h>
#include <unistd.h>
#include <xxhash.h>

#define BLOCK_BYTES ((size_t)1 << 20)
#define NULL_TEXT UINT64_MAX

struct head { /* of a block */
    uint64_t n_bytes, hash;
};

static void write_all(struct ms_state_out *out, const char *p, size_t n)
{
    while (n > 0 && out->failure == 0) {
        ssize_t done = write(out->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            out->failure = errno ? errno : EIO;
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void write_block(struct ms_state_out *out)
{
    struct head head = {out->block.size_bytes, 0};
    if (head.n_bytes == 0)
        return;
    head.hash = XXH3_64bits_withSeed(out->block.data, out->block.size_bytes, head.n_bytes);
    write_all(out, (const char *)&head, sizeof head);
    write_all(out, out->block.data, out->block.size_bytes);
    out->block.size_bytes = 0;
}

void ms_state_put(struct ms_state_out *out, const void *p, size_t n)
{
    const char *from = p;
    while (n > 0) {
        size_t room = BLOCK_BYTES - out->block.size_bytes, take = n < room ? n : room;
        ms_buffer_append(&out->block, from, take);
        from += take;
        n -= take;
        if (out->block.size_bytes == BLOCK_BYTES)
            write_block(out);
    }
}

void ms_state_put_text(struct ms_state_out *out, struct ms_span text)
{
    ms_state_put_number(out, text.p != NULL ? text.n : NULL_TEXT);
    if (text.p != NULL)
        ms_state_put(out, text.p, text.n);
}

enum ms_status ms_state_end(struct ms_state_out *out, struct ms_error *err)
{
    write_block(out);
    ms_buffer_fini(&out->block);
    if (out->failure == 0)
        return MS_OK;
    return ms_fail_at(err, out->failure, "write the state for the next append,", out->fd, NULL);
}

/* ---- reading ---- */

static bool read_all(int fd, char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = read(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void read_block(struct ms_state_in *in)
{
    struct head head;
    in->block.size_bytes = in->at = 0;
    if (!read_all(in->fd, (char *)&head, sizeof head) || head.n_bytes == 0 || head.n_bytes > BLOCK_BYTES) {
        in->is_bad = true;
        return;
    }
    ms_buffer_reserve(&in->block, (size_t)head.n_bytes);
    if (!read_all(in->fd, in->block.data, (size_t)head.n_bytes) ||
        XXH3_64bits_withSeed(in->block.data, (size_t)head.n_bytes, head.n_bytes) != head.hash) {
        in->is_bad = true;
        return;
    }
    in->block.size_bytes = (size_t)head.n_bytes;
}

void ms_state_get(struct ms_state_in *in, void *to, size_t n)
{
    char *p = to;
    while (n > 0) {
        if (!in->is_bad && in->at == in->block.size_bytes)
            read_block(in);
        if (in->is_bad) {
            memset(p, 0, n);
            return;
        }
        size_t left = in->block.size_bytes - in->at, take = n < left ? n : left;
        memcpy(p, in->block.data + in->at, take);
        in->at += take;
        p += take;
        n -= take;
    }
}

struct ms_span ms_state_get_text(struct ms_state_in *in, struct ms_arena *arena)
{
    uint64_t n = ms_state_get_number(in);
    if (in->is_bad || n == NULL_TEXT)
        return MS_SPAN_NULL;
    if (n >= UINT32_MAX) {
        in->is_bad = true;
        return MS_SPAN_NULL;
    }
    char *p = ms_arena_alloc(arena, (size_t)n + 1);
    ms_state_get(in, p, (size_t)n);
    return ms_span_of(p, (size_t)n);
}

void ms_state_in_fini(struct ms_state_in *in)
{
    ms_buffer_fini(&in->block);
}
