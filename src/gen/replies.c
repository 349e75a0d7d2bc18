/* Next hops and what they say: the same in all dialects. */
#include "gen/writer.h"

const struct ms_gen_reply ms_gen_replies[] = {
    [REASON_NONE] = {"250", "2.0.0", ""},
    [REASON_GREYLISTED] = {"450", "4.2.0", "Recipient address rejected: Greylisted, see http://postgrey.example/help"},
    [REASON_MAILBOX_FULL] = {"452", "4.2.2", "Mailbox full"},
    [REASON_TIMEOUT] = {NULL, "4.4.1", "Connection timed out"},
    [REASON_USER_UNKNOWN] = {"550", "5.1.1", "Recipient address rejected: User unknown in virtual mailbox table"},
    [REASON_SPAM] = {"554", "5.7.1", "Message rejected as spam"},
    [REASON_NO_HOST] = {NULL, "5.4.4", "Host or domain name not found"},
    [REASON_RELAY_DENIED] = {"554", "5.7.1", "Relay access denied"},
    [REASON_BLOCKLISTED] = {"554", "5.7.1", "Service unavailable"},
    [REASON_SENDER_DOMAIN] = {"450", "4.1.8", "Sender address rejected: Domain not found"},
};

char *ms_gen_put_relay_name(struct ms_gen *g, char *p, const struct ms_gen_group *group)
{
    return group->agent == AGENT_HOP ? ms_gen_put_tag(p, &group->next_host->fqdn)
                                     : ms_gen_put_exchanger(&g->names, p, group->domain);
}

char *ms_gen_put_relay_ip(struct ms_gen *g, char *p, const struct ms_gen_group *group)
{
    return group->agent == AGENT_HOP ? ms_gen_put_tag(p, &group->next_host->ip)
                                     : ms_gen_put_exchanger_ip(&g->names, p, group->domain);
}

/* What the next hop says when it takes a mail: by its mail system, which a domain always has the same. */
char *ms_gen_put_accepting(struct ms_gen *g, char *p, const struct ms_gen_life *l, const struct ms_gen_group *group)
{
    uint64_t h = ms_gen_mix64(l->mail * 31 + group->domain);
    if (group->agent == AGENT_HOP)
        return ms_gen_put_tag(p, &l->taken);
    switch (ms_gen_mix64(group->domain) % 5) {
    case 0:
        return ms_gen_put_hex(MS_GEN_PUT(p, "250 2.0.0 Ok: queued as "), h, -11);
    case 1:
        p = MS_GEN_PUT(p, "250 ok ");
        p = ms_gen_put_u(p, g->now_ms / 1000);
        return ms_gen_put_u(MS_GEN_PUT(p, " qp "), 300 + h % 60000);
    case 2:
        p = ms_gen_put_hex(MS_GEN_PUT(p, "250 2.0.0 "), h, 12);
        return MS_GEN_PUT(p, " Message accepted for delivery");
    case 3:
        return ms_gen_put_hex(MS_GEN_PUT(p, "250 2.0.0 OK DSN="), h, 10);
    default:
        return MS_GEN_PUT(p, "250 2.0.0 Ok");
    }
}

char *ms_gen_put_refusing(struct ms_gen *g, char *p, const struct ms_gen_group *group, uint32_t rcpt)
{
    const struct ms_gen_reply *reply = &ms_gen_replies[group->reason];
    p = ms_gen_put_n(p, reply->code, 3);
    *p++ = ' ';
    p = ms_gen_put_n(p, reply->dsn, 5);
    p = MS_GEN_PUT(p, " <");
    p = ms_gen_put_address(&g->names, p, rcpt, false);
    p = MS_GEN_PUT(p, ">: ");
    return ms_gen_put_s(p, reply->text);
}
