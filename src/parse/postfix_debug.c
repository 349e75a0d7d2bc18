/* What daemons say with -v (or for a client of debug_peer_list): thousands of lines of hundreds of wordings, none of which
 * has a severity word, and nearly none a queue ID. They are told by their shape, and only where no rule knows the line:
 *
 *   `function_name: ...`, `word: ...`           the C function or variable that speaks
 *   `> PEER: ...`, `< PEER: ...`, `>>> ... <<<` the dialogue
 *   `send attr ...`, `SOCKET: wanted attribute: ...`, `input attribute ...` and a few dozen other beginnings */
#include "parse/postfix.h"

struct text {
    const char *p;
    uint32_t n;
};
#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct text beginnings[] = {
    TEXT("> "),
    TEXT("< "),
    TEXT(">>> "),
    TEXT("`"), /* trivial-rewrite: `local' `a' -> `a@b' */
    TEXT("input attribute "),
    TEXT("send attr "),
    TEXT("connect to subsystem "),
    TEXT("connection established"),
    TEXT("connection closed"),
    TEXT("process generation: "),
    TEXT("master disconnect"),
    TEXT("received master trigger"),
    TEXT("idle timeout -- exiting"),
    TEXT("pref "),
    TEXT("begin "),
    TEXT("end "),
    TEXT("start "),
    TEXT("done "),
    TEXT("connecting to "),
    TEXT("server features: "),
    TEXT("Using ESMTP "),
    TEXT("Using LMTP "),
    TEXT("fd="),
    TEXT("global TLS level: "),
    TEXT("host name lookup methods: "),
    TEXT("initializing the "),
    TEXT("initial envelope "),
    TEXT("extracted envelope "),
    TEXT("before input_transp_cleanup: "),
    TEXT("after input_transp_cleanup: "),
    TEXT("cleanup flags = "),
    TEXT("open incoming/"),
    TEXT("open active/"),
    TEXT("PUSH boundary "),
    TEXT("POP boundary "),
    TEXT("request ignored"),
    TEXT("wakeup "),
    TEXT("site "),
    TEXT("save session "),
    TEXT("looking for session "),
    TEXT("remove session "),
    TEXT("put session "),
    TEXT("get session "),
    TEXT("auto-reset "),
    TEXT("event: "),
    TEXT("reply: "),
    TEXT("transport="),
    TEXT("report "),
    TEXT("abort all milters"),
    TEXT("free all milters"),
    TEXT("disconnect event to all milters"),
    TEXT("skipping event "),
    TEXT("Comparing "),
    TEXT("lookup "),
    TEXT("flags for "),
    TEXT("source="),
    TEXT("Compiled against "),
    TEXT("Run-time linked "),
};

static bool is_word_byte(char ch)
{
    return (unsigned char)((ch | 0x20) - 'a') < 26 || ms_is_digit(ch) || ch == '_' || ch == '-';
}

/* `word: `, `word_word[3]: `, `word_word` at the end or in front of a blank. Lower case: upper case begins sentences. */
static bool is_function(const struct ms_cursor *c)
{
    const char *p = c->p;
    bool underscore = false, lower = p < c->end && (unsigned char)(*p - 'a') < 26;
    for (; p < c->end && is_word_byte(*p); p++)
        underscore |= *p == '_';
    if (p == c->p || (!lower && !underscore))
        return false;
    if (p < c->end && *p == '[') {
        struct ms_cursor rest = {p, c->end};
        (void)ms_read_until(&rest, ']');
        p = rest.p + (rest.p < rest.end);
    }
    if (p == c->end || *p == ' ')
        return underscore;
    return *p == ':' && (underscore || p + 1 == c->end || p[1] == ' ');
}

static bool is_debug(const struct ms_cursor *c)
{
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (ms_cursor_at(c, beginnings[i].p, beginnings[i].n))
            return true;
    }
    if (is_function(c))
        return true;
    return MS_FIND(c->p, c->end, ": wanted attribute: ") || MS_FIND(c->p, c->end, " stream disconnect");
}

/* The rows of kinds_debug.h stand together, the last of them for programs that have none of their own. */
static enum ms_kind_id kind_of(const struct ms_postfix_line *l)
{
    enum { AT = sizeof "postfix." - 1 };
    struct ms_span program = l->tag->program;
    unsigned kind = MS_K_SMTPD_DEBUG;
    for (; kind < MS_K_DEBUG; kind++) {
        const char *name = ms_kinds[kind].name + AT;
        if (strncmp(name, program.p, program.n) == 0 && strcmp(name + program.n, ".debug") == 0)
            break;
    }
    return (enum ms_kind_id)kind;
}

bool ms_postfix_debug(struct ms_postfix_line *l)
{
    struct ms_cursor *c = &l->body;
    if (l->e->queue_id.p) /* qmgr: how many recipients it reads at once */
        return MS_AT(c, "recipient limit ") && ms_postfix_event(l->e, kind_of(l));
    return !l->noqueue && is_debug(c) && ms_postfix_event(l->e, kind_of(l));
}
