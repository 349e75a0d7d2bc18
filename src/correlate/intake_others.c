/* What other lines than Postfix's say, into facts. */
#include "correlate/intake_parts.h"
#include "parse/lists.h"

static void take_tls_names(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d)
{
    struct ms_span version = e->u.delivery.tls_version, cipher = e->u.delivery.tls_cipher;
    char *text = ms_arena_alloc(&c->segment_arena, version.n + cipher.n + 2);
    memcpy(text, version.p, version.n);
    text[version.n] = '\n';
    if (cipher.n > 0)
        memcpy(text + version.n + 1, cipher.p, cipher.n);
    text[version.n + 1 + cipher.n] = '\n';
    d->tls = ms_span_of(text, version.n + cipher.n + 2);
    d->tls_evidence = MS_TLS_FIELD;
}

void ms_intake_delivery_of_others(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d)
{
    struct ms_span list = e->u.delivery.recipient, first;
    if (e->u.delivery.is_list && ms_list_address(&list, &first)) /* the others: ms_further_facts */
        d->recipient = ms_intake_text(c, first);
    d->agent = ms_intake_text(c, e->u.delivery.agent);
    d->ctladdr = ms_intake_text(c, e->u.delivery.ctladdr);
    d->said = e->u.delivery.said;
    if (e->u.delivery.is_part) {
        d->is_part = true;
        d->reply = e->text;
    }
    if (e->u.delivery.is_untried)
        d->outcome = MS_WAITING;
    d->xdelay_ms = e->u.delivery.xdelay_ms;
    d->priority = e->u.delivery.priority;
    if (e->u.delivery.tls_version.p != NULL)
        take_tls_names(c, e, d);
}

/* qmail's line does not tell. */
static enum ms_born born_how(const struct ms_event *e)
{
    if (e->mta == MS_MTA_QMAIL)
        return MS_BORN_SOMEHOW;
    if (e->u.accepted.parent_queue_id.p != NULL)
        return MS_BORN_AS_BOUNCE;
    return e->u.accepted.is_local ? MS_BORN_LOCALLY : MS_BORN_BY_SMTP;
}

void ms_intake_accepted(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_accepted *a)
{
    *a = (struct ms_fact_accepted){.sender = ms_intake_text(c, e->u.accepted.sender),
                                   .name = ms_intake_text(c, e->u.accepted.client.name),
                                   .ip = ms_dict_add_ip(&c->dict, e->u.accepted.client.ip),
                                   .protocol = ms_intake_text(c, e->u.accepted.protocol),
                                   .helo = ms_intake_text(c, e->u.accepted.helo),
                                   .daemon = ms_intake_text(c, e->u.accepted.daemon),
                                   .sasl_method = ms_intake_text(c, e->u.accepted.sasl_method),
                                   .sasl_username = ms_intake_text(c, e->u.accepted.sasl_username),
                                   .tls_version = ms_intake_text(c, e->u.accepted.tls_version),
                                   .tls_cipher = ms_intake_text(c, e->u.accepted.tls_cipher),
                                   .message_id = e->u.accepted.message_id,
                                   .subject = e->u.accepted.is_part ? e->text : e->u.accepted.subject,
                                   .is_part = e->u.accepted.is_part,
                                   .parent_queue_id = e->u.accepted.parent_queue_id,
                                   .second_id = e->u.accepted.second_id,
                                   .queue_id = e->queue_id,
                                   .size_bytes = e->u.accepted.size_bytes,
                                   .uid = e->u.accepted.uid,
                                   .port = ms_intake_small(e->u.accepted.client.port),
                                   .nrcpt = ms_intake_small(e->u.accepted.nrcpt),
                                   .class = ms_intake_small(e->u.accepted.class),
                                   .born = born_how(e),
                                   .message_id_is_cut = e->u.accepted.message_id_is_cut,
                                   .is_headless = e->u.accepted.is_headless,
                                   .reuses_ids = e->u.accepted.reuses_ids,
                                   .has_null_sender = e->u.accepted.sender.p != NULL && e->u.accepted.sender.n == 0};
}
