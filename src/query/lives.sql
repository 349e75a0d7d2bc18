-- The lives of each picked mail, in the order in which the mail went through them: hop 1, 2 ... Stamps of one host may be whole
-- seconds and those of another may not, so that time alone could put a hop in front of the one that it came from.
create table shown.life as
  with recursive
  led as (
    select distinct k.from_txn_id as parent, k.to_txn_id as child
    from shown.links k join shown.lives a on a.txn_id = k.from_txn_id join shown.lives b on b.txn_id = k.to_txn_id
    where k.kind not in ('bounce', 'delay_notice') and k.candidates = 1),
  -- for each way down from a first life: its length, and the latest begin on it
  way as (
    select m.txn_id, 0 as depth, m.first_time as since from shown.messages m anti join led on led.child = m.txn_id
    union
    select m.txn_id, way.depth + 1, greatest(way.since, m.first_time)
    from way join led on led.parent = way.txn_id join shown.messages m on m.txn_id = led.child where way.depth < 100),
  place as (select txn_id, max(depth) as depth, max(since) as since from way group by txn_id)
  select l.mail, p.mail_id, m.*,
         row_number() over (partition by l.mail order by coalesce(w.since, m.first_time) nulls last, w.depth, m.file_id,
                                                         m.line_offset) as hop
  from shown.messages m join shown.lives l using (txn_id) join shown.picked p using (mail)
  left join place w on w.txn_id = m.txn_id;
