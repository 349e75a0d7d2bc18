#include "correlate/mails.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define QUARTER_US INT64_C(900000000)
#define BLOCK_BYTES 16384u
#define MAX_PERIODS 1024u       /* each has a block in memory */
#define PERIOD_PAIRS (1u << 15) /* or more, if there would be too many periods */

/* ---- the quarters that there are ---- */

static struct ms_mail_quarter *find_quarter(const struct ms_mails *m, int64_t number)
{
    size_t at = ((uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (m->n_slots - 1);
    while (m->quarters[at].n_pairs != 0 && m->quarters[at].number != number)
        at = (at + 1) & (m->n_slots - 1);
    return &m->quarters[at];
}

static void grow_quarters(struct ms_mails *m)
{
    struct ms_mails old = *m;
    m->n_slots = old.n_slots ? old.n_slots * 2 : 256;
    m->quarters = ms_calloc(m->n_slots, sizeof *m->quarters);
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.quarters[i].n_pairs != 0)
            *find_quarter(m, old.quarters[i].number) = old.quarters[i];
    free(old.quarters);
}

static int64_t quarter_of(const struct ms_mail_pair *p)
{
    int64_t first_end = p->last_us[0] < p->last_us[1] ? p->last_us[0] : p->last_us[1];
    return first_end / QUARTER_US - (first_end % QUARTER_US < 0);
}

void ms_mails_init(struct ms_mails *m, int dir_fd, size_t limit_bytes)
{
    *m = (struct ms_mails){.limit_bytes = limit_bytes, .period_pairs = PERIOD_PAIRS};
    ms_spool_init(&m->pairs, 1, BLOCK_BYTES, limit_bytes, dir_fd);
}

void ms_mails_fini(struct ms_mails *m)
{
    ms_spool_fini(&m->pairs);
    free(m->quarters);
    *m = (struct ms_mails){0};
}

void ms_mails_add(struct ms_mails *m, const struct ms_mail_pair *pair)
{
    if (m->n_quarters * 2 >= m->n_slots)
        grow_quarters(m);
    struct ms_mail_quarter *quarter = find_quarter(m, quarter_of(pair));
    m->n_quarters += quarter->n_pairs == 0;
    quarter->number = quarter_of(pair);
    quarter->n_pairs++;
    memcpy(ms_spool_add(&m->pairs, 0, sizeof *pair), pair, sizeof *pair);
}

/* ---- components ---- */

struct node { /* a life */
    uint64_t txn_id;
    int64_t begin_us, last_us;
    uint32_t up;         /* towards the component's top; itself at the top */
    uint32_t rank;       /* of the top: size */
    bool has_parent;     /* some pair says so */
    int64_t all_last_us; /* of the top, set when a period is over: when the last of the component ended, and ... */
    uint32_t first;      /* ... the life that the mail is named after */
};

struct forest {
    struct node *nodes;
    size_t n_nodes, cap_nodes;
    uint32_t *slots; /* index + 1 by txn_id */
    size_t n_slots;
};

static size_t slot_of(const struct forest *f, uint64_t txn_id)
{
    size_t at = (txn_id ^ txn_id >> 32) & (f->n_slots - 1);
    while (f->slots[at] != 0 && f->nodes[f->slots[at] - 1].txn_id != txn_id)
        at = (at + 1) & (f->n_slots - 1);
    return at;
}

static void index_nodes(struct forest *f, size_t n_slots)
{
    free(f->slots);
    f->n_slots = n_slots;
    f->slots = ms_calloc(n_slots, sizeof *f->slots);
    for (size_t i = 0; i < f->n_nodes; i++)
        f->slots[slot_of(f, f->nodes[i].txn_id)] = (uint32_t)i + 1;
}

static uint32_t node_of(struct forest *f, uint64_t txn_id, int64_t begin_us, int64_t last_us)
{
    if (f->n_nodes * 2 >= f->n_slots)
        index_nodes(f, f->n_slots ? f->n_slots * 2 : 1024);
    size_t at = slot_of(f, txn_id);
    if (f->slots[at] == 0) {
        MS_ASSERT(f->n_nodes < UINT32_MAX);
        f->nodes = ms_grow(f->nodes, &f->cap_nodes, f->n_nodes + 1, sizeof *f->nodes);
        f->nodes[f->n_nodes] = (struct node){
            .txn_id = txn_id, .begin_us = begin_us, .last_us = last_us, .up = (uint32_t)f->n_nodes, .rank = 1};
        f->slots[at] = (uint32_t)++f->n_nodes;
    }
    return f->slots[at] - 1;
}

static uint32_t top_of(const struct forest *f, uint32_t i)
{
    struct node *nodes = f->nodes;
    while (nodes[i].up != i) {
        nodes[i].up = nodes[nodes[i].up].up;
        i = nodes[i].up;
    }
    return i;
}

static void join_pairs(void *forest, const char *records, size_t n_bytes)
{
    struct forest *f = forest;
    for (size_t at = 0; at < n_bytes; at += sizeof(struct ms_mail_pair)) {
        struct ms_mail_pair p;
        memcpy(&p, records + at, sizeof p);
        uint32_t parent = node_of(f, p.txn_id[0], p.begin_us[0], p.last_us[0]);
        uint32_t child = node_of(f, p.txn_id[1], p.begin_us[1], p.last_us[1]);
        f->nodes[child].has_parent = true;
        uint32_t a = top_of(f, parent), b = top_of(f, child);
        if (a == b)
            continue;
        uint32_t big = f->nodes[a].rank >= f->nodes[b].rank ? a : b, small = big == a ? b : a;
        f->nodes[small].up = big;
        f->nodes[big].rank += f->nodes[small].rank;
    }
}

/* ---- components that are over ---- */

struct member {
    uint64_t txn_id, mail_id;
    int64_t begin_us, mail_begin_us;
    int64_t mail_last_us;
};

static int by_mail(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->mail_begin_us != y->mail_begin_us)
        return x->mail_begin_us < y->mail_begin_us ? -1 : 1;
    if (x->mail_id != y->mail_id)
        return x->mail_id < y->mail_id ? -1 : 1;
    if (x->begin_us != y->begin_us)
        return x->begin_us < y->begin_us ? -1 : 1;
    return (x->txn_id > y->txn_id) - (x->txn_id < y->txn_id);
}

static bool names_before(const struct node *a, const struct node *b)
{
    if (a->has_parent != b->has_parent)
        return b->has_parent;
    return a->begin_us != b->begin_us ? a->begin_us < b->begin_us : a->txn_id < b->txn_id;
}

static void sum_up_components(struct forest *f)
{
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        f->nodes[i].all_last_us = INT64_MIN;
        f->nodes[i].first = i;
    }
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        struct node *top = &f->nodes[top_of(f, i)];
        if (f->nodes[i].last_us > top->all_last_us)
            top->all_last_us = f->nodes[i].last_us;
        if (names_before(&f->nodes[i], &f->nodes[top->first]))
            top->first = i;
    }
}

/* Takes the components that ended before `before_us` out of the forest. Their members, mail by mail; caller frees. */
static struct member *take_ended(struct forest *f, int64_t before_us, size_t *n_members)
{
    struct member *members = ms_malloc(f->n_nodes * sizeof *members + 1);
    struct node *kept = ms_malloc(f->n_nodes * sizeof *kept + 1);
    uint32_t *moved = ms_malloc(f->n_nodes * sizeof *moved + 1);
    size_t n = 0, n_kept = 0;
    sum_up_components(f);
    for (uint32_t i = 0; i < f->n_nodes; i++) {
        const struct node *node = &f->nodes[i], *top = &f->nodes[top_of(f, i)];
        if (top->all_last_us < before_us) {
            const struct node *first = &f->nodes[top->first];
            members[n++] =
                (struct member){node->txn_id, first->txn_id, node->begin_us, first->begin_us, top->all_last_us};
        } else {
            moved[i] = (uint32_t)n_kept;
            kept[n_kept] = *node;
            kept[n_kept++].up = (uint32_t)(top - f->nodes);
        }
    }
    for (size_t i = 0; i < n_kept; i++)
        kept[i].up = moved[kept[i].up];
    free(moved);
    free(f->nodes);
    f->nodes = kept;
    f->cap_nodes = f->n_nodes;
    f->n_nodes = n_kept;
    index_nodes(f, f->n_slots ? f->n_slots : 1024);
    if (n)
        qsort(members, n, sizeof *members, by_mail);
    *n_members = n;
    return members;
}

/* ---- periods ---- */

struct quarter {
    int64_t number;
    uint64_t n_pairs;
    size_t period;
};

struct periods {
    struct quarter *quarters; /* sorted */
    size_t n_quarters, n;
    struct ms_spool pairs; /* by period */
};

static int by_number(const void *a, const void *b)
{
    const struct quarter *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Periods of as many pairs each as quarters allow. */
static void cut_periods(struct periods *p, uint64_t period_pairs)
{
    uint64_t n_pairs = 0, at = 0, share = 0;
    for (size_t i = 0; i < p->n_quarters; i++)
        n_pairs += p->quarters[i].n_pairs;
    uint64_t n = n_pairs / period_pairs + 1 < MAX_PERIODS ? n_pairs / period_pairs + 1 : MAX_PERIODS;
    for (size_t i = 0; i < p->n_quarters; at += p->quarters[i++].n_pairs) {
        uint64_t next = at * n / n_pairs;
        p->n += i == 0 || next != share;
        share = next;
        p->quarters[i].period = p->n - 1;
    }
}

static size_t period_of(const struct periods *p, int64_t number)
{
    const struct quarter key = {.number = number},
                         *found = bsearch(&key, p->quarters, p->n_quarters, sizeof key, by_number);
    MS_ASSERT(found != NULL);
    return found->period;
}

static void sort_out(void *periods, const char *records, size_t n_bytes)
{
    struct periods *p = periods;
    for (size_t at = 0; at < n_bytes; at += sizeof(struct ms_mail_pair)) {
        struct ms_mail_pair pair;
        memcpy(&pair, records + at, sizeof pair);
        memcpy(ms_spool_add(&p->pairs, period_of(p, quarter_of(&pair)), sizeof pair), &pair, sizeof pair);
    }
}

static void make_periods(struct periods *p, const struct ms_mails *m)
{
    *p = (struct periods){.quarters = ms_malloc(m->n_quarters * sizeof *p->quarters + 1)};
    for (size_t i = 0; i < m->n_slots; i++)
        if (m->quarters[i].n_pairs != 0)
            p->quarters[p->n_quarters++] =
                (struct quarter){.number = m->quarters[i].number, .n_pairs = m->quarters[i].n_pairs};
    if (p->n_quarters > 0)
        qsort(p->quarters, p->n_quarters, sizeof *p->quarters, by_number);
    cut_periods(p, m->period_pairs);
    ms_spool_init(&p->pairs, p->n, BLOCK_BYTES, m->limit_bytes, m->pairs.dir_fd);
}

enum ms_status ms_mails_make(struct ms_mails *m, int64_t final_before_us,
                             enum ms_status (*row)(void *arg, uint64_t txn_id, uint64_t mail_id, bool is_final,
                                                   struct ms_error *err),
                             void *arg, struct ms_error *err)
{
    struct periods p;
    struct forest f = {0};
    make_periods(&p, m);
    enum ms_status st = ms_spool_end(&m->pairs, err);
    if (st == MS_OK)
        st = ms_spool_read(&m->pairs, 0, sort_out, &p, err);
    if (st == MS_OK)
        st = ms_spool_end(&p.pairs, err);
    for (size_t i = 0, quarter = 0; st == MS_OK && i < p.n; i++) {
        size_t n_members = 0;
        st = ms_spool_drain(&p.pairs, i, join_pairs, &f, err);
        if (st != MS_OK)
            break;
        while (quarter < p.n_quarters && p.quarters[quarter].period <= i)
            quarter++;
        int64_t before_us = quarter == p.n_quarters ? INT64_MAX : p.quarters[quarter].number * QUARTER_US;
        struct member *members = take_ended(&f, before_us, &n_members);
        for (size_t k = 0; st == MS_OK && k < n_members; k++)
            st = row(arg, members[k].txn_id, members[k].mail_id, members[k].mail_last_us < final_before_us, err);
        free(members);
    }
    ms_spool_fini(&p.pairs);
    free(f.nodes);
    free(f.slots);
    free(p.quarters);
    return st;
}
