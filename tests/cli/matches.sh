# shellcheck shell=bash
# --patterns: the table matches.
hops_log >hops.log
{
    echo 'Jan  1 00:05:00 mx1 kernel: oom'
    echo 'no envelope, oom'
    echo '2026-01-01T00:05:01.000Z mx1 postfix/smtpd[9]: connect from c9.example[192.0.2.9]'
    echo '2026-01-01T00:05:02.000Z mx1 postfix/smtpd[9]: disconnect from c9.example[192.0.2.9]'
} >>hops.log
printf '# what we look for\n\nunknown user\nhop\tto=<[bc]@\nhop\tqueued as\nlast\tremoved$\nany\toom\nsession\t9\\]: (dis)?connect\nhop2\tmx2\\.example\n' >patterns
"$PROGRAM" ingest hops.log -o ds --patterns patterns 2>/dev/null
m sql ds "select pattern_id, m.time, m.host, l.queue_id, m.line_offset from matches m left join messages l using (txn_id) order by m.line_offset, pattern_id" --format csv
# no row depends on segments, threads or the engine
for options in "--segment-bytes 1 --threads 3" "--scan plain" "--whole-lists" "--stripe-bytes 300 --threads 2 --segment-bytes 200"; do
    # shellcheck disable=SC2086
    "$PROGRAM" ingest hops.log -o other --force --patterns patterns $options 2>/dev/null
    "$PROGRAM" sql other "select count(*) as n, (select count(*) from (from '$PWD/ds/current/matches/*.parquet' except from '$PWD/other/current/matches/*.parquet')) as missing from matches" --format csv
done
"$PROGRAM" ingest hops.log -o none 2>/dev/null
m sql none "select count(*) as n from matches" --format csv
printf '(\n' >patterns
m ingest hops.log -o none2 --patterns patterns
printf 'name\t\n' >patterns
m ingest hops.log -o none2 --patterns patterns
printf '#\n' >patterns
m ingest hops.log -o none2 --patterns patterns
m ingest hops.log -o none2 --patterns nosuchfile
