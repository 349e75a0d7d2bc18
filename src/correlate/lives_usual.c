#include "correlate/lives.h"

enum { FACTS_AROUND = 4, MOST_RECIPIENTS = 8 }; /* client= or uid=, message-id=, queue active; removed */

static bool is_same_recipient(const struct ms_fact *a, const struct ms_fact *b)
{
    return a->u.delivery.recipient == b->u.delivery.recipient &&
           a->u.delivery.orig_recipient == b->u.delivery.orig_recipient;
}

/* Each of the deliveries is the last of its recipient, and none has failed, of which a notice would tell. */
static bool are_settled(struct ms_fact *const *deliveries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ms_fact *f = deliveries[i];
        enum ms_delivered outcome = f->u.delivery.outcome;
        if (f->role != MS_ROLE_DELIVERY || !ms_delivered_settled(outcome) || outcome == MS_BOUNCED)
            return false;
        for (size_t k = 0; k < i; k++)
            if (is_same_recipient(f, deliveries[k]))
                return false;
    }
    return true;
}

/* No line begins another life, by its flag or by coming so late. The first three come one soon after the other: nothing was given up
 * meanwhile. (An effective second is never above the one from which silence is counted, so that this is enough.) */
static bool are_of_one_life(struct ms_fact *const *facts, size_t n)
{
    if (facts[0]->flags & MS_FACT_NO_END)
        return false;
    for (size_t i = 1; i < n; i++)
        if (facts[i]->flags & (MS_FACT_BEGIN | MS_FACT_NO_END) ||
            facts[i]->eff_s - facts[i - 1]->eff_s > (i < 3 ? MS_GRACE_S : MS_FORGOTTEN_S))
            return false;
    return true;
}

bool ms_lives_usual(struct ms_fact *const *facts, size_t n, struct ms_life *life)
{
    size_t n_recipients = n - FACTS_AROUND;
    if (n_recipients - 1 >= MOST_RECIPIENTS)
        return false;
    const struct ms_fact *first = facts[0], *removed = facts[n - 1];
    if (removed->role != MS_ROLE_REMOVED || removed->u.removed.how != MS_REMOVED_BY_QMGR ||
        (first->role != MS_ROLE_CLIENT && first->role != MS_ROLE_PICKUP) || facts[1]->role != MS_ROLE_MESSAGE_ID ||
        facts[2]->role != MS_ROLE_ACTIVE || facts[2]->u.active.nrcpt != (int32_t)n_recipients ||
        !are_of_one_life(facts, n) || !are_settled(facts + 3, n_recipients))
        return false;
    *life = (struct ms_life){.end = n,
                             .sealed = true,
                             .state = MS_STATE_DONE,
                             .begin_s = first->eff_s,
                             .ordinal = first->flags & MS_FACT_BEGIN ? first->ordinal : 0,
                             .end_fact = n - 1,
                             .settled_s = ms_fact_second(removed) + MS_GRACE_S,
                             .before_s = INT64_MAX};
    return true;
}
