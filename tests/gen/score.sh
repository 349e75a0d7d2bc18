#!/usr/bin/env bash
# usage: score.sh PROGRAM SOURCE_DIR [--tamper] [--cuts] [--skip TABLE.COLUMN]... GEN-ARGS...: a generated log, ingested and exported, has the truth's rows and values, all of
# them and no others; with --cuts, segments of any size give the same bytes; with --tamper, a log that lacks a line does not (a score that cannot fail says nothing).
set -euo pipefail
program=$1 source_dir=$2
shift 2
tamper=no cuts=no
skip=()
while :; do
    case "$1" in
    --tamper) tamper=yes; shift ;;
    --cuts) cuts=yes; shift ;;
    --skip) skip+=(--skip "$2"); shift 2 ;;
    *) break ;;
    esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=${program%/*}/test-cache # compiled patterns: once a build
cd "$work"

given=() # what a log does not say, and its reader is told
for ((i = 1; i < $#; i++)); do
    next=$((i + 1))
    case "${!i}=${!next}" in
    --tz=*) # the only zone with --dst
        case " $* " in
        *" --dst "*) given+=(--tz Europe/Berlin) ;;
        *) given+=(--tz "${!next}") ;;
        esac ;;
    --dialect=*-*log) given+=(--host mx1 --year 2026) ;;
    --dialect=*) given+=(--year 2026) ;;
    esac
done

score() { # LOGS...
    "$program" ingest "$@" -o dataset --force --threads 2 "${given[@]}" 2>ingest.err || { cat ingest.err; exit 1; }
    for table in messages deliveries; do
        "$program" sql dataset --format csv "SELECT * FROM $table" >$table.csv
    done
    "$program" sql dataset --format csv "SELECT r.*, m.queue_id FROM rejects r LEFT JOIN messages m USING (txn_id)" >rejects.csv
    "$program" sql dataset --format csv "SELECT host, queue_id, mail_id FROM mail_messages" >mails.csv
    "$source_dir/bench/score.py" --truth truth --messages messages.csv --deliveries deliveries.csv --rejects rejects.csv \
        --mails mails.csv --at-least 1 "${skip[@]}" || return # where the caller asks, set -e is off
    if [ -f truth/duplicates.ndjson ]; then
        local told found
        told=$(grep -o '"n_lines":[0-9]*' truth/duplicates.ndjson | cut -d: -f2 | paste -sd+)
        found=$("$program" sql dataset --format csv "SELECT sum(n_lines_duplicate)::BIGINT FROM files" | tail -n 1)
        [ $((told)) -gt 0 ] && [ $((told)) = "$found" ] || { echo "score: $((told)) lines stand there twice, $found were found"; return 1; }
    fi
}

mkdir logs
"$program" gen -o logs/mail.log --truth truth "$@"
score logs || { echo "score: the dataset is not what was generated"; exit 1; }

for how in '--segment-bytes 1' '--segment-bytes 777 --threads 3' '--segment-bytes 40K --threads 2' '--whole-lists --threads 1'; do
    [ $cuts = yes ] || break
    # shellcheck disable=SC2086 # words
    "$program" ingest logs -o cut --force $how "${given[@]}" 2>/dev/null
    diff -r dataset/current cut/current || { echo "score: $how gives other bytes"; exit 1; }
done

[ $tamper = yes ] || exit 0
cat $(ls -r logs/mail.log*) >whole.log
for line in ' status=sent ' ': removed$' ' reject: ' ' => ' ' Completed$' ' rejected RCPT '; do
    grep -q -- "$line" whole.log || continue
    awk -v line="$line" '!gone && $0 ~ line { gone = 1; next } { print }' whole.log >tampered.log
    if score tampered.log >tampered.out 2>&1; then
        echo "score: a line less ('$line') was not seen"
        exit 1
    fi
done
echo "score: all of it, and a missing line is seen"
