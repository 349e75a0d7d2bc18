/* One life while its rows are made: what emit_life.c and emit_delivery.c share. Not for others. Thread rule: one worker. */
#ifndef MS_CORRELATE_STORY_H
#define MS_CORRELATE_STORY_H

#include "correlate/emit.h"

struct ms_story { /* of one life, gathered in two walks over its facts */
    struct ms_correlator *c;
    struct ms_fact *const *facts;
    const struct ms_life *life;
    const struct ms_key *key;
    const struct ms_origin *origin;
    int64_t txn_id, session_id, queue_id; /* cells */
    bool open, qmgr_told_sender, id_is_resent;
    const struct ms_fact *begin; /* the client= or uid= line, or the one that says it all */
    const struct ms_fact *accepted;
    bool is_postfix;
    bool is_mail; /* else lines of a connection from which no mail came */
    size_t n_deliveries, n_recipients, n_slots, n_further;
    int64_t failed_us; /* of the last failure that was told to the links; MS_NONE */
    size_t n_untried;  /* of the deliveries: lines that are no attempt */
};

static inline int64_t ms_story_word(struct ms_story *s, const char *text)
{
    return ms_code_cell(ms_dict_word(&s->c->dict, text));
}

/* The rows of its attempts; leaves what they add up to in c->recipients. */
void ms_emit_deliveries(struct ms_story *s);

/* Keeps for the links what the line of fact `f` says of another queue ID. `d`: the delivery that says so; NULL: another line. */
void ms_story_claim(struct ms_story *s, const struct ms_fact *f, const struct ms_fact_delivery *d,
                    enum ms_link_kind kind, struct ms_span other);

#endif
