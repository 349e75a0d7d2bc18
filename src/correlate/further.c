#include "correlate/further.h"

#include "correlate/local.h"
#include "parse/lists.h"

/* A fact of the same line; its payload is the caller's to fill. */
static struct ms_fact *fact_new(struct ms_correlator *c, const struct ms_fact *f, unsigned role, uint32_t ordinal)
{
    struct ms_fact *more = ms_fact_take(c, role);
    memcpy(more, f, offsetof(struct ms_fact, u));
    more->role = (uint8_t)role;
    more->flags = f->flags & MS_FACT_NO_END;
    more->ordinal = ordinal;
    return more;
}

static void add_recipients(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                           const struct ms_origin *origin)
{
    struct ms_span list = e->u.delivery.recipient, item;
    (void)ms_list_address(&list, &item); /* the first is in `f` */
    for (uint32_t n = 1; n < MS_FURTHER_MAX && ms_list_address(&list, &item); n++) {
        if (item.n == 0)
            continue;
        struct ms_fact *more = fact_new(c, f, MS_ROLE_RECIPIENT, n);
        more->flags |= MS_FACT_FURTHER;
        more->u.recipient.recipient = ms_dict_add(&c->dict, item);
        ms_local_add_to_life(c, more, origin, e->queue_id);
    }
}

/* The child's first fact: nothing else will say where it came from. */
static struct ms_fact *bear(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                            const struct ms_origin *origin, struct ms_span child)
{
    struct ms_fact *birth = fact_new(c, f, MS_ROLE_ACCEPTED, 0);
    bool is_clone = e->u.notice.kind == MS_NOTICE_CLONE;
    birth->u.accepted = (struct ms_fact_accepted){
        .sender = is_clone ? MS_NO_CODE : ms_dict_add(&c->dict, MS_SPAN_LIT("")), /* a report has the null sender */
        .name = MS_NO_CODE,
        .ip = MS_NO_CODE,
        .protocol = MS_NO_CODE,
        .helo = MS_NO_CODE,
        .daemon = MS_NO_CODE,
        .sasl_method = MS_NO_CODE,
        .sasl_username = MS_NO_CODE,
        .tls_version = MS_NO_CODE,
        .tls_cipher = MS_NO_CODE,
        .queue_id = child,
        .size_bytes = MS_NONE,
        .uid = MS_NONE,
        .port = INT32_MIN,
        .nrcpt = INT32_MIN,
        .class = INT32_MIN,
        .born = is_clone ? MS_BORN_AS_CLONE : MS_BORN_AS_BOUNCE,
    };
    ms_local_add_to_life(c, birth, origin, child);
    return birth;
}

static void add_children(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                         const struct ms_origin *origin)
{
    struct ms_span list = e->u.notice.new_queue_id, child = list;
    for (uint32_t n = 0; n < MS_FURTHER_MAX; n++) {
        if (e->u.notice.is_list && !ms_list_queue_id(&list, &child))
            return;
        if (n > 0) {
            struct ms_fact *more = fact_new(c, f, MS_ROLE_NOTICE, n);
            more->flags |= MS_FACT_FURTHER;
            more->u.notice = f->u.notice;
            more->u.notice.new_queue_id = child;
            ms_local_add_to_life(c, more, origin, e->queue_id);
        }
        if (e->u.notice.is_born)
            (void)bear(c, e, f, origin, child);
        if (!e->u.notice.is_list)
            return;
    }
}

/* A line under the child's ID; the parent's list learns by it where its recipients went. The claim is the child's. */
static void add_parent(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                       const struct ms_origin *origin)
{
    bear(c, e, f, origin, e->queue_id)->flags |= MS_FACT_FURTHER;
    struct ms_fact *more = fact_new(c, f, MS_ROLE_NOTICE, 0);
    more->u.notice = f->u.notice;
    more->u.notice.new_queue_id = MS_SPAN_NULL;
    more->u.notice.by_child = false;
    ms_local_add_to_life(c, more, origin, e->u.notice.new_queue_id);
}

void ms_further_facts(struct ms_correlator *c, const struct ms_event *e, const struct ms_fact *f,
                      const struct ms_origin *origin)
{
    if (f->role == MS_ROLE_DELIVERY && e->u.delivery.is_list)
        add_recipients(c, e, f, origin);
    else if (f->role == MS_ROLE_NOTICE && e->u.notice.by_child && e->u.notice.is_born)
        add_parent(c, e, f, origin);
    else if (f->role == MS_ROLE_NOTICE && e->u.notice.new_queue_id.p != NULL && !e->u.notice.by_child)
        add_children(c, e, f, origin);
}
