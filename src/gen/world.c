/* Hosts, processes, pools, and who is picked. */
#include "gen/world.h"

#include <stdlib.h>

#include "gen/writer.h"

enum { MAX_SERVED = 100, PID_MAX = 4194304 };

/* ---- pools of memory ---- */

void *ms_gen_slab_take(struct ms_gen_slabs *s)
{
    void *item;
    if (s->n_free > 0) {
        item = s->free_items[--s->n_free];
    } else {
        if (s->n_slabs == 0 || s->n_in_last == MS_GEN_SLAB_ITEMS) {
            s->slab = ms_grow(s->slab, &s->cap_slabs, s->n_slabs + 1, sizeof *s->slab);
            s->slab[s->n_slabs++] = ms_malloc(MS_GEN_SLAB_ITEMS * s->item_bytes);
            s->n_in_last = 0;
        }
        item = s->slab[s->n_slabs - 1] + s->n_in_last++ * s->item_bytes;
    }
    return memset(item, 0, s->item_bytes);
}

void ms_gen_slab_give(struct ms_gen_slabs *s, void *item)
{
    s->free_items = ms_grow(s->free_items, &s->cap_free, s->n_free + 1, sizeof *s->free_items);
    s->free_items[s->n_free++] = item;
}

static void slabs_fini(struct ms_gen_slabs *s)
{
    for (size_t i = 0; i < s->n_slabs; i++)
        free(s->slab[i]);
    free(s->slab);
    free(s->free_items);
}

/* ---- processes ---- */

uint32_t ms_gen_new_pid(struct ms_gen *g, struct ms_gen_host *h)
{
    h->next_pid += 1 + ms_gen_below(&g->random, 9);
    if (h->next_pid >= PID_MAX) {
        h->next_pid = 300 + ms_gen_below(&g->random, 100);
        for (size_t i = 0; i < sizeof h->pools / sizeof *h->pools; i++)
            h->pools[i].idle = NULL; /* those that idle since then have ended: a pid means one process */
    }
    return h->next_pid;
}

static void name_proc(const struct ms_gen_host *h, const char *program, uint32_t pid, struct ms_gen_tag *tag)
{
    char text[256], *p = ms_gen_put_tag(text, &h->name);
    if (program == NULL) {
        tag->n = 0;
        return;
    }
    *p++ = ' ';
    p = ms_gen_put_s(p, program);
    *p++ = '[';
    p = ms_gen_put_u(p, pid);
    p = MS_GEN_PUT(p, "]: ");
    tag->n = (uint8_t)(p - text);
    memcpy(tag->text, text, tag->n);
}

static void new_life_of_proc(struct ms_gen *g, struct ms_gen_host *h, unsigned pool, struct ms_gen_proc *proc)
{
    proc->pid = ms_gen_new_pid(g, h);
    proc->served = 0;
    name_proc(h, h->pools[pool].program, proc->pid, &proc->tag);
}

struct ms_gen_proc *ms_gen_proc_take(struct ms_gen *g, struct ms_gen_host *h, unsigned pool)
{
    struct ms_gen_proc *proc = h->pools[pool].idle;
    if (proc != NULL) {
        h->pools[pool].idle = proc->next_idle;
    } else {
        proc = ms_gen_slab_take(&g->procs);
        new_life_of_proc(g, h, pool, proc);
    }
    if (proc->served++ == (h->writer->serves != 0 ? h->writer->serves : MAX_SERVED))
        new_life_of_proc(g, h, pool, proc);
    return proc;
}

void ms_gen_proc_give(struct ms_gen *g, struct ms_gen_host *h, unsigned pool, struct ms_gen_proc *proc)
{
    (void)g;
    proc->next_idle = h->pools[pool].idle;
    h->pools[pool].idle = proc;
}

const struct ms_gen_proc *ms_gen_proc_any(struct ms_gen *g, struct ms_gen_host *h, unsigned pool)
{
    struct ms_gen_proc **member = &h->pools[pool].member[ms_gen_next(&g->random) >> 60];
    if (*member == NULL) {
        *member = ms_gen_slab_take(&g->procs);
        new_life_of_proc(g, h, pool, *member);
    }
    if ((*member)->served++ == MAX_SERVED)
        new_life_of_proc(g, h, pool, *member);
    return *member;
}

/* ---- picks ---- */

static uint32_t fresh_address(struct ms_gen *g)
{
    return MS_GEN_FRESH | (g->n_fresh++ & (MS_GEN_FRESH - 1));
}

uint32_t ms_gen_pick_own(struct ms_gen *g)
{
    uint32_t n = CHANCE(g, fresh) ? fresh_address(g) : 1 + ms_gen_zipf_pick(&g->zipf_own, &g->random);
    return n | MS_GEN_OWN;
}

uint32_t ms_gen_pick_world(struct ms_gen *g)
{
    return CHANCE(g, fresh) ? fresh_address(g) : 1 + ms_gen_zipf_pick(&g->zipf_world, &g->random);
}

uint32_t ms_gen_pick_client(struct ms_gen *g)
{
    if (CHANCE(g, fresh))
        return 1000000 + g->n_fresh_clients++;
    return ms_gen_zipf_pick(&g->zipf_clients, &g->random);
}

bool ms_gen_next_parked(struct ms_gen *g, struct ms_gen_life *l)
{
    struct ms_gen_host *h = l->host;
    uint32_t at = h->parked_head;
    if (h->parked_n == 0 || h->parked_ms[at] + 5000 > g->now_ms)
        return false;
    l->id = h->parked[at];
    h->parked_head = (at + 1) % MS_GEN_PARKED;
    h->parked_n--;
    return true;
}

bool ms_gen_reuse_id(struct ms_gen *g, struct ms_gen_life *l)
{
    return CHANCE(g, reuse) && ms_gen_next_parked(g, l);
}

void ms_gen_park_id(struct ms_gen *g, const struct ms_gen_life *l)
{
    struct ms_gen_host *h = l->host;
    if (h->parked_n == MS_GEN_PARKED)
        return;
    uint32_t at = (h->parked_head + h->parked_n++) % MS_GEN_PARKED;
    h->parked[at] = l->id;
    h->parked_ms[at] = g->now_ms;
}

/* ---- the farm ---- */

static void set_tag(struct ms_gen_tag *tag, const char *a, uint64_t number, const char *b)
{
    char text[128], *p = ms_gen_put_s(text, a);
    p = ms_gen_put_u(p, number);
    p = ms_gen_put_s(p, b);
    tag->n = (uint8_t)(p - text);
    memcpy(tag->text, text, tag->n);
}

static void init_host(struct ms_gen *g, struct ms_gen_host *h, unsigned number)
{
    const struct ms_gen_options *o = g->o;
    h->number = number;
    h->writer = ms_gen_writers[o->dialects[number % o->n_dialects]];
    h->long_ids = o->ids == MS_GEN_LONG_IDS || (o->ids == MS_GEN_BOTH_IDS && number % 2 == 1);
    h->next_pid = 1000 + ms_gen_below(&g->random, 20000);
    h->inode = 0x1c0000 + ms_gen_below(&g->random, 0x10000);
    set_tag(&h->name, "mx", number + 1, "");
    set_tag(&h->fqdn, "mx", number + 1, ".farm.example");
    set_tag(&h->ip, "192.0.2.", number + 10, "");
    h->writer->host(g, h);
}

void ms_gen_prefix(struct ms_gen_host *h, unsigned which, const char *program)
{
    char text[128], *p = ms_gen_put_tag(text, &h->name);
    if (program == NULL) {
        h->fixed[which].n = 0;
        return;
    }
    *p++ = ' ';
    p = ms_gen_put_s(p, program);
    *p++ = '[';
    h->fixed[which].n = (uint8_t)(p - text);
    memcpy(h->fixed[which].text, text, h->fixed[which].n);
}

void ms_gen_fixed_daemon(struct ms_gen *g, struct ms_gen_host *h, unsigned which, const char *program)
{
    h->fixed_pid[which] = ms_gen_new_pid(g, h);
    name_proc(h, program, h->fixed_pid[which], &h->fixed[which]);
}

void ms_gen_world_init(struct ms_gen *g, const struct ms_gen_options *o)
{
    g->o = o;
    g->share = (struct ms_gen_shares){
        .fresh = ms_gen_share(o->new_addresses),
        .pickup = ms_gen_share(o->pickup),
        .refused = ms_gen_share(o->pickup + o->refused), /* one draw decides between the kinds of arrivals */
        .empty = ms_gen_share(o->pickup + o->refused + o->empty),
        .bounced = ms_gen_share(o->bounced),
        .deferred = ms_gen_share(o->deferred),
        .hops = ms_gen_share(o->hops),
        .gaps = ms_gen_share(o->gaps),
        .reuse = ms_gen_share(o->reuse),
    };
    ms_gen_random_seed(&g->random, o->seed);
    ms_gen_names_init(&g->names);
    ms_gen_zipf_init(&g->zipf_own, 20000, 6);
    ms_gen_zipf_init(&g->zipf_world, 200000, 12);
    ms_gen_zipf_init(&g->zipf_clients, 30000, 5);
    g->lives.item_bytes = sizeof(struct ms_gen_life);
    g->sessions.item_bytes = sizeof(struct ms_gen_session);
    g->procs.item_bytes = sizeof(struct ms_gen_proc);
    g->stamp_second = INT64_MIN;
    g->now_ms = (uint64_t)o->start_seconds * 1000;
    ms_gen_wheel_init(&g->wheel, g->now_ms);
    g->hosts = ms_calloc(o->hosts, sizeof *g->hosts);
    for (unsigned i = 0; i < o->hosts; i++)
        init_host(g, &g->hosts[i], i);
}

void ms_gen_world_fini(struct ms_gen *g)
{
    slabs_fini(&g->lives);
    slabs_fini(&g->sessions);
    slabs_fini(&g->procs);
    ms_gen_wheel_fini(&g->wheel);
    free(g->hosts);
    for (int i = 0; i < MS_GEN_N_STREAMS; i++)
        free(g->out[i].data);
}
