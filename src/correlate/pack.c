#include "correlate/pack.h"

static union {
    struct ms_fact fact;
    char bytes[sizeof(struct ms_fact)];
} const nothing;

static void forget_links(struct ms_fact *f)
{
    if (f->role == MS_ROLE_CLIENT)
        f->u.client.twin = NULL;
    if (f->role == MS_ROLE_ACCEPTED)
        f->u.accepted.twin = NULL;
    f->next = NULL;
}

static uint32_t *codes_of(struct ms_fact *f)
{
    return (uint32_t *)(void *)&f->u;
}

static struct ms_span *spans_of(struct ms_fact *f)
{
    return (struct ms_span *)(void *)((char *)f + ms_fact_shapes[f->role].span_offset);
}

static void put_text(struct ms_buffer *out, struct ms_span text)
{
    uint32_t n = text.p != NULL ? text.n : UINT32_MAX;
    ms_buffer_append(out, &n, sizeof n);
    if (text.p != NULL)
        ms_buffer_append(out, text.p, text.n);
}

static void pack_fact(struct ms_buffer *out, const struct ms_fact *f, const struct ms_dict *dict)
{
    const struct ms_fact_shape *shape = &ms_fact_shapes[f->role];
    struct ms_fact copy = nothing.fact;
    memcpy(&copy, f, shape->size_bytes);
    forget_links(&copy);
    memset(codes_of(&copy), 0, shape->n_codes * sizeof(uint32_t));
    for (unsigned i = 0; i < shape->n_spans; i++)
        spans_of(&copy)[i] = MS_SPAN_NULL;
    ms_buffer_push(out, (char)f->role);
    ms_buffer_append(out, &copy, shape->size_bytes);
    for (unsigned i = 0; i < shape->n_codes; i++)
        put_text(out, ms_dict_text(dict, codes_of((struct ms_fact *)f)[i]));
    for (unsigned i = 0; i < shape->n_spans; i++)
        put_text(out, spans_of((struct ms_fact *)f)[i]);
}

void ms_list_pack(struct ms_buffer *out, const struct ms_key *key, struct ms_fact *const *facts, size_t n,
                  const struct ms_dict *dict)
{
    struct ms_key plain = {.hash = key->hash, .scope = key->scope, .host_id = key->host_id, .pid = key->pid};
    uint64_t n_facts = n;
    ms_buffer_append(out, &plain, sizeof plain);
    put_text(out, key->queue_id);
    ms_buffer_append(out, &n_facts, sizeof n_facts);
    for (size_t i = 0; i < n; i++)
        pack_fact(out, facts[i], dict);
}

/* ---- back ---- */

struct reading {
    const char *p, *end;
    bool is_bad;
};

static const char *get(struct reading *r, size_t n)
{
    if (r->is_bad || n > (size_t)(r->end - r->p)) {
        r->is_bad = true;
        return NULL;
    }
    r->p += n;
    return r->p - n;
}

static void get_into(struct reading *r, void *to, size_t n)
{
    const char *p = get(r, n);
    if (p != NULL)
        memcpy(to, p, n);
    else
        memset(to, 0, n);
}

/* As it lies in the bytes. */
static struct ms_span get_text(struct reading *r)
{
    uint32_t n;
    get_into(r, &n, sizeof n);
    if (r->is_bad || n == UINT32_MAX)
        return MS_SPAN_NULL;
    const char *p = get(r, n);
    return p != NULL ? ms_span_of(p, n) : MS_SPAN_NULL;
}

static struct ms_fact *unpack_fact(struct reading *r, struct ms_arena *arena, struct ms_dict *dict)
{
    uint8_t role = 0;
    get_into(r, &role, 1);
    if (r->is_bad || role >= MS_N_FACT_ROLES || ms_fact_shapes[role].size_bytes == 0)
        return NULL;
    const struct ms_fact_shape *shape = &ms_fact_shapes[role];
    struct ms_fact *f = ms_fact_new(arena, role);
    get_into(r, f, shape->size_bytes);
    if (r->is_bad || f->role != role)
        return NULL;
    forget_links(f);
    for (unsigned i = 0; i < shape->n_codes; i++)
        codes_of(f)[i] = ms_dict_add(dict, get_text(r));
    for (unsigned i = 0; i < shape->n_spans; i++)
        spans_of(f)[i] = ms_arena_copy(arena, get_text(r));
    return r->is_bad ? NULL : f;
}

struct ms_partial *ms_list_unpack(const char *bytes, size_t n_bytes, struct ms_arena *arena, struct ms_dict *dict)
{
    struct reading r = {bytes, bytes + n_bytes, false};
    struct ms_partial *p = ms_arena_alloc(arena, sizeof *p);
    uint64_t n_facts;
    *p = (struct ms_partial){.dict = dict};
    get_into(&r, &p->key, sizeof p->key);
    p->key.queue_id = ms_arena_copy(arena, get_text(&r));
    get_into(&r, &n_facts, sizeof n_facts);
    for (; n_facts > 0; n_facts--) {
        struct ms_fact *f = unpack_fact(&r, arena, dict);
        if (f == NULL)
            return NULL;
        if (p->last != NULL)
            p->last->next = f;
        else
            p->first = f;
        p->last = f;
    }
    return r.is_bad || p->first == NULL || p->key.hash == 0 || r.p != r.end ? NULL : p;
}
