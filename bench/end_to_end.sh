#!/usr/bin/env bash
# The whole way, plain log to published dataset, in bytes of log a second, beside `wc -l`, `grep -c` and `rg -c` in the same
# run: the tools take turns, so that a slow minute of the machine hits all of them. The page cache is warm.
#   bench/end_to_end.sh [--size 256M] [--runs 5] [--record] [--year Y] [LOG]
# Without LOG a generated one is used (tests/support/streamgen, seed 1). Before any timing the answers are checked: the dataset
# holds as many lines as `wc -l` counts, and is the same, byte for byte, for 1 and 2 threads.
# --record keeps the raw output in bench/runs/<date>-<machine>/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
size=256M
runs=5
record=no
log=
year=()
while [ $# -gt 0 ]; do
    case "$1" in
    --size) size=${2:?--size SIZE}; shift ;;
    --runs) runs=${2:?--runs N}; shift ;;
    --record) record=yes ;;
    --year) year=(--year "${2:?--year Y}"); shift ;;
    -*) sed -n '4s/^# *//p' "$0" >&2; exit 2 ;;
    *) log=$(realpath "$1") ;; # where the caller stands
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
    year=(--year 2026) # streamgen begins in March 2026, with stamps that do not say so
    [ -s "$log" ] || {
        build/release/tests/support/streamgen --seed 1 --bytes "$size" -o "$log.tmp"
        mv "$log.tmp" "$log"
    }
fi
bytes=$(stat -c %s "$log")

ingest() { # THREADS
    "$program" ingest "$log" -o "$work/dataset-$1" --force --threads "$1" "${year[@]}" >"$work/ingest-$1.out" 2>&1
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
printf 'run\ttool\tseconds\tcpu_seconds\tMB_per_s\n' >"$raw"
TIMEFORMAT='%R %U %S'
timed() { # RUN NAME COMMAND...
    local run=$1 name=$2
    shift 2
    # grep stops at the first match when it writes to /dev/null, hence a file
    { time "$@" >"$work/tool.out" 2>"$work/tool.err"; } 2>&1 |
        awk -v run="$run" -v name="$name" -v bytes="$bytes" \
            '{ printf "%s\t%s\t%.3f\t%.3f\t%.1f\n", run, name, $1, $2 + $3, bytes / 1e6 / $1 }' >>"$raw"
}
for ((run = 1; run <= runs; run++)); do
    for i in "${!commands[@]}"; do
        timed "$run" "${names[i]}" ${commands[i]} "$log"
    done
    timed "$run" "mailstrata, 1 thread" ingest 1
    timed "$run" "mailstrata, 2 threads" ingest 2
done

median() { # NAME COLUMN
    awk -F'\t' -v name="$1" -v column="$2" '$2 == name { print $column }' "$raw" | sort -n |
        awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
cpu=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
summary=$work/summary.txt
{
    echo "$(basename "$log"): $bytes bytes, $lines lines, $((bytes / lines)) bytes a line; warm page cache; median of $runs runs"
    echo "$cpu, $(nproc) cores, $(uname -sr); $("$program" --version 2>/dev/null | head -n 1), $(git describe --always --dirty 2>/dev/null || echo 'no git')"
    echo
    # MB/s of wall time; MB per second of processor time, which a busy machine disturbs less.
    printf '%-24s %10s %12s %14s %10s\n' tool MB/s "MB/cpu-s" "lines/s" "of wc -l"
    base=$(median "wc -l" 5)
    for name in "${names[@]}"; do
        awk -v name="$name" -v rate="$(median "$name" 5)" -v cpu_s="$(median "$name" 4)" -v base="$base" \
            -v bytes="$bytes" -v lines="$lines" 'BEGIN {
                printf "%-24s %10.0f %12.0f %14.0f %10.3f\n", name, rate, bytes / 1e6 / (cpu_s > 0.001 ? cpu_s : 0.001),
                    rate * 1e6 * lines / bytes, rate / base }'
    done
    awk -v one="$(median "mailstrata, 1 thread" 5)" -v two="$(median "mailstrata, 2 threads" 5)" \
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
