-- What rows say of the lines that they cite, by place: one row for each line and table that cites it, with what the line must hold.
-- Of $1 lines about one, the same ones each time; 1 is all. shown.sources(file_id, place) says where the sources that are read again
-- stand in the order of reading; the others have no row there.
with cited as (
  select 'messages' as cites, file_id, line_offset, host, null::varchar as program, null::bigint as pid, first_time as time,
         if(mta = 'qmail', null, queue_id) as word, null::varchar as text from messages
  union all select 'messages', file_id, message_id_offset, host, null, null, null, if(mta = 'qmail', null, queue_id), null from messages
    where message_id_offset is not null
  union all select 'messages', file_id, queued_offset, host, null, null, queued_time, if(mta = 'qmail', null, queue_id), null from messages
    where queued_offset is not null
  union all select 'messages', file_id, end_offset, host, null, null, end_time, if(mta = 'qmail', null, queue_id), null from messages
    where end_offset is not null
  union all select 'deliveries', file_id, line_offset, host, null, null, time, if(mta = 'qmail', null, queue_id), null from deliveries
  union all select 'sessions', file_id, line_offset, host, null, pid, connect_time, null, null from sessions
  union all select 'rejects', file_id, line_offset, host, null, null, time, null, null from rejects
  union all select 'logins', file_id, line_offset, host, null, null, time, null, null from logins
  union all select 'verdicts', file_id, line_offset, host, program, null, time, null, null from verdicts
  union all select 'events', file_id, line_offset, host, program, pid, time, queue_id, text from events
  union all select 'links', file_id, line_offset, from_host, null, null, null, from_queue_id, null from links
  union all select 'matches', file_id, line_offset, host, null, null, time, null, null from matches
  union all select 'unparsed', file_id, line_offset, null, null, null, null, null, text from unparsed
)
select s.place, c.line_offset, c.cites, c.host, c.program, c.pid, epoch_us(c.time) as time_us, c.word, c.text
from cited c join shown.sources s using (file_id)
where $1 = 1 or hash(c.file_id, c.line_offset) % $1::ubigint = 0
order by s.place, c.line_offset, c.cites
