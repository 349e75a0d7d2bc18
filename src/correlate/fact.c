#include "correlate/fact.h"

#define SIZE(member) (uint16_t)(offsetof(struct ms_fact, u) + sizeof(((struct ms_fact *)0)->u.member))
#define SHAPE(member, codes, spans, first_span)                                                                        \
    {                                                                                                                  \
        codes, spans, (uint16_t)(offsetof(struct ms_fact, u) + offsetof(struct ms_fact_##member, first_span)),         \
            SIZE(member)                                                                                               \
    }
#define PLAIN(member, codes)                                                                                           \
    {                                                                                                                  \
        codes, 0, 0, SIZE(member)                                                                                      \
    }

const struct ms_fact_shape ms_fact_shapes[MS_N_FACT_ROLES] = {
    [MS_ROLE_UNPARSED] = SHAPE(event, 1, 1, text),
    [MS_ROLE_EVENT] = SHAPE(event, 1, 1, text),
    [MS_ROLE_CONNECT] = PLAIN(session, 5),
    [MS_ROLE_DISCONNECT] = PLAIN(session, 5),
    [MS_ROLE_LOST] = PLAIN(session, 5),
    [MS_ROLE_TLS] = PLAIN(tls, 2),
    [MS_ROLE_SASL] = PLAIN(login, 5),
    [MS_ROLE_PROXY] = SHAPE(reject, 13, 1, subject),
    [MS_ROLE_CLIENT_TLS] = SHAPE(event, 1, 1, text),
    [MS_ROLE_CLIENT] = SHAPE(client, 6, 4, queue_id),
    [MS_ROLE_PICKUP] = SHAPE(pickup, 1, 1, orig_queue_id),
    [MS_ROLE_MESSAGE_ID] = SHAPE(message_id, 0, 1, id),
    [MS_ROLE_ACTIVE] = PLAIN(active, 1),
    [MS_ROLE_EXPIRED] = PLAIN(active, 1),
    [MS_ROLE_DELIVERY] = SHAPE(delivery, 8, 4, next_queue_id),
    [MS_ROLE_REMOVED] = PLAIN(removed, 0),
    [MS_ROLE_REQUEUED] = PLAIN(removed, 0),
    [MS_ROLE_HELD] = PLAIN(removed, 0),
    [MS_ROLE_RELEASED] = PLAIN(removed, 0),
    [MS_ROLE_CORRUPT] = SHAPE(event, 1, 1, text),
    [MS_ROLE_NOTICE] = SHAPE(notice, 0, 1, new_queue_id),
    [MS_ROLE_HEADER] = SHAPE(header, 3, 2, subject),
    [MS_ROLE_REJECT] = SHAPE(reject, 13, 1, subject),
    [MS_ROLE_ATTEMPT] = SHAPE(event, 1, 1, text),
    [MS_ROLE_ACCEPTED] = SHAPE(accepted, 10, 9, message_id),
    [MS_ROLE_BEGIN] = PLAIN(removed, 0),
    [MS_ROLE_STARTED] = SHAPE(started, 2, 3, queue_id),
    [MS_ROLE_FINISHED] = SHAPE(finished, 0, 2, text),
    [MS_ROLE_VERDICT] = SHAPE(event, 1, 1, text),
    [MS_ROLE_DAEMON] = SHAPE(event, 1, 1, text),
    [MS_ROLE_TOMBSTONE] = PLAIN(tombstone, 0),
    [MS_ROLE_OUTBOUND] = SHAPE(outbound, 3, 1, queue_id),
    [MS_ROLE_RECIPIENT] = PLAIN(recipient, 1),
};

static size_t shape_size(unsigned role)
{
    return (ms_fact_shapes[role].size_bytes + 7u) & ~(size_t)7;
}

struct ms_fact *ms_fact_room(struct ms_arena *arena, unsigned role)
{
    return ms_arena_alloc(arena, shape_size(role));
}

struct ms_fact *ms_fact_new(struct ms_arena *arena, unsigned role)
{
    struct ms_fact *f = ms_fact_room(arena, role);
    memset(f, 0, shape_size(role));
    f->role = (uint8_t)role;
    return f;
}

struct ms_fact *ms_fact_copy(const struct ms_fact *f, struct ms_arena *arena, const struct ms_dict *from,
                             struct ms_dict *to)
{
    const struct ms_fact_shape *shape = &ms_fact_shapes[f->role];
    size_t n = shape_size(f->role);
    struct ms_fact *copy = memcpy(ms_arena_alloc(arena, n), f, n);
    copy->next = NULL;
    if (from != to) {
        uint32_t *codes = (uint32_t *)&copy->u;
        for (unsigned i = 0; i < shape->n_codes; i++)
            codes[i] = ms_dict_import(to, from, codes[i]);
    }
    struct ms_span *spans = (struct ms_span *)((char *)copy + shape->span_offset);
    for (unsigned i = 0; i < shape->n_spans; i++)
        spans[i] = ms_arena_copy(arena, spans[i]);
    return copy;
}
