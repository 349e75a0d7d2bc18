#include "parquet/text_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    KEY = 8,       /* bytes that a repeat has at least: they are looked up */
    LONG_KEY = 16, /* strings of a few kinds begin alike: the more is looked up, the better is what is found */
    BLOCK_BYTES = 1 << 17,
    STRING_BYTES = 1 << 16, /* of the longest string */
    HEADER_BYTES = 3,       /* of a block */
    FAR = 1 << 27,          /* offsets have 28 bits */
    RAW = 0,
    COMPRESSED = 2
};

struct ms_text_frame *ms_text_frame_create(void)
{
    struct ms_text_frame *t = ms_malloc(sizeof *t);
    t->machines = ms_sequence_machines_create();
    return t;
}

void ms_text_frame_destroy(struct ms_text_frame *t)
{
    if (t == NULL)
        return;
    ms_sequence_machines_destroy(t->machines);
    free(t);
}

static inline uint64_t load_8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline size_t slot_of(uint64_t key)
{
    return key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - MS_TEXT_FRAME_BITS);
}

/* ---- what repeats ---- */

/* Bytes that are alike from a and b on, at most n; the first KEY are. */
static inline size_t alike_onwards(const char *a, const char *b, size_t n)
{
    for (size_t at = KEY; at + KEY <= n; at += KEY) {
        uint64_t other = load_8(a + at) ^ load_8(b + at);
        if (other != 0)
            return at + (size_t)__builtin_ctzll(other) / 8;
    }
    uint64_t other = load_8(a + n - KEY) ^ load_8(b + n - KEY);
    return other == 0 ? n : n - KEY + (size_t)__builtin_ctzll(other) / 8;
}

/* The same in front of a and b. */
static inline size_t alike_backwards(const char *a, const char *b, size_t n)
{
    for (size_t at = KEY; at + KEY <= n; at += KEY) {
        uint64_t other = load_8(a - at - KEY) ^ load_8(b - at - KEY);
        if (other != 0)
            return at + (size_t)__builtin_clzll(other) / 8;
    }
    uint64_t other = load_8(a - n) ^ load_8(b - n);
    return other == 0 ? n : n - KEY + (size_t)__builtin_clzll(other) / 8;
}

struct job {
    struct ms_text_frame *t;
    const char *body;
    size_t told; /* up to here body is in literals and sequences */
};

/* Literals are mostly short: a copy of fixed length, of which the end counts for nothing, is quicker than one that fits. */
static inline void add_literals(struct job *j, size_t n)
{
    enum { SHORT = 32, LONGER = 64 };
    char *to = j->t->literals + j->t->n_literals;
    const char *from = j->body + j->told;
    if (n <= SHORT)
        memcpy(to, from, SHORT);
    else if (n <= LONGER) /* so much is behind a body */
        memcpy(to, from, LONGER);
    else
        memcpy(to, from, n);
    j->t->n_literals += n;
    j->told += n;
}

static inline void add_sequence(struct job *j, size_t at, size_t from, size_t n)
{
    size_t n_literals = at - j->told;
    add_literals(j, n_literals);
    j->t->sequences[j->t->n_sequences++] = (struct ms_sequence){
        .n_literals = (uint32_t)n_literals, .n_copied = (uint32_t)n, .offset = (uint32_t)(at - from)};
    j->told += n;
}

/* The beginning of the string at `at`, of n >= KEY bytes; gives how much of it repeats another, 0: nothing. */
static inline size_t find_head(struct job *j, size_t at, size_t n)
{
    const char *p = j->body + at;
    uint64_t head = load_8(p);
    size_t slot = slot_of(head), from = j->t->heads[slot];
    j->t->heads[slot] = (uint32_t)at;
    if (n >= LONG_KEY) {
        slot = slot_of(head * UINT64_C(0xC2B2AE3D27D4EB4F) + load_8(p + KEY));
        size_t better = j->t->long_heads[slot];
        j->t->long_heads[slot] = (uint32_t)at;
        if (better != 0 && load_8(j->body + better) == head)
            from = better;
    }
    if (from == 0 || load_8(j->body + from) != head)
        return 0;
    size_t n_alike = alike_onwards(j->body + from, p, n);
    add_sequence(j, at, from, n_alike);
    return n_alike;
}

/* The end of the string that ends at `end`, of which n >= KEY bytes are not told of. */
static inline void find_tail(struct job *j, size_t end, size_t n)
{
    const char *p = j->body + end;
    size_t slot = slot_of(load_8(p - KEY)), from = j->t->tails[slot];
    j->t->tails[slot] = (uint32_t)end;
    if (from < n || load_8(j->body + from - KEY) != load_8(p - KEY))
        return;
    size_t n_alike = alike_backwards(j->body + from, p, n);
    add_sequence(j, end - n_alike, from - n_alike, n_alike);
}

/* ---- blocks ---- */

static void block_header(char *to, unsigned kind, size_t n, bool last)
{
    uint32_t header = (uint32_t)last | kind << 1 | (uint32_t)n << 3;
    memcpy(to, &header, HEADER_BYTES);
}

static void append_raw(struct ms_buffer *out, const char *p, size_t n, bool last)
{
    char header[HEADER_BYTES];
    block_header(header, RAW, n, last);
    ms_buffer_append(out, header, sizeof header);
    ms_buffer_append(out, p, n);
}

/* Body from `begin` to `end`, told up to a rest of literals. */
static bool end_block(struct job *j, struct ms_buffer *out, size_t begin, size_t end, bool last)
{
    struct ms_text_frame *t = j->t;
    add_literals(j, end - j->told);
    ms_buffer_reserve(out, HEADER_BYTES + t->n_literals + t->n_sequences * MS_SEQUENCE_BYTES + 2 * MS_LITERALS_SLACK);
    char *header = out->data + out->size_bytes, *p = header + HEADER_BYTES;
    p = ms_literals_encode(p, t->literals, t->n_literals);
    if (p == NULL)
        return false;
    p = ms_sequences_encode(t->machines, p, t->sequences, t->n_sequences);
    t->n_literals = t->n_sequences = 0;
    size_t n = (size_t)(p - header) - HEADER_BYTES;
    if (n < end - begin) {
        block_header(header, COMPRESSED, n, last);
        out->size_bytes += HEADER_BYTES + n;
    } else {
        append_raw(out, j->body + begin, end - begin, last);
    }
    return true;
}

static bool append_blocks(struct job *j, struct ms_buffer *out, size_t n_bytes, const struct ms_texts *texts)
{
    size_t at = texts->prefix, block = at;
    for (size_t i = 0; i < texts->n; i++) {
        size_t n = texts->strings[i].n, end = at + n;
        if (n > STRING_BYTES)
            return false;
        if (end - block > BLOCK_BYTES) {
            if (!end_block(j, out, block, at, false))
                return false;
            block = at;
        }
        if (n >= KEY && at != 0) {
            size_t n_head = find_head(j, at, n);
            if (n - n_head >= KEY)
                find_tail(j, end, n - n_head);
        }
        at = end;
    }
    return end_block(j, out, block, n_bytes, true);
}

bool ms_text_frame_append(struct ms_text_frame *t, struct ms_buffer *out, const struct ms_buffer *body,
                          const struct ms_texts *texts)
{
    static const char start[] = {0x28, (char)0xb5, 0x2f, (char)0xfd, (char)0xa0}; /* its size follows, in 4 bytes */
    uint32_t size = (uint32_t)body->size_bytes;
    size_t out_bytes = out->size_bytes;
    struct job j = {.t = t, .body = body->data, .told = texts->prefix};
    if (body->size_bytes > FAR || texts->prefix > STRING_BYTES)
        return false;
    memset(t->heads, 0, sizeof t->heads);
    memset(t->long_heads, 0, sizeof t->long_heads);
    memset(t->tails, 0, sizeof t->tails);
    t->n_literals = t->n_sequences = 0;
    ms_buffer_append(out, start, sizeof start);
    ms_buffer_append(out, &size, sizeof size);
    if (texts->prefix != 0)
        append_raw(out, body->data, texts->prefix, texts->prefix == body->size_bytes);
    if (texts->prefix == body->size_bytes && texts->prefix != 0)
        return true;
    if (append_blocks(&j, out, body->size_bytes, texts))
        return true;
    out->size_bytes = out_bytes;
    return false;
}
