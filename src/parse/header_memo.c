#include "parse/header_memo.h"

static uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* First and last 8 bytes tell headers apart: `mx1 postfix/smtp`, `mx2 postfix/smtp`, `mx1 postfix/smtpd`. */
static size_t set_of(struct ms_span key)
{
    uint64_t h = load8(key.p) * 0x9E3779B97F4A7C15 ^ (load8(key.p + key.n - 8) + key.n) * 0xC2B2AE3D27D4EB4F;
    return (h ^ h >> 29) * 0x9E3779B97F4A7C15 >> 55;
}

static bool is_key(struct ms_span key)
{
    return key.n >= MS_HEADER_KEY_MIN && key.n <= MS_HEADER_KEY_MAX;
}

const struct ms_header_slot *ms_header_memo_find(const struct ms_header_memo *m, enum ms_header_form form,
                                                 struct ms_span key)
{
    if (!is_key(key))
        return NULL;
    const struct ms_header_slot *set = m->slots[set_of(key)];
    for (int i = 0; i < 2; i++)
        if (set[i].n_bytes == key.n && set[i].form == form && memcmp(set[i].key, key.p, key.n) == 0)
            return &set[i];
    return NULL;
}

void ms_header_memo_keep(struct ms_header_memo *m, enum ms_header_form form, struct ms_span key, uint32_t host_id,
                         uint32_t tag_id)
{
    if (!is_key(key))
        return;
    struct ms_header_slot *set = m->slots[set_of(key)];
    set[1] = set[0];
    set[0] = (struct ms_header_slot){.n_bytes = key.n, .form = form, .host_id = host_id, .tag_id = tag_id};
    memcpy(set[0].key, key.p, key.n);
}
