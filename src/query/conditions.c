#include "query/conditions.h"

#include <stdlib.h>

/* A `?` is the text of the selector, or its time. Two conditions are two ways in which it can hold. */
struct condition {
    enum ms_selector which;
    enum ms_match match;
    enum ms_searched table;
    const char *ways[2];
};

/* Any name that it has in the logs (table hosts); and mx1 is also the host that calls itself mx1.example.net. */
#define ON_HOST                                                                                                        \
    "(lower(host) = ? or starts_with(lower(host), ? || '.') or host in (select host from hosts where lower(alias) = "  \
    "?))"

/* clang-format off */
static const struct condition conditions[] = {
    {MS_SEL_FROM, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"sender_key = ?"}},
    {MS_SEL_FROM, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"sender_key = ?"}},
    {MS_SEL_FROM, MS_MATCH_DOMAIN, MS_SEARCH_MESSAGES, {"sender_domain = ?"}},
    {MS_SEL_FROM, MS_MATCH_DOMAIN, MS_SEARCH_REJECTS, {"ends_with(sender_key, '@' || ?)"}},
    {MS_SEL_FROM, MS_MATCH_REGEX, MS_SEARCH_MESSAGES, {"regexp_matches(sender_key, ?, 'i')"}},
    {MS_SEL_FROM, MS_MATCH_REGEX, MS_SEARCH_REJECTS, {"regexp_matches(sender_key, ?, 'i')"}},

    {MS_SEL_TO, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"recipient_key = ?", "orig_recipient_key = ?"}},
    {MS_SEL_TO, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"recipient_key = ?"}},
    {MS_SEL_TO, MS_MATCH_DOMAIN, MS_SEARCH_DELIVERIES, {"recipient_domain = ?", "ends_with(orig_recipient_key, '@' || ?)"}},
    {MS_SEL_TO, MS_MATCH_DOMAIN, MS_SEARCH_REJECTS, {"ends_with(recipient_key, '@' || ?)"}},
    {MS_SEL_TO, MS_MATCH_REGEX, MS_SEARCH_DELIVERIES, {"regexp_matches(recipient_key, ?, 'i')", "regexp_matches(orig_recipient_key, ?, 'i')"}},
    {MS_SEL_TO, MS_MATCH_REGEX, MS_SEARCH_REJECTS, {"regexp_matches(recipient_key, ?, 'i')"}},

    {MS_SEL_DOMAIN, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"sender_domain = ?"}},
    {MS_SEL_DOMAIN, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"recipient_domain = ?", "ends_with(orig_recipient_key, '@' || ?)"}},
    {MS_SEL_DOMAIN, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"ends_with(sender_key, '@' || ?)", "ends_with(recipient_key, '@' || ?)"}},

    {MS_SEL_CLIENT, MS_MATCH_ADDRESS, MS_SEARCH_MESSAGES, {"client_ip = ?", "orig_client_ip = ?"}},
    {MS_SEL_CLIENT, MS_MATCH_ADDRESS, MS_SEARCH_REJECTS, {"client_ip = ?"}},
    {MS_SEL_CLIENT, MS_MATCH_NETWORK, MS_SEARCH_MESSAGES, {"in_network(client_ip, ?)", "in_network(orig_client_ip, ?)"}},
    {MS_SEL_CLIENT, MS_MATCH_NETWORK, MS_SEARCH_REJECTS, {"in_network(client_ip, ?)"}},
    {MS_SEL_CLIENT, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"lower(client_name) = ?", "lower(orig_client_name) = ?"}},
    {MS_SEL_CLIENT, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"lower(client_name) = ?"}},
    {MS_SEL_CLIENT, MS_MATCH_REGEX, MS_SEARCH_MESSAGES, {"regexp_matches(client_name, ?, 'i')", "regexp_matches(orig_client_name, ?, 'i')"}},
    {MS_SEL_CLIENT, MS_MATCH_REGEX, MS_SEARCH_REJECTS, {"regexp_matches(client_name, ?, 'i')"}},

    {MS_SEL_RELAY, MS_MATCH_ADDRESS, MS_SEARCH_DELIVERIES, {"relay_ip = ?"}},
    {MS_SEL_RELAY, MS_MATCH_NETWORK, MS_SEARCH_DELIVERIES, {"in_network(relay_ip, ?)"}},
    {MS_SEL_RELAY, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"lower(relay_host) = ?"}},
    {MS_SEL_RELAY, MS_MATCH_REGEX, MS_SEARCH_DELIVERIES, {"regexp_matches(relay_host, ?, 'i')"}},

    {MS_SEL_MESSAGE_ID, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"message_id = ?"}},
    {MS_SEL_QUEUE_ID, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"queue_id = ?"}},
    {MS_SEL_QUEUE_ID, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"next_queue_id = ?"}}, /* at a next hop whose logs are not here */
    {MS_SEL_USER, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"sasl_username = ?"}},
    {MS_SEL_USER, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"sasl_username = ?"}},
    {MS_SEL_SUBJECT, MS_MATCH_PART, MS_SEARCH_MESSAGES, {"contains(lower(coalesce(subject_decoded, subject)), lower(?))"}},
    {MS_SEL_SUBJECT, MS_MATCH_REGEX, MS_SEARCH_MESSAGES, {"regexp_matches(coalesce(subject_decoded, subject), ?, 'i')"}},

    {MS_SEL_STATUS, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"status = ?"}},
    {MS_SEL_STATUS, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {"state = ?", "state in ('open', 'held') and ? = 'queued'"}},
    {MS_SEL_STATUS, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"ends_with(action, 'reject') and ? in ('rejected', 'refused')"}},
    {MS_SEL_REASON, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {"reason = ?"}},
    {MS_SEL_REASON, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {"reason = ?"}},

    {MS_SEL_HOST, MS_MATCH_EXACT, MS_SEARCH_MESSAGES, {ON_HOST}},
    {MS_SEL_HOST, MS_MATCH_EXACT, MS_SEARCH_DELIVERIES, {ON_HOST}},
    {MS_SEL_HOST, MS_MATCH_EXACT, MS_SEARCH_REJECTS, {ON_HOST}},
    {MS_SEL_SINCE, MS_MATCH_TIME, MS_SEARCH_MESSAGES, {"last_time >= ?"}},
    {MS_SEL_SINCE, MS_MATCH_TIME, MS_SEARCH_DELIVERIES, {"time >= ?"}},
    {MS_SEL_SINCE, MS_MATCH_TIME, MS_SEARCH_REJECTS, {"time >= ?"}},
    {MS_SEL_UNTIL, MS_MATCH_TIME, MS_SEARCH_MESSAGES, {"first_time < ?"}},
    {MS_SEL_UNTIL, MS_MATCH_TIME, MS_SEARCH_DELIVERIES, {"time < ?"}},
    {MS_SEL_UNTIL, MS_MATCH_TIME, MS_SEARCH_REJECTS, {"time < ?"}},
};
/* clang-format on */

static const char *const tables[] = {
    [MS_SEARCH_MESSAGES] = "messages", [MS_SEARCH_DELIVERIES] = "deliveries", [MS_SEARCH_REJECTS] = "rejects"};

/* Where a status of this word occurs, if it does in this table. */
static const unsigned status_bits[] = {
    [MS_SEARCH_MESSAGES] = MS_IN_STATE, [MS_SEARCH_DELIVERIES] = MS_IN_ATTEMPT, [MS_SEARCH_REJECTS] = MS_IN_REFUSAL};

static const struct condition *condition_of(const struct ms_wanted *w, enum ms_selector which, enum ms_searched table)
{
    if (which == MS_SEL_STATUS && (w->where & status_bits[table]) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].which == which && conditions[i].match == w->match && conditions[i].table == table)
            return &conditions[i];
    return NULL;
}

bool ms_conditions_apply(const struct ms_selectors *s, unsigned set, enum ms_searched table)
{
    for (enum ms_selector i = 0; i < MS_N_SELECTORS; i++)
        if ((set >> i & 1) != 0 && condition_of(&s->wanted[i], i, table) == NULL)
            return false;
    return true;
}

static void append_value(struct ms_sql *sql, struct ms_value value)
{
    sql->values = ms_grow(sql->values, &sql->cap_values, sql->n_values + 1, sizeof *sql->values);
    sql->values[sql->n_values++] = value;
    ms_buffer_printf(&sql->text, "$%zu", sql->n_values);
}

static struct ms_value value_of(const struct ms_wanted *w, enum ms_selector which, const struct ms_period *period)
{
    if (w->match != MS_MATCH_TIME)
        return (struct ms_value){.kind = MS_VALUE_TEXT, .text = ms_span_str(w->text)};
    return (struct ms_value){.kind = MS_VALUE_TIME,
                             .number = which == MS_SEL_SINCE ? period->since_us : period->until_us};
}

static void append_condition(struct ms_sql *sql, const char *way, struct ms_value value)
{
    for (; *way != '\0'; way++)
        if (*way == '?')
            append_value(sql, value);
        else
            ms_buffer_push(&sql->text, *way);
}

/* The way of each selector: a number with one bit for each. False if a selector of the set has no such way. */
static bool ways_exist(const struct condition *const found[MS_N_SELECTORS], unsigned ways)
{
    for (size_t i = 0; i < MS_N_SELECTORS; i++)
        if ((ways >> i & 1) != 0 && (found[i] == NULL || found[i]->ways[1] == NULL))
            return false;
    return true;
}

void ms_conditions_append(struct ms_sql *sql, const struct ms_selectors *s, const struct ms_period *period,
                          unsigned set, enum ms_searched table, const char *columns, const char *extra)
{
    const struct condition *found[MS_N_SELECTORS] = {NULL};
    for (enum ms_selector i = 0; i < MS_N_SELECTORS; i++)
        if ((set >> i & 1) != 0)
            found[i] = condition_of(&s->wanted[i], i, table);
    for (unsigned ways = 0; ways < 1u << MS_N_SELECTORS; ways++) {
        if (!ways_exist(found, ways))
            continue;
        ms_buffer_printf(&sql->text, " union all select %s from %s where %s", columns, tables[table], extra);
        for (enum ms_selector i = 0; i < MS_N_SELECTORS; i++) {
            if (found[i] == NULL)
                continue;
            ms_buffer_printf(&sql->text, " and ");
            append_condition(sql, found[i]->ways[ways >> i & 1], value_of(&s->wanted[i], i, period));
        }
    }
}

void ms_sql_fini(struct ms_sql *sql)
{
    ms_buffer_fini(&sql->text);
    free(sql->values);
    *sql = (struct ms_sql){0};
}
