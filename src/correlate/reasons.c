#include "correlate/reasons.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "columnar/rows.h"

enum { N_SLOTS = 4096 };

struct slot {
    struct ms_hash96 hash; /* of the text and its codes */
    const char *word;
    struct ms_span table_name;      /* of the list, where the table has it */
    uint32_t name_at, name_n_bytes; /* else within the text; n 0: none */
};

struct ms_reason_memory {
    struct ms_reasoner *reasoner;
    uint64_t seed;
    struct slot slots[N_SLOTS]; /* by the last bits of the hash */
};

enum ms_status ms_reason_memory_create(struct ms_reason_memory **out, const struct ms_reasons *reasons, uint64_t seed,
                                       struct ms_error *err)
{
    struct ms_reason_memory *m = ms_calloc(1, sizeof *m);
    m->seed = seed;
    enum ms_status st = ms_reasoner_create(&m->reasoner, reasons, err);
    if (st == MS_OK)
        *out = m;
    else
        ms_reason_memory_destroy(m);
    return st;
}

void ms_reason_memory_destroy(struct ms_reason_memory *m)
{
    if (m == NULL)
        return;
    ms_reasoner_destroy(m->reasoner);
    free(m);
}

/* The text's 96 bits with those of everything else that the answer depends on. */
static struct ms_hash96 hash_of(const struct ms_reason_memory *m, const struct ms_reason_ask *ask)
{
    struct ms_hash96 h = ms_hash_96(ask->text.p, ask->text.n, m->seed);
    uint64_t codes[4] = {h.hash, ms_hash(ask->dsn.p, ask->dsn.n, m->seed), ms_hash(ask->stage.p, ask->stage.n, m->seed),
                         (uint64_t)(uint32_t)ask->reply_code << 8 | (uint64_t)ask->scope};
    struct ms_hash96 all = ms_hash_96((const char *)codes, sizeof codes, m->seed);
    return (struct ms_hash96){all.hash, all.check ^ h.check};
}

static const struct slot *answer_of(struct ms_reason_memory *m, const struct ms_reason_ask *ask)
{
    struct ms_hash96 hash = hash_of(m, ask);
    struct slot *slot = &m->slots[hash.hash % N_SLOTS];
    if (slot->hash.hash == hash.hash && slot->hash.check == hash.check)
        return slot;
    struct ms_reason reason = ms_reason_of(m->reasoner, ask);
    *slot = (struct slot){.hash = hash, .word = reason.word};
    struct ms_span name = reason.blocklist;
    if (name.p != NULL && name.p >= ask->text.p && name.p < ask->text.p + ask->text.n)
        slot->name_at = (uint32_t)(name.p - ask->text.p), slot->name_n_bytes = name.n;
    else
        slot->table_name = name;
    return slot;
}

static struct ms_reason_cells cells_of(struct ms_reason_memory *m, struct ms_dict *dict,
                                       const struct ms_reason_ask *ask)
{
    const struct slot *slot = answer_of(m, ask);
    struct ms_span name =
        slot->name_n_bytes ? (struct ms_span){ask->text.p + slot->name_at, slot->name_n_bytes} : slot->table_name;
    return (struct ms_reason_cells){.reason = ms_code_cell(ms_dict_word(dict, slot->word)),
                                    .blocklist = ms_code_cell(ms_dict_add(dict, name))};
}

static const struct ms_reason_cells no_reason = {MS_NULL_I64, MS_NULL_I64};

struct ms_reason_cells ms_delivery_reason(struct ms_reason_memory *m, struct ms_dict *dict,
                                          const struct ms_fact_delivery *d)
{
    if (m == NULL || d->outcome == MS_SENT || d->outcome == MS_NO_STATUS)
        return no_reason;
    if (d->outcome == MS_OTHER_STATUS && ms_span_is(ms_dict_text(dict, d->status), "deliverable"))
        return no_reason;
    struct ms_reason_ask ask = {.text = d->said.p != NULL ? d->said : d->reply,
                                .dsn = ms_dict_text(dict, d->dsn),
                                .reply_code = d->reply_code,
                                .scope = MS_REASON_DELIVERY};
    return cells_of(m, dict, &ask);
}

struct ms_reason_cells ms_reject_reason(struct ms_reason_memory *m, struct ms_dict *dict,
                                        const struct ms_fact_reject *r)
{
    if (m == NULL)
        return (struct ms_reason_cells){MS_NULL_I64, ms_code_cell(r->blocklist)};
    struct ms_reason_ask ask = {.text = ms_dict_text(dict, r->text),
                                .dsn = ms_dict_text(dict, r->dsn),
                                .stage = ms_dict_text(dict, r->stage),
                                .reply_code = r->reply_code,
                                .scope = MS_REASON_REJECT};
    struct ms_reason_cells cells = cells_of(m, dict, &ask);
    if (r->blocklist != MS_NO_CODE)
        cells.blocklist = ms_code_cell(r->blocklist);
    return cells;
}
