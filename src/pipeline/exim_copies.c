/* Lines that Exim itself has written twice (docs/decisions/0018). What is refused goes to the main log and to the reject log: as two
 * files, of which the second holds a part of the first; or to syslog, where the same line then stands twice, the second time
 * perhaps as the beginning of an entry with headers. Neither is a copy of a stretch, which copies.c finds: here lines are compared
 * one by one, but only where a whole file has shown that it is of this kind. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "parse/kinds.h"
#include "pipeline/copies.h"

#define HEAD_BYTES ((size_t)128 << 10)
#define TAIL_BYTES ((size_t)64 << 10)
#define SINGLES_OF 20 /* a kind is doubled if at most one line in so many is not */

/* What Exim writes to both logs, unless its configuration says otherwise. */
static const uint16_t doubled_kinds[] = {MS_K_EXIM_REJECTED, MS_K_EXIM_REFUSED, MS_K_EXIM_AUTH_FAILED,
                                         MS_K_EXIM_VERIFY,   MS_K_EXIM_DROPPED, MS_K_EXIM_PROTOCOL_ERROR};
enum { N_KINDS = sizeof doubled_kinds / sizeof *doubled_kinds, NEAR_LINES = 128 };

/* ---- lines ---- */

struct said {
    uint64_t print; /* of host and text */
    int64_t second;
    uint64_t offset;
    uint8_t kind; /* index in doubled_kinds[] */
    bool has_twin;
};

static unsigned kind_of(const struct ms_event *e)
{
    unsigned i = 0;
    while (i < N_KINDS && doubled_kinds[i] != e->kind)
        i++;
    return i;
}

/* Of text and host; of the process too, where both lines are syslog's. False: a further piece. */
static bool print_line(const struct ms_run *run, const struct ms_event *e, bool with_pid, uint64_t *print)
{
    struct ms_span said;
    if (e->stamp_us == MS_NONE || e->mta != MS_MTA_EXIM || !ms_exim_said(e->text, &said))
        return false;
    uint64_t seed = run->correlate.seed,
             text = ms_hash(said.p, said.n < MS_EXIM_COMPARED_BYTES ? said.n : MS_EXIM_COMPARED_BYTES, seed);
    *print = ms_hash_mix(text ^ ((uint64_t)ms_run_host(run, e) << 32), seed ^ (with_pid ? (uint64_t)e->pid : 0));
    return true;
}

/* ---- a file of syslog's: lines that stand there twice ---- */

struct doubles {
    struct said near[NEAR_LINES]; /* the last ones */
    size_t n_seen;
    uint64_t pairs[N_KINDS], singles[N_KINDS];
    int64_t first_second, last_second; /* of second lines; equal: no proof */
    uint64_t *offsets;                 /* of second lines */
    uint8_t *kinds;
    size_t n, cap, cap_kinds;
};

static void forget(struct doubles *d, const struct said *s)
{
    if (!s->has_twin)
        d->singles[s->kind]++;
}

static struct said *twin_of(struct doubles *d, const struct said *s)
{
    size_t n = d->n_seen < NEAR_LINES ? d->n_seen : NEAR_LINES;
    for (size_t i = 1; i <= n; i++) {
        struct said *before = &d->near[(d->n_seen - i) % NEAR_LINES];
        int64_t step = s->second - before->second;
        if (before->print == s->print && !before->has_twin && step >= 0 && step <= 1)
            return before;
    }
    return NULL;
}

static void see_double(struct doubles *d, const struct said *s)
{
    struct said *before = twin_of(d, s);
    if (before == NULL) {
        struct said *place = &d->near[d->n_seen % NEAR_LINES];
        if (d->n_seen >= NEAR_LINES)
            forget(d, place);
        *place = *s;
        d->n_seen++;
        return;
    }
    before->has_twin = true;
    d->first_second = d->n == 0 ? s->second : d->first_second;
    d->last_second = s->second;
    d->pairs[s->kind]++;
    d->offsets = ms_grow(d->offsets, &d->cap, d->n + 1, sizeof *d->offsets);
    d->kinds = ms_grow(d->kinds, &d->cap_kinds, d->n + 1, sizeof *d->kinds);
    d->offsets[d->n] = s->offset;
    d->kinds[d->n++] = s->kind;
}

static void end_doubles(struct doubles *d)
{
    size_t n = d->n_seen < NEAR_LINES ? d->n_seen : NEAR_LINES;
    for (size_t i = 0; i < n; i++)
        forget(d, &d->near[i]);
    d->n_seen = 0;
}

static bool is_doubled(uint64_t pairs, uint64_t singles)
{
    return pairs > 0 && singles * SINGLES_OF <= pairs;
}

/* A client that says the same twice in a second looks the same: all that ACLs refuse must stand there twice, at two times. */
static bool is_proven(const struct doubles *d)
{
    uint64_t pairs = d->pairs[0], singles = d->singles[0];
    if (pairs + singles == 0)
        for (unsigned k = 1; k < N_KINDS; k++) {
            pairs += d->pairs[k];
            singles += d->singles[k];
        }
    return d->n > 0 && d->last_second != d->first_second && is_doubled(pairs, singles);
}

static void take_doubles(struct ms_run *run, uint32_t file_id, const struct doubles *d)
{
    if (!is_proven(d))
        return;
    for (size_t i = 0; i < d->n; i++)
        if (is_doubled(d->pairs[d->kinds[i]], d->singles[d->kinds[i]]))
            ms_copies_add_line(&run->correlate.copies, file_id, d->offsets[i]);
}

static void reset_doubles(struct doubles *d)
{
    free(d->offsets);
    free(d->kinds);
    *d = (struct doubles){0};
}

/* ---- a rejectlog: lines that stand in another file, too ---- */

struct refused { /* a line of a rejectlog */
    uint64_t print;
    uint64_t key; /* ms_row_key */
    int64_t second;
    bool is_copy;
    uint32_t n_taken; /* of the first of equal ones: how many of them are copies */
};

struct rejects {
    struct refused *items;
    size_t n, cap;
};

static int compare_refused(const void *a, const void *b)
{
    const struct refused *x = a, *y = b;
    if (x->print != y->print)
        return x->print < y->print ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static void keep_refused(struct rejects *r, uint64_t print, uint64_t key, int64_t second)
{
    r->items = ms_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
    r->items[r->n++] = (struct refused){.print = print, .key = key, .second = second};
}

/* One of the lines with this print that has not been found yet. */
static bool take_refused(struct rejects *r, uint64_t print)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->items[middle].print < print)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->n || r->items[low].print != print)
        return false;
    size_t next = low + r->items[low].n_taken;
    if (next >= r->n || r->items[next].print != print)
        return false;
    r->items[low].n_taken++;
    r->items[next].is_copy = true;
    return true;
}

static void take_rejects(struct ms_run *run, const struct rejects *r)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].is_copy) {
            first = r->items[i].second < first ? r->items[i].second : first;
            last = r->items[i].second > last ? r->items[i].second : last;
        }
    for (size_t i = 0; first < last && i < r->n; i++)
        if (r->items[i].is_copy)
            ms_copies_add_line(&run->correlate.copies, ms_row_file(r->items[i].key), ms_row_offset(r->items[i].key));
}

/* ---- files ---- */

enum purpose { LOOK, FIND_DOUBLES, KEEP_REFUSED, TAKE_REFUSED };

struct what { /* of a source, as its beginning and end show */
    uint64_t n_refused, n_others, n_pairs;
    bool has_exim;
};

struct exim_search {
    struct ms_run *run;
    struct ms_parser *parser;
    enum purpose purpose;
    uint32_t file_id;
    struct what *what; /* by file */
    struct doubles doubles;
    struct rejects rejects;
    enum ms_status status;
    struct ms_error *err;
};

/* A mail comes or goes: no rejectlog has such a line. */
static bool is_of_mail(const struct ms_event *e)
{
    return e->role == MS_ROLE_ACCEPTED || e->role == MS_ROLE_DELIVERY || e->role == MS_ROLE_REMOVED ||
           e->role == MS_ROLE_CONNECT || e->role == MS_ROLE_DISCONNECT || e->role == MS_ROLE_DAEMON;
}

static void see_line(struct exim_search *s, const struct ms_event *e)
{
    struct what *what = &s->what[s->file_id];
    unsigned kind = kind_of(e);
    uint64_t print;
    if (!print_line(s->run, e, s->purpose <= FIND_DOUBLES, &print))
        return;
    int64_t second = ms_copies_second(s->run, s->file_id, e, 0);
    if (s->purpose == LOOK) {
        what->has_exim = true;
        what->n_refused += kind < N_KINDS;
        what->n_others += is_of_mail(e);
    }
    if (s->purpose <= FIND_DOUBLES && kind < N_KINDS && e->pid != MS_NONE)
        see_double(&s->doubles,
                   &(struct said){.print = print, .second = second, .offset = e->offset, .kind = (uint8_t)kind});
    else if (s->purpose == KEEP_REFUSED)
        keep_refused(&s->rejects, ms_hash_mix(print, (uint64_t)second), ms_row_key(s->file_id, e->offset), second);
    else if (s->purpose == TAKE_REFUSED && !is_of_mail(e) &&
             !take_refused(&s->rejects, ms_hash_mix(print, (uint64_t)second)))
        (void)(take_refused(&s->rejects, ms_hash_mix(print, (uint64_t)second - 1)) ||
               take_refused(&s->rejects, ms_hash_mix(print, (uint64_t)second + 1)));
}

static void take_event(void *user, const struct ms_event *e)
{
    see_line(user, e);
}

static void take_piece(void *user, struct ms_span text, uint64_t offset)
{
    struct exim_search *s = user;
    if (s->status == MS_OK)
        s->status = ms_copies_parse(s->parser, s->file_id, text, offset, take_event, s, s->err);
}

static enum ms_status read_file(struct exim_search *s, uint32_t file_id, enum purpose purpose)
{
    s->file_id = file_id;
    s->purpose = purpose;
    enum ms_status st = ms_input_read(s->run->input, file_id, take_piece, s, s->err);
    return s->status != MS_OK ? s->status : st == MS_ERR_IO ? MS_OK : st;
}

static enum ms_status look_into(struct exim_search *s, uint32_t file_id)
{
    const struct ms_source *source = ms_input_source(s->run->input, file_id);
    struct ms_buffer text = {0};
    s->file_id = file_id;
    s->purpose = LOOK;
    enum ms_status st = ms_input_head(s->run->input, file_id, HEAD_BYTES, &text, s->err);
    if (st == MS_OK)
        st = ms_copies_parse_copy(s->parser, file_id, &text, take_event, s, s->err);
    bool has_tail =
        s->what[file_id].has_exim && source->compression == MS_PLAIN && source->size_bytes > HEAD_BYTES + TAIL_BYTES;
    if (st == MS_OK && has_tail)
        st = ms_input_piece(s->run->input, file_id, source->size_bytes - TAIL_BYTES, TAIL_BYTES, &text, s->err);
    if (st == MS_OK && has_tail)
        st = ms_copies_parse_copy(s->parser, file_id, &text, take_event, s, s->err);
    s->what[file_id].n_pairs = s->doubles.n;
    reset_doubles(&s->doubles);
    ms_buffer_fini(&text);
    return st == MS_ERR_IO ? MS_OK : st;
}

static bool is_rejectlog(const struct what *w)
{
    return w->n_refused > 0 && w->n_others == 0;
}

static bool is_main_log(const struct what *w)
{
    return w->has_exim && w->n_others > 0;
}

static enum ms_status find_doubles(struct exim_search *s, size_t n_files)
{
    enum ms_status st = MS_OK;
    uint64_t n_pairs = 0;
    for (size_t i = 0; i < n_files; i++)
        n_pairs += s->what[i].n_pairs;
    for (uint32_t i = 0; n_pairs > 0 && st == MS_OK && i < n_files; i++) {
        if (!s->what[i].has_exim)
            continue;
        st = read_file(s, i, FIND_DOUBLES);
        end_doubles(&s->doubles);
        take_doubles(s->run, i, &s->doubles);
        reset_doubles(&s->doubles);
    }
    return st;
}

static enum ms_status find_rejects(struct exim_search *s, size_t n_files)
{
    enum ms_status st = MS_OK;
    bool has_both = false;
    for (size_t i = 0; i < n_files; i++)
        has_both |= is_main_log(&s->what[i]);
    for (uint32_t i = 0; has_both && st == MS_OK && i < n_files; i++)
        if (is_rejectlog(&s->what[i]))
            st = read_file(s, i, KEEP_REFUSED);
    if (s->rejects.n == 0)
        return st;
    qsort(s->rejects.items, s->rejects.n, sizeof *s->rejects.items, compare_refused);
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
        if (is_main_log(&s->what[i]))
            st = read_file(s, i, TAKE_REFUSED);
    take_rejects(s->run, &s->rejects);
    return st;
}

/* The look into the sources' years has seen all tags of their beginnings, and lines are Exim's by their tag. */
static bool any_exim(const struct ms_names *names)
{
    for (uint32_t i = 0; i < ms_names_n_tags(names); i++)
        if (ms_names_tag(names, i)->mta == MS_MTA_EXIM)
            return true;
    return false;
}

enum ms_status ms_copies_of_exim(struct ms_run *run, struct ms_parser *parser, struct ms_error *err)
{
    size_t n_files = ms_input_n_sources(run->input);
    struct exim_search s = {.run = run, .parser = parser, .err = err};
    enum ms_status st = MS_OK;
    if (!any_exim(run->names))
        return MS_OK;
    s.what = ms_calloc(n_files, sizeof *s.what);
    for (uint32_t i = 0; st == MS_OK && i < n_files; i++)
        st = look_into(&s, i);
    if (st == MS_OK)
        st = find_doubles(&s, n_files);
    if (st == MS_OK)
        st = find_rejects(&s, n_files);
    reset_doubles(&s.doubles);
    free(s.rejects.items);
    free(s.what);
    return st;
}
