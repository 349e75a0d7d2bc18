/* Does each row's place still hold the line that it cites? The line is parsed again, and must say what the row says. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/verify.h"
#include "cli/years.h"
#include "parse/parse.h"
#include "parse/stamp.h"
#include "query/cited.h"
#include "query/parts.h"

enum { SAMPLE_LINES = 20000 };

#define ZONE_STEP_US (INT64_C(900) * 1000000)       /* zones differ by quarters of an hour */
#define ZONE_MOST_US (INT64_C(15) * 3600 * 1000000) /* the farthest of them, and what DST adds */

struct checking {
    struct ms_verify *v;
    struct ms_names *names;
    struct ms_parser *parser;
    const struct ms_verified_file **by_source; /* NULL: a member that the dataset does not know */
    struct ms_buffer repaired;
    /* the line that was read last */
    uint32_t source;
    uint64_t offset;
    bool has_line, is_known;
    struct ms_span line;
    struct ms_event event;
};

/* ---- what the line must say ---- */

static bool is_a_zone_apart(int64_t time_us, int64_t local_us)
{
    int64_t apart = llabs(time_us - local_us);
    return apart <= ZONE_MOST_US && apart % ZONE_STEP_US == 0;
}

/* A stamp without a year or zone is taken for the time of the row if some year and zone make it that; which zone, `files` says. */
static bool may_be_time(const struct ms_event *e, int64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    if (e->stamp_us == MS_NONE)
        return false;
    if (e->has_year == MS_STAMP_LOCAL)
        return is_a_zone_apart(time_us, e->stamp_us);
    if (e->has_year == MS_STAMP_WHOLE || gmtime_r(&seconds, &tm) == NULL)
        return e->stamp_us == time_us;
    for (int year = tm.tm_year + 1899; year <= tm.tm_year + 1901; year++) {
        int64_t t;
        (void)ms_years_move(e->stamp_us, year, &t);
        if (is_a_zone_apart(time_us, t))
            return true;
    }
    return false;
}

static struct ms_span repair(struct checking *c, struct ms_span raw)
{
    c->repaired.size_bytes = 0;
    ms_buffer_reserve(&c->repaired, ms_text_repair(raw, NULL));
    c->repaired.size_bytes = ms_text_repair(raw, c->repaired.data);
    return ms_span_of(c->repaired.data, c->repaired.size_bytes);
}

static bool is_beginning(struct ms_span text, struct ms_span of)
{
    return text.n <= of.n && (text.n == 0 || memcmp(text.p, of.p, text.n) == 0);
}

/* Empty: the line has none, nor has its row then. */
static struct ms_span host_of(const struct checking *c, const struct ms_event *e)
{
    return e->host_id == MS_NO_NAME ? MS_SPAN_LIT("")
                                    : ms_names_host(c->names, ms_names_one_host(c->names, e->host_id));
}

/* The row of a line that stands for others: it has the text of one of them, or of the line itself. */
static bool is_summary_of(struct checking *c, const struct ms_event *e, struct ms_span text)
{
    return e->repeats > 0 && is_beginning(text, repair(c, e->repeat_by));
}

/* NULL: the line says all that the row says. */
static const char *difference(struct checking *c, const struct ms_span *f)
{
    const struct ms_event *e = &c->event;
    bool is_of_other = e->repeats > 0 && e->text.p == e->repeat_by.p; /* of the line before, which is not looked for */
    if (f[MS_CITED_HOST].p != NULL && !ms_span_eq(repair(c, host_of(c, e)), f[MS_CITED_HOST]))
        return "another host";
    if (f[MS_CITED_TIME_US].p != NULL && !may_be_time(e, ms_field_number(f[MS_CITED_TIME_US])))
        return "another time";
    if (is_of_other)
        return NULL;
    if (f[MS_CITED_PROGRAM].p != NULL &&
        (e->tag_id == MS_NO_NAME ||
         !ms_span_eq(repair(c, ms_names_tag(c->names, e->tag_id)->tag), f[MS_CITED_PROGRAM])))
        return "another program";
    if (f[MS_CITED_PID].p != NULL && e->pid != ms_field_number(f[MS_CITED_PID]))
        return "another process";
    if (f[MS_CITED_WORD].p != NULL && !ms_span_eq(e->queue_id, f[MS_CITED_WORD]) &&
        !ms_line_holds_word(c->line, f[MS_CITED_WORD]))
        return "another queue ID";
    struct ms_span text = e->role == MS_ROLE_UNPARSED ? c->line : e->text;
    if (f[MS_CITED_TEXT].p != NULL && !is_beginning(f[MS_CITED_TEXT], repair(c, text)) &&
        !is_summary_of(c, e, f[MS_CITED_TEXT]))
        return "another text";
    return NULL;
}

/* ---- the lines ---- */

static enum ms_status read_line(struct checking *c, uint32_t source, uint64_t offset, struct ms_error *err)
{
    if (c->is_known && c->source == source && c->offset == offset)
        return MS_OK;
    enum ms_status st = ms_reread_line(&c->v->reread, source, offset, &c->line, err);
    if (st != MS_OK && st != MS_END)
        return st;
    c->is_known = true;
    c->source = source;
    c->offset = offset;
    c->has_line = st == MS_OK;
    if (c->has_line)
        ms_parse_line(c->parser, c->line, offset, &c->event);
    return MS_OK;
}

static enum ms_status check_row(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    struct checking *c = user;
    uint32_t source = (uint32_t)ms_field_number(f[MS_CITED_PLACE]);
    int64_t offset = ms_field_number(f[MS_CITED_OFFSET]);
    MS_ASSERT(n == MS_CITED_N_COLUMNS);
    if (*ms_interrupt_flag())
        return ms_fail(err, MS_ERR_CANCELLED, "interrupted");
    enum ms_status st = read_line(c, source, (uint64_t)offset, err);
    if (st != MS_OK)
        return st;
    c->v->n_rows++;
    const char *other = c->has_line ? difference(c, f) : NULL;
    struct ms_span path = ms_span_str(c->by_source[source]->path);
    if (!c->has_line)
        ms_verify_found(c->v, false, "row", path, f[MS_CITED_TABLE], offset, "no line begins there");
    else if (other != NULL)
        ms_verify_found(c->v, false, "row", path, f[MS_CITED_TABLE], offset, "the line there tells %s", other);
    return MS_OK;
}

/* ---- before ---- */

static enum ms_status add_alias(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    (void)!ms_names_set_alias(user, f[1], f[0]); /* no room: then its lines are said to be of another host */
    return MS_OK;
}

static enum ms_status take_host(void *user, const struct ms_span *f, size_t n, struct ms_error *err)
{
    (void)n, (void)err;
    char **host = user;
    *host = f[0].p != NULL ? ms_sprintf("%.*s", (int)f[0].n, f[0].p) : NULL;
    return MS_OK;
}

struct placing {
    const struct ms_verify *v;
    size_t at;
};

static enum ms_status next_place(void *user, struct ms_value *row, struct ms_error *err)
{
    (void)err;
    struct placing *p = user;
    while (p->at < p->v->n_files && !p->v->files[p->at].is_there)
        p->at++;
    if (p->at == p->v->n_files)
        return MS_END;
    row[0] = (struct ms_value){.kind = MS_VALUE_INT, .number = p->v->files[p->at].file_id};
    row[1] = (struct ms_value){.kind = MS_VALUE_INT, .number = p->v->files[p->at].source};
    p->at++;
    return MS_OK;
}

static enum ms_status tell_places(struct ms_verify *v, struct ms_error *err)
{
    struct placing p = {v, 0};
    enum ms_status st = ms_query_each(v->query, "create schema if not exists shown", NULL, 0, NULL, NULL, err);
    if (st == MS_OK)
        st = ms_query_each(v->query, "create table shown.sources(file_id bigint, place bigint)", NULL, 0, NULL, NULL,
                           err);
    return st == MS_OK ? ms_query_fill(v->query, "shown", "sources", 2, next_place, &p, err) : st;
}

static enum ms_status make_parser(struct checking *c, struct ms_error *err)
{
    struct ms_query *q = c->v->query;
    char *host = NULL;
    enum ms_status st = ms_query_each(q, "select host, alias from hosts", NULL, 0, add_alias, c->names, err);
    if (st == MS_OK)
        st = ms_parts_host_option(q, take_host, &host, err);
    if (st == MS_OK)
        st = ms_parser_create(&c->parser, c->names, NULL, host, err);
    free(host);
    return st;
}

/* One of so many lines. */
static enum ms_status divisor_of(struct ms_verify *v, int64_t *divisor, struct ms_error *err)
{
    int64_t n_lines = 0;
    enum ms_status st =
        ms_query_number(v->query, "select coalesce(sum(n_lines), 0)::BIGINT from files", NULL, 0, &n_lines, err);
    *divisor = v->args->all || n_lines <= SAMPLE_LINES ? 1 : n_lines / SAMPLE_LINES;
    return st;
}

enum ms_status ms_verify_rows(struct ms_verify *v, struct ms_error *err)
{
    struct checking c = {.v = v, .names = ms_names_create()};
    struct ms_value divisor = {.kind = MS_VALUE_INT};
    size_t n = v->reread.in != NULL ? ms_input_n_sources(v->reread.in) : 0;
    c.by_source = ms_calloc(n + 1, sizeof *c.by_source);
    for (size_t i = 0; i < v->n_files; i++)
        if (v->files[i].is_there)
            c.by_source[v->files[i].source] = &v->files[i];
    enum ms_status st = tell_places(v, err);
    if (st == MS_OK)
        st = make_parser(&c, err);
    if (st == MS_OK)
        st = divisor_of(v, &divisor.number, err);
    v->is_sample = divisor.number > 1;
    if (st == MS_OK)
        st = ms_query_each(v->query, ms_cited_rows, &divisor, 1, check_row, &c, err);
    ms_parser_destroy(c.parser);
    ms_names_destroy(c.names);
    ms_buffer_fini(&c.repaired);
    free(c.by_source);
    return st;
}
