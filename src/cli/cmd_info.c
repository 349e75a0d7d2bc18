#include <stdlib.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/interrupt.h"

struct section {
    const char *name;  /* key `section` in NDJSON and CSV */
    const char *title; /* above the table */
    const char *sql;
};

/* Every figure is counted from the rows or files of the dataset, none is taken from what ingest said. */
static const struct section sections[] = {
    {"dataset", "Dataset",
     "select count(*) as files, coalesce(sum(size_bytes), 0)::BIGINT as stored_bytes, "
     "coalesce(sum(text_bytes), 0)::BIGINT as text_bytes, coalesce(sum(n_lines), 0)::BIGINT as lines, min(first_time) "
     "as first_time, max(last_time) as last_time from files"},
    {"hosts", "Hosts",
     "select host, sum(n_lines)::BIGINT as lines, min(first_time) as first_time, max(last_time) as last_time, "
     "sum(n_lost)::BIGINT as lines_lost from coverage group by host order by host"},
    {"gaps", "Gaps of an hour and more, the longest of each host",
     "select host, from_time, until_time, duration, of_so_many from (select *, count(*) over (partition by host) as "
     "of_so_many, row_number() over (partition by host order by duration desc, from_time) as rank from gaps) "
     "where rank <= 5 order by host, rank"},
    {"lines", "Lines by outcome",
     "with total as (select sum(n_lines) as all_lines, sum(n_lines_message) as message, sum(n_lines_session) as "
     "session, "
     "sum(n_lines_reject) as reject, sum(n_lines_login) as login, sum(n_lines_verdict) as verdict, sum(n_lines_event) "
     "as event, "
     "sum(n_lines_unparsed) as unparsed, sum(n_lines_duplicate) as duplicate, sum(n_lines_pending) as pending from "
     "files), "
     "by_outcome as (unpivot total on message, session, reject, login, verdict, event, unparsed, duplicate, pending "
     "into name outcome value lines) "
     "select outcome, lines::BIGINT as lines, round(100.0 * lines / nullif(all_lines, 0), 2) as percent from "
     "by_outcome "
     "union all select 'all', all_lines::BIGINT, 100.0 from total where all_lines > 0"},
    {"tables", "Rows",
     "select 'messages' as \"table\", count(*) as n_rows from messages union all select 'deliveries', count(*) from "
     "deliveries "
     "union all select 'sessions', count(*) from sessions union all select 'rejects', count(*) from rejects "
     "union all select 'logins', count(*) from logins union all select 'verdicts', count(*) from verdicts "
     "union all select 'events', count(*) from events union all select 'links', count(*) from links "
     "union all select 'mails', count(*) from mails "
     "union all select 'coverage', count(*) from coverage union all select 'hosts', count(*) from hosts union all "
     "select 'files', count(*) from files "
     "union all select 'unparsed', count(*) from unparsed"},
    {"messages", "Messages by state",
     "select state, count(*) as messages from messages group by state order by messages desc, state"},
    {"deliveries", "Deliveries by status",
     "select status, count(*) as deliveries from deliveries group by status order by deliveries desc, status"},
    {"rejects", "Rejects by action",
     "select action, count(*) as rejects from rejects group by action order by rejects desc, action"},
    {"unparsed", "Unparsed lines by reason",
     "select reason, count(*) as lines from unparsed group by reason order by lines desc, reason"},
    {"years", "Where the year comes from",
     "select year_anchor, zone, count(*) as files from files group by all order by files desc, year_anchor, zone"},
    {"problems", "Files with problems", "select path, status, error from files where status <> 'ok' order by file_id"},
};

/* DESIGN 1: each line has exactly one outcome. */
static const struct section mismatches = {
    "mismatches", "Files whose lines do not add up",
    "select path, n_lines, n_lines_message + n_lines_session + n_lines_reject + n_lines_login + n_lines_verdict + "
    "n_lines_event + n_lines_unparsed + n_lines_duplicate + n_lines_pending as n_lines_accounted from files "
    "where n_lines <> n_lines_accounted order by file_id"};

static enum ms_status run_labelled(struct ms_query *query, const struct section *s, enum ms_format format, FILE *out,
                                   uint64_t *n_rows, struct ms_error *err)
{
    char *sql = ms_sprintf("select '%s' as section, * from (%s)", s->name, s->sql);
    enum ms_status st = ms_query_run(query, sql, format, out, n_rows, err);
    free(sql);
    return st;
}

/* In memory first, so that an empty section is one word instead of a table's head. The results are short. */
static enum ms_status run_titled(struct ms_query *query, const struct section *s, FILE *out, uint64_t *n_rows,
                                 struct ms_error *err)
{
    char *text = NULL;
    size_t n_bytes = 0;
    FILE *memory = open_memstream(&text, &n_bytes);
    if (memory == NULL)
        return ms_fail(err, MS_ERR_IO, "no memory for a result");
    enum ms_status st = ms_query_run(query, s->sql, MS_FORMAT_TABLE, memory, n_rows, err);
    fclose(memory);
    if (st == MS_OK)
        fprintf(out, "%s\n%s\n", s->title, *n_rows > 0 ? text : "none\n");
    free(text);
    return st;
}

static enum ms_status run_section(struct ms_query *query, const struct section *s, const struct ms_args *args,
                                  uint64_t *n_rows, struct ms_error *err)
{
    if (args->format == MS_FORMAT_TABLE)
        return run_titled(query, s, stdout, n_rows, err);
    return run_labelled(query, s, args->format, stdout, n_rows, err);
}

static enum ms_status run_sections(struct ms_query *query, const struct ms_args *args, struct ms_error *err)
{
    uint64_t n_rows = 0;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (i > 0 && args->format == MS_FORMAT_CSV)
            putchar('\n');
        enum ms_status st = run_section(query, &sections[i], args, &n_rows, err);
        if (st != MS_OK)
            return st;
    }
    if (args->format == MS_FORMAT_CSV)
        putchar('\n');
    enum ms_status st = run_section(query, &mismatches, args, &n_rows, err);
    if (st == MS_OK && n_rows > 0)
        return ms_fail(err, MS_ERR_FORMAT, "%s: the lines of %llu files do not add up: this dataset cannot be trusted",
                       args->operands[0], (unsigned long long)n_rows);
    return st;
}

enum ms_status ms_cmd_info(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    (void)incomplete;
    struct ms_query *query = NULL;
    ms_interrupt_block();
    enum ms_status st = ms_query_open(&query, args->operands[0], err);
    if (st == MS_OK) {
        ms_interrupt_begin(query);
        st = run_sections(query, args, err);
        ms_interrupt_end();
    }
    ms_query_close(query);
    return st;
}
