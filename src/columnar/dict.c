#include "columnar/dict.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#define FIRST_SLOTS 4096u

static struct ms_hash96 hash_of(const struct ms_dict *d, struct ms_span s)
{
    return ms_hash_96(s.p, s.n, d->seed);
}

void ms_dict_init(struct ms_dict *d, uint64_t seed)
{
    *d = (struct ms_dict){.seed = seed, .n_slots = FIRST_SLOTS};
    d->slots = ms_calloc(d->n_slots, sizeof *d->slots);
}

void ms_dict_fini(struct ms_dict *d)
{
    free(d->slots);
    for (unsigned k = 0; k < MS_DICT_CHUNKS; k++)
        free(d->chunks[k]);
    ms_arena_fini(&d->bytes);
    *d = (struct ms_dict){0};
}

void ms_dict_reset(struct ms_dict *d)
{
    memset(d->words, 0, sizeof d->words);
    if (d->n_used)
        memset(d->slots, 0, d->n_slots * sizeof *d->slots);
    d->n_used = d->n_values = 0;
    ms_arena_reset(&d->bytes);
}

static void grow(struct ms_dict *d)
{
    uint32_t n = d->n_slots * 2;
    struct ms_dict_slot *slots = ms_calloc(n, sizeof *slots);
    for (uint32_t i = 0; i < d->n_slots; i++) {
        if (d->slots[i].hash == 0)
            continue;
        uint32_t at = (uint32_t)d->slots[i].hash & (n - 1);
        while (slots[at].hash)
            at = (at + 1) & (n - 1);
        slots[at] = d->slots[i];
    }
    free(d->slots);
    d->slots = slots;
    d->n_slots = n;
}

static uint32_t value_new(struct ms_dict *d, struct ms_span text, struct ms_hash96 h)
{
    uint32_t code = d->n_values++;
    unsigned k = 31u - (unsigned)__builtin_clz(code + MS_DICT_CHUNK) - 10u;
    MS_ASSERT(k < MS_DICT_CHUNKS);
    if (d->chunks[k] == NULL)
        d->chunks[k] = ms_malloc(((size_t)MS_DICT_CHUNK << k) * sizeof *d->chunks[k]);
    *ms_dict_value(d, code) = (struct ms_dict_value){
        .p = text.p, .n = text.n, .derived = {MS_NO_CODE, MS_NO_CODE}, .hash = h.hash, .check = h.check};
    return code;
}

/* The slot of the value, or the empty one where it belongs. */
static inline struct ms_dict_slot *find(const struct ms_dict *d, struct ms_hash96 h)
{
    uint32_t at = (uint32_t)h.hash & (d->n_slots - 1);
    while (d->slots[at].hash && !(d->slots[at].hash == h.hash && d->slots[at].check == h.check))
        at = (at + 1) & (d->n_slots - 1);
    return &d->slots[at];
}

/* Finds or makes the entry of these (valid) bytes. */
static uint32_t add_valid(struct ms_dict *d, struct ms_span text, struct ms_hash96 h)
{
    struct ms_dict_slot *slot = find(d, h);
    if (slot->hash)
        return slot->code;
    uint32_t code = value_new(d, ms_arena_copy(&d->bytes, text), h);
    *slot = (struct ms_dict_slot){h.hash, h.check, code};
    if (++d->n_used * 4 > d->n_slots * 3)
        grow(d);
    return code;
}

static uint32_t add_new(struct ms_dict *d, struct ms_span raw, struct ms_hash96 h)
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
    struct ms_hash96 h = hash_of(d, raw);
    const struct ms_dict_slot *slot = find(d, h);
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

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Quotes are needless when what they hold could stand without them (RFC 5321 dot-string). */
static bool needless(const char *p, size_t n)
{
    if (n == 0 || p[0] == '.' || p[n - 1] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c <= ' ' || c == 127 || strchr("()<>@,;:\\\"[]", c) != NULL || (c == '.' && p[i + 1] == '.'))
            return false;
    }
    return true;
}

static size_t address_at(struct ms_span a)
{
    const char *at = a.n ? memrchr(a.p, '@', a.n) : NULL;
    return at ? (size_t)(at - a.p) : a.n;
}

uint32_t ms_dict_address_key(struct ms_dict *d, uint32_t code)
{
    if (code == MS_NO_CODE)
        return code;
    if (ms_dict_value(d, code)->derived[MS_DERIVED_KEY] != MS_NO_CODE)
        return ms_dict_value(d, code)->derived[MS_DERIVED_KEY];
    struct ms_span a = ms_dict_text(d, code);
    size_t at = address_at(a), out = 0;
    char *p = ms_malloc(a.n + 1);
    bool unquote = at >= 3 && a.p[0] == '"' && a.p[at - 1] == '"' && needless(a.p + 1, at - 2);
    for (size_t i = 0; i < a.n; i++) {
        if (unquote && (i == 0 || i == at - 1))
            continue;
        p[out++] = lower(a.p[i]);
    }
    struct ms_span key = ms_span_of(p, out);
    uint32_t k = add_valid(d, key, hash_of(d, key));
    free(p);
    return ms_dict_value(d, code)->derived[MS_DERIVED_KEY] = k;
}

uint32_t ms_dict_address_domain(struct ms_dict *d, uint32_t code)
{
    if (code == MS_NO_CODE)
        return code;
    if (ms_dict_value(d, code)->derived[MS_DERIVED_DOMAIN] != MS_NO_CODE)
        return ms_dict_value(d, code)->derived[MS_DERIVED_DOMAIN];
    struct ms_span a = ms_dict_text(d, ms_dict_address_key(d, code));
    size_t at = address_at(a);
    if (at >= a.n)
        return MS_NO_CODE;
    struct ms_span domain = ms_span_of(a.p + at + 1, a.n - at - 1);
    uint32_t k = add_valid(d, domain, hash_of(d, domain));
    return ms_dict_value(d, code)->derived[MS_DERIVED_DOMAIN] = k;
}

uint32_t ms_dict_add_ip(struct ms_dict *d, struct ms_span raw)
{
    if (raw.p == NULL || raw.n == 0 || raw.n >= INET6_ADDRSTRLEN || memchr(raw.p, ':', raw.n) == NULL)
        return ms_dict_add(d, raw);
    char in[INET6_ADDRSTRLEN], out[INET6_ADDRSTRLEN];
    struct in6_addr six;
    memcpy(in, raw.p, raw.n);
    in[raw.n] = '\0';
    if (inet_pton(AF_INET6, in, &six) != 1 || inet_ntop(AF_INET6, &six, out, sizeof out) == NULL)
        return ms_dict_add(d, raw); /* link-local with a zone: as logged */
    return ms_dict_add(d, ms_span_str(out));
}
