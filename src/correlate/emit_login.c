/* Logins: rows of what a session's lines and counters tell of them. */
#include "correlate/emit.h"

enum { KNOWN_USERS = 16 }; /* of a session; one with more has lost lines, and may name a user twice */

struct telling { /* of one session's logins */
    struct ms_correlator *c;
    int64_t session_id;
    uint32_t tls_version; /* of the session, at the line in hand */
    int64_t n_ok, n_failed;
    unsigned n_known; /* successes that have a row */
    struct {
        uint32_t method, username;
    } known[KNOWN_USERS];
};

static void emit(struct telling *t, const struct ms_fact *f, const struct ms_fact_login *l)
{
    struct ms_correlator *c = t->c;
    const struct ms_origin *origin = ms_fact_origin(c, f);
    int64_t v[MS_N_COL_logins];
    v[MS_COL_logins_time] = ms_fact_time(c, f);
    v[MS_COL_logins_host] = origin->host;
    v[MS_COL_logins_service] = origin->service;
    v[MS_COL_logins_username] = ms_code_cell(l->username);
    v[MS_COL_logins_method] = ms_code_cell(l->method);
    v[MS_COL_logins_result] = ms_code_cell(ms_dict_word(&c->dict, l->ok ? "ok" : "failed"));
    v[MS_COL_logins_client_ip] = ms_code_cell(l->ip);
    v[MS_COL_logins_session_id] = t->session_id;
    v[MS_COL_logins_reason] = ms_code_cell(l->reason);
    v[MS_COL_logins_tls_version] = ms_code_cell(t->tls_version);
    v[MS_COL_logins_file_id] = ms_row_file(f->key);
    v[MS_COL_logins_line_offset] = ms_row_offset(f->key);
    ms_rows_append(ms_rows_of(c, MS_LOGINS), f->key, v);
    if (l->ok)
        t->n_ok++;
    else
        t->n_failed++;
}

void ms_emit_login(struct ms_correlator *c, const struct ms_fact *f)
{
    struct telling t = {.c = c, .session_id = MS_NULL_I64, .tls_version = MS_NO_CODE};
    emit(&t, f, &f->u.login);
}

static bool agree(uint32_t a, uint32_t b)
{
    return a == b || a == MS_NO_CODE || b == MS_NO_CODE;
}

/* A line of a mail or a refusal says who has logged in: a login, unless an earlier line of the session says the same. */
static void take_success(struct telling *t, const struct ms_fact *f, uint32_t method, uint32_t username, uint32_t ip)
{
    if (method == MS_NO_CODE && username == MS_NO_CODE)
        return;
    for (unsigned i = 0; i < t->n_known; i++)
        if (agree(t->known[i].method, method) && agree(t->known[i].username, username))
            return;
    if (t->n_known < KNOWN_USERS) {
        t->known[t->n_known].method = method;
        t->known[t->n_known++].username = username;
    }
    struct ms_fact_login login = {.ip = ip, .method = method, .username = username, .reason = MS_NO_CODE, .ok = true};
    emit(t, f, &login);
}

static void take_counter(struct telling *t, const struct ms_fact *disconnect, uint32_t client_ip, int64_t n_ok,
                         int64_t n_all)
{
    int64_t failed = n_all - n_ok - t->n_failed, ok = n_ok - t->n_ok;
    struct ms_fact_login login = {
        .ip = client_ip, .method = MS_NO_CODE, .username = MS_NO_CODE, .reason = MS_NO_CODE, .ok = false};
    int64_t room = MS_LOGINS_COUNTED;
    for (; failed > 0 && room > 0; failed--, room--)
        emit(t, disconnect, &login);
    login.ok = true;
    for (; ok > 0 && room > 0; ok--, room--)
        emit(t, disconnect, &login);
}

void ms_emit_logins(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                    int64_t session_id, uint32_t client_ip, int64_t n_ok, int64_t n_all)
{
    struct telling t = {.c = c, .session_id = session_id, .tls_version = MS_NO_CODE};
    for (size_t i = s->first; i < s->end; i++) {
        const struct ms_fact *f = facts[i];
        if (f->role == MS_ROLE_TLS)
            t.tls_version = f->u.tls.version;
        else if (f->role == MS_ROLE_SASL)
            emit(&t, f, &f->u.login);
        else if (f->role == MS_ROLE_CLIENT)
            take_success(&t, f, f->u.client.sasl_method, f->u.client.sasl_username, f->u.client.ip);
        else if (f->role == MS_ROLE_ACCEPTED)
            take_success(&t, f, f->u.accepted.sasl_method, f->u.accepted.sasl_username, f->u.accepted.ip);
        else if (f->role == MS_ROLE_REJECT || f->role == MS_ROLE_PROXY)
            take_success(&t, f, f->u.reject.sasl_method, f->u.reject.sasl_username, f->u.reject.ip);
    }
    if (n_all != MS_NULL_I64 && s->disconnect_fact != SIZE_MAX)
        take_counter(&t, facts[s->disconnect_fact], client_ip, n_ok, n_all);
}
