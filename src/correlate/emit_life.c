#include "correlate/emit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "correlate/outbound.h"

struct story { /* of one life, gathered in two walks over its facts */
    struct ms_correlator *c;
    struct ms_fact *const *facts;
    const struct ms_life *life;
    const struct ms_key *key;
    const struct ms_origin *origin;
    int64_t txn_id, session_id, queue_id; /* cells */
    bool open, qmgr_told_sender, id_is_resent;
    const struct ms_fact *begin; /* the client= or uid= line */
    size_t n_deliveries, n_recipients, n_slots;
};

/* (Numbers that a line does not say need no helper: MS_NONE and MS_NULL_I64 are the same.) */
static int64_t word_cell(struct story *s, const char *text)
{
    return ms_code_cell(ms_dict_word(&s->c->dict, text));
}

static bool is_over(const struct ms_life *life)
{
    return life->state == MS_STATE_DONE || life->state == MS_STATE_EXPIRED || life->state == MS_STATE_DELETED;
}

/* ---- deliveries ---- */

enum { FEW_RECIPIENTS = 8 }; /* are searched one by one */

static bool is_recipient(const struct ms_recipient *r, const struct ms_fact_delivery *d)
{
    return r->address == d->recipient && r->orig == d->orig_recipient;
}

static struct ms_recipient *recipient_new(struct story *s, const struct ms_fact_delivery *d)
{
    struct ms_recipient *r = &s->c->recipients[s->n_recipients++];
    *r = (struct ms_recipient){.address = d->recipient, .orig = d->orig_recipient};
    return r;
}

static struct ms_recipient *recipient_of(struct story *s, const struct ms_fact_delivery *d)
{
    struct ms_recipient *all = s->c->recipients;
    if (s->n_slots == 0) {
        for (size_t i = 0; i < s->n_recipients; i++)
            if (is_recipient(&all[i], d))
                return &all[i];
        return recipient_new(s, d);
    }
    uint32_t *slots = s->c->recipient_slots;
    uint64_t h = ((uint64_t)d->recipient << 32 | d->orig_recipient) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (h >> 32) & (s->n_slots - 1);
    for (; slots[at]; at = (at + 1) & (s->n_slots - 1))
        if (is_recipient(&all[slots[at] - 1], d))
            return &all[slots[at] - 1];
    slots[at] = (uint32_t)s->n_recipients + 1;
    return recipient_new(s, d);
}

/* Room for as many recipients as there are deliveries. */
static void make_room(struct story *s)
{
    struct ms_correlator *c = s->c;
    c->recipients = ms_grow(c->recipients, &c->cap_recipients, s->n_deliveries, sizeof *c->recipients);
    if (s->n_deliveries <= FEW_RECIPIENTS)
        return;
    for (s->n_slots = 4; s->n_slots < 2 * s->n_deliveries; s->n_slots *= 2)
        ;
    c->recipient_slots = ms_grow(c->recipient_slots, &c->cap_recipient_slots, s->n_slots, sizeof *c->recipient_slots);
    memset(c->recipient_slots, 0, s->n_slots * sizeof *c->recipient_slots);
}

static void tell_tls(struct story *s, const struct ms_fact_delivery *d, int64_t *v)
{
    static const char *const evidence[] = {
        [MS_TLS_LINE] = "line", [MS_TLS_SAME_CONNECTION] = "same_connection", [MS_TLS_FIELD] = "field"};
    struct ms_tls_cells cells = ms_tls_cells(s->c, d->tls);
    v[MS_COL_deliveries_tls_version] = ms_code_cell(cells.version);
    v[MS_COL_deliveries_tls_cipher] = ms_code_cell(cells.cipher);
    v[MS_COL_deliveries_tls_trust] = ms_code_cell(cells.trust);
    v[MS_COL_deliveries_tls_evidence] = word_cell(s, evidence[d->tls_evidence]);
}

static void emit_delivery(struct story *s, const struct ms_fact *f, int32_t attempt, bool is_final)
{
    struct ms_correlator *c = s->c;
    const struct ms_fact_delivery *d = &f->u.delivery;
    int64_t *v = ms_rows_begin(s->open ? &c->open_rows[MS_DELIVERIES] : &c->rows[MS_DELIVERIES], f->key);
    v[MS_COL_deliveries_txn_id] = s->txn_id;
    v[MS_COL_deliveries_mta] = s->origin->mta;
    v[MS_COL_deliveries_host] = s->origin->host;
    v[MS_COL_deliveries_queue_id] = s->queue_id;
    v[MS_COL_deliveries_time] = ms_fact_time(c, f);
    v[MS_COL_deliveries_agent] = ms_origin_cells(&c->origins, c->run->names, &c->dict, f->host_id, f->tag_id)->program;
    v[MS_COL_deliveries_recipient] = ms_code_cell(d->recipient);
    v[MS_COL_deliveries_recipient_key] = ms_code_cell(ms_dict_address_key(&c->dict, d->recipient));
    v[MS_COL_deliveries_recipient_domain] = ms_code_cell(ms_dict_address_domain(&c->dict, d->recipient));
    v[MS_COL_deliveries_orig_recipient] = ms_code_cell(d->orig_recipient);
    v[MS_COL_deliveries_orig_recipient_key] = ms_code_cell(ms_dict_address_key(&c->dict, d->orig_recipient));
    v[MS_COL_deliveries_relay_host] = ms_code_cell(d->relay_host);
    v[MS_COL_deliveries_relay_ip] = ms_code_cell(d->relay_ip);
    v[MS_COL_deliveries_relay_port] = ms_small_cell(d->relay_port);
    v[MS_COL_deliveries_attempt] = attempt;
    v[MS_COL_deliveries_is_final] = is_final;
    v[MS_COL_deliveries_status] = ms_code_cell(d->status);
    v[MS_COL_deliveries_dsn] = ms_code_cell(d->dsn);
    v[MS_COL_deliveries_reply_code] = ms_small_cell(d->reply_code);
    v[MS_COL_deliveries_reply] = ms_text_cell(&c->stripe_arena, d->reply);
    struct ms_reason_cells why = ms_delivery_reason(c->reasons, &c->dict, d);
    v[MS_COL_deliveries_reason] = why.reason;
    v[MS_COL_deliveries_blocklist] = why.blocklist;
    v[MS_COL_deliveries_delay_ms] = d->delay_ms;
    v[MS_COL_deliveries_delay_in_ms] = d->delay_in_ms;
    v[MS_COL_deliveries_delay_queue_ms] = d->delay_queue_ms;
    v[MS_COL_deliveries_delay_conn_ms] = d->delay_conn_ms;
    v[MS_COL_deliveries_delay_xmit_ms] = d->delay_xmit_ms;
    v[MS_COL_deliveries_conn_use] = ms_small_cell(d->conn_use);
    if (d->tls_evidence != MS_TLS_NOT_LOGGED)
        tell_tls(s, d, v);
    v[MS_COL_deliveries_next_queue_id] = ms_text_cell(&c->stripe_arena, d->next_queue_id);
    v[MS_COL_deliveries_file_id] = ms_row_file(f->key);
    v[MS_COL_deliveries_line_offset] = ms_row_offset(f->key);
    c->deliveries[d->outcome]++;
}

static void claim_link(struct story *s, const struct ms_fact *f, enum ms_link_kind kind, struct ms_span other)
{
    struct ms_link_claim claim = {.key = f->key, .time_us = f->time_us, .other_queue_id = other, .kind = kind};
    if (f->role == MS_ROLE_DELIVERY) {
        const struct ms_fact_delivery *d = &f->u.delivery;
        struct ms_span ip = ms_dict_text(&s->c->dict, d->relay_ip);
        claim.recipient = ms_dict_text(&s->c->dict, d->recipient);
        claim.relay_host = ms_dict_text(&s->c->dict, d->relay_host);
        claim.loopback = ms_span_starts(ip, "127.") || ms_span_is(ip, "::1");
        /* The other file was made while this attempt went on: within the time the attempt took, if the line tells it. */
        if (d->delay_conn_ms != MS_NONE && d->delay_xmit_ms != MS_NONE)
            claim.before_us = (d->delay_conn_ms + d->delay_xmit_ms) * 1000;
        else if (d->delay_ms != MS_NONE && d->delay_ms > 0)
            claim.before_us = d->delay_ms * 1000;
    } else if (f->role == MS_ROLE_CLIENT) {
        claim.relay_host = ms_dict_text(&s->c->dict, f->u.client.name);
    }
    ms_links_add_claim(&s->c->links, &claim);
}

/* Sent, but the line names no ID there. To a mailbox: the end. To another host or a program that may give it back: perhaps not. */
static void claim_handed_on(struct story *s, const struct ms_fact *f)
{
    struct ms_span program = ms_names_tag(s->c->run->names, f->tag_id)->program;
    bool to_program = ms_span_is(program, "pipe") ||
                      (ms_span_is(program, "local") && ms_span_starts(f->u.delivery.reply, "delivered to command"));
    if (to_program || ms_span_is(program, "smtp"))
        claim_link(s, f, to_program ? MS_LINK_TO_PROGRAM : MS_LINK_NO_ID, MS_SPAN_NULL);
}

/* Walks the deliveries twice: first to know each recipient's last attempt, then to write them. */
static void emit_deliveries(struct story *s)
{
    if (s->n_deliveries == 0)
        return;
    make_room(s);
    for (size_t i = s->life->first; i < s->life->end; i++) {
        if (s->facts[i]->role != MS_ROLE_DELIVERY)
            continue;
        struct ms_recipient *r = recipient_of(s, &s->facts[i]->u.delivery);
        r->last = i;
        r->status = s->facts[i]->u.delivery.outcome;
    }
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        if (f->role != MS_ROLE_DELIVERY)
            continue;
        const struct ms_fact_delivery *d = &f->u.delivery;
        struct ms_recipient *r = recipient_of(s, d);
        bool settled = ms_delivered_settled(d->outcome);
        emit_delivery(s, f, ++r->attempts, r->last == i && (settled || is_over(s->life)));
        if (d->forwarded)
            claim_link(s, f, MS_LINK_FORWARD, d->next_queue_id);
        else if (d->next_queue_id.p != NULL)
            claim_link(s, f, MS_LINK_NEXT_HOP, d->next_queue_id);
        else if (d->outcome == MS_SENT)
            claim_handed_on(s, f);
    }
}

static void count_recipients(const struct story *s, int64_t *v)
{
    int64_t n[MS_N_DELIVERED] = {0};
    for (size_t i = 0; i < s->n_recipients; i++)
        n[s->c->recipients[i].status]++;
    bool expired = s->life->state == MS_STATE_EXPIRED; /* what was deferred till the end was returned */
    v[MS_COL_messages_n_sent] = n[MS_SENT];
    v[MS_COL_messages_n_deferred] = expired ? 0 : n[MS_DEFERRED];
    v[MS_COL_messages_n_bounced] = n[MS_BOUNCED] + (expired ? n[MS_DEFERRED] : 0);
}

/* ---- the message ---- */

static void set_once(int64_t *cell, int64_t value)
{
    if (*cell == MS_NULL_I64)
        *cell = value;
}

static void tell_client(struct story *s, const struct ms_fact *f, int64_t *v)
{
    const struct ms_fact_client *cl = &f->u.client;
    v[MS_COL_messages_client_name] = ms_code_cell(cl->name);
    v[MS_COL_messages_client_ip] = ms_code_cell(cl->ip);
    v[MS_COL_messages_client_port] = ms_small_cell(cl->port);
    v[MS_COL_messages_orig_client_name] = ms_code_cell(cl->orig_name);
    v[MS_COL_messages_orig_client_ip] = ms_code_cell(cl->orig_ip);
    v[MS_COL_messages_sasl_method] = ms_code_cell(cl->sasl_method);
    v[MS_COL_messages_sasl_username] = ms_code_cell(cl->sasl_username);
    v[MS_COL_messages_tls_version] = ms_code_cell(ms_dict_add(&s->c->dict, cl->tls_version));
    v[MS_COL_messages_tls_cipher] = ms_code_cell(ms_dict_add(&s->c->dict, cl->tls_cipher));
    if (cl->session_known)
        v[MS_COL_messages_session_id] = cl->session_id;
}

/* The queue manager's word is the envelope sender; pickup's comes before rewriting (`root`), a check's serves where the mail
 * never reached the queue. */
static void tell_sender(struct story *s, int64_t *v, uint32_t sender, bool from_qmgr)
{
    if (sender == MS_NO_CODE || s->qmgr_told_sender || (v[MS_COL_messages_sender] != MS_NULL_I64 && !from_qmgr))
        return;
    s->qmgr_told_sender = from_qmgr;
    v[MS_COL_messages_sender] = sender;
    v[MS_COL_messages_sender_key] = ms_code_cell(ms_dict_address_key(&s->c->dict, sender));
    v[MS_COL_messages_sender_domain] = ms_code_cell(ms_dict_address_domain(&s->c->dict, sender));
}

/* What checks and refusals say of the envelope: all there is of a mail that never reached the queue. */
static void tell_smtp(struct story *s, int64_t *v, uint32_t sender, uint32_t protocol, uint32_t helo)
{
    tell_sender(s, v, sender, false);
    set_once(&v[MS_COL_messages_protocol], ms_code_cell(protocol));
    set_once(&v[MS_COL_messages_helo], ms_code_cell(helo));
}

static void tell_active(struct story *s, const struct ms_fact *f, int64_t *v, uint32_t first_file)
{
    tell_sender(s, v, f->u.active.sender, true);
    if (f->role != MS_ROLE_ACTIVE)
        return;
    set_once(&v[MS_COL_messages_size_bytes], f->u.active.size_bytes);
    set_once(&v[MS_COL_messages_nrcpt], ms_small_cell(f->u.active.nrcpt));
    set_once(&v[MS_COL_messages_queued_time], ms_fact_time(s->c, f));
    if (ms_row_file(f->key) == first_file)
        set_once(&v[MS_COL_messages_queued_offset], ms_row_offset(f->key));
}

/* One fact's share in the message row; rows that the line makes itself. */
static void tell(struct story *s, struct ms_fact *f, int64_t *v, uint32_t first_file)
{
    struct ms_arena *arena = &s->c->stripe_arena;
    switch ((unsigned)f->role) {
    case MS_ROLE_CLIENT:
        tell_client(s, f, v);
        if (f->u.client.orig_queue_id.p != NULL)
            claim_link(s, f, MS_LINK_REINJECT, f->u.client.orig_queue_id);
        break;
    case MS_ROLE_PICKUP:
        v[MS_COL_messages_submit_uid] = f->u.pickup.uid;
        tell_sender(s, v, f->u.pickup.sender, false);
        if (f->u.pickup.orig_queue_id.p != NULL)
            claim_link(s, f, MS_LINK_REQUEUE, f->u.pickup.orig_queue_id);
        break;
    case MS_ROLE_MESSAGE_ID:
        if (v[MS_COL_messages_message_id] == 0 || (s->id_is_resent && !f->u.message_id.resent)) {
            s->id_is_resent = f->u.message_id.resent;
            v[MS_COL_messages_message_id] = ms_text_cell(arena, f->u.message_id.id);
            v[MS_COL_messages_message_id_offset] =
                ms_row_file(f->key) == first_file ? ms_row_offset(f->key) : MS_NULL_I64;
        }
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        tell_active(s, f, v, first_file);
        break;
    case MS_ROLE_NOTICE:
        claim_link(s, f, f->u.notice.delay_notice ? MS_LINK_DELAY_NOTICE : MS_LINK_BOUNCE, f->u.notice.new_queue_id);
        break;
    case MS_ROLE_HEADER:
        tell_smtp(s, v, f->u.header.sender, f->u.header.protocol, f->u.header.helo);
        if (f->u.header.subject.p == NULL)
            ms_emit_event(s->c, f, s->key->queue_id, s->txn_id, s->open);
        else if (v[MS_COL_messages_subject] == 0)
            v[MS_COL_messages_subject] = ms_text_cell(arena, f->u.header.subject);
        break;
    case MS_ROLE_REJECT:
        tell_smtp(s, v, f->u.reject.sender, f->u.reject.protocol, f->u.reject.helo);
        if (v[MS_COL_messages_subject] == 0 && f->u.reject.subject.p != NULL)
            v[MS_COL_messages_subject] = ms_text_cell(arena, f->u.reject.subject);
        ms_emit_reject(s->c, f, s->txn_id, s->session_id, s->open);
        break;
    case MS_ROLE_DELIVERY:
    case MS_ROLE_REMOVED:
    case MS_ROLE_REQUEUED:
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
        break;
    default:
        ms_emit_event(s->c, f, s->key->queue_id, s->txn_id, s->open);
        break;
    }
}

/* Where the mail came from. A mail with no begin line was made inside Postfix, if its first line is cleanup's: a notice, if
 * the message-id holds this very queue ID, else a forwarded copy. A log that begins in the middle tells nothing. */
static const char *origin_of(const struct story *s, const int64_t *v)
{
    const struct ms_fact *begin = s->begin;
    if (begin != NULL && begin->role == MS_ROLE_CLIENT)
        return begin->u.client.orig_queue_id.p != NULL ? "reinject" : "smtpd";
    if (begin != NULL)
        return begin->u.pickup.orig_queue_id.p != NULL ? "requeue" : "pickup";
    const struct ms_fact *first = s->facts[s->life->first];
    const struct ms_text *id = (const struct ms_text *)(intptr_t)v[MS_COL_messages_message_id];
    if ((first->role != MS_ROLE_MESSAGE_ID && first->role != MS_ROLE_HEADER) || id == NULL)
        return "unknown";
    if (memmem(id->p, id->n, s->key->queue_id.p, s->key->queue_id.n) == NULL)
        return "forward";
    /* Probes of address verification look like notices, and have the sender of notices about notices. */
    int64_t sender = v[MS_COL_messages_sender];
    bool probe = sender != MS_NULL_I64 && ms_span_starts(ms_dict_text(&s->c->dict, (uint32_t)sender), "double-bounce@");
    return probe ? "unknown" : "bounce";
}

/* What must be known before the first row of the life is made. */
static void look_ahead(struct story *s)
{
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        s->n_deliveries += f->role == MS_ROLE_DELIVERY;
        if (s->begin == NULL && (f->role == MS_ROLE_CLIENT || f->role == MS_ROLE_PICKUP))
            s->begin = f;
        if (f->role == MS_ROLE_CLIENT && f->u.client.session_known)
            s->session_id = f->u.client.session_id;
    }
}

static struct ms_span text_of(int64_t unique_cell)
{
    const struct ms_text *t = (const struct ms_text *)(intptr_t)unique_cell;
    return t != NULL ? ms_span_of(t->p, t->n) : MS_SPAN_NULL;
}

static void add_to_links(struct story *s, const int64_t *v, const struct ms_fact *first, const struct ms_fact *last)
{
    int64_t client = v[MS_COL_messages_client_name];
    struct ms_link_life life = {
        .queue_id = s->key->queue_id,
        .message_id = text_of(v[MS_COL_messages_message_id]),
        .client_name = client == MS_NULL_I64 ? MS_SPAN_NULL : ms_dict_text(&s->c->dict, (uint32_t)client),
        .instance = s->key->scope,
        .txn_id = (uint64_t)s->txn_id,
        .begin_us = first->time_us,
        .last_us = last->time_us,
        .host_id = first->host_id,
        .by_pickup = v[MS_COL_messages_submit_uid] != MS_NULL_I64,
    };
    ms_links_add_life(&s->c->links, &life);
}

void ms_emit_life(struct ms_correlator *c, struct ms_key *key, struct ms_fact *const *facts, const struct ms_life *life,
                  bool open)
{
    struct ms_fact *first = facts[life->first], *last = facts[life->end - 1];
    uint32_t first_file = ms_row_file(first->key);
    int64_t *v = ms_rows_begin(open ? &c->open_rows[MS_MESSAGES] : &c->rows[MS_MESSAGES], first->key);
    struct story s = {.c = c, .facts = facts, .life = life, .key = key, .session_id = MS_NULL_I64, .open = open};
    s.origin = ms_origin_cells(&c->origins, c->run->names, &c->dict, first->host_id, first->tag_id);
    s.queue_id = ms_text_cell(&c->stripe_arena, key->queue_id);
    const struct ms_text *kept = (const struct ms_text *)(intptr_t)s.queue_id;
    key->queue_id = ms_span_of(kept->p, kept->n);
    s.txn_id = ms_txn_id(s.origin, key->queue_id, life);
    look_ahead(&s);
    emit_deliveries(&s);
    for (size_t i = life->first; i < life->end; i++)
        tell(&s, facts[i], v, first_file);
    v[MS_COL_messages_txn_id] = s.txn_id;
    v[MS_COL_messages_mta] = s.origin->mta;
    v[MS_COL_messages_host] = s.origin->host;
    v[MS_COL_messages_instance] = s.origin->instance;
    v[MS_COL_messages_queue_id] = s.queue_id;
    v[MS_COL_messages_origin] = word_cell(&s, origin_of(&s, v));
    v[MS_COL_messages_first_time] = ms_fact_time(c, first);
    v[MS_COL_messages_last_time] = ms_fact_time(c, last);
    if (life->end_fact != SIZE_MAX) {
        v[MS_COL_messages_end_time] = ms_fact_time(c, facts[life->end_fact]);
        if (ms_row_file(facts[life->end_fact]->key) == first_file)
            v[MS_COL_messages_end_offset] = ms_row_offset(facts[life->end_fact]->key);
    }
    v[MS_COL_messages_state] = word_cell(&s, ms_state_names[life->state]);
    count_recipients(&s, v);
    v[MS_COL_messages_n_attempts] = (int64_t)s.n_deliveries;
    v[MS_COL_messages_n_lines] = (int64_t)(life->end - life->first);
    v[MS_COL_messages_file_id] = first_file;
    v[MS_COL_messages_line_offset] = ms_row_offset(first->key);
    c->messages[life->state]++;
    c->n_facts_out += life->end - life->first;
    add_to_links(&s, v, first, last);
}
