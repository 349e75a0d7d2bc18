/* Rows of deliveries, and what they say of the mail's next queue ID. */
#include "base/room.h"
#include "correlate/outbound.h"
#include "correlate/story.h"

static bool is_over(const struct ms_life *life)
{
    return life->state == MS_STATE_DONE || life->state == MS_STATE_EXPIRED || life->state == MS_STATE_DELETED;
}

enum { FEW_RECIPIENTS = 8 }; /* are searched one by one */

static bool is_recipient(const struct ms_recipient *r, const struct ms_fact_delivery *d)
{
    return r->address == d->recipient && r->orig == d->orig_recipient;
}

static struct ms_recipient *recipient_new(struct ms_story *s, const struct ms_fact_delivery *d)
{
    struct ms_recipient *r = &s->c->recipients[s->n_recipients++];
    *r = (struct ms_recipient){.address = d->recipient, .orig = d->orig_recipient};
    return r;
}

static struct ms_recipient *recipient_of(struct ms_story *s, const struct ms_fact_delivery *d)
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
static void make_room(struct ms_story *s)
{
    struct ms_correlator *c = s->c;
    c->recipients = ms_room_grow(c->recipients, &c->cap_recipients, s->n_deliveries, sizeof *c->recipients);
    if (s->n_deliveries <= FEW_RECIPIENTS)
        return;
    for (s->n_slots = 4; s->n_slots < 2 * s->n_deliveries; s->n_slots *= 2)
        ;
    c->recipient_slots =
        ms_room_grow(c->recipient_slots, &c->cap_recipient_slots, s->n_slots, sizeof *c->recipient_slots);
    memset(c->recipient_slots, 0, s->n_slots * sizeof *c->recipient_slots);
}

static void tell_tls(struct ms_story *s, const struct ms_fact_delivery *d, ms_cells *v)
{
    static const char *const evidence[] = {
        [MS_TLS_LINE] = "line", [MS_TLS_SAME_CONNECTION] = "same_connection", [MS_TLS_FIELD] = "field"};
    struct ms_tls_cells cells = ms_tls_cells(s->c, d->tls);
    *v[MS_COL_deliveries_tls_version] = ms_code_cell(cells.version);
    *v[MS_COL_deliveries_tls_cipher] = ms_code_cell(cells.cipher);
    *v[MS_COL_deliveries_tls_trust] = ms_code_cell(cells.trust);
    *v[MS_COL_deliveries_tls_evidence] = ms_story_word(s, evidence[d->tls_evidence]);
}

static void tell_delivery_of_others(const struct ms_fact_delivery *d, ms_cells *v)
{
    if (d->agent != MS_NO_CODE)
        *v[MS_COL_deliveries_agent] = d->agent;
    *v[MS_COL_deliveries_xdelay_ms] = d->xdelay_ms;
    *v[MS_COL_deliveries_priority] = d->priority;
    *v[MS_COL_deliveries_ctladdr] = ms_code_cell(d->ctladdr);
}

static void emit_delivery(struct ms_story *s, const struct ms_fact *f, const struct ms_fact_delivery *d,
                          int32_t attempt, bool is_final)
{
    struct ms_correlator *c = s->c;
    ms_cells *v = ms_rows_begin(&c->rows[MS_DELIVERIES], f->key);
    *v[MS_COL_deliveries_txn_id] = s->txn_id;
    *v[MS_COL_deliveries_mta] = s->origin->mta;
    *v[MS_COL_deliveries_host] = s->origin->host;
    *v[MS_COL_deliveries_queue_id] = s->queue_id;
    *v[MS_COL_deliveries_time] = ms_fact_time(c, f);
    *v[MS_COL_deliveries_agent] = ms_origin_cells(&c->origins, c->run->names, &c->dict, f->host_id, f->tag_id)->program;
    *v[MS_COL_deliveries_recipient] = ms_code_cell(d->recipient);
    *v[MS_COL_deliveries_recipient_key] = ms_code_cell(ms_dict_address_key(&c->dict, d->recipient));
    *v[MS_COL_deliveries_recipient_domain] = ms_code_cell(ms_dict_address_domain(&c->dict, d->recipient));
    *v[MS_COL_deliveries_orig_recipient] = ms_code_cell(d->orig_recipient);
    *v[MS_COL_deliveries_orig_recipient_key] = ms_code_cell(ms_dict_address_key(&c->dict, d->orig_recipient));
    *v[MS_COL_deliveries_relay_host] = ms_code_cell(d->relay_host);
    *v[MS_COL_deliveries_relay_ip] = ms_code_cell(d->relay_ip);
    *v[MS_COL_deliveries_relay_port] = ms_small_cell(d->relay_port);
    *v[MS_COL_deliveries_attempt] = attempt;
    *v[MS_COL_deliveries_is_final] = is_final;
    *v[MS_COL_deliveries_status] = ms_code_cell(d->status);
    *v[MS_COL_deliveries_dsn] = ms_code_cell(d->dsn);
    *v[MS_COL_deliveries_reply_code] = ms_small_cell(d->reply_code);
    *v[MS_COL_deliveries_reply] = ms_text_cell(&c->stripe_arena, d->is_part ? MS_SPAN_NULL : d->reply);
    struct ms_reason_cells why = ms_delivery_reason(c->reasons, &c->dict, d);
    *v[MS_COL_deliveries_reason] = why.reason;
    *v[MS_COL_deliveries_blocklist] = why.blocklist;
    *v[MS_COL_deliveries_delay_ms] = d->delay_ms;
    *v[MS_COL_deliveries_delay_in_ms] = d->delay_in_ms;
    *v[MS_COL_deliveries_delay_queue_ms] = d->delay_queue_ms;
    *v[MS_COL_deliveries_delay_conn_ms] = d->delay_conn_ms;
    *v[MS_COL_deliveries_delay_xmit_ms] = d->delay_xmit_ms;
    *v[MS_COL_deliveries_conn_use] = ms_small_cell(d->conn_use);
    if (d->tls_evidence != MS_TLS_NOT_LOGGED)
        tell_tls(s, d, v);
    if (!s->is_postfix)
        tell_delivery_of_others(d, v);
    *v[MS_COL_deliveries_next_queue_id] = ms_text_cell(&c->stripe_arena, d->next_queue_id);
    *v[MS_COL_deliveries_file_id] = ms_row_file(f->key);
    *v[MS_COL_deliveries_line_offset] = ms_row_offset(f->key);
    c->deliveries[d->outcome]++;
}

/* `d`: the delivery that says so; NULL: another line. */
void ms_story_claim(struct ms_story *s, const struct ms_fact *f, const struct ms_fact_delivery *d,
                    enum ms_link_kind kind, struct ms_span other)
{
    struct ms_link_claim claim = {.key = f->key, .time_us = f->time_us, .other_queue_id = other, .kind = kind};
    if (d != NULL) {
        struct ms_span ip = ms_dict_text(&s->c->dict, d->relay_ip);
        claim.recipient = ms_dict_text(&s->c->dict, d->recipient);
        __builtin_prefetch(claim.recipient.p); /* is copied when the life is told */
        claim.relay_host = ms_dict_text(&s->c->dict, d->relay_host);
        claim.loopback = ms_span_starts(ip, "127.") || ms_span_is(ip, "::1");
        /* The other file was made while this attempt went on: within the time the attempt took, if the line tells it. */
        if (d->delay_conn_ms != MS_NONE && d->delay_xmit_ms != MS_NONE)
            claim.before_us = (d->delay_conn_ms + d->delay_xmit_ms) * 1000;
        else if (d->xdelay_ms != MS_NONE)
            claim.before_us = (d->xdelay_ms + 1000) * 1000; /* whole seconds */
        else if (d->delay_ms != MS_NONE && d->delay_ms > 0)
            claim.before_us = d->delay_ms * 1000;
    } else if (f->role == MS_ROLE_CLIENT) {
        claim.relay_host = ms_dict_text(&s->c->dict, f->u.client.name);
    }
    ms_links_add_claim(s->open ? &s->c->open_links : &s->c->links, &claim);
}

/* Sent, but the line names no ID there. To a mailbox: the end. To another host or a program that may give it back: perhaps not. */
static void claim_handed_on(struct ms_story *s, const struct ms_fact *f, const struct ms_fact_delivery *d)
{
    if (d->agent != MS_NO_CODE) {
        if (d->relay_ip != MS_NO_CODE)
            ms_story_claim(s, f, d, MS_LINK_NO_ID, MS_SPAN_NULL);
        else if (ms_span_is(ms_dict_text(&s->c->dict, d->agent), "prog"))
            ms_story_claim(s, f, d, MS_LINK_TO_PROGRAM, MS_SPAN_NULL);
        return;
    }
    struct ms_span program = ms_names_tag(s->c->run->names, f->tag_id)->program;
    bool to_program = ms_span_is(program, "pipe") ||
                      (ms_span_is(program, "local") && ms_span_starts(d->reply, "delivered to command"));
    if (to_program || ms_span_is(program, "smtp"))
        ms_story_claim(s, f, d, to_program ? MS_LINK_TO_PROGRAM : MS_LINK_NO_ID, MS_SPAN_NULL);
}

/* Says to the links when this mail of Exim's had failures, once for all of a second (those of one run of the queue stand together). */
static void mark_failure(struct ms_story *s, const struct ms_fact *f, const struct ms_fact_delivery *d)
{
    if (s->origin->tag->mta != MS_MTA_EXIM || d->outcome != MS_BOUNCED || s->failed_us == f->time_us)
        return;
    s->failed_us = f->time_us;
    ms_story_claim(s, f, NULL, MS_LINK_FAILED, s->key->queue_id);
}

/* The delivery that fact `i` stands for; NULL: none. A further recipient has all but its name from the line's first one, which
 * is in *line, and is put together in *whole. */
static const struct ms_fact_delivery *delivery_at(const struct ms_story *s, size_t i, const struct ms_fact **line,
                                                  struct ms_fact_delivery *whole)
{
    const struct ms_fact *f = s->facts[i];
    if (f->role == MS_ROLE_DELIVERY) {
        *line = f;
        return &f->u.delivery;
    }
    if (*line == NULL)
        return NULL;
    *whole = (*line)->u.delivery;
    whole->recipient = f->u.recipient.recipient;
    return whole;
}

/* Walks the deliveries twice: first to know each recipient's last attempt, then to write them. */
void ms_emit_deliveries(struct ms_story *s)
{
    struct ms_fact_delivery whole;
    const struct ms_fact *line = NULL;
    const struct ms_fact_delivery *d;
    if (s->n_deliveries == 0)
        return;
    make_room(s);
    for (size_t i = s->life->first; i < s->life->end; i++) {
        if (!ms_role_is_delivery(s->facts[i]->role) || (d = delivery_at(s, i, &line, &whole)) == NULL)
            continue;
        struct ms_recipient *r = recipient_of(s, d);
        r->last = i;
        r->status = d->outcome;
    }
    line = NULL;
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        if (!ms_role_is_delivery(s->facts[i]->role) || (d = delivery_at(s, i, &line, &whole)) == NULL)
            continue;
        struct ms_recipient *r = recipient_of(s, d);
        bool settled = ms_delivered_settled(d->outcome), is_attempt = d->outcome != MS_WAITING;
        r->attempts += is_attempt;
        s->n_untried += !is_attempt;
        emit_delivery(s, f, d, r->attempts, r->last == i && (settled || is_over(s->life)));
        if (d->forwarded)
            ms_story_claim(s, f, d, MS_LINK_FORWARD, d->next_queue_id);
        else if (d->next_queue_id.p != NULL)
            ms_story_claim(s, f, d, MS_LINK_NEXT_HOP, d->next_queue_id);
        else if (d->outcome == MS_SENT)
            claim_handed_on(s, f, d);
        else
            mark_failure(s, f, d);
    }
}
