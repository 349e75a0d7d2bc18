#!/usr/bin/env bash
# A year of daily appends: what the first costs, and what the last. Each day brings a file into one folder, which is given whole
# each time; with --compact-every the dataset is compacted now and then. Per day shown: CPU time of the append, the bytes that it wrote
# (new parts, open parts, state, all) and how many parts the dataset has then.
#   bench/append.sh [--days 365] [--day-size 2M] [--show "1 2 100 200 365"] [--compact-every 30] [--program PROGRAM] [--work DIR]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
days=365
day_size=2M
show="1 2 100 200 365"
compact_every=0
program=
work=
while [ $# -gt 0 ]; do
    case "$1" in
    --days) days=${2:?--days N}; shift ;;
    --day-size) day_size=${2:?--day-size SIZE}; shift ;;
    --show) show=${2:?--show DAYS}; shift ;;
    --compact-every) compact_every=${2:?--compact-every DAYS}; shift ;;
    --program) program=$(realpath "${2:?--program PROGRAM}"); shift ;;
    --work) work=${2:?--work DIR}; shift ;;
    *) sed -n '5s/^# *//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
if [ -z "$program" ]; then
    cd "$root"
    scripts/setup
    scripts/build release
    program=$root/build/release/mailstrata
fi
if [ -z "$work" ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/ms-bench-XXXXXX")
    trap 'rm -rf "$work"' EXIT
fi
cd "$work"
bytes=$(numfmt --from=iec "$day_size")
if [ ! -d days ]; then
    mkdir days
    "$program" gen -o - --size "$((bytes * days))" --days "$days" --hosts 4 --stamps rfc3339 --seed 1 2>/dev/null |
        awk '{print > ("days/mail-" substr($0, 1, 10) ".log")}'
fi
rm -rf logs dataset
mkdir logs

size_of() { find "$@" -type f -printf '%s\n' 2>/dev/null | awk '{n += $1} END {print n / 1000000}'; }
append() { # what it takes, by the system's own count
    local begin end before after
    begin=$(date +%s%N)
    "$program" ingest logs -o dataset --append --threads 1 >said 2>&1 || { cat said >&2; exit 1; }
    end=$(date +%s%N)
    seconds=$(((end - begin) / 1000000))
}
echo "$(awk -F: '/model name/ {print $2; exit}' /proc/cpuinfo), 1 thread; $days days of $day_size"
printf '| %4s | %7s | %9s | %9s | %9s | %6s | %9s |\n|---|---|---|---|---|---|---|\n' day "CPU ms" "new parts" "open, MB" "state, MB" parts "MB written"
day=0
for file in days/*; do
    day=$((day + 1))
    ln "$file" logs/
    times >before
    append
    times >after
    if [ "$compact_every" -gt 0 ] && [ $((day % compact_every)) = 0 ]; then
        "$program" compact dataset 2>/dev/null
    fi
    case " $show " in
    *" $day "*)
        cpu=$(paste before after | awk 'NR == 2 {split($1, a, /[ms]/); split($2, b, /[ms]/); split($3, c, /[ms]/); split($4, d, /[ms]/); print int(1000 * (60 * (c[1] + d[1] - a[1] - b[1]) + c[2] + d[2] - a[2] - b[2]))}')
        run=$(find dataset/parts -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -1)
        new=$(find "dataset/parts/$run" -name 'part-*' -printf '%s\n' | awk '{n += $1} END {print n / 1000000}')
        open=$(find "dataset/parts/$run" -name 'open-*' -printf '%s\n' | awk '{n += $1} END {print n / 1000000}')
        printf '| %4d | %7d | %9.2f | %9.2f | %9.2f | %6d | %9.2f |\n' "$day" "$cpu" "$new" "$open" "$(size_of "dataset/parts/$run/state")" \
            "$(find dataset/current/ -name 'part-*' | wc -l)" "$(size_of "dataset/parts/$run")" ;;
    esac
done
