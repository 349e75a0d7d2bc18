# shellcheck shell=bash
# What ends a run from outside: a closed pipe is no error, a full disk is; signals.
empty_dataset d
set +o pipefail +e
for format in table ndjson csv; do
    "$PROGRAM" sql d "select range from range(1000000)" --format $format | head -n 1 >/dev/null
    echo "sql, $format, closed pipe: ${PIPESTATUS[0]}"
    "$PROGRAM" sql d "select range from range(1000000)" --format $format >/dev/full
    echo "sql, $format, full disk: $?"
done
for _ in $(seq 50); do cat relay1.log; done >many.log
"$PROGRAM" parse many.log | head -n 1 >/dev/null
echo "parse, closed pipe: ${PIPESTATUS[0]}"
"$PROGRAM" parse many.log >/dev/full
echo "parse, full disk: $?"
"$PROGRAM" --help >/dev/full
echo "help, full disk: $?"
# interrupted: exit code 130 whatever the statement does just then, and nothing is left behind
mkdir tmp
export TMPDIR=$PWD/tmp
for signal in INT TERM; do
    for sql in "select count(*) from range(1000000000000)" "select sum(a.range * b.range) from range(10000000) a, range(10000000) b"; do
        "$PROGRAM" sql d "$sql" >/dev/null &
        sleep 0.5
        kill -$signal $!
        wait $!
        echo "sql, SIG$signal: $?"
    done
done
ls tmp
# what does not fit in memory is spilled below TMPDIR, into a folder of our own, and cleared away
"$PROGRAM" sql d "set memory_limit = '40MB'; set threads = 1; select count(*) as n, max(r) as last from
    (select row_number() over (order by md5(range::VARCHAR), md5((range + 1)::VARCHAR)) as r from range(300000))" --format csv &
spilled=no
while kill -0 $! 2>/dev/null; do
    [ -z "$(find tmp -type f)" ] || spilled=yes
    sleep 0.05
done
wait $!
echo "exit $?, spilled: $spilled, left behind: $(ls -A tmp)"
