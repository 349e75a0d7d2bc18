#include "correlate/emit.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/memory.h"
#include "base/text.h"

static const char *const severity_names[] = {"info", "warning", "error", "fatal", "panic"};

int64_t ms_fact_time(const struct ms_correlator *c, const struct ms_fact *f)
{
    return c->run->clock.files[ms_row_file(f->key)].year_known ? f->time_us : MS_NULL_I64;
}

static int64_t word_cell(struct ms_correlator *c, const char *s)
{
    return ms_code_cell(ms_dict_word(&c->dict, s));
}

const struct ms_origin *ms_fact_origin(struct ms_correlator *c, const struct ms_fact *f)
{
    return ms_origin_cells(&c->origins, c->run->names, &c->dict, f->host_id, f->tag_id);
}

struct ms_rows *ms_rows_of(struct ms_correlator *c, enum ms_table_id table)
{
    c->n_rows[table]++;
    return &c->rows[table];
}

/* ---- ids: stable hashes, the same in every run and on every machine ---- */

int64_t ms_txn_id(const struct ms_origin *origin, struct ms_span queue_id, const struct ms_life *life)
{
    int64_t numbers[2] = {life->begin_s, life->ordinal};
    uint64_t h = XXH3_64bits_withSeed(queue_id.p, queue_id.n, origin->txn_seed);
    return (int64_t)(XXH3_64bits_withSeed(numbers, sizeof numbers, h) >>
                     1); /* 63 bits: never negative, never the NULL mark */
}

int64_t ms_session_id(struct ms_correlator *c, const struct ms_fact *f, int64_t begin_s, uint32_t ordinal)
{
    const struct ms_origin *origin = ms_origin_of(&c->origins, c->run->names, f->host_id, f->tag_id);
    int64_t numbers[3] = {begin_s, ordinal, f->pid};
    return (int64_t)(XXH3_64bits_withSeed(numbers, sizeof numbers, origin->session_seed) >> 1);
}

/* ---- single lines ---- */

void ms_emit_event(struct ms_correlator *c, const struct ms_fact *f, struct ms_span queue_id, int64_t txn_id)
{
    int64_t v[MS_N_COL_events];
    bool header = f->role == MS_ROLE_HEADER;
    struct ms_span text = header ? f->u.header.text : f->u.event.text;
    const struct ms_origin *origin = ms_fact_origin(c, f);
    v[MS_COL_events_time] = ms_fact_time(c, f);
    v[MS_COL_events_host] = origin->host;
    v[MS_COL_events_program] = f->tag_id == MS_NO_NAME ? MS_NULL_I64 : origin->service;
    v[MS_COL_events_pid] = f->pid == MS_NO_PID ? MS_NULL_I64 : f->pid;
    v[MS_COL_events_severity] = word_cell(c, severity_names[header ? f->u.header.severity : f->u.event.severity]);
    v[MS_COL_events_kind] = word_cell(c, ms_kinds[f->kind].name);
    v[MS_COL_events_queue_id] = ms_text_cell(&c->stripe_arena, queue_id);
    v[MS_COL_events_txn_id] = txn_id;
    v[MS_COL_events_client_ip] = header ? MS_NULL_I64 : ms_code_cell(f->u.event.client_ip);
    v[MS_COL_events_text] = ms_text_cell(&c->stripe_arena, text.p ? text : MS_SPAN_LIT(""));
    v[MS_COL_events_file_id] = ms_row_file(f->key);
    v[MS_COL_events_line_offset] = ms_row_offset(f->key);
    ms_rows_append(ms_rows_of(c, MS_EVENTS), f->key, v);
}

void ms_emit_reject(struct ms_correlator *c, const struct ms_fact *f, int64_t txn_id, int64_t session_id)
{
    const struct ms_fact_reject *r = &f->u.reject;
    const struct ms_origin *origin = ms_fact_origin(c, f);
    int64_t v[MS_N_COL_rejects];
    v[MS_COL_rejects_time] = ms_fact_time(c, f);
    v[MS_COL_rejects_mta] = origin->mta;
    v[MS_COL_rejects_host] = origin->host;
    v[MS_COL_rejects_service] = origin->service;
    v[MS_COL_rejects_session_id] = session_id;
    v[MS_COL_rejects_txn_id] = txn_id;
    v[MS_COL_rejects_action] = ms_code_cell(r->action);
    v[MS_COL_rejects_stage] = ms_code_cell(r->stage);
    v[MS_COL_rejects_client_name] = ms_code_cell(r->name);
    v[MS_COL_rejects_client_ip] = ms_code_cell(r->ip);
    v[MS_COL_rejects_client_port] = ms_small_cell(r->port);
    v[MS_COL_rejects_reply_code] = ms_small_cell(r->reply_code);
    v[MS_COL_rejects_dsn] = ms_code_cell(r->dsn);
    struct ms_reason_cells why = ms_reject_reason(c->reasons, &c->dict, r);
    v[MS_COL_rejects_reason] = why.reason;
    v[MS_COL_rejects_blocklist] = why.blocklist;
    v[MS_COL_rejects_text] = ms_code_cell(r->text);
    v[MS_COL_rejects_sender] = ms_code_cell(r->sender);
    v[MS_COL_rejects_sender_key] = ms_code_cell(ms_dict_address_key(&c->dict, r->sender));
    v[MS_COL_rejects_recipient] = ms_code_cell(r->recipient);
    v[MS_COL_rejects_recipient_key] = ms_code_cell(ms_dict_address_key(&c->dict, r->recipient));
    v[MS_COL_rejects_protocol] = ms_code_cell(r->protocol);
    v[MS_COL_rejects_helo] = ms_code_cell(r->helo);
    v[MS_COL_rejects_sasl_username] = ms_code_cell(r->sasl_username);
    v[MS_COL_rejects_file_id] = ms_row_file(f->key);
    v[MS_COL_rejects_line_offset] = ms_row_offset(f->key);
    ms_rows_append(ms_rows_of(c, MS_REJECTS), f->key, v);
}

static bool is_full_before(const struct ms_correlator *c, uint64_t key)
{
    return c->n_samples == sizeof c->samples / sizeof *c->samples && key > c->samples[c->n_samples - 1].key;
}

/* The first samples by place in the input, whoever read them. */
void ms_sample_keep(struct ms_correlator *c, uint64_t key, char *text)
{
    if (is_full_before(c, key)) {
        free(text);
        return;
    }
    size_t at = c->n_samples;
    if (at == sizeof c->samples / sizeof *c->samples)
        free(c->samples[--at].text);
    else
        c->n_samples++;
    while (at > 0 && c->samples[at - 1].key > key) {
        c->samples[at] = c->samples[at - 1];
        at--;
    }
    c->samples[at] = (struct ms_sample){key, text};
}

static void keep_sample(struct ms_correlator *c, uint64_t key, const struct ms_event *e)
{
    if (is_full_before(c, key))
        return;
    struct ms_span start = e->line.n > 200 ? ms_span_of(e->line.p, 200) : e->line;
    char text[200 * 4 + 1];
    size_t n = 0;
    for (uint32_t i = 0; i < start.n; i++) { /* a terminal may show it: no control characters */
        unsigned char b = (unsigned char)start.p[i];
        n += (size_t)(b < 32 || b >= 127 ? sprintf(text + n, "\\x%02X", b) : sprintf(text + n, "%c", b));
    }
    text[n] = '\0';
    ms_sample_keep(c, key, ms_sprintf("%s: %s", e->reason ? e->reason : "?", text));
}

void ms_emit_unparsed(struct ms_correlator *c, const struct ms_event *e)
{
    uint64_t key = ms_row_key(c->segment->file_id, e->offset);
    uint64_t length = c->segment->is_long_line ? c->segment->covers_bytes : e->line.n;
    int64_t v[MS_N_COL_unparsed];
    v[MS_COL_unparsed_file_id] = c->segment->file_id;
    v[MS_COL_unparsed_line_offset] = (int64_t)e->offset;
    v[MS_COL_unparsed_length] = (int64_t)length;
    v[MS_COL_unparsed_reason] = word_cell(c, e->reason ? e->reason : "unknown line");
    struct ms_span text = e->line.n > 4096 ? ms_span_of(e->line.p, 4096) : e->line;
    v[MS_COL_unparsed_text] = ms_text_cell(&c->stripe_arena, text.p ? text : MS_SPAN_LIT(""));
    ms_rows_append(&c->rows[MS_UNPARSED], key, v);
    keep_sample(c, key, e);
}

/* ---- sessions ---- */

/* One `NAME=GOOD/ALL` or `NAME=ALL`. */
static void read_counter(struct ms_span token, struct ms_session_counts *out)
{
    static const char *const names[] = {"auth=", "mail=", "rcpt="};
    unsigned which = 0;
    while (which < 3 && !ms_span_starts(token, names[which]))
        which++;
    if (which == 3 || out->ok[which] >= 0)
        return;
    int64_t numbers[2] = {0, 0};
    unsigned part = 0;
    for (uint32_t k = 5; k < token.n; k++) {
        if (token.p[k] == '/' && part == 0)
            part = 1;
        else if (token.p[k] >= '0' && token.p[k] <= '9' && numbers[part] < INT32_MAX / 10)
            numbers[part] = numbers[part] * 10 + (token.p[k] - '0');
    }
    out->ok[which] = numbers[0];
    out->all[which] = numbers[part];
}

/* The counters of a disconnect line. All are NULL if it has none; a command that others were counted without is 0. */
static const struct ms_session_counts *counts_of(struct ms_correlator *c, uint32_t commands)
{
    struct ms_session_counts *counts = &c->counts[commands % (sizeof c->counts / sizeof *c->counts)];
    if (counts->commands == commands && commands != MS_NO_CODE)
        return counts;
    struct ms_span text = ms_dict_text(&c->dict, commands);
    int64_t absent = text.n ? -1 : MS_NULL_I64;
    *counts = (struct ms_session_counts){commands, {absent, absent, absent}, {absent, absent, absent}};
    if (text.n == 0)
        return counts;
    for (uint32_t i = 0, end; i < text.n; i = end + 1) {
        for (end = i; end < text.n && text.p[end] != ' '; end++)
            ;
        read_counter(ms_span_of(text.p + i, end - i), counts);
    }
    for (unsigned k = 0; k < 3; k++)
        if (counts->ok[k] < 0)
            counts->ok[k] = counts->all[k] = 0;
    return counts;
}

void ms_emit_next_stripe(struct ms_correlator *c)
{
    for (size_t i = 0; i < sizeof c->counts / sizeof *c->counts; i++)
        c->counts[i].commands = MS_NO_CODE;
    for (size_t i = 0; i < sizeof c->tls_memo / sizeof *c->tls_memo; i++)
        c->tls_memo[i].text = MS_NO_CODE;
}

static const char *end_kind_of(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                               bool hung_up)
{
    if (s->lost_fact != SIZE_MAX) {
        struct ms_span kind = ms_dict_text(&c->dict, facts[s->lost_fact]->u.session.end_kind);
        if (ms_span_is(kind, "timeout"))
            return "timeout";
        return ms_span_is(kind, "error") ? "error" : "lost";
    }
    if (hung_up)
        return "error";
    return s->disconnect_fact != SIZE_MAX ? "quit" : "open";
}

/* Not what was held, thrown away or merely noted. */
static bool is_refusal(struct ms_span action)
{
    return ms_span_is(action, "reject") || ms_span_is(action, "milter-reject") || ms_span_is(action, "proxy-reject");
}

/* Exim says in a mail's own line what the session's TLS and login were. */
static void tell_tls_of_mail(const struct ms_fact *f, ms_cells *v)
{
    const struct ms_fact_accepted *a = &f->u.accepted;
    if (a->tls_version != MS_NO_CODE) {
        *v[MS_COL_sessions_tls_version] = a->tls_version;
        *v[MS_COL_sessions_tls_cipher] = ms_code_cell(a->tls_cipher);
    }
    if (a->sasl_username != MS_NO_CODE)
        *v[MS_COL_sessions_sasl_username] = a->sasl_username;
}

void ms_emit_session(struct ms_correlator *c, struct ms_fact *const *facts, const struct ms_session_life *s,
                     int64_t session_id)
{
    const struct ms_fact *first = facts[s->first];
    const struct ms_origin *origin = ms_fact_origin(c, first);
    ms_cells *v = ms_rows_begin(ms_rows_of(c, MS_SESSIONS), first->key);
    int64_t n_messages = 0, n_rejects = 0;
    uint32_t name = MS_NO_CODE, ip = MS_NO_CODE;
    int32_t port = INT32_MIN;
    bool refusals = false, hung_up = false, logins = false;
    for (size_t i = s->first; i < s->end; i++) {
        const struct ms_fact *f = facts[i];
        uint32_t its_name = MS_NO_CODE, its_ip = MS_NO_CODE;
        int32_t its_port = INT32_MIN;
        if (f->role == MS_ROLE_CLIENT) {
            n_messages++;
            its_name = f->u.client.name, its_ip = f->u.client.ip, its_port = f->u.client.port;
            logins |= f->u.client.sasl_username != MS_NO_CODE || f->u.client.sasl_method != MS_NO_CODE;
            if (f->u.client.sasl_username != MS_NO_CODE)
                *v[MS_COL_sessions_sasl_username] = f->u.client.sasl_username;
        } else if (f->role == MS_ROLE_ACCEPTED) {
            n_messages += f->u.accepted.nrcpt != 0;
            its_name = f->u.accepted.name, its_ip = f->u.accepted.ip, its_port = f->u.accepted.port;
            logins |= f->u.accepted.sasl_method != MS_NO_CODE;
            tell_tls_of_mail(f, v);
        } else if (f->role == MS_ROLE_REJECT) {
            refusals = true;
            n_rejects += is_refusal(ms_dict_text(&c->dict, f->u.reject.action));
            logins |= f->u.reject.sasl_username != MS_NO_CODE;
            its_name = f->u.reject.name, its_ip = f->u.reject.ip, its_port = f->u.reject.port;
        } else if (f->role == MS_ROLE_TLS) {
            *v[MS_COL_sessions_tls_version] = ms_code_cell(f->u.tls.version);
            *v[MS_COL_sessions_tls_cipher] = ms_code_cell(f->u.tls.cipher);
            *v[MS_COL_sessions_tls_bits] = ms_small_cell(f->u.tls.bits);
        } else if (f->role == MS_ROLE_EVENT) { /* a client that does not speak SMTP */
            hung_up = true;
            ms_emit_event(c, f, MS_SPAN_NULL, MS_NULL_I64);
        } else if (f->role == MS_ROLE_PROXY) {
            refusals = true;
            logins |= f->u.reject.sasl_username != MS_NO_CODE;
        } else if (f->role == MS_ROLE_SASL) {
            logins = true;
            if (f->u.login.ok)
                *v[MS_COL_sessions_sasl_username] = ms_code_cell(f->u.login.username);
            its_name = f->u.login.name, its_ip = f->u.login.ip, its_port = f->u.login.port;
        } else {
            its_name = f->u.session.name, its_ip = f->u.session.ip, its_port = f->u.session.port;
        }
        if (name == MS_NO_CODE && ip == MS_NO_CODE)
            name = its_name, ip = its_ip, port = its_port;
    }
    for (size_t i = s->first; refusals && i < s->end; i++) { /* after the client is known */
        struct ms_fact *f = facts[i];
        bool refusal =
            f->role == MS_ROLE_PROXY && ms_span_is(ms_dict_text(&c->dict, f->u.reject.action), "proxy-reject");
        if (refusal && f->u.reject.ip == MS_NO_CODE)
            f->u.reject.name = name, f->u.reject.ip = ip, f->u.reject.port = port;
        n_rejects += refusal;
        if (refusal || (f->role == MS_ROLE_REJECT && !(f->flags & MS_FACT_COUNT_ONLY)))
            ms_emit_reject(c, f, MS_NULL_I64, session_id);
    }
    *v[MS_COL_sessions_session_id] = session_id;
    *v[MS_COL_sessions_mta] = origin->mta;
    *v[MS_COL_sessions_host] = origin->host;
    *v[MS_COL_sessions_service] = origin->service;
    *v[MS_COL_sessions_pid] = first->pid == MS_NO_PID ? MS_NULL_I64 : first->pid;
    *v[MS_COL_sessions_client_name] = ms_code_cell(name);
    *v[MS_COL_sessions_client_ip] = ms_code_cell(ip);
    *v[MS_COL_sessions_client_port] = ms_small_cell(port);
    *v[MS_COL_sessions_connect_time] = s->has_begin ? ms_fact_time(c, first) : MS_NULL_I64;
    if (s->disconnect_fact != SIZE_MAX) {
        const struct ms_fact *d = facts[s->disconnect_fact];
        const struct ms_session_counts *counts = counts_of(c, d->u.session.commands);
        *v[MS_COL_sessions_disconnect_time] = ms_fact_time(c, d);
        *v[MS_COL_sessions_commands] = ms_code_cell(d->u.session.commands);
        *v[MS_COL_sessions_n_auth_ok] = counts->ok[0];
        *v[MS_COL_sessions_n_auth] = counts->all[0];
        *v[MS_COL_sessions_n_mail_ok] = counts->ok[1];
        *v[MS_COL_sessions_n_mail] = counts->all[1];
        *v[MS_COL_sessions_n_rcpt_ok] = counts->ok[2];
        *v[MS_COL_sessions_n_rcpt] = counts->all[2];
    }
    int64_t n_auth = *v[MS_COL_sessions_n_auth];
    if (logins || (n_auth != MS_NULL_I64 && n_auth > 0))
        ms_emit_logins(c, facts, s, session_id, ip, *v[MS_COL_sessions_n_auth_ok], n_auth);
    *v[MS_COL_sessions_end_kind] = word_cell(c, end_kind_of(c, facts, s, hung_up));
    if (s->lost_fact != SIZE_MAX)
        *v[MS_COL_sessions_end_stage] = ms_code_cell(facts[s->lost_fact]->u.session.end_stage);
    *v[MS_COL_sessions_n_messages] = n_messages;
    *v[MS_COL_sessions_n_rejects] = n_rejects;
    *v[MS_COL_sessions_file_id] = ms_row_file(first->key);
    *v[MS_COL_sessions_line_offset] = ms_row_offset(first->key);
    c->n_facts_out += s->end - s->first;
}
