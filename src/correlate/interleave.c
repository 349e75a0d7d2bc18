#include "correlate/interleave.h"

#include <stdlib.h>

#include "base/memory.h"
#include "columnar/rows.h"

#define SECOND_US 1000000

static const uint8_t phases[MS_N_FACT_ROLES] = {
    [MS_ROLE_TOMBSTONE] = 0,   [MS_ROLE_CONNECT] = 1,    [MS_ROLE_TLS] = 2,      [MS_ROLE_CLIENT_TLS] = 2,
    [MS_ROLE_SASL] = 3,        [MS_ROLE_CLIENT] = 4,     [MS_ROLE_PICKUP] = 4,   [MS_ROLE_ACCEPTED] = 4,
    [MS_ROLE_BEGIN] = 4,       [MS_ROLE_HEADER] = 5,     [MS_ROLE_REJECT] = 5,   [MS_ROLE_PROXY] = 5,
    [MS_ROLE_HELD] = 5,        [MS_ROLE_MESSAGE_ID] = 6, [MS_ROLE_RELEASED] = 7, [MS_ROLE_ACTIVE] = 7,
    [MS_ROLE_OUTBOUND] = 8,    [MS_ROLE_STARTED] = 8,    [MS_ROLE_ATTEMPT] = 8,  [MS_ROLE_EVENT] = 8,
    [MS_ROLE_UNPARSED] = 8,    [MS_ROLE_VERDICT] = 8,    [MS_ROLE_DAEMON] = 8,   [MS_ROLE_DELIVERY] = 9,
    [MS_ROLE_RECIPIENT] = 9,   [MS_ROLE_FINISHED] = 9,   [MS_ROLE_NOTICE] = 10,  [MS_ROLE_EXPIRED] = 10,
    [MS_ROLE_REMOVED] = 11,    [MS_ROLE_REQUEUED] = 11,  [MS_ROLE_CORRUPT] = 11, [MS_ROLE_LOST] = 11,
    [MS_ROLE_DISCONNECT] = 12,
};
enum { A_MAIL_BEGINS = 4, IT_ENDS = 11, LATER = 13 };

struct merging {
    bool is_session;
    bool is_open;  /* a mail or session is under way, and ... */
    size_t n_ends; /* ... so many ends are still to come in this second: it is over before the next one begins */
};

/* Is a mail or session under way after this line? */
static bool leaves_open(const struct ms_fact *f)
{
    return f->role != MS_ROLE_TOMBSTONE && phases[f->role] < IT_ENDS;
}

static uint8_t phase_of(const struct merging *m, const struct ms_fact *f)
{
    bool begins = m->is_session ? f->role == MS_ROLE_CONNECT : phases[f->role] == A_MAIL_BEGINS;
    return begins && m->is_open && m->n_ends > 0 ? LATER : phases[f->role];
}

static bool comes_first(const struct merging *m, const struct ms_fact *x, const struct ms_fact *y)
{
    bool tell_time = x->time_us % SECOND_US != 0 && y->time_us % SECOND_US != 0;
    if (tell_time && x->time_us != y->time_us)
        return x->time_us < y->time_us;
    return phase_of(m, x) < phase_of(m, y);
}

/* facts[0, n): of one second, the files one behind the other. Few enough: of one key. */
static void merge(struct merging m, struct ms_fact **facts, size_t n, struct ms_fact **out)
{
    size_t n_files = 0, cap = 0;
    struct run {
        size_t at, end;
    } *runs = NULL;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || ms_row_file(facts[i]->key) != ms_row_file(facts[i - 1]->key)) {
            runs = ms_grow(runs, &cap, n_files + 1, sizeof *runs);
            runs[n_files++].at = i;
        }
        runs[n_files - 1].end = i + 1;
        m.n_ends += phases[facts[i]->role] >= IT_ENDS;
    }
    for (size_t k = 0; k < n; k++) {
        struct run *first = NULL;
        for (size_t i = 0; i < n_files; i++)
            if (runs[i].at < runs[i].end && (first == NULL || comes_first(&m, facts[runs[i].at], facts[first->at])))
                first = &runs[i];
        out[k] = facts[first->at++];
        m.is_open = leaves_open(out[k]);
        m.n_ends -= phases[out[k]->role] >= IT_ENDS;
    }
    memcpy(facts, out, n * sizeof *facts);
    free(runs);
}

void ms_facts_interleave(const struct ms_begins *begins, uint32_t host_id, bool is_session, struct ms_fact **facts,
                         size_t n)
{
    struct ms_fact **out = NULL;
    bool is_beside = false;
    for (size_t from = 0, i = 1; i <= n; i++) {
        const struct ms_fact *before = facts[i - 1], *f = i < n ? facts[i] : NULL;
        if (f != NULL && f->eff_s == before->eff_s) {
            uint32_t file_id = ms_row_file(f->key);
            if (file_id == ms_row_file(before->key))
                continue;
            if (ms_begins_is_beside(begins, host_id, file_id)) {
                is_beside = true;
                continue;
            }
        }
        if (is_beside) {
            if (out == NULL)
                out = ms_malloc(n * sizeof *out);
            bool is_open = from > 0 && leaves_open(facts[from - 1]);
            merge((struct merging){.is_session = is_session, .is_open = is_open}, facts + from, i - from, out);
        }
        is_beside = false;
        from = i;
    }
    free(out);
}
