/* Any bytes as a segment: every line once and in order, the same with and without memos, and printable as JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "parse/envelope.h"
#include "parse/parse.h"

struct fuzz_run {
    struct ms_names *names;
    struct ms_parser *twin;
    struct ms_span text;
    uint32_t at;
    FILE *sink;
};

static void check_event(void *user, const struct ms_event *e)
{
    struct fuzz_run *run = user;
    const char *from = run->text.p + run->at, *lf = memchr(from, '\n', run->text.n - run->at);
    struct ms_span line = ms_span_of(from, lf ? (size_t)(lf - from) : run->text.n - run->at);
    struct ms_event twin;
    ms_parse_line(run->twin, line, run->at, &twin);
    MS_ASSERT(e->line.p == from && e->offset == run->at);
    MS_ASSERT(e->stamp_us == twin.stamp_us && e->has_year == twin.has_year && e->pid == twin.pid);
    MS_ASSERT(e->host_id == twin.host_id && e->tag_id == twin.tag_id && e->reason == twin.reason);
    MS_ASSERT(e->role == twin.role && e->kind == twin.kind && e->text.p == twin.text.p && e->text.n == twin.text.n);
    MS_ASSERT(e->text.p >= e->line.p && e->text.p + e->text.n == e->line.p + e->line.n);
    MS_ASSERT((e->role == MS_ROLE_UNPARSED) == (e->reason != NULL));
    ms_event_print_json(run->sink, e, run->names, "fuzz", e->stamp_us);
    run->at += line.n + (lf != NULL);
}

static struct ms_names *names;
static struct ms_parser *parser, *twin;

/* Kept from input to input for speed, until the inputs have left many names. */
static void renew(void)
{
    if (names != NULL && ms_names_n_hosts(names) + ms_names_n_tags(names) < 1000)
        return;
    ms_parser_destroy(parser);
    ms_parser_destroy(twin);
    ms_names_destroy(names);
    names = ms_names_create();
    MS_ASSERT(ms_parser_create(&parser, names, NULL, NULL, NULL) == MS_OK);
    MS_ASSERT(ms_parser_create(&twin, names, NULL, NULL, NULL) == MS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *sink;
    if (sink == NULL)
        sink = fopen("/dev/null", "w");
    MS_ASSERT(sink != NULL);
    renew();
    struct fuzz_run run = {.names = names, .twin = twin, .sink = sink};
    char *room = malloc(size + 128); /* a segment has 64 readable bytes around it */
    MS_ASSERT(room != NULL);
    memset(room, '0', size + 128);
    if (size)
        memcpy(room + 64, data, size);
    run.text = ms_span_of(room + 64, size);
    struct ms_segment seg = {.text = run.text};
    MS_ASSERT(ms_parse_segment(parser, &seg, check_event, &run, NULL) == MS_OK);
    MS_ASSERT(run.at == run.text.n);
    free(room);
    return 0;
}
