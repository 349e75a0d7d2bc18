/* Any text as a line of any Postfix daemon (the first byte chooses): parsed without a bad read, every field
 * inside the line, every printed span readable, and the same reading twice. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "parse/dialect.h"
#include "parse/kinds.h"
#include "support/event_facts.h"

static const struct {
    const char *program;
    uint8_t daemon;
} daemons[] = {
    {"smtpd", MS_D_SMTPD},
    {"cleanup", MS_D_CLEANUP},
    {"qmgr", MS_D_QMGR},
    {"smtp", MS_D_SMTP},
    {"lmtp", MS_D_LMTP},
    {"local", MS_D_LOCAL},
    {"virtual", MS_D_VIRTUAL},
    {"pipe", MS_D_PIPE},
    {"error", MS_D_ERROR},
    {"discard", MS_D_DISCARD},
    {"bounce", MS_D_BOUNCE},
    {"pickup", MS_D_PICKUP},
    {"postscreen", MS_D_POSTSCREEN},
    {"master", MS_D_MASTER},
    {"postsuper", MS_D_POSTSUPER},
    {"qmqpd", MS_D_QMQPD},
    {"anvil", MS_D_POSTFIX_OTHER},
    {"tlsproxy", MS_D_POSTFIX_OTHER},
    {"dnsblog", MS_D_POSTFIX_OTHER},
    {"postfix", MS_D_POSTFIX_OTHER}, /* the tag has lost its program */
    {"sendmail", MS_D_POSTFIX_OTHER},
    {"scache", MS_D_POSTFIX_OTHER},
};

/* As JSON: the printer touches every byte of every span that the role promises. */
static char *reading(const struct ms_tag *tag, struct ms_span text, const struct ms_names *names, int garbage)
{
    struct ms_event e = {
        .stamp_us = MS_NONE, .pid = MS_NONE, .mta = MS_MTA_POSTFIX, .daemon = tag->daemon, .text = text, .line = text};
    memset(&e.u, garbage, sizeof e.u);
    ms_postfix_parse(tag, &e);
    MS_ASSERT(e.role != MS_ROLE_UNPARSED && e.kind < ms_n_kinds && e.role == (uint8_t)ms_kinds[e.kind].role);
    struct ms_event_facts facts;
    ms_event_facts_of(&e, &facts);
    for (size_t i = 0; i < facts.n; i++)
        MS_ASSERT(ms_fact_is_inside(&e, facts.items[i].text));
    char *json = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&json, &n);
    MS_ASSERT(out != NULL);
    ms_event_print_json(out, &e, names, "fuzz", MS_NONE);
    MS_ASSERT(fclose(out) == 0);
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ms_names *names;
    if (size == 0)
        return 0;
    if (names == NULL) { /* id 0 of both lists, for the printer */
        struct ms_parser *p;
        struct ms_event first;
        names = ms_names_create();
        MS_ASSERT(ms_parser_create(&p, names, NULL, NULL, NULL) == MS_OK);
        ms_parse_line(p, MS_SPAN_LIT("Nov  3 04:05:06 mx9 postfix/smtpd[1]: x"), 0, &first);
        ms_parser_destroy(p);
    }
    size_t i = data[0] % (sizeof daemons / sizeof daemons[0]);
    struct ms_tag tag = {
        .program = ms_span_str(daemons[i].program), .daemon = daemons[i].daemon, .mta = MS_MTA_POSTFIX};
    struct ms_span text = ms_span_of((const char *)data + 1, size - 1);
    char *a = reading(&tag, text, names, 0xa5), *b = reading(&tag, text, names, 0);
    MS_ASSERT(strcmp(a, b) == 0); /* nothing left as it was */
    free(a);
    free(b);
    return 0;
}
