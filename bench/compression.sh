#!/usr/bin/env bash
# Packed logs to segments of lines (bench_input: no parsing) and to published datasets, in bytes of text a second, beside what the
# plain tool takes to unpack the same file to /dev/null; all take turns, the page cache is warm. Ends within 8 minutes, and says so
# if it had to leave out runs for that.
#   bench/compression.sh [--size 192M] [--runs 3] [--program PROGRAM --input BENCH_INPUT]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
size=192M
runs=3
program=
input=
while [ $# -gt 0 ]; do
    case "$1" in
    --size) size=${2:?--size SIZE}; shift ;;
    --runs) runs=${2:?--runs N}; shift ;;
    --program) program=$(realpath "${2:?--program PROGRAM}"); shift ;;
    --input) input=$(realpath "${2:?--input BENCH_INPUT}"); shift ;;
    *) sed -n '5s/^# *//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
cd "$root"
if [ -z "$program" ] || [ -z "$input" ]; then
    scripts/setup
    scripts/build bench
    program=$root/build/bench/mailstrata
    input=$root/build/bench/bench/bench_input
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/ms-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$work/mail.log
"$program" gen -o "$log" --size "$size" --seed 1 2>/dev/null
bytes=$(stat -c %s "$log")
pack() { # SUFFIX COMMAND...
    local suffix=$1
    shift
    "$@" <"$log" >"$log.$suffix"
}
parts() { # SUFFIX COMMAND...: as many files, one behind the other
    local suffix=$1 part
    shift
    for part in "$work"/part.*; do "$@" <"$part"; done >"$log.$suffix"
}
pack gz gzip -6 &
pack bz2 bzip2 &
wait
split -b 8M "$log" "$work/part."
parts members.gz gzip -6
parts frames.zst zstd -q -3
rm "$work"/part.*
pack zst zstd -q -3
pack xz xz -T1 -1
pack blocks.xz xz -T2 -1 --block-size=8MiB
pack lz4 lz4 -q
wait

rate() { # COMMAND...: its MB of text a second
    local begin end
    begin=$(date +%s%N)
    "$@"
    end=$(date +%s%N)
    echo $((bytes * 1000 / (end - begin)))
}
ingest() { # FILE THREADS
    "$program" ingest "$1" -o "$work/dataset" --force --year 2026 --threads "$2" >/dev/null 2>&1
}
to_null() { "$@" >/dev/null; }
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

tool_of() {
    case "$1" in
    *.gz) echo zcat ;;
    *.zst) echo zstdcat ;;
    *.xz) echo xzcat ;;
    *.bz2) echo bzcat ;;
    *.lz4) echo lz4cat ;;
    *) echo cat ;;
    esac
}
files=("$log" "$log.gz" "$log.members.gz" "$log.zst" "$log.frames.zst" "$log.lz4" "$log.xz" "$log.blocks.xz" "$log.bz2")
rows() { (cd "$work/dataset/current" && find . -name '*.parquet' ! -path './files/*' | sort | xargs cat | md5sum); }
segments() { # FILE THREADS
    "$input" "$1" "$2" | cut -d ' ' -f 1
}
cpu() { # COMMAND...: its seconds of CPU, all threads together, as GB of text a second of a core
    local TIMEFORMAT='%U %S' used
    used=$({ time "$@" >/dev/null 2>&1; } 2>&1)
    awk -v bytes="$bytes" '{printf "%.2f\n", bytes / 1e9 / ($1 + $2 + 1e-9)}' <<<"$used"
}

# Equal work first; this also warms the page cache.
ingest "$log" 2
want=$(rows)
for file in "${files[@]}"; do
    ingest "$file" 2
    [ "$(rows)" = "$want" ] || { echo "compression: ${file##*/} gives other rows" >&2; exit 1; }
done
done_runs=0
for ((run = 0; run < runs && (run == 0 || SECONDS + SECONDS / (run + 1) < 450); run++)); do
    for file in "${files[@]}"; do
        tool=$(tool_of "$file")
        rate to_null "$tool" "$file" >>"$file.tool"
        segments "$file" 1 >>"$file.segments1"
        segments "$file" 2 >>"$file.segments2"
        cpu "$tool" "$file" >>"$file.toolcpu"
        cpu "$input" "$file" 1 >>"$file.cpu"
        rate ingest "$file" 1 >>"$file.one"
        rate ingest "$file" 2 >>"$file.two"
    done
    done_runs=$((run + 1))
done
[ $done_runs = "$runs" ] || echo "compression: only $done_runs of $runs runs, for time" >&2
echo "$(awk -F: '/model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores; $((bytes / 1000000)) MB of text, medians of $done_runs; MB of text a second"
echo
echo '| file | packed to | tool to /dev/null | to segments, 1 thread | 2 threads | ingest, 1 thread | 2 threads | GB/s of a core: tool | segments |'
echo '|---|---|---|---|---|---|---|---|---|'
for file in "${files[@]}"; do
    printf '| %s | %s %% | %s %s | %s | %s | %s | %s | %s | %s |\n' "${file##*/}" "$(($(stat -c %s "$file") * 100 / bytes))" \
        "$(tool_of "$file")" "$(median <"$file.tool")" "$(median <"$file.segments1")" "$(median <"$file.segments2")" \
        "$(median <"$file.one")" "$(median <"$file.two")" "$(median <"$file.toolcpu")" "$(median <"$file.cpu")"
done
