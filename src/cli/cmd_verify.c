#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/verify.h"
#include "parse/event.h"

void ms_verify_found(struct ms_verify *v, bool is_unread, const char *kind, struct ms_span path, struct ms_span cites,
                     int64_t offset, const char *format, ...)
{
    struct ms_error sentence;
    uint64_t at = v->n_mismatches + v->n_unread;
    va_list args;
    if (is_unread)
        v->n_unread++;
    else
        v->n_mismatches++;
    if (at >= MS_FINDINGS_SHOWN)
        return;
    va_start(args, format);
    vsnprintf(sentence.text, sizeof sentence.text, format, args);
    va_end(args);
    v->findings[at] = (struct ms_finding){.kind = kind,
                                          .path = ms_arena_copy(&v->arena, path),
                                          .cites = ms_arena_copy(&v->arena, cites),
                                          .problem = ms_arena_copy(&v->arena, ms_span_str(sentence.text)),
                                          .offset = offset};
}

/* ---- what is printed ---- */

struct printing {
    const struct ms_verify *v;
    size_t at, n;
};

static struct ms_value text_value(struct ms_span text)
{
    return (struct ms_value){.kind = MS_VALUE_TEXT, .text = text};
}

static enum ms_status next_finding(void *user, struct ms_value *row, struct ms_error *err)
{
    (void)err;
    struct printing *p = user;
    if (p->at == p->n)
        return MS_END;
    const struct ms_finding *f = &p->v->findings[p->at++];
    row[0] = text_value(ms_span_str(f->kind));
    row[1] = text_value(f->path);
    row[2] =
        f->offset == MS_NONE ? text_value(MS_SPAN_NULL) : (struct ms_value){.kind = MS_VALUE_INT, .number = f->offset};
    row[3] = text_value(f->cites);
    row[4] = text_value(f->problem);
    return MS_OK;
}

static enum ms_status print_findings(const struct ms_verify *v, struct ms_error *err)
{
    uint64_t n = v->n_mismatches + v->n_unread;
    struct printing p = {.v = v, .n = n < MS_FINDINGS_SHOWN ? (size_t)n : MS_FINDINGS_SHOWN};
    if (n == 0)
        return MS_OK;
    enum ms_status st = ms_query_each(v->query,
                                      "create table shown.findings(kind varchar, path varchar, \"offset\" bigint, "
                                      "\"table\" varchar, problem varchar)",
                                      NULL, 0, NULL, NULL, err);
    if (st == MS_OK)
        st = ms_query_fill(v->query, "shown", "findings", 5, next_finding, &p, err);
    if (st == MS_OK)
        st = ms_query_run(v->query, "select * from shown.findings", v->args->format, stdout, NULL, err);
    fflush(stdout); /* both may be one pipe */
    if (st == MS_OK && n > p.n)
        ms_say("... and %llu more", (unsigned long long)(n - p.n));
    return st;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void say_what_was_done(const struct ms_verify *v)
{
    ms_say("read %llu source%s again (%llu bytes, %llu source%s by SHA-256), %llu part%s, and the lines that %s%llu "
           "row%s cite%s",
           (unsigned long long)v->n_sources, plural(v->n_sources), (unsigned long long)v->n_bytes,
           (unsigned long long)v->n_sources_sha256, plural(v->n_sources_sha256), (unsigned long long)v->n_parts,
           plural(v->n_parts), v->is_sample ? "a sample of " : "", (unsigned long long)v->n_rows, plural(v->n_rows),
           v->is_sample ? "; --all checks every row" : "");
    if (v->n_parts == 0)
        ms_say("the dataset has no digests of its parts: it was made without --evidence");
}

static enum ms_status verdict(const struct ms_verify *v, bool *incomplete, struct ms_error *err)
{
    say_what_was_done(v);
    *incomplete = v->n_unread > 0;
    if (v->n_unread > 0)
        ms_say("%llu source%s could not be read again: what rows say of them is not checked",
               (unsigned long long)v->n_unread, plural(v->n_unread));
    if (v->n_mismatches > 0)
        return ms_fail(err, MS_ERR_MISMATCH, "%s: %llu mismatch%s: the dataset and its sources do not agree",
                       v->args->operands[0], (unsigned long long)v->n_mismatches, v->n_mismatches == 1 ? "" : "es");
    if (v->n_unread == 0)
        ms_say("all agree");
    return MS_OK;
}

static enum ms_status verify(struct ms_verify *v, bool *incomplete, struct ms_error *err)
{
    enum ms_status st = ms_verify_parts(v, err);
    bool parts_are_good = v->n_mismatches == 0;
    if (st == MS_OK)
        st = ms_verify_open_sources(v, err);
    if (st == MS_OK)
        st = ms_verify_rows(v, err);
    if (st == MS_OK)
        st = ms_verify_digests(v, err);
    if (st != MS_OK && st != MS_ERR_CANCELLED && !parts_are_good) { /* no wonder; what was found is worth more */
        ms_say("%s", err->text);
        st = MS_OK;
    }
    if (st == MS_OK)
        st = print_findings(v, err);
    return st == MS_OK ? verdict(v, incomplete, err) : st;
}

enum ms_status ms_cmd_verify(const struct ms_args *args, bool *incomplete, struct ms_error *err)
{
    struct ms_verify *v = ms_calloc(1, sizeof *v);
    v->args = args;
    ms_interrupt_block();
    enum ms_status st = ms_query_open(&v->query, args->operands[0], err);
    if (st == MS_OK) {
        ms_interrupt_begin(v->query);
        st = verify(v, incomplete, err);
        ms_interrupt_end();
    } else if (st == MS_ERR_FORMAT) { /* a part that is none any more */
        st = MS_ERR_MISMATCH;
    }
    ms_query_close(v->query);
    ms_verify_close_sources(v);
    ms_arena_fini(&v->arena);
    free(v);
    return st;
}
