-- The story of the picked mails (select.h), from the tables of the schema `shown`: run once, statement by statement.
-- shown.told has a row for what became of each recipient (hop 0), then one for each step of each life, in order.

-- name[ip]:port as Postfix writes it; NULL if neither name nor address is known.
create macro shown_peer(name, ip, port) as
  if(name is null and ip is null, NULL,
     coalesce(name, '') || coalesce('[' || ip || ']', '') || coalesce(':' || port, ''));
create macro shown_address(a) as '<' || a || '>';
create macro shown_duration(ms) as case
  when ms < 60000 then if(ms % 1000 = 0, (ms // 1000)::varchar, (ms / 1000.0)::varchar) || ' s'
  when ms < 3600000 then ms // 60000 || ' min ' || ms % 60000 // 1000 || ' s'
  else ms // 3600000 || ' h ' || ms % 3600000 // 60000 || ' min' end;

-- tokens: words, one below the other, by which the cited line is known again.
create table shown.steps (
  mail bigint, mail_id bigint, txn_id bigint, hop bigint, host varchar, queue_id varchar, time timestamptz, step varchar,
  kind varchar, sender varchar, recipient varchar, orig_recipient varchar, status varchar, client varchar, relay varchar,
  dsn varchar, reply_code integer, reply varchar, reason varchar, attempt integer, delay_ms bigint, message_id varchar,
  to_host varchar, to_queue_id varchar, to_txn_id bigint, text varchar, file_id integer, line_offset bigint, tokens varchar);

-- The lines themselves, where they are wanted; filled by the reader of the sources.
create table shown.raws (file varchar, line_offset bigint, raw varchar, raw_problem varchar);

-- What became of each recipient, with the words of the last attempt.
insert into shown.steps by name
  with final as (
    select txn_id, recipient, last(file_id order by file_id, line_offset) as file_id,
           last(line_offset order by file_id, line_offset) as line_offset, last(dsn order by file_id, line_offset) as dsn,
           last(reply order by file_id, line_offset) as reply,
           last(shown_peer(relay_host, relay_ip, relay_port) order by file_id, line_offset) as relay
    from shown.deliveries group by txn_id, recipient),
  -- A mailbox server knows its user, which may be the recipient's local part.
  boxed as (
    select txn_id, recipient_key as user_key, string_agg(distinct mailbox, ', ' order by mailbox) as mailbox
    from shown.verdicts where verdict = 'stored' group by all)
  select l.mail, l.mail_id, l.txn_id, 0 as hop, l.host, l.queue_id, x.time, 'fate' as step, x.recipient, x.orig_recipient,
         x.fate as status, d.relay, d.dsn, d.reply, d.file_id, d.line_offset, if(l.mta = 'qmail', 'delivery', l.queue_id) as tokens,
         concat(coalesce(shown_address(coalesce(x.orig_recipient, x.recipient)), 'recipients that the logs do not name'),
                if(x.recipient <> x.orig_recipient, ' as ' || shown_address(x.recipient), ''), ': ',
                case x.fate when 'left_archive' then 'handed on to ' || coalesce(d.relay, 'a next hop')
                            when 'queued' then 'still in the queue' else x.fate end,
                coalesce(' into mailbox ' || k.mailbox, ''),
                if(x.fate in ('deleted', 'queued', 'unknown'), ' on ', ' by '), l.host, ' ', l.queue_id,
                -- stamps may be whole seconds: less than one says nothing
                if(epoch_ms(x.time) - epoch_ms(b.first_time) >= 1000,
                   ', ' || shown_duration(1000 * ((epoch_ms(x.time) - epoch_ms(b.first_time) + 500) // 1000)) || ' after it came',
                   ''),
                if(x.fate in ('delivered', 'left_archive'), '', coalesce(': ' || d.reply, ''))) as text
  from shown.fates x join shown.life l on l.txn_id = x.txn_id
  left join final d on d.txn_id = x.txn_id and d.recipient is not distinct from x.recipient
  left join boxed k on k.txn_id = x.txn_id and x.fate = 'delivered'
                       and k.user_key in (lower(x.recipient), split_part(lower(x.recipient), '@', 1))
  left join shown.life b on b.mail = l.mail and b.hop = 1;

-- The session that brought it, if the logs have more of it than the mail's own first line.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, s.connect_time as time, 'connect' as step,
         shown_peer(s.client_name, s.client_ip, s.client_port) as client,
         concat_ws(', ', 'from ' || shown_peer(s.client_name, s.client_ip, s.client_port),
                   nullif(concat_ws(' ', s.tls_version, s.tls_cipher), ''), 'user ' || s.sasl_username) as text,
         s.file_id, s.line_offset, concat_ws(chr(10), s.pid, s.client_name) as tokens
  from shown.life l join shown.sessions s using (session_id)
  where s.file_id <> l.file_id or s.line_offset <> l.line_offset;

-- Its first line.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, l.first_time as time,
         case when l.origin in ('smtpd', 'reinject') then 'received' when l.origin = 'unknown' then 'first line'
              else l.origin end as step,
         shown_peer(l.client_name, l.client_ip, l.client_port) as client, l.sender, l.message_id,
         concat_ws(', ',
                   case l.origin when 'pickup' then 'submitted here'
                                 when 'bounce' then 'made here: a notice to the sender of another mail'
                                 when 'forward' then 'made here: a forwarded copy'
                                 when 'requeue' then 'put into the queue again'
                                 when 'unknown' then if(l.mta = 'qmail', NULL, 'its beginning is not in the logs') end,
                   'from ' || shown_peer(l.client_name, l.client_ip, l.client_port),
                   'for ' || shown_peer(l.orig_client_name, l.orig_client_ip, NULL),
                   if(l.origin = 'reinject', 'back from a filter', NULL), l.protocol, 'HELO ' || l.helo,
                   'user ' || l.sasl_username || coalesce(' (' || l.sasl_method || ')', ''), 'user ID ' || l.submit_uid,
                   if(l.line_offset = l.message_id_offset, 'message-id ' || shown_address(l.message_id), NULL)) as text,
         l.file_id, l.line_offset, l.queue_id as tokens
  from shown.life l;

insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, 'message-id' as step, l.message_id,
         shown_address(l.message_id) as text, l.file_id, l.message_id_offset as line_offset, l.queue_id as tokens
  from shown.life l where l.message_id_offset <> l.line_offset;

insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, l.queued_time as time, 'queued' as step, l.sender,
         concat_ws(', ', 'from ' || shown_address(l.sender), l.size_bytes || ' bytes',
                   l.nrcpt || if(l.nrcpt = 1, ' recipient', ' recipients')) as text,
         if(l.queued_offset is null, NULL, l.file_id) as file_id, l.queued_offset as line_offset, l.queue_id as tokens
  from shown.life l where l.queued_time is not null or l.queued_offset is not null;

-- Attempts, each with the life that it became at the next hop. A link cites the line of its delivery.
insert into shown.steps by name
  with next as (
    select file_id, line_offset, first(to_host order by to_txn_id) as to_host,
           first(to_queue_id order by to_txn_id) as to_queue_id, first(to_txn_id order by to_txn_id) as to_txn_id,
           max(candidates) as candidates
    from shown.links where kind not in ('bounce', 'delay_notice') group by file_id, line_offset)
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, d.time, coalesce(d.status, 'attempt') as step, d.recipient,
         d.orig_recipient, d.status, shown_peer(d.relay_host, d.relay_ip, d.relay_port) as relay, d.dsn, d.reply_code,
         d.reply, d.reason, d.attempt, d.delay_ms, n.to_host, coalesce(n.to_queue_id, d.next_queue_id) as to_queue_id,
         n.to_txn_id, d.file_id, d.line_offset, if(d.mta = 'qmail', 'delivery', d.queue_id) as tokens,
         concat('to ', coalesce(shown_address(d.recipient), '?'), coalesce(' for ' || shown_address(d.orig_recipient), ''),
                coalesce(' via ' || shown_peer(d.relay_host, d.relay_ip, d.relay_port), ''), ' (', d.agent, ')',
                coalesce(', delay ' || shown_duration(d.delay_ms), ''), coalesce(': ' || d.reply, ''),
                if(n.to_txn_id is null, '', concat(if(n.candidates = 1, ' => ', ' => perhaps '), n.to_host, ' ', n.to_queue_id,
                                                   if(n.candidates = 1, '', ', one of ' || n.candidates)))) as text
  from shown.deliveries d join shown.life l on l.txn_id = d.txn_id and l.queue_id = d.queue_id
  left join next n on n.file_id = d.file_id and n.line_offset = d.line_offset;

-- Decisions of the policy on a mail that has a queue ID.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, r.time, r.action as step, r.recipient, r.sender, r.dsn,
         r.reply_code, r.text as reply, r.reason, shown_peer(r.client_name, r.client_ip, r.client_port) as client,
         concat_ws(' ', r.stage, 'to ' || shown_address(r.recipient), r.text) as text,
         r.file_id, r.line_offset, l.queue_id as tokens
  from shown.rejects r join shown.life l on l.txn_id = r.txn_id;

-- What filters said of it, and where a mailbox server put it.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, v.time, 'verdict' as step, v.verdict as kind, v.recipient,
         v.message_id, shown_peer(NULL, v.client_ip, NULL) as client,
         concat(v.program, ': ',
                concat_ws(', ', v.verdict, v.action, 'score ' || v.score || coalesce(' of ' || v.threshold, ''), 'SPF ' || v.spf,
                          'DKIM ' || v.dkim, 'DMARC ' || v.dmarc, v.virus, 'mailbox ' || v.mailbox,
                          'for ' || v.recipient)) as text,
         v.file_id, v.line_offset, coalesce(v.queue_id, v.message_id, v.program) as tokens
  from shown.verdicts v join shown.life l on l.txn_id = v.txn_id;

-- A mail that was turned away before it had one, and its session.
create table shown.turned_away as
  select p.mail, r.* from shown.picked p join shown.rejects r on r.file_id = p.file_id and r.line_offset = p.line_offset
  where p.mail_id is null;
insert into shown.steps by name
  select r.mail, 1 as hop, r.host, s.connect_time as time, 'connect' as step,
         shown_peer(s.client_name, s.client_ip, s.client_port) as client,
         concat_ws(', ', 'from ' || shown_peer(s.client_name, s.client_ip, s.client_port),
                   nullif(concat_ws(' ', s.tls_version, s.tls_cipher), '')) as text,
         s.file_id, s.line_offset, concat_ws(chr(10), s.pid, s.client_name) as tokens
  from shown.turned_away r join shown.sessions s using (session_id) where s.line_offset <> r.line_offset;
insert into shown.steps by name
  select r.mail, 1 as hop, r.host, r.time, r.action as step, r.recipient, r.sender, r.dsn, r.reply_code, r.text as reply,
         r.reason, shown_peer(r.client_name, r.client_ip, r.client_port) as client,
         concat(concat_ws(' ', r.stage, 'of ' || shown_peer(r.client_name, r.client_ip, r.client_port), 'HELO ' || r.helo,
                          'from ' || shown_address(r.sender), 'to ' || shown_address(r.recipient)),
                ': ', r.text) as text,
         r.file_id, r.line_offset, r.client_name as tokens
  from shown.turned_away r;

insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, e.time, 'event' as step, e.kind,
         if(starts_with(e.text, e.queue_id || ': '), substr(e.text, length(e.queue_id) + 3), e.text) as text, e.file_id,
         e.line_offset, e.queue_id as tokens
  from shown.events e join shown.life l on l.txn_id = e.txn_id;

-- Notices that it caused, and what it goes on as where none of its deliveries says so.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id,
         if(k.kind in ('bounce', 'delay_notice'), 'notice', k.kind) as step, k.kind, k.recipient, k.to_host, k.to_queue_id,
         k.to_txn_id, k.file_id, k.line_offset, k.from_queue_id as tokens,
         concat(case k.kind when 'bounce' then 'a notice that it failed: '
                            when 'delay_notice' then 'a notice that it is late: ' else 'goes on as ' end,
                coalesce(k.to_host || ' ', ''), k.to_queue_id,
                if(k.kind in ('bounce', 'delay_notice'),
                   ', a mail of its own' || if(o.state is null, '', ' (' || concat_ws(', ', o.state, nullif(o.n_sent, 0) || ' sent',
                                                                       nullif(o.n_bounced, 0) || ' bounced') || ')'), ''),
                if(k.candidates > 1, ', perhaps: one of ' || k.candidates, '')) as text
  from shown.links k join shown.life l on l.txn_id = k.from_txn_id
  left join (select distinct * from shown.others) o on o.txn_id = k.to_txn_id
  where not exists (select 1 from shown.links x join shown.deliveries d on d.file_id = x.file_id and d.line_offset = x.line_offset
                    where x.from_txn_id = k.from_txn_id and x.to_queue_id = k.to_queue_id
                      and x.to_txn_id is not distinct from k.to_txn_id);

-- The mail whose notice this one is.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, 'notice of' as step, k.kind,
         concat(k.from_host, ' ', k.from_queue_id, if(k.kind = 'bounce', ', which failed', ', which is late')) as text,
         k.file_id, k.line_offset, k.from_queue_id as tokens
  from shown.links k join shown.life l on l.txn_id = k.to_txn_id where k.kind in ('bounce', 'delay_notice');

-- Its last line, unless another step cites it already.
insert into shown.steps by name
  select l.mail, l.mail_id, l.txn_id, l.hop, l.host, l.queue_id, l.end_time as time,
         if(l.state in ('done', 'expired'), 'removed', l.state) as step, if(l.state = 'expired', 'it was too old', '') as text,
         if(l.end_offset is null, NULL, l.file_id) as file_id, l.end_offset as line_offset, l.queue_id as tokens
  from shown.life l
  where (l.end_time is not null or l.end_offset is not null)
    and not exists (select 1 from shown.steps x where x.mail = l.mail and x.hop > 0 and x.file_id = l.file_id
                                                  and x.line_offset = l.end_offset);

-- A line whose time no column has (message-id, notice) stands where its place in the file says.
create table shown.told as
  with placed as (
    select s.*, coalesce(s.time, last_value(s.time ignore nulls) over (partition by s.mail, s.hop order by s.file_id,
                                                                      s.line_offset nulls last)) as place_time
    from shown.steps s)
  select row_number() over (order by s.mail, s.hop, coalesce(s.place_time, l.first_time) nulls last, s.file_id,
                                     s.line_offset nulls last, s.recipient, s.step, s.text) as n,
         s.* exclude (place_time), f.path as file, f.compression,
         if(b.txn_id is null, 'turned away',
            concat_ws(', ', coalesce(shown_address(b.message_id), 'no message-id'), 'from ' || shown_address(b.sender),
                      b.size_bytes || ' bytes', 'subject ' || b.subject)) as title,
         if(s.queue_id is null, s.host,
            concat(s.host, ' ', s.queue_id, ': ', l.state,
                   if(l.state in ('open', 'held', 'cut'),
                      ' at the end of the logs' || coalesce(', last line ' || shown_time(l.last_time), ''), ''))) as heading
  from placed s left join files f on f.file_id = s.file_id
  left join shown.life l on l.mail = s.mail and l.hop = s.hop
  left join shown.life b on b.mail = s.mail and b.hop = 1;
