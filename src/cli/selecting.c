#include "cli/selecting.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "cli/interrupt.h"

/* ---- nothing matches: what was searched ---- */

struct one_row { /* the fields of a result's only row, as text */
    char *text[4];
};

static enum ms_status keep_row(void *user, const struct ms_span *fields, size_t n, struct ms_error *err)
{
    (void)err;
    struct one_row *row = user;
    for (size_t i = 0; i < n && i < sizeof row->text / sizeof *row->text; i++)
        row->text[i] = fields[i].p != NULL ? ms_sprintf("%.*s", (int)fields[i].n, fields[i].p) : NULL;
    return MS_OK;
}

static enum ms_status read_row(struct ms_query *q, const char *sql, struct one_row *row, struct ms_error *err)
{
    *row = (struct one_row){{NULL}};
    return ms_query_each(q, sql, NULL, 0, keep_row, row, err);
}

static void row_fini(struct one_row *row)
{
    for (size_t i = 0; i < sizeof row->text / sizeof *row->text; i++)
        free(row->text[i]);
}

/* "mx1, mx2, ... and 7 more" of a column of text; NULL if there is none. At most `most` are named. */
#define NAMES(column, from)                                                                                            \
    "array_to_string(list(" column " order by n)[1:8], ', ') || case when count(*) > 8 then ', and ' || "              \
    "(count(*) - 8) || ' more' else '' end from (select " column ", row_number() over (order by " column               \
    ") as n from " from ")"

static enum ms_status say_coverage(struct ms_query *q, const char *dataset, struct ms_error *err)
{
    struct one_row hosts, period;
    enum ms_status st = read_row(
        q, "select count(*), " NAMES("host", "(select distinct host from coverage where host <> '')"), &hosts, err);
    if (st == MS_OK)
        st =
            read_row(q, "select shown_second(min(first_time)), shown_second(max(last_time)), sum(n_lost) from coverage",
                     &period, err);
    else
        period = (struct one_row){{NULL}};
    if (st == MS_OK && hosts.text[1] == NULL)
        ms_say("nothing matches: %s holds no line of any host", dataset);
    else if (st == MS_OK && period.text[0] == NULL)
        ms_say("nothing matches. %s covers %s host%s (%s), at unknown times: the logs name no year (ingest --year)",
               dataset, hosts.text[0], strcmp(hosts.text[0], "1") == 0 ? "" : "s", hosts.text[1]);
    else if (st == MS_OK)
        ms_say("nothing matches. %s covers %s host%s (%s) from %s to %s", dataset, hosts.text[0],
               strcmp(hosts.text[0], "1") == 0 ? "" : "s", hosts.text[1], period.text[0], period.text[1]);
    if (st == MS_OK && period.text[2] != NULL && strcmp(period.text[2], "0") != 0)
        ms_say("syslog says that it lost %s lines of it", period.text[2]);
    row_fini(&hosts);
    row_fini(&period);
    return st;
}

/* Hours in which a host may have said what is looked for, had it been logged. */
static enum ms_status say_gaps(struct ms_query *q, struct ms_error *err)
{
    struct one_row longest;
    enum ms_status st = read_row(q,
                                 "select host, shown_second(from_time), shown_second(until_time), count(*) over () "
                                 "from gaps order by duration desc, host, from_time limit 1",
                                 &longest, err);
    if (st == MS_OK && longest.text[0] != NULL)
        ms_say("%s time%s a host has no line for an hour or more, at the longest %s from %s to %s (info lists them)",
               longest.text[3], strcmp(longest.text[3], "1") == 0 ? "" : "s", longest.text[0], longest.text[1],
               longest.text[2]);
    row_fini(&longest);
    return st;
}

static enum ms_status say_files(struct ms_query *q, struct ms_error *err)
{
    struct one_row files, bad;
    enum ms_status st = read_row(q,
                                 "select count(*), count(*) filter (status <> 'ok'), count(*) filter (n_lines > 0 and "
                                 "first_time is null) from files",
                                 &files, err);
    if (st != MS_OK)
        return st;
    st = read_row(
        q, "select " NAMES("path", "(select path || ' (' || status || ')' as path from files where status <> 'ok')"),
        &bad, err);
    if (st == MS_OK && strcmp(files.text[0], "0") != 0 && strcmp(files.text[1], "0") == 0)
        ms_say("its input was complete: all files (%s) were read to their end", files.text[0]);
    else if (st == MS_OK && strcmp(files.text[1], "0") != 0)
        ms_say("its input was incomplete: %s of %s files could not be read to their end: %s", files.text[1],
               files.text[0], bad.text[0]);
    if (st == MS_OK && strcmp(files.text[2], "0") != 0)
        ms_say("the times of %s of the files are unknown, as they name no year (ingest --year)", files.text[2]);
    row_fini(&files);
    row_fini(&bad);
    return st;
}

static void append_names(struct ms_buffer *text, unsigned selectors)
{
    const char *between = "";
    for (unsigned i = 0; i < MS_N_SELECTORS; i++)
        if (selectors >> i & 1) {
            ms_buffer_printf(text, "%s--%s", between, ms_selector_names[i]);
            between = " ";
        }
}

/* Which selector it was. */
static void say_terms(const struct ms_selection *selection)
{
    struct ms_buffer text = {0};
    if (selection->n_terms < 2)
        return;
    for (size_t i = 0; i < selection->n_terms; i++) {
        ms_buffer_printf(&text, i > 0 ? "; " : "");
        append_names(&text, selection->terms[i].selectors);
        ms_buffer_printf(&text, ": %" PRId64, selection->terms[i].n_mails);
    }
    ms_say("mails that match each on its own: %.*s", (int)text.size_bytes, text.data);
    ms_buffer_fini(&text);
}

#define ON_HOST "where lower(host) = $1 or starts_with(lower(host), $1 || '.')"

/* A host that is not there, or one whose mail program is not understood, is the likeliest reason. */
static enum ms_status say_unknown_host(struct ms_query *q, const struct ms_args *args, struct ms_error *err)
{
    static const char lines[] = "select count(*) from coverage " ON_HOST;
    static const char mails[] =
        "select count(*) from (select host from messages union all select host from rejects) " ON_HOST;
    const struct ms_wanted *host = &args->selectors.wanted[MS_SEL_HOST];
    const struct ms_value value = {.kind = MS_VALUE_TEXT, .text = ms_span_str(host->text != NULL ? host->text : "")};
    int64_t n_lines = 0, n_mails = 0;
    if (host->match == MS_MATCH_NONE)
        return MS_OK;
    enum ms_status st = ms_query_number(q, lines, &value, 1, &n_lines, err);
    if (st == MS_OK)
        st = ms_query_number(q, mails, &value, 1, &n_mails, err);
    if (st == MS_OK && n_lines == 0)
        ms_say("it has no line of a host %s", host->given);
    else if (st == MS_OK && n_mails == 0)
        ms_say("it has lines of the host %s, but none that is understood as part of a mail", host->given);
    return st;
}

/* Words are few and easy to miss: all that occur are named. */
static enum ms_status say_unknown_reason(struct ms_query *q, const struct ms_args *args, struct ms_error *err)
{
#define REASONS                                                                                                        \
    "(select distinct reason from deliveries union select distinct reason from rejects) where reason is not null"
    const struct ms_wanted *reason = &args->selectors.wanted[MS_SEL_REASON];
    const struct ms_value value = {.kind = MS_VALUE_TEXT,
                                   .text = ms_span_str(reason->text != NULL ? reason->text : "")};
    int64_t n = 0;
    struct one_row known;
    if (reason->match == MS_MATCH_NONE)
        return MS_OK;
    enum ms_status st = ms_query_number(q, "select count(*) from " REASONS " and reason = $1", &value, 1, &n, err);
    if (st != MS_OK || n > 0)
        return st;
    st = read_row(q, "select string_agg(reason, ', ' order by reason) from " REASONS, &known, err);
    if (st == MS_OK)
        ms_say("it has no reply of class %s; those that it has: %s", reason->given,
               known.text[0] != NULL ? known.text[0] : "none");
    row_fini(&known);
    return st;
#undef REASONS
}

static enum ms_status say_nothing_matches(struct ms_query *q, const struct ms_args *args,
                                          const struct ms_selection *selection, struct ms_error *err)
{
    enum ms_status st = say_coverage(q, args->operands[0], err);
    if (st == MS_OK)
        st = say_gaps(q, err);
    if (st == MS_OK)
        st = say_unknown_host(q, args, err);
    if (st == MS_OK)
        st = say_unknown_reason(q, args, err);
    if (st == MS_OK)
        st = say_files(q, err);
    if (st == MS_OK)
        say_terms(selection);
    return st;
}

/* ---- something does ---- */

static void with_commas(int64_t n, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRId64, n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

static void say_rest(const struct ms_selection *selection)
{
    char more[32];
    int64_t rest = selection->n_mails + selection->n_refusals - selection->n_shown;
    fflush(stdout); /* both may be one pipe */
    with_commas(rest, more);
    if (rest > 0)
        ms_say("... and %s more; --limit N shows more of them, --limit 0 all", more);
}

static enum ms_status print_counts(const struct ms_args *args, struct ms_query *q, const struct ms_selection *s,
                                   struct ms_error *err)
{
    char *sql = ms_sprintf("select %" PRId64 " as mails, %" PRId64 " as messages, %" PRId64 " as refusals", s->n_mails,
                           s->n_messages, s->n_refusals);
    enum ms_status st = ms_query_run(q, sql, args->format, stdout, NULL, err);
    free(sql);
    return st;
}

static enum ms_status show(const struct ms_args *args, const struct ms_showing *showing, struct ms_query *q,
                           struct ms_error *err)
{
    struct ms_selection selection;
    enum ms_status st = ms_select_zone(q, args->display_zone, err);
    if (st == MS_OK)
        st = ms_select_mails(q, &args->selectors, &selection, err);
    if (st == MS_OK && args->count)
        st = print_counts(args, q, &selection, err);
    if (st == MS_OK && selection.n_mails + selection.n_refusals == 0) {
        st = say_nothing_matches(q, args, &selection, err);
        return st == MS_OK ? MS_END : st;
    }
    if (st != MS_OK || args->count)
        return st;
    st = ms_select_rows(q, args->has_limit ? args->limit : showing->limit, showing->whole_story, &selection, err);
    if (st == MS_OK)
        st = showing->show(args, q, err);
    if (st == MS_OK)
        say_rest(&selection);
    return st;
}

enum ms_status ms_selecting(const struct ms_args *args, const struct ms_showing *showing, struct ms_error *err)
{
    struct ms_query *query = NULL;
    ms_interrupt_block();
    enum ms_status st = ms_query_open(&query, args->operands[0], err);
    if (st == MS_OK) {
        ms_interrupt_begin(query);
        st = show(args, showing, query, err);
        ms_interrupt_end();
    }
    ms_query_close(query);
    return st;
}
