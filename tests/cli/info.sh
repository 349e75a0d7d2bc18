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
