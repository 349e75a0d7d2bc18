#include "parse/rfc5424.h"

#include "parse/event.h"
#include "parse/header.h"

bool ms_rfc5424_is(struct ms_span behind_pri)
{
    return behind_pri.n >= 2 && behind_pri.p[0] == '1' && behind_pri.p[1] == ' ';
}

/* The next word; *p moves behind it and one blank. */
static struct ms_span take_word(const char **p, const char *end)
{
    const char *from = *p, *blank = memchr(from, ' ', (size_t)(end - from));
    const char *to = blank ? blank : end;
    *p = blank ? blank + 1 : end;
    return ms_span_of(from, (size_t)(to - from));
}

static int64_t read_procid(struct ms_span word)
{
    int64_t pid = 0;
    if (word.n == 0 || word.n > 12)
        return MS_NONE;
    for (uint32_t i = 0; i < word.n; i++) {
        unsigned digit = (unsigned char)(word.p[i] - '0');
        if (digit > 9)
            return MS_NONE;
        pid = pid * 10 + digit;
    }
    return pid;
}

/* `-`, or `[id k="v" ...]` any number of times; inside quotes a backslash takes the next byte along. NULL: not closed. */
static const char *skip_structured_data(const char *p, const char *end)
{
    if (p < end && *p == '-')
        return p + 1;
    while (p < end && *p == '[') {
        bool quoted = false;
        for (p++; p < end && (quoted || *p != ']'); p++) {
            if (*p == '"')
                quoted = !quoted;
            else if (quoted && *p == '\\' && end - p > 1)
                p++;
        }
        if (p >= end)
            return NULL;
        p++;
    }
    return p;
}

const char *ms_rfc5424_read(struct ms_span behind_pri, struct ms_stamp_memo *memo, struct ms_rfc5424 *out)
{
    const char *p = behind_pri.p + 2, *end = behind_pri.p + behind_pri.n;
    struct ms_span stamp = take_word(&p, end);
    if (!ms_stamp_read(memo, stamp, &out->stamp) || out->stamp.n_bytes != stamp.n)
        return "no envelope";
    out->host = take_word(&p, end);
    if (ms_span_is(out->host, "-"))
        out->host = MS_SPAN_NULL;
    out->tag = take_word(&p, end);
    out->pid = read_procid(take_word(&p, end));
    take_word(&p, end); /* MSGID */
    p = skip_structured_data(p, end);
    if (p == NULL)
        return "structured data is not closed";
    while (p < end && *p == ' ')
        p++;
    if (end - p >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && *p == ' ')
        p++;
    out->text = ms_span_of(p, (size_t)(end - p));
    return NULL;
}

const char *ms_rfc5424_check_names(const struct ms_rfc5424 *h)
{
    if (h->host.p != NULL && !ms_header_is_name(h->host))
        return "no host or program name";
    return ms_span_is(h->tag, "-") || !ms_header_is_name(h->tag) ? "no program name" : NULL;
}
