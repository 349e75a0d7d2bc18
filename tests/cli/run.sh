#!/usr/bin/env bash
# usage: run.sh PROGRAM SOURCE_DIR CASE [--bless]
# Runs CASE.sh with a function `m` (the program, its arguments and exit code shown) in an empty folder, and compares all that
# it prints, stdout and stderr, with CASE.expected. --bless writes CASE.expected: read the diff before you commit it.
set -euo pipefail
program=$1
source_dir=$2
case=$3
here=$source_dir/tests/cli
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TZ=Asia/Tokyo XDG_CACHE_HOME=${program%/*}/test-cache # compiled patterns: once a build
unset MAILSTRATA_SIMD

cat >"$work/.lib" <<'LIB'
# m ARGS...: runs the program; what it prints, then its exit code
m() {
    local code=0
    printf '$ mailstrata'; printf ' %q' "$@"; echo
    "$PROGRAM" "$@" 2>&1 || code=$?
    echo "[exit $code]"
}
# empty_dataset NAME: a published generation without rows
empty_dataset() {
    mkdir -p "$1/gen-1" && ln -s gen-1 "$1/current"
}
# part DATASET TABLE SELECT: a part file with these rows, written by DuckDB
part() {
    mkdir -p "$1/gen-1/$2"
    "$PROGRAM" sql "$1" "copy ($3) to '${1//\'/\'\'}/gen-1/$2/part-00000.parquet'"
}
# hops_log: one mail to two recipients through a filter and over three hosts; one is delivered, one fails
hops_log() {
    cat <<'LOG'
2026-01-01T00:01:00.000Z mx1 postfix/smtpd[1]: 9F0C1A0B1C: client=c1.example[192.0.2.1]
2026-01-01T00:01:00.100Z mx1 postfix/cleanup[2]: 9F0C1A0B1C: message-id=<one@x.example>
2026-01-01T00:01:00.200Z mx1 postfix/qmgr[3]: 9F0C1A0B1C: from=<a@x.example>, size=1000, nrcpt=2 (queue active)
2026-01-01T00:01:01.100Z mx1 postfix/smtpd[4]: 9F0C1A0B2D: client=localhost[127.0.0.1], orig_queue_id=9F0C1A0B1C, orig_client=c1.example[192.0.2.1]
2026-01-01T00:01:01.200Z mx1 postfix/cleanup[2]: 9F0C1A0B2D: message-id=<one@x.example>
2026-01-01T00:01:01.300Z mx1 postfix/qmgr[3]: 9F0C1A0B2D: from=<a@x.example>, size=1100, nrcpt=2 (queue active)
2026-01-01T00:01:01.400Z mx1 postfix/smtp[5]: 9F0C1A0B1C: to=<b@y.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1.4, delays=0.2/0/0.1/1.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F0C1A0B2D)
2026-01-01T00:01:01.400Z mx1 postfix/smtp[5]: 9F0C1A0B1C: to=<c@y.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1.4, delays=0.2/0/0.1/1.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F0C1A0B2D)
2026-01-01T00:01:01.500Z mx1 postfix/qmgr[3]: 9F0C1A0B1C: removed
2026-01-01T00:02:00.100Z mx2 postfix/smtpd[1]: 4fPWt81QgXzfhn: client=mx1.example[198.51.100.1]
2026-01-01T00:02:00.200Z mx2 postfix/cleanup[2]: 4fPWt81QgXzfhn: message-id=<one@x.example>
2026-01-01T00:02:00.300Z mx2 postfix/qmgr[3]: 4fPWt81QgXzfhn: from=<a@x.example>, size=1200, nrcpt=2 (queue active)
2026-01-01T00:02:00.400Z mx1 postfix/smtp[6]: 9F0C1A0B2D: to=<b@y.example>, relay=mx2.example[198.51.100.2]:25, delay=59, delays=0.2/0/58/0.8, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4fPWt81QgXzfhn)
2026-01-01T00:02:00.400Z mx1 postfix/smtp[6]: 9F0C1A0B2D: to=<c@y.example>, relay=mx2.example[198.51.100.2]:25, delay=59, delays=0.2/0/58/0.8, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4fPWt81QgXzfhn)
2026-01-01T00:02:00.500Z mx1 postfix/qmgr[3]: 9F0C1A0B2D: removed
2026-01-01T00:03:00.100Z mx3 postfix/smtpd[1]: 9F0C1A0B3E: client=mx2.example[198.51.100.2]
2026-01-01T00:03:00.200Z mx3 postfix/cleanup[2]: 9F0C1A0B3E: message-id=<one@x.example>
2026-01-01T00:03:00.300Z mx3 postfix/qmgr[3]: 9F0C1A0B3E: from=<a@x.example>, size=1300, nrcpt=2 (queue active)
2026-01-01T00:03:00.400Z mx2 postfix/smtp[6]: 4fPWt81QgXzfhn: to=<b@y.example>, relay=mx3.example[198.51.100.3]:25, delay=60, delays=0.2/0/59/0.8, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F0C1A0B3E)
2026-01-01T00:03:00.400Z mx2 postfix/smtp[6]: 4fPWt81QgXzfhn: to=<c@y.example>, relay=mx3.example[198.51.100.3]:25, delay=60, delays=0.2/0/59/0.8, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F0C1A0B3E)
2026-01-01T00:03:00.500Z mx2 postfix/qmgr[3]: 4fPWt81QgXzfhn: removed
2026-01-01T00:03:01.000Z mx3 postfix/local[7]: 9F0C1A0B3E: to=<b@y.example>, relay=local, delay=0.9, delays=0.2/0/0/0.7, dsn=2.0.0, status=sent (delivered to mailbox)
2026-01-01T00:03:01.100Z mx3 postfix/local[7]: 9F0C1A0B3E: to=<c@y.example>, relay=local, delay=1, delays=0.2/0/0/0.8, dsn=5.1.1, status=bounced (unknown user: "c")
2026-01-01T00:03:01.200Z mx3 postfix/bounce[8]: 9F0C1A0B3E: sender non-delivery notification: 9F0C1A0B4F
2026-01-01T00:03:01.300Z mx3 postfix/qmgr[3]: 9F0C1A0B3E: removed
LOG
}
LIB
export PROGRAM=$program SAMPLES=$source_dir/corpus/samples
cp "$SAMPLES"/*.log "$work/"
(cd "$work" && bash -euo pipefail -c '. ./.lib; . "$0"' "$here/$case.sh") >"$work/.out" 2>&1 || {
    cat "$work/.out"
    echo "cli: $case.sh itself failed" >&2
    exit 1
}
if [ "${4:-}" = --bless ]; then
    cp "$work/.out" "$here/$case.expected"
else
    diff -u "$here/$case.expected" "$work/.out"
fi
