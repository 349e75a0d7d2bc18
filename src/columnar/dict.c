#include "columnar/dict.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/room.h"
#include "base/status.h"
#include "base/text.h"
#include "columnar/address.h"

#define FIRST_SLOTS 4096u

/* For the ways that are taken once a value; the others have it inlined. */
static __attribute__((noinline)) struct ms_hash96 hash_of(const struct ms_dict *d, struct ms_span s)
{
    return ms_hash_96(s.p, s.n, d->seed);
}

void ms_dict_init(struct ms_dict *d, uint64_t seed)
{
    *d = (struct ms_dict){.seed = seed};
    struct ms_dict_index *all[] = {&d->values, &d->addresses, &d->tokens};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]->n_slots = FIRST_SLOTS;
        all[i]->slots = ms_calloc(FIRST_SLOTS, sizeof *all[i]->slots);
    }
}

void ms_dict_fini(struct ms_dict *d)
{
    free(d->values.slots);
    free(d->addresses.slots);
    free(d->tokens.slots);
    ms_room_free(d->endpoints);
    for (unsigned k = 0; k < MS_DICT_CHUNKS; k++)
        ms_room_free(d->chunks[k]);
    ms_arena_fini(&d->bytes);
    *d = (struct ms_dict){0};
}

static void index_reset(struct ms_dict_index *x)
{
    if (x->n_used)
        memset(x->slots, 0, x->n_slots * sizeof *x->slots);
    x->n_used = 0;
}

void ms_dict_reset(struct ms_dict *d)
{
    memset(d->words, 0, sizeof d->words);
    index_reset(&d->values);
    index_reset(&d->addresses);
    index_reset(&d->tokens);
    d->n_values = 0;
    d->n_endpoints = 0;
    ms_arena_reset(&d->bytes);
}

static void grow(struct ms_dict_index *x)
{
    uint32_t n = x->n_slots * 2;
    struct ms_dict_slot *slots = ms_calloc(n, sizeof *slots);
    for (uint32_t i = 0; i < x->n_slots; i++) {
        if (x->slots[i].hash == 0)
            continue;
        uint32_t at = (uint32_t)x->slots[i].hash & (n - 1);
        while (slots[at].hash)
            at = (at + 1) & (n - 1);
        slots[at] = x->slots[i];
    }
    free(x->slots);
    x->slots = slots;
    x->n_slots = n;
}

/* The slot of the value, or the empty one where it belongs. */
static inline struct ms_dict_slot *find(const struct ms_dict_index *x, struct ms_hash96 h)
{
    uint32_t last = x->n_slots - 1, at = (uint32_t)h.hash & last;
    while (x->slots[at].hash && !(x->slots[at].hash == h.hash && x->slots[at].check == h.check))
        at = (at + 1) & last;
    return &x->slots[at];
}

static void index_put(struct ms_dict_index *x, struct ms_hash96 h, uint32_t code)
{
    *find(x, h) = (struct ms_dict_slot){h.hash, h.check, code};
    if (++x->n_used * 4 > x->n_slots * 3)
        grow(x);
}

static uint32_t value_new(struct ms_dict *d, struct ms_span text, struct ms_hash96 h)
{
    uint32_t code = d->n_values++;
    unsigned k = 31u - (unsigned)__builtin_clz(code + MS_DICT_CHUNK) - 10u;
    MS_ASSERT(k < MS_DICT_CHUNKS);
    if (d->chunks[k] == NULL)
        d->chunks[k] = ms_room_alloc(((size_t)MS_DICT_CHUNK << k) * sizeof *d->chunks[k]);
    *ms_dict_value(d, code) = (struct ms_dict_value){.p = text.p,
                                                     .n = text.n,
                                                     .derived = {MS_NOT_ASKED, MS_NOT_ASKED, MS_NOT_ASKED},
                                                     .hash = h.hash,
                                                     .check = h.check};
    return code;
}

/* Finds or makes the entry of these (valid) bytes. */
static uint32_t add_valid(struct ms_dict *d, struct ms_span text, struct ms_hash96 h)
{
    const struct ms_dict_slot *slot = find(&d->values, h);
    if (slot->hash)
        return slot->code;
    uint32_t code = value_new(d, ms_arena_copy(&d->bytes, text), h);
    index_put(&d->values, h, code);
    return code;
}

static __attribute__((noinline)) uint32_t add_new(struct ms_dict *d, struct ms_span raw, struct ms_hash96 h)
{
    if (ms_text_repair(raw, NULL) == raw.n)
        return add_valid(d, raw, h);
    /* Rare: bytes that are no UTF-8. They are repaired each time, as only repaired values have slots. */
    char *p = ms_malloc((size_t)raw.n * 4 + 1);
    struct ms_span text = ms_span_of(p, ms_text_repair(raw, p));
    uint32_t code = add_valid(d, text, hash_of(d, text));
    free(p);
    return code;
}

uint32_t ms_dict_add(struct ms_dict *d, struct ms_span raw)
{
    if (raw.p == NULL)
        return MS_NO_CODE;
    struct ms_hash96 h = ms_hash_96(raw.p, raw.n, d->seed);
    const struct ms_dict_slot *slot = find(&d->values, h);
    return slot->hash ? slot->code : add_new(d, raw, h);
}

uint32_t ms_dict_word(struct ms_dict *d, const char *word)
{
    if (word == NULL)
        return MS_NO_CODE;
    struct ms_dict_word *w = &d->words[((uintptr_t)word * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
    if (w->word != word)
        *w = (struct ms_dict_word){word, ms_dict_add(d, ms_span_str(word))};
    return w->code;
}

uint32_t ms_dict_import(struct ms_dict *d, const struct ms_dict *from, uint32_t code)
{
    if (code == MS_NO_CODE || d == from)
        return code;
    const struct ms_dict_value *v = ms_dict_value(from, code);
    return add_valid(d, ms_span_of(v->p, v->n), (struct ms_hash96){v->hash, v->check});
}

struct ms_span ms_dict_text(const struct ms_dict *d, uint32_t code)
{
    if (code == MS_NO_CODE)
        return MS_SPAN_NULL;
    const struct ms_dict_value *v = ms_dict_value(d, code);
    return ms_span_of(v->p, v->n);
}

/* Whether an eight of bytes holds a letter from A to Z. */
static bool has_upper(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80, low = word & ~high;
    uint64_t from_a = low + ones * (0x80 - 'A'), behind_z = low + ones * (0x80 - 'Z' - 1);
    return (from_a & ~behind_z & ~word & high) != 0;
}

/* Most addresses are their own key: nothing to lower, no quotes. */
static bool is_own_key(struct ms_span a)
{
    uint64_t word = 0;
    uint32_t i = 0;
    if (a.n != 0 && a.p[0] == '"')
        return false;
    for (; i + 8 <= a.n; i += 8)
        if (has_upper(ms_hash_load64(a.p + i)))
            return false;
    memcpy(&word, a.p + i, a.n - i);
    return !has_upper(word);
}

static uint32_t key_of(struct ms_dict *d, uint32_t code)
{
    struct ms_span a = ms_dict_text(d, code);
    if (is_own_key(a))
        return code;
    char *p = ms_malloc(a.n + 1);
    struct ms_span key = ms_span_of(p, ms_address_key(a, p));
    uint32_t k = add_valid(d, key, hash_of(d, key));
    free(p);
    return k;
}

uint32_t ms_dict_address_key(struct ms_dict *d, uint32_t code)
{
    if (code == MS_NO_CODE)
        return code;
    struct ms_dict_value *v = ms_dict_value(d, code);
    if (v->derived[MS_DERIVED_KEY] == MS_NOT_ASKED)
        v->derived[MS_DERIVED_KEY] = key_of(d, code);
    return v->derived[MS_DERIVED_KEY];
}

static uint32_t domain_of(struct ms_dict *d, uint32_t code)
{
    struct ms_span a = ms_dict_text(d, ms_dict_address_key(d, code));
    size_t at = ms_address_at(a);
    if (at >= a.n)
        return MS_NO_CODE;
    struct ms_span domain = ms_span_of(a.p + at + 1, a.n - at - 1);
    return add_valid(d, domain, hash_of(d, domain));
}

uint32_t ms_dict_address_domain(struct ms_dict *d, uint32_t code)
{
    if (code == MS_NO_CODE)
        return code;
    struct ms_dict_value *v = ms_dict_value(d, code);
    if (v->derived[MS_DERIVED_DOMAIN] == MS_NOT_ASKED)
        v->derived[MS_DERIVED_DOMAIN] = domain_of(d, code);
    return v->derived[MS_DERIVED_DOMAIN];
}

/* Only IPv6 has more than one way of being written. */
static uint32_t add_new_ip(struct ms_dict *d, struct ms_span raw)
{
    if (raw.n == 0 || raw.n >= INET6_ADDRSTRLEN || memchr(raw.p, ':', raw.n) == NULL)
        return ms_dict_add(d, raw);
    char in[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN];
    struct in6_addr six;
    memcpy(in, raw.p, raw.n);
    in[raw.n] = '\0';
    if (inet_pton(AF_INET6, in, &six) != 1 || inet_ntop(AF_INET6, &six, out, sizeof out) == NULL)
        return ms_dict_add(d, raw); /* link-local with a zone: as logged */
    return ms_dict_add(d, ms_span_str(out));
}

uint32_t ms_dict_add_ip(struct ms_dict *d, struct ms_span raw)
{
    if (raw.p == NULL)
        return MS_NO_CODE;
    struct ms_hash96 h = hash_of(d, raw);
    const struct ms_dict_slot *slot = find(&d->addresses, h);
    if (slot->hash)
        return slot->code;
    uint32_t code = add_new_ip(d, raw);
    index_put(&d->addresses, h, code);
    return code;
}

struct ms_dict_endpoint ms_dict_endpoint(struct ms_dict *d, struct ms_span token,
                                         void (*split)(struct ms_span token, struct ms_dict_parts *parts))
{
    struct ms_dict_endpoint e = {MS_NO_CODE, MS_NO_CODE, INT32_MIN};
    if (token.p == NULL)
        return e;
    struct ms_hash96 h = ms_hash_96(token.p, token.n, d->seed ^ (uintptr_t)split);
    const struct ms_dict_slot *slot = find(&d->tokens, h);
    if (slot->hash)
        return d->endpoints[slot->code];
    struct ms_dict_parts parts = {MS_SPAN_NULL, MS_SPAN_NULL, INT32_MIN};
    split(token, &parts);
    e = (struct ms_dict_endpoint){ms_dict_add(d, parts.name), ms_dict_add_ip(d, parts.ip), parts.port};
    d->endpoints = ms_room_grow(d->endpoints, &d->cap_endpoints, d->n_endpoints + 1, sizeof *d->endpoints);
    d->endpoints[d->n_endpoints] = e;
    index_put(&d->tokens, h, (uint32_t)d->n_endpoints++);
    return e;
}
