# shellcheck shell=bash
# find over the sample logs: each selector, formats, limits, what is said when nothing matches; and words that attack the SQL.
"$PROGRAM" ingest . -o out --year 2026 2>/dev/null
m find out
m find out --limit 2 --format csv
m find out --message-id '<invoice-77@sender.example>' --format ndjson
count() { m find out "$@" --count --format csv | sed -n '1p;3p'; }
count --from BILLING@sender.example
count --from '"billing"@sender.example'
count --from @sender.example
count --from '/^bill.*example$/'
count --from '<>'
count --to alice@shop.example
count --to sales@shop.example
count --to alice@shop.example --status sent --relay inbox1.shop.example
count --to alice@shop.example --relay 198.51.100.0/24
count --to '/^(al|bo)/' --relay '/dovecot/'
count --domain SENDER.example
count --client 192.0.2.10
count --client 192.0.2.0/24
count --client mail.sender.example
count --queue-id 4fPWt81QgXzfhn
count --user alice
count --status rejected
count --status refused
count --status deferred
count --host inbox1
count --since 2026-03-02T08:20 --until 2026-03-02T08:20
count --since 2026-03-02T09:20+01:00 --until 2026-03-02T08:20:34Z
count --since 2026-03 --until 2026
count --to victim@elsewhere.example
m find out --to victim@elsewhere.example --display-tz Europe/Berlin
m find out --from billing@sender.example --display-tz +01:00

# nothing: which hosts and times, which selector
m find out --to nobody@shop.example
m find out --to alice@shop.example --from nobody@sender.example --host mx9
m find out --since 2027-01-01 --count
gzip -c relay1.log | head -c 600 >cut.log.gz
"$PROGRAM" ingest cut.log.gz inbox1.log -o part 2>/dev/null || echo "exit $?"
m find part --from nobody@sender.example
empty_dataset nothing
m find nothing --status sent

# words are values, whatever they look like
count --from "x' or '1'='1"
count --to "'; drop view messages; --"
count --subject "%' union select * from files --"
count --host "\$1"
count --queue-id '?'
count --message-id "a\"b'c"
count --user $'\377'
m find out --from '/(/'
# shellcheck disable=SC2016
count --reason '`id`'

# one mail over three hosts, made by hand: any selector finds all of it, recipient and status hold within one delivery
empty_dataset d
part d messages "select 10 + i::BIGINT as txn_id, 'postfix' as mta, 'mx' || i as host, 'Q' || i as queue_id, 'one@x' as message_id,
    'a@x' as sender, 'a@x' as sender_key, 'x' as sender_domain, 'done' as state, 'smtpd' as origin, 0 as file_id, i * 100 as line_offset,
    timestamptz '2026-01-01 00:00:00+00' + interval (i) minute as first_time, first_time + interval 1 minute as last_time,
    case i when 1 then '192.0.2.1' else '198.51.100.' || i end as client_ip, n.* from range(1, 4) t(i), (select NULL::VARCHAR as subject, NULL::VARCHAR as subject_decoded,
    NULL::BIGINT as size_bytes, NULL::VARCHAR as client_name, NULL::VARCHAR as sasl_username, NULL::VARCHAR as orig_client_ip,
    NULL::INTEGER as nrcpt, 0 as n_sent, 0 as n_deferred, 0 as n_bounced) n"
part d mails "select 10 + i::BIGINT as txn_id, 11::BIGINT as mail_id from range(1, 4) t(i)"
part d deliveries "select 10 + i::BIGINT as txn_id, 'mx' || i as host, 'Q' || i as queue_id, r as recipient, r as recipient_key, 'y' as recipient_domain,
    NULL::VARCHAR as orig_recipient, NULL::VARCHAR as orig_recipient_key, case when i = 3 and r = 'c@y' then 'bounced' else 'sent' end as status, '2.0.0' as dsn, 1 as attempt,
    'relay' || i as relay_host, NULL::VARCHAR as relay_ip, NULL::VARCHAR as next_queue_id, 'smtp' as agent, true as is_final, NULL::VARCHAR as reply,
    timestamptz '2026-01-01 00:00:00+00' + interval (i) minute as time, 0 as file_id, i * 100 + 50 as line_offset from range(1, 4) t(i), (values ('b@y'), ('c@y')) v(r)"
part d links "select 10 + i::BIGINT as from_txn_id, 11 + i::BIGINT as to_txn_id, 'mx' || i as from_host, 'Q' || i as from_queue_id, 'mx' || (i + 1) as to_host,
    'Q' || (i + 1) as to_queue_id, 'next_hop' as kind, 'queued_as' as evidence, 1 as candidates, 'b@y' as recipient, 0 as file_id, i * 100 + 50 as line_offset from range(1, 3) t(i)"
m find d --client 192.0.2.1 --host mx3
m find d --to b@y --status bounced
m find d --to c@y --status bounced --format csv
m find d --queue-id Q2 --since 2026-01-01T00:05 --count
