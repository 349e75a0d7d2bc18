/* qmail-send's deliveries: one line when one is started, one with its result, which names only the number of the delivery
 * (qmail-log-lines.md 2.2). The texts are qmail-remote's and qmail-local's, and what servers and programs said. */
#include "parse/postfix.h"
#include "parse/qmail.h"

static void clear_delivery(struct ms_event *e)
{
    memset(&e->u.delivery, 0, sizeof e->u.delivery);
    e->u.delivery.conn_use = e->u.delivery.delay_ms = e->u.delivery.delay_in_ms = e->u.delivery.delay_queue_ms =
        e->u.delivery.delay_conn_ms = e->u.delivery.delay_xmit_ms = e->u.delivery.xdelay_ms = e->u.delivery.priority =
            e->u.delivery.reply_code = MS_NONE;
}

/* `starting delivery D: msg M to local|remote RECIPIENT` */
static bool read_start(struct ms_cursor *c, struct ms_event *e)
{
    int64_t number;
    if (!ms_read_number(c, &number) || !MS_SKIP(c, ": msg "))
        return false;
    e->queue_id = ms_qmail_number(c);
    if (e->queue_id.p == NULL || !MS_SKIP(c, " to "))
        return false;
    struct ms_span agent = ms_read_until(c, ' ');
    if ((!ms_span_is(agent, "local") && !ms_span_is(agent, "remote")) || !MS_SKIP(c, " "))
        return false;
    ms_qmail_name(e, MS_K_QMAIL_START);
    clear_delivery(e);
    e->u.delivery.number = number;
    e->u.delivery.agent = agent;
    e->u.delivery.recipient = ms_cursor_rest(c);
    return true;
}

/* `IP_accepted_message.` and its like, `Connected_to_IP_but_...`: the peer, if the words are qmail-remote's own. */
static struct ms_span peer_of(struct ms_span text)
{
    static const char *const verbs[] = {"_accepted_message.", "_does_not_like_recipient.", "_failed_on_DATA_command.",
                                        "_failed_after_I_sent_the_message."};
    struct ms_cursor c = ms_cursor_of(text);
    bool connected = MS_SKIP(&c, "Connected_to_");
    struct ms_span ip = ms_read_until(&c, '_');
    if (!ms_ip_valid(ip))
        return MS_SPAN_NULL;
    bool is_verb = connected && MS_AT(&c, "_but_");
    for (size_t i = 0; !connected && i < sizeof verbs / sizeof *verbs; i++)
        is_verb |= ms_cursor_at(&c, verbs[i], strlen(verbs[i]));
    return is_verb ? ip : MS_SPAN_NULL;
}

enum { WORDS_MAX = 1024 }; /* of an answer that are looked at */

/* What the server said, with blanks for `_`, in `words`, and where it stands in the line; the length. */
static size_t server_words(struct ms_span text, char words[WORDS_MAX], const char **from)
{
    const char *end = text.p + text.n, *said = MS_FIND(text.p, end, "Remote_host_said:_");
    if (said == NULL)
        return 0;
    *from = said + 18;
    size_t n = (size_t)(end - *from);
    n = n < WORDS_MAX ? n : WORDS_MAX;
    for (size_t i = 0; i < n; i++)
        words[i] = (*from)[i] == '_' ? ' ' : (*from)[i];
    while (n > 0 && words[n - 1] == '/')
        n--;
    return n;
}

static void tell_server(struct ms_event *e, struct ms_span text)
{
    char words[WORDS_MAX];
    const char *from = NULL;
    size_t n = server_words(text, words, &from);
    struct ms_span said = ms_span_of(words, n);
    if (n == 0)
        return;
    e->u.delivery.reply_code = ms_postfix_reply_code(said, true);
    struct ms_span dsn = ms_postfix_reply_dsn(said, true), id = MS_SPAN_NULL;
    if (e->u.delivery.reply_code != MS_NONE && dsn.p != NULL)
        e->u.delivery.dsn = ms_span_of(from + (dsn.p - words), dsn.n);
    if (ms_span_is(e->u.delivery.status, "sent"))
        id = ms_postfix_next_id(said);
    if (id.p != NULL)
        e->u.delivery.next_queue_id = ms_span_of(from + (id.p - words), id.n);
}

/* qmail's own code, `(#4.4.1)` */
static void tell_own_code(struct ms_event *e, struct ms_span text)
{
    const char *end = text.p + text.n, *at = MS_FIND_LAST(text.p, end, "(#");
    if (at == NULL)
        return;
    struct ms_cursor c = {at + 2, end};
    struct ms_span dsn;
    if (ms_read_dsn(&c, &dsn) && MS_AT(&c, ")"))
        e->u.delivery.dsn = dsn;
}

/* `did_0+1+0/qp_Q/`: given to qmail-queue again, which made it message Q. A program's own words may stand in front. */
static void tell_forward(struct ms_event *e, struct ms_span text)
{
    const char *end = text.p + text.n, *did = MS_FIND_LAST(text.p, end, "did_");
    if (did == NULL || (did > text.p && did[-1] != '/'))
        return;
    struct ms_cursor c = {did + 4, end};
    bool counted = ms_qmail_number(&c).p && MS_SKIP(&c, "+") && ms_qmail_number(&c).p && MS_SKIP(&c, "+") &&
                   ms_qmail_number(&c).p && MS_SKIP(&c, "/");
    if (!counted || !MS_AT(&c, "qp_"))
        return;
    const char *qp = c.p;
    c.p += 3;
    if (ms_qmail_number(&c).p == NULL || !MS_SKIP(&c, "/") || c.p < c.end)
        return;
    e->u.delivery.next_queue_id = ms_span_of(qp, (size_t)(c.p - 1 - qp));
    e->u.delivery.forwarded = true;
}

/* `delivery D: success|failure|deferral: TEXT`, `delivery D: report mangled, will defer` */
static bool read_result(struct ms_cursor *c, struct ms_event *e)
{
    static const struct {
        const char *word, *status;
    } results[] = {{": success: ", "sent"},
                   {": failure: ", "bounced"},
                   {": deferral: ", "deferred"},
                   {": report mangled", "deferred"}};
    int64_t number;
    size_t i = 0;
    if (!ms_read_number(c, &number))
        return false;
    struct ms_span behind = ms_cursor_rest(c);
    while (i < 4 && !ms_span_starts(behind, results[i].word))
        i++;
    if (i == 4)
        return false;
    ms_qmail_name(e, MS_K_QMAIL_DELIVERY);
    clear_delivery(e);
    c->p += i < 3 ? strlen(results[i].word) : 2;
    struct ms_span text = ms_cursor_rest(c);
    e->u.delivery.number = number;
    e->u.delivery.status = ms_span_str(results[i].status);
    e->u.delivery.reply = text;
    e->u.delivery.relay = peer_of(text);
    tell_server(e, text);
    if (e->u.delivery.reply_code == MS_NONE)
        tell_own_code(e, text);
    if (i == 0 && e->u.delivery.relay.p == NULL)
        tell_forward(e, text);
    return true;
}

bool ms_qmail_delivery(struct ms_cursor *c, struct ms_event *e)
{
    if (MS_SKIP(c, "starting delivery "))
        return read_start(c, e);
    return MS_SKIP(c, "delivery ") && read_result(c, e);
}
