#!/usr/bin/env bash
# Packed logs to published datasets, in bytes of text a second, beside what the plain tool takes to unpack the same file to
# /dev/null, and beside the plain log; all take turns, the page cache is warm.
#   bench/compression.sh [--size 256M] [--runs 3] [--program PROGRAM]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
size=256M
runs=3
program=
while [ $# -gt 0 ]; do
    case "$1" in
    --size) size=${2:?--size SIZE}; shift ;;
    --runs) runs=${2:?--runs N}; shift ;;
    --program) program=$(realpath "${2:?--program PROGRAM}"); shift ;;
    *) sed -n '4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
cd "$root"
if [ -z "$program" ]; then
    scripts/setup
    scripts/build release
    program=$root/build/release/mailstrata
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/ms-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$work/mail.log
"$program" gen -o "$log" --size "$size" --seed 1 2>/dev/null
pack() { # SUFFIX COMMAND...
    local suffix=$1
    shift
    "$@" <"$log" >"$log.$suffix"
}
pack gz gzip -6
pack zst zstd -q -3
pack xz xz -T2 -3
pack bz2 bzip2
pack lz4 lz4 -q
bytes=$(stat -c %s "$log")

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

declare -A unpack=([gz]=zcat [zst]=zstdcat [xz]=xzcat [bz2]=bzcat [lz4]=lz4cat [plain]=cat)
kinds=(plain gz zst lz4 xz bz2)
file_of() { if [ "$1" = plain ]; then echo "$log"; else echo "$log.$1"; fi; }
rows() { (cd "$work/dataset/current" && find . -name '*.parquet' ! -path './files/*' | sort | xargs cat | md5sum); }

# Equal work first.
ingest "$log" 2
want=$(rows)
for kind in "${kinds[@]}"; do
    ingest "$(file_of "$kind")" 2
    [ "$(rows)" = "$want" ] || { echo "compression: $kind gives other rows" >&2; exit 1; }
done
for ((run = 0; run < runs; run++)); do
    for kind in "${kinds[@]}"; do
        file=$(file_of "$kind")
        rate to_null "${unpack[$kind]}" "$file" >>"$work/$kind.tool"
        rate ingest "$file" 1 >>"$work/$kind.one"
        rate ingest "$file" 2 >>"$work/$kind.two"
    done
done
echo "$(awk -F: '/model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores; $((bytes / 1000000)) MB of text, medians of $runs; MB of text a second"
printf '| %-6s | %-14s | %-10s | %-11s | ratio |\n|---|---|---|---|---|\n' kind "tool to null" "1 thread" "2 threads"
for kind in "${kinds[@]}"; do
    printf '| %-6s | %-14s | %-10s | %-11s | %.1f |\n' "$kind" "${unpack[$kind]} $(median <"$work/$kind.tool")" "$(median <"$work/$kind.one")" \
        "$(median <"$work/$kind.two")" "$(awk "BEGIN {print $bytes / $(stat -c %s "$(file_of "$kind")")}")"
done
