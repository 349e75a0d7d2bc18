#include "query/select.h"

#include <stdlib.h>

#include "query/conditions.h"
#include "query/views.h"

#define BIT(which) (1u << MS_SEL_##which)

/* Of so few keys each is asked for on its own, by an equality, which bloom filters answer; of more, one pass over the column
 * is cheaper. */
enum { FEW = 12 };

struct keys {
    int64_t v[FEW];
    size_t n;
    bool many; /* more than v holds */
};

struct search {
    struct ms_query *q;
    const struct ms_selectors *s;
    struct ms_period period;
    struct ms_selection *out;
};

static enum ms_status run(struct ms_query *q, const char *sql, struct ms_error *err)
{
    return ms_query_each(q, sql, NULL, 0, NULL, NULL, err);
}

/* Runs the statement and forgets it. */
static enum ms_status run_sql(struct ms_query *q, struct ms_sql *sql, struct ms_error *err)
{
    ms_buffer_push(&sql->text, '\0');
    enum ms_status st = ms_query_each(q, sql->text.data, sql->values, sql->n_values, NULL, NULL, err);
    ms_sql_fini(sql);
    return st;
}

/* ---- lookups by key ---- */

static enum ms_status take_key(void *user, const struct ms_span *fields, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    struct keys *keys = user;
    if (keys->n < FEW)
        keys->v[keys->n++] = ms_field_number(fields[0]);
    else
        keys->many = true;
    return MS_OK;
}

static enum ms_status read_keys(struct ms_query *q, const char *from, struct keys *keys, struct ms_error *err)
{
    *keys = (struct keys){.n = 0};
    char *sql = ms_sprintf("select distinct k from (%s) t(k) where k is not null order by k limit %d", from, FEW + 1);
    enum ms_status st = ms_query_each(q, sql, NULL, 0, take_key, keys, err);
    free(sql);
    return st;
}

/* Appends `SELECT where COLUMN = key` for each key. */
static void append_each_key(struct ms_sql *sql, const char *select, const char *column, const struct keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        ms_buffer_printf(&sql->text, "%s%s where %s = %lld", i > 0 ? " union all " : "", select, column,
                         (long long)keys->v[i]);
    if (keys->n == 0)
        ms_buffer_printf(&sql->text, "%s where false", select);
}

/* create table shown.NAME as SELECT where COLUMN is one of what FROM (a query of one column of ids) gives. */
static enum ms_status look_up(struct ms_query *q, const char *name, const char *select, const char *column,
                              const char *from, struct ms_error *err)
{
    struct keys keys;
    enum ms_status st = read_keys(q, from, &keys, err);
    if (st != MS_OK)
        return st;
    struct ms_sql sql = {0};
    ms_buffer_printf(&sql.text, "create table shown.%s as ", name);
    if (keys.many)
        ms_buffer_printf(&sql.text, "%s where %s in (%s)", select, column, from);
    else
        append_each_key(&sql, select, column, &keys);
    return run_sql(q, &sql, err);
}

/* ---- the zone ---- */

/* +01:00 is Etc/GMT-1 in the time zone database. */
static char *zone_name(const char *zone)
{
    int hours, minutes = 0, used = 0;
    bool is_offset = (zone[0] == '+' || zone[0] == '-') &&
                     ((sscanf(zone + 1, "%2d:%2d%n", &hours, &minutes, &used) == 2 && zone[1 + used] == '\0') ||
                      (minutes = 0, sscanf(zone + 1, "%2d%n", &hours, &used) == 1 && zone[1 + used] == '\0'));
    if (is_offset && minutes == 0)
        return ms_sprintf("Etc/GMT%c%d", zone[0] == '+' ? '-' : '+', hours);
    return ms_strdup(strcmp(zone, "Z") == 0 ? "UTC" : zone);
}

static enum ms_status set_zone(struct ms_query *q, const char *zone, struct ms_error *err)
{
    char *name = zone_name(zone);
    struct ms_value value = {.kind = MS_VALUE_TEXT, .text = ms_span_str(name)};
    int64_t known = 0;
    struct ms_sql sql = {0};
    enum ms_status st =
        ms_query_number(q, "select count(*) from pg_timezone_names() where name = $1", &value, 1, &known, err);
    if (st == MS_OK && known == 0)
        st = ms_fail(err, MS_ERR_USAGE,
                     "--display-tz: '%s' is no zone: UTC, Europe/Berlin, or whole hours such as +01:00", zone);
    ms_buffer_printf(&sql.text, "set TimeZone = ");
    ms_sql_quote(&sql.text, name);
    if (st == MS_OK)
        st = run_sql(q, &sql, err);
    ms_sql_fini(&sql);
    free(name);
    return st;
}

enum ms_status ms_select_zone(struct ms_query *q, const char *zone, struct ms_error *err)
{
    const char *suffix = zone != NULL ? "%z" : "Z"; /* ms_query_open has set UTC */
    enum ms_status st = zone != NULL ? set_zone(q, zone, err) : MS_OK;
    struct ms_sql sql = {0};
    ms_buffer_printf(&sql.text, "create macro shown_second(t) as strftime(t, '%%Y-%%m-%%dT%%H:%%M:%%S%s')", suffix);
    if (st == MS_OK)
        st = run_sql(q, &sql, err);
    ms_buffer_printf(&sql.text, "create macro shown_time(t) as strftime(t, '%%Y-%%m-%%dT%%H:%%M:%%S.%%g%s')", suffix);
    if (st == MS_OK)
        st = run_sql(q, &sql, err);
    ms_sql_fini(&sql);
    return st;
}

/* What the clock of a selector's zone shows, as UTC. */
static enum ms_status absolute(struct ms_query *q, const struct ms_wanted *w, int64_t clock_us, int64_t *out,
                               struct ms_error *err)
{
    *out = clock_us - w->offset_us;
    if (w->match == MS_MATCH_NONE || w->has_offset)
        return MS_OK;
    struct ms_value value = {.kind = MS_VALUE_INT, .number = clock_us};
    return ms_query_number(q, "select epoch_us(timezone(current_setting('TimeZone'), make_timestamp($1::bigint)))",
                           &value, 1, out, err);
}

/* ---- terms: each gives the mails that it holds for ---- */

static unsigned given(const struct ms_selectors *s)
{
    unsigned set = 0;
    for (size_t i = 0; i < MS_N_SELECTORS; i++)
        set |= (unsigned)(s->wanted[i].match != MS_MATCH_NONE) << i;
    return set;
}

/* `lives_of` gives txn_id of the lives that it holds for. Makes shown.term_N(mail_id). */
static enum ms_status add_term(struct search *h, unsigned set, struct ms_sql *lives_of, struct ms_error *err)
{
    size_t n = h->out->n_terms;
    char *hits = ms_sprintf("select txn_id from shown.hits_%zu", n), *members = ms_sprintf("members_%zu", n);
    char *count = ms_sprintf("select count(*) from shown.term_%zu", n);
    struct ms_sql sql = {0};
    ms_buffer_push(&lives_of->text, '\0');
    ms_buffer_printf(
        &sql.text,
        "create table shown.hits_%zu as select distinct txn_id from (select 0::bigint as txn_id where false%s)", n,
        lives_of->text.data);
    sql.values = lives_of->values;
    sql.n_values = lives_of->n_values;
    lives_of->values = NULL;
    enum ms_status st = run_sql(h->q, &sql, err);
    if (st == MS_OK)
        st = look_up(h->q, members, "select txn_id, mail_id from mails", "txn_id", hits, err);
    ms_buffer_printf(&sql.text,
                     "create table shown.term_%zu as select mail_id from shown.members_%zu union select txn_id from "
                     "shown.hits_%zu where txn_id not in (select txn_id from shown.members_%zu)",
                     n, n, n, n);
    if (st == MS_OK)
        st = run_sql(h->q, &sql, err);
    h->out->terms[n].selectors = set;
    if (st == MS_OK)
        st = ms_query_number(h->q, count, NULL, 0, &h->out->terms[n].n_mails, err);
    h->out->n_terms++;
    ms_sql_fini(&sql);
    ms_sql_fini(lives_of);
    free(count);
    free(members);
    free(hits);
    return st;
}

/* The set on the rows of each table that can tell. */
static enum ms_status add_term_over(struct search *h, unsigned set, bool messages, struct ms_error *err)
{
    struct ms_sql lives = {0};
    if (messages && ms_conditions_apply(h->s, set, MS_SEARCH_MESSAGES))
        ms_conditions_append(&lives, h->s, &h->period, set, MS_SEARCH_MESSAGES, "txn_id", "true");
    if (ms_conditions_apply(h->s, set, MS_SEARCH_DELIVERIES))
        ms_conditions_append(&lives, h->s, &h->period, set, MS_SEARCH_DELIVERIES, "txn_id", "true");
    if (ms_conditions_apply(h->s, set, MS_SEARCH_REJECTS))
        ms_conditions_append(&lives, h->s, &h->period, set, MS_SEARCH_REJECTS, "txn_id", "txn_id is not null");
    return add_term(h, set, &lives, err);
}

static enum ms_status add_message_term(struct search *h, unsigned set, struct ms_error *err)
{
    struct ms_sql lives = {0};
    ms_conditions_append(&lives, h->s, &h->period, set, MS_SEARCH_MESSAGES, "txn_id", "true");
    return add_term(h, set, &lives, err);
}

/* What holds within one delivery: recipient, relay, reason and status. With them, host and time are the delivery's. */
static unsigned attempt_set(const struct ms_selectors *s)
{
    unsigned set = given(s) & (BIT(TO) | BIT(RELAY) | BIT(REASON));
    if (s->wanted[MS_SEL_STATUS].where == MS_IN_ATTEMPT)
        set |= BIT(STATUS);
    return set != 0 ? set | (given(s) & (BIT(HOST) | BIT(SINCE) | BIT(UNTIL))) : 0;
}

static enum ms_status add_terms(struct search *h, struct ms_error *err)
{
    unsigned attempt = attempt_set(h->s), left = given(h->s) & ~attempt;
    unsigned place = left & (BIT(HOST) | BIT(SINCE) | BIT(UNTIL));
    enum ms_status st = attempt != 0 ? add_term_over(h, attempt, false, err) : MS_OK;
    for (unsigned i = 0; i < MS_N_SELECTORS && st == MS_OK; i++)
        if ((left & ~place) >> i & 1)
            st = add_term_over(h, 1u << i, true, err);
    return st == MS_OK && place != 0 ? add_message_term(h, place, err) : st;
}

/* ---- what all terms agree on ---- */

static enum ms_status match_mails(struct search *h, struct ms_error *err)
{
    struct ms_sql sql = {0};
    ms_buffer_printf(&sql.text, "create table shown.matched as ");
    for (size_t i = 0; i < h->out->n_terms; i++)
        ms_buffer_printf(&sql.text, "%sselect mail_id from shown.term_%zu", i > 0 ? " intersect " : "", i);
    if (h->out->n_terms == 0)
        ms_buffer_printf(&sql.text, "select distinct coalesce(x.mail_id, m.txn_id) as mail_id from messages m left "
                                    "join mails x on x.txn_id = m.txn_id");
    enum ms_status st = run_sql(h->q, &sql, err);
    if (st == MS_OK)
        st = look_up(h->q, "joined", "select mail_id, txn_id from mails", "mail_id",
                     "select mail_id from shown.matched", err);
    if (st == MS_OK) /* mail_id is the txn_id of its first life */
        st = run(h->q,
                 "create table shown.matched_lives as select mail_id, txn_id from shown.joined union "
                 "select mail_id, mail_id from shown.matched",
                 err);
    if (st == MS_OK)
        st = look_up(h->q, "places", "select txn_id, first_time, file_id, line_offset from messages", "txn_id",
                     "select txn_id from shown.matched_lives", err);
    return st;
}

/* Lines that turn a mail away before it has a queue ID. A warning does not, nor does what is merely put on hold. */
static enum ms_status match_refusals(struct search *h, struct ms_error *err)
{
    unsigned set = given(h->s);
    struct ms_sql sql = {0};
    ms_buffer_printf(&sql.text,
                     "create table shown.refused as select distinct * from (select now() as time, 0 as file_id, "
                     "0::bigint as line_offset where false");
    if (ms_conditions_apply(h->s, set, MS_SEARCH_REJECTS))
        ms_conditions_append(&sql, h->s, &h->period, set, MS_SEARCH_REJECTS, "time, file_id, line_offset",
                             "txn_id is null and (ends_with(action, 'reject') or ends_with(action, 'discard'))");
    ms_buffer_push(&sql.text, ')');
    return run_sql(h->q, &sql, err);
}

/* The recipients of --to, so that a list of many can begin with them. */
static enum ms_status match_recipients(struct search *h, struct ms_error *err)
{
    struct ms_sql sql = {0};
    ms_buffer_printf(&sql.text, "create table shown.asked as select distinct * from (select 0::bigint as txn_id, '' as "
                                "recipient where false");
    if (given(h->s) & BIT(TO))
        ms_conditions_append(&sql, h->s, &h->period, BIT(TO), MS_SEARCH_DELIVERIES, "txn_id, recipient", "true");
    ms_buffer_push(&sql.text, ')');
    return run_sql(h->q, &sql, err);
}

static enum ms_status count(struct ms_query *q, const char *table, const char *what, int64_t *n, struct ms_error *err)
{
    char *sql = ms_sprintf("select count(%s) from shown.%s", what, table);
    enum ms_status st = ms_query_number(q, sql, NULL, 0, n, err);
    free(sql);
    return st;
}

enum ms_status ms_select_mails(struct ms_query *q, const struct ms_selectors *s, struct ms_selection *out,
                               struct ms_error *err)
{
    struct search h = {.q = q, .s = s, .out = out};
    const struct ms_wanted *since = &s->wanted[MS_SEL_SINCE], *until = &s->wanted[MS_SEL_UNTIL];
    *out = (struct ms_selection){0};
    enum ms_status st = run(q, "create schema shown", err);
    if (st == MS_OK)
        st = absolute(q, since, since->begin_us, &h.period.since_us, err);
    if (st == MS_OK)
        st = absolute(q, until, until->end_us, &h.period.until_us, err);
    if (st == MS_OK)
        st = add_terms(&h, err);
    if (st == MS_OK)
        st = match_mails(&h, err);
    if (st == MS_OK)
        st = match_refusals(&h, err);
    if (st == MS_OK)
        st = match_recipients(&h, err);
    if (st == MS_OK)
        st = count(q, "matched", "*", &out->n_mails, err);
    if (st == MS_OK)
        st = count(q, "places", "distinct txn_id", &out->n_messages, err);
    return st == MS_OK ? count(q, "refused", "*", &out->n_refusals, err) : st;
}

/* ---- the rows of the first of them ---- */

static enum ms_status pick(struct ms_query *q, uint64_t limit, struct ms_error *err)
{
    struct ms_sql sql = {0};
    ms_buffer_printf(
        &sql.text,
        "create table shown.picked as select row_number() over (order by time nulls last, place) as mail, mail_id, "
        "place.f as file_id, place.o as line_offset from (select mail_id, min(first_time) as time, "
        "min({f: file_id, o: line_offset}) as place from shown.matched_lives join shown.places using (txn_id) group by "
        "mail_id union all select NULL, time, {f: file_id, o: line_offset} from shown.refused) order by mail");
    if (limit > 0)
        ms_buffer_printf(&sql.text, " limit %llu", (unsigned long long)limit);
    enum ms_status st = run_sql(q, &sql, err);
    if (st == MS_OK)
        st = run(q,
                 "create table shown.lives as select p.mail, l.txn_id from shown.picked p join shown.matched_lives l "
                 "on l.mail_id = p.mail_id",
                 err);
    return st;
}

static const struct {
    const char *name, *select, *column, *from;
    bool whole_story;
} copies[] = {
    {"messages", "select * from messages", "txn_id", "select txn_id from shown.lives", false},
    {"deliveries", "select * from deliveries", "txn_id", "select txn_id from shown.lives", false},
    {"mails", "select * from mails", "txn_id", "select txn_id from shown.lives", false},
    {"rejects", "select * from rejects", "txn_id", "select txn_id from shown.lives", false},
    {"links", "select * from links", "from_txn_id", "select txn_id from shown.lives", false},
    {"links_to", "select * from links", "to_txn_id", "select txn_id from shown.lives", true},
    {"others", "select txn_id, state, n_sent, n_bounced from messages", "txn_id", "select to_txn_id from shown.links",
     true},
    {"events", "select * from events", "txn_id", "select txn_id from shown.lives", true},
    {"verdicts", "select * from verdicts", "txn_id", "select txn_id from shown.lives", true},
    {"sessions", "select * from sessions", "session_id",
     "select session_id from shown.messages union select session_id from shown.rejects", true},
};

/* A refusal is known by its place. Row groups of other places are left out by their statistics. */
static const char refusals[] = "insert into shown.rejects select r.* from rejects r join (select file_id, line_offset "
                               "from shown.picked where mail_id "
                               "is null) p on r.file_id = p.file_id and r.line_offset = p.line_offset";
static const char both_ends[] = "insert into shown.links select * from shown.links_to where from_txn_id is null or "
                                "from_txn_id not in (select txn_id "
                                "from shown.lives)";

enum ms_status ms_select_rows(struct ms_query *q, uint64_t limit, bool whole_story, struct ms_selection *selection,
                              struct ms_error *err)
{
    enum ms_status st = pick(q, limit, err);
    for (size_t i = 0; i < sizeof copies / sizeof *copies && st == MS_OK; i++) {
        if (copies[i].whole_story && !whole_story)
            continue;
        st = look_up(q, copies[i].name, copies[i].select, copies[i].column, copies[i].from, err);
        if (st == MS_OK && strcmp(copies[i].name, "rejects") == 0)
            st = run(q, refusals, err);
    }
    if (st == MS_OK && whole_story)
        st = run(q, both_ends, err);
    return st == MS_OK ? count(q, "picked", "*", &selection->n_shown, err) : st;
}
