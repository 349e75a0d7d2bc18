#include "correlate/parts.h"

#include "correlate/intake_parts.h"

/* More time than that does not pass between two parts; nor are there more bytes in all of them. */
#define APART_S 60
#define MAX_BYTES 65536u

static bool *part_flag(struct ms_fact *f)
{
    if (!(f->flags & MS_FACT_NO_END))
        return NULL;
    if (f->role == MS_ROLE_DELIVERY && f->u.delivery.is_part)
        return &f->u.delivery.is_part;
    return f->role == MS_ROLE_ACCEPTED && f->u.accepted.is_part ? &f->u.accepted.is_part : NULL;
}

/* `QID[N]: TEXT ...`: the text, without the mark that more follows; false if it is not part N. */
static bool part_text(struct ms_span line, unsigned number, struct ms_span *text, bool *goes_on)
{
    char mark[16];
    int n_mark = snprintf(mark, sizeof mark, "[%u]: ", number);
    const char *open = line.n > 0 ? memchr(line.p, '[', line.n < 32 ? line.n : 32) : NULL;
    if (open == NULL || line.p + line.n - open < n_mark || memcmp(open, mark, (size_t)n_mark) != 0)
        return false;
    const char *begin = open + n_mark;
    *text = ms_span_of(begin, (size_t)(line.p + line.n - begin));
    *goes_on = text->n >= 4 && memcmp(text->p + text->n - 4, " ...", 4) == 0;
    text->n -= *goes_on ? 4 : 0;
    return true;
}

/* The text of the whole line, `QID: ` in front, in the buffer; false if parts are missing. facts[i] is the first one. */
static bool whole_text(struct ms_fact *const *facts, size_t n, size_t i, struct ms_span first, struct ms_buffer *out)
{
    struct ms_span text;
    bool goes_on;
    const char *open = first.n > 0 ? memchr(first.p, '[', first.n) : NULL;
    if (open == NULL || !part_text(first, 1, &text, &goes_on) || !goes_on)
        return false;
    ms_buffer_append(out, first.p, (size_t)(open - first.p));
    ms_buffer_append(out, ": ", 2);
    ms_buffer_append(out, text.p, text.n);
    unsigned number = 2;
    for (size_t k = i + 1; goes_on && k < n && facts[k]->eff_s <= facts[i]->eff_s + APART_S; k++) {
        const struct ms_fact *f = facts[k];
        if (f->role != MS_ROLE_EVENT || f->pid != facts[i]->pid || f->tag_id != facts[i]->tag_id ||
            !part_text(f->u.event.text, number, &text, &goes_on))
            continue;
        ms_buffer_append(out, text.p, text.n);
        number++;
        if (out->size_bytes > MAX_BYTES)
            return false;
    }
    return !goes_on;
}

static void take_delivery(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_delivery *d)
{
    uint32_t recipient = d->recipient;
    ms_intake_delivery(c, e, d);
    d->recipient = recipient; /* the others on its line have facts of their own */
}

/* What stands behind the beginning. */
static void take_accepted(struct ms_correlator *c, const struct ms_event *e, struct ms_fact_accepted *a)
{
    struct ms_fact_accepted whole;
    ms_intake_accepted(c, e, &whole);
    a->sender = whole.sender;
    a->name = whole.name;
    a->ip = whole.ip;
    a->port = whole.port;
    a->protocol = whole.protocol;
    a->daemon = whole.daemon;
    a->sasl_method = whole.sasl_method;
    a->sasl_username = whole.sasl_username;
    a->tls_version = whole.tls_version;
    a->tls_cipher = whole.tls_cipher;
    a->message_id = whole.message_id;
    a->message_id_is_cut = whole.message_id_is_cut;
    a->subject = whole.subject;
    a->is_headless = whole.is_headless;
    a->size_bytes = whole.size_bytes;
    a->nrcpt = whole.nrcpt;
    a->class = whole.class;
    a->born = whole.born;
}

static void join(struct ms_correlator *c, struct ms_fact *f, struct ms_span text)
{
    struct ms_event e;
    ms_parse_text(ms_names_tag(c->run->names, f->tag_id), ms_arena_copy(&c->epoch_arena, text), &e);
    if (e.role != f->role || e.kind != f->kind)
        return;
    *part_flag(f) = false;
    if (f->role == MS_ROLE_DELIVERY)
        take_delivery(c, &e, &f->u.delivery);
    else
        take_accepted(c, &e, &f->u.accepted);
}

void ms_parts_join(struct ms_correlator *c, struct ms_fact *const *facts, size_t n)
{
    struct ms_buffer text = {0};
    for (size_t i = 0; i < n; i++) {
        if (part_flag(facts[i]) == NULL)
            continue;
        struct ms_span first =
            facts[i]->role == MS_ROLE_DELIVERY ? facts[i]->u.delivery.reply : facts[i]->u.accepted.subject;
        text.size_bytes = 0;
        if (whole_text(facts, n, i, first, &text))
            join(c, facts[i], ms_span_of(text.data, text.size_bytes));
    }
    ms_buffer_fini(&text);
}
