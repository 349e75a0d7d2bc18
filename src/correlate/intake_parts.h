/* What intake.c and intake_others.c share. Not for others. Thread rule: one worker. */
#ifndef MS_CORRELATE_INTAKE_PARTS_H
#define MS_CORRELATE_INTAKE_PARTS_H

#include "correlate/local.h"
#include "base/hash.h"

static inline uint32_t ms_intake_text(struct ms_correlator *c, struct ms_span s)
{
    return s.p ? ms_dict_add(&c->dict, s) : MS_NO_CODE;
}

/* INT32_MIN: not in the line, or too large for a column. */
static inline int32_t ms_intake_small(int64_t n)
{
    return n == MS_NONE || n > INT32_MAX || n <= INT32_MIN ? INT32_MIN : (int32_t)n;
}

/* For the fields that have few values, of 4 to 8 bytes mostly (DSN, TLS protocol): each has its slot. */
static inline uint32_t ms_intake_brief(struct ms_correlator *c, struct ms_span s)
{
    if (s.n < 4 || s.n > 8)
        return ms_intake_text(c, s);
    uint64_t text = ms_hash_load32(s.p) | ms_hash_load32(s.p + s.n - 4) << 32;
    struct ms_brief *b = &c->briefs[(text * UINT64_C(0x9E3779B97F4A7C15)) >> 58];
    if (b->text != text || b->n != s.n)
        *b = (struct ms_brief){text, s.n, ms_dict_add(&c->dict, s)};
    return b->code;
}

/* One way to split for clients and relays: a token means the same wherever it stands, so that it is split once. */
void ms_intake_split_endpoint(struct ms_span token, struct ms_dict_parts *parts);
static inline struct ms_dict_endpoint ms_intake_endpoint(struct ms_correlator *c, struct ms_span token)
{
    return ms_dict_endpoint(&c->dict, token, ms_intake_split_endpoint);
}

/* A fact of that role with all that the line's place and envelope tell, but for its time. */
static inline struct ms_fact *ms_intake_head(struct ms_correlator *c, const struct ms_event *e, unsigned role)
{
    struct ms_fact *f = ms_fact_take(c, role);
    f->key = ms_row_key(c->segment->file_id, e->offset);
    f->host_id = e->host_id == MS_NO_NAME ? c->run->no_host_id : e->host_id;
    f->tag_id = e->tag_id;
    f->pid = e->pid == MS_NONE || e->pid < 0 || e->pid >= UINT32_MAX ? MS_NO_PID : (uint32_t)e->pid;
    f->kind = e->kind;
    f->flags = 0;
    f->ordinal = 0;
    f->connection = 0;
    return f;
}

static inline void ms_intake_client(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_client *f)
{
    struct ms_dict_endpoint client = ms_intake_endpoint(c, e->u.client.client),
                            orig = ms_intake_endpoint(c, e->u.client.orig_client);
    f->name = client.name;
    f->ip = client.ip;
    f->port = client.port;
    f->sasl_method = ms_intake_brief(c, e->u.client.sasl_method);
    f->sasl_username = ms_intake_text(c, e->u.client.sasl_username);
    f->orig_name = orig.name;
    f->orig_ip = orig.ip;
    f->orig_queue_id = e->u.client.orig_queue_id;
    f->queue_id = e->queue_id;
    f->moved_on_s = MS_NONE;
    f->tls_version = f->tls_cipher = MS_SPAN_NULL;
    f->twin = NULL;
    f->session_known = f->lost = f->discarded = false;
}

/* All of a delivery's fact but its head. */
void ms_intake_delivery(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d);
/* What Postfix does not say; all else of *d is filled in. */
void ms_intake_delivery_of_others(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d);
void ms_intake_accepted(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_accepted *a);

#endif
