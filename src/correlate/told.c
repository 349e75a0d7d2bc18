#include "correlate/told.h"

struct ms_told {
    ms_told_fn apply;
    void *what;
};

void ms_told_add(struct ms_correlator *c, const struct ms_key *key, ms_told_fn apply, void *what)
{
    struct ms_told *told = ms_arena_alloc(&c->epoch_arena, sizeof *told);
    struct ms_partial *p = ms_arena_alloc(&c->epoch_arena, sizeof *p);
    *told = (struct ms_told){apply, what};
    *p = (struct ms_partial){.key = *key, .dict = &c->dict, .told = told};
    p->key.queue_id = ms_arena_copy(&c->epoch_arena, key->queue_id);
    ms_table_insert_mp(c->run->lives, p);
}

void ms_told_apply(struct ms_correlator *c, const struct ms_told *told, struct ms_fact *const *facts, size_t n)
{
    if (told != NULL)
        told->apply(c, facts, n, told->what);
}

/* ---- verdicts of sessions ---- */

struct verdict {
    uint64_t key; /* of the line, as its role */
    unsigned role;
    struct ms_verdict v;
    bool has_login;
    struct ms_span method, username;
};

static void apply_verdict(struct ms_correlator *c, struct ms_fact *const *facts, size_t n, void *what)
{
    const struct verdict *told = what;
    for (size_t i = 0; i < n; i++) {
        struct ms_fact *f = facts[i];
        if (f->role != told->role || f->key != told->key)
            continue;
        ms_verdict_apply(c, f, &told->v);
        if (told->has_login && f->role == MS_ROLE_ACCEPTED) {
            f->u.accepted.session_sasl_method = told->method;
            f->u.accepted.session_sasl_username = told->username;
        }
    }
}

void ms_told_verdict(struct ms_correlator *c, const struct ms_key *key, const struct ms_fact *client,
                     const struct ms_verdict *v)
{
    struct verdict *told = ms_arena_alloc(&c->epoch_arena, sizeof *told);
    *told = (struct verdict){.key = client->key, .role = client->role, .v = *v};
    if (v->login != NULL) { /* its fact may be gone by then; texts of the dictionary stay */
        told->has_login = true;
        told->method = ms_dict_text(&c->dict, v->login->method);
        told->username = ms_dict_text(&c->dict, v->login->username);
    }
    told->v.login = NULL;
    ms_told_add(c, key, apply_verdict, told);
}
