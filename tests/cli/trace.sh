# shellcheck shell=bash
# trace over the sample logs: the story and its evidence; compressed, changed and missing sources; hostile text.
"$PROGRAM" ingest . -o out --year 2026 2>/dev/null
m trace out --message-id invoice-77@sender.example --raw
m trace out --to victim@elsewhere.example --raw
m trace out --queue-id 4fPX1W01cqzyQc --format ndjson
m trace out --user alice --format csv --raw | sed -n 1,4p | cut -d , -f 1-9
m trace out --status deferred --limit 1 --display-tz Europe/Berlin
m trace out --to nobody@shop.example
# over a filter and three hosts; what is left out is said behind what is shown
hops_log >hops
"$PROGRAM" ingest hops -o hops.dataset 2>/dev/null
m trace hops.dataset --to c@y.example
m trace out --from @sender.example --limit 1 | tail -n 3
# every cited line holds the queue ID, found without our reader
"$PROGRAM" trace out --since 2026 --limit 0 --format csv --raw >told.csv
"$PROGRAM" sql out "select count(*) > 20 as many, count(*) filter (raw is null and line_offset is not null) as unread,
    count(*) filter (queue_id is not null and step <> 'connect' and not contains(raw, queue_id)) as without_id from 'told.csv'" --format csv
"$PROGRAM" sql out "select distinct file, line_offset, raw from 'told.csv' where line_offset is not null" --format ndjson |
    python3 -c '
import json, sys
for n, line in enumerate(sys.stdin, 1):
    t = json.loads(line)
    with open(t["file"], "rb") as f:
        f.seek(int(t["line_offset"]))
        assert f.readline().rstrip(b"\n").decode() == t["raw"], t
print("each line is what lies there" if n > 20 else "too few")'

# sources as archives; then one that has changed and one that is gone
mkdir archive && gzip -k relay1.log && xz -k inbox1.log && mv relay1.log.gz inbox1.log.xz archive
"$PROGRAM" ingest archive -o packed --year 2026 2>/dev/null
m trace packed --queue-id 4fPWt81QgXzfhn --raw | grep -A 1 'sent  '
"$PROGRAM" ingest relay1.log inbox1.log -o plain --year 2026 2>/dev/null
sed -i 's/4fPWt70rV3zyQY: from=/4fPWt70rV3zyQX: from=/' relay1.log
rm inbox1.log
m trace plain --queue-id 4fPX1Z0Lx1zfhw --raw | grep '^    !' | sort -u
m trace plain --queue-id 4fPWt70rV3zyQY --raw | grep -B 1 '^    !'
sed -i 1d relay1.log
m trace plain --queue-id 4fPWt70rV3zyQY --raw | grep -c '^    ! the source has changed'
mkfifo inbox1.log
m trace plain --queue-id 4fPX1Z0Lx1zfhw --raw | grep '^    !' | sort -u
"$PROGRAM" ingest - -o piped --year 2026 <archive/relay1.log.gz 2>/dev/null
m trace piped --queue-id 4fPWt70rV3zyQY --raw | grep '^    !' | sort -u

# text that attackers write stays what it is: no control character, no forged line
printf '%s\n' \
    $'2026-03-02T08:00:00Z mx postfix/smtpd[7]: connect from \033[2Jevil[192.0.2.66]' \
    $'2026-03-02T08:00:01Z mx postfix/smtpd[7]: ABCDEF0123: client=\033[2Jevil[192.0.2.66]' \
    $'2026-03-02T08:00:02Z mx postfix/cleanup[8]: ABCDEF0123: message-id=<\033[31m\xe2\x80\xaex\'"@evil>' \
    $'2026-03-02T08:00:02Z mx postfix/cleanup[8]: ABCDEF0123: warning: header Subject: \033]0;title\007 \xff, "x" from evil[192.0.2.66]; from=<a@evil> to=<b@mx> proto=ESMTP helo=<\033c>' \
    $'2026-03-02T08:00:03Z mx postfix/qmgr[9]: ABCDEF0123: from=<a@evil>, size=1, nrcpt=1 (queue active)' \
    $'2026-03-02T08:00:04Z mx postfix/smtp[10]: ABCDEF0123: to=<b@mx>, relay=r[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 \033[2J ok] [mx:0] \r)' \
    $'2026-03-02T08:00:05Z mx postfix/qmgr[9]: ABCDEF0123: removed' >evil.log
"$PROGRAM" ingest evil.log -o evil 2>/dev/null
m trace evil --queue-id ABCDEF0123 --raw
m find evil --subject title
for format in table ndjson csv; do
    for command in find "trace --raw"; do
        # shellcheck disable=SC2086
        "$PROGRAM" ${command} evil --from a@evil --format $format | LC_ALL=C grep -c -P '[\x00-\x08\x0b-\x1f\x7f]' || echo clean
    done
done
