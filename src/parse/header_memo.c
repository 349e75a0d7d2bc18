#include "parse/header_memo.h"

struct ms_header_slot *ms_header_memo_keep(struct ms_header_memo *m, enum ms_header_form form, struct ms_span key,
                                           uint32_t host_id, uint32_t tag_id)
{
    if (key.n < MS_HEADER_KEY_MIN || key.n > MS_HEADER_KEY_MAX)
        return NULL;
    struct ms_header_slot *set = m->slots[ms_header_memo_set(key)];
    set[1] = set[0];
    set[0] = (struct ms_header_slot){.shape = ms_header_shape_of(key, form), .host_id = host_id, .tag_id = tag_id};
    memcpy(set[0].key, key.p, key.n);
    return &set[0];
}
