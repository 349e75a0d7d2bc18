/* The row of a life, and the rows that its lines make beside it. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "correlate/started.h"
#include "correlate/story.h"
#include "parse/kinds.h"

/* (Numbers that a line does not say need no helper: MS_NONE and MS_NULL_I64 are the same.) */
static void count_recipients(const struct ms_story *s, ms_cells *v)
{
    int64_t n[MS_N_DELIVERED] = {0};
    for (size_t i = 0; i < s->n_recipients; i++)
        n[s->c->recipients[i].status]++;
    bool expired = s->life->state == MS_STATE_EXPIRED; /* what was deferred till the end was returned */
    *v[MS_COL_messages_n_sent] = n[MS_SENT];
    int64_t n_open = n[MS_DEFERRED] + n[MS_WAITING];
    *v[MS_COL_messages_n_deferred] = expired ? 0 : n_open;
    *v[MS_COL_messages_n_bounced] = n[MS_BOUNCED] + (expired ? n_open : 0);
}

/* ---- the message ---- */

static void set_once(int64_t *cell, int64_t value)
{
    if (*cell == MS_NULL_I64)
        *cell = value;
}

static void tell_client(struct ms_story *s, const struct ms_fact *f, ms_cells *v)
{
    const struct ms_fact_client *cl = &f->u.client;
    *v[MS_COL_messages_client_name] = ms_code_cell(cl->name);
    *v[MS_COL_messages_client_ip] = ms_code_cell(cl->ip);
    *v[MS_COL_messages_client_port] = ms_small_cell(cl->port);
    *v[MS_COL_messages_orig_client_name] = ms_code_cell(cl->orig_name);
    *v[MS_COL_messages_orig_client_ip] = ms_code_cell(cl->orig_ip);
    *v[MS_COL_messages_sasl_method] = ms_code_cell(cl->sasl_method);
    *v[MS_COL_messages_sasl_username] = ms_code_cell(cl->sasl_username);
    *v[MS_COL_messages_tls_version] = ms_code_cell(ms_dict_add(&s->c->dict, cl->tls_version));
    *v[MS_COL_messages_tls_cipher] = ms_code_cell(ms_dict_add(&s->c->dict, cl->tls_cipher));
    if (cl->session_known)
        *v[MS_COL_messages_session_id] = cl->session_id;
}

/* The queue manager's word is the envelope sender; pickup's comes before rewriting (`root`), a check's serves where the mail
 * never reached the queue. */
static void tell_sender(struct ms_story *s, ms_cells *v, uint32_t sender, bool from_qmgr)
{
    if (sender == MS_NO_CODE || s->qmgr_told_sender || (*v[MS_COL_messages_sender] != MS_NULL_I64 && !from_qmgr))
        return;
    s->qmgr_told_sender = from_qmgr;
    *v[MS_COL_messages_sender] = sender;
    *v[MS_COL_messages_sender_key] = ms_code_cell(ms_dict_address_key(&s->c->dict, sender));
    *v[MS_COL_messages_sender_domain] = ms_code_cell(ms_dict_address_domain(&s->c->dict, sender));
}

/* What checks and refusals say of the envelope: all there is of a mail that never reached the queue. */
static void tell_smtp(struct ms_story *s, ms_cells *v, uint32_t sender, uint32_t protocol, uint32_t helo)
{
    tell_sender(s, v, sender, false);
    set_once(v[MS_COL_messages_protocol], ms_code_cell(protocol));
    set_once(v[MS_COL_messages_helo], ms_code_cell(helo));
}

static void tell_active(struct ms_story *s, const struct ms_fact *f, ms_cells *v, uint32_t first_file)
{
    tell_sender(s, v, f->u.active.sender, true);
    if (f->role != MS_ROLE_ACTIVE)
        return;
    set_once(v[MS_COL_messages_size_bytes], f->u.active.size_bytes);
    set_once(v[MS_COL_messages_nrcpt], ms_small_cell(f->u.active.nrcpt));
    set_once(v[MS_COL_messages_queued_time], ms_fact_time(s->c, f));
    if (ms_row_file(f->key) == first_file)
        set_once(v[MS_COL_messages_queued_offset], ms_row_offset(f->key));
}

static enum ms_link_kind link_of(const struct ms_fact_notice *n)
{
    if (n->kind == MS_NOTICE_CLONE)
        return n->by_child ? MS_LINK_CLONE_OF : MS_LINK_CLONE;
    if (n->by_child)
        return MS_LINK_BOUNCE_OF;
    return n->kind == MS_NOTICE_DELAY ? MS_LINK_DELAY_NOTICE : MS_LINK_BOUNCE;
}

static void tell_accepted(struct ms_story *s, const struct ms_fact *f, ms_cells *v, uint32_t first_file)
{
    const struct ms_fact_accepted *a = &f->u.accepted;
    struct ms_dict *dict = &s->c->dict;
    tell_sender(s, v, a->sender, true);
    set_once(v[MS_COL_messages_size_bytes], a->size_bytes);
    set_once(v[MS_COL_messages_nrcpt], ms_small_cell(a->nrcpt));
    set_once(v[MS_COL_messages_class], ms_small_cell(a->class));
    set_once(v[MS_COL_messages_daemon], ms_code_cell(a->daemon));
    set_once(v[MS_COL_messages_client_name], ms_code_cell(a->name));
    set_once(v[MS_COL_messages_client_ip], ms_code_cell(a->ip));
    set_once(v[MS_COL_messages_client_port], ms_small_cell(a->port));
    set_once(v[MS_COL_messages_protocol], ms_code_cell(a->protocol));
    set_once(v[MS_COL_messages_helo], ms_code_cell(a->helo));
    set_once(v[MS_COL_messages_submit_uid], a->uid);
    set_once(v[MS_COL_messages_sasl_method], ms_code_cell(a->sasl_method));
    set_once(v[MS_COL_messages_sasl_method], ms_code_cell(ms_dict_add(dict, a->session_sasl_method)));
    set_once(v[MS_COL_messages_sasl_username], ms_code_cell(a->sasl_username));
    set_once(v[MS_COL_messages_sasl_username], ms_code_cell(ms_dict_add(dict, a->session_sasl_username)));
    set_once(v[MS_COL_messages_tls_version], ms_code_cell(a->tls_version));
    set_once(v[MS_COL_messages_tls_version], ms_code_cell(ms_dict_add(dict, a->session_tls_version)));
    set_once(v[MS_COL_messages_tls_cipher], ms_code_cell(a->tls_cipher));
    set_once(v[MS_COL_messages_tls_cipher], ms_code_cell(ms_dict_add(dict, a->session_tls_cipher)));
    if (a->session_known)
        set_once(v[MS_COL_messages_session_id], a->session_id);
    if (*v[MS_COL_messages_subject] == 0 && a->subject.p != NULL && !a->is_part)
        *v[MS_COL_messages_subject] = ms_text_cell(&s->c->stripe_arena, a->subject);
    if (*v[MS_COL_messages_message_id] == 0 && a->message_id.p != NULL) {
        *v[MS_COL_messages_message_id] = ms_text_cell(&s->c->stripe_arena, a->message_id);
        *v[MS_COL_messages_message_id_offset] = ms_row_file(f->key) == first_file ? ms_row_offset(f->key) : MS_NULL_I64;
    }
    if (a->parent_queue_id.p != NULL)
        ms_story_claim(s, f, NULL, MS_LINK_BOUNCE_OF, a->parent_queue_id);
}

/* A refusal that names no client is of the one that the mail's own line names. */
static void tell_reject(struct ms_story *s, struct ms_fact *f)
{
    struct ms_fact_reject *r = &f->u.reject;
    if (s->accepted != NULL && r->name == MS_NO_CODE && r->ip == MS_NO_CODE) {
        r->name = s->accepted->u.accepted.name;
        r->ip = s->accepted->u.accepted.ip;
    }
    ms_emit_reject(s->c, f, s->txn_id, s->session_id);
}

/* One fact's share in the message row; rows that the line makes itself. */
static void tell(struct ms_story *s, struct ms_fact *f, ms_cells *v, uint32_t first_file)
{
    struct ms_arena *arena = &s->c->stripe_arena;
    switch ((unsigned)f->role) {
    case MS_ROLE_CLIENT:
        tell_client(s, f, v);
        if (f->u.client.orig_queue_id.p != NULL)
            ms_story_claim(s, f, NULL, MS_LINK_REINJECT, f->u.client.orig_queue_id);
        break;
    case MS_ROLE_PICKUP:
        *v[MS_COL_messages_submit_uid] = f->u.pickup.uid;
        tell_sender(s, v, f->u.pickup.sender, false);
        if (f->u.pickup.orig_queue_id.p != NULL)
            ms_story_claim(s, f, NULL, MS_LINK_REQUEUE, f->u.pickup.orig_queue_id);
        break;
    case MS_ROLE_MESSAGE_ID:
        if (*v[MS_COL_messages_message_id] == 0 || (s->id_is_resent && !f->u.message_id.resent)) {
            s->id_is_resent = f->u.message_id.resent;
            *v[MS_COL_messages_message_id] = ms_text_cell(arena, f->u.message_id.id);
            *v[MS_COL_messages_message_id_offset] =
                ms_row_file(f->key) == first_file ? ms_row_offset(f->key) : MS_NULL_I64;
        }
        break;
    case MS_ROLE_ACTIVE:
    case MS_ROLE_EXPIRED:
        tell_active(s, f, v, first_file);
        break;
    case MS_ROLE_NOTICE:
        if (f->u.notice.new_queue_id.p != NULL)
            ms_story_claim(s, f, NULL, link_of(&f->u.notice), f->u.notice.new_queue_id);
        break;
    case MS_ROLE_HEADER:
        tell_smtp(s, v, f->u.header.sender, f->u.header.protocol, f->u.header.helo);
        if (f->u.header.subject.p == NULL)
            ms_emit_event(s->c, f, s->key->queue_id, s->txn_id);
        else if (*v[MS_COL_messages_subject] == 0)
            *v[MS_COL_messages_subject] = ms_text_cell(arena, f->u.header.subject);
        break;
    case MS_ROLE_REJECT:
        tell_smtp(s, v, f->u.reject.sender, f->u.reject.protocol, f->u.reject.helo);
        if (*v[MS_COL_messages_subject] == 0 && f->u.reject.subject.p != NULL)
            *v[MS_COL_messages_subject] = ms_text_cell(arena, f->u.reject.subject);
        tell_reject(s, f);
        break;
    case MS_ROLE_ACCEPTED:
        tell_accepted(s, f, v, first_file);
        break;
    case MS_ROLE_BEGIN:
    case MS_ROLE_DELIVERY:
    case MS_ROLE_RECIPIENT:
    case MS_ROLE_REMOVED:
    case MS_ROLE_REQUEUED:
    case MS_ROLE_HELD:
    case MS_ROLE_RELEASED:
        break;
    default:
        if (f->kind == MS_K_EXIM_ADMIN && memmem(f->u.event.text.p, f->u.event.text.n, " cancelled by ", 14) != NULL)
            ms_story_claim(s, f, NULL, MS_LINK_FAILED, s->key->queue_id); /* no recipient's line says more */
        ms_emit_event(s->c, f, s->key->queue_id, s->txn_id);
        break;
    }
}

/* Where the mail came from. A mail with no begin line was made inside Postfix, if its first line is cleanup's: a notice, if
 * the message-id holds this very queue ID, else a forwarded copy. A log that begins in the middle tells nothing. */
static const char *origin_of(const struct ms_story *s, ms_cells *v)
{
    static const char *const born[] = {[MS_BORN_BY_SMTP] = "smtpd",
                                       [MS_BORN_LOCALLY] = "pickup",
                                       [MS_BORN_AS_BOUNCE] = "bounce",
                                       [MS_BORN_AS_CLONE] = "forward",
                                       [MS_BORN_SOMEHOW] = "unknown"};
    const struct ms_fact *begin = s->begin;
    if (begin != NULL && begin->role == MS_ROLE_ACCEPTED)
        return born[begin->u.accepted.born];
    if (begin != NULL && begin->role == MS_ROLE_CLIENT)
        return begin->u.client.orig_queue_id.p != NULL ? "reinject" : "smtpd";
    if (begin != NULL)
        return begin->u.pickup.orig_queue_id.p != NULL ? "requeue" : "pickup";
    const struct ms_fact *first = s->facts[s->life->first];
    const struct ms_text *id = (const struct ms_text *)(intptr_t)*v[MS_COL_messages_message_id];
    if ((first->role != MS_ROLE_MESSAGE_ID && first->role != MS_ROLE_HEADER) || id == NULL)
        return "unknown";
    if (memmem(id->p, id->n, s->key->queue_id.p, s->key->queue_id.n) == NULL)
        return "forward";
    /* Probes of address verification look like notices, and have the sender of notices about notices. */
    int64_t sender = *v[MS_COL_messages_sender];
    bool probe = sender != MS_NULL_I64 && ms_span_starts(ms_dict_text(&s->c->dict, (uint32_t)sender), "double-bounce@");
    return probe ? "unknown" : "bounce";
}

/* Facts lie where their lines were read, and values where they were first seen: all of them are asked for before the first is
 * looked at. */
static void ask_for_facts(const struct ms_story *s)
{
    enum { MOST = 32, LINE_BYTES = 64 };
    size_t end = s->life->end - s->life->first > MOST ? s->life->first + MOST : s->life->end;
    for (size_t i = s->life->first; i < end; i++)
        for (size_t at = LINE_BYTES; at < sizeof(struct ms_fact); at += LINE_BYTES)
            __builtin_prefetch((const char *)s->facts[i] + at);
}

static void ask_for_value(const struct ms_story *s, uint32_t code)
{
    if (code != MS_NO_CODE)
        __builtin_prefetch(ms_dict_value(&s->c->dict, code));
}

/* What must be known before the first row of the life is made. */
static void look_ahead(struct ms_story *s)
{
    ask_for_facts(s);
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        s->n_further += f->flags / MS_FACT_FURTHER % 2;
        if (f->role == MS_ROLE_DELIVERY) {
            s->n_deliveries++;
            ask_for_value(s, f->u.delivery.recipient);
            ask_for_value(s, f->u.delivery.relay_host);
        }
        if (s->begin == NULL && (f->role == MS_ROLE_CLIENT || f->role == MS_ROLE_PICKUP))
            s->begin = f;
        if (f->role == MS_ROLE_CLIENT && f->u.client.session_known)
            s->session_id = f->u.client.session_id;
    }
}

/* The same for what only other systems than Postfix log. */
static void look_ahead_for_others(struct ms_story *s)
{
    s->is_mail = false;
    for (size_t i = s->life->first; i < s->life->end; i++) {
        const struct ms_fact *f = s->facts[i];
        s->is_mail |= !(f->flags & MS_FACT_ASIDE);
        s->n_deliveries += f->role == MS_ROLE_RECIPIENT;
        if (s->accepted == NULL && f->role == MS_ROLE_ACCEPTED)
            s->accepted = f;
    }
    if (s->begin == NULL)
        s->begin = s->accepted;
    if (s->accepted != NULL && s->accepted->u.accepted.session_known)
        s->session_id = s->accepted->u.accepted.session_id;
}

/* The last line; of deliveries, which stand where they were started, the one with the last result. */
static const struct ms_fact *last_of(const struct ms_story *s)
{
    const struct ms_fact *last = s->facts[s->life->end - 1];
    if (s->origin->tag->mta != MS_MTA_QMAIL)
        return last;
    for (size_t i = s->life->first; i < s->life->end; i++)
        if (s->facts[i]->time_us > last->time_us)
            last = s->facts[i];
    return last;
}

static struct ms_span text_of(int64_t unique_cell)
{
    const struct ms_text *t = (const struct ms_text *)(intptr_t)unique_cell;
    return t != NULL ? ms_span_of(t->p, t->n) : MS_SPAN_NULL;
}

/* What is but a beginning is fit to be shown, not to be compared. */
static bool is_id_cut(const struct ms_story *s)
{
    return s->accepted != NULL && s->accepted->u.accepted.message_id_is_cut;
}

static void add_to_links(struct ms_story *s, ms_cells *v, const struct ms_fact *first, const struct ms_fact *last)
{
    int64_t client = *v[MS_COL_messages_client_name];
    struct ms_link_life life = {
        .queue_id = s->key->queue_id,
        .second_id = s->accepted != NULL ? s->accepted->u.accepted.second_id : MS_SPAN_NULL,
        .message_id = is_id_cut(s) ? MS_SPAN_NULL : text_of(*v[MS_COL_messages_message_id]),
        .client_name = client == MS_NULL_I64 ? MS_SPAN_NULL : ms_dict_text(&s->c->dict, (uint32_t)client),
        .instance = s->key->scope,
        .txn_id = (uint64_t)s->txn_id,
        .begin_us = first->time_us,
        .last_us = last->time_us,
        .host_id = first->host_id,
        .by_pickup = *v[MS_COL_messages_submit_uid] != MS_NULL_I64 ||
                     (s->accepted != NULL && s->accepted->u.accepted.born == MS_BORN_LOCALLY),
    };
    ms_links_add_life(s->open ? &s->c->open_links : &s->c->links, &life);
}

/* Lines with the queue ID of a connection from which no mail came: rows of their own, of no mail. */
static void emit_aside(struct ms_story *s)
{
    for (size_t i = s->life->first; i < s->life->end; i++) {
        struct ms_fact *f = s->facts[i];
        if (f->role == MS_ROLE_REJECT)
            ms_emit_reject(s->c, f, MS_NULL_I64, MS_NULL_I64);
        else
            ms_emit_event(s->c, f, s->key->queue_id, MS_NULL_I64);
    }
    s->c->n_facts_out += s->life->end - s->life->first;
}

void ms_emit_life(struct ms_correlator *c, struct ms_key *key, struct ms_fact *const *facts, const struct ms_life *life,
                  bool open)
{
    struct ms_fact *first = facts[life->first];
    uint32_t first_file = ms_row_file(first->key);
    struct ms_story s = {.c = c,
                         .facts = facts,
                         .life = life,
                         .key = key,
                         .session_id = MS_NULL_I64,
                         .is_mail = true,
                         .open = open,
                         .failed_us = MS_NONE};
    s.origin = ms_origin_cells(&c->origins, c->run->names, &c->dict, first->host_id, first->tag_id);
    s.is_postfix = s.origin->tag->mta == MS_MTA_POSTFIX;
    s.queue_id = ms_text_cell(&c->stripe_arena, key->queue_id);
    const struct ms_text *kept = (const struct ms_text *)(intptr_t)s.queue_id;
    key->queue_id = ms_span_of(kept->p, kept->n);
    s.txn_id = ms_txn_id(s.origin, key->queue_id, life);
    size_t n_results = 0;
    if (s.origin->tag->mta == MS_MTA_QMAIL)
        n_results = ms_started_become_deliveries(c, (struct ms_fact **)facts, life);
    look_ahead(&s);
    if (!s.is_postfix)
        look_ahead_for_others(&s);
    if (c->run->matches != NULL)
        ms_match_emit(c, facts, life, s.is_mail ? s.txn_id : MS_NULL_I64, open);
    if (!s.is_mail) {
        emit_aside(&s);
        return;
    }
    const struct ms_fact *last = last_of(&s);
    ms_cells *v = ms_rows_begin(&c->rows[MS_MESSAGES], first->key);
    ms_emit_deliveries(&s);
    for (size_t i = life->first; i < life->end; i++)
        tell(&s, facts[i], v, first_file);
    *v[MS_COL_messages_txn_id] = s.txn_id;
    *v[MS_COL_messages_mta] = s.origin->mta;
    *v[MS_COL_messages_host] = s.origin->host;
    *v[MS_COL_messages_instance] = s.origin->instance;
    *v[MS_COL_messages_queue_id] = s.queue_id;
    *v[MS_COL_messages_origin] = ms_story_word(&s, origin_of(&s, v));
    *v[MS_COL_messages_first_time] = ms_fact_time(c, first);
    *v[MS_COL_messages_last_time] = ms_fact_time(c, last);
    if (life->end_fact != SIZE_MAX) {
        *v[MS_COL_messages_end_time] = ms_fact_time(c, facts[life->end_fact]);
        if (ms_row_file(facts[life->end_fact]->key) == first_file)
            *v[MS_COL_messages_end_offset] = ms_row_offset(facts[life->end_fact]->key);
    }
    *v[MS_COL_messages_state] = ms_story_word(&s, ms_state_names[life->state]);
    count_recipients(&s, v);
    *v[MS_COL_messages_n_attempts] = (int64_t)(s.n_deliveries - s.n_untried);
    *v[MS_COL_messages_n_lines] = (int64_t)(life->end - life->first - s.n_further + n_results);
    *v[MS_COL_messages_file_id] = first_file;
    *v[MS_COL_messages_line_offset] = ms_row_offset(first->key);
    c->messages[life->state]++;
    c->n_facts_out += life->end - life->first;
    add_to_links(&s, v, first, last);
}
