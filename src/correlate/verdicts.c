#include "correlate/verdicts.h"

#include <stdio.h>

#define BLOCK_BYTES 16384u

/* Longer ones are cut: they are keys, or shown; the line itself can be read at its offset. */
#define MAX_TEXT 4096u

void ms_verdicts_init(struct ms_verdicts *v, uint64_t seed)
{
    *v = (struct ms_verdicts){.seed = seed};
    ms_spool_init(&v->records, 1, BLOCK_BYTES, SIZE_MAX, -1);
}

void ms_verdicts_spill_to(struct ms_verdicts *v, int dir_fd, size_t limit_bytes)
{
    v->records.dir_fd = dir_fd;
    v->records.limit_bytes = limit_bytes;
}

void ms_verdicts_name(struct ms_verdicts *v, const char *name)
{
    char whole[sizeof v->records.name];
    snprintf(whole, sizeof whole, "%s-verdicts", name);
    ms_spool_name(&v->records, whole);
}

void ms_verdicts_fini(struct ms_verdicts *v)
{
    ms_spool_fini(&v->records);
    *v = (struct ms_verdicts){0};
}

size_t ms_verdict_bytes(const struct ms_verdict_record *r)
{
    size_t n = sizeof *r;
    for (unsigned i = 0; i < MS_N_VERDICT_TEXTS; i++)
        n += r->lengths[i] == UINT32_MAX ? 0 : r->lengths[i];
    return (n + 7) / 8 * 8;
}

struct ms_span ms_verdict_text(const struct ms_verdict_record *r, enum ms_verdict_text which)
{
    const char *p = (const char *)(r + 1);
    for (unsigned i = 0; i < which; i++)
        p += r->lengths[i] == UINT32_MAX ? 0 : r->lengths[i];
    return r->lengths[which] == UINT32_MAX ? MS_SPAN_NULL : ms_span_of(p, r->lengths[which]);
}

static void add_row(struct ms_verdicts *v, struct ms_verdict_record *r, const struct ms_span *texts)
{
    for (unsigned i = 0; i < MS_N_VERDICT_TEXTS; i++)
        r->lengths[i] = texts[i].p == NULL ? UINT32_MAX : texts[i].n < MAX_TEXT ? texts[i].n : MAX_TEXT;
    char *to = ms_spool_add(&v->records, 0, ms_verdict_bytes(r));
    memcpy(to, r, sizeof *r);
    to += sizeof *r;
    for (unsigned i = 0; i < MS_N_VERDICT_TEXTS; i++) {
        if (r->lengths[i] == UINT32_MAX || r->lengths[i] == 0)
            continue;
        memcpy(to, texts[i].p, r->lengths[i]);
        to += r->lengths[i];
    }
    v->n++;
}

void ms_verdicts_add(struct ms_verdicts *v, const struct ms_event *e, uint64_t key, uint32_t host_id, bool time_known)
{
    struct ms_verdict_record r = {.key = key,
                                  .host_id = host_id,
                                  .tag_id = e->tag_id,
                                  .time_known = time_known,
                                  .time_us = e->time_us,
                                  .took_us = e->u.verdict.took_ms == MS_NONE ? 0 : e->u.verdict.took_ms * 1000};
    struct ms_span texts[MS_N_VERDICT_TEXTS] = {
        [MS_VERDICT_QUEUE_ID] = e->queue_id,
        [MS_VERDICT_SESSION] = e->u.verdict.session,
        [MS_VERDICT_NEXT_QUEUE_ID] = e->u.verdict.next_queue_id,
        [MS_VERDICT_MESSAGE_ID] = e->u.verdict.message_id,
        [MS_VERDICT_RECIPIENT] = e->u.verdict.recipient,
        [MS_VERDICT_CLIENT_IP] = e->u.verdict.client_ip,
        [MS_VERDICT_VERDICT] = e->u.verdict.verdict,
        [MS_VERDICT_ACTION] = e->u.verdict.action,
        [MS_VERDICT_SCORE] = e->u.verdict.score,
        [MS_VERDICT_THRESHOLD] = e->u.verdict.threshold,
        [MS_VERDICT_SPF] = e->u.verdict.spf,
        [MS_VERDICT_DKIM] = e->u.verdict.dkim,
        [MS_VERDICT_DMARC] = e->u.verdict.dmarc,
        [MS_VERDICT_VIRUS] = e->u.verdict.virus,
        [MS_VERDICT_MAILBOX] = e->u.verdict.mailbox,
    };
    struct ms_span rest = e->u.verdict.recipients;
    if (rest.p == NULL) {
        add_row(v, &r, texts);
        return;
    }
    while (r.ordinal < MS_VERDICT_RECIPIENTS && ms_verdict_next_recipient(&rest, &texts[MS_VERDICT_RECIPIENT])) {
        add_row(v, &r, texts);
        r.ordinal++;
    }
    if (r.ordinal == 0)
        add_row(v, &r, texts);
}
