#include "parse/records.h"

#include <stdlib.h>

#include "base/memory.h"
#include "parse/repeats.h"

void ms_records_reserve(struct ms_records *r, size_t n_lines)
{
    size_t want = r->n + n_lines;
    r->items = ms_grow(r->items, &r->cap, want, sizeof *r->items);
    r->stamps.items = ms_grow(r->stamps.items, &r->cap_stamps, want, sizeof *r->stamps.items);
    r->stamps.of_line = ms_grow(r->stamps.of_line, &r->cap_of_line, want, sizeof *r->stamps.of_line);
}

void ms_records_clear(struct ms_records *r)
{
    r->n = r->stamps.n = r->n_aparts = r->n_repeats = 0;
    r->n_hosts = r->n_unread = 0;
}

void ms_records_fini(struct ms_records *r)
{
    free(r->items);
    free(r->stamps.items);
    free(r->stamps.of_line);
    free(r->aparts);
    free(r->repeats);
}

static void put_apart(struct ms_records *r, struct ms_span text, bool is_cut)
{
    r->aparts = ms_grow(r->aparts, &r->cap_aparts, r->n_aparts + 1, sizeof *r->aparts);
    r->aparts[r->n_aparts++] = (struct ms_apart){r->n, text, is_cut};
}

/* The text that counts is the one that is repeated, where the line has it. */
static void put_repeat(struct ms_records *r, struct ms_span by, const struct ms_repeat_text *said)
{
    r->repeats = ms_grow(r->repeats, &r->cap_repeats, r->n_repeats + 1, sizeof *r->repeats);
    r->repeats[r->n_repeats++] = (struct ms_repeat){
        .line = r->n, .said = said->said, .has_text = said->text.p != NULL, .is_cut = said->is_cut, .by = by};
    put_apart(r, said->text.p != NULL ? said->text : by, said->is_cut);
}

void ms_records_put(struct ms_records *r, const struct ms_envelope *env, uint32_t at)
{
    uint32_t text_at = env->text_at;
    struct ms_span text = env->apart.p ? env->apart : ms_span_of(env->line.p + text_at, env->line.n - text_at);
    struct ms_repeat_text said;
    r->n_unread += env->reason != NULL;
    if (env->reason == NULL && ms_repeat_read(env->tag, env->tag_id != MS_NO_NAME, text, &said)) {
        put_repeat(r, text, &said);
        text_at = MS_TEXT_APART;
    } else if (env->apart.p != NULL) {
        put_apart(r, env->apart, env->is_cut);
        text_at = MS_TEXT_APART;
    }
    r->stamps.of_line[r->n] = ms_records_stamp(r, env->host_id, env->stamp_us, env->has_year);
    r->items[r->n++] = (struct ms_record){.tag = env->tag,
                                          .reason = env->reason,
                                          .pid = env->pid,
                                          .at = at,
                                          .n = env->line.n,
                                          .text_at = text_at,
                                          .host_id = env->host_id,
                                          .tag_id = env->tag_id};
}

void ms_records_add(struct ms_records *r, const struct ms_envelope *env, uint32_t at)
{
    ms_records_reserve(r, 1);
    ms_records_put(r, env, at);
}

const struct ms_apart *ms_records_apart(const struct ms_records *r, size_t line)
{
    size_t low = 0, high = r->n_aparts;
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        *(r->aparts[mid].line <= line ? &low : &high) = mid;
    }
    return &r->aparts[low];
}
