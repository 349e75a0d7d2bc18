/* The truth as NDJSON, in the columns of the dataset's tables (docs/SCHEMA.md). A field is there only if a line of the log says
 * so; `mail` is a number that all lives of one mail share. Texts of ours hold nothing that JSON must escape but the quotes of
 * local parts, which names.c escapes itself. */
#include "gen/writer.h"

static char *put_text(char *p, const char *key_and_quote, const char *s)
{
    p = ms_gen_put_s(p, key_and_quote);
    p = ms_gen_put_s(p, s);
    *p++ = '"';
    return p;
}

static char *put_address(struct ms_gen *g, char *p, const char *key_and_quote, uint32_t address)
{
    p = ms_gen_put_s(p, key_and_quote);
    p = ms_gen_put_address(&g->names, p, address, true);
    *p++ = '"';
    return p;
}

static char *put_peer(struct ms_gen *g, char *p, const struct ms_gen_writer *w, struct ms_gen_peer c)
{
    if (w->unknown_names || c.host != NULL || ms_gen_client_named(c.number)) {
        p = MS_GEN_PUT(p, ",\"client_name\":\"");
        p = ms_gen_put_peer_name(g, p, c);
        *p++ = '"';
    }
    p = MS_GEN_PUT(p, ",\"client_ip\":\"");
    p = ms_gen_put_peer_ip(g, p, c);
    *p++ = '"';
    return p;
}

static char *put_life(struct ms_gen *g, char *p, const struct ms_gen_life *l)
{
    (void)g;
    p = MS_GEN_PUT(p, "{\"mail\":");
    p = ms_gen_put_u(p, l->mail);
    p = MS_GEN_PUT(p, ",\"mta\":\"");
    p = ms_gen_put_s(p, l->host->writer->mta);
    p = MS_GEN_PUT(p, "\",\"host\":\"");
    p = ms_gen_put_tag(p, &l->host->name);
    p = MS_GEN_PUT(p, "\",\"queue_id\":\"");
    p = ms_gen_put_id(p, &l->id);
    *p++ = '"';
    return p;
}

static const char *state(const struct ms_gen_life *l)
{
    if (l->rejected)
        return "rejected";
    if (l->aborted)
        return "aborted";
    if (!l->done)
        return "open";
    for (unsigned i = 0; i < l->n_groups; i++)
        if (l->group[i].result == RESULT_EXPIRED)
            return "expired";
    return "done";
}

void ms_gen_truth_life(struct ms_gen *g, const struct ms_gen_life *l)
{
    if (l->first_us == 0) /* no line of it was written */
        return;
    g->totals.messages++;
    if (!g->truth)
        return;
    char *p = put_life(g, ms_gen_row(g, MS_GEN_MESSAGES), l);
    if (l->said & SAID_MESSAGE_ID) {
        p = MS_GEN_PUT(p, ",\"message_id\":\"");
        char *id = ms_gen_put_message_id(g, p - 1, l); /* without < and > */
        if (id > p) {
            p[-1] = '"';
            p = id - 1;
        }
        *p++ = '"';
    }
    if (l->said & SAID_SENDER)
        p = put_address(g, p, ",\"sender\":\"", l->sender);
    if (l->said & SAID_SIZE)
        p = ms_gen_put_u(MS_GEN_PUT(p, ",\"size_bytes\":"), l->size_bytes);
    if (l->said & SAID_NRCPT)
        p = ms_gen_put_u(MS_GEN_PUT(p, ",\"nrcpt\":"), l->n_rcpt);
    if (l->said & SAID_CLIENT) {
        p = MS_GEN_PUT(p, ",\"origin\":\"smtpd\"");
        p = put_peer(g, p, l->host->writer, l->client);
        if (l->user != 0 && l->host->writer->users)
            p = put_address(g, p, ",\"sasl_username\":\"", l->user);
    } else if (l->said & (SAID_UID | SAID_LOCAL)) {
        p = MS_GEN_PUT(p, ",\"origin\":\"pickup\"");
        if (l->said & SAID_UID)
            p = ms_gen_put_u(MS_GEN_PUT(p, ",\"submit_uid\":"), l->uid);
    } else if (l->said & SAID_BOUNCE) {
        p = MS_GEN_PUT(p, ",\"origin\":\"bounce\"");
    }
    p = ms_gen_put_time(g, MS_GEN_PUT(p, ",\"first_time\":\""), l->first_us);
    p = ms_gen_put_time(g, MS_GEN_PUT(p, "\",\"last_time\":\""), l->last_us);
    *p++ = '"';
    if (!l->lost) /* else nobody can tell */
        p = put_text(p, ",\"state\":\"", state(l));
    *p++ = '}';
    ms_gen_row_end(g, MS_GEN_MESSAGES, p);
}

static char *put_relay(struct ms_gen *g, char *p, const struct ms_gen_writer *w, const struct ms_gen_group *group)
{
    if (group->agent == AGENT_LOCAL)
        return w->relay_words ? MS_GEN_PUT(p, ",\"relay_host\":\"local\"") : p;
    if (ms_gen_replies[group->reason].code == NULL)
        return w->relay_words ? MS_GEN_PUT(p, ",\"relay_host\":\"none\"") : p;
    if (w->relay_host) {
        p = MS_GEN_PUT(p, ",\"relay_host\":\"");
        p = ms_gen_put_relay_name(g, p, group);
        *p++ = '"';
    }
    if (w->relay_ip) {
        p = MS_GEN_PUT(p, ",\"relay_ip\":\"");
        p = ms_gen_put_relay_ip(g, p, group);
        *p++ = '"';
    }
    return w->relay_port ? MS_GEN_PUT(p, ",\"relay_port\":25") : p;
}

static char *put_recipient(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group,
                           unsigned i)
{
    uint32_t original = l->host->writer->originals ? l->original[i] : 0;
    if (l->host->writer->local_parts && group->agent == AGENT_LOCAL && group->result == RESULT_SENT) {
        p = ms_gen_put_local_part(&g->names, MS_GEN_PUT(p, ",\"recipient\":\""), l->rcpt[i], true);
        *p++ = '"';
        original = original != 0 ? original : l->rcpt[i];
    } else {
        p = put_address(g, p, ",\"recipient\":\"", l->rcpt[i]);
    }
    return original != 0 ? put_address(g, p, ",\"orig_recipient\":\"", original) : p;
}

void ms_gen_truth_attempt(struct ms_gen *g, const struct ms_gen_life *l, const struct ms_gen_group *group,
                          unsigned rcpt)
{
    static const char *const results[] = {[RESULT_SENT] = "sent",
                                          [RESULT_DEFERRED] = "deferred",
                                          [RESULT_BOUNCED] = "bounced",
                                          [RESULT_EXPIRED] = "expired"};
    const struct ms_gen_writer *w = l->host->writer;
    const struct ms_gen_reply *reply = &ms_gen_replies[group->reason];
    if (g->muted)
        return;
    char *p = put_life(g, ms_gen_row(g, MS_GEN_DELIVERIES), l);
    p = ms_gen_put_time(g, MS_GEN_PUT(p, ",\"time\":\""), g->us);
    *p++ = '"';
    if (w->agent(group) != NULL)
        p = put_text(p, ",\"agent\":\"", w->agent(group));
    p = put_recipient(g, p, l, group, rcpt);
    p = put_relay(g, p, w, group);
    if (!l->lost)
        p = ms_gen_put_u(MS_GEN_PUT(p, ",\"attempt\":"), group->attempts);
    p = put_text(p, ",\"status\":\"", results[group->result]);
    if (w->dsn)
        p = put_text(p, ",\"dsn\":\"", reply->dsn);
    if ((group->result == RESULT_SENT ? w->sent_code : w->failure_code) && group->agent != AGENT_LOCAL &&
        reply->code != NULL)
        p = ms_gen_put_n(MS_GEN_PUT(p, ",\"reply_code\":"), reply->code, 3);
    if (w->delay != NULL)
        p = ms_gen_put_u(MS_GEN_PUT(p, ",\"delay_ms\":"), w->delay(g->now_ms - l->made_ms));
    if (group->agent == AGENT_HOP && group->result == RESULT_SENT && group->next_host->writer->id_in_reply) {
        p = ms_gen_put_id(MS_GEN_PUT(p, ",\"next_queue_id\":\""), &l->next_id);
        *p++ = '"';
    }
    *p++ = '}';
    ms_gen_row_end(g, MS_GEN_DELIVERIES, p);
    g->totals.deliveries++;
}

void ms_gen_truth_refusal(struct ms_gen *g, const struct ms_gen_session *s, const struct ms_gen_refusal *r)
{
    const struct ms_gen_writer *w = s->host->writer;
    const struct ms_gen_reply *reply = &ms_gen_replies[r->reason];
    if (g->muted)
        return;
    char *p = ms_gen_row(g, MS_GEN_REJECTS);
    p = put_text(p, "{\"mta\":\"", w->mta);
    p = ms_gen_put_tag(MS_GEN_PUT(p, ",\"host\":\""), &s->host->name);
    p = ms_gen_put_time(g, MS_GEN_PUT(p, "\",\"time\":\""), g->us);
    p = MS_GEN_PUT(p, "\",\"action\":\"reject\",\"stage\":\"RCPT\"");
    if (s->life != NULL && w->refusal_queue_id) {
        p = ms_gen_put_id(MS_GEN_PUT(p, ",\"queue_id\":\""), &s->life->id);
        *p++ = '"';
    }
    p = put_peer(g, p, w, s->client);
    if (w->refusal_code) {
        p = ms_gen_put_n(MS_GEN_PUT(p, ",\"reply_code\":"), reply->code, 3);
        p = put_text(p, ",\"dsn\":\"", reply->dsn);
    }
    if (w->refusal_sender)
        p = put_address(g, p, ",\"sender\":\"", r->sender);
    p = put_address(g, p, ",\"recipient\":\"", r->rcpt);
    if (w->refusal_helo) {
        p = ms_gen_put_client_name(&g->names, MS_GEN_PUT(p, ",\"helo\":\""), s->client.number);
        *p++ = '"';
    }
    *p++ = '}';
    ms_gen_row_end(g, MS_GEN_REJECTS, p);
    g->totals.rejects++;
}

void ms_gen_truth_gap(struct ms_gen *g, const struct ms_gen_host *h)
{
    int64_t from_us = (int64_t)h->gap_slot * MS_GEN_GAP_MS * 1000;
    char *p = ms_gen_put_tag(MS_GEN_PUT(ms_gen_row(g, MS_GEN_GAPS), "{\"host\":\""), &h->name);
    p = ms_gen_put_time(g, MS_GEN_PUT(p, "\",\"from\":\""), from_us);
    p = ms_gen_put_time(g, MS_GEN_PUT(p, "\",\"until\":\""), from_us + MS_GEN_GAP_MS * INT64_C(1000));
    p = ms_gen_put_u(MS_GEN_PUT(p, "\",\"n_lines\":"), h->n_lost);
    *p++ = '}';
    ms_gen_row_end(g, MS_GEN_GAPS, p);
}
