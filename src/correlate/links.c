#include "correlate/links.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hash.h"
#include "base/memory.h"
#include "parse/sendmail_id.h"

#define BLOCK_BYTES 8192u

/* A text that is a queue ID here and a message-id there is not the same thing. */
#define MESSAGE_ID_SALT UINT64_C(0xA5D9F16B0C3E7742)

#define PROCESS_SALT UINT64_C(0x1F6B94D2A8C3507E) /* nor is a queue ID of digits and a process */
#define FORWARDED_US INT64_C(120000000) /* a program may go on for so long after it has given a mail to qmail-queue */

/* Longer ones are cut: no link is worth a megabyte, and only the text shown is shorter. */
#define MAX_TEXT 4096u

void ms_links_init(struct ms_links *l, const struct ms_names *names, uint64_t seed)
{
    *l = (struct ms_links){.seed = seed, .names = names};
    ms_spool_init(&l->lives, MS_LINK_STREAMS, BLOCK_BYTES, SIZE_MAX, -1);
    ms_spool_init(&l->claims, MS_LINK_STREAMS, BLOCK_BYTES, SIZE_MAX, -1);
    ms_spool_init(&l->by_message, 1, BLOCK_BYTES, SIZE_MAX, -1);
}

void ms_links_spill_to(struct ms_links *l, int dir_fd, size_t limit_bytes)
{
    l->lives.dir_fd = l->claims.dir_fd = l->by_message.dir_fd = dir_fd;
    l->lives.limit_bytes = l->claims.limit_bytes = l->by_message.limit_bytes = limit_bytes / 3;
}

void ms_links_name(struct ms_links *l, const char *name)
{
    char each[sizeof l->lives.name];
    snprintf(each, sizeof each, "%s-lives", name);
    ms_spool_name(&l->lives, each);
    snprintf(each, sizeof each, "%s-claims", name);
    ms_spool_name(&l->claims, each);
    snprintf(each, sizeof each, "%s-by-message", name);
    ms_spool_name(&l->by_message, each);
}

void ms_links_fini(struct ms_links *l)
{
    ms_spool_fini(&l->lives);
    ms_spool_fini(&l->claims);
    ms_spool_fini(&l->by_message);
    free(l->pending);
    *l = (struct ms_links){0};
}

uint32_t ms_link_label(struct ms_span name, uint64_t seed)
{
    uint64_t words[8] = {0};
    const char *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
    size_t n = dot ? (size_t)(dot - name.p) : name.n;
    if (n == 0 || n > sizeof words)
        return 0;
    memcpy(words, name.p, n);
    for (size_t i = 0; i * 8 < n; i++)
        words[i] |= UINT64_C(0x2020202020202020); /* lower case: names of hosts are letters, digits and hyphens */
    uint32_t h = (uint32_t)ms_hash((const char *)words, n, seed);
    return h ? h : 1;
}

static uint32_t label_of_new_peer(const struct ms_links *l, struct ms_span name)
{
    uint32_t host = MS_NO_NAME;
    if (l->names != NULL) {
        const char *dot = memchr(name.p, '.', name.n);
        host = ms_names_mapped_host(l->names, name);
        if (host == MS_NO_NAME && dot != NULL)
            host = ms_names_mapped_host(l->names, ms_span_of(name.p, (size_t)(dot - name.p)));
    }
    return ms_link_label(host != MS_NO_NAME ? ms_names_host(l->names, host) : name, l->seed);
}

/* The label of a relay or client; of its host's own name, if --host-map knows the name or its label as one of that host's. */
static uint32_t label_of_peer(struct ms_links *l, struct ms_span name)
{
    if (name.n == 0)
        return 0;
    struct ms_link_peer *peer = &l->peers[(uintptr_t)name.p / 8 % MS_LINK_PEERS];
    if (peer->name.p != name.p || peer->name.n != name.n)
        *peer = (struct ms_link_peer){name, label_of_new_peer(l, name)};
    return peer->label;
}

void ms_links_forget_names(struct ms_links *l)
{
    memset(l->peers, 0, sizeof l->peers);
}

/* Programs and versions write bytes that are not printable ASCII in their own ways (`?`, \ooo, as they are): such message-ids
 * prove nothing, neither that two mails are one nor that they are not. */
static bool is_plain(struct ms_span id)
{
    unsigned odd = 0;
    for (uint32_t i = 0; i < id.n; i++) {
        unsigned char c = (unsigned char)id.p[i];
        odd |= (unsigned)(c - 0x21u > 0x7eu - 0x21u) | (unsigned)(c == '?') | (unsigned)(c == '\\');
    }
    return !odd;
}

/* The same for 16 bytes at a time, the last ones again: no loop over what is left. */
static bool is_plain_fast(struct ms_span id)
{
#ifdef __SSE2__
    if (id.n >= 16) {
        __m128i odd = _mm_setzero_si128();
        for (uint32_t i = 0;; i = i + 16 < id.n - 16 ? i + 16 : id.n - 16) {
            __m128i x = _mm_loadu_si128((const __m128i *)(id.p + i)); /* what is not ASCII is below 0 */
            odd = _mm_or_si128(odd, _mm_cmplt_epi8(x, _mm_set1_epi8(0x21)));
            odd = _mm_or_si128(odd, _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f)));
            odd = _mm_or_si128(odd, _mm_cmpeq_epi8(x, _mm_set1_epi8('?')));
            odd = _mm_or_si128(odd, _mm_cmpeq_epi8(x, _mm_set1_epi8('\\')));
            if (i == id.n - 16)
                break;
        }
        return _mm_movemask_epi8(odd) == 0;
    }
#endif
    return is_plain(id);
}

uint64_t ms_link_message_hash(struct ms_span id, uint64_t seed)
{
    return id.n != 0 && is_plain_fast(id) ? ms_hash(id.p, id.n, seed ^ MESSAGE_ID_SALT) : 0;
}

/* Digits in front of `end`, at most 12. */
static const char *digits_before(const char *begin, const char *end)
{
    const char *p = end;
    while (p > begin && end - p < 12 && (unsigned char)(p[-1] - '0') <= 9)
        p--;
    return p;
}

struct ms_span ms_link_process(struct ms_span id, int64_t *told_us)
{
    *told_us = MS_NONE;
    if (id.n < 4)
        return MS_SPAN_NULL;
    const char *end = id.p + id.n, *number = digits_before(id.p, end), *p = number;
    if (p == end || p - id.p < 3 || (p[-1] != ' ' && p[-1] != '_') || p[-2] != 'p' || p[-3] != 'q')
        return MS_SPAN_NULL;
    p -= 3;
    if (p > id.p) {
        const char *time_end = p - 1, *time = digits_before(id.p, time_end);
        if ((*time_end != ' ' && *time_end != '_') || time != id.p || time == time_end)
            return MS_SPAN_NULL;
        int64_t seconds = 0;
        for (; time < time_end; time++)
            seconds = seconds * 10 + (*time - '0');
        *told_us = seconds * 1000000;
    }
    return ms_span_of(number, (size_t)(end - number));
}

static uint64_t hash_of_id(const struct ms_links *l, struct ms_span id, struct ms_span process)
{
    struct ms_span text = process.p != NULL ? process : id;
    return ms_hash(text.p, text.n, process.p != NULL ? l->seed ^ PROCESS_SALT : l->seed);
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

static void write_claim(struct ms_links *l, const struct ms_link_claim *c, const struct ms_link_life *life,
                        uint64_t message)
{
    bool no_id = ms_link_by_message(c->kind);
    int64_t ignored_us, told_us;
    struct ms_span process = ms_link_process(c->other_queue_id, &told_us);
    if (no_id && message == 0)
        return;
    struct ms_link_claim_record r = {
        .hash = no_id ? message : hash_of_id(l, c->other_queue_id, process),
        .key = c->key,
        .txn_id = life->txn_id,
        .message_hash = message,
        .begin_us = life->begin_us,
        .last_us = life->last_us,
        .time_us = c->time_us,
        .before_us = process.p != NULL && c->kind == MS_LINK_FORWARD ? FORWARDED_US : c->before_us,
        .told_us = told_us,
        .by_process = process.p != NULL,
        .host_id = life->host_id,
        .instance = (uint32_t)life->instance,
        .relay_label = label_of_peer(l, c->relay_host),
        .n_queue_id = text_bytes(life->queue_id),
        .n_other = text_bytes(c->other_queue_id),
        .n_recipient = text_bytes(c->recipient),
        .kind = (uint8_t)c->kind,
        .loopback = c->loopback,
        .has_recipient = c->recipient.p != NULL,
        .is_long = !no_id && (ms_queue_id_time(c->other_queue_id, &ignored_us) ||
                              (ms_sendmail_id_may_be_timed(c->other_queue_id) &&
                               ms_sendmail_id_of(c->other_queue_id) == MS_SENDMAIL_ID_TIMED)),
    };
    size_t n_bytes = sizeof r + r.n_queue_id + r.n_other + r.n_recipient;
    char *to =
        no_id ? ms_spool_add(&l->by_message, 0, n_bytes) : ms_spool_add(&l->claims, ms_link_stream(r.hash), n_bytes);
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

static void write_life(struct ms_links *l, const struct ms_link_life_record *r, struct ms_span queue_id)
{
    char *to = ms_spool_add(&l->lives, ms_link_stream(r->hash), sizeof *r + r->n_queue_id);
    memcpy(to, r, sizeof *r);
    put(to + sizeof *r, queue_id, r->n_queue_id);
}

void ms_links_add_life(struct ms_links *l, const struct ms_link_life *life)
{
    struct ms_link_life_record r = {
        .hash = ms_hash(life->queue_id.p, life->queue_id.n, l->seed),
        .txn_id = life->txn_id,
        .message_hash = ms_link_message_hash(life->message_id, l->seed),
        .begin_us = life->begin_us,
        .last_us = life->last_us,
        .host_id = life->host_id,
        .instance = (uint32_t)life->instance,
        .client_label = label_of_peer(l, life->client_name),
        .n_queue_id = (uint16_t)text_bytes(life->queue_id),
        .by_pickup = life->by_pickup,
    };
    for (size_t i = 0; i < l->n_pending; i++)
        write_claim(l, &l->pending[i], life, r.message_hash);
    l->n_pending = 0;
    write_life(l, &r, life->queue_id);
    int64_t ignored_us;
    struct ms_span process = ms_link_process(life->second_id, &ignored_us);
    if (process.p == NULL)
        return;
    r.hash = hash_of_id(l, life->second_id, process);
    r.is_alias = true;
    write_life(l, &r, life->queue_id);
}
