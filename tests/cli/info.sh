# shellcheck shell=bash
# info over part files made by hand, so that each figure is known; and over a dataset whose lines do not add up.
empty_dataset d
m info d
part d files "select 0 as file_id, 'a.log' as path, 100::BIGINT as size_bytes, 100::BIGINT as text_bytes, 10::BIGINT as n_lines,
    4::BIGINT as n_lines_message, 2::BIGINT as n_lines_session, 1::BIGINT as n_lines_reject, 0::BIGINT as n_lines_login,
    0::BIGINT as n_lines_verdict, 2::BIGINT as n_lines_event, 1::BIGINT as n_lines_unparsed, 0::BIGINT as n_lines_duplicate,
    0::BIGINT as n_lines_pending, timestamptz '2026-03-02 08:00:00+00' as first_time, timestamptz '2026-03-02 09:00:00+00' as last_time,
    'stamp' as year_anchor, 'UTC' as zone, 'ok' as status, NULL::VARCHAR as error
    union all select 1, 'b.gz', 50, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 'truncated', 'b.gz: cut short at byte 50'"
part d coverage "select 'mx1' as host, 'postfix/smtpd' as program, timestamptz '2026-03-02 08:00:00+00' as hour, 10::BIGINT as n_lines,
    0::BIGINT as n_lost, timestamptz '2026-03-02 08:00:00+00' as first_time, timestamptz '2026-03-02 08:59:59+00' as last_time"
part d messages "select 'done' as state from range(3) union all select 'open'"
part d deliveries "select 'sent' as status from range(4) union all select 'bounced' union all select NULL"
m info d
m info d --format ndjson
m info d --format csv
empty_dataset wrong
part wrong files "select 'a.log' as path, 0 as file_id, 'ok' as status, 10::BIGINT as n_lines, 1::BIGINT as n_lines_message,
    * from (select 0::BIGINT as n_lines_session, 0::BIGINT as n_lines_reject, 0::BIGINT as n_lines_login, 0::BIGINT as n_lines_verdict,
    0::BIGINT as n_lines_event, 0::BIGINT as n_lines_unparsed, 0::BIGINT as n_lines_duplicate, 0::BIGINT as n_lines_pending,
    NULL::TIMESTAMPTZ as first_time, NULL::TIMESTAMPTZ as last_time, 1::BIGINT as size_bytes, 1::BIGINT as text_bytes,
    NULL::VARCHAR as year_anchor, NULL::VARCHAR as zone, NULL::VARCHAR as error)"
m info wrong | grep -E 'add up|a\.log|exit'
# what syslog says it lost, and hours without a line
{
    echo '2026-03-01T23:00:00Z mx1 postfix/smtpd[1]: connect from a.example[192.0.2.1]'
    echo '2026-03-01T23:30:00Z mx1 rsyslogd-2177: imuxsock lost 123 messages from pid 1 due to rate-limiting'
    echo '2026-03-01T23:59:59Z mx1 rsyslogd: imjournal: 7 messages lost due to rate-limiting (20000 allowed within 600 seconds)'
    echo '2026-03-02T00:59:58Z mx1 postfix/qmgr[2]: fatal: this is 59:59 later'
    echo '2026-03-02T02:30:00Z mx1 postfix/qmgr[2]: fatal: this is 1:30:02 later'
    echo '2026-03-04T02:30:00Z mx1 postfix/qmgr[2]: fatal: this is two days later'
    echo '2026-03-02T02:30:00Z mx2 systemd-journald[3]: Suppressed 1000 messages from postfix@-.service'
} >lossy.log
"$PROGRAM" ingest lossy.log -o lossy 2>/dev/null
m info lossy | sed -n '/^Hosts/,/^Lines/p'
m sql lossy "select host, program, hour, n_lines, n_lost from coverage where n_lost > 0 order by all"
m sql lossy "select * from gaps order by host, from_time"
m find lossy --to a@b.example
