#include "correlate/links.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#define BLOCK_BYTES 8192u

/* Queue IDs and message-ids share the streams; the same text under both is not the same thing. */
#define MESSAGE_ID_SALT UINT64_C(0xA5D9F16B0C3E7742)

/* Longer ones are cut: no link is worth a megabyte, and only the text shown is shorter. */
#define MAX_TEXT 4096u

void ms_links_init(struct ms_links *l, uint64_t seed)
{
    *l = (struct ms_links){.seed = seed};
    ms_spool_init(&l->lives, MS_LINK_STREAMS, BLOCK_BYTES, SIZE_MAX, -1);
    ms_spool_init(&l->claims, MS_LINK_STREAMS, BLOCK_BYTES, SIZE_MAX, -1);
}

void ms_links_spill_to(struct ms_links *l, int dir_fd, size_t limit_bytes)
{
    l->lives.dir_fd = l->claims.dir_fd = dir_fd;
    l->lives.limit_bytes = l->claims.limit_bytes = limit_bytes / 2;
}

void ms_links_fini(struct ms_links *l)
{
    ms_spool_fini(&l->lives);
    ms_spool_fini(&l->claims);
    free(l->pending);
    *l = (struct ms_links){0};
}

uint32_t ms_link_label(struct ms_span name, uint64_t seed)
{
    char lower[64];
    const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
    size_t n = dot ? (size_t)(dot - name.p) : name.n;
    if (n == 0 || n > sizeof lower)
        return 0;
    for (size_t i = 0; i < n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    uint32_t h = (uint32_t)ms_hash(lower, n, seed);
    return h ? h : 1;
}

/* Programs and versions write bytes that are not printable ASCII in their own ways (`?`, \ooo, as they are): such message-ids
 * prove nothing, neither that two mails are one nor that they are not. */
static uint64_t message_hash(struct ms_span id, uint64_t seed)
{
    for (uint32_t i = 0; i < id.n; i++) {
        unsigned char c = (unsigned char)id.p[i];
        if (c < 0x21 || c > 0x7e || c == '?' || c == '\\')
            return 0;
    }
    return id.n ? ms_hash(id.p, id.n, seed ^ MESSAGE_ID_SALT) : 0;
}

static size_t stream_of(uint64_t hash)
{
    return hash >> 56;
}

static char *put(char *to, struct ms_span s, uint32_t n)
{
    if (n)
        memcpy(to, s.p, n);
    return to + n;
}

static uint32_t text_bytes(struct ms_span s)
{
    return s.n < MAX_TEXT ? s.n : MAX_TEXT;
}

static void write_life(struct ms_links *l, struct ms_link_life_record r, struct ms_span queue_id)
{
    r.n_queue_id = (uint16_t)text_bytes(queue_id);
    char *to = ms_spool_add(&l->lives, stream_of(r.hash), sizeof r + r.n_queue_id);
    memcpy(to, &r, sizeof r);
    put(to + sizeof r, queue_id, r.n_queue_id);
}

static void write_claim(struct ms_links *l, const struct ms_link_claim *c, const struct ms_link_life *life,
                        uint64_t message)
{
    bool no_id = ms_link_by_message(c->kind);
    if (no_id && message == 0)
        return;
    struct ms_link_claim_record r = {
        .hash = no_id ? message : ms_hash(c->other_queue_id.p, c->other_queue_id.n, l->seed),
        .key = c->key,
        .txn_id = life->txn_id,
        .message_hash = message,
        .begin_us = life->begin_us,
        .last_us = life->last_us,
        .time_us = c->time_us,
        .before_us = c->before_us,
        .host_id = life->host_id,
        .instance = (uint32_t)life->instance,
        .relay_label = ms_link_label(c->relay_host, l->seed),
        .n_queue_id = text_bytes(life->queue_id),
        .n_other = text_bytes(c->other_queue_id),
        .n_recipient = text_bytes(c->recipient),
        .kind = (uint8_t)c->kind,
        .loopback = c->loopback,
        .has_recipient = c->recipient.p != NULL,
    };
    char *to = ms_spool_add(&l->claims, stream_of(r.hash), sizeof r + r.n_queue_id + r.n_other + r.n_recipient);
    memcpy(to, &r, sizeof r);
    to = put(to + sizeof r, life->queue_id, r.n_queue_id);
    to = put(to, c->other_queue_id, r.n_other);
    put(to, c->recipient, r.n_recipient);
}

void ms_links_add_claim(struct ms_links *l, const struct ms_link_claim *claim)
{
    l->pending = ms_grow(l->pending, &l->cap_pending, l->n_pending + 1, sizeof *l->pending);
    l->pending[l->n_pending++] = *claim;
}

void ms_links_add_life(struct ms_links *l, const struct ms_link_life *life)
{
    int64_t time_us;
    struct ms_link_life_record r = {
        .hash = ms_hash(life->queue_id.p, life->queue_id.n, l->seed),
        .txn_id = life->txn_id,
        .message_hash = message_hash(life->message_id, l->seed),
        .begin_us = life->begin_us,
        .last_us = life->last_us,
        .host_id = life->host_id,
        .instance = (uint32_t)life->instance,
        .client_label = ms_link_label(life->client_name, l->seed),
        .is_long = ms_queue_id_time(life->queue_id, &time_us),
        .by_pickup = life->by_pickup,
    };
    for (size_t i = 0; i < l->n_pending; i++)
        write_claim(l, &l->pending[i], life, r.message_hash);
    l->n_pending = 0;
    write_life(l, r, MS_SPAN_NULL);
    if (r.message_hash != 0 && (life->by_pickup || r.client_label != 0)) {
        r.hash = r.message_hash;
        write_life(l, r, life->queue_id);
    }
}
