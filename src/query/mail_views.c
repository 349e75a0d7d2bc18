/* Views that speak of mails instead of queue files (DESIGN 4): mail_messages and fates.
 *
 * fates: a *leaf* is the last attempt for a recipient that no other life here goes on with, or a life that never came to
 * an attempt. From each leaf the way leads up through links that are certain, from the recipient as the life got it to the
 * delivery that handed it on, and so to the recipient as the first life knew it. Links are few (a mail's hops), so that the
 * recursion ends after as many rounds as the longest chain of hops has. */
#include "query/views.h"

static const char mail_messages[] =
    "create view mail_messages as\n"
    "select m.*, coalesce(x.mail_id, m.txn_id) as mail_id from messages m left join mails x on x.txn_id = m.txn_id;\n";

static const char fates[] =
    "create view fates as with recursive\n"
    "sure as (select * from links where candidates = 1 and evidence <> 'message_id'\n"
    "         and kind in ('next_hop', 'reinject', 'forward', 'requeue', 'clone')\n"
    "         and from_txn_id is not null and to_txn_id is not null),\n"
    /* Which delivery of the parent brought a recipient to a life. A line of the life itself that names its parent says
     * nothing of recipients (key is NULL): they are the same on both sides. */
    "told as (select l.to_txn_id as txn_id, l.from_txn_id as parent, d.recipient_key as key,\n"
    "                coalesce(d.orig_recipient_key, d.recipient_key) as parent_key,\n"
    "                coalesce(d.orig_recipient, d.recipient) as parent_recipient, d.recipient, d.file_id, "
    "d.line_offset\n"
    "         from sure l join deliveries d on d.file_id = l.file_id and d.line_offset = l.line_offset),\n"
    "hop as (select distinct txn_id, parent, key, parent_key, parent_recipient,\n"
    "               min(key) over (partition by txn_id) = max(key) over (partition by txn_id) as only_one\n"
    "        from told\n"
    "        union all\n"
    "        select distinct to_txn_id, from_txn_id, NULL, NULL, NULL, true from sure anti join told on told.txn_id = "
    "to_txn_id),\n"
    "life as (select txn_id, state, n_attempts, first_time, last_time, end_time,\n"
    "                txn_id in (select parent from hop where key is null) as goes_on from messages),\n"
    "attempted as (\n"
    "  select d.txn_id, d.recipient, d.recipient_key, d.orig_recipient, d.orig_recipient_key,\n"
    "         case when d.status = 'sent' and (d.agent = 'discard' or (d.mta = 'exim' and d.recipient in "
    "(':blackhole:',\n"
    "                'discarded', '/dev/null')) or regexp_matches(d.reply, '^2[0-9]{2} (2[.][0-9.]+ "
    ")?Ok, discarded'))\n"
    "                then 'discarded'\n"
    "              when d.status = 'sent' and (d.agent = 'smtp' or (d.mta in ('exim', 'qmail') and\n"
    "                not (d.relay_ip = '::1' or d.relay_ip like '127.%')))\n"
    "                then 'left_archive'\n"
    "              when d.status = 'sent' then 'delivered'\n"
    "              when d.status in ('bounced', 'expired') then d.status\n"
    "              when d.status in ('deferred', 'held') and m.state in ('expired', 'deleted') then m.state\n"
    "              when d.status in ('deferred', 'held') and m.state in ('open', 'held') then 'queued'\n"
    "              else 'unknown' end as fate,\n"
    "         case when d.status = 'deferred' and m.state in ('expired', 'deleted') then m.end_time else d.time end as "
    "time\n"
    "  from deliveries d join life m on m.txn_id = d.txn_id\n"
    "  anti join told on told.file_id = d.file_id and told.line_offset = d.line_offset\n"
    "  where coalesce(d.status not in ('deliverable', 'undeliverable'), true)\n"
    /* What a requeued file or a filter that names no queue ID was given goes on in the other life. */
    "    and not (m.goes_on and (d.status = 'deferred' or\n"
    "                            (d.status = 'sent' and (d.relay_ip = '::1' or d.relay_ip like '127.%'))))\n"
    "    and (d.is_final or m.state in ('open', 'held', 'cut'))\n"
    "  qualify d.is_final or d.attempt = max(d.attempt) over (partition by d.txn_id, d.recipient, d.orig_recipient)),\n"
    "by_state as (select unnest(['rejected', 'deleted', 'held', 'open', 'expired']) as state,\n"
    "                    unnest(['rejected', 'deleted', 'queued', 'queued', 'expired']) as fate),\n"
    /* No attempt: its recipients are those that it was handed; of a first life only a decision on it may name one. */
    "policy as (select txn_id, arg_min(recipient, line_offset) as recipient, arg_min(recipient_key, line_offset) as "
    "recipient_key,\n"
    "                  bool_or(action like '%discard') as discarded\n"
    "           from rejects where txn_id is not null group by txn_id),\n"
    /* smtpd's DISCARD for the first recipient comes before the line that opens the queue file; the session joins the two. */
    "opened as (select txn_id, session_id, file_id, line_offset,\n"
    "                  lag(line_offset, 1, -1) over (partition by session_id, file_id order by line_offset) as after\n"
    "           from messages where session_id in (select session_id from rejects where action = 'discard' and txn_id "
    "is null)),\n"
    "thrown_away as (select o.txn_id, r.recipient, r.recipient_key, r.time from opened o join rejects r\n"
    "                on r.session_id = o.session_id and r.file_id = o.file_id and r.action = 'discard' and r.txn_id is "
    "null\n"
    "                and r.line_offset > o.after and r.line_offset < o.line_offset),\n"
    "silent as (\n"
    "  select m.txn_id, coalesce(t.recipient, p.recipient) as recipient, coalesce(t.key, p.recipient_key) as "
    "recipient_key,\n"
    "         NULL as orig_recipient, NULL as orig_recipient_key,\n"
    "         case when p.discarded then 'discarded' else coalesce(s.fate, 'unknown') end as fate,\n"
    "         coalesce(m.end_time, m.last_time) as time\n"
    "  from life m left join (select distinct txn_id, key, recipient from told) t on t.txn_id = m.txn_id\n"
    "  left join policy p on p.txn_id = m.txn_id left join by_state s on s.state = m.state\n"
    "  where m.n_attempts = 0 and m.state <> 'aborted' and not m.goes_on and m.txn_id not in (select txn_id from "
    "thrown_away)\n"
    "    and m.txn_id not in (select txn_id from deliveries where attempt = 0)\n" /* (named, but not tried yet) */
    "  union all\n"
    "  select txn_id, recipient, recipient_key, NULL, NULL, 'discarded', time from thrown_away\n"
    "  union all\n"
    "  select txn_id, recipient, recipient_key, NULL, NULL, 'rejected', time from rejects\n"
    "  where txn_id is not null and recipient is not null and action like '%reject' and txn_id not in (select txn_id "
    "from hop)),\n"
    "leaf as (select *, row_number() over () as n from (from attempted union all from silent)),\n"
    "up as (select n, txn_id, coalesce(orig_recipient_key, recipient_key) as key,\n"
    "              coalesce(orig_recipient, recipient) as orig, 1 as hops from leaf\n"
    "       union all\n"
    "       select up.n, hop.parent, coalesce(hop.parent_key, up.key), coalesce(hop.parent_recipient, up.orig), "
    "up.hops + 1\n"
    "       from up join hop on hop.txn_id = up.txn_id and (hop.key is null or hop.key = up.key or hop.only_one)\n"
    "       where up.hops < 100),\n"
    "top as (select n, max(hops) as n_hops, arg_max(orig, hops) as orig, arg_max(key, hops) as orig_key from up group "
    "by n)\n"
    "select coalesce(x.mail_id, l.txn_id) as mail_id, top.orig as orig_recipient, l.recipient, l.fate, l.time, "
    "l.txn_id, top.n_hops\n"
    "from leaf l join top on top.n = l.n left join mails x on x.txn_id = l.txn_id\n"
    "qualify row_number() over (partition by coalesce(x.mail_id, l.txn_id), top.orig_key, l.recipient_key\n"
    "                           order by l.fate = 'rejected', l.time desc nulls last, l.txn_id) = 1;\n";

void ms_mail_views_sql(struct ms_buffer *sql)
{
    ms_buffer_append(sql, mail_messages, sizeof mail_messages - 1);
    ms_buffer_append(sql, fates, sizeof fates - 1);
}
