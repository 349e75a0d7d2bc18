# shellcheck shell=bash
# The whole way on the sample logs: two hosts, one mail handed on, a bounce, a refusal, a deferral, a local mail.
m ingest . -o out | grep -E '^(lines|messages|deliveries|\[exit)'
m info out
m sql out "select host, queue_id, sender, origin, state, nrcpt, n_sent, n_bounced from messages order by first_time, host"
m sql out "select host, agent, recipient, relay_host, attempt, is_final, status, dsn, next_queue_id from deliveries
    order by time, host, recipient"
m sql out "select from_host, from_queue_id, to_host, to_queue_id, kind, evidence, candidates from links order by all"
m sql out "select time, host, action, stage, client_ip, reply_code, recipient from rejects"
m sql out "select host, client_ip, connect_time, end_kind, end_stage, n_messages, n_rejects from sessions order by connect_time, host"
m sql out "select text, reason from unparsed"
# each row can be checked against the line that it cites
"$PROGRAM" sql out "select path, line_offset, queue_id, recipient from deliveries join files using (file_id)" --format csv |
    tail -n +2 | while IFS=, read -r path offset queue_id recipient; do
    tail -c "+$((offset + 1))" "$path" | sed -n 1p | grep -F "$queue_id: to=<$recipient>" >/dev/null || echo "not in $path at $offset"
    echo cited
done | sort | uniq -c
# an existing dataset is refused, and replaced only with --force; a folder that is no dataset never
m ingest relay1.log -o out
m sql out "select count(*) as files from files" --format csv
m ingest relay1.log -o out --force >/dev/null
m sql out "select count(*) as files from files" --format csv
mkdir precious && touch precious/file
m ingest relay1.log -o precious --force
ls precious
# a broken archive: all else is done, exit code 4
gzip -c relay1.log | head -c 600 >cut.log.gz
m ingest cut.log.gz inbox1.log -o part | tail -n 1
m sql part "select path, status, error from files order by path"
# interrupted: nothing is published
for signal in INT TERM; do
    { cat relay1.log; sleep 1; } | "$PROGRAM" ingest - -o never >/dev/null 2>&1 &
    sleep 0.5
    kill -$signal $!
    code=0
    wait $! || code=$?
    echo "SIG$signal: exit $code, $(ls -d never/current 2>/dev/null || echo nothing published)"
done
# a failure says what failed, where, and what to do; the dataset stays as it was, and nothing of the run is left
mkdir big && "$PROGRAM" gen -o big/mail.log --size 300K 2>/dev/null
"$PROGRAM" ingest inbox1.log -o stays 2>/dev/null
before=$(ls -R stays)
for more in "" "--append" "--stripe-bytes 10000 --memory 1"; do
    # shellcheck disable=SC2086 # words
    (ulimit -f 4; "$PROGRAM" ingest big -o stays --force $more 2>&1 || echo "[exit $?]") | sed "s|$PWD|HERE|; s|parts/[0-9]*/[a-z]*|parts/N/TABLE|"
    [ "$(ls -R stays)" = "$before" ] || echo "something was left"
done
# nothing to read is nothing to put in place of what is there
mkdir gone && ln -s nowhere gone/mail.log
m ingest gone -o stays --force
[ "$(ls -R stays)" = "$before" ] || echo "something was left"
# a dataset that stands among the logs is not read as logs, and refused where it is what is given
mkdir among && cp relay1.log among/
m ingest among -o among/out | grep '^files'
m ingest among -o among/out --force | grep '^files'
m ingest among/out -o other
m parse among | wc -l
