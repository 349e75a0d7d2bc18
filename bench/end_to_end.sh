#!/usr/bin/env bash
# The whole way, plain log to published dataset, in bytes of log a second, beside `wc -l`, `grep -c` and `rg -c` in the same
# run: the tools take turns, so that a slow minute of the machine hits all of them. The page cache is warm.
#   bench/end_to_end.sh [--size 256M] [--runs 5] [--record] [LOG]
# Without LOG a generated one is used (tests/support/streamgen, seed 1). Before any timing the answers are checked: the dataset
# holds as many lines as `wc -l` counts, and is the same, byte for byte, for 1 and 2 threads.
# --record keeps the raw output in bench/runs/<date>-<machine>/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
size=256M
runs=5
record=no
log=
while [ $# -gt 0 ]; do
    case "$1" in
    --size) size=${2:?--size SIZE}; shift ;;
    --runs) runs=${2:?--runs N}; shift ;;
    --record) record=yes ;;
    -*) sed -n '4,7s/^# //p' "$0" >&2; exit 2 ;;
    *) log=$(realpath "$1") ;;
    esac
    shift
done
cd "$root"
scripts/setup
scripts/build release
program=build/release/mailstrata
work=build/bench-data
mkdir -p "$work"

if [ -z "$log" ]; then
    log=$work/stream-$size.log
    [ -s "$log" ] || {
        build/release/tests/support/streamgen --seed 1 --bytes "$size" -o "$log.tmp"
        mv "$log.tmp" "$log"
    }
fi
bytes=$(stat -c %s "$log")

ingest() { # THREADS
    "$program" ingest "$log" -o "$work/dataset-$1" --force --threads "$1" >"$work/ingest-$1.out" 2>&1
}
digest() { # THREADS
    (cd "$work/dataset-$1/current" && find . -name '*.parquet' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# Equal work first; this also warms the page cache.
lines=$(wc -l <"$log")
for threads in 1 2; do
    ingest "$threads" || { cat "$work/ingest-$threads.out" >&2; exit 3; }
done
counted=$("$program" sql "$work/dataset-1" --format csv "SELECT CAST(sum(n_lines) AS BIGINT) FROM files" | tail -n 1)
[ "$counted" = "$lines" ] || { echo "end_to_end: wc -l counts $lines lines, the dataset $counted" >&2; exit 1; }
[ "$(digest 1)" = "$(digest 2)" ] || { echo "end_to_end: 1 and 2 threads gave different datasets" >&2; exit 1; }

names=("wc -l" "grep -c status=")
commands=("wc -l" "grep -c status=")
if command -v rg >/dev/null; then
    names+=("rg -c status=")
    commands+=("rg -c status=")
fi
names+=("mailstrata, 1 thread" "mailstrata, 2 threads")

raw=$work/raw.tsv
printf 'run\ttool\tseconds\tMB_per_s\n' >"$raw"
timed() { # RUN NAME COMMAND...
    local run=$1 name=$2 begin end
    shift 2
    begin=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null
    end=${EPOCHREALTIME/[.,]/}
    awk -v run="$run" -v name="$name" -v us=$((end - begin)) -v bytes="$bytes" \
        'BEGIN { printf "%s\t%s\t%.4f\t%.1f\n", run, name, us / 1e6, bytes / us }' >>"$raw"
}
for ((run = 1; run <= runs; run++)); do
    for i in "${!commands[@]}"; do
        timed "$run" "${names[i]}" ${commands[i]} "$log"
    done
    timed "$run" "mailstrata, 1 thread" ingest 1
    timed "$run" "mailstrata, 2 threads" ingest 2
done

median() { # NAME
    awk -F'\t' -v name="$1" '$2 == name { print $4 }' "$raw" | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
summary=$work/summary.txt
{
    echo "$(basename "$log"): $bytes bytes, $lines lines, $((bytes / lines)) bytes a line; warm page cache; median of $runs runs"
    echo "$cpu, $(nproc) cores, $(uname -sr); $("$program" --version 2>/dev/null | head -n 1), $(git describe --always --dirty 2>/dev/null || echo 'no git')"
    echo
    printf '%-24s %10s %14s %14s\n' tool MB/s "lines/s" "of wc -l"
    base=$(median "wc -l")
    for name in "${names[@]}"; do
        awk -v name="$name" -v rate="$(median "$name")" -v base="$base" -v line="$((bytes / lines))" \
            'BEGIN { printf "%-24s %10.0f %14.0f %14.2f\n", name, rate, rate * 1e6 / line, rate / base }'
    done
    awk -v one="$(median "mailstrata, 1 thread")" -v two="$(median "mailstrata, 2 threads")" \
        'BEGIN { printf "\n2 threads are %.2f times 1 thread\n", two / one }'
} | tee "$summary"

if [ "$record" = yes ]; then
    machine=$(tr -cs 'A-Za-z0-9\n' - <<<"$cpu" | sed 's/^-*//; s/-*$//')-$(nproc)cores
    kept=bench/runs/$(date -u +%F)-$machine
    mkdir -p "$kept"
    cp "$raw" "$summary" "$kept/"
    cp "$work/ingest-1.out" "$kept/ingest-1-thread.txt"
    cp "$work/ingest-2.out" "$kept/ingest-2-threads.txt"
    echo "kept in $kept"
fi
