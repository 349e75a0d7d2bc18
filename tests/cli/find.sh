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
count --client '/^mail[.]SENDER/'
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

# one mail over three hosts: any selector finds all of it; recipient and status hold within one delivery
hops_log >hops.log
"$PROGRAM" ingest hops.log -o d 2>/dev/null
m find d --client 192.0.2.1 --host mx3
m find d --to b@y.example --status bounced
m find d --to c@y.example --status bounced --format csv
m find d --queue-id 4fPWt81QgXzfhn --since 2026-01-01T00:05 --count
m find d --client '/^C[0-9]/' --user nobody
m find d --host mx2 --client '/^C[0-9]/' --count --format csv

# which words there are; a host whose lines speak of no mail
m find d --reason greylist
printf '%s\n' '2026-01-01T00:00:00Z other crond[1]: hello' \
    '2026-01-01T00:00:01Z mx4 postfix/pickup[1]: 9F0C1A0B5A: uid=0 from=<root>' \
    '2026-01-01T00:00:02Z mx4 postfix/qmgr[2]: 9F0C1A0B5A: from=<root@mx4>, size=300, nrcpt=1 (queue active)' >other.log
"$PROGRAM" ingest hops.log other.log -o e 2>/dev/null
m find e --host other
m find e --status queued
