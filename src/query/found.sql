-- What `find` lists, from the tables of the schema `shown` (select.h): a row for each life of the picked mails and for each
-- refusal, in order; shown.found for programs, shown.found_shown for people.

-- A recipient's last attempt, and recipients whom the policy refused while others of the same mail were taken.
create table shown.outcomes as
  with tries as (
    select txn_id, recipient, status, dsn, {d: 1, f: file_id, o: line_offset} as place from shown.deliveries
    union all
    select txn_id, recipient, action, dsn, {d: 0, f: file_id, o: line_offset} from shown.rejects
    where txn_id is not null and recipient is not null)
  select txn_id, recipient, last(status order by place) as status, last(dsn order by place) as dsn,
         min({f: place.f, o: place.o}) as place
  from tries group by txn_id, recipient;

create table shown.recipients as
  select txn_id, list({recipient: recipient, status: status, dsn: dsn} order by place) as recipients,
         list(coalesce(recipient, '?') || ' ' || coalesce(status, '?')
              order by (txn_id, recipient) not in (select (txn_id, recipient) from shown.asked), status = 'sent', place) as shown
  from shown.outcomes group by txn_id;

create view shown.found as
  with found as (
    select m.mail, m.file_id, m.mail_id, m.hop, m.txn_id, m.first_time as time, m.host, m.queue_id, m.state, m.sender, r.recipients,
           m.message_id, m.subject, m.size_bytes, m.origin, m.client_name, m.client_ip, m.sasl_username, m.nrcpt, m.n_sent,
           m.n_deferred, m.n_bounced, m.last_time, NULL::integer as reply_code, NULL::varchar as text, m.line_offset,
           r.shown
    from shown.life m left join shown.recipients r using (txn_id)
    union all by name
    select p.mail, x.file_id, x.time, x.host, 'refused' as state, x.sender,
           if(x.recipient is null, NULL, [{recipient: x.recipient, status: x.action, dsn: x.dsn}]) as recipients,
           x.client_name, x.client_ip, x.sasl_username, x.time as last_time, x.reply_code, x.text, x.line_offset
    from shown.rejects x join shown.picked p on p.file_id = x.file_id and p.line_offset = x.line_offset
    where p.mail_id is null)
  select row_number() over (order by mail, hop, file_id, line_offset) as n, x.*, f.path as file
  from found x left join files f using (file_id);

-- The null sender as Postfix logs it; two recipients are named: those that were asked for, then those in trouble.
create view shown.found_shown as
  select n, mail, shown_second(time) as time, host, queue_id, state, size_bytes as size,
         if(sender = '', '<>', sender) as "from",
         if(state = 'refused', concat_ws(' ', recipients[1].recipient, text),
            array_to_string(shown[1:2], ', ') || if(len(shown) > 2, ' +' || (len(shown) - 2), '')) as "to",
         message_id
  from shown.found;
