/* The dozen texts that make nine lines in ten, read in one go: daemon, queue ID, one compare of the words, ends of values by
 * compares of 32 bytes. Whatever is not just as usual is left to the readers that know all forms (postfix_*.c), which are
 * the twin of this file: for every line that is read here they say the same (tests/unit/parse/test_postfix_usual.c).
 *
 * 64 bytes behind the line are readable, so nothing asks for room before a load. What is behind the end never counts: fixed
 * words are compared from the start of the text on, or behind a byte that was found in front of the end, and hold no line
 * end; numbers and values are followed by such words. */
#include "parse/postfix.h"
#include "parse/queue_id.h"

/* The first `c` in front of `end`, NULL if there is none. */
static inline const char *find(const char *p, const char *end, char c)
{
    for (; p < end; p += 32) {
        uint32_t found = ms_bytes_equal(p, c);
        if (found) {
            p += __builtin_ctz(found);
            return p < end ? p : NULL;
        }
    }
    return NULL;
}

static inline uint32_t load4(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* n is a constant: a few words, of which the last may overlap the one before. (gcc calls memcmp for most lengths.) */
__attribute__((always_inline)) static inline bool is_at(const char *p, const char *literal, size_t n)
{
    if (n < 4 || n > 40)
        return memcmp(p, literal, n) == 0;
    if (n < 8)
        return ((load4(p) ^ load4(literal)) | (load4(p + n - 4) ^ load4(literal + n - 4))) == 0;
    uint64_t differ = ms_load8(p) ^ ms_load8(literal);
    for (size_t i = 8; i + 8 < n; i += 8)
        differ |= ms_load8(p + i) ^ ms_load8(literal + i);
    return (differ | (ms_load8(p + n - 8) ^ ms_load8(literal + n - 8))) == 0;
}
#define IS_AT(p, literal) is_at((p), (literal), sizeof(literal) - 1)

__attribute__((always_inline)) static inline bool skip(const char **p, const char *literal, size_t n)
{
    bool here = is_at(*p, literal, n);
    *p += here ? n : 0;
    return here;
}
#define SKIP(p, literal) skip((p), (literal), sizeof(literal) - 1)

static inline struct ms_span between(const char *p, const char *end)
{
    return ms_span_of(p, (size_t)(end - p));
}

/* `QID: ` in front of the text, short or long. Gives back what follows, NULL if there is none. */
static inline const char *skip_queue_id(const char *p, const char *end, struct ms_span *id)
{
    uint32_t n = ms_bytes_hex(p);
    if (n < 6 || n > 14 || p[n] != ':')
        n = (uint32_t)ms_queue_id_length(p, (size_t)(end - p));
    if (n == 0 || p[n] != ':' || p[n + 1] != ' ' || end - p < n + 2)
        return NULL;
    *id = ms_span_of(p, n);
    return p + n + 2;
}

/* Digits, nine at most. */
static inline bool read_number(const char **at, int64_t *out)
{
    const char *p = *at;
    uint32_t v = 0;
    for (; ms_is_digit(*p) && p - *at < 10; p++)
        v = v * 10 + (uint32_t)(*p - '0');
    size_t n = (size_t)(p - *at);
    *out = v;
    *at = p;
    return n - 1 < 9;
}

/* Seconds as ms_read_delay_ms reads them, of nine digits and three decimals at most. */
static inline bool read_delay(const char **at, const char *end, int64_t *out_ms)
{
    int64_t ms;
    if (*at >= end || !read_number(at, &ms)) /* else a chain of numbers could lead far behind the end */
        return false;
    const char *p = *at;
    ms *= 1000;
    if (*p == '.') {
        unsigned digit = (unsigned char)(*++p - '0');
        if (digit <= 9) {
            ms += digit * 100;
            digit = (unsigned char)(*++p - '0');
            if (digit <= 9) {
                ms += digit * 10;
                digit = (unsigned char)(*++p - '0');
                if (digit <= 9) {
                    ms += digit;
                    p++;
                }
            }
        }
        if (ms_is_digit(*p))
            return false;
    }
    *out_ms = ms;
    *at = p;
    return true;
}

/* The quote that closes the local part which begins at p; NULL if there is none, or a backslash in front of it. */
static const char *find_closing_quote(const char *p, const char *end)
{
    const char *quote = find(p + 1, end, '"');
    return quote && find(p + 1, quote, '\\') == NULL ? quote : NULL;
}

/* `<ADDR>` at p: what is inside, up to the first `>`, or the first behind a quoted local part; the caller verifies that what
 * is behind goes on as it must. Gives back what follows the `>`. */
static inline const char *read_address(const char *p, const char *end, struct ms_span *out)
{
    if (p[0] != '<')
        return NULL;
    const char *from = p[1] == '"' ? find_closing_quote(p + 1, end) : p + 1;
    const char *gt = from ? find(from, end, '>') : NULL;
    if (gt == NULL)
        return NULL;
    *out = between(p + 1, gt);
    return gt + 1;
}

/* ---- smtpd ---- */

static bool read_session(struct ms_event *e, const char *p, const char *end, enum ms_kind_id kind)
{
    const char *blank = find(p, end, ' ');
    ms_postfix_name(e, kind);
    e->u.session.end_kind = e->u.session.end_stage = e->u.session.commands = MS_SPAN_NULL;
    e->u.session.client = between(p, blank ? blank : end);
    if (blank && kind == MS_K_SMTPD_DISCONNECT)
        e->u.session.commands = between(blank + 1, end);
    return true;
}

/* A word in front of a blank: gives back the blank. */
static inline const char *read_word(const char *p, const char *end, struct ms_span *out)
{
    const char *blank = find(p, end, ' ');
    if (blank)
        *out = between(p, blank);
    return blank;
}

/* ` key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256` to the end; also nothing at all. */
static inline bool read_algorithms(struct ms_tls *t, const char *p, const char *end)
{
    t->key_exchange = t->server_signature = t->client_signature = MS_SPAN_NULL;
    if (p == end)
        return true;
    if (!SKIP(&p, " key-exchange ") || (p = read_word(p, end, &t->key_exchange)) == NULL ||
        !SKIP(&p, " server-signature ") || (p = read_word(p, end, &t->server_signature)) == NULL)
        return false;
    int64_t bits;
    if (SKIP(&p, " (") && (!read_number(&p, &bits) || !SKIP(&p, " bits)")))
        return false;
    return SKIP(&p, " server-digest ") && p < end && !find(p, end, ' ');
}

/* `TRUST TLS connection established from PEER: PROTOCOL with cipher CIPHER (N/N bits)`, and algorithms behind. */
static bool read_tls(struct ms_event *e, const char *p, const char *end)
{
    struct ms_tls *t = &e->u.tls;
    struct ms_span peer;
    int64_t bits;
    if ((p = read_word(p, end, &t->trust)) == NULL || !SKIP(&p, " TLS connection established from ") ||
        (p = read_word(p, end, &peer)) == NULL || peer.n < 2 || p[-1] != ':' ||
        (p = read_word(p + 1, end, &t->version)) == NULL || !SKIP(&p, " with cipher ") ||
        (p = read_word(p, end, &t->cipher)) == NULL || !SKIP(&p, " (") || !read_number(&p, &t->bits) || *p++ != '/' ||
        !read_number(&p, &bits) || !SKIP(&p, " bits)") || p > end || !read_algorithms(t, p, end))
        return false;
    ms_postfix_name(e, MS_K_SMTPD_TLS);
    t->peer = ms_endpoint_of(ms_span_of(peer.p, peer.n - 1));
    t->sni = MS_SPAN_NULL;
    return true;
}

/* `, sasl_method=METHOD, sasl_username=NAME` to the end, with no comma in the name. */
static bool read_login(struct ms_event *e, const char *p, const char *end)
{
    if (!SKIP(&p, ", sasl_method="))
        return false;
    const char *comma = find(p, end, ',');
    if (comma == NULL)
        return false;
    e->u.client.sasl_method = between(p, comma);
    if (!SKIP(&comma, ", sasl_username=") || comma > end || find(comma, end, ','))
        return false;
    e->u.client.sasl_username = between(comma, end);
    return true;
}

static bool read_client(struct ms_event *e, const char *p, const char *end)
{
    const char *comma = find(p, end, ',');
    e->u.client.sasl_method = e->u.client.sasl_username = MS_SPAN_NULL;
    if (comma != NULL && !read_login(e, comma, end))
        return false;
    ms_postfix_name(e, MS_K_SMTPD_CLIENT);
    e->u.client.client = between(p, comma ? comma : end);
    e->u.client.sasl_sender = e->u.client.orig_queue_id = e->u.client.orig_client = MS_SPAN_NULL;
    return true;
}

static bool read_smtpd(struct ms_event *e, const char *p, const char *end)
{
    if (IS_AT(p, "connect from ") && end - p >= 13)
        return read_session(e, p + 13, end, MS_K_SMTPD_CONNECT);
    if (IS_AT(p, "disconnect from ") && end - p >= 16)
        return read_session(e, p + 16, end, MS_K_SMTPD_DISCONNECT);
    if (*p == 'A' || *p == 'U' || *p == 'T' || *p == 'V') { /* trust; or a queue ID */
        if (read_tls(e, p, end))
            return true;
    }
    p = skip_queue_id(p, end, &e->queue_id);
    return p != NULL && SKIP(&p, "client=") && p <= end && read_client(e, p, end);
}

/* ---- cleanup and qmgr ---- */

static bool read_cleanup(struct ms_event *e, const char *p, const char *end)
{
    p = skip_queue_id(p, end, &e->queue_id);
    if (p == NULL || !SKIP(&p, "message-id=") || p > end)
        return false;
    bool in_angles = end - p >= 2 && *p == '<' && end[-1] == '>';
    ms_postfix_name(e, MS_K_CLEANUP_MESSAGE_ID);
    e->u.message_id.id = between(p + in_angles, end - in_angles);
    e->u.message_id.resent = false;
    return true;
}

static bool read_active(struct ms_event *e, const char *p, const char *end)
{
    if ((p = read_address(p, end, &e->u.active.sender)) == NULL || !SKIP(&p, ", size=") ||
        !read_number(&p, &e->u.active.size_bytes) || !SKIP(&p, ", nrcpt=") || !read_number(&p, &e->u.active.nrcpt) ||
        !SKIP(&p, " (queue active)") || p != end)
        return false;
    ms_postfix_name(e, MS_K_QMGR_ACTIVE);
    e->u.active.forced = false;
    return true;
}

static bool read_qmgr(struct ms_event *e, const char *p, const char *end)
{
    p = skip_queue_id(p, end, &e->queue_id);
    if (p == NULL)
        return false;
    if (SKIP(&p, "from="))
        return read_active(e, p, end);
    if (end - p != 7 || !IS_AT(p, "removed"))
        return false;
    ms_postfix_name(e, MS_K_QMGR_REMOVED);
    e->u.removed.how = MS_SPAN_NULL;
    return true;
}

/* ---- deliveries ---- */

/* `<R>, relay=` with `orig_to=<R>, ` in between, perhaps. Gives back what follows. */
static inline const char *read_recipients(struct ms_event *e, const char *p, const char *end)
{
    e->u.delivery.orig_recipient = MS_SPAN_NULL;
    p = read_address(p, end, &e->u.delivery.recipient);
    if (p && SKIP(&p, ", orig_to="))
        p = read_address(p, end, &e->u.delivery.orig_recipient);
    return p && SKIP(&p, ", relay=") ? p : NULL;
}

static inline bool read_delays(struct ms_event *e, const char **p, const char *end)
{
    return SKIP(p, ", delay=") && read_delay(p, end, &e->u.delivery.delay_ms) && SKIP(p, ", delays=") &&
           read_delay(p, end, &e->u.delivery.delay_in_ms) && *(*p)++ == '/' &&
           read_delay(p, end, &e->u.delivery.delay_queue_ms) && *(*p)++ == '/' &&
           read_delay(p, end, &e->u.delivery.delay_conn_ms) && *(*p)++ == '/' &&
           read_delay(p, end, &e->u.delivery.delay_xmit_ms);
}

/* `, dsn=D.D.D, status=WORD (TEXT)` to the end. */
static inline bool read_outcome(struct ms_event *e, const char *p, const char *end)
{
    if (!SKIP(&p, ", dsn=") || (*p != '2' && *p != '4' && *p != '5') || p[1] != '.' || !ms_is_digit(p[2]) ||
        p[3] != '.' || !ms_is_digit(p[4]) || !IS_AT(p + 5, ", status="))
        return false;
    e->u.delivery.dsn = ms_span_of(p, 5);
    p += 14;
    const char *blank = find(p, end, ' ');
    if (blank == NULL || blank[1] != '(' || end[-1] != ')' || end - blank < 3)
        return false;
    e->u.delivery.status = between(p, blank);
    e->u.delivery.reply = between(blank + 2, end - 1);
    return true;
}

static inline bool is_alnum(char ch)
{
    return ms_is_digit(ch) || (unsigned char)((ch | 0x20) - 'a') < 26;
}

/* `... queued as ID` to the end of the reply. */
static inline bool read_queued_as(struct ms_event *e, const char *p, const char *end)
{
    const char *id = end;
    while (is_alnum(id[-1])) /* ends at the blank behind the code, at last */
        id--;
    if (id == end || id - p < 14 || !IS_AT(id - 10, "queued as "))
        return false;
    e->u.delivery.next_queue_id = between(id, end);
    return true;
}

/* Can any other wording be there by which ms_postfix_next_id knows an ID? All of them hold `ss`, `ue`, `=` or `[`. */
static bool may_tell_otherwise(const char *p, const char *end)
{
    for (; p < end; p += 32) {
        uint32_t found = (ms_bytes_equal(p, 's') & ms_bytes_equal(p + 1, 's')) |
                         (ms_bytes_equal(p, 'u') & ms_bytes_equal(p + 1, 'e')) | ms_bytes_equal(p, '=') |
                         ms_bytes_equal(p, '[');
        if (end - p < 32)
            found &= (1u << (end - p)) - 1;
        if (found)
            return true;
    }
    return false;
}

/* The word in front of ` Saved` (Dovecot) or ` - gsmtp` at the end, or no ID at all. */
static inline bool read_last_word(struct ms_event *e, const char *p, const char *end)
{
    if (IS_AT(p, "250 ok ") || IS_AT(p, "250 Ok ") || may_tell_otherwise(p, end))
        return false;
    const char *tail = IS_AT(end - 6, " Saved") ? end - 6 : IS_AT(end - 8, " - gsmtp") ? end - 8 : end, *id = tail;
    while (tail < end && id[-1] != ' ') /* likewise */
        id--;
    bool none = id == tail || tail[-1] == '>'; /* (the end of an address, where Dovecot tells no ID) */
    e->u.delivery.next_queue_id = none ? MS_SPAN_NULL : between(id, tail);
    return true;
}

/* An answer to smtp or lmtp. */
static inline bool read_remote(struct ms_event *e, struct ms_span reply)
{
    const char *p = reply.p, *end = p + reply.n;
    if (reply.n < 16 || p[0] < '1' || p[0] > '5' || !ms_is_digit(p[1]) || !ms_is_digit(p[2]) || p[3] != ' ')
        return false;
    e->u.delivery.reply_code = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
    return read_queued_as(e, p, end) || read_last_word(e, p, end);
}

/* What the text says of the next hop, in its usual forms; the others are for ms_postfix_delivery_text. */
static inline bool read_reply(struct ms_event *e)
{
    struct ms_span reply = e->u.delivery.reply;
    bool remote = e->daemon == MS_D_SMTP || e->daemon == MS_D_LMTP;
    e->u.delivery.forwarded = false;
    if (remote)
        return ms_span_is(e->u.delivery.status, "sent") && read_remote(e, reply);
    if (reply.n < 10 || !IS_AT(reply.p, "delivered "))
        return false;
    e->u.delivery.reply_code = MS_NONE;
    e->u.delivery.next_queue_id = MS_SPAN_NULL;
    return true;
}

static bool read_delivery(struct ms_event *e, const char *p, const char *end, enum ms_kind_id kind)
{
    if ((p = skip_queue_id(p, end, &e->queue_id)) == NULL || !SKIP(&p, "to=") ||
        (p = read_recipients(e, p, end)) == NULL)
        return false;
    const char *comma = find(p, end, ',');
    if (comma == NULL || comma[1] != ' ')
        return false;
    e->u.delivery.relay = between(p, comma);
    p = comma;
    e->u.delivery.conn_use = MS_NONE;
    if (SKIP(&p, ", conn_use=") && !read_number(&p, &e->u.delivery.conn_use))
        return false;
    if (!read_delays(e, &p, end) || !read_outcome(e, p, end))
        return false;
    ms_postfix_name(e, kind);
    e->u.delivery.tls_features = MS_SPAN_NULL;
    e->u.delivery.truncated = false;
    if (!read_reply(e))
        ms_postfix_delivery_text(e);
    return true;
}

static bool read(struct ms_event *e)
{
    const char *p = e->text.p, *end = p + e->text.n;
    switch (e->daemon) {
    case MS_D_SMTPD:
        return read_smtpd(e, p, end);
    case MS_D_CLEANUP:
        return read_cleanup(e, p, end);
    case MS_D_QMGR:
        return read_qmgr(e, p, end);
    case MS_D_SMTP:
        return read_delivery(e, p, end, MS_K_SMTP_DELIVERY);
    case MS_D_LMTP:
        return read_delivery(e, p, end, MS_K_LMTP_DELIVERY);
    case MS_D_LOCAL:
        return read_delivery(e, p, end, MS_K_LOCAL_DELIVERY);
    case MS_D_VIRTUAL:
        return read_delivery(e, p, end, MS_K_VIRTUAL_DELIVERY);
    case MS_D_PIPE:
        return read_delivery(e, p, end, MS_K_PIPE_DELIVERY);
    default:
        return false;
    }
}

bool ms_postfix_usual(struct ms_event *e)
{
    if (read(e))
        return true;
    e->queue_id = MS_SPAN_NULL;
    return false;
}
