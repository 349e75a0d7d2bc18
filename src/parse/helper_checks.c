/* Who may send in whose name, and whose mail is wanted: OpenDKIM, OpenDMARC, SPF policy servers, postgrey; and the frames that let
 * others look: MailScanner, MIMEDefang. */
#include "parse/helper.h"

/* ---- OpenDKIM, OpenDMARC: QID: TEXT ---- */

static const struct {
    const char *text;
    enum ms_kind_id kind;
    const char *verdict, *dkim;
} dkim_lines[] = {
    {"DKIM-Signature field added (", MS_K_OPENDKIM_SIGNED, "signed", NULL},
    {"DKIM-Signature header added (", MS_K_OPENDKIM_SIGNED, "signed", NULL},
    {"DKIM verification successful", MS_K_OPENDKIM_RESULT, NULL, "pass"},
    {"bad signature data", MS_K_OPENDKIM_RESULT, NULL, "fail"},
    {"no signature data", MS_K_OPENDKIM_RESULT, NULL, "none"},
    {"key retrieval failed (", MS_K_OPENDKIM_RESULT, "key_failed", NULL},
};

/* `signature=H domain=D selector=S result="TEXT"` (LogResults): one signature of perhaps several. */
static bool read_dkim_signature(struct ms_cursor c, struct ms_event *e)
{
    const char *at = MS_AT(&c, "signature=") ? MS_FIND_ONLY(c.p, c.end, " result=\"") : NULL;
    if (at == NULL)
        return false;
    struct ms_cursor text = {at + 9, c.end};
    (void)ms_helper_verdict(e, MS_K_OPENDKIM_SIGNATURE);
    e->u.verdict.dkim = MS_AT(&text, "no signature error\"")   ? MS_SPAN_LIT("pass")
                        : MS_AT(&text, "key retrieval failed") ? MS_SPAN_NULL
                        : MS_AT(&text, "signature ") || MS_AT(&text, "body hash mismatch") || MS_AT(&text, "bad ") ||
                                MS_AT(&text, "granularity ") || MS_AT(&text, "key revoked")
                            ? MS_SPAN_LIT("fail")
                            : MS_SPAN_LIT("permerror");
    return true;
}

bool ms_helper_opendkim(struct ms_helper_line *l)
{
    struct ms_event *e = l->e;
    if (!ms_helper_skip_queue_id(l))
        return false;
    if (read_dkim_signature(l->body, e))
        return true;
    for (size_t i = 0; i < sizeof dkim_lines / sizeof *dkim_lines; i++) {
        if (!ms_cursor_at(&l->body, dkim_lines[i].text, strlen(dkim_lines[i].text)))
            continue;
        (void)ms_helper_verdict(e, dkim_lines[i].kind);
        e->u.verdict.verdict = ms_span_str(dkim_lines[i].verdict);
        e->u.verdict.dkim = ms_span_str(dkim_lines[i].dkim);
        return true;
    }
    return false;
}

/* `DOMAIN RESULT`, two words. */
static struct ms_span result_behind_domain(struct ms_cursor c)
{
    const char *blank = ms_find_char(c.p, c.end, ' ');
    return blank != NULL && blank > c.p ? ms_helper_result(ms_span_of(blank + 1, (size_t)(c.end - blank - 1)))
                                        : MS_SPAN_NULL;
}

bool ms_helper_opendmarc(struct ms_helper_line *l)
{
    struct ms_event *e = l->e;
    if (!ms_helper_skip_queue_id(l))
        return false;
    struct ms_cursor c = l->body;
    bool spf = MS_SKIP(&c, "SPF(mailfrom): ") || MS_SKIP(&c, "SPF(helo): ");
    struct ms_span result = result_behind_domain(c);
    if (result.p == NULL)
        return false;
    (void)ms_helper_verdict(e, spf ? MS_K_OPENDMARC_SPF : MS_K_OPENDMARC_RESULT);
    *(spf ? &e->u.verdict.spf : &e->u.verdict.dmarc) = result;
    return true;
}

/* ---- SPF policy servers ---- */

/* Perl: `SPF RESULT: HELO/EHLO: H, IP Address: IP, Recipient: R`; what the client said stands in front and behind. */
static bool read_spf_perl(struct ms_cursor c, struct ms_event *e)
{
    if (MS_AT(&c, "Policy action="))
        return ms_helper_event(e, MS_K_POLICYD_SPF_ACTION);
    if (!MS_SKIP(&c, "SPF "))
        return false;
    struct ms_cursor word = c;
    struct ms_span result = ms_read_until(&word, ':');
    const char *blank = ms_find_char(result.p, result.p + result.n, ' '); /* `pass (Mechanism ... matched)` */
    result = ms_helper_result(blank ? ms_span_of(result.p, (size_t)(blank - result.p)) : result);
    if (result.p == NULL)
        return false;
    (void)ms_helper_verdict(e, MS_K_POLICYD_SPF_RESULT);
    e->u.verdict.spf = result;
    const char *ip = MS_FIND_ONLY(c.p, c.end, ", IP Address: "), *to = MS_FIND_ONLY(c.p, c.end, ", Recipient: ");
    if (ip == NULL || to == NULL || to < ip)
        return true;
    struct ms_cursor address = {ip + 14, to};
    e->u.verdict.client_ip = ms_helper_ip(&address);
    e->u.verdict.recipient = ms_span_of(to + 13, (size_t)(c.end - to - 13));
    return true;
}

/* `identity=I; client-ip=IP; helo=H; envelope-from=S; receiver=R`: the address stands in front of all that the client says. */
static void read_spf_identity(struct ms_cursor c, struct ms_event *e)
{
    const char *at = MS_FIND_ONLY(c.p, c.end, "identity="), *to = MS_FIND_ONLY(c.p, c.end, "; receiver=");
    if (at == NULL)
        return;
    struct ms_cursor i = {at + 9, c.end};
    (void)ms_read_until(&i, ';');
    if (MS_SKIP(&i, "; client-ip="))
        e->u.verdict.client_ip = ms_helper_ip(&i);
    if (to == NULL)
        return;
    i.p = to + 11;
    struct ms_span receiver = ms_helper_word(&i);
    if (receiver.n > 0 && memchr(receiver.p, '@', receiver.n) != NULL)
        e->u.verdict.recipient = receiver;
}

/* `5.7.23 Message rejected due to: SPF fail - ... Why?s=mfrom;id=S;ip=IP;r=R`: the sender stands in front of the address. */
static void read_spf_refusal(struct ms_cursor c, struct ms_event *e)
{
    struct ms_cursor why = c;
    (void)ms_helper_word(&why);
    if (MS_SKIP(&why, " Message rejected due to: SPF ")) {
        struct ms_span word = ms_helper_word(&why);
        e->u.verdict.spf = ms_helper_result(word);
    }
    const char *ip = MS_FIND_ONLY(c.p, c.end, ";ip="), *to = MS_FIND_ONLY(c.p, c.end, ";r=");
    struct ms_cursor address = {ip ? ip + 4 : c.end, c.end};
    if (ip != NULL)
        e->u.verdict.client_ip = ms_helper_ip(&address);
    address.p = to && ip && to > ip ? to + 3 : c.end;
    struct ms_span receiver = ms_helper_word(&address);
    if (receiver.n > 0 && memchr(receiver.p, '@', receiver.n) != NULL)
        e->u.verdict.recipient = receiver;
}

/* Python: with a queue ID, with `: ` where it would stand, or with neither. */
static bool read_spf_python(struct ms_cursor c, struct ms_event *e)
{
    (void)MS_SKIP(&c, ": ");
    struct ms_cursor word = c;
    if (MS_SKIP(&word, "550 ") || MS_SKIP(&word, "450 ") || MS_SKIP(&word, "451 ")) {
        (void)ms_helper_verdict(e, MS_K_POLICYD_SPF_RESULT);
        e->u.verdict.action = ms_span_of(c.p, 3);
        read_spf_refusal(word, e);
        return true;
    }
    bool prepend = MS_SKIP(&word, "prepend ");
    if (prepend && MS_SKIP(&word, "Authentication-Results: ")) {
        (void)ms_helper_word(&word);
        if (!MS_SKIP(&word, "; spf="))
            return false;
    } else if (!MS_SKIP(&word, "Received-SPF: ") && prepend) {
        return false;
    }
    struct ms_span logged = ms_helper_word(&word), result = ms_helper_result(logged);
    bool is_header = word.p - logged.n > c.p; /* behind the header's name */
    if (result.p == NULL || !(is_header || MS_AT(&word, "; identity=")))
        return false;
    (void)ms_helper_verdict(e, MS_K_POLICYD_SPF_RESULT);
    e->u.verdict.spf = result;
    e->u.verdict.action = prepend ? MS_SPAN_LIT("prepend") : MS_SPAN_NULL;
    read_spf_identity(word, e);
    return true;
}

bool ms_helper_policyd_spf(struct ms_helper_line *l)
{
    (void)ms_helper_skip_queue_id(l);
    return read_spf_perl(l->body, l->e) || read_spf_python(l->body, l->e);
}

/* ---- postgrey: [QID: ]action=A, reason=R[, delay=S][, client_name=H][, client_address=IP][, sender=S][, recipient=R] ---- */

bool ms_helper_postgrey(struct ms_helper_line *l)
{
    struct ms_event *e = l->e;
    (void)ms_helper_skip_queue_id(l);
    struct ms_cursor c = l->body;
    if (!MS_SKIP(&c, "action="))
        return false;
    struct ms_span action = ms_read_until(&c, ',');
    if (!MS_SKIP(&c, ", reason="))
        return false;
    (void)ms_helper_verdict(e, MS_K_POSTGREY_ACTION);
    e->u.verdict.action = action;
    e->u.verdict.verdict = ms_read_until(&c, ',');
    int64_t delay;
    if (MS_SKIP(&c, ", delay="))
        (void)ms_read_number(&c, &delay);
    if (MS_SKIP(&c, ", client_name="))
        (void)ms_read_until(&c, ',');
    if (MS_SKIP(&c, ", client_address="))
        e->u.verdict.client_ip = ms_helper_ip(&c);
    const char *to = MS_FIND_ONLY(c.p, c.end, ", recipient=");
    if (to != NULL)
        e->u.verdict.recipient = ms_span_of(to + 12, (size_t)(c.end - to - 12));
    return true;
}

/* ---- MailScanner ---- */

static bool read_queue_id(struct ms_cursor *c, struct ms_event *e)
{
    struct ms_span word =
        ms_helper_word(c); /* `ID.A1B2C`: the ID, and what MailScanner adds to tell lives of one ID apart */
    const char *dot = ms_find_char(word.p, word.p + word.n, '.');
    struct ms_span id = dot ? ms_span_of(word.p, (size_t)(dot - word.p)) : word;
    if (id.n == 0 || ms_helper_queue_id_length(id.p, id.p + id.n) != id.n)
        return false;
    e->queue_id = id;
    return true;
}

/* `Message QID from IP (SENDER) to DOMAINS is [not ]spam[, SpamAssassin (not cached, score=S, required N, ...)]`. The sender is in front of
 * the judgement, the last of its kind in the line. */
static bool read_mailscanner_message(struct ms_cursor c, struct ms_event *e)
{
    const char *is = MS_FIND_LAST(c.p, c.end, " is spam"), *not = MS_FIND_LAST(c.p, c.end, " is not spam");
    const char *listed = MS_FIND_LAST(c.p, c.end, " is whitelisted"), *at = is;
    struct ms_span verdict = MS_SPAN_LIT("spam");
    if (not != NULL && (at == NULL || not > at)) {
        at = not ;
        verdict = MS_SPAN_LIT("clean");
    }
    if (listed != NULL && (at == NULL || listed > at)) {
        at = listed;
        verdict = MS_SPAN_LIT("whitelisted");
    }
    if (at == NULL || !read_queue_id(&c, e))
        return false;
    (void)ms_helper_verdict(e, MS_K_MAILSCANNER_SPAM);
    e->u.verdict.verdict = verdict;
    if (MS_SKIP(&c, " from "))
        e->u.verdict.client_ip = ms_helper_ip(&c);
    const char *score = MS_FIND_ONLY(at, c.end, "score="), *required = MS_FIND_ONLY(at, c.end, " required ");
    struct ms_cursor number = {score ? score + 6 : c.end, c.end};
    if (score != NULL)
        e->u.verdict.score = ms_helper_number(&number);
    number.p = required ? required + 10 : c.end;
    if (required != NULL)
        e->u.verdict.threshold = ms_helper_number(&number);
    return true;
}

bool ms_helper_mailscanner(struct ms_helper_line *l)
{
    struct ms_cursor c = l->body;
    struct ms_event *e = l->e;
    if (MS_SKIP(&c, "Message "))
        return read_mailscanner_message(c, e);
    if (MS_SKIP(&c, "Infected message ")) {
        if (!read_queue_id(&c, e))
            return false;
        (void)ms_helper_verdict(e, MS_K_MAILSCANNER_INFECTED);
        e->u.verdict.verdict = MS_SPAN_LIT("infected");
        if (MS_SKIP(&c, " came from "))
            e->u.verdict.client_ip = ms_helper_ip(&c);
        return true;
    }
    if (MS_SKIP(&c, "Spam Actions: message ")) {
        if (!read_queue_id(&c, e) || !MS_SKIP(&c, " actions are "))
            return false;
        (void)ms_helper_verdict(e, MS_K_MAILSCANNER_ACTIONS);
        e->u.verdict.action = ms_cursor_rest(&c);
        return true;
    }
    if (MS_SKIP(&c, "Requeue: ")) {
        if (!read_queue_id(&c, e) || !MS_SKIP(&c, " to "))
            return false;
        (void)ms_helper_verdict(e, MS_K_MAILSCANNER_REQUEUE);
        e->u.verdict.verdict = MS_SPAN_LIT("requeued");
        e->u.verdict.next_queue_id = ms_helper_word(&c);
        return true;
    }
    return false;
}

/* ---- MIMEDefang ---- */

/* `MDLOG,QID,EVENT,VALUE,VALUE,SENDER,RECIPIENT,SUBJECT`: the fields are escaped, so that commas part them. */
static bool read_mdlog(struct ms_cursor c, struct ms_event *e)
{
    struct ms_span fields[7] = {0};
    for (size_t i = 0; i < 7; i++) {
        fields[i] = ms_read_until(&c, ',');
        if (!MS_SKIP(&c, ",") && i < 5)
            return false;
    }
    (void)ms_helper_verdict(e, MS_K_MIMEDEFANG_LOG);
    e->queue_id = fields[0].n && !ms_span_is(fields[0], "NOQUEUE") ? fields[0] : MS_SPAN_NULL;
    e->u.verdict.verdict = fields[1];
    if (ms_span_is(fields[1], "spam"))
        e->u.verdict.score = fields[2];
    else if (ms_span_is(fields[1], "virus"))
        e->u.verdict.virus = fields[2].n ? fields[2] : MS_SPAN_NULL;
    e->u.verdict.client_ip = ms_ip_valid(fields[3]) ? fields[3] : MS_SPAN_NULL;
    struct ms_span to = fields[5];
    bool plain = to.n > 0 && !ms_span_starts(to, "rcpts=") && memchr(to.p, '%', to.n) == NULL && !ms_span_is(to, "?");
    e->u.verdict.recipient = plain ? ms_helper_message_id(to) : MS_SPAN_NULL;
    return true;
}

bool ms_helper_mimedefang(struct ms_helper_line *l)
{
    static const char *const actions[] = {"Bouncing", "Discarding", "Tempfailing"};
    bool has_id = ms_helper_skip_queue_id(l);
    struct ms_cursor c = l->body;
    if (MS_SKIP(&c, "MDLOG,"))
        return read_mdlog(c, l->e);
    for (size_t i = 0; has_id && i < 3; i++) {
        struct ms_cursor a = c;
        if (!ms_cursor_skip(&a, actions[i], strlen(actions[i])) || !MS_AT(&a, " because filter instructed us to"))
            continue;
        (void)ms_helper_verdict(l->e, MS_K_MIMEDEFANG_ACTION);
        l->e->u.verdict.action = ms_span_str(actions[i]);
        return true;
    }
    return false;
}
