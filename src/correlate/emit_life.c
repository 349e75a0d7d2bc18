#include "correlate/emit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

/* What the deliveries of one recipient add up to. */
struct recipient {
    uint32_t address, orig;
    int32_t attempts;
    size_t last; /* index of its last delivery */
    uint32_t status;
};

struct story { /* of one life, gathered in one walk over its facts */
    struct ms_correlator *c;
    struct ms_fact *const *facts;
    const struct ms_life *life;
    const struct ms_key *key;
    int64_t txn_id, host, mta, queue_id; /* cells */
    bool open, qmgr_told_sender;
    struct recipient *recipients;
    uint32_t *slots; /* by (address, orig): index + 1 */
    size_t n_recipients, n_slots;
};

/* (Numbers that a line does not say need no helper: MS_NONE and MS_NULL_I64 are the same.) */
static int64_t word_cell(struct story *s, const char *text)
{
    return ms_code_cell(ms_dict_word(&s->c->dict, text));
}

static bool status_is(const struct story *s, uint32_t code, const char *name)
{
    return ms_span_is(ms_dict_text(&s->c->dict, code), name);
}

static bool is_over(const struct ms_life *life)
{
    return life->state == MS_STATE_DONE || life->state == MS_STATE_EXPIRED || life->state == MS_STATE_DELETED;
}

/* ---- deliveries ---- */

static struct recipient *recipient_of(struct story *s, const struct ms_fact_delivery *d)
{
    uint64_t h = ((uint64_t)d->recipient << 32 | d->orig_recipient) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (h >> 32) & (s->n_slots - 1);
    for (; s->slots[at]; at = (at + 1) & (s->n_slots - 1)) {
        struct recipient *r = &s->recipients[s->slots[at] - 1];
        if (r->address == d->recipient && r->orig == d->orig_recipient)
            return r;
    }
    s->slots[at] = (uint32_t)++s->n_recipients;
    s->recipients[s->n_recipients - 1] = (struct recipient){.address = d->recipient, .orig = d->orig_recipient};
    return &s->recipients[s->n_recipients - 1];
}

static void emit_delivery(struct story *s, const struct ms_fact *f, int32_t attempt, bool is_final)
{
    struct ms_correlator *c = s->c;
    const struct ms_fact_delivery *d = &f->u.delivery;
    int64_t v[MS_N_COL_deliveries];
    ms_cells_clear(v, &ms_tables[MS_DELIVERIES]);
    v[MS_COL_deliveries_txn_id] = s->txn_id;
    v[MS_COL_deliveries_mta] = s->mta;
    v[MS_COL_deliveries_host] = s->host;
    v[MS_COL_deliveries_queue_id] = s->queue_id;
    v[MS_COL_deliveries_time] = ms_fact_time(c, f);
    v[MS_COL_deliveries_agent] = ms_name_code(c, MS_NAME_PROGRAM, f->tag_id);
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
    v[MS_COL_deliveries_delay_ms] = d->delay_ms;
    v[MS_COL_deliveries_delay_in_ms] = d->delay_in_ms;
    v[MS_COL_deliveries_delay_queue_ms] = d->delay_queue_ms;
    v[MS_COL_deliveries_delay_conn_ms] = d->delay_conn_ms;
    v[MS_COL_deliveries_delay_xmit_ms] = d->delay_xmit_ms;
    v[MS_COL_deliveries_conn_use] = ms_small_cell(d->conn_use);
    v[MS_COL_deliveries_next_queue_id] = ms_text_cell(&c->stripe_arena, d->next_queue_id);
    v[MS_COL_deliveries_file_id] = ms_row_file(f->key);
    v[MS_COL_deliveries_line_offset] = ms_row_offset(f->key);
    ms_rows_append(s->open ? &c->open_rows[MS_DELIVERIES] : &c->rows[MS_DELIVERIES], f->key, v);
    c->deliveries[d->status == MS_NO_CODE               ? 4
                  : status_is(s, d->status, "sent")     ? 0
                  : status_is(s, d->status, "deferred") ? 1
                  : status_is(s, d->status, "bounced")  ? 2
                                                        : 3]++;
}

static void claim_link(struct story *s, const struct ms_fact *f, enum ms_link_kind kind, struct ms_span other)
{
    struct ms_link_claim claim = {.key = f->key,
                                  .txn_id = (uint64_t)s->txn_id,
                                  .instance = s->key->scope,
                                  .time_us = f->time_us,
                                  .queue_id = s->key->queue_id,
                                  .other_queue_id = other,
                                  .host_id = f->host_id,
                                  .kind = (uint8_t)kind};
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
    } else if (kind == MS_LINK_REQUEUE) {
        claim.before_us = INT64_C(45) * 86400 * 1000000;
    }
    ms_links_add_claim(&s->c->links, &claim);
}

/* Walks the deliveries twice: first to know each recipient's last attempt, then to write them. */
static void emit_deliveries(struct story *s)
{
    size_t n = 0;
    for (size_t i = s->life->first; i < s->life->end; i++)
        n += s->facts[i]->role == MS_ROLE_DELIVERY;
    if (n == 0)
        return;
    for (s->n_slots = 4; s->n_slots < 2 * n; s->n_slots *= 2)
        ;
    s->recipients = ms_malloc(n * sizeof *s->recipients);
    s->slots = ms_calloc(s->n_slots, sizeof *s->slots);
    for (size_t i = s->life->first; i < s->life->end; i++) {
        if (s->facts[i]->role != MS_ROLE_DELIVERY)
            continue;
        struct recipient *r = recipient_of(s, &s->facts[i]->u.delivery);
        r->last = i;
        r->status = s->facts[i]->u.delivery.status;
    }
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        if (f->role != MS_ROLE_DELIVERY)
            continue;
        const struct ms_fact_delivery *d = &f->u.delivery;
        struct recipient *r = recipient_of(s, d);
        bool settled = d->status != MS_NO_CODE && !status_is(s, d->status, "deferred");
        emit_delivery(s, f, ++r->attempts, r->last == i && (settled || is_over(s->life)));
        if (d->forwarded)
            claim_link(s, f, MS_LINK_FORWARD, d->next_queue_id);
        else if (d->next_queue_id.p != NULL)
            claim_link(s, f, MS_LINK_NEXT_HOP, d->next_queue_id);
    }
}

static void count_recipients(const struct story *s, int64_t *v)
{
    int64_t sent = 0, deferred = 0, bounced = 0;
    for (size_t i = 0; i < s->n_recipients; i++) {
        uint32_t status = s->recipients[i].status;
        if (status == MS_NO_CODE)
            continue;
        bool is_deferred = status_is(s, status, "deferred");
        sent += status_is(s, status, "sent");
        bounced += status_is(s, status, "bounced") || (is_deferred && s->life->state == MS_STATE_EXPIRED);
        deferred += is_deferred && s->life->state != MS_STATE_EXPIRED;
    }
    v[MS_COL_messages_n_sent] = sent;
    v[MS_COL_messages_n_deferred] = deferred;
    v[MS_COL_messages_n_bounced] = bounced;
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
static void tell(struct story *s, struct ms_fact *f, int64_t *v, int64_t session_id, uint32_t first_file)
{
    struct ms_arena *arena = &s->c->stripe_arena;
    switch ((unsigned)f->role) {
    case MS_ROLE_CLIENT:
        tell_client(s, f, v);
        break;
    case MS_ROLE_PICKUP:
        v[MS_COL_messages_submit_uid] = f->u.pickup.uid;
        tell_sender(s, v, f->u.pickup.sender, false);
        if (f->u.pickup.orig_queue_id.p != NULL)
            claim_link(s, f, MS_LINK_REQUEUE, f->u.pickup.orig_queue_id);
        break;
    case MS_ROLE_MESSAGE_ID:
        if (v[MS_COL_messages_message_id] == 0) {
            v[MS_COL_messages_message_id] = ms_text_cell(arena, f->u.message_id.id);
            if (ms_row_file(f->key) == first_file)
                v[MS_COL_messages_message_id_offset] = ms_row_offset(f->key);
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
        ms_emit_reject(s->c, f, s->txn_id, session_id, s->open);
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
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        if (f->role == MS_ROLE_CLIENT)
            return f->u.client.orig_queue_id.p != NULL ? "reinject" : "smtpd";
        if (f->role == MS_ROLE_PICKUP)
            return f->u.pickup.orig_queue_id.p != NULL ? "requeue" : "pickup";
    }
    const struct ms_fact *first = s->facts[s->life->first];
    const struct ms_text *id = (const struct ms_text *)(intptr_t)v[MS_COL_messages_message_id];
    if ((first->role != MS_ROLE_MESSAGE_ID && first->role != MS_ROLE_HEADER) || id == NULL)
        return "unknown";
    return memmem(id->p, id->n, s->key->queue_id.p, s->key->queue_id.n) != NULL ? "bounce" : "forward";
}

void ms_emit_life(struct ms_correlator *c, const struct ms_key *key, struct ms_fact *const *facts,
                  const struct ms_life *life, bool open)
{
    struct ms_fact *first = facts[life->first], *last = facts[life->end - 1];
    uint32_t first_file = ms_row_file(first->key);
    const struct ms_tag *tag = ms_names_tag(c->run->names, first->tag_id);
    int64_t v[MS_N_COL_messages], session_id = MS_NULL_I64;
    struct story s = {.c = c, .facts = facts, .life = life, .key = key, .open = open};
    ms_cells_clear(v, &ms_tables[MS_MESSAGES]);
    s.queue_id = ms_text_cell(&c->stripe_arena, key->queue_id);
    s.txn_id = ms_txn_id(c->run, first, key->queue_id, life);
    s.host = ms_name_code(c, MS_NAME_HOST, first->host_id);
    s.mta = word_cell(&s, tag->mta == MS_MTA_POSTFIX ? "postfix" : "unknown");
    for (size_t i = life->first; i < life->end; i++)
        if (facts[i]->role == MS_ROLE_CLIENT && facts[i]->u.client.session_known)
            session_id = facts[i]->u.client.session_id;
    emit_deliveries(&s);
    int64_t n_attempts = 0;
    for (size_t i = life->first; i < life->end; i++) {
        n_attempts += facts[i]->role == MS_ROLE_DELIVERY;
        tell(&s, facts[i], v, session_id, first_file);
    }
    v[MS_COL_messages_txn_id] = s.txn_id;
    v[MS_COL_messages_mta] = s.mta;
    v[MS_COL_messages_host] = s.host;
    v[MS_COL_messages_instance] = ms_name_code(c, MS_NAME_INSTANCE, first->tag_id);
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
    v[MS_COL_messages_n_attempts] = n_attempts;
    v[MS_COL_messages_n_lines] = (int64_t)(life->end - life->first);
    v[MS_COL_messages_file_id] = first_file;
    v[MS_COL_messages_line_offset] = ms_row_offset(first->key);
    ms_rows_append(open ? &c->open_rows[MS_MESSAGES] : &c->rows[MS_MESSAGES], first->key, v);
    c->messages[life->state]++;
    c->n_facts_out += life->end - life->first;
    struct ms_link_life other_end = {
        .instance = key->scope, .txn_id = (uint64_t)s.txn_id, .begin_us = first->time_us, .host_id = first->host_id};
    int64_t client = v[MS_COL_messages_client_name];
    ms_links_add_life(&c->links, &other_end, key->queue_id,
                      client == MS_NULL_I64 ? MS_SPAN_NULL : ms_dict_text(&c->dict, (uint32_t)client));
    free(s.recipients);
    free(s.slots);
}
