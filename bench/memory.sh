#!/usr/bin/env bash
# Peak memory by size of the input: of logs as they are, and of two that are hard on it (bench/hard_log.c). Text comes through a
# pipe, so that no size needs a disk; what runs put into files while they work, does.
#   bench/memory.sh [--sizes "1G 2G 5G"] [--kinds "normal new open wake"] [--threads 2] [--memory SIZE] [--program PROGRAM]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
sizes="512M 1G 2G"
kinds="normal new open wake"
threads=2
memory=()
program=
while [ $# -gt 0 ]; do
    case "$1" in
    --sizes) sizes=${2:?--sizes LIST}; shift ;;
    --kinds) kinds=${2:?--kinds LIST}; shift ;;
    --threads) threads=${2:?--threads N}; shift ;;
    --memory) memory=(--memory "${2:?--memory SIZE}"); shift ;;
    --program) program=$(realpath "${2:?--program PROGRAM}"); shift ;;
    *) sed -n '4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
if [ -z "$program" ]; then
    (cd "$root" && scripts/setup && scripts/build release)
    program=$root/build/release/mailstrata
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/ms-memory-XXXXXX")
trap 'rm -rf "$work"' EXIT
cc -O2 -D_GNU_SOURCE -o "$work/hard_log" "$root/bench/hard_log.c"
text() { # KIND SIZE
    if [ "$1" = normal ]; then
        "$program" gen -o - --size "$2" --seed 1 2>/dev/null
    else
        "$work/hard_log" "$1" "$2"
    fi
}
printf 'text\tsize\tpeak_MB\tseconds\trows_of_open_mails\n'
for kind in $kinds; do
    for size in $sizes; do
        # A pipe is what it is: the year stands in the hard logs, and is told for the others.
        text "$kind" "$size" | "$program" ingest - -o "$work/dataset" --force --year 2026 --threads "$threads" "${memory[@]}" \
            >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 3; }
        peak=$(sed -n 's/.*peak memory \([0-9]*\) MB.*/\1/p' "$work/out")
        seconds=$(sed -n 's/^time *\([0-9.]*\) s.*/\1/p' "$work/out")
        open=$("$program" sql "$work/dataset" --format csv "SELECT count(*) FROM messages WHERE state = 'open'" | tail -n 1)
        printf '%s\t%s\t%s\t%s\t%s\n' "$kind" "$size" "$peak" "$seconds" "$open"
        rm -rf "$work/dataset"
    done
done
