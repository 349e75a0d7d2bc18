# shellcheck shell=bash
# Appending: what is known, what waits, what is refused and with which words.
rows="select (select count(*) from messages) as messages, (select count(*) from deliveries) as deliveries, (select count(*) from links) as links"
files="select file_id, path, size_bytes, text_bytes, n_lines, n_lines_pending from files order by file_id"
append() { m ingest --append -o d "$@" 2>&1 | grep -vE '^time|^(sessions|rejects|logins|verdicts|events) '; }
m ingest relay1.log inbox1.log -o whole >/dev/null
m sql whole "$rows"
# a file that grows, by half a line
head -c 1000 relay1.log >mail.log
append mail.log
m sql d "$files"
head -c 2000 relay1.log >mail.log
append mail.log
m sql d "$files"
append mail.log
# renamed, complete, then packed, with another file beside it
cat relay1.log >mail.log.1
rm mail.log
append mail.log.1 inbox1.log
gzip -n mail.log.1
append mail.log.1.gz inbox1.log
m sql d "$rows"
m sql d "$files"
for t in messages deliveries sessions events links mails coverage hosts; do
    diff <("$PROGRAM" sql whole "select * from $t order by all" --format csv) <("$PROGRAM" sql d "select * from $t order by all" --format csv) && echo "$t: the same"
done
# small parts become few; the next append goes on as before
m compact d --part-rows 10
m compact d
m compact d
for t in messages deliveries sessions events links mails coverage hosts; do
    diff <("$PROGRAM" sql whole "select * from $t order by all" --format csv) <("$PROGRAM" sql d "select * from $t order by all" --format csv) && echo "$t: the same"
done
append mail.log.1.gz inbox1.log
m verify d
m compact nothing
m compact
# older logs
sed 's/^Mar  2/Mar  1/; s/^2026-03-02/2026-03-01/' relay1.log >older.log
m ingest --append older.log -o d
m ingest --reopen older.log -o d >/dev/null
mv inbox1.log moved.log
m ingest --reopen older.log mail.log.1.gz -o d
m ingest --reopen older.log mail.log.1.gz moved.log -o d >/dev/null 2>&1
# what cannot be appended to
m ingest --append moved.log -o whole
m ingest --append moved.log -o d --host other
printf 'x' | dd of=d/current/state/run.state bs=1 seek=100 conv=notrunc status=none
m ingest --append moved.log -o d
: >d/current/state/run.state
m ingest --append moved.log -o d
m ingest --append --reopen --force moved.log -o d
