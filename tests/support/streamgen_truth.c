/* The truth as NDJSON. Fields speak the language of the dataset's tables, so that a check is one comparison. */
#include "support/streamgen_internal.h"

#include <string.h>

static void quoted(FILE *f, const char *key, const char *s, size_t n)
{
    fprintf(f, ",\"%s\":\"", key);
    for (size_t i = 0; i < n; i++) { /* our own text: of JSON's special bytes it holds these two only */
        if (s[i] == '"' || s[i] == '\\')
            fputc('\\', f);
        fputc(s[i], f);
    }
    fputc('"', f);
}

static void address(FILE *f, const char *key, uint64_t a)
{
    char text[128];
    quoted(f, key, text, address_text(text, a));
}

static void ip(FILE *f, const char *key, struct client c)
{
    char text[64];
    quoted(f, key, text, client_ip(text, c));
}

static const char *life_state(const struct life *l)
{
    if (l->deleted)
        return "deleted";
    if (l->expired && l->ended)
        return "expired";
    if (l->ended)
        return "done";
    return l->aborted ? "aborted" : l->rejected ? "rejected" : l->held ? "held" : "open";
}

static void recipient(FILE *f, const struct rcpt *r, bool first)
{
    static const char *const status[] = {"", "sent", "deferred", "bounced"};
    int last = -1;
    fprintf(f, "%s{\"n\":%d", first ? "" : ",", r->n_tries);
    address(f, "to", r->address);
    if (r->original)
        address(f, "orig_to", r->original);
    if (r->next_id[0])
        quoted(f, "next_id", r->next_id, strlen(r->next_id));
    if (r->next_host)
        quoted(f, "next_host", r->next_host->name, strlen(r->next_host->name));
    fputs(",\"tries\":[", f);
    for (int i = 0; i < r->n_tries; i++)
        fprintf(f, "%s[%llu,\"%s\"]", i ? "," : "", (unsigned long long)r->line[i], status[r->tried[i]]);
    fputs("]", f);
    for (int i = 0, any = 0; i < r->n_tries; i++)
        if (r->tls[i]) {
            fprintf(f, "%s\"%llu\":\"%s\"", any++ ? "," : ",\"tls\":{", (unsigned long long)r->line[i],
                    r->tls[i] == TLS_LINE ? "line" : "same_connection");
            last = i;
        }
    fputs(last >= 0 ? "}}" : "}", f);
}

void truth_life(struct gen *g, const struct life *l)
{
    static const char *const origin[] = {"smtpd", "pickup", "bounce", "forward"};
    char text[256];
    FILE *f = g->truth;
    fprintf(f, "{\"t\":\"life\",\"host\":\"%s\",\"queue_id\":\"%s\",\"first\":%llu,\"last\":%llu,\"n_lines\":%llu",
            l->host->name, l->id, (unsigned long long)l->first_line, (unsigned long long)l->last_line,
            (unsigned long long)l->n_lines);
    fprintf(f, ",\"state\":\"%s\",\"origin\":\"%s\",\"n_attempts\":%llu", life_state(l),
            l->origin > O_PICKUP || l->logged & LOGGED_CLIENT ? origin[l->origin] : "unknown",
            (unsigned long long)l->n_tries);
    if (l->end_line)
        fprintf(f, ",\"end\":%llu", (unsigned long long)l->end_line);
    if (l->logged & LOGGED_MESSAGE_ID) {
        message_id_text(text, sizeof text, l);
        quoted(f, "message_id", text, strlen(text));
    }
    if (l->logged & LOGGED_SENDER && l->null_sender)
        fputs(",\"sender\":\"\"", f);
    else if (l->logged & LOGGED_SENDER)
        address(f, "sender", l->sender);
    if (l->logged & LOGGED_FROM)
        fprintf(f, ",\"size\":%u,\"nrcpt\":%d", l->size_bytes, l->n_rcpt);
    if (l->origin == O_SMTPD && l->logged & LOGGED_CLIENT)
        ip(f, "client_ip", l->client);
    if (l->origin == O_PICKUP)
        fprintf(f, ",\"uid\":%u", l->uid);
    fputs(",\"recipients\":[", f);
    bool first = true;
    for (int i = 0; i < l->n_rcpt; i++)
        if (l->rcpt[i].n_tries > 0) {
            recipient(f, &l->rcpt[i], first);
            first = false;
        }
    fputs("]}\n", f);
}

void truth_session(struct gen *g, const struct session *s)
{
    static const char *const kind[] = {"quit", "lost", "timeout", "crashed", "open"};
    FILE *f = g->truth;
    fprintf(
        f,
        "{\"t\":\"session\",\"host\":\"%s\",\"pid\":%u,\"first\":%llu,\"last\":%llu,\"n_messages\":%d,\"n_rejects\":%d",
        s->host->name, s->pid, (unsigned long long)s->first_line, (unsigned long long)s->last_line, s->n_messages,
        s->n_rejects);
    fprintf(f, ",\"end_kind\":\"%s\"", kind[s->crashed ? 3 : !s->ended && s->end_kind == 0 ? 4 : s->end_kind]);
    ip(f, "client_ip", s->client);
    fputs("}\n", f);
}

void truth_reject(struct gen *g, const struct line *line, uint64_t number)
{
    const struct reject *r = &line->reject;
    FILE *f = g->truth;
    fprintf(f, "{\"t\":\"reject\",\"host\":\"%s\",\"line\":%llu,\"action\":\"%s\",\"stage\":\"%s\",\"code\":%d",
            line->host->name, (unsigned long long)number, r->action, r->stage, r->code);
    ip(f, "client_ip", r->client);
    if (r->null_sender)
        fputs(",\"sender\":\"\"", f);
    else
        address(f, "sender", r->sender);
    if (!r->no_recipient)
        address(f, "recipient", r->recipient);
    if (r->has_life)
        quoted(f, "queue_id", line->life->id, strlen(line->life->id));
    fputs("}\n", f);
}

void truth_login(struct gen *g, const struct line *line, uint64_t number)
{
    const struct login *l = &line->login;
    FILE *f = g->truth;
    fprintf(f, "{\"t\":\"login\",\"host\":\"%s\",\"pid\":%u,\"line\":%llu,\"ok\":%d,\"failed\":%d", line->host->name,
            line->pid, (unsigned long long)number, l->n_ok, l->n_failed);
    ip(f, "client_ip", line->session->client);
    if (line->session->tls)
        fputs(",\"tls\":true", f);
    if (l->has_user)
        address(f, "username", l->user);
    fputs("}\n", f);
}

void truth_total(struct gen *g)
{
    fprintf(g->truth,
            "{\"t\":\"total\",\"lines\":%llu,\"bytes\":%llu,\"lives\":%llu,\"sessions\":%llu,\"rejects\":%llu,"
            "\"other\":%llu,\"cut\":%s}\n",
            (unsigned long long)g->n_lines, (unsigned long long)g->n_bytes, (unsigned long long)g->n_lives,
            (unsigned long long)g->n_sessions, (unsigned long long)g->n_rejects, (unsigned long long)g->n_other,
            g->stop ? "true" : "false");
}
