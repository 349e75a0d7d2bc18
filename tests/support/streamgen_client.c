/* What clients do beside mail: logins that smtpd refuses or accepts, and TLS of smtp to the next hop. Only where asked for. */
#include "support/streamgen_internal.h"

void login_failures(struct gen *g, struct session *s, const char *program)
{
    for (int i = 0; i < s->auth_failed; i++) {
        if (chance(g, 0.25)) /* an old server says nothing where the method is unknown; only the counter tells */
            continue;
        uint64_t how = below(g, 4), user = pick_address(g);
        line_begin(g, s->host, program, s->pid, L_SMTPD);
        g->cur->session = s;
        g->cur->has_login = true;
        g->cur->login = (struct login){.user = user, .has_user = how == 0, .n_failed = 1};
        put(g, "warning: ");
        put_client(g, s->client);
        put(g, how == 3 ? ": SASL PLAIN authentication aborted" : ": SASL LOGIN authentication failed: UGFzc3dvcmQ6");
        if (how == 0) {
            put(g, ", sasl_username=");
            put_address(g, user);
        } else if (how == 1) {
            put(g, ", sasl_username=(unavailable)");
        }
        line_end(g);
        s->auth_failed_told++;
    }
}

/* Into the client= line that is being written: the first one of the session that names this user tells of the login. */
void login_of_client(struct gen *g, struct session *s, uint64_t user)
{
    for (int i = 0; i < s->n_users; i++)
        if (s->user[i] == user)
            return;
    s->user[s->n_users++] = user;
    g->cur->has_login = true;
    g->cur->login = (struct login){.user = user, .has_user = true, .n_ok = 1};
}

/* Into the disconnect line: what it alone tells. */
void login_counters(struct gen *g, struct session *s)
{
    int failed = s->auth_failed - s->auth_failed_told, ok = s->submission - s->n_users;
    g->cur->has_login = failed > 0 || ok > 0;
    g->cur->login = (struct login){.n_failed = (uint8_t)failed, .n_ok = (uint8_t)(ok > 0 ? ok : 0)};
}

static void tls_line(struct gen *g, struct life *l, const struct rcpt *r, const char *program, uint32_t pid,
                     bool reused)
{
    line_begin(g, l->host, program, pid, L_OTHER);
    g->cur->stay = true;
    put(g, reused ? "Untrusted TLS connection reused to " : "Untrusted TLS connection established to ");
    put_relay(g, l, r);
    put(g, ": TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)");
    line_end(g);
}

/* A server's soft failure before the one that the status line tells of. */
static void attempt_line(struct gen *g, struct life *l, const struct rcpt *r, const char *program, uint32_t pid,
                         bool lost)
{
    life_line(g, l, program, pid, L_LIFE_OTHER);
    put(g, lost ? "lost connection with " : "host ");
    put_relay(g, l, r);
    g->cur->n -= 3; /* without :25 */
    put(g, lost ? " while sending RCPT TO" : " said: 450 4.2.0 try again (in reply to RCPT TO command)");
    line_end(g);
}

/* The lines of smtp before a status line; gives what they tell of its connection. */
enum tls client_tls(struct gen *g, struct life *l, const struct rcpt *r, const char *program, uint32_t pid,
                    bool *conn_use)
{
    struct rcpt other = *r;
    if (!chance(g, g->o.client_tls)) { /* plain; perhaps the connection is a kept one */
        *conn_use = chance(g, 0.1);
        return TLS_UNTOLD;
    }
    switch (below(g, 8)) {
    case 0: /* taken up again */
    case 1:
        tls_line(g, l, r, program, pid, true);
        *conn_use = true;
        return TLS_SAME_CONNECTION;
    case 2: /* another server first */
        other.address += 50021;
        other.next_host = NULL;
        tls_line(g, l, &other, program, pid, false);
        tls_line(g, l, r, program, pid, false);
        return TLS_LINE;
    case 3: /* another recipient was put off on the same connection */
        tls_line(g, l, r, program, pid, false);
        attempt_line(g, l, r, program, pid, false);
        return TLS_LINE;
    case 4: /* it broke, and the next try was without TLS */
        tls_line(g, l, r, program, pid, false);
        attempt_line(g, l, r, program, pid, true);
        return TLS_UNTOLD;
    case 5: /* a kept connection is another than the one just made */
        tls_line(g, l, r, program, pid, false);
        *conn_use = true;
        return TLS_UNTOLD;
    default:
        tls_line(g, l, r, program, pid, false);
        return TLS_LINE;
    }
}
